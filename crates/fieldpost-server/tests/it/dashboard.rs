//! What the web app reads and changes: channels, entries, charts' data, the live stream; and the document that says so.

use serde_json::{Value, json};

use crate::browser::{Browser, Live, code, people};
use crate::harness::{CHANNEL, READ, Server, WRITE};

#[test]
fn a_channel_is_made_changed_and_deleted() {
    let server = Server::with_channel(&[]);
    people(&server);
    let mut bob = Browser::signed_in(&server, "bob");
    for (bad, why) in [
        (json!({"name": "x", "fields": []}), "bad_value"),
        (json!({"name": "x", "fields": vec!["a"; 9]}), "bad_value"),
        (json!({"name": "x", "fields": ["a"], "write_key": "short"}), "bad_value"),
        (json!({"name": "x", "fields": ["a"], "id": CHANNEL}), "taken"),
        (json!({"name": "x", "fields": ["a"], "write_key": WRITE}), "taken"),
        (json!({"name": "x"}), "bad_body"),
    ] {
        assert_eq!(code(&bob.ask("POST", "/channels", &bad.to_string())), why, "{bad}");
    }
    let new = json!({"name": "Shed", "fields": ["Light", "", "Door"], "public": true, "id": 99});
    let made = bob.ask("POST", "/channels", &new.to_string()).json();
    assert_eq!(made["fields"], json!([{"no": 1, "label": "Light"}, {"no": 3, "label": "Door"}]));
    assert_eq!(
        (&made["id"], &made["role"], &made["entries"]),
        (&99.into(), &"owner".into(), &0.into())
    );
    let changes = json!({
        "name": "Barn", "description": "warm", "fields": {"1": "Lux", "3": null, "8": "Rain"}, "tags": ["a", "B", "a"],
        "url": "https://example.org", "latitude": "47.370", "elevation": null, "timezone": "Europe/Zurich", "update_interval_ms": 15000,
    });
    let after = bob.ask("PATCH", "/channels/99", &changes.to_string()).json();
    assert_eq!(
        (
            &after["name"],
            &after["latitude"],
            &after["tags"],
            &after["update_interval_ms"],
            &after["timezone"]
        ),
        (
            &"Barn".into(),
            &"47.37".into(),
            &json!(["a", "B"]),
            &15_000.into(),
            &"Europe/Zurich".into()
        )
    );
    assert_eq!(after["fields"], json!([{"no": 1, "label": "Lux"}, {"no": 8, "label": "Rain"}]));
    for bad in [
        json!({"url": "javascript:alert(1)"}),
        json!({"latitude": "91"}),
        json!({"timezone": "Mars/Base"}),
        json!({"fields": {"9": "x"}}),
        json!({"update_interval_ms": 86_400_001}),
    ] {
        assert_eq!(code(&bob.ask("PATCH", "/channels/99", &bad.to_string())), "bad_value", "{bad}");
    }
    assert_eq!(code(&bob.ask("PATCH", "/channels/99", r#"{"nmae":"x"}"#)), "bad_body");
    let cleared =
        bob.ask("PATCH", "/channels/99", r#"{"update_interval_ms":null,"url":null}"#).json();
    assert!(cleared["update_interval_ms"].is_null() && cleared["url"].is_null());
    assert_eq!(cleared["name"], "Barn");
    assert_eq!(bob.ask("DELETE", "/channels/99", "").status, 204);
    assert_eq!(code(&bob.get("/channels/99")), "no_channel");
}

#[test]
fn a_rotated_key_goes_on_writing_if_it_is_told_to() {
    let server = Server::with_channel(&[]);
    people(&server);
    let mut anna = Browser::signed_in(&server, "anna");
    let rotate = |anna: &mut Browser<'_>, ms: u64| {
        let body = format!(r#"{{"overlap_ms":{ms}}}"#);
        anna.ask("POST", &format!("/channels/{CHANNEL}/keys/write"), &body).json()["keys"].clone()
    };
    let writes = |key: &str| server.get(&format!("/update?api_key={key}&field1=1")).body != "0";
    let keys = rotate(&mut anna, 1_500);
    let new = keys["write_key"].as_str().unwrap().to_string();
    assert!(writes(WRITE) && writes(&new));
    std::thread::sleep(std::time::Duration::from_millis(1_600));
    assert!(!writes(WRITE) && writes(&new));
    let newest = rotate(&mut anna, 0)["write_key"].as_str().unwrap().to_string();
    assert!(!writes(&new) && writes(&newest));
}

#[test]
fn entries_are_paged_from_the_newest_on() {
    let server = Server::with_channel(&[]);
    for n in 1..=7 {
        server.store(&format!("field1={n}&status=s{n}"));
    }
    let mut reader = Browser::new(&server);
    let mut page = |query: &str| {
        let page = reader.get(&format!("/channels/{CHANNEL}/entries?key={READ}{query}")).json();
        let ids: Vec<u64> = page["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["entry_id"].as_u64().unwrap())
            .collect();
        (ids, page["more"].as_bool().unwrap(), page)
    };
    let (ids, more, first) = page("&limit=3");
    assert_eq!((ids, more), (vec![7, 6, 5], true));
    assert_eq!(first["entries"][0]["fields"], json!({"1": "7"}));
    assert_eq!(
        (&first["entries"][0]["status"], first["entries"][0].get("latitude")),
        (&"s7".into(), None)
    );
    assert_eq!(page("&limit=3&before=5").0, [4, 3, 2]);
    let (ids, more, _) = page("&limit=3&before=2");
    assert_eq!((ids, more), (vec![1], false));
    assert_eq!(page("&before=1").0, [0; 0]);
    assert_eq!(page("").0.len(), 7);
    assert_eq!(
        code(&reader.get(&format!("/channels/{CHANNEL}/entries?key={READ}&limit=x"))),
        "bad_value"
    );
}

#[test]
fn a_stretch_is_raw_when_it_is_short_and_keeps_its_spikes_when_it_is_long() {
    let server = Server::with_channel(&[]);
    let begin: i64 = 1_780_000_000;
    let updates: Vec<Value> = (0..2_000)
        .map(|n| json!({"created_at": begin + n, "field1": if n == 777 { 1_000_000 } else { n % 10 }, "field2": "off"}))
        .collect();
    let body = json!({"write_api_key": WRITE, "updates": updates});
    let path = format!("/channels/{CHANNEL}/bulk_update.json");
    assert_eq!(server.json(&path, &body.to_string()).status, 202);
    let mut reader = Browser::new(&server);
    let mut series = |query: &str| {
        let answer = reader.get(&format!("/channels/{CHANNEL}/series?key={READ}&{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    let (start, end) = (begin * 1_000, (begin + 1_999) * 1_000);
    let long = series(&format!("start={start}&end={end}&points=100"));
    let times = long["times"].as_array().unwrap();
    assert!(times.len() <= 100 && times.len() > 90, "{}", times.len());
    assert_eq!((&long["entries"], &long["last_id"]), (&2_000.into(), &2_000.into()));
    let high = long["columns"][0]["high"].as_array().unwrap().iter().filter_map(Value::as_f64);
    assert_eq!(high.fold(0.0, f64::max), 1_000_000.0);
    assert!(long["columns"][1]["values"].as_array().unwrap().iter().all(Value::is_null));
    let raw = series(&format!("start={start}&end={}&points=100&fields=1", start + 9_000));
    assert_eq!((&raw["resolution_ms"], raw["times"].as_array().unwrap().len()), (&0.into(), 10));
    assert_eq!(
        (&raw["columns"][0]["values"][9], raw["columns"][0].get("low")),
        (&9.0.into(), None)
    );
    for bad in ["start=5&end=4", "fields=9", "points=many"] {
        let answer =
            Browser::new(&server).get(&format!("/channels/{CHANNEL}/series?key={READ}&{bad}"));
        assert_eq!(code(&answer), "bad_value", "{bad}");
    }
}

#[test]
fn a_card_shows_the_newest_entry_and_the_last_day() {
    let server = Server::with_channel(&[]);
    people(&server);
    let mut anna = Browser::signed_in(&server, "anna");
    let card = anna.get("/channels").json()["own"][0].clone();
    assert_eq!(
        (&card["last"], &card["spark"], &card["last_write_at"]),
        (&Value::Null, &json!({}), &Value::Null)
    );
    server.store("field1=21.5");
    server.store("field1=22.5&field2=on");
    let card = anna.get("/channels").json()["own"][0].clone();
    assert_eq!(
        (&card["last"]["fields"], &card["entries"]),
        (&json!({"1": "22.5", "2": "on"}), &2.into())
    );
    let spark = card["spark"].as_object().unwrap();
    assert_eq!(spark.keys().collect::<Vec<_>>(), ["1"], "only fields that have numbers");
    assert_eq!(spark["1"].as_array().unwrap().len(), 48);
    assert_eq!(spark["1"][47], 22.0);
}

#[test]
fn one_stream_tells_of_two_channels_and_goes_on_without_gap_or_double() {
    let server = Server::with_channel(&[]);
    people(&server);
    let mut anna = Browser::signed_in(&server, "anna");
    let made = anna.ask("POST", "/channels", r#"{"name":"Two","fields":["a"],"id":2}"#).json();
    let second = made["keys"]["write_key"].as_str().unwrap().to_string();
    let write = |n: u64| match n % 2 {
        0 => drop(server.store(&format!("field1={n}"))),
        _ => drop(server.get(&format!("/update?api_key={second}&field1={n}"))),
    };
    (0..4).for_each(write);
    let cookie = format!("Cookie: {}\r\n", anna.cookie.clone().unwrap());
    // One is told from its beginning, the other from where it stands.
    let mut live = Live::open(&server, &format!("channels={CHANNEL}:0,2"), &cookie);
    assert_eq!(live.next(), (format!("2:2,{CHANNEL}:1"), CHANNEL, 1));
    assert_eq!(live.next(), (format!("2:2,{CHANNEL}:2"), CHANNEL, 2));
    write(5);
    let (cursor, channel, id) = live.next();
    assert_eq!((cursor.as_str(), channel, id), (format!("2:3,{CHANNEL}:2").as_str(), 2, 3));
    drop(live);
    let writer = std::thread::scope(|scope| {
        scope.spawn(|| (0..300).for_each(write));
        let back = format!("{cookie}Last-Event-ID: {cursor}\r\n");
        let mut live = Live::open(&server, &format!("channels={CHANNEL}:0,2"), &back);
        let (mut one, mut two) = (Vec::new(), Vec::new());
        while one.len() + two.len() < 300 {
            let (_, channel, id) = live.next();
            if channel == 2 { two.push(id) } else { one.push(id) }
        }
        (one, two)
    });
    assert_eq!(writer.0, (3..=152).collect::<Vec<_>>());
    assert_eq!(writer.1, (4..=153).collect::<Vec<_>>());
}

#[test]
fn a_stream_is_for_those_who_may_read_all_of_it() {
    let server = Server::with_channel(&[]);
    people(&server);
    let mut stranger = Browser::new(&server);
    assert_eq!(code(&stranger.get(&format!("/live?channels={CHANNEL}"))), "no_channel");
    assert_eq!(code(&stranger.get("/live?channels=x")), "bad_value");
    let many: Vec<String> = (1..=51).map(|n| n.to_string()).collect();
    assert_eq!(code(&stranger.get(&format!("/live?channels={}", many.join(",")))), "bad_value");
    let _open = Live::open(&server, &format!("channels={CHANNEL}&key={READ}"), "");
    assert_eq!(server.terminate(), Some(0), "open streams do not keep a server from stopping");
}

#[test]
fn the_document_lists_every_route_and_every_route_answers() {
    let server = Server::with_channel(&[]);
    let document = server.get("/openapi.json").json();
    assert_eq!(document["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    let mut count = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        // Boards are there in the demo.
        let Some(below) = path.strip_prefix("/api/v1").filter(|path| !path.starts_with("/boards"))
        else {
            continue;
        };
        let below = below
            .replace("{id}", &CHANNEL.to_string())
            .replace("{login}", "nobody")
            .replace("{key}", READ)
            .replace("{link}", "1");
        for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            let mut browser = Browser::new(&server);
            let query = if below == "/live" { "?channels=0" } else { "" };
            let answer = browser.ask(&method.to_uppercase(), &format!("{below}{query}"), "");
            let no_route = answer.status == 405 || code(&answer) == "no_route";
            assert!(!no_route, "{method} {path}: {answer:?}");
            count += 1;
        }
    }
    assert!(count >= 29, "{count}");
    let mut browser = Browser::new(&server);
    assert_eq!(code(&browser.get("/nothing")), "no_route");
    let wrong = browser.ask("PUT", "/me", "");
    assert_eq!((code(&wrong), wrong.header("Allow").is_some()), ("method".into(), true));
    assert_eq!(code(&browser.get("/channels/x")), "bad_value");
}
