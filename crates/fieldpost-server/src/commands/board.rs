//! `fieldpost board`: one virtual board, in a terminal or for a script.
//!
//! In a terminal the board is drawn anew when it changes, and takes short words: Enter presses the button. With `--json` every
//! happening is a line of JSON, and so is everything that the world does to the board.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use anyhow::Context as _;
use fieldpost_boards::single::Seen;
use fieldpost_boards::{
    BoardConfig, Client, Control, DisplayConfig, Reader, SensorConfig, Told, Writer, run_board,
};
use tokio::sync::mpsc;

use crate::options::{BoardArgs, BoardCommand};
use crate::serve::runtime;

/// The cloud service takes one update of a channel in so many seconds.
const CLOUD_INTERVAL: Duration = Duration::from_secs(15);
/// The rhythm of the tutorial's boards.
const INTERVAL: Duration = Duration::from_secs(3);

pub(crate) fn run(command: BoardCommand) -> anyhow::Result<()> {
    let (board, config) = match command {
        BoardCommand::Sensor { readings, write_key, command, read_key, board } => {
            let config = SensorConfig {
                command: Reader { channel: command, key: read_key },
                readings: Writer { channel: readings, key: write_key, read_key: None },
                interval: interval(&board),
                told: told(&board),
                seed: seed(),
            };
            (board, BoardConfig::Sensor(config))
        }
        BoardCommand::Display { readings, read_key, command, write_key, board } => {
            let config = DisplayConfig {
                readings: Reader { channel: readings, key: read_key },
                command: Writer { channel: command, key: write_key, read_key: None },
                interval: interval(&board),
                told: told(&board),
                seed: seed(),
            };
            (board, BoardConfig::Display(config))
        }
    };
    let client =
        Client::new(&board.server).with_context(|| format!("--server {}", board.server))?;
    runtime()?.block_on(async {
        let (hand, controls) = mpsc::channel(16);
        listen(hand.clone(), board.json);
        let running = run_board(config, client, controls, teller(board.json));
        tokio::select! {
            () = running => {}
            stopped = tokio::signal::ctrl_c() => stopped?,
        }
        drop(hand);
        anyhow::Ok(())
    })?;
    // The thread that reads the terminal would wait for a line that nobody writes.
    std::process::exit(0)
}

fn interval(board: &BoardArgs) -> Duration {
    let cloud = board.server.contains("thingspeak.com");
    board.interval.map_or(if cloud { CLOUD_INTERVAL } else { INTERVAL }, Duration::from_millis)
}

fn told(board: &BoardArgs) -> Told {
    if board.wait { Told::Waiting } else { Told::Polling }
}

/// Differs from board to board, so that many of them do not retry in step.
fn seed() -> u64 {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos()) ^ u64::from(std::process::id())
}

/// What to do with everything that the board tells.
fn teller(json: bool) -> impl FnMut(Seen) + Send + 'static {
    let draws = !json && std::io::stdout().is_terminal();
    move |seen| {
        let mut out = std::io::stdout().lock();
        // Nobody listens any more when this fails; the board stops by its own signal.
        let _ = match seen {
            Seen::Event(event) if json => {
                writeln!(out, "{}", serde_json::to_string(&event).unwrap_or_default())
            }
            Seen::Event(event) if !draws => writeln!(out, "{event}"),
            Seen::Board(board) if draws => {
                let help =
                    "Enter presses the button · climate 25.5 60 · wifi off · wifi on · Ctrl-C ends";
                write!(out, "\x1b[H\x1b[2J{}\n{help}\n", board.text()).and_then(|()| out.flush())
            }
            _ => Ok(()),
        };
    }
}

/// Reads what the world does to the board, on a thread of its own because reading waits.
fn listen(hand: mpsc::Sender<Control>, json: bool) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let controls = if json {
                serde_json::from_str(&line)
                    .map(|control| vec![control])
                    .map_err(|error| error.to_string())
            } else {
                words(&line)
            };
            match controls {
                Ok(controls) => {
                    for (n, control) in controls.into_iter().enumerate() {
                        if n > 0 {
                            // A finger stays on a button for a moment.
                            std::thread::sleep(Duration::from_millis(120));
                        }
                        if hand.blocking_send(control).is_err() {
                            return;
                        }
                    }
                }
                Err(why) => eprintln!("fieldpost: {line:?}: {why}"),
            }
        }
        // A closed input is no reason to stop: the board goes on until it is told to.
        std::mem::forget(hand);
    });
}

/// What a line in the terminal means.
fn words(line: &str) -> Result<Vec<Control>, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [] | ["press"] => Ok(vec![Control::Button(true), Control::Button(false)]),
        ["wifi", "on"] => Ok(vec![Control::Wifi(true)]),
        ["wifi", "off"] => Ok(vec![Control::Wifi(false)]),
        ["climate", temperature, humidity] => match (temperature.parse(), humidity.parse()) {
            (Ok(temperature), Ok(humidity)) => Ok(vec![Control::Climate { temperature, humidity }]),
            _ => Err("a climate is two numbers: degrees Celsius and percent".into()),
        },
        _ => Err("the words are: press, climate 25.5 60, wifi off, wifi on".into()),
    }
}
