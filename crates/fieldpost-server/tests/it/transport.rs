//! Bytes: how small clients speak, and what they must find in an answer.

use std::io::{Read as _, Write as _};

use crate::harness::{CHANNEL, READ, Server, WRITE, parse, read_all, read_one};

#[test]
fn a_connection_stays_open_and_takes_requests_one_after_the_other() {
    let server = Server::with_channel(&[]);
    let mut stream = server.connect();
    for n in 1..=5 {
        write!(stream, "GET /update?api_key={WRITE}&field1={n} HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        let answer = read_one(&mut stream);
        assert_eq!(
            (answer.body.as_str(), answer.header("Connection")),
            (n.to_string().as_str(), Some("keep-alive"))
        );
    }
    // Two at once, and then goodbye.
    let two = format!(
        "GET /update?api_key={WRITE} HTTP/1.1\r\n\r\n\r\nGET /update?api_key={WRITE} HTTP/1.1\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(two.as_bytes()).unwrap();
    assert_eq!(read_one(&mut stream).body, "6");
    assert_eq!(parse(&read_all(&mut stream)).body, "7");
}

#[test]
fn http_1_0_is_answered_and_closed_unless_it_asks_otherwise() {
    let server = Server::with_channel(&[]);
    let answer =
        server.raw(format!("GET /update?api_key={WRITE}&field1=1 HTTP/1.0\r\nHost: x\r\n\r\n"));
    assert!(answer.head.starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(answer.header("Connection"), Some("close"));
    let mut stream = server.connect();
    write!(stream, "GET /update?api_key={WRITE} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        .unwrap();
    assert_eq!(read_one(&mut stream).header("Connection"), Some("keep-alive"));
}

#[test]
fn a_request_without_version_or_with_a_whole_url_is_understood() {
    let server = Server::with_channel(&[]);
    assert_eq!(server.raw(format!("GET /update?api_key={WRITE}&field1=1\r\n")).body, "1");
    assert_eq!(server.raw(format!("GET /update?api_key={WRITE}&field1=1\n")).body, "2");
    assert_eq!(server.raw(format!("GET http://api.thingspeak.com/update?api_key={WRITE}&field1=1 HTTP/1.1\r\nConnection: close\r\n\r\n")).body, "3");
    assert_eq!(server.raw(format!("\r\n\r\nGET /update/?api_key={WRITE}&field1=1 HTTP/1.1\r\nHost: api.thingspeak.com\r\nConnection: close\r\n\r\n")).body, "4");
}

#[test]
fn a_modem_that_hangs_up_instead_of_ending_its_line_is_answered() {
    let server = Server::with_channel(&[]);
    let mut stream = server.connect();
    write!(stream, "GET /update?api_key={WRITE}&field1=1").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(crate::harness::parse(&crate::harness::read_all(&mut stream)).body, "1");
}

#[test]
fn a_content_length_that_is_wrong_by_two_is_forgiven() {
    let server = Server::with_channel(&[]);
    let post = |length: usize, body: &str| {
        server.raw(format!("POST /update HTTP/1.1\r\nX-THINGSPEAKAPIKEY: {WRITE}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"))
    };
    let body = "{\"field1\":\"21.57\"}";
    assert_eq!(
        post(body.len(), &format!("{body}\r\n")).body,
        "1",
        "a line end follows that was not counted"
    );
    assert_eq!(post(body.len() + 2, &format!("{body}\r\n")).body, "2", "a line end was counted");
    assert_eq!(post(body.len() - 1, body).body, "3", "one byte was not counted");
    assert_eq!(post(body.len() + 2, body).body, "4", "a line end was counted that never came");
    let feed = server.read("feeds.json").json();
    assert!(feed["feeds"].as_array().unwrap().iter().all(|row| row["field1"] == "21.57"), "{feed}");
}

#[test]
fn a_line_end_that_comes_after_the_answer_does_not_cost_the_answer() {
    let server = Server::with_channel(&[]);
    let body = "field1=21.57";
    let length = body.len();
    let ask = || {
        let mut stream = server.connect();
        write!(
            stream,
            "POST /update HTTP/1.1\r\nX-THINGSPEAKAPIKEY: {WRITE}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        stream
    };
    let late = |stream: &mut std::net::TcpStream| {
        // The answer is there, and nobody has read it.
        stream.peek(&mut [0]).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(100));
        stream.write_all(b"\r\n").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(100));
    };
    let mut first = ask();
    late(&mut first);
    assert_eq!(parse(&read_all(&mut first)).body, "1");
    // Also where more say goodbye than are remembered; their answers are read later.
    let mut many: Vec<_> = (0..400).map(|_| ask()).collect();
    many[399].peek(&mut [0]).unwrap();
    late(many.last_mut().unwrap());
    let mut ids: Vec<u64> =
        many.iter_mut().map(|stream| parse(&read_all(stream)).body.parse().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (2..=401).collect::<Vec<_>>());
}

#[test]
fn a_body_that_breaks_off_stores_nothing() {
    let server = Server::with_channel(&[]);
    let mut stream = server.connect();
    write!(stream, "POST /update HTTP/1.1\r\nContent-Length: 500\r\n\r\napi_key={WRITE}&field1=1")
        .unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let answer = parse(&read_all(&mut stream));
    assert_eq!((answer.status, answer.body.as_str(), answer.reason()), (400, "0", "bad_body"));
    assert_eq!(server.read("last_entry_id.txt").body, "0");
}

#[test]
fn a_body_without_a_length_is_not_lost() {
    let server = Server::with_channel(&[]);
    let mut stream = server.connect();
    write!(stream, "POST /update HTTP/1.0\r\n\r\napi_key={WRITE}&field1=1").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(parse(&read_all(&mut stream)).body, "1");
    assert_eq!(server.read("fields/1/last").body, "1");
    assert_eq!(
        server.raw(format!("POST /update?api_key={WRITE}&field1=2 HTTP/1.0\r\n\r\n")).body,
        "2"
    );
}

#[test]
fn an_address_that_means_nothing_is_said_in_its_form() {
    let server = Server::start(&[]);
    for (target, body) in [
        ("/nowhere", "error_resource_not_found"),
        ("/channels/x/feeds", "error_resource_not_found"),
    ] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.body.as_str(), answer.reason()), (404, body, "no_route"));
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
    }
    assert_eq!(
        server.get("/nowhere.json").json()["error"]["error_code"],
        "error_resource_not_found"
    );
}

#[test]
fn who_ends_their_side_after_asking_is_answered_all_the_same() {
    let server = Server::with_channel(&[]);
    for _ in 0..20 {
        for target in ["/updates?field1=1", "/healthz", "/channels/4711/feeds.json"] {
            let mut stream = server.connect();
            write!(stream, "GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 "), "{target}: {answer:?}");
        }
    }
}

#[test]
fn a_channels_address_is_a_page_to_a_browser_and_an_object_to_a_program() {
    let server = Server::with_channel(&[]);
    let get = |target: &str, accept: &str| {
        server
            .raw(format!("GET {target} HTTP/1.1\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"))
    };
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";
    let channel = format!("/channels/{CHANNEL}");
    for page in [&channel, &format!("{channel}/table"), "/channels/public", "/sign-in", "/"] {
        let answer = get(page, browser);
        assert_eq!(
            (answer.status, answer.header("Content-Type")),
            (200, Some("text/html; charset=utf-8")),
            "{page}"
        );
        assert!(
            answer
                .header("Content-Security-Policy")
                .is_some_and(|policy| policy.contains("default-src 'self'")),
            "{page}"
        );
    }
    // What a program gets does not change with what a browser would get.
    for accept in ["*/*", java] {
        assert_eq!(
            get("/channels/public", accept).json()["channels"],
            serde_json::json!([]),
            "{accept}"
        );
    }
    assert_eq!(
        get(&format!("{channel}/feeds.json?api_key={READ}"), browser).json()["channel"]["id"],
        CHANNEL
    );
    for path in ["/nowhere", "/channels/4711/nowhere"] {
        let nowhere = get(path, browser);
        assert_eq!(
            (nowhere.status, nowhere.header("Content-Type")),
            (404, Some("text/html; charset=utf-8")),
            "{path}"
        );
        assert_eq!(get(path, "*/*").body, "error_resource_not_found");
    }
}

#[test]
fn head_and_options_have_no_body_and_every_answer_welcomes_other_pages() {
    let server = Server::with_channel(&[]);
    server.store("field1=12345");
    let head = server.raw(format!("HEAD /channels/{CHANNEL}/fields/1/last?api_key={READ} HTTP/1.1\r\nConnection: close\r\n\r\n"));
    assert_eq!(
        (head.status, head.header("Content-Length"), head.body.as_str()),
        (200, Some("5"), "")
    );
    for target in ["/update", "/channels/1/feeds.json", "/nothing/at/all/here"] {
        let answer = server.raw(format!(
            "OPTIONS {target} HTTP/1.1\r\nOrigin: http://x\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{target}");
        assert_eq!(
            answer.header("Access-Control-Allow-Methods"),
            Some("GET, POST, PUT, OPTIONS, DELETE, PATCH"),
            "{target}"
        );
    }
    for answer in [
        server.get("/update"),
        server.get("/channels/99/feeds.json"),
        server.read("feeds.json"),
        server.raw("GET /a b HTTP/1.1\r\n\r\n"),
        server.get("/channels/4711/live"),
        server.get("/channels/4711/import.csv"),
        server.get("/stream/channels/99/feeds"),
    ] {
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"), "{answer:?}");
        assert!(answer.header("Date").is_some_and(|date| date.ends_with(" GMT")), "{answer:?}");
    }
}

#[test]
fn few_headers_come_when_few_are_wanted() {
    let server = Server::with_channel(&[]);
    let answer = server.form("/update", &format!("api_key={WRITE}&field1=1&headers=false"));
    assert_eq!((answer.body.as_str(), answer.header("Content-Length")), ("1", Some("1")));
    assert_eq!(answer.header("Status"), None);
}

#[test]
fn what_is_no_request_is_said_in_words() {
    let server = Server::with_channel(&[]);
    for (bytes, status) in [
        ("GET /update?status=a b HTTP/1.1\r\n\r\n".to_string(), 400),
        ("nonsense\r\n\r\n".into(), 400),
        ("GET /update HTTP/1.1\r\nContent-Length: many\r\n\r\n".into(), 400),
        ("GET /update HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".into(), 400),
        (format!("GET /update?field1={} HTTP/1.1\r\n\r\n", "x".repeat(20_000)), 431),
    ] {
        let answer = server.raw(&bytes);
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(!answer.body.is_empty() && !answer.reason().is_empty(), "{answer:?}");
    }
}

#[test]
fn requests_that_need_more_than_devices_do_are_served_all_the_same() {
    let server = Server::with_channel(&[]);
    let chunked = format!(
        "POST /update HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n8\r\nfield1=7\r\n19\r\n&api_key={WRITE}\r\n0\r\n\r\n"
    );
    let answer = server.raw(chunked);
    assert_eq!((answer.status, answer.body.as_str()), (200, "1"));
    assert_eq!(answer.header("Content-Length"), Some("1"));
    let long = format!(
        "POST /update HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n12000\r\n{}\r\n0\r\n\r\n",
        "x".repeat(0x12000)
    );
    let answer = server.raw(long);
    assert_eq!((answer.status, answer.body.as_str(), answer.reason()), (413, "0", "too_large"));
}

#[test]
fn http_and_https_share_one_port() {
    let server = Server::with_channel(&[]);
    server.store("field1=1");
    let mut stream = server.connect_tls();
    write!(stream, "GET /channels/{CHANNEL}/fields/1/last?api_key={READ} HTTP/1.0\r\n\r\n")
        .unwrap();
    assert_eq!(parse(&read_all(&mut stream)).body, "1");
}

#[cfg(unix)]
#[test]
fn secrets_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::with_channel(&[]);
    for file in ["tls/key.pem", "fieldpost.db"] {
        let mode = std::fs::metadata(server.data.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
}
