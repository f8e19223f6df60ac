//! Ports for MQTT, with TLS and without. Connections on all ways are counted together; when as many are open as are allowed, new ones
//! wait in the system's queue.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fieldpost_engine::doctor::{Door, Instead, MqttTrouble};
use rustls::ServerConfig;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use crate::Mqtt;
use crate::connection::serve;
use crate::handle::Line;
use crate::packet::Reason;
use crate::rights::No;
use crate::witness::Tried;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// How long open connections have to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// After how long silence the system looks whether the other end is still there: a client may have named no time of its own.
const LOOK_AFTER: Duration = Duration::from_secs(300);

/// A bound port that does not answer yet.
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

/// Binds a port; port 0 picks a free one.
///
/// # Errors
/// If the port is taken or not allowed.
pub async fn listen(address: SocketAddr) -> Result<Listening> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok(Listening { listener, address })
}

impl Listening {
    /// The address that was bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves plain MQTT until the server stops, then lets clients know.
    pub async fn run(self, mqtt: Mqtt) {
        self.accept(mqtt, None).await;
    }

    /// Serves MQTT inside TLS until the server stops, then lets clients know.
    pub async fn run_tls(self, mqtt: Mqtt, tls: Arc<ServerConfig>) {
        let mut tls = ServerConfig::clone(&tls);
        // Some clients name MQTT, most name nothing, and the web's list has neither.
        tls.alpn_protocols = Vec::new();
        self.accept(mqtt, Some(TlsAcceptor::from(Arc::new(tls)))).await;
    }

    async fn accept(self, mqtt: Mqtt, tls: Option<TlsAcceptor>) {
        let house = &mqtt.house;
        let open = TaskTracker::new();
        loop {
            let place = tokio::select! {
                () = house.stop.cancelled() => break,
                place = Arc::clone(&house.room).acquire_owned() => place,
            };
            let Ok(place) = place else { break };
            let accepted = tokio::select! {
                () = house.stop.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file handles, most likely: give open connections a moment to end.
                    tracing::warn!(%error, "an MQTT connection could not be accepted");
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let line = Line { peer: peer.ip().to_canonical(), door: Door::Mqtt };
            let (mqtt, tls) = (mqtt.clone(), tls.clone());
            mqtt.house.meters.opened.add(1);
            open.spawn(async move {
                if prepare(&stream).is_ok() {
                    match tls {
                        None => serve(stream, Arc::clone(&mqtt.house), line).await,
                        Some(tls) => Box::pin(secure(stream, tls, &mqtt, line)).await,
                    }
                }
                mqtt.house.meters.closed.add(1);
                drop(place);
            });
        }
        drop(self.listener);
        open.close();
        let _ = timeout(GRACE, open.wait()).await;
    }
}

fn prepare(stream: &TcpStream) -> Result<()> {
    // Without it small packets wait for each other's acknowledgement, and TLS handshakes crawl.
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(LOOK_AFTER))
}

async fn secure(stream: TcpStream, tls: TlsAcceptor, mqtt: &Mqtt, line: Line) {
    let handshake = tokio::select! {
        handshake = timeout(HANDSHAKE, hand_shake(stream, tls)) => handshake,
        () = mqtt.house.stop.cancelled() => return,
    };
    let error = match handshake.unwrap_or_else(|late| Err(late.into())) {
        Ok(stream) => return serve(stream, Arc::clone(&mqtt.house), line).await,
        Err(error) => error,
    };
    tracing::debug!(peer = %line.peer, %error, "MQTT over TLS did not come about");
    let trouble = match error.kind() {
        ErrorKind::Unsupported => MqttTrouble::NotMqtt(Instead::Plain),
        // A client that comes and goes without a word is nobody's trouble.
        ErrorKind::UnexpectedEof => return,
        _ => MqttTrouble::TlsFailed,
    };
    let no = No::trouble(Reason::Protocol, trouble);
    Tried::new(line, "", "CONNECT").refuse(&mqtt.house.engine, &no);
}

async fn hand_shake(
    stream: TcpStream,
    tls: TlsAcceptor,
) -> Result<tokio_rustls::server::TlsStream<TcpStream>> {
    /// The first byte of a CONNECT packet, which no TLS begins with.
    const CONNECT: u8 = 0x10;
    let mut first = [0];
    match stream.peek(&mut first).await? {
        0 => Err(Error::from(ErrorKind::UnexpectedEof)),
        _ if first[0] == CONNECT => Err(Error::from(ErrorKind::Unsupported)),
        _ => tls.accept(stream).await,
    }
}
