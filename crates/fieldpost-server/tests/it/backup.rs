//! Backups with the real binary: made beside a running server, verified, restored; and what becomes of damage and of power cuts.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::Value;

use crate::harness::{CHANNEL, READ, Server, make_channel, run};

fn json(args: &[&str], data: &Path) -> Value {
    let said = run(args, data).unwrap();
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn newest(server: &Server) -> Vec<u64> {
    let feeds = server.get(&format!("/channels/{CHANNEL}/feeds.json?results=8000&api_key={READ}"));
    let feeds = feeds.json()["feeds"].as_array().unwrap().clone();
    feeds.iter().map(|feed| feed["field1"].as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn what_was_answered_before_a_backup_is_in_it_however_busy_the_server_is() {
    let folder = tempfile::tempdir().unwrap();
    let (data, new) = (folder.path().join("data"), folder.path().join("new"));
    std::fs::create_dir(&data).unwrap();
    make_channel(&data);
    std::fs::write(data.join("fieldpost.toml"), "update-interval = 0\n").unwrap();
    let server = Server::on(&data, &[]);
    let (stop, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    let file = folder.path().join("backup.tar.gz");
    let (before, made) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let next = answered.load(Ordering::Relaxed) + 1;
                server.store(&format!("field1={next}"));
                answered.store(next, Ordering::Relaxed);
            }
        });
        while answered.load(Ordering::Relaxed) < 50 {
            std::thread::yield_now();
        }
        let before = answered.load(Ordering::Relaxed);
        let made = run(&["backup", text(&file), "--json"], &data);
        stop.store(true, Ordering::Relaxed);
        (before, serde_json::from_str::<Value>(&made.unwrap()).unwrap())
    });
    assert_eq!((&made["verified"], &made["channels"]), (&true.into(), &1.into()), "{made}");
    assert!(made["entries"].as_u64().unwrap() >= before, "{made}, {before}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let beside: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 2, "nothing is left beside it: {beside:?}");
    server.kill();

    let restored = json(&["restore", text(&file), "--json"], &new);
    assert_eq!(restored["entries"], made["entries"]);
    for name in ["tls/cert.pem", "tls/key.pem", "fieldpost.toml"] {
        assert_eq!(
            std::fs::read(new.join(name)).unwrap(),
            std::fs::read(data.join(name)).unwrap(),
            "{name}"
        );
    }
    let server = Server::on(&new, &[]);
    let kept = newest(&server);
    assert_eq!(
        kept,
        (1..=made["entries"].as_u64().unwrap()).collect::<Vec<_>>(),
        "each once and in order"
    );
    assert_eq!(server.store("field1=1"), kept.len() as u64 + 1);
}

#[test]
fn a_restore_refuses_to_take_what_is_there_and_puts_it_aside_when_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("b.tar.gz"));
    let server = Server::with_channel(&[]);
    server.store("field1=1");
    run(&["backup", text(&file)], &server.data).unwrap();
    let again = run(&["backup", text(&file)], &server.data).unwrap_err();
    assert!(again.contains("--force"), "{again}");
    run(&["backup", text(&file), "--force"], &server.data).unwrap();

    let running = run(&["restore", text(&file), "--force"], &server.data).unwrap_err();
    assert!(running.contains("stop the server"), "{running}");
    let key = "B".repeat(16);
    run(&["user", "add", "bert"], &data).unwrap();
    run(&["channel", "create", "--user", "bert", "--write-key", &key], &data).unwrap();
    let full = run(&["restore", text(&file)], &data).unwrap_err();
    assert!(full.contains("holds data already") && full.contains("--force"), "{full}");
    assert!(run(&["user", "list"], &data).unwrap().contains("bert"));

    let restored = json(&["restore", text(&file), "--force", "--json"], &data);
    let users = run(&["user", "list"], &data).unwrap();
    assert!(users.contains("anna") && !users.contains("bert"), "{users}");
    let aside = Path::new(restored["aside"].as_str().unwrap()).to_owned();
    assert!(run(&["user", "list"], &aside).unwrap().contains("bert"), "nothing was deleted");
}

/// What is done to the bytes of a backup.
type Damage = Box<dyn Fn(&mut Vec<u8>)>;

#[test]
fn a_damaged_backup_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.tar.gz");
    let server = Server::with_channel(&[]);
    for value in 1..=300 {
        server.store(&format!("field1={value}"));
    }
    run(&["backup", text(&file)], &server.data).unwrap();
    let whole = std::fs::read(&file).unwrap();
    server.kill();
    let damages: [(&str, Damage); 4] = [
        (
            "a byte in the middle",
            Box::new(|bytes| {
                let at = bytes.len() / 2;
                bytes[at] ^= 0x10;
            }),
        ),
        ("the end is missing", Box::new(|bytes| bytes.truncate(bytes.len() - 9))),
        (
            "the checksum at the end",
            Box::new(|bytes| {
                let at = bytes.len() - 6;
                bytes[at] ^= 1;
            }),
        ),
        ("no backup at all", Box::new(|bytes| *bytes = b"hello".to_vec())),
    ];
    for (what, damage) in damages {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        std::fs::write(&file, bytes).unwrap();
        let data = folder.path().join("new");
        let refused = run(&["restore", text(&file)], &data).unwrap_err();
        assert!(
            refused.contains("nothing was restored") && refused.contains("damaged"),
            "{what}: {refused}"
        );
        assert!(!data.join("fieldpost.db").exists(), "{what}");
    }
}

#[test]
fn a_power_cut_during_a_backup_leaves_no_half_file_and_the_next_one_tidies_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.tar.gz");
    let server = Server::with_channel(&[]);
    let row = "2026-01-01 00:00:00 UTC,21.5,40\n";
    let mut csv = String::from("created_at,field1,field2\n");
    (0..60_000).for_each(|_| csv.push_str(row));
    let path = folder.path().join("many.csv");
    std::fs::write(&path, csv).unwrap();
    run(&["import", "csv", text(&path), "--channel", &CHANNEL.to_string()], &server.data).unwrap();
    let part = folder.path().join(".b.tar.gz.part");
    for when in ["lock", "fieldpost.db", "packed"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fieldpost"))
            .args(["backup", text(&file), "--data", text(&server.data)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !part.join(when).exists() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "it was ended in time, at {when}");
        assert!(!file.exists(), "{when}");
    }
    run(&["backup", text(&file)], &server.data).unwrap();
    assert!(file.exists() && !part.exists());
    assert_eq!(
        json(&["restore", text(&file), "--json"], &folder.path().join("new"))["entries"],
        60_000
    );
}

#[test]
fn a_backup_that_can_not_be_written_says_why_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with_channel(&[]);
    let no_folder = folder.path().join("nowhere/b.tar.gz");
    let why = run(&["backup", text(&no_folder)], &server.data).unwrap_err();
    assert!(why.contains("no backup") && why.contains("nowhere is no folder"), "{why}");
    let elsewhere =
        run(&["backup", text(&folder.path().join("b"))], &folder.path().join("x")).unwrap_err();
    assert!(elsewhere.contains("--data"), "{elsewhere}");
    assert!(!folder.path().join("x").exists(), "no folder is made for a question");
    // A disk that is full: no file may become longer than 64 KiB.
    let full = Command::new("bash")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"",
            env!("CARGO_BIN_EXE_fieldpost"),
        ])
        .args(["backup", text(&folder.path().join("b.tar.gz")), "--data", text(&server.data)])
        .output()
        .unwrap();
    let why = String::from_utf8_lossy(&full.stderr);
    assert!(!full.status.success() && why.contains("there is no backup"), "{why}");
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_check_says_what_it_looked_at_and_finds_damage() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with_channel(&[]);
    for value in 1..=2_000 {
        server.store(&format!("field1={value}&field2=some+text+{value}"));
    }
    let said = run(&["check"], &server.data).unwrap();
    for words in ["1 channel, 2,000 entries", "certificate", "All is well"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(json(&["check", "--json"], &server.data)["ok"], true);
    let (data, file) = (server.data.clone(), folder.path().join("b.tar.gz"));
    run(&["backup", text(&file)], &data).unwrap();
    let _keep = server.terminate_keeping();

    let database = data.join("fieldpost.db");
    let length = std::fs::metadata(&database).unwrap().len();
    let mut open = std::fs::OpenOptions::new().read(true).write(true).open(&database).unwrap();
    for page in 2..length / 4_096 {
        let at = page * 4_096 + 2_000;
        let mut bytes = [0; 512];
        open.seek(SeekFrom::Start(at)).unwrap();
        open.read_exact(&mut bytes).unwrap();
        open.seek(SeekFrom::Start(at)).unwrap();
        open.write_all(&bytes.map(|byte| byte ^ 0x5A)).unwrap();
    }
    drop(open);
    let checked = Command::new(env!("CARGO_BIN_EXE_fieldpost"))
        .args(["check", "--data", text(&data)])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert_eq!(checked.status.code(), Some(1), "{said}");
    assert!(said.contains('✗') && said.contains("fieldpost restore FILE"), "{said}");
    let refused = run(&["backup", text(&folder.path().join("bad.tar.gz"))], &data).unwrap_err();
    assert!(refused.contains("there is no backup"), "{refused}");

    run(&["restore", text(&file), "--force"], &data).unwrap();
    assert!(run(&["check"], &data).unwrap().contains("2,000 entries"));
}

#[test]
fn a_check_of_nothing_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("none");
    let why = run(&["check"], &data).unwrap_err();
    assert!(why.contains("wrong"), "{why}");
    assert!(!data.exists());
}
