//! Relays between real servers that are killed in the middle: nothing is lost, nothing comes twice.

use std::io::copy;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::browser::{Browser, code, people};
use crate::harness::{CHANNEL, READ, Server, WRITE, make_channel};

/// How long a story waits for what must come.
const PATIENCE: Duration = Duration::from_secs(240);

/// An address that stays the same while the server behind it ends and starts again on another port.
#[derive(Clone)]
struct Front {
    address: SocketAddr,
    behind: Arc<Mutex<SocketAddr>>,
}

impl Front {
    fn of(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let behind = Arc::new(Mutex::new(server.address));
        let front = Self { address, behind: Arc::clone(&behind) };
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) =
                    (client, TcpStream::connect(*behind.lock().unwrap()))
                else {
                    continue;
                };
                for (mut from, mut to) in
                    [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
                {
                    std::thread::spawn(move || {
                        let _ = copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        front
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn start(folder: &Path) -> Server {
    Server::on(folder, &["--private-targets"])
}

/// Makes a relay and gives its number.
fn relay(server: &Server, direction: &str, to: &Front) -> u64 {
    let key = if direction == "forward" { WRITE } else { READ };
    let body = serde_json::json!({
        "direction": direction, "server": to.url(), "remote_channel": CHANNEL, "key": key,
        "private": true, "position": 0,
    });
    let path = format!("/channels/{CHANNEL}/relays");
    let answer = Browser::signed_in(server, "anna").ask("POST", &path, &body.to_string());
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["key"], format!("{}••••", &key[..2]), "the key is not shown");
    answer.json()["id"].as_u64().unwrap()
}

/// What a channel holds: time and value of each entry, sorted.
fn held(server: &Server) -> Vec<(i64, String)> {
    let path = |before: u64| {
        format!("/api/v1/channels/{CHANNEL}/entries?limit=500&before={before}&key={READ}")
    };
    let (mut held, mut before) = (Vec::new(), u64::MAX >> 1);
    loop {
        let page = server.get(&path(before)).json();
        for entry in page["entries"].as_array().unwrap() {
            let value = entry["fields"]["1"].as_str().or(entry["fields"]["field1"].as_str());
            held.push((entry["created_at"].as_i64().unwrap(), value.unwrap().to_string()));
            before = entry["entry_id"].as_u64().unwrap();
        }
        if page["more"] != true {
            held.sort();
            return held;
        }
    }
}

#[test]
fn three_servers_in_a_ring_end_up_with_the_same_entries_though_each_is_killed() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    folders.iter().for_each(|folder| drop(make_channel(folder.path())));
    let mut servers: Vec<Server> = folders.iter().map(|folder| start(folder.path())).collect();
    servers.iter().for_each(people);
    let fronts: Vec<Front> = servers.iter().map(Front::of).collect();
    // The first goes on to the second, the third fetches from the second and goes on to the first.
    relay(&servers[0], "forward", &fronts[1]);
    relay(&servers[2], "mirror", &fronts[1]);
    relay(&servers[2], "forward", &fronts[0]);
    let mut written = Vec::new();
    for round in 0..6 {
        for n in 0..60 {
            let value = format!("{round}-{n}");
            servers[n % 3].store(&format!("field1={value}"));
            written.push(value);
        }
        // While the relays are at it.
        std::thread::sleep(Duration::from_millis(300 + 400 * round));
        let victim = (round % 3) as usize;
        servers[victim].kill_now();
        servers[victim] = start(folders[victim].path());
        *fronts[victim].behind.lock().unwrap() = servers[victim].address;
    }
    written.sort();
    let begun = Instant::now();
    let all = loop {
        let all: Vec<_> = servers.iter().map(held).collect();
        if all.iter().all(|held| held.len() >= written.len()) || begun.elapsed() > PATIENCE {
            break all;
        }
        std::thread::sleep(Duration::from_millis(250));
    };
    for (held, server) in all.iter().zip(&servers) {
        let mut values: Vec<String> = held.iter().map(|(_, value)| value.clone()).collect();
        values.sort();
        assert!(values == written, "{}: {} of {}", server.address, values.len(), written.len());
    }
    assert!(all[0] == all[1] && all[1] == all[2], "the times are the same everywhere");
    // One more goes all the way round and comes to rest.
    servers[0].store("field1=last");
    let begun = Instant::now();
    while servers.iter().any(|server| held(server).len() <= written.len()) {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(250));
    }
    std::thread::sleep(Duration::from_secs(4));
    for server in &servers {
        assert_eq!(held(server).len(), written.len() + 1, "nothing goes round twice");
    }
}

#[test]
fn a_relay_is_for_editors_keeps_its_key_and_enters_no_private_network_unasked() {
    let other = Server::with_channel(&[]);
    let server = Server::with_channel(&[]);
    people(&server);
    let path = format!("/channels/{CHANNEL}/relays");
    let target = |key: &str, private: bool| {
        serde_json::json!({
            "direction": "forward", "server": format!("http://{}", other.address),
            "remote_channel": CHANNEL, "key": key, "private": private, "position": 0,
        })
        .to_string()
    };
    let mut bob = Browser::signed_in(&server, "bob");
    assert_eq!(code(&bob.get(&path)), "no_channel");
    crate::browser::share(&server, "bob", "editor");
    let no = bob.ask("POST", &path, &target(WRITE, true));
    assert_eq!(code(&no), "forbidden", "{no:?}");
    let made = bob.ask("POST", &path, &target(WRITE, false)).json();
    let one = format!("{path}/{}", made["id"]);

    server.store("field1=21.5");
    let mut anna = Browser::signed_in(&server, "anna");
    let says = wait(&mut anna, &path, |relay| relay["says"].is_string());
    let says = says["says"].as_str().unwrap();
    assert!(says.contains("own machine") && says.contains("administrator"), "{says}");
    assert_eq!(held(&other), []);

    // The masked key that was shown means "as before".
    let consent = serde_json::json!({ "private": true, "key": made["key"] }).to_string();
    assert_eq!(code(&anna.ask("PATCH", &one, &consent)), "ok");
    let relay = wait(&mut anna, &path, |relay| relay["position"] == 1);
    assert_eq!((&relay["says"], &relay["behind"]), (&serde_json::Value::Null, &0.into()));
    assert_eq!(held(&other).len(), 1);

    let wrong = serde_json::json!({ "key": "WRONGKEY00000000" }).to_string();
    assert_eq!(code(&bob.ask("PATCH", &one, &wrong)), "ok");
    server.store("field1=22");
    let says = wait(&mut anna, &path, |relay| relay["says"].is_string());
    let says = says["says"].as_str().unwrap().to_string();
    assert!(says.contains("does not take this key") && !says.contains("WRONGKEY"), "{says}");
    assert_eq!(code(&bob.ask("DELETE", &one, "")), "ok");
    assert_eq!(bob.get(&path).json(), serde_json::json!([]));
    assert_eq!(code(&bob.ask("DELETE", &one, "")), "gone");
}

fn wait(
    browser: &mut Browser<'_>,
    path: &str,
    is: impl Fn(&serde_json::Value) -> bool,
) -> serde_json::Value {
    let begun = Instant::now();
    loop {
        let relay = browser.get(path).json()[0].clone();
        if is(&relay) {
            return relay;
        }
        assert!(begun.elapsed() < PATIENCE, "{relay}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn what_was_deleted_stays_deleted_on_both_sides_of_a_mirror() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    folders.iter().for_each(|folder| drop(make_channel(folder.path())));
    let [there, here] = [0, 1].map(|at: usize| start(folders[at].path()));
    [&there, &here].into_iter().for_each(people);
    let many: Vec<_> = (1..=1_000)
        .map(|n| serde_json::json!({"created_at": 1_714_982_400 + n, "field1": n.to_string()}))
        .collect();
    let body = serde_json::json!({"write_api_key": WRITE, "updates": many}).to_string();
    let target = format!("/channels/{CHANNEL}/bulk_update.json");
    assert_eq!(there.json(&target, &body).status, 202);
    // A hole that is longer than a page, before anything was fetched.
    let delete = |server: &Server, which: &str| {
        let path = format!("/channels/{CHANNEL}/entries?{which}");
        let answer = Browser::signed_in(server, "anna").ask("DELETE", &path, "");
        assert_eq!(code(&answer), "ok", "{answer:?}");
    };
    delete(&there, "start=1714982411000&end=1714983390000"); // 11 to 990
    relay(&here, "mirror", &Front::of(&there));
    let until = |count: usize| {
        let begun = Instant::now();
        while held(&here).len() != count {
            assert!(begun.elapsed() < PATIENCE, "{} here", held(&here).len());
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    until(20);
    // The newest is deleted there, some are deleted and corrected here: nothing begins anew, and nothing comes back.
    delete(&there, "ids=1000");
    delete(&here, "ids=3,20");
    let correct = format!("/channels/{CHANNEL}/entries/5");
    Browser::signed_in(&here, "anna").ask("PATCH", &correct, r#"{"field1":"five"}"#);
    there.store("field1=new");
    until(19);
    there.store("field1=newer");
    until(20);
    let values: Vec<String> = held(&here).into_iter().map(|(_, value)| value).collect();
    let count = |value: &str| values.iter().filter(|known| *known == value).count();
    assert_eq!(["3", "5", "five", "1000", "new", "newer"].map(count), [0, 0, 1, 0, 1, 1]);
}
