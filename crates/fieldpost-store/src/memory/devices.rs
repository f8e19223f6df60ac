//! MQTT devices in memory.

use fieldpost_wire::ChannelId;

use super::MemoryStore;
use crate::devices::{Device, DeviceStore, NewDevice};
use crate::store::{StoreError, Taken};

/// In the order in which they were made.
#[derive(Default)]
pub(super) struct Devices(Vec<Device>);

impl Devices {
    pub(super) fn forget_channel(&mut self, channel: ChannelId) {
        self.0.iter_mut().for_each(|device| device.forget_channel(channel));
    }

    pub(super) fn forget_user(&mut self, user: u64) {
        self.0.retain(|device| device.user != user);
    }
}

impl DeviceStore for MemoryStore {
    fn create_device(&self, new: NewDevice) -> Result<Device, StoreError> {
        let mut state = self.lock();
        if !state.users.contains_key(&new.user) {
            return Err(StoreError::NotFound);
        }
        if state.devices.0.iter().any(|device| device.client_id == new.client_id) {
            return Err(StoreError::Taken(Taken::ClientId));
        }
        let NewDevice { client_id, user, name, password, rights, maps, now: created_at } = new;
        let made = Device { client_id, user, name, password, rights, maps, created_at };
        state.devices.0.push(made.clone());
        state.version += 1;
        Ok(made)
    }

    fn device(&self, client_id: &str) -> Result<Option<Device>, StoreError> {
        let state = self.lock();
        Ok(state.devices.0.iter().find(|device| device.client_id == client_id).cloned())
    }

    fn devices(&self, user: Option<u64>) -> Result<Vec<Device>, StoreError> {
        let state = self.lock();
        let all = state.devices.0.iter();
        Ok(all.filter(|device| user.is_none_or(|user| device.user == user)).cloned().collect())
    }

    fn change_device(
        &self,
        client_id: &str,
        change: &mut dyn FnMut(&mut Device),
    ) -> Result<Device, StoreError> {
        let mut state = self.lock();
        let place = state.devices.0.iter().position(|device| device.client_id == client_id);
        let place = place.ok_or(StoreError::NotFound)?;
        let before = state.devices.0[place].clone();
        let mut after = before.clone();
        change(&mut after);
        after.client_id = before.client_id;
        (after.user, after.created_at) = (before.user, before.created_at);
        state.devices.0[place] = after.clone();
        state.version += 1;
        Ok(after)
    }

    fn delete_device(&self, client_id: &str) -> Result<(), StoreError> {
        let mut state = self.lock();
        let place = state.devices.0.iter().position(|device| device.client_id == client_id);
        state.devices.0.remove(place.ok_or(StoreError::NotFound)?);
        state.version += 1;
        Ok(())
    }
}
