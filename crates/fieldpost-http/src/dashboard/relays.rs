//! A channel's relays: to which server it goes on, and from which it comes.

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::What;
use fieldpost_engine::relays::RelayChange;
use fieldpost_store::automations::MASK;
use fieldpost_store::relays::Relay;

use super::asked::{Json, nothing};
use super::{Asked, Dashboard, Problem, schema};

/// A relay as it is shown: without its key.
pub(super) fn view(relay: &Relay) -> schema::Relay {
    let Relay { settings, progress, .. } = relay;
    schema::Relay {
        id: relay.id,
        channel: relay.channel.get(),
        direction: relay.direction,
        server: settings.server.clone(),
        remote_channel: settings.remote_channel,
        key: masked(&settings.key.0),
        enabled: settings.enabled,
        private: settings.private,
        position: progress.position,
        behind: progress.behind,
        last_ok_at: progress.last_ok_at,
        says: progress.says.clone(),
        next_at: progress.next_at,
    }
}

fn masked(key: &str) -> String {
    let shown: String = key.chars().take(2).collect();
    if key.is_empty() { shown } else { shown + MASK }
}

/// List a channel's relays
#[utoipa::path(get, path = "/channels/{id}/relays", tag = "relays", params(("id" = u64, Path)),
    responses((status = 200, body = Vec<schema::Relay>)))]
pub(super) async fn relays(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Answer<Vec<schema::Relay>>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    Ok(Answer(engine.relays(&access).await?.iter().map(view).collect()))
}

/// Let a channel go on to another server, or come from one
#[utoipa::path(post, path = "/channels/{id}/relays", tag = "relays", params(("id" = u64, Path)), request_body = schema::NewRelay,
    responses((status = 200, body = schema::Relay),
        (status = 409, body = schema::Problem, description = "`in_use`: it would go in a circle")))]
pub(super) async fn create_relay(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(new): Json<schema::NewRelay>,
) -> Result<Answer<schema::Relay>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    let change = RelayChange {
        server: Some(new.server),
        remote_channel: Some(new.remote_channel),
        key: new.key,
        enabled: new.enabled,
        private: new.private,
        position: new.position,
    };
    let made = engine.create_relay(&access, asked.user()?, new.direction, change).await?;
    Ok(Answer(view(&made)))
}

/// Change a relay, or have it tried again
#[utoipa::path(patch, path = "/channels/{id}/relays/{relay}", tag = "relays", params(("id" = u64, Path), ("relay" = u64, Path)),
    request_body = schema::RelayChanges, responses((status = 200, body = schema::Relay)))]
pub(super) async fn change_relay(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path((id, relay)): Path<(u64, u64)>,
    Json(changes): Json<schema::RelayChanges>,
) -> Result<Answer<schema::Relay>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    let schema::RelayChanges { server, remote_channel, key, enabled, private, position } = changes;
    let change = RelayChange { server, remote_channel, key, enabled, private, position };
    Ok(Answer(view(&engine.change_relay(&access, asked.user()?, relay, change).await?)))
}

/// Take a relay away; what went over it stays
#[utoipa::path(delete, path = "/channels/{id}/relays/{relay}", tag = "relays", params(("id" = u64, Path), ("relay" = u64, Path)),
    responses((status = 204)))]
pub(super) async fn delete_relay(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path((id, relay)): Path<(u64, u64)>,
) -> Result<Response, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    engine.delete_relay(&access, relay).await?;
    Ok(nothing())
}
