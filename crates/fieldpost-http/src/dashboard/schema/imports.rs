//! Imports from other servers as they are asked for and shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A channel of another server that is asked about.
#[derive(Clone, Deserialize, ToSchema)]
pub struct ImportSource {
    /// The server's address; the cloud service if left out.
    #[serde(default)]
    #[schema(example = "https://api.thingspeak.com")]
    pub server: Option<String>,
    /// The channel there.
    pub remote_channel: u64,
    /// One of its read keys; none for a public channel.
    #[serde(default)]
    pub read_key: Option<String>,
    /// The user key of its owner there, which tells its settings and all of its keys. It is not kept.
    #[serde(default)]
    pub user_key: Option<String>,
    /// The server may be in a private network; only an administrator may say so.
    #[serde(default)]
    pub private: Option<bool>,
}

/// What another server says about a channel.
#[derive(Serialize, ToSchema)]
pub struct ImportFound {
    /// Its name.
    pub name: String,
    /// The labels of its fields, as many as it has.
    pub fields: Vec<String>,
    /// Whether anybody may read it without a key.
    pub public: bool,
    /// About how many entries it has: its highest id.
    pub entries: u64,
    /// The time of its first entry.
    #[schema(required)]
    pub first_at: Option<i64>,
    /// The time of its newest entry.
    #[schema(required)]
    pub last_at: Option<i64>,
    /// Whether its write key is known, so that a new channel can have it too.
    pub knows_write_key: bool,
    /// How many of its read keys are known.
    pub read_keys: usize,
}

/// An import to be begun; or, if there was one from that channel, to be gone on with.
#[derive(Deserialize, ToSchema)]
pub struct NewImport {
    /// Where entries come from.
    pub source: ImportSource,
    /// The new channel gets the number that it has there.
    #[serde(default)]
    pub same_id: bool,
    /// The new channel gets the keys that it has there, as far as they are known.
    #[serde(default)]
    pub same_keys: bool,
    /// Your channel that takes the entries, in place of a new one. If it is not empty they are numbered anew.
    #[serde(default)]
    pub into: Option<u64>,
}

/// What changes about an import.
#[derive(Deserialize, ToSchema)]
pub struct ImportChanges {
    /// Whether it goes on.
    pub running: bool,
}

/// What an import is doing.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// It goes on.
    Running,
    /// It goes on when somebody says so.
    Stopped,
    /// Everything is here.
    Done,
}

/// An import of another server's channel.
#[derive(Serialize, ToSchema)]
pub struct Import {
    /// The channel here.
    pub channel: u64,
    /// Its name.
    pub name: String,
    /// The address of the other server.
    pub server: String,
    /// The channel there.
    pub remote_channel: u64,
    /// What it is doing.
    pub state: ImportState,
    /// About how many entries there are to bring.
    pub total: u64,
    /// How many were stored.
    pub stored: u64,
    /// How many were here already.
    pub same: u64,
    /// How many were left where another entry has their id.
    pub differs: u64,
    /// How many seconds hold more entries than the service shows of one, so that some are missing.
    pub crowded: u64,
    /// Whether entries have the ids that they have there.
    pub keeps_ids: bool,
    /// What is wrong, in words; `null` if nothing is.
    #[schema(required)]
    pub says: Option<String>,
    /// When it is tried again, if it waits for that.
    #[schema(required)]
    pub next_at: Option<i64>,
    /// How many entries come in a second, once that is known.
    #[schema(required)]
    pub rate: Option<f64>,
    /// How long it may still take, in milliseconds.
    #[schema(required)]
    pub left_ms: Option<u64>,
}
