//! The live stream of a channel: server-sent events, one for each entry, resumed by the last id seen.
//!
//! Joining leaves no gap and doubles nothing: listen first, then read what was missed, then pass on what
//! comes, without the ids that were already sent. A listener that falls behind is read back in from the store. That entries were
//! corrected or deleted is an event of its own, `changed`: who shows them reads anew.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use fieldpost_engine::hub::Changed;
use fieldpost_engine::{Engine, Refusal};
use fieldpost_wire::feed::entry_json;
use fieldpost_wire::update::Bare;
use fieldpost_wire::{ChannelId, Entry, EntryId, Params, Zone};
use futures_util::stream;
use http::{HeaderMap, StatusCode, Uri};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;

use crate::say::error_code;

/// How many entries are read from the store at a time.
const PAGE: usize = 500;

/// The event that says that something else happened to entries than that some were added.
pub(crate) const CHANGED: &str = "changed";

/// Streams a channel's entries: all after the id in `Last-Event-ID` or `after`, then every new one.
pub(crate) async fn channel(
    State((engine, stop)): State<(Engine, CancellationToken)>,
    Path(id): Path<u64>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let params = Params::from_form(uri.query().unwrap_or_default().as_bytes());
    let seen = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .or_else(|| params.get("after"));
    let seen = seen.and_then(|text| text.trim().parse::<EntryId>().ok());
    match join(engine, id, params.key(), seen).await {
        Ok(listener) => {
            let events = stream::unfold(listener, move |mut listener| {
                let stop = stop.clone();
                async move {
                    let heard = tokio::select! {
                        heard = listener.next() => heard?,
                        () = stop.cancelled() => return None,
                    };
                    let (name, data) = match heard {
                        Heard::Entry(entry) => {
                            let channel = listener.channel;
                            ("entry", entry_json(channel, &entry, &Bare::default(), &Zone::Utc))
                        }
                        Heard::Changed => (CHANGED, changed_data(listener.channel)),
                    };
                    let event =
                        Event::default().event(name).id(listener.seen.to_string()).data(data);
                    Some((Ok::<_, Infallible>(event), listener))
                }
            });
            Sse::new(events)
                .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
                .into_response()
        }
        Err(refusal) => {
            let status = StatusCode::from_u16(error_code(&refusal).status())
                .unwrap_or(StatusCode::BAD_REQUEST);
            (status, format!("{refusal}\n")).into_response()
        }
    }
}

async fn join(
    engine: Engine,
    id: u64,
    key: Option<&str>,
    seen: Option<EntryId>,
) -> Result<Listener, Refusal> {
    let channel = ChannelId::new(id).ok_or(Refusal::NoChannel)?;
    engine.channel_to_read(channel, key).await?;
    Listener::join(engine, channel, seen).await
}

/// What a listener hears.
pub(crate) enum Heard {
    /// The next entry.
    Entry(Arc<Entry>),
    /// Entries were corrected, deleted or put in, or the channel was cleared: what is shown of it must be read anew.
    Changed,
}

/// What the event [`CHANGED`] says.
pub(crate) fn changed_data(channel: ChannelId) -> String {
    format!("{{\"channel\":{channel}}}")
}

/// Someone who listens to a channel, and how far they have come.
pub(crate) struct Listener {
    engine: Engine,
    channel: ChannelId,
    ring: Receiver<Arc<Entry>>,
    changes: Receiver<Changed>,
    /// True while a change was heard of and not passed on yet.
    changed: bool,
    /// The last id that was passed on.
    seen: EntryId,
    /// Entries read from the store that are not passed on yet.
    waiting: VecDeque<Entry>,
    /// True while the store may hold entries that did not come through the ring.
    behind: bool,
    /// True until the ring brings something new: so far it may repeat what the store gave.
    joining: bool,
}

impl Listener {
    /// Begins to listen after an id, or after the newest entry. The right to do so was checked.
    pub(crate) async fn join(
        engine: Engine,
        channel: ChannelId,
        seen: Option<EntryId>,
    ) -> Result<Self, Refusal> {
        let (ring, changes) = (engine.listen(channel), engine.listen_to_changes());
        let newest = engine.head(channel).await?.last.unwrap_or(EntryId::new(0));
        // An id above the newest one is from before the channel was cleared.
        let seen = seen.map_or(newest, |seen| if seen > newest { EntryId::new(0) } else { seen });
        let waiting = VecDeque::new();
        Ok(Self {
            engine,
            channel,
            ring,
            changes,
            changed: false,
            seen,
            waiting,
            behind: true,
            joining: true,
        })
    }

    /// What is listened to.
    pub(crate) fn channel(&self) -> ChannelId {
        self.channel
    }

    /// The last id that was passed on.
    pub(crate) fn seen(&self) -> EntryId {
        self.seen
    }

    /// What comes next; `None` if there will be nothing more. Giving up waiting loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        loop {
            if self.changed {
                self.begin_anew_if_cleared().await?;
                self.changed = false;
                return Some(Heard::Changed);
            }
            if let Some(entry) = self.waiting.pop_front() {
                self.seen = entry.id;
                return Some(Heard::Entry(Arc::new(entry)));
            }
            if self.behind {
                let page = self.engine.after(self.channel, self.seen, PAGE).await.ok()?;
                self.behind = page.len() == PAGE;
                self.waiting.extend(page);
                continue;
            }
            tokio::select! {
                change = self.changes.recv() => self.changed = match change {
                    Ok(change) => change.concerns(self.channel),
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => return None,
                },
                entry = self.ring.recv() => match entry {
                    // Ids only grow, except when the channel was cleared and begins anew.
                    Ok(entry) if entry.id > self.seen || !self.joining => {
                        self.joining = false;
                        self.seen = entry.id;
                        return Some(Heard::Entry(entry));
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => (self.behind, self.joining) = (true, true),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    /// After a change: an id above the newest is from before the channel was cleared. `None` if the channel is gone.
    async fn begin_anew_if_cleared(&mut self) -> Option<()> {
        let newest = match self.engine.head(self.channel).await {
            Ok(head) => head.last.unwrap_or(EntryId::new(0)),
            Err(Refusal::NoChannel) => return None,
            // It can be asked again when the next entry comes.
            Err(_) => return Some(()),
        };
        if newest < self.seen {
            self.seen = EntryId::new(0);
            self.waiting.clear();
            (self.behind, self.joining) = (true, true);
        }
        Some(())
    }
}
