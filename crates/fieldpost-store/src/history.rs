//! The part of the contract that is about the past: charts, aggregates, corrections, and the safety of the whole.
//!
//! Reads take spans of time in milliseconds and give columns of numbers; what is no number, or outside of what the
//! owner believes, is `NaN` there. `plain.rs` says what each read means, by loops over entries; stores may be
//! faster but not different.

pub mod plain;
pub(crate) mod sum;

use std::path::Path;

use fieldpost_wire::{ChannelId, Entry, EntryId, FieldNo, Timestamp};

use crate::store::StoreError;

/// What channels held, as numbers; and corrections of it.
pub trait HistoryStore {
    /// Stores entries that have ids and times of their own: what was exported elsewhere, or was deleted by mistake. An
    /// id that is there already is left as it is. The channel's next id is above all of them. Counts as a change
    /// for [`Store::version`](crate::Store::version), unless nothing was stored, and as no write for the time between two writes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel. Nothing is stored then, or if the store fails.
    fn put(&self, channel: ChannelId, entries: &[Entry]) -> Result<Put, StoreError>;

    /// Corrects an entry: reads it, lets `change` alter its time and values, writes it back, in one transaction. Its id stays.
    /// Gives the entry as it was and as it is. `change` must not call the store. Counts as a change for
    /// [`Store::version`](crate::Store::version).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such entry.
    fn change_entry(
        &self,
        channel: ChannelId,
        id: EntryId,
        change: &mut dyn FnMut(&mut Entry),
    ) -> Result<(Entry, Entry), StoreError>;

    /// Deletes entries and tells how many. Their ids are not given again. Counts as a change for
    /// [`Store::version`](crate::Store::version), unless there were none.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel.
    fn delete_entries(&self, channel: ChannelId, which: &Which) -> Result<u64, StoreError>;

    /// Replaces entries by fewer, in one transaction: deletes those of `delete` that are there, and gives those of `change` that are
    /// there their new time and values. Tells how many were deleted. Counts as a change for
    /// [`Store::version`](crate::Store::version).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel.
    fn rewrite(
        &self,
        channel: ChannelId,
        delete: &[EntryId],
        change: &[Entry],
    ) -> Result<u64, StoreError>;

    /// Reads the numbers of each entry from a time to a time, both included, by ascending time and then id; `None` if there
    /// are more entries than `limit`.
    ///
    /// # Errors
    /// If the store can't be read.
    fn points(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
        columns: &[Column],
        limit: usize,
    ) -> Result<Option<Points>, StoreError>;

    /// Reads what a chart needs of any stretch: for each span of a grid and each column the first, last, lowest and highest
    /// number and how many there are.
    ///
    /// # Errors
    /// If the store can't be read.
    fn overview(
        &self,
        channel: ChannelId,
        grid: &Grid,
        columns: &[Column],
    ) -> Result<Overview, StoreError>;

    /// Makes one number of each span of a grid, for each column.
    ///
    /// # Errors
    /// If the store can't be read.
    fn aggregate(
        &self,
        channel: ChannelId,
        grid: &Grid,
        columns: &[Column],
        how: Aggregate,
    ) -> Result<Aggregates, StoreError>;

    /// Tells how much a channel holds. A channel that does not exist holds nothing.
    ///
    /// # Errors
    /// If the store can't be read.
    fn extent(&self, channel: ChannelId) -> Result<Extent, StoreError>;

    /// Reads everything and tells what is damaged. Takes its time; others may read and write meanwhile.
    ///
    /// # Errors
    /// If the store can't be read at all.
    fn check(&self) -> Result<Checked, StoreError>;

    /// Copies everything, as it is at one moment, into a new file, which can be opened as this store was. Others may read
    /// and write meanwhile. The copy is on disk when this returns.
    ///
    /// # Errors
    /// If there is such a file already, it can't be written, or this store is none that a file could hold.
    fn backup(&self, to: &Path) -> Result<(), StoreError>;
}

/// What became of entries that were put in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Put {
    /// Stored.
    pub stored: u64,
    /// There already, with the same time and values.
    pub same: u64,
    /// An entry of that id is there with another time or other values; it was left.
    pub differs: u64,
}

/// Which entries are meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Which {
    /// Those with these ids.
    Ids(Vec<EntryId>),
    /// Those from a time to a time, both included.
    Times(Timestamp, Timestamp),
}

/// A field and which of its values are believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// The field.
    pub field: FieldNo,
    /// The lowest and the highest value that is believed, both included; may be infinite.
    pub valid: (f64, f64),
}

/// Spans of equal length, one after the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Grid {
    /// Where the first begins, in milliseconds since 1970.
    pub start: i64,
    /// How long each is, in milliseconds, at least 1.
    pub step: i64,
    /// How many there are.
    pub count: usize,
    /// Entries before and after these times do not count, although a span holds them; both included.
    pub within: (Timestamp, Timestamp),
}

/// Numbers of entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// The ids.
    pub ids: Vec<u64>,
    /// The times, in milliseconds since 1970.
    pub times: Vec<i64>,
    /// The numbers of each column; `NaN` where there is none.
    pub columns: Vec<Vec<f64>>,
    /// How many values were outside of what is believed, in each column.
    pub hidden: Vec<u64>,
    /// The channel's newest id when this was read.
    pub last: Option<EntryId>,
}

/// What spans of time look like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// How many entries the grid holds.
    pub entries: u64,
    /// How many entries each span holds.
    pub counts: Vec<u32>,
    /// Each column, span by span.
    pub columns: Vec<Looks>,
    /// The channel's newest id when this was read.
    pub last: Option<EntryId>,
}

/// How a column looks, span by span; `NaN` and 0 where it has no number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Looks {
    /// The first number.
    pub first: Vec<f64>,
    /// The last number.
    pub last: Vec<f64>,
    /// The lowest.
    pub min: Vec<f64>,
    /// The highest.
    pub max: Vec<f64>,
    /// How many numbers there are.
    pub count: Vec<u32>,
    /// How many values were outside of what is believed, in all spans.
    pub hidden: u64,
}

/// What is made of a span's numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Aggregate {
    /// Their sum by their count.
    Mean,
    /// The middle one, or the mean of the two in the middle.
    Median,
    /// The lowest.
    Min,
    /// The highest.
    Max,
    /// Their sum.
    Sum,
    /// How many there are.
    Count,
}

/// One number for each span and column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aggregates {
    /// How many entries the grid holds.
    pub entries: u64,
    /// Each column, span by span; `NaN` where a span has no number (a count is 0).
    pub columns: Vec<Vec<f64>>,
    /// How many values were outside of what is believed, in each column.
    pub hidden: Vec<u64>,
}

/// How much a channel holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Extent {
    /// How many entries.
    pub entries: u64,
    /// The earliest time.
    pub first: Option<Timestamp>,
    /// The latest time.
    pub last: Option<Timestamp>,
    /// About how many bytes they take on disk; 0 if the store has none.
    pub bytes: u64,
}

/// What a check found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Checked {
    /// How many channels were read.
    pub channels: u64,
    /// How many entries.
    pub entries: u64,
    /// What is wrong, a sentence each; empty if all is well.
    pub problems: Vec<String>,
}

impl Overview {
    /// With what the spans behind these look like.
    pub(crate) fn followed_by(mut self, mut later: Self) -> Self {
        self.entries += later.entries;
        self.counts.append(&mut later.counts);
        for (looks, mut later) in self.columns.iter_mut().zip(later.columns) {
            for (numbers, later) in [
                (&mut looks.first, &mut later.first),
                (&mut looks.last, &mut later.last),
                (&mut looks.min, &mut later.min),
                (&mut looks.max, &mut later.max),
            ] {
                numbers.append(later);
            }
            looks.count.append(&mut later.count);
            looks.hidden += later.hidden;
        }
        self
    }
}

impl Aggregates {
    /// With what was made of the spans behind these.
    pub(crate) fn followed_by(mut self, later: Self) -> Self {
        self.entries += later.entries;
        for (numbers, mut later) in self.columns.iter_mut().zip(later.columns) {
            numbers.append(&mut later);
        }
        self.hidden.iter_mut().zip(later.hidden).for_each(|(hidden, later)| *hidden += later);
        self
    }
}

impl Which {
    /// True if it is one of them.
    pub fn holds(&self, entry: &Entry) -> bool {
        match self {
            Self::Ids(ids) => ids.contains(&entry.id),
            Self::Times(from, until) => (*from..=*until).contains(&entry.created_at),
        }
    }
}

/// True if a value lies within bounds, both of them included.
pub(crate) fn holds((min, max): (f64, f64), value: f64) -> bool {
    min <= value && value <= max
}

/// Ids that any store can keep: from 1, and with room for what comes after them.
pub(crate) fn check_ids(entries: &[Entry]) -> Result<(), StoreError> {
    const IDS: std::ops::Range<u64> = 1..i64::MAX as u64;
    if entries.iter().all(|entry| IDS.contains(&entry.id.get())) {
        return Ok(());
    }
    Err(StoreError::Failed("an entry's id is beyond those that can be kept".into()))
}

impl Column {
    /// A field of which every number is believed.
    pub const fn all_of(field: FieldNo) -> Self {
        Self { field, valid: (f64::NEG_INFINITY, f64::INFINITY) }
    }
}

impl Grid {
    /// The span that a time belongs to.
    pub fn place(&self, time: Timestamp) -> Option<usize> {
        if time < self.within.0 || time > self.within.1 {
            return None;
        }
        let passed = time.millis().checked_sub(self.start)?;
        let at = usize::try_from(passed.div_euclid(self.step.max(1))).ok()?;
        (at < self.count).then_some(at)
    }

    /// The earlier and the later half of its spans.
    pub(crate) fn halves(&self) -> (Self, Self) {
        let half = self.count / 2;
        let passed = self.step.max(1).saturating_mul(i64::try_from(half).unwrap_or(i64::MAX));
        let start = self.start.saturating_add(passed);
        (Self { count: half, ..*self }, Self { start, count: self.count - half, ..*self })
    }

    /// The earliest and the latest time that it holds.
    pub fn ends(&self) -> (Timestamp, Timestamp) {
        let length = self.step.max(1).saturating_mul(i64::try_from(self.count).unwrap_or(i64::MAX));
        let from = Timestamp::from_millis(self.start).max(self.within.0);
        let until = Timestamp::from_millis(self.start.saturating_add(length).saturating_sub(1));
        (from, until.min(self.within.1))
    }
}
