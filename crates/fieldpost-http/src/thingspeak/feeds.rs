//! Reading many entries: feeds, one field of a feed, statuses.

use std::sync::Arc;

use fieldpost_engine::{Refusal, read};
use fieldpost_store::{Head, Reader};
use fieldpost_wire::document::{Node, PROLOG};
use fieldpost_wire::feed::{channel_head, csv_of, terse_head, time_node};
use fieldpost_wire::query::{Columns, How, RESULTS_MAX};
use fieldpost_wire::sheet::{Form, Sheet};
use fieldpost_wire::{Channel, ChannelId, Query, RowRef, Zone};

use super::Ask;
use super::route::{FieldPath, Format};
use crate::device::Reply;
use crate::device::reply::content_type;

/// Writes a feed as it is read.
struct Writing {
    sheet: Option<Sheet>,
    form: Form,
    channel: Arc<Channel>,
    /// With the channel's name and place alone.
    terse: bool,
    metadata: bool,
    columns: Columns,
    zone: Zone,
}

impl Reader for Writing {
    fn begin(&mut self, Head { last, .. }: Head, count: usize) {
        let Self { form, channel, zone, .. } = &*self;
        let head = match self.terse {
            true => terse_head(channel),
            false => channel_head(channel, last, zone, self.metadata),
        };
        self.sheet = Some(Sheet::begin(*form, head, self.columns, zone.clone(), count));
    }

    fn entry(&mut self, row: RowRef<'_>) {
        if let Some(sheet) = &mut self.sheet {
            sheet.row(row);
        }
    }
}

impl Ask<'_> {
    /// The newest entries of a range, with the channel they belong to.
    pub(super) async fn feed(
        &self,
        id: ChannelId,
        field: Option<FieldPath>,
    ) -> Result<Reply, Refusal> {
        let channel = self.engine.channel_to_read(id, self.key()).await?;
        let query = Query::from_params(&self.params);
        let columns = shown(&channel, field, &query);
        self.sheet(channel, query, columns, false).await
    }

    /// The entries of a range with nothing but their status; those without one are in it too.
    pub(super) async fn statuses(&self, id: ChannelId) -> Result<Reply, Refusal> {
        let channel = self.engine.channel_to_read(id, self.key()).await?;
        let mut query = Query::from_params(&self.params);
        query.results = query.results.or(Some(RESULTS_MAX));
        (query.group, query.round, query.min, query.max) = (None, None, None, None);
        let columns = Columns { entry_id: true, status: true, ..Columns::default() };
        self.sheet(channel, query, columns, true).await
    }

    async fn sheet(
        &self,
        channel: Arc<Channel>,
        query: Query,
        columns: Columns,
        terse: bool,
    ) -> Result<Reply, Refusal> {
        let form = match self.format {
            Format::Csv => Form::Csv,
            Format::Xml => Form::Xml,
            _ => Form::Json,
        };
        let (metadata, zone) = (query.metadata, query.zone.clone());
        let writing = Writing {
            sheet: None,
            form,
            channel: Arc::clone(&channel),
            terse,
            metadata,
            columns,
            zone,
        };
        let writing = self.engine.feed_to(&channel, query, columns, writing).await?;
        let text = writing.sheet.map(Sheet::end).unwrap_or_default();
        Ok(match form {
            Form::Csv => Reply::ok(content_type::CSV, text),
            Form::Xml => Reply::ok(content_type::XML, text),
            Form::Json => self.json(text),
        })
    }

    /// The statuses among the newest thirty entries, newest first.
    pub(super) async fn recent_statuses(&self, id: ChannelId) -> Result<Reply, Refusal> {
        let query = Query { results: Some(30), ..Query::from_params(&self.params) };
        let channel = match self.engine.channel_to_read(id, self.key()).await {
            Ok(channel) => channel,
            Err(Refusal::KeyMissing | Refusal::ReadKeyUnknown) if self.format != Format::Json => {
                return Ok(Reply::ok(content_type::HTML, "Sorry the statuses are not public"));
            }
            Err(other) => return Err(other),
        };
        let columns = Columns { entry_id: true, status: true, ..Columns::default() };
        let plain = Query { group: None, ..query.clone() };
        let mut rows = self.engine.feed(&channel, plain, columns).await?;
        rows.retain(|row| {
            row.values.status.as_deref().is_some_and(|status| !status.trim().is_empty())
        });
        rows.reverse();
        if self.format == Format::Json {
            let statuses = rows.iter().map(|row| {
                Node::Object(vec![
                    ("status", Node::maybe(row.values.status.as_deref())),
                    ("created_at", time_node(&query.zone, row.created_at)),
                    ("entry_id", Node::Int(row.id.map(|id| id.get() as i64))),
                ])
            });
            return Ok(self.json(Node::Array("status", statuses.collect()).to_json()));
        }
        let mut page = String::from("<ul>\n");
        for row in &rows {
            let mut text = String::new();
            fieldpost_wire::document::xml_text(
                &mut text,
                row.values.status.as_deref().unwrap_or_default(),
            );
            page.push_str(&format!("  <li>{text} <time>{}</time></li>\n", row.created_at));
        }
        page.push_str("</ul>\n");
        Ok(Reply::ok(content_type::HTML, page))
    }

    /// The last span's aggregate, which dynamic charts ask for again and again.
    pub(super) async fn last_aggregate(&self, id: ChannelId, how: How) -> Result<Reply, Refusal> {
        let channel = self.engine.channel_to_read(id, self.key()).await?;
        let query = Query::from_params(&self.params);
        let row = self.engine.last_aggregate(&channel, how, &query).await?;
        let field = self.params.first_of(&["field_id", "field"]).and_then(|text| text.parse().ok());
        let columns = Columns { entry_id: false, ..read::columns(&channel, None, &query) };
        Ok(match (self.format, field) {
            (Format::Csv, _) => Reply::ok(content_type::CSV, csv_of(&row, &columns, &query.zone)),
            (Format::Xml, _) => Reply::ok(
                content_type::XML,
                fieldpost_wire::feed::row_document(&row, &columns, &query.zone),
            ),
            (Format::Text, Some(field)) => self.text(row.values.field(field).unwrap_or_default()),
            _ => {
                let mut json = String::new();
                fieldpost_wire::feed::row_json(&mut json, &row, &columns, &query.zone);
                self.json(json)
            }
        })
    }

    /// The number of the newest entry.
    pub(super) async fn last_entry_id(&self, id: ChannelId) -> Result<Reply, Refusal> {
        self.engine.channel_to_read(id, self.key()).await?;
        let last = self.engine.head(id).await?.last;
        let number = Node::Int(last.map(|id| id.get() as i64));
        Ok(match self.format {
            Format::Json => self.json(number.to_json()),
            Format::Xml => Reply::ok(content_type::XML, number.to_xml("last-entry-id")),
            _ => self.text(&last.map_or_else(|| "0".into(), |id| id.to_string())),
        })
    }

    /// How long ago the newest entry was made, in whole seconds.
    pub(super) async fn age(
        &self,
        id: ChannelId,
        field: Option<FieldPath>,
    ) -> Result<Reply, Refusal> {
        self.engine.channel_to_read(id, self.key()).await?;
        let entry = match field {
            None => self.engine.last(id).await,
            Some(FieldPath(Some(field))) => self.engine.last_with(id, field).await,
            Some(FieldPath(None)) => Err(Refusal::NoEntry),
        };
        let age = match entry {
            Ok(entry) => self
                .engine
                .now()
                .seconds()
                .saturating_sub(entry.created_at.seconds())
                .max(0)
                .to_string(),
            Err(Refusal::NoEntry) => return Ok(Reply::ok(self.format.content_type(), "-1")),
            Err(refusal) => return Err(refusal),
        };
        Ok(match self.format {
            Format::Json => {
                // Some pages cut this text at its quotes, so the order of its members is fixed.
                self.json(format!(r#"{{"last_data_age":"{age}","last_data_age_units":"s"}}"#))
            }
            Format::Xml => {
                let members = vec![
                    ("last_data_age", Node::text(age)),
                    ("last_data_age_units", Node::text("s")),
                ];
                Reply::ok(content_type::XML, Node::Object(members).to_xml("feed"))
            }
            Format::Csv => Reply::ok(
                content_type::CSV,
                format!("last_data_age,last_data_age_units\n{age},s\n"),
            ),
            _ => self.text(&age),
        })
    }
}

/// The columns of an answer: all labelled fields, or the one in the path if it has a label.
pub(super) fn shown(
    channel: &fieldpost_wire::Channel,
    field: Option<FieldPath>,
    query: &Query,
) -> Columns {
    match field {
        None => read::columns(channel, None, query),
        Some(FieldPath(Some(field))) => read::columns(channel, Some(field), query),
        Some(FieldPath(None)) => {
            Columns { fields: [false; 8], ..read::columns(channel, None, query) }
        }
    }
}

/// What an XML answer with no elements is.
pub(super) fn empty_list_xml() -> String {
    format!("{PROLOG}<nil-classes type=\"array\"/>\n")
}
