//! Reading: who may, which entries, and in which form.

use crate::harness::{CHANNEL, READ, Server, WRITE};

#[test]
fn a_private_channel_opens_with_each_of_its_keys_and_its_owners() {
    let server = Server::with_channel(&[]);
    server.store("field1=1");
    let read =
        |key: &str| server.get(&format!("/channels/{CHANNEL}/feeds.json?api_key={key}")).status;
    assert_eq!(read(WRITE), 200);
    assert_eq!(read(crate::harness::READ), 200);
    assert_eq!(read(server.user_key()), 200);
    for target in [
        "feeds.json",
        "feeds.csv",
        "feeds.xml",
        "feeds",
        "fields/1.json",
        "fields/1/last",
        "feeds/last.txt",
        "feeds/1.json",
        "status.json",
        "status/last.txt",
        "last_entry_id.txt",
        "feeds/last_data_age.json",
    ] {
        for key in ["", "?api_key=AAAAAAAAAAAAAAAA"] {
            let answer = server.get(&format!("/channels/{CHANNEL}/{target}{key}"));
            assert_eq!((answer.status, answer.body.as_str()), (400, "-1"), "{target}{key}");
        }
    }
}

#[test]
fn a_public_channel_opens_to_anybody_even_with_a_wrong_key() {
    let server = Server::with_channel(&[]);
    server.send(
        "PUT",
        &format!("/channels/{CHANNEL}.json?api_key={}&public_flag=true", server.user_key()),
        "",
        "",
    );
    assert_eq!(server.get(&format!("/channels/{CHANNEL}/feeds.json")).status, 200);
    assert_eq!(server.get(&format!("/channels/{CHANNEL}/feeds.json?api_key=WRONG")).status, 200);
}

#[test]
fn a_channel_that_is_not_there_is_said_in_the_form_of_the_address() {
    let server = Server::with_channel(&[]);
    let answer = server.get("/channels/1/feeds.json");
    assert_eq!(
        (answer.status, answer.json()["error"]["error_code"].as_str()),
        (404, Some("error_resource_not_found"))
    );
    assert_eq!(server.get("/channels/1/fields/1/last").body, "error_resource_not_found");
    assert!(
        server
            .get("/channels/1/feeds.xml")
            .body
            .contains("<error-code>error_resource_not_found</error-code>")
    );
    assert_eq!(server.get("/channels/abc/feeds.json").status, 404);
}

#[test]
fn the_newest_entries_come_oldest_first() {
    let server = Server::with_channel(&[]);
    for n in 1..=105 {
        server.store(&format!("field1={n}"));
    }
    let ids = |below: &str| -> Vec<u64> {
        let feed = server.read(below).json();
        feed["feeds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["entry_id"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(ids("feeds.json?results=3"), [103, 104, 105]);
    assert_eq!(ids("fields/1.json?results=1"), [105]);
    assert_eq!(ids("feeds.json"), (6..=105).collect::<Vec<_>>());
    assert!(ids("feeds.json?results=0").is_empty());
    assert_eq!(ids("feeds.json?results=8000").len(), 105);
    assert_eq!(ids("feeds.json?results=2?api_key=wrong"), [104, 105]);
    assert_eq!(ids("feeds.json?start_entry_id=2&end_entry_id=4"), [2, 3, 4]);
    assert_eq!(ids("feeds.json?minutes=5").len(), 105);
    assert!(ids("feeds.json?end=2020-01-01").is_empty());
}

#[test]
fn last_is_the_last_by_id_and_a_fields_last_is_its_last_value() {
    let server = Server::with_channel(&[]);
    server.store("field1=1&field2=2");
    server.store("field1=3&created_at=2020-01-01T00:00:00Z");
    assert_eq!(server.read("feeds/last.json").json()["entry_id"], 2);
    assert_eq!(server.read("fields/1/last").body, "3");
    assert_eq!(server.read("fields/2/last").body, "2");
    assert_eq!(server.read("fields/2/last.json").json()["entry_id"], 1);
    assert_eq!(server.read("fields/2/2").body, "");
    assert_eq!(server.read("fields/1/last?prepend=[&append=]").body, "[3]");
}

#[test]
fn what_is_not_there_is_minus_one() {
    let server = Server::with_channel(&[]);
    for (below, body) in [
        ("feeds/last.json", "\"-1\""),
        ("feeds/last.txt", "-1"),
        ("feeds/last.csv", "-1"),
        ("feeds/last", "-1"),
        ("fields/1/last", "-1"),
        ("fields/1/last.json", "\"-1\""),
        ("fields/7/last", "-1"),
        ("feeds/99.json", "\"-1\""),
        ("feeds/last_data_age.json", "-1"),
        ("feeds/last_average.json?average=10", "\"-1\""),
    ] {
        let answer = server.read(below);
        assert_eq!((answer.status, answer.body.as_str()), (200, body), "{below}");
    }
    assert_eq!(
        server.read("feeds/last.xml").body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed>\n  <entry-id type=\"integer\" nil=\"true\"/>\n</feed>\n"
    );
}

#[test]
fn a_page_from_elsewhere_can_read_by_a_call_and_only_a_name_is_called() {
    let server = Server::with_channel(&[]);
    server.store("field1=1&created_at=2024-05-06T07:08:09Z");
    let answer = server.read("feeds/last.json?callback=jQuery1_2.done");
    assert_eq!(
        answer.body,
        "jQuery1_2.done({\"created_at\":\"2024-05-06T07:08:09Z\",\"entry_id\":1,\"field1\":\"1\",\"field2\":null})"
    );
    assert_eq!(answer.header("Content-Type"), Some("text/javascript; charset=utf-8"));
    assert!(server.read("feeds/last.json?callback=alert(1)//").body.starts_with('{'));
}

#[test]
fn a_value_that_looks_like_a_page_stays_text() {
    let server = Server::with_channel(&[]);
    server.store("field1=<script>alert(1)</script>");
    let bare = server.read("fields/1/last");
    assert_eq!(bare.body, "<script>alert(1)</script>");
    assert_eq!(bare.header("Content-Security-Policy"), Some("sandbox; default-src 'none'"));
    assert!(!server.read("feeds").body.contains("<script>"));
}

#[test]
fn the_age_of_the_newest_entry_is_told_in_whole_seconds() {
    let server = Server::with_channel(&[]);
    server.store("field1=1");
    let age = server.read("feeds/last_data_age.json");
    let seconds: u64 = age.json()["last_data_age"].as_str().unwrap().parse().unwrap();
    assert!(
        seconds < 60
            && age.body.starts_with("{\"last_data_age\":\"")
            && age.body.ends_with("\",\"last_data_age_units\":\"s\"}"),
        "{}",
        age.body
    );
    assert_eq!(server.read("fields/2/last_data_age.txt").body, "-1");
}

#[test]
fn a_held_read_answers_when_something_newer_comes() {
    let server = Server::with_channel(&[]);
    server.store("field1=0");
    assert_eq!(
        server.read("fields/1/last.json?after=0&wait=20").json()["entry_id"],
        1,
        "what is newer already comes at once"
    );
    std::thread::scope(|scope| {
        let held = scope.spawn(|| server.read("fields/1/last.json?after=1&wait=20"));
        std::thread::sleep(std::time::Duration::from_millis(200));
        server.store("field2=7");
        server.store("field1=1");
        assert_eq!(
            held.join().unwrap().json()["entry_id"],
            3,
            "an entry without the field does not count"
        );
    });
    assert_eq!(server.read("fields/1/last.json?after=3&wait=1").body, "\"-1\"", "nothing came");
}

#[test]
fn a_held_read_waits_in_every_format_and_by_either_way() {
    let server = Server::with_channel(&[]);
    server.store("field1=1");
    let formats = [
        ("/feeds/last", "\"entry_id\":2"),
        ("/feeds/last.txt", "\"entry_id\":2"),
        ("/feeds/last.xml", "<entry-id type=\"integer\">2</entry-id>"),
        ("/feeds/last.csv", ",2,22"),
        ("/fields/1/last", "22"),
        ("/fields/1/last.csv", ",2,22"),
    ];
    let target = |path: &str| format!("/channels/4711{path}?key={READ}&after=1&wait=30");
    std::thread::scope(|scope| {
        let ask = |path: &str| {
            scope.spawn({
                let target = target(path);
                let server = &server;
                move || server.get(&target).body
            })
        };
        let held: Vec<_> = formats.iter().map(|(path, _)| ask(path)).collect();
        let chunked = scope.spawn(|| {
            server.raw(format!(
                "GET {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
                target("/feeds/last.json")
            ))
        });
        server.store("field1=22");
        for (one, (path, says)) in held.into_iter().zip(formats) {
            let body = one.join().unwrap();
            assert!(body.contains(says), "{path}: {body}");
        }
        assert_eq!(chunked.join().unwrap().json()["entry_id"], 2);
    });
    assert_eq!(server.read("feeds/last.csv?after=2&wait=1").body, "-1", "nothing came");
    assert_eq!(
        server.get("/channels/4711/feeds/last.json?after=1&wait=30").status,
        400,
        "no key, no wait"
    );
}
