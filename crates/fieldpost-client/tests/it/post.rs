//! Sending and reading when all is well, or when the server politely says no.

use crate::server::{Says, Server};
use fieldpost_client::{Client, EntryId, Error, Timestamp};
use std::time::Duration;

const KEY: &str = "W4K2QZ81TTP0XN7B";

#[tokio::test]
async fn an_update_becomes_an_entry() {
    let server = Server::that(Says::Reply(200, "1289")).await;
    let client = Client::new(&server.url).unwrap();
    let key = KEY.parse().unwrap();
    let update = client.update(&key).field(1, 21.5).field(8, "a \"b\"").status("ok");
    let id = update.created_at(Timestamp::from_seconds(0)).send().await.unwrap();
    assert_eq!(id, EntryId::new(1289));
    assert_eq!(
        server.heard().await,
        r#"POST /update?api_key=W4K2QZ81TTP0XN7B HTTP/1.1 {"created_at":"1970-01-01T00:00:00Z","field1":"21.5","field8":"a \"b\"","status":"ok"}"#
    );
}

#[tokio::test]
async fn a_bulk_goes_to_its_channel() {
    let server = Server::that(Says::Reply(202, r#"{"success":true}"#)).await;
    let client = Client::new(&server.url).unwrap();
    let key = KEY.parse().unwrap();
    let noon = Timestamp::from_seconds(1_795_608_000);
    let bulk = client.bulk("4711".parse().unwrap(), &key);
    bulk.at(noon).field(1, 1).at(noon.plus_millis(60_000)).field(1, 2).send().await.unwrap();
    assert_eq!(
        server.heard().await,
        concat!(
            "POST /channels/4711/bulk_update.json HTTP/1.1 {\"updates\":[",
            r#"{"created_at":"2026-11-25T12:00:00Z","field1":"1"},"#,
            r#"{"created_at":"2026-11-25T12:01:00Z","field1":"2"}],"#,
            r#""write_api_key":"W4K2QZ81TTP0XN7B"}"#,
        )
    );
}

#[tokio::test]
async fn an_update_that_makes_no_sense_is_not_sent() {
    let client = Client::new("http://127.0.0.1:9").unwrap();
    let key = KEY.parse().unwrap();
    for field in [0, 9, 255] {
        let error = client.update(&key).field(field, 1).send().await.unwrap_err();
        assert!(matches!(error, Error::Input(_)), "{error:?}");
    }
    let channel = "1".parse().unwrap();
    let error = client.bulk(channel, &key).field(1, 1).send().await.unwrap_err();
    assert!(matches!(error, Error::Input("an update begins with `at`")), "{error:?}");
    assert!(matches!(client.channel(channel).last_of(9).await, Err(Error::Input(_))));
}

#[tokio::test]
async fn a_feed_is_read_oldest_first() {
    let feed = concat!(
        r#"{"channel":{"id":4711,"name":"Greenhouse","field1":"Air temp","last_entry_id":1290},"feeds":["#,
        r#"{"created_at":"2024-05-06T07:08:09Z","entry_id":1289,"field1":"21.5"},"#,
        r#"{"created_at":"2024-05-06T07:08:39Z","entry_id":1290,"field1":null}]}"#
    );
    let server = Server::that(Says::Reply(200, feed)).await;
    let client = Client::new(&server.url).unwrap();
    let channel = client.channel("4711".parse().unwrap()).key(KEY.parse().unwrap());
    let entries = channel.results(2).feed().await.unwrap();
    let found: Vec<_> = entries.iter().map(|entry| (entry.id.get(), entry.number(1))).collect();
    assert_eq!(found, [(1289, Some(21.5)), (1290, None)]);
    assert_eq!(
        server.heard().await,
        "GET /channels/4711/feeds.json?api_key=W4K2QZ81TTP0XN7B&results=2 HTTP/1.1 "
    );
}

#[tokio::test]
async fn waiting_for_news_ends_with_an_entry_or_with_nothing() {
    let old = r#"{"created_at":"2024-05-06T07:08:09Z","entry_id":7,"field1":"1"}"#;
    let new = r#"{"created_at":"2024-05-06T07:08:09Z","entry_id":8,"field1":"1"}"#;
    for (body, id) in [(new, Some(8)), (old, None), ("\"-1\"", None)] {
        let server = Server::that(Says::Reply(200, body)).await;
        let client = Client::new(&server.url).unwrap();
        let channel = client.channel("2".parse().unwrap());
        let news = channel.wait_for(1, EntryId::new(7), Duration::from_secs(25)).await.unwrap();
        assert_eq!(news.map(|entry| entry.id.get()), id);
        let heard = server.heard().await;
        assert_eq!(heard, "GET /channels/2/fields/1/last.json?after=7&wait=25 HTTP/1.1 ");
    }
}

#[tokio::test]
async fn every_no_is_told_apart() {
    let key = KEY.parse().unwrap();
    for (status, body, expected) in [
        (200, "0", "the server did not store the update"),
        (400, "0", "the server refused with 400: 0"),
        (503, "busy\r\n", "the server refused with 503: busy"),
        (200, "<html>", "the server's answer makes no sense here: <html>"),
        (302, "moved", "the server refused with 302: moved"),
    ] {
        let server = Server::that(Says::Reply(status, body)).await;
        let client = Client::new(&server.url).unwrap();
        let error = client.update(&key).field(1, 1).send().await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(!error.may_have_arrived());
    }
}
