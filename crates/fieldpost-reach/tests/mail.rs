//! E-mail to a mail server that speaks SMTP over a real socket, in the clear and after STARTTLS.

use std::sync::Arc;

use fieldpost_engine::outside::{Mail, Outside as _, Trouble};
use fieldpost_reach::{Post, Reach, Web};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Starts a mail server; what it is told comes out line by line. With an acceptor it offers STARTTLS, and sign-in behind it.
async fn office(tls: Option<TlsAcceptor>) -> (u16, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, tls.clone(), tell.clone()));
        }
    });
    (port, told)
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, tell: UnboundedSender<String>) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 here\r\n").await.unwrap();
    let offer = if tls.is_some() { "250-here\r\n250 STARTTLS\r\n" } else { "250 here\r\n" };
    if talk(&mut stream, offer, &tell).await
        && let Some(tls) = tls
    {
        let stream = tls.accept(stream.into_inner()).await.unwrap();
        talk(&mut BufReader::new(stream), "250-here\r\n250 AUTH PLAIN\r\n", &tell).await;
    }
}

/// Talks until the client goes, or wants TLS; then it is true.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    offer: &str,
    tell: &UnboundedSender<String>,
) -> bool {
    let (mut line, mut letter) = (String::new(), false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return false;
        }
        let said = line.trim_end().to_owned();
        let _ = tell.send(said.clone());
        let answer = match said.split(' ').next().unwrap() {
            "." => "250 taken\r\n",
            _ if letter => continue,
            "EHLO" => offer,
            "STARTTLS" => "220 go\r\n",
            "DATA" => "354 go on\r\n",
            "AUTH" if said.ends_with("AGFkYQBzZWNyZXQ=") => "235 welcome\r\n",
            "AUTH" => "535 no such name or password\r\n",
            "RCPT" if said.contains("nobody@") => "550 nobody lives here\r\n",
            "RCPT" if said.contains("busy@") => "451 come back later\r\n",
            _ => "250 yes\r\n",
        };
        letter = said == "DATA";
        stream.write_all(answer.as_bytes()).await.unwrap();
        if said == "STARTTLS" {
            return true;
        }
    }
}

fn certificate() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

async fn send(post: Post, to: &str) -> Result<(), Trouble> {
    let reach = Reach::new(Web::default(), Some(post));
    assert!(reach.can_mail());
    let mail = Mail { to: to.into(), subject: "Zu heiß".into(), body: "31 °C\n.\nend".into() };
    reach.mail(mail).await
}

fn all(told: &mut UnboundedReceiver<String>) -> String {
    std::iter::from_fn(|| told.try_recv().ok()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_letter_arrives_whole() {
    let (port, mut told) = office(None).await;
    let post = Post::new(&format!("smtp://127.0.0.1:{port}"), "Post <f@example.org>").unwrap();
    send(post, "ada@example.org, ben@example.org").await.unwrap();
    let told = all(&mut told);
    for line in [
        "MAIL FROM:<f@example.org>",
        "RCPT TO:<ada@example.org>",
        "RCPT TO:<ben@example.org>",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(told.contains(line), "{told}");
    }
    assert!(!told.contains("AUTH"));
}

#[tokio::test]
async fn a_password_goes_out_after_starttls_only() {
    let (tls, pem) = certificate();
    let url = |port, password| format!("smtp://ada:{password}@localhost:{port}?tls=required");
    let post = |port, password| {
        Post::trusting(&url(port, password), "f@example.org", Some(pem.as_bytes())).unwrap()
    };
    let (port, mut told) = office(Some(tls.clone())).await;
    send(post(port, "secret"), "ada@example.org").await.unwrap();
    let heard = all(&mut told);
    let at = |word| heard.find(word).unwrap_or_else(|| panic!("{word}: {heard}"));
    assert!(at("STARTTLS") < at("AUTH PLAIN") && at("AUTH PLAIN") < at("MAIL FROM"));

    let trouble = send(post(port, "wrong"), "ada@example.org").await.unwrap_err();
    assert!(!trouble.again && trouble.says.contains("no such name"), "{trouble:?}");
    assert!(!trouble.says.contains("wrong"));

    let (port, mut told) = office(None).await;
    let trouble = send(post(port, "secret"), "ada@example.org").await.unwrap_err();
    assert!(!trouble.again, "{trouble:?}");
    assert!(!all(&mut told).contains("AUTH"));

    let (port, mut told) = office(Some(tls)).await;
    let stranger = Post::new(&url(port, "secret"), "f@example.org").unwrap();
    assert!(send(stranger, "ada@example.org").await.is_err());
    assert!(!all(&mut told).contains("AUTH"), "the certificate is not trusted");
}

#[tokio::test]
async fn what_the_mail_server_says_is_passed_on_and_whether_it_may_pass() {
    let (port, _told) = office(None).await;
    let post = Post::new(&format!("smtp://127.0.0.1:{port}"), "f@example.org").unwrap();
    let trouble = send(post.clone(), "nobody@example.org").await.unwrap_err();
    assert!(!trouble.again && trouble.says.contains("nobody lives here"), "{trouble:?}");
    let trouble = send(post, "busy@example.org").await.unwrap_err();
    assert!(trouble.again && trouble.says.contains("come back later"), "{trouble:?}");

    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let away = Post::new(&format!("smtp://127.0.0.1:{port}"), "f@example.org").unwrap();
    let trouble = send(away, "ada@example.org").await.unwrap_err();
    assert!(trouble.again && trouble.says.contains("can't be reached"), "{trouble:?}");
}
