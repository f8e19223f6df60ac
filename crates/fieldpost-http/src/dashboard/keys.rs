//! A channel's keys.

use axum::Json as Answer;
use axum::extract::{Path, State};
use fieldpost_engine::What;
use fieldpost_wire::ApiKey;

use super::asked::Json;
use super::channels::bad;
use super::{Asked, Dashboard, Problem, schema, view};

/// How long a replaced key goes on writing if nothing else is said, in milliseconds.
const OVERLAP: u64 = 24 * 3_600_000;

/// Replace the write key; the old one goes on writing for a while
#[utoipa::path(post, path = "/channels/{id}/keys/write", tag = "keys", params(("id" = u64, Path)), request_body = schema::KeyChange,
    responses((status = 200, body = schema::Detail)))]
pub(super) async fn replace_write_key(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(how): Json<schema::KeyChange>,
) -> Result<Answer<schema::Detail>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    let channel = engine.replace_write_key(&access, how.overlap_ms.unwrap_or(OVERLAP)).await?;
    Ok(Answer(view::changed(&engine, access, channel).await?))
}

/// Add a read key
#[utoipa::path(post, path = "/channels/{id}/keys/read", tag = "keys", params(("id" = u64, Path)), request_body = schema::NewReadKey,
    responses((status = 200, body = schema::Detail)))]
pub(super) async fn add_read_key(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(new): Json<schema::NewReadKey>,
) -> Result<Answer<schema::Detail>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    let channel = engine.make_read_key(&access, &new.note).await?;
    Ok(Answer(view::changed(&engine, access, channel).await?))
}

/// Take a read key away
#[utoipa::path(delete, path = "/channels/{id}/keys/read/{key}", tag = "keys", params(("id" = u64, Path), ("key" = String, Path)),
    responses((status = 200, body = schema::Detail)))]
pub(super) async fn remove_read_key(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path((id, key)): Path<(u64, String)>,
) -> Result<Answer<schema::Detail>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    let key: ApiKey = key.parse().map_err(|error| bad(&format!("{error}")))?;
    let channel = engine.take_read_key(&access, key).await?;
    Ok(Answer(view::changed(&engine, access, channel).await?))
}
