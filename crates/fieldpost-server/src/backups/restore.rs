//! Brings a data folder back from a backup. What the folder held is put aside within it, never deleted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use fieldpost_wire::Timestamp;

use super::archive::{self, Contents};
use crate::folder::{self, InUse};

/// Where the backup is unpacked until it is known to be whole.
const UNPACKED: &str = ".restore.part";

/// What was brought back.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) contents: Contents,
    /// Where that lies which was in the folder before.
    pub(crate) aside: Option<PathBuf>,
}

/// Restores a backup into a folder that nobody uses. Only `force` puts aside what the folder holds.
pub(crate) fn restore(
    file: &Path,
    data: &Path,
    force: bool,
    now: Timestamp,
) -> anyhow::Result<Restored> {
    ensure!(file.is_file(), "there is no file {}", file.display());
    folder::make(data)?;
    let _alone = InUse::alone(data)?;
    let old = of_the_server(data)?;
    ensure!(
        old.is_empty() || force,
        "{} holds data already; restore into another folder, or say --force, which puts that aside first",
        data.display()
    );
    let unpacked = Unpacked::begin(data)?;
    let contents = archive::read(file, Some(&unpacked.0))?;
    // Opened here, so that a backup of a newer version or a damaged one is noticed while everything is as it was.
    let checked = archive::check(&unpacked.0.join("fieldpost.db"))?;
    ensure!(
        (checked.channels, checked.entries) == (contents.channels, contents.entries),
        "the database in {} does not hold what it should; take another backup",
        file.display()
    );
    let aside = if old.is_empty() { None } else { Some(put_aside(data, &old, now)?) };
    for path in of_the_server(&unpacked.0)? {
        let to = data.join(path.file_name().unwrap_or_default());
        fs::rename(&path, &to).with_context(|| format!("can't write {}", to.display()))?;
    }
    archive::sync_folder(data)?;
    drop(unpacked);
    folder::open(&folder::database(data))?;
    Ok(Restored { contents, aside })
}

/// What lies in a folder and is the server's; the database comes last, so that a folder without it is one whose restoring
/// did not come to its end.
fn of_the_server(data: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(data).with_context(|| format!("can't read {}", data.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if (name.starts_with("fieldpost.") && name != "fieldpost.lock") || name == "tls" {
            found.push(entry.path());
        }
    }
    found.sort_by_key(|path| (path.ends_with("fieldpost.db"), path.clone()));
    Ok(found)
}

fn put_aside(data: &Path, old: &[PathBuf], now: Timestamp) -> anyhow::Result<PathBuf> {
    let date = super::schedule::stamp(now);
    let aside = (1..)
        .map(|turn| match turn {
            1 => data.join(format!("before-restore-{date}")),
            turn => data.join(format!("before-restore-{date}-{turn}")),
        })
        .find(|folder| !folder.exists())
        .context("no name is free")?;
    folder::make(&aside)?;
    for path in old {
        fs::rename(path, aside.join(path.file_name().unwrap_or_default()))
            .with_context(|| format!("can't put {} aside", path.display()))?;
    }
    archive::sync_folder(&aside)?;
    Ok(aside)
}

struct Unpacked(PathBuf);

impl Unpacked {
    fn begin(data: &Path) -> anyhow::Result<Self> {
        let folder = data.join(UNPACKED);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("can't remove {}", folder.display()))?;
            }
            _ => {}
        }
        folder::make(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "can't remove what was unpacked");
        }
    }
}
