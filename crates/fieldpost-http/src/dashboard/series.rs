//! Stretches of a channel as columns of numbers in JSON, and what requests for stretches have in common.

use axum::Json;
use axum::extract::{Path, State};
use fieldpost_engine::series::{POINTS, Shape, Stretch};
use fieldpost_engine::{Refusal, What};
use fieldpost_wire::{Channel, EntryId, FieldNo, Timestamp};

use super::channels::{bad, number};
use super::{Asked, Dashboard, Problem, schema, view};

/// How many points a chart has if nothing else is said.
const WIDTH: i64 = 600;
/// How long a stretch is if nothing else is said, in milliseconds.
const DAY: i64 = 24 * 3_600_000;

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
                values: numbers(values),
                low: low.map(numbers),
                high: high.map(numbers),
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

/// Numbers as JSON has them: what is none is `null`.
pub(super) fn numbers(row: Vec<f64>) -> Vec<Option<f64>> {
    row.into_iter().map(|value| (!value.is_nan()).then_some(value)).collect()
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
