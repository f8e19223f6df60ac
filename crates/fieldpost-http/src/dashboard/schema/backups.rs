//! Backups as the page for who looks after the server shows them.

use serde::Serialize;
use utoipa::ToSchema;

/// The backups that the server made, and when the next one comes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Backups {
    /// Where they lie on the server; `null` if the data are in memory only, which can't be backed up.
    #[schema(required)]
    pub folder: Option<String>,
    /// The time from one to the next; `null` if none are made by themselves.
    #[schema(required)]
    pub every_ms: Option<u64>,
    /// How many are kept.
    pub keep: u32,
    /// When the next one is due.
    #[schema(required)]
    pub next_at: Option<i64>,
    /// One is being made.
    pub running: bool,
    /// The last one failed.
    #[schema(required)]
    pub failed: Option<BackupFailure>,
    /// Those that are there, newest first. Each was read again after it was written, before it got its name.
    pub files: Vec<BackupFile>,
}

/// A backup that is not there.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BackupFailure {
    /// When it was tried.
    pub at: i64,
    /// Why it failed, in words.
    pub why: String,
}

/// A backup.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BackupFile {
    /// Its name, by which it is fetched.
    #[schema(example = "fieldpost-20261129-115200.tar.gz")]
    pub name: String,
    /// When it was made.
    pub made_at: i64,
    /// How large it is.
    pub bytes: u64,
}
