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

/// The listeners of all channels.
#[derive(Default)]
pub struct Hub {
    rings: Mutex<HashMap<ChannelId, broadcast::Sender<Arc<Entry>>>>,
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

    /// Tells the listeners of a channel about entries that are on disk.
    pub(crate) fn tell(&self, channel: ChannelId, entries: &[Entry]) {
        let rings = self.rings();
        if let Some(ring) = rings.get(&channel) {
            for entry in entries {
                // An error means that nobody listens any more, which is fine.
                let _ = ring.send(Arc::new(entry.clone()));
            }
        }
    }

    fn rings(
        &self,
    ) -> std::sync::MutexGuard<'_, HashMap<ChannelId, broadcast::Sender<Arc<Entry>>>> {
        // The map is whole after every statement, so a panic elsewhere can't have left it half changed.
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
