//! Tells of commands that nobody fetched in time, when their time is over and without anybody asking.

use std::time::Duration;

use fieldpost_store::talkbacks::Expired;
use tokio::time::sleep;

use super::KEPT_MAX;
use crate::engine::Engine;
use crate::news::Novelty;
use crate::refusal::Refusal;

/// How many expired commands are written down in one transaction.
const BATCH: usize = 200;
/// The longest time without a look, in milliseconds: a clock may be set meanwhile.
const LOOK_AGAIN_MS: i64 = 10 * 60 * 1_000;
/// The time until the next try after the store failed.
const RETRY: Duration = Duration::from_secs(30);

impl Engine {
    /// Writes down which commands expire, as they do, and tells whom it concerns. Never ends by itself.
    pub async fn watch_expiry(&self) {
        loop {
            // That something was added meanwhile is remembered, so the bell may be listened to afterwards.
            let pause = match self.expire_now().await {
                Ok(next) => next,
                Err(_) => RETRY, // it was logged as it became a refusal
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = self.bells().due.notified() => {}
            }
        }
    }

    /// Expires what is due; gives the time until the next one is.
    async fn expire_now(&self) -> Result<Duration, Refusal> {
        loop {
            let now = self.now();
            let call = move |store: &dyn fieldpost_store::Store| store.expire(now, BATCH, KEPT_MAX);
            let Expired { commands, next } = self.on_store(call).await?;
            for command in commands {
                let id = command.talkback;
                if let Some(talkback) = self.on_store(move |store| store.talkback(id)).await? {
                    self.tell_of(&talkback, Novelty::Command(command));
                }
            }
            let wait = next.map_or(LOOK_AGAIN_MS, |next| {
                next.millis().saturating_sub(self.now().millis()).min(LOOK_AGAIN_MS)
            });
            if wait > 0 {
                return Ok(Duration::from_millis(wait.unsigned_abs()));
            }
        }
    }
}
