//! Signing in and out, what a browser is given for it, and who is not let in.

use crate::browser::{Browser, PASSWORD, code, people, with_password};
use crate::harness::{CHANNEL, READ, Server, WRITE, parse, read_all, run};

fn server() -> Server {
    let server = Server::with_channel(&[]);
    people(&server);
    server
}

#[test]
fn who_signs_in_gets_a_cookie_that_scripts_can_not_read_and_other_sites_do_not_send() {
    let server = server();
    let mut browser = Browser::new(&server);
    assert_eq!(browser.get("/server").json()["signed_in"], serde_json::Value::Null);
    let answer = browser.sign_in("anna", PASSWORD);
    assert_eq!(answer.json()["login"], "anna");
    let cookie = answer.header("Set-Cookie").unwrap();
    let (pair, rest) = cookie.split_once("; ").unwrap();
    let token = pair.strip_prefix("fieldpost_session=").unwrap();
    assert_eq!((token.len(), rest), (64, "Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
    let known = browser.get("/server").json();
    assert_eq!(
        (&known["signed_in"]["login"], &known["signed_in"]["admin"], &known["set_up"]),
        (&"anna".into(), &true.into(), &true.into())
    );
    assert!(!known["addresses"].as_array().unwrap().is_empty());
    let file = std::fs::read(server.data.join("fieldpost.db")).unwrap();
    let log = std::fs::read(server.data.join("fieldpost.db-wal")).unwrap_or_default();
    for bytes in [file, log] {
        let holds = bytes.windows(token.len()).any(|part| part == token.as_bytes());
        assert!(!holds, "the token itself is not kept");
    }
}

#[test]
fn over_https_the_cookie_is_for_https_only() {
    let server = server();
    let mut stream = server.connect_tls();
    let body = format!(r#"{{"login":"anna","password":"{PASSWORD}"}}"#);
    std::io::Write::write_all(&mut stream, format!("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Fieldpost: 1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
    let answer = parse(&read_all(&mut stream));
    let cookie = answer.header("Set-Cookie").unwrap();
    assert!(cookie.starts_with("__Host-fieldpost_session="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure"),
        "{cookie}"
    );
}

#[test]
fn who_signs_out_is_not_known_any_more() {
    let server = server();
    let mut browser = Browser::signed_in(&server, "anna");
    let before = browser.cookie.clone();
    let out = browser.ask("DELETE", "/session", "");
    assert_eq!((out.status, browser.cookie.as_ref()), (204, None));
    assert!(out.header("Set-Cookie").unwrap().contains("Max-Age=0"));
    browser.cookie = before;
    assert_eq!(code(&browser.get("/me")), "sign_in", "the session itself has ended");
    assert_eq!(code(&browser.ask("DELETE", "/session", "")), "sign_in");
}

#[test]
fn a_wrong_password_is_refused_and_guessing_takes_ever_longer() {
    let server = server();
    let mut browser = Browser::new(&server);
    for login in ["nobody", "anna", "anna", "anna", "anna", "anna"] {
        let answer = browser.sign_in(login, "wrong password");
        assert_eq!((answer.status, code(&answer)), (401, "sign_in_failed".into()));
    }
    let answer = browser.sign_in("anna", PASSWORD);
    assert_eq!((answer.status, code(&answer)), (429, "too_many".into()));
    let wait: u64 = answer.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=15).contains(&wait), "{wait}");
    assert_eq!(browser.sign_in("bob", PASSWORD).status, 200, "others go on");
    let form = server.form("/users/api_login.json", &format!("login=anna&password={PASSWORD}"));
    assert_eq!(form.status, 429, "the same holds at the service's address: {form:?}");
}

#[test]
fn sessions_are_listed_and_a_new_password_ends_the_others() {
    let server = server();
    let (mut one, mut two) =
        (Browser::signed_in(&server, "bob"), Browser::signed_in(&server, "bob"));
    let list = two.get("/me/sessions").json();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["agent"]), (2, &"test browser".into()));
    let current: Vec<bool> =
        list.as_array().unwrap().iter().map(|s| s["current"].as_bool().unwrap()).collect();
    assert_eq!(current.iter().filter(|current| **current).count(), 1);
    let change =
        |old: &str, new: &str| format!(r#"{{"old_password":"{old}","new_password":"{new}"}}"#);
    assert_eq!(code(&two.ask("PATCH", "/me", &change("wrong", "another horse"))), "sign_in_failed");
    assert_eq!(code(&two.ask("PATCH", "/me", &change(PASSWORD, "short"))), "bad_value");
    assert_eq!(code(&two.ask("PATCH", "/me", r#"{"new_password":"another horse"}"#)), "bad_value");
    assert_eq!(code(&two.ask("PATCH", "/me", &change(PASSWORD, "another horse"))), "ok");
    assert_eq!((code(&one.get("/me")), code(&two.get("/me"))), ("sign_in".into(), "ok".into()));
    let mut three = Browser::new(&server);
    assert_eq!(three.sign_in("bob", "another horse").status, 200);
    let list = two.get("/me/sessions").json();
    let other = list.as_array().unwrap().iter().find(|s| s["current"] == false).unwrap();
    let path = format!("/me/sessions/{}", other["id"]);
    assert_eq!(two.ask("DELETE", &path, "").status, 204);
    assert_eq!(
        (code(&three.get("/me")), code(&two.ask("DELETE", &path, ""))),
        ("sign_in".into(), "gone".into())
    );
}

#[test]
fn a_time_zone_and_a_user_key_are_changed_by_their_user() {
    let server = server();
    let mut bob = Browser::signed_in(&server, "bob");
    let before = bob.get("/me").json();
    let zone = |bob: &mut Browser<'_>, zone: &str| {
        bob.ask("PATCH", "/me", &format!(r#"{{"timezone":{zone}}}"#))
    };
    assert_eq!(zone(&mut bob, "\"Europe/Zurich\"").json()["timezone"], "Europe/Zurich");
    assert_eq!(code(&zone(&mut bob, "\"Mars/Base\"")), "bad_value");
    assert_eq!(bob.ask("PATCH", "/me", "{}").json()["timezone"], "Europe/Zurich");
    assert_eq!(zone(&mut bob, "null").json()["timezone"], serde_json::Value::Null);
    let key = bob.ask("POST", "/me/key", "").json()["api_key"].clone();
    assert_ne!(key, before["api_key"]);
    let channels = |key: &serde_json::Value| {
        server.get(&format!("/channels.json?api_key={}", key.as_str().unwrap())).status
    };
    assert_eq!((channels(&key), channels(&before["api_key"])), (200, 401));
}

#[test]
fn only_pages_of_this_server_change_anything() {
    let server = server();
    let anna = Browser::signed_in(&server, "anna");
    let json = "Content-Type: application/json\r\n";
    let writes = [
        ("POST", "/setup", r#"{"token":"x","login":"eve","password":"12345678"}"#),
        ("POST", "/session", r#"{"login":"anna","password":"correct horse"}"#),
        ("DELETE", "/session", ""),
        ("PATCH", "/me", "{}"),
        ("POST", "/me/key", ""),
        ("DELETE", "/me/sessions/1", ""),
        ("POST", "/users", r#"{"login":"eve","password":"12345678"}"#),
        ("DELETE", "/users/bob", ""),
        ("POST", "/channels", r#"{"name":"x","fields":["a"]}"#),
        ("PATCH", "/channels/4711", r#"{"public":true}"#),
        ("DELETE", "/channels/4711", ""),
        ("POST", "/channels/4711/clear", ""),
        ("POST", "/channels/4711/keys/write", "{}"),
        ("POST", "/channels/4711/keys/read", "{}"),
        ("DELETE", "/channels/4711/keys/read/R9M5C3JH60VYD2EA", ""),
        ("PUT", "/channels/4711/shares/bob", r#"{"role":"editor"}"#),
        ("DELETE", "/channels/4711/shares/bob", ""),
        ("POST", "/channels/4711/links", "{}"),
        ("DELETE", "/channels/4711/links/1", ""),
        ("POST", "/boards/display/button", r#"{"pressed":true}"#),
    ];
    for (method, path, body) in writes {
        for headers in [
            String::new(),
            json.into(),
            format!("X-Fieldpost: 1\r\n{json}Origin: http://evil.example\r\n"),
            format!("X-Fieldpost: 1\r\n{json}Origin: null\r\n"),
            format!("X-Fieldpost: 1\r\n{json}Sec-Fetch-Site: cross-site\r\n"),
        ] {
            let answer = anna.raw(method, path, &headers, body);
            assert_eq!(
                (answer.status, code(&answer)),
                (403, "forbidden".into()),
                "{method} {path} {headers}"
            );
        }
        if !body.is_empty() {
            let text = "X-Fieldpost: 1\r\nContent-Type: text/plain\r\n";
            assert_eq!(code(&anna.raw(method, path, text, body)), "forbidden", "{method} {path}");
        }
        let preflight = anna.raw(
            "OPTIONS",
            path,
            "Origin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n",
            "",
        );
        assert_eq!(preflight.header("Access-Control-Allow-Origin"), None, "{path}");
    }
    let ours =
        format!("X-Fieldpost: 1\r\n{json}Origin: http://x\r\nSec-Fetch-Site: same-origin\r\n");
    assert_eq!(code(&anna.raw("PATCH", "/me", &ours, "{}")), "ok");
    assert_eq!(server.store("field1=1"), 1, "nothing was changed: the key still writes");
}

#[test]
fn set_up_is_over_once_somebody_can_sign_in() {
    let body = r#"{"token":"7KQ2-9XMD","login":"eve","password":"12345678"}"#;
    let server = server();
    let answer = Browser::new(&server).ask("POST", "/setup", body);
    assert_eq!((answer.status, code(&answer)), (410, "setup_over".into()));
}

#[test]
fn administrators_manage_users_and_others_do_not() {
    let server = server();
    let (mut anna, mut bob) =
        (Browser::signed_in(&server, "anna"), Browser::signed_in(&server, "bob"));
    let eve = r#"{"login":"eve","password":"another horse","admin":false}"#;
    for browser in [&mut bob, &mut Browser::new(&server)] {
        let signed_in = browser.cookie.is_some();
        let expected = if signed_in { "forbidden" } else { "sign_in" };
        assert_eq!(code(&browser.get("/users")), expected);
        assert_eq!(code(&browser.ask("POST", "/users", eve)), expected);
        assert_eq!(code(&browser.ask("DELETE", "/users/carol", "")), expected);
    }
    assert_eq!(code(&anna.ask("POST", "/users", eve)), "ok");
    assert_eq!(code(&anna.ask("POST", "/users", eve)), "taken");
    let list = anna.get("/users").json();
    let of = |login: &str| {
        list.as_array().unwrap().iter().find(|user| user["login"] == login).unwrap().clone()
    };
    assert_eq!(
        (&of("anna")["channels"], &of("anna")["admin"], &of("eve")["admin"]),
        (&1.into(), &true.into(), &false.into())
    );
    let mut eve = Browser::new(&server);
    assert_eq!(eve.sign_in("eve", "another horse").status, 200);
    assert_eq!(anna.ask("DELETE", "/users/eve", "").status, 204);
    assert_eq!(code(&eve.get("/me")), "sign_in", "sessions go with their user");
    assert_eq!(code(&anna.ask("DELETE", "/users/eve", "")), "no_user");
    assert_eq!(code(&anna.ask("DELETE", "/users/anna", "")), "in_use", "she owns a channel");
    let id = CHANNEL.to_string();
    run(&["channel", "delete", &id], &server.data).unwrap();
    assert_eq!(
        code(&anna.ask("DELETE", "/users/anna", "")),
        "in_use",
        "she is the last administrator"
    );
}

#[test]
fn the_command_line_makes_changes_and_removes_users() {
    let server = Server::with_channel(&[]);
    let data = &server.data;
    let short = with_password(&["user", "add", "eve"], "short", data).unwrap_err();
    assert!(short.contains("8 characters"), "{short}");
    assert!(!Browser::new(&server).get("/server").json()["set_up"].as_bool().unwrap());
    with_password(&["user", "add", "eve"], PASSWORD, data).unwrap();
    with_password(&["user", "add", "root", "--admin"], PASSWORD, data).unwrap();
    let mut eve = Browser::signed_in(&server, "eve");
    assert_eq!(eve.get("/me").json()["admin"], true, "the first who can sign in");
    assert_eq!(Browser::signed_in(&server, "root").get("/me").json()["admin"], true);
    with_password(&["user", "passwd", "eve"], "another horse", data).unwrap();
    assert_eq!(code(&eve.get("/me")), "sign_in");
    let removed = run(&["user", "remove", "eve", "--json"], data).unwrap();
    assert_eq!(removed.trim(), r#"{"login":"eve","removed":true}"#);
    let anna = run(&["user", "remove", "anna"], data).unwrap_err();
    assert!(anna.contains("channels belong to this user"), "{anna}");
    assert!(run(&["user", "remove", "nobody"], data).unwrap_err().contains("no such user"));
}

#[test]
fn secrets_stand_in_no_log_and_no_refusal() {
    let folder = tempfile::tempdir().unwrap();
    crate::harness::make_channel(folder.path());
    let log = folder.path().join("log");
    let server = Server::logged(folder.path(), &["--log", "trace"], &log);
    people(&server);
    let mut anna = Browser::signed_in(&server, "anna");
    let link = anna
        .ask("POST", &format!("/channels/{CHANNEL}/links"), r#"{"note":"n","days":null}"#)
        .json();
    let link = link["url"].as_str().unwrap().split_once("link=").unwrap().1.to_string();
    let old = WRITE.to_string();
    let made = anna.ask("POST", &format!("/channels/{CHANNEL}/keys/write"), "{}").json();
    let new = made["keys"]["write_key"].as_str().unwrap().to_string();
    assert_eq!(made["keys"]["retiring"][0]["hint"], "W4…");
    let token = anna.cookie.clone().unwrap().split_once('=').unwrap().1.to_string();
    let mut said = String::new();
    let mut stranger = Browser::new(&server);
    for path in [
        format!("/channels/{CHANNEL}?link=x{link}"),
        format!("/channels/1?key={READ}"),
        format!("/channels/{CHANNEL}/entries?link={link}&limit={old}"),
        format!("/live?channels={CHANNEL}:{new}&key={READ}"),
        "/me".into(),
    ] {
        let answer = stranger.get(&path);
        assert_ne!(answer.status, 200, "{path}");
        said.push_str(&answer.body);
    }
    said.push_str(
        &anna
            .ask("POST", "/session", &format!(r#"{{"login":"anna","password":["{PASSWORD}"]}}"#))
            .body,
    );
    said.push_str(&anna.sign_in("anna", "wrong secret word").body);
    server.store("field1=1");
    assert_eq!(server.terminate(), Some(0));
    said.push_str(&std::fs::read_to_string(&log).unwrap());
    assert!(said.len() > 1_000, "something was said");
    for secret in [PASSWORD, "wrong secret word", READ, &old, &new, &token, &link] {
        assert!(!said.contains(secret), "{secret}");
    }
}
