//! `fieldpost import`: brings entries in from a file.

use std::fs::File;
use std::io::{BufReader, Read};

use anyhow::Context as _;
use fieldpost_engine::import;
use fieldpost_wire::Zone;
use serde_json::json;

use super::{owned, with_engine};
use crate::options::ImportCommand;

pub(crate) fn run(command: ImportCommand) -> anyhow::Result<()> {
    let ImportCommand::Csv { file, channel, timezone, place } = command;
    let zone = Zone::named(&timezone)
        .with_context(|| format!("{timezone} is no time zone; names look like Europe/Zurich"))?;
    let reader: Box<dyn Read + Send> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(BufReader::new(
            File::open(&file).with_context(|| format!("can't open {}", file.display()))?,
        ))
    };
    let count = with_engine(&place.data, async |engine| {
        owned(engine, channel).await?;
        let handle = tokio::runtime::Handle::current();
        // The reader blocks and the engine does not, so they meet on a thread of their own.
        let engine = engine.clone();
        tokio::task::spawn_blocking(move || {
            import::read_csv(reader, &zone, |part| {
                handle.block_on(engine.import(channel, part)).map(drop)
            })
        })
        .await?
        .with_context(|| file.display().to_string())
    })?;
    if place.json {
        println!("{}", json!({ "channel": channel.get(), "entries": count }));
    } else {
        println!("{count} entries are in channel {channel}.");
    }
    Ok(())
}
