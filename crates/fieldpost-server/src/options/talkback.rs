//! What can be said to `fieldpost talkback`.

use clap::Subcommand;
use fieldpost_wire::{ApiKey, ChannelId};

use super::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum TalkBackCommand {
    /// Make a TalkBack, a queue of commands for boards, and print its number and key
    Create {
        /// The user whose TalkBack it is
        #[arg(long, value_name = "LOGIN")]
        user: String,
        /// What it is called
        #[arg(long)]
        name: String,
        /// The channel on whose commands page it is
        #[arg(long, value_name = "ID")]
        channel: Option<ChannelId>,
        /// Write each command that is handed out into the channel, as status of a new entry
        #[arg(long, requires = "channel")]
        log: bool,
        /// Seconds after which a command expires that no board fetched
        #[arg(long, value_name = "SECONDS")]
        expire: Option<u32>,
        /// The number, such as the one a sketch has in it
        #[arg(long)]
        id: Option<u64>,
        /// The key, such as the one a sketch has in it
        #[arg(long, value_name = "KEY")]
        key: Option<ApiKey>,
        #[command(flatten)]
        place: Place,
    },
    /// List TalkBacks with their keys
    List {
        /// Only the TalkBacks of this user
        #[arg(long, value_name = "LOGIN")]
        user: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Remove a TalkBack with its commands
    Remove {
        /// Its number
        id: u64,
        #[command(flatten)]
        place: Place,
    },
}
