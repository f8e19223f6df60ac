//! Virtual boards: the sensor node and the display node on a host, talking to a real server.
//!
//! A board here runs the same node as a board on a desk, and speaks to the server as a stranger does:
//! over TCP, with HTTP. What is virtual is the hardware around it, the weather, and the finger on the
//! button. [`Bench`] is the two boards of the tutorial side by side; [`Snapshot`] is what there is to see.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use fieldpost_boards::{Bench, BenchConfig, BoardId, ChannelAccess};
//! use std::time::Duration;
//!
//! let access = |id: &str, write: &str| -> Result<ChannelAccess, Box<dyn std::error::Error>> {
//!     Ok(ChannelAccess { id: id.parse()?, write_key: write.parse()?, read_key: None })
//! };
//! let bench = Bench::start(BenchConfig {
//!     server: "http://127.0.0.1:8080".into(),
//!     readings: access("1", "W4K2QZ81TTP0XN7B")?,
//!     command: access("2", "R9M5C3JH60VYD2EA")?,
//!     interval: Duration::from_secs(3),
//! });
//! bench.set_climate(24.0, 40.0);
//! bench.button(true);
//! bench.wifi(BoardId::Sensor, false);
//! let mut seen = bench.watch();
//! seen.changed().await?;
//! println!("{:?}", seen.borrow_and_update().sensor());
//! bench.stop().await;
//! # Ok(())
//! # }
//! ```

pub mod bench;
pub mod button;
pub mod dht22;
mod display_board;
pub mod event;
pub mod nature;
pub mod pins;
mod sensor_board;
mod shell;
pub mod single;
pub mod snapshot;
pub mod ssd1306;
pub mod view;

pub use bench::{Bench, BenchConfig, ChannelAccess};
pub use dht22::Trouble;
pub use event::{BoardEvent, Control};
pub use fieldpost_client::Client;
pub use fieldpost_node::{DisplayConfig, Reader, SensorConfig, Told, Writer};
pub use single::{BoardConfig, run_board};
pub use snapshot::{BoardId, BoardSnapshot, Snapshot};
