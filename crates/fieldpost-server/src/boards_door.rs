//! The page's way to the virtual boards: what they show, as a stream, and a hand on their button, sensor and Wi-Fi.
//!
//! Everything here takes and gives JSON, below the dashboard's API and behind its guard: no page of another site gets here in
//! somebody's name.

use std::convert::Infallible;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use fieldpost_boards::BoardId;
use fieldpost_engine::Refusal;
use fieldpost_http::dashboard::{Asked, Problem, schema};
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
#[openapi(paths(snapshot, live, channel_names, start, switch_off, button, climate, wifi))]
pub(crate) struct Description;

#[derive(Clone)]
struct Door {
    boards: Boards,
    hands: Hands,
    stop: CancellationToken,
}

/// Who may look at the boards and touch them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hands {
    /// Whoever opens the page: a demo has nothing to hide.
    Everybodys,
    /// Who is signed in.
    SignedIn,
}

/// The routes below `/api/v1/boards`.
pub(crate) fn router(boards: Boards, hands: Hands, stop: CancellationToken) -> Router {
    Router::new()
        .route("/api/v1/boards", get(snapshot))
        .route("/api/v1/boards/live", get(live))
        .route("/api/v1/boards/start", post(start))
        .route("/api/v1/boards/stop", post(switch_off))
        .route("/api/v1/boards/channels", get(channel_names))
        .route("/api/v1/boards/display/button", post(button))
        .route("/api/v1/boards/sensor/climate", post(climate))
        .route("/api/v1/boards/{board}/wifi", post(wifi))
        .with_state(Door { boards, hands, stop })
}

impl Door {
    /// The boards, if whoever asks may touch them and they are switched on.
    fn pair(&self, asked: &Asked) -> Result<Pair, No> {
        if self.hands == Hands::SignedIn {
            asked.user()?;
        }
        self.boards.pair().ok_or(No::Off)
    }
}

/// What the boards show
#[utoipa::path(get, path = "/api/v1/boards", tag = "boards", responses((status = 200, body = schema::Snapshot)))]
async fn snapshot(State(door): State<Door>, asked: Asked) -> Result<Response, No> {
    Ok(Json(door.pair(&asked)?.bench.snapshot()).into_response())
}

/// The channels that the boards talk through
#[utoipa::path(get, path = "/api/v1/boards/channels", tag = "boards", responses((status = 200, body = schema::BoardChannels)))]
async fn channel_names(State(door): State<Door>, asked: Asked) -> Result<Json<Value>, No> {
    Ok(Json(names(&door.pair(&asked)?.channels)))
}

fn names(Channels { readings, command }: &Channels) -> Value {
    let about = |channel: &Channel| json!({ "id": channel.id.get(), "name": channel.name() });
    json!({ "readings": about(readings), "command": about(command) })
}

/// Switch the boards on
///
/// Their two channels are made for whoever asks, if need be. Boards that run already go on as they are.
#[utoipa::path(post, path = "/api/v1/boards/start", tag = "boards", responses((status = 200, body = schema::BoardChannels)))]
async fn start(State(door): State<Door>, asked: Asked) -> Result<Json<Value>, No> {
    Ok(Json(names(&door.boards.start(asked.user()?, false).await?)))
}

/// Switch the boards off
#[utoipa::path(post, path = "/api/v1/boards/stop", tag = "boards", responses((status = 204)))]
async fn switch_off(State(door): State<Door>, asked: Asked) -> Result<StatusCode, No> {
    asked.user()?;
    door.boards.stop().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Hear what the boards show, now and at every change
///
/// Events are `boards`. Changes that come faster than they are read are left out; the stream ends when the boards are switched off.
#[utoipa::path(get, path = "/api/v1/boards/live", operation_id = "boards_live", tag = "boards",
    responses((status = 200, content_type = "text/event-stream", body = schema::Snapshot)))]
async fn live(State(door): State<Door>, asked: Asked) -> Result<Response, No> {
    let mut seen = door.pair(&asked)?.bench.watch();
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
async fn button(
    State(door): State<Door>,
    asked: Asked,
    Json(button): Json<Button>,
) -> Result<StatusCode, No> {
    door.pair(&asked)?.bench.button(button.pressed);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Climate {
    temperature: f32,
    humidity: f32,
}

/// Change the climate around the sensor
#[utoipa::path(post, path = "/api/v1/boards/sensor/climate", tag = "boards", request_body = schema::Climate, responses((status = 204)))]
async fn climate(
    State(door): State<Door>,
    asked: Asked,
    Json(climate): Json<Climate>,
) -> Result<StatusCode, No> {
    // What a DHT22 can tell (datasheet, "Technical Specification").
    if !(-40.0..=80.0).contains(&climate.temperature) || !(0.0..=100.0).contains(&climate.humidity)
    {
        return Err(bad_value("the sensor knows −40 to 80 °C and 0 to 100 % humidity"));
    }
    door.pair(&asked)?.bench.set_climate(climate.temperature, climate.humidity);
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
    asked: Asked,
    Path(board): Path<String>,
    Json(wifi): Json<Wifi>,
) -> Result<StatusCode, No> {
    let board = match board.as_str() {
        "sensor" => BoardId::Sensor,
        "display" => BoardId::Display,
        _ => return Err(bad_value("there are two boards: sensor and display")),
    };
    door.pair(&asked)?.bench.wifi(board, wifi.connected);
    Ok(StatusCode::NO_CONTENT)
}

/// Why the boards don't do what was asked.
enum No {
    /// They are switched off.
    Off,
    /// As the server says no elsewhere.
    Refused(Refusal),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

fn bad_value(why: &str) -> No {
    Refusal::BadValue(why.into()).into()
}

impl IntoResponse for No {
    /// In the form that the dashboard's API has for a "no" (RFC 9457).
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => Problem(refusal).into_response(),
            Self::Off => {
                let title = "The virtual boards are switched off.";
                let body = json!({ "status": 404, "code": "boards_off", "title": title });
                let kind = [(http::header::CONTENT_TYPE, "application/problem+json")];
                (StatusCode::NOT_FOUND, kind, body.to_string()).into_response()
            }
        }
    }
}
