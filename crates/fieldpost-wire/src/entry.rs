//! What a channel holds: an update's values, and the entry they become.

use alloc::boxed::Box;

use crate::ids::{EntryId, FieldNo};
use crate::time::Timestamp;

/// The most characters that a field's value, a status or an elevation may have; longer ones are cut there.
pub const TEXT_MAX: usize = 255;

/// A text that may be absent. Absent and empty are different things.
pub type Text = Option<Box<str>>;

/// Everything an update says, apart from its time.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Values {
    /// The fields' texts as they were sent; field 1 is at 0.
    pub fields: [Text; FieldNo::COUNT],
    /// Degrees north as a decimal number, −90 to 90.
    pub latitude: Text,
    /// Degrees east as a decimal number, −180 to 180.
    pub longitude: Text,
    /// Metres, as sent.
    pub elevation: Text,
    /// A remark of up to 255 characters.
    pub status: Text,
}

impl Values {
    /// The text of a field.
    pub fn field(&self, field: FieldNo) -> Option<&str> {
        self.fields[field.index()].as_deref()
    }

    /// The same, lent.
    pub fn lend(&self) -> ValuesRef<'_> {
        ValuesRef {
            fields: self.fields.each_ref().map(Option::as_deref),
            latitude: self.latitude.as_deref(),
            longitude: self.longitude.as_deref(),
            elevation: self.elevation.as_deref(),
            status: self.status.as_deref(),
        }
    }
}

/// [`Values`] that are kept elsewhere, in whatever form.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ValuesRef<'a> {
    /// The fields' texts; field 1 is at 0.
    pub fields: [Option<&'a str>; FieldNo::COUNT],
    /// Degrees north.
    pub latitude: Option<&'a str>,
    /// Degrees east.
    pub longitude: Option<&'a str>,
    /// Metres, as sent.
    pub elevation: Option<&'a str>,
    /// A remark.
    pub status: Option<&'a str>,
}

impl ValuesRef<'_> {
    /// A copy of one's own.
    pub fn keep(&self) -> Values {
        let own = |text: Option<&str>| text.map(Box::from);
        Values {
            fields: self.fields.map(own),
            latitude: own(self.latitude),
            longitude: own(self.longitude),
            elevation: own(self.elevation),
            status: own(self.status),
        }
    }
}

/// An accepted update: it has been given its id and its time, and it is on disk.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its place in the order of acceptance, from 1.
    pub id: EntryId,
    /// The time it speaks of: when it was received, unless the update named a time.
    pub created_at: Timestamp,
    /// What it says.
    pub values: Values,
}

/// A row of an answer: an entry, or what several entries were made into.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Row {
    /// The entry's id; rows made of several entries have none.
    pub id: Option<EntryId>,
    /// The entry's time, or the start of the span that the row stands for.
    pub created_at: Timestamp,
    /// The values, changed by rounding or aggregation if that was asked for.
    pub values: Values,
}

/// A row whose texts are kept elsewhere: to be written out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RowRef<'a> {
    /// As [`Row::id`].
    pub id: Option<EntryId>,
    /// As [`Row::created_at`].
    pub created_at: Timestamp,
    /// As [`Row::values`].
    pub values: ValuesRef<'a>,
}

impl<'a> From<&'a Row> for RowRef<'a> {
    fn from(row: &'a Row) -> Self {
        Self { id: row.id, created_at: row.created_at, values: row.values.lend() }
    }
}

impl<'a> From<&'a Entry> for RowRef<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self { id: Some(entry.id), created_at: entry.created_at, values: entry.values.lend() }
    }
}

impl From<Entry> for Row {
    fn from(entry: Entry) -> Self {
        Self { id: Some(entry.id), created_at: entry.created_at, values: entry.values }
    }
}
