//! What a channel holds, entry by entry: read, corrected, deleted, put back.

use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::history::corrections::{Correction, UNDO_MAX};
use fieldpost_engine::{Access, Refusal, What};
use fieldpost_store::history::Which;
use fieldpost_wire::entry::{TEXT_MAX, Text};
use fieldpost_wire::number::place;
use fieldpost_wire::{Entry, EntryId, FieldNo, Timestamp, Values};

use super::asked::{Json, nothing};
use super::channels::{bad, number};
use super::series::range;
use super::{Asked, Dashboard, Problem, schema, view};

/// How many entries a page has if nothing else is said, and at most.
const PAGE: i64 = 50;
const PAGE_MAX: i64 = 500;
/// The longest body that puts entries back, in bytes: [`UNDO_MAX`] entries that are full.
const PUT_MAX: usize = 4 * 1024 * 1024;

/// Page through a channel's entries, newest first
#[utoipa::path(get, path = "/channels/{id}/entries", tag = "entries",
    params(("id" = u64, Path), ("before" = Option<u64>, Query, description = "Only entries with a lower id, the highest first"),
        ("after" = Option<u64>, Query, description = "Only entries with a higher id, of these the lowest; they come newest first all the same"),
        ("limit" = Option<u64>, Query, description = "1 to 500, else 50"), ("link" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, body = schema::Entries)))]
pub(super) async fn list(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<axum::Json<schema::Entries>, Problem> {
    let channel = asked.access(&engine, id, What::Read).await?.channel.id;
    let limit = number(&asked, "limit")?.unwrap_or(PAGE).clamp(1, PAGE_MAX) as usize;
    let edge = |name| {
        let id = number(&asked, name)?.and_then(|id| u64::try_from(id).ok());
        Ok::<_, Refusal>(id.map(EntryId::new))
    };
    let (before, after) = (edge("before")?, edge("after")?);
    let last = engine.head(channel).await?.last;
    // One more than asked for tells whether there are more.
    let (mut found, more) = match after {
        Some(after) => {
            let mut found = engine.after(channel, after, limit + 1).await?;
            let more = found.len() > limit;
            found.truncate(limit);
            (found, more)
        }
        None => {
            let mut found = engine.before(channel, before, limit + 1).await?;
            let more = found.len() > limit;
            if more {
                found.remove(0);
            }
            (found, more)
        }
    };
    found.reverse();
    let entries = found.iter().map(view::entry).collect();
    Ok(axum::Json(schema::Entries { entries, more, last_id: last.map_or(0, EntryId::get) }))
}

/// Correct an entry
///
/// What is left out stays; `null` takes a value away. Its id stays too.
#[utoipa::path(patch, path = "/channels/{id}/entries/{entry}", operation_id = "correct_entry", tag = "entries",
    params(("id" = u64, Path), ("entry" = u64, Path)), request_body = schema::Correction,
    responses((status = 200, body = schema::Entry), (status = 404, body = schema::Problem, description = "`no_entry`: there is no such entry")))]
pub(super) async fn correct(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path((id, entry)): Path<(u64, u64)>,
    Json(changes): Json<schema::Correction>,
) -> Result<axum::Json<schema::Entry>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    let correction = correction(changes)?;
    let corrected = engine.correct_entry(&access, EntryId::new(entry), correction).await?;
    Ok(axum::Json(view::entry(&corrected)))
}

/// Delete an entry
///
/// Its id is not given again. The answer holds it, so that it can be put back.
#[utoipa::path(delete, path = "/channels/{id}/entries/{entry}", operation_id = "delete_entry", tag = "entries",
    params(("id" = u64, Path), ("entry" = u64, Path)),
    responses((status = 200, body = schema::Deleted), (status = 404, body = schema::Problem, description = "`no_entry`: there is no such entry")))]
pub(super) async fn delete_one(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path((id, entry)): Path<(u64, u64)>,
) -> Result<axum::Json<schema::Deleted>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    let which = Which::Ids(vec![EntryId::new(entry)]);
    let deleted = engine.delete_entries(&access, which).await?;
    if deleted.count == 0 {
        return Err(Refusal::NoEntry.into());
    }
    Ok(axum::Json(view::deleted(&deleted)))
}

/// Delete many entries: those of a stretch of time, or those with these ids
///
/// The answer holds them if they are at most 1,000, so that they can be put back.
#[utoipa::path(delete, path = "/channels/{id}/entries", operation_id = "delete_entries", tag = "entries",
    params(("id" = u64, Path), ("start" = Option<i64>, Query, description = "Milliseconds since 1970; needs `end`"),
        ("end" = Option<i64>, Query, description = "Milliseconds since 1970; this moment belongs to the stretch"),
        ("ids" = Option<String>, Query, description = "Up to 1,000 ids parted by commas")),
    responses((status = 200, body = schema::Deleted)))]
pub(super) async fn delete(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<axum::Json<schema::Deleted>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    let ids = asked.params.get("ids").map(str::trim);
    let which = match (ids, range(&asked)?) {
        (Some(list), (None, None)) => {
            let ids = list.split(',').map(|id| id.trim().parse()).collect::<Result<_, _>>();
            Which::Ids(
                ids.map_err(|_| bad("ids are whole numbers parted by commas, such as 1,2,3"))?,
            )
        }
        (None, (Some(start), Some(end))) => Which::Times(start, end),
        (None, (None, None)) => {
            return Err(bad(
                "say which entries: start and end, or ids; all of them go by POST …/clear",
            )
            .into());
        }
        (None, _) => return Err(bad("a stretch of time needs both start and end").into()),
        (Some(_), _) => return Err(bad("either ids, or start and end; not both").into()),
    };
    Ok(axum::Json(view::deleted(&engine.delete_entries(&access, which).await?)))
}

/// Put an entry back that was deleted
#[utoipa::path(put, path = "/channels/{id}/entries/{entry}", operation_id = "put_entry_back", tag = "entries",
    params(("id" = u64, Path), ("entry" = u64, Path)), request_body = schema::Entry,
    responses((status = 204), (status = 409, body = schema::Problem, description = "`taken`: there is another entry with this id")))]
pub(super) async fn put_one_back(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path((id, number)): Path<(u64, u64)>,
    Json(old): Json<schema::Entry>,
) -> Result<Response, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    if old.entry_id != number {
        return Err(bad("the address and the entry's entry_id name different entries").into());
    }
    let put = engine.put_back(&access, vec![entry(old)?]).await?;
    if put.differs > 0 {
        let why = format!("entry {number} is there with other values; correct it instead");
        return Err(Refusal::Taken(why).into());
    }
    Ok(nothing())
}

/// Put entries back that were deleted, up to 1,000
///
/// Those whose id is there already stay as they are.
#[utoipa::path(put, path = "/channels/{id}/entries", operation_id = "put_entries_back", tag = "entries",
    params(("id" = u64, Path)), request_body = schema::Old, responses((status = 200, body = schema::PutBack)))]
pub(super) async fn put_back(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(old): Json<schema::Old, PUT_MAX>,
) -> Result<axum::Json<schema::PutBack>, Problem> {
    let access: Access = asked.access(&engine, id, What::Edit).await?;
    let entries =
        old.entries.into_iter().take(UNDO_MAX + 1).map(entry).collect::<Result<_, _>>()?;
    let put = engine.put_back(&access, entries).await?;
    Ok(axum::Json(schema::PutBack { stored: put.stored, same: put.same, differs: put.differs }))
}

fn correction(new: schema::Correction) -> Result<Correction, Refusal> {
    let text = |name: &str, said: Option<Option<schema::Said>>| {
        said.map(|said| said.map(|said| kept(name, &said.text())).transpose()).transpose()
    };
    let degrees = |name: &str, limit, said: Option<Option<schema::Said>>| {
        said.map(|said| said.map(|said| degrees(name, &said.text(), limit)).transpose()).transpose()
    };
    Ok(Correction {
        created_at: new.created_at.map(time).transpose()?,
        fields: [
            text("field1", new.field1)?,
            text("field2", new.field2)?,
            text("field3", new.field3)?,
            text("field4", new.field4)?,
            text("field5", new.field5)?,
            text("field6", new.field6)?,
            text("field7", new.field7)?,
            text("field8", new.field8)?,
        ],
        status: text("status", new.status)?,
        latitude: degrees("latitude", 90.0, new.latitude)?,
        longitude: degrees("longitude", 180.0, new.longitude)?,
        elevation: text("elevation", new.elevation)?,
    })
}

/// An entry as it was shown, read again.
fn entry(old: schema::Entry) -> Result<Entry, Refusal> {
    let mut values = Values::default();
    for (no, text) in &old.fields {
        let no: FieldNo = no.parse().map_err(|_| bad("a field is a number from 1 to 8"))?;
        values.fields[no.index()] = Some(kept(&format!("field{no}"), text)?);
    }
    let text = |name: &str, text: Option<String>| -> Result<Text, Refusal> {
        text.map(|text| kept(name, &text)).transpose()
    };
    values.status = text("status", old.status)?;
    values.elevation = text("elevation", old.elevation)?;
    values.latitude = old.latitude.map(|text| degrees("latitude", &text, 90.0)).transpose()?;
    values.longitude = old.longitude.map(|text| degrees("longitude", &text, 180.0)).transpose()?;
    Ok(Entry { id: EntryId::new(old.entry_id), created_at: time(old.created_at)?, values })
}

fn kept(name: &str, text: &str) -> Result<Box<str>, Refusal> {
    let length = text.chars().count();
    if length > TEXT_MAX {
        return Err(bad(&format!(
            "{name} has {length} characters, and {TEXT_MAX} are kept at most"
        )));
    }
    Ok(text.into())
}

fn degrees(name: &str, text: &str, limit: f64) -> Result<Box<str>, Refusal> {
    let why = || bad(&format!("{name} is given in degrees, −{limit} to {limit}, such as 47.37"));
    place(text, limit).map(Into::into).ok_or_else(why)
}

fn time(millis: i64) -> Result<Timestamp, Refusal> {
    let time = Timestamp::from_millis(millis);
    if (Timestamp::MIN..=Timestamp::MAX).contains(&time) {
        return Ok(time);
    }
    Err(bad("created_at is in milliseconds since 1970, and within the years 0 to 9999"))
}
