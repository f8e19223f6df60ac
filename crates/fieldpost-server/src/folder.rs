//! The data folder: what lies where in it, who uses it, and opening what is there.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use fieldpost_engine::{Clock, Engine, Limits, Running};
use fieldpost_store::memory::MemoryStore;
use fieldpost_store::sqlite::SqliteStore;
use fieldpost_store::{Store, StoreError};
use fieldpost_wire::Timestamp;

use crate::options::StoreKind;

/// The database.
pub(crate) fn database(data: &Path) -> PathBuf {
    data.join("fieldpost.db")
}

/// The folder of the certificate.
pub(crate) fn tls(data: &Path) -> PathBuf {
    data.join("tls")
}

/// The folder in which it is written down how far imports are.
pub(crate) fn imports(data: &Path) -> PathBuf {
    data.join("imports")
}

/// Held while a folder is used: many may use it at once, but then nobody can restore it.
pub(crate) struct InUse {
    _file: Option<File>,
}

/// An engine on the store of a folder.
pub(crate) struct Started {
    pub(crate) engine: Engine,
    pub(crate) running: Running,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) in_use: InUse,
}

/// Opens the store, and makes the folder if there is none. Others on the machine can't look into it.
pub(crate) fn open_store(data: &Path, kind: StoreKind) -> anyhow::Result<(Arc<dyn Store>, InUse)> {
    if kind == StoreKind::Memory {
        return Ok((Arc::new(MemoryStore::default()), InUse { _file: None }));
    }
    make(data)?;
    let in_use = InUse::join(data)?;
    let store = open(&database(data))?;
    if let Some(copy) = store.copy_before() {
        eprintln!(
            "The database was brought up to date. It lies in {} as it was before; delete that when all is well.",
            copy.display()
        );
    }
    Ok((Arc::new(store), in_use))
}

/// Opens the store of a folder that must be there.
pub(crate) fn open_existing(data: &Path) -> anyhow::Result<(Arc<dyn Store>, InUse)> {
    let path = database(data);
    anyhow::ensure!(
        path.exists(),
        "there is no {}; --data names the folder that the server keeps its data in",
        path.display()
    );
    open_store(data, StoreKind::Sqlite)
}

/// Opens a database; says why it can't, if it can't.
pub(crate) fn open(path: &Path) -> anyhow::Result<SqliteStore> {
    SqliteStore::open(path)
        .map_err(|error| anyhow::anyhow!("can't open {}: {}", path.display(), cause(&error)))
}

/// What is behind an error of the store.
pub(crate) fn cause(error: &StoreError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// Makes the folder if there is none.
pub(crate) fn make(data: &Path) -> anyhow::Result<()> {
    if data.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data).with_context(|| format!("can't make the folder {}", data.display()))
}

impl InUse {
    /// Uses a folder together with others.
    fn join(data: &Path) -> anyhow::Result<Self> {
        let file = lock_file(data)?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => {
                anyhow::bail!("{} is being restored; try again when that is done", data.display())
            }
            locked => held(file, locked, data),
        }
    }

    /// Uses a folder alone.
    pub(crate) fn alone(data: &Path) -> anyhow::Result<Self> {
        let file = lock_file(data)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => anyhow::bail!(
                "{} is in use; stop the server that runs on it, then try again",
                data.display()
            ),
            locked => held(file, locked, data),
        }
    }
}

fn lock_file(data: &Path) -> anyhow::Result<File> {
    let path = data.join("fieldpost.lock");
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path).with_context(|| format!("can't open {}", path.display()))
}

/// Disks of other machines may know no locks; then nothing is held.
fn held(file: File, locked: Result<(), TryLockError>, data: &Path) -> anyhow::Result<InUse> {
    match locked {
        Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Unsupported => {
            Err(error).with_context(|| format!("can't lock {}", data.display()))
        }
        _ => Ok(InUse { _file: Some(file) }),
    }
}

/// Starts an engine on the store of a folder.
pub(crate) fn engine(data: &Path, kind: StoreKind, limits: Limits) -> anyhow::Result<Started> {
    let (store, in_use) = open_store(data, kind)?;
    let (engine, running) = Engine::start(Arc::clone(&store), limits, system_clock())
        .context("can't start the writer")?;
    Ok(Started { engine, running, store, in_use })
}

/// The system's time.
pub(crate) fn system_clock() -> Clock {
    Arc::new(|| {
        let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))
    })
}
