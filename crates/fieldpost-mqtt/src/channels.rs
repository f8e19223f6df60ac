//! Who hears which channel.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use fieldpost_wire::ChannelId;
use fieldpost_wire::topic::Hearing;

use crate::handle::Handle;
use crate::packet::Qos;

/// The subscriptions to channels.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    all: RwLock<HashMap<ChannelId, Vec<Subscriber>>>,
}

/// A subscription to a channel.
#[derive(Clone, Debug)]
pub(crate) struct Subscriber {
    pub(crate) handle: Arc<Handle>,
    pub(crate) hearing: Hearing,
    /// The filter as it was written; messages come on this very topic if it holds no wildcard.
    pub(crate) filter: Arc<str>,
    pub(crate) qos: Qos,
}

impl Channels {
    /// Adds a subscription, in place of the same connection's with the same filter. True if there was none.
    pub(crate) fn add(&self, subscriber: Subscriber) -> bool {
        let mut all = self.write();
        let list = all.entry(subscriber.hearing.channel).or_default();
        match list.iter_mut().find(|known| known.is(&subscriber.filter, subscriber.handle.number()))
        {
            Some(known) => {
                *known = subscriber;
                false
            }
            None => {
                list.push(subscriber);
                true
            }
        }
    }

    /// Takes a connection's subscription away. True if there was one.
    pub(crate) fn remove(&self, channel: ChannelId, filter: &str, number: u64) -> bool {
        let mut all = self.write();
        let Some(list) = all.get_mut(&channel) else { return false };
        let before = list.len();
        list.retain(|known| !known.is(filter, number));
        let removed = list.len() < before;
        if list.is_empty() {
            all.remove(&channel);
        }
        removed
    }

    /// Shows those who hear a channel.
    pub(crate) fn with<T>(&self, channel: ChannelId, see: impl FnOnce(&[Subscriber]) -> T) -> T {
        see(self.read().get(&channel).map(Vec::as_slice).unwrap_or_default())
    }

    /// The channels that somebody hears.
    pub(crate) fn heard(&self) -> Vec<ChannelId> {
        self.read().keys().copied().collect()
    }

    /// Everybody who hears anything.
    pub(crate) fn everybody(&self) -> Vec<Subscriber> {
        self.read().values().flatten().cloned().collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<ChannelId, Vec<Subscriber>>> {
        // What is guarded is whole after every statement, so a panic elsewhere did no harm.
        self.all.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<ChannelId, Vec<Subscriber>>> {
        self.all.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber {
    fn is(&self, filter: &str, number: u64) -> bool {
        self.handle.number() == number && &*self.filter == filter
    }
}
