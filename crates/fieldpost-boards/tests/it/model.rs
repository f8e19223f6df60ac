//! A server small enough to be obviously right: the few routes that boards use, on plain vectors.
//!
//! It is a model of the wire's contract, not the server. It opens nothing and reads no clock.

use fieldpost_wire::{ApiKey, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) created_at: Timestamp,
    pub(crate) fields: [Option<String>; 8],
}

#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) id: u64,
    pub(crate) key: ApiKey,
    pub(crate) entries: Vec<Entry>,
    /// When the last write was accepted.
    written: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(crate) struct Model {
    channels: BTreeMap<u64, Channel>,
    keys: BTreeMap<ApiKey, u64>,
    /// The least time between two writes to a channel, in milliseconds.
    limit_ms: i64,
}

impl Model {
    pub(crate) fn with(channels: &[(u64, &str)]) -> Self {
        let mut model = Self::default();
        for (id, key) in channels {
            model.add(*id, key.parse().unwrap());
        }
        model
    }

    pub(crate) fn with_limit(limit_ms: i64) -> Self {
        Self { limit_ms, ..Self::default() }
    }

    pub(crate) fn add(&mut self, id: u64, key: ApiKey) {
        self.keys.insert(key, id);
        self.channels.insert(id, Channel { id, key, entries: Vec::new(), written: None });
    }

    pub(crate) fn entries(&self, channel: u64) -> &[Entry] {
        &self.channels[&channel].entries
    }

    /// Answers a request: status and body.
    pub(crate) fn answer(&mut self, now: Timestamp, path: &str, body: &str) -> (u16, String) {
        let (route, query) = path.split_once('?').unwrap_or((path, ""));
        let parameter = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        let parts: Vec<&str> = route.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            ["update"] => self.update(now, parameter("api_key").unwrap_or(""), body),
            ["channels", id, "bulk_update.json"] => self.bulk(now, id, body),
            ["channels", id, "feeds.json"] => self.feeds(id, None),
            ["channels", id, "fields", field] => self.feeds(id, field.strip_suffix(".json")),
            ["channels", id, "fields", field, "last.json"] => {
                let after = parameter("after").and_then(|after| after.parse().ok()).unwrap_or(0);
                self.last(id, field, after)
            }
            _ => (404, r#"{"status":"404","error":"Not Found"}"#.into()),
        }
    }

    fn update(&mut self, now: Timestamp, key: &str, body: &str) -> (u16, String) {
        let id = key.parse().ok().and_then(|key: ApiKey| self.keys.get(&key));
        let Some(channel) = id.and_then(|id| self.channels.get_mut(id)) else {
            return (400, "0".into());
        };
        if channel.is_too_soon(now, self.limit_ms) {
            return (200, "0".into());
        }
        let update: Value = serde_json::from_str(body).unwrap();
        let id = channel.store(now, &update);
        if id.is_some() {
            channel.written = Some(now);
        }
        (200, id.unwrap_or(0).to_string())
    }

    fn bulk(&mut self, now: Timestamp, id: &str, body: &str) -> (u16, String) {
        let body: Value = serde_json::from_str(body).unwrap();
        let channel = id.parse().ok().and_then(|id: u64| self.channels.get_mut(&id)).unwrap();
        if body["write_api_key"] != channel.key.reveal() {
            return (401, r#"{"status":"401"}"#.into());
        }
        if channel.is_too_soon(now, self.limit_ms) {
            return (429, r#"{"status":"429"}"#.into());
        }
        channel.written = Some(now);
        let updates = body["updates"].as_array().unwrap();
        assert!(!updates.is_empty() && updates.len() <= 960);
        let total: u64 = updates.iter().filter_map(|update| update["delta_t"].as_u64()).sum();
        let mut elapsed = 0;
        for (n, update) in updates.iter().enumerate() {
            elapsed += update["delta_t"].as_u64().unwrap_or(0);
            assert!(n == 0 || update["delta_t"] != 0, "a distance of 0: {body}");
            let before = i64::try_from(total - elapsed).unwrap() * 1000;
            // An entry of that time is there already: the update is the same one, sent again.
            channel.store(now.plus_millis(-before), update);
        }
        (202, r#"{"success":true}"#.into())
    }

    fn feeds(&self, id: &str, field: Option<&str>) -> (u16, String) {
        let Some(channel) = id.parse().ok().and_then(|id: u64| self.channels.get(&id)) else {
            return (404, "-1".into());
        };
        let newest = channel.entries.last().map(|entry| entry.json(field)).unwrap_or_default();
        let head = format!(r#"{{"id":{},"name":"a \"model\"","field1":"one"}}"#, channel.id);
        (200, format!(r#"{{"channel":{head},"feeds":[{newest}]}}"#))
    }

    fn last(&self, id: &str, field: &str, after: u64) -> (u16, String) {
        let at: usize = field.parse().unwrap();
        let channel = &self.channels[&id.parse().unwrap()];
        let newest = channel.entries.iter().rev().find(|entry| entry.fields[at - 1].is_some());
        let newest = newest.filter(|entry| entry.id > after);
        (200, newest.map_or_else(|| "\"-1\"".to_owned(), |entry| entry.json(Some(field))))
    }
}

impl Channel {
    fn is_too_soon(&self, now: Timestamp, limit_ms: i64) -> bool {
        self.written.is_some_and(|last| now.millis() - last.millis() < limit_ms)
    }

    /// Stores an update, unless there is an entry of the time that it gives itself.
    fn store(&mut self, now: Timestamp, update: &Value) -> Option<u64> {
        let given = update["created_at"]
            .as_str()
            .map(|text| fieldpost_wire::small::utc(text).expect("boards date in UTC"));
        if given.is_some_and(|at| self.entries.iter().rev().any(|entry| entry.created_at == at)) {
            return None;
        }
        let id = self.entries.last().map_or(0, |entry| entry.id) + 1;
        let fields = std::array::from_fn(|n| match &update[format!("field{}", n + 1)] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        });
        self.entries.push(Entry { id, created_at: given.unwrap_or(now), fields });
        Some(id)
    }
}

impl Entry {
    /// The entry with one field, or with two. What boards send needs no escaping.
    fn json(&self, only: Option<&str>) -> String {
        let mut json = format!(r#"{{"created_at":"{}","entry_id":{}"#, self.created_at, self.id);
        for (n, text) in self.fields.iter().enumerate().take(2) {
            if only.is_none_or(|only| only.parse() == Ok(n + 1)) {
                let value = text.as_ref().map_or("null".to_owned(), |text| format!("\"{text}\""));
                json.push_str(&format!(r#","field{}":{value}"#, n + 1));
            }
        }
        json + "}"
    }
}
