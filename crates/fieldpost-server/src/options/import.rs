//! What can be said to `fieldpost import` and `fieldpost export`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use fieldpost_wire::{ApiKey, ChannelId};

use super::{Place, parse_seconds};

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Bring a whole channel from ThingSpeak, or from another server: settings, and every entry with its id, time and values.
    ///
    /// It goes back through the history from the newest entry, politely. It may be stopped at any time; the same command again goes on
    /// where it was.
    Thingspeak(Box<ThingspeakArgs>),
    /// Bring in a CSV file as the website of the service exports it
    Csv {
        /// The file; - for standard input
        file: PathBuf,
        /// The channel that takes the entries
        #[arg(long, value_name = "ID")]
        channel: ChannelId,
        /// Zone of times that name none, such as Europe/Zurich
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        timezone: String,
        #[command(flatten)]
        place: Place,
    },
    /// Bring in a file of JSON lines as `fieldpost export` writes it; entries keep their ids and exact times
    Jsonl {
        /// The file; - for standard input
        file: PathBuf,
        /// The channel that takes the entries
        #[arg(long, value_name = "ID")]
        channel: ChannelId,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Args, Debug)]
pub(crate) struct ThingspeakArgs {
    /// Number of the channel there
    pub(crate) id: ChannelId,
    /// Address of the server
    #[arg(long, value_name = "URL", default_value = "https://api.thingspeak.com")]
    pub(crate) server: String,
    /// A read key of the channel there; none is needed for a public one
    #[arg(long, value_name = "KEY")]
    pub(crate) read_key: Option<ApiKey>,
    /// Your user key there (Account, My Profile), which tells all of the channel's settings and keys; it is not kept
    #[arg(long, value_name = "KEY")]
    pub(crate) user_key: Option<ApiKey>,
    /// Give the new channel the number that it has there
    #[arg(long, conflicts_with = "channel")]
    pub(crate) same_id: bool,
    /// Give the new channel the keys that it has there: those that the user key tells, and those that are named here
    #[arg(long, conflicts_with = "channel")]
    pub(crate) same_keys: bool,
    /// The write key of the channel there, if no user key tells it
    #[arg(long, value_name = "KEY", requires = "same_keys")]
    pub(crate) write_key: Option<ApiKey>,
    /// Login of the owner of the new channel; need not be said if there is one user
    #[arg(long, value_name = "LOGIN", conflicts_with = "channel")]
    pub(crate) user: Option<String>,
    /// A channel that takes the entries, in place of a new one; if it is not empty they are numbered anew
    #[arg(long, value_name = "ID")]
    pub(crate) channel: Option<ChannelId>,
    /// Seconds from one page to the next; 1 if nothing is said, 0 at home
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) pause: Option<u64>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args, Debug)]
pub(crate) struct ExportCommand {
    /// The channel
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) channel: Option<ChannelId>,
    /// How entries are written
    #[arg(long, value_enum, default_value = "csv")]
    pub(crate) format: ExportFormat,
    /// Only entries from this time on, such as 2024-05-06 or 2024-05-06T07:08:09Z
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<String>,
    /// Only entries up to this time
    #[arg(long, value_name = "TIME")]
    pub(crate) end: Option<String>,
    /// Only these fields: numbers parted by commas
    #[arg(long, value_name = "NUMBERS")]
    pub(crate) fields: Option<String>,
    /// Zone of times without one, and of the times in CSV
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) timezone: String,
    /// The file that is written; - for standard output
    #[arg(long, value_name = "FILE", default_value = "-", conflicts_with = "all")]
    pub(crate) output: PathBuf,
    /// Write all channels, each into a file of its own in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) all: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// How entries are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Comma-separated, as the service exports: labelled fields, place and status, times in whole seconds
    Csv,
    /// An object of JSON on each line: every value, exact times
    Jsonl,
}
