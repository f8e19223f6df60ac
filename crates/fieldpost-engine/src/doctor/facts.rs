//! What a door saw of an attempt that did not go as it should. Raw: keys are still in it, so it is never kept.

use std::net::IpAddr;

use fieldpost_wire::{ChannelId, EntryId, Params};

use super::attempt::Door;
use super::mqtt::MqttTrouble;
use super::warning::Warning;
use crate::refusal::Refusal;

/// What a door saw.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The way in.
    pub door: Door,
    /// Who it was.
    pub peer: IpAddr,
    /// The program that the client says it is.
    pub agent: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// The path as it was sent, without the query.
    pub path: Option<String>,
    /// The query as it was sent.
    pub query: Vec<u8>,
    /// What the address is for.
    pub purpose: Purpose,
    /// The channel that the address names.
    pub channel: Option<ChannelId>,
    /// The key that came along.
    pub key: Option<String>,
    /// The parameters, as far as they could be read.
    pub params: Params,
    /// The beginning of the body; of everything that came if it could not be read as a request.
    pub sent: Vec<u8>,
    /// What came of it.
    pub what: What,
}

/// What an address is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// Writing one entry.
    Write,
    /// Writing many.
    Bulk,
    /// Reading entries.
    Read,
    /// Commands of a TalkBack.
    TalkBack,
    /// Channels, keys and users.
    Manage,
    /// Nothing that is known.
    Nothing,
}

/// What came of an attempt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum What {
    /// It was refused.
    Refused(Refusal),
    /// It was stored, but hardly as it was meant.
    Doubtful(ChannelId, EntryId, Warning),
    /// The body ended before its announced length.
    ShortBody {
        /// The length that was announced.
        said: usize,
        /// How many bytes came.
        came: usize,
    },
    /// The head of the request can't be read; the text says why.
    BrokenHead(String),
    /// The head did not end in time, or ended with the connection.
    EndlessHead {
        /// True if the client hung up, false if it fell silent.
        hung_up: bool,
    },
    /// The head is longer than is taken.
    LongHead {
        /// The most that is taken, in bytes.
        max: usize,
    },
    /// An MQTT packet came where HTTP is spoken.
    Mqtt,
    /// Something that came over MQTT was not done, or not as it was meant.
    OverMqtt(MqttTrouble),
    /// TLS did not come about.
    Tls(TlsTrouble),
}

impl What {
    /// The refusal that this is answered with.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::ShortBody { .. } => {
                Refusal::BadBody("the body ended before its Content-Length".into())
            }
            Self::BrokenHead(why) => Refusal::BadBody(why.clone()),
            Self::EndlessHead { .. } => Refusal::BadBody("the request ended in its head".into()),
            Self::LongHead { max } => Refusal::TooLarge { max: *max },
            Self::Mqtt => Refusal::BadBody("this is MQTT; HTTP is spoken here".into()),
            Self::Doubtful(..) | Self::Tls(_) | Self::OverMqtt(_) => Refusal::Failed,
        }
    }

    /// True if the key may stand in bytes that nobody could read.
    pub(crate) const fn is_unreadable(&self) -> bool {
        matches!(
            self,
            Self::Refused(Refusal::BadBody(_) | Refusal::TooLarge { .. })
                | Self::ShortBody { .. }
                | Self::BrokenHead(_)
                | Self::EndlessHead { .. }
                | Self::LongHead { .. }
        )
    }

    /// True if the refusal shows that the key was right: then it is known already whose it is.
    pub(crate) const fn proves_key(&self) -> bool {
        matches!(
            self,
            Self::Refused(
                Refusal::TooSoon { .. }
                    | Refusal::TimeTaken(_)
                    | Refusal::OutOfRange { .. }
                    | Refusal::BulkTime { .. }
                    | Refusal::BulkTooMany { .. }
            )
        )
    }
}

/// Why TLS did not come about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TlsTrouble {
    /// The client said that it does not accept the certificate.
    CertificateRefused,
    /// The client went away after it had seen the certificate.
    BrokeOff,
    /// The client speaks TLS 1.1 or older only.
    OldVersion,
    /// Client and server have no cipher or key exchange in common.
    NoCommonCipher,
    /// The client said no for another reason.
    ClientRefused,
    /// What came is no TLS.
    Garbled,
    /// The client fell silent.
    Silent,
}
