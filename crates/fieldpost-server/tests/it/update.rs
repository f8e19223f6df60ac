//! Writing one entry, in all the ways that clients do.

use crate::harness::{CHANNEL, READ, Server, WRITE};

#[test]
fn the_key_may_come_in_query_header_or_body_under_each_of_its_names() {
    let server = Server::with_channel(&[]);
    for (n, name) in (1..).zip(["api_key", "key", "apikey"]) {
        assert_eq!(
            server.get(&format!("/update?{name}={WRITE}&field1={n}")).body,
            (3 * n - 2).to_string()
        );
        assert_eq!(
            server.form("/update", &format!("{name}={WRITE}&field1={n}")).body,
            (3 * n - 1).to_string()
        );
        assert_eq!(
            server.json("/update", &format!("{{\"{name}\":\"{WRITE}\",\"field1\":{n}}}")).body,
            (3 * n).to_string()
        );
    }
    for (n, header) in (10..).zip(["THINGSPEAKAPIKEY", "X-THINGSPEAKAPIKEY", "x-thingspeakapikey"])
    {
        let answer = server.raw(format!("POST /update HTTP/1.1\r\n{header}: {WRITE}\r\nContent-Length: 8\r\nConnection: close\r\n\r\nfield1=1"));
        assert_eq!(answer.body, n.to_string(), "{header}");
    }
    let answer = server.get(&format!("/update?key=&api_key={WRITE}&field1=1"));
    assert_eq!(answer.body, "13", "an empty key is none");
}

#[test]
fn query_and_body_are_merged_and_the_query_wins() {
    let server = Server::with_channel(&[]);
    server.json(
        &format!("/update?api_key={WRITE}&field1=query"),
        r#"{"field1":"body","field2":25.30}"#,
    );
    let feed = server.read("feeds.json?results=1").json();
    assert_eq!(
        (&feed["feeds"][0]["field1"], &feed["feeds"][0]["field2"]),
        (&"query".into(), &"25.30".into())
    );
}

#[test]
fn values_come_back_as_the_exact_text_that_was_sent() {
    let server = Server::with_channel(&[]);
    for (json, text) in [
        ("24.90", "24.90"),
        ("5", "5"),
        ("1e3", "1e3"),
        ("\"0\"", "0"),
        ("true", "true"),
        ("\"\"", ""),
        ("\"21,5 °C 😀\"", "21,5 °C 😀"),
    ] {
        server.json("/update", &format!(r#"{{"api_key":"{WRITE}","field1":{json}}}"#));
        assert_eq!(
            server.read("feeds.json?results=1").json()["feeds"][0]["field1"],
            text,
            "{json}"
        );
    }
}

#[test]
fn a_read_key_an_unknown_key_and_no_key_store_nothing() {
    let server = Server::with_channel(&[]);
    for (target, reason) in [
        (format!("/update?api_key={READ}&field1=1"), "write_key_unknown"),
        ("/update.json?api_key=AAAAAAAAAAAAAAAA&field1=1".into(), "write_key_unknown"),
        ("/update.xml?api_key=short&field1=1".into(), "write_key_unknown"),
        ("/update?field1=1".into(), "key_missing"),
    ] {
        let answer = server.get(&target);
        assert_eq!(
            (answer.status, answer.body.as_str(), answer.reason()),
            (400, "0", reason),
            "{target}"
        );
    }
    assert_eq!(
        server.read("feeds.json").json()["channel"]["last_entry_id"],
        serde_json::Value::Null
    );
}

#[test]
fn bad_bodies_are_refused_in_the_form_of_the_address() {
    let server = Server::with_channel(&[]);
    for body in ["{\"field1\":", "[1]", "{\"field1\":[1,2]}", "{\"field1\":1} trailing"] {
        let answer = server.json(&format!("/update?api_key={WRITE}"), body);
        assert_eq!(
            (answer.status, answer.body.as_str(), answer.reason()),
            (400, "0", "bad_body"),
            "{body}"
        );
    }
    let answer = server.form("/update", &format!("api_key={WRITE}&field1={}", "x".repeat(70_000)));
    assert_eq!((answer.status, answer.body.as_str(), answer.reason()), (413, "0", "too_large"));
    for method in ["PUT", "DELETE", "PATCH"] {
        let answer = server.send(method, &format!("/update?api_key={WRITE}&field1=1"), "", "");
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (405, "error_method_invalid"),
            "{method}"
        );
        assert_eq!(answer.header("Allow"), Some("GET, POST, OPTIONS"));
    }
    assert_eq!(server.store("field1=1"), 1, "nothing of the above used up an id");
}

#[test]
fn broken_percent_codes_and_bytes_that_are_no_text_do_not_lose_the_rest() {
    let server = Server::with_channel(&[]);
    server.raw([format!("POST /update HTTP/1.0\r\nContent-Length: 56\r\n\r\napi_key={WRITE}&field1=50%&field2=a").as_bytes(), b"\xff\xfeb&status=%zz"].concat());
    let feed = server.read("feeds.json?results=1&status=true").json();
    assert_eq!(feed["feeds"][0]["field1"], "50%");
    assert_eq!(feed["feeds"][0]["field2"], "ab");
    assert_eq!(feed["feeds"][0]["status"], "%zz");
}

#[test]
fn a_time_of_its_own_is_kept_and_may_come_once() {
    let server = Server::with_channel(&[]);
    let update =
        |time: &str| server.form("/update", &format!("api_key={WRITE}&field1=1&created_at={time}"));
    assert_eq!(update("2024-05-06T07:08:09Z").body, "1");
    let again = update("2024-05-06+07:08:09");
    assert_eq!((again.status, again.body.as_str(), again.reason()), (200, "0", "time_taken"));
    assert_eq!(update("2024-05-06+07:08:09&timezone=Europe/Zurich").body, "2");
    assert_eq!(update("not+a+time").body, "3");
    let feed = server.read("feeds.json").json();
    let times: Vec<&str> = feed["feeds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["created_at"].as_str().unwrap())
        .collect();
    assert_eq!(times[..2], ["2024-05-06T05:08:09Z", "2024-05-06T07:08:09Z"]);
}

#[test]
fn the_answer_is_the_id_or_the_entry() {
    let server = Server::with_channel(&[]);
    let time = "created_at=2024-05-06T07:08:09Z";
    assert_eq!(server.get(&format!("/update?api_key={WRITE}&field1=1")).body, "1");
    assert_eq!(server.get(&format!("/update.txt?api_key={WRITE}&field1=1")).body, "2");
    assert_eq!(
        server
            .json(
                &format!("/update.json?api_key={WRITE}&{time}"),
                r#"{"field1":24.9,"field2":"63","latitude":47.50}"#
            )
            .body,
        format!(
            r#"{{"channel_id":{CHANNEL},"created_at":"2024-05-06T07:08:09Z","entry_id":3,"field1":24.9,"field2":"63","field3":null,"field4":null,"field5":null,"field6":null,"field7":null,"field8":null,"latitude":"47.5","longitude":null,"elevation":null,"status":null}}"#
        )
    );
    let answer = server.get(&format!("/update.json?api_key={WRITE}&field1=1&created_at=2024-05-06T07:08:10Z&timezone=America/New_York"));
    assert_eq!(answer.json()["created_at"], "2024-05-06T03:08:10-04:00");
}

#[test]
fn old_names_and_habits_work() {
    let server = Server::with_channel(&[]);
    server.store("1=a&field2=b&lat=47.50&long=8.25&elevation=431&status=boot");
    server.store("field1=5%5Cn%5Cr&field2=IP_ADDRESS");
    let feed = server.read("feeds.json?location=TRUE&status=true").json();
    let first = &feed["feeds"][0];
    assert_eq!(
        (&first["field1"], &first["latitude"], &first["longitude"], &first["elevation"]),
        (&"a".into(), &"47.5".into(), &"8.25".into(), &"431".into())
    );
    assert_eq!(
        (&feed["feeds"][1]["field1"], &feed["feeds"][1]["field2"]),
        (&"5".into(), &"127.0.0.1".into())
    );
}

#[test]
fn a_value_is_cut_at_255_characters_and_a_field_without_label_is_kept_hidden() {
    let server = Server::with_channel(&[]);
    server.store(&format!("field1={}&field8=hidden", "ü".repeat(300)));
    let feed = server.read("feeds.json").json();
    assert_eq!(feed["feeds"][0]["field1"].as_str().unwrap().chars().count(), 255);
    assert_eq!(feed["feeds"][0].get("field8"), None);
    server.send(
        "PUT",
        &format!("/channels/{CHANNEL}.json?api_key={}&field8=Now+shown", server.user_key()),
        "",
        "",
    );
    assert_eq!(server.read("feeds.json").json()["feeds"][0]["field8"], "hidden");
}

#[test]
fn who_asks_for_a_command_is_told_that_there_is_none() {
    let server = Server::with_channel(&["--profile", "thingspeak-free"]);
    let ask = |suffix: &str| {
        let answer = server.get(&format!(
            "/update{suffix}?api_key={WRITE}&field1=1&talkback_key=T0PPD8K2F5WQ61NC"
        ));
        (answer.status, answer.body)
    };
    assert_eq!(ask(""), (200, String::new()));
    assert_eq!(ask(".json"), (200, "{}".into()), "too soon to store, not too soon to ask");
    assert_eq!(ask(".xml").1, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hash></hash>\n");
    assert_eq!(server.read("last_entry_id.txt").body, "1");
    let stranger = server.get("/update?api_key=AAAAAAAAAAAAAAAA&talkback_key=T0PPD8K2F5WQ61NC");
    assert_eq!((stranger.status, stranger.body.as_str()), (400, "0"));
}
