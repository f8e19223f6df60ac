//! The server itself, the first user, signing in and out, and what the one who is signed in may change.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use fieldpost_engine::accounts::setup::FirstUser;
use fieldpost_engine::{Engine, Refusal};
use fieldpost_store::User;
use http::header;

use super::asked::{Json, nothing};
use super::{Asked, Dashboard, Problem, schema, view};

/// What anybody may know about this server
#[utoipa::path(get, path = "/server", tag = "server", responses((status = 200, body = schema::Server)))]
pub(super) async fn server(
    State(Dashboard { engine, site, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<schema::Server>, Problem> {
    Ok(axum::Json(schema::Server {
        version: env!("CARGO_PKG_VERSION").into(),
        set_up: engine.is_set_up().await?,
        signed_in: asked.user().ok().map(view::me),
        boards: (site.boards)(),
        addresses: (site.addresses)(),
        mqtt: site.mqtt.clone(),
        mail: engine.outside().can_mail(),
        private_targets: engine.limits().private_targets,
    }))
}

/// Make the first user, with the token of the link that the server printed
#[utoipa::path(post, path = "/setup", tag = "server", request_body = schema::Setup, responses(
    (status = 200, body = schema::Me, description = "Signed in"),
    (status = 403, body = schema::Problem, description = "`setup_token`: not the token that was printed"),
    (status = 410, body = schema::Problem, description = "`setup_over`: done, or too late"),
))]
pub(super) async fn set_up(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(schema::Setup { token, login, password, timezone }): Json<schema::Setup>,
) -> Result<Response, Problem> {
    let first = FirstUser { token, login, password, timezone };
    let user = engine.set_up(first, asked.peer).await?;
    begin(&engine, &asked, &user).await
}

/// Sign in
#[utoipa::path(post, path = "/session", tag = "me", request_body = schema::SignIn, responses(
    (status = 200, body = schema::Me, description = "Signed in"),
    (status = 401, body = schema::Problem, description = "`sign_in_failed`"),
    (status = 429, body = schema::Problem, description = "`too_many`: wait as long as `Retry-After` says"),
))]
pub(super) async fn sign_in(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(schema::SignIn { login, password }): Json<schema::SignIn>,
) -> Result<Response, Problem> {
    let user = engine.sign_in(&login, &password, asked.peer).await?;
    // Nobody goes on under a token from before.
    end(&engine, &asked).await?;
    begin(&engine, &asked, &user).await
}

/// Sign out
#[utoipa::path(delete, path = "/session", tag = "me", responses((status = 204)))]
pub(super) async fn sign_out(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.user()?;
    end(&engine, &asked).await?;
    let mut response = nothing();
    response.headers_mut().insert(header::SET_COOKIE, asked.cookie.take());
    Ok(response)
}

async fn begin(engine: &Engine, asked: &Asked, user: &User) -> Result<Response, Problem> {
    let token = engine.begin_session(user, &asked.agent).await?;
    let cookie = [(header::SET_COOKIE, asked.cookie.give(&token))];
    Ok((cookie, axum::Json(view::me(user))).into_response())
}

async fn end(engine: &Engine, asked: &Asked) -> Result<(), Refusal> {
    let Some(before) = &asked.signed_in else { return Ok(()) };
    match engine.end_session(&before.user, before.session.id).await {
        Err(Refusal::Gone) => Ok(()), // somebody else ended it in between
        ended => ended,
    }
}

/// Who is signed in
#[utoipa::path(get, path = "/me", tag = "me", responses((status = 200, body = schema::Me)))]
pub(super) async fn me(asked: Asked) -> Result<axum::Json<schema::Me>, Problem> {
    Ok(axum::Json(view::me(asked.user()?)))
}

/// Change the time zone, the e-mail address or the password; a new password ends all other sessions
#[utoipa::path(patch, path = "/me", tag = "me", request_body = schema::Changes, responses(
    (status = 200, body = schema::Me),
    (status = 401, body = schema::Problem, description = "`sign_in_failed`: the old password is wrong"),
))]
pub(super) async fn change_me(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(changes): Json<schema::Changes>,
) -> Result<axum::Json<schema::Me>, Problem> {
    let mut user = asked.user()?.clone();
    let session = asked.signed_in.as_ref().map_or(0, |signed_in| signed_in.session.id);
    match (changes.old_password, changes.new_password) {
        (Some(old), Some(new)) => {
            user = engine.change_password(&user, &old, new, session, asked.peer).await?;
        }
        (None, None) => {}
        _ => {
            let both = "a new password needs the old one too: old_password and new_password";
            return Err(Problem(Refusal::BadValue(both.into())));
        }
    }
    if let Some(timezone) = changes.timezone {
        user = engine.set_timezone(&user.login, timezone).await?;
    }
    if let Some(email) = changes.email {
        user = engine.set_email(&user.login, email).await?;
    }
    Ok(axum::Json(view::me(&user)))
}

/// Get a new user key; the old one ends at once
#[utoipa::path(post, path = "/me/key", tag = "me", responses((status = 200, body = schema::Me)))]
pub(super) async fn new_key(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<schema::Me>, Problem> {
    let user = engine.rotate_user_key(&asked.user()?.login).await?;
    Ok(axum::Json(view::me(&user)))
}

/// List the browsers in which you are signed in
#[utoipa::path(get, path = "/me/sessions", tag = "me", responses((status = 200, body = Vec<schema::Session>)))]
pub(super) async fn sessions(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<Vec<schema::Session>>, Problem> {
    let sessions = engine.sessions(asked.user()?).await?;
    let this = asked.signed_in.as_ref().map(|signed_in| signed_in.session.id);
    let view = sessions.into_iter().map(|session| schema::Session {
        id: session.id,
        created_at: session.created_at.millis(),
        seen_at: session.seen_at.millis(),
        current: this == Some(session.id),
        agent: session.agent,
    });
    Ok(axum::Json(view.collect()))
}

/// Sign out elsewhere
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "me", params(("id" = u64, Path)), responses((status = 204)))]
pub(super) async fn end_session(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    engine.end_session(asked.user()?, id).await?;
    Ok(nothing())
}
