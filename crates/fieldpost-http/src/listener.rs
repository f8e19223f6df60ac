//! One port, http and https: the first byte of a connection tells which.
//!
//! Connections are counted; when as many are open as are allowed, new ones wait in the system's queue. A connection begins with the
//! reader for devices and goes on with hyper if its request is for the web.

use std::convert::Infallible;
use std::io::Cursor;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use fieldpost_engine::doctor::{Door as Way, TlsTrouble, What};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

use crate::app::Door;
use crate::device::Caller;
use crate::device::connection::{End, serve};
use crate::witness;

/// How many connections may be open at once.
const CONNECTIONS_MAX: usize = 16_384;
/// How long a new connection may stay silent, and how long a TLS handshake may take.
const GREETING: Duration = Duration::from_secs(15);
/// How long open connections have to finish their request when the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// The first byte of every TLS connection: a handshake record (RFC 8446, 5.1).
const TLS_HANDSHAKE: u8 = 0x16;
/// How much of a connection's beginning is looked at: in TLS, up to the version in the client's first message.
const HELLO: usize = 11;

/// A bound port that does not answer yet.
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

/// Binds a port; port 0 picks a free one.
///
/// # Errors
/// If the port is taken or not allowed.
pub async fn listen(address: SocketAddr) -> std::io::Result<Listening> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok(Listening { listener, address })
}

impl Listening {
    /// The address that was bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is cancelled, then lets open requests finish.
    pub async fn run(self, door: Door, tls: Arc<ServerConfig>, stop: CancellationToken) {
        let tls = TlsAcceptor::from(tls);
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let open = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accept(&self.listener, &room) => accepted,
            };
            let Some((stream, peer, place)) = accepted else { continue };
            let (door, tls, stop) = (door.clone(), tls.clone(), stop.clone());
            let connection = door.traffic.open();
            open.spawn(async move {
                if let Err(error) = greet(stream, peer, &door, &tls, &stop).await {
                    tracing::debug!(%peer, %error, "a connection broke");
                }
                drop((place, connection));
            });
        }
        drop(self.listener);
        open.close();
        let _ = timeout(GRACE, open.wait()).await;
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, IpAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer.ip().to_canonical(), place)),
        Err(error) => {
            // Out of file handles, most likely: give open connections a moment to end.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

/// Finds out what a new connection speaks and serves it.
async fn greet(
    stream: TcpStream,
    peer: IpAddr,
    door: &Door,
    tls: &TlsAcceptor,
    stop: &CancellationToken,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut first = [0; HELLO];
    let peeked = tokio::select! {
        peeked = timeout(GREETING, stream.peek(&mut first)) => peeked,
        () = stop.cancelled() => return Ok(()),
    };
    match peeked {
        Ok(Ok(0)) | Err(_) => return Ok(()),
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(error),
    }
    if first[0] == TLS_HANDSHAKE {
        let trouble = match timeout(GREETING, tls.accept(stream)).await {
            Ok(Ok(stream)) => {
                return speak(stream, Caller { peer, door: Way::Https }, door, stop).await;
            }
            Ok(Err(error)) => witness::tls_trouble(&error, &first),
            Err(_) => TlsTrouble::Silent,
        };
        let caller = Caller { peer, door: Way::Tls };
        door.devices.notice(witness::of_bytes(caller, b"", What::Tls(trouble)));
        tracing::debug!(%peer, ?trouble, "https did not come about");
        Ok(())
    } else {
        speak(stream, Caller { peer, door: Way::Http }, door, stop).await
    }
}

/// Serves a connection as a device's, then as a browser's if that is what it turns out to be.
async fn speak<S>(
    mut stream: S,
    caller: Caller,
    door: &Door,
    stop: &CancellationToken,
) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match serve(&mut stream, &door.devices, caller, stop).await? {
        End::Closed => Ok(()),
        End::HandOver(begun) => browse(stream, begun, caller, door, stop).await,
    }
}

async fn browse<S>(
    stream: S,
    begun: Bytes,
    caller: Caller,
    door: &Door,
    stop: &CancellationToken,
) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (read, write) = tokio::io::split(stream);
    let stream = tokio::io::join(Cursor::new(begun).chain(read), write);
    let (web, traffic) = (door.web.clone(), Arc::clone(&door.traffic));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(caller);
        let (mut web, traffic) = (web.clone(), Arc::clone(&traffic));
        async move {
            let answer = web.call(request).await?;
            traffic.answered(answer.status());
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(30))
        .title_case_headers(true)
        // Small clients end their side as soon as they have sent; they still want the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    served.map_err(std::io::Error::other)
}
