//! One live stream for many channels: server-sent events, resumed by the last ids that were seen.
//!
//! A browser allows six connections to a server, all its windows together; so a window has one for everything. How a listener joins
//! without a gap, and how one that falls behind is read back in, is in `crate::live`.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use fieldpost_engine::doctor::Attempt;
use fieldpost_engine::{Access, Engine, Refusal, What};
use fieldpost_store::{Role, User};
use fieldpost_wire::{ChannelId, EntryId};
use futures_util::future::select_all;
use futures_util::stream;
use http::HeaderMap;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval};

use super::channels::bad;
use super::news::Reader;
use super::{Asked, Dashboard, Problem, attempts, schema, view};
use crate::live::{CHANGED, Heard, Listener, changed_data};

/// How many channels one stream may have.
const CHANNELS_MAX: usize = 50;
/// How often something is sent when nothing happens, so that a broken connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often it is looked whether a stream may still be heard.
const LOOK: Duration = Duration::from_secs(3);

/// Hear what happens in many channels, over one connection
///
/// Events are `entry`, with the channel and the entry, `attempt`, and `changed` with the channel: entries of it were corrected, deleted
/// or put in, or it was cleared, so that what is shown of it must be read anew. An event's id holds how far each channel was told; a browser sends it
/// as `Last-Event-ID` when it comes back. With `news=1` there are also `command`, `run`, `device` and `relay`, each with the object as
/// it is now, of what belongs to whoever is signed in and of channels that are shared with them; `missed` says that some of these were
/// missed, so that what is shown must be read again.
#[utoipa::path(get, path = "/live", tag = "live",
    params(("channels" = String, Query, description = "Up to 50 channels, each with the last id that is known, such as `1:38,2:40`; one without an id begins at its newest"),
        ("strangers" = Option<u8>, Query, description = "1: also attempts that reached no channel"),
        ("news" = Option<u8>, Query, description = "1: also what becomes of commands, automations, devices and relays"),
        ("link" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, content_type = "text/event-stream", body = schema::Told)))]
pub(super) async fn live(
    State(Dashboard { engine, stop, .. }): State<Dashboard>,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = cursors(asked.params.get("channels").unwrap_or_default())?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let seen = seen.map(cursors).transpose()?.unwrap_or_default();
    let mut listeners = Vec::with_capacity(wanted.len());
    let mut told = BTreeMap::new();
    let mut roles = BTreeMap::new();
    // Listening begins before anything is read, so that no attempt is missed in between.
    let mut overheard = Overheard::new(&engine, &asked);
    let reader = Reader::join(&engine, &asked)?;
    for (id, known) in wanted {
        let Access { channel, role } = asked.access(&engine, id, What::Read).await?;
        roles.insert(id, role);
        if What::Edit.is_for(role) {
            overheard.channels.insert(channel.id);
        }
        // What the browser saw last counts more than where its page began.
        let known = seen.get(&id).copied().flatten().or(known);
        let listener = Listener::join(engine.clone(), channel.id, known).await?;
        told.insert(id, listener.seen());
        listeners.push(listener);
    }
    let right = Right::new(engine, asked, roles);
    let state = (listeners, told, overheard, reader, right);
    let events = stream::unfold(
        state,
        move |(mut listeners, mut told, mut overheard, mut reader, mut right)| {
            let stop = stop.clone();
            async move {
                let next = async {
                    if listeners.is_empty() {
                        return std::future::pending().await;
                    }
                    let each = listeners.iter_mut().map(|listener| {
                        Box::pin(async { (listener.channel(), listener.next().await) })
                    });
                    select_all(each).await.0
                };
                let event = tokio::select! {
                    (channel, heard) = pin!(next) => {
                        let (name, data) = match heard? {
                            Heard::Entry(entry) => {
                                told.insert(channel.get(), entry.id);
                                let entry = view::entry(&entry);
                                let data = schema::Told { channel: channel.get(), entry };
                                ("entry", serde_json::to_string(&data).ok()?)
                            }
                            Heard::Changed => {
                                // After a clearing ids begin anew.
                                let mine = listeners.iter().find(|one| one.channel() == channel);
                                told.insert(channel.get(), mine?.seen());
                                (CHANGED, changed_data(channel))
                            }
                        };
                        Event::default().event(name).id(cursor(&told)).data(data)
                    }
                    attempt = overheard.next() => {
                        let attempt = attempt?;
                        let data = serde_json::to_string(&attempts::view(&attempt)).ok()?;
                        Event::default().event("attempt").data(data)
                    }
                    event = async {
                        match &mut reader {
                            Some(reader) => reader.next().await,
                            None => std::future::pending().await,
                        }
                    } => event?,
                    () = right.ends() => return None,
                    () = stop.cancelled() => return None,
                };
                Some((Ok::<_, Infallible>(event), (listeners, told, overheard, reader, right)))
            }
        },
    );
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// The right by which a stream is heard. It may be taken back while the stream is open: a session ends, a share or a link is removed.
struct Right {
    engine: Engine,
    asked: Asked,
    roles: BTreeMap<u64, Option<Role>>,
    look: Interval,
}

impl Right {
    fn new(engine: Engine, asked: Asked, roles: BTreeMap<u64, Option<Role>>) -> Self {
        let look = tokio::time::interval_at(Instant::now() + LOOK, LOOK);
        Self { engine, asked, roles, look }
    }

    /// Returns when the right is not what it was. The browser comes again and is told how things stand.
    async fn ends(&mut self) {
        while {
            self.look.tick().await;
            self.holds().await
        } {}
    }

    async fn holds(&self) -> bool {
        if !self.asked.is_still_signed_in(&self.engine).await {
            return false;
        }
        for (id, role) in &self.roles {
            match self.asked.access(&self.engine, *id, What::Read).await {
                Ok(access) if access.role == *role => {}
                // A store that can't be asked for a moment takes no right away.
                Err(Refusal::Failed | Refusal::Busy) => {}
                _ => return false,
            }
        }
        true
    }
}

/// The attempts that whoever asks may hear of. One who falls behind misses some; the lists have them all the same.
struct Overheard {
    ring: Receiver<Arc<Attempt>>,
    channels: BTreeSet<ChannelId>,
    strangers: Option<(User, IpAddr)>,
}

impl Overheard {
    fn new(engine: &Engine, asked: &Asked) -> Self {
        let wanted = asked.params.get("strangers") == Some("1");
        let user = asked.user().ok().filter(|_| wanted).cloned();
        let strangers = user.map(|user| (user, asked.peer));
        Self { ring: engine.doctor().listen(), channels: BTreeSet::new(), strangers }
    }

    /// The next one; `None` if there will be none.
    async fn next(&mut self) -> Option<Arc<Attempt>> {
        loop {
            let attempt = match self.ring.recv().await {
                Ok(attempt) => attempt,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return None,
            };
            let mine = match (attempt.channel, &self.strangers) {
                (Some(channel), _) => self.channels.contains(&channel),
                (None, Some((user, peer))) => attempts::sees(user, *peer, &attempt),
                (None, None) => false,
            };
            if mine {
                return Some(attempt);
            }
        }
    }
}

/// Reads how far each channel was told: `1:38,2:40`, or `1,2`.
fn cursors(text: &str) -> Result<BTreeMap<u64, Option<EntryId>>, Refusal> {
    let mut all = BTreeMap::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (id, seen) = match part.split_once(':') {
            Some((id, seen)) => (id, Some(seen)),
            None => (part, None),
        };
        let seen = seen.map(str::parse).transpose();
        let (Ok(id), Ok(seen)) = (id.parse(), seen) else {
            return Err(bad(
                "channels are numbers, each with the last id that is known: 1:38,2:40",
            ));
        };
        all.insert(id, seen);
        if all.len() > CHANNELS_MAX {
            return Err(bad("one stream tells of 50 channels at most"));
        }
    }
    Ok(all)
}

fn cursor(told: &BTreeMap<u64, EntryId>) -> String {
    let each: Vec<String> = told.iter().map(|(id, seen)| format!("{id}:{seen}")).collect();
    each.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let told = BTreeMap::from([(1, EntryId::new(38)), (22, EntryId::new(0))]);
        assert_eq!(cursor(&told), "1:38,22:0");
        let read = cursors("1:38, 22:0,7").unwrap();
        assert_eq!(read[&1], Some(EntryId::new(38)));
        assert_eq!((read[&22], read[&7]), (Some(EntryId::new(0)), None));
        for bad in ["x", "1:x", "1:2:3", "-1"] {
            assert!(cursors(bad).is_err(), "{bad}");
        }
        let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
        assert!(cursors(&many.join(",")).is_err());
    }
}
