//! What a device may do with a channel: what its rights say, and never more than its user may do.

use std::sync::Arc;

use fieldpost_store::{Right, Role};
use fieldpost_wire::{Channel, ChannelId};

use super::login::DeviceAccess;
use crate::engine::Engine;
use crate::refusal::Refusal;

impl Engine {
    /// Opens a channel to a device for writing: its rights must say so, and its user must be the channel's owner or an editor.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`], or [`Refusal::Forbidden`], which says what is missing; [`Refusal::NoDevice`] and
    /// [`Refusal::DevicePassword`] if the device may not stay.
    pub async fn device_to_publish(
        &self,
        access: &DeviceAccess,
        id: ChannelId,
    ) -> Result<Arc<Channel>, Refusal> {
        let device = self.device_now(access).await?;
        let channel = self.channel(id).await?;
        if !granted(device.user, &device.rights, &channel, |right| right.publish) {
            return Err(lacks(id, "publish"));
        }
        if self.role_in(&channel, device.user).await? < Some(Role::Editor) {
            return Err(Refusal::Forbidden(format!(
                "the device's user may not write to channel {id}; its owner can share it with the role editor"
            )));
        }
        Ok(channel)
    }

    /// Opens a channel to a device for listening: its rights must say so, and the channel must be public, its user's, or shared with
    /// its user.
    ///
    /// # Errors
    /// As [`Engine::device_to_publish`].
    pub async fn device_to_subscribe(
        &self,
        access: &DeviceAccess,
        id: ChannelId,
    ) -> Result<Arc<Channel>, Refusal> {
        let device = self.device_now(access).await?;
        let channel = self.channel(id).await?;
        if !granted(device.user, &device.rights, &channel, |right| right.subscribe) {
            return Err(lacks(id, "subscribe"));
        }
        if !channel.about.public && self.role_in(&channel, device.user).await?.is_none() {
            return Err(Refusal::Forbidden(format!(
                "the device's user may not look at channel {id}; its owner can share it"
            )));
        }
        Ok(channel)
    }

    /// What a user is to a channel, from memory where that is known.
    pub(super) async fn role_in(
        &self,
        channel: &Channel,
        user: u64,
    ) -> Result<Option<Role>, Refusal> {
        if channel.owner == user {
            return Ok(Some(Role::Owner));
        }
        Ok(self.directory().role(channel.id, user).await?)
    }
}

/// True if one of a device's rights says so. The right to all channels means those that belong to its user, so that a channel that
/// somebody else shares later is not written to by accident.
pub(super) fn granted(
    user: u64,
    rights: &[Right],
    channel: &Channel,
    says: impl Fn(&Right) -> bool,
) -> bool {
    let about_it = |right: &&Right| match right.channel {
        Some(id) => id == channel.id.get(),
        None => channel.owner == user,
    };
    rights.iter().filter(about_it).any(says)
}

fn lacks(id: ChannelId, what: &str) -> Refusal {
    Refusal::Forbidden(format!(
        "the device has no right to {what} on channel {id}; tick {what} for it on the page Devices"
    ))
}
