//! Relays as they are sent and shown.

use fieldpost_store::relays::Direction;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A channel's connection with a channel of another server.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Relay {
    /// Its number.
    pub id: u64,
    /// The channel here.
    pub channel: u64,
    /// `forward`: from here to there; `mirror`: from there to here.
    pub direction: Direction,
    /// The address of the other server.
    #[schema(example = "https://api.thingspeak.com")]
    pub server: String,
    /// The channel there.
    pub remote_channel: u64,
    /// The beginning of its key.
    #[schema(example = "V3••••")]
    pub key: String,
    /// Whether it runs.
    pub enabled: bool,
    /// The other server may be in a private network.
    pub private: bool,
    /// The last entry that is done: by its id here when forwarding, by its id there when mirroring.
    pub position: u64,
    /// How many entries are still to come; `null` if that is not known.
    #[schema(required)]
    pub behind: Option<u64>,
    /// When it last went well.
    #[schema(required)]
    pub last_ok_at: Option<i64>,
    /// What is wrong, in words; `null` if nothing is.
    #[schema(required)]
    pub says: Option<String>,
    /// When it is tried next; `null` if it waits for something new, or for a change.
    #[schema(required)]
    pub next_at: Option<i64>,
}

/// A relay to be made.
#[derive(Deserialize, ToSchema)]
pub struct NewRelay {
    /// Which way entries go.
    pub direction: Direction,
    /// The address of the other server.
    pub server: String,
    /// The channel there.
    pub remote_channel: u64,
    /// Its write key to forward, a read key to mirror; none for mirroring a public channel.
    #[serde(default)]
    pub key: Option<String>,
    /// Whether it runs; it does if left out.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// The other server may be in a private network; only an administrator may say so.
    #[serde(default)]
    pub private: Option<bool>,
    /// The last entry that is taken as done; 0 begins with the first. If left out, forwarding begins with the next entry and
    /// mirroring with the first.
    #[serde(default)]
    pub position: Option<u64>,
}

/// What changes about a relay. What is left out stays; any change has it tried again.
#[derive(Deserialize, ToSchema)]
pub struct RelayChanges {
    /// The address of the other server.
    #[serde(default)]
    pub server: Option<String>,
    /// The channel there.
    #[serde(default)]
    pub remote_channel: Option<u64>,
    /// Its key; the masked one means "as before".
    #[serde(default)]
    pub key: Option<String>,
    /// Whether it runs.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// The other server may be in a private network.
    #[serde(default)]
    pub private: Option<bool>,
    /// The last entry that is taken as done; 0 begins with the first.
    #[serde(default)]
    pub position: Option<u64>,
}
