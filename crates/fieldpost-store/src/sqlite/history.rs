//! The past in the file: corrections, which write the blocks they touch anew, and reads as columns.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;

use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};
use rusqlite::{Connection, params};

use super::entries::{self, Loose, Piece, number};
use super::recent::Known;
use super::tail::key;
use super::{SqliteStore, blocks, copy, weave};
use crate::blocks::{Aggregating, Overlooking, Pointing};
use crate::history::{
    Aggregate, Aggregates, Checked, Column, Extent, Grid, HistoryStore, Overview, Points, Put,
    Which, check_ids,
};
use crate::store::StoreError;

impl HistoryStore for SqliteStore {
    fn put(&self, channel: ChannelId, entries: &[Entry]) -> Result<Put, StoreError> {
        check_ids(entries)?;
        let most = self.db.tuning.block;
        self.db.edit(channel, |tx, head| {
            let mut known = known_of(tx, channel, entries.iter().map(|entry| entry.id))?;
            let mut put = Put::default();
            let mut fresh: Vec<Entry> = Vec::with_capacity(entries.len());
            for entry in entries {
                match known.get(&entry.id) {
                    Some(known) if known == entry => put.same += 1,
                    Some(_) => put.differs += 1,
                    None => {
                        known.insert(entry.id, entry.clone());
                        fresh.push(entry.clone());
                    }
                }
            }
            put.stored = fresh.len() as u64;
            head.last = head.last.max(fresh.iter().map(|entry| entry.id).max());
            fresh.sort_by_key(key);
            weave::put(tx, channel, &fresh, most)?;
            Ok((put, put.stored > 0))
        })
    }

    fn change_entry(
        &self,
        channel: ChannelId,
        id: EntryId,
        change: &mut dyn FnMut(&mut Entry),
    ) -> Result<(Entry, Entry), StoreError> {
        let most = self.db.tuning.block;
        self.db.edit(channel, |tx, _| {
            let before = entries::entry(tx, channel, id)?.ok_or(StoreError::NotFound)?;
            let mut after = before.clone();
            change(&mut after);
            after.id = id;
            take_ids(tx, channel, &HashSet::from([id.get()]), most)?;
            weave::put(tx, channel, std::slice::from_ref(&after), most)?;
            Ok(((before, after), true))
        })
    }

    fn delete_entries(&self, channel: ChannelId, which: &Which) -> Result<u64, StoreError> {
        let most = self.db.tuning.block;
        self.db.edit(channel, |tx, _| {
            let deleted = match which {
                Which::Ids(ids) => take_ids(tx, channel, &set_of(ids.iter().copied()), most)?,
                Which::Times(from, until) => weave::take_times(tx, channel, (*from, *until), most)?,
            };
            Ok((deleted, deleted > 0))
        })
    }

    fn rewrite(
        &self,
        channel: ChannelId,
        delete: &[EntryId],
        change: &[Entry],
    ) -> Result<u64, StoreError> {
        let most = self.db.tuning.block;
        self.db.edit(channel, |tx, _| {
            let deleted = take_ids(tx, channel, &set_of(delete.iter().copied()), most)?;
            // The last of several for one id counts.
            let mut changes: HashMap<u64, &Entry> =
                change.iter().map(|e| (e.id.get(), e)).collect();
            let mut there: Vec<Entry> = Vec::new();
            let places = entries::places_of(tx, channel, &set_of(change.iter().map(|e| e.id)))?;
            weave::take(tx, channel, &places, most, &mut |entry| {
                let changed = changes.remove(&entry.id.get());
                there.extend(changed.cloned());
                changed.is_some()
            })?;
            there.sort_by_key(key);
            weave::put(tx, channel, &there, most)?;
            Ok((deleted, true))
        })
    }

    fn points(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
        columns: &[Column],
        limit: usize,
    ) -> Result<Option<Points>, StoreError> {
        let mut pointing = Pointing::new(from, until, columns, limit);
        let head = self.db.read_channel(channel, within(from, until), |conn, loose| {
            entries::pieces(conn, channel, &loose, (from, until), &mut |piece| {
                match piece {
                    Piece::Entry(entry) => pointing.entry(entry),
                    Piece::Block(block) => pointing.block(&block.header()?, || block.body(conn))?,
                }
                let enough = pointing.has_too_many();
                Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            Ok(loose.head)
        })?;
        Ok(pointing.finish(head.last))
    }

    fn overview(
        &self,
        channel: ChannelId,
        grid: &Grid,
        columns: &[Column],
    ) -> Result<Overview, StoreError> {
        let read = |grid: &Grid, conn: &Connection, loose: &Loose| {
            let mut overlooking = Overlooking::new(grid, columns);
            entries::pieces(conn, channel, loose, grid.ends(), &mut |piece| {
                match piece {
                    Piece::Entry(entry) => overlooking.entry(entry),
                    Piece::Block(block) => {
                        overlooking.block(&block.header()?, || block.body(conn))?;
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(overlooking.finish(loose.head.last))
        };
        let nothing = || Overlooking::new(grid, columns).finish(None);
        let found = self.db.read_grid(channel, grid, read, Overview::followed_by)?;
        Ok(found.unwrap_or_else(nothing))
    }

    fn aggregate(
        &self,
        channel: ChannelId,
        grid: &Grid,
        columns: &[Column],
        how: Aggregate,
    ) -> Result<Aggregates, StoreError> {
        let read = |grid: &Grid, conn: &Connection, loose: &Loose| {
            let mut aggregating = Aggregating::new(grid, columns, how);
            entries::pieces(conn, channel, loose, grid.ends(), &mut |piece| {
                match piece {
                    Piece::Entry(entry) => aggregating.entry(entry),
                    Piece::Block(block) => {
                        aggregating.block(&block.header()?, || block.body(conn))?;
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(aggregating.finish())
        };
        let nothing = || Aggregating::new(grid, columns, how).finish();
        let found = self.db.read_grid(channel, grid, read, Aggregates::followed_by)?;
        Ok(found.unwrap_or_else(nothing))
    }

    fn extent(&self, channel: ChannelId) -> Result<Extent, StoreError> {
        let waiting = |known: &Known| Ok(known.tail.behind(known.moved)?);
        self.db.read_channel(channel, waiting, |conn, waiting| {
            let mut extent = extent_of_blocks(conn, channel)?;
            extent.entries += waiting.len() as u64;
            for entry in &waiting {
                let time = entry.created_at;
                extent.first = Some(extent.first.map_or(time, |first| first.min(time)));
                extent.last = extent.last.max(Some(time));
                extent.bytes += 24;
            }
            Ok(extent)
        })
    }

    fn check(&self) -> Result<Checked, StoreError> {
        self.db.read(|conn| copy::check(conn, self.db.path()))
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        copy::backup(&self.db, to)
    }
}

/// What to take from memory for a stretch of time.
fn within(from: Timestamp, until: Timestamp) -> impl Fn(&Known) -> Result<Loose, StoreError> {
    move |known| Loose::within(known, from, until)
}

fn extent_of_blocks(conn: &Connection, channel: ChannelId) -> Result<Extent, StoreError> {
    let sql = "SELECT TOTAL(entries), MIN(first_time), MAX(last_time), TOTAL(bytes) FROM blocks
               WHERE channel_id = ?";
    let extent = conn.prepare_cached(sql)?.query_row(params![number(channel.get())], |row| {
        let time = |column| {
            let millis: rusqlite::Result<Option<i64>> = row.get(column);
            millis.map(|millis| millis.map(Timestamp::from_millis))
        };
        let whole = |column| row.get::<_, f64>(column).map(|number| number as u64);
        Ok(Extent { entries: whole(0)?, first: time(1)?, last: time(2)?, bytes: whole(3)? })
    })?;
    Ok(extent)
}

fn set_of(ids: impl Iterator<Item = EntryId>) -> HashSet<u64> {
    ids.map(EntryId::get).collect()
}

/// Takes the entries with these ids out of the blocks, and tells how many.
fn take_ids(
    conn: &Connection,
    channel: ChannelId,
    ids: &HashSet<u64>,
    most: usize,
) -> Result<u64, StoreError> {
    let places = entries::places_of(conn, channel, ids)?;
    weave::take(conn, channel, &places, most, &mut |entry| ids.contains(&entry.id.get()))
}

/// Reads those of these entries that are in blocks.
fn known_of(
    conn: &Connection,
    channel: ChannelId,
    ids: impl Iterator<Item = EntryId>,
) -> Result<HashMap<EntryId, Entry>, StoreError> {
    let ids = set_of(ids);
    let mut known = HashMap::new();
    for first in entries::places_of(conn, channel, &ids)? {
        let block = blocks::at(conn, channel, first)?;
        let entries = block.map_or(Ok(Vec::new()), |block| block.entries(conn))?;
        let asked = entries.into_iter().filter(|entry| ids.contains(&entry.id.get()));
        known.extend(asked.map(|entry| (entry.id, entry)));
    }
    Ok(known)
}
