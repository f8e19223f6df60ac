//! One board against any server, for a command line or a script.

use crate::display_board::DisplayBoard;
use crate::event::{BoardEvent, Control};
use crate::sensor_board::SensorBoard;
use crate::shell::{self, Show};
use crate::snapshot::BoardSnapshot;
use fieldpost_client::Client;
use fieldpost_node::{DisplayConfig, SensorConfig};
use tokio::sync::mpsc;

/// Which board to run, and what its node must be told.
#[derive(Clone, Copy, Debug)]
pub enum BoardConfig {
    /// The board with the sensor and the remote light.
    Sensor(SensorConfig),
    /// The board with the display and the button.
    Display(DisplayConfig),
}

/// What a running board tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// Something happened.
    Event(BoardEvent),
    /// The board looks different.
    Board(Box<BoardSnapshot>),
}

/// Runs a board until `controls` are closed. What there is to tell is told at once, in order; whoever is
/// told must not take long, because the board waits.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use fieldpost_boards::single::{BoardConfig, Seen, run_board};
/// use fieldpost_boards::{Client, DisplayConfig, Reader, Writer};
///
/// let client = Client::new("https://api.thingspeak.com")?;
/// let config = DisplayConfig {
///     readings: Reader { channel: "4711".parse()?, key: None },
///     command: Writer {
///         channel: "4712".parse()?,
///         key: "W4K2QZ81TTP0XN7B".parse()?,
///         read_key: None,
///     },
///     interval: std::time::Duration::from_secs(15),
///     told: Default::default(),
///     seed: 1,
/// };
/// let (hand, controls) = tokio::sync::mpsc::channel(8);
/// let board = run_board(BoardConfig::Display(config), client, controls, |seen| match seen {
///     Seen::Event(event) => println!("{event}"),
///     Seen::Board(board) => print!("{}", board.text()),
/// });
/// board.await;
/// # drop(hand);
/// # Ok(())
/// # }
/// ```
pub async fn run_board(
    config: BoardConfig,
    client: Client,
    controls: mpsc::Receiver<Control>,
    tell: impl FnMut(Seen) + Send + 'static,
) {
    let show = Teller { tell, last: None };
    match config {
        BoardConfig::Sensor(config) => {
            shell::run(SensorBoard::new(config, show), Ok(client), controls).await;
        }
        BoardConfig::Display(config) => {
            shell::run(DisplayBoard::new(config, show), Ok(client), controls).await;
        }
    }
}

struct Teller<F> {
    tell: F,
    last: Option<BoardSnapshot>,
}

impl<F: FnMut(Seen) + Send + 'static> Show for Teller<F> {
    fn event(&mut self, event: BoardEvent) {
        (self.tell)(Seen::Event(event));
    }

    fn board(&mut self, board: BoardSnapshot) {
        if self.last.as_ref() != Some(&board) {
            (self.tell)(Seen::Board(Box::new(board.clone())));
            self.last = Some(board);
        }
    }
}
