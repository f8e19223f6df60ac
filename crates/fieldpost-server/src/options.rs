//! Everything that can be said to the program, each thing once: flag, environment variable, key in the
//! configuration file, default and help are all in the declarations below.
//!
//! A flag wins over an environment variable, that over the file, that over the default. The file's keys are
//! the flags' long names.

mod backup;
mod client;
mod device;
mod import;
mod talkback;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use fieldpost_engine::Limits;
use fieldpost_wire::channel::Keep;
use fieldpost_wire::{ApiKey, ChannelId};

use crate::outside::SmtpUrl;
pub(crate) use backup::{BackupCommand, BackupOptions, RestoreCommand};
pub(crate) use client::{BoardArgs, BoardCommand, ReadCommand, Remote, UpdateCommand};
pub(crate) use device::DeviceCommand;
pub(crate) use import::{ExportCommand, ExportFormat, ImportCommand, ThingspeakArgs};
pub(crate) use talkback::TalkBackCommand;

/// Your own ThingSpeak-compatible server, with virtual boards to try it on
#[derive(Debug, Parser)]
#[command(name = "fieldpost", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(ServeOptions),
    /// Run the server with two virtual boards and a page to watch and touch them
    Demo(DemoOptions),
    /// Make and list users
    #[command(subcommand)]
    User(UserCommand),
    /// Make, list, show, change, clear and delete channels
    #[command(subcommand)]
    Channel(ChannelCommand),
    /// List, add, rotate and remove the keys of a channel
    #[command(subcommand)]
    Key(KeyCommand),
    /// Make, list and remove MQTT devices, and give them new passwords
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Make, list and remove TalkBacks: queues of commands for boards
    #[command(subcommand, name = "talkback")]
    TalkBack(TalkBackCommand),
    /// Bring a channel from another server, or entries from a file
    #[command(subcommand)]
    Import(ImportCommand),
    /// Write everything into one file, while the server runs or not
    Backup(BackupCommand),
    /// Bring everything back from a backup, into a new folder or in the place of what is there
    Restore(RestoreCommand),
    /// Read everything that is kept, and tell what is damaged; the server may be running
    Check(Place),
    /// Write the entries of a channel, or of all, into files
    Export(ExportCommand),
    /// Run one virtual board against any compatible server
    #[command(subcommand)]
    Board(BoardCommand),
    /// Write one entry to any compatible server and print its number
    Update(UpdateCommand),
    /// Print entries of a channel of any compatible server
    Read(ReadCommand),
    /// Print entries of a channel as they come, until stopped
    Tail(ReadCommand),
    /// Print every option of `serve`, for the documentation or as a sample configuration file
    #[command(hide = true)]
    Options(OptionsCommand),
}

#[derive(Args, Clone, Debug)]
pub(crate) struct ServeOptions {
    /// Folder that holds everything: database, certificate, configuration
    #[arg(long, value_name = "DIR", env = "FIELDPOST_DATA", default_value = "fieldpost-data")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) server: ServerOptions,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct DemoOptions {
    /// Folder that holds the demo's data; it may be deleted at any time
    #[arg(long, value_name = "DIR", env = "FIELDPOST_DATA", default_value = "fieldpost-demo")]
    pub(crate) data: PathBuf,
    /// Do not open the page in a browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Seconds from one round of the virtual boards to the next
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = parse_interval)]
    pub(crate) interval: u64,
    #[command(flatten)]
    pub(crate) server: ServerOptions,
}

/// What every server takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerOptions {
    /// Address and port for http and https alike; port 0 picks a free one
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "FIELDPOST_LISTEN",
        default_value = "0.0.0.0:8080"
    )]
    pub(crate) listen: SocketAddr,
    /// Address and port for MQTT, or `off`; if nothing is said, port 1883 at the address of `--listen`
    #[arg(long, value_name = "ADDR:PORT", env = "FIELDPOST_MQTT_LISTEN")]
    pub(crate) mqtt_listen: Option<MqttListen>,
    /// Address and port for MQTT inside TLS, or `off`; if nothing is said, port 8883 at the address of `--listen`
    #[arg(long, value_name = "ADDR:PORT", env = "FIELDPOST_MQTTS_LISTEN")]
    pub(crate) mqtts_listen: Option<MqttListen>,
    /// Where entries are kept: `sqlite` in the data folder, or `memory` for trying things out
    #[arg(
        long,
        value_name = "STORE",
        env = "FIELDPOST_STORE",
        default_value = "sqlite",
        value_enum
    )]
    pub(crate) store: StoreKind,
    /// Limits to begin with: none, or those of a free account of the cloud service
    #[arg(
        long,
        value_name = "NAME",
        env = "FIELDPOST_PROFILE",
        default_value = "open",
        value_enum
    )]
    pub(crate) profile: Profile,
    /// Least seconds between two updates of a channel that has no interval of its own; 0 for none
    #[arg(long, value_name = "SECONDS", env = "FIELDPOST_UPDATE_INTERVAL", value_parser = parse_seconds)]
    pub(crate) update_interval: Option<u64>,
    /// Least seconds between two bulk updates of a channel; 0 for none
    #[arg(long, value_name = "SECONDS", env = "FIELDPOST_BULK_INTERVAL", value_parser = parse_seconds)]
    pub(crate) bulk_interval: Option<u64>,
    /// Most entries in a bulk update
    #[arg(long, value_name = "COUNT", env = "FIELDPOST_BULK_MAX")]
    pub(crate) bulk_max: Option<usize>,
    /// Longest body of a request in bytes, bulk updates excepted
    #[arg(long, value_name = "BYTES", env = "FIELDPOST_BODY_MAX")]
    pub(crate) body_max: Option<usize>,
    /// Longest body of a bulk update in bytes
    #[arg(long, value_name = "BYTES", env = "FIELDPOST_BULK_BODY_MAX")]
    pub(crate) bulk_body_max: Option<usize>,
    /// Most channels that a user may have
    #[arg(long, value_name = "COUNT", env = "FIELDPOST_CHANNELS_MAX")]
    pub(crate) channels_max: Option<usize>,
    /// Take updates that name a time which the channel already has
    #[arg(long, env = "FIELDPOST_REPEATED_TIMES")]
    pub(crate) repeated_times: bool,
    /// Mail server for e-mail of automations and alerts, such as smtps://NAME:PASSWORD@mail.example.org; with smtp:// STARTTLS is used
    #[arg(
        long,
        value_name = "URL",
        env = "FIELDPOST_SMTP_URL",
        hide_env_values = true,
        requires = "smtp_from"
    )]
    pub(crate) smtp_url: Option<SmtpUrl>,
    /// Who that e-mail comes from
    #[arg(long, value_name = "ADDRESS", env = "FIELDPOST_SMTP_FROM")]
    pub(crate) smtp_from: Option<String>,
    /// Let everybody's automations and relays call addresses in private networks, not only administrators'
    #[arg(long, env = "FIELDPOST_PRIVATE_TARGETS")]
    pub(crate) private_targets: bool,
    #[command(flatten)]
    pub(crate) backup: BackupOptions,
    /// Certificate chain for https (PEM), in place of the one made on the first start
    #[arg(long, value_name = "FILE", env = "FIELDPOST_TLS_CERT", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Key of that certificate (PEM)
    #[arg(long, value_name = "FILE", env = "FIELDPOST_TLS_KEY", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// What is logged on standard error: error, warn, info, debug, or a filter for each part
    #[arg(long, value_name = "FILTER", env = "FIELDPOST_LOG", default_value = "warn")]
    pub(crate) log: String,
    /// Configuration file; without it `fieldpost.toml` in the data folder is read if it is there
    #[arg(long, value_name = "FILE", env = "FIELDPOST_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// Where MQTT is listened for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MqttListen {
    /// Nowhere.
    Off,
    /// There.
    At(SocketAddr),
}

impl std::str::FromStr for MqttListen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let why = |_| "an address and port such as 0.0.0.0:1883, or off".to_string();
        text.parse().map(Self::At).map_err(why)
    }
}

/// Where entries are kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum StoreKind {
    /// One file in the data folder
    Sqlite,
    /// Nothing is kept when the server stops
    Memory,
}

/// Limits to begin with.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Profile {
    /// Nothing is throttled
    Open,
    /// 15 s between updates, 960 entries in a bulk, four channels
    ThingspeakFree,
}

impl ServerOptions {
    /// The limits: those of the profile, changed by what was said.
    pub(crate) fn limits(&self) -> Limits {
        let base = match self.profile {
            Profile::Open => Limits::default(),
            Profile::ThingspeakFree => Limits::thingspeak_free(),
        };
        Limits {
            update_interval_ms: self.update_interval.unwrap_or(base.update_interval_ms),
            bulk_interval_ms: self.bulk_interval.unwrap_or(base.bulk_interval_ms),
            bulk_max: self.bulk_max.unwrap_or(base.bulk_max),
            body_max: self.body_max.unwrap_or(base.body_max),
            bulk_body_max: self.bulk_body_max.unwrap_or(base.bulk_body_max),
            channels_max: self.channels_max.unwrap_or(base.channels_max),
            repeated_times: self.repeated_times || base.repeated_times,
            private_targets: self.private_targets || base.private_targets,
            alerts_max: base.alerts_max,
        }
    }
}

/// Where a command works, and how it answers.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// Folder of the server's data; the server may be running
    #[arg(long, value_name = "DIR", env = "FIELDPOST_DATA", default_value = "fieldpost-data")]
    pub(crate) data: PathBuf,
    /// Answer as JSON, for scripts
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make a user and print the user key
    Add {
        /// Name to sign in with
        name: String,
        /// Read a password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
        /// May manage users; the first user with a password may anyway
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Give a user a new password; all browsers are signed out
    Passwd {
        /// The user
        name: String,
        /// Read the password from the first line of standard input
        #[arg(long, required = true)]
        password_stdin: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Remove a user who owns no channels
    Remove {
        /// The user
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// List users
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Give a user a new user key; the old one ends at once
    RotateKey {
        /// The user
        name: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChannelCommand {
    /// Make a channel and print its keys
    Create {
        #[command(flatten)]
        about: AboutArgs,
        /// Number of the channel, such as the one a sketch has in it
        #[arg(long)]
        id: Option<ChannelId>,
        /// Write key: 16 digits and capital letters
        #[arg(long, value_name = "KEY")]
        write_key: Option<ApiKey>,
        /// Read key: 16 digits and capital letters
        #[arg(long, value_name = "KEY")]
        read_key: Option<ApiKey>,
        /// Login of the owner
        #[arg(long, value_name = "LOGIN")]
        user: String,
        #[command(flatten)]
        place: Place,
    },
    /// List channels
    List {
        /// Only those of this user
        #[arg(long, value_name = "LOGIN")]
        user: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Show a channel with its keys
    Show {
        /// The channel
        id: ChannelId,
        #[command(flatten)]
        place: Place,
    },
    /// Change what is named; an empty text clears
    Change {
        /// The channel
        id: ChannelId,
        #[command(flatten)]
        about: AboutArgs,
        /// Delete what --keep does not keep without asking
        #[arg(long, requires = "keep")]
        yes: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Share a channel with another user
    Share {
        /// The channel
        id: ChannelId,
        /// Login of the user
        login: String,
        /// What the user may do
        #[arg(long, value_enum, default_value = "viewer")]
        role: ShareRole,
        #[command(flatten)]
        place: Place,
    },
    /// Delete all entries of a channel
    Clear {
        /// The channel
        id: ChannelId,
        #[command(flatten)]
        place: Place,
    },
    /// Delete a channel with its entries and keys
    Delete {
        /// The channel
        id: ChannelId,
        #[command(flatten)]
        place: Place,
    },
}

/// What somebody may do with a channel of another.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ShareRole {
    /// Look
    Viewer,
    /// Change settings and keys
    Editor,
    /// Nothing any more
    None,
}

/// What can be said about a channel.
#[derive(Args, Clone, Debug)]
pub(crate) struct AboutArgs {
    /// Name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Description
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Label of field 1
    #[arg(long, value_name = "LABEL")]
    pub(crate) field1: Option<String>,
    /// Label of field 2
    #[arg(long, value_name = "LABEL")]
    pub(crate) field2: Option<String>,
    /// Label of field 3
    #[arg(long, value_name = "LABEL")]
    pub(crate) field3: Option<String>,
    /// Label of field 4
    #[arg(long, value_name = "LABEL")]
    pub(crate) field4: Option<String>,
    /// Label of field 5
    #[arg(long, value_name = "LABEL")]
    pub(crate) field5: Option<String>,
    /// Label of field 6
    #[arg(long, value_name = "LABEL")]
    pub(crate) field6: Option<String>,
    /// Label of field 7
    #[arg(long, value_name = "LABEL")]
    pub(crate) field7: Option<String>,
    /// Label of field 8
    #[arg(long, value_name = "LABEL")]
    pub(crate) field8: Option<String>,
    /// Words to find it by, parted by commas
    #[arg(long, value_name = "WORDS")]
    pub(crate) tags: Option<String>,
    /// Whether anyone may read it without a key
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) public: Option<bool>,
    /// Least seconds between two updates; 0 for none
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) update_interval: Option<u64>,
    /// How long entries are kept: all, or 90d, or "90d, hourly 2y, daily"; what is older is deleted or thinned at once
    #[arg(long, value_name = "TIME", value_parser = backup::parse_keep)]
    pub(crate) keep: Option<Keep>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// List the keys of a channel
    List {
        /// The channel
        #[arg(long, value_name = "ID")]
        channel: ChannelId,
        #[command(flatten)]
        place: Place,
    },
    /// Add a read key
    Add {
        /// The channel
        #[arg(long, value_name = "ID")]
        channel: ChannelId,
        /// What it is for
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        place: Place,
    },
    /// Give a channel a new write key; the old one ends at once
    Rotate {
        /// The channel
        #[arg(long, value_name = "ID")]
        channel: ChannelId,
        #[command(flatten)]
        place: Place,
    },
    /// Remove a read key
    Remove {
        /// The key
        key: ApiKey,
        /// The channel
        #[arg(long, value_name = "ID")]
        channel: ChannelId,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Args, Debug)]
pub(crate) struct OptionsCommand {
    /// `markdown` or `toml`
    #[arg(long, default_value = "markdown")]
    pub(crate) format: String,
}

/// Reads the command line, the environment and the configuration file.
pub(crate) fn read() -> anyhow::Result<Cli> {
    // Twice: first to learn which file to read, then with the file's values as defaults.
    let first = Cli::parse();
    let file = match &first.command {
        Command::Serve(options) => config_file(&options.data, &options.server)?,
        Command::Demo(options) => config_file(&options.data, &options.server)?,
        _ => None,
    };
    let Some((path, values)) = file else { return Ok(first) };
    let command =
        with_defaults(Cli::command(), values).with_context(|| format!("{}", path.display()))?;
    let matches = command.get_matches();
    Cli::from_arg_matches(&matches).map_err(Into::into)
}

/// The configuration file's path and values, if there is one.
fn config_file(
    data: &Path,
    server: &ServerOptions,
) -> anyhow::Result<Option<(PathBuf, toml::Table)>> {
    let path = match &server.config {
        Some(path) => path.clone(),
        None => data.join("fieldpost.toml"),
    };
    if server.config.is_none() && !path.exists() {
        return Ok(None);
    }
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    let values = text.parse().with_context(|| format!("{} is no TOML file", path.display()))?;
    Ok(Some((path, values)))
}

/// Puts the file's values in the place of the defaults.
fn with_defaults(mut command: clap::Command, values: toml::Table) -> anyhow::Result<clap::Command> {
    for (key, value) in values {
        let text: OsString = match value {
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(number) => number.to_string().into(),
            toml::Value::Float(number) => number.to_string().into(),
            toml::Value::Boolean(flag) => flag.to_string().into(),
            other => anyhow::bail!("{key} can't be a {}", other.type_str()),
        };
        let id = key.replace('-', "_");
        let known = |command: &clap::Command| {
            command
                .get_arguments()
                .any(|arg| arg.get_id() == id.as_str() && arg.get_id() != "config")
        };
        anyhow::ensure!(
            ["serve", "demo"].iter().any(|name| command.find_subcommand(name).is_some_and(known)),
            "there is no option called {key}; `fieldpost serve --help` lists them"
        );
        for name in ["serve", "demo"] {
            if command.find_subcommand(name).is_some_and(known) {
                let text = text.clone();
                let id = id.clone();
                command = command.mut_subcommand(name, move |sub| {
                    sub.mut_arg(id, move |arg| arg.default_value(text))
                });
            }
        }
    }
    Ok(command)
}

/// Reads seconds, with a fraction if need be, as milliseconds.
fn parse_seconds(text: &str) -> Result<u64, String> {
    match text.trim().parse::<f64>() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok((seconds * 1000.0) as u64),
        _ => Err("seconds from 0 to 86400".into()),
    }
}

/// Reads the boards' interval as milliseconds: a DHT22 can't be asked more often than every two seconds.
fn parse_interval(text: &str) -> Result<u64, String> {
    parse_seconds(text)
        .ok()
        .filter(|ms| *ms >= 2_000)
        .ok_or_else(|| "seconds from 2 (the sensor needs them) to 86400".into())
}
