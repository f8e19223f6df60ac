//! The past in memory: corrections by loops, reads as `history/plain.rs` has them.

use std::path::Path;

use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};

use super::{Kept, MemoryStore};
use crate::history::plain::{self, Aggregating, Overlooking};
use crate::history::{
    Aggregate, Aggregates, Checked, Column, Extent, Grid, HistoryStore, Overview, Points, Put,
    Which, check_ids,
};
use crate::store::StoreError;

impl MemoryStore {
    /// The entries from a time to a time, as they are read, and the newest id.
    fn between(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
    ) -> (Vec<Entry>, Option<EntryId>) {
        let state = self.lock();
        let Some(kept) = state.channels.get(&channel) else { return Default::default() };
        let mut found = kept.entries.clone();
        found.retain(|entry| from <= entry.created_at && entry.created_at <= until);
        found.sort_by_key(|entry| (entry.created_at, entry.id));
        (found, kept.head().last)
    }

    fn correct<T>(
        &self,
        channel: ChannelId,
        work: impl FnOnce(&mut Kept) -> Result<(T, bool), StoreError>,
    ) -> Result<T, StoreError> {
        let mut state = self.lock();
        let kept = state.channels.get_mut(&channel).ok_or(StoreError::NotFound)?;
        let (answer, changed) = work(kept)?;
        state.version += u64::from(changed);
        Ok(answer)
    }
}

impl HistoryStore for MemoryStore {
    fn put(&self, channel: ChannelId, entries: &[Entry]) -> Result<Put, StoreError> {
        check_ids(entries)?;
        self.correct(channel, |kept| {
            let mut put = Put::default();
            for entry in entries {
                match kept.entries.iter().find(|known| known.id == entry.id) {
                    Some(known) if known == entry => put.same += 1,
                    Some(_) => put.differs += 1,
                    None => {
                        kept.entries.push(entry.clone());
                        kept.entries.sort_by_key(|entry| entry.id);
                        kept.last = kept.last.max(entry.id.get());
                        put.stored += 1;
                    }
                }
            }
            Ok((put, put.stored > 0))
        })
    }

    fn change_entry(
        &self,
        channel: ChannelId,
        id: EntryId,
        change: &mut dyn FnMut(&mut Entry),
    ) -> Result<(Entry, Entry), StoreError> {
        self.correct(channel, |kept| {
            let known = kept.entries.iter_mut().find(|entry| entry.id == id);
            let known = known.ok_or(StoreError::NotFound)?;
            let before = known.clone();
            let mut after = before.clone();
            change(&mut after);
            after.id = id;
            *known = after.clone();
            Ok(((before, after), true))
        })
    }

    fn delete_entries(&self, channel: ChannelId, which: &Which) -> Result<u64, StoreError> {
        self.correct(channel, |kept| {
            let before = kept.entries.len();
            kept.entries.retain(|entry| !which.holds(entry));
            let deleted = (before - kept.entries.len()) as u64;
            Ok((deleted, deleted > 0))
        })
    }

    fn rewrite(
        &self,
        channel: ChannelId,
        delete: &[EntryId],
        change: &[Entry],
    ) -> Result<u64, StoreError> {
        self.correct(channel, |kept| {
            let before = kept.entries.len();
            kept.entries.retain(|entry| !delete.contains(&entry.id));
            for entry in &mut kept.entries {
                if let Some(changed) = change.iter().rev().find(|changed| changed.id == entry.id) {
                    *entry = changed.clone();
                }
            }
            Ok(((before - kept.entries.len()) as u64, true))
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
        let (entries, last) = self.between(channel, from, until);
        Ok((entries.len() <= limit).then(|| plain::points(&entries, columns, last)))
    }

    fn overview(
        &self,
        channel: ChannelId,
        grid: &Grid,
        columns: &[Column],
    ) -> Result<Overview, StoreError> {
        let (from, until) = grid.ends();
        let (entries, last) = self.between(channel, from, until);
        let mut overlooking = Overlooking::new(grid, columns);
        entries.iter().for_each(|entry| overlooking.take(entry));
        Ok(overlooking.finish(last))
    }

    fn aggregate(
        &self,
        channel: ChannelId,
        grid: &Grid,
        columns: &[Column],
        how: Aggregate,
    ) -> Result<Aggregates, StoreError> {
        let (from, until) = grid.ends();
        let mut aggregating = Aggregating::new(grid, columns, how);
        self.between(channel, from, until).0.iter().for_each(|entry| aggregating.take(entry));
        Ok(aggregating.finish())
    }

    fn extent(&self, channel: ChannelId) -> Result<Extent, StoreError> {
        let (entries, _) = self.between(channel, Timestamp::MIN, Timestamp::MAX);
        Ok(Extent {
            entries: entries.len() as u64,
            first: entries.first().map(|entry| entry.created_at),
            last: entries.last().map(|entry| entry.created_at),
            bytes: 0,
        })
    }

    fn check(&self) -> Result<Checked, StoreError> {
        let state = self.lock();
        Ok(Checked {
            channels: state.channels.len() as u64,
            entries: state.channels.values().map(|kept| kept.entries.len() as u64).sum(),
            problems: Vec::new(),
        })
    }

    fn backup(&self, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::Failed("a store in memory can't be copied to a file".into()))
    }
}
