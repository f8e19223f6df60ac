#![doc = "The HTTP door."]
//!
//! One port takes http and https (`listener.rs`). What small devices ask for is read and answered byte by byte in
//! `device/`, because their parsers forgive nothing; everything else (pages, live streams, uploads) is handed
//! to hyper and axum on the same connection. Both ways end in the same handlers in `thingspeak/`. What the web app asks for is
//! answered in `dashboard/`.

mod app;
mod assets;
pub mod dashboard;
pub mod device;
mod export;
pub mod listener;
mod live;
pub mod metrics;
mod pages;
mod say;
pub mod thingspeak;
pub mod tls;
mod witness;

pub use app::Door;
pub use dashboard::Site;
pub use listener::{Listening, listen};
