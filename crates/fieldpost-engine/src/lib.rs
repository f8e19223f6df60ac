#![doc = "The server without doors."]
//!
//! An update walks through here in one direction: [`Engine::submit`] admits it by its key, the writer
//! (`writer.rs`) commits it together with all others that are waiting, and the hub (`hub.rs`) tells who listens.
//! Nothing here knows a status code, a topic or SQL. Time and randomness come in from outside.

pub mod accounts;
pub mod aggregate;
pub mod automations;
mod believed;
pub mod devices;
mod directory;
pub mod doctor;
pub mod engine;
pub mod export;
pub mod history;
pub mod hub;
pub mod import;
pub mod imports;
pub mod limits;
pub mod meters;
pub mod news;
pub mod outside;
pub mod read;
pub mod refusal;
pub mod relays;
pub mod retention;
pub mod series;
pub mod talkbacks;
mod writer;

pub use accounts::roles::{Access, Visitor, What};
pub use engine::{Clock, Engine, Running};
pub use limits::Limits;
pub use refusal::Refusal;
