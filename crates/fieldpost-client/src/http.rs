//! One request, one connection, one answer, all within a time limit.
//!
//! The rest of the crate is made of this and knows no socket. HTTP/1.1 by `hyper` over a Tokio stream;
//! nothing is pooled, so nothing can go stale: a request costs one more round trip, and that is all.

use crate::error::Error;
use crate::exchange::{Stream, exchange};
use bytes::Bytes;
use fieldpost_wire::{ApiKey, ChannelId};
use http::{HeaderValue, Method, Uri, header};
use http_body_util::Full;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

/// A server that is spoken to. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    server: Arc<Server>,
    timeout: Duration,
    #[cfg(feature = "tls")]
    tls: crate::tls::Trust,
}

#[derive(Debug)]
struct Server {
    secure: bool,
    host: String,
    port: u16,
    authority: HeaderValue,
    /// What stands before every path; usually nothing.
    prefix: String,
}

/// A request for [`Client::send`].
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method: `GET`, `POST` …
    pub method: &'a str,
    /// The path with its query, both percent-encoded.
    pub path: &'a str,
    /// The body and its content type.
    pub body: Option<(&'a str, &'a [u8])>,
    /// How long to wait for the whole answer; the client's own limit if `None`.
    pub timeout: Option<Duration>,
}

impl<'a> Request<'a> {
    /// Asks for something.
    pub const fn get(path: &'a str) -> Self {
        Self { method: "GET", path, body: None, timeout: None }
    }

    /// Sends JSON.
    pub const fn post_json(path: &'a str, json: &'a [u8]) -> Self {
        Self { method: "POST", path, body: Some(("application/json", json)), timeout: None }
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The `Date` header.
    pub date: Option<String>,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    /// The body as text; what is not UTF-8 shows as U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The beginning of the body, fit for an error message.
    pub(crate) fn beginning(&self) -> String {
        self.text().chars().filter(|c| !c.is_control()).take(200).collect()
    }

    /// Passes on an answer that says yes.
    pub(crate) fn accepted(self) -> Result<Self, Error> {
        match self.status {
            200..300 => Ok(self),
            status => Err(Error::Refused { status, said: self.beginning() }),
        }
    }
}

impl Client {
    /// How long to wait for an answer, unless told otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(20);
    /// How long to wait for a connection.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
    /// The longest wait for an answer, whatever limit is set.
    pub const LONGEST_WAIT: Duration = Duration::from_secs(86_400);
    /// The longest answer that is read: more than the largest feed.
    pub const LONGEST_REPLY: usize = 32 << 20;

    /// Makes a client for the server at a URL such as `http://fieldpost.local:8080` or
    /// `https://api.thingspeak.com`. Does not connect yet.
    pub fn new(url: &str) -> Result<Self, Error> {
        let uri: Uri = url.trim().parse().map_err(|_| Error::Input("this is not a URL"))?;
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") if cfg!(feature = "tls") => true,
            Some("https") => return Err(Error::Input("https is not built in (feature `tls`)")),
            _ => return Err(Error::Input("the URL must begin with http:// or https://")),
        };
        let authority = uri.authority().ok_or(Error::Input("the URL names no host"))?;
        let host = authority.host();
        if host.is_empty() || uri.query().is_some() || authority.as_str().contains('@') {
            return Err(Error::Input("the URL must name a server and nothing else"));
        }
        let server = Server {
            secure,
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: authority.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            authority: HeaderValue::from_str(authority.as_str())
                .map_err(|_| Error::Input("this is not a host"))?,
            prefix: uri.path().trim_end_matches('/').to_owned(),
        };
        Ok(Self {
            server: Arc::new(server),
            timeout: Self::TIMEOUT,
            #[cfg(feature = "tls")]
            tls: crate::tls::Trust::default(),
        })
    }

    /// The same client with another limit for the time that one request may take.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same client, trusting these certificates (PEM) beside those that the machine trusts. For a
    /// server that made its own.
    #[cfg(feature = "tls")]
    pub fn with_trusted(mut self, pem: &[u8]) -> Result<Self, Error> {
        self.tls = self.tls.with(pem)?;
        Ok(self)
    }

    /// Sends an update to the channel that this write key opens.
    pub fn update<'a>(&'a self, key: &'a ApiKey) -> crate::Update<'a> {
        crate::Update::new(self, key)
    }

    /// Sends many updates to a channel at once.
    pub fn bulk<'a>(&'a self, channel: ChannelId, key: &'a ApiKey) -> crate::Bulk<'a> {
        crate::Bulk::new(self, channel, key)
    }

    /// Reads a channel.
    pub const fn channel(&self, id: ChannelId) -> crate::Channel<'_> {
        crate::Channel::new(self, id)
    }

    /// Sends any request and gives the answer, whatever its status.
    pub async fn send(&self, request: Request<'_>) -> Result<Reply, Error> {
        let patience = request.timeout.unwrap_or(self.timeout).min(Self::LONGEST_WAIT);
        let deadline = Instant::now() + patience;
        let message = self.message(&request)?;
        let connected = async {
            let stream = TcpStream::connect((self.server.host.as_str(), self.server.port)).await?;
            stream.set_nodelay(true)?;
            self.secured(stream).await
        };
        let limit = Self::CONNECT_TIMEOUT.min(deadline.saturating_duration_since(Instant::now()));
        let stream = match timeout(limit, connected).await {
            Ok(stream) => stream.map_err(Error::Unreachable)?,
            Err(_) => return Err(Error::Unreachable(io::ErrorKind::TimedOut.into())),
        };
        timeout_at(deadline, converse(stream, message)).await.map_err(|_| Error::Silent)?
    }

    fn message(&self, request: &Request<'_>) -> Result<http::Request<Full<Bytes>>, Error> {
        let bad = |_| Error::Input("this request cannot be sent");
        let mut target = self.server.prefix.clone();
        target.push_str(request.path);
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Error::Input("this method cannot be sent"))?;
        let mut message = http::Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, &self.server.authority)
            .header(header::USER_AGENT, concat!("fieldpost/", env!("CARGO_PKG_VERSION")))
            .header(header::CONNECTION, "close");
        if let Some((kind, _)) = request.body {
            message = message.header(header::CONTENT_TYPE, kind);
        }
        let body = request.body.map_or_else(Bytes::new, |(_, body)| Bytes::copy_from_slice(body));
        message.body(Full::new(body)).map_err(bad)
    }

    #[cfg(feature = "tls")]
    async fn secured(&self, stream: TcpStream) -> io::Result<Box<dyn Stream>> {
        if self.server.secure {
            let stream = self.tls.connect(&self.server.host, stream).await?;
            Ok(Box::new(stream))
        } else {
            Ok(Box::new(stream))
        }
    }

    #[cfg(not(feature = "tls"))]
    async fn secured(&self, stream: TcpStream) -> io::Result<Box<dyn Stream>> {
        debug_assert!(!self.server.secure, "refused by `Client::new`");
        Ok(Box::new(stream))
    }
}

async fn converse(
    stream: Box<dyn Stream>,
    message: http::Request<Full<Bytes>>,
) -> Result<Reply, Error> {
    let answer = exchange(stream, message).await?;
    let head = &answer.head;
    let date = head.headers.get(header::DATE).and_then(|date| date.to_str().ok());
    let (status, date) = (head.status.as_u16(), date.map(str::to_owned));
    Ok(Reply { status, date, body: answer.whole(Client::LONGEST_REPLY).await? })
}

/// Adds a text to a query, percent-encoded.
pub(crate) fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_a_plain_url() {
        for good in ["http://127.0.0.1:8080", "http://host/", "http://[::1]:80", " http://h/a/ "] {
            assert!(Client::new(good).is_ok(), "{good}");
        }
        for bad in ["", "host", "host:80", "ftp://host", "http://", "http://h/?a=1", "http://a@h/"]
        {
            assert!(matches!(Client::new(bad), Err(Error::Input(_))), "{bad}");
        }
    }

    #[test]
    fn a_path_is_kept_in_front_of_every_request() {
        let client = Client::new("http://proxy:81/field/post/").unwrap();
        let message = client.message(&Request::get("/update?field1=1")).unwrap();
        assert_eq!(message.uri(), "/field/post/update?field1=1");
        assert_eq!(message.headers()[header::HOST], "proxy:81");
    }

    #[test]
    fn a_query_is_encoded_byte_by_byte() {
        let mut query = String::new();
        encode(&mut query, "a b&c=d+é%");
        assert_eq!(query, "a%20b%26c%3Dd%2B%C3%A9%25");
    }
}
