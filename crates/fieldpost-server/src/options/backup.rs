//! What can be said about keeping things: backups and restoring, what a server does by itself, and how long entries are kept.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use fieldpost_engine::retention::keep;
use fieldpost_wire::channel::Keep;

use super::Place;

#[derive(Args, Clone, Debug)]
pub(crate) struct BackupCommand {
    /// The file to write, such as fieldpost-backup.tar.gz
    pub(crate) file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct RestoreCommand {
    /// The backup
    pub(crate) file: PathBuf,
    /// Put what the folder holds aside, into a folder within it, and restore in its place
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// What a server backs up by itself.
#[derive(Args, Clone, Debug)]
pub(crate) struct BackupOptions {
    /// Folder that the server writes backups to by itself; without it none are made until somebody asks for one
    #[arg(long, value_name = "DIR", env = "FIELDPOST_BACKUP_TO")]
    pub(crate) backup_to: Option<PathBuf>,
    /// Time from one backup to the next, such as 24h, 90m or 7d
    #[arg(long, value_name = "TIME", env = "FIELDPOST_BACKUP_EVERY", default_value = "24h", value_parser = parse_span)]
    pub(crate) backup_every: Duration,
    /// How many backups are kept; the oldest is removed when a new one is good
    #[arg(long, value_name = "COUNT", env = "FIELDPOST_BACKUP_KEEP", default_value = "7", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) backup_keep: u32,
}

/// Reads minutes, hours or days: `90m`, `24h`, `7d`.
pub(super) fn parse_span(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let minutes = [("m", 1), ("h", 60), ("d", 1_440)].iter().find_map(|(unit, minutes)| {
        text.strip_suffix(unit)?.trim().parse::<u64>().ok()?.checked_mul(*minutes)
    });
    match minutes {
        Some(minutes @ 1..=525_600) => Ok(Duration::from_secs(minutes * 60)),
        _ => Err("minutes, hours or days, up to a year, such as 90m, 24h or 7d".into()),
    }
}

/// Reads how long entries are kept: `90d, hourly 2y, daily`.
pub(super) fn parse_keep(text: &str) -> Result<Keep, String> {
    keep::parse(text).map_err(|refusal| refusal.to_string())
}
