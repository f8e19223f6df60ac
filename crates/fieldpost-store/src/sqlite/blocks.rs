//! The blocks of channels in the file: found by time or id, and read.
//!
//! How a block's bytes are made is the business of `crate::blocks`. `weave.rs` writes them.

use std::ops::ControlFlow;

use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::entries::number;
use super::tail::{Key, key};
use crate::blocks::{self, Header};
use crate::store::StoreError;

pub(super) const COLUMNS: &str =
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
    pub(super) body_id: i64,
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
