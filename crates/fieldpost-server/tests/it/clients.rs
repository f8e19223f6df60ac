//! Clients as they are out there, byte for byte: the requests they send, and what they look for in the answer.

use std::io::Write as _;

use crate::harness::{Server, WRITE, parse, read_all};

/// The tutorial's boards: MicroPython's HTTP client of 2020. HTTP/1.0, two Content-Type headers, the key in the query, floats and
/// texts in a JSON body; it knows neither chunked bodies nor redirects.
#[test]
fn micropython_of_2020_posts_and_reads() {
    let server = Server::with_channel(&[]);
    let body = "{\"field1\": 25.3, \"field2\": 61.2}";
    let post = format!(
        "POST /update?api_key={WRITE} HTTP/1.0\r\nHost: 192.168.1.23\r\nContent-Type: application/json\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(server.raw(post).body, "1");
    let answer = server.raw(format!("GET /channels/4711/fields/1.json?api_key={}&results=1 HTTP/1.0\r\nHost: 192.168.1.23\r\n\r\n", crate::harness::READ));
    assert!(answer.head.starts_with("HTTP/1.1 200 OK"));
    assert_eq!(answer.json()["feeds"][0]["field1"], "25.3");
}

/// MicroPython's HTTP client of 2026: HTTP/1.1 and `Connection: close`.
#[test]
fn micropython_of_2026_posts() {
    let server = Server::with_channel(&[]);
    let body = "{\"field1\": \"1\"}";
    let answer = server.raw(format!(
        "POST /update?api_key={WRITE} HTTP/1.1\r\nHost: 192.168.1.23:8080\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert_eq!((answer.status, answer.body.as_str()), (200, "1"));
}

/// The rules of the widely used Arduino library: it looks for `HTTP/1.1`, reads the status behind it, finds `Content-Length:`
/// in just that spelling, then the blank line, then wants as many bytes as were told.
#[test]
fn the_arduino_library_finds_what_it_looks_for() {
    let server = Server::with_channel(&[]);
    let body = "field1=21.50000&field2=7&lat=47.50&long=8.25&elevation=431.00&status=100% fine&headers=false";
    let request = format!(
        "POST /update HTTP/1.1\r\nHost: api.thingspeak.com\r\nUser-Agent: tslib-arduino/2.1.1 (ESP32)\r\nX-THINGSPEAKAPIKEY: {WRITE}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = server.connect();
    stream.write_all(request.as_bytes()).unwrap();
    assert_eq!(arduino_reads(&read_available(&mut stream)), Ok("1".into()));
    let mut stream = server.connect();
    write!(stream, "GET /channels/4711/feeds/last.txt?status=true&location=true HTTP/1.1\r\nHost: api.thingspeak.com\r\nUser-Agent: tslib-arduino/2.1.1 (ESP32)\r\nX-THINGSPEAKAPIKEY: {WRITE}\r\n\r\n").unwrap();
    let text = arduino_reads(&read_available(&mut stream)).unwrap();
    for (key, value) in [
        ("field1", "21.50000"),
        ("latitude", "47.5"),
        ("longitude", "8.25"),
        ("elevation", "431.00"),
        ("status", "100% fine"),
    ] {
        assert_eq!(json_scan(&text, key), value, "{text}");
    }
    for (target, expected) in
        [("/channels/4711/fields/1/last", Err(400)), ("/channels/1/fields/1/last", Err(404))]
    {
        let mut stream = server.connect();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: api.thingspeak.com\r\n\r\n").unwrap();
        assert_eq!(arduino_reads(&read_available(&mut stream)), expected, "{target}");
    }
}

/// What arrives in one piece: the library reads no further than its socket's buffer.
fn read_available(stream: &mut std::net::TcpStream) -> String {
    use std::io::Read as _;
    let mut buffer = [0; 4096];
    let got = stream.read(&mut buffer).unwrap();
    String::from_utf8(buffer[..got].to_vec()).unwrap()
}

fn arduino_reads(answer: &str) -> Result<String, u16> {
    let rest = &answer[answer.find("HTTP/1.1").expect("no HTTP/1.1") + 8..];
    let status: u16 = rest.split_whitespace().next().unwrap().parse().unwrap();
    if status != 200 {
        return Err(status);
    }
    let rest = &rest[rest.find("Content-Length:").expect("no Content-Length:") + 15..];
    let length: usize = rest.split_whitespace().next().unwrap().parse().unwrap();
    let body = &rest[rest.find("\r\n\r\n").unwrap() + 4..];
    assert_eq!(body.len(), length);
    Ok(body.into())
}

fn json_scan(text: &str, key: &str) -> String {
    let mark = format!("\"{key}\":\"");
    text.find(&mark)
        .map(|at| text[at + mark.len()..].split('"').next().unwrap().to_string())
        .unwrap_or_default()
}

/// ESP8266 loggers: they check characters 9 to 12 of the status line and set their clock by `Date`.
#[test]
fn a_bulk_logger_finds_202_and_the_date() {
    let server = Server::with_channel(&[]);
    let body =
        format!("{{\"write_api_key\":\"{WRITE}\",\"updates\":[{{\"delta_t\":0,\"field1\":1}}]}}");
    let answer = server.raw(format!("POST /channels/4711/bulk_update.json HTTP/1.1\r\nHost: api.thingspeak.com\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len() + 2) + "\r\n");
    assert_eq!(&answer.head[9..12], "202");
    assert!(answer.head.lines().any(|line| line.starts_with("Date: ")));
}

/// Modems driven by AT commands: one line, no version, and a search for digits or `200 OK` in what comes.
#[test]
fn a_modem_sends_one_line() {
    let server = Server::with_channel(&[]);
    let mut stream = server.connect();
    write!(stream, "GET /update?api_key={WRITE}&field1=23\r\n").unwrap();
    let text = String::from_utf8(read_all(&mut stream)).unwrap();
    assert!(text.contains("200 OK"));
    assert_eq!(parse(text.as_bytes()).body, "1");
}

/// The PyPI client puts everything into the query and posts an empty body.
#[test]
fn python_posts_an_empty_body() {
    let server = Server::with_channel(&[]);
    let answer = server.raw(format!(
        "POST /update.json?api_key={WRITE}&field1=1 HTTP/1.1\r\nHost: x\r\nUser-Agent: python-requests/2.31\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    ));
    assert_eq!(answer.json()["field1"], "1");
    assert_eq!(answer.header("Content-Encoding"), None);
}
