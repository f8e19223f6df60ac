//! https: a server with a certificate of its own is believed by those who hold it, and by nobody else.

#![cfg(feature = "tls")]

use crate::server::{Says, converse};
use fieldpost_client::{Client, Error, Request};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server with a fresh certificate: its URL and the certificate in PEM form.
async fn server() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        if let Ok(stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await {
            converse(stream, Says::Reply(200, "17")).await;
        }
    });
    (url, made.cert.pem())
}

#[tokio::test]
async fn a_certificate_that_was_handed_over_is_trusted() {
    let (url, pem) = server().await;
    let client = Client::new(&url).unwrap().with_trusted(pem.as_bytes()).unwrap();
    let reply = client.send(Request::get("/")).await.unwrap();
    assert_eq!(reply.text(), "17");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_and_nothing_is_sent() {
    let (url, _) = server().await;
    let client = Client::new(&url).unwrap();
    let error = client.send(Request::get("/")).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)) && !error.may_have_arrived(), "{error:?}");
}

#[test]
fn what_is_no_certificate_cannot_be_trusted() {
    let client = Client::new("https://localhost").unwrap();
    for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n"] {
        assert!(
            matches!(client.clone().with_trusted(pem.as_bytes()), Err(Error::Input(_))),
            "{pem}"
        );
    }
}
