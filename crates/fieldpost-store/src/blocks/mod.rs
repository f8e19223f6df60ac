//! Blocks: some thousand entries of a channel, column by column, in about a byte each.
//!
//! A block is a header and a body. The header tells what the block holds and sums up each group of 128 entries, so that
//! charts need to look into few bodies and few of their groups. The body gives every text back exactly as it was sent. Nothing
//! here knows where blocks are kept, or anything of channels. `docs/storage.md` draws the bytes.

mod aggregate;
#[cfg(test)]
mod agree;
pub(crate) mod bytes;
mod column;
pub(crate) mod decimal;
mod draft;
mod group;
mod header;
mod ints;
mod overview;
mod pack;
mod points;
mod read;
mod scan;
mod source;
#[cfg(test)]
mod tests;
mod text;

pub use aggregate::Aggregating;
pub use bytes::Damaged;
pub use header::Header;
pub use overview::Overlooking;
pub use points::Pointing;
pub use read::{decode, decode_range, entry, positions, visit};

use fieldpost_wire::entry::{Entry, Text, Values, ValuesRef};

use decimal::Decimal;
use draft::{Cell, Draft};
use header::COLUMNS;

/// The most entries in a block.
pub const BLOCK_MAX: usize = 4096;

/// A block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Encoded {
    /// What [`Header::read`] reads.
    pub header: Vec<u8>,
    /// What the header describes.
    pub body: Vec<u8>,
}

/// Makes a block of 1 to [`BLOCK_MAX`] entries that are in order of time and then id.
///
/// # Panics
/// If there are none, too many, or they are in another order.
pub fn encode(entries: &[Entry]) -> Encoded {
    assert!((1..=BLOCK_MAX).contains(&entries.len()), "a block has 1 to {BLOCK_MAX} entries");
    let in_order = entries.is_sorted_by_key(|entry| (entry.created_at, entry.id));
    assert!(in_order, "entries of a block are in order of time and id");
    let times: Vec<i64> = entries.iter().map(|entry| entry.created_at.millis()).collect();
    let ids: Vec<i64> = entries.iter().map(|entry| entry.id.get() as i64).collect();
    let mut columns: [Option<Vec<Cell<'_>>>; COLUMNS] = Default::default();
    for (place, entry) in entries.iter().enumerate() {
        for (column, cells) in columns.iter_mut().enumerate() {
            if let Some(text) = text_of(&entry.values, column) {
                let cells = cells.get_or_insert_with(|| vec![None; entries.len()]);
                cells[place] = Some((&**text, Decimal::read(text)));
            }
        }
    }
    let (header, body) = Draft { times: &times, ids: &ids, columns: &columns }.write();
    Encoded { header, body }
}

/// The text that values have in a column.
fn text_of(values: &Values, column: usize) -> &Text {
    match column {
        8 => &values.latitude,
        9 => &values.longitude,
        10 => &values.elevation,
        11 => &values.status,
        field => &values.fields[field],
    }
}

/// Where lent values have the text of a column.
fn text_of_lent<'a, 'b>(values: &'b mut ValuesRef<'a>, column: usize) -> &'b mut Option<&'a str> {
    match column {
        8 => &mut values.latitude,
        9 => &mut values.longitude,
        10 => &mut values.elevation,
        11 => &mut values.status,
        field => &mut values.fields[field],
    }
}
