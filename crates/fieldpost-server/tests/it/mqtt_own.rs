//! Topics of the user's own over MQTT: what Tasmota, ESPHome and the like need, who hears whom, what is kept, wills.

use crate::browser::{Browser, people};
use crate::harness::{Server, run};
use crate::mqtt_client::{Client, Hello, MQTT, device, packet, text};

fn start() -> (Server, (String, String), (String, String)) {
    let server = Server::with_channel(&MQTT);
    let one = device(&server.data, "anna", &[]);
    let two = device(&server.data, "anna", &[]);
    (server, one, two)
}

#[test]
fn the_devices_of_a_user_hear_each_other_and_nobody_else() {
    let (server, one, two) = start();
    run(&["user", "add", "ben"], &server.data).unwrap();
    let foreign = device(&server.data, "ben", &[]);
    let mut hears = Client::device(&server, false, &one);
    let mut new = Client::device(&server, true, &two);
    let mut other = Client::device(&server, false, &foreign);
    for filter in ["cmnd/plug/#", "+/plug/+", "tele/plug/STATE"] {
        assert_eq!(hears.subscribe(filter, 1), 1);
    }
    assert_eq!(other.subscribe("#", 1), 1);
    assert_eq!(new.publish("cmnd/plug/POWER", "ON", 1, false), 0);
    let got = hears.next();
    assert_eq!(
        (got.topic.as_str(), got.payload.as_str(), got.id),
        ("cmnd/plug/POWER", "ON", Some(1))
    );
    hears.send(&packet(0x40, &[0, 1]));
    new.publish("tele/plug/STATE", "{}", 0, false);
    assert_eq!(
        hears.next().id,
        None,
        "once, though two subscriptions match, and no surer than it was sent"
    );
    new.publish("tele/lamp/STATE", "{}", 0, false);
    assert!(hears.is_quiet() && other.is_quiet());
    assert_eq!(hears.subscribe("$share/x/tele/#", 0), 0x80);
    assert_eq!(new.subscribe("$share/x/tele/#", 0), 0x9e);
    assert_eq!(new.subscribe("tele/#/x", 0), 0x8f);
    // Nothing of its own comes back to who does not want it (version 5).
    new.send(&packet(0x82, &[&[0, 9, 0][..], &text(b"own/#"), &[0b100]].concat()));
    assert_eq!(new.receive().0, 0x90);
    new.publish("own/x", "1", 0, false);
    assert!(new.is_quiet());
}

#[test]
fn a_retained_message_waits_for_who_comes_later_and_goes_when_an_empty_one_comes() {
    let (server, one, two) = start();
    let mut says = Client::device(&server, true, &one);
    assert_eq!(says.publish("tele/plug/LWT", "Online", 1, true), 0);
    assert_eq!(says.publish("stat/plug/POWER", "OFF", 1, true), 0);
    assert_eq!(says.publish("stat/plug/RESULT", "once", 1, false), 0);
    let mut hears = Client::device(&server, false, &two);
    hears.subscribe("+/plug/+", 0);
    let got = [hears.next(), hears.next()];
    assert!(got.iter().all(|got| got.retain));
    assert_eq!(got.map(|got| got.topic), ["stat/plug/POWER", "tele/plug/LWT"]);
    says.publish("stat/plug/POWER", "ON", 0, true);
    let got = hears.next();
    assert_eq!((got.payload.as_str(), got.retain), ("ON", false), "what comes now is news");
    says.publish("stat/plug/POWER", "", 0, true);
    assert_eq!(hears.next().payload, "");
    hears.unsubscribe("+/plug/+");
    hears.subscribe("stat/#", 0);
    assert!(hears.is_quiet());
    assert_eq!(says.publish("big", &"x".repeat(5_000), 1, true), 0x97, "too long to be kept");
}

#[test]
fn a_user_keeps_a_thousand_messages_and_is_told_when_there_is_no_room() {
    let (server, one, _) = start();
    let mut client = Client::device(&server, true, &one);
    for n in 0..1_000 {
        client.publish(&format!("kept/{n}"), "x", 0, true);
    }
    assert_eq!(client.publish("kept/more", "x", 1, true), 0x97);
    assert_eq!(client.publish("kept/7", "y", 1, true), 0, "one that is kept can change");
    client.publish("kept/7", "", 0, true);
    assert_eq!(client.publish("kept/more", "x", 1, true), 0, "there is room again");
}

#[test]
fn a_will_comes_when_the_client_is_gone_and_not_when_it_takes_its_leave() {
    let (server, one, two) = start();
    let mut hears = Client::device(&server, false, &two);
    hears.subscribe("tele/plug/LWT", 0);
    let connect = |keep_alive| {
        let mut client = Client::open(&server);
        let (id, password) = (one.0.as_str(), one.1.as_str());
        let will = Some(("tele/plug/LWT", "Offline", true));
        let (user, password) = (Some(id), Some(password));
        let hello = Hello { v5: false, id, user, password, keep_alive, will };
        assert_eq!(client.hello(&hello), 0);
        client.publish("tele/plug/LWT", "Online", 0, true);
        client
    };
    let says = |hears: &mut Client| hears.says().1;
    drop(connect(60));
    assert_eq!((says(&mut hears), says(&mut hears)), ("Online".into(), "Offline".into()));

    let mut polite = connect(60);
    polite.send(&[0xe0, 0]);
    assert_eq!(polite.closed(), None);
    assert_eq!(says(&mut hears), "Online");
    assert!(hears.is_quiet(), "it took its leave");

    let mut silent = connect(1);
    assert_eq!(silent.closed(), None);
    assert_eq!((says(&mut hears), says(&mut hears)), ("Online".into(), "Offline".into()));

    // A plug that lost its Wi-Fi comes back before the server has noticed: what it says now has the last word.
    let mut first = connect(60);
    assert_eq!(says(&mut hears), "Online");
    let _second = connect(60);
    assert_eq!(first.closed(), None);
    assert_eq!((says(&mut hears), says(&mut hears)), ("Offline".into(), "Online".into()));
    assert!(hears.is_quiet());
}

#[test]
fn readings_on_own_topics_become_values_of_fields() {
    let server = Server::with_channel(&MQTT);
    let plug = device(&server.data, "anna", &["4711:rw"]);
    people(&server);
    let mut anna = Browser::signed_in(&server, "anna");
    let maps = serde_json::json!({ "maps": [
        { "topic": "tele/plug/SENSOR", "path": "AM2301.Temperature", "channel": 4711, "field": 1 },
        { "topic": "tele/plug/SENSOR", "path": "AM2301.Humidity", "channel": 4711, "field": 2 },
    ]});
    let answer = anna.ask("PATCH", &format!("/devices/{}", plug.0), &maps.to_string());
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut client = Client::device(&server, false, &plug);
    let sensor = r#"{"Time":"2026-05-06T07:08:09","AM2301":{"Temperature":21.50,"Humidity":63},"TempUnit":"C"}"#;
    assert_eq!(client.publish("tele/plug/SENSOR", sensor, 1, false), 0);
    let last = server.read("feeds/last.json").json();
    assert_eq!((&last["field1"], &last["field2"]), (&"21.50".into(), &"63".into()));
    assert_eq!(last["entry_id"], 1, "one entry for both");
    let seen = anna.get("/devices").json();
    assert_eq!(
        (&seen[0]["connected"], &seen[0]["seen"][0]["topic"]),
        (&true.into(), &"tele/plug/SENSOR".into())
    );
}
