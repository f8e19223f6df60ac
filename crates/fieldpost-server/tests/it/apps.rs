//! ThingHTTP and alerts by ThingSpeak's interface, with a web server and a mail server to talk to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::{Browser, code, people};
use crate::harness::{Answer, CHANNEL, Server};

const PATIENCE: Duration = Duration::from_secs(30);

/// A web server that answers every request so; each request comes out whole.
fn web(status: &'static str, body: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
            for line in head.lines() {
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut sent = vec![0; length];
            reader.read_exact(&mut sent).unwrap();
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n{body}"
            );
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            let _ = tell.send(head + &String::from_utf8(sent).unwrap());
        }
    });
    (address, told)
}

/// A mail server that takes everything; what it is told comes out line by line.
fn post_office() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("smtp://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            take_mail(stream.unwrap(), &tell);
        }
    });
    (address, told)
}

fn take_mail(mut stream: TcpStream, tell: &Sender<String>) {
    stream.write_all(b"220 here\r\n").unwrap();
    let reader = BufReader::new(stream.try_clone().unwrap());
    let mut letter = false;
    for line in reader.lines().map_while(Result::ok) {
        let answer = match line.as_str() {
            "." => "250 taken\r\n",
            _ if letter => "",
            "DATA" => "354 go on\r\n",
            _ => "250 yes\r\n",
        };
        letter = (letter || line == "DATA") && line != ".";
        let _ = tell.send(line);
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn thinghttp(url: &str) -> Value {
    json!({ "name": "Door", "method": "POST", "url": format!("{url}/in?who=%%who%%"), "headers": [["X-Who", "%%who%%"]],
        "body": "{\"temp\":\"%%channel_4711_field_1%%\"}", "user": "me", "password": "secret", "parse": null, "private": true })
}

fn alert(server: &Server, key: &str, kind: &str, body: &str) -> Answer {
    let length = body.len();
    server.raw(format!(
        "POST /alerts/send HTTP/1.1\r\nHost: x\r\nConnection: close\r\nThingSpeak-Alerts-API-Key: {key}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

fn history(server: &Server, key: &str, query: &str) -> Answer {
    server.raw(format!(
        "GET /alerts/history{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nThingSpeak-Alerts-API-Key: {key}\r\n\r\n"
    ))
}

#[test]
fn a_thinghttp_request_goes_out_with_its_words_filled_and_its_answer_comes_back() {
    let server = Server::with_channel(&[]);
    people(&server);
    let (address, told) = web("200 OK", "<p id=\"a\">door is <b>OPEN</b></p>");
    let mut anna = Browser::signed_in(&server, "anna");
    let made = anna.ask("POST", "/thinghttps", &thinghttp(&address).to_string());
    assert_eq!(made.status, 200, "{made:?}");
    let (id, key) =
        (made.json()["id"].clone(), made.json()["api_key"].as_str().unwrap().to_string());
    assert_eq!(made.json()["password"], "••••");
    server.store("field1=21.5");

    let target = format!("/apps/thinghttp/send_request?api_key={key}&who=Anna+%26+Bob");
    let answer = server.get(&target);
    assert_eq!((answer.status, answer.body.as_str()), (200, "<p id=\"a\">door is <b>OPEN</b></p>"));
    assert_eq!(answer.header("Content-Type"), Some("text/plain; charset=utf-8"));
    let sent = told.recv_timeout(PATIENCE).unwrap();
    assert!(sent.starts_with("POST /in?who=Anna%20%26%20Bob HTTP/1.1\r\n"), "{sent}");
    let lower = sent.to_ascii_lowercase();
    assert!(lower.contains("x-who: anna & bob\r\n"), "{sent}");
    assert!(lower.contains("authorization: basic bwu6c2vjcmv0\r\n"), "{sent}");
    assert!(sent.ends_with("{\"temp\":\"21.5\"}"), "{sent}");

    // Only the part that is asked for, by path and by text; the password stays.
    for (parse, expected) in [("//b", "OPEN"), ("//@id", "a"), ("OPEN", "OPEN"), ("SHUT", "")] {
        let mut changed = anna.get("/thinghttps").json()[0].clone();
        changed["parse"] = json!(parse);
        let answer = anna.ask("PUT", &format!("/thinghttps/{id}"), &changed.to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = server.form("/apps/thinghttp/send_request", &format!("api_key={key}&who=x"));
        assert_eq!(answer.body, expected, "{parse}");
        let sent = told.recv_timeout(PATIENCE).unwrap();
        assert!(sent.to_ascii_lowercase().contains("bwu6c2vjcmv0"), "{sent}");
    }
    let test = anna.ask("POST", &format!("/thinghttps/{id}/test"), "").json();
    assert_eq!((&test["says"], &test["body"]), (&json!("answered 200"), &json!("")));
    let mut bob = Browser::signed_in(&server, "bob");
    assert_eq!(code(&bob.ask("DELETE", &format!("/thinghttps/{id}"), "")), "gone");
    assert_eq!(bob.get("/thinghttps").json(), json!([]));
    assert_eq!(anna.ask("DELETE", &format!("/thinghttps/{id}"), "").status, 204);
    let gone = server.get(&target);
    assert_eq!((gone.status, gone.reason()), (401, "app_key_unknown"));
}

#[test]
fn a_thinghttp_request_that_gets_no_answer_says_why() {
    let server = Server::with_channel(&[]);
    people(&server);
    let mut anna = Browser::signed_in(&server, "anna");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let private = |private: bool| {
        let mut wanted = thinghttp(&format!("http://{nobody}"));
        wanted["private"] = json!(private);
        wanted
    };
    let send = |anna: &mut Browser<'_>, wanted: Value| {
        let made = anna.ask("POST", "/thinghttps", &wanted.to_string()).json();
        server.get(&format!(
            "/apps/thinghttp/send_request?api_key={}",
            made["api_key"].as_str().unwrap()
        ))
    };
    let answer = send(&mut anna, private(true));
    assert_eq!((answer.status, answer.reason()), (503, "outside"), "{answer:?}");
    let answer = send(&mut anna, private(false));
    assert_eq!((answer.status, answer.reason()), (503, "outside"));
    let why = answer.header("X-Fieldpost-Reason").unwrap();
    assert!(why.contains("private"), "{why}");
    assert_eq!(server.get("/apps/thinghttp/send_request").reason(), "key_missing");
}

#[test]
fn an_alert_is_mailed_to_the_owner_of_its_key_and_remembered() {
    let (address, told) = post_office();
    let server =
        Server::with_channel(&["--smtp-url", &address, "--smtp-from", "fieldpost@example.org"]);
    people(&server);
    let mut anna = Browser::signed_in(&server, "anna");
    let key = anna.get("/me/alerts").json()["key"].as_str().unwrap().to_string();
    assert_eq!(anna.get("/me/alerts").json()["key"], key.as_str(), "it stays the same");
    let form = "application/x-www-form-urlencoded";
    let send = |kind: &str, body: &str| alert(&server, &key, kind, body);

    let answer = send(form, "subject=Hi&body=There");
    assert_eq!((answer.status, answer.reason()), (400, "bad_value"));
    assert_eq!(answer.header("Content-Type"), Some("application/problem+json"));
    assert!(answer.json()["title"].as_str().unwrap().contains("no e-mail address"), "{answer:?}");
    assert_eq!(code(&anna.ask("PATCH", "/me", r#"{"email":"anna"}"#)), "bad_value");
    let me = anna.ask("PATCH", "/me", r#"{"email":"anna@example.org"}"#);
    assert_eq!(me.json()["email"], "anna@example.org");

    let answer = send(form, "subject=Freezer+is+warm&body=It+is+-3+degrees");
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["status"], "sent");
    let lines: Vec<String> = std::iter::from_fn(|| told.recv_timeout(PATIENCE).ok())
        .take_while(|line| line != ".")
        .collect();
    let has = |text: &str| lines.iter().any(|line| line.contains(text));
    assert!(has("RCPT TO:<anna@example.org>") && has("Subject: Freezer is warm"), "{lines:?}");
    assert!(has("It is -3 degrees"), "{lines:?}");
    let answer = send("application/json", r#"{"subject":"Second","body":"Again"}"#);
    assert_eq!(answer.status, 202, "{answer:?}");

    for (kind, body) in [
        (form, "subject=x"),
        (form, &format!("body=x&subject={}", "x".repeat(61))),
        (form, &format!("body={}", "x".repeat(501))),
    ] {
        let answer = send(kind, body);
        assert_eq!((answer.status, answer.reason()), (400, "bad_value"), "{body}");
    }
    let stranger = alert(&server, "AAAAAAAAAAAAAAAA", form, "body=x");
    assert_eq!((stranger.status, stranger.reason()), (401, "app_key_unknown"));

    let subjects = |query: &str| -> Vec<String> {
        let answer = history(&server, &key, query);
        assert_eq!(answer.status, 200, "{answer:?}");
        let all = answer.json();
        let text = |item: &Value| item["subject"].as_str().unwrap().to_string();
        all.as_array().unwrap().iter().map(text).collect()
    };
    assert_eq!(subjects(""), ["Second", "Freezer is warm"]);
    assert_eq!(subjects("?count=1"), ["Second"]);
    assert_eq!(subjects("?subject_contains=warm"), ["Freezer is warm"]);
    assert_eq!(subjects("?status=failed"), [""; 0]);
    assert_eq!(subjects("?before=2020-05-15T20:03:48-05:00"), [""; 0]);
    assert_eq!(subjects("?after=2020-05-15T20:03:48-05:00").len(), 2);
    assert_eq!(history(&server, &key, "?after=soon").reason(), "bad_value");
    let sent = anna.get("/me/alerts").json()["sent"].clone();
    assert_eq!(sent[0]["subject"], "Second");

    let new = anna.ask("POST", "/me/alerts/key", "").json()["key"].as_str().unwrap().to_string();
    assert_ne!(new, key);
    assert_eq!(history(&server, &key, "").reason(), "app_key_unknown");
    assert_eq!(history(&server, &new, "").status, 200);
}

#[test]
fn so_many_alerts_are_sent_in_half_an_hour_and_without_a_mail_server_none() {
    let (address, _told) = post_office();
    let more =
        ["--smtp-url", &address, "--smtp-from", "f@example.org", "--profile", "thingspeak-free"];
    for (args, expected) in [(&more[..], [202, 202, 429]), (&[], [503; 3])] {
        let server = Server::with_channel(args);
        people(&server);
        let mut anna = Browser::signed_in(&server, "anna");
        anna.ask("PATCH", "/me", r#"{"email":"anna@example.org"}"#);
        let key = anna.get("/me/alerts").json()["key"].as_str().unwrap().to_string();
        let form = "application/x-www-form-urlencoded";
        let answers = [(); 3].map(|()| alert(&server, &key, form, "body=x"));
        assert_eq!(answers.each_ref().map(|answer| answer.status), expected);
        if args.is_empty() {
            let why = answers[0].header("X-Fieldpost-Reason").unwrap();
            assert!(why.contains("--smtp-url"), "{why}");
        }
    }
}

#[test]
fn thingtweet_posts_nothing_and_says_why() {
    let server = Server::with_channel(&[]);
    for answer in [
        server.get("/apps/thingtweet/1/statuses/update?api_key=AAAAAAAAAAAAAAAA&status=hi"),
        server.form("/apps/thingtweet/1/statuses/update", "api_key=AAAAAAAAAAAAAAAA&status=hi"),
    ] {
        assert_eq!((answer.status, answer.body.as_str(), answer.reason()), (200, "-1", "outside"));
    }
}

#[test]
fn an_automation_calls_a_webhook_and_says_how_it_went() {
    let server = Server::with_channel(&[]);
    people(&server);
    let (address, told) = web("201 Created", "thanks");
    let mut anna = Browser::signed_in(&server, "anna");
    let automation = json!({
        "name": "Hot", "enabled": true,
        "when": { "kind": "react", "channel": CHANNEL, "check": "insert", "repeat": false,
            "condition": { "kind": "text", "field": 1, "op": "is", "value": "on" } },
        "action": { "kind": "webhook", "method": "POST", "url": address, "headers": [], "body": "it is %%trigger%%", "user": null, "password": null, "private": true },
    });
    let made = anna.ask("POST", "/automations", &automation.to_string()).json();
    let mut events = server.open_stream(
        "/api/v1/live?news=1",
        &format!("Cookie: {}\r\n", anna.cookie.as_ref().unwrap()),
    );
    server.store("field1=off");
    server.store("field1=on");
    let sent = told.recv_timeout(PATIENCE).unwrap();
    assert!(sent.ends_with("it is on"), "{sent}");
    // The page hears of it as it happens.
    let (mut event, mut line) = (String::new(), String::new());
    let run: Value = loop {
        line.clear();
        assert!(events.read_line(&mut line).unwrap() > 0, "the stream ended");
        if let Some(name) = line.strip_prefix("event: ") {
            event = name.trim().into();
        } else if let Some(data) = line.strip_prefix("data: ").filter(|_| event == "run") {
            let run: Value = serde_json::from_str(data).unwrap();
            if run["state"] != "waiting" {
                break run;
            }
        }
    };
    assert_eq!((&run["automation"], &run["state"]), (&made["id"], &json!("done")));
    assert_eq!(run["says"], "answered 201: thanks");
    assert_eq!(run["reason"], "field 1 is \"on\", which is \"on\"");
}
