//! Imports: whole channels that come from another server, while nobody waits for them.

use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::imports::{self, Found, Source};
use fieldpost_engine::{Engine, Refusal};
use fieldpost_wire::ChannelId;

use super::asked::{Json, nothing};
use super::{Asked, Dashboard, Problem, schema};

type Answer<T> = axum::Json<T>;

/// The address of the cloud service.
const CLOUD: &str = "https://api.thingspeak.com";

async fn view(engine: &Engine, import: imports::Import) -> Result<schema::Import, Refusal> {
    let id = ChannelId::new(import.channel).ok_or(Refusal::NoChannel)?;
    Ok(schema::Import {
        channel: import.channel,
        name: engine.channel(id).await?.name(),
        server: import.server,
        remote_channel: import.remote_channel,
        state: match import.state {
            imports::ImportState::Running => schema::ImportState::Running,
            imports::ImportState::Stopped => schema::ImportState::Stopped,
            imports::ImportState::Done => schema::ImportState::Done,
        },
        total: import.total,
        stored: import.stored,
        same: import.same,
        differs: import.differs,
        crowded: import.crowded,
        keeps_ids: import.keeps_ids,
        says: import.says,
        next_at: import.next_at,
        rate: import.rate,
        left_ms: import.left_ms,
    })
}

fn source(asked: schema::ImportSource) -> Source {
    Source {
        server: asked.server.filter(|server| !server.trim().is_empty()).unwrap_or(CLOUD.into()),
        channel: asked.remote_channel,
        key: asked.read_key.unwrap_or_default(),
        user_key: asked.user_key.unwrap_or_default(),
        private: asked.private.unwrap_or_default(),
    }
}

fn found(found: &Found) -> schema::ImportFound {
    let about = &found.about;
    let most = about.labels.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    schema::ImportFound {
        name: about.name.clone(),
        fields: about.labels[..most].iter().map(|one| one.clone().unwrap_or_default()).collect(),
        public: about.public,
        entries: found.entries,
        first_at: found.first_at.map(fieldpost_wire::Timestamp::millis),
        last_at: found.last_at.map(fieldpost_wire::Timestamp::millis),
        knows_write_key: found.write_key.is_some(),
        read_keys: found.read_keys.len(),
    }
}

fn channel(id: u64) -> Result<ChannelId, Refusal> {
    ChannelId::new(id).ok_or(Refusal::NoChannel)
}

/// List your imports from other servers
#[utoipa::path(get, path = "/imports", operation_id = "imports", tag = "imports", responses((status = 200, body = Vec<schema::Import>)))]
pub(super) async fn list(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<Answer<Vec<schema::Import>>, Problem> {
    let mut shown = Vec::new();
    for import in engine.imports(asked.user()?).await? {
        shown.push(view(&engine, import).await?);
    }
    Ok(axum::Json(shown))
}

/// Ask another server what there is to bring
#[utoipa::path(post, path = "/imports/look", operation_id = "look_at_import", tag = "imports", request_body = schema::ImportSource,
    responses((status = 200, body = schema::ImportFound),
        (status = 502, body = schema::Problem, description = "`outside`: what the other server says")))]
pub(super) async fn look(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(wanted): Json<schema::ImportSource>,
) -> Result<Answer<schema::ImportFound>, Problem> {
    Ok(axum::Json(found(&engine.look_at(asked.user()?, &source(wanted)).await?)))
}

/// Bring a channel from another server, or go on with that
#[utoipa::path(post, path = "/imports", operation_id = "begin_import", tag = "imports", request_body = schema::NewImport,
    responses((status = 200, body = schema::Import),
        (status = 409, body = schema::Problem, description = "`taken`: the number or a key is in use; `in_use`: one goes on already"),
        (status = 502, body = schema::Problem, description = "`outside`: what the other server says")))]
pub(super) async fn begin(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(new): Json<schema::NewImport>,
) -> Result<Answer<schema::Import>, Problem> {
    let user = asked.user()?;
    let new = imports::NewImport {
        source: source(new.source),
        same_id: new.same_id,
        same_keys: new.same_keys,
        into: new.into.map(channel).transpose()?,
        ..imports::NewImport::default()
    };
    engine.has_import_room(user)?;
    let found = engine.look_at(user, &new.source).await?;
    let (import, _) = engine.begin_import(user, new, &found, true).await?;
    Ok(axum::Json(view(&engine, import).await?))
}

/// Stop an import, or go on with it
#[utoipa::path(patch, path = "/imports/{id}", operation_id = "change_import", tag = "imports", params(("id" = u64, Path, description = "The channel here")),
    request_body = schema::ImportChanges, responses((status = 200, body = schema::Import)))]
pub(super) async fn change(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(changes): Json<schema::ImportChanges>,
) -> Result<Answer<schema::Import>, Problem> {
    let (user, id) = (asked.user()?, channel(id)?);
    let import = if changes.running {
        engine.resume_import(user, id).await?
    } else {
        engine.halt_import(user, id).await?
    };
    Ok(axum::Json(view(&engine, import).await?))
}

/// Stop an import and forget it; what was brought stays
#[utoipa::path(delete, path = "/imports/{id}", operation_id = "forget_import", tag = "imports", params(("id" = u64, Path, description = "The channel here")),
    responses((status = 204)))]
pub(super) async fn forget(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    engine.forget_import(asked.user()?, channel(id)?).await?;
    Ok(nothing())
}
