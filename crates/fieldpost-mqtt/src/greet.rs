//! The first packet of a connection: who comes, and whether they may.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use fieldpost_engine::doctor::{Instead, MqttTrouble};
use fieldpost_wire::ApiKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::codec::{Codec, STRANGERS_PACKET_MAX};
use crate::filter::is_topic;
use crate::handle::{Guest, Line};
use crate::house::House;
use crate::io::{read_some, write_all};
use crate::packet::{ConnAck, Connect, In, Out, Reason};
use crate::rights::{self, No};
use crate::witness::Tried;

/// How long a new connection has to introduce itself.
const GREETING: Duration = Duration::from_secs(10);
/// The longest client id that is taken, in bytes.
const CLIENT_ID_MAX: usize = 256;

/// A client that may come in and has not been told so yet.
pub(crate) struct Greeted {
    pub(crate) codec: Codec,
    /// What came behind the first packet.
    pub(crate) rest: BytesMut,
    pub(crate) connect: Box<Connect>,
    pub(crate) guest: Guest,
}

/// Hears a client out. `None` if it may not come in, or is gone; then it was told, and so were log and doctor.
pub(crate) async fn greet<S>(stream: &mut S, house: &Arc<House>, line: Line) -> Option<Greeted>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut codec = Codec::Unknown;
    let mut bytes = BytesMut::new();
    let first = tokio::select! {
        first = timeout(GREETING, first(stream, &mut codec, &mut bytes)) => first,
        () = house.stop.cancelled() => return None,
    };
    let stranger = Tried::new(line, "", "CONNECT");
    let mut connect = match first {
        Err(_) => {
            let no = No::trouble(Reason::Protocol, MqttTrouble::NoConnect);
            stranger.refuse(&house.engine, &no);
            return None;
        }
        // A client that comes and goes without a word is nobody's trouble: it may be a check whether the port is open.
        Ok(First::Gone) => return None,
        Ok(First::Connect(connect)) => connect,
        Ok(First::No(no)) => {
            house.meters.refused.add(1);
            stranger.refuse(&house.engine, &no);
            say(stream, &mut codec, no.reason).await;
            return None;
        }
    };
    let admitted = check(&mut connect, house, line).await;
    match admitted {
        Ok(guest) => Some(Greeted { codec, rest: bytes, connect, guest }),
        Err(no) => {
            house.meters.refused.add(1);
            let client_id = connect.client_id.as_str();
            let shown = connect.user.as_deref().filter(|user| !user.is_empty());
            let shown = shown.unwrap_or(client_id);
            // A password that looks like a key may be one; the doctor finds out whose, and masks it.
            let password = connect.password.as_deref().map(String::from_utf8_lossy);
            let key = password.as_deref().filter(|word| word.parse::<ApiKey>().is_ok());
            Tried { client_id: shown, key, ..stranger }.refuse(&house.engine, &no);
            say(stream, &mut codec, no.reason).await;
            None
        }
    }
}

async fn check(connect: &mut Connect, house: &House, line: Line) -> Result<Guest, No> {
    if connect.own_auth {
        let trouble = MqttTrouble::NotOffered("enhanced authentication");
        return Err(No::trouble(Reason::AuthMethod, trouble));
    }
    if connect.client_id.len() > CLIENT_ID_MAX {
        let why = "a client id of more than 256 bytes".to_string();
        return Err(No::trouble(Reason::ClientId, MqttTrouble::Protocol(why)));
    }
    let guest = rights::admit(&house.engine, connect, line).await?;
    let bad_will = |will: &crate::packet::Message| {
        !fieldpost_wire::topic::Publishing::parse(&will.topic)
            .map_or(is_topic(&will.topic), |to| to.is_ok())
    };
    if connect.will.as_ref().is_some_and(bad_will) {
        // The service's old broker refused wills altogether, and clients that set one could not come in. A will that can't be
        // published is no reason for that.
        connect.will = None;
        let no = No::trouble(Reason::Topic, MqttTrouble::BadTopic);
        Tried::new(line, &connect.client_id, "CONNECT").tell(&house.engine, no.what);
    }
    Ok(guest)
}

/// What came first.
enum First {
    Connect(Box<Connect>),
    No(No),
    Gone,
}

async fn first<S: AsyncRead + Unpin>(
    stream: &mut S,
    codec: &mut Codec,
    bytes: &mut BytesMut,
) -> First {
    loop {
        match read_some(stream, bytes).await {
            Ok(0) | Err(_) => return First::Gone,
            Ok(_) => {}
        }
        // Later the beginning is taken off already.
        if matches!(codec, Codec::Unknown)
            && let Some(instead) = instead(bytes)
        {
            return First::No(No::trouble(Reason::Protocol, MqttTrouble::NotMqtt(instead)));
        }
        match codec.decode(bytes) {
            Ok(Some(In::Connect(connect))) => return First::Connect(connect),
            Ok(Some(_)) => {
                let why = "a packet before CONNECT".to_string();
                return First::No(No::trouble(Reason::Protocol, MqttTrouble::Protocol(why)));
            }
            Ok(None) => {}
            Err(broken) => return First::No(refused(broken, STRANGERS_PACKET_MAX)),
        }
    }
}

/// A packet that can't be read, as a "no".
pub(crate) fn refused(broken: crate::codec::Broken, max: u32) -> No {
    let trouble = match broken.reason {
        Reason::TooLarge => MqttTrouble::TooLarge { max: max as usize },
        _ => MqttTrouble::Protocol(broken.says),
    };
    No::trouble(broken.reason, trouble)
}

/// What came to this port in place of MQTT, by its first bytes; `None` if it may be MQTT.
fn instead(bytes: &[u8]) -> Option<Instead> {
    // TLS begins with a handshake record (RFC 8446, 5.1).
    const TLS_HANDSHAKE: u8 = 0x16;
    match bytes {
        [TLS_HANDSHAKE, ..] => Some(Instead::Tls),
        // Methods and packet types have no first byte in common.
        [b'A'..=b'Z', b'A'..=b'Z', ..] => Some(Instead::Http),
        [first, ..] if first >> 4 == 0 => Some(Instead::Other),
        _ => None,
    }
}

/// Tells a client why it may not come in, as well as can be told.
async fn say<S: AsyncWrite + Unpin>(stream: &mut S, codec: &mut Codec, reason: Reason) {
    let mut bytes = BytesMut::new();
    let max_packet = STRANGERS_PACKET_MAX;
    let ack = ConnAck { reason, assigned: None, no_session: false, max_packet };
    let sayable = match codec {
        Codec::Unknown => reason == Reason::Version,
        // Before version 5 there is no word for packets that can't be read.
        Codec::V3(_) => !matches!(reason, Reason::Malformed | Reason::Protocol | Reason::TooLarge),
        Codec::V5(_) => true,
    };
    if sayable {
        codec.encode(Out::ConnAck(Box::new(ack)), &mut bytes);
    }
    let _ = write_all(stream, &bytes).await;
    let _ = timeout(Duration::from_secs(1), tokio::io::AsyncWriteExt::shutdown(stream)).await;
}
