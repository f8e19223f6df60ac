//! An imitation of the cloud service that holds one channel: it answers with the service's bytes, shows at most 8,000 entries and whole
//! seconds, and fails now and then in the ways in which the service and networks do.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const ID: u64 = 1_242_207;
pub(crate) const WRITE: &str = "KZ7RQ2XN81WT0PYB";
pub(crate) const READ: &str = "H3VD9MC50JLU6EAS";
pub(crate) const USER: &str = "USERKEYOFTHECLOU";

const PAGE: usize = 8_000;

/// An entry as the service shows it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Held {
    pub(crate) id: u64,
    /// Seconds since 1970.
    pub(crate) at: i64,
    /// Names and values; what is absent is null there.
    pub(crate) values: Vec<(&'static str, String)>,
}

/// How the imitation behaves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manners {
    /// It fails now and then.
    pub(crate) fails: bool,
    /// It knows of the parameters that pick entries by their ids.
    pub(crate) knows_ids: bool,
}

#[derive(Clone)]
pub(crate) struct Cloud {
    pub(crate) address: SocketAddr,
    entries: Arc<Mutex<Vec<Held>>>,
    /// Nobody gets through.
    pub(crate) down: Arc<AtomicBool>,
    /// How many pages of the feed were asked for.
    pub(crate) pages: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
    manners: Manners,
}

impl Cloud {
    /// Opens on a free port.
    pub(crate) fn open(mut entries: Vec<Held>, manners: Manners) -> Self {
        // As its database gives them: by time, and within a second in no order that means anything.
        entries.sort_by_key(|entry| (entry.at, entry.id.wrapping_mul(0x9E37_79B9) % 1_000));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let cloud = Self {
            address: listener.local_addr().unwrap(),
            entries: Arc::new(Mutex::new(entries)),
            down: Arc::default(),
            pages: Arc::default(),
            asked: Arc::default(),
            manners,
        };
        let this = cloud.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let this = this.clone();
                std::thread::spawn(move || this.serve(stream));
            }
        });
        cloud
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A board posts one more.
    pub(crate) fn add(&self, entry: Held) {
        self.entries.lock().unwrap().push(entry);
    }

    /// All entries, by id.
    pub(crate) fn all(&self) -> Vec<Held> {
        let mut all = self.entries.lock().unwrap().clone();
        all.sort();
        all
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_exact(&mut byte).is_err() {
                return;
            }
            head.push(byte[0]);
        }
        if self.down.load(SeqCst) {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
        let head = String::from_utf8(head).unwrap();
        let target = head.split(' ').nth(1).unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let header = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("x-thingspeakapikey").then_some(value)
        });
        let param = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        let key = param("api_key").or(header).unwrap_or_default().to_string();
        let nth = self.asked.fetch_add(1, SeqCst);
        let feed = path == format!("/channels/{ID}/feeds.json");
        if feed && param("results") == Some("8000") {
            self.pages.fetch_add(1, SeqCst);
        }
        let (status, more, body) = match nth % 9 {
            4 if self.manners.fails => (500, "", "<html>Internal Server Error</html>".to_string()),
            6 if self.manners.fails => (
                429,
                "Retry-After: 1\r\n",
                r#"{"status":"429","error":{"error_code":"error_too_many_requests","message":"Too Many Requests","details":"Please wait before making another request."}}"#.into(),
            ),
            turn => {
                if turn == 2 && self.manners.fails {
                    std::thread::sleep(Duration::from_millis(400));
                }
                let (status, body) = self.answer(path, &param, &key);
                (status, "", body)
            }
        };
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json; charset=utf-8\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        // One answer breaks off in the middle.
        let end = if self.manners.fails && nth % 9 == 8 { answer.len() / 2 } else { answer.len() };
        let _ = stream.write_all(&answer.as_bytes()[..end]);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read(&mut [0]);
    }

    fn answer<'a>(
        &self,
        path: &str,
        param: &dyn Fn(&str) -> Option<&'a str>,
        key: &str,
    ) -> (u16, String) {
        let Some(below) = path.strip_prefix(&format!("/channels/{ID}")) else {
            return (404, "<html>not found</html>".into());
        };
        match below {
            ".json" if key == USER => (200, object().to_string()),
            _ if key != READ => (400, "-1".into()),
            ".json" => (400, "-1".into()),
            "/feeds.json" => (200, self.feed(param)),
            "/feeds/1.json" => {
                let entries = self.entries.lock().unwrap();
                match entries.iter().find(|entry| entry.id == 1) {
                    Some(entry) => (200, row(entry)),
                    None => (404, "-1".into()),
                }
            }
            _ => (404, "<html>not found</html>".into()),
        }
    }

    fn feed<'a>(&self, param: &dyn Fn(&str) -> Option<&'a str>) -> String {
        let entries = self.entries.lock().unwrap();
        let limit = param("results").map_or(100, |n| n.parse().unwrap()).min(PAGE);
        let ids = param("end_entry_id").filter(|_| self.manners.knows_ids);
        let picked: Vec<&Held> = match ids {
            Some(end) => {
                let end: u64 = end.parse().unwrap();
                let start: u64 = param("start_entry_id").map_or(1, |id| id.parse().unwrap());
                entries.iter().filter(|entry| (start..=end).contains(&entry.id)).collect()
            }
            None => {
                let end = param("end").map_or(i64::MAX, seconds);
                let start = param("start").map_or(i64::MIN, seconds);
                entries.iter().filter(|entry| (start..=end).contains(&entry.at)).collect()
            }
        };
        let rows: Vec<String> =
            picked[picked.len().saturating_sub(limit)..].iter().map(|entry| row(entry)).collect();
        let last = entries.iter().map(|entry| entry.id).max();
        let last = last.map_or("null".to_string(), |last| last.to_string());
        let metadata = if param("metadata") == Some("true") { r#","metadata":"m=1""# } else { "" };
        format!(
            r#"{{"channel":{{"id":{ID},"name":"Greenhouse","description":"North bench","latitude":"47.5","longitude":"8.25","field1":"Air temp","field2":"Humidity","created_at":"2023-03-04T09:10:11Z","updated_at":"2023-03-04T09:12:40Z","elevation":"431","last_entry_id":{last}{metadata}}},"feeds":[{}]}}"#,
            rows.join(",")
        )
    }
}

fn object() -> Value {
    json!({
        "id": ID, "name": "Greenhouse", "description": "North bench", "latitude": "47.5", "longitude": "8.25",
        "created_at": "2023-03-04T09:10:11Z", "elevation": "431", "last_entry_id": 9, "public_flag": false,
        "url": "https://example.org/bench", "ranking": 85, "metadata": "m=1", "license_id": 0, "github_url": null,
        "tags": [{"id": 3, "name": "bench"}, {"id": 4, "name": "north"}],
        "api_keys": [{"api_key": WRITE, "write_flag": true}, {"api_key": READ, "write_flag": false},
            {"api_key": "SECONDREADKEY000", "write_flag": false}],
    })
}

fn row(entry: &Held) -> String {
    let mut row = format!(r#"{{"created_at":"{}","entry_id":{}"#, time(entry.at), entry.id);
    for name in ["field1", "field2", "latitude", "longitude", "elevation", "status"] {
        let value = entry.values.iter().find(|(other, _)| *other == name).map(|(_, value)| value);
        let _ = write!(row, ",\"{name}\":{}", json!(value));
    }
    row.push('}');
    row
}

/// A time as the service writes it.
pub(crate) fn time(seconds: i64) -> String {
    fieldpost_wire::Timestamp::from_seconds(seconds).to_string()
}

fn seconds(text: &str) -> i64 {
    fieldpost_wire::Zone::Utc.parse(text).unwrap_or_else(|| panic!("{text}")).seconds()
}

/// Years of a station: several entries in many seconds, ids with holes, fields without a value, words, places.
pub(crate) fn station(count: u64) -> Vec<Held> {
    let ids = (1..).filter(|id| id % 97 != 13);
    ids.zip(0..count).map(|(id, n)| held(id, 1_600_000_000 + (n / 3) as i64 * 15)).collect()
}

/// An entry whose values follow from its id.
pub(crate) fn held(id: u64, at: i64) -> Held {
    // Some were noted by a board without a net, and sent hours later.
    let at = if id % 501 == 7 { at - 20_000 } else { at };
    let mut values = vec![("field1", format!("{}.{:02}", id % 40, id % 100))];
    if !id.is_multiple_of(5) {
        values.push((
            "field2",
            if id.is_multiple_of(7) { "nan".into() } else { (id % 101).to_string() },
        ));
    }
    if id.is_multiple_of(40) {
        values.extend([
            ("latitude", "47.5".to_string()),
            ("longitude", "8.25".into()),
            ("elevation", "431".into()),
        ]);
    }
    if id % 50 == 3 {
        values.push(("status", format!("say \"{id}\", Zürich, <b>\\")));
    }
    Held { id, at, values }
}
