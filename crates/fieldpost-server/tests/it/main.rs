//! The real binary, over real sockets: what clients and people see of it.
//!
//! One test binary. `harness.rs` starts servers and speaks raw bytes, `browser.rs` is signed in; every other file tells the stories of one part.

mod accounts;
mod apps;
mod automations;
mod backup;
mod boards;
mod browser;
mod bulk;
mod clients;
mod cloud;
mod commands;
mod corrections;
mod crash;
mod dashboard;
mod demo;
mod devices;
mod docs;
mod doctor;
mod feeds;
mod frames;
mod harness;
mod history;
mod import;
mod keeping;
mod limits;
mod live;
mod manage;
mod mqtt;
mod mqtt_client;
mod mqtt_doctor;
mod mqtt_own;
mod mqtt_packets;
mod openapi;
mod relays;
mod remote;
mod sharing;
mod snapshots;
mod talkback;
mod transport;
mod update;
