//! Sends and reads entries: a small async client for Fieldpost and for ThingSpeak.
//!
//! A [`Client`] knows a server. [`Client::update`] sends one entry, [`Client::channel`] reads a
//! channel; [`Client::send`] is the door below both, for everything that has no name here. It needs a
//! Tokio runtime, keeps no state and no connection, waits for nothing without an end, and follows no
//! redirect. It does not retry: only the caller knows whether sending twice is worse than not at all.
//!
//! ```no_run
//! # async fn example() -> Result<(), fieldpost_client::Error> {
//! use fieldpost_client::Client;
//!
//! let client = Client::new("http://fieldpost.local:8080")?;
//! let write_key = "W4K2QZ81TTP0XN7B".parse()?;
//! let id = client.update(&write_key).field(1, 21.5).field(2, 55).status("fresh air").send().await?;
//! println!("entry {id}");
//!
//! let channel = client.channel("4711".parse()?);
//! if let Some(entry) = channel.last().await? {
//!     println!("{} at {}", entry.field(1).unwrap_or("nothing"), entry.created_at);
//! }
//! for entry in channel.results(10).feed().await? {
//!     println!("{:?}", entry.number(1));
//! }
//! # Ok(())
//! # }
//! ```

pub mod entry;
pub mod error;
pub mod exchange;
pub mod http;
pub mod read;
#[cfg(feature = "tls")]
pub mod tls;
pub mod write;

pub use entry::Entry;
pub use error::Error;
pub use fieldpost_wire::{ApiKey, ChannelId, EntryId, FieldNo, Timestamp};
pub use http::{Client, Reply, Request};
pub use read::Channel;
pub use write::{Bulk, Update};
