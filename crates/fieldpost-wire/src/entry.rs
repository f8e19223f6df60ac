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

impl From<Entry> for Row {
    fn from(entry: Entry) -> Self {
        Self { id: Some(entry.id), created_at: entry.created_at, values: entry.values }
    }
}
