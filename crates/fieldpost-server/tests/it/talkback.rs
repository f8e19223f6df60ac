//! TalkBack over real sockets: ThingSpeak's interface to the byte, what boards really send, and what goes beyond.

use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use crate::browser::{Browser, code, people, share};
use crate::harness::{
    Answer, CHANNEL, READ, Server, WRITE, make_channel, parse, read_all, read_one, run,
};

/// The key of TalkBack 55.
pub(crate) const TALKBACK: &str = "T0PPD8K2F5WQ61NC";

/// Makes TalkBack 55 of anna.
pub(crate) fn talkback(server: &Server, more: &[&str]) {
    let id = ["--id", "55", "--key", TALKBACK, "--json"];
    let make = ["talkback", "create", "--user", "anna", "--name", "Pump"];
    let made = run(&[&make, &id[..], more].concat(), &server.data).unwrap();
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert_eq!((made["id"].as_u64(), made["api_key"].as_str()), (Some(55), Some(TALKBACK)));
}

fn server() -> Server {
    let server = Server::with_channel(&[]);
    talkback(&server, &[]);
    server
}

fn below(path: &str) -> String {
    format!("/talkbacks/55/commands{path}?api_key={TALKBACK}")
}

fn add(server: &Server, text: &str) -> String {
    let answer = server.form(&below(""), &format!("command_string={text}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn texts(server: &Server) -> String {
    let list = server.get(&below(".json")).json();
    let all = list.as_array().unwrap().iter();
    let texts: Vec<&str> = all.map(|command| command["command_string"].as_str().unwrap()).collect();
    texts.join(" ")
}

/// A body with its times replaced.
fn timeless(answer: &Answer) -> String {
    let mut body = answer.body.clone();
    while let Some(at) = body.find("20").filter(|at| body.as_bytes().get(*at + 10) == Some(&b'T')) {
        body.replace_range(at..at + 20, "TIME");
    }
    body
}

#[test]
fn each_operation_answers_as_thingspeak_does_in_text_json_and_xml() {
    let server = server();
    assert_eq!(server.get(&below("/last.json")).status, 404, "none was handed out yet");
    assert_eq!(server.get(&below("")).body, "[]");
    assert_eq!(
        server.get(&below(".xml")).body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<commands type=\"array\"/>\n"
    );
    assert_eq!(add(&server, "ONE"), "1");
    let two = server.form(&below(".json"), "command_string=TWO");
    let object = |id, text, position| {
        format!(
            r#"{{"id":{id},"command_string":"{text}","position":{position},"executed_at":null,"created_at":"TIME"}}"#
        )
    };
    assert_eq!(timeless(&two), object(2, "TWO", "2"));
    let three = server.form(&below(".xml"), "command_string=THREE&position=1");
    assert_eq!(
        timeless(&three),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<command>\n  <command-string>THREE</command-string>\n  <created-at type=\"dateTime\">TIME</created-at>\n  \
         <executed-at type=\"dateTime\" nil=\"true\"/>\n  <id type=\"integer\">3</id>\n  <position type=\"integer\">1</position>\n</command>\n"
    );
    let listed = server.get(&below(".json"));
    let all = [object(3, "THREE", "1"), object(1, "ONE", "2"), object(2, "TWO", "3")];
    assert_eq!(timeless(&listed), format!("[{}]", all.join(",")));
    assert_eq!(timeless(&server.get(&below(""))), timeless(&listed));

    assert_eq!(server.get(&below("/2")).body, "TWO");
    assert_eq!(timeless(&server.get(&below("/2.json"))), object(2, "TWO", "3"));
    assert_eq!(
        server.send("PUT", &format!("{}&command_string=TOO&position=1", below("/2")), "", "").body,
        "TOO"
    );
    assert_eq!(texts(&server), "TOO THREE ONE");
    let json = r#"{"command_string": "TWO", "position": 3}"#;
    let put = server.send("PUT", &below("/2.json"), "application/json", json);
    assert_eq!(timeless(&put), object(2, "TWO", "3"));
    assert_eq!(texts(&server), "THREE ONE TWO");

    assert_eq!(server.form(&below("/execute"), "").body, "THREE");
    let executed = server.get(&below("/execute.json"));
    let done = r#"{"id":1,"command_string":"ONE","position":null,"executed_at":"TIME","created_at":"TIME"}"#;
    assert_eq!(timeless(&executed), done);
    assert_eq!(
        timeless(&server.get(&below("/2.json"))),
        object(2, "TWO", "1"),
        "renumbered from 1"
    );
    assert_eq!(server.get(&below("/last")).body, "ONE");
    assert_eq!(timeless(&server.get(&below("/last.json"))), done);
    assert_eq!(server.send("DELETE", &below("/2"), "", "").body, "TWO");
    assert_eq!(server.get(&below("/2")).body, "error_resource_not_found");
    for (path, empty) in [
        ("/execute", ""),
        ("/execute.json", "{}"),
        ("/execute.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hash></hash>\n"),
    ] {
        let answer = server.form(&below(path), "");
        assert_eq!((answer.status, answer.body.as_str()), (200, empty), "{path}");
    }
    add(&server, "MORE");
    assert_eq!(server.send("DELETE", &below(".json"), "", "").body, "[]");
    assert_eq!(server.send("DELETE", &below(""), "", "").body, "");
    assert!(
        server
            .send("DELETE", &below(".xml"), "", "")
            .body
            .ends_with("<nil-classes type=\"array\"/>\n")
    );
    add(&server, "MORE");
    assert_eq!(server.form(&below("/destroy_all.json"), "").body, "[]");
    assert_eq!((texts(&server).as_str(), server.get(&below("/last")).status), ("", 404));
    add(&server, "MORE");
    assert_eq!(server.form(&below(""), "_method=delete").body, "", "as forms do");
    assert_eq!(texts(&server), "");
}

#[test]
fn the_key_may_come_in_every_place_and_a_wrong_one_is_told_as_the_service_does() {
    let server = server();
    let path = "/talkbacks/55/commands";
    for body in
        [format!("api_key={TALKBACK}"), format!("key={TALKBACK}"), format!("apikey={TALKBACK}")]
    {
        assert_eq!(server.form(path, &format!("{body}&command_string=ON")).status, 200, "{body}");
    }
    let json = format!(r#"{{"api_key":"{TALKBACK}","command_string":"ON"}}"#);
    assert_eq!(server.json(path, &json).status, 200);
    let header = format!(
        "POST {path}/execute.json HTTP/1.1\r\nTHINGSPEAKAPIKEY: {TALKBACK}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    assert!(server.raw(header).body.contains("\"command_string\":\"ON\""));
    let no = r#"{"status":"401","error":{"error_code":"error_auth_required","message":"Authorization Required","details":"Please provide proper authentication details."}}"#;
    for key in ["", "AAAAAAAAAAAAAAAA", WRITE, server.user_key()] {
        let answer = server.get(&format!("{path}/execute.json?api_key={key}"));
        assert_eq!((answer.status, answer.body.as_str()), (401, no), "{key}");
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
        assert_eq!(
            server.get(&format!("{path}/execute?api_key={key}")).body,
            "error_auth_required"
        );
    }
    for missing in [
        "/talkbacks/56/commands.json",
        "/talkbacks/55/commands/99.json",
        "/talkbacks/x/commands.json",
    ] {
        let answer = server.get(&format!("{missing}?api_key={TALKBACK}"));
        assert_eq!(answer.status, 404, "{missing}");
        assert!(answer.body.contains("error_resource_not_found"), "{answer:?}");
    }
    for bad in ["", "command_string=", "command_string=ON&position=first"] {
        assert_eq!(server.form(&below(".json"), bad).status, 400, "{bad}");
    }
    assert_eq!(server.form(&below(""), &format!("command_string={}", "x".repeat(256))).status, 400);
    assert_eq!(server.send("OPTIONS", path, "", "").status, 200);
    let wrong = server.send("PUT", &below("/execute"), "", "");
    assert_eq!((wrong.status, wrong.header("Allow")), (405, Some("GET, POST, OPTIONS")));
    let head = server.raw(format!("HEAD {} HTTP/1.1\r\nConnection: close\r\n\r\n", below(".json")));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[test]
fn what_boards_and_libraries_send_works_as_it_comes() {
    let server = server();
    // Android: everything in the query, the body empty.
    let android = format!("{}&command_string=VALVE_OPEN&position=1", below(".json"));
    let sent = server.raw(format!(
        "POST {android} HTTP/1.1\r\nUser-Agent: okhttp/2.4.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ));
    let id = sent.json()["id"].as_u64().unwrap();
    // A Python library: PUT with a body of JSON.
    let body = format!(r#"{{"api_key": "{TALKBACK}", "command_string": "VALVE_SHUT"}}"#);
    let put = server.raw(format!(
        "PUT /talkbacks/55/commands/{id}.json HTTP/1.1\r\nUser-Agent: python-requests/2.31.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ));
    assert_eq!(put.json()["command_string"], "VALVE_SHUT");
    // A Pico W: looks for the status line with its reason and for the member's name without a blank.
    let body = format!("api_key={WRITE}&field1=21.5&talkback_key={TALKBACK}");
    let mut stream = server.connect();
    write!(stream, "POST /update.json HTTP/1.1\r\nHost: api.thingspeak.com\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).unwrap();
    let raw = String::from_utf8(read_all(&mut stream)).unwrap();
    assert!(
        raw.starts_with("HTTP/1.1 200 OK\r\n") && raw.contains("\"command_string\":\"VALVE_SHUT\""),
        "{raw}"
    );
    assert!(raw.contains("\"position\":null"), "{raw}");
    // An Arduino library that closes after the answer.
    add(&server, "ON");
    let body = format!("api_key={TALKBACK}");
    let old = server.raw(format!(
        "POST /talkbacks/55/commands/execute HTTP/1.1\r\nHost: api.thingspeak.com\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert_eq!((old.body.as_str(), old.header("Content-Length")), ("ON", Some("2")));
}

#[test]
fn an_update_with_a_talkback_key_answers_the_next_command() {
    let server = Server::with_channel(&["--update-interval", "15"]);
    talkback(&server, &[]);
    add(&server, "ONE");
    add(&server, "TWO");
    let update = |suffix: &str, more: &str| {
        server
            .form(&format!("/update{suffix}"), &format!("field1=1&talkback_key={TALKBACK}&{more}"))
    };
    let key = format!("api_key={WRITE}");
    assert_eq!(
        (update("", "api_key=AAAAAAAAAAAAAAAA").status, texts(&server).as_str()),
        (400, "ONE TWO")
    );
    assert_eq!(update("", &key).body, "ONE");
    assert_eq!(update("", &key).body, "TWO", "too soon for the update, not for the command");
    assert_eq!(update("", &key).body, "");
    assert_eq!(update(".json", &key).body, "{}");
    assert_eq!(server.read("/feeds.json").json()["feeds"].as_array().unwrap().len(), 1);
    let unknown = server.form("/update", &format!("api_key={WRITE}&talkback_key=AAAAAAAAAAAAAAAA"));
    assert_eq!((unknown.status, unknown.body.as_str()), (200, ""));
}

#[test]
fn what_is_handed_out_is_logged_in_the_channel() {
    let server = Server::with_channel(&[]);
    talkback(&server, &["--channel", "4711", "--log"]);
    add(&server, "ON");
    assert_eq!(server.form(&below("/execute"), "").body, "ON");
    let last = server.read("/feeds/last.json?status=true").json();
    assert_eq!(last["status"], "ON");
}

#[test]
fn a_held_answer_comes_with_the_command_and_the_first_who_waits_gets_it() {
    let server = server();
    let held = |_: usize| {
        let mut stream = server.connect();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        write!(stream, "GET {}&wait=30 HTTP/1.1\r\n\r\n", below("/execute")).unwrap();
        stream
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..3)
            .map(held)
            .map(|mut stream| scope.spawn(move || read_one(&mut stream).body))
            .collect();
        for text in ["A", "B", "C"] {
            add(&server, text);
        }
        let mut given: Vec<String> = all.into_iter().map(|one| one.join().unwrap()).collect();
        given.sort();
        assert_eq!(given, ["A", "B", "C"]);
    });
    let began = Instant::now();
    assert_eq!(server.get(&format!("{}&wait=1", below("/execute.json"))).body, "{}");
    assert!(began.elapsed() >= Duration::from_millis(900));
}

#[test]
fn who_hung_up_while_waiting_is_given_nothing() {
    let server = server();
    let mut stream = server.connect();
    write!(stream, "GET {}&wait=60 HTTP/1.1\r\n\r\n", below("/execute")).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    // Its answer says that the server has noticed.
    let answer = parse(&read_all(&mut stream));
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    add(&server, "ON");
    assert_eq!(texts(&server), "ON", "it waits for one who is there");
    // By way of hyper an answer waits as well.
    let mut hyper = server.connect();
    write!(
        hyper,
        "POST {}&wait=30 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        below("/execute")
    )
    .unwrap();
    assert_eq!(read_one(&mut hyper).body, "ON");
}

#[test]
fn a_command_is_acknowledged_by_its_address_or_with_the_next_question() {
    let server = server();
    people(&server);
    let ids = ["A", "B", "C"].map(|text| add(&server, text));
    let mut anna = Browser::signed_in(&server, "anna");
    let mut states = || {
        let all = anna.get("/talkbacks/55/commands").json();
        let states: Vec<String> =
            all.as_array().unwrap().iter().map(|c| c["state"].as_str().unwrap().into()).collect();
        states.join(" ")
    };
    assert_eq!(server.form(&below(&format!("/{}/ack.json", ids[0])), "").status, 409, "it waits");
    server.form(&below("/execute"), "");
    assert_eq!(states(), "queued queued delivered");
    assert_eq!(server.form(&below(&format!("/{}/ack", ids[0])), "").body, "A");
    assert_eq!(server.form(&below(&format!("/{}/ack", ids[0])), "").status, 200, "once more");
    server.form(&below("/execute"), "");
    server.get(&format!("{}&ack={}", below("/execute"), ids[1]));
    assert_eq!(states(), "delivered acknowledged acknowledged");
    server.form("/update", &format!("api_key={WRITE}&talkback_key={TALKBACK}&ack={}", ids[2]));
    assert_eq!(states(), "acknowledged acknowledged acknowledged");
    assert_eq!(server.get(&format!("{}&ack=999", below("/execute.json"))).body, "{}");
}

#[test]
fn the_same_word_adds_one_command_and_an_expired_one_is_not_handed_out() {
    let server = server();
    let once = |word: &str| server.form(&below(""), &format!("command_string=ON&once={word}")).body;
    assert_eq!((once("a"), once("a"), once("b")), ("1".into(), "1".into(), "2".into()));
    let key = |word: &str| {
        let body = "command_string=ON";
        server.raw(format!("POST {} HTTP/1.1\r\nIdempotency-Key: {word}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", below(""), body.len())).body
    };
    assert_eq!((key("c"), key("c")), ("3".into(), "3".into()));
    server.send("DELETE", &below(""), "", "");
    server.form(&below(""), "command_string=OLD&expire_s=1");
    let until = Instant::now() + Duration::from_secs(20);
    while !texts(&server).is_empty() {
        assert!(Instant::now() < until, "it never expires");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(server.form(&below("/execute"), "").body, "");
}

#[test]
fn commands_outlive_a_kill_and_none_is_handed_out_twice() {
    let folder = tempfile::tempdir().unwrap();
    make_channel(folder.path());
    let server = Server::on(folder.path(), &[]);
    talkback(&server, &[]);
    for n in 0..6 {
        add(&server, &n.to_string());
    }
    let mut given =
        vec![server.form(&below("/execute"), "").body, server.form(&below("/execute"), "").body];
    server.kill();
    let server = Server::on(folder.path(), &[]);
    assert_eq!(server.get(&below("/last")).body, "1");
    given.extend((0..5).map(|_| server.form(&below("/execute"), "").body));
    assert_eq!(given, ["0", "1", "2", "3", "4", "5", ""]);
}

#[test]
fn owners_editors_and_viewers_see_and_do_what_is_theirs_over_the_dashboard() {
    let server = Server::with_channel(&[]);
    people(&server);
    let channel = CHANNEL.to_string();
    talkback(&server, &["--channel", &channel]);
    share(&server, "bob", "editor");
    share(&server, "carol", "viewer");
    let [mut anna, mut bob, mut carol, mut dave] =
        ["anna", "bob", "carol", "dave"].map(|login| Browser::signed_in(&server, login));
    let key = |browser: &mut Browser<'_>| {
        browser.get("/talkbacks/55").json()["api_key"].as_str().map(String::from)
    };
    assert_eq!(key(&mut bob).as_deref(), Some(TALKBACK));
    assert_eq!(key(&mut carol).as_deref(), Some(""), "who looks can't give commands");
    let send = r#"{"command_string":"ON","once":"x"}"#;
    let mut each = |method: &str, path: &str, body: &str| {
        [&mut anna, &mut bob, &mut carol, &mut dave]
            .map(|browser| code(&browser.ask(method, path, body)))
    };
    let hidden = "no_talkback";
    assert_eq!(each("GET", "/talkbacks/55/commands", ""), ["ok", "ok", "ok", hidden]);
    assert_eq!(each("POST", "/talkbacks/55/commands", send), ["ok", "ok", "forbidden", hidden]);
    assert_eq!(
        each("PATCH", "/talkbacks/55", r#"{"expire_s":60}"#),
        ["ok", "ok", "forbidden", hidden]
    );
    assert_eq!(texts(&server), "ON", "one word, one command");
    assert_eq!(
        each("DELETE", "/talkbacks/55/commands/1", ""),
        ["ok", "no_command", "forbidden", hidden]
    );
    assert_eq!(each("DELETE", "/talkbacks/55/commands", ""), ["ok", "ok", "forbidden", hidden]);
    assert_eq!(each("POST", "/talkbacks/55/key", "")[1..], ["forbidden", "forbidden", hidden]);
    let away = |browser: &mut Browser<'_>| {
        code(&browser.ask("PATCH", "/talkbacks/55", r#"{"channel":null}"#))
    };
    assert_eq!((away(&mut bob), away(&mut anna)), ("forbidden".into(), "ok".into()));
    assert_eq!(bob.get("/talkbacks").body, "[]", "without the channel it is hers alone");
    assert_eq!(code(&anna.ask("DELETE", "/talkbacks/55", "")), "ok");
}

#[test]
fn a_wrong_key_is_explained_to_whose_talkback_it_is() {
    let server = Server::with_channel(&[]);
    people(&server);
    talkback(&server, &["--channel", "4711"]);
    server.get(&format!("/talkbacks/55/commands/execute?api_key={WRITE}"));
    server.get("/talkbacks/55/commands/execute");
    server.get(&format!("/talkbacks/99/commands/execute?api_key={TALKBACK}"));
    server.form("/update", &format!("api_key={TALKBACK}&field1=1"));
    server.form("/update", &format!("api_key={WRITE}&field1=1&talkback_key={READ}"));
    let mut anna = Browser::signed_in(&server, "anna");
    let until = Instant::now() + Duration::from_secs(20);
    let all = loop {
        let of_channel = anna.get("/channels/4711/attempts").body;
        let all = of_channel + &anna.get("/attempts").body;
        let expected = [
            "is the write key of a channel. It stores values; TalkBack 55 opens with a key of its own.",
            "No API key came along for TalkBack 55.",
            "There is no TalkBack 99 on this server.",
            "put this number into the address",
            "is the key of a TalkBack. It fetches commands",
            "which is a read key of a channel. The update was taken",
        ];
        match expected.iter().find(|words| !all.contains(**words)) {
            None => break all,
            Some(missing) => assert!(Instant::now() < until, "{missing:?} is not in {all}"),
        }
        thread::sleep(Duration::from_millis(50));
    };
    assert!(!all.contains(TALKBACK) && !all.contains(WRITE), "keys are masked");
}
