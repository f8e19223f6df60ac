//! What is written down about an import while it goes on: a small file for each channel, so that one which was ended at any time goes on
//! where it was. Losing a note loses no entry: what was brought is in the channel, and is passed over when it comes again.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use fieldpost_store::automations::Secret;
use fieldpost_store::relays::Tongue;
use fieldpost_wire::ChannelId;
use serde::{Deserialize, Serialize};

use super::covered::Covered;
use crate::refusal::Refusal;

/// An import as it is kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Note {
    /// The channel here.
    pub(super) channel: u64,
    /// The number of the user who began it.
    pub(super) user: u64,
    pub(super) server: String,
    pub(super) remote_channel: u64,
    /// What opens the channel there.
    pub(super) key: Secret,
    /// The server may be in a private network.
    pub(super) private: bool,
    pub(super) tongue: Tongue,
    /// Entries keep their ids; else they are numbered anew.
    pub(super) keeps_ids: bool,
    /// The time from one page to the next, in milliseconds.
    pub(super) pause_ms: u64,
    /// What was read.
    #[serde(default)]
    pub(super) covered: Covered,
    /// How many entries there are there, as far as is known.
    #[serde(default)]
    pub(super) total: u64,
    #[serde(default)]
    pub(super) stored: u64,
    #[serde(default)]
    pub(super) same: u64,
    #[serde(default)]
    pub(super) differs: u64,
    /// How many seconds hold more entries than the service shows of one.
    #[serde(default)]
    pub(super) crowded: u64,
    /// It is to go on after the next start of the server.
    #[serde(default)]
    pub(super) running: bool,
    #[serde(default)]
    pub(super) done: bool,
    /// What is wrong, in words.
    #[serde(default)]
    pub(super) says: Option<String>,
    /// When it last changed, in milliseconds since 1970.
    #[serde(default)]
    pub(super) changed_at: i64,
}

/// The notes of all imports. Without a folder they are gone when the program ends.
#[derive(Default)]
pub(super) struct Notes {
    folder: OnceLock<PathBuf>,
    unkept: Mutex<Vec<Note>>,
}

impl Notes {
    /// Keeps them in a folder from now on, which is made when there is something to keep.
    pub(super) fn keep_in(&self, folder: PathBuf) {
        let _ = self.folder.set(folder); // a second one is not needed
    }

    /// All notes, by channel. What can't be read is none.
    pub(super) fn all(&self) -> Vec<Note> {
        let Some(folder) = self.folder.get() else {
            return self.unkept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        };
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let read = |file: fs::DirEntry| {
            let path = file.path();
            path.extension().filter(|end| *end == "json")?;
            serde_json::from_slice(&fs::read(path).ok()?).ok()
        };
        let mut notes: Vec<Note> = files.filter_map(read).collect();
        notes.sort_by_key(|note| note.channel);
        notes
    }

    pub(super) fn of(&self, channel: ChannelId) -> Option<Note> {
        self.all().into_iter().find(|note| note.channel == channel.get())
    }

    /// Keeps a note in the place of the one before.
    pub(super) fn put(&self, note: &Note) -> Result<(), Refusal> {
        let Some(folder) = self.folder.get() else {
            let mut unkept = self.unkept.lock().unwrap_or_else(PoisonError::into_inner);
            unkept.retain(|other| other.channel != note.channel);
            unkept.push(note.clone());
            return Ok(());
        };
        let write = || -> io::Result<()> {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(folder)?;
            // Whole or not at all: another name first. Two programs may be at it.
            let beside = folder.join(format!("{}.{}.new", note.channel, std::process::id()));
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600); // there is a key in it
            let mut file = options.open(&beside)?;
            file.write_all(&serde_json::to_vec(note)?)?;
            file.sync_data()?;
            fs::rename(&beside, folder.join(format!("{}.json", note.channel)))
        };
        write().map_err(|error| {
            tracing::error!(%error, channel = note.channel, "how far an import is could not be written down");
            Refusal::Failed
        })
    }

    pub(super) fn remove(&self, channel: ChannelId) {
        match self.folder.get() {
            Some(folder) => drop(fs::remove_file(folder.join(format!("{channel}.json")))),
            None => {
                let mut unkept = self.unkept.lock().unwrap_or_else(PoisonError::into_inner);
                unkept.retain(|note| note.channel != channel.get());
            }
        }
    }
}
