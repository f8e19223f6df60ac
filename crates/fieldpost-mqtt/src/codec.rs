//! Packets in bytes. Only this file and those below it know the library for it; another one could take its place here.

mod incoming;
mod outgoing;
mod publish;

use bytes::BytesMut;
use rmqtt_codec::error::DecodeError;
use rmqtt_codec::version::{ProtocolVersion, VersionCodec};
use rmqtt_codec::{v3, v5};
use tokio_util::codec::{Decoder as _, Encoder as _};

use crate::packet::{In, Out, Reason};
use incoming::{new, old};
use outgoing::{to_new, to_old};

pub(crate) use publish::{Publish, publish};

/// The longest packet that is taken of a device, in bytes.
pub(crate) const PACKET_MAX: u32 = 64 * 1024;
/// The same of strangers, and of everybody's first packet: room is made for a packet as soon as it is announced.
pub(crate) const STRANGERS_PACKET_MAX: u32 = 8 * 1024;
/// How many messages with an answer to come a client may send at once.
pub(crate) const RECEIVE_MAX: u16 = 64;
/// How many topics a client of version 5 may give a number.
pub(crate) const ALIAS_MAX: u16 = 8;

/// Why bytes are no packet.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) reason: Reason,
    pub(crate) says: String,
}

/// Reads and writes packets of one version.
#[derive(Debug)]
pub(crate) enum Codec {
    /// The first packet has not come yet.
    Unknown,
    V3(v3::Codec),
    V5(v5::Codec),
}

impl Codec {
    /// Takes packets up to this length from now on.
    pub(crate) fn take_up_to(&mut self, max: u32) {
        match self {
            Self::Unknown => {}
            Self::V3(codec) => codec.set_max_size(max),
            Self::V5(codec) => codec.set_max_inbound_size(max),
        }
    }

    /// Tells how long packets to this client may be.
    pub(crate) fn limit(&mut self, max: u32) {
        if let Self::V5(codec) = self {
            codec.set_max_outbound_size(max);
        }
    }

    /// Takes the next packet off the bytes that came; `None` if it is not there whole.
    pub(crate) fn decode(&mut self, bytes: &mut BytesMut) -> Result<Option<In>, Broken> {
        if let Self::Unknown = self {
            *self = match VersionCodec.decode(bytes).map_err(broken)? {
                None => return Ok(None),
                Some(ProtocolVersion::MQTT3) => Self::V3(v3::Codec::new(STRANGERS_PACKET_MAX)),
                Some(ProtocolVersion::MQTT5) => Self::V5(v5::Codec::new(STRANGERS_PACKET_MAX, 0)),
            };
        }
        Ok(match self {
            Self::Unknown => None,
            Self::V3(codec) => codec.decode(bytes).map_err(broken)?.map(|(packet, _)| old(packet)),
            Self::V5(codec) => codec.decode(bytes).map_err(broken)?.map(|(packet, _)| new(packet)),
        })
    }

    /// Writes a packet.
    pub(crate) fn encode(&mut self, packet: Out, bytes: &mut BytesMut) {
        // What can't be written is longer than the client takes: it goes without.
        let _ = match self {
            Self::Unknown => to_old(packet).map(|packet| v3::Codec::new(0).encode(packet, bytes)),
            Self::V3(codec) => to_old(packet).map(|packet| codec.encode(packet, bytes)),
            Self::V5(codec) => to_new(packet).map(|packet| codec.encode(packet, bytes)),
        };
    }
}

fn broken(error: DecodeError) -> Broken {
    let reason = match error {
        DecodeError::MaxSizeExceeded { .. } => Reason::TooLarge,
        DecodeError::InvalidProtocol | DecodeError::UnsupportedProtocolLevel => Reason::Version,
        DecodeError::InvalidClientId => Reason::ClientId,
        DecodeError::UnsupportedPacketType => Reason::Protocol,
        _ => Reason::Malformed,
    };
    let says = match error {
        DecodeError::InvalidProtocol | DecodeError::UnsupportedProtocolLevel => {
            "a version other than 3.1, 3.1.1 and 5".into()
        }
        DecodeError::InvalidClientId => {
            "an empty client id, which is for clean sessions only".into()
        }
        DecodeError::UnsupportedPacketType => "a packet that does not exist, or not there".into(),
        DecodeError::MaxSizeExceeded { size, .. } => format!("a packet of {size} bytes"),
        DecodeError::Utf8Error => "a text that is not UTF-8".into(),
        DecodeError::PacketIdRequired => "a packet without its number".into(),
        _ => "a packet that can't be read".into(),
    };
    Broken { reason, says }
}
