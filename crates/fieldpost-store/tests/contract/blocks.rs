//! Stories of journal and blocks: files of the layout before them, damage that is found, copies, and the power gone at any write.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fieldpost_store::history::{Grid, Which};
use fieldpost_store::sqlite::{SqliteStore, Tuning, check_file};
use fieldpost_store::{HistoryStore as _, Outcome, Repeats, Store, Submission};
use fieldpost_wire::query::Span;
use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};
use rusqlite::Connection;

use crate::setup::*;

/// Nothing happens by itself, and a few entries fill a block.
const STILL: Tuning = Tuning {
    block: 10,
    run: usize::MAX,
    bulk: 25,
    waiting: usize::MAX,
    rows: i64::MAX / 2,
    slots: usize::MAX,
    keep: 4,
    commits: usize::MAX,
    fresh: Duration::ZERO,
    long: 2,
};

const EIGHTY_SECONDS: Grid = Grid {
    start: ms(0).millis(),
    step: 1_000,
    count: 80,
    within: (Timestamp::MIN, Timestamp::MAX),
};

const LAST_THREE: Span = Span { limit: 3, ..Span::ALL };

/// Everything happens all the time.
const BUSY: Tuning = Tuning {
    block: 16,
    run: 5,
    bulk: 40,
    waiting: 20,
    rows: 8,
    slots: 64,
    keep: 3,
    commits: 2,
    fresh: Duration::ZERO,
    long: 2,
};

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open_with(path, STILL).unwrap()
}

/// All that is in a store's channels, and where they stand.
fn everything(store: &SqliteStore) -> Vec<String> {
    let channels = store.channels(&Default::default()).unwrap();
    let of = |(channel, head)| {
        let channel: fieldpost_wire::Channel = channel;
        let entries = store.newest(channel.id, &Span::ALL).unwrap();
        let by_id = all(store, channel.id);
        let mut sorted = entries.clone();
        sorted.sort_by_key(|entry| entry.id);
        assert_eq!(sorted, by_id, "read by time and by id");
        format!("{} {head:?} {entries:?}", channel.id)
    };
    channels.into_iter().map(of).collect()
}

fn whole(store: &SqliteStore) {
    assert_eq!(store.check().unwrap().problems, [""; 0]);
}

/// Updates 10 ms apart, with values that have no order.
fn many(channel: ChannelId, from: i64, count: i64) -> Submission {
    let value = |n: i64| format!("{}.5", (n * n * 7919).rem_euclid(1009));
    let updates: Vec<_> = (from..from + count).map(|n| at(&value(n), ms(n * 10))).collect();
    submission(channel, ms(from * 10), updates)
}

// --- files of the layout before ------------------------------------------------------------------

const OLD_STEPS: [&str; 7] = [
    include_str!("../../migrations/sqlite/0001_first.sql"),
    include_str!("../../migrations/sqlite/0002_access.sql"),
    include_str!("../../migrations/sqlite/0003_automations.sql"),
    include_str!("../../migrations/sqlite/0004_talkbacks.sql"),
    include_str!("../../migrations/sqlite/0005_relays.sql"),
    include_str!("../../migrations/sqlite/0006_devices.sql"),
    include_str!("../../migrations/sqlite/0007_history.sql"),
];

/// A file of the last layout with rows: channel 3 has `count` entries in no order, channel 4 none.
fn old_file(path: &Path, count: i64) {
    let old = Connection::open(path).unwrap();
    old.pragma_update(None, "journal_mode", "WAL").unwrap();
    OLD_STEPS.iter().for_each(|step| old.execute_batch(step).unwrap());
    old.execute_batch(&format!(
        "INSERT INTO users (id, login, login_fold, api_key, created_at) VALUES (1, 'ada', 'ada', '0000000000001000', 7);
         INSERT INTO channels (id, owner, write_key, created_at, updated_at, name)
             VALUES (3, 1, '0000000000000001', 7, 7, 'Shed'), (4, 1, '0000000000000002', 7, 7, 'Barn');
         INSERT INTO heads VALUES (3, {count} + 5, 77), (4, 0, NULL);
         WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
         INSERT INTO entries (channel_id, entry_id, created_at, field1, field8, status)
             SELECT 3, n, (n * 7919) % 5003, n || '.50', iif(n % 3, NULL, ''), iif(n % 100, NULL, 'it is ' || n) FROM n;
         PRAGMA user_version = 7;"
    ))
    .unwrap();
    old.close().unwrap();
}

/// What such a file holds, by time.
fn old_entries(count: i64) -> Vec<Entry> {
    let entry = |n: i64| {
        let mut entry = Entry {
            id: EntryId::new(n as u64),
            created_at: Timestamp::from_millis((n * 7919) % 5003),
            values: Default::default(),
        };
        entry.values.fields[0] = Some(format!("{n}.50").into());
        entry.values.fields[7] = (n % 3 == 0).then(|| "".into());
        entry.values.status = (n % 100 == 0).then(|| format!("it is {n}").into());
        entry
    };
    let mut entries: Vec<_> = (1..=count).map(entry).collect();
    entries.sort_by_key(|entry| (entry.created_at, entry.id));
    entries
}

#[test]
fn rows_of_an_older_file_become_blocks_and_a_copy_lies_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let copy = dir.path().join("fieldpost.db.before-0008");
    old_file(&path, 10_000);
    // An earlier start was ended in the middle of the copy.
    fs::write(dir.path().join("fieldpost.db.before-0008-unfinished"), "half").unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.copy_before(), Some(copy.as_path()));
    let shed = channel_id(3);
    assert_eq!(store.newest(shed, &Span::ALL).unwrap(), old_entries(10_000));
    let head = store.head(shed).unwrap().unwrap();
    assert_eq!(
        (head.last, head.last_write_at),
        (Some(EntryId::new(10_005)), Some(Timestamp::from_millis(77)))
    );
    assert_eq!(store.head(channel_id(4)).unwrap().unwrap().last, None);
    let extent = store.extent(shed).unwrap();
    assert!(extent.entries == 10_000 && extent.bytes < 300_000, "{extent:?}");
    whole(&store);
    assert_eq!(ids(&stored(&store, submission(shed, ms(0), [update("next")]))), [10_006]);
    drop(store);

    let rows = Connection::open(&copy).unwrap();
    let counted = rows.query_row("SELECT COUNT(*) FROM entries", [], |row| row.get::<_, i64>(0));
    assert_eq!(counted.unwrap(), 10_000);
    rows.close().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!dir.path().join("fieldpost.db.before-0008-unfinished").exists());
    assert_eq!(SqliteStore::open(&path).unwrap().copy_before(), None, "once is enough");
}

/// What the version before today's wrote for three updates: the rows of its journal, which was a table.
const OLD_JOURNAL: [&str; 3] = [
    "010101FED7F0A4C5680101FDE782C0D40181100432312E35026F6B6A42BB04",
    "0101019ED8F0A4C56801029DC8E8E4D5018110023232026F6B72931B2C",
    "010101B0D8F0A4C5680103AFF8CFEDD301811003782079026F6BB6459409",
];

#[test]
fn what_an_older_file_has_in_its_journal_is_in_blocks_and_a_copy_lies_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    old_file(&path, 0);
    let old = Connection::open(&path).unwrap();
    old.execute_batch("DROP TABLE entries").unwrap();
    old.execute_batch(include_str!("../../migrations/sqlite/0008_blocks.sql")).unwrap();
    for (body, seq) in OLD_JOURNAL.iter().zip(5..) {
        old.execute_batch(&format!("INSERT INTO journal VALUES ({seq}, x'{body}')")).unwrap();
    }
    old.execute_batch(
        "INSERT INTO channels (id, owner, write_key, created_at, updated_at, name)
             VALUES (1, 1, '0000000000000003', 7, 7, 'Roof');
         INSERT INTO heads VALUES (1, 1, 7, 5, 0); -- the first of them is in blocks, as far as they know
         PRAGMA user_version = 8;",
    )
    .unwrap();
    old.close().unwrap();
    let store = open(&path);
    assert_eq!(store.copy_before(), Some(dir.path().join("fieldpost.db.before-0009").as_path()));
    let roof = channel_id(1);
    let entries = store.newest(roof, &Span::ALL).unwrap();
    let found: Vec<_> = entries
        .iter()
        .map(|entry| {
            (entry.id.get(), entry.created_at.to_string(), entry.values.field(F1).unwrap())
        })
        .collect();
    let time = |day: u64| format!("2026-01-0{day}T00:00:00Z");
    assert_eq!(found, [(2, time(2), "22"), (3, time(5), "x y")]);
    let head = store.head(roof).unwrap().unwrap();
    assert_eq!(head.last, Some(EntryId::new(3)));
    assert!(head.last_write_at.unwrap() > entries[1].created_at, "when it was received");
    whole(&store);
    assert_eq!(ids(&stored(&store, submission(roof, ms(0), [update("next")]))), [4]);
    drop(store);
    assert_eq!(ids(&all(&open(&path), roof)), [2, 3, 4]);
}

#[test]
fn an_older_file_without_entries_is_not_copied() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    old_file(&path, 0);
    Connection::open(&path).unwrap().execute("DELETE FROM entries", []).unwrap();
    assert_eq!(open(&path).copy_before(), None);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

// --- the power is gone ---------------------------------------------------------------------------

const PAGE: u64 = 4096;
const FRAME: u64 = PAGE + 24;

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

fn log_len(path: &Path) -> u64 {
    fs::metadata(log_of(path)).map_or(0, |log| log.len())
}

fn journal_of(path: &Path) -> PathBuf {
    path.with_extension("db.journal")
}

/// What a crash may leave: a database, and so much of its log and its journal.
struct Wreck {
    file: Vec<u8>,
    log: Vec<u8>,
}

impl Wreck {
    fn of(path: &Path) -> Self {
        Self { file: fs::read(path).unwrap(), log: fs::read(log_of(path)).unwrap() }
    }

    /// Where the log ends if each write of it is the last, and in the middle of each.
    fn cuts(&self) -> impl Iterator<Item = u64> {
        let writes = (self.log.len() as u64 - 32) / FRAME;
        let cuts =
            (0..=writes).flat_map(|write| [0, FRAME / 2].map(|half| 32 + write * FRAME + half));
        let len = self.log.len() as u64;
        cuts.map(move |cut| cut.min(len))
    }

    fn look(&self, log: u64, journal: Option<&[u8]>, look: impl FnOnce(&Path)) {
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("fieldpost.db");
        fs::write(&copy, &self.file).unwrap();
        fs::write(log_of(&copy), &self.log[..log as usize]).unwrap();
        if let Some(journal) = journal {
            fs::write(journal_of(&copy), journal).unwrap();
        }
        look(&copy);
    }
}

/// What there was when an answer was given.
struct Moment {
    log: u64,
    journal: Option<Vec<u8>>,
    state: Vec<String>,
}

impl Moment {
    fn now(path: &Path, store: &SqliteStore) -> Self {
        let (log, journal) = (log_len(path), fs::read(journal_of(path)).ok());
        Self { log, journal, state: everything(store) }
    }

    /// What a journal may be while it becomes that of a later moment: written to some extent.
    fn journals_until(&self, later: &Self) -> Vec<Option<Vec<u8>>> {
        let Some(after) = &later.journal else { return vec![None] };
        let mut before = self.journal.clone().unwrap_or_default();
        before.resize(after.len().max(before.len()), 0);
        let differs = |at: &usize| before[*at] != after.get(*at).copied().unwrap_or(0);
        let first = (0..before.len()).find(differs);
        let last = (0..before.len()).rev().find(differs);
        let (Some(first), Some(last)) = (first, last) else { return vec![self.journal.clone()] };
        let len = last + 1 - first;
        // A journal that was just begun is more than its first row.
        let cuts = [0, 1, 7, 33, len / 2, len - 1, len];
        let cuts =
            cuts.into_iter().filter(|cut| *cut <= len && (*cut > 0 || self.journal.is_some()));
        let written = |cut: usize| [&after[..first + cut], &before[first + cut..]].concat();
        cuts.map(|cut| Some(written(cut))).collect()
    }
}

#[test]
fn a_crash_at_any_write_leaves_what_was_answered_and_nothing_by_halves() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let (one, two) = two_channels(&open(&path));
    let store = open(&path);
    let mut moments = vec![Moment { log: 0, ..Moment::now(&path, &store) }];
    let mut answered = |store: &SqliteStore| moments.push(Moment::now(&path, store));
    for n in 0..6 {
        let batch = [one, two, one].map(|channel| many(channel, n * 10, 2));
        let keep = batch.map(|submission| Submission { repeats: Repeats::Keep, ..submission });
        store.commit(keep.into()).unwrap();
        answered(&store);
    }
    store.move_now().unwrap();
    answered(&store);
    store.commit(vec![many(one, 100, 30), many(two, 100, 2)]).unwrap();
    answered(&store);
    store.change_entry(one, EntryId::new(3), &mut |entry| entry.created_at = ms(55)).unwrap();
    answered(&store);
    let back_dated = many(two, -50, 3);
    store.commit(vec![back_dated]).unwrap();
    answered(&store);
    let ids = Which::Ids([2, 4, 9, 20].map(EntryId::new).to_vec());
    assert_eq!(store.delete_entries(one, &ids).unwrap(), 4);
    answered(&store);
    assert!(store.delete_entries(one, &Which::Times(ms(1_050), ms(1_200))).unwrap() > 0);
    answered(&store);
    store.move_now().unwrap();
    answered(&store);
    let mut put = all(&store, one);
    put.iter_mut().for_each(|entry| entry.id = EntryId::new(entry.id.get() + 500));
    assert!(store.put(one, &put).unwrap().stored > 20);
    answered(&store);
    store.clear(two).unwrap();
    answered(&store);
    store.commit(vec![many(two, 900, 2)]).unwrap();
    answered(&store);
    store.delete_channel(one).unwrap();
    answered(&store);
    store.commit(vec![many(two, 950, 26), many(two, 990, 1)]).unwrap();
    answered(&store);

    let wreck = Wreck::of(&path);
    let (mut seen, mut undone) = (0, 0);
    for (pair, answer) in moments.windows(2).zip(0..) {
        let [before, after] = pair else { unreachable!() };
        let mut look = |log: u64, journal: Option<&[u8]>| {
            wreck.look(log, journal, |copy| {
                let mut store = open(copy);
                let found = everything(&store);
                // What is wholly on disk counts, even if nobody was told.
                assert!(
                    found == before.state || found == after.state,
                    "at {log}, after answer {answer}: {found:?}"
                );
                undone += u32::from(found == before.state && before.state != after.state);
                whole(&store);
                // What was not to count does not count later either, because others write.
                let mut entries = all(&store, two);
                if let Some(entry) = entries.pop() {
                    store.delete_entries(two, &Which::Ids(vec![entry.id])).unwrap();
                    drop(store);
                    store = open(copy);
                    assert_eq!(all(&store, two), entries, "at {log}, after answer {answer}");
                }
                // And it goes on from there.
                let next = many(two, 2_000, 1);
                stored(&store, Submission { repeats: Repeats::Keep, ..next });
                let then = everything(&store);
                store.move_now().unwrap();
                whole(&store);
                drop(store);
                assert_eq!(everything(&open(copy)), then);
                seen += 1;
            });
        };
        // The journal is written first, if both are.
        let mut journals = before.journals_until(after);
        for journal in &journals {
            look(before.log.max(32), journal.as_deref());
        }
        let journal = journals.pop().unwrap();
        for cut in wreck.cuts().filter(|cut| (before.log..=after.log).contains(cut)) {
            look(cut, journal.as_deref());
        }
    }
    assert!(seen > 150 && undone > 80, "{seen} {undone}");
}

#[test]
fn a_crash_at_any_write_of_the_change_of_layout_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    old_file(&path, 150);
    let store = open(&path);
    let wanted = everything(&store);
    let mut copies = 0;
    let wreck = Wreck::of(&path);
    for cut in wreck.cuts() {
        wreck.look(cut, None, |copy| {
            let after = open(copy);
            assert_eq!(everything(&after), wanted);
            whole(&after);
            copies += u32::from(after.copy_before().is_some());
        });
    }
    assert!(copies > 10, "most cuts leave the old layout: {copies}");
}

// --- damage and copies ---------------------------------------------------------------------------

#[test]
fn a_check_names_what_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let store = open(&path);
    let (one, two) = two_channels(&store);
    store.commit(vec![many(one, 0, 30), many(two, 0, 30)]).unwrap();
    store.commit(vec![many(one, 100, 3)]).unwrap();
    store.commit(vec![many(one, 200, 1)]).unwrap();
    let checked = check_file(&path).unwrap();
    assert_eq!((checked.channels, checked.entries, checked.problems), (2, 64, vec![]));
    drop(store);

    let damaged = |damage: &dyn Fn(&Path)| {
        let copy = dir.path().join("damaged.db");
        fs::copy(&path, &copy).unwrap();
        fs::copy(journal_of(&path), journal_of(&copy)).unwrap();
        damage(&copy);
        check_file(&copy).unwrap().problems.join("\n")
    };
    let damage = |sql: &str| {
        damaged(&|copy| {
            let conn = Connection::open(copy).unwrap();
            conn.execute_batch(sql).unwrap();
            conn.close().unwrap();
        })
    };
    let of_two = "(SELECT body_id FROM blocks WHERE channel_id = 2 ORDER BY first_time LIMIT 1)";
    let found =
        damage(&format!("UPDATE bodies SET body = zeroblob(length(body)) WHERE id = {of_two}"));
    assert!(
        found.starts_with(
            "The block of channel 2 that begins at 2026-05-28T20:26:40Z can't be read: "
        ),
        "{found}"
    );
    assert_eq!(found.lines().count(), 1, "{found}");
    let found = damage("UPDATE blocks SET header = zeroblob(40) WHERE channel_id = 1");
    assert_eq!(found.lines().count(), 3, "{found}");
    let found = damage("UPDATE blocks SET max_id = max_id + 1 WHERE channel_id = 1 AND min_id = 1");
    assert!(
        found.contains("channel 1") && found.contains("something else than it says"),
        "{found}"
    );
    let found = damage(&format!("DELETE FROM bodies WHERE id = {of_two}"));
    assert!(found.contains("There are 1 blocks without a channel or a body"), "{found}");
    let found = damage("UPDATE heads SET last_entry_id = 20 WHERE channel_id = 2");
    assert!(found.contains("beyond the highest id"), "{found}");
    let found = damaged(&|copy| {
        open(copy).move_now().unwrap();
        let conn = Connection::open(copy).unwrap();
        conn.execute_batch("UPDATE heads SET moved_seq = 0").unwrap();
    });
    assert_eq!(found, "Channel 1 has 4 entries whose ids others have.");
    let row = fs::read(journal_of(&path)).unwrap()[4_096..].to_vec();
    let found = damaged(&|copy| {
        let mut journal = fs::read(journal_of(copy)).unwrap();
        journal[4_096 + 40] ^= 1;
        fs::write(journal_of(copy), journal).unwrap();
    });
    assert_eq!(found, "The journal is damaged: row 1 can't be read.");
    let found = damaged(&|copy| fs::remove_file(journal_of(copy)).unwrap());
    assert!(found.contains("damaged.db.journal is missing"), "{found}");
    let found = damaged(&|copy| fs::write(journal_of(copy), &row).unwrap());
    assert!(found.contains("belongs to another database"), "{found}");
    let found = damage("DELETE FROM heads WHERE channel_id = 2");
    assert!(found.contains("Channel 2 does not say where it stands"), "{found}");
    assert_eq!(damage("SELECT 1"), "");
}

#[test]
fn a_file_is_checked_only_if_it_is_there_and_ours_and_of_this_layout() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    assert!(check_file(&path).is_err());
    assert!(!path.exists());
    old_file(&path, 3);
    let before = fs::read(&path).unwrap();
    let message = std::error::Error::source(&check_file(&path).unwrap_err()).unwrap().to_string();
    assert!(message.contains("older version"), "{message}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_copy_that_is_made_while_others_write_is_whole_and_opens() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let store = SqliteStore::open_with(&path, BUSY).unwrap();
    let channel = one_channel(&store);
    store.commit(vec![many(channel, 0, 100)]).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..600 {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                stored(&store, many(channel, 1_000 + n, 1));
            }
        });
        for n in 0..3 {
            let to = dir.path().join(format!("copy {n}.db"));
            let least = store.head(channel).unwrap().unwrap().last.unwrap().get();
            store.backup(&to).unwrap();
            let most = store.head(channel).unwrap().unwrap().last.unwrap().get();
            let copy = open(&to);
            let found = ids(&all(&copy, channel));
            assert_eq!(found, (1..=found.len() as u64).collect::<Vec<_>>());
            assert!((least..=most).contains(&(found.len() as u64)));
            whole(&copy);
            assert!(store.backup(&to).is_err(), "there is such a file already");
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(store.backup(&dir.path().join("no such folder/copy.db")).is_err());
    assert!(
        fs::read_dir(dir.path()).unwrap().all(|file| !file
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains("unfinished"))
    );
}

#[test]
fn three_that_write_move_and_tidy_up_at_once_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let tuning = Tuning { slots: 2, ..BUSY };
    let stores = [0, 1, 2].map(|_| SqliteStore::open_with(&path, tuning).unwrap());
    let channel = one_channel(&stores[0]);
    let long = "x".repeat(60_000);
    let write = |own: usize| {
        for n in 0..120_usize {
            let text = &long[(n * 7_919 + own * 1_234) % 60_000..];
            let entries = stored(&stores[own], submission(channel, ms(0), [update(text)]));
            // What was answered is there for everybody at once.
            let found = stores[(own + n) % 3].entry(channel, entries[0].id).unwrap();
            assert_eq!(found.as_ref(), Some(&entries[0]));
            match (n + own * 5) % 15 {
                0 => stores[own].tidy().unwrap(),
                5 => stores[own].move_now().unwrap(),
                10 => drop(SqliteStore::open_with(&path, tuning).unwrap()),
                _ => {}
            }
        }
    };
    thread::scope(|scope| (0..3).for_each(|own| drop(scope.spawn(move || write(own)))));
    for store in &stores {
        assert_eq!(ids(&all(store, channel)), (1..=360).collect::<Vec<_>>());
        whole(store);
    }
}

#[test]
fn a_check_finds_nothing_wrong_while_others_write() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let tuning = Tuning { slots: 3, ..BUSY };
    let store = SqliteStore::open_with(&path, tuning).unwrap();
    let channel = one_channel(&store);
    let stop = AtomicBool::new(false);
    let long = "x".repeat(30_000);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                stored(&store, submission(channel, ms(n), [update(&long[n as usize % 30_000..])]));
                if n % 40 == 39 {
                    store.tidy().unwrap();
                }
            }
        });
        for _ in 0..60 {
            assert_eq!(check_file(&path).unwrap().problems, [""; 0]);
        }
        stop.store(true, Ordering::Relaxed);
    });
    whole(&store);
}

#[test]
fn the_newest_entries_are_at_hand_and_never_old() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let (store, other) = (open(&path), open(&path));
    let channel = one_channel(&store);
    // What a look finds at once, and what a reading does.
    let both = |store: &SqliteStore, span: &Span| {
        let read = (store.newest(channel, span).unwrap(), store.head(channel).unwrap().unwrap());
        (store.at_hand(channel, span), read)
    };
    let three = || both(&store, &LAST_THREE);
    stored(&store, many(channel, 0, 10));
    assert!(matches!(three(), (Some(found), read) if found == read));
    // The memory of blocks holds four.
    store.move_now().unwrap();
    assert!(matches!(three(), (Some(found), read) if found == read));
    let five = Span { limit: 5, ..Span::ALL };
    assert_eq!(both(&store, &five).0, None, "more than memory is meant to hold");
    let early = Span { until: ms(20), ..LAST_THREE };
    assert_eq!(both(&store, &early).0, None, "only blocks have them");
    // What another process did is not at hand, until somebody has read it.
    stored(&other, many(channel, 100, 2));
    assert_eq!(store.at_hand(channel, &LAST_THREE), None);
    assert!(matches!(three(), (Some(found), read) if found == read && found.0.len() == 3));
    other.clear(channel).unwrap();
    assert_eq!(store.at_hand(channel, &LAST_THREE), None);
    assert!(matches!(three(), (Some((entries, _)), _) if entries.is_empty()));
    store.delete_channel(channel).unwrap();
    assert_eq!(store.at_hand(channel, &LAST_THREE), None);
}

#[test]
fn what_is_tidied_up_is_in_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let store = open(&path);
    let channel = one_channel(&store);
    stored(&store, many(channel, 0, 30));
    let _ = all(&store, channel); // a reader that stays
    store.tidy().unwrap();
    let copy = dir.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    assert_eq!(everything(&open(&copy)), everything(&store));
    stored(&store, many(channel, 100, 2));
    whole(&store);
}

#[test]
fn a_journal_that_is_ended_is_begun_again_by_whoever_writes_next() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let stores = [open(&path), open(&path)];
    let mut late: Vec<_> = (0..6).map(|_| open(&path)).collect();
    let channel = one_channel(&stores[0]);
    let mut count = 0;
    for round in 0..6_usize {
        for writer in [round % 2, (round + 1) % 2, 0] {
            count += 2;
            stored(&stores[writer], many(channel, count, 2));
            for store in &stores {
                let found = all(store, channel);
                assert_eq!(ids(&found), (1..=count as u64).collect::<Vec<_>>());
            }
        }
        stores[round / 3].tidy().unwrap();
        let alone = dir.path().join(format!("alone {round}.db"));
        fs::copy(&path, &alone).unwrap();
        assert_eq!(everything(&open(&alone)), everything(&stores[round % 2]));
        // Somebody who has not looked since before there was any journal.
        count += 2;
        stored(&late.pop().unwrap(), many(channel, count, 2));
        if round % 2 > 0 {
            stores[0].tidy().unwrap();
        }
    }
    stores.iter().for_each(whole);
    drop(stores);
    assert_eq!(all(&open(&path), channel).len(), count as usize);
}

#[cfg(target_os = "linux")]
#[test]
fn a_journal_that_cant_be_written_refuses_what_came_and_later_takes_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let store = open(&path);
    let channel = one_channel(&store);
    // A disk that is always full.
    std::os::unix::fs::symlink("/dev/full", journal_of(&path)).unwrap();
    let refused = store.commit(vec![many(channel, 0, 2)]).unwrap_err();
    let why = std::error::Error::source(&refused).unwrap().to_string();
    assert!(why.contains("fieldpost.db.journal"), "{why}");
    assert_eq!(all(&store, channel), []);
    fs::remove_file(journal_of(&path)).unwrap();
    assert_eq!(ids(&stored(&store, many(channel, 0, 2))), [1, 2]);
    assert_eq!(ids(&all(&open(&path), channel)), [1, 2]);
}

#[test]
fn who_has_lost_the_journal_can_go_on_without_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let store = open(&path);
    let channel = one_channel(&store);
    stored(&store, many(channel, 0, 3));
    store.move_now().unwrap();
    stored(&store, many(channel, 10, 2));
    drop(store);
    fs::remove_file(journal_of(&path)).unwrap();
    let refused = SqliteStore::open(&path).err().unwrap();
    let why = std::error::Error::source(&refused).unwrap().to_string();
    assert!(why.contains("put an empty file there"), "{why}");
    fs::write(journal_of(&path), "").unwrap();
    let store = open(&path);
    assert_eq!(ids(&all(&store, channel)), [1, 2, 3]);
    assert_eq!(ids(&stored(&store, many(channel, 20, 1))), [4]);
    drop(store);
    assert_eq!(ids(&all(&open(&path), channel)), [1, 2, 3, 4]);
}

#[test]
fn a_channel_that_is_seldom_written_to_does_not_make_the_journal_long() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let tuning = Tuning { run: 20, rows: i64::MAX / 2, slots: 4, commits: 2, ..STILL };
    let store = SqliteStore::open_with(&path, tuning).unwrap();
    let (seldom, often) = two_channels(&store);
    let long = "x".repeat(100_000);
    for n in 0..200 {
        if n % 60 == 0 {
            stored(&store, submission(seldom, ms(n), [update("x")]));
        }
        stored(&store, submission(often, ms(n), [update(&long)]));
        thread::sleep(Duration::from_millis(2)); // the mover works beside
    }
    let len = fs::metadata(journal_of(&path)).unwrap().len();
    assert!(len < 10 << 20, "{len}");
    whole(&store);
}

#[test]
fn an_entry_may_be_as_long_as_a_journal_has_no_room_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let store = SqliteStore::open(&path).unwrap();
    let (one, two) = two_channels(&store);
    let long = "x".repeat(90_000);
    stored(&store, submission(one, ms(0), [update("first")]));
    let of = |channel, n| submission(channel, ms(n), [update(&long), update("short")]);
    let outcomes = store.commit(vec![of(one, 1), of(two, 2), of(one, 3), of(two, 4)]).unwrap();
    let outcomes_long = store.commit((5..12).map(|n| of([one, two][n as usize % 2], n)).collect());
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Stored(_))));
    assert_eq!(outcomes_long.unwrap().len(), 7);
    let before = everything(&store);
    whole(&store);
    drop(store);
    let store = open(&path);
    assert_eq!(everything(&store), before);
    assert_eq!(ids(&all(&store, one)), (1..=11).collect::<Vec<_>>());
    whole(&store);
}

#[test]
fn readers_see_each_entry_once_while_entries_are_moved() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let store = SqliteStore::open_with(&path, BUSY).unwrap();
    let other = SqliteStore::open_with(&path, BUSY).unwrap();
    let channel = one_channel(&store);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for reader in [&store, &other] {
            scope.spawn(|| {
                let mut before = 0;
                while !stop.load(Ordering::Relaxed) {
                    let mut seen = Vec::new();
                    let scan = &mut |entry: &Entry| {
                        seen.push(entry.id.get());
                        ControlFlow::Continue(())
                    };
                    reader.scan(channel, Timestamp::MIN, Timestamp::MAX, scan).unwrap();
                    assert_eq!(seen, (1..=seen.len() as u64).collect::<Vec<_>>());
                    assert!(seen.len() >= before, "nothing that was there goes");
                    before = seen.len();
                    // Two threads see the same state: ids have no gaps, so there are as many as the last one says.
                    let all = reader.overview(channel, &EIGHTY_SECONDS, &[]).unwrap();
                    assert_eq!(all.entries, all.last.map_or(0, EntryId::get));
                    assert_eq!(
                        all.counts.iter().map(|count| u64::from(*count)).sum::<u64>(),
                        all.entries
                    );
                    assert!(all.entries >= before as u64);
                    let last = ids(&reader.newest(channel, &LAST_THREE).unwrap());
                    assert!(
                        last.is_sorted() && last.last().is_none_or(|last| *last >= before as u64)
                    );
                    if let Some((entries, head)) = reader.at_hand(channel, &LAST_THREE) {
                        assert_eq!(head.last, entries.last().map(|entry| entry.id));
                        assert!(head.last.is_none_or(|last| last.get() >= before as u64));
                    }
                }
            });
        }
        for n in 0..150 {
            let writer = if n % 10 < 7 { &store } else { &other };
            stored(writer, many(channel, n * 50, 1 + n % 4));
            if n % 40 == 39 {
                stored(writer, many(channel, n * 50 + 4, 45));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    whole(&store);
}
