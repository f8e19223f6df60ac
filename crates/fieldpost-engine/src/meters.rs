//! What the engine counts since it started: for whoever watches a server, not for its decisions.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::refusal::Refusal;

/// Counts that only grow.
#[derive(Debug, Default)]
pub struct Meters {
    accepted: AtomicU64,
    entries: AtomicU64,
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

impl Meters {
    /// Updates that were accepted; a bulk is one.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Relaxed)
    }

    /// Entries that were stored: by updates, bulks and imports.
    pub fn entries(&self) -> u64 {
        self.entries.load(Relaxed)
    }

    /// Updates that were refused, by [`Refusal::code`].
    pub fn refused(&self) -> BTreeMap<&'static str, u64> {
        self.refused.lock().map(|refused| refused.clone()).unwrap_or_default()
    }

    /// Counts an update that was refused. The door says so, since some are refused before they reach the engine.
    pub fn refuse(&self, refusal: &Refusal) {
        if let Ok(mut refused) = self.refused.lock() {
            *refused.entry(refusal.code()).or_default() += 1;
        }
    }

    pub(crate) fn accept(&self) {
        self.accepted.fetch_add(1, Relaxed);
    }

    pub(crate) fn store(&self, entries: usize) {
        self.entries.fetch_add(entries as u64, Relaxed);
    }
}
