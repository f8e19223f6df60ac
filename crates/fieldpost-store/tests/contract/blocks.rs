//! Stories of journal and blocks: files of the layout before them, damage that is found, copies, and the power gone at any write.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fieldpost_store::history::{Grid, Which};
use fieldpost_store::sqlite::{SqliteStore, Tuning, check_file};
use fieldpost_store::{HistoryStore as _, Repeats, Store, Submission};
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

/// Goes through all that a crash may leave of SQLite's log: every write of it, and half of every write.
fn at_every_write(path: &Path, look: &mut dyn FnMut(u64, &Path)) {
    let (file, log) = (fs::read(path).unwrap(), fs::read(log_of(path)).unwrap());
    let writes = (log.len() as u64 - 32) / FRAME;
    for write in 0..=writes {
        for half in [0, FRAME / 2] {
            let cut = (32 + write * FRAME + half).min(log.len() as u64);
            let dir = tempfile::tempdir().unwrap();
            let copy = dir.path().join("fieldpost.db");
            fs::write(&copy, &file).unwrap();
            fs::write(log_of(&copy), &log[..cut as usize]).unwrap();
            look(cut, &copy);
        }
    }
}

#[test]
fn a_crash_at_any_write_leaves_what_was_answered_and_nothing_by_halves() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let (one, two) = two_channels(&open(&path));
    let store = open(&path);
    // How long the log was when each answer was given, and what was there then.
    let mut answers = vec![(0, everything(&store))];
    let mut answered = |store: &SqliteStore| answers.push((log_len(&path), everything(store)));
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

    let mut seen = 0;
    at_every_write(&path, &mut |cut, copy| {
        let after = open(copy);
        let found = everything(&after);
        let last = answers.iter().rposition(|(len, _)| *len <= cut).unwrap();
        // A transaction that is wholly in the log counts, even if nobody was told.
        let next = answers.get(last + 1).map(|(_, state)| state);
        assert!(
            found == answers[last].1 || next.is_some_and(|next| found == *next),
            "at {cut}, after answer {last}"
        );
        whole(&after);
        // And it goes on from there.
        stored(&after, Submission { repeats: Repeats::Keep, ..many(two, 2_000, 1) });
        after.move_now().unwrap();
        whole(&after);
        seen += 1;
    });
    assert!(seen > 100, "{seen}");
}

#[test]
fn a_crash_at_any_write_of_the_change_of_layout_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    old_file(&path, 150);
    let store = open(&path);
    let wanted = everything(&store);
    let mut copies = 0;
    at_every_write(&path, &mut |_, copy| {
        let after = open(copy);
        assert_eq!(everything(&after), wanted);
        whole(&after);
        copies += u32::from(after.copy_before().is_some());
    });
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
    let checked = check_file(&path).unwrap();
    assert_eq!((checked.channels, checked.entries, checked.problems), (2, 63, vec![]));
    drop(store);

    let damage = |sql: &str| {
        let copy = dir.path().join("damaged.db");
        fs::copy(&path, &copy).unwrap();
        let conn = Connection::open(&copy).unwrap();
        conn.execute_batch(sql).unwrap();
        conn.close().unwrap();
        check_file(&copy).unwrap().problems.join("\n")
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
    let found = damage("UPDATE journal SET body = x'0101'");
    assert!(found.contains("Row 1 of the journal can't be read"), "{found}");
    let found = damage(
        "UPDATE heads SET moved_seq = 0; INSERT INTO journal SELECT seq + 1, body FROM journal",
    );
    assert!(found.contains("Channel 1 has 3 entries whose ids others have"), "{found}");
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
