//! ThingSpeak's REST interface: addresses, and what is answered at each.
//!
//! `route.rs` says which handler an address means; the other files hold the handlers, grouped by what they are about.

mod apps;
mod bulk;
pub(crate) mod channels;
mod entries;
mod feeds;
mod held;
mod keys;
pub mod openapi;
pub mod route;
mod talkbacks;
mod update;
mod users;

use std::sync::{Arc, OnceLock};

use fieldpost_engine::doctor::{Facts, What, mask};
use fieldpost_engine::{Engine, Refusal};
use fieldpost_store::User;
use fieldpost_wire::{Params, Zone};
use http::{Method, StatusCode};
use tokio::sync::Semaphore;

use crate::device::connection::Answer;
use crate::device::head::Head;
use crate::device::reply::content_type;
use crate::device::{Caller, Reply, Request};
use crate::metrics::Traffic;
use crate::pages::{is_frame, is_page};
use crate::say::{self, Manner};
use crate::witness;
use route::{Endpoint, Format, methods, route};

/// Answers the requests of this interface from an engine.
#[derive(Clone)]
pub struct ThingSpeak {
    engine: Engine,
    traffic: Arc<Traffic>,
    /// How many more answers may be held back.
    held: Arc<Semaphore>,
}

/// A request on its way to a handler.
struct Ask<'a> {
    engine: &'a Engine,
    request: &'a Request,
    held: &'a Semaphore,
    params: Params,
    format: Format,
    /// The key of a bulk, which stands in its body.
    bulk_key: OnceLock<String>,
}

impl ThingSpeak {
    /// Makes the interface to an engine.
    pub(crate) fn new(engine: Engine, traffic: Arc<Traffic>) -> Self {
        Self { engine, traffic, held: Arc::new(Semaphore::new(held::HELD_MAX)) }
    }

    /// Says no, and counts it if it was to an update.
    fn no(&self, endpoint: &Endpoint, method: &Method, refusal: &Refusal, format: Format) -> Reply {
        if matches!(endpoint, Endpoint::Update) || is_bulk(endpoint) {
            self.engine.meters().refuse(refusal);
        }
        say::no(refusal, manner(endpoint, method), format)
    }

    /// Tells the connection doctor what went wrong.
    pub(crate) fn notice(&self, facts: Facts) {
        self.engine.notice(facts);
    }

    async fn handle(&self, request: &Request) -> Option<Reply> {
        if request.method == Method::OPTIONS && welcomes(&request.path) {
            return Some(Reply::ok(content_type::TEXT, ""));
        }
        let (endpoint, format) = route(&request.path)?;
        // A bulk's body is read by its own handler.
        let bulk = is_bulk(&endpoint);
        let params = if bulk { Ok(request.query_params()) } else { request.params() };
        let no = |refusal: Refusal, format, params: &Params, key: Option<&str>| {
            let reply = self.no(&endpoint, &request.method, &refusal, format);
            let what = What::Refused(refusal);
            self.notice(witness::of_request(request, params.clone(), key, what));
            reply
        };
        let params = match params {
            Ok(params) => params,
            Err(bad) => {
                let params = request.query_params();
                let refusal = Refusal::BadBody(bad.to_string());
                return Some(no(refusal, format, &params, request.key_of(&params)));
            }
        };
        let method = overridden(&request.method, &params);
        if !methods(&endpoint).contains(&method) {
            let allow: Vec<&str> = methods(&endpoint).iter().map(Method::as_str).collect();
            let reply = no(Refusal::Method, format, &params, request.key_of(&params));
            return Some(reply.with("Allow", format!("{}, OPTIONS", allow.join(", "))));
        }
        let terse = params.get("headers") == Some("false");
        let bulk_key = OnceLock::new();
        let (engine, held) = (&self.engine, &*self.held);
        let ask = Ask { engine, request, held, params, format, bulk_key };
        let answer = ask.answer(&endpoint, &method).await;
        let mut reply = answer.unwrap_or_else(|refusal| {
            let path = mask::address(&request.path, b"");
            // Keys are never part of a refusal, so this line can't leak one.
            tracing::debug!(peer = %request.caller.peer, %path, code = refusal.code(), "refused");
            let key = ask.key().or(ask.bulk_key.get().map(String::as_str));
            no(refusal, if bulk { Format::Json } else { format }, &ask.params, key)
        });
        if let Some(read) =
            witness::of_reading(request, &endpoint, ask.key()).filter(|_| reply.status == 200)
        {
            self.engine.doctor().fine(&read, self.engine.now());
        }
        reply.terse = terse;
        Some(reply)
    }
}

impl Answer for ThingSpeak {
    fn takes(&self, head: &Head) -> Option<usize> {
        let limits = self.engine.limits();
        if head.method == Method::OPTIONS && welcomes(&head.path) {
            return Some(limits.body_max);
        }
        // A person who opens a channel's address wants to see it, a program wants to read it.
        let looks = head.page && matches!(head.method, Method::GET | Method::HEAD);
        if looks && (is_page(&head.path) || is_frame(&head.path)) {
            return None;
        }
        let (endpoint, format) = route(&head.path)?;
        // That there is no such page is told to a person by a page.
        if looks && endpoint == Endpoint::Nothing && format == Format::Plain {
            return None;
        }
        Some(if is_bulk(&endpoint) { limits.bulk_body_max } else { limits.body_max })
    }

    fn refuse(&self, caller: Caller, head: &Head, begun: &[u8], what: What) -> Reply {
        let refusal = what.refusal();
        self.notice(witness::of_head(caller, head, begun, what));
        match route(&head.path) {
            Some((endpoint, format)) => self.no(&endpoint, &head.method, &refusal, format),
            None => say::broken(&refusal),
        }
    }

    fn broken(&self, caller: Caller, bytes: &[u8], what: What) -> Reply {
        let refusal = what.refusal();
        self.notice(witness::of_bytes(caller, bytes, what));
        say::broken(&refusal)
    }

    fn said(&self, status: StatusCode) {
        self.traffic.answered(status);
    }

    async fn answer(&self, request: Request) -> Reply {
        match self.handle(&request).await {
            Some(reply) => reply,
            None => say::no(&Refusal::NoRoute, Manner::Object, Format::Text),
        }
    }
}

fn is_bulk(endpoint: &Endpoint) -> bool {
    matches!(endpoint, Endpoint::BulkJson(_) | Endpoint::BulkCsv(_))
}

/// The way in which an address says no.
fn manner(endpoint: &Endpoint, method: &Method) -> Manner {
    match endpoint {
        Endpoint::Feed(..) if *method == Method::DELETE => Manner::Object,
        Endpoint::Update => Manner::Write,
        Endpoint::SendAlert | Endpoint::AlertHistory => Manner::Problem,
        Endpoint::Channel(_) if *method == Method::GET => Manner::Read,
        Endpoint::Feed(..)
        | Endpoint::Entry(..)
        | Endpoint::Statuses(_)
        | Endpoint::Status(..)
        | Endpoint::RecentStatuses(_)
        | Endpoint::Age(..)
        | Endpoint::LastEntryId(_)
        | Endpoint::LastAggregate(..) => Manner::Read,
        _ => Manner::Object,
    }
}

/// True if pages from elsewhere may ask here whether they may ask. The web app's own addresses are not for them.
fn welcomes(path: &str) -> bool {
    !matches!(path.split('/').find(|word| !word.is_empty()), Some("api" | "boards"))
}

/// The method that is meant: a POST may name another in `_method`, as forms do.
fn overridden(method: &Method, params: &Params) -> Method {
    match params
        .get("_method")
        .filter(|_| *method == Method::POST)
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some("put") => Method::PUT,
        Some("patch") => Method::PATCH,
        Some("delete") => Method::DELETE,
        _ => method.clone(),
    }
}

impl Ask<'_> {
    async fn answer(&self, endpoint: &Endpoint, method: &Method) -> Result<Reply, Refusal> {
        match endpoint {
            Endpoint::Update => self.update().await,
            Endpoint::BulkJson(id) => self.bulk(*id, false).await,
            Endpoint::BulkCsv(id) => self.bulk(*id, true).await,
            Endpoint::Feed(id, None) if *method == Method::DELETE => self.clear(*id).await,
            Endpoint::Feed(id, field) => self.feed(*id, *field).await,
            Endpoint::Entry(id, field, which) => self.one_entry(*id, *field, *which).await,
            Endpoint::Statuses(id) => self.statuses(*id).await,
            Endpoint::Status(id, which) => self.one_status(*id, *which).await,
            Endpoint::RecentStatuses(id) => self.recent_statuses(*id).await,
            Endpoint::Age(id, field) => self.age(*id, *field).await,
            Endpoint::LastEntryId(id) => self.last_entry_id(*id).await,
            Endpoint::LastAggregate(id, how) => self.last_aggregate(*id, *how).await,
            // What this needs while it waits shall not be part of the state of every connection.
            Endpoint::Channels if *method == Method::POST => Box::pin(self.create_channel()).await,
            Endpoint::Channels => self.list_channels().await,
            Endpoint::Channel(id) => match *method {
                Method::GET => self.show_channel(*id).await,
                Method::DELETE => self.delete_channel(*id).await,
                _ => self.change_channel(*id).await,
            },
            Endpoint::PublicChannels => self.public_channels().await,
            Endpoint::Clear(id) => self.clear(*id).await,
            Endpoint::Keys(id) if *method == Method::POST => self.make_key(*id).await,
            Endpoint::Keys(id) => self.list_keys(*id).await,
            Endpoint::Key(id, key) => self.remove_key(*id, *key).await,
            Endpoint::User(login) => self.show_user(login).await,
            Endpoint::UserChannels(login) => self.user_channels(login).await,
            Endpoint::SignIn => self.sign_in().await,
            Endpoint::ThingHttp => self.send_thinghttp().await,
            Endpoint::ThingTweet => Ok(self.tweet()),
            Endpoint::SendAlert => self.send_alert().await,
            Endpoint::AlertHistory => self.alert_history().await,
            Endpoint::Commands(id) => match *method {
                Method::GET => self.list_commands(*id).await,
                Method::POST => self.add_command(*id).await,
                _ => self.delete_commands(*id).await,
            },
            Endpoint::DestroyCommands(id) => self.delete_commands(*id).await,
            Endpoint::Execute(id) => self.execute(*id).await,
            Endpoint::LastCommand(id) => self.last_command(*id).await,
            Endpoint::Command(id, command) => match *method {
                Method::GET => self.show_command(*id, *command).await,
                Method::DELETE => self.delete_command(*id, *command).await,
                _ => self.change_command(*id, *command).await,
            },
            Endpoint::Acknowledge(id, command) => self.acknowledge(*id, *command).await,
            Endpoint::CrossDomain => Ok(Reply::ok(content_type::XML, CROSS_DOMAIN)),
            Endpoint::Nothing => Err(Refusal::NoRoute),
        }
    }

    /// The key that came with the request.
    fn key(&self) -> Option<&str> {
        self.request.key_of(&self.params)
    }

    /// The user who asks, by user key, or by `login` and `token`.
    async fn user(&self) -> Result<Arc<User>, Refusal> {
        match (self.key(), self.params.get("login"), self.params.get("token")) {
            (None, Some(login), Some(token)) => {
                let user = self.engine.user_of_key(Some(token)).await?;
                if user.login.eq_ignore_ascii_case(login) {
                    Ok(user)
                } else {
                    Err(Refusal::UserKeyUnknown)
                }
            }
            (key, ..) => self.engine.user_of_key(key).await,
        }
    }

    /// The zone in which the request reads and shows times.
    fn zone(&self) -> Zone {
        Zone::of_request(self.params.get("timezone"), self.params.get("offset"))
    }

    /// An answer in the format of the request; the text of `.json` may be wrapped in a call.
    fn json(&self, json: String) -> Reply {
        let callback =
            self.params.get("callback").map(str::trim).filter(|name| is_function_name(name));
        match callback {
            Some(name) => Reply::ok(content_type::SCRIPT, format!("{name}({json})")),
            None => Reply::ok(self.format.content_type(), json),
        }
    }

    /// A bare text between what the request wants before and after it.
    fn text(&self, text: &str) -> Reply {
        let part = |name| self.params.get(name).unwrap_or_default();
        Reply::ok(
            self.format.content_type(),
            format!("{}{text}{}", part("prepend"), part("append")),
        )
    }
}

/// True for what may stand before the brackets of a call: nothing that could be more than a name.
fn is_function_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.' | '[' | ']'))
}

const CROSS_DOMAIN: &str = "<?xml version=\"1.0\"?>\n<cross-domain-policy>\n  <allow-access-from domain=\"*\"/>\n</cross-domain-policy>\n";
