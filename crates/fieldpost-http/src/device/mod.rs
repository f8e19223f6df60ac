//! HTTP as small devices speak it: requests and answers as plain values, and the connection that reads and writes them.
//!
//! `request.rs` and `reply.rs` hold the values, `head.rs` reads a request's head from bytes, `connection.rs` drives a
//! socket, `farewell.rs` lets it go. Nothing here knows what an address means.

pub mod connection;
pub(crate) mod farewell;
pub mod head;
pub mod reply;
pub mod request;

pub use reply::Reply;
pub use request::{Caller, Request};
