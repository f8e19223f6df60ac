//! The past in the file: corrections row by row, reads as `history/plain.rs` has them.

use std::ops::ControlFlow;

use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};
use rusqlite::{Connection, params};

use super::entries::{self, number};
use super::rows::bump_version;
use crate::history::plain::{self, Aggregating, Overlooking};
use crate::history::{
    Aggregate, Aggregates, Checked, Column, Extent, Grid, Overview, Points, Put, Which, check_ids,
};
use crate::store::{Head, StoreError};

pub(super) fn put(
    conn: &Connection,
    channel: ChannelId,
    entries: &[Entry],
) -> Result<Put, StoreError> {
    check_ids(entries)?;
    let head = entries::head(conn, channel)?.ok_or(StoreError::NotFound)?;
    let mut put = Put::default();
    let mut last = head.last;
    for entry in entries {
        match entries::entry(conn, channel, entry.id)? {
            Some(known) if known == *entry => put.same += 1,
            Some(_) => put.differs += 1,
            None => {
                entries::insert(conn, channel, std::slice::from_ref(entry))?;
                last = last.max(Some(entry.id));
                put.stored += 1;
            }
        }
    }
    if put.stored > 0 {
        entries::write_head(conn, channel, &Head { last, ..head })?;
        bump_version(conn)?;
    }
    Ok(put)
}

pub(super) fn change_entry(
    conn: &Connection,
    channel: ChannelId,
    id: EntryId,
    change: &mut dyn FnMut(&mut Entry),
) -> Result<(Entry, Entry), StoreError> {
    let before = entries::entry(conn, channel, id)?.ok_or(StoreError::NotFound)?;
    let mut after = before.clone();
    change(&mut after);
    after.id = id;
    replace(conn, channel, &after)?;
    bump_version(conn)?;
    Ok((before, after))
}

pub(super) fn delete(
    conn: &Connection,
    channel: ChannelId,
    which: &Which,
) -> Result<u64, StoreError> {
    entries::head(conn, channel)?.ok_or(StoreError::NotFound)?;
    let deleted = match which {
        Which::Ids(ids) => ids.iter().map(|id| delete_one(conn, channel, *id)).sum(),
        Which::Times(from, until) => conn
            .prepare_cached(
                "DELETE FROM entries WHERE channel_id = ? AND created_at BETWEEN ? AND ?",
            )?
            .execute(params![number(channel.get()), from.millis(), until.millis()])
            .map(|count| count as u64)
            .map_err(StoreError::from),
    }?;
    if deleted > 0 {
        bump_version(conn)?;
    }
    Ok(deleted)
}

pub(super) fn rewrite(
    conn: &Connection,
    channel: ChannelId,
    delete: &[EntryId],
    change: &[Entry],
) -> Result<u64, StoreError> {
    entries::head(conn, channel)?.ok_or(StoreError::NotFound)?;
    let deleted: u64 =
        delete.iter().map(|id| delete_one(conn, channel, *id)).sum::<Result<_, _>>()?;
    for entry in change {
        if entries::entry(conn, channel, entry.id)?.is_some() {
            replace(conn, channel, entry)?;
        }
    }
    bump_version(conn)?;
    Ok(deleted)
}

pub(super) fn points(
    conn: &Connection,
    channel: ChannelId,
    (from, until): (Timestamp, Timestamp),
    columns: &[Column],
    limit: usize,
) -> Result<Option<Points>, StoreError> {
    let mut found = Vec::new();
    entries::scan(conn, channel, from, until, &mut |entry| {
        found.push(entry.clone());
        if found.len() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if found.len() > limit {
        return Ok(None);
    }
    Ok(Some(plain::points(&found, columns, last(conn, channel)?)))
}

pub(super) fn overview(
    conn: &Connection,
    channel: ChannelId,
    grid: &Grid,
    columns: &[Column],
) -> Result<Overview, StoreError> {
    let (from, until) = grid.ends();
    let mut overlooking = Overlooking::new(grid, columns);
    entries::scan(conn, channel, from, until, &mut |entry| {
        overlooking.take(entry);
        ControlFlow::Continue(())
    })?;
    Ok(overlooking.finish(last(conn, channel)?))
}

pub(super) fn aggregate(
    conn: &Connection,
    channel: ChannelId,
    grid: &Grid,
    columns: &[Column],
    how: Aggregate,
) -> Result<Aggregates, StoreError> {
    let (from, until) = grid.ends();
    let mut aggregating = Aggregating::new(grid, columns, how);
    entries::scan(conn, channel, from, until, &mut |entry| {
        aggregating.take(entry);
        ControlFlow::Continue(())
    })?;
    Ok(aggregating.finish())
}

pub(super) fn extent(conn: &Connection, channel: ChannelId) -> Result<Extent, StoreError> {
    let sql = "SELECT COUNT(*), MIN(created_at), MAX(created_at) FROM entries WHERE channel_id = ?";
    let extent = conn.prepare_cached(sql)?.query_row([number(channel.get())], |row| {
        let time = |column| {
            let millis: rusqlite::Result<Option<i64>> = row.get(column);
            millis.map(|millis| millis.map(Timestamp::from_millis))
        };
        let entries: i64 = row.get(0)?;
        // What a row with two short fields takes; the file does not tell of one channel.
        Ok(Extent {
            entries: entries as u64,
            first: time(1)?,
            last: time(2)?,
            bytes: entries as u64 * 41,
        })
    })?;
    Ok(extent)
}

pub(super) fn check(conn: &Connection) -> Result<Checked, StoreError> {
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    let mut problems: Vec<String> = conn
        .prepare("PRAGMA integrity_check")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    problems.retain(|problem| problem != "ok");
    Ok(Checked {
        channels: count("SELECT COUNT(*) FROM channels")? as u64,
        entries: count("SELECT COUNT(*) FROM entries")? as u64,
        problems,
    })
}

fn last(conn: &Connection, channel: ChannelId) -> Result<Option<EntryId>, StoreError> {
    Ok(entries::head(conn, channel)?.and_then(|head| head.last))
}

fn delete_one(conn: &Connection, channel: ChannelId, id: EntryId) -> Result<u64, StoreError> {
    let sql = "DELETE FROM entries WHERE channel_id = ? AND entry_id = ?";
    let ids = params![number(channel.get()), number(id.get())];
    Ok(conn.prepare_cached(sql)?.execute(ids)? as u64)
}

fn replace(conn: &Connection, channel: ChannelId, entry: &Entry) -> Result<(), StoreError> {
    delete_one(conn, channel, entry.id)?;
    entries::insert(conn, channel, std::slice::from_ref(entry))
}
