//! Whole boards, in one test binary.

mod bench;
mod dht22;
mod door;
mod model;
mod ssd1306;
mod storms;
mod world;
