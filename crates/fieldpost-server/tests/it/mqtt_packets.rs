//! What the MQTT door does with bytes that no good client sends: it ends the connection, and nothing else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::harness::{CHANNEL, Server};
use crate::mqtt_client::{Client, Hello, MQTT, device, packet, text};

fn start() -> (Server, (String, String)) {
    let server = Server::with_channel(&MQTT);
    let device = device(&server.data, "anna", &["4711:rw"]);
    (server, device)
}

/// Sends bytes on a connection of their own, ends it, and gives what came back until the server ended it too.
fn answer(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.listens("mqtt")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut all = Vec::new();
    // A server that has seen enough closes while we still speak.
    if stream.write_all(bytes).and_then(|()| stream.shutdown(std::net::Shutdown::Write)).is_ok() {
        let _ = stream.read_to_end(&mut all);
    }
    all
}

#[test]
fn packets_cut_off_at_every_byte_leave_no_trace() {
    let (server, (id, password)) = start();
    for v5 in [false, true] {
        let (user, word) = (Some(id.as_str()), Some(password.as_str()));
        let will = Some(("status", "offline", true));
        let hello = Hello { v5, id: &id, user, password: word, will, ..Hello::default() };
        let connect = hello.bytes();
        for end in 0..connect.len() {
            assert!(answer(&server, &connect[..end]).is_empty(), "{end}");
        }
        let mut client = Client::open(&server);
        client.v5 = v5;
        let mut rest = vec![0, 9];
        rest.extend(v5.then_some(0));
        rest.extend(text(b"kitchen/#"));
        rest.push(1);
        let message = client.message(&format!("channels/{CHANNEL}/publish"), b"field1=1", 2, false);
        for whole in [message, packet(0x82, &rest), packet(0x62, &[0, 7])] {
            for end in 0..whole.len() {
                let answer = answer(&server, &[&connect[..], &whole[..end]].concat());
                assert_eq!(answer.first(), Some(&0x20), "{end}");
                // CONNACK, and nothing behind it.
                assert_eq!(answer.len(), 2 + usize::from(answer[1]), "{end} {answer:?}");
            }
        }
    }
    assert_eq!(server.read("feeds/last.json").json(), "-1", "nothing was stored");
}

#[test]
fn a_client_may_send_a_byte_at_a_time() {
    let (server, (id, password)) = start();
    for v5 in [false, true] {
        let mut client = Client::open(&server);
        client.v5 = v5;
        let (user, word) = (Some(id.as_str()), Some(password.as_str()));
        for byte in (Hello { v5, id: &id, user, password: word, ..Hello::default() }).bytes() {
            client.send(&[byte]);
            std::thread::yield_now();
        }
        let (first, rest) = client.receive();
        assert_eq!((first, rest[1]), (0x20, 0));
        let message = client.message(&format!("channels/{CHANNEL}/publish"), b"field1=1", 1, false);
        message.iter().for_each(|byte| client.send(&[*byte]));
        assert_eq!(client.receive().0, 0x40);
    }
}

#[test]
fn broken_rules_end_the_connection() {
    let (server, device) = start();
    let topic = format!("channels/{CHANNEL}/publish");
    let long = vec![b'x'; 70_000];
    let with_id =
        |first: u8, id: u16, rest: &[u8]| packet(first, &[&id.to_be_bytes()[..], rest].concat());
    for v5 in [false, true] {
        let client = {
            let mut client = Client::open(&server);
            client.v5 = v5;
            client
        };
        let none: &[u8] = if v5 { &[0] } else { &[] };
        let no_id = [&text(topic.as_bytes())[..], &[0, 0], none, b"field1=1"].concat();
        let bad_text = [&text(b"a\xff\xfe")[..], none, b"x"].concat();
        let filter = |filter: &[u8]| [none, &text(filter)].concat();
        let mut broken: Vec<(&str, Vec<u8>)> = vec![
            ("a second CONNECT", Hello { v5, id: "x", ..Hello::default() }.bytes()),
            ("a packet of the server", packet(0x20, &[0, 0])),
            ("a packet of the server", packet(0xd0, &[])),
            ("a type that there is not", packet(0x00, &[])),
            ("PUBLISH with number 0", packet(0x32, &no_id)),
            ("PUBLISH of quality 3", packet(0x36, &no_id)),
            ("PUBLISH with bad text", packet(0x30, &bad_text)),
            ("PUBLISH to a wildcard", client.message("a/+", b"x", 0, false)),
            ("PUBLISH to a wildcard", client.message("a/#", b"x", 0, false)),
            ("PUBLISH without a topic", client.message("", b"x", 0, false)),
            ("PUBLISH that is too long", client.message("a", &long, 0, false)),
            ("a topic longer than its packet", packet(0x30, &[0, 9, b'a'])),
            ("a length without an end", vec![0x30, 0xff, 0xff, 0xff, 0xff, 0xff]),
            ("SUBSCRIBE with number 0", with_id(0x82, 0, &[&filter(b"a")[..], &[0]].concat())),
            ("SUBSCRIBE without a topic", with_id(0x82, 1, none)),
            ("SUBSCRIBE without quality", with_id(0x82, 1, &filter(b"a"))),
            ("SUBSCRIBE with wrong flags", with_id(0x80, 1, &[&filter(b"a")[..], &[0]].concat())),
            ("UNSUBSCRIBE without a topic", with_id(0xa2, 1, none)),
            ("PUBREL with number 0", with_id(0x62, 0, &[])),
            ("PUBACK that is too short", packet(0x40, &[1])),
        ];
        if v5 {
            let twice = [&text(b"a")[..], &[4, 1, 1, 1, 1], b"x"].concat();
            broken.push(("a property twice", packet(0x30, &twice)));
            let strange = [&text(b"a")[..], &[2, 0x7f, 1], b"x"].concat();
            broken.push(("a property that there is not", packet(0x30, &strange)));
            let more = [&text(b"a")[..], &[90, 1], b"x"].concat();
            broken.push(("properties longer than their packet", packet(0x30, &more)));
        }
        for (what, bytes) in broken {
            let mut client = Client::device(&server, v5, &device);
            let mut wall = Client::device(&server, v5, &device);
            assert_eq!(client.closed(), v5.then_some(0x8e), "the second one has its place");
            // The server may have seen enough before all is sent.
            let sent = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| wall.send(&bytes)));
            assert!(sent.is_ok() || bytes.len() > 60_000, "{what}");
            let reason = wall.closed();
            assert!(!v5 || reason.is_none_or(|reason| reason >= 0x80), "{what}: {reason:?}");
        }
    }
    let mut client = Client::device(&server, false, &device);
    assert!(client.is_quiet(), "the server goes on");
}

#[test]
fn what_comes_before_connect_is_answered_with_nothing() {
    let (server, _) = start();
    for bytes in [
        &packet(0x30, b"\x00\x01ax")[..],
        &packet(0xc0, b""),
        &packet(0x82, b"\x00\x01\x00\x01a\x00"),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00\x00\x00\x00",
        b"\x10\xff\xff\xff\xff\xff",
        b"\x10\x0c\x00\x04MQTX\x04\x02\x00\x3c\x00\x00",
    ] {
        let answer = answer(&server, bytes);
        // A version that is not known may be told so.
        assert!(answer.is_empty() || answer == [0x20, 2, 0, 1], "{bytes:?} {answer:?}");
    }
    let unknown = b"\x10\x0c\x00\x04MQTT\x09\x02\x00\x3c\x00\x00";
    assert_eq!(answer(&server, unknown), [0x20, 2, 0, 1], "an unknown version");
    let nameless = b"\x10\x0c\x00\x04MQTT\x04\x00\x00\x3c\x00\x00";
    assert_eq!(answer(&server, nameless), [0x20, 2, 0, 2], "no name, and a session to keep");
    let old = b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01x";
    assert_eq!(answer(&server, old), [0x20, 2, 0, 0], "version 3.1");
}

#[test]
fn who_falls_silent_is_cut_off_after_one_and_a_half_times_the_time_it_named() {
    let (server, (id, password)) = start();
    let mut client = Client::open(&server);
    let hello = Hello {
        v5: true,
        id: &id,
        user: Some(&id),
        password: Some(&password),
        keep_alive: 1,
        ..Hello::default()
    };
    assert_eq!(client.hello(&hello), 0);
    let began = Instant::now();
    assert_eq!(client.closed(), Some(0x8d));
    let took = began.elapsed();
    assert!(took > Duration::from_millis(1_300) && took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn random_and_bent_packets_do_no_harm() {
    let (server, device) = start();
    let seed = std::env::var("FIELDPOST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let rounds = std::env::var("FIELDPOST_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let mut dice: u64 = seed;
    let mut roll = |sides: usize| {
        // Xorshift (Marsaglia 2003): enough for bending bytes, and the same everywhere.
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice % sides as u64) as usize
    };
    for round in 0..rounds {
        let v5 = roll(2) == 1;
        let hello = Hello {
            v5,
            id: &device.0,
            user: Some(&device.0),
            password: Some(&device.1),
            will: Some(("status", "gone", true)),
            ..Hello::default()
        };
        let mut client = Client::open(&server);
        client.v5 = v5;
        let mut bytes = hello.bytes();
        for _ in 0..roll(6) {
            bytes.extend(client.message("kitchen/x", b"payload", roll(3) as u8, roll(2) == 1));
            bytes.extend(client.message(
                "channels/4711/publish",
                b"field1=1",
                roll(3) as u8,
                false,
            ));
            bytes.extend(packet(
                [0x62, 0x40, 0xc0, 0x82, 0xa2, 0xe0][roll(6)],
                &[0, 7, 0, 1, b'#', 1],
            ));
        }
        for _ in 0..1 + roll(8) {
            let at = roll(bytes.len());
            match roll(3) {
                0 => bytes[at] = roll(256) as u8,
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, roll(256) as u8),
            }
        }
        answer(&server, &bytes);
        if round % 50 == 0 {
            assert!(
                Client::device(&server, false, &device).is_quiet(),
                "seed {seed} round {round}"
            );
        }
    }
    assert!(Client::device(&server, false, &device).is_quiet(), "seed {seed}");
}
