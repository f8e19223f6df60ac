//! What a channel held over any time, for charts and for calculating: overviews as binary columns, and one number of
//! each span. How entries are corrected is in `entries.rs`.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::What;
use fieldpost_engine::history::aggregates::{Made, Question};
use fieldpost_engine::series::{Series, Shape, Stretch};
use fieldpost_store::history::Aggregate;
use fieldpost_wire::{EntryId, FieldNo};
use http::{HeaderValue, header};

use super::channels::{bad, number};
use super::series::{fields, numbers, range, width};
use super::{Asked, Dashboard, Problem, schema};

/// The words for what is made of a span.
const HOW: [(&str, Aggregate); 6] = [
    ("mean", Aggregate::Mean),
    ("median", Aggregate::Median),
    ("min", Aggregate::Min),
    ("max", Aggregate::Max),
    ("sum", Aggregate::Sum),
    ("count", Aggregate::Count),
];
/// The longest span, in seconds: all times there are.
const EVERY_MAX: i64 = 1 << 39;

/// The type of binary columns.
const COLUMNS: &str = "application/vnd.fieldpost.columns";

/// Read any stretch of a channel as binary columns, for a chart
///
/// Up to `width` entries come one by one; of more, spans of time do, each with the first, last, lowest and highest value and how many there
/// are, so that no spike is lost. Little endian, each part begins at a multiple of eight bytes: `FPC1`, u32 kind (0: entries, 1: spans), u32
/// rows, u32 columns, i64 start and i64 end in milliseconds since 1970, i64 length of a span in milliseconds (0 for entries), u64 entries in
/// the range, u64 newest id of the channel, then as f64 the time of each row, and for entries the id of each. Then for each field: u32 its number,
/// u32 how many values are left out since they lie outside of what the owner believes, and as f64 the values of the entries, or the first, the last,
/// the lowest and the highest of each span, followed by u32 counts filled up to eight bytes. NaN stands for no number; spans without entries are left out.
#[utoipa::path(get, path = "/channels/{id}/overview", tag = "entries",
    params(("id" = u64, Path), ("start" = Option<i64>, Query, description = "Milliseconds since 1970; the first entry's time if left out"),
        ("end" = Option<i64>, Query, description = "Milliseconds since 1970; the last entry's time if left out"),
        ("width" = Option<u64>, Query, description = "10 to 4000, else 600"),
        ("fields" = Option<String>, Query, description = "Numbers parted by commas; those with a label if left out"),
        ("link" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, content_type = "application/vnd.fieldpost.columns", body = Vec<u8>)))]
pub(super) async fn overview(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let channel = asked.access(&engine, id, What::Read).await?.channel;
    let (start, end) = range(&asked)?;
    let (fields, points) = (fields(&asked, &channel)?, width(&asked, "width")?);
    let stretch = Stretch { start, end, fields: fields.clone(), points };
    let found = engine.series(&channel, stretch).await?;
    let mut response = Response::new(binary(&fields, &found).into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(COLUMNS));
    Ok(response)
}

/// Make one number of each span of any stretch of a channel: mean, median, min, max, sum, count
///
/// Exact, of all that are numbers and that the owner believes. Spans begin at multiples of their length since 1970 (UTC); those in which no
/// field has a number are left out. An answer may come from 100,000 spans at most.
#[utoipa::path(get, path = "/channels/{id}/aggregates", tag = "entries",
    params(("id" = u64, Path), ("start" = Option<i64>, Query, description = "Milliseconds since 1970; the first entry's time if left out"),
        ("end" = Option<i64>, Query, description = "Milliseconds since 1970; the last entry's time if left out"),
        ("every" = u64, Query, description = "How long a span is, in seconds, from 1"),
        ("how" = Option<String>, Query, description = "Some of mean, median, min, max, sum and count, parted by commas; mean if left out"),
        ("fields" = Option<String>, Query, description = "Numbers parted by commas; those with a label if left out"),
        ("link" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, body = schema::Aggregates)))]
pub(super) async fn aggregates(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Json<schema::Aggregates>, Problem> {
    let channel = asked.access(&engine, id, What::Read).await?.channel;
    let (start, end) = range(&asked)?;
    let every = number(&asked, "every")?.filter(|every| (1..=EVERY_MAX).contains(every));
    let every = every.ok_or_else(|| {
        bad("every is how long a span is, in seconds, from 1; such as every=3600")
    })?;
    let mut how = Vec::new();
    for word in asked.params.get("how").unwrap_or("mean").split(',').map(str::trim) {
        let found = HOW.iter().find(|(known, _)| *known == word);
        let (_, found) = found.ok_or_else(|| {
            bad("how is mean, median, min, max, sum or count, or some of them parted by commas")
        })?;
        if !how.contains(found) {
            how.push(*found);
        }
    }
    let fields = fields(&asked, &channel)?;
    let question = Question { start, end, every_ms: every * 1_000, how, fields };
    let found = engine.aggregates(&channel, question).await?;
    let made = |made: Made| schema::Made {
        no: made.field.get(),
        how: HOW.iter().find(|(_, how)| *how == made.how).map_or("", |(word, _)| word).into(),
        values: numbers(made.values),
        hidden: made.hidden,
    };
    Ok(Json(schema::Aggregates {
        start_at: found.start.millis(),
        end_at: found.end.millis(),
        every_ms: every * 1_000,
        entries: found.entries,
        times: found.times,
        columns: found.columns.into_iter().map(made).collect(),
    }))
}

/// A stretch in the form that [`overview`] describes.
fn binary(fields: &[FieldNo], series: &Series) -> Vec<u8> {
    let rows = series.times.len();
    let mut out = Vec::with_capacity(64 + rows * 8 * (2 + fields.len() * 5));
    let kind = u32::from(matches!(series.shape, Shape::Spans(_)));
    out.extend(b"FPC1");
    for number in [kind, small(rows as u64), small(fields.len() as u64)] {
        out.extend(number.to_le_bytes());
    }
    for number in [series.start.millis(), series.end.millis(), series.resolution_ms] {
        out.extend(number.to_le_bytes());
    }
    for number in [series.entries, series.last.map_or(0, EntryId::get)] {
        out.extend(number.to_le_bytes());
    }
    put(&mut out, series.times.iter().map(|time| *time as f64));
    if let Shape::Points { ids, .. } = &series.shape {
        put(&mut out, ids.iter().map(|id| *id as f64));
    }
    for (at, field) in fields.iter().enumerate() {
        out.extend(u32::from(field.get()).to_le_bytes());
        out.extend(small(series.hidden[at]).to_le_bytes());
        match &series.shape {
            Shape::Points { columns, .. } => put(&mut out, columns[at].iter().copied()),
            Shape::Spans(columns) => {
                let looks = &columns[at];
                for row in [&looks.first, &looks.last, &looks.min, &looks.max] {
                    put(&mut out, row.iter().copied());
                }
                looks.count.iter().for_each(|count| out.extend(count.to_le_bytes()));
                out.resize(out.len().next_multiple_of(8), 0);
            }
        }
    }
    out
}

fn put(out: &mut Vec<u8>, numbers: impl Iterator<Item = f64>) {
    numbers.for_each(|number| out.extend(number.to_le_bytes()));
}

/// A count that has half the room.
fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
