//! Who may do what with a channel: the one place where that is decided.

use std::sync::Arc;

use fieldpost_store::{Role, User};
use fieldpost_wire::{Channel, ChannelId};

use super::lasts;
use super::random::digest;
use crate::engine::Engine;
use crate::refusal::Refusal;

/// What somebody wants to do with a channel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    /// See its entries and what it is about.
    Read,
    /// Change its settings; see and change its keys.
    Edit,
    /// Share it, publish it, clear it, delete it.
    Own,
}

/// What somebody brings along: a session, a share link, a read key; all, some or none of them.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// Who is signed in.
    pub user: Option<User>,
    /// The token of a share link.
    pub link: Option<String>,
    /// A key of the channel, or the owner's user key.
    pub key: Option<String>,
}

/// A channel that somebody may at least read, and what else.
#[derive(Clone, Debug)]
pub struct Access {
    /// The channel.
    pub channel: Arc<Channel>,
    /// What the visitor is to it; `None` for who only looks in.
    pub role: Option<Role>,
}

impl What {
    /// True if this role is enough.
    pub fn is_for(self, role: Option<Role>) -> bool {
        match self {
            Self::Read => true, // who has an `Access` may read
            Self::Edit => role >= Some(Role::Editor),
            Self::Own => role >= Some(Role::Owner),
        }
    }
}

impl Access {
    /// Asks whether the visitor may do this too.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if not.
    pub fn check(&self, what: What) -> Result<(), Refusal> {
        if what.is_for(self.role) { Ok(()) } else { Err(Refusal::Forbidden(needs(what).into())) }
    }
}

fn needs(what: What) -> &'static str {
    match what {
        What::Read => "this channel is not open to you",
        What::Edit => "only the owner and the editors of this channel may do this",
        What::Own => "only the owner of this channel may do this",
    }
}

impl Engine {
    /// Opens a channel to a visitor for a purpose.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if the visitor may not even read it, so that nobody learns that it is there;
    /// [`Refusal::Forbidden`] if reading is all that is allowed, or [`Refusal::SignIn`] if nobody is signed in.
    pub async fn access(
        &self,
        visitor: &Visitor,
        id: ChannelId,
        what: What,
    ) -> Result<Access, Refusal> {
        if what != What::Read && visitor.user.is_none() {
            return Err(Refusal::SignIn);
        }
        let channel = self.channel(id).await?;
        let role = match &visitor.user {
            Some(user) => self.role(user, &channel).await?,
            None => None,
        };
        if role.is_none() && !self.opens(visitor, &channel).await? {
            return Err(Refusal::NoChannel);
        }
        let access = Access { channel, role };
        access.check(what)?;
        Ok(access)
    }

    /// What a user is to a channel.
    pub(crate) async fn role(
        &self,
        user: &User,
        channel: &Channel,
    ) -> Result<Option<Role>, Refusal> {
        if user.id == channel.owner {
            return Ok(Some(Role::Owner));
        }
        let (channel, user) = (channel.id, user.id);
        self.on_store(move |store| store.role(channel, user)).await
    }

    /// True if a channel is public, or the link or the key opens it.
    async fn opens(&self, visitor: &Visitor, channel: &Channel) -> Result<bool, Refusal> {
        if channel.about.public {
            return Ok(true);
        }
        if let Some(token) = &visitor.link {
            let token = digest(token);
            let link = self.on_store(move |store| store.link(&token)).await?;
            let now = self.now();
            if link.is_some_and(|link| link.channel == channel.id && lasts(link.expires_at, now)) {
                return Ok(true);
            }
        }
        match self.channel_to_read(channel.id, visitor.key.as_deref()).await {
            Ok(_) => Ok(true),
            Err(Refusal::KeyMissing | Refusal::ReadKeyUnknown) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_those_before_it_may() {
        let roles = [None, Some(Role::Viewer), Some(Role::Editor), Some(Role::Owner)];
        let may = |what: What| roles.map(|role| what.is_for(role));
        assert_eq!(may(What::Read), [true, true, true, true]);
        assert_eq!(may(What::Edit), [false, false, true, true]);
        assert_eq!(may(What::Own), [false, false, false, true]);
    }
}
