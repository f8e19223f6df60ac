//! Measures the MQTT door of a real server beside mosquitto, in the same run on the same machine: memory of idle connections, a flood,
//! rates of publishing and of fan-out. `FIELDPOST_BIN=… cargo run --release --bin mqtt`, with `ulimit -n 20000`; `idle`, `flood` or `rates`
//! behind it measures a part.
//!
//! Results are printed and kept in `bench/results/mqtt.md`; tests never look at them. The load comes from this process, on the same
//! processors: compare columns, not machines.

mod broker;
mod client;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use broker::Broker;
use client::{Client, publish, secure, tls, web};

/// How many connections stand idle.
const IDLE: usize = 5_000;
/// How many connections publish at once.
const PUBLISHERS: usize = 50;
/// How many hear one topic.
const HEARERS: usize = 200;
/// How many messages of quality 1 wait for their answer on a connection.
const WINDOW: usize = 16;
/// A message as boards send it.
const PAYLOAD: &str = "field1=21.5&field2=63";
const TOPIC: &str = "tele/greenhouse/north/SENSOR";

/// What one measurement gave.
struct Rate {
    per_second: f64,
    /// Microseconds of the server's processor time for each message.
    micros: f64,
}

/// A part of the whole: measures the binary and writes what it found.
type Part = fn(&str, &mut String) -> anyhow::Result<()>;

fn main() -> anyhow::Result<()> {
    let binary =
        std::env::var("FIELDPOST_BIN").context("FIELDPOST_BIN must name the server's binary")?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut out = format!(
        "# The MQTT door\n\n{cores} cores, load before: {load}. Re-run: see `bench/src/bin/mqtt/main.rs`.\n\n"
    );
    let parts: [(&str, Part); 3] = [("idle", idle), ("flood", flood), ("rates", rates)];
    let asked: Vec<String> = std::env::args().skip(1).collect();
    for (name, part) in parts {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            part(&binary, &mut out)?;
        }
    }
    print!("{out}");
    if !asked.is_empty() {
        return Ok(()); // a part is for a look; what is kept is whole
    }
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/results/mqtt.md"), out)?;
    Ok(())
}

fn idle(binary: &str, out: &mut String) -> anyhow::Result<()> {
    writeln!(out, "| {IDLE} idle connections | memory for each |\n| --- | --- |")?;
    let mut row = |name: &str, kib: f64| writeln!(out, "| {name} | {kib:.1} KiB |");
    let broker = Broker::fieldpost(binary)?;
    row("TCP", held(&broker, |n| Client::plain(&broker, &n))?)?;
    let broker = Broker::fieldpost(binary)?;
    let config = tls(&broker)?;
    row("TLS", held(&broker, |n| secure(&broker, &config, &n))?)?;
    let broker = Broker::fieldpost(binary)?;
    row("WebSocket", held(&broker, |n| web(&broker, &n))?)?;
    if let Some(broker) = Broker::mosquitto()? {
        row("mosquitto, TCP", held(&broker, |n| Client::plain(&broker, &n))?)?;
    }
    Ok(())
}

/// Holds connections and gives the memory that the server has for each, in KiB.
fn held<T>(broker: &Broker, open: impl Fn(String) -> anyhow::Result<T>) -> anyhow::Result<f64> {
    // The first ones bring what is made once.
    let first: Vec<T> =
        (0..20).map(|n| open(format!("first-{n}"))).collect::<anyhow::Result<_>>()?;
    std::thread::sleep(Duration::from_secs(1));
    let before = broker.used()?.kib;
    let all: Vec<T> =
        (0..IDLE).map(|n| open(format!("idle-{n}"))).collect::<anyhow::Result<_>>()?;
    std::thread::sleep(Duration::from_secs(2));
    let after = broker.used()?.kib;
    drop((first, all));
    Ok((after as f64 - before as f64) / IDLE as f64)
}

fn flood(binary: &str, out: &mut String) -> anyhow::Result<()> {
    writeln!(
        out,
        "\n| a million messages of quality 0, as fast as they are taken | before | most | after |\n| --- | --- | --- | --- |"
    )?;
    let broker = Broker::fieldpost(binary)?;
    let channel = format!("channels/{}/publish", broker.channel);
    for (name, topic) in [("to a topic of the user's own", TOPIC), ("to a channel", &channel)] {
        let mut client = Client::plain(&broker, "flood")?;
        client.send(&publish(topic, PAYLOAD, None))?;
        client.ping()?;
        let before = broker.used()?.kib;
        let mut most = before;
        let bulk = publish(topic, PAYLOAD, None).repeat(1_000);
        for n in 0..1_000 {
            client.send(&bulk)?;
            if n % 20 == 0 {
                most = most.max(broker.used()?.kib);
            }
        }
        client.ping()?;
        std::thread::sleep(Duration::from_secs(1));
        let mb = |kib: u64| kib as f64 / 1024.0;
        let after = broker.used()?.kib;
        let (before, most) = (mb(before), mb(most.max(after)));
        writeln!(out, "| {name} | {before:.1} MB | {most:.1} MB | {:.1} MB |", mb(after))?;
    }
    Ok(())
}

fn rates(binary: &str, out: &mut String) -> anyhow::Result<()> {
    writeln!(
        out,
        "\n| messages of {} bytes, {PUBLISHERS} connections | per second | processor |\n| --- | --- | --- |",
        PAYLOAD.len()
    )?;
    let mut row = |name: &str, what: &str, rate: Rate| {
        writeln!(out, "| {name}: {what} | {:.0} | {:.1} µs |", rate.per_second, rate.micros)
    };
    // In turns, so that a busy moment of the machine meets both.
    for _ in 0..2 {
        let fieldpost = Broker::fieldpost(binary)?;
        let mosquitto = Broker::mosquitto()?;
        for broker in [Some(&fieldpost), mosquitto.as_ref()].into_iter().flatten() {
            row(broker.name, "publish, quality 0", unanswered(broker, TOPIC, 20_000)?)?;
            row(broker.name, "publish, quality 1", answered(broker, TOPIC, 4_000)?)?;
            row(broker.name, "fan-out to 200", fan_out(broker)?)?;
        }
        let channel = format!("channels/{}/publish", fieldpost.channel);
        row(
            "Fieldpost",
            "to a channel, on disk, quality 0",
            unanswered(&fieldpost, &channel, 2_000)?,
        )?;
        row(
            "Fieldpost",
            "to a channel, on disk, quality 1",
            answered(&fieldpost, &channel, 2_000)?,
        )?;
    }
    Ok(())
}

/// Has many clients do something at once, and measures from when all are connected.
fn together(
    broker: &Broker,
    messages: usize,
    work: impl Fn(&mut Client) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<Rate> {
    let clients: Vec<Client> = (0..PUBLISHERS)
        .map(|n| Client::plain(broker, &format!("pub-{n}")))
        .collect::<anyhow::Result<_>>()?;
    let before = broker.used()?.cpu;
    let began = Instant::now();
    std::thread::scope(|scope| {
        let work = &work;
        let spawned: Vec<_> =
            clients.into_iter().map(|mut client| scope.spawn(move || work(&mut client))).collect();
        spawned
            .into_iter()
            .try_for_each(|done| done.join().unwrap_or_else(|_| anyhow::bail!("a client panicked")))
    })?;
    rate(broker, began, before, messages * PUBLISHERS)
}

fn rate(
    broker: &Broker,
    began: Instant,
    before: Duration,
    messages: usize,
) -> anyhow::Result<Rate> {
    let took = began.elapsed();
    let cpu = broker.used()?.cpu.saturating_sub(before);
    let micros = cpu.as_micros() as f64 / messages as f64;
    Ok(Rate { per_second: messages as f64 / took.as_secs_f64(), micros })
}

fn unanswered(broker: &Broker, topic: &str, messages: usize) -> anyhow::Result<Rate> {
    let bulk = publish(topic, PAYLOAD, None).repeat(100);
    together(broker, messages, |client| {
        for _ in 0..messages / 100 {
            client.send(&bulk)?;
        }
        client.ping()
    })
}

fn answered(broker: &Broker, topic: &str, messages: usize) -> anyhow::Result<Rate> {
    let bulk: Vec<u8> =
        (1..=WINDOW).flat_map(|id| publish(topic, PAYLOAD, Some(id as u16))).collect();
    together(broker, messages, |client| {
        for _ in 0..messages / WINDOW {
            client.send(&bulk)?;
            for _ in 0..WINDOW {
                client.receive()?;
            }
        }
        Ok(())
    })
}

/// One publishes, many hear it; the next ones are sent when all have heard, so that nobody's queue runs over.
fn fan_out(broker: &Broker) -> anyhow::Result<Rate> {
    const ROUNDS: u64 = 200;
    let heard = Arc::new(AtomicU64::new(0));
    let mut hearers = Vec::new();
    for n in 0..HEARERS {
        let mut client = Client::plain(broker, &format!("sub-{n}"))?;
        client.subscribe("fan/#")?;
        let heard = Arc::clone(&heard);
        hearers.push(std::thread::spawn(move || {
            for _ in 0..ROUNDS * WINDOW as u64 {
                if client.receive().is_err() {
                    return;
                }
                heard.fetch_add(1, Relaxed);
            }
        }));
    }
    let mut client = Client::plain(broker, "publisher")?;
    let bulk = publish("fan/out", PAYLOAD, None).repeat(WINDOW);
    let before = broker.used()?.cpu;
    let began = Instant::now();
    for round in 1..=ROUNDS {
        client.send(&bulk)?;
        while heard.load(Relaxed) < round * (WINDOW * HEARERS) as u64 {
            anyhow::ensure!(began.elapsed() < Duration::from_secs(300), "messages were lost");
            std::thread::yield_now();
        }
    }
    let rate = rate(broker, began, before, ROUNDS as usize * WINDOW * HEARERS)?;
    hearers.into_iter().for_each(|hearer| drop(hearer.join()));
    Ok(rate)
}
