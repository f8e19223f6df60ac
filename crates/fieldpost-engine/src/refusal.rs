//! Every "no" the server can say, as a value: what is wrong and what helps.
//!
//! A refusal is an ordinary answer, not a failure. Each door has one table that turns refusals into
//! replies of its protocol; the sentences here are for people and stand in logs and in the web app.

use std::fmt;

use fieldpost_store::StoreError;
use fieldpost_wire::{FieldNo, Timestamp};

/// Why a request was not granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// No key came with a request that needs one.
    KeyMissing,
    /// The key is not the write key of any channel, or not of this one.
    WriteKeyUnknown,
    /// The channel is private and the key does not open it.
    ReadKeyUnknown,
    /// The key belongs to no user.
    UserKeyUnknown,
    /// The key is not what it should be a key of; the text says of what.
    AppKeyUnknown(&'static str),
    /// Something outside of the server did not do its part; the text says what.
    Outside(String),
    /// There is no channel with this id, or it belongs to somebody else.
    NoChannel,
    /// There is no such entry, or no entry with that field.
    NoEntry,
    /// There is no such user.
    NoUser,
    /// There is no such MQTT device, or it belongs to somebody else.
    NoDevice,
    /// The password is not the device's.
    DevicePassword,
    /// The channel's last accepted write is too recent.
    TooSoon {
        /// How long to wait, in milliseconds.
        wait_ms: u64,
    },
    /// An entry has this time already.
    TimeTaken(Timestamp),
    /// A number lies outside of what its field takes, and the owner wants such refused.
    OutOfRange {
        /// Its entry's place in a bulk update, from 1.
        at: Option<usize>,
        /// The field.
        field: FieldNo,
        /// The value as it was sent.
        value: Box<str>,
        /// The lowest value that is taken.
        min: Option<String>,
        /// The highest.
        max: Option<String>,
    },
    /// An entry of a bulk update has neither a time nor a distance that can be read.
    BulkTime {
        /// Its place in the list, from 1.
        at: usize,
    },
    /// A bulk update holds more entries than are taken at once.
    BulkTooMany {
        /// The most that are taken.
        max: usize,
    },
    /// The request's body can't be understood; the text says why.
    BadBody(String),
    /// The body, or the head, is longer than is taken.
    TooLarge {
        /// The most that is taken, in bytes.
        max: usize,
    },
    /// A value is not what it must be; the text says which and why.
    BadValue(String),
    /// An id, key or name must be unique and is in use.
    Taken(String),
    /// Nobody is signed in, or no longer.
    SignIn,
    /// The name and the password do not belong together.
    SignInFailed,
    /// Whoever asks is known and may not do this; the text says who may.
    Forbidden(String),
    /// There is no such session, link or key.
    Gone,
    /// Something can't go since others depend on it; the text says what.
    InUse(String),
    /// The token for the first user is not the one that was printed.
    SetupToken,
    /// The first user is made, or the time for it is over.
    SetupOver,
    /// Too many failures; each further try has to wait.
    TooMany {
        /// How long to wait, in milliseconds.
        wait_ms: u64,
    },
    /// There is no such TalkBack, or it belongs to somebody else.
    NoTalkBack,
    /// The key does not open this TalkBack.
    TalkBackKeyUnknown,
    /// There is no such command in this TalkBack, or none yet.
    NoCommand,
    /// A TalkBack holds as many commands as it may.
    QueueFull {
        /// The most that it may hold.
        max: usize,
    },
    /// The user has as many channels as this server allows.
    ChannelQuota {
        /// The most that are allowed.
        max: usize,
    },
    /// There is nothing behind this path.
    NoRoute,
    /// The path is right, the method is not.
    Method,
    /// Too much is waiting to be written.
    Busy,
    /// The server is at fault; its log says how.
    Failed,
}

impl Refusal {
    /// A stable word for logs, counters and tests.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyMissing => "key_missing",
            Self::WriteKeyUnknown => "write_key_unknown",
            Self::ReadKeyUnknown => "read_key_unknown",
            Self::UserKeyUnknown => "user_key_unknown",
            Self::AppKeyUnknown(_) => "app_key_unknown",
            Self::Outside(_) => "outside",
            Self::NoChannel => "no_channel",
            Self::NoEntry => "no_entry",
            Self::NoUser => "no_user",
            Self::NoDevice => "no_device",
            Self::DevicePassword => "device_password",
            Self::TooSoon { .. } => "too_soon",
            Self::TimeTaken(_) => "time_taken",
            Self::OutOfRange { .. } => "out_of_range",
            Self::BulkTime { .. } => "bulk_time",
            Self::BulkTooMany { .. } => "bulk_too_many",
            Self::BadBody(_) => "bad_body",
            Self::TooLarge { .. } => "too_large",
            Self::BadValue(_) => "bad_value",
            Self::Taken(_) => "taken",
            Self::SignIn => "sign_in",
            Self::SignInFailed => "sign_in_failed",
            Self::Forbidden(_) => "forbidden",
            Self::Gone => "gone",
            Self::InUse(_) => "in_use",
            Self::SetupToken => "setup_token",
            Self::SetupOver => "setup_over",
            Self::TooMany { .. } => "too_many",
            Self::NoTalkBack => "no_talkback",
            Self::TalkBackKeyUnknown => "talkback_key_unknown",
            Self::NoCommand => "no_command",
            Self::QueueFull { .. } => "queue_full",
            Self::ChannelQuota { .. } => "channel_quota",
            Self::NoRoute => "no_route",
            Self::Method => "method",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Refusal {
    /// One sentence: the cause, and what helps.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyMissing => f.write_str("no API key came with the request; add api_key=YOUR_KEY"),
            Self::WriteKeyUnknown => {
                f.write_str("this is not the write key of a channel here; a read key or a user key does not write")
            }
            Self::ReadKeyUnknown => f.write_str("the channel is private and this key does not open it; use one of its read keys"),
            Self::UserKeyUnknown => f.write_str("this needs the user key of the owner; a channel's key is not enough"),
            Self::AppKeyUnknown(what) => write!(f, "this is not the key of a {what} here"),
            Self::NoChannel => f.write_str("there is no such channel"),
            Self::NoEntry => f.write_str("there is no such entry"),
            Self::NoUser => f.write_str("there is no such user"),
            Self::NoDevice => f.write_str("there is no such MQTT device"),
            Self::DevicePassword => f.write_str("this is not the password of that MQTT device"),
            Self::TooSoon { wait_ms } => write!(f, "too soon after the last update of this channel; wait {:.1} s", *wait_ms as f64 / 1000.0),
            Self::TimeTaken(time) => write!(f, "the channel has an entry for {time} already; each created_at may come once"),
            Self::OutOfRange { at, field, value, min, max } => {
                if let Some(at) = at {
                    write!(f, "entry {at} of the bulk update: ")?;
                }
                write!(f, "field{field} is {value}, and this channel takes {} there; correct the reading, or the field's range in the channel's settings", range(min, max))
            }
            Self::BulkTime { at } => write!(f, "entry {at} of the bulk update needs a created_at, or a delta_t that is not 0"),
            Self::BulkTooMany { max } => write!(f, "a bulk update may hold at most {max} entries; send it in parts"),
            Self::BadBody(why) | Self::BadValue(why) | Self::Taken(why) | Self::Forbidden(why) | Self::InUse(why) | Self::Outside(why) => f.write_str(why),
            Self::SignIn => f.write_str("nobody is signed in here, or no longer; sign in first"),
            Self::SignInFailed => f.write_str("this name and password do not belong together; check both"),
            Self::Gone => f.write_str("there is no such thing here, or no longer"),
            Self::SetupToken => f.write_str("this is not the set-up link that the server printed last; copy it once more"),
            Self::SetupOver => {
                f.write_str("set-up is done or its time is over; sign in, or restart the server for a new set-up link")
            }
            Self::TooMany { wait_ms } => write!(f, "too many attempts; wait {} s and try again", wait_ms.div_ceil(1000)),
            Self::TooLarge { max } => write!(f, "the request is too large; at most {max} bytes are taken"),
            Self::NoTalkBack => f.write_str("there is no such TalkBack"),
            Self::TalkBackKeyUnknown => f.write_str("this key does not open the TalkBack; use its own key"),
            Self::NoCommand => f.write_str("there is no such command"),
            Self::QueueFull { max } => {
                write!(f, "{max} commands are queued already; let a device fetch some, or delete them")
            }
            Self::ChannelQuota { max } => write!(f, "this server allows {max} channels for each user"),
            Self::NoRoute => f.write_str("there is nothing at this address; check the path"),
            Self::Method => f.write_str("this address does not take that method"),
            Self::Busy => f.write_str("too many updates are waiting to be written; try again in a second"),
            Self::Failed => f.write_str("the server could not do this; its log says why"),
        }
    }
}

/// The values that a field takes, in words.
pub(crate) fn range(min: &Option<String>, max: &Option<String>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("{min} and more"),
        (None, Some(max)) => format!("{max} and less"),
        (None, None) => "any number".into(),
    }
}

impl std::error::Error for Refusal {}

impl From<StoreError> for Refusal {
    /// Ordinary answers of a store become refusals; its failures are logged here, once, and become [`Refusal::Failed`].
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NoChannel,
            StoreError::Taken(_) => Self::Taken(error.to_string()),
            StoreError::OwnsChannels | StoreError::LastAdmin => Self::InUse(error.to_string()),
            StoreError::Failed(cause) => {
                tracing::error!(cause = %cause, "the store failed");
                Self::Failed
            }
        }
    }
}
