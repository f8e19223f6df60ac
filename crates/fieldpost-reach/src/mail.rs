//! E-mail by a mail server that whoever looks after this one has named.
//!
//! A letter is one plain text in UTF-8. Headers are made of parsed values only, so nothing in a subject or an address can add another.
//! Name and password go out over a secret connection, or to this machine itself, unless the address says otherwise.

use std::fmt;
use std::time::Duration;

use fieldpost_engine::outside::{Mail, Trouble};
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use url::{Host, Url};

/// The most people who get one letter.
const PEOPLE: usize = 10;
/// The longest subject and body, in bytes.
const SUBJECT: usize = 255;
const BODY: usize = 64 * 1024;
/// How long a mail server may take for one step, and for all of them.
const STEP: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30);

/// The post office: a mail server and who letters come from.
#[derive(Clone)]
pub struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    name: String,
}

impl fmt::Debug for Post {
    /// Leaves the password out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a mail server can't be used. Has no secret in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadPost(String);

impl fmt::Display for BadPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadPost {}

/// How secret the connection to the mail server is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Secrecy {
    /// From the first byte: smtps.
    Always,
    /// By STARTTLS; otherwise nothing is sent.
    Required,
    /// By STARTTLS if the server offers it.
    Offered,
    /// Never.
    None,
}

/// What an address of a mail server says.
struct Office {
    host: String,
    port: u16,
    secrecy: Secrecy,
    credentials: Option<Credentials>,
}

impl Post {
    /// Reads the address of a mail server: `smtp://` or `smtps://`, with name and password if it wants them, such as
    /// `smtps://ada%40example.org:password@mail.example.org`. `?tls=required`, `offered` or `none` says what `smtp://` does about
    /// STARTTLS; if nothing is said, it is required as soon as there is a password or the server is another machine.
    ///
    /// # Errors
    /// If one of the two can't be used; it says why.
    pub fn new(url: &str, from: &str) -> Result<Self, BadPost> {
        Self::trusting(url, from, None)
    }

    /// As [`Post::new`], trusting a certificate (PEM) beside those that the machine trusts.
    ///
    /// # Errors
    /// If something can't be used; it says why.
    pub fn trusting(url: &str, from: &str, pem: Option<&[u8]>) -> Result<Self, BadPost> {
        let office = Office::read(url)?;
        let from = from.trim().parse().map_err(|_| {
            BadPost("the sender must be an e-mail address, such as fieldpost@example.org".into())
        })?;
        let parameters = || {
            let mut parameters = TlsParameters::builder(office.host.clone());
            if let Some(pem) = pem {
                let certificate = Certificate::from_pem(pem);
                let certificate =
                    certificate.map_err(|_| BadPost("this is no certificate".into()))?;
                parameters = parameters.add_root_certificate(certificate);
            }
            let failed = |error| BadPost(format!("no secret connection can be made: {error}"));
            parameters.build_rustls().map_err(failed)
        };
        let tls = match office.secrecy {
            Secrecy::Always => Tls::Wrapper(parameters()?),
            Secrecy::Required => Tls::Required(parameters()?),
            Secrecy::Offered => Tls::Opportunistic(parameters()?),
            Secrecy::None => Tls::None,
        };
        let name = format!("{}:{}", office.host, office.port);
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(office.host)
            .port(office.port)
            .timeout(Some(STEP))
            .tls(tls);
        if let Some(credentials) = office.credentials {
            transport = transport.credentials(credentials);
        }
        Ok(Self { transport: transport.build(), from, name })
    }

    pub(crate) async fn send(&self, mail: Mail) -> Result<(), Trouble> {
        let letter = self.letter(mail)?;
        match tokio::time::timeout(WHOLE, self.transport.send(letter)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.trouble(&error)),
            Err(_) => Err(Trouble::passing(format!(
                "the mail server {} did not answer in time",
                self.name
            ))),
        }
    }

    fn letter(&self, mail: Mail) -> Result<Message, Trouble> {
        let to = people(&mail.to)?;
        if mail.body.len() > BODY {
            return Err(Trouble::lasting("the e-mail is too long; 64 KiB is the most"));
        }
        let mut letter = Message::builder().from(self.from.clone());
        for person in to {
            letter = letter.to(person);
        }
        letter
            .subject(line(&mail.subject))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body)
            .map_err(|error| Trouble::lasting(format!("the e-mail can't be written: {error}")))
    }

    fn trouble(&self, error: &lettre::transport::smtp::Error) -> Trouble {
        let name = &self.name;
        let cause = std::error::Error::source(error).map(ToString::to_string);
        let why = cause.unwrap_or_else(|| error.to_string());
        if error.is_permanent() {
            return Trouble::lasting(format!("the mail server {name} says no: {why}"));
        }
        if error.is_client() || error.is_tls() {
            return Trouble::lasting(format!(
                "the mail server {name} can't be spoken to as it is set up: {why}"
            ));
        }
        if error.is_transient() {
            return Trouble::passing(format!("the mail server {name} says not now: {why}"));
        }
        Trouble::passing(format!("the mail server {name} can't be reached: {why}"))
    }
}

impl Office {
    fn read(url: &str) -> Result<Self, BadPost> {
        let bad = |why: &str| BadPost(format!("the mail server's address can't be used: {why}"));
        let url = Url::parse(url.trim()).map_err(|_| {
            bad("it must be like smtps://NAME:PASSWORD@mail.example.org, with % codes for special characters")
        })?;
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => return Err(bad("it names no host")),
        };
        let secret = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => return Err(bad("it must begin with smtp:// or smtps://")),
        };
        let text = |part: &str| {
            percent(part).ok_or_else(|| bad("its name or password has a wrong % code"))
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => {
                Some(Credentials::new(text(user)?, text(password.unwrap_or_default())?))
            }
        };
        let here = host == "localhost"
            || host.parse().is_ok_and(|address| crate::kind(address) == crate::Kind::Own);
        let mut secrecy = match (secret, here, &credentials) {
            (true, ..) => Secrecy::Always,
            (false, true, _) => Secrecy::Offered,
            (false, false, _) => Secrecy::Required,
        };
        for (key, value) in url.query_pairs() {
            secrecy = match (&*key, &*value, secret) {
                ("tls", "required", false) => Secrecy::Required,
                ("tls", "offered", false) => Secrecy::Offered,
                ("tls", "none", false) => Secrecy::None,
                _ => {
                    return Err(bad(
                        "behind ? stands tls=required, tls=offered or tls=none, with smtp:// only",
                    ));
                }
            };
        }
        let port = url.port().unwrap_or(match (secret, &credentials) {
            (true, _) => 465,
            (false, Some(_)) => 587,
            (false, None) => 25,
        });
        Ok(Self { host, port, secrecy, credentials })
    }
}

/// Undoes % codes.
fn percent(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let code = std::str::from_utf8(more.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        rest = &more[2..];
    }
    String::from_utf8(bytes).ok()
}

/// Reads whom a letter goes to: addresses parted by commas.
fn people(to: &str) -> Result<Vec<Mailbox>, Trouble> {
    let bad = |who: &str| {
        Trouble::lasting(format!("{who:?} is no e-mail address; it must be like ada@example.org"))
    };
    let people: Vec<Mailbox> = to
        .split(',')
        .map(|who| who.trim().parse().map_err(|_| bad(who.trim())))
        .collect::<Result<_, _>>()?;
    if people.len() > PEOPLE {
        return Err(Trouble::lasting(format!("an e-mail goes to at most {PEOPLE} addresses")));
    }
    Ok(people)
}

/// Makes one line of a text: what ends a line or rings a bell becomes a space.
fn line(text: &str) -> String {
    let line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let end = (0..=SUBJECT.min(line.len())).rev().find(|end| line.is_char_boundary(*end));
    line[..end.unwrap_or(0)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &str, subject: &str, body: &str) -> Result<String, Trouble> {
        let post = Post::new("smtp://localhost", "Fieldpost <f@example.org>").unwrap();
        let mail = Mail { to: to.into(), subject: subject.into(), body: body.into() };
        post.letter(mail).map(|letter| String::from_utf8(letter.formatted()).unwrap())
    }

    #[tokio::test]
    async fn nothing_in_a_letter_adds_a_header() {
        let text = letter("ada@example.org", "hot\r\nBcc: eve@example.org", "31 °C\r\n.\r\nRSET");
        let text = text.unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(head.contains("Subject: hot  Bcc: eve@example.org"), "{head}");
        assert_eq!(head.lines().filter(|line| line.starts_with("Bcc")).count(), 0);
        for to in ["ada@example.org\r\nBcc: eve@example.org", "a@b.org\nX: y", "", "ada", "a@b,"] {
            let trouble = letter(to, "s", "b").unwrap_err();
            assert!(!trouble.again, "{to:?}");
        }
        assert!(letter(&["a@b.org"; 11].join(","), "s", "b").is_err());
        assert!(letter("a@b.org, Ben <ben@example.org>", "s", "b").is_ok());
    }

    #[tokio::test]
    async fn a_subject_may_be_in_any_language_and_is_cut() {
        let head = letter("ada@example.org", "Zu heiß: 31 °C 温室", "x").unwrap();
        assert!(head.contains("=?utf-8?") && !head.contains("31 °C 温"), "{head}");
        assert_eq!(line(&"ü".repeat(300)).len(), 254);
    }

    #[tokio::test]
    async fn the_address_of_a_mail_server_says_how_secret_it_is() {
        let read = |url: &str| {
            let office = Office::read(url).map_err(|error| error.0)?;
            Ok::<_, String>((office.host, office.port, office.secrecy))
        };
        let (m, l) = ("mail.example.org", "localhost");
        for (url, host, port, secrecy) in [
            ("smtps://ada:secret@mail.example.org", m, 465, Secrecy::Always),
            ("smtp://ada:secret@mail.example.org", m, 587, Secrecy::Required),
            ("smtp://mail.example.org", m, 25, Secrecy::Required),
            ("smtp://mail.example.org:2525?tls=offered", m, 2525, Secrecy::Offered),
            ("smtp://mail.example.org?tls=none", m, 25, Secrecy::None),
            ("smtp://localhost", l, 25, Secrecy::Offered),
            ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, Secrecy::Offered),
            ("smtp://localhost?tls=required", l, 25, Secrecy::Required),
        ] {
            assert_eq!(read(url), Ok((host.into(), port, secrecy)), "{url}");
        }
        for url in ["mail.example.org", "http://h", "smtp://", "smtps://h?tls=none", "smtp://h?x=y"]
        {
            assert!(read(url).is_err(), "{url}");
        }
        let odd = Office::read("smtps://ada%40example.org:p%3As@h").unwrap();
        assert_eq!(
            odd.credentials.unwrap(),
            Credentials::new("ada@example.org".into(), "p:s".into())
        );
        assert!(Post::new("smtps://ada:secret@h", "nobody").is_err());
        let post = Post::new("smtps://ada:secret@h", "f@example.org").unwrap();
        assert!(!format!("{post:?}").contains("secret"));
    }
}
