//! The past of a channel: numbers made of it, and corrections of it. What is listed and drawn as it is, is in `read.rs` and `series.rs`.

pub mod aggregates;
pub mod corrections;
