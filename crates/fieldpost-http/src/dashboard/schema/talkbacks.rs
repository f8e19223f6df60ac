//! TalkBacks and their commands.

use fieldpost_store::talkbacks::CommandState;
use serde::Serialize;
use utoipa::ToSchema;

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
