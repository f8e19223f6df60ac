//! Nodes, turned by hand: small stories in one test binary.

mod delivery;
mod desk;
mod display;
mod ram;
mod sensor;
