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
    /// None is empty, and each begins behind the end of the one before.
    chunks: Vec<Chunk>,
    len: usize,
    bytes: usize,
    /// The keys of the first and the last entry, here since each commit and each look at what is newest asks for them, of many tails:
    /// what lies in a chunk is far away.
    ends: Option<(Key, Key)>,
}

/// Some entries that follow each other. So a tail that grows need not be copied again and again.
#[derive(Clone, Debug, Default)]
struct Chunk {
    places: Vec<Place>,
    texts: Vec<u8>,
}

/// How many entries a chunk has, unless late ones belong into it.
const CHUNK: usize = 64;
/// The bytes of a usual entry's texts, and some more.
const TEXTS_USUAL: usize = 48;

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

impl Chunk {
    /// Room for what comes behind another chunk, and is about as long.
    fn behind(before: &Self) -> Self {
        let texts = Vec::with_capacity(before.texts.len() * CHUNK / before.places.len().max(1));
        Self { places: Vec::with_capacity(CHUNK), texts }
    }

    fn last(&self) -> Option<Key> {
        self.places.last().map(Place::key)
    }

    /// Puts a place behind the others.
    fn push(&mut self, place: Place) {
        let (len, room) = (self.places.len(), self.places.capacity());
        if len == room {
            self.places.reserve_exact((len / 4).max(4).min(CHUNK.saturating_sub(len)).max(1));
        }
        self.places.push(place);
    }

    /// Packs an entry to the end of the texts.
    fn pack(&mut self, entry: &Entry, seq: i64) -> Place {
        if self.texts.capacity() - self.texts.len() < TEXTS_USUAL {
            self.texts.reserve_exact(TEXTS_USUAL.max(self.texts.len() / 4));
        }
        let at = self.texts.len() as u32;
        put_values(&mut self.texts, &entry.values);
        Place { time: entry.created_at.millis(), id: entry.id.get(), seq, at }
    }

    /// Takes an entry as it is packed in another chunk.
    fn take(&mut self, other: &Self, place: &Place) {
        self.push(Place { at: self.texts.len() as u32, ..*place });
        self.texts.extend_from_slice(other.texts_of(place));
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

impl Tail {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts an entry to its place, mostly the last.
    pub(super) fn push(&mut self, entry: &Entry, seq: i64) {
        let key = key(entry);
        let is_last = self.last().is_none_or(|last| last < key);
        let (first, last) = self.ends.unwrap_or((key, key));
        self.ends = Some((first.min(key), last.max(key)));
        let at = match is_last {
            true => self.chunk_at_the_end(),
            false => self.chunks.partition_point(|chunk| chunk.last() < Some(key)),
        };
        let chunk = &mut self.chunks[at];
        let before = chunk.texts.len();
        let place = chunk.pack(entry, seq);
        self.bytes += size_of::<Place>() + chunk.texts.len() - before;
        self.len += 1;
        if is_last {
            chunk.push(place);
            return;
        }
        let to = chunk.places.partition_point(|other| other.key() < key);
        chunk.places.insert(to, place);
        if chunk.places.len() >= 2 * CHUNK {
            self.split(at);
        }
    }

    /// The chunk that the next entry belongs to, if it is the last.
    fn chunk_at_the_end(&mut self) -> usize {
        match self.chunks.last() {
            None => self.chunks.push(Chunk::default()),
            Some(last) if last.places.len() >= CHUNK => self.chunks.push(Chunk::behind(last)),
            Some(_) => {}
        }
        self.chunks.len() - 1
    }

    /// Makes two chunks of one.
    fn split(&mut self, at: usize) {
        let whole = std::mem::take(&mut self.chunks[at]);
        let halves = whole.places.chunks(whole.places.len().div_ceil(2)).map(|places| {
            let mut half = Chunk::default();
            places.iter().for_each(|place| half.take(&whole, place));
            half
        });
        self.chunks.splice(at..=at, halves.collect::<Vec<_>>());
    }

    /// The key of the last entry.
    pub(super) fn last(&self) -> Option<Key> {
        self.ends.map(|(_, last)| last)
    }

    /// The key of the entry at a place.
    pub(super) fn key_at(&self, place: usize) -> Option<Key> {
        self.all().nth(place).map(|(_, place)| place.key())
    }

    /// The places of the entries from a key to a key, both included.
    pub(super) fn between(&self, from: Key, until: Key) -> Range<usize> {
        let start = self.before(|key| key < from);
        start..self.before(|key| key <= until).max(start)
    }

    /// How many entries suit, which are the first ones.
    fn before(&self, suits: impl Fn(Key) -> bool) -> usize {
        match self.ends {
            Some((_, last)) if suits(last) => return self.len,
            Some((first, _)) if suits(first) => {}
            _ => return 0,
        }
        let mut count = 0;
        for chunk in &self.chunks {
            let own = chunk.places.partition_point(|place| suits(place.key()));
            count += own;
            if own < chunk.places.len() {
                break;
            }
        }
        count
    }

    /// Unpacks the entries at some places.
    pub(super) fn entries(&self, places: Range<usize>) -> Result<Vec<Entry>, Damaged> {
        let mut found = Vec::with_capacity(places.len());
        let mut end = self.len;
        // From the end, since mostly the newest ones are wanted.
        for chunk in self.chunks.iter().rev() {
            let start = end - chunk.places.len();
            let own = places.start.max(start)..places.end.min(end);
            for place in own.rev() {
                found.push(chunk.unpack(&chunk.places[place - start])?);
            }
            end = start;
            if end <= places.start {
                break;
            }
        }
        found.reverse();
        Ok(found)
    }

    /// Unpacks the entries whose ids are in a range, by time and then id.
    pub(super) fn with_ids(&self, from: u64, until: u64) -> Result<Vec<Entry>, Damaged> {
        self.unpack_those(|place| (from..=until).contains(&place.id))
    }

    /// Unpacks the entries that came with rows of the journal behind this one.
    pub(super) fn behind(&self, seq: i64) -> Result<Vec<Entry>, Damaged> {
        self.unpack_those(|place| place.seq > seq)
    }

    fn unpack_those(&self, suits: impl Fn(&Place) -> bool) -> Result<Vec<Entry>, Damaged> {
        let wanted = self.all().filter(|(_, place)| suits(place));
        wanted.map(|(chunk, place)| chunk.unpack(place)).collect()
    }

    /// Finds the entry with the highest id that `suits`.
    pub(super) fn highest(&self, suits: impl Fn(&Entry) -> bool) -> Result<Option<Entry>, Damaged> {
        let mut order: Vec<_> = self.all().collect();
        order.sort_unstable_by_key(|(_, place)| std::cmp::Reverse(place.id));
        for (chunk, place) in order {
            let entry = chunk.unpack(place)?;
            if suits(&entry) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The highest id.
    pub(super) fn highest_id(&self) -> Option<EntryId> {
        self.all().map(|(_, place)| EntryId::new(place.id)).max()
    }

    /// How many came with rows of the journal behind this one, and with which row the first of them.
    pub(super) fn waiting(&self, seq: i64) -> (usize, Option<i64>) {
        let waiting = || self.all().map(|(_, place)| place.seq).filter(|own| *own > seq);
        (waiting().count(), waiting().min())
    }

    /// Lets go of all that came with the journal up to a row, but for the entries behind a key.
    pub(super) fn let_go(&mut self, seq: i64, up_to: Option<Key>) {
        let old = std::mem::take(self);
        for (chunk, place) in old.all() {
            if place.seq > seq || up_to.is_some_and(|key| place.key() > key) {
                let at = self.chunk_at_the_end();
                self.chunks[at].take(chunk, place);
                self.len += 1;
                self.ends = Some((self.ends.map_or(place.key(), |(first, _)| first), place.key()));
            }
        }
        for chunk in &mut self.chunks {
            chunk.places.shrink_to_fit();
            chunk.texts.shrink_to_fit();
            self.bytes += chunk.places.len() * size_of::<Place>() + chunk.texts.len();
        }
        self.chunks.shrink_to_fit();
    }

    fn all(&self) -> impl Iterator<Item = (&Chunk, &Place)> {
        self.chunks.iter().flat_map(|chunk| chunk.places.iter().map(move |place| (chunk, place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        /// So many entries, from a time on, each so much later.
        Push(usize, i64, i64),
        LetGo(i64, Option<i64>),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..150_usize, 0..1_000_i64, 0..3_i64).prop_map(|(n, from, by)| Step::Push(n, from, by)),
            1 => (0..9_i64, proptest::option::of(0..1_000_i64)).prop_map(|(seq, up_to)| Step::LetGo(seq, up_to)),
        ]
    }

    fn entry(id: u64, time: i64) -> Entry {
        let values = fieldpost_wire::Update::from([
            (fieldpost_wire::FieldNo::ALL[0], id.to_string().as_str()),
            (fieldpost_wire::FieldNo::ALL[7], "x".repeat(id as usize % 90).as_str()),
        ])
        .values;
        Entry { id: EntryId::new(id), created_at: Timestamp::from_millis(time), values }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(80))]

        #[test]
        fn it_is_a_sorted_list(steps in proptest::collection::vec(step(), 0..8), asked in (0..1_000_i64, 0..1_000_i64)) {
            let (mut tail, mut model, mut id) = (Tail::default(), Vec::<(Entry, i64)>::new(), 0_u64);
            for (step, seq) in steps.into_iter().zip(1..) {
                match step {
                    Step::Push(count, from, by) => {
                        for n in 0..count as i64 {
                            id += 1;
                            let entry = entry(id, from + n * by);
                            tail.push(&entry, seq);
                            model.push((entry, seq));
                        }
                    }
                    Step::LetGo(seq, up_to) => {
                        let up_to = up_to.map(|time| (Timestamp::from_millis(time), EntryId::new(3)));
                        tail.let_go(seq, up_to);
                        model.retain(|(entry, own)| *own > seq || up_to.is_some_and(|up_to| key(entry) > up_to));
                    }
                }
                model.sort_by_key(|(entry, _)| key(entry));
                let entries: Vec<Entry> = model.iter().map(|(entry, _)| entry.clone()).collect();
                prop_assert_eq!(&tail.entries(0..tail.len()).unwrap(), &entries);
                prop_assert_eq!(tail.last(), entries.last().map(key));
                prop_assert_eq!(tail.highest_id(), entries.iter().map(|entry| entry.id).max());
                let [from, until] = [asked.0, asked.1].map(|time| (Timestamp::from_millis(time), EntryId::new(9)));
                let places = tail.between(from, until);
                let within: Vec<Entry> =
                    entries.iter().filter(|entry| key(entry) >= from && key(entry) <= until).cloned().collect();
                prop_assert_eq!(places.start, entries.iter().filter(|entry| key(entry) < from).count());
                prop_assert_eq!(tail.entries(places).unwrap(), within);
                prop_assert_eq!(tail.key_at(7), entries.get(7).map(key));
                let behind: Vec<Entry> =
                    model.iter().filter(|(_, seq)| *seq > 3).map(|(entry, _)| entry.clone()).collect();
                prop_assert_eq!(tail.waiting(3).0, behind.len());
                prop_assert_eq!(tail.behind(3).unwrap(), behind);
                let texts: usize = tail.all().map(|(chunk, place)| chunk.texts_of(place).len()).sum();
                prop_assert_eq!(tail.bytes(), tail.len() * size_of::<Place>() + texts);
            }
        }
    }
}
