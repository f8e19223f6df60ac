//! Links that let whoever has them look at a channel.

use fieldpost_store::{Link, NewLink};
use fieldpost_wire::update::cut;

use super::random::{digest, token};
use super::roles::{Access, What};
use super::{failed, gone};
use crate::engine::Engine;
use crate::refusal::Refusal;

/// How many links a channel may have.
const MOST: usize = 100;
/// The longest that a link may last, in days.
const DAYS_MAX: u32 = 3_650;

impl Engine {
    /// Makes a link, and gives the token that stands in it. Nobody sees the token again.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if the channel is not the visitor's, [`Refusal::BadValue`] for a number of days that can't be or
    /// if there are too many links.
    pub async fn create_link(
        &self,
        access: &Access,
        note: &str,
        days: Option<u32>,
    ) -> Result<(Link, String), Refusal> {
        access.check(What::Own)?;
        if days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
            return Err(Refusal::BadValue(format!(
                "a link lasts 1 to {DAYS_MAX} days, or for ever"
            )));
        }
        let token = token().map_err(failed)?;
        let (channel, now, note) = (access.channel.id, self.now(), cut(note.trim()).to_string());
        let expires_at = days.map(|days| now.plus_millis(i64::from(days) * 86_400_000));
        let new = NewLink { channel, token: digest(&token), note, expires_at, now };
        let made = self.on_store(move |store| {
            let full = store.links(channel)?.len() >= MOST;
            if full { Ok(None) } else { store.create_link(new).map(Some) }
        });
        let link = made.await?.ok_or_else(|| {
            Refusal::BadValue(format!("a channel can have {MOST} links; take one back first"))
        })?;
        Ok((link, token))
    }

    /// Lists a channel's links.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if the channel is not the visitor's.
    pub async fn links(&self, access: &Access) -> Result<Vec<Link>, Refusal> {
        access.check(What::Own)?;
        let channel = access.channel.id;
        self.on_store(move |store| store.links(channel)).await
    }

    /// Takes a link back: it opens nothing any more.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if the channel is not the visitor's, [`Refusal::Gone`] if there is no such link.
    pub async fn delete_link(&self, access: &Access, id: u64) -> Result<(), Refusal> {
        access.check(What::Own)?;
        let channel = access.channel.id;
        self.on_store(move |store| store.delete_link(channel, id)).await.map_err(gone)
    }
}
