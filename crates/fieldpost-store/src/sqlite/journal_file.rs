//! The file beside the database in which entries are on disk first: rows one after the other, in slots of one size that are used again.
//!
//! Knows nothing of what a row says (`journal.rs`) nor when its entries are in blocks; `docs/storage.md` draws the bytes. A row is appended and
//! synced by whoever holds the database's lock for writing, so nobody else appends meanwhile. Another process may read at any time: the
//! file's own lock keeps it from a row that is not on disk yet.
//!
//! A table of SQLite did this before, and wrote two to three pages for each commit. A row of this file writes the page it lies in.

mod bytes;

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use bytes::{
    Ahead, RowHead, Shared, at, head, mark, options, read_at, row, unless_unknown, whole, write_at,
};

use super::copy::{beside, settle};
use super::recent::rows_missing;
use crate::store::StoreError;

/// Begins the file; the last byte is the version of its form.
const MAGIC: [u8; 8] = *b"FPosJnl\x01";
/// How much the file's head takes, so that slots begin at a page.
const HEAD: u64 = 4_096;
/// How much a disk writes at least.
const PAGE: usize = 4_096;
/// How long a slot is.
const SLOT: u64 = 512 << 10;
/// What stands before each row: mark, check sum, length, number, and the transaction it belongs to.
const ROW_HEAD: usize = 32;
/// The longest row.
pub(super) const ROW_MAX: usize = SLOT as usize - 2 * ROW_HEAD;
/// The length that says that the next row lies in another slot.
const ELSEWHERE: u32 = u32::MAX;

/// The file, and where in it the next row belongs.
#[derive(Debug)]
pub(super) struct JournalFile {
    file: Arc<File>,
    id: i64,
    /// The number of the first row in each slot, if it was ever used.
    slots: Vec<Option<i64>>,
    place: Place,
    /// All rows up to this one may be written over, as the database says.
    pub(super) free: i64,
    /// Somebody of this process is appending, so nobody of another one is.
    appending: Arc<AtomicBool>,
}

/// Where a row is, or would be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Place {
    slot: usize,
    at: u64,
}

/// A row as it was read.
#[derive(Debug)]
pub(super) struct Row {
    place: Place,
    pub(super) seq: i64,
    /// The transaction of the database without which it does not count, 0 if there is none.
    pub(super) with: i64,
    pub(super) body: Vec<u8>,
}

/// How far a row was looked for that does not come where it should.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Sought {
    Nowhere,
    /// In the slot that would hold it.
    InItsPlace,
    /// In the slots behind that.
    Behind,
}

/// Rows that came behind the last one that is known, and where the next one would be.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) rows: Vec<Row>,
    end: Option<Place>,
}

/// A row on its way to the disk; other processes wait. Dropped before it is [kept](JournalFile::keep) it is taken back.
#[derive(Debug)]
pub(super) struct Appending {
    file: Arc<File>,
    seq: i64,
    place: Place,
    /// What says in the slot before that it goes on here.
    from: Option<Place>,
    /// Whether the slot has to be made.
    grow: bool,
    mark: u32,
    len: u64,
    under_way: Arc<AtomicBool>,
    /// Something of it may be in the file.
    begun: bool,
}

/// A number that no other journal is likely to have.
pub(super) fn new_id() -> i64 {
    let random = RandomState::new().hash_one(std::process::id());
    ((random >> 1) as i64).max(1)
}

/// True if somebody has put an empty file in the place of the journal of a database, since it is lost.
pub(super) fn is_given_up(database: &Path) -> bool {
    std::fs::metadata(journal_of(database)).is_ok_and(|file| file.len() == 0)
}

/// Where the journal of a database is.
pub(super) fn journal_of(database: &Path) -> PathBuf {
    beside(database, ".journal")
}

impl JournalFile {
    /// Begins a journal of which the first row will be the one behind `seq`. What the file held, if there is one, counts no more.
    pub(super) fn begin(
        database: &Path,
        id: i64,
        seq: i64,
        appending: &Arc<AtomicBool>,
    ) -> Result<Self, StoreError> {
        let path = journal_of(database);
        let begin = || -> io::Result<File> {
            let file = options().create(true).open(&path)?;
            write_at(&file, 0, &head(id))?;
            file.sync_all()?;
            settle(&path)?;
            Ok(file)
        };
        let file = begin().map_err(|error| at(&path, &error))?;
        Self::with(file, id, seq, appending).map_err(|error| at(&path, &error))
    }

    /// Opens the journal of a database; all rows up to `seq` are known not to be needed. `appending` is the same for all who open it for
    /// the same memory.
    pub(super) fn open(
        database: &Path,
        id: i64,
        seq: i64,
        appending: &Arc<AtomicBool>,
    ) -> Result<Self, StoreError> {
        let path = journal_of(database);
        let file = match options().open(&path) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => File::open(&path),
            opened => opened,
        };
        let file = file.map_err(|error| match error.kind() {
            ErrorKind::NotFound => super::failed(&format!(
                "{} is missing: it holds the newest entries. Put it back beside the database it belongs to; if it is lost, \
                 put an empty file there, and all goes on without those entries",
                path.display()
            )),
            _ => at(&path, &error),
        })?;
        let mut found = [0; 32];
        let read = read_at(&file, 0, &mut found).map_err(|error| at(&path, &error))?;
        if found[..read] != head(id)[..32] {
            return Err(super::failed(&format!(
                "{} belongs to another database or is damaged: put the one back that was beside this database",
                path.display()
            )));
        }
        Self::with(file, id, seq, appending).map_err(|error| at(&path, &error))
    }

    fn with(file: File, id: i64, seq: i64, appending: &Arc<AtomicBool>) -> io::Result<Self> {
        let file = Arc::new(file);
        let place = Place { slot: 0, at: 0 };
        let appending = Arc::clone(appending);
        let mut journal = Self { file, id, slots: Vec::new(), place, free: seq, appending };
        journal.look_at_slots()?;
        journal.place = journal.place_behind(seq);
        Ok(journal)
    }

    pub(super) fn id(&self) -> i64 {
        self.id
    }

    /// Looks, at the price of two short reads, whether another process may have appended something behind row `seq`.
    pub(super) fn is_news(&self, seq: i64) -> bool {
        if self.appending.load(Relaxed) {
            return false;
        }
        let begins = Place { at: 0, ..self.place };
        match (self.seq_at(self.place), self.seq_at(begins)) {
            (Ok(next), Ok(first)) => {
                next.is_some_and(|next| next > seq) || first != self.first(begins)
            }
            // Whoever reads it in earnest will say so.
            _ => true,
        }
    }

    /// Reads the rows behind row `seq`, up to so many.
    pub(super) fn news(&mut self, seq: i64, most: usize) -> Result<News, StoreError> {
        if self.appending.load(Relaxed) {
            return Ok(News::default());
        }
        let file = Arc::clone(&self.file);
        let read = Shared::take(&file).and_then(|_others_wait| self.read_behind(seq, most));
        read.map_err(|error| super::failed(&format!("the journal can't be read: {error}")))
    }

    fn read_behind(&mut self, seq: i64, most: usize) -> io::Result<News> {
        let (mut place, mut end, mut last, mut rows) = (self.place, self.place, seq, Vec::new());
        // The number of the next row here; at the beginning of a slot only the row itself can tell. What lies behind the last row of a slot
        // that is used again are old rows, with lower numbers.
        let mut next = (place.at > 0).then_some(seq + 1);
        let (mut ahead, mut sought) = (Ahead::default(), Sought::Nowhere);
        while rows.len() < most {
            let row = self.row_at(&mut ahead, place)?;
            if let Some(row) = row.filter(|row| next.is_none_or(|next| row.seq == next))
                && row.seq <= last + 1
            {
                next = Some(row.seq + 1);
                place.at += (ROW_HEAD + row.body.len()) as u64;
                end = place;
                if row.seq > last {
                    last = row.seq;
                    sought = Sought::Nowhere;
                    rows.push(row);
                }
                continue;
            }
            // It goes on in another slot, or what was here has been written over, and what comes next may have been, too.
            if sought == Sought::Nowhere {
                self.look_at_slots()?;
                sought = Sought::InItsPlace;
                let here = self.place_behind(last);
                if here.slot != place.slot
                    && self.first(here).is_some_and(|first| first <= last + 1)
                {
                    (place, next) = (here, None);
                    continue;
                }
            }
            let behind = self.firsts().filter(|first| *first > last + 1).min();
            match behind.filter(|_| sought == Sought::InItsPlace) {
                Some(first) => {
                    sought = Sought::Behind;
                    (place, next, last) = (self.place_behind(first - 1), None, first - 1);
                }
                None => break,
            }
        }
        Ok(News { rows, end: Some(end) })
    }

    /// Where a row was found: what comes behind the ones before it belongs there.
    pub(super) fn go_back_to(&mut self, row: &Row) {
        self.place = row.place;
    }

    /// Takes back the row that would come next, since it never counted.
    pub(super) fn scrub(&self) -> Result<(), StoreError> {
        write_at(&self.file, offset(self.place), &[0; ROW_HEAD])
            .and_then(|()| self.file.sync_data())
            .map_err(|error| super::failed(&format!("the journal can't be written: {error}")))
    }

    /// Notes that the rows of some news are known now.
    pub(super) fn take_in(&mut self, news: &News) {
        self.place = news.end.unwrap_or(self.place);
    }

    /// Makes sure that what could not be read any more, behind row `seq`, is the end.
    ///
    /// # Errors
    /// If there are rows behind it: those between are damaged.
    pub(super) fn is_at_its_end(&mut self, seq: i64) -> Result<(), StoreError> {
        match self.beyond(seq) {
            Ok(None) => Ok(()),
            Ok(Some(next)) => Err(rows_missing(seq + 1, next - 1)),
            Err(error) => Err(super::failed(&format!("the journal can't be read: {error}"))),
        }
    }

    fn beyond(&mut self, seq: i64) -> io::Result<Option<i64>> {
        let file = Arc::clone(&self.file);
        let _others_wait = Shared::take(&file)?;
        if !self.read_behind(seq, 1)?.rows.is_empty() {
            return Ok(None); // it came meanwhile
        }
        if let Some(first) = self.firsts().filter(|first| *first > seq).min() {
            return Ok(Some(first));
        }
        let mut rest = vec![0; (SLOT - self.place.at.min(SLOT)) as usize];
        let read = read_at(&self.file, offset(self.place), &mut rest)?;
        rest.truncate(read);
        let mark = mark(self.id).to_le_bytes();
        for at in 0..rest.len().saturating_sub(ROW_HEAD) {
            if rest[at..].starts_with(&mark)
                && let Some(head) = whole(&rest[at..], self.id)
                && head.seq > seq
            {
                return Ok(Some(head.seq));
            }
        }
        Ok(None)
    }

    /// Finds room for a row. Nobody of this process reads the file until it is dropped.
    pub(super) fn append(&mut self, seq: i64, body: &[u8]) -> Appending {
        let len = (ROW_HEAD + body.len()) as u64;
        let here = self.place;
        // A row that says where it goes on must fit behind each.
        let fits = here.at + len + ROW_HEAD as u64 <= SLOT && here.slot < self.slots.len();
        let place = if fits { here } else { Place { slot: self.spare_slot(seq), at: 0 } };
        self.appending.store(true, Relaxed);
        Appending {
            file: Arc::clone(&self.file),
            seq,
            place,
            from: (!fits && here.slot < self.slots.len()).then_some(here),
            grow: place.slot == self.slots.len(),
            mark: mark(self.id),
            len,
            under_way: Arc::clone(&self.appending),
            begun: false,
        }
    }

    /// Notes that the row behind the last one is on disk, and so is all that belongs to it.
    pub(super) fn keep(&mut self, mut row: Appending) {
        row.begun = false;
        if row.grow {
            self.slots.push(None);
        }
        if row.place.at == 0 {
            self.slots[row.place.slot] = Some(row.seq);
        }
        self.place = Place { slot: row.place.slot, at: row.place.at + row.len };
    }

    /// True if some slot could be used again if all rows up to `seq` were free.
    pub(super) fn would_free(&self, seq: i64) -> bool {
        let free = |up_to| self.firsts().filter(|first| self.is_free(*first, up_to)).count();
        free(seq) > free(self.free)
    }

    /// The row in the middle of those that are needed, if they take more than so many slots.
    pub(super) fn middle_beyond(&self, slots: usize) -> Option<i64> {
        let mut needed: Vec<_> =
            self.firsts().filter(|first| !self.is_free(*first, self.free)).collect();
        needed.sort_unstable();
        (needed.len() > slots).then(|| needed[needed.len() / 2])
    }

    /// Makes the file as short as a new one; no row of it is needed any more, and the database says so already.
    pub(super) fn shorten(&self) -> io::Result<()> {
        self.file.set_len((HEAD + SLOT).min(self.file.metadata()?.len()))
    }

    /// A slot whose rows nobody needs, or the place for a new one.
    fn spare_slot(&self, next: i64) -> usize {
        let free = |first: &Option<i64>| match first {
            None => true,
            Some(first) => *first < next && self.is_free(*first, self.free),
        };
        self.slots.iter().position(free).unwrap_or(self.slots.len())
    }

    /// True if all rows of the slot that begins with `first` come up to `seq`.
    fn is_free(&self, first: i64, seq: i64) -> bool {
        let next = self.firsts().filter(|other| *other > first).min();
        next.is_some_and(|next| next <= seq + 1)
    }

    /// Where to begin looking for the row behind `seq`.
    fn place_behind(&self, seq: i64) -> Place {
        let used =
            || self.slots.iter().enumerate().filter_map(|(slot, first)| Some((slot, (*first)?)));
        let before = used().filter(|(_, first)| *first <= seq + 1).max_by_key(|(_, first)| *first);
        let slot = before.or_else(|| used().min_by_key(|(_, first)| *first));
        Place { slot: slot.map_or(0, |(slot, _)| slot), at: 0 }
    }

    /// The numbers of the rows that slots begin with.
    fn firsts(&self) -> impl Iterator<Item = i64> {
        self.slots.iter().filter_map(|first| *first)
    }

    fn first(&self, place: Place) -> Option<i64> {
        self.slots.get(place.slot).copied().flatten()
    }

    fn look_at_slots(&mut self) -> io::Result<()> {
        let slots = self.file.metadata()?.len().saturating_sub(HEAD) / SLOT;
        let first = |slot| -> io::Result<Option<i64>> {
            let row = self.row_at(&mut Ahead::default(), Place { slot, at: 0 })?;
            Ok(row.map(|row| row.seq))
        };
        self.slots = (0..slots as usize).map(first).collect::<io::Result<_>>()?;
        Ok(())
    }

    /// The number that stands at a place, if it looks like a row of this journal.
    fn seq_at(&self, place: Place) -> io::Result<Option<i64>> {
        let mut head = [0; ROW_HEAD];
        let read = read_at(&self.file, offset(place), &mut head)?;
        let head = RowHead::read(&head[..read]);
        Ok(head.filter(|head| head.mark == mark(self.id)).map(|head| head.seq))
    }

    fn row_at(&self, ahead: &mut Ahead, place: Place) -> io::Result<Option<Row>> {
        let bytes = ahead.bytes(&self.file, offset(place), ROW_HEAD)?;
        let Some(head) = RowHead::read(bytes).filter(|head| head.mark == mark(self.id)) else {
            return Ok(None);
        };
        let len = head.len as usize;
        if place.at + (ROW_HEAD + len) as u64 > SLOT {
            return Ok(None);
        }
        let bytes = ahead.bytes(&self.file, offset(place), ROW_HEAD + len)?;
        Ok(whole(bytes, self.id).map(|head| Row {
            place,
            seq: head.seq,
            with: head.with,
            body: bytes[ROW_HEAD..].to_vec(),
        }))
    }
}

impl Appending {
    /// Writes the row and waits until it is on disk; `with` names the transaction without which it does not count.
    pub(super) fn write(&mut self, with: i64, body: &[u8]) -> Result<(), StoreError> {
        self.put(with, body)
            .map_err(|error| super::failed(&format!("the journal can't be written: {error}")))
    }

    fn put(&mut self, with: i64, body: &[u8]) -> io::Result<()> {
        self.file.lock().or_else(unless_unknown)?;
        self.begun = true;
        if self.grow {
            // Room that is there already is written over without a change to what the file system knows of the file. Page by page: Linux
            // keeps what is written at once as one large page, and counts all of it as written again with each row in it.
            let begin = offset(Place { at: 0, ..self.place });
            for at in (0..SLOT).step_by(PAGE) {
                write_at(&self.file, begin + at, &[0; PAGE])?;
            }
        }
        if let Some(from) = self.from {
            write_at(&self.file, offset(from), &row(self.mark, self.seq, 0, ELSEWHERE, &[]))?;
        }
        let bytes = row(self.mark, self.seq, with, body.len() as u32, body);
        write_at(&self.file, offset(self.place), &bytes)?;
        self.file.sync_data()
    }

    /// The number of the row.
    pub(super) fn seq(&self) -> i64 {
        self.seq
    }

    /// Leaves a row that is on disk to whoever reads the journal next.
    pub(super) fn leave(mut self) {
        self.begun = false;
    }
}

impl Drop for Appending {
    fn drop(&mut self) {
        if self.begun {
            // What is not kept was answered with an error: it must not be there after a restart. If this fails, too, the next row that is
            // written goes to the same place.
            let _ = write_at(&self.file, offset(self.place), &[0; ROW_HEAD])
                .and_then(|()| self.file.sync_data());
        }
        let _ = self.file.unlock();
        self.under_way.store(false, Relaxed);
    }
}

fn offset(place: Place) -> u64 {
    HEAD + place.slot as u64 * SLOT + place.at
}

#[cfg(test)]
mod tests;
