//! Channels: making, changing, clearing and deleting them.

use std::sync::Arc;

use fieldpost_store::{ChannelFilter, Head, NewChannel, Role, User};
use fieldpost_wire::channel::{About, ReadKey};
use fieldpost_wire::{ApiKey, Channel, ChannelId};

use super::roles::{Access, What};
use super::{key_or_new, zone_name};
use crate::engine::Engine;
use crate::refusal::Refusal;
use crate::retention::keep;

/// What the owner of a new channel may choose; the rest is made up.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The channel's id.
    pub id: Option<ChannelId>,
    /// Its write key.
    pub write_key: Option<ApiKey>,
    /// Its read key.
    pub read_key: Option<ApiKey>,
}

impl Engine {
    /// Makes a channel with a write key and a read key.
    ///
    /// # Errors
    /// [`Refusal::Taken`] if a chosen id or key is in use, [`Refusal::ChannelQuota`] if the user has enough.
    pub async fn create_channel(
        &self,
        owner: &User,
        about: About,
        chosen: Chosen,
    ) -> Result<Channel, Refusal> {
        let max = self.limits().channels_max;
        let owner = owner.id;
        if max < usize::MAX {
            let own = ChannelFilter { owner: Some(owner), ..ChannelFilter::default() };
            if self.on_store(move |store| store.channels(&own)).await?.len() >= max {
                return Err(Refusal::ChannelQuota { max });
            }
        }
        if chosen.write_key.is_some() && chosen.write_key == chosen.read_key {
            return Err(Refusal::BadValue("the read key must not be the write key".into()));
        }
        let now = self.now();
        self.change(move |store| {
            let write_key = key_or_new(chosen.write_key)?;
            let read_key = key_or_new(chosen.read_key)?;
            let read_keys = vec![ReadKey { key: read_key, note: String::new() }];
            store.create_channel(NewChannel {
                id: chosen.id,
                owner,
                about,
                write_key,
                read_keys,
                now,
            })
        })
        .await
    }

    /// Lists channels with where they stand.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn channels(&self, filter: ChannelFilter) -> Result<Vec<(Channel, Head)>, Refusal> {
        self.on_store(move |store| store.channels(&filter)).await
    }

    /// Finds a channel of this user; to everybody else it is as if it were not there.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`].
    pub async fn own_channel(&self, owner: &User, id: ChannelId) -> Result<Arc<Channel>, Refusal> {
        let channel = self.channel(id).await?;
        if channel.owner == owner.id { Ok(channel) } else { Err(Refusal::NoChannel) }
    }

    /// Opens a channel to its owner.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn own(&self, owner: &User, id: ChannelId) -> Result<Access, Refusal> {
        let channel = self.own_channel(owner, id).await?;
        Ok(Access { channel, role: Some(Role::Owner) })
    }

    /// Changes a channel's settings.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn change_channel(
        &self,
        owner: &User,
        id: ChannelId,
        change: impl FnMut(&mut Channel) + Send + 'static,
    ) -> Result<Channel, Refusal> {
        self.own_channel(owner, id).await?;
        self.alter(id, change).await
    }

    /// Changes what is said about a channel.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::BadValue`] if there is no such time zone.
    pub async fn describe(
        &self,
        access: &Access,
        mut change: impl FnMut(&mut About) + Send + 'static,
    ) -> Result<Channel, Refusal> {
        access.check(What::Edit)?;
        let mut after = access.channel.about.clone();
        change(&mut after);
        if after.public != access.channel.about.public {
            access.check(What::Own)?;
        }
        zone_name(after.timezone)?;
        let (id, believed) = (access.channel.id, after.valid != access.channel.about.valid);
        let keeps_otherwise = after.keep != access.channel.about.keep;
        if keeps_otherwise {
            // It deletes entries, as clearing does.
            access.check(What::Own)?;
            keep::check(&after.keep)?;
        }
        let channel = self.alter(id, move |channel| change(&mut channel.about)).await?;
        if believed {
            self.tell_change(id);
        }
        if keeps_otherwise {
            self.retention().change();
        }
        Ok(channel)
    }

    /// Changes a channel; the caller has checked the right to do so.
    pub(super) async fn alter(
        &self,
        id: ChannelId,
        mut change: impl FnMut(&mut Channel) + Send + 'static,
    ) -> Result<Channel, Refusal> {
        let now = self.now();
        self.change(move |store| store.change_channel(id, now, &mut change)).await
    }

    /// Deletes all entries of a channel; their ids begin at 1 again.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn clear_channel(&self, owner: &User, id: ChannelId) -> Result<(), Refusal> {
        self.own_channel(owner, id).await?;
        self.correct(id, move |store| store.clear(id)).await
    }

    /// Deletes a channel.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn delete_channel(&self, owner: &User, id: ChannelId) -> Result<(), Refusal> {
        self.own_channel(owner, id).await?;
        self.change(move |store| store.delete_channel(id)).await
    }
}
