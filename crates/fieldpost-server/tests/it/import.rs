//! Whole channels that come from other servers, through every interruption, and go out into files and in again.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Browser, code, people};
use crate::cloud::{self, Cloud, Held, Manners, held, station};
use crate::harness::{CHANNEL, READ, Server, WRITE, make_channel, run, run_with};

/// How long a story waits for what must come.
const PATIENCE: Duration = Duration::from_secs(240);
const FAILS: Manners = Manners { fails: true, knows_ids: false };

/// Begins a command that goes on by itself.
fn begin(args: &[&str], data: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_fieldpost"))
        .args(args)
        .arg("--data")
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn soon(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The entries of a channel, as lines of JSON.
fn lines(channel: u64, data: &Path) -> Vec<Value> {
    let out = run(&["export", &channel.to_string(), "--format", "jsonl", "--json"], data).unwrap();
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The same as the cloud would hold them.
fn exported(channel: u64, data: &Path) -> Vec<Held> {
    let names = ["field1", "field2", "latitude", "longitude", "elevation", "status"];
    let read = |line: Value| {
        let at = line["created_at"].as_str().unwrap();
        let at = fieldpost_wire::Zone::Utc.parse(at).unwrap();
        assert_eq!(at.millis() % 1_000, 0, "the service shows whole seconds");
        let values = names
            .into_iter()
            .filter_map(|name| Some((name, line[name].as_str()?.to_string())))
            .collect();
        Held { id: line["entry_id"].as_u64().unwrap(), at: at.seconds(), values }
    };
    lines(channel, data).into_iter().map(read).collect()
}

/// A folder with the user anna.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(&["user", "add", "anna"], folder.path()).unwrap();
    folder
}

fn thingspeak<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let id = "1242207";
    [&["import", "thingspeak", id, "--server", url, "--read-key", cloud::READ], more].concat()
}

#[test]
fn fifty_thousand_entries_come_through_a_kill_and_an_outage_with_their_ids_times_and_values() {
    let cloud = Cloud::open(station(50_000), FAILS);
    let folder = folder();
    let (data, url) = (folder.path(), cloud.url());
    let args = thingspeak(&url, &["--same-id", "--same-keys", "--user-key", cloud::USER]);

    let mut child = begin(&args, data);
    soon("three pages come", || cloud.pages.load(SeqCst) > 4);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = exported(cloud::ID, data);
    assert!((8_000..50_000).contains(&before.len()), "{} came before the kill", before.len());
    assert_eq!(
        before.last().map(|held| held.id),
        cloud.all().last().map(|held| held.id),
        "the newest first"
    );

    // A board goes on posting there meanwhile.
    let newest = cloud.all().last().unwrap().clone();
    cloud.add(Held { id: newest.id + 1, ..newest.clone() });
    cloud.add(held(newest.id + 2, newest.at + 60));

    cloud.pages.store(0, SeqCst);
    let mut child = begin(&args, data);
    soon("a page comes", || cloud.pages.load(SeqCst) > 1);
    cloud.down.store(true, SeqCst);
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(child.try_wait().unwrap().is_none(), "an outage does not end it");
    cloud.down.store(false, SeqCst);
    soon("it ends", || child.try_wait().unwrap().is_some());
    assert!(child.wait().unwrap().success());

    let (came, all) = (exported(cloud::ID, data), cloud.all());
    assert_eq!(came.len(), all.len());
    if let Some((here, there)) = came.iter().zip(&all).find(|(here, there)| here != there) {
        panic!("{here:?} is {there:?} there");
    }
    let channel = run(&["channel", "show", "1242207", "--json"], data).unwrap();
    let channel: Value = serde_json::from_str(&channel).unwrap();
    assert_eq!((&channel["name"], &channel["field2"]), (&"Greenhouse".into(), &"Humidity".into()));
    let keys: Vec<&str> = channel["api_keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["api_key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, [cloud::WRITE, cloud::READ, "SECONDREADKEY000"]);
    assert_eq!(channel["tags"], json!(["bench", "north"]));

    // Again: there is nothing to do, and not much is read for that.
    cloud.pages.store(0, SeqCst);
    let again = run(&[&args[..], &["--json"]].concat(), data).unwrap();
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!((&again["done"], &again["entries"]), (&true.into(), &all.len().into()));
    assert!(cloud.pages.load(SeqCst) <= 4, "{} pages", cloud.pages.load(SeqCst));
}

#[test]
fn what_is_done_and_what_is_left_to_do_is_said() {
    let cloud = Cloud::open(station(60), Manners::default());
    let folder = folder();
    let (data, url) = (folder.path(), cloud.url());
    let said = run(&thingspeak(&url, &[]), data).unwrap();
    for word in [
        "Greenhouse",
        "Air temp",
        "2020-09-13",
        "60 entries are in channel 1.",
        "host",
        "from 1242207 to 1",
        "mirror",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains(cloud::READ), "a new channel has keys of its own: {said}");

    let wrong = [&["import", "thingspeak", "1242207", "--server", &url, "--read-key"], &[READ][..]]
        .concat();
    let no = run(&wrong, data).unwrap_err();
    assert!(no.contains("does not take this key") && !no.contains(READ), "{no}");
    let nobody = run(&["import", "thingspeak", "7", "--server", "http://127.0.0.1:1"], data);
    assert!(nobody.unwrap_err().contains("127.0.0.1:1"));
    run(&["user", "add", "bob"], data).unwrap();
    assert!(run(&thingspeak(&url, &["--same-id"]), data).unwrap_err().contains("--user"));
}

#[test]
fn a_second_with_more_entries_than_a_page_is_read_by_ids_or_said_to_be_cut() {
    let crowd = |manners| {
        let mut entries: Vec<Held> = (1..=100).map(|id| held(id, 1_600_000_000)).collect();
        entries.extend((101..=9_100).map(|id| Held { at: 1_600_000_500, ..held(id, 0) }));
        entries.extend((9_101..=9_150).map(|id| Held { at: 1_600_000_900, ..held(id, 0) }));
        Cloud::open(entries, manners)
    };
    let brought = |cloud: &Cloud| -> (Value, Vec<Held>) {
        let folder = folder();
        let url = cloud.url();
        let said = run(&thingspeak(&url, &["--json", "--same-id"]), folder.path()).unwrap();
        (serde_json::from_str(&said).unwrap(), exported(cloud::ID, folder.path()))
    };
    let cloud = crowd(Manners { knows_ids: true, ..Manners::default() });
    let (said, came) = brought(&cloud);
    assert_eq!((&said["done"], &said["crowded"]), (&true.into(), &0.into()));
    assert!(came == cloud.all(), "{} came", came.len());

    let cloud = crowd(Manners::default());
    let (said, came) = brought(&cloud);
    assert_eq!((&said["done"], &said["crowded"]), (&true.into(), &1.into()));
    assert_eq!(came.len(), 8_150, "what is shown came");
}

#[test]
fn a_channel_that_has_entries_keeps_them_and_what_comes_is_numbered_anew() {
    let cloud = Cloud::open(station(9_000), Manners::default());
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    make_channel(data);
    let url = cloud.url();
    let own = r#"{"created_at":"2024-05-06T07:08:09.250Z","entry_id":1,"field1":"own"}"#;
    run_with(&["import", "jsonl", "-", "--channel", "4711"], data, own).unwrap();
    let args = thingspeak(&url, &["--channel", "4711", "--json"]);
    for stored in [9_000, 9_000] {
        let said: Value = serde_json::from_str(&run(&args, data).unwrap()).unwrap();
        assert_eq!(
            (&said["stored"], &said["keeps_ids"]),
            (&stored.into(), &false.into()),
            "{said}"
        );
        assert_eq!(said["entries"], 9_001);
    }
    let mut lines = lines(CHANNEL, data);
    assert_eq!(lines.remove(0)["field1"], "own");
    assert!(lines.iter().map(|line| line["entry_id"].as_u64().unwrap()).eq(2..=9_001));
    let mut there: Vec<String> = cloud.all().iter().map(|held| cloud::time(held.at)).collect();
    let short = |line: &Value| line["created_at"].as_str().unwrap().replace(".000Z", "Z");
    let mut here: Vec<String> = lines.iter().map(short).collect();
    there.sort();
    here.sort();
    assert!(here == there);
}

#[test]
fn another_fieldpost_gives_exact_times_and_everything_else() {
    let other = Server::with_channel(&[]);
    let rows: String = (1..=1_700)
        .filter(|id| id % 11 != 0)
        .map(|id| {
            format!("{{\"created_at\":\"2024-05-06T07:{:02}:{:02}.{:03}Z\",\"entry_id\":{id},\"field1\":\"{id}\",\"field3\":\"unlabelled\"}}\n",
                id / 60 % 60, id % 60, id % 1_000)
        })
        .collect();
    run_with(&["import", "jsonl", "-", "--channel", "4711"], &other.data, &rows).unwrap();
    run(&["channel", "change", "4711", "--tags", "a,b"], &other.data).unwrap();
    let folder = folder();
    let (data, url) = (folder.path(), format!("http://{}", other.address));
    let args = [
        "import",
        "thingspeak",
        "4711",
        "--server",
        &url,
        "--user-key",
        other.user_key(),
        "--same-id",
        "--same-keys",
        "--json",
    ];
    let said: Value = serde_json::from_str(&run(&args, data).unwrap()).unwrap();
    assert_eq!((&said["done"], &said["differs"]), (&true.into(), &0.into()), "{said}");
    assert_eq!(
        (&said["channel"]["write_key"], &said["channel"]["read_key"]),
        (&WRITE.into(), &READ.into())
    );
    assert!(lines(4711, data) == lines(4711, &other.data));
    // A write goes on behind the highest id.
    let server = Server::on(data, &[]);
    assert_eq!(server.store("field1=1"), 1_701);
}

#[test]
fn a_server_brings_a_channel_while_nobody_looks_and_goes_on_after_it_was_killed() {
    let cloud = Cloud::open(station(50_000), FAILS);
    let folder = tempfile::tempdir().unwrap();
    make_channel(folder.path());
    let server = Server::on(folder.path(), &[]);
    people(&server);
    let source = json!({ "server": cloud.url(), "remote_channel": cloud::ID, "read_key": cloud::READ, "private": true });
    let new = json!({ "source": source, "same_id": true }).to_string();

    let mut bob = Browser::signed_in(&server, "bob");
    assert_eq!(code(&bob.ask("POST", "/imports/look", &source.to_string())), "forbidden");
    let mut open = source.clone();
    open["private"] = false.into();
    let guarded = bob.ask("POST", "/imports/look", &open.to_string());
    assert_eq!((code(&guarded).as_str(), guarded.status), ("outside", 502), "{guarded:?}");

    let mut anna = Browser::signed_in(&server, "anna");
    let found = anna.ask("POST", "/imports/look", &source.to_string()).json();
    assert_eq!(
        (&found["name"], &found["fields"]),
        (&"Greenhouse".into(), &json!(["Air temp", "Humidity"]))
    );
    assert_eq!((&found["knows_write_key"], &found["read_keys"]), (&false.into(), &1.into()));
    assert!(found["entries"].as_u64() > Some(50_000), "{found}");
    let begun = anna.ask("POST", "/imports", &new);
    assert_eq!(code(&begun), "ok", "{begun:?}");
    assert_eq!(
        (&begun.json()["channel"], &begun.json()["state"]),
        (&cloud::ID.into(), &"running".into())
    );
    assert_eq!(code(&anna.ask("POST", "/imports", &new)), "in_use");
    soon("pages come", || cloud.pages.load(SeqCst) > 3);
    server.kill();

    let server = Server::on(folder.path(), &[]);
    let mut anna = Browser::signed_in(&server, "anna");
    let path = format!("/imports/{}", cloud::ID);
    let running = anna.get("/imports").json()[0].clone();
    assert_eq!(running["state"], "running", "it goes on by itself: {running}");
    let halted = anna.ask("PATCH", &path, r#"{"running":false}"#).json();
    assert_eq!(halted["state"], "stopped", "{halted}");
    let some = exported(cloud::ID, folder.path()).len();
    assert!((8_000..50_000).contains(&some), "{some}");
    assert_eq!(code(&anna.ask("PATCH", &path, r#"{"running":true}"#)), "ok");
    assert_eq!(code(&Browser::signed_in(&server, "bob").ask("DELETE", &path, "")), "gone");
    let begun = Instant::now();
    loop {
        let one = anna.get("/imports").json()[0].clone();
        if one["state"] == "done" {
            break;
        }
        assert!(one["state"] == "running" && begun.elapsed() < PATIENCE, "{one}");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(exported(cloud::ID, folder.path()) == cloud.all());
    assert_eq!(code(&anna.ask("DELETE", &path, "")), "ok");
    assert_eq!(anna.get("/imports").json(), json!([]));
    assert_eq!(exported(cloud::ID, folder.path()).len(), 50_000, "what was brought stays");
}

#[test]
fn what_goes_out_comes_in_again_as_it_was() {
    let server = Server::with_channel(&[]);
    server.store(
        "field1=21.5&field2=&status=say%20%22hi%22,%0Atwice&lat=47.5&long=8.25&elevation=431",
    );
    server.store("field1=&created_at=2024-05-06T07:08:09Z");
    server.store("field2=nan&created_at=2020-01-01T00:00:00Z");
    let data = &server.data;
    let first = lines(CHANNEL, data);
    assert_eq!(first.len(), 3);

    // JSON lines: everything, byte by byte.
    let folder = tempfile::tempdir().unwrap();
    make_channel(folder.path());
    let file = folder.path().join("all.jsonl");
    let file = file.to_str().unwrap();
    let said = run(&["export", "4711", "--format", "jsonl", "--output", file], data).unwrap();
    assert!(said.starts_with("3 entries of channel 4711 are in "), "{said}");
    run(&["import", "jsonl", file, "--channel", "4711"], folder.path()).unwrap();
    assert_eq!(lines(CHANNEL, folder.path()), first);
    let again = run(&["import", "jsonl", file, "--channel", "4711"], folder.path()).unwrap();
    assert!(again.contains("3 of them were there already"), "{again}");

    // CSV: ids anew and whole seconds, else equal.
    let out = run(&["export", "4711"], data).unwrap();
    assert!(
        out.starts_with("created_at,entry_id,field1,field2,latitude,longitude,elevation,status\n"),
        "{out}"
    );
    let other = tempfile::tempdir().unwrap();
    make_channel(other.path());
    run_with(&["import", "csv", "-", "--channel", "4711"], other.path(), &out).unwrap();
    let cut = |lines: Vec<Value>| -> Vec<(String, Value)> {
        let cut = |mut line: Value| {
            line["entry_id"] = Value::Null;
            // CSV has no way to tell an empty text from none.
            line.as_object_mut().unwrap().retain(|_, value| value != "");
            let at = line["created_at"].take().as_str().unwrap()[..19].to_string();
            (at, line)
        };
        let mut lines: Vec<_> = lines.into_iter().map(cut).collect();
        lines.sort_by(|one, other| one.0.cmp(&other.0));
        lines
    };
    assert_eq!(cut(lines(CHANNEL, other.path())), cut(first));
}

#[test]
fn exports_are_narrowed_by_time_and_fields_and_go_over_http_too() {
    let server = Server::with_channel(&[]);
    for day in 1..=5 {
        server.store(&format!("field1={day}&field2=x&created_at=2024-05-0{day}T12:00:00Z"));
    }
    let get = |target: &str| {
        let mut stream = server.connect();
        write!(stream, "GET {target} HTTP/1.0\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    let base = format!("/api/v1/channels/{CHANNEL}/entries");
    let csv = get(&format!("{base}.csv?key={READ}&start=2024-05-02&end=2024-05-04&fields=1"));
    assert!(csv.contains("text/csv") && csv.contains("feeds.csv"), "{csv}");
    assert!(csv.ends_with("\r\n\r\ncreated_at,entry_id,field1\n2024-05-02 12:00:00 UTC,2,2\n2024-05-03 12:00:00 UTC,3,3\n"), "{csv}");
    let json = get(&format!("{base}.jsonl?key={READ}&start=2024-05-05T12:00:00Z&fields=2"));
    assert!(json.contains("application/x-ndjson"), "{json}");
    assert!(json.ends_with("\r\n\r\n{\"created_at\":\"2024-05-05T12:00:00.000Z\",\"entry_id\":5,\"field2\":\"x\"}\n"), "{json}");
    assert!(get(&format!("{base}.jsonl")).contains(" 404 "), "a private channel is nobody's");
    let bad = get(&format!("{base}.csv?key={READ}&start=tomorrow"));
    assert!(
        bad.contains(" 400 ") && bad.contains("The start") && bad.contains("is no time"),
        "{bad}"
    );

    let folder = server.data.join("out");
    let folder = folder.to_str().unwrap();
    let said =
        run(&["export", "--all", folder, "--format", "jsonl", "--json"], &server.data).unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["channel"], &said["entries"]), (&CHANNEL.into(), &5.into()));
    let file = std::fs::read_to_string(said["file"].as_str().unwrap()).unwrap();
    assert_eq!(file.lines().count(), 5);
    let few = run(&["export", "4711", "--start", "2024-05-04", "--fields", "9"], &server.data);
    assert!(few.unwrap_err().contains("numbers from 1 to 8"));
}
