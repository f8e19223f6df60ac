//! `fieldpost import`: brings entries in from a file. From another server: `thingspeak.rs`.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyhow::Context as _;
use fieldpost_engine::import;
use fieldpost_wire::{ChannelId, Zone};
use serde_json::json;

use super::progress::{Progress, Step};
use super::{owned, thingspeak, with_engine};
use crate::options::{ImportCommand, Place};
use fieldpost_engine::retention::words::grouped;

pub(crate) fn run(command: ImportCommand) -> anyhow::Result<()> {
    match command {
        ImportCommand::Thingspeak(args) => thingspeak::run(*args),
        ImportCommand::Csv { file, channel, timezone, place } => {
            let zone = Zone::named(&timezone).with_context(|| {
                format!("{timezone} is no time zone; names look like Europe/Zurich")
            })?;
            csv(&file, channel, zone, &place)
        }
        ImportCommand::Jsonl { file, channel, place } => json_lines(&file, channel, &place),
    }
}

fn csv(file: &Path, channel: ChannelId, zone: Zone, place: &Place) -> anyhow::Result<()> {
    let mut source = Source::open(file)?;
    let mut progress = Progress::begin(place.json);
    let count = with_engine(&place.data, async |engine| {
        owned(engine, channel).await?;
        let handle = tokio::runtime::Handle::current();
        // The reader blocks and the engine does not, so they meet on a thread of their own.
        let engine = engine.clone();
        let (far, mut done) = (source.far(), 0);
        let reader = source.reader()?;
        let ended = tokio::task::spawn_blocking(move || {
            let count = import::read_csv(reader, &zone, |part| {
                done += part.len() as u64;
                handle.block_on(engine.import(channel, part))?;
                progress.show(Step { entries: done, share: far.share(), ..Step::default() });
                Ok(())
            });
            progress.end();
            count
        });
        ended.await?.with_context(|| file.display().to_string())
    })?;
    if place.json {
        println!("{}", json!({ "channel": channel.get(), "entries": count }));
    } else {
        println!("{} entries are in channel {channel}.", grouped(count));
    }
    Ok(())
}

fn json_lines(file: &Path, channel: ChannelId, place: &Place) -> anyhow::Result<()> {
    let mut source = Source::open(file)?;
    let mut progress = Progress::begin(place.json);
    let (count, put) = with_engine(&place.data, async |engine| {
        owned(engine, channel).await?;
        let handle = tokio::runtime::Handle::current();
        let engine = engine.clone();
        let (far, mut done) = (source.far(), 0);
        let reader = BufReader::new(source.reader()?);
        let ended = tokio::task::spawn_blocking(move || {
            let mut all = fieldpost_store::history::Put::default();
            let count = import::read_json_lines(reader, |part| {
                done += part.len() as u64;
                let put = handle.block_on(engine.put(channel, part))?;
                all.stored += put.stored;
                all.same += put.same;
                all.differs += put.differs;
                progress.show(Step { entries: done, share: far.share(), ..Step::default() });
                Ok(())
            });
            progress.end();
            count.map(|count| (count, all))
        });
        ended.await?.with_context(|| file.display().to_string())
    })?;
    if place.json {
        let id = channel.get();
        let (stored, same, differs) = (put.stored, put.same, put.differs);
        println!(
            "{}",
            json!({ "channel": id, "entries": count, "stored": stored, "same": same, "differs": differs })
        );
        return Ok(());
    }
    println!("{} entries are in channel {channel}.", grouped(count - put.differs));
    if put.same > 0 {
        println!("{} of them were there already.", grouped(put.same));
    }
    if put.differs > 0 {
        println!("{} were left out: other entries have their ids.", grouped(put.differs));
    }
    Ok(())
}

/// A file that is read, or standard input.
struct Source {
    file: Option<File>,
    far: Far,
}

/// How far a file was read.
#[derive(Clone)]
struct Far {
    read: Arc<AtomicU64>,
    size: Option<u64>,
}

struct Counted<R>(R, Arc<AtomicU64>);

impl Source {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let stdin = path.as_os_str() == "-";
        let open = || File::open(path).with_context(|| format!("can't open {}", path.display()));
        let file = if stdin { None } else { Some(open()?) };
        let size = file.as_ref().and_then(|file| Some(file.metadata().ok()?.len()));
        Ok(Self { file, far: Far { read: Arc::default(), size } })
    }

    fn far(&self) -> Far {
        self.far.clone()
    }

    fn reader(&mut self) -> anyhow::Result<Box<dyn Read + Send>> {
        let counter = Arc::clone(&self.far.read);
        Ok(match self.file.take() {
            Some(file) => Box::new(Counted(BufReader::with_capacity(1 << 16, file), counter)),
            None => Box::new(Counted(std::io::stdin(), counter)),
        })
    }
}

impl Far {
    fn share(&self) -> Option<f64> {
        let size = self.size.filter(|size| *size > 0)?;
        Some(self.read.load(Relaxed) as f64 / size as f64)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(into)?;
        self.1.fetch_add(count as u64, Relaxed);
        Ok(count)
    }
}
