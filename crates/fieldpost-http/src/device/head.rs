//! Reads the head of a request from bytes, with all the habits of small clients.
//!
//! Headers are left to `httparse`. The request line is read here, because some boards send it without a version,
//! or as a whole URL.

use std::borrow::Cow;

use http::Method;

use super::request::is_key_header;
use crate::pages::wants_page;

/// The longest head that is taken, in bytes.
pub const HEAD_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;
/// What most updates say of their body.
const FORM: &str = "application/x-www-form-urlencoded";

/// A head, as far as it matters to a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// The path, still encoded.
    pub path: String,
    /// The query, still encoded; may hold bytes that are no UTF-8.
    pub query: Vec<u8>,
    /// The value of a header that carries a key.
    pub key: Option<String>,
    /// The value of `Idempotency-Key`.
    pub once: Option<String>,
    /// The program that the client says it is.
    pub agent: Option<String>,
    /// True if a browser asks for a page.
    pub page: bool,
    /// All values of `Content-Type`, joined.
    pub content_type: Cow<'static, str>,
    /// The length of the body; 0 if none is given.
    pub length: usize,
    /// True if a body may follow that ends with the connection: HTTP/1.0 without a length.
    pub open_ended: bool,
    /// True if the connection ends after the answer.
    pub close: bool,
    /// True if the request needs more than this reader knows: a chunked body, an upgrade, `Expect`.
    pub unusual: bool,
    /// How many bytes the head takes up.
    pub size: usize,
}

/// Why there is no head, or not yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NoHead {
    /// More bytes are needed.
    Partial,
    /// It can't be read; the text says why.
    Bad(&'static str),
    /// It is longer than is taken.
    TooLong,
}

/// Reads a head from the front of `bytes`. Line ends before it are passed over: they are left-overs of the
/// body before.
///
/// # Errors
/// If there is none, or not yet.
pub fn read(bytes: &[u8]) -> Result<Head, NoHead> {
    let skipped = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let rest = &bytes[skipped..];
    let partial = if bytes.len() > HEAD_MAX { NoHead::TooLong } else { NoHead::Partial };
    let end = rest.iter().position(|byte| *byte == b'\n').ok_or(partial.clone())?;
    let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
    let (method, target, version) = request_line(line)?;
    let (path, query) = split_target(target)?;
    let mut head = Head {
        method,
        path,
        query,
        key: None,
        once: None,
        agent: None,
        page: false,
        content_type: "".into(),
        length: 0,
        open_ended: false,
        close: version != Some(1),
        unusual: false,
        size: skipped + end + 1,
    };
    if version.is_none() {
        return Ok(head); // a bare line, from an AT command: there are no headers to wait for
    }
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    match httparse::parse_headers(&rest[end + 1..], &mut headers) {
        Ok(httparse::Status::Complete((size, headers))) => {
            head.size += size;
            if head.size > HEAD_MAX {
                return Err(NoHead::TooLong);
            }
            let length = take_headers(&mut head, headers)?;
            head.length = length.unwrap_or(0);
            head.open_ended = length.is_none() && version == Some(0) && head.method != Method::GET;
            Ok(head)
        }
        Ok(httparse::Status::Partial) => Err(partial),
        Err(httparse::Error::TooManyHeaders) => Err(NoHead::TooLong),
        Err(_) => Err(NoHead::Bad("a header line can't be read")),
    }
}

fn request_line(line: &[u8]) -> Result<(Method, &[u8], Option<u8>), NoHead> {
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let (method, target) = (words.next(), words.next());
    let version = words.next();
    let (Some(method), Some(target)) = (method, target) else {
        return Err(NoHead::Bad("a request begins with a method and an address"));
    };
    if words.next().is_some() {
        return Err(NoHead::Bad("the address holds a space; write it as %20"));
    }
    let method = Method::from_bytes(method).map_err(|_| NoHead::Bad("the method can't be read"))?;
    if !method.as_str().bytes().all(|c| c.is_ascii_uppercase()) {
        return Err(NoHead::Bad("the method can't be read"));
    }
    let version = match version {
        None => None,
        Some(b"HTTP/1.0") => Some(0),
        Some(version) if version.starts_with(b"HTTP/1.") => Some(1),
        Some(version) if version.starts_with(b"HTTP/") => {
            return Err(NoHead::Bad("only HTTP/1.0 and HTTP/1.1 are spoken here"));
        }
        Some(_) => return Err(NoHead::Bad("the address holds a space; write it as %20")),
    };
    Ok((method, target, version))
}

/// Takes an address apart: an absolute one loses its scheme and host, which do not matter here.
fn split_target(target: &[u8]) -> Result<(String, Vec<u8>), NoHead> {
    let whole = !target.starts_with(b"/");
    let host = whole.then(|| target.windows(3).position(|window| window == b"://")).flatten();
    let target = match host {
        Some(at) if !target[..at].contains(&b'?') => {
            let rest = &target[at + 3..];
            &rest[rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len())..]
        }
        _ => target,
    };
    let target = target.split(|byte| *byte == b'#').next().unwrap_or_default();
    let at = target.iter().position(|byte| *byte == b'?').unwrap_or(target.len());
    let path =
        std::str::from_utf8(&target[..at]).map_err(|_| NoHead::Bad("the path is no UTF-8"))?;
    let path = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
    Ok((path, target.get(at + 1..).unwrap_or_default().to_vec()))
}

/// Takes what matters from the headers, and gives the length of the body if it is told.
fn take_headers(
    head: &mut Head,
    headers: &[httparse::Header<'_>],
) -> Result<Option<usize>, NoHead> {
    let mut length: Option<usize> = None;
    for header in headers {
        let value = String::from_utf8_lossy(header.value);
        let value = value.trim();
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("content-length") {
            let this = value.parse().map_err(|_| NoHead::Bad("Content-Length is no number"))?;
            if length.is_some_and(|known| known != this) {
                return Err(NoHead::Bad("there are two different Content-Length headers"));
            }
            length = Some(this);
        } else if is("content-type") {
            if head.content_type.is_empty() {
                head.content_type = match value {
                    FORM => FORM.into(),
                    other => other.to_string().into(),
                };
            } else {
                let all = head.content_type.to_mut();
                all.push_str(", ");
                all.push_str(value);
            }
        } else if is("user-agent") {
            head.agent = Some(value.to_string());
        } else if is("idempotency-key") {
            head.once = Some(value.to_string());
        } else if is("accept") {
            head.page = wants_page(value);
        } else if is("connection") {
            for word in value.split(',').map(str::trim) {
                if word.eq_ignore_ascii_case("close") {
                    head.close = true;
                } else if word.eq_ignore_ascii_case("keep-alive") {
                    head.close = false;
                }
            }
        } else if is("transfer-encoding") || is("upgrade") || is("expect") {
            head.unusual = true;
        } else if is_key_header(header.name) && head.key.is_none() {
            head.key = Some(value.to_string());
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str) -> Result<(Method, String, String, bool), NoHead> {
        let head = read(text.as_bytes())?;
        assert_eq!(head.size, text.len());
        Ok((head.method, head.path, String::from_utf8(head.query).unwrap(), head.close))
    }

    #[test]
    fn request_lines_come_in_many_shapes() {
        let get = |path: &str, query: &str, close| {
            Ok((Method::GET, path.to_string(), query.to_string(), close))
        };
        assert_eq!(
            line("GET /update?field1=1 HTTP/1.1\r\n\r\n"),
            get("/update", "field1=1", false)
        );
        assert_eq!(line("GET /update?field1=1 HTTP/1.0\r\n\r\n"), get("/update", "field1=1", true));
        assert_eq!(line("GET /update?field1=1\r\n"), get("/update", "field1=1", true));
        assert_eq!(
            line("GET http://api.thingspeak.com/update?field1=1 HTTP/1.1\r\n\r\n"),
            get("/update", "field1=1", false)
        );
        assert_eq!(line("GET http://api.thingspeak.com HTTP/1.1\r\n\r\n"), get("/", "", false));
        assert_eq!(
            line("\r\n\r\nGET /a?u=http://x HTTP/1.1\nHost: x\n\n"),
            get("/a", "u=http://x", false)
        );
        assert_eq!(line("GET  /a  HTTP/1.1\r\nConnection: Close\r\n\r\n"), get("/a", "", true));
        assert_eq!(line("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), get("/a", "", false));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for text in [
            "GET /a b HTTP/1.1\r\n\r\n",
            "GET\r\n",
            "get /a HTTP/1.1\r\n\r\n",
            "GET /a HTTP/2.0\r\n\r\n",
            "GET /a HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            "GET /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "GET /a HTTP/1.1\r\nno colon\r\n\r\n",
        ] {
            assert!(matches!(read(text.as_bytes()), Err(NoHead::Bad(_))), "{text:?}");
        }
        assert_eq!(read(b"GET /a HTTP/1.1\r\nHost: x\r\n"), Err(NoHead::Partial));
        assert_eq!(read(&[b'x'; HEAD_MAX + 1]), Err(NoHead::TooLong));
    }

    #[test]
    fn a_key_may_come_in_any_header_with_that_word_in_its_name() {
        let head = read(b"POST /update HTTP/1.1\r\nX-THINGSPEAKAPIKEY: ABC \r\ncontent-type: a\r\nContent-Type: b\r\nContent-Length: 5\r\n\r\n").unwrap();
        assert_eq!(
            (head.key.as_deref(), &*head.content_type, head.length),
            (Some("ABC"), "a, b", 5)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_request_like_bytes_are_read_without_a_panic(text in "(GET|POST) [ -~\\x80-\\xff]{0,40}( HTTP/1.[0-2])?\r\n([A-Za-z-]{1,20}: [ -~]{0,20}\r\n){0,5}(\r\n)?") {
            let _ = read(text.as_bytes());
        }
    }
}
