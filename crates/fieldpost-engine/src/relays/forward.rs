//! Forwarding: entries of a channel go to a channel of another server, in order of their ids, with their times.
//!
//! A position is passed only when the other side has said yes. After a crash or a lost answer the same entries are sent again under the
//! same times, and a server that takes bulk updates passes over what it has.

use fieldpost_store::relays::{Relay, RelayProgress, Tongue};
use fieldpost_wire::{Entry, EntryId, FieldNo, Timestamp};
use serde_json::{Map, Value, json};

use super::remote::{POLITE_MS, Remote, Snag};
use super::runner::{Step, Then};
use crate::engine::Engine;

/// The most entries in a call: the limit of a free account of the cloud service.
pub(super) const BATCH_MAX: usize = 960;
/// The longest body of a call, in bytes, give or take an entry.
const BODY_MAX: usize = 1 << 20;
/// The least time between two calls to a Fieldpost, in milliseconds: each notes how far it is, which takes a turn at the disk.
const GAP_MS: i64 = 1_000;

/// The time of the last entry, and the time under which it was sent.
type Sent = Option<(i64, i64)>;

/// How much is sent at once, and whether the last call may have arrived without an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) size: usize,
    pub(super) unsure: bool,
}

/// Sends what comes next.
pub(super) async fn step(engine: &Engine, relay: &Relay, pace: &mut Pace) -> Result<Step, Snag> {
    let mut progress = relay.progress.clone();
    let ours = |refusal: crate::Refusal| Snag::Passing(refusal.to_string());
    let last = engine.head(relay.channel).await.map_err(ours)?.last.map_or(0, EntryId::get);
    if progress.position > last {
        progress.position = 0; // the channel was cleared, its ids begin at 1 again
    }
    let from = EntryId::new(progress.position);
    let entries = engine.after(relay.channel, from, pace.size).await.map_err(ours)?;
    progress.behind = Some(last.saturating_sub(progress.position));
    if entries.is_empty() {
        // What is not there any more was deleted, and is not behind.
        progress.position = last.max(progress.position);
        progress.behind = Some(0);
        return Ok(Step { progress, then: Then::News });
    }
    let remote = Remote::of(engine, relay);
    let tongue = match progress.tongue {
        Some(tongue) => tongue,
        None => remote.tongue().await?,
    };
    progress.tongue = Some(tongue);
    let done = match tongue {
        Tongue::Single => single(&remote, relay, &entries[0], &mut progress, pace).await?,
        _ => bulk(&remote, relay, &entries, &mut progress, pace).await?,
    };
    if let Some(done) = done {
        progress.position = done.get();
        progress.behind = Some(last.saturating_sub(done.get()));
    }
    let gap = if tongue == Tongue::Fieldpost { GAP_MS } else { POLITE_MS };
    Ok(Step { progress, then: Then::At(engine.now().millis() + gap) })
}

/// Sends many entries at once; gives the last that is done.
async fn bulk(
    remote: &Remote<'_>,
    relay: &Relay,
    entries: &[Entry],
    progress: &mut RelayProgress,
    pace: &mut Pace,
) -> Result<Option<EntryId>, Snag> {
    let exact = progress.tongue == Some(Tongue::Fieldpost);
    let (updates, done, sent) = updates(entries, exact, progress.sent);
    let body = json!({ "write_api_key": relay.settings.key.0, "updates": updates });
    let path = format!("/channels/{}/bulk_update.json", relay.settings.remote_channel);
    let answer = remote.post(&path, body.to_string().into_bytes()).await?;
    match answer.status {
        200 | 202 => {
            pace.size = (pace.size * 2).min(BATCH_MAX);
            progress.sent = sent;
            Ok(Some(done))
        }
        // No such channel, or no bulk updates? A channel that can be read is there.
        404 | 405 | 501 if !exact => {
            remote.read("feeds.json?results=0").await?;
            progress.tongue = Some(Tongue::Single);
            Ok(None)
        }
        // Something in it can't be taken: less of it says what.
        400 | 413 if updates.len() > 1 => {
            pace.size = (updates.len() / 2).max(1);
            Err(Snag::Wait(POLITE_MS, format!("{} entries at once were too much", updates.len())))
        }
        400 | 413 => Err(Snag::Passing(format!(
            "the other server does not take entry {}: it answered with {}",
            entries[0].id, answer.status
        ))),
        _ => Err(remote.no(&answer)),
    }
}

/// Sends one entry, if it did not arrive before; gives it back when it is done.
async fn single(
    remote: &Remote<'_>,
    relay: &Relay,
    entry: &Entry,
    progress: &mut RelayProgress,
    pace: &mut Pace,
) -> Result<Option<EntryId>, Snag> {
    let (mut updates, _, sent) = updates(std::slice::from_ref(entry), false, progress.sent);
    let at = sent.map_or(0, |(_, at)| at);
    let mut update = updates.pop().unwrap_or_default();
    let mut done = pace.unsure && is_there(remote, at, entry).await?;
    if !done {
        update.insert("api_key".into(), Value::String(relay.settings.key.0.clone()));
        let body = Value::Object(update).to_string().into_bytes();
        pace.unsure = true;
        let answer = remote.post("/update.json", body).await?;
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status != 200 {
            return Err(remote.no(&answer));
        }
        if let Some(other) = said["channel_id"].as_u64()
            && other != relay.settings.remote_channel
        {
            return Err(Snag::Lasting(format!(
                "this write key belongs to channel {other}, not {}, and one entry went there; put the right key in",
                relay.settings.remote_channel
            )));
        }
        // "0" says too soon, or that there is one of that time.
        let taken = said["entry_id"].as_u64().or_else(|| said.as_u64()).is_some_and(|id| id > 0);
        done = taken || is_there(remote, at, entry).await?;
    }
    if !done {
        return Err(Snag::Wait(POLITE_MS, "the other server takes updates more slowly".into()));
    }
    pace.unsure = false;
    progress.sent = sent;
    Ok(Some(entry.id))
}

/// Whether the other side has an entry of this time with these values, as far as it shows them.
async fn is_there(remote: &Remote<'_>, at: i64, entry: &Entry) -> Result<bool, Snag> {
    let at = Timestamp::from_millis(at);
    let feed = remote.feed(&format!("start={at}&end={at}&results=100")).await?;
    let shows = |(_, update): &(u64, fieldpost_wire::Update)| {
        let both = FieldNo::ALL.map(|no| (update.values.field(no), entry.values.field(no)));
        update.created_at.is_some_and(|time| time.seconds() == at.seconds())
            && both.iter().all(|(there, here)| there.is_none() || there == here)
    };
    Ok(feed.entries.iter().any(shows))
}

/// The entries as updates, as many as one call may hold; the last of them, its time, and the time under which it is sent.
///
/// A Fieldpost is told the exact times. Others know whole seconds and want each but once in a channel, so an entry that is not older than
/// the one before goes to the second after that one's, if its own is taken. That comes out the same each time.
fn updates(
    entries: &[Entry],
    exact: bool,
    mut sent: Sent,
) -> (Vec<Map<String, Value>>, EntryId, Sent) {
    let (mut updates, mut size) = (Vec::with_capacity(entries.len()), 0);
    let mut done = EntryId::new(0);
    for entry in entries {
        if size > BODY_MAX {
            break;
        }
        let mut at = entry.created_at.millis();
        if !exact {
            let second = entry.created_at.seconds() * 1_000;
            at = match sent {
                Some((before, under)) if before <= second => second.max(under + 1_000),
                _ => second,
            };
            sent = Some((second, at));
        }
        let update = update(entry, at);
        size += 40
            + update.values().filter_map(Value::as_str).map(|text| text.len() + 14).sum::<usize>();
        updates.push(update);
        done = entry.id;
    }
    (updates, done, sent)
}

fn update(entry: &Entry, at: i64) -> Map<String, Value> {
    let values = &entry.values;
    let civil = Timestamp::from_millis(at).civil(0);
    let time = match at.rem_euclid(1_000) {
        0 => format!("{civil}Z"),
        millis => format!("{civil}.{millis:03}Z"),
    };
    let fields = FieldNo::ALL.map(|no| (no.name(), values.field(no)));
    let more = [
        ("created_at", Some(time.as_str())),
        ("latitude", values.latitude.as_deref()),
        ("longitude", values.longitude.as_deref()),
        ("elevation", values.elevation.as_deref()),
        ("status", values.status.as_deref()),
    ];
    let all = more.into_iter().chain(fields);
    all.filter_map(|(name, value)| Some((name.to_string(), Value::String(value?.into())))).collect()
}
