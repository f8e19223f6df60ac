//! Measures what the documents claim, against a real server on this machine: `cargo xtask bench`.
//!
//! `loop`: from the finger on the button of one virtual board to the LED on the other, through the server, with
//! boards that ask every three seconds and with boards that wait for news. `start`: from starting the server to its first answer, and
//! its memory when idle. Results are printed and kept in `bench/results`, with the date and the machine; tests never look at them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use fieldpost_bench::machine::{machine, shown};
use fieldpost_bench::server::{Channel, Server};
use fieldpost_boards::event::BoardEvent;
use fieldpost_boards::single::Seen;
use fieldpost_boards::{
    BoardConfig, Client, Control, DisplayConfig, SensorConfig, Told, Writer, run_board,
};
use tokio::sync::mpsc;

/// The rhythm of the tutorial's boards.
const INTERVAL: Duration = Duration::from_secs(3);
/// How long a finger stays on the button: longer than it bounces.
const PRESS: Duration = Duration::from_millis(100);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let binary =
        std::env::var("FIELDPOST_BIN").context("FIELDPOST_BIN must name the server's binary")?;
    let binary = PathBuf::from(binary);
    let presses = std::env::args().nth(1).map_or(Ok(15), |count| count.parse())?;
    let mut out =
        format!("# The loop and the start\n\n{}. Re-run: `cargo xtask bench loop`.\n\n", machine());
    writeln!(
        out,
        "| from the button to the LED | presses | median | slowest |\n| --- | --- | --- | --- |"
    )?;
    for (name, told) in
        [("boards ask every 3 s", Told::Polling), ("boards wait for news", Told::Waiting)]
    {
        let mut times = button_to_led(&binary, told, presses).await?;
        times.sort();
        let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        writeln!(out, "| {name} | {} | {} | {} |", times.len(), shown(median), shown(slowest))?;
    }
    writeln!(out, "\n| server | median of 11 |\n| --- | --- |")?;
    let (mut starts, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..11 {
        let (took, kib) = start(&binary)?;
        starts.push(took);
        memory.push(kib);
    }
    starts.sort();
    memory.sort_unstable();
    writeln!(out, "| from starting it to its first answer, new folder | {} |", shown(starts[5]))?;
    writeln!(
        out,
        "| memory when idle, after one update and one read | {:.1} MB |",
        memory[5] as f64 / 1024.0
    )?;
    writeln!(
        out,
        "| size of the binary | {:.1} MB |",
        std::fs::metadata(&binary)?.len() as f64 / 1e6
    )?;
    print!("{out}");
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/results/loop.md");
    std::fs::write(results, out)?;
    Ok(())
}

/// Presses the button again and again, at moments that fall anywhere between two rounds, and takes the time to the LED.
async fn button_to_led(binary: &Path, told: Told, presses: u32) -> anyhow::Result<Vec<Duration>> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(binary, &folder.path().join("data"))?;
    let writers: Vec<Writer> =
        server.channels(2)?.iter().map(writer).collect::<anyhow::Result<_>>()?;
    let [readings, command] = [writers[0], writers[1]];
    let url = format!("http://{}", server.address);
    let client = || Client::new(&url);
    client()?.update(&command.key).field(1, 0).send().await?;
    let sensor =
        SensorConfig { command: command.reader(), readings, interval: INTERVAL, told, seed: 1 };
    let display =
        DisplayConfig { readings: readings.reader(), command, interval: INTERVAL, told, seed: 2 };
    let (lit, mut led) = mpsc::unbounded_channel();
    let (sensor_hand, sensor_controls) = mpsc::channel(8);
    let (finger, display_controls) = mpsc::channel(8);
    let sensor = tokio::spawn(run_board(
        BoardConfig::Sensor(sensor),
        client()?,
        sensor_controls,
        move |seen| {
            if let Seen::Event(BoardEvent::Led { on }) = seen {
                let _ = lit.send((on, Instant::now()));
            }
        },
    ));
    let display =
        tokio::spawn(run_board(BoardConfig::Display(display), client()?, display_controls, |_| {}));
    tokio::time::sleep(INTERVAL * 2).await;
    let mut times = Vec::new();
    for n in 0..presses {
        // A step that does not divide the interval, so that presses meet every part of a round.
        tokio::time::sleep(Duration::from_millis(1_000 + u64::from(n) * 737 % 3_000)).await;
        while led.try_recv().is_ok() {}
        let pressed = Instant::now();
        finger.send(Control::Button(true)).await?;
        tokio::time::sleep(PRESS).await;
        finger.send(Control::Button(false)).await?;
        let (_, seen) = tokio::time::timeout(INTERVAL * 5, led.recv())
            .await?
            .context("the sensor board ended")?;
        times.push(seen - pressed);
    }
    drop((finger, sensor_hand));
    sensor.await?;
    display.await?;
    Ok(times)
}

/// Starts a server in a new folder; gives the time to its first answer, and its memory in KiB a moment later.
fn start(binary: &Path) -> anyhow::Result<(Duration, u64)> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(binary, &folder.path().join("data"))?;
    let Channel { id, key } = server.channels(1)?.remove(0);
    let mut client = server.client()?;
    client.get(&format!("/update?api_key={key}&field1=1"))?.fine()?;
    client.get(&format!("/channels/{id}/feeds.json"))?.fine()?;
    std::thread::sleep(Duration::from_millis(300));
    Ok((server.took, server.used()?.kib))
}

fn writer(channel: &Channel) -> anyhow::Result<Writer> {
    let (channel, key) = (channel.id.to_string().parse()?, channel.key.parse()?);
    Ok(Writer { channel, key, read_key: None })
}
