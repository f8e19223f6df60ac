//! The values of who may do what: sessions, shares and links. What they allow is decided in the engine.

use std::fmt;

use fieldpost_wire::{ChannelId, Timestamp};

/// The SHA-256 of a token that somebody carries. The token itself is never kept.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TokenHash(pub [u8; 32]);

impl fmt::Debug for TokenHash {
    /// Shows nothing: nobody needs it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// What somebody may do with a channel; each may do what those before it may.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Look.
    Viewer,
    /// Change settings and keys.
    Editor,
    /// Everything. A channel has one owner, who is no share of it.
    Owner,
}

/// A browser that is signed in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Session {
    /// Its number, given once.
    pub id: u64,
    /// The number of the user.
    pub user: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub seen_at: Timestamp,
    /// What the browser says it is.
    pub agent: String,
}

/// A session to be begun.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The number of the user.
    pub user: u64,
    /// What the browser will show.
    pub token: TokenHash,
    /// What the browser says it is.
    pub agent: String,
    /// When it begins.
    pub now: Timestamp,
}

/// A user whom a channel is shared with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Share {
    /// The number of the user.
    pub user: u64,
    /// The user's login.
    pub login: String,
    /// What the user may do; never [`Role::Owner`].
    pub role: Role,
}

/// A link that lets whoever has it look at a channel.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    /// Its number, given once.
    pub id: u64,
    /// What it opens.
    pub channel: ChannelId,
    /// Whom it is for.
    pub note: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A link to be made.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// What it opens.
    pub channel: ChannelId,
    /// What the link carries.
    pub token: TokenHash,
    /// Whom it is for.
    pub note: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it is made.
    pub now: Timestamp,
}
