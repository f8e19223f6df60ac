//! Who listens to which channel.
//!
//! Committed entries come through here in commit order. Each listener has a bounded ring; one that
//! falls behind is told so and reads what it missed from the store by the last id it has seen. Nothing
//! here can slow a write down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use fieldpost_wire::{ChannelId, Entry};
use tokio::sync::broadcast;

/// How many entries a listener may be behind before it has to read them from the store.
const RING: usize = 64;

/// How many commits a listener to everything may be behind.
const RING_OF_ALL: usize = 512;

/// How many changes of what channels hold a listener may be behind. Who lags reads anew all the same.
const RING_OF_CHANGES: usize = 64;

/// The listeners of all channels.
pub struct Hub {
    rings: Mutex<HashMap<ChannelId, broadcast::Sender<Arc<Entry>>>>,
    all: broadcast::Sender<Arc<[Told]>>,
    changes: broadcast::Sender<Changed>,
}

/// Something else than that entries were added happened to what channels hold: entries were corrected, deleted or put in, or a
/// channel was cleared. Whoever shows them reads anew.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Changed {
    /// To this channel.
    Channel(ChannelId),
    /// Perhaps to any: another process works on the same store.
    Any,
}

/// What one submission became, as those hear it who listen to all channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The channel it went to.
    pub channel: ChannelId,
    /// Its entries, in order; at least one. Shared with whoever submitted them.
    pub entries: Arc<[Entry]>,
    /// How it came.
    pub way: Way,
}

/// How updates come to the writer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Way {
    /// Many at once, which counts as one event for automations and reaches no MQTT subscriber.
    pub bulk: bool,
    /// How many automations and relays led to it, one after the other; 0 for what a client sent.
    pub hops: u8,
}

impl Changed {
    /// True if a channel may be meant.
    pub fn concerns(self, channel: ChannelId) -> bool {
        self == Self::Any || self == Self::Channel(channel)
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            rings: Mutex::default(),
            all: broadcast::channel(RING_OF_ALL).0,
            changes: broadcast::channel(RING_OF_CHANGES).0,
        }
    }
}

impl Hub {
    /// Listens to a channel: every entry committed from now on comes through, in order, unless the
    /// receiver says that it lagged.
    pub fn listen(&self, channel: ChannelId) -> broadcast::Receiver<Arc<Entry>> {
        let mut rings = self.rings();
        // A good moment to forget channels that nobody listens to any more.
        rings.retain(|_, ring| ring.receiver_count() > 0);
        rings.entry(channel).or_insert_with(|| broadcast::channel(RING).0).subscribe()
    }

    /// Listens to all channels: what each commit stored, in order. Who falls behind more than the ring holds is told so.
    pub fn listen_to_all(&self) -> broadcast::Receiver<Arc<[Told]>> {
        self.all.subscribe()
    }

    /// Listens to changes of what channels hold.
    pub(crate) fn listen_to_changes(&self) -> broadcast::Receiver<Changed> {
        self.changes.subscribe()
    }

    /// Tells that what channels hold was changed, and is on disk.
    pub(crate) fn tell_change(&self, changed: Changed) {
        // An error means that nobody listens, which is fine.
        let _ = self.changes.send(changed);
    }

    /// Tells the listeners what a commit has stored.
    pub(crate) fn tell(&self, commit: Vec<Told>) {
        if commit.is_empty() {
            return;
        }
        let rings = self.rings();
        if !rings.is_empty() {
            for Told { channel, entries, .. } in &commit {
                let Some(ring) = rings.get(channel) else { continue };
                for entry in &**entries {
                    // An error means that nobody listens any more, which is fine.
                    let _ = ring.send(Arc::new(entry.clone()));
                }
            }
        }
        if self.all.receiver_count() > 0 {
            let _ = self.all.send(commit.into());
        }
    }

    fn rings(
        &self,
    ) -> std::sync::MutexGuard<'_, HashMap<ChannelId, broadcast::Sender<Arc<Entry>>>> {
        // The map is whole after every statement, so a panic elsewhere can't have left it half changed.
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
