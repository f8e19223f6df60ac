//! The blocks of channels in the file: found by time or id, put in, taken out.
//!
//! How a block's bytes are made is the business of `crate::blocks`. Blocks of a channel never overlap, by time and then id; every
//! function that writes runs inside its caller's transaction and leaves it so.

use std::ops::ControlFlow;

use fieldpost_wire::entry::Values;
use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::entries::number;
use super::tail::{Key, key};
use crate::blocks::{self, Header};
use crate::store::StoreError;

/// The most bytes of text that are put into one block, unless one entry has more.
const WEIGHT_MAX: usize = 4 << 20;

const COLUMNS: &str =
    "first_time, first_id, last_time, last_id, min_id, max_id, entries, bytes, body_id, header";

/// A block, without its body.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) first: Key,
    pub(super) last: Key,
    pub(super) min_id: u64,
    pub(super) max_id: u64,
    pub(super) count: usize,
    pub(super) bytes: u64,
    body_id: i64,
    pub(super) header: Vec<u8>,
}

/// What a damaged file is reported as.
pub(super) fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Failed(error.into())
}

impl Block {
    pub(super) fn header(&self) -> Result<Header<'_>, StoreError> {
        Ok(Header::read(&self.header)?)
    }

    pub(super) fn body(&self, conn: &Connection) -> Result<Vec<u8>, StoreError> {
        let mut select = conn.prepare_cached("SELECT body FROM bodies WHERE id = ?")?;
        Ok(select.query_row([self.body_id], |row| row.get(0))?)
    }

    /// Reads all its entries.
    pub(super) fn entries(&self, conn: &Connection) -> Result<Vec<Entry>, StoreError> {
        Ok(blocks::decode(&self.header()?, &self.body(conn)?)?)
    }

    /// Reads its entries from a time to a time, both included.
    pub(super) fn entries_within(
        &self,
        conn: &Connection,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Entry>, StoreError> {
        let (header, body) = (self.header()?, self.body(conn)?);
        let places = blocks::positions(&header, &body, from, until)?;
        Ok(blocks::decode_range(&header, &body, places)?)
    }

    /// Reads its last entries from a time to a time, up to so many.
    pub(super) fn last_places(
        &self,
        conn: &Connection,
        from: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let (header, body) = (self.header()?, self.body(conn)?);
        let places = blocks::positions(&header, &body, from, until)?;
        let start = places.start.max(places.end.saturating_sub(limit));
        Ok(blocks::decode_range(&header, &body, start..places.end)?)
    }

    /// Reads one of its entries.
    pub(super) fn entry(
        &self,
        conn: &Connection,
        id: EntryId,
    ) -> Result<Option<Entry>, StoreError> {
        Ok(blocks::entry(&self.header()?, &self.body(conn)?, id)?)
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let key = |time, id| -> rusqlite::Result<Key> {
            let id: i64 = row.get(id)?;
            Ok((Timestamp::from_millis(row.get(time)?), EntryId::new(id as u64)))
        };
        let whole = |column| row.get::<_, i64>(column).map(|number| number as u64);
        Ok(Self {
            first: key(0, 1)?,
            last: key(2, 3)?,
            min_id: whole(4)?,
            max_id: whole(5)?,
            count: whole(6)? as usize,
            bytes: whole(7)?,
            body_id: row.get(8)?,
            header: row.get(9)?,
        })
    }
}

/// Shows the blocks that hold something from a time to a time, the first one first.
pub(super) fn within(
    conn: &Connection,
    channel: ChannelId,
    from: Timestamp,
    until: Timestamp,
    each: &mut dyn FnMut(Block) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    // Only the last block that begins before a time can reach up to it.
    let sql = format!(
        "SELECT {COLUMNS} FROM blocks WHERE channel_id = ?1 AND first_time <= ?3 AND last_time >= ?2
         AND first_time >= COALESCE((SELECT MAX(first_time) FROM blocks
                                     WHERE channel_id = ?1 AND first_time < ?2), ?2)
         ORDER BY first_time, first_id"
    );
    show(conn, &sql, params![number(channel.get()), from.millis(), until.millis()], each)
}

/// Shows the blocks that hold something from a time to a time, the last one first.
pub(super) fn within_backwards(
    conn: &Connection,
    channel: ChannelId,
    from: Timestamp,
    until: Timestamp,
    each: &mut dyn FnMut(Block) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM blocks WHERE channel_id = ?1 AND first_time <= ?3
         ORDER BY first_time DESC, first_id DESC"
    );
    let params = params![number(channel.get()), 0, until.millis()];
    show(conn, &sql, params, &mut |block| {
        if block.last.0 < from { Ok(ControlFlow::Break(())) } else { each(block) }
    })
}

/// Reads the last entries up to a key, and the key up to which there are others before them.
pub(super) fn last_up_to(
    conn: &Connection,
    channel: ChannelId,
    below: Key,
    count: usize,
) -> Result<(Vec<Entry>, Option<Key>), StoreError> {
    let (mut found, from) = (Vec::new(), Timestamp::from_millis(i64::MIN));
    within_backwards(conn, channel, from, below.0, &mut |block| {
        let mut entries = block.entries(conn)?;
        entries.retain(|entry| key(entry) <= below);
        entries.append(&mut found);
        found = entries;
        let enough = found.len() > count;
        Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    let others = found.len().saturating_sub(count);
    let last = found.split_off(others);
    Ok((last, found.last().map(key)))
}

/// The blocks that may hold ids of a range: their lowest and highest id and where they are, by ascending lowest id.
pub(super) fn with_ids(
    conn: &Connection,
    channel: ChannelId,
    from: u64,
    until: u64,
) -> Result<Vec<(u64, u64, Key)>, StoreError> {
    let sql = "SELECT min_id, max_id, first_time, first_id FROM blocks
               WHERE channel_id = ? AND max_id >= ? AND min_id <= ?";
    let mut select = conn.prepare_cached(sql)?;
    let params = params![number(channel.get()), number(from), number(until)];
    let mut found = select
        .query_map(params, |row| {
            let whole = |column| row.get::<_, i64>(column).map(|number| number as u64);
            let first = (Timestamp::from_millis(row.get(2)?), EntryId::new(whole(3)?));
            Ok((whole(0)?, whole(1)?, first))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    Ok(found)
}

/// The block that begins with a key.
pub(super) fn at(
    conn: &Connection,
    channel: ChannelId,
    first: Key,
) -> Result<Option<Block>, StoreError> {
    one(conn, channel, first, "(first_time, first_id) = (?2, ?3)")
}

/// The last block of a channel.
pub(super) fn last(conn: &Connection, channel: ChannelId) -> Result<Option<Block>, StoreError> {
    before(conn, channel, (Timestamp::from_millis(i64::MAX), EntryId::new(i64::MAX as u64)))
}

/// The last block that begins at or before a key.
pub(super) fn before(
    conn: &Connection,
    channel: ChannelId,
    key: Key,
) -> Result<Option<Block>, StoreError> {
    let which =
        "(first_time, first_id) <= (?2, ?3) ORDER BY first_time DESC, first_id DESC LIMIT 1";
    one(conn, channel, key, which)
}

/// The first block that begins behind a key.
pub(super) fn behind(
    conn: &Connection,
    channel: ChannelId,
    key: Key,
) -> Result<Option<Block>, StoreError> {
    one(
        conn,
        channel,
        key,
        "(first_time, first_id) > (?2, ?3) ORDER BY first_time, first_id LIMIT 1",
    )
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
        let next = behind(conn, channel, key(first))?;
        let mine = match &next {
            Some(next) => rest.partition_point(|entry| key(entry) < next.first),
            None => rest.len(),
        };
        let (mine, others) = rest.split_at(mine);
        put_between(conn, channel, mine, next.is_none(), most)?;
        rest = others;
    }
    Ok(())
}

/// Puts entries in, between two blocks or behind the last one.
fn put_between(
    conn: &Connection,
    channel: ChannelId,
    mine: &[Entry],
    at_end: bool,
    most: usize,
) -> Result<(), StoreError> {
    let Some(first) = mine.first().map(key) else { return Ok(()) };
    let (mut older, mut total, mut within) = (Vec::new(), mine.len(), false);
    // Small blocks grow with what comes behind them; each entry is written anew a few times at most, since a block is left
    // alone that is twice as large as what comes.
    while let Some(block) = before(conn, channel, first)? {
        let overlaps = block.last >= first;
        let small = block.count < most
            && block.count < 2 * total
            && (at_end || block.count + total <= most);
        if !overlaps && !small {
            break;
        }
        let mut entries = block.entries(conn)?;
        delete(conn, channel, &block)?;
        (total, within) = (total + block.count, within || overlaps);
        entries.append(&mut older);
        older = entries;
    }
    if within {
        older.extend_from_slice(mine);
        older.sort_by_key(key);
        return insert_pieces(conn, channel, &older, at_end, most);
    }
    // What fills the last piece up; the others need not be copied.
    let missing = (most - older.len() % most) % most;
    let (fill, others) = mine.split_at(if older.is_empty() { 0 } else { missing.min(mine.len()) });
    older.extend_from_slice(fill);
    insert_pieces(conn, channel, &older, at_end, most)?;
    insert_pieces(conn, channel, others, at_end, most)
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
        let Some(block) = at(conn, channel, *first)? else { continue };
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
    within(conn, channel, from, until, &mut |block| {
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
    let Some(small) = at(conn, channel, first)? else { return Ok(()) };
    let (time, id) = first;
    let ahead = before(conn, channel, (time, EntryId::new(id.get().saturating_sub(1))))?;
    for other in [ahead, behind(conn, channel, first)?].into_iter().flatten() {
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

/// Makes blocks of entries: all full but the last at the end of a channel, about equal ones in between, so that there is room for more.
fn insert_pieces(
    conn: &Connection,
    channel: ChannelId,
    entries: &[Entry],
    at_end: bool,
    most: usize,
) -> Result<(), StoreError> {
    let pieces = entries.len().div_ceil(most).max(1);
    let each = if at_end { most } else { entries.len().div_ceil(pieces).max(1) };
    entries.chunks(each).try_for_each(|piece| insert(conn, channel, piece))
}

fn insert(conn: &Connection, channel: ChannelId, entries: &[Entry]) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(()) };
    if entries.len() > 1
        && entries.iter().map(|entry| weight(&entry.values)).sum::<usize>() > WEIGHT_MAX
    {
        let (one, other) = entries.split_at(entries.len() / 2);
        insert(conn, channel, one)?;
        return insert(conn, channel, other);
    }
    let block = blocks::encode(entries);
    let ids = || entries.iter().map(|entry| entry.id.get());
    let bytes = block.header.len() + block.body.len();
    conn.prepare_cached("INSERT INTO bodies (body) VALUES (?)")?.execute([&block.body])?;
    let sql = format!(
        "INSERT INTO blocks (channel_id, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    conn.prepare_cached(&sql)?.execute(params![
        number(channel.get()),
        first.created_at.millis(),
        number(first.id.get()),
        last.created_at.millis(),
        number(last.id.get()),
        number(ids().min().unwrap_or(0)),
        number(ids().max().unwrap_or(0)),
        entries.len() as i64,
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

fn one(
    conn: &Connection,
    channel: ChannelId,
    (time, id): Key,
    which: &str,
) -> Result<Option<Block>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM blocks WHERE channel_id = ?1 AND {which}");
    let params = params![number(channel.get()), time.millis(), number(id.get())];
    Ok(conn.prepare_cached(&sql)?.query_row(params, Block::read).optional()?)
}

fn show(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    each: &mut dyn FnMut(Block) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let mut select = conn.prepare_cached(sql)?;
    let mut rows = select.query(params)?;
    while let Some(row) = rows.next()? {
        if each(Block::read(row)?)?.is_break() {
            break;
        }
    }
    Ok(())
}
