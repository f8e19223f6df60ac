//! The engine's only public face: submit, read, listen, and the accounts behind them. Cheap to clone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use fieldpost_store::{Head, Repeats, Store, Submission, User};
use fieldpost_wire::query::Span;
use fieldpost_wire::{ApiKey, Channel, ChannelId, Entry, Timestamp, Update};
use tokio::sync::{Semaphore, SemaphorePermit, broadcast};

use crate::accounts::Accounts;
use crate::automations::Shared;
use crate::believed;
use crate::devices::Devices;
use crate::directory::{Directory, blocking};
use crate::doctor::Doctor;
use crate::hub::{Changed, Hub, Told, Way};
use crate::imports::Imports;
use crate::limits::Limits;
use crate::meters::Meters;
use crate::news::Newsroom;
use crate::outside::WayOut;
use crate::refusal::Refusal;
use crate::relays::Relays;
use crate::retention::Retention;
use crate::talkbacks::Bells;
use crate::writer::Writer;

/// Where the engine gets the time from. Programs pass the system's clock, tests their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How many long stretches of channels are read at once, and how many may wait for that: each takes a thread.
const SCANS: usize = 4;
const SCANS_WAITING: usize = 60;

/// How often it is looked whether another process has changed something.
const LOOK_EVERY: Duration = Duration::from_secs(2);

const IN_BULK: Way = Way { bulk: true, hops: 0 };

/// The server without doors.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    directory: Arc<Directory>,
    hub: Arc<Hub>,
    writer: Writer,
    limits: Limits,
    meters: Arc<Meters>,
    clock: Clock,
    doctor: Doctor,
    accounts: Accounts,
    devices: Devices,
    news: Newsroom,
    bells: Bells,
    scans: Semaphore,
    scan_room: Semaphore,
    way_out: WayOut,
    automations: Shared,
    relays: Relays,
    imports: Imports,
    /// By how much the store's version was moved from here.
    own_changes: AtomicU64,
    retention: Retention,
}

/// What keeps running behind an [`Engine`].
pub struct Running {
    engine: Engine,
    writer: JoinHandle<()>,
}

/// Held while a long stretch is read.
pub(crate) struct ScanTurn<'a> {
    _turn: SemaphorePermit<'a>,
    _room: SemaphorePermit<'a>,
}

/// An update that is on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The channel it went to.
    pub channel: Arc<Channel>,
    /// What it became: one.
    entries: Arc<[Entry]>,
}

impl Accepted {
    /// What it became.
    pub fn entry(&self) -> &Entry {
        &self.entries[0]
    }
}

impl Engine {
    /// Starts an engine on a store.
    ///
    /// # Errors
    /// If the writer's thread can't be started.
    pub fn start(
        store: Arc<dyn Store>,
        limits: Limits,
        clock: Clock,
    ) -> std::io::Result<(Self, Running)> {
        let hub = Arc::new(Hub::default());
        let meters = Arc::new(Meters::default());
        let (writer, thread) =
            Writer::start(Arc::clone(&store), Arc::clone(&hub), Arc::clone(&meters))?;
        let inner = Inner {
            directory: Arc::new(Directory::new(Arc::clone(&store))),
            store,
            hub,
            writer,
            limits,
            meters,
            clock,
            doctor: Doctor::default(),
            accounts: Accounts::new(),
            devices: Devices::default(),
            news: Newsroom::default(),
            bells: Bells::default(),
            scans: Semaphore::new(SCANS),
            scan_room: Semaphore::new(SCANS + SCANS_WAITING),
            way_out: WayOut::default(),
            automations: Shared::default(),
            relays: Relays::default(),
            imports: Imports::default(),
            own_changes: AtomicU64::new(0),
            retention: Retention::default(),
        };
        let engine = Self { inner: Arc::new(inner) };
        Ok((engine.clone(), Running { engine, writer: thread }))
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// What is counted since the start.
    pub fn meters(&self) -> &Meters {
        &self.inner.meters
    }

    /// How many updates wait to be written.
    pub fn waiting(&self) -> usize {
        self.inner.writer.waiting()
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    /// What clients tried, and how it went.
    pub fn doctor(&self) -> &Doctor {
        &self.inner.doctor
    }

    /// Takes one update to the channel that its write key opens. Returns when the entry is on disk.
    ///
    /// # Errors
    /// A [`Refusal`] if it was not stored.
    pub async fn submit(&self, key: Option<&str>, update: Update) -> Result<Accepted, Refusal> {
        let channel = self.channel_to_write(key).await?;
        self.write(channel, update, 0).await
    }

    /// Takes one update to a channel, whoever sent it: for those whose right to write is checked otherwise. `hops` says how
    /// many automations and relays led to it. Returns when the entry is on disk.
    ///
    /// # Errors
    /// A [`Refusal`] if it was not stored.
    pub async fn write(
        &self,
        channel: Arc<Channel>,
        update: Update,
        hops: u8,
    ) -> Result<Accepted, Refusal> {
        believed::check(&channel, &update.values)?;
        let interval_ms = channel.about.interval_ms.unwrap_or(self.inner.limits.update_interval_ms);
        let repeats =
            if self.inner.limits.repeated_times { Repeats::Keep } else { Repeats::Refuse };
        let way = Way { bulk: false, hops };
        let entries = self.commit(channel.id, vec![update], interval_ms, repeats, way).await?;
        self.inner.meters.accept();
        if entries.is_empty() {
            return Err(Refusal::Failed); // a store that stores an update gives its entry
        }
        Ok(Accepted { channel, entries })
    }

    /// Takes one update that the server makes itself, however lately the channel was written to.
    pub(crate) async fn write_at_once(
        &self,
        channel: &Channel,
        update: Update,
    ) -> Result<(), Refusal> {
        let way = Way::default();
        self.commit(channel.id, vec![update], 0, Repeats::Keep, way).await.map(drop)
    }

    /// Takes many updates to one channel: all of them, or none. Updates that are stored already, with
    /// the same time and values, are passed over, so that a bulk may be sent again after a lost answer.
    ///
    /// # Errors
    /// A [`Refusal`] if nothing was stored.
    pub async fn submit_bulk(
        &self,
        id: ChannelId,
        key: Option<&str>,
        updates: Vec<Update>,
    ) -> Result<Arc<[Entry]>, Refusal> {
        let channel = self.channel_to_write(key).await?;
        if channel.id != id {
            return Err(Refusal::WriteKeyUnknown);
        }
        if updates.len() > self.inner.limits.bulk_max {
            return Err(Refusal::BulkTooMany { max: self.inner.limits.bulk_max });
        }
        if updates.is_empty() {
            return Ok([].into());
        }
        believed::check_all(&channel, &updates)?;
        let interval_ms = self.inner.limits.bulk_interval_ms;
        let entries = self.commit(id, updates, interval_ms, Repeats::Skip, IN_BULK).await?;
        self.inner.meters.accept();
        Ok(entries)
    }

    /// Stores entries that were exported from somewhere, keeping their times. The caller has checked the right to do so.
    ///
    /// # Errors
    /// A [`Refusal`] if nothing was stored.
    pub async fn import(
        &self,
        id: ChannelId,
        updates: Vec<Update>,
    ) -> Result<Arc<[Entry]>, Refusal> {
        if updates.is_empty() {
            return Ok([].into());
        }
        self.commit(id, updates, 0, Repeats::Keep, IN_BULK).await
    }

    /// Stores entries that a relay brought from another server, keeping their times. Many at once count as a bulk.
    pub(crate) async fn take_over(
        &self,
        id: ChannelId,
        updates: Vec<Update>,
    ) -> Result<Arc<[Entry]>, Refusal> {
        let way = Way { bulk: updates.len() > 1, hops: 1 };
        self.commit(id, updates, 0, Repeats::Keep, way).await
    }

    /// Finds the channel that a write key opens.
    ///
    /// # Errors
    /// [`Refusal::KeyMissing`] or [`Refusal::WriteKeyUnknown`].
    pub async fn channel_to_write(&self, key: Option<&str>) -> Result<Arc<Channel>, Refusal> {
        let key = key.map(str::trim).filter(|key| !key.is_empty()).ok_or(Refusal::KeyMissing)?;
        let key: ApiKey = key.parse().map_err(|_| Refusal::WriteKeyUnknown)?;
        self.inner.directory.by_write_key(key, self.now()).await?.ok_or(Refusal::WriteKeyUnknown)
    }

    /// Finds a channel for reading: a public one opens to anybody, a private one to its keys and to its owner's user key.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`], [`Refusal::KeyMissing`] or [`Refusal::ReadKeyUnknown`].
    pub async fn channel_to_read(
        &self,
        id: ChannelId,
        key: Option<&str>,
    ) -> Result<Arc<Channel>, Refusal> {
        let channel = self.channel(id).await?;
        if channel.about.public {
            return Ok(channel);
        }
        let key = key.map(str::trim).filter(|key| !key.is_empty()).ok_or(Refusal::KeyMissing)?;
        let key: ApiKey = key.parse().map_err(|_| Refusal::ReadKeyUnknown)?;
        if channel.opens_with(&key, self.now()) {
            return Ok(channel);
        }
        match self.inner.directory.user(key).await? {
            Some(user) if user.id == channel.owner => Ok(channel),
            _ => Err(Refusal::ReadKeyUnknown),
        }
    }

    /// Finds the user whom a user key belongs to.
    ///
    /// # Errors
    /// [`Refusal::KeyMissing`] or [`Refusal::UserKeyUnknown`].
    pub async fn user_of_key(&self, key: Option<&str>) -> Result<Arc<User>, Refusal> {
        let key = key.map(str::trim).filter(|key| !key.is_empty()).ok_or(Refusal::KeyMissing)?;
        let key: ApiKey = key.parse().map_err(|_| Refusal::UserKeyUnknown)?;
        self.inner.directory.user(key).await?.ok_or(Refusal::UserKeyUnknown)
    }

    /// Listens to a channel. To join without a gap: listen, read what was missed, then drop the ids already seen.
    pub fn listen(&self, id: ChannelId) -> broadcast::Receiver<Arc<Entry>> {
        self.inner.hub.listen(id)
    }

    /// Listens to all channels at once, for what goes on inside the server: each commit once, in order.
    pub fn listen_to_all(&self) -> broadcast::Receiver<Arc<[Told]>> {
        self.inner.hub.listen_to_all()
    }

    /// Listens to changes of what channels hold that are no new entries: who shows them reads anew.
    pub fn listen_to_changes(&self) -> broadcast::Receiver<Changed> {
        self.inner.hub.listen_to_changes()
    }

    /// Finds a channel's settings, whoever asks: for those whose right to it is checked otherwise.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`].
    pub async fn channel(&self, id: ChannelId) -> Result<Arc<Channel>, Refusal> {
        self.inner.directory.channel(id).await?.ok_or(Refusal::NoChannel)
    }

    /// A number that moves whenever users, channels, keys or devices were changed, or entries otherwise than by adding some; by this
    /// process or another.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn version(&self) -> Result<u64, Refusal> {
        Ok(self.inner.directory.version().await?)
    }

    /// Tells listeners when another process has changed something, until it is dropped: the command line on the same folder.
    pub async fn watch_others(&self) {
        let mut seen = self.moved_by_others().await;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = self.moved_by_others().await;
            if now.is_ok() && now != seen {
                seen = now;
                self.inner.hub.tell_change(Changed::Any);
            }
        }
    }

    /// A number that moves when the store's version does without us. While we change something it may be off for a moment, which
    /// costs those who look a reading.
    async fn moved_by_others(&self) -> Result<u64, Refusal> {
        let version = self.version().await?;
        Ok(version.wrapping_sub(self.inner.own_changes.load(Ordering::Acquire)))
    }

    pub(crate) fn directory(&self) -> &Arc<Directory> {
        &self.inner.directory
    }

    pub(crate) fn relay_state(&self) -> &Relays {
        &self.inner.relays
    }

    pub(crate) fn retention(&self) -> &Retention {
        &self.inner.retention
    }

    pub(crate) fn imports_state(&self) -> &Imports {
        &self.inner.imports
    }

    pub(crate) fn way_out(&self) -> &WayOut {
        &self.inner.way_out
    }

    /// What is kept in memory for devices.
    pub(crate) fn devices_in_memory(&self) -> &Devices {
        &self.inner.devices
    }

    /// What automations keep in memory.
    pub(crate) fn shared(&self) -> &Shared {
        &self.inner.automations
    }

    /// What the accounts keep in memory.
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.inner.accounts
    }

    pub(crate) fn newsroom(&self) -> &Newsroom {
        &self.inner.news
    }

    /// Who waits for commands.
    pub(crate) fn bells(&self) -> &Bells {
        &self.inner.bells
    }

    /// Tells who looks at a channel that it is to be read anew.
    pub(crate) fn tell_change(&self, channel: ChannelId) {
        self.inner.hub.tell_change(Changed::Channel(channel));
    }

    /// Waits for a turn to read a long stretch, so that no number of readers takes all threads from the others.
    pub(crate) async fn scan_turn(&self) -> Result<ScanTurn<'_>, Refusal> {
        let room = self.inner.scan_room.try_acquire().map_err(|_| Refusal::Busy)?;
        let turn = self.inner.scans.acquire().await.map_err(|_| Refusal::Busy)?;
        Ok(ScanTurn { _room: room, _turn: turn })
    }

    /// What the store knows without waiting: to go off the event loop and back takes longer than to read a few entries from memory.
    pub(crate) fn at_hand(&self, channel: ChannelId, span: &Span) -> Option<(Vec<Entry>, Head)> {
        self.inner.store.at_hand(channel, span)
    }

    /// Runs a call on the store, off the event loop.
    pub(crate) async fn on_store<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Store) -> Result<T, fieldpost_store::StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let store = Arc::clone(&self.inner.store);
        Ok(blocking(move || call(&*store)).await?)
    }

    /// As [`Engine::on_store`], for calls that change users, channels or keys.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Store) -> Result<T, fieldpost_store::StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.change_and_see(call).await.map(|(answer, _)| answer)
    }

    /// As [`Engine::change`]; tells as well whether the store's version has moved.
    async fn change_and_see<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Store) -> Result<T, fieldpost_store::StoreError> + Send + 'static,
    ) -> Result<(T, bool), Refusal> {
        let inner = Arc::clone(&self.inner);
        let answer = self.on_store(move |store| {
            let before = store.version();
            let answer = call(store);
            // If the version can't be read others seem to have moved it, which costs a reading.
            let (Ok(before), Ok(after)) = (before, store.version()) else {
                return answer.map(|answer| (answer, true));
            };
            let moved = after.wrapping_sub(before);
            inner.own_changes.fetch_add(moved, Ordering::AcqRel);
            answer.map(|answer| (answer, moved != 0))
        });
        let answer = answer.await;
        self.inner.directory.forget();
        answer
    }

    /// As [`Engine::change`], for calls that change what a channel holds other than by adding entries. Whoever looks is told.
    pub(crate) async fn correct<T: Send + 'static>(
        &self,
        channel: ChannelId,
        call: impl FnOnce(&dyn Store) -> Result<T, fieldpost_store::StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let answer = self.change_and_see(call).await;
        // A failure may have come after the change.
        if matches!(answer, Ok((_, true)) | Err(Refusal::Failed)) {
            self.tell_change(channel);
        }
        answer.map(|(answer, _)| answer)
    }

    async fn commit(
        &self,
        channel: ChannelId,
        updates: Vec<Update>,
        interval_ms: u64,
        repeats: Repeats,
        way: Way,
    ) -> Result<Arc<[Entry]>, Refusal> {
        let submission =
            Submission { channel, updates, received: self.now(), interval_ms, repeats };
        self.inner.writer.submit(submission, way).await
    }
}

impl Running {
    /// Ends the engine: nothing more is taken, everything that was handed in is written. Blocks until it is.
    pub fn stop(self) {
        self.engine.inner.writer.end();
        if self.writer.join().is_err() {
            tracing::error!("the writer ended in a panic");
        }
        if let Err(error) = self.engine.inner.store.tidy() {
            tracing::warn!(%error, "the store could not be tidied up; nothing is lost");
        }
    }
}
