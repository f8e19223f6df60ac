//! From a block back to entries: all of them, some, or one.
//!
//! Only the groups that are asked for are read. Charts and aggregates make no entries; they have ways of their own.

use std::ops::Range;

use fieldpost_wire::entry::{Entry, Values};
use fieldpost_wire::{EntryId, Timestamp};

use super::bytes::Damaged;
use super::column::len_of;
use super::header::{COLUMNS, Header};
use super::ints::{GROUP, Groups, Numbers};
use super::text_of_mut;

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
    header.check_body(body)?;
    let places = places.start..places.end.min(header.count);
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let groups = places.start / GROUP..places.end.div_ceil(GROUP);
    let first = groups.start * GROUP;
    let mut entries = Vec::with_capacity(groups.len() * GROUP);
    let times = header.times()?;
    let ids = header.ids()?;
    for group in groups.clone() {
        let (mut at, mut own) = ([0; GROUP], [0; GROUP]);
        let len = len_of(header.count, group);
        times.group(body, group, len, &mut at)?;
        ids_of(header, ids.as_ref(), body, group, &mut own)?;
        entries.extend(own[..len].iter().zip(&at).map(|(id, time)| Entry {
            id: EntryId::new(*id as u64),
            created_at: Timestamp::from_millis(*time),
            values: Values::default(),
        }));
    }
    for place in 0..COLUMNS {
        let Some(column) = header.column(place)? else { continue };
        let laid = column.groups()?;
        let texts = laid.texts(body)?;
        for group in groups.clone() {
            let from = group * GROUP - first;
            laid.read_group(body, group, column.scale, &texts, |at, text| {
                *text_of_mut(&mut entries[from + at].values, place) = text;
            })?;
        }
    }
    entries.truncate(places.end - first);
    entries.drain(..places.start - first);
    Ok(entries)
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
