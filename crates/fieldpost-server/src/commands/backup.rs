//! `fieldpost backup` and `fieldpost restore`: everything into one file, and back.

use anyhow::Context as _;
use fieldpost_engine::retention::words::{bytes, count};
use serde_json::json;

use crate::backups::archive::{self, Contents};
use crate::backups::restore;
use crate::folder;
use crate::options::{BackupCommand, RestoreCommand};

pub(crate) fn backup(command: &BackupCommand) -> anyhow::Result<()> {
    let BackupCommand { file, force, place } = command;
    let (store, _in_use) = folder::open_existing(&place.data).context("there is no backup")?;
    let now = folder::system_clock()();
    let written =
        archive::write(&*store, &place.data, file, *force, now).context("there is no backup")?;
    let contents = &written.contents;
    if place.json {
        println!(
            "{}",
            json!({ "file": file.display().to_string(), "bytes": written.bytes, "verified": true,
                "made_at": contents.made_at, "channels": contents.channels, "entries": contents.entries })
        );
    } else {
        println!(
            "{} is written and verified: {}, {}.",
            file.display(),
            bytes(written.bytes),
            holds(contents)
        );
        println!(
            "It holds keys, the certificate and the digests of passwords: keep it where only you can read it."
        );
    }
    Ok(())
}

pub(crate) fn restore(command: &RestoreCommand) -> anyhow::Result<()> {
    let RestoreCommand { file, force, place } = command;
    let now = folder::system_clock()();
    let restored =
        restore::restore(file, &place.data, *force, now).context("nothing was restored")?;
    let contents = &restored.contents;
    if place.json {
        println!(
            "{}",
            json!({ "data": place.data.display().to_string(), "made_at": contents.made_at,
                "channels": contents.channels, "entries": contents.entries,
                "aside": restored.aside.map(|aside| aside.display().to_string()) })
        );
        return Ok(());
    }
    println!(
        "{} is as it was at {}: {}, each read again.",
        place.data.display(),
        contents.made_at,
        holds(contents)
    );
    if let Some(aside) = &restored.aside {
        println!(
            "What it held before is in {}; delete that when you don't need it.",
            aside.display()
        );
    }
    Ok(())
}

fn holds(contents: &Contents) -> String {
    format!(
        "{}, {}",
        count(contents.channels, "channel", "channels"),
        count(contents.entries, "entry", "entries")
    )
}
