//! Who may do what with a channel: every role beside every action.

use crate::browser::{Browser, Live, code, people, share};
use crate::harness::{CHANNEL, READ, Server};

/// Anna owns channel 4711; bob may edit it, carol look at it, dave nothing.
fn server() -> Server {
    let server = Server::with_channel(&[]);
    people(&server);
    share(&server, "bob", "editor");
    share(&server, "carol", "viewer");
    server.store("field1=21.5");
    server
}

/// What is tried; destructive things last. What comes behind is who may: owner, editor, viewer, stranger, nobody.
const ACTIONS: &[(&str, &str, &str, [&str; 5])] = &[
    ("GET", "", "", ["ok", "ok", "ok", "no_channel", "no_channel"]),
    ("GET", "/entries", "", ["ok", "ok", "ok", "no_channel", "no_channel"]),
    ("GET", "/series", "", ["ok", "ok", "ok", "no_channel", "no_channel"]),
    ("PATCH", "", r#"{"description":"x"}"#, ["ok", "ok", "forbidden", "no_channel", "sign_in"]),
    ("PATCH", "", r#"{"public":true}"#, ["ok", "forbidden", "forbidden", "no_channel", "sign_in"]),
    ("PATCH", "", r#"{"public":false}"#, ["ok", "forbidden", "forbidden", "forbidden", "sign_in"]),
    (
        "POST",
        "/keys/write",
        r#"{"overlap_ms":60000}"#,
        ["ok", "ok", "forbidden", "no_channel", "sign_in"],
    ),
    ("POST", "/keys/read", r#"{"note":"n"}"#, ["ok", "ok", "forbidden", "no_channel", "sign_in"]),
    (
        "DELETE",
        "/keys/read/AAAAAAAAAAAAAAAA",
        "",
        ["ok", "ok", "forbidden", "no_channel", "sign_in"],
    ),
    (
        "PUT",
        "/shares/carol",
        r#"{"role":"viewer"}"#,
        ["ok", "forbidden", "forbidden", "no_channel", "sign_in"],
    ),
    ("DELETE", "/shares/anna", "", ["ok", "forbidden", "forbidden", "no_channel", "sign_in"]),
    (
        "POST",
        "/links",
        r#"{"note":"n","days":1}"#,
        ["ok", "forbidden", "forbidden", "no_channel", "sign_in"],
    ),
    ("DELETE", "/links/99", "", ["gone", "forbidden", "forbidden", "no_channel", "sign_in"]),
    ("POST", "/clear", "", ["ok", "forbidden", "forbidden", "no_channel", "sign_in"]),
];

#[test]
fn each_role_may_do_what_it_is_for() {
    let server = server();
    let known = ["anna", "bob", "carol", "dave"].map(|login| Browser::signed_in(&server, login));
    let mut browsers: Vec<Browser<'_>> = known.into_iter().chain([Browser::new(&server)]).collect();
    for (method, below, body, expected) in ACTIONS {
        let path = format!("/channels/{CHANNEL}{below}");
        // Who may least tries first, so that all meet the same channel.
        let mut got: Vec<String> = browsers
            .iter_mut()
            .rev()
            .map(|browser| code(&browser.ask(method, &path, body)))
            .collect();
        got.reverse();
        assert_eq!(got, expected, "{method} {path} {body}");
    }
    let path = format!("/channels/{CHANNEL}");
    let last: Vec<String> =
        browsers.iter_mut().rev().map(|browser| code(&browser.ask("DELETE", &path, ""))).collect();
    assert_eq!(last, ["sign_in", "no_channel", "forbidden", "forbidden", "ok"]);
    assert_eq!(code(&browsers[0].get(&path)), "no_channel");
}

#[test]
fn everybody_sees_what_concerns_them() {
    let server = server();
    let path = format!("/channels/{CHANNEL}");
    let sees = |login: &str| {
        let detail = Browser::signed_in(&server, login).get(&path).json();
        let there = |name: &str| !detail[name].is_null();
        (
            detail["role"].as_str().unwrap().to_string(),
            there("keys"),
            there("shares"),
            there("links"),
        )
    };
    assert_eq!(sees("anna"), ("owner".into(), true, true, true));
    assert_eq!(sees("bob"), ("editor".into(), true, false, false));
    assert_eq!(sees("carol"), ("viewer".into(), false, false, false));
    let lists = Browser::signed_in(&server, "bob").get("/channels").json();
    assert_eq!(
        (&lists["own"], &lists["shared"][0]["id"]),
        (&serde_json::json!([]), &CHANNEL.into())
    );
    let anna = Browser::signed_in(&server, "anna").get(&path).json();
    assert_eq!(
        anna["shares"],
        serde_json::json!([{ "login": "bob", "role": "editor" }, { "login": "carol", "role": "viewer" }])
    );
}

#[test]
fn a_link_and_a_read_key_open_reading_and_nothing_else() {
    let server = server();
    let mut anna = Browser::signed_in(&server, "anna");
    let path = format!("/channels/{CHANNEL}");
    let link =
        anna.ask("POST", &format!("{path}/links"), r#"{"note":"for the class","days":7}"#).json();
    let url = link["url"].as_str().unwrap();
    let query = url.strip_prefix(&format!("/channels/{CHANNEL}?")).unwrap().to_string();
    assert!(query.starts_with("link=") && query.len() > 60, "{url}");
    let mut stranger = Browser::new(&server);
    for query in [query.clone(), format!("key={READ}")] {
        for below in ["", "/entries", "/series"] {
            assert_eq!(
                code(&stranger.get(&format!("{path}{below}?{query}"))),
                "ok",
                "{below}?{query}"
            );
        }
        let file = server.raw(format!("GET /api/v1{path}/entries.csv?{query} HTTP/1.0\r\n\r\n"));
        assert!(file.status == 200 && file.body.starts_with("created_at,entry_id,"), "{file:?}");
        let detail = stranger.get(&format!("{path}?{query}")).json();
        assert!(detail["role"].is_null() && detail["keys"].is_null() && detail["links"].is_null());
        assert_eq!(code(&stranger.ask("PATCH", &format!("{path}?{query}"), "{}")), "sign_in");
        let mut dave = Browser::signed_in(&server, "dave");
        assert_eq!(code(&dave.ask("PATCH", &format!("{path}?{query}"), "{}")), "forbidden");
    }
    for wrong in ["link=abc", "key=AAAAAAAAAAAAAAAA", "key=no", "link="] {
        for below in ["", "/entries.csv"] {
            let answer = stranger.get(&format!("{path}{below}?{wrong}"));
            assert_eq!(code(&answer), "no_channel", "{below} {wrong}");
        }
    }
    let listed = anna.get(&path).json()["links"][0].clone();
    assert_eq!(
        (&listed["note"], listed.get("url")),
        (&"for the class".into(), None),
        "told once only"
    );
    assert_eq!(anna.ask("DELETE", &format!("{path}/links/{}", listed["id"]), "").status, 204);
    assert_eq!(code(&stranger.get(&format!("{path}?{query}"))), "no_channel");
}

#[test]
fn a_public_channel_is_open_to_all_and_listed() {
    let server = server();
    let path = format!("/channels/{CHANNEL}");
    let mut stranger = Browser::new(&server);
    assert_eq!(stranger.get("/channels/public").json()["total"], 0);
    let mut anna = Browser::signed_in(&server, "anna");
    assert_eq!(code(&anna.ask("PATCH", &path, r#"{"public":true}"#)), "ok");
    assert_eq!(code(&stranger.get(&path)), "ok");
    let list = stranger.get("/channels/public?q=green").json();
    assert_eq!(
        (&list["total"], &list["cards"][0]["id"], &list["page"]),
        (&1.into(), &CHANNEL.into(), &1.into())
    );
    assert_eq!(stranger.get("/channels/public?q=nothing").json()["cards"], serde_json::json!([]));
}

#[test]
fn who_is_not_shared_with_any_more_is_out() {
    let server = server();
    let mut bob = Browser::signed_in(&server, "bob");
    let path = format!("/channels/{CHANNEL}");
    assert_eq!(code(&bob.get(&path)), "ok");
    share(&server, "bob", "none");
    assert_eq!(code(&bob.get(&path)), "no_channel");
}

#[test]
fn a_live_stream_ends_when_the_right_to_it_does() {
    let server = server();
    let mut anna = Browser::signed_in(&server, "anna");
    let mut carol = Browser::signed_in(&server, "carol");
    let link = format!("/channels/{CHANNEL}/links");
    let made = anna.ask("POST", &link, r#"{"note":"n","days":null}"#).json();
    let token = made["url"].as_str().unwrap().split_once("link=").unwrap().1.to_string();
    let cookie = |browser: &Browser<'_>| format!("Cookie: {}\r\n", browser.cookie.clone().unwrap());
    let channel = format!("channels={CHANNEL}");

    let mut stays = Live::open(&server, &channel, &cookie(&anna));
    let by_share = Live::open(&server, &channel, &cookie(&carol));
    let by_link = Live::open(&server, &format!("{channel}&link={token}"), "");
    let mut second = Browser::signed_in(&server, "bob");
    let by_session = Live::open(&server, &channel, &cookie(&second));

    anna.ask("DELETE", &format!("/channels/{CHANNEL}/shares/carol"), "");
    by_share.ends();
    anna.ask("DELETE", &format!("{link}/{}", made["id"]), "");
    by_link.ends();
    second.ask("DELETE", "/session", "");
    by_session.ends();
    assert_eq!(code(&carol.get(&format!("/channels/{CHANNEL}"))), "no_channel");

    server.store("field1=22");
    assert_eq!(stays.next().2, 2, "who still may goes on hearing");
}
