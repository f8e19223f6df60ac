//! MQTT devices: what a board shows to speak MQTT, what it may do, and what is seen of it.
//!
//! `manage.rs` makes and changes them, `login.rs` lets them in, `rights.rs` says what they may do, `presence.rs` remembers what was seen
//! of them, `maps.rs` makes values of fields out of their messages. Nothing here knows a packet of MQTT.

pub mod login;
pub mod manage;
pub mod maps;
pub mod presence;
mod rights;
mod rules;
mod secret;

pub use login::DeviceAccess;
pub use manage::{DeviceChange, DeviceWish};
pub use presence::{DeviceSeen, Here, TopicSeen};

use std::sync::{Mutex, PoisonError};

use crate::accounts::throttle::Throttle;
use crate::refusal::Refusal;
use presence::Presence;
use secret::Remembered;

/// What is kept in memory for devices.
pub(crate) struct Devices {
    pub(crate) presence: Presence,
    throttle: Mutex<Throttle>,
    remembered: Mutex<Remembered>,
}

impl Default for Devices {
    fn default() -> Self {
        Self {
            presence: Presence::default(),
            throttle: Mutex::new(Throttle::waiting_at_most(LONGEST_WAIT)),
            remembered: Mutex::default(),
        }
    }
}

/// The longest that a device has to wait after wrong passwords, in milliseconds. Not long: somebody stands there with a board in which the
/// password was just put right.
const LONGEST_WAIT: i64 = 60_000;

/// What is guarded is whole after every statement, so a panic elsewhere did no harm.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the store did not find was a device.
fn no_device(refusal: Refusal) -> Refusal {
    if refusal == Refusal::NoChannel { Refusal::NoDevice } else { refusal }
}
