//! The real binary, over real sockets: what clients and people see of it.
//!
//! One test binary. `harness.rs` starts servers and speaks raw bytes; every other file tells the stories of one part.

mod boards;
mod bulk;
mod clients;
mod commands;
mod crash;
mod demo;
mod docs;
mod doctor;
mod feeds;
mod frames;
mod harness;
mod limits;
mod live;
mod manage;
mod openapi;
mod remote;
mod snapshots;
mod transport;
mod update;
