#![doc = "The MQTT door."]
//!
//! A connection (`connection.rs`) begins with who comes (`greet.rs`), then goes round: packets in (`codec.rs`), what they ask for by the
//! rules of the protocol (`session.rs`, a machine without IO) and by rights (`rights.rs`), packets out. Messages to `channels/…` become
//! entries through the engine like those of any other door (`publish.rs`); committed entries are brought to subscribers by one task
//! (`post.rs`). All other topics are the user's own (`space.rs`): the user's devices hear each other there.
//!
//! What is not here: sessions that outlive their connection, messages of quality 2 to subscribers, shared subscriptions, bridges.

mod channels;
mod codec;
mod connection;
mod drill;
mod filter;
mod greet;
mod handle;
mod house;
mod io;
mod letter;
pub mod listener;
mod mailbox;
mod meters;
mod packet;
mod post;
mod press;
mod publish;
mod rights;
mod session;
mod space;
mod subscribe;
mod trie;
mod websocket;
mod witness;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fieldpost_engine::Engine;
use fieldpost_engine::outside::Trouble;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::house::House;
use crate::packet::{Message, Qos};

pub use drill::drill;
pub use listener::{Listening, listen};
pub use meters::Meters;

/// Everything behind the MQTT ports. Cheap to clone.
#[derive(Clone)]
pub struct Mqtt {
    pub(crate) house: Arc<House>,
    /// Connections over WebSockets, which no listener waits for.
    pub(crate) sockets: TaskTracker,
}

impl Mqtt {
    /// Opens the door to an engine. It closes when `stop` is cancelled.
    pub fn new(engine: Engine, stop: CancellationToken) -> Self {
        Self { house: Arc::new(House::new(engine, stop)), sockets: TaskTracker::new() }
    }

    /// Brings entries to subscribers and watches over rights until the server stops, then sends everybody home.
    pub async fn run(self) {
        let house = self.house;
        // Before anybody can subscribe, so that nothing is missed.
        let ring = house.engine.listen_to_all();
        let post = tokio::spawn(post::deliver(Arc::clone(&house), ring, house.stop.clone()));
        let watch = tokio::spawn(Arc::clone(&house).watch_rights());
        house.stop.cancelled().await;
        house.close();
        self.sockets.close();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.sockets.wait()).await;
        let _ = (post.await, watch.await);
    }

    /// Publishes in the name of a user, to those of the user's devices that hear it.
    ///
    /// # Errors
    /// If the topic is none, or one of a channel.
    pub fn publish(
        &self,
        user: u64,
        topic: &str,
        payload: Vec<u8>,
        retain: bool,
    ) -> Result<(), Trouble> {
        if fieldpost_wire::topic::Publishing::parse(topic).is_some() {
            return Err(Trouble::lasting(
                "topics that begin with channels/ are a channel's; write to the channel instead",
            ));
        }
        if !filter::is_topic(topic) {
            return Err(Trouble::lasting(
                "an MQTT topic is 1 to 512 bytes long, spelt out without + and #, and does not begin with $",
            ));
        }
        if payload.len() + topic.len() + 16 > codec::PACKET_MAX as usize {
            return Err(Trouble::lasting("the message is longer than 64 KiB"));
        }
        let message = Message {
            topic: topic.into(),
            payload: Bytes::from(payload),
            qos: Qos::One,
            retain,
            id: 0,
            alias: 0,
            extra: None,
        };
        let space = self.house.space(user);
        let spread = space.publish(&message, None, self.house.engine.now());
        self.house.meters.lost.add(spread.lost);
        self.house.leave_space(user, space);
        if spread.not_kept {
            return Err(Trouble::lasting(format!(
                "the message was delivered but not kept: {} short messages of a user are kept; an empty one with retain frees a place",
                space::KEPT_MAX
            )));
        }
        Ok(())
    }

    /// What is counted since the start.
    pub fn meters(&self) -> &Meters {
        &self.house.meters
    }
}
