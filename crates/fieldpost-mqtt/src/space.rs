//! A user's own topics, everything outside `channels/`: the user's devices hear each other there, and nobody else.
//!
//! Retained messages are kept in memory, within bounds; a restart of the server forgets them, and devices say them anew.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use fieldpost_wire::Timestamp;

use crate::filter::matches;
use crate::handle::Handle;
use crate::letter::{Delivery, Letter};
use crate::packet::{Extra, Message, Qos};
use crate::trie::Trie;

/// On how many topics a user may keep a message.
pub(crate) const KEPT_MAX: usize = 1_000;
/// The longest message that is kept, in bytes.
const KEPT_PAYLOAD_MAX: usize = 4_096;

/// The topics of a user.
#[derive(Debug, Default)]
pub(crate) struct Space {
    inside: RwLock<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    hearers: Trie<Hearer>,
    kept: HashMap<Arc<str>, Kept>,
}

/// A subscription.
#[derive(Clone, Debug)]
pub(crate) struct Hearer {
    pub(crate) handle: Arc<Handle>,
    pub(crate) qos: Qos,
    /// Nothing of what the same connection publishes.
    pub(crate) no_local: bool,
    pub(crate) as_published: bool,
}

#[derive(Debug)]
struct Kept {
    letter: Arc<Letter>,
    /// From then on it means nothing any more.
    until: Option<Timestamp>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Spread {
    /// How many messages had to go for it, to hearers that are slow.
    pub(crate) lost: u64,
    /// True if it was to be kept and is not.
    pub(crate) not_kept: bool,
}

impl Space {
    /// Brings a message to everybody who hears its topic, and keeps it if it is to be kept. `from` is the connection's number.
    pub(crate) fn publish(&self, message: &Message, from: Option<u64>, now: Timestamp) -> Spread {
        let mut spread = Spread::default();
        // Made when the first one hears it: most messages of most boards are heard by nobody.
        let mut letter = None;
        if message.retain {
            spread.not_kept = !self.keep(message, &mut letter, now);
        }
        let inside = self.read();
        let mut found: Vec<&Hearer> = Vec::new();
        inside.hearers.hear(&message.topic, &mut |hearer| {
            if !(hearer.no_local && Some(hearer.handle.number()) == from) {
                found.push(hearer);
            }
        });
        if found.is_empty() {
            return spread;
        }
        let letter = letter.get_or_insert_with(|| Arc::new(letter_of(message)));
        if found.len() > 1 {
            // Who hears a topic by several subscriptions gets it once, with the best quality (MQTT 3.1.1, 3.3.5).
            found.sort_by_key(|hearer| (hearer.handle.number(), std::cmp::Reverse(hearer.qos)));
            found.dedup_by_key(|hearer| hearer.handle.number());
        }
        for hearer in found {
            let delivery = Delivery {
                letter: Arc::clone(letter),
                qos: hearer.qos.min(letter.qos),
                retain: hearer.as_published && letter.retain,
            };
            spread.lost += u64::from(!hearer.handle.mailbox.put(delivery));
        }
        spread
    }

    /// Keeps a message; an empty one takes the kept one away. False if there is no room for it.
    fn keep(&self, message: &Message, letter: &mut Option<Arc<Letter>>, now: Timestamp) -> bool {
        let mut inside = self.write();
        if message.payload.is_empty() {
            inside.kept.remove(&*message.topic);
            return true;
        }
        let known = inside.kept.contains_key(&*message.topic);
        if !known && inside.kept.len() >= KEPT_MAX {
            inside.kept.retain(|_, kept| kept.is_good(now));
        }
        if message.payload.len() > KEPT_PAYLOAD_MAX || (!known && inside.kept.len() >= KEPT_MAX) {
            return false;
        }
        let letter = Arc::clone(letter.insert(Arc::new(letter_of(message))));
        let seconds = message.extra.as_ref().and_then(|extra| extra.expiry);
        let until = seconds.map(|seconds| {
            Timestamp::from_millis(now.millis().saturating_add(i64::from(seconds) * 1_000))
        });
        inside.kept.insert(Arc::clone(&letter.topic), Kept { letter, until });
        true
    }

    /// Adds a subscription. True if the connection did not have it.
    pub(crate) fn subscribe(&self, filter: &str, hearer: Hearer) -> bool {
        let number = hearer.handle.number();
        self.write().hearers.add(filter, hearer, |known| known.handle.number() == number)
    }

    /// Takes a connection's subscription away. True if there was one.
    pub(crate) fn unsubscribe(&self, filter: &str, number: u64) -> bool {
        self.write().hearers.remove(filter, |known| known.handle.number() == number)
    }

    /// The kept messages that a filter matches, by topic.
    pub(crate) fn kept(&self, filter: &str, now: Timestamp) -> Vec<Arc<Letter>> {
        let inside = self.read();
        let mut found: Vec<Arc<Letter>> = if filter.contains(['+', '#']) {
            let good = inside.kept.values().filter(|kept| kept.is_good(now));
            good.filter(|kept| matches(filter, &kept.letter.topic))
                .map(|kept| kept.now(now))
                .collect()
        } else {
            let kept = inside.kept.get(filter).filter(|kept| kept.is_good(now));
            kept.map(|kept| kept.now(now)).into_iter().collect()
        };
        found.sort_by(|a, b| a.topic.cmp(&b.topic));
        found
    }

    /// True if nobody subscribes and nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        let inside = self.read();
        inside.hearers.is_empty() && inside.kept.is_empty()
    }

    fn read(&self) -> RwLockReadGuard<'_, Inside> {
        // What is guarded is whole after every statement, so a panic elsewhere did no harm.
        self.inside.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inside> {
        self.inside.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn is_good(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// The message with what is left of its time.
    fn now(&self, now: Timestamp) -> Arc<Letter> {
        let (Some(until), Some(extra)) = (self.until, &self.letter.extra) else {
            return Arc::clone(&self.letter);
        };
        let left = until.millis().saturating_sub(now.millis()) / 1_000;
        let expiry = Some(u32::try_from(left).unwrap_or(0).max(1));
        let extra = Some(Extra { expiry, ..extra.clone() });
        Arc::new(Letter { extra, ..(*self.letter).clone() })
    }
}

/// A message as subscribers get it. Copied, so that no read buffer is held by it.
fn letter_of(message: &Message) -> Letter {
    let extra = message.extra.as_ref();
    Letter {
        topic: (*message.topic).into(),
        payload: Bytes::copy_from_slice(&message.payload),
        qos: message.qos.min(Qos::One),
        retain: message.retain,
        extra: extra.cloned(),
        entry: None,
    }
}
