//! The connection doctor: remembers what clients tried, and says in words what happened and what helps.
//!
//! A door hands in [`Facts`]; who holds the key is looked up (`key.rs`), `explain.rs` turns both into words, and
//! `memory.rs` keeps them, bounded, for the people whom they concern. Nothing here decides anything: an update is
//! on disk or refused before the doctor hears of it, and no attempt that it misses changes that.

mod attempt;
mod explain;
mod facts;
mod key;
pub mod mask;
mod memory;
mod mqtt;
mod places;
mod ring;
#[cfg(test)]
mod tests;
mod warning;

pub use attempt::{Attempt, Door};
pub use facts::{Facts, Purpose, TlsTrouble, What};
pub use memory::{Doctor, Fine};
pub use mqtt::{Instead, MqttTrouble};
pub use warning::Warning;
