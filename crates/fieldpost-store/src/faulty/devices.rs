//! Devices go straight to the store inside.

use super::FaultyStore;
use crate::devices::{Device, DeviceStore, NewDevice};
use crate::store::{Store, StoreError};

impl<S: Store> DeviceStore for FaultyStore<S> {
    fn create_device(&self, new: NewDevice) -> Result<Device, StoreError> {
        self.inner.create_device(new)
    }

    fn device(&self, client_id: &str) -> Result<Option<Device>, StoreError> {
        self.inner.device(client_id)
    }

    fn devices(&self, user: Option<u64>) -> Result<Vec<Device>, StoreError> {
        self.inner.devices(user)
    }

    fn change_device(
        &self,
        client_id: &str,
        change: &mut dyn FnMut(&mut Device),
    ) -> Result<Device, StoreError> {
        self.inner.change_device(client_id, change)
    }

    fn delete_device(&self, client_id: &str) -> Result<(), StoreError> {
        self.inner.delete_device(client_id)
    }
}
