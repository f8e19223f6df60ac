//! Corrections of the past: entries changed, deleted and put back, values that are not believed; and aggregates of what is left.

use serde_json::{Value, json};

use crate::browser::{Browser, Live, code, people, share};
use crate::harness::{CHANNEL, READ, Server, WRITE};

/// The time of the first entry that [`minutes`] stores, in milliseconds.
const BEGIN: i64 = 1_714_982_400_000;

/// A server with values of field 1, a minute apart, and the people.
fn minutes(values: &[&str]) -> Server {
    let server = Server::with_channel(&[]);
    people(&server);
    let answer = bulk(&server, values);
    assert_eq!(answer.status, 202, "{answer:?}");
    server
}

fn bulk(server: &Server, values: &[&str]) -> crate::harness::Answer {
    let update = |(at, value): (usize, &&str)| json!({"created_at": BEGIN / 1_000 + at as i64 * 60, "field1": value});
    let updates: Vec<Value> = values.iter().enumerate().map(update).collect();
    let body = json!({"write_api_key": WRITE, "updates": updates});
    server.json(&format!("/channels/{CHANNEL}/bulk_update.json"), &body.to_string())
}

/// The ids of a page of entries, and whether there are more.
fn page(server: &Server, query: &str) -> (Vec<u64>, bool) {
    let page = server.get(&format!("/api/v1/channels/{CHANNEL}/entries?key={READ}{query}")).json();
    let ids = page["entries"].as_array().unwrap().iter();
    (ids.map(|entry| entry["entry_id"].as_u64().unwrap()).collect(), page["more"] == true)
}

fn entry(id: u64) -> String {
    format!("/channels/{CHANNEL}/entries/{id}")
}

fn aggregates(server: &Server, query: &str) -> Value {
    server.get(&format!("/api/v1/channels/{CHANNEL}/aggregates?key={READ}&fields=1{query}")).json()
}

#[test]
fn an_entry_is_corrected_and_all_who_look_are_told() {
    let server = minutes(&["20", "-127", "22"]);
    let mut anna = Browser::signed_in(&server, "anna");
    let mut live = Live::open(&server, &format!("channels={CHANNEL}:3&key={READ}"), "");
    let change =
        json!({"field1": 21.5, "field2": "63", "status": "corrected", "latitude": "47.370"});
    let corrected = anna.ask("PATCH", &entry(2), &change.to_string()).json();
    assert_eq!(
        corrected,
        json!({"entry_id": 2, "created_at": BEGIN + 60_000, "fields": {"1": "21.5", "2": "63"}, "status": "corrected", "latitude": "47.37"})
    );
    assert_eq!(live.changed(), (format!("{CHANNEL}:3"), CHANNEL));
    let feed = server.read("feeds.json").json();
    assert_eq!(
        (&feed["feeds"][1]["field1"], &feed["feeds"][1]["entry_id"]),
        (&"21.5".into(), &2.into())
    );
    let series = server.get(&format!(
        "/api/v1/channels/{CHANNEL}/series?key={READ}&fields=1&start={BEGIN}&end={}",
        BEGIN + 120_000
    ));
    assert_eq!(series.json()["columns"][0]["values"], json!([20.0, 21.5, 22.0]));

    let moved = json!({"created_at": BEGIN + 150_000, "field2": null, "status": null});
    let moved = anna.ask("PATCH", &entry(2), &moved.to_string()).json();
    assert_eq!(
        (&moved["created_at"], &moved["fields"]),
        (&(BEGIN + 150_000).into(), &json!({"1": "21.5"}))
    );
    assert_eq!(server.read("feeds.json").json()["feeds"][2]["entry_id"], 2);
    assert_eq!(live.changed().1, CHANNEL);
}

#[test]
fn a_correction_that_can_not_be_is_refused_with_its_reason() {
    let server = minutes(&["20"]);
    let mut anna = Browser::signed_in(&server, "anna");
    for (bad, why) in [
        (json!({"field1": "x".repeat(256)}), "Field1 has 256 characters"),
        (json!({"latitude": "91"}), "−90 to 90"),
        (json!({"longitude": "east"}), "−180 to 180"),
        (json!({"created_at": i64::MAX}), "years 0 to 9999"),
    ] {
        let answer = anna.ask("PATCH", &entry(1), &bad.to_string());
        assert_eq!(code(&answer), "bad_value", "{bad}");
        assert!(answer.body.contains(why), "{answer:?}");
    }
    for bad in [json!({"field9": "1"}), json!({"created_at": "yesterday"}), json!({"field1": [1]})]
    {
        assert_eq!(code(&anna.ask("PATCH", &entry(1), &bad.to_string())), "bad_body", "{bad}");
    }
    for method in ["PATCH", "DELETE"] {
        assert_eq!(code(&anna.ask(method, &entry(9), "")), "no_entry");
    }
    assert_eq!(server.read("feeds/1.json").json()["field1"], "20");
}

#[test]
fn a_deleted_entry_is_gone_until_it_is_put_back() {
    let server = minutes(&["20", "21", "22"]);
    let mut anna = Browser::signed_in(&server, "anna");
    let mut live = Live::open(&server, &format!("channels={CHANNEL}:3&key={READ}"), "");
    let deleted = anna.ask("DELETE", &entry(3), "").json();
    assert_eq!(
        (&deleted["count"], &deleted["entries"][0]["fields"]),
        (&1.into(), &json!({"1": "22"}))
    );
    assert_eq!(live.changed().1, CHANNEL);
    // Whatever asks for the newest gets the newest that is left.
    assert_eq!(server.read("feeds/last.json").json()["entry_id"], 2);
    assert_eq!(server.read("fields/1/last.txt").body, "21");
    assert_eq!(server.read("feeds.json?results=1").json()["feeds"][0]["entry_id"], 2);
    assert_eq!(anna.get(&format!("/channels/{CHANNEL}")).json()["last"]["entry_id"], 2);
    // For who knew of it, what is left is no news.
    assert_eq!(server.read("feeds/last.json?after=3").body, "\"-1\"");
    assert_eq!(code(&anna.ask("DELETE", &entry(3), "")), "no_entry");

    let back = deleted["entries"][0].clone();
    assert_eq!(anna.ask("PUT", &entry(3), &back.to_string()).status, 204);
    assert_eq!(live.changed().1, CHANNEL);
    assert_eq!(server.read("feeds/last.json").json()["field1"], "22");
    assert_eq!(anna.ask("PUT", &entry(3), &back.to_string()).status, 204, "once more does no harm");
    let mut other = back.clone();
    other["fields"]["1"] = "23".into();
    assert_eq!(code(&anna.ask("PUT", &entry(3), &other.to_string())), "taken");
    assert_eq!(code(&anna.ask("PUT", &entry(2), &back.to_string())), "bad_value");
    other["entry_id"] = 4.into();
    let never = anna.ask("PUT", &entry(4), &other.to_string());
    assert!(never.body.contains("Entry 4 was never in this channel"), "{never:?}");
    assert_eq!(server.store("field1=24"), 4);
}

#[test]
fn many_are_deleted_by_ids_or_times_and_leave_no_hole_in_a_page() {
    let values: Vec<String> = (1..=1_200).map(|n| n.to_string()).collect();
    let server = minutes(&values.iter().map(String::as_str).collect::<Vec<_>>());
    let mut anna = Browser::signed_in(&server, "anna");
    let mut delete =
        |query: &str| anna.ask("DELETE", &format!("/channels/{CHANNEL}/entries{query}"), "");
    for (bad, why) in [
        ("", "start and end, or ids"),
        ("?start=1", "both start and end"),
        ("?ids=1,x", "whole numbers"),
        ("?ids=1&start=1&end=2", "not both"),
        ("?start=2&end=1", "Start lies after end"),
    ] {
        let answer = delete(bad);
        assert!(answer.status == 400 && answer.body.contains(why), "{bad} {answer:?}");
    }
    assert_eq!(page(&server, "&limit=2").0, [1_200, 1_199]);
    let some = delete("?ids=1199,1198,7,9999").json();
    assert_eq!((&some["count"], some["entries"].as_array().unwrap().len()), (&3.into(), 3));
    assert_eq!(page(&server, "&limit=3"), (vec![1_200, 1_197, 1_196], true));
    // More than can be put back at once: they are not handed out.
    let at = |n: i64| BEGIN + (n - 1) * 60_000;
    let many = delete(&format!("?start={}&end={}", at(10), at(1_197))).json();
    assert_eq!(many, json!({"count": 1_188, "entries": []}));
    assert_eq!(page(&server, "&limit=3"), (vec![1_200, 9, 8], true));
    assert_eq!(page(&server, "&limit=3&before=9"), (vec![8, 6, 5], true));
    assert_eq!(page(&server, "&limit=9&before=6"), (vec![5, 4, 3, 2, 1], false));
    assert_eq!(page(&server, "&limit=2&after=8"), (vec![1_200, 9], false));
    assert_eq!(page(&server, "&limit=2&after=4"), (vec![6, 5], true));

    let mut anna = Browser::signed_in(&server, "anna");
    let back = json!({"entries": some["entries"]});
    let put = anna.ask("PUT", &format!("/channels/{CHANNEL}/entries"), &back.to_string());
    assert_eq!(put.json(), json!({"stored": 3, "same": 0, "differs": 0}));
    assert_eq!(page(&server, "&limit=3"), (vec![1_200, 1_199, 1_198], true));
    let extent = anna.get(&format!("/channels/{CHANNEL}")).json()["extent"].clone();
    assert_eq!(
        (&extent["entries"], &extent["first_at"], &extent["last_at"]),
        (&12.into(), &at(1).into(), &at(1_200).into())
    );
    assert_eq!(server.store("field1=new"), 1_201);
}

#[test]
fn only_the_owner_and_editors_correct() {
    let server = minutes(&["20", "21"]);
    share(&server, "bob", "viewer");
    share(&server, "carol", "editor");
    let old = server.get(&format!("/api/v1/channels/{CHANNEL}/entries?key={READ}&limit=1")).json();
    let old = old["entries"][0].to_string();
    let all = [
        ("PATCH", entry(2), r#"{"field1":"1"}"#),
        ("DELETE", entry(1), ""),
        ("PUT", entry(2), old.as_str()),
    ];
    for (method, path, body) in &all {
        assert_eq!(code(&Browser::new(&server).ask(method, path, body)), "sign_in", "{method}");
        let mut bob = Browser::signed_in(&server, "bob");
        assert_eq!(code(&bob.ask(method, path, body)), "forbidden", "{method}");
        let mut dave = Browser::signed_in(&server, "dave");
        assert_eq!(code(&dave.ask(method, path, body)), "no_channel", "{method}");
        let simple = format!("/api/v1{path}?key={READ}");
        assert_ne!(server.send(method, &simple, "application/json", body).status, 200);
    }
    assert_eq!(server.read("feeds.json").json()["feeds"].as_array().unwrap().len(), 2);
    let mut carol = Browser::signed_in(&server, "carol");
    assert_eq!(code(&carol.ask("PATCH", &entry(2), r#"{"field1":"1"}"#)), "ok");
    assert_eq!(code(&carol.ask("DELETE", &entry(1), "")), "ok");
}

#[test]
fn what_is_not_believed_is_kept_but_neither_drawn_nor_counted() {
    let server = minutes(&["20", "-127", "22"]);
    let mut anna = Browser::signed_in(&server, "anna");
    let mut live = Live::open(&server, &format!("channels={CHANNEL}:3&key={READ}"), "");
    let path = format!("/channels/{CHANNEL}");
    for bad in [r#"{"valid":{"9":{"min":1}}}"#, r#"{"valid":{"1":{"min":2,"max":1}}}"#] {
        assert_eq!(code(&anna.ask("PATCH", &path, bad)), "bad_value", "{bad}");
    }
    let set = anna.ask("PATCH", &path, r#"{"valid":{"1":{"min":-40,"max":85.5}}}"#).json();
    assert_eq!(set["fields"][0]["valid"], json!({"min": -40.0, "max": 85.5, "refuse": false}));
    assert_eq!(set["fields"][1]["valid"], Value::Null);
    assert_eq!(live.changed().1, CHANNEL, "charts look different now");

    let end = BEGIN + 120_000;
    let series = server
        .get(&format!("/api/v1{path}/series?key={READ}&fields=1&start={BEGIN}&end={end}"))
        .json();
    assert_eq!(series["columns"][0], json!({"no": 1, "values": [20.0, null, 22.0], "hidden": 1}));
    let made = aggregates(&server, "&every=86400&how=min,count");
    assert_eq!((&made["entries"], &made["columns"][0]["values"]), (&3.into(), &json!([20.0])));
    assert_eq!(
        (&made["columns"][1]["values"], &made["columns"][1]["hidden"]),
        (&json!([2.0]), &1.into())
    );
    let average = "fields/1.json?average=1440&start=2024-05-06&end=2024-05-07";
    assert_eq!(server.read(average).json()["feeds"][0]["field1"], "21.0");
    assert_eq!(server.read("feeds/2.json").json()["field1"], "-127", "as it was sent");
    assert_eq!(server.store("field1=999"), 4, "it is kept");

    let off = anna.ask("PATCH", &path, r#"{"valid":{"1":null}}"#).json();
    assert_eq!(off["fields"][0]["valid"], Value::Null);
    assert_eq!(aggregates(&server, "&every=86400&how=min")["columns"][0]["values"][0], -127.0);
}

#[test]
fn what_the_owner_wants_refused_is_refused_at_every_door_and_explained() {
    let server = minutes(&["20"]);
    let mut anna = Browser::signed_in(&server, "anna");
    let path = format!("/channels/{CHANNEL}");
    anna.ask("PATCH", &path, r#"{"valid":{"1":{"min":-40,"max":85,"refuse":true}}}"#);
    let refused = server.form("/update", &format!("api_key={WRITE}&field1=-127&field2=5"));
    assert_eq!(
        (refused.status, refused.body.as_str(), refused.reason()),
        (400, "0", "out_of_range")
    );
    let reason = refused.header("X-Fieldpost-Reason").unwrap();
    assert!(reason.contains("field1 is -127") && reason.contains("-40 to 85"), "{reason}");
    let whole = bulk(&server, &["21", "22", "86", "23"]);
    assert_eq!((whole.status, whole.reason()), (400, "out_of_range"));
    assert!(whole.header("X-Fieldpost-Reason").unwrap().contains("entry 3 of"), "{whole:?}");
    assert_eq!(code(&anna.ask("PATCH", &entry(1), r#"{"field1":"-127"}"#)), "out_of_range");
    assert_eq!(page(&server, ""), (vec![1], false));
    for fine in ["field1=85", "field1=warm", "field2=-127"] {
        assert!(server.store(fine) > 1, "{fine}");
    }
    let attempts = anna.get(&format!("{path}/attempts")).json();
    let told = attempts.to_string();
    assert!(told.contains("field1 held -127, and the channel takes -40 to 85 there"), "{told}");
    assert!(told.contains("In entry 3 of the list field1 held 86"), "{told}");
}

#[test]
fn one_number_is_made_of_each_span() {
    let server = minutes(&["1", "2", "6", "x", "0.1", "0.2", "", "8"]);
    let all = aggregates(&server, "&every=240&how=mean,median,min,max,sum,count");
    assert_eq!((&all["every_ms"], &all["entries"]), (&240_000.into(), &8.into()));
    assert_eq!((&all["start_at"], &all["end_at"]), (&BEGIN.into(), &(BEGIN + 420_000).into()));
    assert_eq!(all["times"], json!([BEGIN, BEGIN + 240_000]));
    let columns = all["columns"].as_array().unwrap();
    let of = |how: &str| columns.iter().find(|column| column["how"] == how).unwrap();
    for (how, first) in
        [("mean", 3.0), ("median", 2.0), ("min", 1.0), ("max", 6.0), ("sum", 9.0), ("count", 3.0)]
    {
        assert_eq!(of(how)["values"][0], first, "{how}");
    }
    assert_eq!((&of("median")["values"][1], &of("count")["values"][1]), (&0.2.into(), &3.0.into()));
    let part =
        aggregates(&server, &format!("&every=60&start={}&end={}", BEGIN + 90_000, BEGIN + 240_000));
    assert_eq!(
        (&part["times"], &part["columns"][0]["how"]),
        (&json!([BEGIN + 120_000, BEGIN + 240_000]), &"mean".into())
    );

    let target = format!("/api/v1/channels/{CHANNEL}/aggregates?key={READ}");
    for (bad, why) in [
        ("", "such as every=3600"),
        ("&every=0", "from 1"),
        ("&every=60&how=mode", "mean, median"),
        ("&every=1&start=0", "100000 at most"),
        ("&every=60&start=2&end=1", "Start lies after end"),
    ] {
        let answer = server.get(&format!("{target}{bad}"));
        assert!(answer.status == 400 && answer.body.contains(why), "{bad} {answer:?}");
    }
    assert_eq!(
        code(&server.get(&format!("/api/v1/channels/{CHANNEL}/aggregates?every=60"))),
        "no_channel"
    );
}
