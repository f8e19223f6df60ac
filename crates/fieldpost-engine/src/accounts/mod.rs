//! Users, channels and keys, and who may do what with them.
//!
//! Each noun has its file: users, their passwords and sessions; channels, their keys, shares and links. Whether somebody may do
//! something is decided in `roles.rs` only.

pub mod channels;
mod keys;
mod links;
mod passwords;
pub(crate) mod random;
pub mod roles;
pub mod sessions;
pub mod setup;
mod shares;
pub(crate) mod throttle;
mod users;

pub use channels::Chosen;

use std::sync::{Mutex, PoisonError};

use fieldpost_store::StoreError;
use fieldpost_wire::{ApiKey, Timestamp};

use crate::refusal::Refusal;
use passwords::Hashing;
use setup::Setup;
use throttle::Throttle;

/// What the accounts keep in memory.
pub(crate) struct Accounts {
    hashing: Hashing,
    throttle: Mutex<Throttle>,
    setup: Mutex<Option<Setup>>,
}

impl Accounts {
    pub(crate) fn new() -> Self {
        Self {
            hashing: Hashing::new(),
            throttle: Mutex::new(Throttle::default()),
            setup: Mutex::new(None),
        }
    }
}

/// What is guarded is whole after every statement, so a panic elsewhere did no harm.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// True if this time is not over.
fn lasts(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_none_or(|until| now < until)
}

/// Checks the name of a zone that somebody chose; an empty one is none.
pub(crate) fn zone_name(name: Option<String>) -> Result<Option<String>, Refusal> {
    let name = name.map(|name| name.trim().to_string()).filter(|name| !name.is_empty());
    match &name {
        Some(zone) if fieldpost_wire::Zone::named(zone).is_none() => Err(Refusal::BadValue(
            format!("there is no time zone {zone:?}; names are such as Europe/Zurich"),
        )),
        _ => Ok(name),
    }
}

/// The key that was chosen, or a new one.
pub(crate) fn key_or_new(chosen: Option<ApiKey>) -> Result<ApiKey, StoreError> {
    chosen.map_or_else(random::key, Ok).map_err(failed)
}

pub(crate) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Failed(Box::new(error))
}

/// What the store did not find was a session, a share, a link or a key.
pub(crate) fn gone(refusal: Refusal) -> Refusal {
    if refusal == Refusal::NoChannel { Refusal::Gone } else { refusal }
}
