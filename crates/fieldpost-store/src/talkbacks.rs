//! TalkBacks and their commands: the words, and what a store does with them.
//!
//! A TalkBack is a queue of commands that devices fetch one by one. Positions, states and expiry are decided here, inside the
//! transactions; who may ask, and who is told, is the engine's matter.

use fieldpost_wire::{ApiKey, ChannelId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::store::StoreError;

/// For how long the same word given with a command means the same command, in milliseconds.
pub const ONCE_MS: i64 = 24 * 60 * 60 * 1_000;

/// Keeps TalkBacks and their commands. None of them counts for [`crate::Store::version`].
///
/// A command is queued until it is handed out, taken back or due. Whoever asks says what time it is: a command that is due then has
/// no position and is shown as expired, whether or not that is written down already. What is no longer queued is finished; of a
/// TalkBack's finished commands as many as the caller says are kept, those that finished last.
pub trait TalkBackStore {
    /// Makes a TalkBack. Without an id it gets one above every id that was ever used.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such user or channel, [`StoreError::Taken`] if a TalkBack has the id or the key.
    fn create_talkback(&self, new: NewTalkBack) -> Result<TalkBack, StoreError>;

    /// Finds a TalkBack.
    ///
    /// # Errors
    /// If the store can't be read.
    fn talkback(&self, id: u64) -> Result<Option<TalkBack>, StoreError>;

    /// Finds the TalkBack that a key opens.
    ///
    /// # Errors
    /// If the store can't be read.
    fn talkback_of_key(&self, key: &ApiKey) -> Result<Option<TalkBack>, StoreError>;

    /// Lists a user's TalkBacks, or everybody's, by ascending id.
    ///
    /// # Errors
    /// If the store can't be read.
    fn talkbacks(&self, user: Option<u64>) -> Result<Vec<TalkBack>, StoreError>;

    /// Lists the TalkBacks that concern a user, by ascending id: the user's own, and those of channels that the user owns or that
    /// are shared with the user.
    ///
    /// # Errors
    /// If the store can't be read.
    fn talkbacks_for(&self, user: u64) -> Result<Vec<TalkBack>, StoreError>;

    /// Changes a TalkBack in one transaction. `id`, `user` and `created_at` do not change. `change` must not call the store.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such TalkBack or channel, [`StoreError::Taken`] if another has the new key.
    fn change_talkback(
        &self,
        id: u64,
        change: &mut dyn FnMut(&mut TalkBack),
    ) -> Result<TalkBack, StoreError>;

    /// Deletes a TalkBack with its commands.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such TalkBack.
    fn delete_talkback(&self, id: u64) -> Result<(), StoreError>;

    /// Adds a command, unless `most` are queued already. With a word in [`NewCommand::once`] that came with a command within
    /// [`ONCE_MS`] nothing is added and that command is given.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such TalkBack.
    fn add_command(&self, new: NewCommand, most: usize) -> Result<Added, StoreError>;

    /// Finds a command.
    ///
    /// # Errors
    /// If the store can't be read.
    fn command(
        &self,
        talkback: u64,
        id: u64,
        now: Timestamp,
    ) -> Result<Option<Command>, StoreError>;

    /// Changes what a queued command says, or moves it to another place; one that is not queued is given as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such command.
    fn change_command(
        &self,
        talkback: u64,
        id: u64,
        change: CommandChange,
        now: Timestamp,
    ) -> Result<Command, StoreError>;

    /// Hands out the first queued command. Of two who ask at once one gets it. `keep` finished commands are kept.
    ///
    /// # Errors
    /// If the store fails; then nothing was handed out.
    fn next_command(
        &self,
        talkback: u64,
        now: Timestamp,
        keep: usize,
    ) -> Result<Option<Command>, StoreError>;

    /// Finds the command that was handed out last.
    ///
    /// # Errors
    /// If the store can't be read.
    fn last_delivered(&self, talkback: u64) -> Result<Option<Command>, StoreError>;

    /// Notes that a device has done a command; one that was not handed out, or is acknowledged already, is given as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such command.
    fn acknowledge(&self, talkback: u64, id: u64, now: Timestamp) -> Result<Command, StoreError>;

    /// Lists what is queued, in the order in which it is handed out.
    ///
    /// # Errors
    /// If the store can't be read.
    fn queue(&self, talkback: u64, now: Timestamp) -> Result<Vec<Command>, StoreError>;

    /// Counts what is queued.
    ///
    /// # Errors
    /// If the store can't be read.
    fn queued(&self, talkback: u64, now: Timestamp) -> Result<u64, StoreError>;

    /// Lists the commands with the highest ids, whatever became of them, the highest first.
    ///
    /// # Errors
    /// If the store can't be read.
    fn commands(
        &self,
        talkback: u64,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Command>, StoreError>;

    /// Deletes a command and gives it as it was. With [`Reach::Queue`] one that is not queued stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such command.
    fn delete_command(
        &self,
        talkback: u64,
        id: u64,
        reach: Reach,
        now: Timestamp,
    ) -> Result<Command, StoreError>;

    /// Deletes a TalkBack's commands; with [`Reach::Queue`] those that are queued.
    ///
    /// # Errors
    /// If the store fails; then none is deleted.
    fn delete_commands(
        &self,
        talkback: u64,
        reach: Reach,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Writes down which commands have expired, at most `most` of them and those that were due first. Of each TalkBack's
    /// finished commands `keep` are kept.
    ///
    /// # Errors
    /// If the store fails; then nothing is written down.
    fn expire(&self, now: Timestamp, most: usize, keep: usize) -> Result<Expired, StoreError>;
}

/// A queue of commands, with a key of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct TalkBack {
    /// Its number, from 1; never used again unless it is asked for.
    pub id: u64,
    /// Whose it is.
    pub user: u64,
    /// Its name.
    pub name: String,
    /// The key that fetches and adds commands.
    pub api_key: ApiKey,
    /// The channel that it belongs to, if any.
    pub channel: Option<ChannelId>,
    /// Whether each command that is handed out becomes the status of a new entry in the channel.
    pub log: bool,
    /// After how many seconds a command that nobody fetched expires, unless it says otherwise itself.
    pub expire_s: Option<u32>,
    /// What the commands page offers to press and push.
    pub controls: Vec<Control>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A TalkBack to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTalkBack {
    /// The number that was chosen, if any.
    pub id: Option<u64>,
    /// Whose it will be.
    pub user: u64,
    /// Its name.
    pub name: String,
    /// Its key.
    pub api_key: ApiKey,
    /// The channel that it belongs to, if any.
    pub channel: Option<ChannelId>,
    /// Whether commands that are handed out are logged there.
    pub log: bool,
    /// After how many seconds a command expires.
    pub expire_s: Option<u32>,
    /// What the commands page offers.
    pub controls: Vec<Control>,
    /// When it is made.
    pub now: Timestamp,
}

/// Something to press or push that adds a command.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Control {
    /// On or off.
    Switch {
        /// What stands beside it.
        label: String,
        /// The command that switches on.
        on: String,
        /// The command that switches off.
        off: String,
    },
    /// One command.
    Button {
        /// What stands on it.
        label: String,
        /// The command.
        command: String,
    },
    /// A number within a range.
    Slider {
        /// What stands beside it.
        label: String,
        /// The command, with `{value}` where the number goes.
        command: String,
        /// The lowest number.
        min: f64,
        /// The highest number.
        max: f64,
        /// The distance between two numbers.
        step: f64,
    },
}

/// A text that waits for a device, or went to one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Command {
    /// Its number, from 1, in the order of all TalkBacks; never used again.
    pub id: u64,
    /// The TalkBack that it was added to.
    pub talkback: u64,
    /// The text.
    pub text: String,
    /// Its place in the queue, from 1; `None` once it is no longer queued.
    pub position: Option<u64>,
    /// How far it has come.
    pub state: CommandState,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was handed out.
    pub delivered_at: Option<Timestamp>,
    /// When the device said that it has done it.
    pub acknowledged_at: Option<Timestamp>,
    /// When it expires, or did, if nobody fetches it.
    pub expires_at: Option<Timestamp>,
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CommandState {
    /// It waits for a device.
    Queued,
    /// A device was given it. ThingSpeak calls this executed.
    Delivered,
    /// The device said that it has done it.
    Acknowledged,
    /// Nobody fetched it in time; it is handed out no more.
    Expired,
}

/// A command to be added.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCommand {
    /// Where it goes.
    pub talkback: u64,
    /// The text.
    pub text: String,
    /// The place in the queue, from 1: those at it and behind it move down by one. Absent, or beyond the end: the end.
    pub position: Option<u64>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// A word that names this command and no other.
    pub once: Option<String>,
    /// When it is added.
    pub now: Timestamp,
}

/// What became of a command that was to be added.
#[derive(Clone, Debug, PartialEq)]
pub enum Added {
    /// It is in the queue.
    New(Command),
    /// Its word came with this command before.
    Again(Command),
    /// The queue is full.
    Full,
}

/// What is to change in a queued command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommandChange {
    /// Its text.
    pub text: Option<String>,
    /// Its place in the queue, from 1; beyond the end means the end.
    pub position: Option<u64>,
}

/// Which commands are meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// Those that are queued.
    Queue,
    /// All of them.
    All,
}

/// Commands that nobody fetched in time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expired {
    /// Those that are written down now as expired.
    pub commands: Vec<Command>,
    /// When the next one is due; it may have been already, if there were more than were to be written down.
    pub next: Option<Timestamp>,
}

impl Command {
    /// The command as it is at a time: one that nobody fetched until then has expired.
    pub(crate) fn at(mut self, now: Timestamp) -> Self {
        if self.state == CommandState::Queued && !lasts(self.expires_at, now) {
            self.state = CommandState::Expired;
            self.position = None;
        }
        self
    }
}

/// True if something that is to be fetched until then may be fetched now.
pub(crate) fn lasts(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|until| now < until)
}
