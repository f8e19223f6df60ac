//! What the door counts since it started.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts that only grow.
#[derive(Debug, Default)]
pub struct Meters {
    pub(crate) opened: Count,
    pub(crate) closed: Count,
    pub(crate) refused: Count,
    pub(crate) came: Count,
    pub(crate) went: Count,
    pub(crate) lost: Count,
}

/// A count.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Meters {
    /// Connections that were opened.
    pub fn connections(&self) -> u64 {
        self.opened.get()
    }

    /// Connections that are open.
    pub fn open(&self) -> u64 {
        // Read in this order, so that never more are closed than were opened.
        let closed = self.closed.get();
        self.opened.get().saturating_sub(closed)
    }

    /// Clients that were not let in, and messages and subscriptions that were refused.
    pub fn refused(&self) -> u64 {
        self.refused.get()
    }

    /// Messages that clients published.
    pub fn messages_in(&self) -> u64 {
        self.came.get()
    }

    /// Messages that were sent to subscribers.
    pub fn messages_out(&self) -> u64 {
        self.went.get()
    }

    /// Messages that slow subscribers did not get.
    pub fn dropped(&self) -> u64 {
        self.lost.get()
    }
}
