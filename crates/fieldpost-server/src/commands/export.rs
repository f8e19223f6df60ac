//! `fieldpost export`: writes channels into files, whether or not a server runs on the folder. What stands in them is the engine's to say.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;
use fieldpost_engine::Engine;
use fieldpost_engine::export::{Export, Form};
use fieldpost_store::ChannelFilter;
use fieldpost_wire::{Channel, Params, Zone};
use serde_json::json;

use super::progress::{Progress, Step};
use super::{owned, with_engine};
use crate::options::{ExportCommand, ExportFormat};
use fieldpost_engine::retention::words::grouped;

pub(crate) fn run(command: &ExportCommand) -> anyhow::Result<()> {
    let ExportCommand { channel, output, all, place, timezone, .. } = command;
    Zone::named(timezone)
        .with_context(|| format!("{timezone} is no time zone; names look like Europe/Zurich"))?;
    let done = with_engine(&place.data, async |engine| {
        let mut done = Vec::new();
        if let (Some(folder), None) = (all, channel) {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("can't make the folder {}", folder.display()))?;
            for (channel, _) in engine.channels(ChannelFilter::default()).await? {
                let path = folder.join(format!("{}.{}", channel.id, command.ending()));
                let count = to_file(engine, command, &channel, &path).await?;
                done.push((channel.id, count, path.display().to_string()));
            }
        } else if let Some(id) = channel {
            let (channel, _) = owned(engine, *id).await?;
            let count = if output.as_os_str() == "-" {
                write(engine, command, &channel, io::stdout().lock()).await?
            } else {
                to_file(engine, command, &channel, output).await?
            };
            done.push((*id, count, output.display().to_string()));
        }
        Ok(done)
    })?;
    // Standard output has the entries; what there is to say beside goes elsewhere.
    let piped = all.is_none() && output.as_os_str() == "-";
    for (channel, entries, file) in done.iter().filter(|_| !piped) {
        if place.json {
            println!("{}", json!({ "channel": channel.get(), "entries": entries, "file": file }));
        } else {
            println!("{} entries of channel {channel} are in {file}.", grouped(*entries));
        }
    }
    Ok(())
}

impl ExportCommand {
    const fn ending(&self) -> &str {
        match self.format {
            ExportFormat::Csv => "csv",
            ExportFormat::Jsonl => "jsonl",
        }
    }

    fn begin(&self, channel: &Channel) -> anyhow::Result<Export> {
        let mut params = Params::default();
        for (name, value) in [("start", &self.start), ("end", &self.end), ("fields", &self.fields)]
        {
            if let Some(value) = value {
                params.set(name, value);
            }
        }
        params.set("timezone", &self.timezone);
        // All that the service's website exports.
        params.set("location", "true");
        params.set("status", "true");
        let form = match self.format {
            ExportFormat::Csv => Form::Csv,
            ExportFormat::Jsonl => Form::JsonLines,
        };
        Ok(Export::begin(channel, form, &params)?)
    }
}

/// Writes a file beside the one that is meant, which it becomes when it is whole.
async fn to_file(
    engine: &Engine,
    command: &ExportCommand,
    channel: &Channel,
    path: &Path,
) -> anyhow::Result<u64> {
    let failed = || format!("can't write {}", path.display());
    let mut name = path.file_name().with_context(failed)?.to_os_string();
    name.push(".part");
    let beside = path.with_file_name(name);
    let mut file = BufWriter::new(File::create(&beside).with_context(failed)?);
    let count = write(engine, command, channel, &mut file).await?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error).with_context(failed)?;
    file.sync_all().with_context(failed)?;
    std::fs::rename(&beside, path).with_context(failed)?;
    Ok(count)
}

async fn write(
    engine: &Engine,
    command: &ExportCommand,
    channel: &Channel,
    mut out: impl Write,
) -> anyhow::Result<u64> {
    let mut export = command.begin(channel)?;
    let last = engine.head(channel.id).await?.last.map_or(0, fieldpost_wire::EntryId::get);
    let mut progress = Progress::begin(command.place.json);
    let mut count = 0;
    while let Some((piece, entries)) = export.next(engine).await? {
        match out.write_all(piece.as_bytes()) {
            // Who reads has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            written => written.context("can't write")?,
        }
        count += entries;
        let share = (last > 0).then(|| export.reached().get() as f64 / last as f64);
        progress.show(Step { entries: count, share, ..Step::default() });
    }
    progress.end();
    match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("can't write")
        }
        _ => Ok(count),
    }
}
