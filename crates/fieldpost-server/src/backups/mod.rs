//! Backups: one file with everything that a data folder holds.
//!
//! `archive.rs` writes and reads the file, `restore.rs` brings a folder back from one, `schedule.rs` says when the next is due, and here
//! a server makes them: by itself, and when somebody asks for one at its page (`door.rs`).

pub(crate) mod archive;
pub(crate) mod door;
pub(crate) mod restore;
pub(crate) mod schedule;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use fieldpost_engine::Clock;
use fieldpost_http::metrics::family;
use fieldpost_store::Store;
use fieldpost_wire::Timestamp;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use crate::folder;
use crate::options::{ServerOptions, StoreKind};
use schedule::Schedule;

/// How long it is slept at most: the clock may be put on.
const LOOK: Duration = Duration::from_secs(30);

/// What makes the backups of a server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Backups {
    inner: Arc<Inner>,
}

struct Inner {
    /// Absent if the data are in memory only.
    store: Option<Arc<dyn Store>>,
    data: PathBuf,
    folder: PathBuf,
    keep: u32,
    clock: Clock,
    state: Mutex<State>,
    wanted: Notify,
}

#[derive(Default)]
struct State {
    schedule: Schedule,
    running: bool,
    wanted: bool,
    /// Why the last one failed, if it did.
    why: Option<String>,
    made: u64,
    failed: u64,
}

/// A backup in the folder.
struct Made {
    name: String,
    made_at: Timestamp,
    bytes: u64,
}

impl Backups {
    /// Those of a server with such options.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        data: &Path,
        options: &ServerOptions,
    ) -> anyhow::Result<Self> {
        let in_memory = options.store == StoreKind::Memory;
        let to = &options.backup.backup_to;
        anyhow::ensure!(
            !in_memory || to.is_none(),
            "--backup-to needs --store sqlite: what is in memory only can't be backed up"
        );
        let every = to.as_ref().map(|_| options.backup.backup_every.as_millis());
        let schedule = Schedule {
            every_ms: every.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)),
            ..Schedule::default()
        };
        let inner = Inner {
            store: (!in_memory).then_some(store),
            data: data.to_owned(),
            folder: to.clone().unwrap_or_else(|| data.join("backups")),
            keep: options.backup.backup_keep,
            clock: folder::system_clock(),
            state: Mutex::new(State { schedule, ..State::default() }),
            wanted: Notify::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Makes backups when they are due or wanted, for as long as it is polled.
    pub(crate) async fn run(&self) {
        let newest = self.files().ok().and_then(|files| files.first().map(|file| file.made_at));
        self.state().schedule.good_at = newest;
        loop {
            let now = (self.inner.clock)();
            let (wanted, due) = {
                let state = self.state();
                (state.wanted, state.schedule.due(now))
            };
            if self.inner.store.is_some() && (wanted || due.is_some_and(|due| due <= now)) {
                self.make(now).await;
                continue;
            }
            let wait = due.map_or(LOOK, |due| {
                let left = u64::try_from(due.millis() - now.millis()).unwrap_or(0);
                Duration::from_millis(left).min(LOOK)
            });
            let _ = timeout(wait, self.inner.wanted.notified()).await;
        }
    }

    /// Asks for a backup now.
    fn want(&self) {
        self.state().wanted = true;
        self.inner.wanted.notify_one();
    }

    /// Writes the counts for `/metrics`.
    pub(crate) fn count(&self, out: &mut String) {
        let state = self.state();
        let by_result = |result: &str, count| (format!("result=\"{result}\""), count);
        let lines = [by_result("good", state.made), by_result("failed", state.failed)];
        let help = "Backups by what became of them.";
        family(out, "fieldpost_backups_total", "counter", help, lines);
        let help = "Whether the last backup failed.";
        let failing = u64::from(state.why.is_some());
        family(out, "fieldpost_backup_failing", "gauge", help, [(String::new(), failing)]);
        let help = "When the last good backup was made, in seconds since 1970; 0 if there is none.";
        let last = state.schedule.good_at.map_or(0, Timestamp::seconds);
        family(out, "fieldpost_backup_last_good_seconds", "gauge", help, [(String::new(), last)]);
    }

    async fn make(&self, now: Timestamp) {
        {
            let mut state = self.state();
            (state.running, state.wanted) = (true, false);
        }
        // A thread of its own, for which the end of the server does not wait: what it leaves behind is removed later.
        let (say, said) = oneshot::channel();
        let backups = self.clone();
        let thread = std::thread::Builder::new().name("backup".into());
        let began = thread.spawn(move || drop(say.send(backups.make_one(now))));
        let done = match began {
            Ok(_) => said.await.unwrap_or_else(|_| Err(anyhow::anyhow!("it ended in a panic"))),
            Err(error) => Err(error.into()),
        };
        let mut state = self.state();
        state.running = false;
        match done {
            Ok(()) => {
                state.made += 1;
                state.why = None;
                (state.schedule.good_at, state.schedule.failed_at) = (Some(now), None);
            }
            Err(error) => {
                let why = format!("{error:#}");
                tracing::error!(%why, "there is no backup; it is tried again");
                state.failed += 1;
                state.why = Some(why);
                state.schedule.failed_at = Some(now);
            }
        }
    }

    /// Makes a backup, and removes the oldest when it is good. Blocks.
    fn make_one(&self, now: Timestamp) -> anyhow::Result<()> {
        let Inner { store, data, folder, keep, .. } = &*self.inner;
        let store = store.as_ref().context("what is in memory only can't be backed up")?;
        if !folder.is_dir() {
            // Not the folders above it: a disk that is not mounted must not be taken for this one.
            let mut builder = std::fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder
                .create(folder)
                .with_context(|| format!("can't make the folder {}", folder.display()))?;
        }
        archive::sweep(folder).with_context(|| format!("can't tidy up {}", folder.display()))?;
        let name = schedule::name(now);
        let written = archive::write(&**store, data, &folder.join(&name), true, now)?;
        tracing::info!(name, bytes = written.bytes, "a backup is made and verified");
        let names: Vec<String> = self.files()?.into_iter().map(|file| file.name).collect();
        let keep = usize::try_from(*keep).unwrap_or(usize::MAX);
        for old in schedule::surplus(&names, keep, &name) {
            if let Err(error) = std::fs::remove_file(folder.join(old)) {
                tracing::warn!(%error, old, "can't remove an old backup");
            }
        }
        Ok(())
    }

    /// The backups that are there, newest first.
    fn files(&self) -> io::Result<Vec<Made>> {
        let mut files = Vec::new();
        if !self.inner.folder.is_dir() {
            return Ok(files); // what is wrong with it the next backup says
        }
        for entry in std::fs::read_dir(&self.inner.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(made_at) = schedule::time_of(&name) {
                files.push(Made { name, made_at, bytes: entry.metadata()?.len() });
            }
        }
        files.sort_by_key(|file| std::cmp::Reverse(file.made_at));
        Ok(files)
    }

    /// What is guarded is whole after every statement, so a panic elsewhere did no harm.
    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
