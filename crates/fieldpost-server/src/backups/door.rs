//! The page's way to the backups, below the dashboard's API and behind its guard. Only who looks after the server gets in: a backup holds
//! everybody's data.

use std::fs::File;
use std::io::{self, Read as _};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use fieldpost_engine::Refusal;
use fieldpost_http::dashboard::schema::{BackupFailure, BackupFile, Backups as View};
use fieldpost_http::dashboard::{Asked, Problem};
use fieldpost_wire::Timestamp;
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};

use super::{Backups, schedule};

/// How many bytes of a backup are read at once.
const PART: usize = 262_144;

/// What the routes below `/api/v1/backups` are called in the OpenAPI document.
#[cfg(test)]
#[derive(utoipa::OpenApi)]
#[openapi(paths(backups, back_up, download), components(schemas(View)))]
pub(crate) struct Description;

/// The routes below `/api/v1/backups`.
pub(crate) fn router(backups: Backups) -> Router {
    Router::new()
        .route("/api/v1/backups", get(self::backups).post(back_up))
        .route("/api/v1/backups/{name}", get(download))
        .with_state(backups)
}

/// List the backups that the server made, for who looks after it
#[utoipa::path(get, path = "/api/v1/backups", tag = "backups", responses((status = 200, body = View)))]
async fn backups(State(backups): State<Backups>, asked: Asked) -> Result<Json<View>, Problem> {
    asked.admin()?;
    view(&backups).map(Json)
}

/// Make a backup now
///
/// It is made behind the answer; `running` tells when it is done.
#[utoipa::path(post, path = "/api/v1/backups", tag = "backups", responses((status = 202, body = View)))]
async fn back_up(State(backups): State<Backups>, asked: Asked) -> Result<Response, Problem> {
    asked.admin()?;
    if backups.inner.store.is_none() {
        let why = "what is in memory only can't be backed up; start the server with --store sqlite";
        return Err(Refusal::BadValue(why.into()).into());
    }
    backups.want();
    Ok((StatusCode::ACCEPTED, Json(view(&backups)?)).into_response())
}

/// Fetch a backup
#[utoipa::path(get, path = "/api/v1/backups/{name}", tag = "backups", params(("name" = String, Path)),
    responses((status = 200, content_type = "application/gzip", body = String, description = "The file"),
        (status = 404, body = fieldpost_http::dashboard::schema::Problem, description = "`gone`: there is no such backup")))]
async fn download(
    State(backups): State<Backups>,
    asked: Asked,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    asked.admin()?;
    // A name of ours leads nowhere but into the folder.
    schedule::time_of(&name).ok_or(Refusal::Gone)?;
    let path = backups.inner.folder.join(&name);
    let opened = tokio::task::spawn_blocking(move || {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        io::Result::Ok((file, length))
    });
    let (file, length) = opened.await.ok().and_then(Result::ok).ok_or(Refusal::Gone)?;
    let parts = stream::unfold(Some(file), |file| async move {
        let mut file = file?;
        let read = tokio::task::spawn_blocking(move || {
            let mut part = vec![0; PART];
            file.read(&mut part).map(|got| {
                part.truncate(got);
                (part, file)
            })
        });
        match read.await.map_err(io::Error::other).and_then(|read| read) {
            Ok((part, _)) if part.is_empty() => None,
            Ok((part, file)) => Some((Ok(part), Some(file))),
            // Breaking the body off tells the reader that it is not whole.
            Err(error) => Some((Err(error), None)),
        }
    });
    let mut answer = Body::from_stream(parts).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/gzip"));
    headers.insert(header::CONTENT_LENGTH, length.into());
    if let Ok(value) = format!("attachment; filename={name}").try_into() {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}

fn view(backups: &Backups) -> Result<View, Problem> {
    let files = backups.files().map_err(|error| {
        tracing::warn!(%error, "the folder of the backups can't be read");
        Refusal::Failed
    })?;
    let inner = &backups.inner;
    let state = backups.state();
    let next = state.schedule.due((inner.clock)());
    let failed = state.why.clone().zip(state.schedule.failed_at);
    Ok(View {
        folder: inner.store.as_ref().map(|_| inner.folder.display().to_string()),
        every_ms: state.schedule.every_ms.and_then(|ms| u64::try_from(ms).ok()),
        keep: inner.keep,
        next_at: next.map(Timestamp::millis),
        running: state.running || state.wanted,
        failed: failed.map(|(why, at)| BackupFailure { at: at.millis(), why }),
        files: files
            .into_iter()
            .map(|file| BackupFile {
                made_at: file.made_at.millis(),
                bytes: file.bytes,
                name: file.name,
            })
            .collect(),
    })
}
