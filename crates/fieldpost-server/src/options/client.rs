//! What can be said to the commands that talk to a server as any client does.

use clap::{Args, Subcommand};
use fieldpost_wire::{ApiKey, ChannelId};

use super::parse_interval;

#[derive(Debug, Subcommand)]
pub(crate) enum BoardCommand {
    /// The board with the DHT22: posts temperature and humidity, and sets its LED by the command channel
    Sensor {
        /// Channel that the readings go to
        #[arg(long, value_name = "ID")]
        readings: ChannelId,
        /// Write key of that channel
        #[arg(long, value_name = "KEY", env = "FIELDPOST_WRITE_KEY", hide_env_values = true)]
        write_key: ApiKey,
        /// Channel whose field 1 switches the LED
        #[arg(long, value_name = "ID")]
        command: ChannelId,
        /// Read key of the command channel, if it is private
        #[arg(long, value_name = "KEY", env = "FIELDPOST_READ_KEY", hide_env_values = true)]
        read_key: Option<ApiKey>,
        #[command(flatten)]
        board: BoardArgs,
    },
    /// The board with the OLED and the button: shows the readings, and posts the button's state
    Display {
        /// Channel that the readings come from
        #[arg(long, value_name = "ID")]
        readings: ChannelId,
        /// Read key of that channel, if it is private
        #[arg(long, value_name = "KEY", env = "FIELDPOST_READ_KEY", hide_env_values = true)]
        read_key: Option<ApiKey>,
        /// Channel that the button's state goes to
        #[arg(long, value_name = "ID")]
        command: ChannelId,
        /// Write key of the command channel
        #[arg(long, value_name = "KEY", env = "FIELDPOST_WRITE_KEY", hide_env_values = true)]
        write_key: ApiKey,
        #[command(flatten)]
        board: BoardArgs,
    },
}

/// What every virtual board takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct BoardArgs {
    /// The server
    #[arg(
        long,
        value_name = "URL",
        env = "FIELDPOST_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    pub(crate) server: String,
    /// Seconds from one round to the next; 3, or 15 where the server is thingspeak.com
    #[arg(long, value_name = "SECONDS", value_parser = parse_interval)]
    pub(crate) interval: Option<u64>,
    /// Hear of news by held requests instead of asking every round; for Fieldpost
    #[arg(long)]
    pub(crate) wait: bool,
    /// Print what happens as lines of JSON, and take lines of JSON as the world's doings
    #[arg(long)]
    pub(crate) json: bool,
}

/// A channel of any compatible server.
#[derive(Args, Clone, Debug)]
pub(crate) struct Remote {
    /// The server
    #[arg(
        long,
        value_name = "URL",
        env = "FIELDPOST_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    pub(crate) server: String,
    /// Answer as JSON, for scripts
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct UpdateCommand {
    /// Values, such as field1=21.5 field2=60 status="all well" lat=47.5
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub(crate) values: Vec<(String, String)>,
    /// Write key of the channel
    #[arg(long, value_name = "KEY", env = "FIELDPOST_WRITE_KEY", hide_env_values = true)]
    pub(crate) key: ApiKey,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Args, Debug)]
pub(crate) struct ReadCommand {
    /// The channel
    pub(crate) channel: ChannelId,
    /// Read key, if the channel is private
    #[arg(long, value_name = "KEY", env = "FIELDPOST_READ_KEY", hide_env_values = true)]
    pub(crate) key: Option<ApiKey>,
    /// How many entries to begin with
    #[arg(long, short = 'n', value_name = "COUNT", default_value = "10")]
    pub(crate) results: u32,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// Reads a name and a value parted by an equals sign.
fn parse_pair(text: &str) -> Result<(String, String), String> {
    let known = |name: &str| {
        name.parse::<fieldpost_wire::FieldNo>().is_ok()
            || ["status", "created_at", "lat", "long", "latitude", "longitude", "elevation"]
                .contains(&name)
    };
    match text.split_once('=') {
        Some((name, value)) if known(name) => Ok((name.into(), value.into())),
        _ => Err("values look like field1=21.5; there are field1 to field8, status, lat, long, elevation and created_at".into()),
    }
}
