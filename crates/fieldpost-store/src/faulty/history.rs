//! The past goes straight to the store inside.

use std::path::Path;

use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};

use super::FaultyStore;
use crate::history::{
    Aggregate, Aggregates, Checked, Column, Extent, Grid, HistoryStore, Overview, Points, Put,
    Which,
};
use crate::store::{Store, StoreError};

impl<S: Store> HistoryStore for FaultyStore<S> {
    fn put(&self, channel: ChannelId, entries: &[Entry]) -> Result<Put, StoreError> {
        self.inner.put(channel, entries)
    }

    fn change_entry(
        &self,
        channel: ChannelId,
        id: EntryId,
        change: &mut dyn FnMut(&mut Entry),
    ) -> Result<(Entry, Entry), StoreError> {
        self.inner.change_entry(channel, id, change)
    }

    fn delete_entries(&self, channel: ChannelId, which: &Which) -> Result<u64, StoreError> {
        self.inner.delete_entries(channel, which)
    }

    fn rewrite(
        &self,
        channel: ChannelId,
        delete: &[EntryId],
        change: &[Entry],
    ) -> Result<u64, StoreError> {
        self.inner.rewrite(channel, delete, change)
    }

    fn points(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
        columns: &[Column],
        limit: usize,
    ) -> Result<Option<Points>, StoreError> {
        self.inner.points(channel, from, until, columns, limit)
    }

    fn overview(
        &self,
        channel: ChannelId,
        grid: &Grid,
        columns: &[Column],
    ) -> Result<Overview, StoreError> {
        self.inner.overview(channel, grid, columns)
    }

    fn aggregate(
        &self,
        channel: ChannelId,
        grid: &Grid,
        columns: &[Column],
        how: Aggregate,
    ) -> Result<Aggregates, StoreError> {
        self.inner.aggregate(channel, grid, columns, how)
    }

    fn extent(&self, channel: ChannelId) -> Result<Extent, StoreError> {
        self.inner.extent(channel)
    }

    fn check(&self) -> Result<Checked, StoreError> {
        self.inner.check()
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        self.inner.backup(to)
    }
}
