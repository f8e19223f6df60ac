//! The page's way to the virtual boards: what they show, as a stream, and a hand on their button, sensor and Wi-Fi.
//!
//! Everything here takes and gives JSON. Requests that change something must say that they do, which a form on
//! another site can't, and no header invites other sites in. Addresses are those of the dashboard's API.

use std::convert::Infallible;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use fieldpost_boards::BoardId;
use fieldpost_http::dashboard::schema;
use fieldpost_wire::Channel;
use futures_util::stream;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::boards::{Boards, Channels, Pair};

/// What the routes below `/api/v1/boards` are called in the OpenAPI document.
#[cfg(test)]
#[derive(utoipa::OpenApi)]
#[openapi(paths(snapshot, live, channel_names, button, climate, wifi))]
pub(crate) struct Description;

#[derive(Clone)]
struct Door {
    boards: Boards,
    stop: CancellationToken,
}

/// The routes below `/api/v1/boards`.
pub(crate) fn router(boards: Boards, stop: CancellationToken) -> Router {
    Router::new()
        .route("/api/v1/boards", get(snapshot))
        .route("/api/v1/boards/live", get(live))
        .route("/api/v1/boards/channels", get(channel_names))
        .route("/api/v1/boards/display/button", post(button))
        .route("/api/v1/boards/sensor/climate", post(climate))
        .route("/api/v1/boards/{board}/wifi", post(wifi))
        .with_state(Door { boards, stop })
}

impl Door {
    /// The boards, if they are switched on.
    fn pair(&self) -> Result<Pair, No> {
        self.boards.pair().ok_or(No::Off)
    }
}

/// What the boards show
#[utoipa::path(get, path = "/api/v1/boards", tag = "boards", responses((status = 200, body = schema::Snapshot)))]
async fn snapshot(State(door): State<Door>) -> Result<Response, No> {
    Ok(Json(door.pair()?.bench.snapshot()).into_response())
}

/// The channels that the boards talk through
#[utoipa::path(get, path = "/api/v1/boards/channels", tag = "boards", responses((status = 200, body = schema::BoardChannels)))]
async fn channel_names(State(door): State<Door>) -> Result<Json<Value>, No> {
    Ok(Json(names(&door.pair()?.channels)))
}

fn names(Channels { readings, command }: &Channels) -> Value {
    let about = |channel: &Channel| json!({ "id": channel.id.get(), "name": channel.name() });
    json!({ "readings": about(readings), "command": about(command) })
}

/// Hear what the boards show, now and at every change
///
/// Events are `boards`. Changes that come faster than they are read are left out; the stream ends when the boards are switched off.
#[utoipa::path(get, path = "/api/v1/boards/live", operation_id = "boards_live", tag = "boards",
    responses((status = 200, content_type = "text/event-stream", body = schema::Snapshot)))]
async fn live(State(door): State<Door>) -> Result<Response, No> {
    let mut seen = door.pair()?.bench.watch();
    seen.mark_changed();
    let events = stream::unfold((seen, door.stop), async |(mut seen, stop)| {
        tokio::select! {
            changed = seen.changed() => changed.ok()?,
            () = stop.cancelled() => return None,
        }
        let data = serde_json::to_string(&*seen.borrow_and_update()).ok()?;
        Some((Ok::<_, Infallible>(Event::default().event("boards").data(data)), (seen, stop)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

#[derive(Deserialize)]
struct Button {
    pressed: bool,
}

/// Press or release the display board's button
#[utoipa::path(post, path = "/api/v1/boards/display/button", tag = "boards", request_body = schema::Button, responses((status = 204)))]
async fn button(State(door): State<Door>, Json(button): Json<Button>) -> Result<StatusCode, No> {
    door.pair()?.bench.button(button.pressed);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Climate {
    temperature: f32,
    humidity: f32,
}

/// Change the climate around the sensor
#[utoipa::path(post, path = "/api/v1/boards/sensor/climate", tag = "boards", request_body = schema::Climate, responses((status = 204)))]
async fn climate(State(door): State<Door>, Json(climate): Json<Climate>) -> Result<StatusCode, No> {
    // What a DHT22 can tell (datasheet, "Technical Specification").
    if !(-40.0..=80.0).contains(&climate.temperature) || !(0.0..=100.0).contains(&climate.humidity)
    {
        return Err(No::BadValue("The sensor knows −40 to 80 °C and 0 to 100 % humidity."));
    }
    door.pair()?.bench.set_climate(climate.temperature, climate.humidity);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Wifi {
    connected: bool,
}

/// Take a board off the network, or bring it back
#[utoipa::path(post, path = "/api/v1/boards/{board}/wifi", tag = "boards", params(("board" = schema::BoardId, Path)), request_body = schema::Wifi,
    responses((status = 204)))]
async fn wifi(
    State(door): State<Door>,
    Path(board): Path<String>,
    Json(wifi): Json<Wifi>,
) -> Result<StatusCode, No> {
    let board = match board.as_str() {
        "sensor" => BoardId::Sensor,
        "display" => BoardId::Display,
        _ => return Err(No::BadValue("There are two boards: sensor and display.")),
    };
    door.pair()?.bench.wifi(board, wifi.connected);
    Ok(StatusCode::NO_CONTENT)
}

/// Why the boards don't do what was asked.
enum No {
    /// They are switched off.
    Off,
    /// The request asks for what boards can't do.
    BadValue(&'static str),
}

impl IntoResponse for No {
    /// In the form that the dashboard's API has for a "no" (RFC 9457).
    fn into_response(self) -> Response {
        let (status, code, title) = match self {
            Self::Off => (404, "boards_off", "The virtual boards are switched off."),
            Self::BadValue(why) => (400, "bad_value", why),
        };
        let body = json!({ "status": status, "code": code, "title": title });
        let kind = [(http::header::CONTENT_TYPE, "application/problem+json")];
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, kind, body.to_string()).into_response()
    }
}
