//! MQTT devices as the command line and the dashboard's API manage them.

use std::path::Path;

use serde_json::{Value, json};

use crate::browser::{Browser, code, people, share};
use crate::harness::{CHANNEL, Server, make_channel, run, run_with};

fn json_of(args: &[&str], data: &Path) -> Value {
    let out = run(args, data).unwrap();
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

#[test]
fn a_device_is_made_listed_given_a_new_password_and_removed_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    make_channel(data);
    let add = ["device", "add", "Roof", "--user", "anna", "--channel", "4711:rw", "--json"];
    let made = json_of(&add, data);
    let (id, password) = (made["client_id"].as_str().unwrap(), made["password"].as_str().unwrap());
    assert_eq!((id.len(), password.len(), &made["username"]), (23, 24, &made["client_id"]));
    let other = json_of(
        &[
            "device",
            "add",
            "",
            "--user",
            "anna",
            "--client-id",
            "DVES_1",
            "--channel",
            "all:r",
            "--json",
        ],
        data,
    );
    assert_eq!(other["client_id"], "DVES_1");

    let all = json_of(&["device", "list", "--json"], data);
    assert_eq!(all[0]["rights"], json!([{"channel": 4711, "publish": true, "subscribe": true}]));
    assert_eq!((&all[0]["name"], &all[0]["user"]), (&json!("Roof"), &json!("anna")));
    assert_eq!(all[1]["rights"], json!([{"channel": null, "publish": false, "subscribe": true}]));
    assert_eq!(all[1]["name"], "DVES_1", "without a name it is called by its client id");
    let words = run(&["device", "list", "--user", "anna"], data).unwrap();
    assert!(words.contains("4711:rw") && words.contains("all:r"), "{words}");
    assert!(!words.contains(password), "a password is never shown again");

    let new = json_of(&["device", "password", id, "--json"], data);
    assert_ne!(new["password"], password);
    let args = ["device", "password", "DVES_1", "--password-stdin", "--json"];
    let chosen = run_with(&args, data, "correct horse battery\n").unwrap();
    assert!(chosen.contains("correct horse battery"), "{chosen}");
    let removed = json_of(&["device", "remove", id, "--json"], data);
    assert_eq!(removed["removed"], true);
    assert_eq!(json_of(&["device", "list", "--json"], data).as_array().unwrap().len(), 1);
}

#[test]
fn what_a_device_can_not_be_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    make_channel(data);
    run(&["user", "add", "bob"], data).unwrap();
    run(&["device", "add", "x", "--user", "anna", "--client-id", "one"], data).unwrap();
    for (args, word) in [
        (&["device", "add", "x", "--user", "eve"][..], "user eve"),
        (&["device", "add", "x", "--user", "anna", "--channel", "4711"], "7:rw"),
        (&["device", "add", "x", "--user", "anna", "--channel", "99:r"], "no channel 99"),
        (&["device", "add", "x", "--user", "bob", "--channel", "4711:r"], "no channel 4711"),
        (&["device", "add", "x", "--user", "anna", "--client-id", "one"], "exists already"),
        (&["device", "add", "x", "--user", "anna", "--client-id", "a b"], "a client id has"),
        (&["device", "password", "two"], "no MQTT device two"),
        (&["device", "remove", "two"], "no MQTT device two"),
        (&["device", "list", "--user", "eve"], "user eve"),
    ] {
        let error = run(args, data).unwrap_err();
        assert!(error.contains(word), "{args:?}: {error}");
    }
    let short = ["device", "add", "x", "--user", "anna", "--password-stdin"];
    let error = run_with(&short, data, "hunter2\n").unwrap_err();
    assert!(error.contains("at least 16") && !error.contains("hunter2"), "{error}");
}

#[test]
fn the_own_devices_are_managed_over_the_api() {
    let server = Server::with_channel(&[]);
    people(&server);
    let mut anna = Browser::signed_in(&server, "anna");
    let rights = json!([{"channel": CHANNEL, "publish": true, "subscribe": false}]);
    let new = json!({"name": "Roof", "rights": rights});
    let mut made = anna.ask("POST", "/devices", &new.to_string()).json();
    let password = made.as_object_mut().unwrap().remove("password").unwrap();
    assert_eq!(password.as_str().unwrap().len(), 24);
    let nothing_seen = json!({
        "client_id": made["client_id"], "name": "Roof", "created_at": made["created_at"], "rights": rights, "maps": [],
        "connected": false, "since_at": null, "peer": null, "will": null, "seen": [],
    });
    assert_eq!(made, nothing_seen);
    let listed = anna.get("/devices").json();
    assert_eq!(listed, json!([nothing_seen]), "the password is not in the list");

    let id = made["client_id"].as_str().unwrap();
    let path = format!("/devices/{id}");
    let maps = json!([{"topic": "tele/plug/SENSOR", "path": "AM2301.Temperature", "channel": CHANNEL, "field": 1}]);
    let changed = anna.ask("PATCH", &path, &json!({"maps": maps}).to_string()).json();
    assert_eq!((&changed["maps"], &changed["rights"]), (&maps, &rights));
    let changed = anna.ask("PATCH", &path, r#"{"name": "Loft"}"#).json();
    assert_eq!((&changed["name"], &changed["maps"]), (&json!("Loft"), &maps));
    let without = anna.ask("PATCH", &path, r#"{"rights": []}"#);
    assert_eq!(code(&without), "bad_value", "the map would lead nowhere");
    let new = anna.ask("POST", &format!("{path}/password"), "").json();
    assert_ne!(new["password"], password);
    assert_eq!(anna.ask("DELETE", &path, "").status, 204);
    assert_eq!(anna.get("/devices").json(), json!([]));
}

#[test]
fn devices_of_others_are_not_there_and_what_can_not_be_is_said() {
    let server = Server::with_channel(&[]);
    people(&server);
    let mut anna = Browser::signed_in(&server, "anna");
    let new = json!({"name": "Roof", "client_id": "roof:1", "password": "correct horse battery"});
    assert_eq!(anna.ask("POST", "/devices", &new.to_string()).json()["client_id"], "roof:1");
    let mut bob = Browser::signed_in(&server, "bob");
    assert_eq!(bob.get("/devices").json(), json!([]));
    for (method, path, body) in [
        ("PATCH", "/devices/roof:1", r#"{"name": "Mine"}"#),
        ("PATCH", "/devices/roof%3A1", r#"{"name": "Mine"}"#),
        ("DELETE", "/devices/roof:1", ""),
        ("POST", "/devices/roof:1/password", ""),
    ] {
        assert_eq!(code(&bob.ask(method, path, body)), "no_device", "{method} {path}");
        assert_eq!(code(&Browser::new(&server).ask(method, path, body)), "sign_in");
    }
    assert_eq!(code(&Browser::new(&server).get("/devices")), "sign_in");
    let to = |publish: bool| json!([{"channel": CHANNEL, "publish": publish, "subscribe": true}]);
    for (bad, why) in [
        (json!({"name": "x", "client_id": "roof:1"}), "taken"),
        (json!({"name": "x", "password": "short"}), "bad_value"),
        (json!({"name": "x", "rights": to(false)}), "bad_value"),
        (
            json!({"name": "x", "rights": [{"channel": 0, "publish": true, "subscribe": true}]}),
            "bad_value",
        ),
        (json!({"name": "x", "rights": [{"channel": CHANNEL}]}), "bad_body"),
        (
            json!({"name": "x", "maps": [{"topic": "t", "path": null, "channel": CHANNEL, "field": 1}]}),
            "bad_value",
        ),
    ] {
        assert_eq!(code(&bob.ask("POST", "/devices", &bad.to_string())), why, "{bad}");
    }
    share(&server, "bob", "viewer");
    std::thread::sleep(std::time::Duration::from_millis(300)); // until the server looks again
    let wish = json!({"name": "x", "rights": to(true)}).to_string();
    assert!(bob.ask("POST", "/devices", &wish).body.contains("role editor"));
    let wish = json!({"name": "x", "rights": to(false)}).to_string();
    assert_eq!(bob.ask("POST", "/devices", &wish).status, 200);
}

#[test]
fn a_running_server_sees_the_devices_that_a_command_makes_and_removes() {
    let server = Server::with_channel(&[]);
    people(&server);
    let mut anna = Browser::signed_in(&server, "anna");
    assert_eq!(anna.get("/devices").json(), json!([]));
    run(&["device", "add", "Roof", "--user", "anna", "--client-id", "one"], &server.data).unwrap();
    assert_eq!(anna.get("/devices").json()[0]["client_id"], "one");
    assert_eq!(anna.ask("POST", "/devices/one/password", "").status, 200);
    run(&["device", "remove", "one"], &server.data).unwrap();
    assert_eq!(anna.get("/devices").json(), json!([]));
}
