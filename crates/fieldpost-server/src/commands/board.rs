//! `fieldpost board`: one virtual board, in a terminal or for a script.
//!
//! In a terminal the board is drawn when it changes, and takes short words. With `--json` every happening
//! is a line of JSON, and so is everything that the world does to the board.

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

mod window;
mod words;

use window::Window;

/// The cloud service takes one update of a channel in so many seconds, unless it is paid for.
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
    let remark = remark(&board).unwrap_or_default();
    let window = draws(board.json).then(|| Window::new(words::help(&config), remark.clone()));
    if window.is_none() && !remark.is_empty() {
        eprintln!("fieldpost: {remark}");
    }
    runtime()?.block_on(async {
        let (hand, controls) = mpsc::channel(16);
        listen(hand.clone(), board.json, config, window.clone());
        let running = run_board(config, client, controls, teller(board.json, window));
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

/// True if the board is to be drawn: only where the cursor can be moved.
fn draws(json: bool) -> bool {
    !json
        && std::io::stdout().is_terminal()
        && std::env::var_os("TERM").is_none_or(|it| it != "dumb")
}

fn interval(board: &BoardArgs) -> Duration {
    let usual = if is_cloud(&board.server) { CLOUD_INTERVAL } else { INTERVAL };
    board.interval.map_or(usual, Duration::from_millis)
}

/// True if the host is one of the cloud service's.
fn is_cloud(server: &str) -> bool {
    let url = server.trim().parse::<http::Uri>().ok();
    let host = url.as_ref().and_then(http::Uri::host).unwrap_or_default().to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    host == "thingspeak.com" || host.ends_with(".thingspeak.com")
}

/// What to know of the cloud service before talking to it.
fn remark(board: &BoardArgs) -> Option<String> {
    let (least, chosen) = (CLOUD_INTERVAL.as_secs(), interval(board));
    is_cloud(&board.server).then(|| {
        if chosen < CLOUD_INTERVAL {
            format!(
                "ThingSpeak stores one update in {least} s unless you pay: what comes sooner waits"
            )
        } else {
            format!(
                "a round takes {} s: ThingSpeak stores one update in {least} s",
                chosen.as_secs()
            )
        }
    })
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
fn teller(json: bool, window: Option<Window>) -> impl FnMut(Seen) + Send + 'static {
    move |seen| match (seen, &window) {
        (Seen::Board(board), Some(window)) => window.show(board),
        (Seen::Event(event), None) => {
            let line = if json {
                serde_json::to_string(&event).unwrap_or_default()
            } else {
                event.to_string()
            };
            // Nobody listens any more when this fails; the board stops by its own signal.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        }
        _ => {}
    }
}

/// Reads what the world does to the board, on a thread of its own because reading waits.
fn listen(hand: mpsc::Sender<Control>, json: bool, board: BoardConfig, window: Option<Window>) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let controls = if json {
                serde_json::from_str(&line)
                    .map(|control| vec![control])
                    .map_err(|error| error.to_string())
            } else {
                words::read(&line, &board)
            };
            match (&controls, &window) {
                (Ok(_), Some(window)) => window.answer(String::new()),
                (Ok(_), None) => {}
                (Err(why), Some(window)) => window.answer(format!("{line:?}: {why}")),
                (Err(why), None) => eprintln!("fieldpost: {line:?}: {why}"),
            }
            for (n, control) in controls.unwrap_or_default().into_iter().enumerate() {
                if n > 0 {
                    // A finger stays on a button for a moment.
                    std::thread::sleep(Duration::from_millis(120));
                }
                if hand.blocking_send(control).is_err() {
                    return;
                }
            }
        }
        // A closed input is no reason to stop: the board goes on until it is told to.
        std::mem::forget(hand);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(server: &str, interval: Option<u64>) -> BoardArgs {
        BoardArgs { server: server.into(), interval, wait: false, json: false }
    }

    #[test]
    fn the_cloud_service_is_known_by_its_host() {
        for server in [
            "https://api.thingspeak.com",
            "http://thingspeak.com/",
            "HTTP://API.ThingSpeak.COM:80",
            " https://api.thingspeak.com./a ",
        ] {
            let (args, hasty) = (args(server, None), args(server, Some(3_000)));
            assert_eq!(interval(&args), CLOUD_INTERVAL, "{server}");
            assert!(remark(&args).is_some_and(|text| text.contains("15 s")), "{server}");
            assert_eq!(interval(&hasty), Duration::from_secs(3), "who pays may");
            assert!(remark(&hasty).is_some_and(|text| text.contains("sooner waits")), "{server}");
        }
        for server in [
            "http://127.0.0.1:8080",
            "http://thingspeak.com.lan",
            "http://notthingspeak.com",
            "http://shed/thingspeak.com",
        ] {
            assert_eq!(interval(&args(server, None)), INTERVAL, "{server}");
            assert_eq!(remark(&args(server, None)), None, "{server}");
        }
    }
}
