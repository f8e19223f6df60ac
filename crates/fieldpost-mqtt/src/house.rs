//! What all connections share: who is here, who hears what, how many may come.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fieldpost_engine::{Engine, Refusal};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::channels::Channels;
use crate::handle::Handle;
use crate::mailbox::End;
use crate::meters::Meters;
use crate::rights;
use crate::space::Space;

/// How many connections may be open at once, on all ways together.
pub(crate) const CONNECTIONS_MAX: usize = 16_384;
/// How often it is looked whether rights have changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What all connections share.
pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) meters: Arc<Meters>,
    pub(crate) channels: Channels,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) stop: CancellationToken,
    spaces: Mutex<HashMap<u64, Arc<Space>>>,
    here: Mutex<Here>,
    numbers: AtomicU64,
}

#[derive(Default)]
struct Here {
    all: HashMap<u64, Arc<Handle>>,
    /// Connections of devices by the device and the client's id.
    named: HashMap<(Arc<str>, Arc<str>), u64>,
}

impl House {
    pub(crate) fn new(engine: Engine, stop: CancellationToken) -> Self {
        Self {
            engine,
            meters: Arc::default(),
            channels: Channels::default(),
            room: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            stop,
            spaces: Mutex::default(),
            here: Mutex::default(),
            numbers: AtomicU64::new(1),
        }
    }

    /// A number for a connection.
    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// The topics of a user.
    pub(crate) fn space(&self, user: u64) -> Arc<Space> {
        Arc::clone(lock(&self.spaces).entry(user).or_default())
    }

    /// Forgets the topics of a user if nobody uses them.
    pub(crate) fn leave_space(&self, user: u64, space: Arc<Space>) {
        let mut spaces = lock(&self.spaces);
        drop(space);
        // Nobody can get hold of it meanwhile, since the map is ours.
        let unused = |space: &Arc<Space>| Arc::strong_count(space) == 1 && space.is_empty();
        if spaces.get(&user).is_some_and(unused) {
            spaces.remove(&user);
        }
    }

    /// Enters a connection. The same client's earlier one is given back: it has to go.
    pub(crate) fn enter(&self, handle: &Arc<Handle>) -> Option<Arc<Handle>> {
        let mut here = lock(&self.here);
        here.all.insert(handle.number(), Arc::clone(handle));
        // A stranger's id is anybody's word: nobody is put out for it.
        let name = name(handle)?;
        let earlier = here.named.insert(name, handle.number())?;
        here.all.get(&earlier).cloned()
    }

    pub(crate) fn leave(&self, handle: &Handle) {
        let mut here = lock(&self.here);
        here.all.remove(&handle.number());
        if let Some(name) = name(handle)
            && here.named.get(&name) == Some(&handle.number())
        {
            here.named.remove(&name);
        }
    }

    fn everybody(&self) -> Vec<Arc<Handle>> {
        lock(&self.here).all.values().cloned().collect()
    }

    /// Tells every connection to end.
    pub(crate) fn close(&self) {
        for handle in self.everybody() {
            handle.mailbox.end(End::Stopping);
        }
    }

    /// Ends connections of devices that are gone, and takes subscriptions away for which the right is gone. Works until `stop`
    /// is cancelled.
    pub(crate) async fn watch_rights(self: Arc<Self>) {
        let mut seen = self.engine.version().await.ok();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.stop.cancelled() => return,
            }
            let now = self.engine.version().await.ok();
            if now != seen && now.is_some() {
                seen = now;
                self.look_again().await;
            }
        }
    }

    async fn look_again(&self) {
        for handle in self.everybody() {
            if let Some(device) = handle.guest.device()
                && let Err(Refusal::NoDevice | Refusal::DevicePassword) =
                    self.engine.device_now(device).await
            {
                handle.mailbox.end(End::DeviceGone);
            }
        }
        for one in self.channels.everybody() {
            let asked = rights::to_hear(&self.engine, &one.handle.guest, &one.hearing).await;
            // A failure of the store is no reason to take anything away.
            if let Err(no) = asked
                && no.is_lasting()
            {
                let (channel, number) = (one.hearing.channel, one.handle.number());
                self.channels.remove(channel, &one.filter, number);
                tracing::info!(client = %one.handle.client_id, %channel, "an MQTT subscription ended with the right to it");
            }
        }
    }
}

fn name(handle: &Handle) -> Option<(Arc<str>, Arc<str>)> {
    let device = handle.guest.device()?;
    Some((device.client_id().into(), Arc::clone(&handle.client_id)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is guarded is whole after every statement, so a panic elsewhere did no harm.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
