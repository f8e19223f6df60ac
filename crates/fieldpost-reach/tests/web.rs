//! Web requests over real sockets on this machine: who is let through, what comes back, and how it goes wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fieldpost_engine::outside::{HttpAnswer, HttpCall, Outside as _, Trouble};
use fieldpost_reach::{Reach, Web};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A server that gives everybody the same answer, and remembers what it heard.
struct Neighbour {
    port: u16,
    visits: Arc<AtomicUsize>,
    heard: tokio::sync::mpsc::UnboundedReceiver<String>,
}

impl Neighbour {
    async fn saying(answer: &str) -> Self {
        let answer = answer.to_owned();
        Self::with(move |stream, heard| converse(stream, answer.clone(), heard)).await
    }

    async fn with<F>(
        serve: impl Fn(tokio::net::TcpStream, tokio::sync::mpsc::UnboundedSender<String>) -> F
        + Send
        + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (visits, (tell, heard)) =
            (Arc::new(AtomicUsize::new(0)), tokio::sync::mpsc::unbounded_channel());
        let counted = Arc::clone(&visits);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, tell.clone()));
            }
        });
        Self { port, visits, heard }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: String,
    heard: tokio::sync::mpsc::UnboundedSender<String>,
) {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let _ = heard.send(String::from_utf8(request).unwrap());
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn get(url: String) -> HttpCall {
    HttpCall {
        method: "GET".into(),
        url,
        headers: vec![("X-Hello".into(), "world".into())],
        body: Vec::new(),
        user_password: None,
        timeout_ms: 20_000,
        private_ok: true,
        max_body: 1_000,
    }
}

async fn ask(call: HttpCall) -> Result<HttpAnswer, Trouble> {
    Reach::default().http(call).await
}

const FINE: &str = "HTTP/1.1 200 OK\r\nX-There: yes\r\nContent-Length: 5\r\n\r\nhello";

#[tokio::test]
async fn no_spelling_of_this_machine_gets_past_the_guard() {
    let neighbour = Neighbour::saying(FINE).await;
    let port = neighbour.port;
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "0.0.0.0",
        "2130706433",
        "0x7f.0.0.1",
        "017700000001",
        "127.1",
    ] {
        let call = HttpCall { private_ok: false, ..get(format!("http://{host}:{port}/")) };
        let trouble = ask(call).await.unwrap_err();
        assert!(trouble.private && !trouble.again, "{host}: {trouble:?}");
        assert!(trouble.says.contains("administrator"), "{trouble}");
    }
    for host in ["169.254.169.254", "10.0.0.1", "192.168.0.1", "100.64.0.1", "[fd00::1]"] {
        let call = HttpCall { private_ok: false, ..get(format!("http://{host}/latest/meta-data")) };
        assert!(ask(call).await.unwrap_err().private, "{host}");
    }
    assert_eq!(neighbour.visits(), 0);
    let allowed = ask(get(format!("http://localhost:{port}/"))).await.unwrap();
    assert_eq!((allowed.status, neighbour.visits()), (200, 1));
}

#[tokio::test]
async fn a_request_arrives_as_it_was_meant_and_its_answer_comes_back() {
    let mut neighbour = Neighbour::saying(FINE).await;
    let call = HttpCall {
        method: "PUT".into(),
        body: b"21.5".to_vec(),
        user_password: Some(("ada".into(), "pw".into())),
        ..get(format!("http://127.0.0.1:{}/a?b=c", neighbour.port))
    };
    let answer = ask(call).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hello"[..]));
    assert!(answer.headers.contains(&("x-there".into(), "yes".into())));
    let heard = neighbour.heard.recv().await.unwrap().to_lowercase();
    assert!(heard.starts_with("put /a?b=c http/1.1\r\n"), "{heard}");
    for line in ["x-hello: world", "authorization: basic ywrhonb3", "content-length: 4"] {
        assert!(heard.contains(line), "{heard}");
    }
    assert!(heard.contains("user-agent: fieldpost/") && heard.contains("connection: close"));
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let inner = Neighbour::saying(FINE).await;
    let location = format!("http://127.0.0.1:{}/secret", inner.port);
    let outer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    let outer = Neighbour::saying(&outer).await;
    let answer = ask(get(format!("http://127.0.0.1:{}/", outer.port))).await.unwrap();
    assert_eq!(answer.status, 302);
    assert!(answer.headers.contains(&("location".into(), location)));
    assert_eq!((outer.visits(), inner.visits()), (1, 0));
}

#[tokio::test]
async fn of_a_long_answer_only_the_beginning_is_read() {
    let body = "x".repeat(200_000);
    let said = format!("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n{body}");
    let neighbour = Neighbour::saying(&said).await;
    let answer = ask(get(format!("http://127.0.0.1:{}/", neighbour.port))).await.unwrap();
    assert_eq!(answer.body, body.as_bytes()[..1_000]);
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_words_and_whether_it_may_pass() {
    let nonsense = Neighbour::saying("SSH-2.0-x\r\n").await;
    let trouble = ask(get(format!("http://127.0.0.1:{}/", nonsense.port))).await.unwrap_err();
    assert!(trouble.again && trouble.says.contains("HTTP"), "{trouble}");

    let silent = Neighbour::with(|stream, _| async move {
        let _open = stream;
        std::future::pending::<()>().await;
    });
    let silent = silent.await;
    let call = HttpCall { timeout_ms: 200, ..get(format!("http://127.0.0.1:{}/", silent.port)) };
    let trouble = ask(call).await.unwrap_err();
    assert!(trouble.again && trouble.says.contains("did not answer"), "{trouble}");

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let trouble = ask(get(format!("http://127.0.0.1:{closed}/?key=S3CRET"))).await.unwrap_err();
    assert!(trouble.again && trouble.says.contains("nothing listens"), "{trouble}");
    assert!(!trouble.says.contains("S3CRET"));

    let trouble = ask(get("http://no-such-host.invalid/".into())).await.unwrap_err();
    assert!(trouble.again && trouble.says.contains("no host"), "{trouble}");
}

#[tokio::test]
async fn https_is_spoken_to_servers_with_a_trusted_certificate_only() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let neighbour = Neighbour::with(move |stream, heard| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, FINE.into(), heard).await;
            }
        }
    });
    let neighbour = neighbour.await;
    let url = format!("https://localhost:{}/", neighbour.port);
    let trouble = ask(get(url.clone())).await.unwrap_err();
    assert!(!trouble.again && trouble.says.contains("certificate"), "{trouble:?}");
    let web = Web::default().with_trusted(made.cert.pem().as_bytes()).unwrap();
    let answer = Reach::new(web, None).http(get(url)).await.unwrap();
    assert_eq!(answer.status, 200);
}
