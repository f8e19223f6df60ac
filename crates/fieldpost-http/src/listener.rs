//! One port, http and https: the first byte of a connection tells which.
//!
//! Connections are counted; when as many are open as are allowed, new ones wait in the system's queue. A connection begins with the
//! reader for devices and goes on with hyper if its request is for the web.

use std::convert::Infallible;
use std::io::Cursor;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
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
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{interval, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower_service::Service as _;

use crate::app::Door;
use crate::device::Caller;
use crate::device::connection::{End, serve};
use crate::device::farewell::Farewells;
use crate::witness;

/// How many connections may be open at once.
const CONNECTIONS_MAX: usize = 16_384;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// How long open connections have to finish their request when the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// How often connections are closed that were kept for long enough.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How much of a TLS connection's beginning is looked at: up to the version in the client's first message.
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
    // An answer is written in one piece; its last bytes shall not wait for the client to confirm the ones before.
    SockRef::from(&listener).set_tcp_nodelay(true)?;
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
        let (tls, room) = (TlsAcceptor::from(tls), Semaphore::new(CONNECTIONS_MAX));
        let shared = Arc::new(Shared { door, tls, stop, room, farewells: Farewells::default() });
        let mut stopped = pin!(shared.stop.cancelled());
        let mut look = interval(LOOK_EVERY);
        loop {
            let accepted = tokio::select! {
                () = &mut stopped => break,
                _ = look.tick() => {
                    shared.farewells.close_old();
                    continue;
                }
                accepted = accept(&self.listener, &shared) => accepted,
            };
            let Some((stream, peer, place)) = accepted else { continue };
            tokio::spawn(async move {
                if let Err(error) = greet(stream, peer, &place.0).await {
                    tracing::debug!(%peer, %error, "a connection broke");
                }
            });
        }
        drop(self.listener);
        let _ = timeout(GRACE, shared.room.acquire_many(CONNECTIONS_MAX as u32)).await;
    }
}

/// What all connections have in common.
struct Shared {
    door: Door,
    tls: TlsAcceptor,
    stop: CancellationToken,
    /// How many more may be open.
    room: Semaphore,
    farewells: Farewells,
}

/// Held by a connection as long as it is open.
struct Place(Arc<Shared>);

impl Place {
    fn new(room: SemaphorePermit<'_>, shared: &Arc<Shared>) -> Self {
        room.forget();
        shared.door.traffic.open();
        Self(Arc::clone(shared))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.door.traffic.close();
        self.0.room.add_permits(1);
    }
}

async fn accept(
    listener: &TcpListener,
    shared: &Arc<Shared>,
) -> Option<(TcpStream, IpAddr, Place)> {
    let room = shared.room.acquire().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer.ip().to_canonical(), Place::new(room, shared))),
        Err(error) => {
            // Out of file handles, most likely: those that are over go first, then open ones get a moment to end.
            shared.farewells.close_all();
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

/// Serves a new connection: as a device's, then in TLS or as a browser's if that is what it turns out to be.
async fn greet(mut stream: TcpStream, peer: IpAddr, shared: &Shared) -> std::io::Result<()> {
    if !cfg!(target_os = "linux") {
        stream.set_nodelay(true)?; // on Linux it comes from the listener
    }
    let caller = Caller { peer, door: Way::Http };
    // What few connections go on with is no part of the state of all others.
    match serve(&mut stream, &shared.door.devices, caller, &shared.stop).await? {
        End::Closed => Ok(()),
        End::Said => {
            shared.farewells.keep(stream);
            Ok(())
        }
        End::Tls(begun) => Box::pin(unveil(stream, begun, peer, shared)).await,
        End::HandOver(begun) => Box::pin(browse(stream, begun, caller, shared)).await,
    }
}

/// Goes on with a connection that began with TLS.
async fn unveil(
    stream: TcpStream,
    begun: Bytes,
    peer: IpAddr,
    shared: &Shared,
) -> std::io::Result<()> {
    let Shared { door, tls, stop, .. } = shared;
    let mut hello = [0; HELLO];
    let came = begun.len().min(HELLO);
    hello[..came].copy_from_slice(&begun[..came]);
    let (read, write) = stream.into_split();
    let stream = tokio::io::join(Cursor::new(begun).chain(read), write);
    let trouble = match timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(mut stream)) => {
            let caller = Caller { peer, door: Way::Https };
            return match serve(&mut stream, &door.devices, caller, stop).await? {
                End::Closed | End::Said | End::Tls(_) => Ok(()),
                End::HandOver(begun) => browse(stream, begun, caller, shared).await,
            };
        }
        Ok(Err(error)) => witness::tls_trouble(&error, &hello),
        Err(_) => TlsTrouble::Silent,
    };
    let caller = Caller { peer, door: Way::Tls };
    door.devices.notice(witness::of_bytes(caller, b"", What::Tls(trouble)));
    tracing::debug!(%peer, ?trouble, "https did not come about");
    Ok(())
}

async fn browse<S>(
    stream: S,
    begun: Bytes,
    caller: Caller,
    Shared { door, stop, .. }: &Shared,
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

#[cfg(test)]
mod tests {
    use fieldpost_engine::{Engine, Limits};
    use fieldpost_store::memory::MemoryStore;
    use fieldpost_wire::Timestamp;

    use super::*;
    use crate::thingspeak::ThingSpeak;

    /// Thousands may be open, and each is moved about when it begins.
    #[tokio::test]
    async fn a_connection_keeps_little_while_it_waits() {
        let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(Timestamp::default));
        let (engine, _running) = Engine::start(store, Limits::default(), clock).unwrap();
        let (devices, stop) = (ThingSpeak::new(engine, Arc::default()), CancellationToken::new());
        let listening = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let mut stream = TcpStream::connect(listening.address()).await.unwrap();
        let caller = Caller { peer: [127, 0, 0, 1].into(), door: Way::Http };
        let size = size_of_val(&serve(&mut stream, &devices, caller, &stop));
        assert!(size <= 4096, "{size} bytes");
    }
}
