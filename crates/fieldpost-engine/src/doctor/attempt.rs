//! One attempt of a client, as it is remembered and shown: every secret in it is masked already.

use std::net::IpAddr;

use fieldpost_wire::{ChannelId, EntryId, Timestamp};

/// The way on which a client came in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Door {
    /// Plain HTTP.
    Http,
    /// HTTP inside TLS.
    Https,
    /// TLS that did not come about, so that nobody knows what was to follow.
    Tls,
    /// MQTT.
    Mqtt,
}

impl Door {
    /// Its word in the interface.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Tls => "tls",
            Self::Mqtt => "mqtt",
        }
    }
}

/// What a client tried, and what came of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// Its number on this server; the same attempt made again keeps it.
    pub id: u64,
    /// When it was made, last.
    pub at: Timestamp,
    /// The way in.
    pub door: Door,
    /// Who made it.
    pub peer: IpAddr,
    /// The program that the client says it is.
    pub agent: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// The address with its query, keys masked.
    pub path: Option<String>,
    /// The first two characters of the key that came along.
    pub key: Option<String>,
    /// The channel that it concerns; its editors see it.
    pub channel: Option<ChannelId>,
    /// The user whose key it was; the user sees it.
    pub user: Option<u64>,
    /// `accepted`, the code of the refusal, or a word of the doctor's own.
    pub code: &'static str,
    /// The entry that it became.
    pub entry_id: Option<EntryId>,
    /// What happened, in words.
    pub says: String,
    /// What to do about it; `None` if there is nothing to do.
    pub fix: Option<String>,
    /// How often it was made.
    pub count: u64,
    /// The beginning of what came, keys masked.
    pub sent: Option<String>,
}

impl Attempt {
    /// True if this is the other made again: only times and values may differ.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.code == other.code
            && self.peer == other.peer
            && self.door == other.door
            && self.entry_id.is_some() == other.entry_id.is_some()
            && self.method == other.method
            && self.key == other.key
            && self.agent == other.agent
            && bare(self.path.as_deref()) == bare(other.path.as_deref())
            && match self.code {
                // The advice holds the channel's interval, which may not be known each time.
                "too_soon" => true,
                "accepted" => self.says == other.says,
                _ => self.fix == other.fix,
            }
    }

    /// True if all went well and there is nothing to say.
    pub(crate) const fn is_fine(&self) -> bool {
        self.fix.is_none()
    }
}

/// An address without its query.
fn bare(path: Option<&str>) -> Option<&str> {
    path.and_then(|path| path.split('?').next())
}
