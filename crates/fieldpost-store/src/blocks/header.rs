//! The header of a block: what it holds, and all that is needed to read any part of the body alone.
//!
//! `docs/storage.md` draws the bytes. `draft.rs` writes what is read here.

use fieldpost_wire::{EntryId, FieldNo, Timestamp};

use super::BLOCK_MAX;
use super::bytes::{Damaged, Reader, checksum};
use super::column::{Column, len_of};
use super::ints::{GROUP, GROUPS, Groups};

/// The first byte of every header.
pub(super) const VERSION: u8 = 1;

/// The fields, then latitude, longitude, elevation and status.
pub(super) const COLUMNS: usize = FieldNo::COUNT + 4;

/// Times and ids lie before the columns.
const PARTS: usize = COLUMNS + 2;
const TIMES: usize = 0;
const IDS: usize = 1;

/// A block's header.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    /// How many entries the block has, at least 1.
    pub count: usize,
    /// The time of its first entry.
    pub first_time: Timestamp,
    /// The time of its last entry.
    pub last_time: Timestamp,
    /// The lowest id.
    pub min_id: EntryId,
    /// The highest id.
    pub max_id: EntryId,
    /// True if each entry's id is one more than that of the entry before.
    pub(super) consecutive: bool,
    columns: u16,
    body_sum: u32,
    parts: [Part<'a>; PARTS],
}

/// A part of the index, and where the part of the body that it speaks of begins and ends.
#[derive(Clone, Copy, Debug, Default)]
struct Part<'a> {
    index: &'a [u8],
    at: (usize, usize),
}

impl<'a> Header<'a> {
    /// Reads a header.
    ///
    /// # Errors
    /// If these are not the bytes that were written, or of a version that is not known here.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Damaged> {
        if bytes.first().is_some_and(|version| *version != VERSION) {
            return Err(Damaged("its version is not known here"));
        }
        let (bytes, sum) = bytes.split_last_chunk().ok_or(Damaged("it ends too early"))?;
        if checksum(bytes) != u32::from_le_bytes(*sum) {
            return Err(Damaged("its header has changed"));
        }
        let mut reader = Reader(bytes);
        reader.byte()?;
        let count = reader.up_to(BLOCK_MAX)?;
        let first = reader.signed()?;
        let last = first.wrapping_add(reader.number()? as i64);
        let min = reader.number()?;
        let max = min.wrapping_add(reader.number()?);
        let mut word = [0; 2];
        word.copy_from_slice(reader.bytes(2)?);
        let word = u16::from_le_bytes(word);
        let mut sum = [0; 4];
        sum.copy_from_slice(reader.bytes(4)?);
        let mut header = Header {
            count,
            first_time: Timestamp::from_millis(first),
            last_time: Timestamp::from_millis(last),
            min_id: EntryId::new(min),
            max_id: EntryId::new(max),
            consecutive: word >> 15 != 0,
            columns: word & 0x7fff,
            body_sum: u32::from_le_bytes(sum),
            parts: [Part::default(); PARTS],
        };
        let straight = header.consecutive && max.wrapping_sub(min) != count as u64 - 1;
        if count == 0 || header.columns >> COLUMNS != 0 || straight || last < first || max < min {
            return Err(Damaged("its header contradicts itself"));
        }
        let mut end = 0_usize;
        for place in 0..PARTS {
            let there = match place {
                TIMES => true,
                IDS => !header.consecutive,
                _ => header.columns >> (place - 2) & 1 != 0,
            };
            if there {
                let index = reader.up_to(bytes.len())?;
                let len = reader.up_to(u32::MAX as usize / 2)?;
                let begin = end;
                end =
                    end.checked_add(len).filter(|end| *end < u32::MAX as usize / 2).ok_or(HUGE)?;
                header.parts[place] = Part { index: reader.bytes(index)?, at: (begin, end) };
            }
        }
        if !reader.0.is_empty() {
            return Err(Damaged("its header is longer than it says"));
        }
        Ok(header)
    }

    /// True if some entry has a value in this field.
    pub fn has_field(&self, field: FieldNo) -> bool {
        self.has(field.index())
    }

    /// How long the body is, in bytes.
    pub fn body_len(&self) -> usize {
        self.parts.iter().map(|part| part.at.1).max().unwrap_or(0)
    }

    /// Makes sure that these bytes are the body that belongs to this header.
    ///
    /// # Errors
    /// If they are not.
    pub fn check_body(&self, body: &[u8]) -> Result<(), Damaged> {
        if body.len() == self.body_len() && checksum(body) == self.body_sum {
            Ok(())
        } else {
            Err(Damaged("its body has changed"))
        }
    }

    /// How many groups each column has.
    pub(super) fn groups(&self) -> usize {
        self.count.div_ceil(GROUP)
    }

    pub(super) fn has(&self, column: usize) -> bool {
        self.columns >> column & 1 != 0
    }

    pub(super) fn times(&self) -> Result<Groups, Damaged> {
        self.ints(TIMES)
    }

    /// The ids, unless they are consecutive.
    pub(super) fn ids(&self) -> Result<Option<Groups>, Damaged> {
        if self.consecutive { Ok(None) } else { self.ints(IDS).map(Some) }
    }

    /// A column, if some entry has a text in it.
    pub(super) fn column(&self, column: usize) -> Result<Option<Column<'a>>, Damaged> {
        let part = self.parts[column + 2];
        self.has(column).then(|| Column::read(part.index, self.count, part.at)).transpose()
    }

    fn ints(&self, part: usize) -> Result<Groups, Damaged> {
        let Part { index, at: (mut at, end) } = self.parts[part];
        let mut lens = [0; GROUPS];
        for (group, len) in lens.iter_mut().enumerate() {
            *len = len_of(self.count, group);
        }
        let mut reader = Reader(index);
        let groups = Groups::read(&mut reader, &lens[..self.groups()], &mut at)?;
        if at == end && reader.0.is_empty() { Ok(groups) } else { Err(HUGE) }
    }
}

const HUGE: Damaged = Damaged("its parts don't add up");
