//! What is seen of devices: whether they are connected, what they last said on topics of their own, whether they called themselves
//! available. In memory and bounded; a restart forgets it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldpost_wire::Timestamp;
use fieldpost_wire::params::clean_utf8;

use super::lock;
use super::login::DeviceAccess;
use crate::engine::Engine;
use crate::news::{News, Novelty};

/// Of how many topics of a device the newest message is remembered.
const TOPICS_MAX: usize = 50;
/// How much of a message, in bytes.
const PAYLOAD_MAX: usize = 300;
/// How much of a topic, in bytes. Longer ones are passed over.
const TOPIC_MAX: usize = 256;
/// Of how many topics in all; beyond them devices that say more forget their own oldest.
const TOPICS_IN_ALL: usize = 20_000;
/// Of how many devices.
const DEVICES_MAX: usize = 50_000;
/// The least time between two tellings about a device; what comes between is told at its end.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// What is seen of all devices.
#[derive(Default)]
pub(crate) struct Presence {
    devices: Mutex<HashMap<String, Arc<Watched>>>,
    topics: AtomicUsize,
    serial: AtomicU64,
}

/// What is seen of a device.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeviceSeen {
    /// Whether it is connected.
    pub connected: bool,
    /// Since when it is, or is not; `None` if it was not seen since the server's start.
    pub since: Option<Timestamp>,
    /// From where it is connected, or was last.
    pub peer: Option<IpAddr>,
    /// What it, or its will, said last about being available, such as `Online`.
    pub availability: Option<String>,
    /// Its newest message on each topic outside `channels/`, newest first.
    pub topics: Vec<TopicSeen>,
}

/// The newest message of a device on a topic.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TopicSeen {
    /// The topic.
    pub topic: String,
    /// The beginning of the message, without what is no text.
    pub payload: String,
    /// When it came.
    pub at: Timestamp,
}

struct Watched {
    user: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seen: DeviceSeen,
    /// Which connection is the present one; one that was taken over says nothing about the device any more.
    connection: u64,
    /// The topic of its will, on which it says whether it is available.
    will: Option<String>,
    told: Option<Timestamp>,
    /// It will be told of at the end of the present second.
    pending: bool,
}

/// A device that is connected. When it is dropped, the device has gone.
pub struct Here {
    engine: Engine,
    client_id: Arc<str>,
    watched: Arc<Watched>,
    connection: u64,
}

impl Engine {
    /// Notes that a device has come. `will` is the topic of its will.
    pub fn device_came(&self, access: &DeviceAccess, peer: IpAddr, will: Option<&str>) -> Here {
        let presence = &self.devices_in_memory().presence;
        let watched = presence.watch(access);
        let connection = presence.serial.fetch_add(1, Ordering::Relaxed) + 1;
        {
            let mut state = lock(&watched.state);
            state.connection = connection;
            state.will = will.filter(|topic| topic.len() <= TOPIC_MAX).map(Into::into);
            state.seen.connected = true;
            state.seen.since = Some(self.now());
            state.seen.peer = Some(peer);
        }
        let client_id = access.client_id().into();
        let here = Here { engine: self.clone(), client_id, watched, connection };
        here.tell();
        here
    }

    /// What is seen of a device.
    pub fn device_seen(&self, client_id: &str) -> DeviceSeen {
        let watched = lock(&self.devices_in_memory().presence.devices).get(client_id).cloned();
        let mut seen = watched.map(|it| lock(&it.state).seen.clone()).unwrap_or_default();
        seen.topics.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.topic.cmp(&b.topic)));
        seen
    }

    /// Forgets what was seen of a device that is no more.
    pub(super) fn forget_device(&self, client_id: &str) {
        let presence = &self.devices_in_memory().presence;
        if let Some(gone) = lock(&presence.devices).remove(client_id) {
            presence.give_back(&gone);
        }
    }
}

impl Here {
    /// Notes a message of the device, or of its will, on a topic outside `channels/`.
    pub fn heard(&self, topic: &str, payload: &[u8]) {
        let now = self.engine.now();
        let presence = &self.engine.devices_in_memory().presence;
        {
            let mut state = lock(&self.watched.state);
            if state.connection != self.connection || topic.len() > TOPIC_MAX {
                return;
            }
            let payload = shown(payload);
            if state.will.as_deref() == Some(topic) {
                state.seen.availability = Some(payload.clone());
            }
            let topics = &mut state.seen.topics;
            if let Some(known) = topics.iter_mut().find(|known| known.topic == topic) {
                (known.payload, known.at) = (payload, now);
            } else {
                let full = topics.len() >= TOPICS_MAX
                    || (!topics.is_empty()
                        && presence.topics.load(Ordering::Relaxed) >= TOPICS_IN_ALL);
                if full {
                    let oldest = topics.iter().enumerate().min_by_key(|(_, seen)| seen.at);
                    if let Some((oldest, _)) = oldest {
                        topics.swap_remove(oldest);
                    }
                } else {
                    presence.topics.fetch_add(1, Ordering::Relaxed);
                }
                topics.push(TopicSeen { topic: topic.into(), payload, at: now });
            }
        }
        self.tell_soon(now);
    }

    /// True unless another connection of this device has come since.
    pub fn is_present(&self) -> bool {
        lock(&self.watched.state).connection == self.connection
    }

    /// Tells of the device, at once or at the end of the second in which it was told of.
    fn tell_soon(&self, now: Timestamp) {
        let wait = {
            let mut state = lock(&self.watched.state);
            let passed = state.told.map_or(u64::MAX, |told| now.millis().abs_diff(told.millis()));
            let every = TELL_EVERY.as_millis() as u64;
            if passed >= every {
                None
            } else if state.pending || !self.engine.has_readers() {
                return;
            } else {
                state.pending = true;
                Some(Duration::from_millis(every - passed))
            }
        };
        match (wait, tokio::runtime::Handle::try_current()) {
            (Some(wait), Ok(runtime)) => {
                let (engine, watched) = (self.engine.clone(), Arc::clone(&self.watched));
                let client_id = Arc::clone(&self.client_id);
                runtime.spawn(async move {
                    tokio::time::sleep(wait).await;
                    tell(&engine, &client_id, &watched);
                });
            }
            _ => self.tell(),
        }
    }

    fn tell(&self) {
        tell(&self.engine, &self.client_id, &self.watched);
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        {
            let mut state = lock(&self.watched.state);
            if state.connection != self.connection {
                return;
            }
            state.seen.connected = false;
            state.seen.since = Some(self.engine.now());
        }
        self.tell();
    }
}

impl Presence {
    fn watch(&self, access: &DeviceAccess) -> Arc<Watched> {
        let mut devices = lock(&self.devices);
        if let Some(known) = devices.get(access.client_id())
            && known.user == access.user()
        {
            return Arc::clone(known);
        }
        if devices.len() >= DEVICES_MAX {
            devices.retain(|_, watched| {
                let stays = lock(&watched.state).seen.connected;
                if !stays {
                    self.give_back(watched);
                }
                stays
            });
        }
        let watched = Arc::new(Watched { user: access.user(), state: Mutex::default() });
        if let Some(before) = devices.insert(access.client_id().into(), Arc::clone(&watched)) {
            self.give_back(&before); // a device of somebody else had this client id
        }
        watched
    }

    /// Frees the topics of a device that is forgotten, and lets no connection of it say more.
    fn give_back(&self, watched: &Watched) {
        let mut state = lock(&watched.state);
        self.topics.fetch_sub(state.seen.topics.len(), Ordering::Relaxed);
        *state = State::default();
    }
}

fn tell(engine: &Engine, client_id: &Arc<str>, watched: &Watched) {
    {
        let mut state = lock(&watched.state);
        state.told = Some(engine.now());
        state.pending = false;
    }
    let what = Novelty::Device(Arc::clone(client_id));
    engine.tell(News { user: watched.user, channel: None, what });
}

/// The beginning of a message, without what is no text.
fn shown(payload: &[u8]) -> String {
    let text = clean_utf8(&payload[..payload.len().min(PAYLOAD_MAX)]);
    text.chars().map(|c| if c.is_control() && c != '\n' { '·' } else { c }).collect()
}
