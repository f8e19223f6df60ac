//! Packets to clients: from our form to the library's, one for each version.

use std::num::NonZeroU16;

use rmqtt_codec::{types, v3, v5};

use super::{ALIAS_MAX, RECEIVE_MAX};
use crate::packet::{ConnAck, Out, Qos, Reason};

/// A packet's number; 0 is none and never comes here.
fn number(id: u16) -> NonZeroU16 {
    NonZeroU16::new(id).unwrap_or(NonZeroU16::MIN)
}

pub(super) fn to_old(packet: Out) -> Option<v3::Packet> {
    Some(match packet {
        Out::ConnAck(ack) => v3::Packet::ConnectAck(v3::ConnectAck {
            return_code: match ack.reason {
                Reason::Fine => v3::ConnectAckReason::ConnectionAccepted,
                Reason::Version => v3::ConnectAckReason::UnacceptableProtocolVersion,
                Reason::ClientId => v3::ConnectAckReason::IdentifierRejected,
                Reason::Busy | Reason::Failed => v3::ConnectAckReason::ServiceUnavailable,
                _ => v3::ConnectAckReason::NotAuthorized,
            },
            session_present: false,
        }),
        Out::PubAck(id, Reason::Fine) => v3::Packet::PublishAck { packet_id: number(id) },
        Out::PubRec(id, Reason::Fine) => v3::Packet::PublishReceived { packet_id: number(id) },
        // A "no" can't be said in this version: the connection is closed instead.
        Out::PubAck(..) | Out::PubRec(..) | Out::Disconnect(_) => return None,
        Out::PubComp(id, _) => v3::Packet::PublishComplete { packet_id: number(id) },
        Out::SubAck(id, granted) => v3::Packet::SubscribeAck {
            packet_id: number(id),
            status: granted
                .into_iter()
                .map(|granted| match granted {
                    Ok(qos) => v3::SubscribeReturnCode::Success(to_qos(qos)),
                    Err(_) => v3::SubscribeReturnCode::Failure,
                })
                .collect(),
        },
        Out::UnsubAck(id, _) => v3::Packet::UnsubscribeAck { packet_id: number(id) },
        Out::Pong => v3::Packet::PingResponse,
    })
}

pub(super) fn to_new(packet: Out) -> Option<v5::Packet> {
    Some(match packet {
        Out::ConnAck(ack) => v5::Packet::ConnectAck(Box::new(connack(*ack))),
        Out::PubAck(id, reason) => v5::Packet::PublishAck(ack(id, reason)),
        Out::PubRec(id, reason) => v5::Packet::PublishReceived(ack(id, reason)),
        Out::PubComp(id, reason) => v5::Packet::PublishComplete(ack2(id, reason)),
        Out::SubAck(id, granted) => v5::Packet::SubscribeAck(v5::SubscribeAck {
            packet_id: number(id),
            properties: Vec::new(),
            reason_string: None,
            status: granted.into_iter().map(suback).collect(),
        }),
        Out::UnsubAck(id, found) => v5::Packet::UnsubscribeAck(v5::UnsubscribeAck {
            packet_id: number(id),
            properties: Vec::new(),
            reason_string: None,
            status: found
                .into_iter()
                .map(|found| match found {
                    true => v5::UnsubscribeAckReason::Success,
                    false => v5::UnsubscribeAckReason::NoSubscriptionExisted,
                })
                .collect(),
        }),
        Out::Pong => v5::Packet::PingResponse,
        Out::Disconnect(reason) => v5::Packet::Disconnect(v5::Disconnect::new(disconnect(reason))),
    })
}

fn connack(ack: ConnAck) -> v5::ConnectAck {
    use v5::ConnectAckReason as Word;
    let reason_code = match ack.reason {
        Reason::Fine => Word::Success,
        Reason::Malformed => Word::MalformedPacket,
        Reason::Protocol => Word::ProtocolError,
        Reason::Version => Word::UnsupportedProtocolVersion,
        Reason::ClientId => Word::ClientIdentifierNotValid,
        Reason::BadCredentials => Word::BadUserNameOrPassword,
        Reason::NotAuthorized => Word::NotAuthorized,
        Reason::Busy => Word::ServerBusy,
        Reason::Failed => Word::ServerUnavailable,
        Reason::AuthMethod => Word::BadAuthenticationMethod,
        Reason::Topic => Word::TopicNameInvalid,
        Reason::TooLarge => Word::PacketTooLarge,
        _ => Word::UnspecifiedError,
    };
    if reason_code != Word::Success {
        return v5::ConnectAck { reason_code, ..v5::ConnectAck::default() };
    }
    v5::ConnectAck {
        receive_max: number(RECEIVE_MAX),
        max_packet_size: Some(ack.max_packet),
        topic_alias_max: ALIAS_MAX,
        assigned_client_id: ack.assigned.map(Into::into),
        session_expiry_interval_secs: ack.no_session.then_some(0),
        subscription_identifiers_available: false,
        shared_subscription_available: false,
        ..v5::ConnectAck::default()
    }
}

fn ack(id: u16, reason: Reason) -> v5::PublishAck {
    use v5::PublishAckReason as Word;
    let reason_code = match reason {
        Reason::Fine => Word::Success,
        Reason::NotAuthorized => Word::NotAuthorized,
        Reason::Topic => Word::TopicNameInvalid,
        Reason::Quota => Word::QuotaExceeded,
        Reason::Payload => Word::PayloadFormatInvalid,
        Reason::Failed | Reason::Busy => Word::ImplementationSpecificError,
        _ => Word::UnspecifiedError,
    };
    let packet_id = number(id);
    v5::PublishAck { packet_id, reason_code, properties: Vec::new(), reason_string: None }
}

fn ack2(id: u16, reason: Reason) -> v5::PublishAck2 {
    let reason_code = match reason {
        Reason::UnknownId => v5::PublishAck2Reason::PacketIdNotFound,
        _ => v5::PublishAck2Reason::Success,
    };
    let packet_id = number(id);
    v5::PublishAck2 { packet_id, reason_code, properties: Vec::new(), reason_string: None }
}

fn suback(granted: Result<Qos, Reason>) -> v5::SubscribeAckReason {
    use v5::SubscribeAckReason as Word;
    match granted {
        Ok(Qos::Zero) => Word::GrantedQos0,
        Ok(Qos::One) => Word::GrantedQos1,
        Ok(Qos::Two) => Word::GrantedQos2,
        Err(Reason::NotAuthorized) => Word::NotAuthorized,
        Err(Reason::Topic) => Word::TopicFilterInvalid,
        Err(Reason::Quota) => Word::QuotaExceeded,
        Err(Reason::Shared) => Word::SharedSubscriptionNotSupported,
        Err(Reason::Numbered) => Word::SubscriptionIdentifiersNotSupported,
        Err(Reason::Failed | Reason::Busy) => Word::ImplementationSpecificError,
        Err(_) => Word::UnspecifiedError,
    }
}

fn disconnect(reason: Reason) -> v5::DisconnectReasonCode {
    use v5::DisconnectReasonCode as Word;
    match reason {
        Reason::Fine => Word::NormalDisconnection,
        Reason::Malformed => Word::MalformedPacket,
        Reason::Protocol | Reason::Version | Reason::UnknownId => Word::ProtocolError,
        Reason::NotAuthorized | Reason::BadCredentials | Reason::ClientId => Word::NotAuthorized,
        Reason::Busy => Word::ServerBusy,
        Reason::ShuttingDown => Word::ServerShuttingDown,
        Reason::AuthMethod => Word::BadAuthenticationMethod,
        Reason::KeepAlive => Word::KeepAliveTimeout,
        Reason::TakenOver => Word::SessionTakenOver,
        Reason::Topic => Word::TopicNameInvalid,
        Reason::ReceiveMax => Word::ReceiveMaximumExceeded,
        Reason::Alias => Word::TopicAliasInvalid,
        Reason::TooLarge => Word::PacketTooLarge,
        Reason::Quota => Word::QuotaExceeded,
        Reason::Payload => Word::PayloadFormatInvalid,
        Reason::Shared => Word::SharedSubscriptionNotSupported,
        Reason::Numbered => Word::SubscriptionIdentifiersNotSupported,
        Reason::Failed => Word::ImplementationSpecificError,
    }
}

fn to_qos(qos: Qos) -> types::QoS {
    match qos {
        Qos::Zero => types::QoS::AtMostOnce,
        Qos::One => types::QoS::AtLeastOnce,
        Qos::Two => types::QoS::ExactlyOnce,
    }
}
