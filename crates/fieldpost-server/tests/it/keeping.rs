//! What a server does by itself about its past: scheduled backups, and entries that a channel does not keep.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::{Browser, PASSWORD};
use crate::harness::{CHANNEL, READ, Server, make_channel, run, run_with};

/// Looks until something is so. What is never so fails the test when patience ends.
fn soon<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it never came: {what}");
}

fn backups(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".tar.gz")).collect();
    names.sort();
    names
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn count(server: &Server, name: &str) -> String {
    let all = server.get("/metrics").body;
    let line = all.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name}: {all}")).into()
}

/// A server with a channel of anna, who looks after it.
fn with_admin(data: &Path, args: &[&str]) -> Server {
    make_channel(data);
    run_with(&["user", "passwd", "anna", "--password-stdin"], data, &format!("{PASSWORD}\n"))
        .unwrap();
    run_with(&["user", "add", "bert", "--password-stdin"], data, &format!("{PASSWORD}\n")).unwrap();
    Server::on(data, args)
}

#[test]
fn a_server_makes_backups_by_itself_and_once_for_all_that_were_missed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, to) = (folder.path().join("data"), folder.path().join("backups"));
    std::fs::create_dir_all(&to).unwrap();
    make_channel(&data);
    for old in ["20200101-000000", "20200102-000000", "20200103-000000"] {
        std::fs::write(to.join(format!("fieldpost-{old}.tar.gz")), "of before").unwrap();
    }
    std::fs::write(to.join("holiday.tar.gz"), "somebody else's").unwrap();
    // Left behind by a server that was ended half way.
    let part = to.join(".fieldpost-20200104-000000.tar.gz.part");
    std::fs::create_dir(&part).unwrap();
    std::fs::write(part.join("fieldpost.db"), "half").unwrap();

    let args = ["--backup-to", text(&to), "--backup-keep", "2"];
    let server = Server::on(&data, &args);
    let made = soon("a backup", || {
        (count(&server, "fieldpost_backups_total{result=\"good\"}") == "1").then(|| backups(&to))
    });
    assert_eq!(made.len(), 3, "two of ours and the stranger: {made:?}");
    assert_eq!(
        (made[0].as_str(), made[2].as_str()),
        ("fieldpost-20200103-000000.tar.gz", "holiday.tar.gz")
    );
    assert!(!part.exists());
    assert_eq!(count(&server, "fieldpost_backup_failing"), "0");
    assert_eq!(server.terminate(), Some(0));

    run(&["restore", text(&to.join(&made[1]))], &folder.path().join("new")).unwrap();
    let server = Server::on(&data, &args);
    server.store("field1=1");
    assert_eq!(
        count(&server, "fieldpost_backups_total{result=\"good\"}"),
        "0",
        "none is due for a day"
    );
    assert_ne!(count(&server, "fieldpost_backup_last_good_seconds"), "0");
    assert_eq!(backups(&to), made);
}

#[test]
fn a_backup_that_fails_is_told_in_the_log_the_counts_and_the_page_and_the_next_good_one_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, to, log) =
        (folder.path().join("data"), folder.path().join("backups"), folder.path().join("log"));
    make_channel(&data);
    run_with(&["user", "passwd", "anna", "--password-stdin"], &data, &format!("{PASSWORD}\n"))
        .unwrap();
    std::fs::write(&to, "a file, and no folder").unwrap();
    let server = Server::logged(&data, &["--backup-to", text(&to)], &log);
    soon("a failure", || (count(&server, "fieldpost_backup_failing") == "1").then_some(()));
    assert!(std::fs::read_to_string(&log).unwrap().contains("there is no backup"));
    let mut anna = Browser::signed_in(&server, "anna");
    let told = anna.get("/backups").json();
    assert!(told["failed"]["why"].as_str().unwrap().contains("can't make the folder"), "{told}");
    assert_eq!(server.store("field1=1"), 1, "updates go on");

    std::fs::remove_file(&to).unwrap();
    assert_eq!(anna.ask("POST", "/backups", "{}").status, 202);
    let told = soon("a good one", || {
        let told = anna.get("/backups").json();
        (told["running"] == false).then_some(told)
    });
    assert_eq!(
        (&told["failed"], told["files"].as_array().unwrap().len()),
        (&Value::Null, 1),
        "{told}"
    );
    assert_eq!(count(&server, "fieldpost_backup_failing"), "0");
}

#[test]
fn who_looks_after_the_server_makes_and_fetches_backups_and_nobody_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = with_admin(&data, &[]);
    server.store("field1=1");
    let mut bert = Browser::signed_in(&server, "bert");
    assert_eq!(bert.get("/backups").status, 403);
    assert_eq!(bert.ask("POST", "/backups", "{}").status, 403);
    assert_eq!(bert.get("/storage").status, 403);
    let mut anna = Browser::signed_in(&server, "anna");
    let none = anna.get("/backups").json();
    assert_eq!(
        (&none["every_ms"], &none["next_at"], &none["files"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    anna.ask("POST", "/backups", "{}");
    let name = soon("a backup", || {
        let told = anna.get("/backups").json();
        Some(told["files"][0]["name"].as_str()?.to_string()).filter(|_| told["running"] == false)
    });
    assert_eq!(bert.get(&format!("/backups/{name}")).status, 403);
    for none in ["fieldpost-20200101-000000.tar.gz", "..%2Ffieldpost.db", "fieldpost.db"] {
        assert_eq!(anna.get(&format!("/backups/{none}")).status, 404, "{none}");
    }
    let cookie = anna.cookie.clone().unwrap();
    let mut stream = server.connect();
    write!(stream, "GET /api/v1/backups/{name} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let fetched = folder.path().join("fetched.tar.gz");
    std::fs::write(&fetched, &answer[at..]).unwrap();
    run(&["restore", text(&fetched)], &folder.path().join("new")).unwrap();
    assert!(run(&["check"], &folder.path().join("new")).unwrap().contains("1 entry"));
    assert_eq!(anna.get("/storage").json()["entries"], 1);
}

#[test]
fn what_is_in_memory_only_says_that_it_can_not_be_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let why = run(
        &[
            "serve",
            "--store",
            "memory",
            "--backup-to",
            text(folder.path()),
            "--listen",
            "127.0.0.1:0",
        ],
        folder.path(),
    );
    assert!(why.unwrap_err().contains("--store sqlite"));
}

/// Entries every six hours in the last forty days; the newest is an hour old.
fn forty_days(data: &Path) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut csv = String::from("created_at,field1\n");
    for n in 0..160 {
        let at = now - 3_600 - (159 - n) * 21_600;
        csv.push_str(&format!("{at},{}\n", 20 + n % 4));
    }
    run_with(&["import", "csv", "-", "--channel", &CHANNEL.to_string()], data, &csv).unwrap();
}

#[test]
fn a_channel_keeps_what_its_owner_wants_and_says_before_what_goes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = with_admin(&data, &[]);
    forty_days(&data);
    let mut anna = Browser::signed_in(&server, "anna");
    let at = format!("/channels/{CHANNEL}");
    let storage = anna.get(&format!("{at}/storage")).json();
    assert_eq!(
        (&storage["entries"], &storage["deletes"], &storage["keeps"]),
        (&160.into(), &Value::Null, &"Keeps every entry for ever.".into())
    );
    assert!(storage["forecast"].as_str().unwrap().starts_with("At this rate"), "{storage}");
    let what_if = anna.get(&format!("{at}/storage?keep=30d,%20daily")).json();
    assert_eq!(what_if["keeps"], "Keeps every entry for 30 days, then one per day.");
    let promised = what_if["deletes"].as_u64().unwrap();
    assert!((20..40).contains(&promised), "{what_if}");
    assert_eq!(anna.get(&at).json()["keep"], Value::Null, "asking changes nothing");

    let wrong =
        anna.ask("PATCH", &at, r#"{"keep":{"days":30,"tiers":[{"minutes":60,"days":30}]}}"#);
    assert_eq!(
        (wrong.status, wrong.json()["code"].as_str()),
        (400, Some("bad_value")),
        "{wrong:?}"
    );
    assert!(wrong.body.contains("longer"), "{wrong:?}");
    anna.ask("PUT", &format!("{at}/shares/bert"), r#"{"role":"editor"}"#);
    let mut bert = Browser::signed_in(&server, "bert");
    let keep = json!({ "keep": { "days": 30, "tiers": [{ "minutes": 1440, "days": null }] } });
    assert_eq!(
        bert.ask("PATCH", &at, &keep.to_string()).status,
        403,
        "it deletes, so it is the owner's"
    );

    let changed = anna.ask("PATCH", &at, &keep.to_string());
    assert_eq!(changed.json()["keep"], keep["keep"], "{changed:?}");
    soon("old entries go", || {
        let left = anna.get(&format!("{at}/storage")).json()["entries"].as_u64().unwrap();
        (left == 160 - promised).then_some(())
    });
    let feeds = server.get(&format!("{at}/feeds.json?results=8000&api_key={READ}")).json();
    let values: Vec<&str> = feeds["feeds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feed| feed["field1"].as_str().unwrap())
        .collect();
    // The first of them may stand alone in what is left of its hour.
    assert!(values[1..9].iter().all(|value| value.contains('.')), "means: {values:?}");
    assert!(values[20..].iter().all(|value| !value.contains('.')), "as they were sent: {values:?}");
    assert_eq!(count(&server, "fieldpost_entries_retired_total"), promised.to_string());
    assert_eq!(server.store("field1=9"), 161, "ids are not given again");
}

#[test]
fn the_command_line_settles_it_beside_a_running_server_and_a_restart_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    make_channel(&data);
    forty_days(&data);
    let id = CHANNEL.to_string();
    let server = Server::on(&data, &[]);
    let refused = run(&["channel", "change", &id, "--keep", "90"], &data).unwrap_err();
    assert!(refused.contains("90d"), "{refused}");
    let asked = run(&["channel", "change", &id, "--keep", "10d"], &data).unwrap_err();
    assert!(asked.contains("deletes 120 entries") && asked.contains("--yes"), "{asked}");
    let kept: Value =
        serde_json::from_str(&run(&["channel", "show", &id, "--json"], &data).unwrap()).unwrap();
    assert_eq!(kept["keep"], "all", "nothing is done before it is agreed to");
    let said = run(&["channel", "change", &id, "--keep", "10d", "--yes"], &data).unwrap();
    assert!(
        said.contains("Keeps every entry for 10 days, then deletes it.") && said.contains(" 12"),
        "{said}"
    );
    let shown = run(&["channel", "show", &id], &data).unwrap();
    assert!(shown.contains("levels off at about"), "{shown}");
    let entries = |server: &Server| {
        server.get(&format!("/channels/{CHANNEL}/feeds.json?results=8000&api_key={READ}")).json()["feeds"].as_array().unwrap().len()
    };
    let left = entries(&server);
    assert_eq!(left, 40);
    server.kill();
    let server = Server::on(&data, &[]);
    server.store("field1=1");
    assert_eq!(entries(&server), left + 1);
    let shown: Value =
        serde_json::from_str(&run(&["channel", "show", &id, "--json"], &data).unwrap()).unwrap();
    assert_eq!(shown["keep"], "10d");
}
