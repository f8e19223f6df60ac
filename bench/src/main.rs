//! Measures what the documents claim, against a real server on this machine: `cargo xtask bench`.
//!
//! `loop`: from the finger on the button of one virtual board to the LED on the other, through the server, with
//! boards that ask every three seconds and with boards that wait for news. `start`: from starting the server to its first answer, and
//! its memory when idle. Results are printed and kept in `bench/results`, with the date and the machine; tests never look at them.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use fieldpost_boards::event::BoardEvent;
use fieldpost_boards::single::Seen;
use fieldpost_boards::{
    BoardConfig, Client, Control, DisplayConfig, SensorConfig, Told, Writer, run_board,
};
use serde_json::Value;
use tokio::sync::mpsc;

/// The rhythm of the tutorial's boards.
const INTERVAL: Duration = Duration::from_secs(3);
/// How long a finger stays on the button: longer than it bounces.
const PRESS: Duration = Duration::from_millis(100);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let binary =
        std::env::var("FIELDPOST_BIN").context("FIELDPOST_BIN must name the server's binary")?;
    let presses = std::env::args().nth(1).map_or(Ok(15), |count| count.parse())?;
    let mut out = format!("# The loop and the start\n\n{}\n\n", machine());
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
async fn button_to_led(binary: &str, told: Told, presses: u32) -> anyhow::Result<Vec<Duration>> {
    let server = Server::start(binary)?;
    let (readings, command) = (server.channel("Readings")?, server.channel("Command")?);
    let client = || Client::new(&server.url);
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
fn start(binary: &str) -> anyhow::Result<(Duration, u64)> {
    let began = Instant::now();
    let server = Server::start(binary)?;
    ensure!(server.get("/healthz")?.contains("200 OK"), "the server is not well");
    let took = began.elapsed();
    let channel = server.channel("Idle")?;
    server.get(&format!("/update?api_key={}&field1=1", channel.key.reveal()))?;
    server.get(&format!(
        "/channels/{}/feeds.json?api_key={}",
        channel.channel,
        channel.key.reveal()
    ))?;
    std::thread::sleep(Duration::from_millis(300));
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id()))
        .context("memory can be read on Linux only")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok((took, line.trim().trim_end_matches(" kB").trim().parse()?))
}

struct Server {
    child: Child,
    url: String,
    binary: String,
    folder: tempfile::TempDir,
}

impl Server {
    fn start(binary: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path())
            .args(["--mqtt-listen", "off", "--mqtts-listen", "off"])
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| binary.to_string())?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let url =
            line.split_whitespace().nth(1).context("the server did not get ready")?.to_string();
        Ok(Self { child, url, binary: binary.into(), folder })
    }

    fn command(&self, args: &[&str]) -> anyhow::Result<Value> {
        let out = Command::new(&self.binary)
            .args(args)
            .args(["--json", "--data"])
            .arg(self.folder.path())
            .output()?;
        ensure!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        Ok(serde_json::from_slice(&out.stdout)?)
    }

    /// Makes a public channel.
    fn channel(&self, name: &str) -> anyhow::Result<Writer> {
        if self.command(&["user", "list"])? == Value::Array(Vec::new()) {
            self.command(&["user", "add", "bench"])?;
        }
        let made = self.command(&[
            "channel", "create", "--user", "bench", "--name", name, "--field1", "1", "--field2",
            "2", "--public",
        ])?;
        let text = |key: &str| made[key].as_str().unwrap_or_default().to_string();
        Ok(Writer {
            channel: made["id"].to_string().parse()?,
            key: text("write_key").parse()?,
            read_key: None,
        })
    }

    fn get(&self, target: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://"))?;
        write!(stream, "GET {target} HTTP/1.0\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn shown(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{:.1} ms", time.as_secs_f64() * 1000.0)
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

/// The day and the machine, as far as it tells.
fn machine() -> String {
    let day = Command::new("date")
        .args(["-u", "+%Y-%m-%d"])
        .output()
        .map(|out| String::from_utf8_lossy(&out.stdout).trim().to_string())
        .unwrap_or_default();
    let info = std::fs::read_to_string(Path::new("/proc/cpuinfo")).unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(':').nth(1))
        .unwrap_or("unknown processor")
        .trim()
        .to_string();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{day}, {cores} cores of {model}, load before: {}. Re-run: `cargo xtask bench`.",
        load.split_whitespace().next().unwrap_or("unknown")
    )
}
