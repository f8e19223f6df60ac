//! TalkBacks and their commands: the words, and what a store does with them.
//!
//! A TalkBack is a queue of commands that devices fetch one by one. Positions, states and expiry are decided here, inside the
//! transactions; who may ask, and who is told, is the engine's matter.

use fieldpost_wire::{ApiKey, ChannelId, Timestamp};
use serde::{Deserialize, Serialize};

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
