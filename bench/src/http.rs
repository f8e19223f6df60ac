//! A client for one request after the other, on one connection: reads an answer whole, by its length or in chunks.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

/// Longer than anything that is asked here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection that is kept.
pub struct Client(BufReader<TcpStream>);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// From the request's first byte to the answer's last.
    pub took: Duration,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn new(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::with_capacity(64 * 1024, stream)))
    }

    /// Asks for something.
    ///
    /// # Errors
    /// If the connection breaks.
    pub fn get(&mut self, target: &str) -> anyhow::Result<Answer> {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())
    }

    /// Sends a body.
    ///
    /// # Errors
    /// If the connection breaks.
    pub fn post(&mut self, target: &str, kind: &str, body: &str) -> anyhow::Result<Answer> {
        self.send(post(target, kind, body).as_bytes())
    }

    /// Sends a request as it is, and reads the answer.
    ///
    /// # Errors
    /// If the connection breaks.
    pub fn send(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        let began = Instant::now();
        self.0.get_mut().write_all(request)?;
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.with_context(|| format!("no answer but {line:?}"))?;
        let (mut length, mut chunked) = (0, false);
        loop {
            line.clear();
            ensure!(self.0.read_line(&mut line)? > 0, "the answer ended in its head");
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
            chunked |= name.eq_ignore_ascii_case("transfer-encoding");
        }
        let mut body = Vec::new();
        loop {
            if chunked {
                line.clear();
                self.0.read_line(&mut line)?;
                length = usize::from_str_radix(line.trim(), 16)?;
            }
            let begun = body.len();
            body.resize(begun + length, 0);
            self.0.read_exact(&mut body[begun..])?;
            if chunked {
                line.clear();
                self.0.read_line(&mut line)?;
            }
            if !chunked || length == 0 {
                return Ok(Answer { status, body, took: began.elapsed() });
            }
        }
    }
}

impl Answer {
    /// Gives the answer if its status is that of success.
    ///
    /// # Errors
    /// If it is another, with the answer's words.
    pub fn fine(self) -> anyhow::Result<Self> {
        let words = String::from_utf8_lossy(&self.body[..self.body.len().min(300)]);
        ensure!((200..300).contains(&self.status), "{}: {words}", self.status);
        Ok(self)
    }
}

/// A whole request with a body.
pub fn post(target: &str, kind: &str, body: &str) -> String {
    format!(
        "POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Percent-codes for what may not stand in a query.
pub fn coded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => {
                (byte as char).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
