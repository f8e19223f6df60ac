//! Many entries in one request.

use crate::harness::{CHANNEL, READ, Server, WRITE};

fn json(server: &Server, body: &str) -> crate::harness::Answer {
    server.json(&format!("/channels/{CHANNEL}/bulk_update.json"), body)
}

#[test]
fn json_and_csv_are_stored_whole_and_answered_alike() {
    let server = Server::with_channel(&[]);
    let answer = json(
        &server,
        &format!(
            r#"{{"write_api_key":"{WRITE}","updates":[{{"created_at":"2024-05-06 10:00:00 +0200","field1":21.4,"status":"boot"}},{{"created_at":1714982430,"field1":"21.6","field2":null}}]}}"#
        ),
    );
    assert_eq!((answer.status, answer.body.as_str()), (202, r#"{"success":true}"#));
    assert!(answer.head.starts_with("HTTP/1.1 202 Accepted\r\n"));
    let csv = format!(
        "write_api_key={WRITE}&time_format=absolute&updates=1714982460,1,2|1714982490,3,,,,,,,,,,,back+online,now"
    );
    let answer = server.form(&format!("/channels/{CHANNEL}/bulk_update.csv"), &csv);
    assert_eq!((answer.status, answer.body.as_str()), (202, r#"{"success":true}"#));
    assert_eq!(
        server.read("feeds.csv?status=true").body,
        "created_at,entry_id,field1,field2,status\n2024-05-06 08:00:00 UTC,1,21.4,,boot\n2024-05-06 08:00:30 UTC,2,21.6,,\n\
         2024-05-06 08:01:00 UTC,3,1,2,\n2024-05-06 08:01:30 UTC,4,3,,\"back online,now\"\n"
    );
}

#[test]
fn the_key_of_a_bulk_has_all_its_names_and_a_channel_that_is_not_there_is_said() {
    let server = Server::with_channel(&[]);
    let list = |n: u32| format!(r#""updates":[{{"created_at":{},"field1":1}}]"#, 1_714_982_400 + n);
    for (n, name) in (0..).zip(["write_api_key", "key", "api_key", "apikey"]) {
        let answer = json(&server, &format!(r#"{{"{name}":"{WRITE}",{}}}"#, list(n)));
        assert_eq!(answer.status, 202, "{name} in the body");
        let target = format!("/channels/{CHANNEL}/bulk_update.json?{name}={WRITE}");
        let answer = server.json(&target, &format!("{{{}}}", list(10 + n)));
        assert_eq!(answer.status, 202, "{name} in the query");
    }
    let body = format!(r#"{{"write_api_key":"{WRITE}",{}}}"#, list(20));
    let answer = server.json("/channels/999/bulk_update.json", &body);
    assert_eq!((answer.status, answer.reason()), (404, "no_channel"));
    assert_eq!(answer.json()["error"]["error_code"], "error_resource_not_found");
}

#[test]
fn distances_end_now() {
    let server = Server::with_channel(&[]);
    let answer = json(
        &server,
        &format!(
            r#"{{"write_api_key":"{WRITE}","updates":[{{"delta_t":0,"field1":1}},{{"delta_t":"60","field1":2}}]}}"#
        ),
    );
    assert_eq!(answer.status, 202);
    let age = |id: u64| {
        let time = server.read(&format!("feeds/{id}.json")).json()["created_at"]
            .as_str()
            .unwrap()
            .to_string();
        time[14..16].parse::<i64>().unwrap() * 60 + time[17..19].parse::<i64>().unwrap()
    };
    assert_eq!((age(2) - age(1)).rem_euclid(3600), 60);
}

#[test]
fn a_bulk_that_is_sent_again_is_stored_once_and_two_values_of_one_second_both() {
    let server = Server::with_channel(&[]);
    let bulk = |values: &[u32]| {
        let updates: Vec<String> = values
            .iter()
            .map(|value| format!(r#"{{"created_at":"2024-05-06T10:00:00Z","field1":{value}}}"#))
            .collect();
        format!(r#"{{"write_api_key":"{WRITE}","updates":[{}]}}"#, updates.join(","))
    };
    assert_eq!(json(&server, &bulk(&[1])).status, 202);
    assert_eq!(json(&server, &bulk(&[1])).status, 202);
    assert_eq!(server.read("last_entry_id.txt").body, "1");
    assert_eq!(json(&server, &bulk(&[1, 2, 3])).status, 202);
    assert_eq!(server.read("last_entry_id.txt").body, "3");
}

#[test]
fn errors_are_objects_and_nothing_is_stored_by_half() {
    let server = Server::with_channel(&["--bulk-max", "3"]);
    let code = |answer: crate::harness::Answer| {
        (answer.status, answer.json()["error"]["error_code"].as_str().unwrap().to_string())
    };
    let with = |updates: &str| format!(r#"{{"write_api_key":"{WRITE}","updates":{updates}}}"#);
    assert_eq!(code(json(&server, r#"{"updates":[]}"#)), (401, "error_auth_required".into()));
    assert_eq!(
        code(json(&server, &with("[]").replace(WRITE, READ))),
        (401, "error_auth_required".into())
    );
    assert_eq!(code(json(&server, "{")), (400, "error_bad_request".into()));
    assert_eq!(
        code(json(&server, &format!(r#"{{"write_api_key":"{WRITE}"}}"#))),
        (400, "error_bad_request".into())
    );
    assert_eq!(
        code(json(&server, &with(r#"[{"delta_t":1,"field1":1},{"field1":2}]"#))),
        (400, "error_bad_request".into())
    );
    assert_eq!(
        code(json(&server, &with(r#"[{"delta_t":1},{"delta_t":0}]"#))),
        (400, "error_bad_request".into())
    );
    assert_eq!(
        code(json(&server, &with(r#"[{"delta_t":1},{"delta_t":1},{"delta_t":1},{"delta_t":1}]"#))),
        (413, "error_request_too_large".into())
    );
    let made = server.form("/channels.json", &format!("api_key={}", server.user_key())).json();
    let other = server.json(&format!("/channels/{}/bulk_update.json", made["id"]), &with("[]"));
    assert_eq!(code(other), (401, "error_auth_required".into()), "the key is of another channel");
    assert_eq!(server.read("last_entry_id.json").body, "null");
    assert_eq!(server.store("field1=1"), 1);
}

#[test]
fn header_and_body_may_both_carry_the_key_and_line_ends_may_follow() {
    let server = Server::with_channel(&[]);
    let body = format!(
        "{{\"write_api_key\":\"{WRITE}\",\"updates\":[{{\"delta_t\":0,\"field1\":1}}]}}\r\n"
    );
    let answer = server.raw(format!(
        "POST /channels/{CHANNEL}/bulk_update.json HTTP/1.1\r\nHost: api.thingspeak.com\r\nUser-Agent: mw.doc.bulk-update (Arduino ESP8266)\r\nConnection: close\r\n\
         X-THINGSPEAKAPIKEY: {WRITE}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}\r\n",
        body.len()
    ));
    assert_eq!(answer.status, 202);
}
