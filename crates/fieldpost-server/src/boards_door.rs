//! The page's way to the virtual boards: what they show, as a stream, and a hand on their button, sensor and Wi-Fi.
//!
//! Everything here takes and gives JSON. Requests that change something must say that they do, which a form on
//! another site can't, and no header invites other sites in.

use std::convert::Infallible;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use fieldpost_boards::{Bench, BoardId, Snapshot};
use fieldpost_wire::Channel;
use futures_util::stream;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
struct Boards {
    bench: Bench,
    channels: Value,
    stop: CancellationToken,
}

/// The routes below `/api/v1/boards`.
pub(crate) fn router(
    bench: Bench,
    readings: &Channel,
    command: &Channel,
    stop: CancellationToken,
) -> Router {
    let about = |channel: &Channel| json!({ "id": channel.id.get(), "name": channel.name() });
    let channels = json!({ "readings": about(readings), "command": about(command) });
    Router::new()
        .route("/api/v1/boards", get(snapshot))
        .route("/api/v1/boards/live", get(live))
        .route("/api/v1/boards/channels", get(channel_names))
        .route("/api/v1/boards/display/button", post(button))
        .route("/api/v1/boards/sensor/climate", post(climate))
        .route("/api/v1/boards/{board}/wifi", post(wifi))
        .with_state(Boards { bench, channels, stop })
}

async fn snapshot(State(boards): State<Boards>) -> Json<Snapshot> {
    Json(boards.bench.snapshot())
}

async fn channel_names(State(boards): State<Boards>) -> Json<Value> {
    Json(boards.channels)
}

/// Streams what the boards show, now and at every change. Changes that come faster than they are read are left out.
async fn live(State(boards): State<Boards>) -> impl IntoResponse {
    let mut seen = boards.bench.watch();
    seen.mark_changed();
    let events = stream::unfold((seen, boards.stop), async |(mut seen, stop)| {
        tokio::select! {
            changed = seen.changed() => changed.ok()?,
            () = stop.cancelled() => return None,
        }
        let data = serde_json::to_string(&*seen.borrow_and_update()).ok()?;
        Some((Ok::<_, Infallible>(Event::default().event("boards").data(data)), (seen, stop)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

#[derive(Deserialize)]
struct Button {
    pressed: bool,
}

async fn button(State(boards): State<Boards>, Json(button): Json<Button>) -> StatusCode {
    boards.bench.button(button.pressed);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Climate {
    temperature: f32,
    humidity: f32,
}

async fn climate(State(boards): State<Boards>, Json(climate): Json<Climate>) -> Response {
    // What a DHT22 can tell (datasheet, "Technical Specification").
    if !(-40.0..=80.0).contains(&climate.temperature) || !(0.0..=100.0).contains(&climate.humidity)
    {
        return no("the sensor knows −40 to 80 °C and 0 to 100 % humidity");
    }
    boards.bench.set_climate(climate.temperature, climate.humidity);
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Deserialize)]
struct Wifi {
    connected: bool,
}

async fn wifi(
    State(boards): State<Boards>,
    Path(board): Path<String>,
    Json(wifi): Json<Wifi>,
) -> Response {
    let board = match board.as_str() {
        "sensor" => BoardId::Sensor,
        "display" => BoardId::Display,
        _ => return no("there are two boards: sensor and display"),
    };
    boards.bench.wifi(board, wifi.connected);
    StatusCode::NO_CONTENT.into_response()
}

fn no(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response()
}
