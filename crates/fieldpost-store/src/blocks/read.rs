//! From a block back to entries: all of them, some, or one.
//!
//! Only the groups that are asked for are read. Charts and aggregates make no entries; they have ways of their own.

use std::ops::Range;

use fieldpost_wire::{Entry, EntryId, RowRef, Timestamp, ValuesRef};

use super::bytes::Damaged;
use super::column::{Column, Laid, len_of};
use super::header::{COLUMNS, Header};
use super::ints::{GROUP, Groups, Numbers};
use super::text_of_lent;

/// Gives all entries of a block back.
///
/// # Errors
/// If header or body are not what was written.
pub fn decode(header: &Header<'_>, body: &[u8]) -> Result<Vec<Entry>, Damaged> {
    decode_range(header, body, 0..header.count)
}

/// Gives the entries at some places of a block back, the first one's place being 0. Places beyond the end have none.
///
/// # Errors
/// If header or body are not what was written.
pub fn decode_range(
    header: &Header<'_>,
    body: &[u8],
    places: Range<usize>,
) -> Result<Vec<Entry>, Damaged> {
    let mut entries = Vec::with_capacity(places.len().min(header.count));
    visit(header, body, places, &mut |row| {
        entries.push(Entry {
            id: row.id.unwrap_or(EntryId::new(0)),
            created_at: row.created_at,
            values: row.values.keep(),
        });
    })?;
    Ok(entries)
}

/// Shows the entries at some places of a block, in order, as [`decode_range`] gives them: for those who only pass texts on.
///
/// # Errors
/// If header or body are not what was written; some entries may have been shown by then.
pub fn visit(
    header: &Header<'_>,
    body: &[u8],
    places: Range<usize>,
    each: &mut dyn FnMut(RowRef<'_>),
) -> Result<(), Damaged> {
    header.check_body(body)?;
    let places = places.start..places.end.min(header.count);
    if places.is_empty() {
        return Ok(());
    }
    let (times, ids) = (header.times()?, header.ids()?);
    let mut columns = Vec::new();
    for place in 0..COLUMNS {
        if let Some(column) = header.column(place)? {
            columns.push(Texts::of(place, &column, body)?);
        }
    }
    let (mut at, mut own) = ([0; GROUP], [0; GROUP]);
    for group in places.start / GROUP..places.end.div_ceil(GROUP) {
        let (len, first) = (len_of(header.count, group), group * GROUP);
        times.group(body, group, len, &mut at)?;
        ids_of(header, ids.as_ref(), body, group, &mut own)?;
        columns.iter_mut().try_for_each(|column| column.read(body, group))?;
        for place in places.start.saturating_sub(first)..len.min(places.end - first) {
            let mut values = ValuesRef::default();
            for column in &columns {
                *text_of_lent(&mut values, column.place) = column.text(place);
            }
            let id = Some(EntryId::new(own[place] as u64));
            each(RowRef { id, created_at: Timestamp::from_millis(at[place]), values });
        }
    }
    Ok(())
}

/// The texts of one column, group by group.
struct Texts {
    place: usize,
    scale: u8,
    laid: Laid,
    /// Those of the whole column that are no plain decimals.
    others: Vec<Box<str>>,
    /// Those of the group, one behind the other, and where each lies.
    text: String,
    spans: Vec<Option<Range<usize>>>,
}

impl Texts {
    fn of(place: usize, column: &Column<'_>, body: &[u8]) -> Result<Self, Damaged> {
        let laid = column.groups()?;
        let others = laid.texts(body)?;
        let (text, spans) = (String::new(), Vec::with_capacity(GROUP));
        Ok(Self { place, scale: column.scale, laid, others, text, spans })
    }

    fn read(&mut self, body: &[u8], group: usize) -> Result<(), Damaged> {
        let Self { scale, laid, others, text, spans, .. } = self;
        text.clear();
        spans.clear();
        laid.read_group(body, group, *scale, others, |_, own| {
            let start = text.len();
            spans.push(own.map(|own| {
                text.push_str(own);
                start..text.len()
            }));
        })
    }

    fn text(&self, place: usize) -> Option<&str> {
        self.spans[place].clone().map(|span| &self.text[span])
    }
}

/// Finds the places of the entries from a time to a time, both included.
///
/// # Errors
/// If header or body are not what was written.
pub fn positions(
    header: &Header<'_>,
    body: &[u8],
    from: Timestamp,
    until: Timestamp,
) -> Result<Range<usize>, Damaged> {
    let inside = (from <= header.first_time, until >= header.last_time);
    if inside == (true, true) {
        return Ok(0..header.count);
    }
    header.check_body(body)?;
    let times = header.times()?;
    let before = |bound: i64| -> Result<usize, Damaged> {
        // The groups that begin before the bound; the last of them may end behind it.
        let begun = times.firsts[..header.groups()].partition_point(|first| *first < bound);
        let Some(group) = begun.checked_sub(1) else { return Ok(0) };
        let mut numbers = [0; GROUP];
        let len = len_of(header.count, group);
        times.group(body, group, len, &mut numbers)?;
        Ok(group * GROUP + numbers[..len].partition_point(|time| *time < bound))
    };
    let start = if inside.0 { 0 } else { before(from.millis())? };
    let end = match until.millis().checked_add(1) {
        Some(bound) if !inside.1 => before(bound)?,
        _ => header.count,
    };
    Ok(start..end.max(start))
}

/// Finds one entry by its id.
///
/// # Errors
/// If header or body are not what was written.
pub fn entry(header: &Header<'_>, body: &[u8], id: EntryId) -> Result<Option<Entry>, Damaged> {
    if id < header.min_id || id > header.max_id {
        return Ok(None);
    }
    header.check_body(body)?;
    let place = match header.ids()? {
        None => Some((id.get() - header.min_id.get()) as usize),
        Some(ids) => {
            let mut found = None;
            for group in 0..header.groups() {
                let mut own = [0; GROUP];
                let len = len_of(header.count, group);
                ids.group(body, group, len, &mut own)?;
                let place = own[..len].iter().position(|own| *own as u64 == id.get());
                found = found.or(place.map(|place| group * GROUP + place));
            }
            found
        }
    };
    let Some(place) = place else { return Ok(None) };
    Ok(decode_range(header, body, place..place + 1)?.pop())
}

/// Reads the ids of a group.
pub(super) fn ids_of(
    header: &Header<'_>,
    ids: Option<&Groups>,
    body: &[u8],
    group: usize,
    out: &mut Numbers,
) -> Result<(), Damaged> {
    let len = len_of(header.count, group);
    match ids {
        Some(ids) => ids.group(body, group, len, out),
        None => {
            let first = header.min_id.get() as i64;
            for (id, place) in out.iter_mut().zip((group * GROUP) as i64..) {
                *id = first.wrapping_add(place);
            }
            Ok(())
        }
    }
}
