//! Reading: a channel's newest entries, its last one, the last value of a field.

use crate::entry::Entry;
use crate::error::Error;
use crate::http::{Client, Reply, Request, encode};
use fieldpost_wire::{ApiKey, ChannelId, EntryId, FieldNo, Timestamp};
use serde_json::Value;
use std::fmt::Write as _;
use std::time::Duration;

/// A channel that is about to be read. Each method that narrows the question gives a new one.
///
/// ```no_run
/// # async fn example(client: fieldpost_client::Client) -> Result<(), fieldpost_client::Error> {
/// let greenhouse = client.channel("4711".parse()?).key("R9M5C3JH60VYD2EA".parse()?);
/// let newest = greenhouse.last_of(1).await?;
/// let hundred = greenhouse.results(100).feed().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Channel<'a> {
    client: &'a Client,
    id: ChannelId,
    key: Option<ApiKey>,
    results: Option<u32>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl<'a> Channel<'a> {
    pub(crate) const fn new(client: &'a Client, id: ChannelId) -> Self {
        Self { client, id, key: None, results: None, start: None, end: None }
    }

    /// Reads with this key, as a private channel requires.
    #[must_use]
    pub const fn key(mut self, key: ApiKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Reads the newest so many entries only.
    #[must_use]
    pub const fn results(mut self, results: u32) -> Self {
        self.results = Some(results);
        self
    }

    /// Reads entries made at this instant or later.
    #[must_use]
    pub const fn start(mut self, start: Timestamp) -> Self {
        self.start = Some(start);
        self
    }

    /// Reads entries made at this instant or earlier.
    #[must_use]
    pub const fn end(mut self, end: Timestamp) -> Self {
        self.end = Some(end);
        self
    }

    /// The entries, oldest first. Without a bound the server chooses how many: the newest 100.
    pub async fn feed(self) -> Result<Vec<Entry>, Error> {
        let reply = self.get("feeds.json", &[], None).await?;
        entries(&reply).ok_or_else(|| Error::Unexpected(reply.beginning()))
    }

    /// The entries with one field only, oldest first.
    pub async fn field(self, number: u8) -> Result<Vec<Entry>, Error> {
        let field = field(number)?;
        let reply = self.get(&format!("fields/{field}.json"), &[], None).await?;
        entries(&reply).ok_or_else(|| Error::Unexpected(reply.beginning()))
    }

    /// The newest entry; `None` if there is none.
    pub async fn last(self) -> Result<Option<Entry>, Error> {
        entry(&self.get("feeds/last.json", &[], None).await?)
    }

    /// The newest entry in which a field has a value; `None` if there is none.
    pub async fn last_of(self, number: u8) -> Result<Option<Entry>, Error> {
        let field = field(number)?;
        entry(&self.get(&format!("fields/{field}/last.json"), &[], None).await?)
    }

    /// Waits for an entry newer than the one given, in which a field has a value: answered as soon as
    /// there is one, or with `None` when nothing came within the wait. Fieldpost answers this at
    /// once when there is news; ThingSpeak does not know the question and answers with what it has.
    pub async fn wait_for(
        self,
        number: u8,
        after: EntryId,
        wait: Duration,
    ) -> Result<Option<Entry>, Error> {
        let field = field(number)?;
        let (id, seconds) = (after.to_string(), wait.as_secs().to_string());
        let more = [("after", id.as_str()), ("wait", seconds.as_str())];
        let patience = wait.saturating_add(Client::CONNECT_TIMEOUT + Duration::from_secs(10));
        let reply = self.get(&format!("fields/{field}/last.json"), &more, Some(patience)).await?;
        Ok(entry(&reply)?.filter(|entry| entry.id > after))
    }

    async fn get(
        &self,
        what: &str,
        more: &[(&str, &str)],
        timeout: Option<Duration>,
    ) -> Result<Reply, Error> {
        let path = self.path(what, more);
        self.client.send(Request { timeout, ..Request::get(&path) }).await?.accepted()
    }

    fn path(&self, what: &str, more: &[(&str, &str)]) -> String {
        let mut path = format!("/channels/{}/{what}", self.id);
        let key = self.key.as_ref().map(|key| key.reveal().to_owned());
        let own = [
            ("api_key", key),
            ("results", self.results.map(|results| results.to_string())),
            ("start", self.start.map(|start| start.to_string())),
            ("end", self.end.map(|end| end.to_string())),
        ];
        let own = own.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        for (n, (name, value)) in own.chain(more.iter().copied()).enumerate() {
            // Writing to a string cannot fail.
            let _ = write!(path, "{}{name}=", if n == 0 { '?' } else { '&' });
            encode(&mut path, value);
        }
        path
    }
}

fn field(number: u8) -> Result<FieldNo, Error> {
    FieldNo::new(number).ok_or(Error::Input("a field is a number from 1 to 8"))
}

fn entries(reply: &Reply) -> Option<Vec<Entry>> {
    let json: Value = serde_json::from_slice(&reply.body).ok()?;
    json.get("feeds")?.as_array()?.iter().map(Entry::from_json).collect()
}

fn entry(reply: &Reply) -> Result<Option<Entry>, Error> {
    let unexpected = || Error::Unexpected(reply.beginning());
    let json: Value = serde_json::from_slice(&reply.body).map_err(|_| unexpected())?;
    match &json {
        Value::Object(_) => Entry::from_json(&json).map(Some).ok_or_else(unexpected),
        Value::Null => Ok(None),
        Value::String(none) if none == "-1" => Ok(None),
        Value::Number(none) if none.as_i64() == Some(-1) => Ok(None),
        _ => Err(unexpected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_says_only_what_was_asked() {
        let client = Client::new("http://host").unwrap();
        let channel = client.channel("7".parse().unwrap());
        assert_eq!(channel.path("feeds.json", &[]), "/channels/7/feeds.json");
        let narrow = channel
            .key("R9M5C3JH60VYD2EA".parse().unwrap())
            .results(2)
            .start(Timestamp::from_seconds(0));
        assert_eq!(
            narrow.path("feeds.json", &[("after", "5")]),
            "/channels/7/feeds.json?api_key=R9M5C3JH60VYD2EA&results=2&start=1970-01-01T00%3A00%3A00Z&after=5"
        );
    }

    #[test]
    fn no_entry_is_not_an_error_but_nonsense_is() {
        let reply =
            |body: &'static str| Reply { status: 200, date: None, body: body.as_bytes().into() };
        for none in ["-1", "\"-1\"", "null"] {
            assert!(matches!(entry(&reply(none)), Ok(None)), "{none}");
        }
        for bad in ["", "<html>", "{}", "7", "[]"] {
            assert!(matches!(entry(&reply(bad)), Err(Error::Unexpected(_))), "{bad}");
        }
        assert!(entries(&reply(r#"{"channel":{},"feeds":[]}"#)).unwrap().is_empty());
        assert!(entries(&reply(r#"{"feeds":[{"x":1}]}"#)).is_none());
    }
}
