//! The connection doctor: what clients do wrong, each mistake in real bytes, and the advice that comes of it.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{CHANNEL, READ, Server, WRITE, parse, read_all, run};

/// The keys of anna's second channel, which takes an update every 15 seconds.
const SLOW_WRITE: &str = "S7QK20ZX81TPN0BW";
const SLOW_READ: &str = "T8RM31AY92VQC1DX";
/// The keys of a channel of somebody else.
const OTHER_WRITE: &str = "B3C4D5E6F7G8H9J0";
const OTHER_READ: &str = "C4D5E6F7G8H9J0K1";
/// A key of nobody.
const NOBODY: &str = "Z9Y8X7W6V5U4T3S2";
const PASSWORD: &str = "correct horse battery";

/// Who must see an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Sees {
    /// The editors of this channel.
    Channel(u64),
    /// Whoever asks about strangers.
    Strangers,
}
use Sees::{Channel, Strangers};

/// A mistake: what it is, the bytes that a client sends, who must see it, the code, and words of what is said and advised.
struct Mistake {
    name: &'static str,
    bytes: Vec<u8>,
    sees: Sees,
    code: &'static str,
    words: &'static [&'static str],
}

fn mistake(
    name: &'static str,
    bytes: impl Into<Vec<u8>>,
    sees: Sees,
    code: &'static str,
    words: &'static [&'static str],
) -> Mistake {
    Mistake { name, bytes: bytes.into(), sees, code, words }
}

fn get(target: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nHost: x\r\nUser-Agent: ESP32HTTPClient\r\nConnection: close\r\n\r\n"
    )
}

fn post(target: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {target} HTTP/1.1\r\nHost: x\r\nUser-Agent: ESP32HTTPClient\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn mistakes(user_key: &str) -> Vec<Mistake> {
    let here = Channel(CHANNEL);
    let bulk = format!("/channels/{CHANNEL}/bulk_update.json");
    let feeds = format!("/channels/{CHANNEL}/feeds.json");
    let update = |values: &str| get(&format!("/update?api_key={WRITE}&{values}"));
    let key = |key: &str| get(&format!("/update?api_key={key}&field1=1"));
    let many: Vec<&str> = vec!["{\"delta_t\":1}"; 14_401];
    vec![
        mistake(
            "a wrong write key",
            key(NOBODY),
            Strangers,
            "write_key_unknown",
            &["Z9…", "Copy the write key"],
        ),
        mistake(
            "a read key that is to write",
            key(READ),
            here,
            "write_key_unknown",
            &["R9… is a read key", "write key in its place"],
        ),
        mistake(
            "a user key that is to write",
            key(user_key),
            Strangers,
            "write_key_unknown",
            &["is a user key", "write key of the channel"],
        ),
        mistake(
            "the write key of another channel of one's own",
            post(
                &bulk,
                JSON,
                &format!(
                    r#"{{"write_api_key":"{SLOW_WRITE}","updates":[{{"delta_t":1,"field1":1}}]}}"#
                ),
            ),
            here,
            "write_key_unknown",
            &["write key of channel 4712", "names channel 4711"],
        ),
        mistake(
            "the write key of somebody else's channel",
            post(
                &bulk,
                JSON,
                &format!(
                    r#"{{"write_api_key":"{OTHER_WRITE}","updates":[{{"delta_t":1,"field1":1}}]}}"#
                ),
            ),
            Channel(4713),
            "write_key_unknown",
            &["names channel 4711", "put the number"],
        ),
        mistake(
            "no key",
            get("/update?field1=1"),
            Strangers,
            "key_missing",
            &["No API key", "api_key=YOUR_WRITE_KEY"],
        ),
        mistake(
            "a key under another name",
            post("/update", FORM, &format!("apiKey={WRITE}&field1=1")),
            Strangers,
            "key_missing",
            &["\"apiKey\"", "Call it api_key"],
        ),
        mistake(
            "the example's key",
            key("YOUR_WRITE_KEY"),
            Strangers,
            "write_key_unknown",
            &["placeholder", "your own write key"],
        ),
        mistake(
            "a key in quotes",
            key(&format!("%22{WRITE}%22")),
            here,
            "write_key_unknown",
            &["quotes", "Leave the quotes"],
        ),
        mistake(
            "a key with a blank inside",
            key("W4K2QZ81%20TTP0XN7B"),
            here,
            "write_key_unknown",
            &["blank inside", "Take the blank out"],
        ),
        mistake(
            "a key in small letters",
            key(&WRITE.to_lowercase()),
            here,
            "write_key_unknown",
            &["small letters", "as it stands"],
        ),
        mistake(
            "a key without its last character",
            key(&WRITE[..15]),
            Strangers,
            "write_key_unknown",
            &["15 characters; keys have 16", "A part was lost"],
        ),
        mistake(
            "a channel that is not there",
            get(&format!("/channels/99/feeds.json?api_key={NOBODY}")),
            Strangers,
            "no_channel",
            &["no channel 99", "number from the channel's page"],
        ),
        mistake(
            "a private channel without a key",
            get(&feeds),
            here,
            "key_missing",
            &["4711 is private", "api_key=YOUR_READ_KEY"],
        ),
        mistake(
            "a read key of another channel",
            get(&format!("{feeds}?api_key={SLOW_READ}")),
            here,
            "read_key_unknown",
            &["read key of channel 4712", "read key of that channel"],
        ),
        mistake(
            "settings with a read key",
            get(&format!("/channels/{CHANNEL}.json?api_key={READ}")),
            here,
            "user_key_unknown",
            &["a read key", "owner's user key"],
        ),
        mistake(
            "an update that comes too soon",
            get(&format!("/update?api_key={SLOW_WRITE}&field1=2")),
            Channel(4712),
            "too_soon",
            &["too soon", "at least 15 s"],
        ),
        mistake(
            "a time that the channel has already",
            update("field1=2&created_at=2026-05-06T07:08:09Z"),
            here,
            "time_taken",
            &["2026-05-06T07:08:09Z already", "leave created_at out"],
        ),
        mistake(
            "single quotes in JSON",
            post(&format!("/update?api_key={WRITE}"), JSON, "{'field1': 21.5}"),
            here,
            "bad_body",
            &["can't be used", "double quotes"],
        ),
        mistake(
            "NaN in JSON",
            post("/update.json", JSON, &format!(r#"{{"api_key":"{WRITE}","field1":NaN}}"#)),
            here,
            "bad_body",
            &["no NaN"],
        ),
        mistake(
            "a bare text that is said to be JSON",
            post(&format!("/update?api_key={WRITE}"), JSON, "21.5"),
            here,
            "bad_body",
            &["Content-Type says JSON", FORM],
        ),
        mistake(
            "values under names of one's own",
            update("temperature=21.5&wifi_password=open+sesame"),
            here,
            "accepted",
            &["No field1", "called temperature, wifi_password", "field1 to field8"],
        ),
        mistake(
            "a ninth field",
            update("field1=1&field9=2"),
            here,
            "accepted",
            &["field9 came along", "field1 to field8"],
        ),
        mistake(
            "a field without a name",
            update("field3=3"),
            here,
            "accepted",
            &["no name for it", "Give field3 a name"],
        ),
        mistake(
            "no number",
            update("field1=nan"),
            here,
            "accepted",
            &["not a number", "The sensor gave no reading"],
        ),
        mistake(
            "None, as Python writes it",
            update("field2=None"),
            here,
            "accepted",
            &["\"None\"", "leave a value out"],
        ),
        mistake(
            "a sensor that is not there",
            update("field1=-127.00"),
            here,
            "accepted",
            &["got no reading", "4.7 kΩ"],
        ),
        mistake(
            "nothing behind the equals sign",
            update("field1="),
            here,
            "accepted",
            &["without a value", "behind the = sign"],
        ),
        mistake(
            "a misspelt address",
            get(&format!("/updates?api_key={WRITE}&field1=1")),
            here,
            "no_route",
            &["nothing at /updates", "Updates go to /update"],
        ),
        mistake(
            "a name where the channel's number belongs",
            get("/channels/greenhouse/feeds.json"),
            Strangers,
            "no_route",
            &["named by its number"],
        ),
        mistake(
            "a method that is not taken",
            post(&feeds, FORM, &format!("api_key={WRITE}")),
            here,
            "method",
            &["the method POST", "Use GET to read"],
        ),
        mistake(
            "a body that is too long",
            post(
                &format!("/update?api_key={WRITE}"),
                FORM,
                &format!("field1={}", "1".repeat(70_000)),
            ),
            here,
            "too_large",
            &["longer than the 65536 bytes", "bulk_update.json"],
        ),
        mistake(
            "a bulk of too many",
            post(
                &bulk,
                JSON,
                &format!(r#"{{"write_api_key":"{WRITE}","updates":[{}]}}"#, many.join(",")),
            ),
            here,
            "bulk_too_many",
            &["14400", "in parts"],
        ),
        mistake(
            "a bulk without times",
            post(
                &bulk,
                JSON,
                &format!(r#"{{"write_api_key":"{WRITE}","updates":[{{"field1":1}}]}}"#),
            ),
            here,
            "bulk_time",
            &["Entry 1", "delta_t"],
        ),
        mistake(
            "a bulk that is none",
            post(&bulk, JSON, &format!(r#"{{"api_key":"{WRITE}","field1":1}}"#)),
            here,
            "bad_body",
            &["list called updates", "goes to /update"],
        ),
        mistake(
            "a blank in the address",
            format!("GET /update?api_key={WRITE}&status=all well HTTP/1.1\r\nHost: x\r\n\r\n"),
            here,
            "bad_body",
            &["holds a space", "%20"],
        ),
        mistake(
            "a method in small letters",
            "get /update HTTP/1.1\r\nHost: x\r\n\r\n",
            Strangers,
            "bad_body",
            &["capital letters"],
        ),
        mistake(
            "an address that is too long",
            get(&format!("/update?api_key={WRITE}&status={}", "x".repeat(20_000))),
            here,
            "too_large",
            &["longer than the 16384", "body of a POST"],
        ),
        mistake(
            "MQTT",
            b"\x10\x28\x00\x04MQTT\x04\xc2\x00\x3c\x00\x04node\x00\x04anna\x00\x0cmy-mqtt-pass"
                .to_vec(),
            Strangers,
            "mqtt",
            &["This is MQTT", "1883", "/mqtt"],
        ),
        mistake(
            "a body shorter than it was said to be",
            format!(
                "POST /update HTTP/1.1\r\nX-THINGSPEAKAPIKEY: {WRITE}\r\nContent-Type: {FORM}\r\nContent-Length: 500\r\n\r\nfield1=1"
            ),
            here,
            "bad_body",
            &["announced 500 bytes, 8 came", "Content-Length"],
        ),
        mistake(
            "headers that never end",
            format!("POST /update HTTP/1.1\r\nX-THINGSPEAKAPIKEY: {WRITE}\r\n"),
            here,
            "bad_body",
            &["never came to its end", "empty line"],
        ),
        mistake(
            "TLS 1.0",
            hello([3, 1], &[0x00, 0x2f, 0x00, 0x35], &[]),
            Strangers,
            "tls_failed",
            &["TLS 1.1 or older", "http://"],
        ),
        mistake(
            "ciphers of long ago",
            hello([3, 3], &[0x00, 0x2f, 0x00, 0x35], &EXTENSIONS),
            Strangers,
            "tls_failed",
            &["no cipher", "ECDHE"],
        ),
        mistake(
            "https that is none",
            b"\x16\x03\x01\x00\x05hello".to_vec(),
            Strangers,
            "tls_failed",
            &["then was none"],
        ),
    ]
}

/// Named groups and signature algorithms, as every client of TLS 1.2 sends them.
const EXTENSIONS: [u8; 26] = [
    0, 10, 0, 4, 0, 2, 0, 23, // P-256
    0, 11, 0, 2, 1, 0, // points, uncompressed
    0, 13, 0, 4, 0, 2, 4, 3, // ECDSA with SHA-256
    0, 23, 0, 0, // extended master secret
];

/// The first message of a TLS handshake (RFC 5246, 7.4.1.2).
fn hello(version: [u8; 2], ciphers: &[u8], extensions: &[u8]) -> Vec<u8> {
    let mut body = version.to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend((ciphers.len() as u16).to_be_bytes());
    body.extend(ciphers);
    body.extend([1, 0]);
    if !extensions.is_empty() {
        body.extend((extensions.len() as u16).to_be_bytes());
        body.extend(extensions);
    }
    let mut out = vec![0x16, 3, 1];
    out.extend((body.len() as u16 + 4).to_be_bytes());
    out.extend([1, 0]);
    out.extend((body.len() as u16).to_be_bytes());
    out.extend(body);
    out
}

/// A server with anna's two channels and one of bob's, whose log is kept.
struct Ward {
    server: Server,
    user_key: String,
    log: PathBuf,
    cookie: String,
    _folder: tempfile::TempDir,
}

impl Ward {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let user = |name: &str| -> String {
            let made = crate::harness::run_with(
                &["user", "add", name, "--password-stdin", "--json"],
                &data,
                PASSWORD,
            )
            .unwrap();
            let made: Value = serde_json::from_str(&made).unwrap();
            made["api_key"].as_str().unwrap().into()
        };
        let channel = |owner: &str, id: &str, write: &str, read: &str| {
            let args = [
                "channel",
                "create",
                "--user",
                owner,
                "--name",
                "Greenhouse",
                "--field1",
                "Air",
                "--field2",
                "Soil",
                "--id",
                id,
                "--write-key",
                write,
                "--read-key",
                read,
            ];
            run(&args, &data).unwrap();
        };
        let user_key = user("anna");
        user("bob");
        channel("anna", "4711", WRITE, READ);
        channel("anna", "4712", SLOW_WRITE, SLOW_READ);
        channel("bob", "4713", OTHER_WRITE, OTHER_READ);
        let log = folder.path().join("log");
        let server = Server::logged(&data, &["--log", "debug"], &log);
        let slow = format!("/channels/4712.json?api_key={user_key}&update_interval=15");
        assert_eq!(server.send("PUT", &slow, "", "").status, 200);
        // What some mistakes need to be mistakes.
        assert_eq!(server.get(&format!("/update?api_key={SLOW_WRITE}&field1=1")).body, "1");
        assert_eq!(server.store("field1=1&created_at=2026-05-06T07:08:09Z"), 1);
        let cookie = sign_in(&server, "anna");
        Self { server, user_key, log, cookie, _folder: folder }
    }

    /// The attempts that a user sees, as the interface answers them.
    fn seen(&self, cookie: &str, sees: Sees) -> String {
        let target = match sees {
            Channel(id) => format!("/api/v1/channels/{id}/attempts"),
            Strangers => "/api/v1/attempts".into(),
        };
        let answer = self.server.raw(format!(
            "GET {target} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Waits for an attempt, which is explained on the side.
    fn wait_for(&self, cookie: &str, mistake: &Mistake) -> Value {
        let began = Instant::now();
        loop {
            let all: Vec<Value> = serde_json::from_str(&self.seen(cookie, mistake.sees)).unwrap();
            let fits = |attempt: &&Value| {
                let text = format!(
                    "{} {}",
                    attempt["says"].as_str().unwrap(),
                    attempt["fix"].as_str().unwrap_or_default()
                );
                attempt["code"] == mistake.code
                    && mistake.words.iter().all(|word| text.contains(word))
            };
            if let Some(found) = all.iter().find(fits) {
                return found.clone();
            }
            assert!(began.elapsed() < Duration::from_secs(10), "{}: not in {all:#?}", mistake.name);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn sign_in(server: &Server, login: &str) -> String {
    let body = format!(r#"{{"login":"{login}","password":"{PASSWORD}"}}"#);
    let length = body.len();
    let answer = server.raw(format!("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nX-Fieldpost: 1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    let cookie = answer.header("Set-Cookie").unwrap();
    cookie.split(';').next().unwrap().into()
}

#[test]
fn every_mistake_is_explained_to_the_right_person_and_no_key_is_shown() {
    let ward = Ward::open();
    let bob = sign_in(&ward.server, "bob");
    let mistakes = mistakes(&ward.user_key);
    assert!(mistakes.len() >= 20);
    for mistake in &mistakes {
        let mut stream = ward.server.connect();
        stream.write_all(&mistake.bytes).unwrap();
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
        let cookie = if mistake.sees == Channel(4713) { &bob } else { &ward.cookie };
        let attempt = ward.wait_for(cookie, mistake);
        let name = mistake.name;
        assert_eq!(attempt["peer"], "127.0.0.1", "{name}");
        assert!(attempt["fix"].is_string() && attempt["count"] == 1, "{name}: {attempt}");
        if let Channel(id) = mistake.sees {
            assert_eq!(attempt["channel"], id, "{name}: {attempt}");
        }
        assert_eq!(attempt["entry_id"].is_u64(), mistake.code == "accepted", "{name}: {attempt}");
    }
    untrusting(&ward);

    let answers = [
        ward.seen(&ward.cookie, Channel(CHANNEL)),
        ward.seen(&ward.cookie, Channel(4712)),
        ward.seen(&bob, Channel(4713)),
        ward.seen(&ward.cookie, Strangers),
    ];
    let log = std::fs::read_to_string(&ward.log).unwrap();
    assert!(log.contains("refused"), "the log is kept: {log}");
    let small = WRITE.to_lowercase();
    let secrets = [
        WRITE,
        READ,
        SLOW_WRITE,
        SLOW_READ,
        OTHER_WRITE,
        OTHER_READ,
        NOBODY,
        &ward.user_key,
        &small,
        &WRITE[..15],
        "TTP0XN7B",
        "YOUR_WRITE_KEY&",
        "sesame",
        "my-mqtt-pass",
        PASSWORD,
    ];
    for secret in secrets {
        for text in answers.iter().chain([&log]) {
            if let Some(at) = text.find(secret) {
                panic!("{secret} stands in …{}", &text[at.saturating_sub(200)..at + secret.len()]);
            }
        }
    }
    // A channel's attempts are its editors' business.
    let target = format!(
        "GET /api/v1/channels/{CHANNEL}/attempts HTTP/1.1\r\nHost: x\r\nCookie: {bob}\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(ward.server.raw(target).status, 404);
    let nobody = format!(
        "GET /api/v1/channels/{CHANNEL}/attempts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(ward.server.raw(nobody).status, 401);
}

/// A client of TLS that does not know the server's certificate.
fn untrusting(ward: &Ward) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let mut connection =
        rustls::ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = ward.server.connect();
    while connection.complete_io(&mut stream).is_ok() && connection.is_handshaking() {}
    let _ = connection.write_tls(&mut stream);
    drop(stream);
    let refused = mistake(
        "a certificate that is not trusted",
        "",
        Strangers,
        "tls_failed",
        &["refused this server's certificate", "setInsecure"],
    );
    let attempt = ward.wait_for(&ward.cookie, &refused);
    assert_eq!(attempt["door"], "tls");
}

#[test]
fn what_goes_well_is_counted_in_one_line_and_needs_no_advice() {
    let ward = Ward::open();
    for n in 0..5 {
        ward.server.raw(get(&format!("/update?api_key={WRITE}&field1={n}")));
    }
    // All of these work, so there is nothing to say.
    for bytes in [
        get(&format!("/channels/{CHANNEL}/feeds.json?api_key={WRITE}")),
        post("/update", FORM, &format!(r#"{{"api_key":"{WRITE}","field1":1}}"#)),
        post("/update", JSON, &format!("api_key={WRITE}&field1=1")),
        get(&format!("/update?api_key=%20{WRITE}%0D%0A&field1=1")),
    ] {
        assert_eq!(ward.server.raw(bytes).status, 200);
    }
    let all: Vec<Value> = serde_json::from_str(&ward.seen(&ward.cookie, Channel(CHANNEL))).unwrap();
    assert!(
        all.iter().all(|attempt| attempt["code"] == "accepted" && attempt["fix"].is_null()),
        "{all:#?}"
    );
    let line = all
        .iter()
        .find(|attempt| {
            attempt["method"] == "GET"
                && attempt["path"] == "/update"
                && attempt["agent"] == "ESP32HTTPClient"
        })
        .unwrap();
    assert_eq!((&line["count"], &line["entry_id"]), (&6.into(), &9.into()), "{line}");
    assert!(
        all.iter().any(|attempt| attempt["path"] == "/channels/4711/feeds.json"
            && attempt["entry_id"].is_null())
    );
}

#[test]
fn attempts_come_live() {
    let ward = Ward::open();
    let mut stream = ward.server.connect();
    write!(
        stream,
        "GET /api/v1/live?channels={CHANNEL}&strangers=1 HTTP/1.1\r\nHost: x\r\nCookie: {}\r\n\r\n",
        ward.cookie
    )
    .unwrap();
    let mut text = String::new();
    let mut wait_for = |words: &[&str]| {
        let mut part = [0; 4096];
        while !words.iter().all(|word| text.contains(word)) {
            let got = stream.read(&mut part).unwrap();
            assert!(got > 0, "{text}");
            text.push_str(&String::from_utf8_lossy(&part[..got]));
        }
        text.clear();
    };
    wait_for(&["200 OK"]);
    ward.server.raw(get(&format!("/update?api_key={READ}&field1=1")));
    wait_for(&["event: attempt", "write_key_unknown", "is a read key"]);
    ward.server.raw(get("/nowhere"));
    wait_for(&["event: attempt", "no_route"]);
    // What concerns others does not come here.
    ward.server.raw(get("/channels/4713/feeds.json"));
    ward.server.raw(get(&format!("/update?api_key={WRITE}&field1=nan")));
    let answer = parse(&{
        let mut stream = ward.server.connect();
        stream.write_all(get(&format!("/update?api_key={WRITE}&field1=1")).as_bytes()).unwrap();
        read_all(&mut stream)
    });
    assert_eq!(answer.status, 200);
    wait_for(&["event: attempt", "is the word"]);
}
