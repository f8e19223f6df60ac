#![doc = "Where Fieldpost keeps users, channels and entries."]
//!
//! [`Store`] is the contract, in words and in one test suite (`tests/contract.rs`) that every store
//! passes. [`sqlite::SqliteStore`] is what people run; [`memory::MemoryStore`] is the model it is compared with;
//! [`faulty::FaultyStore`] wraps either and fails on purpose. Nothing here knows a protocol or a listener.

pub mod access;
pub mod automations;
#[doc(hidden)]
pub mod blocks;
pub mod devices;
pub mod faulty;
pub mod history;
pub mod memory;
pub mod relays;
pub mod sqlite;
pub mod store;
pub mod talkbacks;

pub use access::{Link, NewLink, NewSession, Role, Session, Share, TokenHash};
pub use automations::AutomationStore;
pub use devices::{Device, DeviceStore, NewDevice, Right, TopicMap};
pub use history::HistoryStore;
pub use relays::RelayStore;
pub use store::{
    ChannelFilter, Head, NewChannel, NewUser, Outcome, Reader, Repeats, Store, StoreError,
    Submission, Taken, User,
};
pub use talkbacks::TalkBackStore;
