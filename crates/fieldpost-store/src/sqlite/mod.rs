//! The store that people run: one SQLite file, and a journal beside it.
//!
//! What was committed lies in the journal until a thread of its own, the mover, puts it into blocks of columns in the database. `database.rs`
//! has the connections, `recent.rs` what memory knows of channels, `commit.rs`, `judge.rs`, `entries.rs` and `history.rs` what channels hold,
//! `journal.rs`, `journal_file.rs`, `blocks.rs` and `weave.rs` how it lies in the files, `mover.rs` how it gets from one to the other, `migrate.rs` the layouts of
//! older files. `channels.rs` and `users.rs` have the catalogue, `access.rs` who may look, `relays.rs` what goes on to other servers,
//! `automations.rs` and `thinghttps.rs` what is done by itself, `talkbacks.rs` and `commands.rs` what boards are told, `devices.rs`
//! what speaks MQTT; the SQL of each is in its own file only.

mod access;
mod automations;
mod blocks;
mod channels;
mod commands;
mod commit;
mod copy;
mod database;
mod devices;
mod entries;
mod halves;
mod history;
mod journal;
mod journal_file;
mod judge;
mod migrate;
mod mover;
mod newest;
mod old_journal;
mod old_rows;
mod recent;
mod relays;
mod rows;
mod settings;
mod tail;
mod talkbacks;
mod thinghttps;
mod users;
mod weave;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fieldpost_wire::channel::Channel;
use fieldpost_wire::query::Span;
use fieldpost_wire::{ApiKey, ChannelId, Entry, EntryId, FieldNo, Timestamp};

use crate::access::{Link, NewLink, NewSession, Role, Session, Share, TokenHash};
use crate::blocks::Damaged;
use crate::store::{
    ChannelFilter, Head, NewChannel, NewUser, Outcome, Reader, Store, StoreError, Submission, User,
};
use database::Database;
use entries::Loose;
use mover::Mover;

pub use copy::check_file;
pub use migrate::Unsuited;

/// Keeps everything in one SQLite file, and what came last in a journal beside it.
pub struct SqliteStore {
    db: Arc<Database>,
    mover: Mover,
    copy: Option<PathBuf>,
}

/// Sizes that decide when something happens. The default is right; tests make them small, so that it happens often.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// How many entries a full block has, up to [`BLOCK_MAX`](crate::blocks::BLOCK_MAX).
    pub block: usize,
    /// With how many entries in the journal a channel is moved to blocks.
    pub run: usize,
    /// From how many updates on a commit goes to blocks at once.
    pub bulk: usize,
    /// With how many entries in the journal of all channels those with the most are moved.
    pub waiting: usize,
    /// With how many rows in the journal that are needed the channels are moved that the oldest belong to.
    pub rows: i64,
    /// With how many slots of the journal in use, half a MiB each, the channels are moved that the oldest belong to.
    pub slots: usize,
    /// How many entries of a channel stay in memory when they are in blocks.
    pub keep: usize,
    /// How many commits it takes until SQLite's log is brought into the file.
    pub commits: usize,
    /// How long memory is believed without a look whether another process has written to the file. Only reading relies on it.
    pub fresh: Duration,
    /// Over how many blocks a stretch reaches that two threads read.
    pub long: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        let block = crate::blocks::BLOCK_MAX;
        Self {
            block,
            run: 1_024,
            bulk: 1_024,
            waiting: 196_608,
            rows: 65_536,
            slots: 64,
            keep: 128,
            commits: 512,
            fresh: Duration::from_millis(250),
            long: 32,
        }
    }
}

impl SqliteStore {
    /// Opens a file, or makes it, readable by its owner only. Brings an older file up to date.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if the file can't be opened, or with [`Unsuited`] as its source if it is none of
    /// ours or of a newer version; such a file is not touched.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Tuning::default())
    }

    /// Opens a file with sizes of one's own.
    ///
    /// # Errors
    /// As for [`SqliteStore::open`].
    pub fn open_with(path: &Path, tuning: Tuning) -> Result<Self, StoreError> {
        let (db, copy) = Database::open(path, tuning)?;
        let db = Arc::new(db);
        let mover =
            Mover::start(Arc::clone(&db)).map_err(|error| StoreError::Failed(Box::new(error)))?;
        Ok(Self { db, mover, copy })
    }

    /// The copy of an older file that was made before it was brought up to date, if that was needed.
    pub fn copy_before(&self) -> Option<&Path> {
        self.copy.as_deref()
    }

    /// Moves everything from the journal to blocks now, which otherwise happens by and by.
    ///
    /// # Errors
    /// If the store fails.
    pub fn move_now(&self) -> Result<(), StoreError> {
        self.db.move_all()
    }
}

impl Store for SqliteStore {
    fn commit(&self, batch: Vec<Submission>) -> Result<Vec<Outcome>, StoreError> {
        let outcomes = self.db.commit(batch)?;
        self.mover.committed(&self.db);
        Ok(outcomes)
    }

    fn newest(&self, channel: ChannelId, span: &Span) -> Result<Vec<Entry>, StoreError> {
        self.db.newest(channel, span)
    }

    fn feed(
        &self,
        channel: ChannelId,
        span: &Span,
        reader: &mut dyn Reader,
    ) -> Result<(), StoreError> {
        self.db.feed(channel, span, reader)
    }

    fn at_hand(&self, channel: ChannelId, span: &Span) -> Option<(Vec<Entry>, Head)> {
        self.db.at_hand(channel, span)
    }

    fn tidy(&self) -> Result<(), StoreError> {
        self.db.tidy()
    }

    fn after(
        &self,
        channel: ChannelId,
        after: EntryId,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.db.read_channel(
            channel,
            |known| Loose::with_ids(known, after.get().saturating_add(1), u64::MAX),
            |conn, loose| entries::after(conn, channel, after, limit, loose),
        )
    }

    fn scan(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
        visit: &mut dyn FnMut(&Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.db.read_channel(
            channel,
            |known| Loose::within(known, from, until),
            |conn, loose| entries::walk(conn, channel, &loose, (from, until), visit),
        )
    }

    fn entry(&self, channel: ChannelId, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.db.read_channel(
            channel,
            |known| Loose::with_ids(known, id.get(), id.get()),
            |conn, mut loose| match loose.entries.pop() {
                Some(found) => Ok(Some(found)),
                None => entries::entry(conn, channel, id),
            },
        )
    }

    fn last_with(&self, channel: ChannelId, field: FieldNo) -> Result<Option<Entry>, StoreError> {
        let has_it = |entry: &Entry| entry.values.field(field).is_some();
        self.db.read_channel(
            channel,
            |known| Ok(known.tail.highest(has_it)?),
            |conn, found| entries::last_with(conn, channel, field, found),
        )
    }

    fn head(&self, channel: ChannelId) -> Result<Option<Head>, StoreError> {
        self.db.head(channel)
    }

    fn clear(&self, channel: ChannelId) -> Result<(), StoreError> {
        self.db.edit(channel, |tx, head| {
            weave::clear(tx, channel)?;
            head.last = None;
            Ok(((), true))
        })
    }

    fn version(&self) -> Result<u64, StoreError> {
        self.db.read(|conn| rows::version(conn))
    }

    fn channel(&self, id: ChannelId) -> Result<Option<Channel>, StoreError> {
        self.db.read_all(|conn| channels::channel(conn, id))
    }

    fn channel_of_write_key(
        &self,
        key: &ApiKey,
        now: Timestamp,
    ) -> Result<Option<Channel>, StoreError> {
        self.db.read_all(|conn| channels::channel_of_write_key(conn, key, now))
    }

    fn channel_of_read_key(&self, key: &ApiKey) -> Result<Option<Channel>, StoreError> {
        self.db.read_all(|conn| channels::channel_of_read_key(conn, key))
    }

    fn channels(&self, filter: &ChannelFilter) -> Result<Vec<(Channel, Head)>, StoreError> {
        self.db.read_heads(|conn, heads| channels::channels(conn, heads, filter))
    }

    fn create_channel(&self, new: NewChannel) -> Result<Channel, StoreError> {
        self.db.write_catalogue(|tx| channels::create_channel(tx, new, self.db.last_row(tx)?))
    }

    fn change_channel(
        &self,
        id: ChannelId,
        now: Timestamp,
        change: &mut dyn FnMut(&mut Channel),
    ) -> Result<Channel, StoreError> {
        self.db.write_catalogue(|tx| channels::change_channel(tx, id, now, change))
    }

    fn delete_channel(&self, id: ChannelId) -> Result<(), StoreError> {
        self.db.edit(id, |tx, _| {
            weave::clear(tx, id)?;
            channels::delete_channel(tx, id)?;
            Ok(((), true))
        })
    }

    fn create_user(&self, new: NewUser) -> Result<User, StoreError> {
        self.db.write_catalogue(|tx| users::create_user(tx, new))
    }

    fn user(&self, login: &str) -> Result<Option<User>, StoreError> {
        self.db.read(|conn| users::user(conn, login))
    }

    fn user_of_key(&self, key: &ApiKey) -> Result<Option<User>, StoreError> {
        self.db.read(|conn| users::user_of_key(conn, key))
    }

    fn users(&self) -> Result<Vec<User>, StoreError> {
        self.db.read(|conn| users::users(conn))
    }

    fn change_user(
        &self,
        login: &str,
        change: &mut dyn FnMut(&mut User),
    ) -> Result<User, StoreError> {
        self.db.write_catalogue(|tx| users::change_user(tx, login, change))
    }

    fn delete_user(&self, login: &str) -> Result<(), StoreError> {
        self.db.write_catalogue(|tx| users::delete_user(tx, login))
    }

    fn begin_session(&self, new: NewSession) -> Result<Session, StoreError> {
        self.db.write(|tx| access::begin_session(tx, new))
    }

    fn session(&self, token: &TokenHash) -> Result<Option<(Session, User)>, StoreError> {
        self.db.read_all(|conn| access::session(conn, token))
    }

    fn sessions(&self, user: u64) -> Result<Vec<Session>, StoreError> {
        self.db.read(|conn| access::sessions(conn, user))
    }

    fn see_session(&self, id: u64, now: Timestamp) -> Result<(), StoreError> {
        self.db.write(|tx| access::see_session(tx, id, now))
    }

    fn end_session(&self, user: u64, id: u64) -> Result<(), StoreError> {
        self.db.write(|tx| access::end_session(tx, user, id))
    }

    fn end_sessions(&self, user: u64, except: Option<u64>) -> Result<(), StoreError> {
        self.db.write(|tx| access::end_sessions(tx, user, except))
    }

    fn end_old_sessions(&self, before: Timestamp) -> Result<(), StoreError> {
        self.db.write(|tx| access::end_old_sessions(tx, before))
    }

    fn share(&self, channel: ChannelId, user: u64, role: Option<Role>) -> Result<(), StoreError> {
        self.db.write_catalogue(|tx| access::share(tx, channel, user, role))
    }

    fn shares(&self, channel: ChannelId) -> Result<Vec<Share>, StoreError> {
        self.db.read(|conn| access::shares(conn, channel))
    }

    fn role(&self, channel: ChannelId, user: u64) -> Result<Option<Role>, StoreError> {
        self.db.read(|conn| access::role(conn, channel, user))
    }

    fn shared_with(&self, user: u64) -> Result<Vec<(Channel, Head, Role)>, StoreError> {
        self.db.read_heads(|conn, heads| access::shared_with(conn, heads, user))
    }

    fn create_link(&self, new: NewLink) -> Result<Link, StoreError> {
        self.db.write(|tx| access::create_link(tx, new))
    }

    fn links(&self, channel: ChannelId) -> Result<Vec<Link>, StoreError> {
        self.db.read(|conn| access::links(conn, channel))
    }

    fn link(&self, token: &TokenHash) -> Result<Option<Link>, StoreError> {
        self.db.read(|conn| access::link(conn, token))
    }

    fn delete_link(&self, channel: ChannelId, id: u64) -> Result<(), StoreError> {
        self.db.write(|tx| access::delete_link(tx, channel, id))
    }
}

fn failed(why: &str) -> StoreError {
    StoreError::Failed(why.into())
}

impl From<Damaged> for StoreError {
    fn from(damaged: Damaged) -> Self {
        Self::Failed(Box::new(damaged))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::HistoryStore as _;
    use crate::store::Repeats;
    use fieldpost_wire::channel::About;

    fn a_channel(store: &SqliteStore) -> ChannelId {
        let (now, key) = (Timestamp::default(), "A1".repeat(8).parse().unwrap());
        let ada = NewUser { login: "ada".into(), api_key: key, password: None, admin: false, now };
        store.create_user(ada).unwrap();
        another_channel(store)
    }

    fn another_channel(store: &SqliteStore) -> ChannelId {
        let (now, owner) = (Timestamp::default(), store.user("ada").unwrap().unwrap().id);
        let write_key = format!("B{:015}", store.version().unwrap()).parse().unwrap();
        let (about, read_keys) = (About::default(), Vec::new());
        let channel = NewChannel { id: None, owner, about, write_key, read_keys, now };
        store.create_channel(channel).unwrap().id
    }

    /// Updates without much in common, so that they need room.
    fn noise(channel: ChannelId, updates: u64) -> Submission {
        let texts = (1..=updates).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_string());
        let updates = texts.map(|text| [(FieldNo::ALL[0], text.as_str())].into()).collect();
        let (received, repeats) = (Timestamp::default(), Repeats::Refuse);
        Submission { channel, updates, received, interval_ms: 0, repeats }
    }

    #[test]
    fn a_commit_waits_for_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("fieldpost.db")).unwrap();
        let writer = store.db.writer();
        let set = |name: &str| -> String {
            let number_or_text = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            writer.query_row(&number_or_text, [], |row| row.get(0)).unwrap()
        };
        assert_eq!((set("synchronous"), set("journal_mode")), ("2".into(), "wal".into()));
    }

    #[test]
    fn what_is_at_hand_waits_for_nobody_who_writes_blocks() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("fieldpost.db")).unwrap();
        let channel = a_channel(&store);
        store.commit(vec![noise(channel, 5)]).unwrap();
        let last = Span { limit: 1, ..Span::ALL };
        let _on_its_way_to_the_disk = store.db.gate();
        let (entries, head) = store.at_hand(channel, &last).unwrap();
        assert_eq!((entries[0].id, head.last), (EntryId::new(5), Some(EntryId::new(5))));
    }

    #[test]
    fn memory_that_is_begun_anew_has_everything_and_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("fieldpost.db")).unwrap();
        let (channel, other) = (a_channel(&store), another_channel(&store));
        let all = |channel| store.after(channel, EntryId::new(0), usize::MAX).unwrap().len();
        for round in 1..6_usize {
            store.commit(vec![noise(channel, 30), noise(other, 2)]).unwrap();
            if round == 3 {
                store.move_now().unwrap();
            }
            store.db.recent().begin_anew();
            store.commit(vec![noise(channel, 1)]).unwrap();
            assert_eq!((all(channel), all(other)), (round * 31, round * 2));
            // As if it had happened while a row was on its way to the disk.
            let mut conn = store.db.writer();
            let tx = database::begin(&mut conn).unwrap();
            let body = journal::encode(&[]);
            let mut row = store.db.recent().room_for(&tx, &body).unwrap();
            row.row.write(0, &body).unwrap();
            store.db.recent().begin_anew();
            drop(tx);
            store.db.recent().append(&conn, row, &[]);
            drop(conn);
            assert_eq!((all(channel), all(other)), (round * 31, round * 2));
        }
        assert_eq!(store.check().unwrap().problems, [""; 0]);
    }

    #[test]
    fn a_full_disk_fails_the_whole_batch_and_leaves_nothing_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("fieldpost.db")).unwrap();
        let (channel, other) = (a_channel(&store), another_channel(&store));
        let of = |updates| noise(channel, updates);
        store.commit(vec![of(1)]).unwrap();
        let before = (store.head(channel).unwrap(), store.head(other).unwrap());

        let limit = |pages: u32| store.db.writer().pragma_update(None, "max_page_count", pages);
        limit(1).unwrap(); // SQLite makes it what is in use now
        // What is for the journal is on disk by the time the rest fails.
        let failed = store.commit(vec![noise(other, 3), of(1), of(5_000), of(1)]);
        assert!(matches!(failed, Err(StoreError::Failed(_))));
        let nothing_came = |store: &SqliteStore| {
            let after = (store.head(channel).unwrap(), store.head(other).unwrap());
            assert_eq!(after, before);
            assert_eq!(store.after(channel, EntryId::new(1), 9).unwrap(), []);
            assert_eq!(store.after(other, EntryId::new(0), 9).unwrap(), []);
        };
        nothing_came(&store);
        nothing_came(&SqliteStore::open(&dir.path().join("fieldpost.db")).unwrap());

        limit(1_000_000).unwrap();
        store.commit(vec![of(1), of(5_000), of(1)]).unwrap();
        assert_eq!(store.head(channel).unwrap().unwrap().last, Some(EntryId::new(5_003)));
    }

    #[test]
    fn on_a_full_disk_nothing_is_moved_and_later_all_is() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("fieldpost.db")).unwrap();
        let channel = a_channel(&store);
        // Few enough for the journal, and without much in common.
        store.commit(vec![noise(channel, 500)]).unwrap();
        store.commit(vec![noise(channel, 500)]).unwrap();
        let all = |store: &SqliteStore| store.after(channel, EntryId::new(0), usize::MAX).unwrap();
        let before = all(&store);
        store.db.writer().execute_batch("VACUUM").unwrap(); // no page is free
        let limit = |pages: u32| store.db.writer().pragma_update(None, "max_page_count", pages);
        limit(1).unwrap(); // SQLite makes it what is in use now
        assert!(matches!(store.move_now(), Err(StoreError::Failed(_))));
        assert_eq!(all(&store), before);
        limit(1_000_000).unwrap();
        store.move_now().unwrap();
        assert_eq!(all(&store), before);
        assert_eq!(store.db.recent().sums.waiting, 0);
    }
}
