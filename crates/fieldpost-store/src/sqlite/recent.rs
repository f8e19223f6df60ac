//! What is known of channels without looking into the file: where each stands, and its newest entries.
//!
//! Everything in here can be made anew from the database and the journal at any time. What other processes did is noticed by a number in the
//! one, `moves`, which changes when blocks do, and by the end of the other (`recent/follow.rs`). Of a channel in here all entries that are not in
//! blocks are in its tail, and of those that are in blocks all with a key above `below`.

mod follow;

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::{Duration, Instant};

use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::entries::number;
use super::journal::Part;
use super::journal_file::JournalFile;
use super::tail::{Key, Tail, key};
use super::{Tuning, blocks};
use crate::store::{Head, StoreError};

pub(super) use follow::{Look, NewRow, highest_moved, look, rows_missing, write_no_journal};

/// The bytes of memory that entries in here may take, beside those that are not in blocks yet.
const BYTES_MAX: usize = 24 << 20;
/// How many channels are known at once, beside those with entries that are not in blocks yet.
const CHANNELS_MAX: usize = 20_000;

/// Where channels stand and their newest entries.
#[derive(Debug)]
pub(super) struct Recent {
    /// The state of the file that this agrees with.
    pub(super) moves: i64,
    /// The last row of the journal that is known.
    pub(super) seq: i64,
    /// The journal; none as long as all is in blocks.
    journal: Option<JournalFile>,
    /// Somebody is appending to the journal.
    appending: Arc<AtomicBool>,
    /// The end of the journal is a row that does not count.
    is_end_void: bool,
    path: PathBuf,
    channels: HashMap<ChannelId, Known>,
    pub(super) sums: Sums,
    /// How many entries that are in blocks a channel keeps here all the same.
    each: usize,
    /// With how many entries that wait a channel is due, and all together.
    limits: (usize, usize),
    due: bool,
    /// When this was last seen to agree with the file, in milliseconds since the beginning.
    agreed: AtomicU64,
    begin: Instant,
}

/// What is known of a channel.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) head: Head,
    pub(super) tail: Tail,
    /// The journal up to this row is in blocks, as far as it is the channel's.
    pub(super) moved: i64,
    /// The last key in blocks.
    pub(super) end: Option<Key>,
    /// Blocks need to be read for keys up to this one alone.
    pub(super) below: Option<Key>,
    /// With which row of the journal the first entry came that waits to be moved.
    first: Option<i64>,
    sums: Sums,
    /// When somebody asked for it last, as `agreed` was then.
    used: AtomicU64,
}

/// How much there is: entries that wait to be moved, and all the bytes that they and the others take in memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) waiting: usize,
    pub(super) waiting_bytes: usize,
    bytes: usize,
}

impl Sums {
    /// Counts an entry that waits.
    fn add(&mut self, bytes: usize) {
        self.waiting += 1;
        self.waiting_bytes += bytes;
        self.bytes += bytes;
    }
}

impl Known {
    /// The highest key of all.
    pub(super) fn newest(&self) -> Option<Key> {
        self.end.max(self.tail.last())
    }

    /// Notes when somebody asked; two who do so at the same time need not wait for each other's writing.
    fn note_use(&self, clock: u64) {
        if self.used.load(Relaxed) != clock {
            self.used.store(clock, Relaxed);
        }
    }

    /// Lets go of what is in blocks, but for what lies above a key.
    fn let_go(&mut self, up_to: Option<Key>) {
        self.tail.let_go(self.moved, up_to);
        let (waiting, first) = self.tail.waiting(self.moved);
        let bytes = self.tail.bytes();
        self.sums = Sums { waiting, waiting_bytes: if waiting > 0 { bytes } else { 0 }, bytes };
        self.first = first;
    }
}

impl Recent {
    /// Knows nothing yet.
    pub(super) fn new(path: &Path, tuning: &Tuning) -> Self {
        let (channels, sums) = (HashMap::new(), Sums::default());
        let (each, limits) = (tuning.keep, (tuning.run, tuning.waiting));
        let (agreed, begin) = (0.into(), Instant::now());
        let (path, journal) = (path.to_owned(), None);
        Self {
            moves: 0,
            seq: 0,
            journal,
            appending: Arc::default(),
            is_end_void: false,
            path,
            channels,
            sums,
            each,
            limits,
            due: false,
            agreed,
            begin,
        }
    }

    /// True if this was seen to agree with the file lately.
    pub(super) fn is_fresh(&self, lately: Duration) -> bool {
        let agreed = Duration::from_millis(self.agreed.load(Relaxed));
        self.begin.elapsed().saturating_sub(agreed) < lately
    }

    fn note_agreement(&self) {
        self.agreed.store(self.begin.elapsed().as_millis() as u64, Relaxed);
    }

    /// What is known of a channel; reads the little that is needed. `None` if there is no such channel.
    pub(super) fn known(
        &mut self,
        conn: &Connection,
        channel: ChannelId,
    ) -> Result<Option<&mut Known>, StoreError> {
        let clock = self.agreed.load(Relaxed);
        if self.is_full() && !self.channels.contains_key(&channel) {
            self.make_room();
        }
        let known = match self.channels.entry(channel) {
            MapEntry::Occupied(known) => known.into_mut(),
            MapEntry::Vacant(place) => {
                let Some((head, moved, _)) = read_head(conn, channel)? else { return Ok(None) };
                let end = blocks::last(conn, channel)?.map(|block| block.last);
                let (tail, sums) = (Tail::default(), Sums::default());
                let (below, first, used) = (end, None, clock.into());
                place.insert(Known { head, tail, moved, end, below, first, sums, used })
            }
        };
        known.note_use(clock);
        Ok(Some(known))
    }

    /// What is known of a channel, if anything is.
    pub(super) fn at_hand(&self, channel: ChannelId) -> Option<&Known> {
        let clock = self.agreed.load(Relaxed);
        self.channels.get(&channel).inspect(|known| known.note_use(clock))
    }

    /// Where the channels stand whose row in the file may be old.
    pub(super) fn heads(&self) -> HashMap<ChannelId, Head> {
        let ahead = self.channels.iter().filter(|(_, known)| known.sums.waiting > 0);
        ahead.map(|(channel, known)| (*channel, known.head)).collect()
    }

    /// Notes that all of a channel that waits is in blocks now, whose last key is `end`; the journal's last row is `seq`.
    pub(super) fn moved(&mut self, channel: ChannelId, seq: i64, end: Option<Key>) {
        let each = self.each;
        self.with(channel, |known| {
            let before = known.tail.len().checked_sub(each + 1);
            let up_to = known.below.max(before.and_then(|place| known.tail.key_at(place)));
            (known.moved, known.end, known.below) = (seq, end, up_to);
            known.let_go(Some(up_to.unwrap_or(NOTHING)));
        });
        self.make_room();
    }

    /// Forgets a channel that was changed or deleted.
    pub(super) fn forget(&mut self, channel: ChannelId) {
        self.with(channel, |known| known.sums = Sums::default());
        self.channels.remove(&channel);
    }

    /// Keeps the newest entries of a channel, as they were read from its blocks: all above `below`.
    pub(super) fn keep(&mut self, channel: ChannelId, entries: &[Entry], below: Option<Key>) {
        self.with(channel, |known| {
            if below < known.below {
                for entry in entries.iter().filter(|entry| Some(key(entry)) <= known.below) {
                    known.tail.push(entry, 0);
                }
                known.below = below;
                known.sums.bytes = known.tail.bytes();
            }
        });
        self.make_room();
    }

    /// What waits to be moved: where its channels stand, and their tails.
    pub(super) fn waiting(&self) -> Vec<(ChannelId, Head, Tail)> {
        let waiting = self.channels.iter().filter(|(_, known)| known.sums.waiting > 0);
        waiting.map(|(channel, known)| (*channel, known.head, known.tail.clone())).collect()
    }

    /// The channels with at least so many entries that wait, by ascending number.
    pub(super) fn waiting_channels(&self, least: usize) -> Vec<(ChannelId, usize)> {
        let due = self.channels.iter().filter(|(_, known)| known.sums.waiting >= least.max(1));
        let mut due: Vec<_> = due.map(|(channel, known)| (*channel, known.sums.waiting)).collect();
        due.sort_unstable();
        due
    }

    /// The channels whose first entry in the journal came before row `until`, if that of any came before row `from`.
    pub(super) fn begun_before(&self, from: i64, until: i64) -> Vec<ChannelId> {
        if self.first_waiting().is_none_or(|first| first >= from) {
            return Vec::new();
        }
        let old = self.channels.iter().filter(|(_, known)| known.first.is_some_and(|f| f < until));
        old.map(|(channel, _)| *channel).collect()
    }

    /// True, once, if a commit has left something to do for the mover.
    pub(super) fn take_due(&mut self) -> bool {
        std::mem::take(&mut self.due)
    }

    /// The first row of the journal that still holds something to be moved.
    pub(super) fn first_waiting(&self) -> Option<i64> {
        self.channels.values().filter_map(|known| known.first).min()
    }

    fn add(
        &mut self,
        conn: &Connection,
        seq: i64,
        channel: ChannelId,
        received: Timestamp,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        // What a channel holds that was deleted meanwhile does not count any more.
        let Some(known) = self.known(conn, channel)? else { return Ok(()) };
        if seq <= known.moved {
            return Ok(());
        }
        let before = known.tail.bytes();
        known.tail.push(entry, seq);
        let bytes = known.tail.bytes() - before;
        known.first = known.first.or(Some(seq));
        known.head.last = known.head.last.max(Some(entry.id));
        known.head.last_write_at = Some(received);
        known.sums.add(bytes);
        let waiting = known.sums.waiting;
        self.sums.add(bytes);
        let (run, all) = self.limits;
        self.due |= waiting >= run || self.sums.waiting > all;
        Ok(())
    }

    /// Goes through the channels after somebody else has written blocks, and lets go of what may have changed.
    fn drop_moved(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let known: Vec<ChannelId> = self.channels.keys().copied().collect();
        for channel in known {
            match read_head(conn, channel)? {
                None => self.forget(channel),
                Some((head, moved, at)) if at > self.moves => {
                    let end = blocks::last(conn, channel)?.map(|block| block.last);
                    self.with(channel, |known| {
                        (known.moved, known.end, known.below) = (moved, end, end);
                        known.let_go(None);
                        let ahead = known.head.last_write_at.filter(|_| known.sums.waiting > 0);
                        known.head = Head {
                            last: head.last.max(known.tail.highest_id()),
                            last_write_at: ahead.or(head.last_write_at),
                        };
                    });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.sums.bytes - self.sums.waiting_bytes > BYTES_MAX
            || self.channels.len() > CHANNELS_MAX + self.sums.waiting
    }

    /// Lets go of channels that nobody asked for lately.
    fn make_room(&mut self) {
        if !self.is_full() {
            return;
        }
        let mut oldest: Vec<_> =
            self.channels.iter().map(|(id, known)| (known.used.load(Relaxed), *id)).collect();
        oldest.sort_unstable();
        // A quarter at once, so that this is rare.
        for (_, channel) in oldest.into_iter().take(self.channels.len() / 4 + 1) {
            self.with(channel, |known| {
                known.below = known.end;
                known.let_go(None);
            });
            if self.channels.get(&channel).is_some_and(|known| known.sums.waiting == 0) {
                self.channels.remove(&channel);
            }
        }
    }

    /// Changes what is known of a channel, and the sums with it.
    fn with(&mut self, channel: ChannelId, change: impl FnOnce(&mut Known)) {
        let Some(known) = self.channels.get_mut(&channel) else { return };
        let before = known.sums;
        change(known);
        let after = known.sums;
        let sums = &mut self.sums;
        sums.waiting = sums.waiting + after.waiting - before.waiting;
        sums.waiting_bytes = sums.waiting_bytes + after.waiting_bytes - before.waiting_bytes;
        sums.bytes = sums.bytes + after.bytes - before.bytes;
    }
}

/// Below every key.
const NOTHING: Key = (Timestamp::from_millis(i64::MIN), EntryId::new(0));

/// Where a channel stands as the file has it, up to which row of the journal that is, and since which of the `moves`.
pub(super) fn read_head(
    conn: &Connection,
    channel: ChannelId,
) -> Result<Option<(Head, i64, i64)>, StoreError> {
    let sql =
        "SELECT last_entry_id, last_write_at, moved_seq, moved_at FROM heads WHERE channel_id = ?";
    let found = conn.prepare_cached(sql)?.query_row([number(channel.get())], |row| {
        let last: i64 = row.get(0)?;
        let last_write_at: Option<i64> = row.get(1)?;
        let head = Head {
            last: (last > 0).then(|| EntryId::new(last as u64)),
            last_write_at: last_write_at.map(Timestamp::from_millis),
        };
        Ok((head, row.get(2)?, row.get(3)?))
    });
    Ok(found.optional()?)
}

/// Writes where a channel stands, now that all of it up to a row of the journal is in blocks.
pub(super) fn write_head(
    conn: &Connection,
    channel: ChannelId,
    head: &Head,
    (moved, at): (i64, i64),
) -> Result<(), StoreError> {
    let sql = "UPDATE heads SET last_entry_id = ?, last_write_at = ?, moved_seq = ?, moved_at = ?
               WHERE channel_id = ?";
    conn.prepare_cached(sql)?.execute(params![
        number(head.last.map_or(0, EntryId::get)),
        head.last_write_at.map(Timestamp::millis),
        moved,
        at,
        number(channel.get())
    ])?;
    Ok(())
}
