//! Writing blocks: entries are put to their places and taken out of them.
//!
//! Blocks of a channel never overlap, by time and then id. Every function runs inside its caller's transaction and leaves it so.

use std::ops::ControlFlow;

use fieldpost_wire::entry::Values;
use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};
use rusqlite::{Connection, params};

use super::blocks::{self, Block, COLUMNS};
use super::entries::number;
use super::tail::{Key, key};
use crate::blocks::{Encoded, encode};
use crate::store::StoreError;

/// The most bytes of text that are put into one block, unless one entry has more.
const WEIGHT_MAX: usize = 4 << 20;

/// What is to be written so that entries are in their blocks: all that takes time is done by then.
#[derive(Debug, Default)]
pub(super) struct Weft {
    gone: Vec<Block>,
    new: Vec<Packed>,
}

/// A block that is not in the file yet.
#[derive(Debug)]
struct Packed {
    first: Key,
    last: Key,
    ids: (u64, u64),
    count: usize,
    block: Encoded,
}

/// Puts entries, which are in order, into the blocks that they belong to, and into new ones. `most` is how many a block has.
pub(super) fn put(
    conn: &Connection,
    channel: ChannelId,
    entries: &[Entry],
    most: usize,
) -> Result<(), StoreError> {
    let mut rest = entries;
    while let Some(first) = rest.first() {
        let next = blocks::behind(conn, channel, key(first))?;
        let mine = match &next {
            Some(next) => rest.partition_point(|entry| key(entry) < next.first),
            None => rest.len(),
        };
        let (mine, others) = rest.split_at(mine);
        write(conn, channel, &gather(conn, channel, mine, next.is_none(), most)?)?;
        rest = others;
    }
    Ok(())
}

/// Reads and packs all that is needed to put entries behind all blocks, and writes nothing. `None` if some belong elsewhere.
pub(super) fn behind_all(
    conn: &Connection,
    channel: ChannelId,
    entries: &[Entry],
    most: usize,
) -> Result<Option<Weft>, StoreError> {
    match entries.first() {
        Some(first) if blocks::behind(conn, channel, key(first))?.is_some() => Ok(None),
        _ => gather(conn, channel, entries, true, most).map(Some),
    }
}

/// Writes what was gathered, as long as no block was changed since.
pub(super) fn write(conn: &Connection, channel: ChannelId, weft: &Weft) -> Result<(), StoreError> {
    weft.gone.iter().try_for_each(|block| delete(conn, channel, block))?;
    weft.new.iter().try_for_each(|packed| insert(conn, channel, packed))
}

/// Gathers what puts entries in between two blocks or behind the last one.
fn gather(
    conn: &Connection,
    channel: ChannelId,
    mine: &[Entry],
    at_end: bool,
    most: usize,
) -> Result<Weft, StoreError> {
    let mut weft = Weft::default();
    let Some(first) = mine.first().map(key) else { return Ok(weft) };
    let (mut older, mut total, mut within) = (Vec::new(), mine.len(), false);
    let mut next = blocks::before(conn, channel, first)?;
    // Small blocks grow with what comes behind them; each entry is written anew a few times at most, since a block is left
    // alone that is twice as large as what comes.
    while let Some(block) = next.take() {
        let overlaps = block.last >= first;
        let small = block.count < most
            && block.count < 2 * total
            && (at_end || block.count + total <= most);
        if !overlaps && !small {
            break;
        }
        let mut entries = block.entries(conn)?;
        (total, within) = (total + block.count, within || overlaps);
        entries.append(&mut older);
        older = entries;
        next = blocks::before(conn, channel, just_below(block.first))?;
        weft.gone.push(block);
    }
    if within {
        older.extend_from_slice(mine);
        older.sort_by_key(key);
        pack_pieces(&older, at_end, most, &mut weft.new);
        return Ok(weft);
    }
    // What fills the last piece up; the others need not be copied.
    let missing = (most - older.len() % most) % most;
    let (fill, others) = mine.split_at(if older.is_empty() { 0 } else { missing.min(mine.len()) });
    older.extend_from_slice(fill);
    pack_pieces(&older, at_end, most, &mut weft.new);
    pack_pieces(others, at_end, most, &mut weft.new);
    Ok(weft)
}

/// The highest key below one that an entry has.
fn just_below((time, id): Key) -> Key {
    (time, EntryId::new(id.get().saturating_sub(1)))
}

/// Takes the entries that are `meant` out of those of these blocks that are still there, and tells how many. Small remains join their neighbours.
pub(super) fn take(
    conn: &Connection,
    channel: ChannelId,
    blocks: &[Key],
    most: usize,
    meant: &mut dyn FnMut(&Entry) -> bool,
) -> Result<u64, StoreError> {
    let (mut taken, mut remains) = (0, Vec::new());
    for first in blocks {
        let Some(block) = blocks::at(conn, channel, *first)? else { continue };
        let mut entries = block.entries(conn)?;
        entries.retain(|entry| !meant(entry));
        if entries.len() == block.count {
            continue;
        }
        taken += (block.count - entries.len()) as u64;
        delete(conn, channel, &block)?;
        insert_pieces(conn, channel, &entries, true, most)?;
        remains.extend(entries.first().filter(|_| entries.len() < most / 4).map(key));
    }
    for first in remains {
        join(conn, channel, first, most)?;
    }
    Ok(taken)
}

/// Takes out all entries from a time to a time, and tells how many.
pub(super) fn take_times(
    conn: &Connection,
    channel: ChannelId,
    (from, until): (Timestamp, Timestamp),
    most: usize,
) -> Result<u64, StoreError> {
    let (mut taken, mut partly, mut wholly) = (0, Vec::new(), Vec::new());
    blocks::within(conn, channel, from, until, &mut |block| {
        let whole = from <= block.first.0 && block.last.0 <= until;
        if whole {
            wholly.push(block);
        } else {
            partly.push(block.first);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    for block in &wholly {
        delete(conn, channel, block)?;
        taken += block.count as u64;
    }
    let meant = &mut |entry: &Entry| (from..=until).contains(&entry.created_at);
    Ok(taken + take(conn, channel, &partly, most, meant)?)
}

/// Deletes all blocks of a channel.
pub(super) fn clear(conn: &Connection, channel: ChannelId) -> Result<(), StoreError> {
    let id = number(channel.get());
    conn.prepare_cached(
        "DELETE FROM bodies WHERE id IN (SELECT body_id FROM blocks WHERE channel_id = ?)",
    )?
    .execute([id])?;
    conn.prepare_cached("DELETE FROM blocks WHERE channel_id = ?")?.execute([id])?;
    Ok(())
}

/// Makes one block of a small one and a neighbour that has room for it.
fn join(conn: &Connection, channel: ChannelId, first: Key, most: usize) -> Result<(), StoreError> {
    let Some(small) = blocks::at(conn, channel, first)? else { return Ok(()) };
    let ahead = blocks::before(conn, channel, just_below(first))?;
    for other in [ahead, blocks::behind(conn, channel, first)?].into_iter().flatten() {
        if other.count + small.count <= most {
            let mut entries = small.entries(conn)?;
            entries.extend(other.entries(conn)?);
            entries.sort_by_key(key);
            delete(conn, channel, &small)?;
            delete(conn, channel, &other)?;
            return insert_pieces(conn, channel, &entries, true, most);
        }
    }
    Ok(())
}

fn insert_pieces(
    conn: &Connection,
    channel: ChannelId,
    entries: &[Entry],
    at_end: bool,
    most: usize,
) -> Result<(), StoreError> {
    let mut new = Vec::new();
    pack_pieces(entries, at_end, most, &mut new);
    new.iter().try_for_each(|packed| insert(conn, channel, packed))
}

/// Makes blocks of entries: all full but the last at the end of a channel, about equal ones in between, so that there is room for more.
fn pack_pieces(entries: &[Entry], at_end: bool, most: usize, into: &mut Vec<Packed>) {
    let pieces = entries.len().div_ceil(most).max(1);
    let each = if at_end { most } else { entries.len().div_ceil(pieces).max(1) };
    entries.chunks(each).for_each(|piece| pack(piece, into));
}

fn pack(entries: &[Entry], into: &mut Vec<Packed>) {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return };
    if entries.len() > 1
        && entries.iter().map(|entry| weight(&entry.values)).sum::<usize>() > WEIGHT_MAX
    {
        let (one, other) = entries.split_at(entries.len() / 2);
        pack(one, into);
        return pack(other, into);
    }
    let ids = || entries.iter().map(|entry| entry.id.get());
    into.push(Packed {
        first: key(first),
        last: key(last),
        ids: (ids().min().unwrap_or(0), ids().max().unwrap_or(0)),
        count: entries.len(),
        block: encode(entries),
    });
}

fn insert(conn: &Connection, channel: ChannelId, packed: &Packed) -> Result<(), StoreError> {
    let Packed { first, last, ids: (lowest, highest), count, block } = packed;
    let bytes = block.header.len() + block.body.len();
    conn.prepare_cached("INSERT INTO bodies (body) VALUES (?)")?.execute([&block.body])?;
    let sql = format!(
        "INSERT INTO blocks (channel_id, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    conn.prepare_cached(&sql)?.execute(params![
        number(channel.get()),
        first.0.millis(),
        number(first.1.get()),
        last.0.millis(),
        number(last.1.get()),
        number(*lowest),
        number(*highest),
        *count as i64,
        bytes as i64,
        conn.last_insert_rowid(),
        block.header,
    ])?;
    Ok(())
}

fn delete(conn: &Connection, channel: ChannelId, block: &Block) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM bodies WHERE id = ?")?.execute([block.body_id])?;
    let sql = "DELETE FROM blocks WHERE channel_id = ? AND first_time = ? AND first_id = ?";
    let (time, id) = block.first;
    conn.prepare_cached(sql)?.execute(params![
        number(channel.get()),
        time.millis(),
        number(id.get())
    ])?;
    Ok(())
}

/// How many bytes of text there are.
fn weight(values: &Values) -> usize {
    let Values { fields, latitude, longitude, elevation, status } = values;
    let texts = fields.iter().chain([latitude, longitude, elevation, status]);
    texts.flatten().map(|text| text.len()).sum()
}
