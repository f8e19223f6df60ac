//! The client over real sockets, against servers that say exactly what a test wants.

mod post;
mod server;
mod tls;
mod trouble;
