//! TalkBacks and their commands.

use fieldpost_store::talkbacks::Command;
use fieldpost_wire::Timestamp;

use super::schema;

/// A command as it is shown.
pub(super) fn view(command: &Command) -> schema::Command {
    schema::Command {
        id: command.id,
        talkback: command.talkback,
        command_string: command.text.clone(),
        position: command.position,
        state: command.state,
        created_at: command.created_at.millis(),
        delivered_at: command.delivered_at.map(Timestamp::millis),
        acknowledged_at: command.acknowledged_at.map(Timestamp::millis),
        expires_at: command.expires_at.map(Timestamp::millis),
    }
}
