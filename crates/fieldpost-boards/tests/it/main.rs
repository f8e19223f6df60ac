//! Whole boards, in one test binary.

mod bench;
mod dht22;
mod door;
mod model;
mod single;
mod ssd1306;
mod storms;
mod world;
