//! Sharing a channel: with a person, or by link.

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::What;
use fieldpost_store::Role;

use super::asked::{Json, nothing};
use super::{Asked, Dashboard, Problem, schema, view};

/// Share a channel with somebody, or change what they may do
#[utoipa::path(put, path = "/channels/{id}/shares/{login}", tag = "sharing", params(("id" = u64, Path), ("login" = String, Path)),
    request_body = schema::Share, responses((status = 200, body = schema::Detail), (status = 404, body = schema::Problem, description = "`no_user`")))]
pub(super) async fn share(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path((id, login)): Path<(u64, String)>,
    Json(share): Json<schema::Share>,
) -> Result<Answer<schema::Detail>, Problem> {
    let access = asked.access(&engine, id, What::Own).await?;
    let role = match share.role {
        schema::Role::Owner => Role::Owner,
        schema::Role::Editor => Role::Editor,
        schema::Role::Viewer => Role::Viewer,
    };
    engine.share(&access, &login, role).await?;
    Ok(Answer(view::detail(&engine, &access).await?))
}

/// Stop sharing a channel with somebody
#[utoipa::path(delete, path = "/channels/{id}/shares/{login}", tag = "sharing", params(("id" = u64, Path), ("login" = String, Path)),
    responses((status = 200, body = schema::Detail)))]
pub(super) async fn unshare(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path((id, login)): Path<(u64, String)>,
) -> Result<Answer<schema::Detail>, Problem> {
    let access = asked.access(&engine, id, What::Own).await?;
    engine.unshare(&access, &login).await?;
    Ok(Answer(view::detail(&engine, &access).await?))
}

/// Make a link that opens a channel to whoever has it
#[utoipa::path(post, path = "/channels/{id}/links", tag = "sharing", params(("id" = u64, Path)), request_body = schema::NewLink,
    responses((status = 200, body = schema::Link, description = "Its `url` is told only now")))]
pub(super) async fn add_link(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(new): Json<schema::NewLink>,
) -> Result<Answer<schema::Link>, Problem> {
    let access = asked.access(&engine, id, What::Own).await?;
    let (link, token) = engine.create_link(&access, &new.note, new.days).await?;
    let url = Some(format!("/channels/{id}?link={token}"));
    Ok(Answer(schema::Link { url, ..view::link(&link) }))
}

/// Take a link back
#[utoipa::path(delete, path = "/channels/{id}/links/{link}", tag = "sharing", params(("id" = u64, Path), ("link" = u64, Path)),
    responses((status = 204)))]
pub(super) async fn remove_link(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path((id, link)): Path<(u64, u64)>,
) -> Result<Response, Problem> {
    let access = asked.access(&engine, id, What::Own).await?;
    engine.delete_link(&access, link).await?;
    Ok(nothing())
}
