//! Channels over MQTT: publish, subscribe, rights, and the doors next to it.

use std::io::Write as _;

use crate::browser::{Browser, people};
use crate::harness::{CHANNEL, READ, Server, WRITE, run};
use crate::mqtt_client::{Client, Hello, MQTT, device, packet, text};

/// A server with the channel 4711 and a device that may do everything with it.
fn start() -> (Server, (String, String)) {
    let server = Server::with_channel(&MQTT);
    let device = device(&server.data, "anna", &["4711:rw"]);
    (server, device)
}

fn topic(below: &str) -> String {
    format!("channels/{CHANNEL}/{below}")
}

/// The next entry on a page's live stream. That the command line made the device may be told in between.
fn shown(page: &mut impl std::io::BufRead) -> String {
    loop {
        let mut line = String::new();
        page.read_line(&mut line).unwrap();
        if let Some(data) = line.strip_prefix("data: ").filter(|data| data.contains("entry_id")) {
            return data.trim_end().to_string();
        }
    }
}

#[test]
fn what_is_published_is_on_disk_when_it_is_answered_and_everybody_hears_it() {
    let (server, device) = start();
    let mut page = server.open_stream(&format!("/channels/{CHANNEL}/live?api_key={READ}"), "");
    for v5 in [false, true] {
        let mut hears = Client::device(&server, v5, &device);
        // Another connection of the same device needs a name of its own.
        let mut says = Client::open(&server);
        let (id, password) = (Some(device.0.as_str()), Some(device.1.as_str()));
        let hello = Hello { v5, id: "sensor", user: id, password, ..Hello::default() };
        assert_eq!(says.hello(&hello), 0);
        hears.subscribe(&topic("subscribe"), 0);
        let before = server.read("feeds/last.json").json()["entry_id"].as_u64().unwrap_or(0);
        if before > 0 {
            assert!(hears.next().retain, "the last entry comes at once");
        }
        for qos in [1, 2] {
            let values = format!("field1=2{qos}.5&field2=&lat=47.5&long=8.25&status=all+well");
            assert_eq!(says.publish(&topic("publish"), &values, qos, false), 0);
            let entry = before + u64::from(qos);
            let last = server.read("feeds/last.json?status=true&location=true").json();
            assert_eq!((&last["entry_id"], &last["field2"]), (&entry.into(), &"".into()));
            assert_eq!((&last["latitude"], &last["status"]), (&"47.5".into(), &"all well".into()));
            let got = hears.next();
            assert_eq!((got.topic, got.retain), (topic("subscribe"), false));
            let json: serde_json::Value = serde_json::from_str(&got.payload).unwrap();
            assert_eq!(json["entry_id"], entry);
            assert!(got.payload.starts_with(&format!(
                r#"{{"channel_id":4711,"created_at":"{}","entry_id":{entry},"field1":"2{qos}.5","field2":"","field3":null"#,
                last["created_at"].as_str().unwrap()
            )));
            assert_eq!(shown(&mut page), got.payload, "the page hears the same");
        }
        assert_eq!(server.store("field1=7"), before + 3);
        let got = hears.next().payload;
        assert!(got.contains(r#""field1":"7""#), "a write over HTTP is heard too");
        assert_eq!(shown(&mut page), got);
    }
}

#[test]
fn a_field_is_heard_by_itself_by_wildcard_and_by_its_last_value() {
    let (server, device) = start();
    server.store("field1=20.5&field2=60");
    server.store("field1=21");
    let mut client = Client::device(&server, false, &device);
    assert_eq!(client.subscribe(&topic("subscribe/fields/+"), 0), 0);
    for (field, value) in [("field1", "21"), ("field2", "60")] {
        let got = client.next();
        assert_eq!(
            (got.topic, got.payload),
            (topic(&format!("subscribe/fields/{field}")), value.into())
        );
        assert!(got.retain, "what was before says so");
    }
    client.publish(&topic("publish/fields/field2"), "63", 0, true);
    let got = client.next();
    assert_eq!((got.topic, got.payload), (topic("subscribe/fields/field2"), "63".into()));
    assert!(!got.retain && client.is_quiet(), "only the field that came");
    client.unsubscribe(&topic("subscribe/fields/+"));
    server.store("field1=22");
    assert!(client.is_quiet());
    assert_eq!(client.subscribe(&topic("subscribe/fields/field8"), 1), 1);
    assert!(client.is_quiet(), "a field that was never written has no last value");
    server.send(
        "POST",
        &format!("/channels/{CHANNEL}/bulk_update.json"),
        "application/json",
        &format!(r#"{{"write_api_key":"{WRITE}","updates":[{{"delta_t":1,"field8":"1"}}]}}"#),
    );
    server.store("field8=2");
    let got = client.next();
    assert_eq!((got.payload.as_str(), got.id), ("2", Some(1)), "bulk updates are not brought");
    client.send(&packet(0x40, &[0, 1]));
    assert!(client.is_quiet());
}

#[test]
fn the_topics_of_the_older_generation_open_with_keys_alone() {
    let (server, _) = start();
    let mut client = Client::open(&server);
    // As old sketches do: any user name, and a key of the account for a password.
    let (user, password) = (Some("TSArduinoMQTTDemo"), Some("AB12CD34EF56GH78"));
    assert_eq!(client.hello(&Hello { id: "x", user, password, ..Hello::default() }), 0);
    assert_eq!(
        client.publish(&topic(&format!("publish/{WRITE}")), "field1=1&field3=9", 1, false),
        0
    );
    let field = topic(&format!("publish/fields/field2/{WRITE}"));
    assert_eq!(client.publish(&field, "64", 1, false), 0);
    for (below, begin) in [
        ("subscribe/json", r#"{"channel_id":4711,"created_at":"#),
        ("subscribe/xml", "<?xml"),
        ("subscribe/csv", "20"),
        ("subscribe/fields/field2", "64"),
        ("subscribe/fields/+", "1"),
    ] {
        let filter = topic(&format!("{below}/{READ}"));
        assert_eq!(client.subscribe(&filter, 0), 0, "{below}");
        let got = client.next();
        assert!(got.payload.starts_with(begin) && got.retain, "{below} {got:?}");
        match below {
            "subscribe/fields/+" => {
                assert_eq!(got.topic, topic(&format!("subscribe/fields/field1/{READ}")));
                client.next();
            }
            _ => assert_eq!(got.topic, filter, "sketches compare it letter by letter"),
        }
        client.unsubscribe(&filter);
    }
    assert_eq!(client.subscribe(&topic("subscribe/json"), 0), 0x80, "the channel is private");
    assert_eq!(client.subscribe(&topic("subscribe/json/AB12CD34EF56GH78"), 0), 0x80);
    assert_eq!(client.subscribe("kitchen/#", 0), 0x80, "own topics are for devices");
    client.publish(&topic("publish"), "field1=5", 0, false);
    client.publish(&topic(&format!("publish/{READ}")), "field1=5", 0, false);
    assert!(client.is_quiet());
    assert_eq!(server.read("feeds/last.json").json()["entry_id"], 2);
}

#[test]
fn a_refused_message_is_answered_as_well_as_the_version_can() {
    let (server, device) = start();
    run(&["channel", "create", "--user", "anna", "--id", "8", "--name", "Other"], &server.data)
        .unwrap();
    people(&server);
    let refuse = r#"{"valid":{"2":{"min":0,"max":100,"refuse":true}}}"#;
    let path = format!("/channels/{CHANNEL}");
    assert_eq!(Browser::signed_in(&server, "anna").ask("PATCH", &path, refuse).status, 200);
    let bad = [
        ("channels/8/publish", "field1=1", 0x87),
        ("channels/4711/publish", "field1=1&field2=101", 0x99),
        ("channels/4711/publish/fields/field2", "-1", 0x99),
        ("channels/99/publish", "field1=1", 0x87),
        ("channels/4711/publish", "{\"field1\":1}", 0x99),
        ("channels/4711/publish", "21.5", 0x99),
        ("channels/4711/publish/fields/field9", "1", 0x90),
        ("channels/4711/subscribe", "field1=1", 0x90),
        ("$SYS/x", "1", 0x90),
    ];
    let mut new = Client::device(&server, true, &device);
    for (topic, payload, reason) in bad {
        for qos in [1, 2] {
            assert_eq!(new.publish(topic, payload, qos, false), reason, "{topic} {payload}");
        }
    }
    assert_eq!(new.publish("channels/4711/publish", "field1=1", 1, false), 0, "it goes on");
    for (topic, payload, _) in bad {
        let mut old = Client::device(&server, false, &device);
        old.publish(topic, payload, 0, false);
        assert!(old.is_quiet(), "left out with quality 0: {topic}");
        let message = old.message(topic, payload.as_bytes(), 1, false);
        old.send(&message);
        assert_eq!(old.closed(), None, "no answer, since it would say yes: {topic}");
    }
    assert_eq!(server.read("feeds/last.json").json()["entry_id"], 1);
}

#[test]
fn a_message_of_quality_2_is_stored_once_however_often_it_comes() {
    let (server, device) = start();
    let mut client = Client::device(&server, false, &device);
    let message = client.message(&topic("publish"), b"field1=1", 2, false);
    client.send(&message);
    assert_eq!(client.receive(), (0x50, vec![0, 7]));
    client.send(&[&message[..1], &message[1..]].concat());
    assert_eq!(client.receive(), (0x50, vec![0, 7]));
    client.send(&packet(0x62, &[0, 7]));
    assert_eq!(client.receive(), (0x70, vec![0, 7]));
    assert_eq!(server.read("feeds/last.json").json()["entry_id"], 1);
    client.send(&message);
    assert_eq!(client.receive(), (0x50, vec![0, 7]), "the number is free again");
    assert_eq!(server.read("feeds/last.json").json()["entry_id"], 2);
}

#[test]
fn too_fast_is_said_and_the_interval_is_shared_with_other_doors() {
    let (server, device) = start();
    run(&["channel", "change", "4711", "--update-interval", "600"], &server.data).unwrap();
    let mut client = Client::device(&server, true, &device);
    assert_eq!(client.publish(&topic("publish"), "field1=1", 1, false), 0);
    assert_eq!(client.publish(&topic("publish"), "field1=2", 1, false), 0x97);
    assert_eq!(server.form("/update", &format!("api_key={WRITE}&field1=3")).body, "0");
}

#[test]
fn rights_are_taken_away_while_somebody_is_connected() {
    let (server, device) = start();
    let mut client = Client::device(&server, true, &device);
    client.subscribe(&topic("subscribe/fields/field1"), 0);
    run(&["device", "remove", &device.0], &server.data).unwrap();
    assert_eq!(client.closed(), Some(0x87));
    let mut again = Client::open(&server);
    let (id, password) = (Some(device.0.as_str()), Some(device.1.as_str()));
    assert_eq!(again.hello(&Hello { id: "x", user: id, password, ..Hello::default() }), 5);
    assert_eq!(again.closed(), None);
}

#[test]
fn who_may_not_come_in_is_told_so() {
    let (server, (id, password)) = start();
    let (id, password) = (id.as_str(), password.as_str());
    for (hello, old, new) in [
        (Hello { id, user: Some(id), password: Some("wrong"), ..Hello::default() }, 5, 0x86),
        (Hello { id, user: Some(id), password: Some(WRITE), ..Hello::default() }, 5, 0x86),
        (Hello { id, user: Some(id), ..Hello::default() }, 5, 0x86),
        (Hello { id, ..Hello::default() }, 5, 0x86),
        (Hello { id: "x", user: Some("nobody"), password: Some("p"), ..Hello::default() }, 5, 0x86),
        // What is right is let in, also under another client id, or under another name with the device's id.
        (Hello { id: "x", user: Some(id), password: Some(password), ..Hello::default() }, 0, 0),
        (Hello { id, user: Some("me"), password: Some(password), ..Hello::default() }, 0, 0),
    ] {
        assert_eq!(Client::open(&server).hello(&hello), old);
        assert_eq!(Client::open(&server).hello(&Hello { v5: true, ..hello }), new);
    }
}

#[test]
fn tls_and_websockets_lead_to_the_same_door() {
    let (server, device) = start();
    let hello = Hello {
        id: &device.0,
        user: Some(&device.0),
        password: Some(&device.1),
        ..Hello::default()
    };
    let mut secure = Client::over(server.connect_tls_to(server.listens("mqtts")));
    assert_eq!(secure.hello(&hello), 0);
    assert_eq!(secure.publish(&topic("publish"), "field1=1", 1, false), 0);

    let mut socket = server.connect();
    write!(
        socket,
        "GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    )
    .unwrap();
    let head = crate::harness::read_head(&mut socket);
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert!(head.to_ascii_lowercase().contains("sec-websocket-protocol: mqtt"), "{head}");
    let mut frames = Client::over(Frames { socket, rest: Vec::new() });
    assert_eq!(frames.hello(&Hello { id: "web", ..hello }), 0);
    frames.subscribe(&topic("subscribe/fields/field1"), 0);
    assert_eq!(frames.next().payload, "1");
    secure.publish(&topic("publish/fields/field1"), "2", 0, false);
    assert_eq!(frames.next().payload, "2");
    let answer = server.get("/mqtt");
    assert_eq!((answer.status, answer.body.contains("MQTT client")), (426, true));
}

#[test]
fn a_server_that_stops_answers_what_it_stored_and_says_farewell() {
    let (server, device) = start();
    let mut client = Client::device(&server, true, &device);
    let mut message = client.message(&topic("publish"), b"field1=1", 1, false);
    message.extend([0xc0, 0]);
    client.send(&message);
    assert_eq!(client.receive().0, 0xd0, "the ping was read, so the message was too");
    assert_eq!(server.terminate(), Some(0));
    let mut acknowledged = false;
    let mut reason = None;
    while let Some((first, rest)) = client.try_receive() {
        acknowledged |= first == 0x40;
        if first == 0xe0 {
            reason = rest.first().copied();
        }
    }
    assert_eq!((acknowledged, reason), (true, Some(0x8b)));
}

#[test]
fn metrics_and_the_web_app_know_of_mqtt() {
    let (server, device) = start();
    let mut client = Client::device(&server, false, &device);
    client.publish(&topic("publish"), "field1=1", 1, false);
    let text = server.get("/metrics").body;
    for line in [
        "fieldpost_mqtt_connections_open 1\n",
        "fieldpost_mqtt_messages_in_total 1\n",
        "fieldpost_mqtt_messages_dropped_total 0\n",
    ] {
        assert!(text.contains(line), "{line} {text}");
    }
    let told = server.get("/api/v1/server").json();
    assert_eq!(told["mqtt"]["port"], server.listens("mqtt").port());
    assert_eq!(told["mqtt"]["tls_port"], server.listens("mqtts").port());
    assert_eq!(told["mqtt"]["websocket"], true);
}

/// Bytes in masked frames (RFC 6455), one for each writing, cut where they like.
struct Frames {
    socket: std::net::TcpStream,
    rest: Vec<u8>,
}

impl std::io::Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let part = &bytes[..bytes.len().min(10)];
        let mut frame = vec![0x82, 0x80 | part.len() as u8, 0, 0, 0, 0];
        frame.extend(part);
        self.socket.write_all(&frame)?;
        Ok(part.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.socket.flush()
    }
}

impl std::io::Read for Frames {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() {
            let mut head = [0; 2];
            self.socket.read_exact(&mut head)?;
            assert_eq!(head[0], 0x82, "a whole binary message");
            let length = match head[1] {
                126 => {
                    self.socket.read_exact(&mut head)?;
                    usize::from(u16::from_be_bytes(head))
                }
                length => usize::from(length),
            };
            self.rest = vec![0; length];
            self.socket.read_exact(&mut self.rest)?;
        }
        let length = room.len().min(self.rest.len());
        room[..length].copy_from_slice(&self.rest[..length]);
        self.rest.drain(..length);
        Ok(length)
    }
}

#[test]
fn a_burst_is_worked_off_to_its_end() {
    let (server, device) = start();
    let mut client = Client::device(&server, false, &device);
    let burst = client.message(&topic("publish"), b"field1=1", 1, false).repeat(300);
    client.send(&burst);
    for n in 0..300 {
        assert_eq!(client.receive().0, 0x40, "{n}");
    }
    assert_eq!(server.read("feeds/last.json").json()["entry_id"], 300);
}

#[test]
fn an_alias_stands_for_a_topic() {
    let (server, device) = start();
    let mut client = Client::device(&server, true, &device);
    for topic_text in [topic("publish"), String::new()] {
        let mut rest = text(topic_text.as_bytes());
        rest.extend([0, 7, 3, 0x23, 0, 8]);
        rest.extend(b"field1=1");
        client.send(&packet(0x32, &rest));
        assert_eq!(client.receive().0, 0x40);
    }
    assert_eq!(server.read("feeds/last.json").json()["entry_id"], 2);
    let mut rest = text(b"");
    rest.extend([0, 7, 3, 0x23, 0, 9]);
    client.send(&packet(0x32, &rest));
    assert_eq!(client.closed(), Some(0x94));
}
