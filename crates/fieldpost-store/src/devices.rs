//! MQTT devices: credentials that belong to a user, with rights on channels and maps from topics to fields.
//!
//! Rights and maps are kept in the form in which they are sent and shown. Nothing here knows how a password is checked or a map is
//! applied.

use std::fmt;

use fieldpost_wire::{ChannelId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::store::StoreError;

/// Keeps devices. All changes count for [`crate::Store::version`].
pub trait DeviceStore {
    /// Makes a device.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such user, [`StoreError::Taken`] if a device has this client id.
    fn create_device(&self, new: NewDevice) -> Result<Device, StoreError>;

    /// Finds a device by its client id, in which small and capital letters differ.
    ///
    /// # Errors
    /// If the store can't be read.
    fn device(&self, client_id: &str) -> Result<Option<Device>, StoreError>;

    /// Lists a user's devices, or everybody's, in the order in which they were made.
    ///
    /// # Errors
    /// If the store can't be read.
    fn devices(&self, user: Option<u64>) -> Result<Vec<Device>, StoreError>;

    /// Changes a device in one transaction. `client_id`, `user` and `created_at` do not change. `change` must not call the store.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such device.
    fn change_device(
        &self,
        client_id: &str,
        change: &mut dyn FnMut(&mut Device),
    ) -> Result<Device, StoreError>;

    /// Deletes a device.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such device.
    fn delete_device(&self, client_id: &str) -> Result<(), StoreError>;
}

/// What a board shows to speak MQTT: a client id, which is its user name too, and a password.
#[derive(Clone, Eq, PartialEq)]
pub struct Device {
    /// The client id and user name.
    pub client_id: String,
    /// Whose it is.
    pub user: u64,
    /// What it is called.
    pub name: String,
    /// What is kept of the password; never the password itself.
    pub password: String,
    /// What it may do, and where.
    pub rights: Vec<Right>,
    /// Which of its messages become values of fields.
    pub maps: Vec<TopicMap>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Device {
    /// Takes away what names a channel that goes.
    pub(crate) fn forget_channel(&mut self, channel: ChannelId) {
        self.rights.retain(|right| right.channel != Some(channel.get()));
        self.maps.retain(|map| map.channel != channel.get());
    }
}

impl fmt::Debug for Device {
    /// Leaves out what is kept of the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("client_id", &self.client_id)
            .field("user", &self.user)
            .field("name", &self.name)
            .field("rights", &self.rights)
            .field("maps", &self.maps)
            .finish_non_exhaustive()
    }
}

/// A device to be made.
#[derive(Clone)]
pub struct NewDevice {
    /// The client id and user name.
    pub client_id: String,
    /// Whose it is.
    pub user: u64,
    /// What it is called.
    pub name: String,
    /// What is kept of the password.
    pub password: String,
    /// What it may do, and where.
    pub rights: Vec<Right>,
    /// Which of its messages become values of fields.
    pub maps: Vec<TopicMap>,
    /// When it is made.
    pub now: Timestamp,
}

/// What a device may do with a channel, or with all of its user's. It never reaches further than what the user may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Right {
    /// The channel; `null` for all that belong to the user.
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub channel: Option<u64>,
    /// Write updates.
    pub publish: bool,
    /// Hear updates.
    pub subscribe: bool,
}

/// Says that messages on a topic are values of a field.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TopicMap {
    /// The topic, without wildcards.
    pub topic: String,
    /// Where the value stands in a JSON payload, such as `AM2301.Temperature`; `null` if the payload is the value.
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub path: Option<String>,
    /// The channel.
    pub channel: u64,
    /// The field, 1 to 8.
    pub field: u8,
}
