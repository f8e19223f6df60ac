//! Limits, which are off unless asked for.

use crate::harness::{CHANNEL, Server, WRITE};

#[test]
fn by_default_nothing_is_throttled() {
    let server = Server::with_channel(&[]);
    for n in 1..=20 {
        assert_eq!(server.store("field1=1"), n);
    }
}

#[test]
fn the_free_profile_answers_as_the_service_does_and_uses_up_no_id() {
    let server = Server::with_channel(&["--profile", "thingspeak-free"]);
    assert_eq!(server.store("field1=1"), 1);
    for target in ["/update", "/update.json", "/update.xml"] {
        let answer = server.form(target, &format!("api_key={WRITE}&field1=2"));
        assert_eq!(
            (answer.status, answer.body.as_str(), answer.reason()),
            (200, "0", "too_soon"),
            "{target}"
        );
    }
    let bulk = format!(r#"{{"write_api_key":"{WRITE}","updates":[{{"delta_t":1,"field1":1}}]}}"#);
    let answer = server.json(&format!("/channels/{CHANNEL}/bulk_update.json"), &bulk);
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (
            429,
            r#"{"status":"429","error":{"error_code":"error_too_many_requests","message":"Too Many Requests","details":"Please wait before making another request."}}"#
        )
    );
    assert_eq!(server.read("last_entry_id.txt").body, "1");
    let many: Vec<&str> = vec!["{\"delta_t\":1}"; 961];
    let answer = server.json(
        &format!("/channels/{CHANNEL}/bulk_update.json"),
        &format!(r#"{{"write_api_key":"{WRITE}","updates":[{}]}}"#, many.join(",")),
    );
    assert_eq!((answer.status, answer.reason()), (413, "bulk_too_many"));
}

#[test]
fn a_channel_may_have_an_interval_of_its_own() {
    let server = Server::with_channel(&[]);
    server.send(
        "PUT",
        &format!("/channels/{CHANNEL}.json?api_key={}&update_interval=1", server.user_key()),
        "",
        "",
    );
    assert_eq!(server.store("field1=1"), 1);
    assert_eq!(server.store("field1=2"), 0);
    std::thread::sleep(std::time::Duration::from_millis(1_000));
    assert_eq!(server.store("field1=3"), 2);
}

#[test]
fn the_fifth_channel_of_a_free_account_is_refused() {
    let server = Server::with_channel(&["--profile", "thingspeak-free"]);
    let create = || server.form("/channels.json", &format!("api_key={}", server.user_key()));
    for _ in 0..3 {
        assert_eq!(create().status, 200);
    }
    let fifth = create();
    assert_eq!((fifth.status, fifth.reason()), (402, "channel_quota"));
}
