//! Passwords: what one must be, and argon2id away from the event loop, a few at a time.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::engine::Engine;
use crate::refusal::Refusal;

/// The fewest characters of a password.
const CHARS_MIN: usize = 8;
/// The most bytes of a password.
const BYTES_MAX: usize = 1_000;
/// How many passwords are hashed at once: each takes 19 MiB and a core for some tens of milliseconds.
const AT_ONCE: usize = 2;
/// How many may wait for that.
const WAITING: usize = 32;

/// Keeps the number of passwords that are being hashed small.
pub(crate) struct Hashing {
    turns: Arc<Semaphore>,
    room: Arc<Semaphore>,
}

impl Hashing {
    pub(super) fn new() -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self { turns, room: Arc::new(Semaphore::new(AT_ONCE + WAITING)) }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let _room = self.room.try_acquire().map_err(|_| Refusal::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Refusal::Failed)?;
        // The turn goes along: who asked may hang up, the work goes on.
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| Refusal::Failed)
    }
}

impl Engine {
    /// A password as an argon2id string with a salt of its own.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Refusal> {
        let said = |why: &str| Err(Refusal::BadValue(why.into()));
        if password.chars().count() < CHARS_MIN {
            return said("a password needs at least 8 characters");
        }
        if password.len() > BYTES_MAX {
            return said("a password may have at most 1000 bytes");
        }
        self.accounts().hashing.run(move || hash(&password)).await?.ok_or(Refusal::Failed)
    }

    /// True if this is the password. Without one to compare with something is still hashed: time tells nothing.
    pub(crate) async fn is_password(
        &self,
        known: Option<String>,
        password: String,
    ) -> Result<bool, Refusal> {
        // What is longer is no password here, and would take long to find out about.
        let password = if password.len() > BYTES_MAX { String::new() } else { password };
        let check = move || match known.as_deref().map(PasswordHash::new) {
            Some(Ok(known)) => {
                Argon2::default().verify_password(password.as_bytes(), &known).is_ok()
            }
            _ => hash(&password).is_none(),
        };
        self.accounts().hashing.run(check).await
    }
}

fn hash(password: &str) -> Option<String> {
    match Argon2::default().hash_password(password.as_bytes()) {
        Ok(hash) => Some(hash.to_string()),
        Err(error) => {
            tracing::error!(%error, "a password could not be hashed");
            None
        }
    }
}
