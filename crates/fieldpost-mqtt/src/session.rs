//! The rules of a session as a machine without IO: a packet goes in, what to do about it comes out; messages to the client get their
//! numbers here. Sockets, time and rights are others' business.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::BytesMut;
use bytestring::ByteString;

use crate::codec::{self, ALIAS_MAX, RECEIVE_MAX};
use crate::filter::TOPIC_MAX;
use crate::letter::{Delivery, Letter};
use crate::mailbox::ROOM;
use crate::packet::{Connect, In, Message, Out, Qos, Reason, Subscribe, Version};

/// How many messages of quality 2 may wait for the client to know that we have them, before version 5, which has a number for it.
const TAKEN_MAX: usize = 1_024;

/// A session.
#[derive(Debug)]
pub(crate) struct Session {
    version: Version,
    /// Messages of quality 2 that came, by their numbers, until the client knows.
    taken: Vec<Taken>,
    /// Topics by the number that the client gave them, from 1.
    aliases: Vec<ByteString>,
    /// Messages of quality 1 that the client has not said to have, oldest first.
    unacked: VecDeque<Unacked>,
    last_id: u16,
    /// How many of those there may be.
    window: usize,
    max_packet: Option<u32>,
}

#[derive(Debug)]
struct Taken {
    id: u16,
    /// True when it is done what it asked for.
    done: bool,
}

#[derive(Debug)]
struct Unacked {
    id: u16,
    letter: Arc<Letter>,
    retain: bool,
    /// When it was sent, in milliseconds by the shell's clock; `None` when it was sent twice.
    sent: Option<u64>,
}

/// What is to be done about a packet.
#[derive(Debug)]
pub(crate) enum Step {
    Nothing,
    Say(Out),
    Publish(Box<Message>),
    Subscribe(Box<Subscribe>),
    Unsubscribe {
        id: u16,
        filters: Vec<ByteString>,
    },
    /// The client goes, with or without its will.
    Leave {
        will: bool,
    },
    /// The client broke the rules: end it.
    Break(Reason, String),
}

impl Session {
    pub(crate) fn new(connect: &Connect) -> Self {
        Self {
            version: connect.version,
            taken: Vec::new(),
            aliases: Vec::new(),
            unacked: VecDeque::new(),
            last_id: 0,
            window: usize::from(connect.receive_max).min(ROOM),
            max_packet: connect.max_packet,
        }
    }

    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Takes a packet.
    pub(crate) fn take(&mut self, packet: In) -> Step {
        match packet {
            In::Publish(message) => self.publish(message),
            In::PubAck(id) => {
                self.unacked.retain(|unacked| unacked.id != id);
                if self.unacked.is_empty() {
                    self.unacked = VecDeque::new();
                }
                Step::Nothing
            }
            In::PubRel(id) => {
                let known = self.taken.iter().position(|taken| taken.id == id);
                let reason = match known {
                    Some(place) => {
                        self.taken.swap_remove(place);
                        Reason::Fine
                    }
                    None => Reason::UnknownId,
                };
                Step::Say(Out::PubComp(id, reason))
            }
            In::Subscribe(subscribe) if subscribe.wishes.is_empty() => {
                broken(Reason::Protocol, "a SUBSCRIBE without a topic")
            }
            In::Subscribe(subscribe) => Step::Subscribe(subscribe),
            In::Unsubscribe { filters, .. } if filters.is_empty() => {
                broken(Reason::Protocol, "an UNSUBSCRIBE without a topic")
            }
            In::Unsubscribe { id, filters } => Step::Unsubscribe { id, filters },
            In::Ping => Step::Say(Out::Pong),
            In::Disconnect { will } => Step::Leave { will },
            In::Connect(_) => broken(Reason::Protocol, "a second CONNECT"),
            In::Foreign(name) => {
                broken(Reason::Protocol, &format!("a {name}, which answers nothing that was sent"))
            }
        }
    }

    fn publish(&mut self, mut message: Box<Message>) -> Step {
        if let Some(step) = self.resolve(&mut message) {
            return step;
        }
        if message.topic.is_empty() {
            return broken(Reason::Protocol, "a PUBLISH without a topic");
        }
        if message.topic.len() <= TOPIC_MAX && message.topic.contains(['+', '#', '\0']) {
            return broken(Reason::Topic, "a PUBLISH to a topic with a wildcard");
        }
        if message.qos == Qos::Two {
            if let Some(taken) = self.taken.iter().find(|taken| taken.id == message.id) {
                // Sent once more: what it asks for is done once.
                return match taken.done {
                    true => Step::Say(Out::PubRec(message.id, Reason::Fine)),
                    false => Step::Nothing,
                };
            }
            let max = match self.version {
                Version::V3 => TAKEN_MAX,
                Version::V5 => usize::from(RECEIVE_MAX),
            };
            if self.taken.len() >= max {
                let why = format!("more than {max} messages of quality 2 without PUBREL");
                return Step::Break(Reason::ReceiveMax, why);
            }
            self.taken.push(Taken { id: message.id, done: false });
        }
        Step::Publish(message)
    }

    /// Puts the topic in place of the number that stands for it (MQTT 5, 3.3.2.3.4).
    fn resolve(&mut self, message: &mut Message) -> Option<Step> {
        if message.alias == 0 {
            return None;
        }
        let place = usize::from(message.alias) - 1;
        if message.alias > ALIAS_MAX {
            return Some(broken(Reason::Alias, "a topic alias above the most that is taken"));
        }
        if message.topic.is_empty() {
            match self.aliases.get(place).filter(|topic| !topic.is_empty()) {
                Some(topic) => message.topic = topic.clone(),
                None => return Some(broken(Reason::Protocol, "a topic alias without a topic")),
            }
        } else {
            if self.aliases.len() <= place {
                self.aliases.resize(place + 1, ByteString::new());
            }
            // Copied, so that no read buffer is held by it.
            self.aliases[place] = ByteString::from(message.topic.to_string());
        }
        None
    }

    /// The answer to a message that is done with, or refused; `None` if it wants none.
    pub(crate) fn answer(&mut self, qos: Qos, id: u16, reason: Reason) -> Option<Out> {
        match qos {
            Qos::Zero => None,
            Qos::One => Some(Out::PubAck(id, reason)),
            Qos::Two => {
                if reason == Reason::Fine {
                    let taken = self.taken.iter_mut().find(|taken| taken.id == id);
                    taken.into_iter().for_each(|taken| taken.done = true);
                } else {
                    self.taken.retain(|taken| taken.id != id);
                }
                Some(Out::PubRec(id, reason))
            }
        }
    }

    /// How many messages of quality 1 may go out now.
    pub(crate) fn window(&self) -> usize {
        self.window.saturating_sub(self.unacked.len())
    }

    /// Writes a message to the client. False if it takes none of this length.
    pub(crate) fn send(&mut self, delivery: &Delivery, now: u64, bytes: &mut BytesMut) -> bool {
        let Delivery { letter, qos, retain } = delivery;
        let id = (*qos > Qos::Zero).then(|| self.next_id());
        let message = publish_of(letter, id, false, *retain);
        if !codec::publish(bytes, self.version, message, self.max_packet) {
            return false;
        }
        if let Some(id) = id {
            let (letter, retain) = (Arc::clone(letter), *retain);
            self.unacked.push_back(Unacked { id, letter, retain, sent: Some(now) });
        }
        true
    }

    /// When the oldest message becomes due that the client has not said to have, `after` milliseconds after it was sent. Version 5
    /// forbids to send again on the same connection (4.4).
    pub(crate) fn due(&self, after: u64) -> Option<u64> {
        let oldest = self.unacked.iter().find_map(|unacked| unacked.sent)?;
        (self.version == Version::V3).then_some(oldest + after)
    }

    /// Sends once more what is due by now.
    pub(crate) fn resend(&mut self, now: u64, after: u64, bytes: &mut BytesMut) {
        for unacked in &mut self.unacked {
            if unacked.sent.is_some_and(|sent| sent + after <= now) {
                unacked.sent = None;
                let message = publish_of(&unacked.letter, Some(unacked.id), true, unacked.retain);
                codec::publish(bytes, self.version, message, self.max_packet);
            }
        }
    }

    fn next_id(&mut self) -> u16 {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if !self.unacked.iter().any(|unacked| unacked.id == self.last_id) {
                return self.last_id;
            }
        }
    }
}

fn publish_of(letter: &Letter, id: Option<u16>, dup: bool, retain: bool) -> codec::Publish<'_> {
    codec::Publish {
        topic: &letter.topic,
        payload: &letter.payload,
        id,
        dup,
        retain,
        extra: letter.extra.as_ref(),
    }
}

fn broken(reason: Reason, why: &str) -> Step {
    Step::Break(reason, why.into())
}
