//! How long entries are kept, and how long the disk lasts.
//!
//! `keep.rs` reads and says what an owner wants, `walk.rs` goes through a channel's past and makes it so, a step at a time; `thin.rs` makes
//! one entry of a span. `runner.rs` walks about hourly and after a change. `forecast.rs` looks ahead. By default all is kept, and nothing here happens.

pub mod forecast;
pub mod keep;
mod runner;
#[cfg(test)]
mod tests;
mod thin;
mod walk;
pub mod words;

use fieldpost_wire::ChannelId;
use fieldpost_wire::channel::Keep;

use crate::accounts::roles::{Access, What};
use crate::engine::Engine;
use crate::refusal::Refusal;

pub(crate) use runner::Retention;

impl Engine {
    /// Tells how many entries would be deleted at once if a channel's were kept so.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] to who may not change the channel; [`Refusal::BadValue`] if they can't be kept so.
    pub async fn preview_keep(&self, access: &Access, keep: Keep) -> Result<u64, Refusal> {
        access.check(What::Edit)?;
        keep::check(&keep)?;
        let _turn = self.scan_turn().await?;
        let (channel, now) = (access.channel.id, self.now());
        self.on_store(move |store| walk::preview(store, channel, &keep, now)).await
    }

    /// Deletes and thins what is old enough in a channel, whoever asks, and tells how many entries went.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`]; [`Refusal::Failed`] if the store can't be written to. What was done until then stays done.
    pub async fn apply_keep(&self, id: ChannelId) -> Result<u64, Refusal> {
        let channel = self.channel(id).await?;
        runner::walk(self, &channel, &mut walk::Clean::new()).await
    }
}
