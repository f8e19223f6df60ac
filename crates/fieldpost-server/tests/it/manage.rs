//! Users, channels and keys, over the REST interface.

use crate::harness::{CHANNEL, READ, Server, WRITE};

fn code(answer: &crate::harness::Answer) -> (u16, String) {
    (answer.status, answer.json()["error"]["error_code"].as_str().unwrap_or_default().to_string())
}

#[test]
fn a_channel_is_made_with_a_write_key_and_then_a_read_key() {
    let server = Server::with_channel(&[]);
    let made = server.form(
        "/channels.json",
        &format!("api_key={}&name=Shed&field1=Light&tags=a,b&public_flag=true", server.user_key()),
    );
    assert_eq!(made.status, 200);
    let channel = made.json();
    let order = [
        "id",
        "name",
        "description",
        "latitude",
        "longitude",
        "created_at",
        "elevation",
        "last_entry_id",
        "public_flag",
        "url",
        "ranking",
        "metadata",
        "license_id",
        "github_url",
        "tags",
        "api_keys",
    ];
    let places: Vec<usize> =
        order.iter().map(|name| made.body.find(&format!("\"{name}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "the members stand in the service's order: {}", made.body);
    assert_eq!(
        (&channel["latitude"], &channel["ranking"], &channel["license_id"]),
        (&"0.0".into(), &50.into(), &0.into())
    );
    assert_eq!(
        (&channel["api_keys"][0]["write_flag"], &channel["api_keys"][1]["write_flag"]),
        (&true.into(), &false.into())
    );
    let write = channel["api_keys"][0]["api_key"].as_str().unwrap();
    assert_eq!(server.get(&format!("/update?api_key={write}&field1=3")).body, "1");
    let id = &channel["id"];
    assert_eq!(
        server.get(&format!("/channels/{id}/feeds.json")).json()["channel"]["field1"],
        "Light"
    );
}

#[test]
fn settings_are_shown_to_the_owner_and_of_public_channels_to_all() {
    let server = Server::with_channel(&[]);
    let show = |key: &str| server.get(&format!("/channels/{CHANNEL}.json?api_key={key}"));
    assert_eq!(show(server.user_key()).json()["api_keys"][0]["api_key"], WRITE);
    for key in ["", READ, WRITE, "AAAAAAAAAAAAAAAA"] {
        let answer = show(key);
        assert_eq!((answer.status, answer.body.as_str()), (400, "-1"), "{key}");
    }
    server.send(
        "PUT",
        &format!("/channels/{CHANNEL}.json"),
        "application/x-www-form-urlencoded",
        &format!("api_key={}&public_flag=true", server.user_key()),
    );
    let public = show("").json();
    assert_eq!((&public["name"], public.get("api_keys")), (&"Greenhouse".into(), None));
    assert_eq!(code(&server.get("/channels/99.json")), (404, "error_resource_not_found".into()));
}

#[test]
fn settings_show_times_in_the_zone_that_is_asked_for() {
    let server = Server::with_channel(&[]);
    let key = server.user_key();
    for target in [
        format!("/channels/4711.json?api_key={key}"),
        format!("/users/anna.json?api_key={key}"),
        format!("/channels.json?api_key={key}"),
    ] {
        let answer = server.get(&format!("{target}&timezone=Asia/Kolkata"));
        assert!(answer.body.contains("+05:30\""), "{target}: {answer:?}");
        assert!(!server.get(&target).body.contains("+05:30"));
    }
}

#[test]
fn settings_change_by_query_form_or_json_and_only_where_named() {
    let server = Server::with_channel(&[]);
    let key = server.user_key();
    let put = |target: &str, kind: &str, body: &str| server.send("PUT", target, kind, body).json();
    assert_eq!(put(&format!("/channels/{CHANNEL}.json?api_key={key}&name=A"), "", "")["name"], "A");
    assert_eq!(
        put(
            &format!("/channels/{CHANNEL}.json"),
            "application/x-www-form-urlencoded",
            &format!("api_key={key}&description=B&latitude=47.50")
        )["latitude"],
        "47.5"
    );
    let changed = put(
        &format!("/channels/{CHANNEL}.json"),
        "application/json",
        &format!(r#"{{"api_key":"{key}","metadata":"{{}}","tags":"x,y","field2":""}}"#),
    );
    assert_eq!(
        (&changed["name"], &changed["description"], &changed["metadata"]),
        (&"A".into(), &"B".into(), &"{}".into())
    );
    let feed = server.read("feeds.json?metadata=true").json();
    assert_eq!(
        (&feed["channel"]["field1"], feed["channel"].get("field2"), &feed["channel"]["metadata"]),
        (&"Air temp".into(), None, &"{}".into())
    );
    let by_post = server
        .form(&format!("/channels/{CHANNEL}.json"), &format!("api_key={key}&_method=put&name=C"));
    assert_eq!(by_post.json()["name"], "C");
}

#[test]
fn only_the_owner_manages_and_to_others_the_channel_is_not_there() {
    let server = Server::with_channel(&[]);
    let bob: serde_json::Value = serde_json::from_str(
        &crate::harness::run(&["user", "add", "bob", "--json"], &server.data).unwrap(),
    )
    .unwrap();
    let bob = bob["api_key"].as_str().unwrap();
    for (method, target) in [
        ("PUT", format!("/channels/{CHANNEL}.json")),
        ("DELETE", format!("/channels/{CHANNEL}.json")),
        ("DELETE", format!("/channels/{CHANNEL}/feeds.json")),
        ("GET", format!("/channels/{CHANNEL}/api_keys.json")),
    ] {
        assert_eq!(
            code(&server.send(method, &format!("{target}?api_key={bob}"), "", "")),
            (404, "error_resource_not_found".into()),
            "{method} {target}"
        );
        for key in ["", "?api_key=AAAAAAAAAAAAAAAA", "?api_key=W4K2QZ81TTP0XN7B"] {
            assert_eq!(
                code(&server.send(method, &format!("{target}{key}"), "", "")),
                (401, "error_auth_required".into()),
                "{method} {target}{key}"
            );
        }
    }
    assert_eq!(code(&server.form("/channels.json", "name=x")), (401, "error_auth_required".into()));
}

#[test]
fn clearing_begins_anew_and_deleting_answers_what_it_was() {
    let server = Server::with_channel(&[]);
    let key = server.user_key();
    server.store("field1=1");
    server.store("field1=2");
    assert_eq!(
        server
            .send("DELETE", &format!("/channels/{CHANNEL}/feeds.json?api_key={key}"), "", "")
            .body,
        "[]"
    );
    assert_eq!(
        server.read("feeds.json").json()["channel"]["last_entry_id"],
        serde_json::Value::Null
    );
    assert_eq!(server.store("field1=3"), 1);
    assert_eq!(
        server.form(&format!("/channels/{CHANNEL}/clear"), &format!("api_key={key}")).body,
        "[]"
    );
    let gone = server.send(
        "DELETE",
        &format!("/channels/{CHANNEL}.json"),
        "application/x-www-form-urlencoded",
        &format!("api_key={key}"),
    );
    assert_eq!(
        (gone.status, gone.json()["id"].as_u64(), gone.json().get("api_keys").cloned()),
        (200, Some(CHANNEL), None)
    );
    assert_eq!(server.read("feeds.json").status, 404);
    let answer = server.get(&format!("/update?api_key={WRITE}&field1=1"));
    assert_eq!((answer.status, answer.body.as_str()), (400, "0"));
}

#[test]
fn own_channels_are_a_bare_list() {
    let server = Server::with_channel(&[]);
    server.form("/channels.json", &format!("api_key={}&name=Other&tags=roof", server.user_key()));
    let list = server.get(&format!("/channels.json?api_key={}", server.user_key())).json();
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!(list[0]["api_keys"][1]["api_key"], READ);
    let tagged =
        server.get(&format!("/channels.json?api_key={}&tag=ROOF", server.user_key())).json();
    assert_eq!((tagged.as_array().unwrap().len(), &tagged[0]["name"]), (1, &"Other".into()));
}

#[test]
fn public_channels_are_found_and_paged() {
    let server = Server::with_channel(&[]);
    let key = server.user_key();
    for n in 1..=17 {
        let place = format!("latitude={}&longitude=8", 40 + n);
        server.form(
            "/channels.json",
            &format!(
                "api_key={key}&name=Station+{n}&public_flag=true&{place}&tags={}",
                if n % 2 == 0 { "even" } else { "odd,First" }
            ),
        );
    }
    let ask = |query: &str| server.get(&format!("/channels/public.json?{query}")).json();
    let names = |query: &str| -> Vec<String> {
        ask(query)["channels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|channel| channel["name"].as_str().unwrap().to_string())
            .collect()
    };
    let first = ask("");
    assert_eq!(
        first["pagination"],
        serde_json::json!({ "current_page": 1, "per_page": 15, "total_entries": 17 })
    );
    assert_eq!((names("").len(), names("page=2").len(), names("page=9").len()), (15, 2, 0));
    assert_eq!(names("tag=EVEN").len(), 8);
    assert_eq!(names("q=station+17"), ["Station 17"]);
    assert_eq!(
        names("latitude=50&longitude=8&distance=120"),
        ["Station 10", "Station 9", "Station 11"]
    );
    assert_eq!((names("username=ANNA").len(), names("username=bob").len()), (15, 0));
    assert_eq!(
        code(&server.get("/channels/public.json?page=0")),
        (404, "error_resource_not_found".into())
    );
    assert_eq!(first["channels"][0]["username"], "anna");
    assert!(!names("").contains(&"Greenhouse".into()), "a private channel is not listed");
}

#[test]
fn keys_are_made_rotated_and_removed_and_take_effect_at_once() {
    let server = Server::with_channel(&[]);
    let key = server.user_key();
    let keys = server
        .form(
            &format!("/channels/{CHANNEL}/api_keys.json"),
            &format!("api_key={key}&note=for+the+wall"),
        )
        .json();
    assert_eq!((keys.as_array().unwrap().len(), &keys[2]["note"]), (3, &"for the wall".into()));
    let added = keys[2]["api_key"].as_str().unwrap().to_string();
    let status =
        |key: &str| server.get(&format!("/channels/{CHANNEL}/feeds.json?api_key={key}")).status;
    assert_eq!(status(&added), 200);
    server.send(
        "DELETE",
        &format!("/channels/{CHANNEL}/api_keys/{added}.json?api_key={key}"),
        "",
        "",
    );
    assert_eq!(status(&added), 400);
    let rotated = server
        .form(
            &format!("/channels/{CHANNEL}/api_keys.json"),
            &format!("api_key={key}&write_flag=true"),
        )
        .json();
    let fresh = rotated[0]["api_key"].as_str().unwrap();
    assert_eq!(server.get(&format!("/update?api_key={WRITE}&field1=1")).status, 400);
    assert_eq!(server.get(&format!("/update?api_key={fresh}&field1=1")).body, "1");
    assert_eq!(
        server
            .send(
                "DELETE",
                &format!("/channels/{CHANNEL}/api_keys/{fresh}.json?api_key={key}"),
                "",
                ""
            )
            .status,
        400
    );
}

#[test]
fn users_are_shown_and_sign_in() {
    let server = Server::with_channel(&[]);
    let anna = server.get("/users/anna.json").json();
    assert_eq!((&anna["login"], anna.get("email")), (&"anna".into(), None));
    assert!(
        server
            .get(&format!("/users/anna.json?api_key={}", server.user_key()))
            .json()
            .get("email")
            .is_some()
    );
    assert_eq!(
        server.get("/users/anna/channels.json").json()["channels"].as_array().unwrap().len(),
        0
    );
    assert_eq!(
        server.get(&format!("/users/anna/channels.json?api_key={}", server.user_key())).json()["channels"]
            [0]["id"],
        CHANNEL
    );
    assert_eq!(code(&server.get("/users/nobody.json")), (404, "error_resource_not_found".into()));
    assert_eq!(
        code(&server.form("/users/api_login.json", "login=anna&password=wrong")),
        (401, "error_auth_required".into())
    );
    let by_token = server.get(&format!("/channels.json?login=anna&token={}", server.user_key()));
    assert_eq!(by_token.status, 200);
}
