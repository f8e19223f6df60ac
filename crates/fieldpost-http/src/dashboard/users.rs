//! Users, for who looks after the server.

use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::Engine;

use super::asked::{Json, nothing};
use super::{Asked, Dashboard, Problem, schema};

/// List all users
#[utoipa::path(get, path = "/users", operation_id = "users", tag = "users", responses((status = 200, body = Vec<schema::User>)))]
pub(super) async fn list(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<Vec<schema::User>>, Problem> {
    asked.admin()?;
    all(&engine).await
}

/// Make a user
#[utoipa::path(post, path = "/users", tag = "users", request_body = schema::NewUser, responses(
    (status = 200, body = Vec<schema::User>, description = "All users"),
    (status = 409, body = schema::Problem, description = "`taken`: the name is in use"),
))]
pub(super) async fn add(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(new): Json<schema::NewUser>,
) -> Result<axum::Json<Vec<schema::User>>, Problem> {
    asked.admin()?;
    engine.create_user(&new.login, Some(new.password), new.admin).await?;
    all(&engine).await
}

/// Remove a user
#[utoipa::path(delete, path = "/users/{login}", tag = "users", params(("login" = String, Path)), responses(
    (status = 204),
    (status = 409, body = schema::Problem, description = "`in_use`: owns channels, or is the last who looks after the server"),
))]
pub(super) async fn remove(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(login): Path<String>,
) -> Result<Response, Problem> {
    asked.admin()?;
    engine.delete_user(&login).await?;
    Ok(nothing())
}

async fn all(engine: &Engine) -> Result<axum::Json<Vec<schema::User>>, Problem> {
    let users = engine.users_with_channels().await?.into_iter();
    let view = users.map(|(user, channels)| schema::User {
        admin: user.admin,
        created_at: user.created_at.millis(),
        channels,
        login: user.login,
    });
    Ok(axum::Json(view.collect()))
}
