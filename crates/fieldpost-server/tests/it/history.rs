//! The past: overviews and aggregates of any stretch, corrections, and who hears of them.

use std::io::Write as _;

use crate::browser::{Browser, Live, code, people};
use crate::harness::{CHANNEL, READ, Server, WRITE, read_all, run};

/// The time of the first entry that [`minutes`] stores, in milliseconds.
const BEGIN: i64 = 1_714_982_400_000;

/// Stores values of field 1, a minute apart.
fn minutes(server: &Server, values: &[&str]) {
    let update = |(at, value): (usize, &&str)| {
        format!("{{\"created_at\":{},\"field1\":\"{value}\"}}", BEGIN / 1_000 + at as i64 * 60)
    };
    let updates: Vec<String> = values.iter().enumerate().map(update).collect();
    let body = format!("{{\"write_api_key\":\"{WRITE}\",\"updates\":[{}]}}", updates.join(","));
    assert_eq!(server.json(&format!("/channels/{CHANNEL}/bulk_update.json"), &body).status, 202);
}

/// An answer in binary columns, read as their description says.
struct Columns {
    bytes: Vec<u8>,
    at: usize,
}

impl Columns {
    fn get(server: &Server, query: &str) -> Self {
        let mut stream = server.connect();
        let target = format!("/api/v1/channels/{CHANNEL}/overview?key={READ}{query}");
        write!(stream, "GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let answer = read_all(&mut stream);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains("content-type: application/vnd.fieldpost.columns\r\n"), "{head}");
        let columns = Self { bytes: answer[end..].to_vec(), at: 4 };
        assert_eq!(&columns.bytes[..4], b"FPC1");
        columns
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let part = self.bytes[self.at..self.at + N].try_into().unwrap();
        self.at += N;
        part
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.take())
    }

    fn row(&mut self, rows: u32) -> Vec<f64> {
        (0..rows).map(|_| f64::from_le_bytes(self.take())).collect()
    }

    fn counts(&mut self, rows: u32) -> Vec<u32> {
        let counts = (0..rows).map(|_| self.u32()).collect();
        self.at = self.at.next_multiple_of(8);
        counts
    }

    fn ends(&self) {
        assert_eq!(self.at, self.bytes.len());
    }
}

fn texts(row: &[f64]) -> String {
    row.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn few_entries_come_one_by_one_in_binary_columns() {
    let server = Server::with_channel(&[]);
    minutes(&server, &["20.5", "warm", "21"]);
    let mut got = Columns::get(&server, "");
    assert_eq!([got.u32(), got.u32(), got.u32()], [0, 3, 2]);
    assert_eq!([got.i64(), got.i64(), got.i64()], [BEGIN, BEGIN + 120_000, 0]);
    assert_eq!([got.i64(), got.i64()], [3, 3]);
    assert_eq!(got.row(3), [0.0, 60_000.0, 120_000.0].map(|after| BEGIN as f64 + after));
    assert_eq!(got.row(3), [1.0, 2.0, 3.0]);
    assert_eq!(([got.u32(), got.u32()], texts(&got.row(3)).as_str()), ([1, 0], "20.5 NaN 21"));
    assert_eq!(([got.u32(), got.u32()], texts(&got.row(3)).as_str()), ([2, 0], "NaN NaN NaN"));
    got.ends();
}

#[test]
fn many_entries_come_as_spans_and_no_spike_is_lost() {
    let server = Server::with_channel(&[]);
    let mut values: Vec<String> = (0..1_000).map(|n| format!("{}", 20 + n % 3)).collect();
    values[700] = "900".into();
    minutes(&server, &values.iter().map(String::as_str).collect::<Vec<_>>());
    let query = format!("&fields=1&width=20&start={}&end={}", BEGIN, BEGIN + 999 * 60_000);
    let mut got = Columns::get(&server, &query);
    let [kind, rows, columns] = [got.u32(), got.u32(), got.u32()];
    assert!(kind == 1 && columns == 1 && (19..=20).contains(&rows), "{kind} {rows} {columns}");
    let [start, end, resolution] = [got.i64(), got.i64(), got.i64()];
    assert_eq!((start, end), (BEGIN, BEGIN + 999 * 60_000));
    assert_eq!([got.i64(), got.i64()], [1_000, 1_000]);
    let times = got.row(rows);
    assert!(times.iter().skip(1).all(|time| *time as i64 % resolution == 0), "{times:?}");
    assert_eq!(([got.u32(), got.u32()]), [1, 0]);
    let [first, last, min, max] = [0; 4].map(|_| got.row(rows));
    let counts = got.counts(rows);
    got.ends();
    assert_eq!((first[0], last[last.len() - 1]), (20.0, 20.0));
    assert_eq!(min.iter().copied().fold(f64::MAX, f64::min), 20.0);
    let spike = max.iter().position(|max| *max == 900.0).unwrap();
    let at = BEGIN as f64 + 700.0 * 60_000.0;
    assert!(times[spike] <= at && at < times[spike] + resolution as f64);
    assert_eq!(counts.iter().sum::<u32>(), 1_000);

    let target = format!("/api/v1/channels/{CHANNEL}/overview?key={READ}");
    for bad in ["&start=x", "&start=2&end=1", "&fields=9", "&width=wide"] {
        assert_eq!(code(&server.get(&format!("{target}{bad}"))), "bad_value", "{bad}");
    }
    let strange = server.get(&format!("/api/v1/channels/{CHANNEL}/overview"));
    assert_eq!(code(&strange), "no_channel");
}

#[test]
fn who_looks_is_told_that_a_channel_was_cleared_also_from_outside() {
    let server = Server::with_channel(&[]);
    people(&server);
    server.store("field1=1");
    server.store("field1=2");
    let mut live = Live::open(&server, &format!("channels={CHANNEL}:2&key={READ}"), "");
    let mut anna = Browser::signed_in(&server, "anna");
    let path = format!("/channels/{CHANNEL}/clear");
    assert_eq!(anna.ask("POST", &path, "").status, 204);
    // That people were added by the command line may be told first: it could have been anything.
    while live.changed() != (format!("{CHANNEL}:0"), CHANNEL) {}
    server.store("field1=1");
    assert_eq!(live.next(), (format!("{CHANNEL}:1"), CHANNEL, 1));
    run(&["channel", "clear", &CHANNEL.to_string()], &server.data).unwrap();
    while live.changed() != (format!("{CHANNEL}:0"), CHANNEL) {}
}
