//! A channel's entries as one file.

use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::What;
use fieldpost_engine::export::Form;

use super::{Asked, Dashboard, Problem};
use crate::export;

/// Read the entries of a channel as one file, in order of their ids
#[utoipa::path(get, path = "/channels/{id}/entries.csv", tag = "entries", operation_id = "whole_file",
    params(("id" = u64, Path), ("timezone" = Option<String>, Query, description = "Zone of the times, such as Europe/Zurich; UTC if left out"),
        ("start" = Option<String>, Query, description = "Only entries from this time on, such as 2024-05-06T07:08:09Z"),
        ("end" = Option<String>, Query, description = "Only entries up to this time"),
        ("fields" = Option<String>, Query, description = "Numbers parted by commas; those with a label if left out"),
        ("location" = Option<bool>, Query), ("status" = Option<bool>, Query),
        ("link" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub(super) async fn csv(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let channel = asked.access(&engine, id, What::Read).await?.channel;
    Ok(export::whole(engine, &channel, Form::Csv, &asked.params)?)
}

/// Read the entries of a channel as lines of JSON with everything in them: exact times, ids, every value
#[utoipa::path(get, path = "/channels/{id}/entries.jsonl", tag = "entries", operation_id = "json_lines",
    params(("id" = u64, Path),
        ("start" = Option<String>, Query, description = "Only entries from this time on, such as 2024-05-06T07:08:09Z"),
        ("end" = Option<String>, Query, description = "Only entries up to this time"),
        ("fields" = Option<String>, Query, description = "Numbers parted by commas; all if left out"),
        ("link" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, content_type = "application/x-ndjson", body = String)))]
pub(super) async fn json_lines(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let channel = asked.access(&engine, id, What::Read).await?.channel;
    Ok(export::whole(engine, &channel, Form::JsonLines, &asked.params)?)
}
