//! Virtual boards beside an ordinary server: whoever is signed in switches them on, on channels of their own.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::harness::{NO_MQTT, Server, run};

/// A server on a new folder, and the token in the link that it printed.
fn first_start() -> (Server, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fieldpost"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .envs(NO_MQTT)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let ready = lines.next().unwrap();
    let address = ready.split_whitespace().nth(1).unwrap().strip_prefix("http://").unwrap();
    let link = lines.find(|line| line.contains("/setup/")).unwrap();
    let token =
        link.split("/setup/").nth(1).unwrap().split_whitespace().next().unwrap().to_string();
    let server = Server::running(child, address.parse().unwrap(), folder.path());
    std::thread::spawn(move || lines.for_each(drop));
    (server, token, folder)
}

#[test]
fn the_printed_link_makes_the_first_user_who_switches_boards_on_and_off() {
    let (server, token, folder) = first_start();
    let ask = |method: &str, path: &str, cookie: &str, body: &str| {
        server.raw(format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: {}\r\nX-Fieldpost: 1\r\nCookie: {cookie}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            server.address,
            body.len()
        ))
    };
    let first = json!({ "token": token, "login": "ada", "password": "a garden of boards", "timezone": "Europe/Zurich" });
    let made = ask("POST", "/setup", "", &first.to_string());
    assert_eq!(made.status, 200, "{made:?}");
    let cookie = made.header("Set-Cookie").unwrap().split(';').next().unwrap().to_string();
    assert_eq!(ask("POST", "/setup", "", &first.to_string()).status, 410, "a link works once");

    assert_eq!(ask("GET", "/boards", "", "").status, 401);
    assert_eq!(ask("POST", "/boards/start", "", "").status, 401);
    assert_eq!(ask("GET", "/boards", &cookie, "").json()["code"], "boards_off");

    let on = ask("POST", "/boards/start", &cookie, "").json();
    let readings = on["readings"]["id"].as_u64().unwrap();
    assert_eq!(ask("POST", "/boards/start", &cookie, "").json(), on, "they are on already");
    assert_eq!(ask("GET", "/boards", &cookie, "").json()["boards"].as_array().unwrap().len(), 2);
    assert_eq!(ask("GET", "/boards", "", "").status, 401, "they are not everybody's");
    let server_says = ask("GET", "/server", &cookie, "").json();
    assert_eq!((&server_says["boards"], &server_says["set_up"]), (&json!(true), &json!(true)));
    let card = ask("GET", &format!("/channels/{readings}"), &cookie, "").json();
    assert_eq!((&card["owner"], &card["public"]), (&json!("ada"), &json!(false)));
    // They post as boards on a desk would: the first entry is the server's, the next theirs.
    let began = std::time::Instant::now();
    while ask("GET", &format!("/channels/{readings}"), &cookie, "").json()["entries"].as_u64()
        < Some(2)
    {
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "the boards post");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }

    assert_eq!(ask("POST", "/boards/stop", &cookie, "").status, 204);
    assert_eq!(ask("GET", "/boards", &cookie, "").status, 404);
    let again = ask("POST", "/boards/start", &cookie, "").json();
    assert_eq!(again, on, "their channels are found again");
    let listed = run(&["channel", "list", "--json"], folder.path()).unwrap();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 2);
}
