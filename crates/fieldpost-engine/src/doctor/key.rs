//! Whose key it is that a client sent: first by its looks, then by asking the store, which only failures do.

use std::sync::Arc;

use fieldpost_wire::params::clean_utf8;
use fieldpost_wire::{ApiKey, Channel, ChannelId};

use super::attempt::Door;
use super::facts::{Facts, Purpose};
use crate::engine::Engine;

/// What is known about the key and the channel of an attempt.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Found {
    pub(crate) shape: Shape,
    pub(crate) holder: Holder,
    pub(crate) named: Named,
    /// The user whose MQTT device it is, or says that it is.
    pub(crate) device: Option<u64>,
}

/// How a key looks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Shape {
    /// There is none.
    #[default]
    Absent,
    /// As a key looks.
    Fine,
    /// It is the example's word for a key.
    Placeholder,
    /// It stands in quotes or brackets.
    Quoted,
    /// There is a blank in it.
    Blank,
    /// Its letters are small ones.
    LowerCase,
    /// It has so many characters.
    Length(usize),
    /// It holds a character that no key has.
    Strange,
}

/// Who holds a key, once what is wrong with its looks is put right.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Holder {
    /// Nobody asked.
    #[default]
    Unchecked,
    /// Nobody.
    Nobody,
    /// It is the write key of a channel.
    Writes(Held),
    /// It is a read key of a channel.
    Reads(Held),
    /// It is the key of a TalkBack of this user.
    TalkBack { id: u64, user: u64 },
    /// It is the user key of this user.
    User(u64),
}

/// The channel that an address names.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Named {
    /// None, or nobody asked.
    #[default]
    Unchecked,
    /// One that there is none of.
    Missing,
    /// This one.
    Channel(Held),
    /// None, but a TalkBack.
    TalkBack { owner: u64, channel: Option<ChannelId> },
}

/// A channel, as far as it matters here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Held {
    pub(crate) channel: ChannelId,
    pub(crate) owner: u64,
    pub(crate) interval_ms: Option<u64>,
}

impl Found {
    /// The channel whose editors an attempt concerns. Who knows a key has shown to belong to its channel; an
    /// address alone may be anybody's guess.
    pub(crate) fn concerns(&self) -> Option<ChannelId> {
        let named = if let Named::Channel(named) = self.named { Some(named) } else { None };
        let held = match self.holder {
            Holder::Writes(held) | Holder::Reads(held) => Some(held),
            _ => None,
        };
        match (held, named) {
            (Some(held), Some(named)) if held.owner == named.owner => Some(named.channel),
            (Some(held), _) => Some(held.channel),
            (None, Some(named)) => Some(named.channel),
            (None, None) => match self.named {
                Named::TalkBack { channel, .. } => channel,
                _ => None,
            },
        }
    }

    pub(crate) fn user(&self) -> Option<u64> {
        match (self.holder, self.named) {
            (Holder::User(user) | Holder::TalkBack { user, .. }, _) => Some(user),
            (_, Named::TalkBack { owner, .. }) => Some(owner),
            _ => self.device,
        }
    }
}

/// How a key looks.
pub(crate) fn shape(key: Option<&str>) -> Shape {
    let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) else { return Shape::Absent };
    let valid = key.parse::<ApiKey>().is_ok();
    let same = key.bytes().all(|byte| byte == key.as_bytes()[0]);
    if valid && !same {
        return Shape::Fine;
    }
    let upper = key.to_ascii_uppercase();
    let sample = ["YOUR", "KEY", "INSERT", "REPLACE", "XXXX", "PASTE", "CHANGE", "SECRET"];
    if (same && key.len() > 2) || sample.iter().any(|word| upper.contains(word)) {
        return Shape::Placeholder;
    }
    if key.contains(char::is_whitespace) {
        return Shape::Blank;
    }
    if key.contains(['"', '\'', '<', '>', '{', '}', '(', ')', '[', ']', '`', '“', '”']) {
        return Shape::Quoted;
    }
    if key.chars().any(|c| !c.is_ascii_alphanumeric()) {
        return Shape::Strange;
    }
    match key.len() {
        ApiKey::LEN => Shape::LowerCase,
        other => Shape::Length(other),
    }
}

/// The key that was meant, if one can be made of it.
fn meant(key: &str) -> Option<ApiKey> {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    plain.to_ascii_uppercase().parse().ok()
}

/// The key in bytes that could not be read as a request or body: what stands behind a name that ends in `key`.
pub(super) fn rough(bytes: &[u8]) -> Option<String> {
    let text = clean_utf8(bytes);
    let lower = text.to_ascii_lowercase();
    lower.match_indices("key").find_map(|(at, word)| {
        let behind = &text[at + word.len()..];
        let value = behind.trim_start_matches(['"', '\'', ':', '=', ' ']);
        let end = value.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(value.len());
        (value.len() < behind.len() && end == ApiKey::LEN).then(|| value[..end].to_string())
    })
}

impl Engine {
    /// Finds out whose key it is and whether the channel exists.
    pub(super) async fn identify(&self, facts: &Facts) -> Found {
        let mut found = Found { shape: shape(facts.key.as_deref()), ..Found::default() };
        if let Some(id) = facts.channel {
            found.named = match self.channel(id).await {
                Ok(channel) => Named::Channel(held(&channel)),
                Err(crate::Refusal::NoChannel) => Named::Missing,
                Err(_) => Named::Unchecked,
            };
        }
        if facts.purpose == Purpose::TalkBack {
            let path = facts.path.as_deref().unwrap_or_default();
            let mut words = path.split('/').filter(|word| !word.is_empty());
            if let Some(id) = words.nth(1).and_then(|id| id.parse().ok())
                && let Ok(Some(talkback)) = self.on_store(move |store| store.talkback(id)).await
            {
                let (owner, channel) = (talkback.user, talkback.channel);
                found.named = Named::TalkBack { owner, channel };
            }
        }
        if let (Door::Mqtt, Some(client_id)) = (facts.door, &facts.agent) {
            let device = self.directory().device(client_id.clone()).await;
            found.device = device.ok().flatten().map(|device| device.user);
        }
        let key = facts.key.as_deref().and_then(meant);
        found.holder = match key {
            Some(key) => self.holder(key).await.unwrap_or_default(),
            None => Holder::Nobody,
        };
        found
    }

    async fn holder(&self, key: ApiKey) -> Result<Holder, crate::Refusal> {
        let directory = self.directory();
        if let Some(channel) = directory.by_write_key(key, self.now()).await? {
            return Ok(Holder::Writes(held(&channel)));
        }
        if let Some(channel) = self.on_store(move |store| store.channel_of_read_key(&key)).await? {
            return Ok(Holder::Reads(held(&Arc::new(channel))));
        }
        if let Some(talkback) = self.on_store(move |store| store.talkback_of_key(&key)).await? {
            return Ok(Holder::TalkBack { id: talkback.id, user: talkback.user });
        }
        let user = directory.user(key).await?;
        Ok(user.map_or(Holder::Nobody, |user| Holder::User(user.id)))
    }
}

fn held(channel: &Arc<Channel>) -> Held {
    Held { channel: channel.id, owner: channel.owner, interval_ms: channel.about.interval_ms }
}
