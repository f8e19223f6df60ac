//! The file's connections, and what is known of channels beside them: one writes, a few read, and each sees memory and file
//! as they belong together.
//!
//! Whoever writes blocks commits while it holds the gate, so that no reader meets a file and a memory of different states. Who needs
//! memory alone does not pass through the gate and waits for no disk.
//! Entries that only went to the journal change no block; they are in memory as soon as they are on disk.

use std::fs::OpenOptions;
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::{
    Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
};
use std::time::{Duration, Instant};

use fieldpost_wire::ChannelId;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::entries::Heads;
use super::recent::{Known, Look, Recent, write_head, write_no_journal};
use super::rows::bump_version;
use super::{Tuning, blocks, migrate, recent, rows, weave};
use crate::store::{Head, StoreError};

/// How long a call waits for another process to finish writing.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many idle readers are kept, and how many KiB of pages each keeps: few, since the system keeps them, too.
const READERS: usize = 12;
const READER_KIB: i64 = 512;
/// How often a state of database and journal is looked for in which they agree; mostly it is the first one.
const TRIES: usize = 1_000;
/// How long tidying up may move entries; what is left then stays in the journal.
const TIDYING: Duration = Duration::from_secs(3);
/// How often somebody who must not wait looks whether memory is free: for a few microseconds, and then some times more, each after
/// others had their turn. To go elsewhere and wait there takes longer.
const LOOKS: usize = 200;
const YIELDS: usize = 16;
/// How many prepared statements a connection keeps; more than there are.
const STATEMENTS: usize = 224;
/// After how many pages of the log whoever commits brings them into the file, if nobody else has done so.
const LOG_PAGES_MAX: u32 = 16_384;

/// What memory knows, held by the only one who may change it.
pub(super) struct RecentGuard<'a> {
    recent: RwLockWriteGuard<'a, Recent>,
    _gate: MutexGuard<'a, ()>,
}

impl Deref for RecentGuard<'_> {
    type Target = Recent;

    fn deref(&self) -> &Recent {
        &self.recent
    }
}

impl DerefMut for RecentGuard<'_> {
    fn deref_mut(&mut self) -> &mut Recent {
        &mut self.recent
    }
}

/// One file and all that is needed to work with it.
pub(super) struct Database {
    path: PathBuf,
    pub(super) tuning: Tuning,
    /// Whoever holds this sees file and memory agree, or makes them do so.
    gate: Mutex<()>,
    recent: RwLock<Recent>,
    /// Readers that are not at work. Before `writer`, so that the writer is closed last and tidies up.
    readers: Mutex<Vec<Connection>>,
    /// Whoever waits for the writer holds this meanwhile, so that nobody overtakes.
    turn: Mutex<()>,
    writer: Mutex<Connection>,
}

impl Database {
    pub(super) fn open(path: &Path, tuning: Tuning) -> Result<(Self, Option<PathBuf>), StoreError> {
        make_private(path).map_err(|error| StoreError::Failed(Box::new(error)))?;
        let mut writer = connect(path)?;
        let layout = migrate::layout(&mut writer)?;
        begin_wal(&writer)?;
        let mut copy = None;
        if !migrate::is_current(layout) {
            copy = migrate::migrate(&mut writer, path, tuning.block)?;
        }
        // A commit is answered when it is on disk. (The second line matters on macOS alone.)
        writer.pragma_update(None, "synchronous", "FULL")?;
        writer.pragma_update(None, "fullfsync", true)?;
        writer.pragma_update(None, "foreign_keys", true)?;
        writer.pragma_update(None, "wal_autocheckpoint", LOG_PAGES_MAX)?;
        let mut recent = Recent::new(path, &tuning);
        let tx = begin(&mut writer)?;
        recent.read_all(&tx)?;
        tx.commit()?;
        let database = Self {
            path: path.to_owned(),
            tuning,
            gate: Mutex::new(()),
            recent: RwLock::new(recent),
            readers: Mutex::new(Vec::new()),
            turn: Mutex::new(()),
            writer: Mutex::new(writer),
        };
        Ok((database, copy))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until nobody makes file and memory differ.
    pub(super) fn gate(&self) -> MutexGuard<'_, ()> {
        lock(&self.gate)
    }

    /// What memory knows of channels, to be compared with the file or changed.
    pub(super) fn recent(&self) -> RecentGuard<'_> {
        self.recent_behind(self.gate())
    }

    /// The same for who has passed the gate.
    pub(super) fn recent_behind<'a>(&'a self, gate: MutexGuard<'a, ()>) -> RecentGuard<'a> {
        let recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        RecentGuard { recent, _gate: gate }
    }

    /// What memory knows of channels to be looked at, unless somebody changes it for longer than a moment.
    pub(super) fn recent_at_hand(&self) -> Option<RwLockReadGuard<'_, Recent>> {
        for look in 0..LOOKS + YIELDS {
            match self.recent.try_read() {
                Ok(guard) => return Some(guard),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) if look < LOOKS => std::hint::spin_loop(),
                Err(TryLockError::WouldBlock) => std::thread::yield_now(),
            }
        }
        None
    }

    /// The connection that writes, in the order of asking.
    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        let _turn = lock(&self.turn);
        lock(&self.writer)
    }

    /// Runs `work` as one transaction; whatever it did is undone if it fails. The lock on the file is taken
    /// at the start, so that what is read stays true until it is written.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut conn = self.writer();
        let tx = begin(&mut conn)?;
        let answer = work(&tx)?;
        tx.commit()?;
        Ok(answer)
    }

    /// Runs `work`, which changes users, channels or keys, as one transaction.
    pub(super) fn write_catalogue<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.write(|tx| {
            let answer = work(tx)?;
            bump_version(tx)?;
            Ok(answer)
        })
    }

    /// Runs `work`, which changes a channel's entries in blocks, where all of them are by then, as one transaction. It may change
    /// where the channel stands, and tells whether it changed anything at all.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such channel.
    pub(super) fn edit<T>(
        &self,
        channel: ChannelId,
        work: impl FnOnce(&Transaction<'_>, &mut Head) -> Result<(T, bool), StoreError>,
    ) -> Result<T, StoreError> {
        let mut conn = self.writer();
        let tx = begin(&mut conn)?;
        let (mut head, waiting, seq) = {
            let mut recent = self.recent();
            recent.refresh_alone(&tx)?;
            let known = recent.known(&tx, channel)?.ok_or(StoreError::NotFound)?;
            let waiting = known.tail.behind(known.moved)?;
            (known.head, waiting, recent.seq)
        };
        weave::put(&tx, channel, &waiting, self.tuning.block)?;
        let (answer, changed) = work(&tx, &mut head)?;
        if !changed {
            return Ok(answer);
        }
        let moves = bump_moves(&tx)?;
        write_head(&tx, channel, &head, (seq, moves))?;
        bump_version(&tx)?;
        let gate = self.gate();
        tx.commit()?;
        let mut recent = self.recent_behind(gate);
        recent.moves = moves;
        recent.forget(channel);
        Ok(answer)
    }

    /// Runs one query on an idle reader. A reader that failed is not used again.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = lock(&self.readers).pop();
        let mut conn = match idle {
            Some(conn) => conn,
            None => self.reader()?,
        };
        let answer = work(&mut conn)?;
        let mut readers = lock(&self.readers);
        if readers.len() < READERS {
            readers.push(conn);
        }
        Ok(answer)
    }

    /// Runs several queries that see the same state.
    pub(super) fn read_all<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read(|conn| work(&*conn.transaction()?))
    }

    /// Runs queries that see the same state, with what memory has in that state.
    pub(super) fn read_with<P, T>(
        &self,
        pick: impl Fn(&Connection, &mut Recent) -> Result<P, StoreError>,
        work: impl FnOnce(&Connection, P) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read(|conn| {
            for _ in 0..TRIES {
                let tx = conn.transaction()?;
                let mut recent = self.recent();
                if recent.refresh(&tx)? {
                    let picked = pick(&tx, &mut recent)?;
                    drop(recent);
                    return work(&tx, picked);
                }
                // Others have written since the transaction began; the next one sees it.
            }
            Err(super::failed("database and journal do not agree; `fieldpost check` says why"))
        })
    }

    /// Runs queries about a channel, with what memory has of it; gives the default if there is no such channel.
    pub(super) fn read_channel<P, T: Default>(
        &self,
        channel: ChannelId,
        pick: impl Fn(&Known) -> Result<P, StoreError>,
        work: impl FnOnce(&Connection, P) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read_with(
            |conn, recent| recent.known(conn, channel)?.map(|known| pick(known)).transpose(),
            |conn, picked| picked.map_or(Ok(T::default()), |picked| work(conn, picked)),
        )
    }

    /// Runs queries that need to know where channels stand.
    pub(super) fn read_heads<T>(
        &self,
        work: impl FnOnce(&Connection, &Heads) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read_with(|_, recent| Ok(Heads(recent.heads())), |conn, heads| work(conn, &heads))
    }

    /// What [`recent::look`] sees, unless that would mean to wait for a connection.
    pub(super) fn glance(&self) -> Option<Look> {
        let conn = lock(&self.readers).pop()?;
        let seen = recent::look(&conn).ok()?;
        lock(&self.readers).push(conn);
        Some(seen)
    }

    /// Has the newest entries of a channel in memory that were only in blocks until now.
    pub(super) fn warm(&self, channel: ChannelId) -> Result<(), StoreError> {
        self.read(|conn| {
            let tx = conn.transaction()?;
            let mut recent = self.recent();
            if !recent.refresh(&tx)? {
                return Ok(());
            }
            let below = recent.known(&tx, channel)?.and_then(|known| known.below);
            let Some(below) = below else { return Ok(()) };
            let (entries, reached) = blocks::last_up_to(&tx, channel, below, self.tuning.keep)?;
            recent.keep(channel, &entries, reached);
            Ok(())
        })
    }

    /// The last row of the journal, for who may write.
    pub(super) fn last_row(&self, tx: &Connection) -> Result<i64, StoreError> {
        let mut recent = self.recent();
        recent.refresh_alone(tx)?;
        Ok(recent.seq)
    }

    /// Puts all into blocks, unless that takes long, and ends the journal then; brings SQLite's log into the file, as far as nobody reads an
    /// older state of it, and empties it. What is in the database alone can be taken elsewhere as one file.
    pub(super) fn tidy(&self) -> Result<(), StoreError> {
        self.move_until(Some(Instant::now() + TIDYING))?;
        let mut conn = self.writer();
        let tx = begin(&mut conn)?;
        let mut recent = self.recent();
        recent.refresh_alone(&tx)?;
        if recent.sums.waiting == 0 && recent.has_journal() {
            write_no_journal(&tx, recent.seq)?;
            tx.commit()?;
            recent.end_journal();
        } else {
            drop(tx);
        }
        drop(recent);
        Ok(conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    /// A connection that only reads.
    pub(super) fn reader(&self) -> Result<Connection, StoreError> {
        let conn = connect(&self.path)?;
        conn.pragma_update(None, "query_only", true)?;
        conn.pragma_update(None, "cache_size", -READER_KIB)?;
        Ok(conn)
    }

    /// A connection beside the others: for what takes its time, and writes no table.
    pub(super) fn another(&self) -> Result<Connection, StoreError> {
        connect(&self.path)
    }
}

/// A transaction that may write; undone when it is dropped before it is committed. Unlike that of `rusqlite` it does not have SQLite parse
/// its words anew each time: most commits ask little else of the database.
pub(super) struct Transaction<'a>(&'a Connection);

impl Transaction<'_> {
    pub(super) fn commit(self) -> Result<(), StoreError> {
        run(self.0, "COMMIT")
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // If that fails SQLite has done so itself, as it does on a full disk.
            let _ = run(self.0, "ROLLBACK");
        }
    }
}

/// Begins a transaction that may write. Takes the connection for itself, since there are none within others.
pub(super) fn begin(conn: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    run(conn, "BEGIN IMMEDIATE")?;
    Ok(Transaction(conn))
}

fn run(conn: &Connection, sql: &str) -> Result<(), StoreError> {
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Notes that blocks are written, or a channel is deleted, and gives the number of this state.
pub(super) fn bump_moves(conn: &Connection) -> Result<i64, StoreError> {
    rows::next(conn, "moves")
}

/// A transaction that a panic left open was rolled back as it was dropped, so the connection is sound.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes an empty file that only its owner may read, since it will hold keys. SQLite gives the files it puts
/// beside it the same mode.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    // Without the flag that would take a path for a URI.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(PATIENCE)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(conn)
}

/// Turns the write-ahead log on. SQLite does not wait by itself if two processes do this to a new file at once.
fn begin_wal(conn: &Connection) -> Result<(), StoreError> {
    let begun = Instant::now();
    loop {
        match conn.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return Ok(done?),
        }
    }
}
