//! Reading a channel: the question goes to the store, the rows come back ready to be written out.

use fieldpost_store::Head;
use fieldpost_wire::query::{Columns, How, Query};
use fieldpost_wire::{Channel, ChannelId, Entry, EntryId, FieldNo, Row};

use crate::aggregate;
use crate::engine::Engine;
use crate::refusal::Refusal;

/// The columns that an answer about a channel shows: its labelled fields, or just the one that was asked for.
pub fn columns(channel: &Channel, field: Option<FieldNo>, query: &Query) -> Columns {
    let labelled = |field: FieldNo| {
        channel.about.labels[field.index()].as_deref().is_some_and(|label| !label.trim().is_empty())
    };
    Columns {
        entry_id: query.group.is_none(),
        fields: FieldNo::ALL.map(|no| labelled(no) && field.is_none_or(|only| only == no)),
        location: query.location,
        status: query.status,
    }
}

impl Engine {
    /// Reads the rows that a query asks for, oldest first.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn feed(
        &self,
        channel: ChannelId,
        query: &Query,
        columns: &Columns,
    ) -> Result<Vec<Row>, Refusal> {
        let span = query.span(self.now());
        let entries = if span.limit == 0 {
            Vec::new()
        } else {
            self.on_store(move |store| store.newest(channel, &span)).await?
        };
        Ok(aggregate::rows(entries, query, columns))
    }

    /// Reads where a channel stands.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is gone.
    pub async fn head(&self, channel: ChannelId) -> Result<Head, Refusal> {
        self.on_store(move |store| store.head(channel)).await?.ok_or(Refusal::NoChannel)
    }

    /// Reads one entry.
    ///
    /// # Errors
    /// [`Refusal::NoEntry`] if there is none with this id.
    pub async fn entry(&self, channel: ChannelId, id: EntryId) -> Result<Entry, Refusal> {
        self.on_store(move |store| store.entry(channel, id)).await?.ok_or(Refusal::NoEntry)
    }

    /// Reads the entry with the highest id: the newest by acceptance, whatever time it names.
    ///
    /// # Errors
    /// [`Refusal::NoEntry`] if the channel is empty.
    pub async fn last(&self, channel: ChannelId) -> Result<Entry, Refusal> {
        let entry = self.on_store(move |store| {
            let last = store.head(channel)?.and_then(|head| head.last);
            last.map_or(Ok(None), |id| store.entry(channel, id))
        });
        entry.await?.ok_or(Refusal::NoEntry)
    }

    /// Reads the newest entry in which a field has a value.
    ///
    /// # Errors
    /// [`Refusal::NoEntry`] if the field was never written.
    pub async fn last_with(&self, channel: ChannelId, field: FieldNo) -> Result<Entry, Refusal> {
        self.on_store(move |store| store.last_with(channel, field)).await?.ok_or(Refusal::NoEntry)
    }

    /// Reads up to `limit` entries after an id, in order of id: for exports and for listeners that resume.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn after(
        &self,
        channel: ChannelId,
        after: EntryId,
        limit: usize,
    ) -> Result<Vec<Entry>, Refusal> {
        self.on_store(move |store| store.after(channel, after, limit)).await
    }

    /// Aggregates the newest entries and gives the last span's row: what dynamic charts poll. `size` is both the
    /// number of entries (at most 100) and, if it is a valid one, the span in minutes.
    ///
    /// # Errors
    /// [`Refusal::NoEntry`] if there is nothing to aggregate or no valid span.
    pub async fn last_aggregate(
        &self,
        channel: &Channel,
        how: How,
        query: &Query,
    ) -> Result<Row, Refusal> {
        let group = query.group.filter(|group| group.how == how).ok_or(Refusal::NoEntry)?;
        let newest = Query { results: Some(group.minutes.clamp(1, 100) as u64), ..query.clone() };
        let columns = columns(channel, None, query);
        let mut rows = self.feed(channel.id, &newest, &columns).await?;
        rows.pop().ok_or(Refusal::NoEntry)
    }
}
