//! Fieldpost's nodes on boards of the ESP32 family.
//!
//! The programs are `bin/sensor_node.rs` and `bin/display_node.rs`: read them first. Which pin is what is
//! in `board.rs` and nowhere else. What the nodes do is in `fieldpost-node`; how they reach a server is in
//! `fieldpost-shell`; here is only what touches the chip.

#![no_std]
#![deny(clippy::large_stack_frames)]

pub mod board;
pub mod button;
pub mod dht22;
pub mod lamps;
pub mod oled;
pub mod settings;
pub mod watchdog;
pub mod wifi;

// Both only have to be linked: they define the panic handler and the allocator's C side.
use esp_alloc as _;
use esp_backtrace as _;
