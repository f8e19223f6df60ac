//! When the network, or the other side, does not behave.

use crate::server::{Says, Server};
use fieldpost_client::{Client, Error, Request};
use std::time::{Duration, Instant};

async fn ask(says: Says) -> Result<fieldpost_client::Reply, Error> {
    let server = Server::that(says).await;
    let client = Client::new(&server.url).unwrap().with_timeout(Duration::from_millis(300));
    client.send(Request::get("/")).await
}

#[tokio::test]
async fn nobody_there_means_that_nothing_was_sent() {
    let client = Client::new("http://127.0.0.1:9").unwrap();
    let error = client.send(Request::get("/")).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)) && !error.may_have_arrived(), "{error:?}");
}

#[tokio::test]
async fn silence_has_an_end() {
    let began = Instant::now();
    let error = ask(Says::Nothing).await.unwrap_err();
    assert!(matches!(error, Error::Silent) && error.may_have_arrived(), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(5));
    // An answer that does not end is silence, too.
    let error =
        ask(Says::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1")).await.unwrap_err();
    assert!(error.may_have_arrived(), "{error:?}");
}

#[tokio::test]
async fn what_is_not_http_is_a_broken_connection() {
    for bytes in [&b""[..], b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 2"] {
        let error = ask(Says::Bytes(bytes)).await.unwrap_err();
        assert!(matches!(error, Error::Broken(_)) && error.may_have_arrived(), "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_without_a_length_ends_with_the_connection() {
    let reply = ask(Says::Bytes(b"HTTP/1.0 200 OK\r\n\r\n17")).await.unwrap();
    assert_eq!((reply.status, reply.text(), reply.date), (200, "17".to_owned(), None));
}

#[tokio::test]
async fn the_servers_date_is_passed_on() {
    let reply = ask(Says::Reply(404, "")).await.unwrap();
    assert_eq!((reply.status, reply.date.as_deref()), (404, Some("Sun, 06 Nov 1994 08:49:37 GMT")));
}
