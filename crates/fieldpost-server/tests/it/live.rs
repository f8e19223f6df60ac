//! The live stream: every entry once, in order, also for those who come late or come back.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;

use crate::harness::{CHANNEL, READ, Server};

struct Stream(BufReader<TcpStream>);

impl Stream {
    fn open(server: &Server, query: &str, header: &str) -> Self {
        let target = format!("/channels/{CHANNEL}/live?api_key={READ}{query}");
        Self(server.open_stream(&target, header))
    }

    /// The id and the data of the next entry; that something was changed is passed over.
    fn next(&mut self) -> (u64, serde_json::Value) {
        let (mut id, mut data) = (0, None::<serde_json::Value>);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            if let Some(text) = line.strip_prefix("id: ") {
                id = text.trim().parse().unwrap();
            } else if let Some(text) = line.strip_prefix("data: ") {
                data = Some(serde_json::from_str(text).unwrap());
            } else if line == "\n"
                && let Some(data) = data.take().filter(|data| !data["entry_id"].is_null())
            {
                return (id, data);
            }
        }
    }
}

#[test]
fn an_entry_is_told_when_it_is_stored() {
    let server = Server::with_channel(&[]);
    server.store("field1=before");
    let mut stream = Stream::open(&server, "", "");
    server.store("field1=21.5");
    let (id, data) = stream.next();
    assert_eq!(
        (id, data["entry_id"].as_u64(), data["field1"].as_str(), data["field2"].as_str()),
        (2, Some(2), Some("21.5"), None)
    );
}

#[test]
fn who_comes_back_gets_what_was_missed_and_nothing_twice() {
    let server = Server::with_channel(&[]);
    for n in 1..=1_200 {
        server.store(&format!("field1={n}"));
    }
    let mut stream = Stream::open(&server, "", "Last-Event-ID: 3\r\n");
    let ids: Vec<u64> = (0..1_197).map(|_| stream.next().0).collect();
    assert_eq!(ids, (4..=1_200).collect::<Vec<_>>());
    server.store("field1=new");
    assert_eq!(stream.next().0, 1_201);
    assert_eq!(Stream::open(&server, "&after=1200", "").next().0, 1_201);
}

#[test]
fn a_listener_that_falls_behind_is_read_back_in() {
    let server = Server::with_channel(&[]);
    let mut stream = Stream::open(&server, "&after=0", "");
    let updates: Vec<String> = (0..3_000)
        .map(|n| format!("{{\"created_at\":{},\"field1\":{n}}}", 1_714_982_400 + n))
        .collect();
    let body = format!(
        "{{\"write_api_key\":\"{}\",\"updates\":[{}]}}",
        crate::harness::WRITE,
        updates.join(",")
    );
    assert_eq!(server.json(&format!("/channels/{CHANNEL}/bulk_update.json"), &body).status, 202);
    let ids: Vec<u64> = (0..3_000).map(|_| stream.next().0).collect();
    assert_eq!(ids, (1..=3_000).collect::<Vec<_>>());
}

#[test]
fn a_stream_goes_on_when_its_channel_is_cleared() {
    let server = Server::with_channel(&[]);
    server.store("field1=1");
    server.store("field1=2");
    let mut stream = Stream::open(&server, "&after=0", "");
    assert_eq!((stream.next().0, stream.next().0), (1, 2));
    server.store("field1=3");
    assert_eq!(stream.next().0, 3);
    let clear = || {
        let target = format!("/channels/{CHANNEL}/feeds.json?api_key={}", server.user_key());
        server.send("DELETE", &target, "", "")
    };
    clear();
    server.store("field1=anew");
    assert_eq!(stream.next().0, 1);

    // One that heard nothing yet goes on too.
    server.store("field1=2");
    let mut quiet = Stream::open(&server, "", "");
    clear();
    server.store("field1=anew");
    assert_eq!((quiet.next().0, stream.next().0, stream.next().0), (1, 2, 1));
}

#[test]
fn a_private_channel_is_not_told_to_strangers() {
    let server = Server::with_channel(&[]);
    for (target, status) in [
        (format!("/channels/{CHANNEL}/live"), 401),
        (format!("/channels/{CHANNEL}/live?api_key=AAAAAAAAAAAAAAAA"), 401),
        ("/channels/1/live".into(), 404),
    ] {
        assert_eq!(server.get(&target).status, status, "{target}");
    }
}

#[test]
fn open_streams_do_not_keep_a_server_from_stopping() {
    let server = Server::with_channel(&[]);
    let _stream = Stream::open(&server, "", "");
    assert_eq!(server.terminate(), Some(0));
}
