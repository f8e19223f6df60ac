//! Works through bytes as a client's, without IO: for tests and fuzzing. Nothing here serves anybody.

use bytes::BytesMut;

use crate::codec::Codec;
use crate::filter::{is_filter, is_topic, matches};
use crate::packet::{ConnAck, In, Out, Qos, Reason};
use crate::session::{Session, Step};

/// Reads packets off the bytes and has a session decide about them, until one breaks the rules or the bytes end; gives how many there
/// were. Whatever the bytes are, it ends, and never panics.
pub fn drill(bytes: &[u8]) -> usize {
    let mut bytes = BytesMut::from(bytes);
    let mut codec = Codec::Unknown;
    let mut said = BytesMut::new();
    let Ok(Some(In::Connect(connect))) = codec.decode(&mut bytes) else { return 0 };
    let mut session = Session::new(&connect);
    let (no_session, max_packet) = (connect.wants_session, crate::codec::PACKET_MAX);
    let ack = ConnAck { reason: Reason::Fine, assigned: None, no_session, max_packet };
    codec.encode(Out::ConnAck(Box::new(ack)), &mut said);
    let mut packets = 1;
    while let Ok(Some(packet)) = codec.decode(&mut bytes) {
        packets += 1;
        let answer = match session.take(packet) {
            Step::Nothing => None,
            Step::Say(out) => Some(out),
            Step::Publish(message) => {
                // Which topics may be published to is a pure question too.
                let fine = is_topic(&message.topic);
                assert!(!fine || matches(&message.topic, &message.topic));
                let reason = if fine { Reason::Fine } else { Reason::Topic };
                session.answer(message.qos, message.id, reason)
            }
            Step::Subscribe(subscribe) => {
                let granted = |fine| if fine { Ok(Qos::One) } else { Err(Reason::Topic) };
                let wishes = subscribe.wishes.iter();
                let granted = wishes.map(|wish| granted(is_filter(&wish.filter))).collect();
                Some(Out::SubAck(subscribe.id, granted))
            }
            Step::Unsubscribe { id, filters } => {
                Some(Out::UnsubAck(id, filters.iter().map(|filter| is_filter(filter)).collect()))
            }
            Step::Leave { .. } => break,
            Step::Break(reason, _) => {
                codec.encode(Out::Disconnect(reason), &mut said);
                break;
            }
        };
        if let Some(out) = answer {
            codec.encode(out, &mut said);
        }
        assert!(session.window() <= crate::mailbox::ROOM);
    }
    packets
}
