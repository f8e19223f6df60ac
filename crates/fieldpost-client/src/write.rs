//! Writing: one update, or many at once.

use crate::error::Error;
use crate::http::{Client, Request};
use fieldpost_wire::{ApiKey, ChannelId, EntryId, FieldNo, Timestamp};
use serde_json::{Map, Value, json};
use std::fmt::Display;

/// An update that is about to be sent.
///
/// ```no_run
/// # async fn example(client: fieldpost_client::Client) -> Result<(), fieldpost_client::Error> {
/// let key = "W4K2QZ81TTP0XN7B".parse()?;
/// let id = client.update(&key).field(1, 21.5).field(2, "55").status("window open").send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an update is sent by `send`"]
pub struct Update<'a> {
    client: &'a Client,
    key: &'a ApiKey,
    members: Members,
}

/// Many updates that are about to be sent together, each with its own time.
///
/// ```no_run
/// # async fn example(client: fieldpost_client::Client) -> Result<(), fieldpost_client::Error> {
/// use fieldpost_client::Timestamp;
///
/// let key = "W4K2QZ81TTP0XN7B".parse()?;
/// let noon = Timestamp::from_seconds(1_795_608_000);
/// client
///     .bulk("4711".parse()?, &key)
///     .at(noon).field(1, 21.5)
///     .at(noon.plus_millis(60_000)).field(1, 21.6)
///     .send()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "updates are sent by `send`"]
pub struct Bulk<'a> {
    client: &'a Client,
    channel: ChannelId,
    key: &'a ApiKey,
    updates: Vec<Members>,
}

impl<'a> Update<'a> {
    pub(crate) fn new(client: &'a Client, key: &'a ApiKey) -> Self {
        Self { client, key, members: Members::default() }
    }

    /// Gives a field, 1 to 8, a value.
    pub fn field(mut self, number: u8, value: impl Display) -> Self {
        self.members.field(number, &value);
        self
    }

    /// Says how things are, in a few words.
    pub fn status(mut self, status: impl Display) -> Self {
        self.members.text("status", &status);
        self
    }

    /// Says where it was made: degrees north and east, metres above the sea.
    pub fn place(mut self, latitude: f64, longitude: f64, elevation: f64) -> Self {
        self.members.text("latitude", &latitude);
        self.members.text("longitude", &longitude);
        self.members.text("elevation", &elevation);
        self
    }

    /// Says when it was made, if not now.
    pub fn created_at(mut self, instant: Timestamp) -> Self {
        self.members.text("created_at", &instant);
        self
    }

    /// Sends it; gives the number of the entry it became.
    pub async fn send(self) -> Result<EntryId, Error> {
        let path = format!("/update?api_key={}", self.key.reveal());
        let body = Value::Object(self.members.finish()?).to_string();
        let reply = self.client.send(Request::post_json(&path, body.as_bytes())).await?;
        let reply = reply.accepted()?;
        match reply.text().trim().parse() {
            Ok(id) if id == EntryId::new(0) => Err(Error::NotStored),
            Ok(id) => Ok(id),
            Err(_) => Err(Error::Unexpected(reply.beginning())),
        }
    }
}

impl<'a> Bulk<'a> {
    pub(crate) const fn new(client: &'a Client, channel: ChannelId, key: &'a ApiKey) -> Self {
        Self { client, channel, key, updates: Vec::new() }
    }

    /// Begins the next update, made at this instant.
    pub fn at(mut self, instant: Timestamp) -> Self {
        let mut members = Members::default();
        members.text("created_at", &instant);
        self.updates.push(members);
        self
    }

    /// Gives a field, 1 to 8, of the update begun last a value.
    pub fn field(self, number: u8, value: impl Display) -> Self {
        self.last(|members| members.field(number, &value))
    }

    /// Says how things were, in a few words.
    pub fn status(self, status: impl Display) -> Self {
        self.last(|members| members.text("status", &status))
    }

    /// Sends all of them; they are stored together or not at all.
    pub async fn send(self) -> Result<(), Error> {
        let updates: Result<Vec<_>, Error> =
            self.updates.into_iter().map(Members::finish).collect();
        let body = json!({"write_api_key": self.key.reveal(), "updates": updates?}).to_string();
        let path = format!("/channels/{}/bulk_update.json", self.channel);
        let reply = self.client.send(Request::post_json(&path, body.as_bytes())).await?;
        reply.accepted().map(drop)
    }

    fn last(mut self, change: impl FnOnce(&mut Members)) -> Self {
        if self.updates.is_empty() {
            self.updates.push(Members {
                problem: Some("an update begins with `at`"),
                ..Default::default()
            });
        }
        if let Some(members) = self.updates.last_mut() {
            change(members);
        }
        self
    }
}

/// What an update says, and the first thing that is wrong with it.
#[derive(Clone, Debug, Default)]
struct Members {
    members: Map<String, Value>,
    problem: Option<&'static str>,
}

impl Members {
    fn field(&mut self, number: u8, value: &dyn Display) {
        match FieldNo::new(number) {
            Some(field) => self.text(field.name(), value),
            None => self.problem = self.problem.or(Some("a field is a number from 1 to 8")),
        }
    }

    fn text(&mut self, name: &str, value: &dyn Display) {
        self.members.insert(name.to_owned(), Value::String(value.to_string()));
    }

    fn finish(self) -> Result<Map<String, Value>, Error> {
        self.problem.map_or(Ok(self.members), |problem| Err(Error::Input(problem)))
    }
}
