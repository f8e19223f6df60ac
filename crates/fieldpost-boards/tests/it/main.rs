//! Whole boards, in one test binary.

mod bench;
mod door;
mod model;
