//! What can go wrong over MQTT, as the door hands it in: each a fact, without a secret in it.

use fieldpost_wire::topic::TopicError;

/// Why something that came over MQTT was not done, or not as it was meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MqttTrouble {
    /// What came to the port is no MQTT.
    NotMqtt(Instead),
    /// TLS did not come about.
    TlsFailed,
    /// No packet to connect with came in time.
    NoConnect,
    /// No device has the name that came along.
    UnknownDevice {
        /// True if the client's id is that of a device, and only the user name is not.
        id_known: bool,
    },
    /// The password is not the device's.
    WrongPassword {
        /// True if it looks like a key of a channel or a user.
        key_like: bool,
    },
    /// No password came along with a device's name.
    NoPassword,
    /// The device is gone or its password was changed; the connection was cut.
    DeviceGone,
    /// A packet can't be read, or comes where none may; the text says which and why.
    Protocol(String),
    /// A packet is longer than is taken.
    TooLarge {
        /// The most that is taken, in bytes.
        max: usize,
    },
    /// A topic that begins with `channels` is none.
    Topic(TopicError),
    /// A topic is nearly one of a channel, such as `channel/7/publish`, and so was taken for one of the user's own.
    Nearly,
    /// A topic is empty, holds a wildcard where none may be, or is one of the server's own.
    BadTopic,
    /// The connection is no device's, and the topic ends in no key.
    NoAuthority,
    /// Topics outside `channels/` are for devices.
    FreeWithoutDevice,
    /// An entry's payload holds no pair that is known, such as `field1=21.5`.
    NoPairs {
        /// True if it is JSON.
        json: bool,
    },
    /// A field's payload is no text.
    NotText,
    /// The message was delivered, but not kept: as many are kept as may be, or it is too long for that.
    NotRetained {
        /// The most that are kept for a user.
        max: usize,
    },
    /// The connection has as many subscriptions as it may.
    TooManySubscriptions {
        /// The most that a connection may have.
        max: usize,
    },
    /// The client asked for something that is not offered; the text says what.
    NotOffered(&'static str),
    /// Another connection came with the same client id, so this one was ended.
    TakenOver,
    /// The client reads more slowly than messages come; some were left out.
    SlowReader,
    /// The client took nothing for as long; the connection was cut.
    Stuck {
        /// How long, in seconds.
        seconds: u64,
    },
    /// Nothing came for one and a half times the time that the client itself had named.
    KeepAlive {
        /// The time that it had named, in seconds.
        seconds: u64,
    },
}

/// What came in place of MQTT.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Instead {
    /// A request over HTTP.
    Http,
    /// TLS, to the port without.
    Tls,
    /// MQTT without TLS, to the port with.
    Plain,
    /// Something else.
    Other,
}

impl MqttTrouble {
    /// A stable word for logs, counters and tests.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotMqtt(_) => "not_mqtt",
            Self::TlsFailed => "tls_failed",
            Self::NoConnect => "no_connect",
            Self::UnknownDevice { .. } => "device_unknown",
            Self::WrongPassword { .. } => "password_wrong",
            Self::NoPassword => "password_missing",
            Self::DeviceGone => "device_gone",
            Self::Protocol(_) => "mqtt_protocol",
            Self::TooLarge { .. } => "too_large",
            Self::Topic(_) | Self::BadTopic | Self::Nearly => "bad_topic",
            Self::NoAuthority => "no_authority",
            Self::FreeWithoutDevice => "free_without_device",
            Self::NoPairs { .. } => "no_pairs",
            Self::NotText => "not_text",
            Self::NotRetained { .. } => "not_retained",
            Self::TooManySubscriptions { .. } => "too_many_subscriptions",
            Self::NotOffered(_) => "not_offered",
            Self::TakenOver => "taken_over",
            Self::SlowReader => "slow_reader",
            Self::Stuck { .. } => "stuck",
            Self::KeepAlive { .. } => "keep_alive",
        }
    }
}
