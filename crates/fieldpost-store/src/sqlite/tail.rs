//! The newest entries of one channel, packed: what is not in blocks yet, and some that are.
//!
//! Knows nothing of the file. An entry takes 32 bytes and its texts, a tenth of what it takes elsewhere.

use std::ops::Range;

use fieldpost_wire::{Entry, EntryId, Timestamp};

use super::journal::{put_values, read_values, skip_values};
use crate::blocks::Damaged;
use crate::blocks::bytes::Reader;

/// What entries are ordered by.
pub(super) type Key = (Timestamp, EntryId);

/// The key of an entry.
pub(super) fn key(entry: &Entry) -> Key {
    (entry.created_at, entry.id)
}

/// Entries by time and then id.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    places: Vec<Place>,
    texts: Vec<u8>,
}

/// The bytes of a usual entry's texts, and some more.
const TEXTS_USUAL: usize = 48;

/// Makes room for what comes next, and a quarter more: there are thousands of tails, and of what doubles its room each time a quarter is
/// empty on average.
fn make_room<T>(list: &mut Vec<T>, needed: usize) {
    if list.capacity() - list.len() < needed {
        list.reserve_exact(needed.max(list.len() / 4));
    }
}

#[derive(Clone, Copy, Debug)]
struct Place {
    time: i64,
    id: u64,
    /// The row of the journal that it came with, 0 if it was read from a block.
    seq: i64,
    /// Where its texts begin.
    at: u32,
}

impl Place {
    fn key(&self) -> Key {
        (Timestamp::from_millis(self.time), EntryId::new(self.id))
    }
}

impl Tail {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.places.len() * size_of::<Place>() + self.texts.len()
    }

    /// Puts an entry to its place, mostly the last.
    pub(super) fn push(&mut self, entry: &Entry, seq: i64) {
        make_room(&mut self.texts, TEXTS_USUAL);
        make_room(&mut self.places, 1);
        let at = self.texts.len() as u32;
        put_values(&mut self.texts, &entry.values);
        let place = Place { time: entry.created_at.millis(), id: entry.id.get(), seq, at };
        if self.places.last().is_none_or(|last| last.key() < place.key()) {
            self.places.push(place);
        } else {
            let to = self.places.partition_point(|other| other.key() < place.key());
            self.places.insert(to, place);
        }
    }

    /// The key of the last entry.
    pub(super) fn last(&self) -> Option<Key> {
        self.places.last().map(Place::key)
    }

    /// The key of the entry at a place.
    pub(super) fn key_at(&self, place: usize) -> Option<Key> {
        self.places.get(place).map(Place::key)
    }

    /// The places of the entries from a key to a key, both included.
    pub(super) fn between(&self, from: Key, until: Key) -> Range<usize> {
        let start = self.places.partition_point(|place| place.key() < from);
        let end = self.places.partition_point(|place| place.key() <= until);
        start..end.max(start)
    }

    /// Unpacks the entries at some places.
    pub(super) fn entries(&self, places: Range<usize>) -> Result<Vec<Entry>, Damaged> {
        self.places[places].iter().map(|place| self.unpack(place)).collect()
    }

    /// Unpacks the entries whose ids are in a range, by time and then id.
    pub(super) fn with_ids(&self, from: u64, until: u64) -> Result<Vec<Entry>, Damaged> {
        let asked = self.places.iter().filter(|place| (from..=until).contains(&place.id));
        asked.map(|place| self.unpack(place)).collect()
    }

    /// Unpacks the entries that came with rows of the journal behind this one.
    pub(super) fn behind(&self, seq: i64) -> Result<Vec<Entry>, Damaged> {
        let waiting = self.places.iter().filter(|place| place.seq > seq);
        waiting.map(|place| self.unpack(place)).collect()
    }

    /// Finds the entry with the highest id that `suits`.
    pub(super) fn highest(&self, suits: impl Fn(&Entry) -> bool) -> Result<Option<Entry>, Damaged> {
        let mut order: Vec<&Place> = self.places.iter().collect();
        order.sort_unstable_by_key(|place| std::cmp::Reverse(place.id));
        for place in order {
            let entry = self.unpack(place)?;
            if suits(&entry) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The highest id.
    pub(super) fn highest_id(&self) -> Option<EntryId> {
        self.places.iter().map(|place| EntryId::new(place.id)).max()
    }

    /// How many came with rows of the journal behind this one, and with which row the first of them.
    pub(super) fn waiting(&self, seq: i64) -> (usize, Option<i64>) {
        let waiting = || self.places.iter().map(|place| place.seq).filter(|own| *own > seq);
        (waiting().count(), waiting().min())
    }

    /// Lets go of all that came with the journal up to a row, but for the entries behind a key.
    pub(super) fn let_go(&mut self, seq: i64, up_to: Option<Key>) {
        let old = std::mem::take(self);
        let stays = |place: &&Place| place.seq > seq || up_to.is_some_and(|key| place.key() > key);
        for place in old.places.iter().filter(stays) {
            let texts = old.texts_of(place);
            self.places.push(Place { at: self.texts.len() as u32, ..*place });
            self.texts.extend_from_slice(texts);
        }
        self.places.shrink_to_fit();
        self.texts.shrink_to_fit();
    }

    fn texts_of(&self, place: &Place) -> &[u8] {
        let from = &self.texts[place.at as usize..];
        let mut reader = Reader(from);
        let whole = skip_values(&mut reader).map_or(0, |()| from.len() - reader.0.len());
        &from[..whole]
    }

    fn unpack(&self, place: &Place) -> Result<Entry, Damaged> {
        let values = read_values(&mut Reader(&self.texts[place.at as usize..]))?;
        let (created_at, id) = place.key();
        Ok(Entry { id, created_at, values })
    }
}
