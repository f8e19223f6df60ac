//! Reading a channel: the question goes to the store, the rows come back ready to be written out.

use std::sync::Arc;

use fieldpost_store::history::Extent;
use fieldpost_store::{Head, Reader, Store, StoreError};
use fieldpost_wire::query::{Columns, How, Query, Span};
use fieldpost_wire::{Channel, ChannelId, Entry, EntryId, FieldNo, Row, RowRef};

use crate::aggregate;
use crate::engine::Engine;
use crate::refusal::Refusal;

/// The columns that an answer about a channel shows: its labelled fields, or just the one that was asked for.
pub fn columns(channel: &Channel, field: Option<FieldNo>, query: &Query) -> Columns {
    let shown = |no| channel.about.label(no).is_some() && field.is_none_or(|only| only == no);
    Columns {
        entry_id: query.group.is_none(),
        fields: FieldNo::ALL.map(shown),
        location: query.location,
        status: query.status,
    }
}

impl Engine {
    /// Shows a reader where a channel stands and the rows that a query asks for, oldest first, and gives it back. Many rows are
    /// made off the event loop.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is gone.
    pub async fn feed_to<R: Reader + Send + 'static>(
        &self,
        channel: &Arc<Channel>,
        query: Query,
        columns: Columns,
        mut reader: R,
    ) -> Result<R, Refusal> {
        let (channel, span) = (Arc::clone(channel), query.span(self.now()));
        if let Some((entries, head)) = self.at_hand(channel.id, &span) {
            show(entries, head, &channel, &query, &columns, &mut reader);
            return Ok(reader);
        }
        self.on_store(move |store| {
            if is_plain(&query) {
                store.feed(channel.id, &span, &mut reader)?;
                return Ok(reader);
            }
            let entries = store.newest(channel.id, &span)?;
            let head = store.head(channel.id)?.ok_or(StoreError::NotFound)?;
            show(entries, head, &channel, &query, &columns, &mut reader);
            Ok(reader)
        })
        .await
    }

    /// Reads the rows that a query asks for, oldest first: for a few of them.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if the channel is gone.
    pub async fn feed(
        &self,
        channel: &Arc<Channel>,
        query: Query,
        columns: Columns,
    ) -> Result<Vec<Row>, Refusal> {
        Ok(self.feed_to(channel, query, columns, Rows(Vec::new())).await?.0)
    }

    /// Reads where a channel stands.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is gone.
    pub async fn head(&self, channel: ChannelId) -> Result<Head, Refusal> {
        if let Some((_, head)) = self.at_hand(channel, &Span { limit: 1, ..Span::ALL }) {
            return Ok(head);
        }
        self.on_store(move |store| store.head(channel)).await?.ok_or(Refusal::NoChannel)
    }

    /// Reads how much a channel holds.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn extent(&self, channel: ChannelId) -> Result<Extent, Refusal> {
        self.on_store(move |store| store.extent(channel)).await
    }

    /// Reads one entry.
    ///
    /// # Errors
    /// [`Refusal::NoEntry`] if there is none with this id.
    pub async fn entry(&self, channel: ChannelId, id: EntryId) -> Result<Entry, Refusal> {
        self.on_store(move |store| store.entry(channel, id)).await?.ok_or(Refusal::NoEntry)
    }

    /// Reads the entry with the highest id of those that are there: the newest by acceptance, whatever time it names.
    ///
    /// # Errors
    /// [`Refusal::NoEntry`] if the channel is empty.
    pub async fn last(&self, channel: ChannelId) -> Result<Entry, Refusal> {
        if let Some(newest) = self.last_at_hand(channel, |_| true) {
            return Ok(newest);
        }
        let entry = self.on_store(move |store| {
            let Some(last) = store.head(channel)?.and_then(|head| head.last) else {
                return Ok(None);
            };
            match store.entry(channel, last)? {
                // It was deleted: the newest of those that are left.
                None => Ok(before(store, channel, last.get(), 1)?.pop()),
                newest => Ok(newest),
            }
        });
        entry.await?.ok_or(Refusal::NoEntry)
    }

    /// Reads up to `limit` entries with an id below `id`, those with the highest, by ascending id; without an id the newest there are.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is gone.
    pub async fn before(
        &self,
        channel: ChannelId,
        id: Option<EntryId>,
        limit: usize,
    ) -> Result<Vec<Entry>, Refusal> {
        let found = self.on_store(move |store| {
            let Some(head) = store.head(channel)? else { return Ok(None) };
            let end = head.last.map_or(0, EntryId::get).saturating_add(1);
            let end = id.map_or(end, |id| id.get().min(end));
            before(store, channel, end, limit).map(Some)
        });
        found.await?.ok_or(Refusal::NoChannel)
    }

    /// Reads the newest entry in which a field has a value.
    ///
    /// # Errors
    /// [`Refusal::NoEntry`] if the field was never written.
    pub async fn last_with(&self, channel: ChannelId, field: FieldNo) -> Result<Entry, Refusal> {
        let has_it = |entry: &Entry| entry.values.field(field).is_some();
        if let Some(newest) = self.last_at_hand(channel, has_it) {
            return Ok(newest);
        }
        self.on_store(move |store| store.last_with(channel, field)).await?.ok_or(Refusal::NoEntry)
    }

    /// The entry with the highest id of those that suit, if memory shows which one that is: mostly the newest of all, else one that
    /// came shortly before.
    fn last_at_hand(&self, channel: ChannelId, suits: impl Fn(&Entry) -> bool) -> Option<Entry> {
        for limit in LOOKED_AT {
            // What has not even one at hand need not be asked for more.
            let (entries, head) = self.at_hand(channel, &Span { limit, ..Span::ALL })?;
            if let Some(found) = highest(entries, head, &suits) {
                return Some(found);
            }
        }
        None
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
        channel: &Arc<Channel>,
        how: How,
        query: &Query,
    ) -> Result<Row, Refusal> {
        let group = query.group.filter(|group| group.how == how).ok_or(Refusal::NoEntry)?;
        let newest = Query { results: Some(group.minutes.clamp(1, 100) as u64), ..query.clone() };
        let columns = columns(channel, None, query);
        let mut rows = self.feed(channel, newest, columns).await?;
        rows.pop().ok_or(Refusal::NoEntry)
    }
}

/// How many of the newest entries are looked at for one that suits, first and then.
const LOOKED_AT: [u64; 2] = [1, 32];

/// The entry with the highest id of those that suit, as far as some entries of a channel tell: down to the first id that is not among them.
fn highest(mut entries: Vec<Entry>, head: Head, suits: impl Fn(&Entry) -> bool) -> Option<Entry> {
    entries.sort_unstable_by_key(|entry| entry.id);
    let mut id = head.last?.get();
    while let Some(entry) = entries.pop().filter(|entry| entry.id.get() == id) {
        if suits(&entry) {
            return Some(entry);
        }
        id -= 1;
    }
    None
}

/// Keeps the rows it is shown.
struct Rows(Vec<Row>);

impl Reader for Rows {
    fn begin(&mut self, _: Head, _: usize) {}

    fn entry(&mut self, RowRef { id, created_at, values }: RowRef<'_>) {
        self.0.push(Row { id, created_at, values: values.keep() });
    }
}

/// True if rows are entries as they are.
fn is_plain(query: &Query) -> bool {
    let Query { group, round, min, max, .. } = query;
    group.is_none() && round.is_none() && min.is_none() && max.is_none()
}

/// Shows where a channel stands and the rows that a query makes of entries.
fn show(
    entries: Vec<Entry>,
    head: Head,
    channel: &Channel,
    query: &Query,
    columns: &Columns,
    reader: &mut dyn Reader,
) {
    if is_plain(query) {
        reader.begin(head, entries.len());
        return entries.iter().for_each(|entry| reader.entry(entry.into()));
    }
    let rows = aggregate::rows(entries, query, columns, &channel.about.valid);
    reader.begin(head, rows.len());
    rows.iter().for_each(|row| reader.entry(row.into()));
}

/// The entries with the highest ids below `end`, by ascending id.
fn before(
    store: &dyn Store,
    channel: ChannelId,
    end: u64,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let from = |start: u64| {
        let after = EntryId::new(start.saturating_sub(1));
        let mut found = store.after(channel, after, limit)?;
        found.retain(|entry| entry.id.get() < end);
        Ok::<_, StoreError>(found)
    };
    // As long as nothing was deleted they are just these.
    let mut high = end.saturating_sub(limit as u64).max(1);
    let found = from(high)?;
    if found.len() >= limit || high == 1 {
        return Ok(found);
    }
    // Else they begin at the highest id from which on there are enough.
    let mut low = 1;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if from(middle)?.len() < limit {
            high = middle;
        } else {
            low = middle;
        }
    }
    from(low)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fieldpost_store::memory::MemoryStore;
    use fieldpost_store::{HistoryStore as _, NewChannel, NewUser};
    use fieldpost_wire::channel::About;
    use fieldpost_wire::{ApiKey, Timestamp, Values};
    use proptest::prelude::*;

    use super::*;

    fn kept(ids: &BTreeSet<u64>) -> (MemoryStore, ChannelId) {
        let store = MemoryStore::new();
        let key = |text: &str| text.parse::<ApiKey>().unwrap();
        let (login, now) = ("ada".to_string(), Timestamp::default());
        let api_key = key("AAAAAAAAAAAAAAAA");
        let owner = NewUser { login, api_key, password: None, admin: false, now };
        let owner = store.create_user(owner).unwrap().id;
        let (about, write_key) = (About::new_channel(), key("BBBBBBBBBBBBBBBB"));
        let new = NewChannel { id: None, owner, about, write_key, read_keys: Vec::new(), now };
        let channel = store.create_channel(new).unwrap().id;
        let entry =
            |id: &u64| Entry { id: EntryId::new(*id), created_at: now, values: Values::default() };
        store.put(channel, &ids.iter().map(entry).collect::<Vec<_>>()).unwrap();
        (store, channel)
    }

    proptest! {
        #[test]
        fn what_some_entries_tell_is_true_of_all(
            all in proptest::collection::btree_map(1u64..60, (0i64..40, any::<bool>()), 0..50),
            kept in 0usize..40,
            deleted in 0u64..3,
        ) {
            let last = all.keys().next_back().map(|last| EntryId::new(last + deleted));
            let mut entries: Vec<Entry> = all
                .iter()
                .map(|(id, (time, suits))| Entry {
                    id: EntryId::new(*id),
                    created_at: Timestamp::from_seconds(*time),
                    values: Values { status: suits.then(|| "x".into()), ..Values::default() },
                })
                .collect();
            let suits = |entry: &Entry| entry.values.status.is_some();
            let model = entries.iter().rev().find(|entry| suits(entry)).cloned();
            // Memory has the newest by time.
            entries.sort_by_key(|entry| (entry.created_at, entry.id));
            let newest = entries.split_off(entries.len().saturating_sub(kept));
            let found = highest(newest, Head { last, last_write_at: None }, suits);
            prop_assert!(found.is_none() || found == model);
            if kept >= all.len() && deleted == 0 && all.len() as u64 == last.map_or(0, EntryId::get) {
                prop_assert_eq!(found, model);
            }
        }

        #[test]
        fn holes_in_the_ids_make_no_page_shorter(
            ids in proptest::collection::btree_set(1u64..400, 0..60),
            end in 1u64..450,
            limit in 1usize..20,
        ) {
            let (store, channel) = kept(&ids);
            let found = before(&store, channel, end, limit).unwrap();
            let found: Vec<u64> = found.iter().map(|entry| entry.id.get()).collect();
            let below: Vec<u64> = ids.into_iter().filter(|id| *id < end).collect();
            prop_assert_eq!(found, &below[below.len().saturating_sub(limit)..]);
        }
    }
}
