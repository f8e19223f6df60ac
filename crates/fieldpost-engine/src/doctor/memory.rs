//! The attempts that are remembered: a ring for each channel and one for those of strangers, all bounded.
//!
//! An attempt made again is counted, not repeated. What goes when there is no room is the oldest attempt of the peer that has
//! most, so that nobody pushes out what others did. Channels are spread over shards, so that updates do not wait for each other.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fieldpost_wire::{ChannelId, EntryId, Timestamp};
use tokio::sync::{Semaphore, broadcast};

use super::attempt::{Attempt, Door};
use super::explain::explain;
use super::facts::{Facts, What};
use super::key::{self, Found};
use super::mask;
use super::ring::{Line, Ring, Shard};
use crate::engine::Engine;

/// The most attempts that are remembered of a channel.
pub(crate) const CHANNEL_MAX: usize = 100;
/// How many of them may be those that went well.
pub(crate) const FINE_MAX: usize = 40;
/// The most attempts of strangers.
pub(crate) const STRANGERS_MAX: usize = 300;
const SHARDS: usize = 16;
/// The most attempts in a shard.
pub(crate) const SHARD_MAX: usize = 1_024;
/// How many attempts a listener may be behind; one that lags more loses the oldest and is told how many.
const RING: usize = 256;
/// The least time between two tellings of the same attempt, in milliseconds. What comes between is counted.
const TELL_EVERY_MS: i64 = 1_000;
/// How often one peer may make us ask the store whose key it has, in any [`LOOK_WINDOW_MS`].
const LOOKS_MAX: u32 = 40;
const LOOK_WINDOW_MS: i64 = 10_000;
/// Of how many peers that is counted.
const LOOKERS_MAX: usize = 1_024;
/// How many such questions may be open at once.
const OPEN_MAX: usize = 32;

/// Remembers attempts. Lives in an [`Engine`].
pub struct Doctor {
    shards: [Mutex<Shard>; SHARDS],
    strangers: Mutex<Ring>,
    ids: AtomicU64,
    tell: broadcast::Sender<Arc<Attempt>>,
    lookers: Mutex<HashMap<IpAddr, (Timestamp, u32)>>,
    open: Arc<Semaphore>,
    /// Of marks: nobody can make two attempts look alike.
    hashing: RandomState,
}

/// An attempt that went well, as the door has it: borrowed, since most are only counted.
#[derive(Clone, Copy, Debug)]
pub struct Fine<'a> {
    /// The way in.
    pub door: Door,
    /// Who it was.
    pub peer: IpAddr,
    /// The program that the client says it is.
    pub agent: Option<&'a str>,
    /// The method.
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// The key that came along.
    pub key: Option<&'a str>,
    /// The channel.
    pub channel: ChannelId,
    /// The last entry that it became; `None` for reading.
    pub entry: Option<EntryId>,
}

impl Default for Doctor {
    fn default() -> Self {
        Self {
            shards: Default::default(),
            strangers: Mutex::default(),
            ids: AtomicU64::new(1),
            tell: broadcast::channel(RING).0,
            lookers: Mutex::default(),
            open: Arc::new(Semaphore::new(OPEN_MAX)),
            hashing: RandomState::new(),
        }
    }
}

impl Doctor {
    /// The attempts that concern a channel, newest first.
    pub fn of_channel(&self, id: ChannelId) -> Vec<Arc<Attempt>> {
        self.shard(id).channels.get_mut(&id).map(Ring::newest_first).unwrap_or_default()
    }

    /// The attempts for which no channel is known, newest first.
    pub fn of_strangers(&self) -> Vec<Arc<Attempt>> {
        lock(&self.strangers).newest_first()
    }

    /// Listens to attempts as they are made. The same one is told once a second at most, with its count; a listener
    /// that falls behind by more than 256 is told so, and reads the lists again.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Attempt>> {
        self.tell.subscribe()
    }

    /// Takes note of an attempt that went well. One like another of that peer only counts on.
    pub fn fine(&self, fine: &Fine<'_>, now: Timestamp) {
        let mark = self.hashing.hash_one(fine.known_by()).max(1);
        let mut shard = self.shard(fine.channel);
        if let Some(ring) = shard.channels.get_mut(&fine.channel)
            && let Some(at) = ring.0.iter().rposition(|line| line.mark == mark)
        {
            let line = ring.again(at, now);
            line.entry = fine.entry;
            self.tell(line, now);
            return;
        }
        if shard.lines >= SHARD_MAX {
            // Where more channels are busy than are remembered they are remembered in turns, not all at once.
            if now.millis().abs_diff(shard.made_room.millis()) < 1_000 {
                return;
            }
            shard.made_room = now;
        }
        let attempt = fine.attempt(self.next_id(), now);
        self.add(&mut shard, fine.channel, attempt, mark, now);
    }

    /// Takes note of anything else, in words.
    pub(super) fn keep(&self, facts: &Facts, found: &Found, now: Timestamp) {
        let hint = explain(facts, found);
        let (channel, entry_id) = match facts.what {
            What::Doubtful(channel, entry, _) => (Some(channel), Some(entry)),
            _ => (found.concerns(), None),
        };
        let attempt = Attempt {
            id: self.next_id(),
            at: now,
            door: facts.door,
            peer: facts.peer,
            agent: facts.agent.as_deref().map(agent),
            method: facts.method.clone(),
            path: facts.path.as_deref().map(|path| mask::address(path, &facts.query)),
            key: facts.key.as_deref().map(mask::key),
            channel,
            user: found.user(),
            code: hint.code,
            entry_id,
            says: hint.says,
            fix: hint.fix,
            count: 1,
            sent: mask::sent(&facts.sent),
        };
        match channel {
            Some(id) => {
                let mut shard = self.shard(id);
                if !self.repeat(shard.channels.get_mut(&id), &attempt, now) {
                    self.add(&mut shard, id, attempt, 0, now);
                }
            }
            None => {
                let mut ring = lock(&self.strangers);
                if !self.repeat(Some(&mut *ring), &attempt, now) {
                    if ring.0.len() >= STRANGERS_MAX {
                        ring.make_room();
                    }
                    self.tell(ring.push(attempt, 0), now);
                }
            }
        }
    }

    /// Counts an attempt on if there is one like it.
    fn repeat(&self, ring: Option<&mut Ring>, attempt: &Attempt, now: Timestamp) -> bool {
        let Some(ring) = ring else { return false };
        let Some(at) = ring.0.iter().rposition(|line| attempt.repeats(&line.attempt)) else {
            return false;
        };
        let line = ring.again(at, now);
        (line.at, line.entry) = (attempt.at, attempt.entry_id);
        let (id, count) = (line.attempt.id, line.count);
        line.attempt = Arc::new(Attempt { id, count, ..attempt.clone() });
        self.tell(line, now);
        true
    }

    fn add(&self, shard: &mut Shard, id: ChannelId, attempt: Attempt, mark: u64, now: Timestamp) {
        if shard.lines >= SHARD_MAX {
            shard.make_room();
        }
        let ring = shard.channels.entry(id).or_default();
        let before = ring.0.len();
        if attempt.is_fine()
            && ring.0.iter().filter(|line| line.attempt.is_fine()).count() >= FINE_MAX
        {
            ring.forget(Attempt::is_fine);
        } else if before >= CHANNEL_MAX {
            ring.make_room();
        }
        self.tell(ring.push(attempt, mark), now);
        shard.lines = shard.lines + ring.0.len() - before;
    }

    fn tell(&self, line: &mut Line, now: Timestamp) {
        let passed = now.millis().abs_diff(line.told.millis());
        if self.tell.receiver_count() > 0 && (line.count == 1 || passed >= TELL_EVERY_MS as u64) {
            line.told = now;
            // An error means that nobody listens any more, which is fine.
            let _ = self.tell.send(Arc::clone(line.now()));
        }
    }

    /// True if this peer may make us ask the store once more.
    pub(super) fn may_look(&self, peer: IpAddr, now: Timestamp) -> bool {
        let recent =
            |since: Timestamp| now.millis().abs_diff(since.millis()) < LOOK_WINDOW_MS as u64;
        let mut lookers = lock(&self.lookers);
        if lookers.len() >= LOOKERS_MAX && !lookers.contains_key(&peer) {
            lookers.retain(|_, (since, _)| recent(*since));
            if lookers.len() >= LOOKERS_MAX {
                return false;
            }
        }
        let (since, looks) = lookers.entry(peer).or_insert((now, 0));
        if !recent(*since) {
            (*since, *looks) = (now, 0);
        }
        *looks += 1;
        *looks <= LOOKS_MAX
    }

    fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    fn shard(&self, id: ChannelId) -> MutexGuard<'_, Shard> {
        lock(&self.shards[id.get() as usize % SHARDS])
    }

    /// How many attempts are remembered, of channels and of strangers.
    #[cfg(test)]
    pub(super) fn lines(&self) -> (usize, usize) {
        let counted: usize = self.shards.iter().map(|shard| lock(shard).lines).sum();
        let rings = |shard: &Mutex<Shard>| {
            lock(shard).channels.values().map(|ring| ring.0.len()).sum::<usize>()
        };
        assert_eq!(counted, self.shards.iter().map(rings).sum::<usize>());
        (counted, lock(&self.strangers).0.len())
    }
}

impl Engine {
    /// Has the doctor look at an attempt that did not go as it should. Returns at once: whose key it is is looked up on
    /// the side, within bounds; beyond them the attempt is explained without.
    pub fn notice(&self, mut facts: Facts) {
        let now = self.now();
        if facts.key.is_none() && facts.what.is_unreadable() {
            facts.key = key::rough(&facts.sent);
        }
        let doctor = self.doctor();
        let plain = Found { shape: key::shape(facts.key.as_deref()), ..Found::default() };
        let asks = !matches!(facts.what, What::Doubtful(..))
            && (facts.key.is_some() || facts.channel.is_some() || facts.door == Door::Mqtt)
            && (facts.what.proves_key() || doctor.may_look(facts.peer, now));
        let place = asks.then(|| Arc::clone(&doctor.open).try_acquire_owned().ok()).flatten();
        match (place, tokio::runtime::Handle::try_current()) {
            (Some(place), Ok(runtime)) => {
                let engine = self.clone();
                runtime.spawn(async move {
                    let found = engine.identify(&facts).await;
                    engine.doctor().keep(&facts, &found, now);
                    drop(place);
                });
            }
            _ => doctor.keep(&facts, &plain, now),
        }
    }
}

impl Fine<'_> {
    /// What it has in common with those that it only counts on.
    fn known_by(&self) -> impl Hash {
        let way = (self.door, self.peer, self.method, self.path);
        (way, self.entry.is_some(), self.agent.is_some())
    }

    fn attempt(&self, id: u64, now: Timestamp) -> Attempt {
        let says =
            if self.entry.is_some() { "The update was stored." } else { "The channel was read." };
        Attempt {
            id,
            at: now,
            door: self.door,
            peer: self.peer,
            agent: self.agent.map(agent),
            method: Some(self.method.into()),
            path: Some(mask::address(self.path, b"")),
            key: self.key.map(mask::key),
            channel: Some(self.channel),
            user: None,
            code: "accepted",
            entry_id: self.entry,
            says: says.into(),
            fix: None,
            count: 1,
            sent: None,
        }
    }
}

fn agent(text: &str) -> String {
    mask::shown(&mask::masked(text)).chars().take(100).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is remembered may be dropped at any time, so a panic in another thread does no harm here.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
