//! What channels hold: reading entries from memory and blocks as if they were in one place.
//!
//! Knows nothing of a channel's settings. Of each channel a [`Loose`] has what is in memory; blocks are read up to its `below`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::{ControlFlow, Range};

use fieldpost_wire::query::Span;
use fieldpost_wire::{ChannelId, Entry, EntryId, FieldNo, RowRef, Timestamp};
use rusqlite::{Connection, params};

use super::blocks::{self, Block};
use super::recent::{Known, read_head};
use super::tail::{Key, key};
use crate::store::{Head, StoreError};

/// What memory has of a channel: entries in the order of their keys. All that blocks have above `below` is among what they
/// were taken from.
#[derive(Debug, Default)]
pub(super) struct Loose {
    pub(super) head: Head,
    pub(super) below: Option<Key>,
    pub(super) entries: Vec<Entry>,
}

impl Loose {
    pub(super) fn of(known: &Known, entries: Vec<Entry>) -> Self {
        Self { head: known.head, below: known.below, entries }
    }

    /// Takes the entries from a time to a time, both included.
    pub(super) fn within(
        known: &Known,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Self, StoreError> {
        let places = known.tail.between(lowest(from), highest(until));
        Ok(Self::of(known, known.tail.entries(places)?))
    }

    /// Takes the entries with these ids.
    pub(super) fn with_ids(known: &Known, from: u64, until: u64) -> Result<Self, StoreError> {
        Ok(Self::of(known, known.tail.with_ids(from, until)?))
    }

    /// True for an entry of a block that is not in memory.
    fn lacks(&self, entry: &Entry) -> bool {
        Some(key(entry)) <= self.below
    }
}

pub(super) fn lowest(time: Timestamp) -> Key {
    (time, EntryId::new(0))
}

pub(super) fn highest(time: Timestamp) -> Key {
    (time, EntryId::new(u64::MAX))
}

// --- reading -------------------------------------------------------------------------------------

/// The next of what a stretch of time holds.
pub(super) enum Piece<'a> {
    /// An entry of the stretch.
    Entry(&'a Entry),
    /// A block with entries of the stretch, and maybe others; nothing else lies between them.
    Block(&'a Block),
}

/// Shows what blocks and memory have from a time to a time in order, until `visit` breaks off.
pub(super) fn pieces(
    conn: &Connection,
    channel: ChannelId,
    loose: &Loose,
    (from, until): (Timestamp, Timestamp),
    visit: &mut dyn FnMut(Piece<'_>) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let mut rest = &loose.entries[..];
    let mut flow = ControlFlow::Continue(());
    if let Some(below) = loose.below
        && from <= below.0
    {
        blocks::within(conn, channel, from, until.min(below.0), &mut |block| {
            let (before, others) = rest.split_at(rest.partition_point(|e| key(e) < block.first));
            let (among, behind) = others.split_at(others.partition_point(|e| key(e) < block.last));
            flow = before
                .iter()
                .try_fold(flow, |flow, entry| step(flow, Piece::Entry(entry), visit))?;
            if among.is_empty() && block.last <= below {
                flow = step(flow, Piece::Block(&block), visit)?;
            } else {
                let mut all = block.entries_within(conn, from, until)?;
                all.retain(|entry| loose.lacks(entry));
                all.extend_from_slice(among);
                all.sort_by_key(key);
                flow = all
                    .iter()
                    .try_fold(flow, |flow, entry| step(flow, Piece::Entry(entry), visit))?;
            }
            rest = behind;
            Ok(flow)
        })?;
    }
    let _ = rest.iter().try_fold(flow, |flow, entry| step(flow, Piece::Entry(entry), visit))?;
    Ok(())
}

fn step(
    flow: ControlFlow<()>,
    piece: Piece<'_>,
    visit: &mut dyn FnMut(Piece<'_>) -> Result<ControlFlow<()>, StoreError>,
) -> Result<ControlFlow<()>, StoreError> {
    if flow.is_continue() { visit(piece) } else { Ok(flow) }
}

/// Shows the entries of blocks and memory from a time to a time in order, until `visit` breaks off.
pub(super) fn walk(
    conn: &Connection,
    channel: ChannelId,
    loose: &Loose,
    (from, until): (Timestamp, Timestamp),
    visit: &mut dyn FnMut(&Entry) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    pieces(conn, channel, loose, (from, until), &mut |piece| match piece {
        Piece::Entry(entry) => Ok(visit(entry)),
        Piece::Block(block) => {
            Ok(block.entries_within(conn, from, until)?.iter().try_for_each(&mut *visit))
        }
    })
}

/// Some of the entries that were asked for, in order.
pub(super) enum Part {
    /// As entries.
    Entries(Vec<Entry>),
    /// Those at some places of a block, with its header and body.
    Block(Block, Vec<u8>, Range<usize>),
}

impl Part {
    /// Shows each of them.
    pub(super) fn show(&self, each: &mut dyn FnMut(RowRef<'_>)) -> Result<(), StoreError> {
        match self {
            Self::Entries(entries) => entries.iter().for_each(|entry| each(entry.into())),
            Self::Block(block, body, places) => {
                crate::blocks::visit(&block.header()?, body, places.clone(), each)?;
            }
        }
        Ok(())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Entries(entries) => entries.len(),
            Self::Block(.., places) => places.len(),
        }
    }

    fn take(self) -> Result<Vec<Entry>, StoreError> {
        match self {
            Self::Entries(entries) => Ok(entries),
            Self::Block(block, body, places) => {
                Ok(crate::blocks::decode_range(&block.header()?, &body, places)?)
            }
        }
    }
}

/// Reads the newest entries between two times. `loose` need not have more than as many of them.
pub(super) fn newest(
    conn: &Connection,
    channel: ChannelId,
    span: &Span,
    loose: Loose,
) -> Result<Vec<Entry>, StoreError> {
    let mut parts = newest_parts(conn, channel, span, loose)?;
    if parts.len() == 1 {
        return parts.remove(0).take();
    }
    let mut found = Vec::with_capacity(parts.iter().map(Part::len).sum());
    for part in parts {
        found.append(&mut part.take()?);
    }
    Ok(found)
}

/// Finds what [`newest`] gives, part by part, without reading more of blocks than is needed for that.
pub(super) fn newest_parts(
    conn: &Connection,
    channel: ChannelId,
    span: &Span,
    loose: Loose,
) -> Result<Vec<Part>, StoreError> {
    let limit = usize::try_from(span.limit).unwrap_or(usize::MAX);
    let below = match loose.below {
        Some(below) if needs_blocks(&loose, span, limit) => below,
        _ => return Ok(vec![Part::Entries(last_of(loose.entries, limit))]),
    };
    // The last one comes first.
    let mut parts: Vec<Part> = Vec::new();
    let (mut count, mut apart) = (0, true);
    blocks::within_backwards(conn, channel, span.from, span.until.min(below.0), &mut |block| {
        let later = loose.entries.len() - loose.entries.partition_point(|e| key(e) < block.first);
        apart &= loose.entries.first().is_none_or(|first| key(first) > block.last);
        // No more of a block are wanted than are missing, as long as nothing in memory may lie among them.
        let wanted = if apart { limit.saturating_sub(count + loose.entries.len()) } else { limit };
        let part = if block.last <= below {
            let body = block.body(conn)?;
            let places = crate::blocks::positions(&block.header()?, &body, span.from, span.until)?;
            let start = places.start.max(places.end.saturating_sub(wanted));
            Part::Block(block, body, start..places.end)
        } else {
            let mut part = block.entries_within(conn, span.from, span.until)?;
            part.retain(|entry| loose.lacks(entry));
            Part::Entries(last_of(part, wanted))
        };
        count += part.len();
        parts.push(part);
        let enough = count + later >= limit;
        Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    if apart {
        parts.reverse();
        parts.push(Part::Entries(last_of(loose.entries, limit)));
        return Ok(parts);
    }
    let mut found: Vec<Entry> = Vec::with_capacity(count + loose.entries.len());
    for part in parts.into_iter().rev() {
        found.append(&mut part.take()?);
    }
    found.extend(loose.entries);
    // Two runs in order, which is what this sort is quick at.
    found.sort_by_key(key);
    Ok(vec![Part::Entries(last_of(found, limit))])
}

/// True if the newest entries of a span may lie in blocks alone.
pub(super) fn needs_blocks(loose: &Loose, span: &Span, limit: usize) -> bool {
    loose.below.is_some_and(|below| span.from <= below.0)
        && span.from <= span.until
        && !covers(loose, limit)
}

/// True if nothing in blocks is newer than what memory has, up to the limit.
pub(super) fn covers(loose: &Loose, limit: usize) -> bool {
    let above = loose.entries.iter().rev().take_while(|entry| !loose.lacks(entry)).count();
    above >= limit
}

fn last_of(mut entries: Vec<Entry>, limit: usize) -> Vec<Entry> {
    entries.drain(..entries.len().saturating_sub(limit));
    entries
}

/// Reads the newest entries, by time, of those with ids from one to another.
pub(super) fn newest_of_ids(
    conn: &Connection,
    channel: ChannelId,
    (from, until, limit): (u64, u64, u64),
    loose: Loose,
) -> Result<Vec<Entry>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: BTreeMap<Key, Entry> = BTreeMap::new();
    let mut take = |entry: Entry| {
        found.insert(key(&entry), entry);
        if found.len() > limit {
            found.pop_first();
        }
    };
    for (.., first) in blocks::with_ids(conn, channel, from, until)? {
        let block =
            blocks::at(conn, channel, first)?.filter(|block| Some(block.first) <= loose.below);
        for entry in block.map_or(Ok(Vec::new()), |block| block.entries(conn))? {
            if (from..=until).contains(&entry.id.get()) && loose.lacks(&entry) {
                take(entry);
            }
        }
    }
    loose.entries.into_iter().for_each(take);
    Ok(found.into_values().collect())
}

/// Reads entries with ids above one, by ascending id.
pub(super) fn after(
    conn: &Connection,
    channel: ChannelId,
    after: EntryId,
    limit: usize,
    loose: Loose,
) -> Result<Vec<Entry>, StoreError> {
    let below = loose.below;
    let mut found = loose.entries;
    let shorten = |found: &mut Vec<Entry>| {
        found.sort_by_key(|entry| entry.id);
        found.truncate(limit);
    };
    shorten(&mut found);
    for (lowest, _, first) in
        blocks::with_ids(conn, channel, after.get().saturating_add(1), u64::MAX)?
    {
        let full = found.len() >= limit;
        if full && found.last().is_none_or(|last| last.id.get() < lowest) {
            break;
        }
        let block = blocks::at(conn, channel, first)?.filter(|block| Some(block.first) <= below);
        let entries = block.map_or(Ok(Vec::new()), |block| block.entries(conn))?;
        let more = entries.into_iter().filter(|e| e.id > after && Some(key(e)) <= below);
        found.extend(more);
        shorten(&mut found);
    }
    Ok(found)
}

/// Reads one entry from the blocks.
pub(super) fn entry(
    conn: &Connection,
    channel: ChannelId,
    id: EntryId,
) -> Result<Option<Entry>, StoreError> {
    for (.., first) in blocks::with_ids(conn, channel, id.get(), id.get())? {
        let block = blocks::at(conn, channel, first)?;
        if let Some(found) = block.map_or(Ok(None), |block| block.entry(conn, id))? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Reads the entry with the highest id in which a field has a value; `found` is the one that memory has.
pub(super) fn last_with(
    conn: &Connection,
    channel: ChannelId,
    field: FieldNo,
    mut found: Option<Entry>,
) -> Result<Option<Entry>, StoreError> {
    let mut places = blocks::with_ids(conn, channel, 1, u64::MAX)?;
    places.sort_unstable_by_key(|(_, highest, _)| std::cmp::Reverse(*highest));
    for (_, highest, first) in places {
        if found.as_ref().is_some_and(|found| found.id.get() > highest) {
            break;
        }
        let Some(block) = blocks::at(conn, channel, first)? else { continue };
        if block.header()?.has_field(field) {
            let with = block.entries(conn)?.into_iter().filter(|e| e.values.field(field).is_some());
            found = found.into_iter().chain(with).max_by_key(|entry| entry.id);
        }
    }
    Ok(found)
}

/// Which of these ids are in blocks, and in which.
pub(super) fn places_of(
    conn: &Connection,
    channel: ChannelId,
    ids: &HashSet<u64>,
) -> Result<Vec<Key>, StoreError> {
    let (Some(from), Some(until)) = (ids.iter().min(), ids.iter().max()) else {
        return Ok(Vec::new());
    };
    let mut sorted: Vec<u64> = ids.iter().copied().collect();
    sorted.sort_unstable();
    let mut places = blocks::with_ids(conn, channel, *from, *until)?;
    places.retain(|(lowest, highest, _)| {
        let next = sorted.partition_point(|id| id < lowest);
        sorted.get(next).is_some_and(|id| id <= highest)
    });
    Ok(places.into_iter().map(|(.., first)| first).collect())
}

// --- where channels stand ------------------------------------------------------------------------

/// Where channels stand: those whose row is old, and the file for all the others.
pub(super) struct Heads(pub(super) HashMap<ChannelId, Head>);

impl Heads {
    /// Where a channel stands; `None` if there is no such channel.
    pub(super) fn of(
        &self,
        conn: &Connection,
        channel: ChannelId,
    ) -> Result<Option<Head>, StoreError> {
        let written = read_head(conn, channel)?.map(|(head, ..)| head);
        Ok(written.map(|head| self.0.get(&channel).copied().unwrap_or(head)))
    }
}

/// Makes room for a new channel. What the journal has up to row `seq` of an older channel of its number is none of its own.
pub(super) fn begin(conn: &Connection, channel: ChannelId, seq: i64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO heads (channel_id, moved_seq, moved_at)
         SELECT ?, ?, value FROM counters WHERE name = 'moves'",
    )?
    .execute(params![number(channel.get()), seq])?;
    Ok(())
}

/// A number as the file keeps it. No id or count gets beyond what fits, so a bound beyond it is the same bound.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
