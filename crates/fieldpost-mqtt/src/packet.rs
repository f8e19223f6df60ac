//! What client and server say to each other, the same for all versions of MQTT. How it looks in bytes is `codec.rs`'s business.

use bytes::Bytes;
use bytestring::ByteString;

/// The version that a client speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Version {
    /// 3.1 and 3.1.1.
    V3,
    /// 5.
    V5,
}

/// How surely a message is to arrive.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Qos {
    /// At most once.
    Zero,
    /// At least once.
    One,
    /// Exactly once.
    Two,
}

/// A packet from a client.
#[derive(Debug)]
pub(crate) enum In {
    Connect(Box<Connect>),
    Publish(Box<Message>),
    /// The client has a message of quality 1.
    PubAck(u16),
    /// The client knows that we have its message.
    PubRel(u16),
    Subscribe(Box<Subscribe>),
    Unsubscribe {
        id: u16,
        filters: Vec<ByteString>,
    },
    Ping,
    /// The client goes; its will is wanted all the same if it says so.
    Disconnect {
        will: bool,
    },
    /// A packet that no client may send.
    Foreign(&'static str),
}

/// How a client introduces itself.
#[derive(Clone, Debug)]
pub(crate) struct Connect {
    pub(crate) version: Version,
    pub(crate) client_id: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Bytes>,
    /// The time between two packets of the client, in seconds; 0 for any.
    pub(crate) keep_alive: u16,
    pub(crate) will: Option<Message>,
    /// How many messages of quality 1 it takes at once.
    pub(crate) receive_max: u16,
    /// The longest packet that it takes.
    pub(crate) max_packet: Option<u32>,
    /// True if it wants to find its session again, which is not kept here.
    pub(crate) wants_session: bool,
    /// True if it wants to sign in by a method of its own.
    pub(crate) own_auth: bool,
}

/// A message that a client publishes.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) topic: ByteString,
    pub(crate) payload: Bytes,
    pub(crate) qos: Qos,
    pub(crate) retain: bool,
    /// 0 with quality 0.
    pub(crate) id: u16,
    /// The number that stands for the topic; 0 for none.
    pub(crate) alias: u16,
    /// What goes along with the message in version 5, as it is sent on.
    pub(crate) extra: Option<Extra>,
}

/// What goes along with a message in version 5.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Extra {
    /// The properties that are passed on, in bytes.
    pub(crate) passed_on: Bytes,
    /// For how many seconds the message means anything.
    pub(crate) expiry: Option<u32>,
}

/// What a client wants to hear.
#[derive(Debug)]
pub(crate) struct Subscribe {
    pub(crate) id: u16,
    pub(crate) wishes: Vec<Wish>,
    /// True if messages are to carry a number of the subscription, which is not offered.
    pub(crate) numbered: bool,
}

/// One subscription, as it is wished for.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) filter: ByteString,
    pub(crate) qos: Qos,
    /// Nothing of what the client itself publishes.
    pub(crate) no_local: bool,
    /// Leave the mark of retained messages as it was published.
    pub(crate) as_published: bool,
    /// Which retained messages are wanted at once.
    pub(crate) retained: Retained,
}

/// Which retained messages a subscription brings at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Retained {
    Always,
    IfNew,
    Never,
}

/// A packet to a client, messages excepted.
#[derive(Debug)]
pub(crate) enum Out {
    ConnAck(Box<ConnAck>),
    PubAck(u16, Reason),
    PubRec(u16, Reason),
    PubComp(u16, Reason),
    /// For each wish the quality that is granted, or why not.
    SubAck(u16, Vec<Result<Qos, Reason>>),
    /// For each filter whether there was such a subscription.
    UnsubAck(u16, Vec<bool>),
    Pong,
    /// Version 3 has no such packet: the connection is closed without.
    Disconnect(Reason),
}

/// The answer to [`Connect`].
#[derive(Debug)]
pub(crate) struct ConnAck {
    pub(crate) reason: Reason,
    /// The name that a client without one was given.
    pub(crate) assigned: Option<String>,
    /// True if the client has to learn that no session is kept.
    pub(crate) no_session: bool,
    /// The longest packet that is taken, in bytes.
    pub(crate) max_packet: u32,
}

/// Why something was not done. Named for what it is; each packet has its own list of numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reason {
    Fine,
    Malformed,
    Protocol,
    /// The server could not do it just now.
    Failed,
    Version,
    ClientId,
    BadCredentials,
    NotAuthorized,
    Busy,
    ShuttingDown,
    AuthMethod,
    KeepAlive,
    TakenOver,
    Topic,
    UnknownId,
    ReceiveMax,
    Alias,
    TooLarge,
    Quota,
    Payload,
    Shared,
    Numbered,
}
