//! TalkBacks and their commands, for their owners and for those whom their channels are shared with.

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::talkbacks::{ChosenTalkBack, NewText, TalkBackAccess, TalkBackSettings};
use fieldpost_engine::{Engine, Refusal, What};
use fieldpost_store::Role;
use fieldpost_store::talkbacks::{Command, Reach, TalkBack};
use fieldpost_wire::{ChannelId, Timestamp};

use super::asked::{Json, nothing};
use super::channels::bad;
use super::{Asked, Dashboard, Problem, schema};

/// How many commands are listed unless the address says otherwise, and at most.
const COMMANDS: usize = 50;
const COMMANDS_MAX: usize = 1_000;

/// List the TalkBacks that whoever asks may look at
#[utoipa::path(get, path = "/talkbacks", operation_id = "talkbacks", tag = "talkbacks",
    responses((status = 200, body = Vec<schema::TalkBack>)))]
pub(super) async fn list(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<Answer<Vec<schema::TalkBack>>, Problem> {
    let mut all = Vec::new();
    for access in engine.talkbacks(asked.user()?).await? {
        all.push(shown(&engine, &access).await?);
    }
    Ok(Answer(all))
}

/// Make a TalkBack
#[utoipa::path(post, path = "/talkbacks", operation_id = "create_talkback", tag = "talkbacks",
    request_body = schema::NewTalkBack, responses((status = 200, body = schema::TalkBack)))]
pub(super) async fn create(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(new): Json<schema::NewTalkBack>,
) -> Result<Answer<schema::TalkBack>, Problem> {
    let settings = TalkBackSettings {
        name: Some(new.name),
        channel: Some(new.channel),
        log: Some(new.log),
        expire_s: Some(new.expire_s),
        controls: Some(new.controls),
    };
    let user = asked.user()?;
    let talkback = engine.create_talkback(user, settings, ChosenTalkBack::default()).await?;
    Ok(Answer(shown(&engine, &TalkBackAccess { talkback, role: Role::Owner }).await?))
}

/// See a TalkBack
#[utoipa::path(get, path = "/talkbacks/{id}", operation_id = "talkback", tag = "talkbacks",
    params(("id" = u64, Path)), responses((status = 200, body = schema::TalkBack)))]
pub(super) async fn show(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Answer<schema::TalkBack>, Problem> {
    let access = engine.talkback(asked.user()?, id, What::Read).await?;
    Ok(Answer(shown(&engine, &access).await?))
}

/// Change what a TalkBack is set to
#[utoipa::path(patch, path = "/talkbacks/{id}", operation_id = "change_talkback", tag = "talkbacks",
    params(("id" = u64, Path)), request_body = schema::TalkBackChanges,
    responses((status = 200, body = schema::TalkBack)))]
pub(super) async fn change(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(changes): Json<schema::TalkBackChanges>,
) -> Result<Answer<schema::TalkBack>, Problem> {
    let user = asked.user()?;
    let access = engine.talkback(user, id, What::Edit).await?;
    let schema::TalkBackChanges { name, channel, log, expire_s, controls } = changes;
    let settings = TalkBackSettings { name, channel, log, expire_s, controls };
    let talkback = engine.change_talkback(user, &access, settings).await?;
    Ok(Answer(shown(&engine, &TalkBackAccess { talkback, ..access }).await?))
}

/// Delete a TalkBack with its commands
#[utoipa::path(delete, path = "/talkbacks/{id}", operation_id = "delete_talkback", tag = "talkbacks",
    params(("id" = u64, Path)), responses((status = 204)))]
pub(super) async fn delete(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let access = engine.talkback(asked.user()?, id, What::Own).await?;
    engine.delete_talkback(&access).await?;
    Ok(nothing())
}

/// Give a TalkBack a new key; the one before ends at once
#[utoipa::path(post, path = "/talkbacks/{id}/key", operation_id = "new_talkback_key", tag = "talkbacks",
    params(("id" = u64, Path)), responses((status = 200, body = schema::TalkBack)))]
pub(super) async fn new_key(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Answer<schema::TalkBack>, Problem> {
    let access = engine.talkback(asked.user()?, id, What::Own).await?;
    let talkback = engine.renew_talkback_key(&access).await?;
    Ok(Answer(shown(&engine, &TalkBackAccess { talkback, ..access }).await?))
}

/// List the newest commands, whatever became of them, newest first
#[utoipa::path(get, path = "/talkbacks/{id}/commands", operation_id = "commands", tag = "talkbacks",
    params(("id" = u64, Path), ("limit" = Option<usize>, Query, description = "At most 1000; 50 unless it is named")),
    responses((status = 200, body = Vec<schema::Command>)))]
pub(super) async fn commands(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Answer<Vec<schema::Command>>, Problem> {
    let talkback = engine.talkback(asked.user()?, id, What::Read).await?.talkback;
    let limit = match asked.params.get("limit").filter(|limit| !limit.is_empty()) {
        Some(limit) => limit.parse().map_err(|_| bad("limit is a number, such as 50"))?,
        None => COMMANDS,
    };
    let all = engine.commands(&talkback, limit.min(COMMANDS_MAX)).await?;
    Ok(Answer(all.iter().map(view).collect()))
}

/// Add a command
#[utoipa::path(post, path = "/talkbacks/{id}/commands", operation_id = "add_command", tag = "talkbacks",
    params(("id" = u64, Path)), request_body = schema::NewCommand, responses(
        (status = 200, body = schema::Command),
        (status = 429, body = schema::Problem, description = "`queue_full`: 8000 commands wait already"),
    ))]
pub(super) async fn add(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(new): Json<schema::NewCommand>,
) -> Result<Answer<schema::Command>, Problem> {
    let talkback = engine.talkback(asked.user()?, id, What::Edit).await?.talkback;
    let schema::NewCommand { command_string: text, position, expire_s, once } = new;
    let sent = engine.add_command(&talkback, NewText { text, position, expire_s, once }).await?;
    Ok(Answer(view(&sent.command)))
}

/// Take a command out of the queue
#[utoipa::path(delete, path = "/talkbacks/{id}/commands/{command}", operation_id = "delete_command", tag = "talkbacks",
    params(("id" = u64, Path), ("command" = u64, Path)), responses(
        (status = 204),
        (status = 409, body = schema::Problem, description = "`in_use`: a device has it already, or it has expired"),
    ))]
pub(super) async fn remove(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path((id, command)): Path<(u64, u64)>,
) -> Result<Response, Problem> {
    let talkback = engine.talkback(asked.user()?, id, What::Edit).await?.talkback;
    engine.delete_command(&talkback, command, Reach::Queue).await?;
    Ok(nothing())
}

/// Take all commands out of the queue
#[utoipa::path(delete, path = "/talkbacks/{id}/commands", operation_id = "delete_commands", tag = "talkbacks",
    params(("id" = u64, Path)), responses((status = 204)))]
pub(super) async fn clear(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let talkback = engine.talkback(asked.user()?, id, What::Edit).await?.talkback;
    engine.delete_commands(&talkback, Reach::Queue).await?;
    Ok(nothing())
}

/// A command as it is shown.
pub(super) fn view(command: &Command) -> schema::Command {
    schema::Command {
        id: command.id,
        talkback: command.talkback,
        command_string: command.text.clone(),
        position: command.position,
        state: command.state,
        created_at: command.created_at.millis(),
        delivered_at: command.delivered_at.map(Timestamp::millis),
        acknowledged_at: command.acknowledged_at.map(Timestamp::millis),
        expires_at: command.expires_at.map(Timestamp::millis),
    }
}

/// A TalkBack as it is shown to who has this access to it.
async fn shown(engine: &Engine, access: &TalkBackAccess) -> Result<schema::TalkBack, Refusal> {
    let TalkBackAccess { talkback, role } = access;
    let queued = engine.queued_commands(talkback).await?;
    let TalkBack { id, name, api_key, channel, log, expire_s, controls, created_at, .. } =
        talkback.clone();
    // Who has the key can give commands.
    let writes = What::Edit.is_for(Some(*role));
    Ok(schema::TalkBack {
        id,
        name,
        api_key: if writes { api_key.reveal().to_string() } else { String::new() },
        channel: channel.map(ChannelId::get),
        log,
        expire_s,
        controls,
        created_at: created_at.millis(),
        queued,
        role: super::view::role(*role),
    })
}
