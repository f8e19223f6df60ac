//! A browser as the dashboard's API sees one: it keeps its cookie and says that its requests are those of our own pages.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::{Answer, CHANNEL, Server, run};

pub(crate) const PASSWORD: &str = "correct horse";

/// A browser without a window.
pub(crate) struct Browser<'a> {
    server: &'a Server,
    pub(crate) cookie: Option<String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        Self { server, cookie: None }
    }

    /// One that is signed in.
    pub(crate) fn signed_in(server: &'a Server, login: &str) -> Self {
        let mut browser = Self::new(server);
        let answer = browser.sign_in(login, PASSWORD);
        assert_eq!(answer.status, 200, "{answer:?}");
        browser
    }

    pub(crate) fn sign_in(&mut self, login: &str, password: &str) -> Answer {
        let body = serde_json::json!({ "login": login, "password": password });
        self.ask("POST", "/session", &body.to_string())
    }

    /// Asks below `/api/v1`, and keeps the cookie that comes.
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        let answer = self.raw(method, path, &format!("X-Fieldpost: 1\r\n{kind}"), body);
        if let Some(line) = answer.header("Set-Cookie") {
            let pair = line.split(';').next().unwrap().to_string();
            self.cookie = Some(pair).filter(|pair| !pair.ends_with('='));
        }
        answer
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    /// Asks with these headers, and the cookie.
    pub(crate) fn raw(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let cookie = self.cookie.as_ref().map(|cookie| format!("Cookie: {cookie}\r\n"));
        let (cookie, length) = (cookie.unwrap_or_default(), body.len());
        let length = match (method, length) {
            ("GET", 0) => String::new(),
            _ => format!("Content-Length: {length}\r\n"),
        };
        self.server.raw(format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: test browser\r\n{headers}{cookie}{length}\r\n{body}"
        ))
    }
}

/// The code of a "no", if that is what it is; `ok` if not.
pub(crate) fn code(answer: &Answer) -> String {
    if answer.status < 300 {
        return "ok".into();
    }
    assert_eq!(answer.header("Content-Type"), Some("application/problem+json"), "{answer:?}");
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status, "{answer:?}");
    let title = problem["title"].as_str().unwrap();
    assert!(title.ends_with('.') && !title.starts_with(char::is_lowercase), "{title}");
    problem["code"].as_str().unwrap().to_string()
}

/// Runs a command that reads a password.
pub(crate) fn with_password(args: &[&str], password: &str, data: &Path) -> Result<String, String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fieldpost"))
        .args(args)
        .args(["--password-stdin", "--json", "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    let out = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if out.status.success() { Ok(text(out.stdout)) } else { Err(text(out.stderr)) }
}

/// Gives anna, who owns channel 4711, a password, which makes her the first who may manage users; makes bob, carol and dave.
pub(crate) fn people(server: &Server) {
    with_password(&["user", "passwd", "anna"], PASSWORD, &server.data).unwrap();
    for login in ["bob", "carol", "dave"] {
        with_password(&["user", "add", login], PASSWORD, &server.data).unwrap();
    }
}

/// Shares channel 4711 by the command line.
pub(crate) fn share(server: &Server, login: &str, role: &str) {
    let id = CHANNEL.to_string();
    run(&["channel", "share", &id, login, "--role", role], &server.data).unwrap();
}

/// The live stream of many channels.
pub(crate) struct Live(BufReader<TcpStream>);

impl Live {
    pub(crate) fn open(server: &Server, query: &str, headers: &str) -> Self {
        Self(server.open_stream(&format!("/api/v1/live?{query}"), headers))
    }

    /// The cursor, the channel and the id of the next entry; other events are passed over.
    pub(crate) fn next(&mut self) -> (String, u64, u64) {
        loop {
            let (name, cursor, told) = self.event();
            if name == "entry" {
                let number = |value: &Value| value.as_u64().unwrap();
                return (cursor, number(&told["channel"]), number(&told["entry"]["entry_id"]));
            }
        }
    }

    /// The name, the cursor and the data of the next event.
    pub(crate) fn event(&mut self) -> (String, String, Value) {
        let (mut name, mut cursor, mut data) = (String::new(), String::new(), None::<Value>);
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            if let Some(text) = line.strip_prefix("event: ") {
                name = text.trim().to_string();
            } else if let Some(text) = line.strip_prefix("id: ") {
                cursor = text.trim().to_string();
            } else if let Some(text) = line.strip_prefix("data: ") {
                data = Some(serde_json::from_str(text).unwrap());
            } else if line == "\n"
                && let Some(data) = data.take()
            {
                return (name, cursor, data);
            }
        }
    }

    /// Reads on until something else happened to a channel than that an entry came; gives the cursor and the channel.
    pub(crate) fn changed(&mut self) -> (String, u64) {
        loop {
            let (name, cursor, data) = self.event();
            if name == "changed" {
                return (cursor, data["channel"].as_u64().unwrap());
            }
        }
    }

    /// Reads on until the server ends the stream: an empty chunk is the last one.
    pub(crate) fn ends(mut self) {
        let mut line = String::new();
        while line != "0\r\n" {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the connection broke off");
        }
    }
}
