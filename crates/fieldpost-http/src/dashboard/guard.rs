//! What holds for every request below `/api`: who asks is found out here, once; a page of another site can't ask in somebody's
//! name; nothing is kept on the way.
//!
//! The session's cookie is all that a browser sends by itself. So whatever changes something must also carry a header that a page
//! of another site can't send, no answer invites other sites in, and where the browser says from which page a request comes, that page
//! must be ours.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use fieldpost_engine::accounts::sessions::{LASTS_MS, SignedIn};
use fieldpost_engine::{Engine, Refusal};
use fieldpost_wire::Params;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::asked::came;
use super::{Asked, Problem};

/// The header that requests which change something must carry.
const OURS: &str = "x-fieldpost";
/// The session's cookie over http.
const PLAIN: &str = "fieldpost_session";
/// The session's cookie over https. It has a name of its own: browsers let no page over http replace a cookie that
/// came over https, and here both are one server on one port.
const SECURE: &str = "__Host-fieldpost_session";

/// How a session's token goes to the browser and comes back.
#[derive(Clone, Debug)]
pub(super) struct Cookie {
    secure: bool,
    token: Option<Token>,
}

/// A token that came along. It is never printed.
#[derive(Clone)]
struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Cookie {
    /// Reads what came along.
    fn read(headers: &HeaderMap, secure: bool) -> Self {
        let value = |name: &str| {
            let all = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
            let mut pairs =
                all.flat_map(|line| line.split(';')).filter_map(|p| p.trim().split_once('='));
            pairs.find(|(known, _)| *known == name).map(|(_, value)| Token(value.to_string()))
        };
        let token = if secure { value(SECURE).or_else(|| value(PLAIN)) } else { value(PLAIN) };
        Self { secure, token }
    }

    /// Finds out who is signed in with what came along.
    pub(super) async fn signed_in(&self, engine: &Engine) -> Result<Option<SignedIn>, Refusal> {
        match &self.token {
            Some(Token(token)) => engine.signed_in(token).await,
            None => Ok(None),
        }
    }

    /// Gives the browser a token, or again the one that it has, for as long as a session lasts.
    pub(super) fn give(&self, token: &str) -> HeaderValue {
        self.line(token, LASTS_MS / 1_000)
    }

    /// Takes the browser's token away.
    pub(super) fn take(&self) -> HeaderValue {
        self.line("", 0)
    }

    fn line(&self, token: &str, seconds: i64) -> HeaderValue {
        let (name, end) = if self.secure { (SECURE, "; Secure") } else { (PLAIN, "") };
        let line =
            format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{end}");
        HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""))
    }
}

/// Guards everything below `/api`; lets the rest pass.
pub(crate) async fn guard(State(engine): State<Engine>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let answer = match let_in(&engine, &parts).await {
        Ok(asked) => {
            let renewed = asked.signed_in.as_ref().is_some_and(|signed_in| signed_in.renewed);
            let cookie = asked.cookie.clone();
            parts.extensions.insert(asked);
            let mut answer = next.run(Request::from_parts(parts, body)).await;
            let told = answer.headers().contains_key(header::SET_COOKIE);
            if let (true, false, Some(Token(token))) = (renewed, told, &cookie.token) {
                answer.headers_mut().insert(header::SET_COOKIE, cookie.give(token));
            }
            in_our_form(answer)
        }
        Err(refusal) => Problem(refusal).into_response(),
    };
    closed(answer)
}

async fn let_in(engine: &Engine, parts: &Parts) -> Result<Asked, Refusal> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        check_origin(parts)?;
    }
    let (peer, secure) = came(parts);
    let cookie = Cookie::read(&parts.headers, secure);
    let signed_in = cookie.signed_in(engine).await?;
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Ok(Asked {
        signed_in,
        peer,
        agent: agent.unwrap_or_default().to_string(),
        params: Params::from_form(parts.uri.query().unwrap_or_default().as_bytes()),
        cookie,
    })
}

/// Makes sure that a request which changes something comes from a page of ours, or from no page at all.
fn check_origin(parts: &Parts) -> Result<(), Refusal> {
    let no = |why: &str| Err(Refusal::Forbidden(why.into()));
    let text = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text(OURS) != Some("1") {
        return no("requests that change something carry the header X-Fieldpost: 1");
    }
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return no("a page of another site may not change anything here");
    }
    if let Some(origin) = text("origin") {
        let from = origin.split_once("://").map(|(_, host)| host);
        let here = [text("host"), text("x-forwarded-host")];
        if from.is_none() || !here.iter().any(|host| host.is_some() && *host == from) {
            return no("a page of another site may not change anything here");
        }
    }
    let some = text("content-length").is_some_and(|length| length != "0")
        || text("transfer-encoding").is_some();
    let kind = text("content-type").unwrap_or_default();
    let json = kind.split(';').next().unwrap_or_default().trim();
    if some && !json.eq_ignore_ascii_case("application/json") {
        return no("bodies are JSON and say so: Content-Type: application/json");
    }
    Ok(())
}

/// Gives what has no form of ours the form of a "no": addresses that are none, and methods that an address does not take.
fn in_our_form(answer: Response) -> Response {
    let refusal = match answer.status() {
        StatusCode::NOT_FOUND => Refusal::NoRoute,
        StatusCode::METHOD_NOT_ALLOWED => Refusal::Method,
        StatusCode::BAD_REQUEST => {
            Refusal::BadValue("the address holds a value that can't be".into())
        }
        _ => return answer,
    };
    let kind = answer.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind == "application/problem+json") {
        return answer;
    }
    let mut ours = Problem(refusal).into_response();
    if let Some(allow) = answer.headers().get(header::ALLOW) {
        ours.headers_mut().insert(header::ALLOW, allow.clone());
    }
    ours
}

/// Nothing of this is kept, guessed at or shown within another page.
fn closed(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::post("/api/v1/session");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn only_requests_of_our_own_pages_and_of_programs_change_something() {
        let ours = ("x-fieldpost", "1");
        let host = ("host", "192.168.1.23:8080");
        let fine: [&[(&str, &str)]; 4] = [
            &[ours],
            &[
                ours,
                host,
                ("origin", "http://192.168.1.23:8080"),
                ("sec-fetch-site", "same-origin"),
            ],
            &[ours, ("content-length", "9"), ("content-type", "application/json; charset=utf-8")],
            &[ours, host, ("x-forwarded-host", "f.example"), ("origin", "https://f.example")],
        ];
        for headers in fine {
            assert_eq!(check_origin(&parts(headers)), Ok(()), "{headers:?}");
        }
        let foul: [&[(&str, &str)]; 8] = [
            &[],
            &[("x-fieldpost", "0")],
            &[ours, host, ("origin", "http://evil.example")],
            &[ours, host, ("origin", "http://192.168.1.23:8081")],
            &[ours, host, ("origin", "null")],
            &[ours, ("sec-fetch-site", "cross-site")],
            &[ours, ("sec-fetch-site", "same-site")],
            &[ours, ("content-length", "9"), ("content-type", "text/plain")],
        ];
        for headers in foul {
            assert!(
                matches!(check_origin(&parts(headers)), Err(Refusal::Forbidden(_))),
                "{headers:?}"
            );
        }
    }

    #[test]
    fn a_cookie_over_https_has_a_name_of_its_own() {
        let both =
            parts(&[("cookie", "a=b; fieldpost_session=plain; __Host-fieldpost_session=secret")]);
        let token = |secure| Cookie::read(&both.headers, secure).token.map(|Token(token)| token);
        assert_eq!(
            (token(true).as_deref(), token(false).as_deref()),
            (Some("secret"), Some("plain"))
        );
        let given = Cookie { secure: true, token: None }.give("t");
        assert_eq!(
            given,
            "__Host-fieldpost_session=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure"
        );
        let taken = Cookie { secure: false, token: None }.take();
        assert_eq!(taken, "fieldpost_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
