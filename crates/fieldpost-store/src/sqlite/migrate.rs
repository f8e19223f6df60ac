//! The layout of the file: recognises ours, brings an older one up to date, refuses a newer one.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::rows::exists;
use super::{copy, database, old_journal, old_rows};
use crate::store::StoreError;

/// The steps from an empty file to today's layout. A step that was released is never edited; `user_version`
/// counts the steps that a file has been through.
const STEPS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_first.sql"),
    include_str!("../../migrations/sqlite/0002_access.sql"),
    include_str!("../../migrations/sqlite/0003_automations.sql"),
    include_str!("../../migrations/sqlite/0004_talkbacks.sql"),
    include_str!("../../migrations/sqlite/0005_relays.sql"),
    include_str!("../../migrations/sqlite/0006_devices.sql"),
    include_str!("../../migrations/sqlite/0007_history.sql"),
    include_str!("../../migrations/sqlite/0008_blocks.sql"),
    include_str!("../../migrations/sqlite/0009_journal_file.sql"),
];

/// Marks our files, as set by the first step.
const APPLICATION_ID: i64 = 0x4650_6F73;

/// Why a file is left alone.
#[derive(Debug, Eq, PartialEq)]
pub enum Unsuited {
    /// A later program wrote it.
    Newer {
        /// The layout of the file.
        file: i64,
        /// The latest layout that this program knows.
        known: i64,
    },
    /// Another kind of program wrote it.
    Foreign,
}

impl fmt::Display for Unsuited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { file, known } => write!(
                f,
                "the database was written by a newer version of Fieldpost (its layout is {file}, this \
                 program knows up to {known}); run that version or restore an older backup"
            ),
            Self::Foreign => {
                f.write_str("the file is a database of another program, not Fieldpost's")
            }
        }
    }
}

impl std::error::Error for Unsuited {}

/// Tells how many steps a file has been through, without changing it.
///
/// # Errors
/// [`Unsuited`] if the file is not one that this program can work with.
pub(super) fn layout(conn: &mut Connection) -> Result<usize, StoreError> {
    let tx = conn.transaction()?;
    layout_within(&tx)
}

/// Takes the steps that are missing, all in one transaction. Two processes may do so at once. A file that holds entries
/// is copied first; tells where the copy is. Blocks get up to `most` entries.
pub(super) fn migrate(
    conn: &mut Connection,
    path: &Path,
    most: usize,
) -> Result<Option<PathBuf>, StoreError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let layout = layout_within(&tx)?;
    let copy = match layout {
        0 => None,
        1..old_rows::STEP => copy_before(&tx, path, "SELECT 1 FROM entries", old_rows::STEP)?,
        old_rows::STEP..old_journal::STEP => {
            copy_before(&tx, path, "SELECT 1 FROM journal", old_journal::STEP)?
        }
        _ => None,
    };
    for (step, number) in STEPS.iter().zip(1..).skip(layout) {
        tx.execute_batch(step)?;
        if number == old_rows::STEP {
            old_rows::to_blocks(&tx, most)?;
        }
        if number == old_journal::STEP {
            old_journal::to_blocks(&tx, most)?;
        }
    }
    tx.pragma_update(None, "user_version", STEPS.len() as i64)?;
    tx.commit()?;
    Ok(copy)
}

/// Copies a file in which `sql` finds something, so that the version before a step can be run again. Nobody may write meanwhile.
fn copy_before(
    conn: &Connection,
    path: &Path,
    sql: &str,
    step: usize,
) -> Result<Option<PathBuf>, StoreError> {
    if !exists(conn, sql, [])? {
        return Ok(None);
    }
    // A copy with the right name is whole; what an interrupted start left is made anew.
    let to = copy::beside(path, &format!(".before-{step:04}"));
    let unfinished = copy::beside(&to, "-unfinished");
    copy::copy(&database::connect(path)?, &unfinished)?;
    copy::finish(&unfinished, &to, Ok(()))?;
    Ok(Some(to))
}

/// True if a file with this layout lacks nothing.
pub(super) fn is_current(layout: usize) -> bool {
    layout == STEPS.len()
}

fn layout_within(conn: &Connection) -> Result<usize, StoreError> {
    let pragma = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (file, known) = (pragma("user_version")?, STEPS.len() as i64);
    let empty: bool =
        conn.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
    let unsuited = match pragma("application_id")? {
        0 if file == 0 && empty => return Ok(0),
        APPLICATION_ID if file > known => Unsuited::Newer { file, known },
        APPLICATION_ID if file > 0 => return Ok(file as usize),
        _ => Unsuited::Foreign,
    };
    Err(StoreError::Failed(Box::new(unsuited)))
}
