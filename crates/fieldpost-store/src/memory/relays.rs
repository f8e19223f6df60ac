//! Relays in memory.

use std::collections::BTreeMap;

use fieldpost_wire::ChannelId;

use super::MemoryStore;
use crate::relays::{NewRelay, Relay, RelayStore};
use crate::store::StoreError;

#[derive(Default)]
pub(super) struct Relays {
    all: BTreeMap<u64, Relay>,
    highest: u64,
}

impl Relays {
    pub(super) fn forget_channel(&mut self, channel: ChannelId) {
        self.all.retain(|_, relay| relay.channel != channel);
    }
}

impl RelayStore for MemoryStore {
    fn create_relay(&self, new: NewRelay) -> Result<Relay, StoreError> {
        let mut state = self.lock();
        if !state.channels.contains_key(&new.channel) {
            return Err(StoreError::NotFound);
        }
        let kept = &mut state.relays;
        kept.highest += 1;
        let NewRelay { channel, direction, settings, progress, now: created_at } = new;
        let id = kept.highest;
        let made = Relay { id, channel, direction, settings, progress, created_at };
        kept.all.insert(id, made.clone());
        Ok(made)
    }

    fn relays(&self, channel: Option<ChannelId>) -> Result<Vec<Relay>, StoreError> {
        let state = self.lock();
        let all = state.relays.all.values();
        Ok(all.filter(|relay| channel.is_none_or(|id| relay.channel == id)).cloned().collect())
    }

    fn change_relay(
        &self,
        channel: ChannelId,
        id: u64,
        change: &mut dyn FnMut(&mut Relay),
    ) -> Result<Relay, StoreError> {
        let mut state = self.lock();
        let known = state.relays.all.get_mut(&id).filter(|relay| relay.channel == channel);
        let known = known.ok_or(StoreError::NotFound)?;
        let mut after = known.clone();
        change(&mut after);
        (known.settings, known.progress) = (after.settings, after.progress);
        Ok(known.clone())
    }

    fn delete_relay(&self, channel: ChannelId, id: u64) -> Result<(), StoreError> {
        let mut state = self.lock();
        let kept = &mut state.relays.all;
        kept.get(&id).filter(|relay| relay.channel == channel).ok_or(StoreError::NotFound)?;
        kept.remove(&id);
        Ok(())
    }
}
