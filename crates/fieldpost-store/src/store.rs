//! The contract that every store keeps.
//!
//! Calls block until the disk has answered; the engine runs them off its event loop. The operations are
//! those of the domain, not SQL, so that a journal with column blocks, or a distributed engine, can
//! stand behind them. A store gives ids and decides what depends on what is already stored (too soon,
//! time taken) inside the transaction that stores, so that two processes on one store can't both be right.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use fieldpost_wire::channel::{About, Channel, ReadKey};
use fieldpost_wire::query::Span;
use fieldpost_wire::update::Update;
use fieldpost_wire::{ApiKey, ChannelId, Entry, EntryId, FieldNo, RowRef, Timestamp};

use crate::access::{Link, NewLink, NewSession, Role, Session, Share, TokenHash};
use crate::automations::AutomationStore;
use crate::devices::DeviceStore;
use crate::history::HistoryStore;
use crate::relays::RelayStore;
use crate::talkbacks::TalkBackStore;

/// A place that keeps users, channels and entries.
pub trait Store:
    AutomationStore + DeviceStore + HistoryStore + RelayStore + TalkBackStore + Send + Sync + 'static
{
    // --- entries ---------------------------------------------------------------------------------

    /// Commits a batch and makes it durable: when this returns `Ok`, every entry in a
    /// [`Outcome::Stored`] survives the loss of power. One outcome for each submission, in order.
    ///
    /// A submission is stored whole or not at all; one that is refused does not touch the others and
    /// uses up no entry id. Ids of a channel begin at 1, each is the one above the highest that was ever given, in the order of the
    /// batch. (What is deleted or put in later leaves gaps.)
    /// Where several refusals apply the first of [`Outcome::NoChannel`], [`Outcome::TooSoon`] and
    /// [`Outcome::TimeTaken`] is given. A submission whose updates were all passed over is no write.
    ///
    /// # Errors
    /// If the batch could not be made durable; then nothing of it is stored.
    fn commit(&self, batch: Vec<Submission>) -> Result<Vec<Outcome>, StoreError>;

    /// Reads the newest entries of a span, by time and then by id, and gives them oldest first.
    /// A channel that does not exist has no entries. With [`Span::entries`] set only the ids bound the range and
    /// times do not count; "newest" still means newest by time.
    ///
    /// # Errors
    /// If the store can't be read.
    fn newest(&self, channel: ChannelId, span: &Span) -> Result<Vec<Entry>, StoreError>;

    /// Shows what [`Store::head`] and [`Store::newest`] give of one moment, without making entries of what is only passed on. Takes no
    /// more memory for many entries than for some thousand. `reader` must not call the store.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel. If the store can't be read `reader` may have had a part of it by then.
    fn feed(
        &self,
        channel: ChannelId,
        span: &Span,
        reader: &mut dyn Reader,
    ) -> Result<(), StoreError> {
        // In this order where the channel stands may be newer than the entries, but never older.
        let entries = self.newest(channel, span)?;
        reader.begin(self.head(channel)?.ok_or(StoreError::NotFound)?, entries.len());
        entries.iter().for_each(|entry| reader.entry(entry.into()));
        Ok(())
    }

    /// What [`Store::newest`] and [`Store::head`] would answer, if that can be told from memory without waiting for anybody; `None` if
    /// they have to be asked. For those who must not wait. What another process did may be missing for a fraction of a second.
    fn at_hand(&self, channel: ChannelId, span: &Span) -> Option<(Vec<Entry>, Head)> {
        let _ = (channel, span);
        None
    }

    /// Brings everything into the one file that a store has, for the end: whoever copies that file then has all of it.
    ///
    /// # Errors
    /// If that fails; then all is as before.
    fn tidy(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Reads up to `limit` entries with an id above `after`, by ascending id. Exports and resuming
    /// listeners page through a channel with it.
    ///
    /// # Errors
    /// If the store can't be read.
    fn after(
        &self,
        channel: ChannelId,
        after: EntryId,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Shows every entry from a time to a time, both included, by ascending time and then id, one after the other, until
    /// `visit` breaks off. Takes no more memory for many entries than for few. `visit` must not call the store.
    ///
    /// # Errors
    /// If the store can't be read.
    fn scan(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
        visit: &mut dyn FnMut(&Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// Reads one entry.
    ///
    /// # Errors
    /// If the store can't be read.
    fn entry(&self, channel: ChannelId, id: EntryId) -> Result<Option<Entry>, StoreError>;

    /// Reads the entry with the highest id in which this field has a value (an empty text is a value).
    ///
    /// # Errors
    /// If the store can't be read.
    fn last_with(&self, channel: ChannelId, field: FieldNo) -> Result<Option<Entry>, StoreError>;

    /// Reads where a channel stands; `None` if there is no such channel.
    ///
    /// # Errors
    /// If the store can't be read.
    fn head(&self, channel: ChannelId) -> Result<Option<Head>, StoreError>;

    /// Deletes all entries of a channel; ids begin at 1 again. Counts as a change for [`Store::version`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel.
    fn clear(&self, channel: ChannelId) -> Result<(), StoreError>;

    // --- channels --------------------------------------------------------------------------------

    /// A number that changes whenever a user, a channel or a key does, also by another process. Cheap to
    /// ask; tells a cache when to forget.
    ///
    /// # Errors
    /// If the store can't be read.
    fn version(&self) -> Result<u64, StoreError>;

    /// Reads a channel's settings.
    ///
    /// # Errors
    /// If the store can't be read.
    fn channel(&self, id: ChannelId) -> Result<Option<Channel>, StoreError>;

    /// Finds the channel that this key opens for writing at this time: its write key, or one that is retiring.
    ///
    /// # Errors
    /// If the store can't be read.
    fn channel_of_write_key(
        &self,
        key: &ApiKey,
        now: Timestamp,
    ) -> Result<Option<Channel>, StoreError>;

    /// Reads the channel that this is a read key of; if it is one of several, that with the lowest id.
    ///
    /// # Errors
    /// If the store can't be read.
    fn channel_of_read_key(&self, key: &ApiKey) -> Result<Option<Channel>, StoreError>;

    /// Lists channels with where they stand, by ascending id.
    ///
    /// # Errors
    /// If the store can't be read.
    fn channels(&self, filter: &ChannelFilter) -> Result<Vec<(Channel, Head)>, StoreError>;

    /// Makes a channel. Without an id it gets the next free one above every id that was ever used; ids are
    /// never used again, except when the owner asks for one by number.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such owner, else [`StoreError::Taken`] if the id or a key is in use:
    /// a write key, also a retiring one, must differ from every other key of a channel, a read key from every write key.
    fn create_channel(&self, new: NewChannel) -> Result<Channel, StoreError>;

    /// Changes a channel's settings: reads it, lets `change` alter it, writes it back and sets `updated_at` to `now`, all in
    /// one transaction. `id`, `owner`, `username` and `created_at` do not change. Tags are matched to known
    /// words by name, without regard to case; the numbers in them are ignored. Retiring keys whose time is over go.
    /// `change` must not call the store.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel, [`StoreError::Taken`] if a new key is in use.
    fn change_channel(
        &self,
        id: ChannelId,
        now: Timestamp,
        change: &mut dyn FnMut(&mut Channel),
    ) -> Result<Channel, StoreError>;

    /// Deletes a channel with its entries and keys.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel.
    fn delete_channel(&self, id: ChannelId) -> Result<(), StoreError>;

    // --- users -----------------------------------------------------------------------------------

    /// Makes a user.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if the login (case does not count) or the key is in use.
    fn create_user(&self, new: NewUser) -> Result<User, StoreError>;

    /// Finds a user by login; case does not count.
    ///
    /// # Errors
    /// If the store can't be read.
    fn user(&self, login: &str) -> Result<Option<User>, StoreError>;

    /// Finds the user whom this user key belongs to.
    ///
    /// # Errors
    /// If the store can't be read.
    fn user_of_key(&self, key: &ApiKey) -> Result<Option<User>, StoreError>;

    /// Lists all users by ascending id.
    ///
    /// # Errors
    /// If the store can't be read.
    fn users(&self) -> Result<Vec<User>, StoreError>;

    /// Changes a user: reads it, lets `change` alter it and writes it back, in one transaction. `id`, `login`
    /// and `created_at` do not change.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such user, [`StoreError::Taken`] if the new key is in use.
    fn change_user(
        &self,
        login: &str,
        change: &mut dyn FnMut(&mut User),
    ) -> Result<User, StoreError>;

    /// Deletes a user with the sessions, and shares with the user.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such user, [`StoreError::OwnsChannels`] if channels would be left without
    /// an owner, [`StoreError::LastAdmin`] if nobody else who may manage users has a password.
    fn delete_user(&self, login: &str) -> Result<(), StoreError>;

    // --- who may look ----------------------------------------------------------------------------

    /// Begins a session. Sessions do not count for [`Store::version`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such user, [`StoreError::Taken`] if a session has this token.
    fn begin_session(&self, new: NewSession) -> Result<Session, StoreError>;

    /// Finds the session that a token belongs to, and its user. Whether it is too old is for the caller to say.
    ///
    /// # Errors
    /// If the store can't be read.
    fn session(&self, token: &TokenHash) -> Result<Option<(Session, User)>, StoreError>;

    /// Lists a user's sessions by ascending id.
    ///
    /// # Errors
    /// If the store can't be read.
    fn sessions(&self, user: u64) -> Result<Vec<Session>, StoreError>;

    /// Notes that a session was seen.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it has ended.
    fn see_session(&self, id: u64, now: Timestamp) -> Result<(), StoreError>;

    /// Ends one session of a user.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such session.
    fn end_session(&self, user: u64, id: u64) -> Result<(), StoreError>;

    /// Ends all sessions of a user but one.
    ///
    /// # Errors
    /// If the store fails.
    fn end_sessions(&self, user: u64, except: Option<u64>) -> Result<(), StoreError>;

    /// Ends all sessions that were last seen before a time.
    ///
    /// # Errors
    /// If the store fails.
    fn end_old_sessions(&self, before: Timestamp) -> Result<(), StoreError>;

    /// Shares a channel with a user, changes what the user may do, or with `None` ends it. The owner of a channel is
    /// no share of it; sharing with [`Role::Owner`] ends the share.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel or user.
    fn share(&self, channel: ChannelId, user: u64, role: Option<Role>) -> Result<(), StoreError>;

    /// Lists whom a channel is shared with, by ascending number of the user.
    ///
    /// # Errors
    /// If the store can't be read.
    fn shares(&self, channel: ChannelId) -> Result<Vec<Share>, StoreError>;

    /// Tells what a user may do with a channel that is shared; `None` also for the owner.
    ///
    /// # Errors
    /// If the store can't be read.
    fn role(&self, channel: ChannelId, user: u64) -> Result<Option<Role>, StoreError>;

    /// Lists the channels that are shared with a user, by ascending id.
    ///
    /// # Errors
    /// If the store can't be read.
    fn shared_with(&self, user: u64) -> Result<Vec<(Channel, Head, Role)>, StoreError>;

    /// Makes a link to a channel. Links do not count for [`Store::version`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel, [`StoreError::Taken`] if a link has this token.
    fn create_link(&self, new: NewLink) -> Result<Link, StoreError>;

    /// Lists a channel's links by ascending id.
    ///
    /// # Errors
    /// If the store can't be read.
    fn links(&self, channel: ChannelId) -> Result<Vec<Link>, StoreError>;

    /// Finds the link that a token belongs to. Whether it has ended is for the caller to say.
    ///
    /// # Errors
    /// If the store can't be read.
    fn link(&self, token: &TokenHash) -> Result<Option<Link>, StoreError>;

    /// Takes a link back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the channel has no such link.
    fn delete_link(&self, channel: ChannelId, id: u64) -> Result<(), StoreError>;
}

/// Takes a feed in.
pub trait Reader {
    /// Is told first, and once, where the channel stands and how many entries come.
    fn begin(&mut self, head: Head, count: usize);

    /// Is shown the next entry.
    fn entry(&mut self, entry: RowRef<'_>);
}

/// Updates that belong together: all of them become entries, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// Where they go.
    pub channel: ChannelId,
    /// What is to be stored, in order. At least one.
    pub updates: Vec<Update>,
    /// When they were received; the time of updates that name none.
    pub received: Timestamp,
    /// The least time since the last accepted write, in milliseconds; 0 for no limit. A tenth of it, at
    /// most 300 ms, is forgiven, since clients' clocks tremble.
    pub interval_ms: u64,
    /// What an update that names a time which the channel already has means.
    pub repeats: Repeats,
}

/// What to do with an update that names a time that an entry of its channel already has, to the
/// millisecond. Updates that name no time never repeat one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Repeats {
    /// Refuse the submission: the service's rule for single updates.
    Refuse,
    /// Pass over updates that equal an entry of that time, so that a bulk may be sent again after a lost answer;
    /// store the others, so that no value is lost to a clock that shows seconds. Two equal updates of one time
    /// within a submission count as one.
    Skip,
    /// Store them all the same: for imports, which must keep what they find.
    Keep,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// On disk. With [`Repeats::Skip`] there may be fewer entries than updates, even none.
    Stored(Arc<[Entry]>),
    /// Refused: the channel's last accepted write is too recent.
    TooSoon {
        /// How long to wait, in milliseconds.
        wait_ms: u64,
    },
    /// Refused: an entry has this time already.
    TimeTaken(Timestamp),
    /// Refused: the channel is gone.
    NoChannel,
}

/// Where a channel stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Head {
    /// The id of the newest entry; `None` while the channel is empty.
    pub last: Option<EntryId>,
    /// When the last accepted write was received. Clearing a channel does not change it.
    pub last_write_at: Option<Timestamp>,
}

/// Which channels to list; all conditions must hold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ChannelFilter {
    /// Those of this user.
    pub owner: Option<u64>,
    /// Those that anyone may read.
    pub public_only: bool,
    /// Those that carry this word; case does not count.
    pub tag: Option<String>,
}

/// A channel to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewChannel {
    /// The number the owner chose, if any.
    pub id: Option<ChannelId>,
    /// The number of the user it will belong to.
    pub owner: u64,
    /// Its settings.
    pub about: About,
    /// Its write key.
    pub write_key: ApiKey,
    /// Its read keys.
    pub read_keys: Vec<ReadKey>,
    /// When it is made.
    pub now: Timestamp,
}

/// A person, or a program with an account.
#[derive(Clone, Eq, PartialEq)]
pub struct User {
    /// Its number, from 1.
    pub id: u64,
    /// The name used to sign in and in URLs.
    pub login: String,
    /// The user key.
    pub api_key: ApiKey,
    /// The password as an argon2id string; without one nobody can sign in with a password.
    pub password: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// A few words.
    pub bio: Option<String>,
    /// A web page.
    pub website: Option<String>,
    /// May manage users.
    pub admin: bool,
    /// The name of the zone in which times are shown; absent for the browser's own.
    pub timezone: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl fmt::Debug for User {
    /// Leaves the password string out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// A user to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The name used to sign in.
    pub login: String,
    /// The user key.
    pub api_key: ApiKey,
    /// The password as an argon2id string.
    pub password: Option<String>,
    /// May manage users.
    pub admin: bool,
    /// When the account is made.
    pub now: Timestamp,
}

/// Something that must be unique and is in use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Taken {
    /// A channel has this id.
    ChannelId,
    /// A channel or user has this key.
    Key,
    /// A user has this login.
    Login,
    /// A TalkBack has this id.
    TalkBackId,
    /// A device has this client id.
    ClientId,
}

/// Why a store did not do what was asked.
#[derive(Debug)]
pub enum StoreError {
    /// It must be unique and is in use.
    Taken(Taken),
    /// There is no such channel, user, session or link.
    NotFound,
    /// The user can't go while channels belong to it.
    OwnsChannels,
    /// The user can't go: nobody who can sign in could manage users any more.
    LastAdmin,
    /// The store itself failed: disk full, file damaged, connection lost.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(Taken::ChannelId) => f.write_str("a channel with this id exists already"),
            Self::Taken(Taken::Key) => f.write_str("this key is in use already"),
            Self::Taken(Taken::Login) => f.write_str("a user with this name exists already"),
            Self::Taken(Taken::TalkBackId) => {
                f.write_str("a TalkBack with this id exists already")
            }
            Self::Taken(Taken::ClientId) => {
                f.write_str("a device with this client id exists already")
            }
            Self::NotFound => f.write_str("there is no such channel, user, session or link"),
            Self::OwnsChannels => {
                f.write_str("channels belong to this user; delete them or give them away first")
            }
            Self::LastAdmin => f.write_str(
                "this is the last user who may manage users; make somebody else an administrator first",
            ),
            Self::Failed(_) => f.write_str("the store failed"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(cause) => Some(cause.as_ref()),
            _ => None,
        }
    }
}

/// How long a write must still wait, if it came too soon. Shared by the stores so that they agree.
pub(crate) fn wait_ms(
    last_write_at: Option<Timestamp>,
    received: Timestamp,
    interval_ms: u64,
) -> Option<u64> {
    let tolerance = (interval_ms / 10).min(300);
    // A clock that was set back has no say: what counts is the distance, so that nobody waits for an hour to come again.
    let passed = received.millis().abs_diff(last_write_at?.millis());
    let wait = (interval_ms - tolerance).saturating_sub(passed);
    (wait > 0).then_some(wait)
}
