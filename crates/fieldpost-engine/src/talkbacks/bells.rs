//! Who waits for a command of which TalkBack. A bell says that it is worth looking, not what there is.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, broadcast};

/// The bells of all TalkBacks.
#[derive(Default)]
pub(crate) struct Bells {
    rings: Mutex<HashMap<u64, broadcast::Sender<()>>>,
    /// Rung when something may expire sooner than was thought.
    pub(super) due: Notify,
}

impl Bells {
    /// Listens to a TalkBack. That a listener lagged is as good a reason to look as a ring is.
    pub(super) fn listen(&self, talkback: u64) -> broadcast::Receiver<()> {
        let mut rings = self.rings();
        // A good moment to forget those that nobody listens to any more.
        rings.retain(|_, ring| ring.receiver_count() > 0);
        rings.entry(talkback).or_insert_with(|| broadcast::channel(1).0).subscribe()
    }

    /// Says that a command was added.
    pub(super) fn ring(&self, talkback: u64) {
        if let Some(ring) = self.rings().get(&talkback) {
            // An error means that nobody listens any more, which is fine.
            let _ = ring.send(());
        }
    }

    fn rings(&self) -> std::sync::MutexGuard<'_, HashMap<u64, broadcast::Sender<()>>> {
        // The map is whole after every statement, so a panic elsewhere can't have left it half changed.
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
