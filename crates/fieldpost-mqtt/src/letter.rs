//! A message on its way to subscribers: made once, shared by all who get it.

use std::sync::Arc;

use bytes::Bytes;
use fieldpost_wire::{ChannelId, EntryId};

use crate::packet::{Extra, Qos};

/// A message to subscribers. Owns its bytes, so that nobody's read buffer is held by it.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) topic: Arc<str>,
    pub(crate) payload: Bytes,
    pub(crate) qos: Qos,
    /// True if it was published to be kept.
    pub(crate) retain: bool,
    pub(crate) extra: Option<Extra>,
    /// The entry that it tells of; `None` on topics of the user's own.
    pub(crate) entry: Option<(ChannelId, EntryId)>,
}

/// A letter for one subscriber.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) letter: Arc<Letter>,
    /// The quality that the subscription was granted, or the message's if that is lower.
    pub(crate) qos: Qos,
    /// Whether it goes out with the mark of a retained message.
    pub(crate) retain: bool,
}
