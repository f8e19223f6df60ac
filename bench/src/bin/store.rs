//! Measures the default store by itself, without a server: what an update writes to the disk, how fast a bulk goes in, what a year takes and
//! how fast it is read.
//!
//! `cargo run --release --bin store [FOLDER]`. The folder should lie on a disk, not in memory; what is made in it is deleted at the end.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use fieldpost_store::history::{Aggregate, Column, Grid, HistoryStore as _};
use fieldpost_store::sqlite::SqliteStore;
use fieldpost_store::{NewChannel, NewUser, Repeats, Store, Submission};
use fieldpost_wire::channel::About;
use fieldpost_wire::query::Span;
use fieldpost_wire::update::Update;
use fieldpost_wire::{ChannelId, FieldNo, Timestamp};

const CHANNELS: u32 = 1_000;
const COMMITS: u32 = 4_000;
const YEAR: i64 = 2_102_400;
const BULK: usize = 8_192;
const START: i64 = 1_750_000_000_000;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let dir = tempfile::tempdir_in(&folder).context("can't make a folder there")?;
    let path = dir.path().join("fieldpost.db");
    let store = SqliteStore::open(&path)?;
    let channels = make_channels(&store)?;
    updates(&store, &channels)?;
    let year = channels[0];
    store.clear(year)?;
    bulk(&store, year)?;
    let extent = store.extent(year)?;
    row("bytes kept per entry of the year", extent.bytes as f64 / extent.entries as f64, "");
    drop(store);
    let begun = Instant::now();
    let store = SqliteStore::open(&path)?;
    row("opening", ms(begun.elapsed()), "ms");
    reads(&store, year)?;
    let checked = store.check()?;
    anyhow::ensure!(checked.problems.is_empty(), "{:?}", checked.problems);
    row("file", std::fs::metadata(&path)?.len() as f64 / 1e6, "MB");
    Ok(())
}

/// 64 updates in each commit, to channels at random.
fn updates(store: &SqliteStore, channels: &[ChannelId]) -> anyhow::Result<()> {
    let mut dice = Dice(7);
    let (mut worst, mut times) = (Duration::ZERO, Vec::new());
    let (written, begun) = (written_bytes()?, Instant::now());
    for commit in 0..COMMITS {
        let now = Timestamp::from_millis(START + i64::from(commit) * 100);
        let batch: Vec<Submission> = (0..64)
            .map(|_| {
                let channel = channels[dice.roll(u64::from(CHANNELS)) as usize];
                let updates = vec![update(&mut dice, None)];
                Submission {
                    channel,
                    updates,
                    received: now,
                    interval_ms: 0,
                    repeats: Repeats::Refuse,
                }
            })
            .collect();
        let begun = Instant::now();
        store.commit(batch)?;
        times.push(begun.elapsed());
        worst = worst.max(begun.elapsed());
    }
    let all = f64::from(COMMITS) * 64.0;
    row("updates, 64 in a commit, 1,000 channels", all / begun.elapsed().as_secs_f64(), "/s");
    times.sort_unstable();
    row("... a commit, median", ms(times[times.len() / 2]), "ms");
    row("... a commit, 99 of 100", ms(times[times.len() * 99 / 100]), "ms");
    row("... a commit, the longest", ms(worst), "ms");
    row("... bytes written per update", (written_bytes()? - written) / all, "");
    row("... memory in use", resident()?, "MB");
    store.move_now()?;
    row("... bytes written per update, all moved", (written_bytes()? - written) / all, "");
    Ok(())
}

/// A year at 15 s.
fn bulk(store: &SqliteStore, channel: ChannelId) -> anyhow::Result<()> {
    let mut dice = Dice(9);
    let mut spent = Duration::ZERO;
    for from in (0..YEAR).step_by(BULK) {
        let times = (from..YEAR.min(from + BULK as i64)).map(|n| START + n * 15_000);
        let updates = times.map(|time| update(&mut dice, Some(time))).collect();
        let received = Timestamp::from_millis(START);
        let batch =
            [Submission { channel, updates, received, interval_ms: 0, repeats: Repeats::Skip }];
        let begun = Instant::now();
        store.commit(batch.into())?;
        spent += begun.elapsed();
    }
    row("bulk, 8,192 in a commit", YEAR as f64 / spent.as_secs_f64(), "entries/s");
    Ok(())
}

fn reads(store: &SqliteStore, channel: ChannelId) -> anyhow::Result<()> {
    let within = (Timestamp::MIN, Timestamp::MAX);
    let columns = [0, 1].map(|at| Column::all_of(FieldNo::ALL[at]));
    let hours = Grid { start: START, step: 3_600_000, count: 8_761, within };
    let pixels = Grid { start: START, step: YEAR * 15_000 / 1_200 + 1, count: 1_200, within };
    let last = |limit| Span { limit, ..Span::ALL };
    let time = |what: &str, work: &mut dyn FnMut() -> anyhow::Result<()>| -> anyhow::Result<()> {
        let mut times = Vec::new();
        for _ in 0..11 {
            let begun = Instant::now();
            work()?;
            times.push(begun.elapsed());
        }
        let first = ms(times[0]);
        times.sort_unstable();
        println!("{what:<45}{:>14.3} ms   (the first time {first:.3} ms)", ms(times[5]));
        Ok(())
    };
    time("last 1", &mut || {
        store.newest(channel, &last(1))?;
        Ok(())
    })?;
    time("last 100", &mut || {
        store.newest(channel, &last(100))?;
        Ok(())
    })?;
    time("last 8,000", &mut || {
        store.newest(channel, &last(8_000))?;
        Ok(())
    })?;
    for (what, how) in [("mean", Aggregate::Mean), ("median", Aggregate::Median)] {
        let what = format!("{what} per hour over the year");
        time(&what, &mut || {
            store.aggregate(channel, &hours, &columns, how)?;
            Ok(())
        })?;
    }
    time("overview of the year, 1,200 columns", &mut || {
        store.overview(channel, &pixels, &columns)?;
        Ok(())
    })?;
    time("extent", &mut || {
        store.extent(channel)?;
        Ok(())
    })
}

fn make_channels(store: &SqliteStore) -> anyhow::Result<Vec<ChannelId>> {
    let key = |n: u32| format!("{n:0>16}").parse().map_err(|_| anyhow::anyhow!("no key"));
    let now = Timestamp::from_millis(START);
    let user = NewUser { login: "ada".into(), api_key: key(0)?, password: None, admin: true, now };
    let owner = store.create_user(user)?.id;
    let make = |n| {
        let (about, read_keys) = (About::default(), Vec::new());
        let new = NewChannel { id: None, owner, about, write_key: key(n)?, read_keys, now };
        Ok(store.create_channel(new)?.id)
    };
    (1..=CHANNELS).map(make).collect()
}

/// Two fields with one decimal that wander.
fn update(dice: &mut Dice, time: Option<i64>) -> Update {
    let wander = |dice: &mut Dice, from: u64| from + dice.roll(12);
    let (one, two) = (wander(dice, 215), wander(dice, 480));
    let texts = [one, two].map(|tenths| format!("{}.{}", tenths / 10, tenths % 10));
    let fields = [(FieldNo::ALL[0], texts[0].as_str()), (FieldNo::ALL[1], texts[1].as_str())];
    Update { created_at: time.map(Timestamp::from_millis), ..fields.into() }
}

fn written_bytes() -> anyhow::Result<f64> {
    let io = std::fs::read_to_string("/proc/self/io").context("only Linux tells")?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.context("no write_bytes")?.parse()?)
}

fn resident() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(Path::new("/proc/self/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.context("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}

fn row(what: &str, number: f64, unit: &str) {
    println!("{what:<45}{number:>14.3} {unit}");
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A small generator, so that every run measures the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}
