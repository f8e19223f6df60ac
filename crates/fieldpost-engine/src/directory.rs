//! Remembers which key opens which channel, so that an update costs no look-up in the store.
//!
//! Entries of this cache are made on demand and all forgotten when the store's version moves, which also
//! tells of changes that another process made (the command line on the same folder). A change is seen within
//! [`FRESH`]; changes made through the engine are seen at once. A miss always asks the store.
//!
//! Only one looks at the store's version at a time, and early, so that updates do not wait for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use fieldpost_store::{Device, Role, Store, StoreError, User};
use fieldpost_wire::{ApiKey, Channel, ChannelId, Timestamp};

/// How long the cache is believed without asking the store whether anything changed.
const FRESH: Duration = Duration::from_millis(250);

/// After how long somebody looks, while the others still believe the cache.
const EARLY: Duration = Duration::from_millis(125);

/// When the cache holds more than this it starts over, so that it can't grow without bound.
const MOST: usize = 100_000;

pub(crate) struct Directory {
    store: Arc<dyn Store>,
    known: RwLock<Known>,
    /// Held by whoever looks at the store's version.
    turn: tokio::sync::Mutex<()>,
    /// True while somebody looks early.
    looks: AtomicBool,
}

struct Known {
    version: u64,
    checked: Option<Instant>,
    /// How often all was forgotten: a look that began before does not count.
    forgotten: u64,
    channels: HashMap<ChannelId, Arc<Channel>>,
    by_write_key: HashMap<ApiKey, Arc<Channel>>,
    users: HashMap<ApiKey, Arc<User>>,
    devices: HashMap<String, Arc<Device>>,
    /// What users are to channels of others; `None` for nothing.
    roles: HashMap<(ChannelId, u64), Arc<Option<Role>>>,
}

impl Directory {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        let known = Known {
            version: 0,
            checked: None,
            forgotten: 0,
            channels: HashMap::new(),
            by_write_key: HashMap::new(),
            users: HashMap::new(),
            devices: HashMap::new(),
            roles: HashMap::new(),
        };
        let (turn, looks) = (tokio::sync::Mutex::new(()), AtomicBool::new(false));
        Self { store, known: RwLock::new(known), turn, looks }
    }

    /// Finds the channel that a write key opens at this time.
    pub(crate) async fn by_write_key(
        self: &Arc<Self>,
        key: ApiKey,
        now: Timestamp,
    ) -> Result<Option<Arc<Channel>>, StoreError> {
        self.find(
            move |known| {
                let channel = known.by_write_key.get(&key)?;
                // A key that was retiring when it was remembered may have ended since.
                channel.writes_with(&key, now).then(|| Arc::clone(channel))
            },
            move |store| store.channel_of_write_key(&key, now),
            Known::remember_channel,
        )
        .await
    }

    /// Finds a channel by its id.
    pub(crate) async fn channel(
        self: &Arc<Self>,
        id: ChannelId,
    ) -> Result<Option<Arc<Channel>>, StoreError> {
        self.find(
            move |known| known.channels.get(&id).map(Arc::clone),
            move |store| store.channel(id),
            Known::remember_channel,
        )
        .await
    }

    /// Finds the user whom a user key belongs to.
    pub(crate) async fn user(
        self: &Arc<Self>,
        key: ApiKey,
    ) -> Result<Option<Arc<User>>, StoreError> {
        self.find(
            move |known| known.users.get(&key).map(Arc::clone),
            move |store| store.user_of_key(&key),
            |known, user: Arc<User>| {
                known.users.insert(user.api_key, user);
            },
        )
        .await
    }

    /// Finds a device by its client id.
    pub(crate) async fn device(
        self: &Arc<Self>,
        client_id: String,
    ) -> Result<Option<Arc<Device>>, StoreError> {
        let id = client_id.clone();
        self.find(
            move |known| known.devices.get(&id).map(Arc::clone),
            move |store| store.device(&client_id),
            |known, device: Arc<Device>| {
                known.devices.insert(device.client_id.clone(), device);
            },
        )
        .await
    }

    /// Tells what a user is to a channel that is shared.
    pub(crate) async fn role(
        self: &Arc<Self>,
        channel: ChannelId,
        user: u64,
    ) -> Result<Option<Role>, StoreError> {
        let found = self.find(
            move |known| known.roles.get(&(channel, user)).map(Arc::clone),
            move |store| store.role(channel, user).map(Some),
            move |known, role| {
                known.roles.insert((channel, user), role);
            },
        );
        Ok(found.await?.and_then(|role| *role))
    }

    /// Reads the store's version. Whoever looks again because of it is not answered from before.
    pub(crate) async fn version(self: &Arc<Self>) -> Result<u64, StoreError> {
        let this = Arc::clone(self);
        let forgotten = self.read().forgotten;
        let read = blocking(move || {
            let version = this.store.version()?;
            this.write().freshen(version, forgotten);
            Ok(version)
        });
        read.await
    }

    /// Forgets everything, after a change made through the engine.
    pub(crate) fn forget(&self) {
        let mut known = self.write();
        known.checked = None;
        known.forgotten += 1;
    }

    async fn find<T: Send + Sync + 'static>(
        self: &Arc<Self>,
        look: impl Fn(&Known) -> Option<Arc<T>>,
        ask: impl FnOnce(&dyn Store) -> Result<Option<T>, StoreError> + Send + 'static,
        remember: impl FnOnce(&mut Known, Arc<T>) + Send + 'static,
    ) -> Result<Option<Arc<T>>, StoreError> {
        {
            let known = self.read();
            let age = known.age();
            if age < FRESH
                && let Some(found) = look(&known)
            {
                if age >= EARLY {
                    self.look_early();
                }
                return Ok(Some(found));
            }
        }
        let version = self.freshen().await?;
        if let Some(found) = look(&self.read()) {
            return Ok(Some(found));
        }
        let this = Arc::clone(self);
        blocking(move || {
            let Some(found) = ask(&*this.store)?.map(Arc::new) else { return Ok(None) };
            let mut known = this.write();
            // What was read may be older than a change that came in between; then it is not kept.
            if known.version == version {
                remember(&mut known, Arc::clone(&found));
            }
            Ok(Some(found))
        })
        .await
    }

    /// Looks at the store's version, unless somebody else has just done so, and gives it.
    async fn freshen(self: &Arc<Self>) -> Result<u64, StoreError> {
        let _turn = self.turn.lock().await;
        loop {
            {
                let known = self.read();
                if known.age() < EARLY {
                    return Ok(known.version);
                }
            }
            // What is forgotten meanwhile is looked at anew.
            self.version().await?;
        }
    }

    /// Has somebody look at the store's version while the cache is still believed.
    fn look_early(self: &Arc<Self>) {
        if !self.looks.swap(true, Ordering::AcqRel) {
            let this = Arc::clone(self);
            tokio::spawn(async move {
                // If that fails, whoever needs it next is told so.
                let _ = this.freshen().await;
                this.looks.store(false, Ordering::Release);
            });
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Known> {
        // A cache may be dropped at any time, so a panic in another thread does no harm here.
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn age(&self) -> Duration {
        self.checked.map_or(Duration::MAX, |checked| checked.elapsed())
    }

    fn freshen(&mut self, version: u64, forgotten: u64) {
        let keys = self.by_write_key.len() + self.users.len();
        let full = self.channels.len() + keys + self.devices.len() + self.roles.len() > MOST;
        if self.version != version || full {
            self.version = version;
            self.channels.clear();
            self.by_write_key.clear();
            self.users.clear();
            self.devices.clear();
            self.roles.clear();
        }
        if self.forgotten == forgotten {
            self.checked = Some(Instant::now());
        }
    }

    fn remember_channel(&mut self, channel: Arc<Channel>) {
        for old in &channel.retiring {
            self.by_write_key.insert(old.key, Arc::clone(&channel));
        }
        self.by_write_key.insert(channel.write_key, Arc::clone(&channel));
        self.channels.insert(channel.id, channel);
    }
}

/// Runs a call that waits for the disk off the event loop.
pub(crate) async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(call).await {
        Ok(answer) => answer,
        Err(error) => Err(StoreError::Failed(Box::new(error))),
    }
}
