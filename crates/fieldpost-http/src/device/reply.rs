//! An answer, and its exact bytes on the wire.
//!
//! Clients on small boards look for `HTTP/1.1 200 OK`, for `Content-Length:` in just that spelling and for
//! everything in one piece. So an answer is built whole, with its length, and written at once.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::SystemTime;

use bytes::Bytes;
use fieldpost_wire::number::spell_whole;
use http::StatusCode;

/// The `Content-Type` values that answers have.
pub mod content_type {
    /// JSON.
    pub const JSON: &str = "application/json; charset=utf-8";
    /// XML.
    pub const XML: &str = "application/xml; charset=utf-8";
    /// CSV.
    pub const CSV: &str = "text/csv; charset=utf-8";
    /// Plain text.
    pub const TEXT: &str = "text/plain; charset=utf-8";
    /// What the service calls an answer without suffix.
    pub const HTML: &str = "text/html; charset=utf-8";
    /// JSON wrapped in a call.
    pub const SCRIPT: &str = "text/javascript; charset=utf-8";
}

/// What a handler answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
    /// Further headers, in title case.
    pub headers: Vec<(&'static str, String)>,
    /// True if the client asked for as few headers as possible.
    pub terse: bool,
}

impl Reply {
    /// An answer with a status, a type and a body.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, content_type, body: body.into(), headers: Vec::new(), terse: false }
    }

    /// An answer with status 200.
    pub fn ok(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::new(200, content_type, body)
    }

    /// Adds a header. Line ends in its value become spaces.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value: String = value.into();
        self.headers.push((name, value.replace(|c: char| c.is_control() || !c.is_ascii(), " ")));
        self
    }

    /// Shows every header but those of the connection and the date, in the order in which they are sent.
    pub fn headers(&self, mut show: impl FnMut(&'static str, &str)) {
        self.first(&mut show);
        if !self.terse {
            self.common(&mut show);
            self.own(&mut show);
        }
    }

    /// Shows what a client must have.
    fn first(&self, show: &mut impl FnMut(&'static str, &str)) {
        let mut digits = [0; 20];
        show("Content-Type", self.content_type);
        show("Content-Length", spell_whole(self.body.len() as u64, &mut digits));
        show("Access-Control-Allow-Origin", "*");
    }

    /// Shows what all answers of a status have in common.
    fn common(&self, show: &mut impl FnMut(&'static str, &str)) {
        let fine = self.status == StatusCode::OK;
        let reason = self.status.canonical_reason().unwrap_or_default();
        show("Status", &format!("{} {reason}", self.status.as_u16()));
        show("Access-Control-Allow-Methods", "GET, POST, PUT, OPTIONS, DELETE, PATCH");
        show(
            "Access-Control-Allow-Headers",
            "origin, content-type, X-Requested-With, THINGSPEAKAPIKEY, X-THINGSPEAKAPIKEY",
        );
        show("Access-Control-Max-Age", "1800");
        let cache = if fine { "max-age=0, private, must-revalidate" } else { "no-cache" };
        show("Cache-Control", cache);
        show("X-Content-Type-Options", "nosniff");
        show("X-Frame-Options", "SAMEORIGIN");
    }

    /// Shows what only this answer has.
    fn own(&self, show: &mut impl FnMut(&'static str, &str)) {
        if self.content_type == content_type::HTML {
            // Values that strangers wrote are answered as "html" where the service does so. In a browser they must stay text.
            show("Content-Security-Policy", "sandbox; default-src 'none'");
        }
        for (name, value) in &self.headers {
            show(name, value);
        }
    }

    /// The answer as bytes. Without a body for HEAD, though its length is told.
    pub fn to_bytes(&self, head_only: bool, close: bool) -> Vec<u8> {
        let reason = self.status.canonical_reason().unwrap_or("Unknown");
        let body: &[u8] = if head_only { b"" } else { &self.body };
        let mut out = Vec::with_capacity(768 + body.len());
        put(&mut out, &["HTTP/1.1 ", self.status.as_str(), " ", reason, "\r\n"]);
        self.first(&mut |name, value| line(&mut out, name, value));
        if !self.terse {
            match self.status {
                StatusCode::OK => out.extend_from_slice(&FINE),
                _ => self.common(&mut |name, value| line(&mut out, name, value)),
            }
            self.own(&mut |name, value| line(&mut out, name, value));
        }
        with_date(|date| line(&mut out, "Date", date));
        put(&mut out, &["Connection: ", if close { "close" } else { "keep-alive" }, "\r\n\r\n"]);
        out.extend_from_slice(body);
        out
    }
}

/// What nearly every answer has, as it is sent.
static FINE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut out = Vec::new();
    Reply::ok("", "").common(&mut |name, value| line(&mut out, name, value));
    out
});

fn line(out: &mut Vec<u8>, name: &str, value: &str) {
    put(out, &[name, ": ", value, "\r\n"]);
}

fn put(out: &mut Vec<u8>, texts: &[&str]) {
    texts.iter().for_each(|text| out.extend_from_slice(text.as_bytes()));
}

/// Gives the date of now as HTTP spells it; made once a second and thread.
fn with_date(use_date: impl FnOnce(&str)) {
    thread_local!(static DATE: RefCell<(u64, String)> = const { RefCell::new((0, String::new())) });
    DATE.with_borrow_mut(|(second, date)| {
        let now = SystemTime::now();
        let this = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |passed| passed.as_secs());
        if *second != this || date.is_empty() {
            (*second, *date) = (this, httpdate::fmt_http_date(now));
        }
        use_date(date);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_the_bytes_that_small_parsers_look_for() {
        let text = String::from_utf8(Reply::ok(content_type::TEXT, "1289").to_bytes(false, false))
            .unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n"), "{text}");
        assert!(text.contains("\r\nDate: ") && text.contains(" GMT\r\n"), "{text}");
        assert!(text.ends_with("\r\nConnection: keep-alive\r\n\r\n1289"), "{text}");
    }

    #[test]
    fn a_terse_answer_keeps_what_a_client_must_have() {
        let mut reply = Reply::ok(content_type::HTML, "7").with("X-Note", "x");
        reply.terse = true;
        let text = String::from_utf8(reply.to_bytes(false, true)).unwrap();
        let names: Vec<&str> = text
            .lines()
            .skip(1)
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split(':').next())
            .collect();
        assert_eq!(
            names,
            ["Content-Type", "Content-Length", "Access-Control-Allow-Origin", "Date", "Connection"]
        );
    }

    #[test]
    fn a_header_cannot_smuggle_a_line_end() {
        let reply = Reply::ok(content_type::TEXT, "").with("X-Note", "a\r\nEvil: 1");
        assert!(!String::from_utf8(reply.to_bytes(false, true)).unwrap().contains("\nEvil"));
    }
}
