//! The live stream of a channel: server-sent events, one for each entry, resumed by the last id seen.
//!
//! Joining leaves no gap and doubles nothing: listen first, then read what was missed, then pass on what
//! comes, without the ids that were already sent. A listener that falls behind is read back in from the store.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
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
                    let entry = tokio::select! {
                        entry = listener.next() => entry?,
                        () = stop.cancelled() => return None,
                    };
                    let data = entry_json(listener.channel, &entry, &Bare::default(), &Zone::Utc);
                    let event = Event::default().event("entry").id(entry.id.to_string()).data(data);
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

/// Someone who listens to a channel, and how far they have come.
pub(crate) struct Listener {
    engine: Engine,
    channel: ChannelId,
    ring: Receiver<Arc<Entry>>,
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
        let ring = engine.listen(channel);
        let newest = engine.head(channel).await?.last.unwrap_or(EntryId::new(0));
        // An id above the newest one is from before the channel was cleared.
        let seen = seen.map_or(newest, |seen| if seen > newest { EntryId::new(0) } else { seen });
        let waiting = VecDeque::new();
        Ok(Self { engine, channel, ring, seen, waiting, behind: true, joining: true })
    }

    /// What is listened to.
    pub(crate) fn channel(&self) -> ChannelId {
        self.channel
    }

    /// The last id that was passed on.
    pub(crate) fn seen(&self) -> EntryId {
        self.seen
    }

    /// The next entry; `None` if there will be none. Giving up waiting loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Arc<Entry>> {
        loop {
            if let Some(entry) = self.waiting.pop_front() {
                self.seen = entry.id;
                return Some(Arc::new(entry));
            }
            if self.behind {
                let page = self.engine.after(self.channel, self.seen, PAGE).await.ok()?;
                self.behind = page.len() == PAGE;
                self.waiting.extend(page);
                continue;
            }
            match self.ring.recv().await {
                // Ids only grow, except when the channel was cleared and begins anew.
                Ok(entry) if entry.id > self.seen || !self.joining => {
                    self.joining = false;
                    self.seen = entry.id;
                    return Some(entry);
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => (self.behind, self.joining) = (true, true),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
