//! What the benches share: servers started in folders of their own, clients that cost next to nothing, and what a process used.

pub mod floor;
pub mod http;
pub mod load;
pub mod machine;
pub mod peers;
pub mod process;
pub mod server;
