//! Sharing a channel with another user.

use fieldpost_store::{Head, Role, Share, User};
use fieldpost_wire::Channel;

use super::roles::{Access, What};
use crate::engine::Engine;
use crate::refusal::Refusal;

/// With how many users a channel may be shared.
const MOST: usize = 1_000;

impl Engine {
    /// Shares a channel with a user, or changes what the user may do.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if the channel is not the visitor's, [`Refusal::NoUser`], [`Refusal::BadValue`] if the user is
    /// the owner or would become one.
    pub async fn share(&self, access: &Access, login: &str, role: Role) -> Result<(), Refusal> {
        access.check(What::Own)?;
        if role == Role::Owner {
            return Err(Refusal::BadValue(
                "a channel has one owner; share it with an editor or a viewer".into(),
            ));
        }
        let user = self.user(login).await?;
        if user.id == access.channel.owner {
            return Err(Refusal::BadValue("the channel belongs to this user already".into()));
        }
        let channel = access.channel.id;
        let shared = self.change(move |store| {
            let full =
                store.shares(channel)?.len() >= MOST && store.role(channel, user.id)?.is_none();
            if !full {
                store.share(channel, user.id, Some(role))?;
            }
            Ok(!full)
        });
        if shared.await? {
            return Ok(());
        }
        Err(Refusal::BadValue(format!("a channel can be shared with {MOST} users; make it public")))
    }

    /// Ends the sharing of a channel with a user.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if the channel is not the visitor's, [`Refusal::NoUser`].
    pub async fn unshare(&self, access: &Access, login: &str) -> Result<(), Refusal> {
        access.check(What::Own)?;
        let (user, channel) = (self.user(login).await?.id, access.channel.id);
        self.change(move |store| store.share(channel, user, None)).await
    }

    /// Lists whom a channel is shared with.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if the channel is not the visitor's.
    pub async fn shares(&self, access: &Access) -> Result<Vec<Share>, Refusal> {
        access.check(What::Own)?;
        let channel = access.channel.id;
        self.on_store(move |store| store.shares(channel)).await
    }

    /// Lists the channels that others share with a user.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn shared_with(&self, user: &User) -> Result<Vec<(Channel, Head, Role)>, Refusal> {
        let user = user.id;
        self.on_store(move |store| store.shared_with(user)).await
    }
}
