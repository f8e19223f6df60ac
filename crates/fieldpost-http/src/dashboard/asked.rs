//! What every handler may know about a request: who asks, from where; and bodies of JSON.

use std::net::IpAddr;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use fieldpost_engine::accounts::sessions::SignedIn;
use fieldpost_engine::doctor::Door as Way;
use fieldpost_engine::{Access, Engine, Refusal, Visitor, What};
use fieldpost_store::User;
use fieldpost_wire::{ChannelId, Params};
use http::request::Parts;
use http_body_util::{BodyExt as _, Limited};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::Problem;
use super::guard::Cookie;
use crate::app::caller;
use crate::device::Caller;

/// The longest body that is taken, in bytes.
const BODY_MAX: usize = 64 * 1024;

/// Who asks, as the guard found out, and what the address brings along.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Who is signed in, and by which session.
    pub signed_in: Option<SignedIn>,
    /// The address it came from.
    pub peer: IpAddr,
    /// What the browser says it is.
    pub agent: String,
    /// The parameters behind the path.
    pub params: Params,
    pub(super) cookie: Cookie,
}

impl Asked {
    /// Who is signed in.
    ///
    /// # Errors
    /// [`Refusal::SignIn`] if nobody is.
    pub fn user(&self) -> Result<&User, Refusal> {
        self.signed_in.as_ref().map(|signed_in| &signed_in.user).ok_or(Refusal::SignIn)
    }

    /// Who is signed in, and may manage users.
    ///
    /// # Errors
    /// [`Refusal::SignIn`] or [`Refusal::Forbidden`].
    pub fn admin(&self) -> Result<&User, Refusal> {
        let forbidden = || Refusal::Forbidden("only who looks after the server may do this".into());
        self.user()?.admin.then(|| self.user()).ok_or_else(forbidden)?
    }

    /// True unless the session by which somebody asked has ended since.
    pub(super) async fn is_still_signed_in(&self, engine: &Engine) -> bool {
        match &self.signed_in {
            None => true,
            Some(then) => match self.cookie.signed_in(engine).await {
                Ok(now) => now.is_some_and(|now| now.session.id == then.session.id),
                // A store that can't be asked for a moment signs nobody out.
                Err(_) => true,
            },
        }
    }

    /// Opens a channel to whoever asks: by session, share link or key.
    ///
    /// # Errors
    /// As [`Engine::access`].
    pub async fn access(&self, engine: &Engine, id: u64, what: What) -> Result<Access, Refusal> {
        let id = ChannelId::new(id).ok_or(Refusal::NoChannel)?;
        engine.access(&self.visitor(), id, what).await
    }

    fn visitor(&self) -> Visitor {
        let text = |name| self.params.get(name).filter(|text| !text.is_empty()).map(str::to_string);
        let user = self.signed_in.as_ref().map(|signed_in| signed_in.user.clone());
        Visitor { user, link: text("link"), key: text("key") }
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Without the guard nobody is let in.
        parts.extensions.get::<Self>().cloned().ok_or(Problem(Refusal::Failed))
    }
}

/// From where a request came, and whether nobody could read it on the way.
pub(super) fn came(parts: &Parts) -> (IpAddr, bool) {
    let Caller { peer, door } = caller(parts);
    // A proxy in front may have spoken TLS. Who makes this up gets a stricter cookie, nothing else.
    let proxied = parts.headers.get("x-forwarded-proto").is_some_and(|value| value == "https");
    (peer, door == Way::Https || proxied)
}

/// A body of JSON, of so many bytes at most.
pub(super) struct Json<T, const MAX: usize = BODY_MAX>(pub(super) T);

impl<S: Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for Json<T, MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = match Limited::new(request.into_body(), MAX).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                return Err(Problem(Refusal::TooLarge { max: MAX }));
            }
            Err(_) => return Err(Problem(Refusal::BadBody("the body broke off".into()))),
        };
        read(if bytes.is_empty() { b"{}" } else { &bytes }).map(Self).map_err(Problem)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        let words = error.to_string();
        // Names are told back, values are not: one may be a password in a wrong place.
        let named = ["missing field", "unknown field"].iter().any(|begin| words.starts_with(begin));
        Refusal::BadBody(match error.classify() {
            Category::Data if named => words,
            Category::Data => {
                format!("a member has a wrong type, at column {} of the body", error.column())
            }
            _ => format!("the body is no JSON: look at line {}", error.line()),
        })
    })
}

/// A body that is empty.
pub(super) fn nothing() -> http::Response<Body> {
    let mut response = http::Response::new(Body::empty());
    *response.status_mut() = http::StatusCode::NO_CONTENT;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::schema;

    #[test]
    fn what_is_wrong_with_a_body_is_said_without_its_values() {
        let say = |body: &str| match read::<schema::SignIn>(body.as_bytes()) {
            Ok(_) => String::new(),
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(say(r#"{"login":"ada","password":"hunter2!"}"#), "");
        assert!(say(r#"{"login":"ada"}"#).starts_with("missing field `password`"));
        let wrong = say(r#"{"login":"ada","password":12345678}"#);
        assert!(wrong.contains("wrong type") && !wrong.contains("12345678"), "{wrong}");
        assert!(say("login=ada").contains("no JSON"));
    }
}
