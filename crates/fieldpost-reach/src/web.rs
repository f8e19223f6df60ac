//! Web requests: one connection, one answer, all within a time.
//!
//! A name is looked up first, then the guard is asked about each address, and the connection is made to an address that it let pass:
//! there is no second look-up in between. Redirects are not followed; their answer is given as it is.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use fieldpost_client::Error;
use fieldpost_client::exchange::{Stream, exchange};
use fieldpost_client::tls::Trust;
use fieldpost_engine::outside::{HttpAnswer, HttpCall, Trouble};
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request};
use http_body_util::Full;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::{Host, Url};

use crate::guard::{Kind, kind};

/// The longest wait for one address to take a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How many addresses of a name are tried.
const ADDRESSES: usize = 4;
/// How many names are looked up at once: each takes a thread that others wait for too, and may take it for long.
const LOOKUPS: usize = 4;
/// How many requests are under way at once; others wait, within their time.
const CALLS: usize = 64;
/// What is said instead of who asks.
const AGENT: &str = concat!("fieldpost/", env!("CARGO_PKG_VERSION"));
/// Headers that belong to the connection; who could set them could speak in another's name.
const NOT_YOURS: [HeaderName; 7] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Sends web requests.
#[derive(Clone, Debug)]
pub struct Web {
    trust: Trust,
    lookups: Arc<Semaphore>,
    calls: Arc<Semaphore>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            trust: Trust::default(),
            lookups: Arc::new(Semaphore::new(LOOKUPS)),
            calls: Arc::new(Semaphore::new(CALLS)),
        }
    }
}

/// Where a request goes.
struct Target {
    secure: bool,
    host: Host,
    /// As it stands in certificates and sentences.
    name: String,
    port: u16,
    authority: String,
    path: String,
}

impl Web {
    /// The same, trusting these certificates (PEM) beside those that the machine trusts.
    ///
    /// # Errors
    /// If it is no certificate.
    pub fn with_trusted(mut self, pem: &[u8]) -> Result<Self, Error> {
        self.trust = self.trust.with(pem)?;
        Ok(self)
    }

    pub(crate) async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Trouble> {
        let target = Target::read(&call.url)?;
        let (name, port, limit) = (target.name.clone(), target.port, call.timeout_ms);
        match timeout(Duration::from_millis(limit), self.talk(target, call)).await {
            Ok(answer) => answer,
            Err(_) => Err(Trouble::passing(format!(
                "{name}:{port} did not answer within {} s",
                limit.div_ceil(1_000)
            ))),
        }
    }

    async fn talk(&self, target: Target, call: HttpCall) -> Result<HttpAnswer, Trouble> {
        let (private_ok, max_body) = (call.private_ok, call.max_body);
        let message = message(&target, call)?;
        let _turn = self.calls.acquire().await.map_err(|_| Trouble::passing("shutting down"))?;
        let addresses = self.look_up(&target).await?;
        let stream = connect(&target, &addresses, private_ok).await?;
        let stream: Box<dyn Stream> = if target.secure {
            let secured = self.trust.connect(&target.name, stream).await;
            Box::new(secured.map_err(|error| untrusted(&target, &error))?)
        } else {
            Box::new(stream)
        };
        let broken = |error: Error| {
            let name = &target.name;
            let why = match &error {
                Error::Broken(cause) => cause.to_string(),
                other => other.to_string(),
            };
            Trouble::passing(format!("{name} broke off, or speaks no HTTP there: {why}"))
        };
        let answer = exchange(stream, message).await.map_err(broken)?;
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer.head.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
        let status = answer.head.status.as_u16();
        let body = answer.beginning(max_body).await.map_err(broken)?;
        Ok(HttpAnswer { status, headers, body })
    }

    async fn look_up(&self, target: &Target) -> Result<Vec<IpAddr>, Trouble> {
        let name = match &target.host {
            Host::Ipv4(address) => return Ok(vec![IpAddr::V4(*address)]),
            Host::Ipv6(address) => return Ok(vec![IpAddr::V6(*address)]),
            Host::Domain(name) => name.clone(),
        };
        let lookups = Arc::clone(&self.lookups);
        let turn = lookups.acquire_owned().await;
        let asked = name.clone();
        // The turn goes with the thread, which goes on when nobody waits for it any more.
        let found = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            Ok::<_, io::Error>((asked.as_str(), 0).to_socket_addrs()?.map(|a| a.ip()).collect())
        });
        let found: io::Result<Vec<IpAddr>> =
            found.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        match found {
            Ok(addresses) if !addresses.is_empty() => Ok(addresses),
            _ => Err(Trouble::passing(format!(
                "there is no host {name:?}; check the address, and whether the server finds names in the network"
            ))),
        }
    }
}

impl Target {
    fn read(url: &str) -> Result<Self, Trouble> {
        let bad = |why: &str| Trouble::lasting(format!("the address can't be used: {why}"));
        let url = Url::parse(url.trim())
            .map_err(|_| bad("it must be whole, such as https://example.org/path"))?;
        let secure = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(bad("it must begin with http:// or https://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad(
                "name and password do not belong in it, they have fields of their own",
            ));
        }
        let host = url.host().ok_or_else(|| bad("it names no host"))?.to_owned();
        let port = url.port_or_known_default().unwrap_or(80);
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let name = host.to_string().trim_matches(['[', ']']).to_owned();
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{}{query}", url.path());
        Ok(Self { secure, host, name, port, authority, path })
    }
}

fn message(target: &Target, call: HttpCall) -> Result<Request<Full<Bytes>>, Trouble> {
    let bad = |what: &str| Trouble::lasting(format!("this request can't be sent: {what}"));
    let method = Method::from_bytes(call.method.as_bytes()).ok();
    let method = method.filter(|method| *method != Method::CONNECT);
    let mut message = Request::builder()
        .method(method.ok_or_else(|| bad("there is no such method"))?)
        .uri(&target.path)
        .body(Full::new(Bytes::from(call.body)))
        .map_err(|_| bad("its path has characters that can't be sent"))?;
    let headers = message.headers_mut();
    let own = |text: &str| HeaderValue::from_str(text).map_err(|_| bad("its host can't be sent"));
    headers.insert(header::HOST, own(&target.authority)?);
    headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
    for (name, value) in &call.headers {
        let known = HeaderName::from_bytes(name.trim().as_bytes());
        let (Ok(known), Ok(value)) = (known, HeaderValue::from_str(value.trim())) else {
            return Err(bad(&format!("the header {name:?} has characters that can't be sent")));
        };
        if NOT_YOURS.contains(&known) {
            return Err(bad(&format!("the header {known} is set by the server itself")));
        }
        if known == header::HOST || known == header::USER_AGENT {
            headers.insert(known, value);
        } else {
            headers.append(known, value);
        }
    }
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if let Some((user, password)) = call.user_password {
        let both = BASE64_STANDARD.encode(format!("{user}:{password}"));
        let mut value = own(&format!("Basic {both}"))?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(message)
}

/// Connects to the first address that takes it and may be connected to.
async fn connect(
    target: &Target,
    addresses: &[IpAddr],
    private_ok: bool,
) -> Result<TcpStream, Trouble> {
    let Target { name, port, .. } = target;
    let mut trouble = None;
    for &address in addresses.iter().take(ADDRESSES) {
        let kind = if is_own(address) { Kind::Own } else { kind(address) };
        if kind != Kind::Public && !private_ok {
            return Err(refused(name, address, kind));
        }
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(SocketAddr::new(address, *port))).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true); // a matter of speed only
                return Ok(stream);
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                trouble = Some(format!("nothing listens at {name}:{port}; check the port"));
            }
            Ok(Err(error)) => trouble = Some(format!("{name}:{port} can't be reached: {error}")),
            Err(_) => trouble = Some(format!("{name}:{port} takes no connection")),
        }
    }
    Err(Trouble::passing(trouble.unwrap_or_else(|| format!("{name} has no address"))))
}

fn refused(name: &str, address: IpAddr, kind: Kind) -> Trouble {
    let is = if name == address.to_string() {
        format!("{name} is {kind}")
    } else {
        format!("{name} leads to {address}, which is {kind}")
    };
    Trouble {
        says: format!(
            "not called: {is}. An administrator may allow this target by its switch for private networks; \
             the option --private-targets allows them to everybody here"
        ),
        again: false,
        private: true,
    }
}

fn untrusted(target: &Target, error: &io::Error) -> Trouble {
    let name = &target.name;
    let says = format!("no secret connection to {name}:{}: {error}", target.port);
    // A certificate does not get better by itself; a broken connection may.
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    if cause.is_some() {
        return Trouble::lasting(format!(
            "{says}; its certificate must be one that this machine trusts"
        ));
    }
    Trouble::passing(says)
}

/// True for an address of this machine, whatever its kind: what is sent there would come from there. Nothing is sent to find out.
fn is_own(address: IpAddr) -> bool {
    let any: IpAddr = match address {
        IpAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    let source = std::net::UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((address, 9))?;
        socket.local_addr()
    });
    source.is_ok_and(|source| source.ip() == address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(url: &str) -> HttpCall {
        HttpCall {
            method: "POST".into(),
            url: url.into(),
            headers: Vec::new(),
            body: b"x".to_vec(),
            user_password: None,
            timeout_ms: 1_000,
            private_ok: false,
            max_body: 100,
        }
    }

    #[test]
    fn a_host_in_disguise_is_the_address_that_it_stands_for() {
        for url in [
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://１２７.0.0.1/",
        ] {
            let Host::Ipv4(address) = Target::read(url).ok().unwrap().host else { panic!("{url}") };
            assert_eq!(kind(address.into()), Kind::Own, "{url}");
        }
        let target = Target::read("http://[::ffff:127.0.0.1]:81/a?b=c#d").ok().unwrap();
        assert_eq!((target.authority.as_str(), target.port), ("[::ffff:7f00:1]:81", 81));
        assert_eq!((target.path.as_str(), target.name.as_str()), ("/a?b=c", "::ffff:7f00:1"));
    }

    #[test]
    fn what_is_no_web_address_is_refused_in_words() {
        for (url, word) in [
            ("", "whole"),
            ("example.org", "whole"),
            ("ftp://example.org", "http://"),
            ("file:///etc/passwd", "http://"),
            ("http://", "whole"),
            ("http://ada:secret@example.org", "password"),
        ] {
            let trouble = Target::read(url).err().unwrap();
            assert!(trouble.says.contains(word) && !trouble.again, "{url}: {trouble}");
            assert!(!trouble.says.contains("secret"), "{trouble}");
        }
    }

    #[test]
    fn nobody_slips_a_header_or_a_second_request_in() {
        let target = Target::read("http://example.org/a b?c=%0d%0aX: y").ok().unwrap();
        let fine = message(&target, call("")).unwrap();
        assert_eq!(fine.uri(), "/a%20b?c=%0d%0aX:%20y");
        for (name, value) in [
            ("X", "a\r\nY: b"),
            ("X: y\r\nZ", "a"),
            ("Content-Length", "0"),
            ("transfer-encoding", "chunked"),
            ("Connection", "keep-alive"),
        ] {
            let headers = vec![(name.into(), value.into())];
            let trouble = message(&target, HttpCall { headers, ..call("") }).unwrap_err();
            assert!(!trouble.again, "{name}");
        }
        let method = "GET / HTTP/1.1\r\n\r\nGET".into();
        assert!(message(&target, HttpCall { method, ..call("") }).is_err());
    }

    #[test]
    fn a_password_goes_out_as_basic_authentication_and_is_not_shown() {
        let target = Target::read("https://example.org").ok().unwrap();
        let user_password = Some(("ada".into(), "pass:word".into()));
        let message = message(&target, HttpCall { user_password, ..call("") }).unwrap();
        assert_eq!(message.headers()[header::AUTHORIZATION], "Basic YWRhOnBhc3M6d29yZA==");
        assert!(!format!("{message:?}").contains("YWRh"));
        assert_eq!((target.authority.as_str(), target.port), ("example.org", 443));
    }

    #[test]
    fn the_machine_knows_its_own_addresses() {
        assert!(is_own("127.0.0.1".parse().unwrap()));
        assert!(!is_own("192.0.2.1".parse().unwrap()));
    }
}
