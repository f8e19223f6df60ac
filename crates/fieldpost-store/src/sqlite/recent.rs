//! What is known of channels without looking into the file: where each stands, and its newest entries.
//!
//! Everything in here can be made anew from the database and the journal at any time. What other processes did is noticed by a number in the
//! one, `moves`, which changes when blocks do, and by the end of the other. The journal is always read before the database: then all
//! that it lacks is in blocks. Of a channel in here all entries that are not in
//! blocks are in its tail, and of those that are in blocks all with a key above `below`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::{Duration, Instant};

use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::entries::number;
use super::journal::{self, Part};
use super::journal_file::{Appending, JournalFile, News, is_given_up, new_id};
use super::rows::set_counter;
use super::tail::{Key, Tail, key};
use super::{Tuning, blocks};
use crate::store::{Head, StoreError};

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

/// A row on its way to the disk.
pub(super) struct NewRow {
    pub(super) row: Appending,
    /// The journal that begins with it, which nobody knows before the database does.
    begun: Option<JournalFile>,
}

impl NewRow {
    pub(super) fn begins_journal(&self) -> bool {
        self.begun.is_some()
    }
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

/// What the database says of its state: the number by which changes of blocks are noticed, which journal belongs to it, and up to which
/// row of that all is in blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) moves: i64,
    pub(super) journal: i64,
    pub(super) free: i64,
}

pub(super) fn look(conn: &Connection) -> Result<Look, StoreError> {
    let sql = "SELECT value, (SELECT value FROM counters WHERE name = 'journal'),
                      (SELECT value FROM counters WHERE name = 'journal_free')
               FROM counters WHERE name = 'moves'";
    let mut select = conn.prepare_cached(sql)?;
    Ok(select.query_row([], |row| {
        Ok(Look { moves: row.get(0)?, journal: row.get(1)?, free: row.get(2)? })
    })?)
}

/// How many rows of the journal are taken in at once when it is read from its beginning.
const ROWS_AT_ONCE: usize = 4_096;

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

    /// Reads the journal to its end, while nobody can write.
    ///
    /// # Errors
    /// If the journal is not there or some of it can't be read.
    pub(super) fn read_all(&mut self, tx: &Connection) -> Result<(), StoreError> {
        let look = look(tx)?;
        (self.moves, self.seq) = (look.moves, look.free);
        if look.journal == 0 {
            return Ok(());
        }
        if is_given_up(&self.path) {
            self.seq = self.seq.max(highest_moved(tx)?);
            return write_no_journal(tx, self.seq);
        }
        self.journal = Some(self.open_journal(look.journal, look.free)?);
        while let Some(journal) = &mut self.journal {
            let news = journal.news(self.seq, ROWS_AT_ONCE)?;
            self.take_in(tx, &news)?;
            if news.rows.is_empty() || self.is_end_void {
                break;
            }
        }
        if let Some(journal) = &mut self.journal
            && !self.is_end_void
        {
            journal.is_at_its_end(self.seq)?;
        }
        self.refresh_alone(tx)
    }

    /// Takes in what was done to the files meanwhile; false if `conn` sees an older state than this is or will be: another transaction
    /// sees a newer one. It must not have looked at anything before.
    pub(super) fn refresh(&mut self, conn: &Connection) -> Result<bool, StoreError> {
        let news = match &mut self.journal {
            Some(journal) if journal.is_news(self.seq) => journal.news(self.seq, usize::MAX)?,
            _ => News::default(),
        };
        let look = look(conn)?;
        if look.moves < self.moves {
            return Ok(false);
        }
        if look.journal != self.journal_id() {
            return self.change_journal(look);
        }
        if let Err(error) = self.catch_up(conn, look, &news) {
            self.begin_anew();
            return Err(error);
        }
        if self.seq < look.free && !self.is_end_void {
            // They were written, moved and written over since the look at the journal; there are others behind them.
            return Ok(false);
        }
        self.note_agreement();
        Ok(true)
    }

    fn catch_up(&mut self, conn: &Connection, look: Look, news: &News) -> Result<(), StoreError> {
        if look.moves > self.moves {
            self.drop_moved(conn)?;
            self.moves = look.moves;
        }
        match &mut self.journal {
            Some(journal) => journal.free = look.free,
            // Others may have begun one and ended it meanwhile.
            None => self.seq = self.seq.max(look.free),
        }
        self.take_in(conn, news)
    }

    /// Forgets everything: what was taken in by half is worth nothing.
    pub(super) fn begin_anew(&mut self) {
        (self.moves, self.seq, self.journal, self.is_end_void) = (0, 0, None, false);
        self.channels.clear();
        self.sums = Sums::default();
    }

    /// The same for who has the database's lock for writing, so that it succeeds.
    pub(super) fn refresh_alone(&mut self, tx: &Connection) -> Result<(), StoreError> {
        // Once more if another journal belongs to the database now.
        if !self.refresh(tx)? && !self.refresh(tx)? {
            let free = look(tx)?.free;
            return Err(rows_missing(self.seq + 1, free));
        }
        if self.is_end_void
            && let Some(journal) = &self.journal
        {
            // Or it would count as soon as `moves` goes on.
            journal.scrub()?;
            self.is_end_void = false;
        }
        Ok(())
    }

    fn open_journal(&self, id: i64, seq: i64) -> Result<JournalFile, StoreError> {
        JournalFile::open(&self.path, id, seq, &self.appending)
    }

    fn journal_id(&self) -> i64 {
        self.journal.as_ref().map_or(0, JournalFile::id)
    }

    /// Another process has put all into blocks, or begun a journal; false, since that has to be looked at in a new transaction.
    fn change_journal(&mut self, look: Look) -> Result<bool, StoreError> {
        self.seq = self.seq.max(look.free);
        self.is_end_void = false;
        self.journal = match look.journal {
            0 => None,
            id => Some(self.open_journal(id, self.seq)?),
        };
        Ok(false)
    }

    /// Takes in rows of the journal.
    fn take_in(&mut self, conn: &Connection, news: &News) -> Result<(), StoreError> {
        for row in &news.rows {
            let Some(journal) = &mut self.journal else { break };
            if row.seq > self.seq + 1 && row.seq > journal.free + 1 {
                return Err(rows_missing(self.seq + 1, row.seq - 1));
            }
            if row.with > self.moves {
                // It was written with blocks that were never committed.
                journal.go_back_to(row);
                self.is_end_void = true;
                return Ok(());
            }
            let mut found = Vec::new();
            journal::decode(&row.body, &mut |channel, received, entry| {
                found.push((channel, received, entry));
            })?;
            for (channel, received, entry) in found {
                self.add(conn, row.seq, channel, received, &entry)?;
            }
            self.seq = row.seq;
        }
        if let Some(journal) = &mut self.journal {
            journal.take_in(news);
        }
        Ok(())
    }

    /// Finds room in the journal for a row. If there is no journal one is begun as part of `tx`.
    pub(super) fn room_for(&mut self, tx: &Connection, body: &[u8]) -> Result<NewRow, StoreError> {
        let seq = self.seq + 1;
        if let Some(journal) = &mut self.journal {
            return Ok(NewRow { row: journal.append(seq, body), begun: None });
        }
        let id = new_id();
        let mut journal = JournalFile::begin(&self.path, id, self.seq, &self.appending)?;
        set_counter(tx, "journal", id)?;
        set_counter(tx, "journal_free", self.seq)?;
        Ok(NewRow { row: journal.append(seq, body), begun: Some(journal) })
    }

    /// Up to which row all of the journal is in blocks.
    pub(super) fn settled(&self) -> i64 {
        self.first_waiting().map_or(self.seq, |first| first - 1)
    }

    /// True if more room of the journal could be used again.
    pub(super) fn would_free(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.would_free(self.settled()))
    }

    /// The channels whose first entry in the journal came in the older half of it, if it takes more than so many slots.
    pub(super) fn begun_in_long_journal(&self, slots: usize) -> Vec<ChannelId> {
        let middle = self.journal.as_ref().and_then(|journal| journal.middle_beyond(slots));
        middle.map_or_else(Vec::new, |middle| self.begun_before(i64::MAX, middle))
    }

    /// Notes that rows may be written over, as the database says now.
    pub(super) fn free(&mut self, up_to: i64) {
        if let Some(journal) = &mut self.journal {
            journal.free = up_to;
        }
    }

    pub(super) fn has_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// Lets go of the journal, now that the database says that it needs none.
    pub(super) fn end_journal(&mut self) {
        if let Some(journal) = self.journal.take() {
            // What is left of it takes room and does no harm.
            let _ = journal.shorten();
        }
    }

    /// True if this was seen to agree with the file lately.
    pub(super) fn is_fresh(&self, lately: Duration) -> bool {
        let agreed = Duration::from_millis(self.agreed.load(Relaxed));
        self.begin.elapsed().saturating_sub(agreed) < lately
    }

    /// Tells whether this agrees with the database, which has just been looked at, and with the journal.
    pub(super) fn agrees(&self, look: Look) -> bool {
        let agrees = self.moves == look.moves
            && self.journal_id() == look.journal
            && !self.journal.as_ref().is_some_and(|journal| journal.is_news(self.seq));
        if agrees {
            self.note_agreement();
        }
        agrees
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
        if !self.channels.contains_key(&channel) {
            let Some((head, moved, _)) = read_head(conn, channel)? else { return Ok(None) };
            let end = blocks::last(conn, channel)?.map(|block| block.last);
            let (tail, sums) = (Tail::default(), Sums::default());
            let known =
                Known { head, tail, moved, end, below: end, first: None, sums, used: clock.into() };
            self.make_room();
            self.channels.insert(channel, known);
        }
        let known = self.channels.get_mut(&channel);
        Ok(known.inspect(|known| known.note_use(clock)))
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

    /// Takes in a row that is on disk, as is the journal it began.
    pub(super) fn append(
        &mut self,
        conn: &Connection,
        NewRow { row, begun }: NewRow,
        parts: &[Part<'_>],
    ) {
        self.journal = begun.or(self.journal.take());
        let seq = row.seq();
        match &mut self.journal {
            Some(journal) if seq == self.seq + 1 => journal.keep(row),
            _ => {
                // Memory was begun anew meanwhile.
                row.leave();
                return self.begin_anew();
            }
        }
        self.seq = seq;
        let entries = parts.iter().flat_map(|part| part.entries.iter().map(move |e| (part, e)));
        for (part, entry) in entries {
            if self.add(conn, seq, part.channel, part.received, entry).is_err() {
                // It is on disk all the same, and is read from there.
                return self.begin_anew();
            }
        }
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

    /// Lets go of channels that nobody asked for lately.
    fn make_room(&mut self) {
        let full = |this: &Self| {
            this.sums.bytes - this.sums.waiting_bytes > BYTES_MAX
                || this.channels.len() > CHANNELS_MAX + this.sums.waiting
        };
        if !full(self) {
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

/// Up to which row of the journal anything is in blocks.
pub(super) fn highest_moved(conn: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(moved_seq), 0) FROM heads";
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

/// Writes down that no journal belongs to the database, and that the next one begins behind row `seq`.
pub(super) fn write_no_journal(conn: &Connection, seq: i64) -> Result<(), StoreError> {
    set_counter(conn, "journal", 0)?;
    set_counter(conn, "journal_free", seq)
}

/// What is said of rows that should be there.
pub(super) fn rows_missing(first: i64, last: i64) -> StoreError {
    let which =
        if first == last { format!("row {first}") } else { format!("rows {first} to {last}") };
    super::failed(&format!("the journal is damaged: {which} can't be read"))
}

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
