//! What blocks of the history cost: bytes an entry, and the time to write them, to read them and to make charts of a year.
//!
//! No disk, no SQLite, no server. `cargo bench --bench blocks` prints tables: the mean of several rounds, in time that the processor
//! spent on it where the system tells (Linux), so that what else runs on the machine does not count.

use std::time::{Duration, Instant};

use fieldpost_store::blocks::{
    Aggregating, BLOCK_MAX, Damaged, Encoded, Header, Overlooking, Pointing, decode, decode_range,
    encode,
};
use fieldpost_store::history::{Aggregate, Column, Grid};
use fieldpost_wire::entry::{Entry, Values};
use fieldpost_wire::{EntryId, FieldNo, Timestamp};

/// A year of readings, one every 15 seconds.
const YEAR: usize = 2_102_400;
const STEP_MS: i64 = 15_000;
const START: i64 = 1_735_689_600_000;
/// How long a thing is done again and again.
const LONG: Duration = Duration::from_millis(400);

fn main() {
    println!(
        "| two fields, every 15 s | block | header B | body B | together B | encode M/s | decode M/s |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (name, kind) in KINDS {
        let entries = kind.entries(200_000);
        for block in [512, 1024, 2048, BLOCK_MAX] {
            sizes(name, &entries, block);
        }
    }
    println!("\n| a year of two fields | block | ms |\n| --- | --- | --- |");
    for (name, kind) in [KINDS[1], KINDS[3], KINDS[4]] {
        let entries = kind.entries(YEAR);
        for block in [1024, BLOCK_MAX] {
            year(name, &blocks(&entries, block), block);
        }
    }
}

/// What boards send.
#[derive(Clone, Copy)]
struct Kind {
    decimals: usize,
    /// The most that a number moves from one entry to the next, in its last digit.
    step: i64,
    /// How late an entry may be.
    late_ms: i64,
}

const KINDS: [(&str, Kind); 6] = [
    ("one decimal, walk of ±1", Kind { decimals: 1, step: 1, late_ms: 0 }),
    ("one decimal, walk of ±2", Kind { decimals: 1, step: 2, late_ms: 0 }),
    ("the same, up to 5 ms late", Kind { decimals: 1, step: 2, late_ms: 5 }),
    ("the same, up to 200 ms late", Kind { decimals: 1, step: 2, late_ms: 200 }),
    ("two decimals, walk of ±20", Kind { decimals: 2, step: 20, late_ms: 0 }),
    ("two decimals, walk of ±100", Kind { decimals: 2, step: 100, late_ms: 0 }),
];

impl Kind {
    fn entries(self, count: usize) -> Vec<Entry> {
        let mut seed = 1_u64;
        let mut random = |below: i64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as i64 % below
        };
        let one = 10_i64.pow(self.decimals as u32);
        let mut digits = [21 * one, 48 * one];
        (0..count as i64)
            .map(|at| {
                let mut values = Values::default();
                for (field, digits) in digits.iter_mut().enumerate() {
                    *digits += random(2 * self.step + 1) - self.step;
                    let value = *digits as f64 / one as f64;
                    values.fields[field] = Some(format!("{value:.*}", self.decimals).into());
                }
                let time = START + at * STEP_MS + random(self.late_ms + 1);
                let created_at = Timestamp::from_millis(time);
                Entry { id: EntryId::new(at as u64 + 1), created_at, values }
            })
            .collect()
    }
}

fn blocks(entries: &[Entry], block: usize) -> Vec<Encoded> {
    entries.chunks(block).map(encode).collect()
}

fn sizes(name: &str, entries: &[Entry], block: usize) {
    let made = blocks(entries, block);
    let each = |of: fn(&Encoded) -> usize| {
        made.iter().map(of).sum::<usize>() as f64 / entries.len() as f64
    };
    let (header, body) = (each(|made| made.header.len()), each(|made| made.body.len()));
    let encoding = mean(|| blocks(entries, block).len());
    let decoding = mean(|| {
        let all = made.iter().map(|block| {
            let header = Header::read(&block.header).unwrap();
            decode(&header, &block.body).unwrap().len()
        });
        all.sum::<usize>()
    });
    let rate = |took: Duration| entries.len() as f64 / took.as_secs_f64() / 1e6;
    println!(
        "| {name} | {block} | {header:.3} | {body:.3} | {:.3} | {:.1} | {:.1} |",
        header + body,
        rate(encoding),
        rate(decoding)
    );
}

fn year(name: &str, blocks: &[Encoded], block: usize) {
    let columns = [Column::all_of(FieldNo::ALL[0]), Column::all_of(FieldNo::ALL[1])];
    let length = YEAR as i64 * STEP_MS;
    let grid = |count: usize| Grid {
        start: START,
        step: length / count as i64,
        count,
        within: (Timestamp::MIN, Timestamp::MAX),
    };
    let (chart, hours) = (grid(1_200), grid(365 * 24));
    let row = |what: &str, took: Duration| {
        println!("| {what}, {name} | {block} | {:.3} |", took.as_secs_f64() * 1e3);
    };
    let overview = || {
        let mut overlooking = Overlooking::new(&chart, &columns);
        for block in blocks {
            let header = Header::read(&block.header).unwrap();
            overlooking.block(&header, || Ok::<_, Damaged>(&block.body)).unwrap();
        }
        overlooking.finish(None).entries
    };
    row("overview of 1,200", mean(overview));
    for how in [Aggregate::Mean, Aggregate::Max, Aggregate::Median] {
        let aggregate = || {
            let mut aggregating = Aggregating::new(&hours, &columns, how);
            for block in blocks {
                let header = Header::read(&block.header).unwrap();
                aggregating.block(&header, || Ok::<_, Damaged>(&block.body)).unwrap();
            }
            aggregating.finish().entries
        };
        row(&format!("{how:?} by hour"), mean(aggregate));
    }
    let points = || {
        let mut pointing = Pointing::new(Timestamp::MIN, Timestamp::MAX, &columns, YEAR);
        for block in blocks {
            let header = Header::read(&block.header).unwrap();
            pointing.block(&header, || Ok::<_, Damaged>(&block.body)).unwrap();
        }
        pointing.finish(None).unwrap().ids.len()
    };
    row("all points", mean(points));
    let newest = || {
        let block = &blocks[blocks.len() / 2];
        let header = Header::read(&block.header).unwrap();
        decode_range(&header, &block.body, header.count - 100..header.count).unwrap().len()
    };
    row("the newest 100 of a block", mean(newest));
}

/// The time that it takes: the mean of as many rounds as fit in a while, since the system counts in steps of milliseconds.
fn mean<T>(mut run: impl FnMut() -> T) -> Duration {
    let begin = Moment::now();
    let mut rounds = 0;
    while rounds < 3 || begin.0.elapsed() < LONG {
        std::hint::black_box(run());
        rounds += 1;
    }
    begin.passed() / rounds
}

/// A time to measure from.
struct Moment(Instant, Option<Duration>);

impl Moment {
    fn now() -> Self {
        Self(Instant::now(), Self::spent())
    }

    fn passed(&self) -> Duration {
        match (self.1, Self::spent()) {
            (Some(before), Some(now)) => now - before,
            _ => self.0.elapsed(),
        }
    }

    /// The time that this thread had a processor.
    fn spent() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }
}
