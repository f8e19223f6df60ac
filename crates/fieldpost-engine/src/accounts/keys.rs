//! The keys of a channel: replaced, with or without a time in which both write; added and taken away.

use fieldpost_store::User;
use fieldpost_wire::channel::{ReadKey, RetiringKey};
use fieldpost_wire::update::cut;
use fieldpost_wire::{ApiKey, Channel, ChannelId};

use super::failed;
use super::random::key;
use super::roles::{Access, What};
use crate::engine::Engine;
use crate::refusal::Refusal;

/// The longest that a replaced key goes on writing, in milliseconds.
const OVERLAP_MAX: u64 = 7 * 24 * 3_600_000;
/// How many replaced keys write beside the new one; the oldest go.
const RETIRING_MAX: usize = 8;
/// How many read keys a channel may have.
const READ_KEYS_MAX: usize = 100;

impl Engine {
    /// Gives a channel a new write key; the old one ends at once.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn rotate_write_key(&self, owner: &User, id: ChannelId) -> Result<Channel, Refusal> {
        let access = self.own(owner, id).await?;
        self.replace_write_key(&access, 0).await
    }

    /// Gives a channel a new write key. The old one goes on writing for so many milliseconds, up to 7 days; with 0 every old one
    /// ends at once.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], or [`Refusal::BadValue`] if that is too long.
    pub async fn replace_write_key(
        &self,
        access: &Access,
        overlap_ms: u64,
    ) -> Result<Channel, Refusal> {
        access.check(What::Edit)?;
        if overlap_ms > OVERLAP_MAX {
            return Err(Refusal::BadValue(
                "an old key can go on writing for at most 7 days".into(),
            ));
        }
        let key = key().map_err(failed)?;
        let until = self.now().plus_millis(overlap_ms as i64);
        self.alter(access.channel.id, move |channel| {
            let old = std::mem::replace(&mut channel.write_key, key);
            if overlap_ms == 0 {
                channel.retiring.clear();
                return;
            }
            let surplus = (channel.retiring.len() + 1).saturating_sub(RETIRING_MAX);
            channel.retiring.drain(..surplus);
            channel.retiring.push(RetiringKey { key: old, until });
        })
        .await
    }

    /// Adds a read key to a channel.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn add_read_key(
        &self,
        owner: &User,
        id: ChannelId,
        note: String,
    ) -> Result<Channel, Refusal> {
        let access = self.own(owner, id).await?;
        self.make_read_key(&access, &note).await
    }

    /// Adds a read key to a channel.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], or [`Refusal::BadValue`] if there are too many.
    pub async fn make_read_key(&self, access: &Access, note: &str) -> Result<Channel, Refusal> {
        access.check(What::Edit)?;
        if access.channel.read_keys.len() >= READ_KEYS_MAX {
            return Err(Refusal::BadValue(format!(
                "a channel can have {READ_KEYS_MAX} read keys; take one away first"
            )));
        }
        let key = key().map_err(failed)?;
        let note = cut(note.trim()).to_string();
        self.alter(access.channel.id, move |channel| {
            channel.read_keys.push(ReadKey { key, note: note.clone() });
        })
        .await
    }

    /// Takes a read key from a channel.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn remove_read_key(
        &self,
        owner: &User,
        id: ChannelId,
        key: ApiKey,
    ) -> Result<Channel, Refusal> {
        let access = self.own(owner, id).await?;
        self.take_read_key(&access, key).await
    }

    /// Takes a read key from a channel.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn take_read_key(&self, access: &Access, key: ApiKey) -> Result<Channel, Refusal> {
        access.check(What::Edit)?;
        self.alter(access.channel.id, move |channel| {
            channel.read_keys.retain(|known| known.key != key);
        })
        .await
    }
}
