//! The attempts of a channel or of strangers, oldest first, and the shards that channels are spread over.
//!
//! When there is no room the oldest attempt of the peer that has most goes. How many there may be is the caller's business.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use fieldpost_wire::{ChannelId, EntryId, Timestamp};

use super::attempt::Attempt;

#[derive(Default)]
pub(super) struct Shard {
    pub(super) channels: HashMap<ChannelId, Ring>,
    pub(super) lines: usize,
    /// When something was last forgotten for the sake of an attempt that went well.
    pub(super) made_room: Timestamp,
}

/// Oldest first.
#[derive(Default)]
pub(super) struct Ring(pub(super) VecDeque<Line>);

pub(super) struct Line {
    /// What was attempted, as it was the first time.
    pub(super) attempt: Arc<Attempt>,
    /// When it was made last, how often it was made and what it became then: here, since most attempts change nothing else, and
    /// what they have in common is far away.
    pub(super) at: Timestamp,
    pub(super) count: u64,
    pub(super) entry: Option<EntryId>,
    /// What it is known by if it went well, else 0: most attempts are one more of those, and to compare their texts takes longer.
    pub(super) mark: u64,
    pub(super) told: Timestamp,
}

impl Line {
    /// The attempt as it is now.
    pub(super) fn now(&mut self) -> &Arc<Attempt> {
        let (at, count, entry_id) = (self.at, self.count, self.entry);
        if self.attempt.count != count {
            let attempt = Arc::make_mut(&mut self.attempt);
            (attempt.at, attempt.count, attempt.entry_id) = (at, count, entry_id);
        }
        &self.attempt
    }
}

impl Shard {
    /// Forgets the oldest attempts of the peer that has most in this shard: an eighth of them, so that a flood is not looked
    /// through for each of its drops.
    pub(super) fn make_room(&mut self) {
        let lines = || self.channels.values().flat_map(|ring| &ring.0);
        let most = busiest(lines());
        let of_most = lines().filter(|line| Some(line.attempt.peer) == most);
        let mut oldest: Vec<_> =
            of_most.map(|line| (line.at, line.attempt.id, line.attempt.channel)).collect();
        oldest.sort_unstable_by_key(|(at, id, _)| (*at, *id));
        for (_, id, channel) in &oldest[..oldest.len().div_ceil(8)] {
            let Some(channel) = channel else { continue };
            if let Some(ring) = self.channels.get_mut(channel) {
                ring.forget(|attempt| attempt.id == *id);
                self.lines -= 1;
                if ring.0.is_empty() {
                    self.channels.remove(channel);
                }
            }
        }
    }
}

impl Ring {
    pub(super) fn newest_first(&mut self) -> Vec<Arc<Attempt>> {
        self.0.iter_mut().rev().map(|line| Arc::clone(line.now())).collect()
    }

    /// Makes an attempt the newest, counted once more.
    pub(super) fn again(&mut self, at: usize, now: Timestamp) -> &mut Line {
        if let Some(line) = self.0.remove(at) {
            self.0.push_back(line);
        }
        let last = self.0.len() - 1;
        let line = &mut self.0[last];
        line.count += 1;
        line.at = now;
        line
    }

    pub(super) fn push(&mut self, attempt: Attempt, mark: u64) -> &mut Line {
        let (at, count, entry) = (attempt.at, attempt.count, attempt.entry_id);
        let (attempt, told) = (Arc::new(attempt), Timestamp::MIN);
        self.0.push_back(Line { attempt, at, count, entry, mark, told });
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// Forgets the oldest attempt of the peer that has most.
    pub(super) fn make_room(&mut self) {
        let most = busiest(self.0.iter());
        self.forget(|attempt| Some(attempt.peer) == most);
    }

    /// Forgets the oldest of some.
    pub(super) fn forget(&mut self, which: impl Fn(&Attempt) -> bool) {
        if let Some(at) = self.0.iter().position(|line| which(&line.attempt)) {
            self.0.remove(at);
        }
    }
}

/// The peer with the most attempts; among equals the one with the oldest.
fn busiest<'a>(lines: impl Iterator<Item = &'a Line>) -> Option<IpAddr> {
    let mut peers: HashMap<IpAddr, (usize, Timestamp)> = HashMap::new();
    for line in lines {
        let (count, oldest) = peers.entry(line.attempt.peer).or_insert((0, line.at));
        *count += 1;
        *oldest = line.at.min(*oldest);
    }
    let most =
        peers.into_iter().max_by_key(|(_, (count, oldest))| (*count, std::cmp::Reverse(*oldest)));
    most.map(|(peer, _)| peer)
}
