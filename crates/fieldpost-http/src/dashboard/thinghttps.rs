//! ThingHTTP requests and alerts: what programs set off with keys of their own.

use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::{Engine, Refusal};
use fieldpost_store::User;
use fieldpost_store::automations::{HttpSettings, ThingHttp};

use super::asked::{Json, nothing};
use super::{Asked, Dashboard, Problem, schema};

/// How much of what came back a test shows, in characters.
const SHOWN: usize = 10_000;

/// List your ThingHTTP requests
#[utoipa::path(get, path = "/thinghttps", operation_id = "thinghttps", tag = "automations", responses((status = 200, body = Vec<schema::ThingHttp>)))]
pub(super) async fn list(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<Vec<schema::ThingHttp>>, Problem> {
    let all = engine.thinghttps(asked.user()?).await?;
    Ok(axum::Json(all.into_iter().map(view).collect()))
}

/// Keep a ThingHTTP request
#[utoipa::path(post, path = "/thinghttps", operation_id = "create_thinghttp", tag = "automations", request_body = schema::NewThingHttp,
    responses((status = 200, body = schema::ThingHttp)))]
pub(super) async fn create(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(new): Json<schema::NewThingHttp>,
) -> Result<axum::Json<schema::ThingHttp>, Problem> {
    Ok(axum::Json(view(engine.create_thinghttp(asked.user()?, settings(new)).await?)))
}

/// Change a ThingHTTP request; its key stays
#[utoipa::path(put, path = "/thinghttps/{id}", operation_id = "change_thinghttp", tag = "automations", params(("id" = u64, Path)),
    request_body = schema::NewThingHttp, responses((status = 200, body = schema::ThingHttp)))]
pub(super) async fn change(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(new): Json<schema::NewThingHttp>,
) -> Result<axum::Json<schema::ThingHttp>, Problem> {
    Ok(axum::Json(view(engine.change_thinghttp(asked.user()?, id, settings(new)).await?)))
}

/// Delete a ThingHTTP request
#[utoipa::path(delete, path = "/thinghttps/{id}", operation_id = "delete_thinghttp", tag = "automations", params(("id" = u64, Path)), responses((status = 204)))]
pub(super) async fn delete(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    engine.delete_thinghttp(asked.user()?, id).await?;
    Ok(nothing())
}

/// Send a ThingHTTP request, and answer what comes back
#[utoipa::path(post, path = "/thinghttps/{id}/test", operation_id = "test_thinghttp", tag = "automations", params(("id" = u64, Path)),
    responses((status = 200, body = schema::ThingHttpTest)))]
pub(super) async fn test(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<axum::Json<schema::ThingHttpTest>, Problem> {
    let answer = match engine.test_thinghttp(asked.user()?, id).await {
        Ok(heard) => schema::ThingHttpTest {
            says: format!("answered {}", heard.status),
            body: heard.body.chars().take(SHOWN).collect(),
        },
        Err(Refusal::Outside(says)) => schema::ThingHttpTest { says, body: String::new() },
        Err(refusal) => return Err(refusal.into()),
    };
    Ok(axum::Json(answer))
}

/// Show the key for alerts, and what it was used for
#[utoipa::path(get, path = "/me/alerts", operation_id = "alerts", tag = "me", responses((status = 200, body = schema::Alerts)))]
pub(super) async fn alerts(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<schema::Alerts>, Problem> {
    Ok(axum::Json(alerts_of(&engine, asked.user()?).await?))
}

/// Get a new key for alerts; the old one ends at once
#[utoipa::path(post, path = "/me/alerts/key", operation_id = "new_alert_key", tag = "me", responses((status = 200, body = schema::Alerts)))]
pub(super) async fn new_alert_key(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<schema::Alerts>, Problem> {
    let user = asked.user()?;
    engine.new_alert_key(user).await?;
    Ok(axum::Json(alerts_of(&engine, user).await?))
}

async fn alerts_of(engine: &Engine, user: &User) -> Result<schema::Alerts, Refusal> {
    let key = engine.alert_key(user).await?.reveal().to_string();
    let sent = engine.alerts(user).await?.into_iter().map(|alert| schema::Alert {
        requested_at: alert.requested_at.millis(),
        subject: alert.subject,
        status: alert.status,
    });
    Ok(schema::Alerts { key, sent: sent.collect() })
}

fn settings(new: schema::NewThingHttp) -> HttpSettings {
    let schema::NewThingHttp { name, call, parse } = new;
    HttpSettings { name, call, parse }
}

fn view(thinghttp: ThingHttp) -> schema::ThingHttp {
    let ThingHttp { id, api_key, settings, created_at, .. } = thinghttp;
    let HttpSettings { name, mut call, parse } = settings;
    call.mask();
    let (api_key, created_at) = (api_key.reveal().to_string(), created_at.millis());
    schema::ThingHttp { id, name, api_key, call, parse, created_at }
}
