//! The store that people run: one SQLite file.
//!
//! One connection writes, a few read. Writers of other processes are waited for, and what they changed is
//! seen by the next call. `migrate.rs` knows the layout of the file, `entries.rs` what channels hold,
//! `channels.rs` and `users.rs` the catalogue, `access.rs` who may look,
//! `relays.rs` what goes on to other servers, `automations.rs` and `thinghttps.rs` what is done by itself,
//! `talkbacks.rs` and `commands.rs` what boards are told, `devices.rs` what speaks MQTT; the SQL of each is in its own file only.

mod access;
mod automations;
mod channels;
mod commands;
mod devices;
mod entries;
mod history;
mod migrate;
mod relays;
mod rows;
mod settings;
mod talkbacks;
mod thinghttps;
mod users;

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fieldpost_wire::channel::Channel;
use fieldpost_wire::query::Span;
use fieldpost_wire::{ApiKey, ChannelId, Entry, EntryId, FieldNo, Timestamp};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::access::{Link, NewLink, NewSession, Role, Session, Share, TokenHash};
use crate::history::{
    Aggregate, Aggregates, Checked, Column, Extent, Grid, HistoryStore, Overview, Points, Put,
    Which,
};
use crate::store::{
    ChannelFilter, Head, NewChannel, NewUser, Outcome, Store, StoreError, Submission, User,
};

pub use migrate::Unsuited;

/// How long a call waits for another process to finish writing.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many idle readers are kept.
const READERS: usize = 4;
/// How many prepared statements a connection keeps; more than there are.
const STATEMENTS: usize = 192;

/// Keeps everything in one SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    /// Readers that are not at work. Before `writer`, so that the writer is closed last and tidies up.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
}

impl SqliteStore {
    /// Opens a file, or makes it, readable by its owner only. Brings an older file up to date.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if the file can't be opened, or with [`Unsuited`] as its source if it is none of
    /// ours or of a newer version; such a file is not touched.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path).map_err(|error| StoreError::Failed(Box::new(error)))?;
        let mut writer = connect(path)?;
        let layout = migrate::layout(&mut writer)?;
        begin_wal(&writer)?;
        if !migrate::is_current(layout) {
            migrate::migrate(&mut writer)?;
        }
        // A commit is answered when it is on disk. (The second line matters on macOS alone.)
        writer.pragma_update(None, "synchronous", "FULL")?;
        writer.pragma_update(None, "fullfsync", true)?;
        writer.pragma_update(None, "foreign_keys", true)?;
        Ok(Self {
            path: path.to_owned(),
            readers: Mutex::new(Vec::new()),
            writer: Mutex::new(writer),
        })
    }

    /// Runs `work` as one transaction; whatever it did is undone if it fails. The lock on the file is taken
    /// at the start, so that what is read stays true until it is written.
    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut conn = lock(&self.writer);
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answer = work(&tx)?;
        tx.commit()?;
        Ok(answer)
    }

    /// Runs `work`, which changes users, channels or keys, as one transaction.
    fn write_catalogue<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.write(|tx| {
            let answer = work(tx)?;
            rows::bump_version(tx)?;
            Ok(answer)
        })
    }

    /// Runs one query on an idle reader. A reader that failed is not used again.
    fn read<T>(
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
    fn read_all<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read(|conn| work(&*conn.transaction()?))
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        let conn = connect(&self.path)?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(conn)
    }
}

impl Store for SqliteStore {
    fn commit(&self, batch: &[Submission]) -> Result<Vec<Outcome>, StoreError> {
        self.write(|tx| entries::commit(tx, batch))
    }

    fn newest(&self, channel: ChannelId, span: &Span) -> Result<Vec<Entry>, StoreError> {
        self.read(|conn| entries::newest(conn, channel, span))
    }

    fn after(
        &self,
        channel: ChannelId,
        after: EntryId,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.read(|conn| entries::after(conn, channel, after, limit))
    }

    fn scan(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
        visit: &mut dyn FnMut(&Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|conn| entries::scan(conn, channel, from, until, visit))
    }

    fn entry(&self, channel: ChannelId, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.read(|conn| entries::entry(conn, channel, id))
    }

    fn last_with(&self, channel: ChannelId, field: FieldNo) -> Result<Option<Entry>, StoreError> {
        self.read(|conn| entries::last_with(conn, channel, field))
    }

    fn head(&self, channel: ChannelId) -> Result<Option<Head>, StoreError> {
        self.read(|conn| entries::head(conn, channel))
    }

    fn clear(&self, channel: ChannelId) -> Result<(), StoreError> {
        // Counts as a change of the catalogue: whoever remembers entries must forget them.
        self.write_catalogue(|tx| entries::clear(tx, channel))
    }

    fn version(&self) -> Result<u64, StoreError> {
        self.read(|conn| rows::version(conn))
    }

    fn channel(&self, id: ChannelId) -> Result<Option<Channel>, StoreError> {
        self.read_all(|conn| channels::channel(conn, id))
    }

    fn channel_of_write_key(
        &self,
        key: &ApiKey,
        now: Timestamp,
    ) -> Result<Option<Channel>, StoreError> {
        self.read_all(|conn| channels::channel_of_write_key(conn, key, now))
    }

    fn channel_of_read_key(&self, key: &ApiKey) -> Result<Option<Channel>, StoreError> {
        self.read_all(|conn| channels::channel_of_read_key(conn, key))
    }

    fn channels(&self, filter: &ChannelFilter) -> Result<Vec<(Channel, Head)>, StoreError> {
        self.read_all(|conn| channels::channels(conn, filter))
    }

    fn create_channel(&self, new: NewChannel) -> Result<Channel, StoreError> {
        self.write_catalogue(|tx| channels::create_channel(tx, new))
    }

    fn change_channel(
        &self,
        id: ChannelId,
        now: Timestamp,
        change: &mut dyn FnMut(&mut Channel),
    ) -> Result<Channel, StoreError> {
        self.write_catalogue(|tx| channels::change_channel(tx, id, now, change))
    }

    fn delete_channel(&self, id: ChannelId) -> Result<(), StoreError> {
        self.write_catalogue(|tx| channels::delete_channel(tx, id))
    }

    fn create_user(&self, new: NewUser) -> Result<User, StoreError> {
        self.write_catalogue(|tx| users::create_user(tx, new))
    }

    fn user(&self, login: &str) -> Result<Option<User>, StoreError> {
        self.read(|conn| users::user(conn, login))
    }

    fn user_of_key(&self, key: &ApiKey) -> Result<Option<User>, StoreError> {
        self.read(|conn| users::user_of_key(conn, key))
    }

    fn users(&self) -> Result<Vec<User>, StoreError> {
        self.read(|conn| users::users(conn))
    }

    fn change_user(
        &self,
        login: &str,
        change: &mut dyn FnMut(&mut User),
    ) -> Result<User, StoreError> {
        self.write_catalogue(|tx| users::change_user(tx, login, change))
    }

    fn delete_user(&self, login: &str) -> Result<(), StoreError> {
        self.write_catalogue(|tx| users::delete_user(tx, login))
    }

    fn begin_session(&self, new: NewSession) -> Result<Session, StoreError> {
        self.write(|tx| access::begin_session(tx, new))
    }

    fn session(&self, token: &TokenHash) -> Result<Option<(Session, User)>, StoreError> {
        self.read_all(|conn| access::session(conn, token))
    }

    fn sessions(&self, user: u64) -> Result<Vec<Session>, StoreError> {
        self.read(|conn| access::sessions(conn, user))
    }

    fn see_session(&self, id: u64, now: Timestamp) -> Result<(), StoreError> {
        self.write(|tx| access::see_session(tx, id, now))
    }

    fn end_session(&self, user: u64, id: u64) -> Result<(), StoreError> {
        self.write(|tx| access::end_session(tx, user, id))
    }

    fn end_sessions(&self, user: u64, except: Option<u64>) -> Result<(), StoreError> {
        self.write(|tx| access::end_sessions(tx, user, except))
    }

    fn end_old_sessions(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(|tx| access::end_old_sessions(tx, before))
    }

    fn share(&self, channel: ChannelId, user: u64, role: Option<Role>) -> Result<(), StoreError> {
        self.write_catalogue(|tx| access::share(tx, channel, user, role))
    }

    fn shares(&self, channel: ChannelId) -> Result<Vec<Share>, StoreError> {
        self.read(|conn| access::shares(conn, channel))
    }

    fn role(&self, channel: ChannelId, user: u64) -> Result<Option<Role>, StoreError> {
        self.read(|conn| access::role(conn, channel, user))
    }

    fn shared_with(&self, user: u64) -> Result<Vec<(Channel, Head, Role)>, StoreError> {
        self.read_all(|conn| access::shared_with(conn, user))
    }

    fn create_link(&self, new: NewLink) -> Result<Link, StoreError> {
        self.write(|tx| access::create_link(tx, new))
    }

    fn links(&self, channel: ChannelId) -> Result<Vec<Link>, StoreError> {
        self.read(|conn| access::links(conn, channel))
    }

    fn link(&self, token: &TokenHash) -> Result<Option<Link>, StoreError> {
        self.read(|conn| access::link(conn, token))
    }

    fn delete_link(&self, channel: ChannelId, id: u64) -> Result<(), StoreError> {
        self.write(|tx| access::delete_link(tx, channel, id))
    }
}

impl HistoryStore for SqliteStore {
    fn put(&self, channel: ChannelId, entries: &[Entry]) -> Result<Put, StoreError> {
        self.write(|tx| history::put(tx, channel, entries))
    }

    fn change_entry(
        &self,
        channel: ChannelId,
        id: EntryId,
        change: &mut dyn FnMut(&mut Entry),
    ) -> Result<(Entry, Entry), StoreError> {
        self.write(|tx| history::change_entry(tx, channel, id, change))
    }

    fn delete_entries(&self, channel: ChannelId, which: &Which) -> Result<u64, StoreError> {
        self.write(|tx| history::delete(tx, channel, which))
    }

    fn rewrite(
        &self,
        channel: ChannelId,
        delete: &[EntryId],
        change: &[Entry],
    ) -> Result<u64, StoreError> {
        self.write(|tx| history::rewrite(tx, channel, delete, change))
    }

    fn points(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
        columns: &[Column],
        limit: usize,
    ) -> Result<Option<Points>, StoreError> {
        self.read_all(|conn| history::points(conn, channel, (from, until), columns, limit))
    }

    fn overview(
        &self,
        channel: ChannelId,
        grid: &Grid,
        columns: &[Column],
    ) -> Result<Overview, StoreError> {
        self.read_all(|conn| history::overview(conn, channel, grid, columns))
    }

    fn aggregate(
        &self,
        channel: ChannelId,
        grid: &Grid,
        columns: &[Column],
        how: Aggregate,
    ) -> Result<Aggregates, StoreError> {
        self.read_all(|conn| history::aggregate(conn, channel, grid, columns, how))
    }

    fn extent(&self, channel: ChannelId) -> Result<Extent, StoreError> {
        self.read(|conn| history::extent(conn, channel))
    }

    fn check(&self) -> Result<Checked, StoreError> {
        self.read_all(history::check)
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        make_new(to)?;
        // One statement sees one moment, and writes a file without the holes of this one.
        self.read(|conn| {
            let name = to.to_str().ok_or_else(|| failed("the file's name is not Unicode"))?;
            conn.execute("VACUUM INTO ?", [name])?;
            Ok(())
        })?;
        let on_disk = File::open(to).and_then(|file| file.sync_all());
        on_disk.map_err(|error| StoreError::Failed(Box::new(error)))
    }
}

/// Makes an empty file that only its owner may read, where there is none.
fn make_new(path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        return Err(failed("there is such a file already"));
    }
    make_private(path).map_err(|error| StoreError::Failed(Box::new(error)))
}

fn failed(why: &str) -> StoreError {
    StoreError::Failed(why.into())
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// A transaction that a panic left open was rolled back as it was dropped, so the connection is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes an empty file that only its owner may read, since it will hold keys. SQLite gives the files it puts
/// beside it the same mode.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Repeats;
    use fieldpost_wire::channel::About;

    #[test]
    fn a_commit_waits_for_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("fieldpost.db")).unwrap();
        let writer = lock(&store.writer);
        let set = |name: &str| -> String {
            let number_or_text = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            writer.query_row(&number_or_text, [], |row| row.get(0)).unwrap()
        };
        assert_eq!((set("synchronous"), set("journal_mode")), ("2".into(), "wal".into()));
    }

    #[test]
    fn a_full_disk_fails_the_whole_batch_and_leaves_nothing_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("fieldpost.db")).unwrap();
        let (now, key) = (Timestamp::default(), "A1".repeat(8).parse().unwrap());
        let ada = NewUser { login: "ada".into(), api_key: key, password: None, admin: false, now };
        let owner = store.create_user(ada).unwrap().id;
        let (about, read_keys) = (About::default(), Vec::new());
        let channel = NewChannel { id: None, owner, about, write_key: key, read_keys, now };
        let channel = store.create_channel(channel).unwrap().id;
        let of = |updates: usize| Submission {
            channel,
            updates: vec![[(FieldNo::ALL[0], "21.5")].into(); updates],
            received: now,
            interval_ms: 0,
            repeats: Repeats::Refuse,
        };
        store.commit(&[of(1)]).unwrap();
        let before = store.head(channel).unwrap();

        let limit = |pages: u32| lock(&store.writer).pragma_update(None, "max_page_count", pages);
        limit(1).unwrap(); // SQLite makes it what is in use now
        let failed = store.commit(&[of(1), of(5_000), of(1)]);
        assert!(matches!(failed, Err(StoreError::Failed(_))));
        assert_eq!(store.head(channel).unwrap(), before);
        assert_eq!(store.after(channel, EntryId::new(1), 9).unwrap(), []);

        limit(1_000_000).unwrap();
        store.commit(&[of(1), of(5_000), of(1)]).unwrap();
        assert_eq!(store.head(channel).unwrap().unwrap().last, Some(EntryId::new(5_003)));
    }
}
