//! The data folder: what lies where in it, and opening what is there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use fieldpost_engine::{Clock, Engine, Limits, Running};
use fieldpost_store::Store;
use fieldpost_store::memory::MemoryStore;
use fieldpost_store::sqlite::SqliteStore;
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

/// Opens the store, and makes the folder if there is none. Others on the machine can't look into it.
pub(crate) fn open_store(data: &Path, kind: StoreKind) -> anyhow::Result<Arc<dyn Store>> {
    if kind == StoreKind::Memory {
        return Ok(Arc::new(MemoryStore::default()));
    }
    make(data)?;
    let path = database(data);
    let store = SqliteStore::open(&path).map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        anyhow::anyhow!(
            "can't open {}: {}",
            path.display(),
            cause.unwrap_or_else(|| error.to_string())
        )
    })?;
    if let Some(copy) = store.copy_before() {
        eprintln!(
            "The database was brought up to date. It lies in {} as it was before; delete that when all is well.",
            copy.display()
        );
    }
    Ok(Arc::new(store))
}

fn make(data: &Path) -> anyhow::Result<()> {
    if data.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data).with_context(|| format!("can't make the folder {}", data.display()))
}

/// Starts an engine on the store of a folder.
pub(crate) fn engine(
    data: &Path,
    kind: StoreKind,
    limits: Limits,
) -> anyhow::Result<(Engine, Running)> {
    let store = open_store(data, kind)?;
    Engine::start(store, limits, system_clock()).context("can't start the writer")
}

/// The system's time.
pub(crate) fn system_clock() -> Clock {
    Arc::new(|| {
        let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))
    })
}
