//! What a board in the field does, as a machine that is turned by hand.
//!
//! A node is told what happened and when ([`Event`], [`Uptime`]), and says what is to be done
//! ([`Action`]). It names no chip, opens no socket, reads no clock and needs no allocator. The same
//! node runs in firmware, in a virtual board, and in a simulation of thousands of boards.
//!
//! # How to turn it
//!
//! Whoever owns a node (its *shell*) keeps this loop:
//!
//! 1. Hand over an event with [`Node::poll`] and carry out the action that comes back; then poll with
//!    [`Event::Tick`] until nothing comes back.
//! 2. Sleep until [`Node::poll_at`], or until something happens.
//!
//! [`Action::Request`] names a [`Lane`]; [`Node::request`] then tells what to send there. Path and body
//! print themselves straight from the node's memory, so there is no buffer to size. Each request is
//! answered exactly once, with [`Event::Reply`] or [`Event::Failed`]. [`Action::Measure`] is answered
//! with [`Event::Measured`].
//!
//! ```
//! use core::time::Duration;
//! use fieldpost_node::{Action, Event, Lane, Node, SensorConfig, SensorNode, Uptime};
//! use fieldpost_node::{Reader, Told, Writer};
//! use fieldpost_wire::ChannelId;
//!
//! let channel = |id| ChannelId::new(id).unwrap();
//! let key = "W4K2QZ81TTP0XN7B".parse().unwrap();
//! let mut node = SensorNode::<64>::new(SensorConfig {
//!     command: Reader { channel: channel(2), key: None },
//!     readings: Writer { channel: channel(1), key, read_key: None },
//!     interval: Duration::from_secs(3),
//!     told: Told::Polling,
//!     seed: 1,
//! });
//! let now = Uptime::from_millis(2_000);
//! let mut wanted = vec![];
//! let mut event = Event::Network(true);
//! while let Some(action) = node.poll(now, event) {
//!     wanted.push(action);
//!     event = Event::Tick;
//! }
//! assert!(wanted.contains(&Action::Measure));
//! assert!(wanted.contains(&Action::Request(Lane::Exchange)));
//! let request = node.request(Lane::Exchange).unwrap();
//! assert_eq!(request.path().to_string(), "/channels/2/fields/1.json?results=1");
//! ```
//!
//! # Memory
//!
//! A sensor node takes about 340 bytes and 24 more for each reading that it can keep: 6.5 KB for a
//! quarter of an hour offline in full detail. A display node takes about 330 bytes. A test holds them to that.

#![no_std]

pub mod clock;
pub mod debounce;
pub mod dht22;
pub mod node;
pub mod outbox;
pub mod programs;
pub mod reading;
pub mod request;
pub mod retry;
pub mod screen;

pub use clock::Uptime;
pub use node::{Action, Event, Failure, Lane, Led, Node, Reply};
pub use programs::display::{DisplayConfig, DisplayNode};
pub use programs::held::Told;
pub use programs::sensor::{SensorConfig, SensorNode};
pub use reading::{Reading, SensorFault};
pub use request::{Method, Reader, Request, Writer};
pub use screen::Screen;
