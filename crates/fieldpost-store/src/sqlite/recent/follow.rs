//! How memory follows the journal and the database: what others wrote is taken in, what this process writes is given room.
//!
//! The journal is always read before the database: then all that it lacks is in blocks.

use fieldpost_wire::ChannelId;
use rusqlite::Connection;

use super::{Part, Recent, Sums};
use crate::sqlite::failed;
use crate::sqlite::journal;
use crate::sqlite::journal_file::{Appending, JournalFile, News, is_given_up, new_id};
use crate::sqlite::rows::set_counter;
use crate::store::StoreError;

/// A row on its way to the disk.
pub(in crate::sqlite) struct NewRow {
    pub(in crate::sqlite) row: Appending,
    /// The journal that begins with it, which nobody knows before the database does.
    begun: Option<JournalFile>,
}

impl NewRow {
    pub(in crate::sqlite) fn begins_journal(&self) -> bool {
        self.begun.is_some()
    }
}

/// What the database says of its state: the number by which changes of blocks are noticed, which journal belongs to it, and up to which
/// row of that all is in blocks.
#[derive(Clone, Copy, Debug)]
pub(in crate::sqlite) struct Look {
    pub(in crate::sqlite) moves: i64,
    pub(in crate::sqlite) journal: i64,
    pub(in crate::sqlite) free: i64,
}

pub(in crate::sqlite) fn look(conn: &Connection) -> Result<Look, StoreError> {
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
    /// Reads the journal to its end, while nobody can write.
    ///
    /// # Errors
    /// If the journal is not there or some of it can't be read.
    pub(in crate::sqlite) fn read_all(&mut self, tx: &Connection) -> Result<(), StoreError> {
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
    pub(in crate::sqlite) fn refresh(&mut self, conn: &Connection) -> Result<bool, StoreError> {
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
    pub(in crate::sqlite) fn begin_anew(&mut self) {
        (self.moves, self.seq, self.journal, self.is_end_void) = (0, 0, None, false);
        self.channels.clear();
        self.sums = Sums::default();
    }

    /// The same for who has the database's lock for writing, so that it succeeds.
    pub(in crate::sqlite) fn refresh_alone(&mut self, tx: &Connection) -> Result<(), StoreError> {
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
    pub(in crate::sqlite) fn room_for(
        &mut self,
        tx: &Connection,
        body: &[u8],
    ) -> Result<NewRow, StoreError> {
        let seq = self.seq + 1;
        if let Some(journal) = &mut self.journal {
            return Ok(NewRow { row: journal.append(seq, body), begun: None });
        }
        let id = new_id();
        let mut journal = JournalFile::begin(&self.path, id, self.seq, &self.appending)?;
        write_journal(tx, id, self.seq)?;
        Ok(NewRow { row: journal.append(seq, body), begun: Some(journal) })
    }

    /// Up to which row all of the journal is in blocks.
    pub(in crate::sqlite) fn settled(&self) -> i64 {
        self.first_waiting().map_or(self.seq, |first| first - 1)
    }

    /// True if more room of the journal could be used again.
    pub(in crate::sqlite) fn would_free(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.would_free(self.settled()))
    }

    /// The channels whose first entry in the journal came in the older half of it, if it takes more than so many slots.
    pub(in crate::sqlite) fn begun_in_long_journal(&self, slots: usize) -> Vec<ChannelId> {
        let middle = self.journal.as_ref().and_then(|journal| journal.middle_beyond(slots));
        middle.map_or_else(Vec::new, |middle| self.begun_before(i64::MAX, middle))
    }

    /// Notes that rows may be written over, as the database says now.
    pub(in crate::sqlite) fn free(&mut self, up_to: i64) {
        if let Some(journal) = &mut self.journal {
            journal.free = up_to;
        }
    }

    pub(in crate::sqlite) fn has_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// Lets go of the journal, now that the database says that it needs none.
    pub(in crate::sqlite) fn end_journal(&mut self) {
        if let Some(journal) = self.journal.take() {
            // What is left of it takes room and does no harm.
            let _ = journal.shorten();
        }
    }

    /// Tells whether this agrees with the database, which has just been looked at, and with the journal.
    pub(in crate::sqlite) fn agrees(&self, look: Look) -> bool {
        let agrees = self.moves == look.moves
            && self.journal_id() == look.journal
            && !self.journal.as_ref().is_some_and(|journal| journal.is_news(self.seq));
        if agrees {
            self.note_agreement();
        }
        agrees
    }

    /// Takes in a row that is on disk, as is the journal it began.
    pub(in crate::sqlite) fn append(
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
}

/// Up to which row of the journal anything is in blocks.
pub(in crate::sqlite) fn highest_moved(conn: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(moved_seq), 0) FROM heads";
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

/// Writes down that no journal belongs to the database, and that the next one begins behind row `seq`.
pub(in crate::sqlite) fn write_no_journal(conn: &Connection, seq: i64) -> Result<(), StoreError> {
    write_journal(conn, 0, seq)
}

/// Writes down which journal belongs to the database, and behind which row it begins.
fn write_journal(conn: &Connection, id: i64, seq: i64) -> Result<(), StoreError> {
    set_counter(conn, "journal", id)?;
    set_counter(conn, "journal_free", seq)
}

/// What is said of rows that should be there.
pub(in crate::sqlite) fn rows_missing(first: i64, last: i64) -> StoreError {
    let which =
        if first == last { format!("row {first}") } else { format!("rows {first} to {last}") };
    failed(&format!("the journal is damaged: {which} can't be read"))
}
