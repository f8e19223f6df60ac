//! What hyper serves: the web app, live streams, exports, health. Addresses of devices end in the same handlers as in `device/`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request as WebRequest, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use fieldpost_engine::doctor::{Door as Way, What};
use fieldpost_engine::export::Form;
use fieldpost_engine::import::{ImportError, read_csv};
use fieldpost_engine::{Engine, Refusal};
use fieldpost_wire::{ChannelId, Params, Zone};
use futures_util::TryStreamExt;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::timeout;
use tokio_util::io::{StreamReader, SyncIoBridge};
use tokio_util::sync::CancellationToken;

use crate::dashboard::{self, Site, guard::guard, openapi};
use crate::device::connection::Answer as _;
use crate::device::head::Head;
use crate::device::request::is_key_header;
use crate::device::{Caller, Reply, Request};
use crate::metrics::{self, Traffic, Watched};
use crate::pages::{is_frame, is_page, wants_page};
use crate::thingspeak::ThingSpeak;
use crate::thingspeak::route::Format;
use crate::{assets, export, live, say, thingspeak, witness};

/// How long a body may take that comes in chunks or is announced by `Expect`.
const BODY_PATIENCE: Duration = Duration::from_secs(600);

/// Everything behind the port.
#[derive(Clone)]
pub struct Door {
    pub(crate) devices: ThingSpeak,
    pub(crate) web: Router,
    pub(crate) traffic: Arc<Traffic>,
}

impl Door {
    /// Opens a door to an engine. `more` holds further routes, such as those of virtual boards;
    /// those below `/api` are guarded as ours are. Long answers end when
    /// `stop` is cancelled.
    pub fn new(engine: Engine, site: Site, more: Router, stop: CancellationToken) -> Self {
        let traffic = Arc::new(Traffic::default());
        let devices = ThingSpeak::new(engine.clone(), Arc::clone(&traffic));
        let started = engine.now();
        let more_counts = Arc::clone(&site.metrics);
        let watched =
            Watched { engine: engine.clone(), traffic: Arc::clone(&traffic), more_counts, started };
        // What belongs to channels is open to pages from elsewhere, as all of ThingSpeak's interface is.
        let channels = Router::new()
            .route(
                "/channels/{id}/live",
                get(live::channel).with_state((engine.clone(), stop.clone())),
            )
            .route("/stream/channels/{id}/feeds", get(by_key).with_state(engine.clone()))
            .route("/stream/channels/{id}/feeds.csv", get(by_key).with_state(engine.clone()))
            .route("/channels/{id}/import.csv", post(import).with_state(engine.clone()))
            .layer(map_response(welcome));
        let web = Router::new()
            .route("/healthz", get(async || "ok\n"))
            .route("/openapi.json", get(openapi::show))
            .route("/openapi/thingspeak.json", get(thingspeak::openapi::show))
            .route("/readyz", get(ready).with_state(engine.clone()))
            .route("/metrics", get(metrics::show).with_state(watched))
            .merge(channels)
            .merge(dashboard::router(engine.clone(), site, stop))
            .merge(more)
            .fallback(any(otherwise).with_state(devices.clone()))
            .layer(axum::middleware::from_fn_with_state(engine, guard));
        Self { devices, web, traffic }
    }
}

/// Lets pages from elsewhere read an answer.
async fn welcome(mut answer: Response) -> Response {
    let origin = header::ACCESS_CONTROL_ALLOW_ORIGIN;
    answer.headers_mut().insert(origin, HeaderValue::from_static("*"));
    answer
}

/// True as an answer when the store can be read.
async fn ready(State(engine): State<Engine>) -> Response {
    match engine.users().await {
        Ok(_) => "ready\n".into_response(),
        Err(refusal) => (StatusCode::SERVICE_UNAVAILABLE, format!("{refusal}\n")).into_response(),
    }
}

/// Addresses of devices that came by way of hyper, and the files of the web app.
async fn otherwise(State(devices): State<ThingSpeak>, request: WebRequest) -> Response {
    let (parts, body) = request.into_parts();
    let head = head_of(&parts);
    let caller = caller(&parts);
    let Some(max) = devices.takes(&head) else {
        let looks = matches!(parts.method, Method::GET | Method::HEAD);
        let file = looks.then(|| assets::serve(&head.path, &parts.headers)).flatten();
        return file.unwrap_or_else(|| match (looks, is_page(&head.path), head.page) {
            (true, true, _) => assets::page(&parts.headers),
            _ if looks && is_frame(&head.path) => assets::frame(&parts.headers),
            // The web app says that there is nothing, in its own words.
            (true, false, true) => {
                let mut page = assets::page(&parts.headers);
                *page.status_mut() = StatusCode::NOT_FOUND;
                page
            }
            _ => {
                if witness::is_for_devices(&head) {
                    let what = What::Refused(Refusal::NoRoute);
                    devices.notice(witness::of_head(caller, &head, b"", what));
                }
                web_reply(say::no(&Refusal::NoRoute, say::Manner::Object, Format::of(&head.path)))
            }
        });
    };
    let read = timeout(BODY_PATIENCE, Limited::new(body, max).collect()).await;
    let body = match read.unwrap_or_else(|late| Err(late.into())) {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            let refusal = if error.is::<LengthLimitError>() {
                Refusal::TooLarge { max }
            } else {
                Refusal::BadBody("the body broke off".into())
            };
            return web_reply(devices.refuse(caller, &head, b"", What::Refused(refusal)));
        }
    };
    let method = if head.method == Method::HEAD { Method::GET } else { head.method };
    let request = Request {
        method,
        path: head.path,
        query: head.query,
        key: head.key,
        once: head.once,
        content_type: head.content_type,
        body,
        agent: head.agent,
        caller,
        // hyper drops the answer itself when nobody waits any more.
        gone: None,
    };
    // hyper leaves the body out itself when HEAD was asked for.
    web_reply(devices.answer(request).await)
}

/// Who is at the other end of the connection that a request came on.
pub(crate) fn caller(parts: &http::request::Parts) -> Caller {
    let nobody = Caller { peer: IpAddr::V4(Ipv4Addr::UNSPECIFIED), door: Way::Http };
    parts.extensions.get::<Caller>().copied().unwrap_or(nobody)
}

/// A request's head in the form that devices' requests have.
fn head_of(parts: &http::request::Parts) -> Head {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let key = parts
        .headers
        .iter()
        .find(|(name, _)| is_key_header(name.as_str()))
        .map(|(_, value)| text(value));
    let types: Vec<String> = parts.headers.get_all(header::CONTENT_TYPE).iter().map(text).collect();
    Head {
        method: parts.method.clone(),
        path: parts.uri.path().to_string(),
        query: parts.uri.query().unwrap_or_default().as_bytes().to_vec(),
        key,
        once: parts.headers.get("idempotency-key").map(text),
        agent: parts.headers.get(header::USER_AGENT).map(text),
        page: parts.headers.get(header::ACCEPT).map(text).is_some_and(|accept| wants_page(&accept)),
        content_type: types.join(", ").into(),
        length: 0,
        open_ended: false,
        close: false,
        unusual: true,
        size: 0,
    }
}

/// An answer to a device as hyper sends it.
fn web_reply(reply: Reply) -> Response {
    let mut headers = HeaderMap::new();
    reply.headers(|name, value| {
        if let (Ok(name), Ok(value)) =
            (name.parse::<header::HeaderName>(), HeaderValue::from_str(value))
        {
            headers.insert(name, value);
        }
    });
    (reply.status, headers, reply.body).into_response()
}

/// Sends all of a channel as CSV to whoever has a key that opens it.
async fn by_key(
    State(engine): State<Engine>,
    Path(id): Path<u64>,
    request: WebRequest,
) -> Response {
    let (parts, _) = request.into_parts();
    let head = head_of(&parts);
    let params = Params::from_form(&head.query);
    let key = head.key.as_deref().or_else(|| params.key());
    let found = match ChannelId::new(id) {
        Some(id) => engine.channel_to_read(id, key).await,
        None => Err(Refusal::NoChannel),
    };
    match found.and_then(|channel| export::whole(engine, &channel, Form::Csv, &params)) {
        Ok(answer) => answer,
        Err(refusal) => web_reply(say::no(&refusal, say::Manner::Read, Format::Csv)),
    }
}

/// Takes a CSV file in, of any size, into a channel of the user whose key came along.
async fn import(
    State(engine): State<Engine>,
    Path(id): Path<u64>,
    request: WebRequest,
) -> Response {
    let (parts, body) = request.into_parts();
    let head = head_of(&parts);
    let params = Params::from_form(&head.query);
    let key = head.key.as_deref().or_else(|| params.key());
    let json = Format::Json;
    let allowed = async {
        let user = engine.user_of_key(key).await?;
        let id = ChannelId::new(id).ok_or(Refusal::NoChannel)?;
        Ok(engine.own_channel(&user, id).await?.id)
    };
    let id = match allowed.await {
        Ok(id) => id,
        Err(refusal) => return web_reply(say::no(&refusal, say::Manner::Object, json)),
    };
    let zone = Zone::of_request(params.get("timezone"), params.get("offset"));
    let body = TryStreamExt::map_err(body.into_data_stream(), std::io::Error::other);
    let reader = SyncIoBridge::new(StreamReader::new(Box::pin(body)));
    let handle = tokio::runtime::Handle::current();
    // Reading waits for the network and storing for the disk, both away from the event loop.
    let taken = tokio::task::spawn_blocking(move || {
        read_csv(reader, &zone, |part| handle.block_on(engine.import(id, part)).map(drop))
    });
    let refusal = match taken.await {
        Ok(Ok(entries)) => {
            return axum::Json(serde_json::json!({ "success": true, "entries": entries }))
                .into_response();
        }
        Ok(Err(ImportError::Refused(refusal))) => refusal,
        Ok(Err(row)) => Refusal::BadBody(row.to_string()),
        Err(_) => Refusal::Failed,
    };
    web_reply(say::no(&refusal, say::Manner::Object, json))
}
