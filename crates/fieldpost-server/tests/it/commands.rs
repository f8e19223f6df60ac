//! The command line, with and without a server on the same folder.

use std::path::Path;

use crate::harness::{CHANNEL, NO_MQTT, READ, Server, WRITE, make_channel, run};

fn json(args: &[&str], data: &Path) -> serde_json::Value {
    let out = run(args, data).unwrap();
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

#[test]
fn a_user_and_a_channel_are_made_with_the_ids_and_keys_that_the_owner_chose() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let user = json(&["user", "add", "anna", "--json"], data);
    assert_eq!((&user["login"], user["api_key"].as_str().unwrap().len()), (&"anna".into(), 16));
    let channel = json(
        &[
            "channel",
            "create",
            "--user",
            "anna",
            "--name",
            "Home",
            "--field1",
            "T",
            "--id",
            "1242204",
            "--write-key",
            WRITE,
            "--read-key",
            READ,
            "--json",
        ],
        data,
    );
    assert_eq!(
        (channel["id"].as_u64(), &channel["write_key"], &channel["read_key"], &channel["field1"]),
        (Some(1_242_204), &WRITE.into(), &READ.into(), &"T".into())
    );
    assert_eq!(
        (&channel["api_keys"][0]["api_key"], &channel["api_keys"][1]["write_flag"]),
        (&WRITE.into(), &false.into())
    );
    let next = json(&["channel", "create", "--user", "anna", "--name", "Next", "--json"], data);
    assert_eq!(next["id"].as_u64(), Some(1_242_205));
    assert_eq!(json(&["channel", "list", "--json"], data).as_array().unwrap().len(), 2);
    assert_eq!(json(&["user", "list", "--json"], data)[0]["login"], "anna");
}

#[test]
fn what_cannot_be_done_is_said_and_exits_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    make_channel(data);
    for (args, word) in [
        (&["user", "add", "ANNA"][..], "already"),
        (&["user", "add", "an/na"], "letters"),
        (&["channel", "create", "--user", "bob", "--name", "x"], "bob"),
        (&["channel", "create", "--user", "anna", "--name", "x", "--id", "4711"], "already"),
        (&["channel", "create", "--user", "anna", "--name", "x", "--write-key", WRITE], "already"),
        (
            &["channel", "create", "--user", "anna", "--name", "x", "--write-key", "short"],
            "16 characters",
        ),
        (&["channel", "create", "--user", "anna", "--name", "x", "--id", "0"], "positive"),
        (&["channel", "show", "99"], "99"),
        (&["import", "csv", "/no/such/file", "--channel", "4711"], "/no/such/file"),
    ] {
        let error = run(args, data).unwrap_err();
        assert!(error.contains(word), "{args:?}: {error}");
    }
}

#[test]
fn a_running_server_sees_what_a_command_changes() {
    let server = Server::with_channel(&[]);
    server.store("field1=1");
    let rotated = json(&["key", "rotate", "--channel", "4711", "--json"], &server.data);
    let fresh = rotated[0]["api_key"].as_str().unwrap();
    assert_eq!(
        server.get(&format!("/update?api_key={fresh}&field1=2")).body,
        "2",
        "a new key works at once"
    );
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(
        server.get(&format!("/update?api_key={WRITE}&field1=3")).status,
        400,
        "the old one soon no more"
    );
    let channel =
        json(&["channel", "create", "--user", "anna", "--name", "Late", "--json"], &server.data);
    let key = channel["write_key"].as_str().unwrap();
    assert_eq!(server.get(&format!("/update?api_key={key}&field1=1")).body, "1");
    run(&["channel", "change", "4711", "--public", "--field2", ""], &server.data).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let feed = server.get(&format!("/channels/{CHANNEL}/feeds.json")).json();
    assert_eq!(
        (&feed["channel"]["field1"], feed["channel"].get("field2")),
        (&"Air temp".into(), None)
    );
    run(&["channel", "delete", "4711"], &server.data).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(server.get(&format!("/channels/{CHANNEL}/feeds.json")).status, 404);
}

#[test]
fn a_website_export_is_taken_in_by_command_and_over_http() {
    let server = Server::with_channel(&[]);
    let file = server.data.join("export.csv");
    std::fs::write(
        &file,
        "created_at,entry_id,field1,field2,latitude,longitude,elevation,status\n2023-01-06T16:44:16+00:00,17,21.5,\"6,3\",47.5,8.25,431,boot\n2023-01-06T16:44:31+00:00,18,21.6,,,,,\n",
    )
    .unwrap();
    let taken = json(
        &["import", "csv", file.to_str().unwrap(), "--channel", "4711", "--json"],
        &server.data,
    );
    assert_eq!(taken["entries"], 2);
    let zurich = server.send(
        "POST",
        &format!(
            "/channels/{CHANNEL}/import.csv?api_key={}&timezone=Europe/Zurich",
            server.user_key()
        ),
        "text/csv",
        "2023-07-06 18:44:16,1\n2023-07-06 18:44:31,2\n",
    );
    assert_eq!(zurich.body, r#"{"entries":2,"success":true}"#);
    assert_eq!(
        server.read("feeds.csv?location=true&status=true").body,
        "created_at,entry_id,field1,field2,latitude,longitude,elevation,status\n2023-01-06 16:44:16 UTC,1,21.5,\"6,3\",47.5,8.25,431,boot\n\
         2023-01-06 16:44:31 UTC,2,21.6,,,,,\n2023-07-06 16:44:16 UTC,3,1,,,,,\n2023-07-06 16:44:31 UTC,4,2,,,,,\n"
    );
    let bad = server.send(
        "POST",
        &format!("/channels/{CHANNEL}/import.csv?api_key={}", server.user_key()),
        "text/csv",
        "soon,1\n",
    );
    assert_eq!((bad.status, bad.reason()), (400, "bad_body"));
    assert_eq!(
        server
            .send("POST", &format!("/channels/{CHANNEL}/import.csv?api_key={READ}"), "text/csv", "")
            .status,
        401
    );
}

#[test]
fn an_export_gives_all_entries_whatever_their_number() {
    let server = Server::with_channel(&[]);
    let rows: String = (0..25_000).map(|n| format!("{},{n}\n", 1_672_937_071 + n)).collect();
    let taken = server.send(
        "POST",
        &format!("/channels/{CHANNEL}/import.csv?api_key={}", server.user_key()),
        "text/csv",
        &rows,
    );
    assert_eq!(taken.json()["entries"], 25_000);
    let all = server
        .raw(format!("GET /stream/channels/{CHANNEL}/feeds.csv?api_key={READ} HTTP/1.0\r\n\r\n"));
    let ids: Vec<&str> =
        all.body.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(ids.len(), 25_000);
    assert!(ids.iter().enumerate().all(|(n, value)| *value == n.to_string()));
    assert_eq!(
        server.read("feeds.json?results=9000").json()["feeds"].as_array().unwrap().len(),
        8_000
    );
}

#[test]
fn a_file_in_the_folder_configures_the_server_and_mistakes_in_it_are_named() {
    let folder = tempfile::tempdir().unwrap();
    make_channel(folder.path());
    std::fs::write(folder.path().join("fieldpost.toml"), "profile = \"thingspeak-free\"\n")
        .unwrap();
    let server = Server::on(folder.path(), &[]);
    assert_eq!((server.store("field1=1"), server.store("field1=1")), (1, 0));
    drop(server);
    std::fs::write(folder.path().join("fieldpost.toml"), "listen-on = 7\n").unwrap();
    let error = run(&["serve"], folder.path()).unwrap_err();
    assert!(error.contains("listen-on") && error.contains("fieldpost.toml"), "{error}");
}

#[test]
fn a_password_is_read_from_standard_input_and_signs_in() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fieldpost"))
        .args(["user", "add", "anna", "--password-stdin", "--data"])
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"correct horse\n").unwrap();
    assert!(child.wait().unwrap().success());
    let server = Server::on(folder.path(), &[]);
    let signed = server.form("/users/api_login.json", "login=anna&password=correct+horse");
    assert_eq!(signed.json()["authentication_token"].as_str().map(str::len), Some(16));
    assert_eq!(server.form("/users/api_login.json", "login=anna&password=wrong+horse").status, 401);
}

#[test]
fn health_is_told_to_machines() {
    let server = Server::start(&[]);
    assert_eq!(
        (server.get("/healthz").body.as_str(), server.get("/readyz").body.as_str()),
        ("ok\n", "ready\n")
    );
    assert_eq!(server.get("/nothing").status, 404);
}

#[test]
fn what_goes_on_is_counted_for_machines() {
    let server = Server::with_channel(&[]);
    server.store("field1=1");
    server.get("/update?api_key=AAAAAAAAAAAAAAAA&field1=1");
    server.json(&format!("/update?api_key={WRITE}"), "{");
    let bulk = format!(
        r#"{{"write_api_key":"{WRITE}","updates":[{{"delta_t":0,"field1":1}},{{"delta_t":1,"field1":2}}]}}"#
    );
    server.json(&format!("/channels/{CHANNEL}/bulk_update.json"), &bulk);
    let answer = server.get("/metrics");
    assert_eq!(answer.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        concat!("fieldpost_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        "# TYPE fieldpost_updates_total counter",
        "fieldpost_updates_total{code=\"accepted\"} 2",
        "fieldpost_updates_total{code=\"write_key_unknown\"} 1",
        "fieldpost_updates_total{code=\"bad_body\"} 1",
        "fieldpost_entries_total 3",
        "fieldpost_updates_waiting 0",
        "fieldpost_http_requests_total{class=\"2xx\"} 2",
        "fieldpost_http_requests_total{class=\"4xx\"} 2",
        "fieldpost_connections_total 5",
    ] {
        assert!(answer.body.lines().any(|known| known == line), "{line}\n{}", answer.body);
    }
    assert!(answer.body.ends_with('\n') && !answer.body.contains(WRITE));
    let open =
        answer.body.lines().find_map(|line| line.strip_prefix("fieldpost_connections_open "));
    // This one, and those before it that are not all gone yet.
    assert!((1..=5).contains(&open.unwrap().parse::<u32>().unwrap()), "{}", answer.body);
    assert!(server.get("/metrics").body.contains("{class=\"2xx\"} 3\n"), "reads count as well");
}

#[test]
fn a_server_goes_on_when_nobody_reads_what_it_prints() {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fieldpost"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .envs(NO_MQTT)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    let address = line.split_whitespace().nth(1).unwrap().strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(crate::harness::parse(&crate::harness::read_all(&mut stream)).body, "ok\n");
    child.kill().unwrap();
    child.wait().unwrap();
}
