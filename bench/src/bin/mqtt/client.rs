//! A client that is as cheap as can be: packets made once, sent in bulk.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::broker::Broker;

/// A connection that was answered.
pub(crate) struct Client<S = TcpStream> {
    pub(crate) stream: S,
    read: Vec<u8>,
    at: usize,
}

/// A text with its length before it.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u16).to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

/// A packet of less than 16 KiB.
fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match rest.len() {
        short @ 0..128 => bytes.push(short as u8),
        long => bytes.extend([(long % 128) as u8 | 0x80, (long / 128) as u8]),
    }
    bytes.extend(rest);
    bytes
}

/// CONNECT, MQTT 3.1.1.
pub(crate) fn connect(broker: &Broker, id: &str) -> Vec<u8> {
    let flags = if broker.device.is_some() { 0xc2 } else { 0x02 };
    let mut rest = text("MQTT");
    // No keep-alive, so that nothing happens while it is measured.
    rest.extend([4, flags, 0, 0]);
    rest.extend(text(id));
    if let Some((user, password)) = &broker.device {
        rest.extend(text(user));
        rest.extend(text(password));
    }
    packet(0x10, &rest)
}

/// PUBLISH; with an id of quality 1.
pub(crate) fn publish(topic: &str, payload: &str, id: Option<u16>) -> Vec<u8> {
    let mut rest = text(topic);
    rest.extend(id.into_iter().flat_map(u16::to_be_bytes));
    rest.extend(payload.as_bytes());
    packet(0x30 | u8::from(id.is_some()) << 1, &rest)
}

impl Client {
    pub(crate) fn plain(broker: &Broker, id: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(broker.plain)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Self::greet(stream, &connect(broker, id))
    }
}

impl<S: Read + Write> Client<S> {
    fn greet(stream: S, connect: &[u8]) -> anyhow::Result<Self> {
        let mut client = Self { stream, read: Vec::new(), at: 0 };
        client.stream.write_all(connect)?;
        client.stream.flush()?;
        let (first, rest) = client.receive()?;
        ensure!(first == 0x20 && rest[1] == 0, "not let in: {rest:?}");
        Ok(client)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(bytes)?;
        Ok(self.stream.flush()?)
    }

    pub(crate) fn subscribe(&mut self, filter: &str) -> anyhow::Result<()> {
        let mut rest = vec![0, 1];
        rest.extend(text(filter));
        rest.push(0);
        self.send(&packet(0x82, &rest))?;
        let (first, rest) = self.receive()?;
        ensure!(first == 0x90 && rest[2] < 0x80, "not granted: {rest:?}");
        Ok(())
    }

    /// Waits until all that was sent is worked off.
    pub(crate) fn ping(&mut self) -> anyhow::Result<()> {
        self.send(&[0xc0, 0])?;
        while self.receive()?.0 != 0xd0 {}
        Ok(())
    }

    /// The next packet.
    pub(crate) fn receive(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        loop {
            let bytes = &self.read[self.at..];
            if let Some((head, length)) = length(bytes)
                && bytes.len() >= head + length
            {
                let got = (bytes[0], bytes[head..head + length].to_vec());
                self.at += head + length;
                return Ok(got);
            }
            self.read.drain(..self.at);
            self.at = 0;
            let mut room = [0; 16 * 1024];
            let read = self.stream.read(&mut room)?;
            ensure!(read > 0, "the connection was closed");
            self.read.extend(&room[..read]);
        }
    }
}

fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0;
    for (at, byte) in bytes.get(1..)?.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if *byte < 0x80 {
            return Some((at + 2, length));
        }
    }
    None
}

/// A client inside TLS, as it is kept.
pub(crate) type Secure = Client<rustls::StreamOwned<rustls::ClientConnection, TcpStream>>;

/// Makes clients inside TLS that trust the server's own certificate.
pub(crate) fn tls(broker: &Broker) -> anyhow::Result<Arc<rustls::ClientConfig>> {
    let mut roots = rustls::RootCertStore::empty();
    let pem = broker.certificate()?;
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).flatten());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

pub(crate) fn secure(
    broker: &Broker,
    config: &Arc<rustls::ClientConfig>,
    id: &str,
) -> anyhow::Result<Secure> {
    let stream = TcpStream::connect(broker.tls.context("no TLS")?)?;
    stream.set_nodelay(true)?;
    let connection = rustls::ClientConnection::new(Arc::clone(config), "localhost".try_into()?)?;
    let stream = rustls::StreamOwned::new(connection, stream);
    Client::greet(stream, &connect(broker, id))
}

/// Connects over a WebSocket (RFC 6455) and keeps what is under it.
pub(crate) fn web(broker: &Broker, id: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(broker.web.context("no web port")?)?;
    stream.set_nodelay(true)?;
    write!(
        stream,
        "GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    )?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    ensure!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    let connect = connect(broker, id);
    let mut frame = vec![0x82, 0x80 | connect.len() as u8, 0, 0, 0, 0];
    frame.extend(connect);
    stream.write_all(&frame)?;
    let mut answer = [0; 6];
    stream.read_exact(&mut answer)?;
    ensure!(answer == [0x82, 4, 0x20, 2, 0, 0], "not let in: {answer:?}");
    Ok(stream)
}
