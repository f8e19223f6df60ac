//! Letting devices in by client id and password, and saying whether one may stay.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use fieldpost_store::Device;

use super::lock;
use super::secret::{Kept, has_digest};
use crate::engine::Engine;
use crate::refusal::Refusal;

/// A device that showed the right password. Cheap to clone. It opens nothing by itself: what it may do is asked each time, so that a
/// change is seen at once.
#[derive(Clone)]
pub struct DeviceAccess {
    /// As it was when it was let in.
    device: Arc<Device>,
}

impl fmt::Debug for DeviceAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeviceAccess").field(&self.device.client_id).finish()
    }
}

impl DeviceAccess {
    /// Its client id, which is its user name too.
    pub fn client_id(&self) -> &str {
        &self.device.client_id
    }

    /// The number of the user whose it is.
    pub fn user(&self) -> u64 {
        self.device.user
    }
}

impl Engine {
    /// Lets a device in. Who fails often has to wait; the right password of a device that was made here is always let in.
    ///
    /// # Errors
    /// [`Refusal::NoDevice`] if none has this client id, [`Refusal::DevicePassword`] if the password is wrong,
    /// [`Refusal::TooMany`] after too many that were, [`Refusal::Busy`] while too many are being checked.
    pub async fn device(
        &self,
        client_id: &str,
        password: &str,
        peer: IpAddr,
    ) -> Result<DeviceAccess, Refusal> {
        let found = self.directory().device(client_id.to_string()).await?;
        let device = found.ok_or(Refusal::NoDevice)?;
        let right = match Kept::of(&device.password) {
            Kept::Digest(kept) if has_digest(password, kept) => return Ok(DeviceAccess { device }),
            Kept::Digest(_) => false,
            Kept::Slow(kept) => {
                if lock(&self.devices_in_memory().remembered).knows(client_id, kept, password) {
                    return Ok(DeviceAccess { device });
                }
                self.admit_guess(client_id, peer)?;
                self.is_password(Some(kept.to_string()), password.to_string()).await?
            }
        };
        if right {
            let memory = self.devices_in_memory();
            lock(&memory.remembered).remember(client_id, &device.password, password);
            lock(&memory.throttle).succeeded(client_id, peer);
            return Ok(DeviceAccess { device });
        }
        if matches!(Kept::of(&device.password), Kept::Digest(_)) {
            self.admit_guess(client_id, peer)?;
        }
        Err(Refusal::DevicePassword)
    }

    /// True if a device has this client id, whoever asks: so that somebody who shows no password can be told that one is missing.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn is_device(&self, client_id: &str) -> Result<bool, Refusal> {
        Ok(self.directory().device(client_id.to_string()).await?.is_some())
    }

    /// Tells whether a device that was let in may stay, and gives it as it is now. Sessions ask when [`Engine::version`] has moved.
    ///
    /// # Errors
    /// [`Refusal::NoDevice`] if it is gone, [`Refusal::DevicePassword`] if its password was changed.
    pub async fn device_now(&self, access: &DeviceAccess) -> Result<Arc<Device>, Refusal> {
        let found = self.directory().device(access.client_id().to_string()).await?;
        let device = found.ok_or(Refusal::NoDevice)?;
        // One that was removed and made anew under the same client id is another one.
        if device.user != access.user() || device.created_at != access.device.created_at {
            return Err(Refusal::NoDevice);
        }
        if device.password != access.device.password {
            return Err(Refusal::DevicePassword);
        }
        Ok(device)
    }

    fn admit_guess(&self, client_id: &str, peer: IpAddr) -> Result<(), Refusal> {
        let now = self.now();
        lock(&self.devices_in_memory().throttle)
            .admit(client_id, peer, now)
            .map_err(|wait_ms| Refusal::TooMany { wait_ms })
    }
}
