#![doc = "The words of Fieldpost, shared by server, boards and clients."]
//!
//! Ids, keys, times, updates, entries and queries; parsing and emitting of the forms that
//! ThingSpeak's interfaces use. This crate opens nothing and reads no clock. Without the `alloc`
//! feature it needs neither a standard library nor an allocator, which is how boards use it.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "alloc")]
pub mod bulk;
#[cfg(feature = "alloc")]
pub mod channel;
#[cfg(feature = "alloc")]
pub mod document;
#[cfg(feature = "alloc")]
pub mod entry;
#[cfg(feature = "alloc")]
pub mod feed;
pub mod ids;
#[cfg(feature = "alloc")]
pub mod number;
#[cfg(feature = "alloc")]
pub mod params;
#[cfg(feature = "alloc")]
pub mod query;
#[cfg(feature = "alloc")]
pub mod reply;
#[cfg(feature = "alloc")]
pub mod sheet;
pub mod small;
#[cfg(feature = "alloc")]
mod spelling;
pub mod time;
#[cfg(feature = "alloc")]
pub mod topic;
#[cfg(feature = "alloc")]
pub mod update;
#[cfg(feature = "alloc")]
pub mod zone;

pub use ids::{ApiKey, ChannelId, EntryId, FieldNo, IdError};
pub use time::Timestamp;
#[cfg(feature = "alloc")]
pub use {
    channel::Channel,
    entry::{Entry, Row, RowRef, Values, ValuesRef},
    params::Params,
    query::Query,
    update::Update,
    zone::Zone,
};
