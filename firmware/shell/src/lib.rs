//! What turns a node on a board: time, the network, and requests. Knows no chip and no pin.
//!
//! The nodes themselves ([`fieldpost_node`]) decide everything and touch nothing. A board's program
//! joins the two: it gives a [`Shell`] the node, runs the shell's four endless jobs side by side, and
//! adds its own jobs for whatever hardware the node has.
//!
//! The same shell runs on the ESP32 boards (`../esp32`) and, in the gate, on QEMU (`../virt`).

#![no_std]
// Everything here runs on one core and one executor; nobody else implements or calls it.
#![allow(async_fn_in_trait)]

pub mod http;
pub mod server;
pub mod settings;
mod shell;
#[cfg(feature = "https")]
mod tls;
pub mod trust;

pub use http::{Line, Room};
pub use server::Server;
pub use settings::Settings;
pub use shell::{Lights, Shell};
