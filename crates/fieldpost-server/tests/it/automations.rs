//! Automations as the web app sees them, over real sockets.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Browser, code, people};
use crate::harness::{Answer, CHANNEL, Server};

/// A server with anna, who looks after it, and bob.
fn server(args: &[&str]) -> Server {
    let server = Server::with_channel(args);
    people(&server);
    server
}

/// An automation that writes field 2 and a status when field 1 is above 30.
fn hot() -> Value {
    json!({
        "name": "Hot", "enabled": true,
        "when": { "kind": "react", "channel": CHANNEL, "check": "insert", "repeat": false,
            "condition": { "kind": "number", "field": 1, "op": ">", "value": 30.1, "hysteresis": 0.5 } },
        "action": { "kind": "write", "channel": CHANNEL, "fields": { "2": "%%trigger%%" }, "status": "hot in %%channel_id%%" },
    })
}

fn webhook(url: &str, private: bool) -> Value {
    json!({ "kind": "webhook", "method": "POST", "url": url, "headers": [["X-Why", "%%trigger%%"]], "body": "{\"v\":\"%%trigger%%\"}",
        "user": null, "password": "secret", "private": private })
}

fn with(mut automation: Value, part: &str, value: Value) -> Value {
    automation.pointer_mut(part).unwrap_or_else(|| panic!("{part}")).clone_from(&value);
    automation
}

fn make(browser: &mut Browser<'_>, automation: &Value) -> u64 {
    let made = browser.ask("POST", "/automations", &automation.to_string());
    assert_eq!(made.status, 200, "{made:?}");
    made.json()["id"].as_u64().unwrap()
}

/// Reads until what was read is as it should be.
fn until(browser: &mut Browser<'_>, path: &str, fine: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let seen = browser.get(path).json();
        if fine(&seen) {
            return seen;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{seen}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_entry_that_meets_the_condition_leads_to_another() {
    let server = server(&[]);
    let mut anna = Browser::signed_in(&server, "anna");
    let id = make(&mut anna, &hot());
    assert_eq!(server.store("field1=30"), 1);
    assert_eq!(server.store("field1=31.2"), 2);
    let path = format!("/automations/{id}");
    let seen = until(&mut anna, &path, |seen| seen["last_run"]["state"] == "done");
    assert_eq!(seen["met"], true);
    let run = &seen["last_run"];
    assert_eq!(run["reason"], "field 1 is 31.2, above 30.1");
    assert_eq!(run["says"], format!("entry 3 of channel {CHANNEL}"));
    assert_eq!((&run["test"], &run["tries"]), (&json!(false), &json!(1)));
    let entry = server.read("feeds/last.json").json();
    assert_eq!((&entry["field2"], &entry["status"]), (&json!("31.2"), &Value::Null));
    let status = server.read("status/last.json").json();
    assert_eq!(status["status"], format!("hot in {CHANNEL}"));
    // Still above: nothing more is done. Below by the hysteresis, and above again: once more.
    for (value, id) in [("31", 4), ("29.7", 5), ("29.5", 6), ("31", 7)] {
        assert_eq!(server.store(&format!("field1={value}")), id);
    }
    let runs = until(&mut anna, &format!("{path}/runs"), |runs| {
        runs[1]["state"] == "done" && runs[0]["state"] == "done"
    });
    assert_eq!(runs.as_array().unwrap().len(), 2, "{runs}");
    assert_eq!(anna.get(&format!("{path}/runs?limit=1")).json().as_array().unwrap().len(), 1);
}

#[test]
fn the_test_button_does_it_at_once_and_says_how_it_went() {
    let server = server(&[]);
    let mut anna = Browser::signed_in(&server, "anna");
    assert_eq!(server.store("field1=21.5"), 1);
    let id = make(&mut anna, &with(hot(), "/enabled", json!(false)));
    let run = anna.ask("POST", &format!("/automations/{id}/test"), "").json();
    assert_eq!((&run["state"], &run["test"]), (&json!("done"), &json!(true)), "{run}");
    assert_eq!(run["says"], format!("entry 2 of channel {CHANNEL}"));
    assert_eq!(server.read("feeds/last.json").json()["field2"], "21.5");
    let runs = anna.get(&format!("/automations/{id}/runs")).json();
    assert_eq!(runs, json!([run]));
}

#[test]
fn what_can_not_be_is_said_in_words() {
    let server = server(&[]);
    let mut bob = Browser::signed_in(&server, "bob");
    let mut anna = Browser::signed_in(&server, "anna");
    let said = |browser: &mut Browser<'_>, automation: Value| {
        let answer = browser.ask("POST", "/automations", &automation.to_string());
        (code(&answer), answer.json()["title"].as_str().unwrap_or_default().to_string())
    };
    let condition = "/when/condition";
    let time = |at: Value, zone: &str, fuzz: u32| json!({ "kind": "time", "zone": zone, "at": at, "fuzz_minutes": fuzz });
    for (automation, part) in [
        (with(hot(), "/name", json!(" ")), "1 to 255 characters"),
        (with(hot(), "/when/condition/field", json!(3)), "has no field 3"),
        (with(hot(), "/when/condition/field", json!(9)), "from 1 to 8"),
        (with(hot(), "/when/condition/hysteresis", json!(-1)), "0 or more"),
        (with(hot(), "/when/condition/value", json!(1e20)), "from zero"),
        (with(hot(), "/when/check", json!(20)), "every 10, 30 or 60 minutes"),
        (with(hot(), condition, json!({ "kind": "silence", "minutes": 0 })), "1 to 43200 minutes"),
        (
            with(
                hot(),
                "/when",
                time(json!({ "kind": "day", "time": "7.30" }), "Europe/Zurich", 0),
            ),
            "no time of day",
        ),
        (
            with(
                hot(),
                "/when",
                time(json!({ "kind": "day", "time": "07:30" }), "Europe/Zürich", 0),
            ),
            "no time zone",
        ),
        (
            with(hot(), "/when", time(json!({ "kind": "minutes", "every": 10 }), "UTC", 5)),
            "at most 4 minutes",
        ),
        (
            with(
                hot(),
                "/when",
                time(json!({ "kind": "week", "days": [8], "time": "07:30" }), "UTC", 0),
            ),
            "from 1, Monday",
        ),
        (with(hot(), "/action", webhook("ftp://h/", false)), "begins with http:// or https://"),
        (with(hot(), "/action", webhook("http://u:p@h/", false)), "into their own places"),
        (
            with(
                hot(),
                "/action",
                json!({ "kind": "email", "to": "a@b.example", "subject": "s", "body": "" }),
            ),
            "--smtp-url",
        ),
        (with(hot(), "/action", json!({ "kind": "thinghttp", "id": 9 })), "no such thing"),
        (
            with(
                hot(),
                "/action",
                json!({ "kind": "telegram", "token": "x", "chat": "1", "text": "t" }),
            ),
            "BotFather",
        ),
        (
            with(
                hot(),
                "/action",
                json!({ "kind": "mqtt", "topic": "channels/7/publish", "payload": "", "retain": false }),
            ),
            "action that writes",
        ),
        (with(hot(), "/action/fields", json!({ "9": "x" })), "from 1 to 8"),
    ] {
        let (code, title) = said(&mut anna, automation);
        assert!(code != "ok" && title.contains(part), "{code}: {title:?} has no {part:?}");
    }
    assert_eq!(said(&mut bob, hot()).0, "no_channel", "the channel is anna's, and private");
    assert_eq!(said(&mut Browser::new(&server), hot()).0, "sign_in");
}

#[test]
fn calls_into_private_networks_need_consent_of_who_may_give_it() {
    let daily = |private| {
        let at = json!({ "kind": "day", "time": "07:30" });
        let when = json!({ "kind": "time", "zone": "Europe/Zurich", "at": at, "fuzz_minutes": 0 });
        json!({ "name": "Home", "enabled": true, "when": when, "action": webhook("http://192.168.1.2:8123/x", private) })
    };
    let server = server(&[]);
    let mut bob = Browser::signed_in(&server, "bob");
    let answer = bob.ask("POST", "/automations", &daily(true).to_string());
    assert_eq!(code(&answer), "forbidden");
    assert!(answer.body.contains("--private-targets"), "{answer:?}");
    assert_eq!(code(&bob.ask("POST", "/automations", &daily(false).to_string())), "ok");
    let mut anna = Browser::signed_in(&server, "anna");
    let made = anna.ask("POST", "/automations", &daily(true).to_string());
    assert_eq!(code(&made), "ok");
    let id = made.json()["id"].as_u64().unwrap();
    let seen = until(&mut anna, &format!("/automations/{id}"), |seen| seen["next_at"].is_i64());
    assert_eq!(seen["met"], Value::Null);
}

#[test]
fn secrets_go_out_masked_and_stay_as_they_were_and_nobody_sees_those_of_others() {
    let server = server(&[]);
    let mut anna = Browser::signed_in(&server, "anna");
    let call = with(hot(), "/action", webhook("https://h.example/", false));
    let id = make(&mut anna, &call);
    let path = format!("/automations/{id}");
    let seen = anna.get(&path).json();
    assert_eq!(seen["action"]["password"], "••••");
    let mut again = call.clone();
    again["action"] = seen["action"].clone();
    again["name"] = json!("Renamed");
    let changed = anna.ask("PUT", &path, &again.to_string());
    assert_eq!((changed.status, &changed.json()["name"]), (200, &json!("Renamed")));
    let database = rusqlite::Connection::open(server.data.join("fieldpost.db")).unwrap();
    let kept = || -> String {
        database.query_row("SELECT action FROM automations", [], |row| row.get(0)).unwrap()
    };
    assert!(kept().contains("\"secret\""), "the password from before stays");
    let mut bob = Browser::signed_in(&server, "bob");
    for (method, below) in [("GET", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/runs")] {
        let answer: Answer = bob.ask(method, &format!("{path}{below}"), "");
        assert_eq!(code(&answer), "gone", "{method} {below}");
    }
    assert_eq!(code(&bob.ask("PUT", &path, &call.to_string())), "gone");
    assert_eq!(bob.get("/automations").json(), json!([]));
    assert_eq!(anna.ask("DELETE", &path, "").status, 204);
    assert_eq!(code(&anna.get(&path)), "gone");
}

#[test]
fn what_was_not_done_when_the_server_stopped_is_done_by_the_next_one() {
    let server = server(&[]);
    let mut anna = Browser::signed_in(&server, "anna");
    let id = make(&mut anna, &hot());
    assert_eq!(server.store("field1=31"), 1);
    let cookie = anna.cookie.clone();
    // It may have been heard or not, done or not; each value counts once.
    server.kill_now();
    let next = Server::on(&server.data, &[]);
    let mut anna = Browser::new(&next);
    anna.cookie = cookie;
    let path = format!("/automations/{id}/runs");
    let runs = until(&mut anna, &path, |runs| {
        runs[0]["state"].is_string() && runs[0]["state"] != "waiting"
    });
    assert_eq!(runs.as_array().unwrap().len(), 1, "{runs}");
}

#[test]
fn every_recipe_of_the_docs_can_be_made() {
    let server = server(&["--smtp-url", "smtp://127.0.0.1:1", "--smtp-from", "f@example.org"]);
    let mut anna = Browser::signed_in(&server, "anna");
    let page = include_str!("../../../../docs/guide/automations.md");
    let recipes: Vec<&str> = page
        .split("```json automation\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect();
    assert_eq!(recipes.len(), 5);
    for recipe in recipes {
        // The channel of the page is the one that is here.
        let recipe = recipe.replace("\"channel\": 1,", &format!("\"channel\": {CHANNEL},"));
        make(&mut anna, &serde_json::from_str(&recipe).unwrap());
    }
}
