//! Relays: a channel that goes on to a channel of another server, or comes from one. The words, and what a store does with them.
//!
//! Nothing here calls a server or reads a clock.

use fieldpost_wire::{ChannelId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::automations::Secret;
use crate::store::StoreError;

/// Keeps relays. They do not count for [`crate::Store::version`].
pub trait RelayStore {
    /// Makes a relay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel.
    fn create_relay(&self, new: NewRelay) -> Result<Relay, StoreError>;

    /// Lists a channel's relays, or all, by ascending id.
    ///
    /// # Errors
    /// If the store can't be read.
    fn relays(&self, channel: Option<ChannelId>) -> Result<Vec<Relay>, StoreError>;

    /// Changes a relay in one transaction. Only settings and progress change. `change` must not call the store.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the channel has no such relay.
    fn change_relay(
        &self,
        channel: ChannelId,
        id: u64,
        change: &mut dyn FnMut(&mut Relay),
    ) -> Result<Relay, StoreError>;

    /// Deletes a relay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the channel has no such relay.
    fn delete_relay(&self, channel: ChannelId, id: u64) -> Result<(), StoreError>;
}

/// A channel's connection with a channel of another server.
#[derive(Clone, Debug, PartialEq)]
pub struct Relay {
    /// Its number, from 1; never used again.
    pub id: u64,
    /// The channel here.
    pub channel: ChannelId,
    /// Which way entries go.
    pub direction: Direction,
    /// What it is set to.
    pub settings: RelaySettings,
    /// How far it is.
    pub progress: RelayProgress,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Which way entries go.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From here to there.
    Forward,
    /// From there to here.
    Mirror,
}

/// What a relay is set to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RelaySettings {
    /// The address of the other server, such as `https://api.thingspeak.com`.
    pub server: String,
    /// The channel there.
    pub remote_channel: u64,
    /// The key of that channel: its write key to forward, a read key to mirror; empty for a public channel.
    pub key: Secret,
    /// The other server may be in a private network.
    pub private: bool,
    /// Whether it runs.
    pub enabled: bool,
}

/// How far a relay is. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct RelayProgress {
    /// The last entry that is done: by its id here when forwarding, by its id there when mirroring.
    pub position: u64,
    /// How many entries are still to come, as far as is known.
    pub behind: Option<u64>,
    /// When it last went well.
    pub last_ok_at: Option<i64>,
    /// What is wrong, in words.
    pub says: Option<String>,
    /// When it is tried next.
    pub next_at: Option<i64>,
    /// How many times in a row it went wrong.
    pub failures: u32,
    /// It is not tried again until somebody changes it.
    pub stopped: bool,
    /// Forwarding: what the other server is found to take.
    pub tongue: Option<Tongue>,
    /// Forwarding: the time of the last entry, and the time under which it was sent, so that the next has another.
    pub sent: Option<(i64, i64)>,
    /// Mirroring: the time of the newest entry that is done.
    pub newest_at: Option<i64>,
    /// Mirroring: catching up with many entries.
    pub catch_up: Option<CatchUp>,
}

/// How another server is spoken to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tongue {
    /// As a Fieldpost.
    Fieldpost,
    /// As ThingSpeak.
    Thingspeak,
    /// As something like ThingSpeak that takes no bulk updates.
    Single,
}

/// Reads a long stretch of another server's channel, piece by piece by time.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct CatchUp {
    /// Everything before is done.
    pub from: i64,
    /// The newest id there when it began.
    pub target: u64,
    /// How many entries up to `target` and beyond the position came so far.
    pub seen: u64,
    /// How long the next piece is, in milliseconds.
    pub piece_ms: i64,
    /// It began with the first entry there is.
    pub whole: bool,
}

/// A relay to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRelay {
    /// The channel here.
    pub channel: ChannelId,
    /// Which way entries go.
    pub direction: Direction,
    /// What it is set to.
    pub settings: RelaySettings,
    /// Where it begins.
    pub progress: RelayProgress,
    /// When it is made.
    pub now: Timestamp,
}
