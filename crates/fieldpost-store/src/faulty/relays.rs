//! Relays go straight to the store inside.

use fieldpost_wire::ChannelId;

use super::FaultyStore;
use crate::relays::{NewRelay, Relay, RelayStore};
use crate::store::{Store, StoreError};

impl<S: Store> RelayStore for FaultyStore<S> {
    fn create_relay(&self, new: NewRelay) -> Result<Relay, StoreError> {
        self.inner.create_relay(new)
    }

    fn relays(&self, channel: Option<ChannelId>) -> Result<Vec<Relay>, StoreError> {
        self.inner.relays(channel)
    }

    fn change_relay(
        &self,
        channel: ChannelId,
        id: u64,
        change: &mut dyn FnMut(&mut Relay),
    ) -> Result<Relay, StoreError> {
        self.inner.change_relay(channel, id, change)
    }

    fn delete_relay(&self, channel: ChannelId, id: u64) -> Result<(), StoreError> {
        self.inner.delete_relay(channel, id)
    }
}
