//! What the connection doctor saw, for the people whom it concerns: of a channel its editors, of strangers who looks after the
//! server, who sits at the address that it came from, and whose user key it was.

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Path, State};
use fieldpost_engine::What;
use fieldpost_engine::doctor::{Attempt, Door};
use fieldpost_store::User;
use fieldpost_wire::{ChannelId, EntryId};

use super::schema::{self, Doorway};
use super::{Asked, Dashboard, Problem};

/// See what clients tried with a channel, newest first
///
/// At most 100. An attempt made again is counted, not repeated.
#[utoipa::path(get, path = "/channels/{id}/attempts", tag = "doctor",
    params(("id" = u64, Path)), responses((status = 200, body = Vec<schema::Attempt>)))]
pub(super) async fn of_channel(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Json<Vec<schema::Attempt>>, Problem> {
    let channel = asked.access(&engine, id, What::Edit).await?.channel.id;
    Ok(Json(engine.doctor().of_channel(channel).iter().map(|attempt| view(attempt)).collect()))
}

/// See attempts that reached no channel, newest first
///
/// Who looks after the server sees all of them, others those from their own address or with their own user key.
#[utoipa::path(get, path = "/attempts", tag = "doctor",
    responses((status = 200, body = Vec<schema::Attempt>)))]
pub(super) async fn of_strangers(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<Json<Vec<schema::Attempt>>, Problem> {
    let user = asked.user()?;
    let all = engine.doctor().of_strangers();
    let seen = all.iter().filter(|attempt| sees(user, asked.peer, attempt));
    Ok(Json(seen.map(|attempt| view(attempt)).collect()))
}

/// True if a user at an address may see a stranger's attempt.
pub(super) fn sees(user: &User, peer: IpAddr, attempt: &Attempt) -> bool {
    user.admin || attempt.peer == peer || attempt.user == Some(user.id)
}

/// An attempt as it is shown.
pub(super) fn view(attempt: &Attempt) -> schema::Attempt {
    schema::Attempt {
        id: attempt.id,
        at: attempt.at.millis(),
        door: match attempt.door {
            Door::Http => Doorway::Http,
            Door::Https => Doorway::Https,
            Door::Tls => Doorway::Tls,
            Door::Mqtt => Doorway::Mqtt,
        },
        peer: attempt.peer.to_string(),
        agent: attempt.agent.clone(),
        method: attempt.method.clone(),
        path: attempt.path.clone(),
        key: attempt.key.clone(),
        channel: attempt.channel.map(ChannelId::get),
        code: attempt.code.into(),
        entry_id: attempt.entry_id.map(EntryId::get),
        says: attempt.says.clone(),
        fix: attempt.fix.clone(),
        count: attempt.count,
        sent: attempt.sent.clone(),
    }
}
