//! A made-up cloud service with one channel: it keeps the rules of the real one (one bulk update in 15 seconds, 960 entries, each second
//! once, the newest 8,000 of a feed), and goes wrong on purpose: answers that get lost, errors, a dead network.

use std::collections::HashMap;
use std::sync::Mutex;

use fieldpost_engine::outside::{HttpAnswer, HttpCall, Mail, Outside, Soon, Trouble};
use fieldpost_wire::{Timestamp, Zone};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

/// The key of its channel 9, for reading and writing.
pub(crate) const KEY: &str = "RELAYKEY00000009";

pub(crate) struct Cloud(Mutex<Inner>);

struct Inner {
    entries: Vec<(i64, String)>,
    bulk: bool,
    seed: Option<u64>,
    cut: bool,
    calls: Vec<Instant>,
    last_write: Option<Instant>,
    largest: usize,
    faults: usize,
}

impl Cloud {
    /// One that goes wrong now and then.
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(Inner {
            entries: Vec::new(),
            bulk: true,
            seed: Some(seed),
            cut: false,
            calls: Vec::new(),
            last_write: None,
            largest: 0,
            faults: 0,
        }))
    }

    /// One that goes wrong and takes no bulk updates.
    pub(crate) fn old(seed: u64) -> Self {
        let cloud = Self::new(seed);
        cloud.0.lock().unwrap().bulk = false;
        cloud
    }

    /// One that never goes wrong by itself.
    pub(crate) fn steady() -> Self {
        let cloud = Self::new(0);
        cloud.0.lock().unwrap().seed = None;
        cloud
    }

    /// Somebody else stores an entry.
    pub(crate) fn put(&self, seconds: i64, value: &str) {
        self.0.lock().unwrap().entries.push((seconds, value.into()));
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().entries.clear();
    }

    /// Cuts the network, or mends it.
    pub(crate) fn cut(&self, cut: bool) {
        self.0.lock().unwrap().cut = cut;
    }

    /// The times and values of its entries, in the order in which they came.
    pub(crate) fn kept(&self) -> (Vec<i64>, Vec<String>) {
        self.0.lock().unwrap().entries.iter().cloned().unzip()
    }

    pub(crate) fn faults(&self) -> usize {
        self.0.lock().unwrap().faults
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.lock().unwrap().calls.len()
    }

    pub(crate) fn largest(&self) -> usize {
        self.0.lock().unwrap().largest
    }

    /// The least time between two calls, in milliseconds.
    pub(crate) fn shortest_gap(&self) -> u128 {
        let calls = &self.0.lock().unwrap().calls;
        calls.windows(2).map(|two| (two[1] - two[0]).as_millis()).min().unwrap()
    }
}

impl Inner {
    fn chance(&mut self) -> u64 {
        let Some(seed) = &mut self.seed else { return u64::MAX };
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed % 100
    }

    fn answer(&mut self, call: &HttpCall) -> (u16, Value) {
        let (path, query) = call.url.split_once('?').unwrap_or((&call.url, ""));
        let path = path.trim_start_matches("https://api.thingspeak.com");
        let query: HashMap<&str, &str> =
            query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        match (call.method.as_str(), path) {
            ("POST", "/channels/9/bulk_update.json") if self.bulk => self.take_bulk(&body),
            ("POST", "/update.json") => self.take_one(&body),
            ("POST", _) => (404, json!({"status": "404"})),
            ("GET", "/channels/9/feeds.json" | "/channels/9/feeds/1.json") => {
                if !call.headers.iter().any(|(_, value)| value == KEY) {
                    return (400, json!("-1"));
                }
                if path.ends_with("feeds/1.json") {
                    let first = self.entries.first();
                    return first.map_or((400, json!("-1")), |(at, v)| (200, shown(0, *at, v)));
                }
                (200, self.feed(&query))
            }
            _ => (404, json!("-1")),
        }
    }

    fn feed(&self, query: &HashMap<&str, &str>) -> Value {
        let time = |name| query.get(name).and_then(|text| Zone::Utc.parse(text));
        let (from, until) = (time("start"), time("end"));
        let results = query.get("results").map_or(100, |n| n.parse().unwrap()).min(8_000);
        let mut found: Vec<(usize, i64, &String)> = Vec::new();
        for (n, (at, value)) in self.entries.iter().enumerate() {
            if from.is_none_or(|from| from.seconds() <= *at)
                && until.is_none_or(|until| *at <= until.seconds())
            {
                found.push((n, *at, value));
            }
        }
        found.sort_by_key(|(n, at, _)| (*at, *n));
        let feeds: Vec<Value> = found[found.len().saturating_sub(results)..]
            .iter()
            .map(|(n, at, value)| shown(*n, *at, value))
            .collect();
        let last = Some(self.entries.len()).filter(|count| *count > 0);
        let made = Timestamp::from_seconds(super::BEGIN - 100 * 86_400).to_string();
        json!({"channel": {"id": 9, "created_at": made, "last_entry_id": last}, "feeds": feeds})
    }

    fn take_bulk(&mut self, body: &Value) -> (u16, Value) {
        if body["write_api_key"] != KEY {
            return (401, json!({"status": "401"}));
        }
        let updates = body["updates"].as_array().unwrap();
        self.largest = self.largest.max(updates.len());
        if updates.len() > 960 {
            return (413, Value::Null);
        }
        if self.last_write.is_some_and(|at| at.elapsed() < Duration::from_secs(15)) {
            return (429, Value::Null);
        }
        self.last_write = Some(Instant::now());
        for update in updates {
            let (at, value) = read(update);
            // Each second once; what is sent again is passed over.
            if !self.entries.iter().rev().any(|(known, _)| *known == at) {
                self.entries.push((at, value));
            }
        }
        (202, json!({"success": true}))
    }

    fn take_one(&mut self, body: &Value) -> (u16, Value) {
        if body["api_key"] != KEY {
            return (400, json!("0"));
        }
        if self.last_write.is_some_and(|at| at.elapsed() < Duration::from_secs(15)) {
            return (200, json!(0));
        }
        self.last_write = Some(Instant::now());
        // An old server does not mind a time that it has.
        self.entries.push(read(body));
        (200, json!({"channel_id": 9, "entry_id": self.entries.len()}))
    }
}

fn read(update: &Value) -> (i64, String) {
    let at = Zone::Utc.parse(update["created_at"].as_str().unwrap()).unwrap();
    assert_eq!(at.millis() % 1_000, 0, "the service knows whole seconds");
    (at.seconds(), update["field1"].as_str().unwrap().into())
}

fn shown(n: usize, at: i64, value: &str) -> Value {
    let at = Timestamp::from_seconds(at).to_string();
    json!({"created_at": at, "entry_id": n + 1, "field1": value, "latitude": null, "status": null})
}

impl Outside for Cloud {
    fn http(&self, call: HttpCall) -> Soon<'_, Result<HttpAnswer, Trouble>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(150)).await;
            let mut inner = self.0.lock().unwrap();
            if inner.cut {
                return Err(Trouble::passing("there is no network"));
            }
            inner.calls.push(Instant::now());
            let fate = inner.chance();
            if fate < 8 {
                inner.faults += 1;
                return Err(Trouble::passing("it broke on the way there"));
            }
            let (status, body) = inner.answer(&call);
            if fate < 20 {
                inner.faults += 1;
                return Err(Trouble::passing("the answer was lost"));
            }
            if fate < 25 {
                inner.faults += 1;
                return Ok(HttpAnswer { status: 502, headers: Vec::new(), body: b"oh".to_vec() });
            }
            let body = body.to_string().into_bytes();
            Ok(HttpAnswer { status, headers: Vec::new(), body })
        })
    }

    fn mail(&self, _: Mail) -> Soon<'_, Result<(), Trouble>> {
        unreachable!("relays send no e-mail")
    }

    fn publish(&self, _: u64, _: String, _: Vec<u8>, _: bool) -> Soon<'_, Result<(), Trouble>> {
        unreachable!("relays publish nothing")
    }

    fn can_mail(&self) -> bool {
        false
    }
}
