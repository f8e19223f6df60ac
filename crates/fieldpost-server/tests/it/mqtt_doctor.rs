//! The connection doctor at the MQTT door: what clients do wrong, each mistake in real packets, and the advice that comes of it.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::browser::{Browser, people};
use crate::harness::{CHANNEL, READ, Server, WRITE, run};
use crate::mqtt_client::{Client, Hello, MQTT, device, packet, text};

/// Who must see an attempt.
#[derive(Clone, Copy, Debug)]
enum Sees {
    /// The editors of channel 4711.
    Channel,
    /// The owner of the device, wherever she sits, on the page of attempts.
    Owner,
    /// Who looks after the server.
    Server,
}
use Sees::{Channel, Owner};

struct Ward {
    server: Server,
    /// bob's, who may edit channel 4711 and has a device of his own.
    bob: (String, String),
    user_key: String,
}

impl Ward {
    fn open() -> Self {
        let server = Server::with_channel(&MQTT);
        people(&server);
        let other = ["channel", "create", "--user", "anna", "--name", "Slow", "--id", "4712"];
        run(&[&other[..], &["--update-interval", "3600"]].concat(), &server.data).unwrap();
        run(
            &["channel", "create", "--user", "carol", "--name", "Hers", "--id", "4713"],
            &server.data,
        )
        .unwrap();
        crate::browser::share(&server, "bob", "editor");
        let bob = device(&server.data, "bob", &["4711:rw"]);
        let user_key = server.user_key().to_string();
        Self { server, bob, user_key }
    }

    /// Anna's device with these rights, connected.
    fn come(&self, rights: &[&str]) -> Client {
        Client::device(&self.server, false, &device(&self.server.data, "anna", rights))
    }

    fn bob(&self) -> Client {
        Client::device(&self.server, false, &self.bob)
    }

    /// Introduces itself and is refused.
    fn refused(&self, id: &str, user: &str, password: Option<&str>) {
        let hello = Hello { id, user: Some(user), password, ..Hello::default() };
        assert_ne!(Client::open(&self.server).hello(&hello), 0, "{id} {user}");
    }

    /// Sends bytes to a port and leaves the answer unread.
    fn bytes(&self, scheme: &str, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.server.listens(scheme)).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    }

    /// Waits until the right people see an attempt with this code and these words.
    fn wait_for(&self, sees: Sees, name: &str, code: &str, words: &[&str]) {
        let (login, path) = match sees {
            Channel => ("anna", format!("/channels/{CHANNEL}/attempts")),
            Owner => ("bob", "/attempts".into()),
            Sees::Server => ("anna", "/attempts".into()),
        };
        let mut browser = Browser::signed_in(&self.server, login);
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let all = browser.get(&path).json();
            let fits = |attempt: &&Value| {
                let text = format!("{} {}", attempt["says"], attempt["fix"]).replace('\\', "");
                attempt["code"] == code && words.iter().all(|word| text.contains(word))
            };
            if let Some(found) = all.as_array().unwrap().iter().find(fits) {
                assert_eq!(found["door"], "mqtt", "{name}: {found}");
                let shown = found.to_string();
                for secret in [WRITE, READ, &self.user_key, &self.bob.1] {
                    assert!(!shown.contains(secret), "{name}: {shown}");
                }
                return;
            }
            assert!(Instant::now() < until, "{name}: no {code} with {words:?} in {all:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[test]
fn twenty_mistakes_over_mqtt_bring_twenty_right_hints() {
    let ward = Ward::open();
    let bob = ward.bob.0.as_str();

    ward.refused("nobody", "nobody", Some("open sesame"));
    ward.wait_for(
        Sees::Server,
        "a user name of nobody",
        "device_unknown",
        &["called \"nobody\"", "Make a device"],
    );
    ward.refused(bob, "bob", Some("open sesame"));
    ward.wait_for(
        Sees::Server,
        "another user name",
        "device_unknown",
        &["id is that of a device", "both as client id and"],
    );
    ward.refused(bob, bob, Some("open sesame"));
    ward.wait_for(Owner, "a wrong password", "password_wrong", &[bob, "all 24 characters"]);
    for (key, what) in [(WRITE, "write key"), (READ, "read key")] {
        ward.refused(bob, bob, Some(key));
        ward.wait_for(Channel, what, "password_wrong", &["is a channel's", what, "needs no key"]);
    }
    ward.refused(bob, bob, Some(&ward.user_key));
    ward.wait_for(Sees::Server, "a user key", "password_wrong", &["is a user key", "needs no key"]);
    ward.refused(bob, bob, None);
    ward.wait_for(
        Owner,
        "no password",
        "password_missing",
        &["no password came", "user name and password"],
    );

    let write = |topic: &str, payload: &str| {
        let mut client = ward.bob();
        client.publish(topic, payload, 0, false);
        assert!(client.is_quiet() || topic.starts_with("channels/"));
    };
    ward.come(&["4711:r"]).publish("channels/4711/publish", "field1=1", 0, false);
    ward.wait_for(
        Channel,
        "no right to publish",
        "forbidden",
        &["no right to publish", "Tick publish"],
    );
    assert_eq!(ward.come(&["4711:w"]).subscribe("channels/4711/subscribe", 0), 0x80);
    ward.wait_for(
        Channel,
        "no right to subscribe",
        "forbidden",
        &["no right to subscribe", "Tick subscribe"],
    );
    write("channels/99/publish", "field1=1");
    ward.wait_for(
        Owner,
        "a channel that is not there",
        "no_channel",
        &["no channel 99", "channel's page"],
    );
    for (topic, words) in [
        ("channels/my-home/publish", ["\"my-home\" is not the number", "behind channels/"]),
        ("channels/4711/publsh", ["\"publsh\" stands where", "channels/4711/publish"]),
        (
            "channels/4711/publish/field1",
            ["fields/ is missing", "channels/4711/publish/fields/field1."],
        ),
        ("channels/4711/publish/fields/field9", ["no \"field9\"", "field1 to field8"]),
        ("channels/4711/subscribe", ["is for subscribing", "Publish to channels/4711/publish"]),
        ("channel/4711/publish", ["begins with channel, not with channels", "Write channels/4711"]),
        ("/channels/4711/publish", ["begins with a slash", "Write channels/4711"]),
        ("publish/field1", ["names no channel", "Write channels/"]),
    ] {
        write(topic, "field1=1");
        ward.wait_for(Owner, topic, "bad_topic", &words);
    }
    assert_eq!(ward.bob().subscribe("channels/+/subscribe", 0), 0x80);
    ward.wait_for(
        Owner,
        "a wildcard for channels",
        "bad_topic",
        &["wildcard", "Subscribe once for each"],
    );
    write("channels/4711/publish", r#"{"field1":21.5}"#);
    ward.wait_for(Channel, "JSON", "no_pairs", &["JSON", "field1=21.5&field2=63"]);
    write("channels/4711/publish", "21.5");
    ward.wait_for(
        Channel,
        "a bare value",
        "no_pairs",
        &["no field1", "channels/ID/publish/fields/field1"],
    );
    write("channels/4711/publish", "field1=nan");
    ward.wait_for(Channel, "a word", "accepted", &["is the word", "gave no reading"]);

    let mut stranger = Client::open(&ward.server);
    assert_eq!(stranger.hello(&Hello { id: "sketch", ..Hello::default() }), 0);
    stranger.publish("channels/4711/publish", "field1=1", 0, false);
    ward.wait_for(Channel, "no key", "no_authority", &["ends in no key", "YOUR_WRITE_KEY"]);
    stranger.publish(&format!("channels/4711/publish/{READ}"), "field1=1", 0, false);
    ward.wait_for(Channel, "a read key in the topic", "write_key_unknown", &["is a read key"]);
    stranger.publish("kitchen/t", "1", 0, false);
    ward.wait_for(
        Sees::Server,
        "a free topic",
        "free_without_device",
        &["only devices", "make one"],
    );

    let mut fast = ward.come(&["all:rw"]);
    fast.publish("channels/4712/publish", "field1=1", 1, false);
    fast.send(&fast.message("channels/4712/publish", b"field1=2", 0, false));
    let mut anna = Browser::signed_in(&ward.server, "anna");
    let until = Instant::now() + Duration::from_secs(20);
    while !anna.get("/channels/4712/attempts").body.contains("came too soon") {
        assert!(Instant::now() < until, "too fast");
        std::thread::sleep(Duration::from_millis(50));
    }

    let first = ward.bob();
    let mut second = ward.bob();
    assert!(second.is_quiet());
    ward.wait_for(
        Owner,
        "two boards, one name",
        "taken_over",
        &["second connection", "for each board"],
    );
    // Not before: a board that goes by itself is not sent away.
    drop(first);
    let (id, password) = (bob, ward.bob.1.as_str());
    let mut silent = Client::open(&ward.server);
    let hello =
        Hello { id, user: Some(id), password: Some(password), keep_alive: 1, ..Hello::default() };
    assert_eq!(silent.hello(&hello), 0);
    silent.closed();
    ward.wait_for(Owner, "a board that fell silent", "keep_alive", &["1 s of keep-alive", "loop"]);

    // Whoever made these said no name.
    let http = b"GET /update HTTP/1.1\r\nHost: x\r\n\r\n";
    let tls = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3];
    let connect = packet(0x10, &[&text(b"MQTT")[..], &[4, 2, 0, 60], &text(b"x")].concat());
    let endless = [0x30, 0xff, 0xff, 0xff, 0x7f];
    let _open = [
        ward.bytes("mqtt", http),
        ward.bytes("mqtt", &tls),
        ward.bytes("mqtts", &connect),
        ward.bytes("mqtt", &packet(0x30, &text(b"x"))),
    ];
    ward.wait_for(Sees::Server, "HTTP", "not_mqtt", &["over HTTP came", "8080"]);
    ward.wait_for(Sees::Server, "TLS to the plain port", "not_mqtt", &["speaks TLS", "8883"]);
    ward.wait_for(Sees::Server, "plain to the TLS port", "not_mqtt", &["without TLS", "1883"]);
    ward.wait_for(
        Sees::Server,
        "a packet before CONNECT",
        "mqtt_protocol",
        &["broke the rules", "library"],
    );
    let mut large = ward.bob();
    large.send(&endless);
    large.closed();
    ward.wait_for(Owner, "a packet without end", "too_large", &["longer than the", "Send less"]);
}

#[test]
fn a_devices_trouble_is_seen_by_its_owner_and_not_by_others() {
    let ward = Ward::open();
    ward.bob().publish("channel/4711/publish", "field1=1", 0, false);
    ward.wait_for(Owner, "a misspelt topic", "bad_topic", &["begins with channel"]);
    // Everybody at this machine's address sees what comes from it; what a user sees from elsewhere is tried in the engine.
    let gone = device(&ward.server.data, "bob", &["4711:rw"]);
    let mut client = Client::device(&ward.server, true, &gone);
    run(&["device", "remove", &gone.0], &ward.server.data).unwrap();
    assert_eq!(client.closed(), Some(0x87), "not authorized");
    ward.wait_for(
        Sees::Server,
        "a device that was removed",
        "device_gone",
        &["removed", "new device"],
    );
}
