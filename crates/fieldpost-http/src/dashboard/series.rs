//! What a channel holds: entries one by one, and stretches as columns for charts.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::series::{POINTS, Shape, Stretch};
use fieldpost_engine::{Refusal, What};
use fieldpost_wire::{Channel, EntryId, FieldNo, Timestamp};

use super::channels::{bad, number};
use super::{Asked, Dashboard, Problem, schema, view};
use crate::export;

/// How many entries a page has if nothing else is said, and at most.
const PAGE: i64 = 50;
const PAGE_MAX: i64 = 500;
/// How many points a chart has if nothing else is said.
const WIDTH: i64 = 600;
/// How long a stretch is if nothing else is said, in milliseconds.
const DAY: i64 = 24 * 3_600_000;

/// Page through a channel's entries, newest first
#[utoipa::path(get, path = "/channels/{id}/entries", tag = "entries",
    params(("id" = u64, Path), ("before" = Option<u64>, Query, description = "Only entries with a lower id"),
        ("limit" = Option<u64>, Query, description = "1 to 500, else 50"), ("link" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, body = schema::Entries)))]
pub(super) async fn entries(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Json<schema::Entries>, Problem> {
    let channel = asked.access(&engine, id, What::Read).await?.channel.id;
    let limit = number(&asked, "limit")?.unwrap_or(PAGE).clamp(1, PAGE_MAX) as u64;
    let newest = engine.head(channel).await?.last.map_or(0, EntryId::get);
    let before = number(&asked, "before")?.and_then(|before| u64::try_from(before).ok());
    // Ids have no gaps, so a page is a range of them.
    let last = before.map_or(newest, |before| before.saturating_sub(1)).min(newest);
    let after = EntryId::new(last.saturating_sub(limit));
    let size = usize::try_from(last - after.get()).unwrap_or(0);
    let found = engine.after(channel, after, size).await?;
    let entries = found.iter().rev().map(view::entry).collect();
    Ok(Json(schema::Entries { entries, more: after.get() > 0 }))
}

/// Read all entries of a channel as one file, oldest first
#[utoipa::path(get, path = "/channels/{id}/entries.csv", tag = "entries",
    params(("id" = u64, Path), ("timezone" = Option<String>, Query, description = "Zone of the times, such as Europe/Zurich; UTC if left out"),
        ("link" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub(super) async fn whole_file(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let channel = asked.access(&engine, id, What::Read).await?.channel;
    Ok(export::whole(engine, &channel, &asked.params))
}

/// Read a stretch of a channel as columns of numbers
#[utoipa::path(get, path = "/channels/{id}/series", tag = "entries",
    params(("id" = u64, Path), ("start" = Option<i64>, Query, description = "Milliseconds since 1970; a day before the end if left out"),
        ("end" = Option<i64>, Query, description = "Milliseconds since 1970; now if left out"),
        ("points" = Option<u64>, Query, description = "10 to 4000, else 600"),
        ("fields" = Option<String>, Query, description = "Numbers parted by commas; those with a label if left out"),
        ("link" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, body = schema::Series)))]
pub(super) async fn series(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Json<schema::Series>, Problem> {
    let channel = asked.access(&engine, id, What::Read).await?.channel;
    let (start, end) = range(&asked)?;
    let end = end.unwrap_or_else(|| engine.now());
    let start = start.unwrap_or_else(|| end.plus_millis(-DAY));
    in_order(Some(start), Some(end))?;
    let stretch = Stretch {
        start: Some(start),
        end: Some(end),
        fields: fields(&asked, &channel)?,
        points: width(&asked, "points")?,
    };
    let fields = stretch.fields.clone();
    let found = engine.series(&channel, stretch).await?;
    let there = |row: Vec<f64>| row.into_iter().map(|value| (!value.is_nan()).then_some(value));
    let columns = match found.shape {
        Shape::Points { columns, .. } => {
            columns.into_iter().map(|values| (values, None)).collect::<Vec<_>>()
        }
        Shape::Spans(columns) => {
            columns.into_iter().map(|looks| (looks.last, Some((looks.min, looks.max)))).collect()
        }
    };
    let columns =
        fields.iter().zip(&found.hidden).zip(columns).map(|((field, hidden), (values, bounds))| {
            let (low, high) = bounds.unzip();
            schema::Column {
                no: field.get(),
                values: there(values).collect(),
                low: low.map(|row| there(row).collect()),
                high: high.map(|row| there(row).collect()),
                hidden: *hidden,
            }
        });
    Ok(Json(schema::Series {
        start_at: start.millis(),
        end_at: end.millis(),
        resolution_ms: found.resolution_ms,
        entries: found.entries,
        last_id: found.last.map_or(0, EntryId::get),
        columns: columns.collect(),
        times: found.times,
    }))
}

/// From when to when, as far as it is said.
pub(super) fn range(asked: &Asked) -> Result<(Option<Timestamp>, Option<Timestamp>), Refusal> {
    let time = |millis: i64| {
        Timestamp::from_millis(millis.clamp(Timestamp::MIN.millis(), Timestamp::MAX.millis()))
    };
    let (start, end) = (number(asked, "start")?.map(time), number(asked, "end")?.map(time));
    in_order(start, end)?;
    Ok((start, end))
}

fn in_order(start: Option<Timestamp>, end: Option<Timestamp>) -> Result<(), Refusal> {
    match (start, end) {
        (Some(start), Some(end)) if start > end => Err(bad("start lies after end")),
        _ => Ok(()),
    }
}

/// How many points a chart has, or columns of pixels.
pub(super) fn width(asked: &Asked, name: &str) -> Result<usize, Refusal> {
    let points = number(asked, name)?.unwrap_or(WIDTH);
    Ok(points.clamp(*POINTS.start() as i64, *POINTS.end() as i64) as usize)
}

/// Which fields are asked for: those with a label if nothing is said.
pub(super) fn fields(asked: &Asked, channel: &Channel) -> Result<Vec<FieldNo>, Refusal> {
    let mut fields: Vec<FieldNo> = match asked.params.get("fields").map(str::trim) {
        None | Some("") => view::labelled(channel).map(|(no, _)| no).collect(),
        Some(list) => list
            .split(',')
            .map(|no| no.trim().parse())
            .collect::<Result<_, _>>()
            .map_err(|_| bad("fields is a list of numbers from 1 to 8, such as 1,2"))?,
    };
    fields.sort_unstable();
    fields.dedup();
    Ok(fields)
}
