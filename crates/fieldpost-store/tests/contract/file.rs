//! Stories of the SQLite store's file: opened again, opened twice, not ours, too new, full, and the power gone.

use std::error::Error as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use fieldpost_store::sqlite::{SqliteStore, Unsuited};
use fieldpost_store::{ChannelFilter, Outcome, Store, StoreError};
use fieldpost_wire::EntryId;
use rusqlite::Connection;

use crate::setup::*;

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).unwrap()
}

/// Why a file was left alone.
fn unsuited(path: &Path) -> String {
    match SqliteStore::open(path) {
        Err(error @ StoreError::Failed(_)) => error.source().unwrap().to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was opened"),
    }
}

#[test]
fn a_file_opened_again_has_everything() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let store = open(&path);
    let (one, two) = two_channels(&store);
    change(&store, one, |channel| channel.read_keys = vec![read_key(50)]).unwrap();
    let updates: Vec<_> = nasty_texts().iter().map(|text| update(text)).collect();
    stored(&store, submission(one, ms(7), updates));
    store.delete_channel(two).unwrap();
    let everything = |store: &SqliteStore| {
        let listed = store.channels(&ChannelFilter::default()).unwrap();
        (listed, store.users().unwrap(), all(store, one), store.version().unwrap())
    };
    let before = everything(&store);
    drop(store);
    assert!(!dir.path().join("fieldpost.db-wal").exists(), "the log was tidied up");

    let store = open(&path);
    assert_eq!(everything(&store), before);
    let ada = store.user("ada").unwrap().unwrap();
    let next = store.create_channel(new_channel(&ada, 2)).unwrap().id;
    assert_eq!(next, channel_id(3), "deleted ids are remembered");
}

#[test]
fn two_stores_on_one_file_see_each_others_changes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let (server, command) = (open(&path), open(&path));
    let ada = ada(&command);
    assert_eq!(server.user("ada").unwrap().as_ref(), Some(&ada));
    let version = server.version().unwrap();

    let channel = command.create_channel(new_channel(&ada, 1)).unwrap();
    assert_ne!(server.version().unwrap(), version);
    assert_eq!(server.channel_of_write_key(&key(1), ms(0)).unwrap(), Some(channel.clone()));
    assert_eq!(server.version().unwrap(), command.version().unwrap());

    stored(&server, submission(channel.id, ms(0), [at("a", ms(-9))]));
    let outcome = commit(&command, submission(channel.id, ms(1), [at("b", ms(-9))]));
    assert_eq!(outcome, Outcome::TimeTaken(ms(-9)));
    assert_eq!(ids(&stored(&command, submission(channel.id, ms(2), [update("c")]))), [2]);
    assert_eq!(ids(&all(&server, channel.id)), [1, 2]);

    command.delete_channel(channel.id).unwrap();
    let outcome = commit(&server, submission(channel.id, ms(3), [update("d")]));
    assert_eq!(outcome, Outcome::NoChannel);
}

#[test]
fn two_stores_that_write_at_once_wait_for_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let channel = one_channel(&open(&path));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let store = open(&path);
                for n in 0..10 {
                    stored(&store, submission(channel, ms(n), [update("x")]));
                    change(&store, channel, |channel| channel.about.name += "x").unwrap();
                }
            });
        }
    });
    let store = open(&path);
    assert_eq!(ids(&all(&store, channel)), (1..=30).collect::<Vec<_>>());
    let name = store.channel(channel).unwrap().unwrap().about.name;
    assert_eq!(name.len(), 30, "no change was made to a state that had passed");
}

#[test]
fn a_new_file_may_be_opened_by_many_at_once() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..5 {
        let path = dir.path().join(format!("{round}.db"));
        thread::scope(|scope| {
            for opener in 0..6 {
                let path = &path;
                scope.spawn(move || {
                    let login = format!("user {opener}");
                    open(path).create_user(new_user(&login, opener)).unwrap();
                });
            }
        });
        assert_eq!(open(&path).users().unwrap().len(), 6);
    }
}

#[test]
fn a_file_of_the_first_layout_is_brought_up_to_date_and_has_everything() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let first = Connection::open(&path).unwrap();
    first.execute_batch(include_str!("../../migrations/sqlite/0001_first.sql")).unwrap();
    first
        .execute_batch(
            "INSERT INTO users VALUES (1, 'ada', 'ada', '0000000000001000', NULL, NULL, NULL, NULL, 7);
             INSERT INTO channels (id, owner, write_key, created_at, updated_at, name)
                 VALUES (3, 1, '0000000000000001', 7, 7, 'Shed');
             INSERT INTO heads VALUES (3, 1, 7);
             INSERT INTO entries (channel_id, entry_id, created_at, field1) VALUES (3, 1, 7, '21.5');
             PRAGMA user_version = 1;",
        )
        .unwrap();
    first.close().unwrap();
    let store = open(&path);
    let ada = store.user("ada").unwrap().unwrap();
    assert_eq!((ada.admin, ada.timezone), (false, None));
    let channel = store.channel_of_write_key(&key(1), ms(0)).unwrap().unwrap();
    assert_eq!((channel.name().as_str(), channel.retiring.len()), ("Shed", 0));
    assert_eq!(all(&store, channel.id)[0].values.field(F1), Some("21.5"));
    store.create_link(new_link(channel.id, 1)).unwrap();
}

#[test]
fn a_newer_file_is_refused_with_a_clear_message_and_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    one_channel(&open(&path));
    let newer = Connection::open(&path).unwrap();
    let pragma = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let known = newer.pragma_query_value(None, "user_version", pragma).unwrap();
    newer.pragma_update(None, "user_version", known + 5).unwrap();
    newer.close().unwrap();
    let before = std::fs::read(&path).unwrap();

    let message = unsuited(&path);
    assert_eq!(message, Unsuited::Newer { file: known + 5, known }.to_string());
    assert!(message.contains("newer version of Fieldpost"), "{message}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_of_another_program_is_refused_and_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("other.db");
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE pigeons (name)").unwrap();
    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "buy milk\n".repeat(500)).unwrap();
    for (path, reason) in
        [(&database, "database of another program"), (&text, "file is not a database")]
    {
        let before = std::fs::read(path).unwrap();
        let message = unsuited(path);
        assert!(message.contains(reason), "{message}");
        assert_eq!(std::fs::read(path).unwrap(), before);
    }
}

#[test]
fn a_path_is_taken_as_it_is_and_a_missing_folder_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file:odd?mode=memory&x=%41 ü.db");
    ada(&open(&path));
    assert_eq!(open(&path).users().unwrap().len(), 1);
    assert!(path.exists());
    let message = unsuited(&dir.path().join("no such folder/fieldpost.db"));
    assert!(message.to_lowercase().contains("no such file"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_new_file_and_its_log_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("fieldpost.db"));
    stored(&store, submission(one_channel(&store), ms(0), [update("x")]));
    let mut files = 0;
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
        files += 1;
    }
    assert_eq!(files, 4, "the database, its log and the log's index, the journal");
}

#[test]
fn readers_see_whole_batches_while_a_writer_is_at_work() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("fieldpost.db"));
    let channel = one_channel(&store);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..30 {
                stored(&store, submission(channel, ms(n), [update("a"), update("b")]));
            }
        });
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(all(&store, channel).len() % 2, 0);
                }
            });
        }
    });
}

#[test]
fn a_killed_process_loses_no_answered_entry() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fieldpost.db");
    let channel = one_channel(&open(&path));
    for _ in 0..3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "file::child_that_writes_until_it_is_killed", "--nocapture"])
            .env("FIELDPOST_TEST_FILE", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut answered = lines.filter_map(|line| line.strip_prefix("stored ")?.parse().ok());
        let last: u64 = answered.by_ref().nth(20).unwrap();
        child.kill().unwrap();
        let last = answered.last().unwrap_or(last);
        child.wait().unwrap();
        let found = all(&open(&path), channel);
        assert!(found.len() as u64 >= last);
        assert_eq!(ids(&found), (1..=found.len() as u64).collect::<Vec<_>>());
        let head = open(&path).head(channel).unwrap().unwrap();
        assert_eq!(head.last, found.last().map(|entry| entry.id));
    }
}

/// Runs as a child of the story above; by itself it does nothing.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os("FIELDPOST_TEST_FILE") else { return };
    let store = open(Path::new(&path));
    for n in 0..100_000 {
        let entries = stored(&store, submission(channel_id(1), ms(n), [update("x"), update("y")]));
        let last = entries.last().map_or(EntryId::new(0), |entry| entry.id);
        // Not println, which the test harness would catch.
        writeln!(std::io::stdout(), "stored {last}").unwrap();
    }
}
