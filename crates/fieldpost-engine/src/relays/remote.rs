//! The other side: where it is, how it is asked, and what its answers mean.

use fieldpost_store::relays::{Relay, Tongue};
use fieldpost_wire::{Params, Timestamp, Update, Zone};
use serde_json::Value;

use crate::engine::Engine;
use crate::outside::{HttpAnswer, HttpCall, Trouble};

/// How long an ordinary answer may take, in milliseconds.
pub(super) const PATIENCE_MS: u64 = 60_000;
/// The least time between two calls to a server that is not known to be ours, in milliseconds: the cloud service's rule for bulk updates,
/// and a polite interval for reading.
pub(super) const POLITE_MS: i64 = 15_000;
/// The most that is read of a feed, in bytes: 8,000 entries of boards are a fraction of it. A longer one is asked for in shorter pieces.
const FEED_MAX: usize = 12 << 20;
const ANSWER_MAX: usize = 64 << 10;

/// The cloud service, whichever of its names is used.
const CLOUD: &str = "thingspeak.com";

/// Why a step was not done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Snag {
    /// It may go well another time.
    Passing(String),
    /// The other side wants us to wait so many milliseconds.
    Wait(i64, String),
    /// It stays so until somebody changes something.
    Lasting(String),
    /// There is more than is read at once; less must be asked for.
    Large,
}

impl From<Trouble> for Snag {
    fn from(trouble: Trouble) -> Self {
        if trouble.again { Self::Passing(trouble.says) } else { Self::Lasting(trouble.says) }
    }
}

/// A channel on the other server.
#[derive(Clone, Copy)]
pub(crate) struct Remote<'a> {
    pub(crate) engine: &'a Engine,
    /// The server's address.
    pub(crate) server: &'a str,
    /// The channel there.
    pub(crate) channel: u64,
    /// The key that opens it; empty for none.
    pub(crate) key: &'a str,
    /// Somebody who may agreed to a private network.
    pub(crate) private: bool,
    /// What helps after the cause is gone.
    pub(crate) then: &'static str,
}

/// What a feed of the other side says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Feed {
    /// The newest id there; 0 for none.
    pub(crate) last: u64,
    /// Its entries.
    pub(crate) entries: Vec<(u64, Update)>,
}

/// What names a server, whichever way it is written: the cloud service has several names.
pub(crate) fn place(server: &str) -> String {
    let (scheme, rest) = server.split_once("://").unwrap_or(("http", server));
    let rest = rest.to_lowercase();
    let (host, path) = rest.split_once('/').unwrap_or((&rest, ""));
    let end = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let host = host.strip_suffix(end).unwrap_or(host).trim_end_matches('.');
    if host == CLOUD || host.strip_suffix(CLOUD).is_some_and(|sub| sub.ends_with('.')) {
        return CLOUD.into();
    }
    format!("{host}/{path}")
}

/// Whether a server is the cloud service.
pub(crate) fn is_cloud(server: &str) -> bool {
    place(server) == CLOUD
}

impl<'a> Remote<'a> {
    pub(super) fn of(engine: &'a Engine, relay: &'a Relay) -> Self {
        let settings = &relay.settings;
        Self {
            engine,
            server: &settings.server,
            channel: settings.remote_channel,
            key: &settings.key.0,
            private: settings.private,
            then: "switch the relay on again",
        }
    }

    fn name(&self) -> &str {
        self.server.split_once("://").map_or(self.server, |(_, rest)| rest)
    }

    /// Finds out how the other side is spoken to. The cloud service is known by its name.
    pub(crate) async fn tongue(&self) -> Result<Tongue, Snag> {
        if is_cloud(self.server) {
            return Ok(Tongue::Thingspeak);
        }
        let answer = self.get("/api/v1/server", PATIENCE_MS, ANSWER_MAX).await?;
        let known: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let ours =
            known.is_some_and(|known| known["version"].is_string() && known["set_up"].is_boolean());
        Ok(if answer.status == 200 && ours { Tongue::Fieldpost } else { Tongue::Thingspeak })
    }

    /// Asks for something below the channel, in the form of JSON.
    pub(crate) async fn read(&self, below: &str) -> Result<Value, Snag> {
        let path = format!("/channels/{}/{below}", self.channel);
        let answer = self.get(&path, PATIENCE_MS, FEED_MAX).await?;
        self.json(&answer)
    }

    /// Asks for entries with everything in them.
    pub(crate) async fn feed(&self, which: &str) -> Result<Feed, Snag> {
        let json = self.read(&format!("feeds.json?{which}&status=true&location=true")).await?;
        Feed::read(&json).ok_or_else(|| self.nonsense())
    }

    /// Asks a Fieldpost for up to 500 entries after an id, with their exact times, in the order of their ids.
    pub(super) async fn entries(&self, after: u64) -> Result<Feed, Snag> {
        let (channel, key) = (self.channel, self.key);
        let path = format!("/api/v1/channels/{channel}/entries?limit=500&after={after}&key={key}");
        let json = self.json(&self.get(&path, PATIENCE_MS, FEED_MAX).await?)?;
        let list = json["entries"].as_array().ok_or_else(|| self.nonsense())?;
        let entries = list.iter().rev().map(exact_entry).collect::<Option<_>>();
        let last = json["last_id"].as_u64().ok_or_else(|| self.nonsense())?;
        Ok(Feed { last, entries: entries.ok_or_else(|| self.nonsense())? })
    }

    /// Asks a Fieldpost for up to 500 entries before an id, with their exact times, and whether there are more before those.
    pub(crate) async fn entries_before(
        &self,
        before: u64,
    ) -> Result<(Vec<(u64, Update)>, bool), Snag> {
        let (channel, key) = (self.channel, self.key);
        let path =
            format!("/api/v1/channels/{channel}/entries?limit=500&before={before}&key={key}");
        let json = self.json(&self.get(&path, PATIENCE_MS, FEED_MAX).await?)?;
        let list = json["entries"].as_array().ok_or_else(|| self.nonsense())?;
        let entries = list.iter().rev().map(exact_entry).collect::<Option<_>>();
        Ok((entries.ok_or_else(|| self.nonsense())?, json["more"] == true))
    }

    /// Waits at a Fieldpost until there is something after an id, for 30 seconds at most.
    pub(super) async fn held(&self, after: u64) -> Result<(), Snag> {
        let path = format!("/channels/{}/feeds/last.json?after={after}&wait=30", self.channel);
        self.get(&path, PATIENCE_MS, ANSWER_MAX).await.map(drop)
    }

    /// Sends JSON.
    pub(super) async fn post(&self, path: &str, body: Vec<u8>) -> Result<HttpAnswer, Snag> {
        let kind = ("Content-Type".into(), "application/json".into());
        let mut call = self.call("POST", path, PATIENCE_MS, ANSWER_MAX);
        call.body = body;
        call.headers.push(kind);
        Ok(self.engine.outside().http(call).await?)
    }

    /// Asks for any object of the other side, in the form of JSON.
    pub(crate) async fn object(&self, path: &str) -> Result<Value, Snag> {
        self.json(&self.get(path, PATIENCE_MS, ANSWER_MAX).await?)
    }

    async fn get(&self, path: &str, timeout_ms: u64, max: usize) -> Result<HttpAnswer, Snag> {
        let mut call = self.call("GET", path, timeout_ms, max);
        if !self.key.is_empty() {
            // In a header: addresses are written down in more places.
            call.headers.push(("X-THINGSPEAKAPIKEY".into(), self.key.into()));
        }
        Ok(self.engine.outside().http(call).await?)
    }

    fn call(&self, method: &str, path: &str, timeout_ms: u64, max_body: usize) -> HttpCall {
        HttpCall {
            method: method.into(),
            url: format!("{}{path}", self.server),
            headers: Vec::new(),
            body: Vec::new(),
            user_password: None,
            timeout_ms,
            private_ok: self.private || self.engine.limits().private_targets,
            max_body,
        }
    }

    fn json(&self, answer: &HttpAnswer) -> Result<Value, Snag> {
        match answer.status {
            200 if answer.body.len() >= FEED_MAX => Err(Snag::Large),
            200 => serde_json::from_slice(&answer.body).map_err(|_| self.nonsense()),
            _ => Err(self.no(answer)),
        }
    }

    /// What an answer means that is not "yes".
    pub(super) fn no(&self, answer: &HttpAnswer) -> Snag {
        let (name, channel) = (self.name(), self.channel);
        let header = |wanted: &str| {
            answer
                .headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, v)| v)
        };
        let denied = matches!(answer.body.trim_ascii(), b"-1" | b"0" | b"\"-1\"" | b"\"0\"");
        match answer.status {
            401 | 403 => self.wrong_key(),
            400 if denied => self.wrong_key(),
            404 => Snag::Lasting(format!(
                "{name} has no channel {channel}, or this key does not open it; check both, then {}",
                self.then
            )),
            429 => {
                let told = header("retry-after").and_then(|wait| wait.trim().parse::<i64>().ok());
                let wait = told.map_or(POLITE_MS, |seconds| seconds.clamp(1, 3_600) * 1_000);
                Snag::Wait(wait, format!("{name} asks for more time between two calls"))
            }
            300..=399 => {
                let to = header("location").map_or("", String::as_str);
                let to = to.split('?').next().unwrap_or_default();
                Snag::Lasting(format!(
                    "{name} sends on to another address ({to}); enter that one, if it is the right one"
                ))
            }
            status => Snag::Passing(format!("{name} answered with {status}")),
        }
    }

    pub(super) fn wrong_key(&self) -> Snag {
        let (name, channel) = (self.name(), self.channel);
        Snag::Lasting(format!(
            "{name} does not take this key for channel {channel}; put the right one in"
        ))
    }

    fn nonsense(&self) -> Snag {
        Snag::Passing(format!("what {} answered is no feed of a channel", self.name()))
    }
}

impl Feed {
    fn read(json: &Value) -> Option<Self> {
        let channel = json.get("channel")?;
        let entries = json.get("feeds")?.as_array()?.iter().map(entry).collect::<Option<_>>()?;
        Some(Self { last: channel["last_entry_id"].as_u64().unwrap_or_default(), entries })
    }
}

/// Reads an entry of a feed: times in whole seconds.
pub(crate) fn entry(json: &Value) -> Option<(u64, Update)> {
    let id = json.get("entry_id")?.as_u64()?;
    let at = json.get("created_at")?.as_str().and_then(time)?;
    Some((id, update(at, json.as_object()?.iter())))
}

/// Reads an entry as a Fieldpost shows it to the web app.
fn exact_entry(json: &Value) -> Option<(u64, Update)> {
    let id = json.get("entry_id")?.as_u64()?;
    let at = Timestamp::from_millis(json.get("created_at")?.as_i64()?);
    let fields = json.get("fields")?.as_object()?.iter();
    Some((id, update(at, json.as_object()?.iter().chain(fields))))
}

fn time(text: &str) -> Option<Timestamp> {
    Zone::Utc.parse(text)
}

/// Makes an update of names and values, as the door does; what is no value of an entry is passed over.
fn update<'a>(at: Timestamp, members: impl Iterator<Item = (&'a String, &'a Value)>) -> Update {
    let mut params = Params::default();
    for (name, value) in members.filter(|(name, _)| *name != "created_at") {
        match value {
            Value::String(text) => params.set(name, text),
            Value::Number(number) => params.set(name, &number.to_string()),
            _ => {}
        }
    }
    Update { created_at: Some(at), ..Update::from_params(&params, &Zone::Utc, "IP_ADDRESS") }
}
