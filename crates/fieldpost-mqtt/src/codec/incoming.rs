//! Packets from clients: from the library's forms, one for each version, to ours.

use std::num::{NonZeroU16, NonZeroU32};

use bytes::{BufMut as _, BytesMut};
use rmqtt_codec::{types, v3, v5};

use crate::packet::{Connect, Extra, In, Message, Qos, Retained, Subscribe, Version, Wish};

fn qos(qos: types::QoS) -> Qos {
    match qos {
        types::QoS::AtMostOnce => Qos::Zero,
        types::QoS::AtLeastOnce => Qos::One,
        types::QoS::ExactlyOnce => Qos::Two,
    }
}

pub(super) fn old(packet: v3::Packet) -> In {
    match packet {
        v3::Packet::Connect(connect) => In::Connect(Box::new(Connect {
            version: Version::V3,
            client_id: connect.client_id.to_string(),
            user: connect.username.map(|user| user.to_string()),
            password: connect.password,
            keep_alive: connect.keep_alive,
            will: connect.last_will.map(|will| Message {
                topic: will.topic,
                payload: will.message,
                qos: qos(will.qos),
                retain: will.retain,
                id: 0,
                alias: 0,
                extra: None,
            }),
            receive_max: u16::MAX,
            max_packet: None,
            wants_session: false,
            own_auth: false,
        })),
        v3::Packet::Publish(message) => In::Publish(Box::new(published(*message))),
        v3::Packet::PublishAck { packet_id } => In::PubAck(packet_id.get()),
        v3::Packet::PublishReceived { .. } => In::Foreign("PUBREC"),
        v3::Packet::PublishRelease { packet_id } => In::PubRel(packet_id.get()),
        v3::Packet::Subscribe { packet_id, topic_filters } => {
            let wishes = topic_filters.into_iter().map(|(filter, asked)| Wish {
                filter,
                qos: qos(asked),
                no_local: false,
                as_published: false,
                retained: Retained::Always,
            });
            let wishes = wishes.collect();
            In::Subscribe(Box::new(Subscribe { id: packet_id.get(), wishes, numbered: false }))
        }
        v3::Packet::Unsubscribe { packet_id, topic_filters } => {
            In::Unsubscribe { id: packet_id.get(), filters: topic_filters }
        }
        v3::Packet::PingRequest => In::Ping,
        v3::Packet::Disconnect => In::Disconnect { will: false },
        v3::Packet::ConnectAck(_) => In::Foreign("CONNACK"),
        v3::Packet::PublishComplete { .. } => In::Foreign("PUBCOMP"),
        v3::Packet::SubscribeAck { .. } => In::Foreign("SUBACK"),
        v3::Packet::UnsubscribeAck { .. } => In::Foreign("UNSUBACK"),
        v3::Packet::PingResponse => In::Foreign("PINGRESP"),
    }
}

pub(super) fn new(packet: v5::Packet) -> In {
    match packet {
        v5::Packet::Connect(connect) => In::Connect(Box::new(Connect {
            version: Version::V5,
            client_id: connect.client_id.to_string(),
            user: connect.username.map(|user| user.to_string()),
            password: connect.password,
            keep_alive: connect.keep_alive,
            will: connect.last_will.map(|will| Message {
                extra: extra(v5::PublishProperties {
                    topic_alias: None,
                    correlation_data: will.correlation_data,
                    message_expiry_interval: will.message_expiry_interval,
                    content_type: will.content_type,
                    user_properties: will.user_properties,
                    is_utf8_payload: will.is_utf8_payload.unwrap_or(false),
                    response_topic: will.response_topic,
                    subscription_ids: Vec::new(),
                }),
                topic: will.topic,
                payload: will.message,
                qos: qos(will.qos),
                retain: will.retain,
                id: 0,
                alias: 0,
            }),
            receive_max: connect.receive_max.map_or(u16::MAX, NonZeroU16::get),
            max_packet: connect.max_packet_size.map(NonZeroU32::get),
            wants_session: connect.session_expiry_interval_secs > 0,
            own_auth: connect.auth_method.is_some(),
        })),
        v5::Packet::Publish(message) => In::Publish(Box::new(published(*message))),
        v5::Packet::PublishAck(ack) => In::PubAck(ack.packet_id.get()),
        v5::Packet::PublishReceived(_) => In::Foreign("PUBREC"),
        v5::Packet::PublishRelease(ack) => In::PubRel(ack.packet_id.get()),
        v5::Packet::Subscribe(subscribe) => {
            let wishes = subscribe.topic_filters.into_iter().map(|(filter, options)| Wish {
                filter,
                qos: qos(options.qos),
                no_local: options.no_local,
                as_published: options.retain_as_published,
                retained: match options.retain_handling {
                    v5::RetainHandling::AtSubscribe => Retained::Always,
                    v5::RetainHandling::AtSubscribeNew => Retained::IfNew,
                    v5::RetainHandling::NoAtSubscribe => Retained::Never,
                },
            });
            In::Subscribe(Box::new(Subscribe {
                id: subscribe.packet_id.get(),
                wishes: wishes.collect(),
                numbered: subscribe.id.is_some(),
            }))
        }
        v5::Packet::Unsubscribe(unsubscribe) => {
            In::Unsubscribe { id: unsubscribe.packet_id.get(), filters: unsubscribe.topic_filters }
        }
        v5::Packet::PingRequest => In::Ping,
        v5::Packet::Disconnect(disconnect) => In::Disconnect {
            will: disconnect.reason_code != v5::DisconnectReasonCode::NormalDisconnection,
        },
        v5::Packet::ConnectAck(_) => In::Foreign("CONNACK"),
        v5::Packet::PublishComplete(_) => In::Foreign("PUBCOMP"),
        v5::Packet::SubscribeAck(_) => In::Foreign("SUBACK"),
        v5::Packet::UnsubscribeAck(_) => In::Foreign("UNSUBACK"),
        v5::Packet::PingResponse => In::Foreign("PINGRESP"),
        v5::Packet::Auth(_) => In::Foreign("AUTH"),
    }
}

fn published(message: types::Publish) -> Message {
    let alias = message.properties.as_ref().and_then(|properties| properties.topic_alias);
    Message {
        topic: message.topic,
        payload: message.payload,
        qos: qos(message.qos),
        retain: message.retain,
        id: message.packet_id.map_or(0, NonZeroU16::get),
        alias: alias.map_or(0, NonZeroU16::get),
        extra: message.properties.and_then(extra),
    }
}

/// What of a message's properties is passed on as it came (MQTT 5, 3.3.2.3): all but those between client and server.
fn extra(properties: v5::PublishProperties) -> Option<Extra> {
    let mut bytes = BytesMut::new();
    let mut put = |kind: u8, data: &[u8]| {
        bytes.put_u8(kind);
        // It came with a length of two bytes.
        bytes.put_u16(u16::try_from(data.len()).unwrap_or(0));
        bytes.put_slice(data);
    };
    if let Some(kind) = &properties.content_type {
        put(0x03, kind.as_bytes());
    }
    if let Some(topic) = &properties.response_topic {
        put(0x08, topic.as_bytes());
    }
    if let Some(data) = &properties.correlation_data {
        put(0x09, data);
    }
    if properties.is_utf8_payload {
        bytes.put_slice(&[0x01, 1]);
    }
    for (name, value) in &properties.user_properties {
        bytes.put_u8(0x26);
        for text in [name, value] {
            bytes.put_u16(u16::try_from(text.len()).unwrap_or(0));
            bytes.put_slice(text.as_bytes());
        }
    }
    let expiry = properties.message_expiry_interval.map(NonZeroU32::get);
    (!bytes.is_empty() || expiry.is_some()).then(|| Extra { passed_on: bytes.freeze(), expiry })
}
