//! TalkBacks and their commands.

use fieldpost_store::talkbacks::{CommandState, Control};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Role;

/// A queue of commands that devices fetch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TalkBack {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The key that fetches and adds commands; empty for who may only look.
    pub api_key: String,
    /// The channel that it belongs to: its commands page shows it, and who may edit the channel may send commands.
    #[schema(required)]
    pub channel: Option<u64>,
    /// Whether each command that is handed out becomes the status of a new entry in the channel.
    pub log: bool,
    /// After how many seconds a command that nobody fetched expires; `null` for never.
    #[schema(required)]
    pub expire_s: Option<u32>,
    /// What the commands page offers to press and push.
    pub controls: Vec<Control>,
    /// When it was made.
    pub created_at: i64,
    /// How many commands wait.
    pub queued: u64,
    /// What whoever asks is to it.
    pub role: Role,
}

/// A TalkBack to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTalkBack {
    /// Its name.
    pub name: String,
    /// The channel that it belongs to.
    #[serde(default)]
    pub channel: Option<u64>,
    /// Whether what is handed out is logged in the channel.
    #[serde(default)]
    pub log: bool,
    /// After how many seconds a command expires.
    #[serde(default)]
    pub expire_s: Option<u32>,
    /// What the commands page offers.
    #[serde(default)]
    pub controls: Vec<Control>,
}

/// What is to change in a TalkBack; what is absent stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TalkBackChanges {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The channel that it belongs to; `null` for none. Only its owner changes this.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<u64>, required = false)]
    pub channel: Option<Option<u64>>,
    /// Whether what is handed out is logged in the channel.
    #[serde(default)]
    pub log: Option<bool>,
    /// After how many seconds a command expires; `null` for never.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<u32>, required = false)]
    pub expire_s: Option<Option<u32>>,
    /// What the commands page offers.
    #[serde(default)]
    pub controls: Option<Vec<Control>>,
}

/// A command to be added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCommand {
    /// The text, at most 255 characters.
    pub command_string: String,
    /// Its place in the queue, from 1; absent for the end.
    #[serde(default)]
    pub position: Option<u64>,
    /// After how many seconds it expires; absent as the TalkBack has it, 0 for never.
    #[serde(default)]
    pub expire_s: Option<u32>,
    /// A word that names this command: the same word again within a day is the same command.
    #[serde(default)]
    pub once: Option<String>,
}

/// A text that waits for a device, or went to one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Command {
    /// Its number.
    pub id: u64,
    /// The TalkBack that it was added to.
    pub talkback: u64,
    /// The text.
    pub command_string: String,
    /// Its place in the queue, from 1, while it is queued.
    #[schema(required)]
    pub position: Option<u64>,
    /// How far it has come.
    pub state: CommandState,
    /// When it was added.
    pub created_at: i64,
    /// When it was handed out.
    #[schema(required)]
    pub delivered_at: Option<i64>,
    /// When the device said that it has done it.
    #[schema(required)]
    pub acknowledged_at: Option<i64>,
    /// When it expires, or did, if nobody fetches it.
    #[schema(required)]
    pub expires_at: Option<i64>,
}
