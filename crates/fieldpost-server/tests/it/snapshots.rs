//! Every address in every form, as it is answered: one text for each group, compared byte for byte.

use std::fmt::Write as _;

use crate::harness::{CHANNEL, READ, Server, WRITE};

/// A channel whose contents and times are the same every time; only the channel's own times are not, and are blanked.
fn greenhouse() -> Server {
    let server = Server::with_channel(&[]);
    let entries = [
        ("10:02:00", "field1=20.0&field2=63&status=boot"),
        ("10:07:30", "field1=22.5"),
        ("10:12:00", "field2=a,\"b\"%26<c>"),
        ("10:18:00", "field1=19&lat=47.50&long=8.25&elevation=431"),
        ("10:41:59", "field1=abc&field2=😀"),
    ];
    for (time, values) in entries {
        server.store(&format!("{values}&created_at=2024-05-06T{time}Z"));
    }
    server
}

fn record(server: &Server, requests: &[&str]) -> String {
    let mut out = String::new();
    for request in requests {
        let (method, target) = request.split_once(' ').unwrap();
        let key = if target.contains("api_key") {
            String::new()
        } else {
            format!("{}api_key={READ}", if target.contains('?') { '&' } else { '?' })
        };
        let target = target.replace("USERKEY", server.user_key());
        let answer = server.send(method, &format!("{target}{key}"), "", "");
        let shown = target.replace(server.user_key(), "USERKEY");
        let _ = writeln!(
            out,
            "{method} {shown}\n{} {}\n{}\n",
            answer.status,
            answer.header("Content-Type").unwrap(),
            blank(&answer.body)
        );
    }
    out
}

/// Blanks what differs from run to run: times that are not of the day that the tests write about.
fn blank(body: &str) -> String {
    let is_time = |text: &str| {
        let shape =
            text.bytes().map(|c| if c.is_ascii_digit() { b'0' } else { c }).collect::<Vec<_>>();
        shape == b"0000-00-00T00:00:00" && !text.starts_with("2024-05-06")
    };
    let mut out = String::new();
    let mut rest = body;
    while let Some(first) = rest.chars().next() {
        if rest.get(..19).is_some_and(is_time) {
            out.push_str("NOW");
            rest = &rest[19..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

#[test]
fn feeds() {
    let server = greenhouse();
    let c = format!("/channels/{CHANNEL}");
    let mut requests = Vec::new();
    for suffix in ["", ".json", ".xml", ".csv", ".txt"] {
        requests.push(format!("GET {c}/feeds{suffix}?results=3"));
        requests.push(format!("GET {c}/fields/1{suffix}?results=3"));
        requests.push(format!("GET {c}/status{suffix}?results=2"));
    }
    for query in [
        "results=0",
        "results=2&location=true&status=true&metadata=true",
        "results=2&timezone=America/New_York",
        "results=2&offset=2",
        "start=2024-05-06%2010:07:30&end=2024-05-06%2010:12:00",
        "timescale=10",
        "sum=10",
        "average=10",
        "median=10",
        "average=10&round=1",
        "round=1",
        "min=20",
        "max=20",
        "average=7",
        "daily=1&average=daily",
        "callback=cb&results=1",
    ] {
        requests.push(format!("GET {c}/feeds.json?{query}"));
    }
    requests.push(format!(
        "GET {c}/feeds.csv?results=2&timezone=Europe/Zurich&location=true&status=true"
    ));
    requests.push(format!("GET {c}/feeds.xml?average=10&location=true&status=true"));
    requests.push(format!("GET {c}/feeds.xml?results=0"));
    requests.push(format!("GET {c}/fields/9.json?results=1"));
    insta::assert_snapshot!(
        "feeds",
        record(&server, &requests.iter().map(String::as_str).collect::<Vec<_>>())
    );
}

#[test]
fn entries() {
    let server = greenhouse();
    let c = format!("/channels/{CHANNEL}");
    let mut requests = Vec::new();
    for suffix in ["", ".json", ".xml", ".csv", ".txt"] {
        for path in [
            "feeds/last",
            "feeds/4",
            "fields/1/last",
            "fields/2/3",
            "fields/2/2",
            "status/1",
            "status/last",
            "last_entry_id",
            "feeds/last_average",
        ] {
            let query = if path.ends_with("average") { "?average=10" } else { "" };
            requests.push(format!("GET {c}/{path}{suffix}{query}"));
        }
    }
    requests.push(format!("GET {c}/feeds/4.txt?status=true&location=true"));
    requests.push(format!("GET {c}/fields/1/4.json?round=2"));
    requests.push(format!("GET {c}/status/recent.json"));
    requests.push(format!("GET {c}/status/recent"));
    insta::assert_snapshot!(
        "entries",
        record(&server, &requests.iter().map(String::as_str).collect::<Vec<_>>())
    );
}

#[test]
fn writes() {
    let server = Server::with_channel(&[]);
    let mut requests = Vec::new();
    for (n, suffix) in ["", ".json", ".xml", ".txt", ".csv"].iter().enumerate() {
        requests.push(format!("GET /update{suffix}?api_key={WRITE}&field1=21.5&status=a%26b&lat=47.50&created_at=2024-05-06T07:08:0{n}Z"));
        requests.push(format!("GET /update{suffix}?api_key={READ}&field1=21.5"));
    }
    insta::assert_snapshot!(
        "writes",
        record(&server, &requests.iter().map(String::as_str).collect::<Vec<_>>())
    );
}

#[test]
fn management() {
    let server = Server::with_channel(&[]);
    server.send("PUT", &format!("/channels/{CHANNEL}.json?api_key={}&public_flag=true&tags=roof,garden&description=North+bench&latitude=47.50&longitude=8.25&elevation=431&url=http://x.example/", server.user_key()), "", "");
    let c = format!("/channels/{CHANNEL}");
    let mut requests = Vec::new();
    for suffix in [".json", ".xml"] {
        for path in [
            &*c,
            "/channels",
            "/channels/public",
            "/users/anna",
            "/users/anna/channels",
            &format!("{c}/api_keys"),
        ] {
            requests.push(format!("GET {path}{suffix}?api_key=USERKEY"));
        }
        requests.push(format!("GET {c}{suffix}?api_key="));
        requests.push(format!("GET /channels/public{suffix}?page=0"));
        requests.push(format!("GET /channels{suffix}?api_key=AAAAAAAAAAAAAAAA"));
        requests.push(format!("DELETE {c}/feeds{suffix}?api_key=USERKEY"));
        requests.push(format!("POST {c}/feeds{suffix}?api_key=USERKEY"));
        requests.push(format!("GET /channels/99{suffix}"));
        requests.push(format!("GET {c}/nonsense{suffix}"));
    }
    requests.push(format!("DELETE {c}.json?api_key=USERKEY"));
    requests.push("GET /crossdomain.xml".to_string());
    insta::assert_snapshot!(
        "management",
        record(&server, &requests.iter().map(String::as_str).collect::<Vec<_>>())
    );
}
