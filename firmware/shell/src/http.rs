//! One request over one connection: look the host up, connect, send, read the answer, close.
//!
//! Each step ends on its own or by the request's time-out, and what went wrong is told apart the way a
//! node needs it: whether the server may have seen the request.

use core::cell::RefCell;
use core::fmt::{self, Display, Write as _};
use embassy_net::dns::DnsQueryType;
use embassy_net::tcp::TcpSocket;
use embassy_net::{IpAddress, Stack};
use embassy_time::{Duration, with_timeout};
use embedded_io_async::{Error as _, ErrorType, Read, Write};
use fieldpost_node::clock::http_date;
use fieldpost_node::{Failure, Lane, Method, Node, Reply};
use heapless::String;
use log::warn;
use reqwless::headers::ContentType;
use reqwless::request::{Method as Verb, Request, RequestBody, RequestBuilder};
use reqwless::response::Response;
use reqwless::{Error, TryBufRead};

use crate::server::{HOST, Server};
use crate::settings::Settings;
#[cfg(feature = "https")]
use crate::tls;

/// How long looking up and connecting may take, each.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a connection may take to end once the answer is there.
const PARTING: Duration = Duration::from_millis(500);
/// The most bytes of a request's path with its query.
const PATH: usize = 160;

/// The memory that a line needs.
pub struct Room {
    receive: [u8; 1536],
    send: [u8; 1536],
    /// Headers and body of an answer.
    answer: [u8; 4096],
    #[cfg(feature = "https")]
    secret: tls::SecretRoom,
}

impl Room {
    /// Makes room.
    pub const fn new() -> Self {
        Self {
            receive: [0; 1536],
            send: [0; 1536],
            answer: [0; 4096],
            #[cfg(feature = "https")]
            secret: tls::SecretRoom::new(),
        }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::new()
    }
}

/// A way to the server, for one request at a time.
pub struct Line<'a> {
    network: Stack<'a>,
    settings: &'a Settings,
    room: &'a mut Room,
    #[cfg_attr(not(feature = "https"), expect(dead_code, reason = "only secrets need chance"))]
    chance: fn() -> u64,
}

impl<'a> Line<'a> {
    /// Makes a line to the server that the settings name; `chance` gives random numbers, good enough for
    /// keys if the server is an https one.
    pub const fn new(
        network: Stack<'a>,
        settings: &'a Settings,
        room: &'a mut Room,
        chance: fn() -> u64,
    ) -> Self {
        Self { network, settings, room, chance }
    }

    /// The network it goes over.
    pub(crate) const fn network(&self) -> Stack<'a> {
        self.network
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn exchange<N: Node>(
        &mut self,
        exchange: &Exchange<'_, N>,
    ) -> Result<Reply<'_>, Failure> {
        let Room {
            receive,
            send,
            answer,
            #[cfg(feature = "https")]
            secret,
        } = &mut *self.room;
        let server = &self.settings.server;
        let mut socket = TcpSocket::new(self.network, receive, send);
        // An update is small: it must not wait for more to come.
        socket.set_nagle_enabled(false);
        connect(self.network, server, &mut socket).await?;
        let talk = async {
            #[cfg(feature = "https")]
            if let (true, Some(trust)) = (server.secret, &self.settings.trust) {
                let line = tls::open(&mut socket, trust, self.chance, secret).await;
                let mut line = line.map_err(|error| {
                    warn!("https: {error:?}");
                    Failure::Unreachable
                })?;
                return ask(&mut line, server, exchange, answer).await;
            }
            ask(&mut socket, server, exchange, answer).await
        };
        let result = with_timeout(exchange.timeout, talk).await.unwrap_or(Err(Failure::Silent));
        if result.is_ok() {
            socket.close();
        } else {
            socket.abort();
        }
        // However the connection ends, the request is over.
        let _ = with_timeout(PARTING, socket.flush()).await;
        result
    }
}

async fn connect(
    network: Stack<'_>,
    server: &Server,
    socket: &mut TcpSocket<'_>,
) -> Result<(), Failure> {
    let reach = async {
        let found = network.dns_query(&server.host, DnsQueryType::A).await;
        let address: IpAddress = *found.ok().as_ref()?.first()?;
        with_timeout(CONNECT, socket.connect((address, server.port))).await.ok()?.ok()
    };
    with_timeout(CONNECT * 2, reach).await.ok().flatten().ok_or(Failure::Unreachable)
}

async fn ask<'a, N: Node, S: Read + Write>(
    socket: &mut S,
    server: &Server,
    exchange: &Exchange<'_, N>,
    answer: &'a mut [u8],
) -> Result<Reply<'a>, Failure> {
    let result = ask_http(&mut Wire(socket), server, exchange, answer).await;
    result.map_err(|error| {
        warn!("http: {error:?}");
        Failure::Broken
    })
}

async fn ask_http<'a, N: Node, S: Read + Write>(
    wire: &mut Wire<'_, S>,
    server: &Server,
    exchange: &Exchange<'_, N>,
    answer: &'a mut [u8],
) -> Result<Reply<'a>, Error> {
    let mut host: String<{ HOST + 6 }> = String::new();
    // Name, colon and five digits fit.
    let _ = write!(host, "{}:{}", server.host, server.port);
    let body = exchange.body();
    let verb = if body.is_some() { Verb::POST } else { Verb::GET };
    let request = Request::new(verb, &exchange.path)
        .host(&host)
        .headers(&[("Connection", "close")])
        .content_type(ContentType::ApplicationJson);
    match &body {
        Some(body) => request.body(body).build().write_header(wire).await?,
        None => request.build().write_header(wire).await?,
    }
    if let Some(body) = &body {
        body.write(wire).await.map_err(|error| Error::Network(error.kind()))?;
    }
    wire.flush().await.map_err(|error| Error::Network(error.kind()))?;

    let response = Response::read(wire, verb, answer).await?;
    let status = response.status.0;
    let date = response
        .headers()
        .find(|(name, _)| name.eq_ignore_ascii_case("date"))
        .and_then(|(_, value)| http_date(core::str::from_utf8(value).ok()?));
    let body = response.body().read_to_end().await?;
    Ok(Reply { status, date, body })
}

/// A request that a node wants sent. It prints itself anew from the node for each piece of its body, so
/// no buffer has to be as large as the largest body.
pub(crate) struct Exchange<'a, N> {
    node: &'a RefCell<N>,
    lane: Lane,
    path: String<PATH>,
    label: String<48>,
    timeout: Duration,
    length: Option<usize>,
}

impl<'a, N: Node> Exchange<'a, N> {
    /// Asks the node; `None` if there is nothing under way on this lane.
    pub(crate) fn new(node: &'a RefCell<N>, lane: Lane) -> Option<Self> {
        let borrowed = node.borrow();
        let request = borrowed.request(lane)?;
        let (mut path, mut label) = (String::new(), String::new());
        if write!(path, "{}", request.path()).is_err() {
            warn!("http: the path of a request does not fit");
            return None;
        }
        // A label that is cut off still says which request it was.
        let _ = write!(label, "{} {}", request.method().name(), request.label());
        let timeout = Duration::from_millis(u64::try_from(request.timeout().as_millis()).ok()?);
        let length = (request.method() == Method::Post)
            .then(|| request.body().map_or(0, |body| body.length()));
        Some(Self { node, lane, path, label, timeout, length })
    }

    /// What to call it in a log: without keys.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    fn body(&self) -> Option<Printed<'_, N>> {
        self.length.map(|length| Printed { exchange: self, length })
    }
}

/// A body that is printed piece by piece.
struct Printed<'a, N> {
    exchange: &'a Exchange<'a, N>,
    length: usize,
}

impl<N: Node> RequestBody for &Printed<'_, N> {
    fn len(&self) -> Option<usize> {
        Some(self.length)
    }

    async fn write<W: Write>(&self, writer: &mut W) -> Result<(), W::Error> {
        let mut piece = [0; 512];
        let mut sent = 0;
        while sent < self.length {
            let length = {
                let node = self.exchange.node.borrow();
                let body = node.request(self.exchange.lane).and_then(|request| request.body());
                body.map_or(0, |body| window(body, sent, &mut piece))
            };
            if length == 0 {
                // Less came than was announced: the server will see a request that breaks off.
                break;
            }
            writer.write_all(&piece[..length]).await?;
            sent += length;
        }
        Ok(())
    }
}

/// Prints the part of a text that begins at an offset, as much of it as fits; gives its length.
fn window(text: impl Display, offset: usize, into: &mut [u8]) -> usize {
    struct Window<'a> {
        skip: usize,
        into: &'a mut [u8],
        length: usize,
    }
    impl fmt::Write for Window<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let skipped = self.skip.min(text.len());
            self.skip -= skipped;
            let text = &text.as_bytes()[skipped..];
            let free = &mut self.into[self.length..];
            let fits = text.len().min(free.len());
            free[..fits].copy_from_slice(&text[..fits]);
            self.length += fits;
            // Full: there is no need to print the rest.
            if fits < text.len() { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let mut window = Window { skip: offset, into, length: 0 };
    // An error only says that the window is full.
    let _ = write!(window, "{text}");
    window.length
}

/// A connection as the HTTP crate wants it.
struct Wire<'a, S>(&'a mut S);

impl<S: ErrorType> ErrorType for Wire<'_, S> {
    type Error = S::Error;
}

impl<S: Read> Read for Wire<'_, S> {
    async fn read(&mut self, into: &mut [u8]) -> Result<usize, Self::Error> {
        self.0.read(into).await
    }
}

impl<S: Write> Write for Wire<'_, S> {
    async fn write(&mut self, from: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(from).await
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.0.flush().await
    }
}

impl<S: Read> TryBufRead for Wire<'_, S> {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::String as Owned;
    use std::vec::Vec;

    #[test]
    fn a_text_can_be_printed_piece_by_piece() {
        let text = "{\"field1\":21.5,\"field2\":55.0}";
        for size in [1, 3, 7, 28, 29, 30, 512] {
            let mut piece = std::vec![0; size];
            let mut whole = Vec::new();
            while whole.len() < text.len() {
                let length = window(format_args!("{text}"), whole.len(), &mut piece);
                assert!(length > 0, "size {size}");
                whole.extend_from_slice(&piece[..length]);
            }
            assert_eq!(Owned::from_utf8(whole).unwrap(), text);
        }
        assert_eq!(window(text, text.len(), &mut [0; 8]), 0);
    }
}
