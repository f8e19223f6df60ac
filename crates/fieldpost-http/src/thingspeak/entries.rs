//! Reading one entry: the last one, or one by its id; whole, one field of it, or its status.

use fieldpost_engine::{Refusal, aggregate};
use fieldpost_wire::feed::{csv_of, row_document, row_json};
use fieldpost_wire::query::Columns;
use fieldpost_wire::{ChannelId, Entry, EntryId, FieldNo, Query, Row};

use super::Ask;
use super::feeds::shown;
use super::route::{FieldPath, Format, Which};
use crate::device::Reply;
use crate::device::reply::content_type;

impl Ask<'_> {
    /// One entry. Without a suffix a field's value comes bare and a whole entry as JSON.
    pub(super) async fn one_entry(
        &self,
        id: ChannelId,
        field: Option<FieldPath>,
        which: Which,
    ) -> Result<Reply, Refusal> {
        let channel = self.engine.channel_to_read(id, self.key()).await?;
        let query = Query { group: None, ..Query::from_params(&self.params) };
        let columns = shown(&channel, field, &query);
        let found = match (which, field) {
            (Which::Id(entry), _) => self.engine.entry(id, entry).await?,
            (Which::Last, None) => self.newest(id, None).await?,
            (Which::Last, Some(FieldPath(Some(field)))) if columns.fields[field.index()] => {
                self.newest(id, Some(field)).await?
            }
            (Which::Last, Some(_)) => return Err(Refusal::NoEntry),
        };
        let mut row = Row::from(found);
        if let Some(decimals) = query.round {
            aggregate::round(&mut row.values, decimals);
        }
        let bare = matches!(self.format, Format::Plain | Format::Text);
        match field {
            Some(FieldPath(Some(field))) if bare => {
                let value = row.values.field(field).filter(|_| columns.fields[field.index()]);
                // An absent value is an empty answer, without what should stand around it.
                Ok(value.map_or_else(
                    || Reply::ok(self.format.content_type(), ""),
                    |value| self.text(value),
                ))
            }
            _ => Ok(self.row(&row, &columns, &query)),
        }
    }

    /// The newest entry, or the newest with a field. With `after` in the request only one that came after that will do, and
    /// `wait` says for how many seconds the answer may be held back until there is one.
    async fn newest(&self, id: ChannelId, field: Option<FieldNo>) -> Result<Entry, Refusal> {
        let known = self.params.get("after").and_then(|text| text.trim().parse::<EntryId>().ok());
        // Listening comes before reading, so that nothing slips through in between.
        let mut waits = known.and_then(|_| self.hold()).map(|hold| (hold, self.engine.listen(id)));
        loop {
            let newest = match field {
                None => self.engine.last(id).await,
                Some(field) => self.engine.last_with(id, field).await,
            };
            match newest {
                Ok(entry) if known.is_none_or(|known| entry.id > known) => return Ok(entry),
                // Ids begin anew when a channel is cleared. That a newer one was deleted makes an entry no news.
                Ok(entry) if known > self.engine.head(id).await?.last => return Ok(entry),
                Ok(_) | Err(Refusal::NoEntry) => {}
                Err(refusal) => return Err(refusal),
            }
            let Some((hold, ring)) = &mut waits else { return Err(Refusal::NoEntry) };
            if !hold.hears(ring).await {
                return Err(Refusal::NoEntry);
            }
        }
    }

    /// One entry's status.
    pub(super) async fn one_status(&self, id: ChannelId, which: Which) -> Result<Reply, Refusal> {
        self.engine.channel_to_read(id, self.key()).await?;
        let query = Query { group: None, ..Query::from_params(&self.params) };
        let row = Row::from(match which {
            Which::Id(entry) => self.engine.entry(id, entry).await?,
            Which::Last => self.engine.last(id).await?,
        });
        if matches!(self.format, Format::Plain | Format::Text) {
            return Ok(self.text(row.values.status.as_deref().unwrap_or_default()));
        }
        let columns = Columns { entry_id: true, status: true, ..Columns::default() };
        Ok(self.row(&row, &columns, &query))
    }

    fn row(&self, row: &Row, columns: &Columns, query: &Query) -> Reply {
        match self.format {
            Format::Xml => Reply::ok(content_type::XML, row_document(row, columns, &query.zone)),
            Format::Csv => Reply::ok(content_type::CSV, csv_of(row, columns, &query.zone)),
            _ => {
                let mut json = String::with_capacity(256);
                row_json(&mut json, row, columns, &query.zone);
                self.json(json)
            }
        }
    }
}
