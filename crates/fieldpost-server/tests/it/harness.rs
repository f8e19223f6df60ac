//! Starts the real binary in a folder of its own and speaks to it in bytes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::Value;
use tempfile::TempDir;

/// The keys that tests choose, so that answers are the same every time.
pub(crate) const WRITE: &str = "W4K2QZ81TTP0XN7B";
pub(crate) const READ: &str = "R9M5C3JH60VYD2EA";
/// The channel that [`Server::with_channel`] makes.
pub(crate) const CHANNEL: u64 = 4711;

/// Many servers run at once, and only one can have the usual ports. A story about MQTT says `--mqtt-listen 127.0.0.1:0`.
pub(crate) const NO_MQTT: [(&str, &str); 2] =
    [("FIELDPOST_MQTT_LISTEN", "off"), ("FIELDPOST_MQTTS_LISTEN", "off")];

/// A running server. It is killed when the test ends, however it ends.
pub(crate) struct Server {
    child: Option<Child>,
    pub(crate) address: SocketAddr,
    /// The line with which it said that it is ready.
    ready: String,
    pub(crate) data: PathBuf,
    user_key: Option<String>,
    _folder: Option<TempDir>,
}

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// A header's value, found by its exact spelling.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The word in front of the reason that the server gives for a "no".
    pub(crate) fn reason(&self) -> &str {
        self.header("X-Fieldpost-Reason")
            .and_then(|reason| reason.split(';').next())
            .unwrap_or_default()
    }
}

/// Runs the binary to its end and gives what it printed.
pub(crate) fn run(args: &[&str], data: &Path) -> Result<String, String> {
    run_with(args, data, "")
}

/// Runs the binary to its end with something to read, and gives what it printed.
pub(crate) fn run_with(args: &[&str], data: &Path, input: &str) -> Result<String, String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fieldpost"))
        .args(args)
        .arg("--data")
        .arg(data)
        .env_remove("FIELDPOST_DATA")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Most commands read nothing and may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let out = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    if out.status.success() { Ok(text(&out.stdout)) } else { Err(text(&out.stderr)) }
}

impl Server {
    /// Starts a server in a new folder.
    pub(crate) fn start(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self::on(folder.path(), args);
        server._folder = Some(folder);
        server
    }

    /// Starts a server on a folder.
    pub(crate) fn on(data: &Path, args: &[&str]) -> Self {
        Self::spawn("serve", data, args)
    }

    /// A server that a story started by itself.
    pub(crate) fn running(child: Child, address: SocketAddr, data: &Path) -> Self {
        let (ready, data) = (String::new(), data.into());
        Self { child: Some(child), address, ready, data, user_key: None, _folder: None }
    }

    /// Starts a demo on a folder.
    pub(crate) fn demo(data: &Path, args: &[&str]) -> Self {
        Self::spawn("demo", data, args)
    }

    /// Starts a server on a folder; what it logs goes to a file.
    pub(crate) fn logged(data: &Path, args: &[&str], log: &Path) -> Self {
        let log = std::fs::File::create(log).unwrap();
        Self::spawn_to("serve", data, args, log.into())
    }

    /// Starts `serve` or `demo` and waits for its line.
    fn spawn(command: &str, data: &Path, args: &[&str]) -> Self {
        Self::spawn_to(command, data, args, Stdio::inherit())
    }

    fn spawn_to(command: &str, data: &Path, args: &[&str], log: Stdio) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fieldpost"))
            .args([command, "--listen", "127.0.0.1:0"])
            .envs(NO_MQTT)
            .arg("--data")
            .arg(data)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.next().expect("the server ended before it was ready").unwrap();
        let url = ready.split_whitespace().nth(1).unwrap();
        let address = url.strip_prefix("http://").unwrap().parse().unwrap();
        // Keep reading, so that the server never waits for a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let data = data.into();
        Self { child: Some(child), address, ready, data, user_key: None, _folder: None }
    }

    /// Where it listens for `mqtt` or `mqtts`, as it said.
    pub(crate) fn listens(&self, scheme: &str) -> SocketAddr {
        let begin = format!("{scheme}://");
        let mut words = self.ready.split_whitespace();
        words.find_map(|word| word.strip_prefix(&begin)).unwrap().parse().unwrap()
    }

    /// A server with the user anna and the private channel 4711 with two labelled fields.
    pub(crate) fn with_channel(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let user_key = make_channel(folder.path());
        let mut server = Self::on(folder.path(), args);
        server.user_key = Some(user_key);
        server._folder = Some(folder);
        server
    }

    /// The user key of anna.
    pub(crate) fn user_key(&self) -> &str {
        self.user_key.as_deref().unwrap()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// A connection over TLS that trusts the server's own certificate.
    pub(crate) fn connect_tls(&self) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
        self.connect_tls_to(self.address)
    }

    /// The same, to another port of the server.
    pub(crate) fn connect_tls_to(
        &self,
        address: SocketAddr,
    ) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
        let cert = std::fs::read(self.data.join("tls/cert.pem")).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&cert).map(Result::unwrap));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = "localhost".try_into().unwrap();
        let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        rustls::StreamOwned::new(connection, stream)
    }

    /// Opens a stream of events and gives it after its head.
    pub(crate) fn open_stream(&self, target: &str, headers: &str) -> BufReader<TcpStream> {
        let mut stream = self.connect();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: x\r\n{headers}\r\n").unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        reader
    }

    /// Sends bytes on a connection of their own and reads until the server closes it.
    pub(crate) fn raw(&self, bytes: impl AsRef<[u8]>) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).unwrap();
        parse(&read_all(&mut stream))
    }

    pub(crate) fn send(
        &self,
        method: &str,
        target: &str,
        content_type: &str,
        body: &str,
    ) -> Answer {
        let kind = if content_type.is_empty() {
            String::new()
        } else {
            format!("Content-Type: {content_type}\r\n")
        };
        // As the web app does; a form of another site can't.
        let ours = if target.starts_with("/api/") && content_type == "application/json" {
            "X-Fieldpost: 1\r\n"
        } else {
            ""
        };
        let length = body.len();
        self.raw(format!("{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{kind}{ours}Content-Length: {length}\r\n\r\n{body}"))
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.raw(format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    }

    pub(crate) fn form(&self, target: &str, body: &str) -> Answer {
        self.send("POST", target, "application/x-www-form-urlencoded", body)
    }

    pub(crate) fn json(&self, target: &str, body: &str) -> Answer {
        self.send("POST", target, "application/json", body)
    }

    /// Reads the channel with its read key.
    pub(crate) fn read(&self, below: &str) -> Answer {
        let joint = if below.contains('?') { '&' } else { '?' };
        self.get(&format!("/channels/{CHANNEL}/{below}{joint}api_key={READ}"))
    }

    /// Stores an update and gives the id that was answered.
    pub(crate) fn store(&self, values: &str) -> u64 {
        let answer = self.form("/update", &format!("api_key={WRITE}&{values}"));
        answer.body.parse().unwrap_or_else(|_| panic!("{answer:?}"))
    }

    /// Kills the server while others still use it.
    pub(crate) fn kill_now(&self) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-9", &id]).status().unwrap().success());
    }

    /// Ends the server as a power cut would.
    pub(crate) fn kill(mut self) {
        let mut child = self.child.take().unwrap();
        let _ = child.kill();
        child.wait().unwrap();
    }

    /// Stops the server, and keeps its folder for as long as what it gives is kept.
    pub(crate) fn terminate_keeping(mut self) -> Option<TempDir> {
        let folder = self._folder.take();
        assert_eq!(self.terminate(), Some(0));
        folder
    }

    /// Asks the server to stop, as a service manager does, and gives its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let mut child = self.child.take().unwrap();
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Makes the user anna and the channel 4711 in a folder, and gives the user key.
pub(crate) fn make_channel(data: &Path) -> String {
    let user: Value =
        serde_json::from_str(&run(&["user", "add", "anna", "--json"], data).unwrap()).unwrap();
    let id = CHANNEL.to_string();
    run(
        &[
            "channel",
            "create",
            "--user",
            "anna",
            "--name",
            "Greenhouse",
            "--field1",
            "Air temp",
            "--field2",
            "Humidity",
            "--id",
            &id,
            "--write-key",
            WRITE,
            "--read-key",
            READ,
        ],
        data,
    )
    .unwrap();
    user["api_key"].as_str().unwrap().to_string()
}

/// Reads until the other side closes.
pub(crate) fn read_all(stream: &mut impl std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => return bytes,
            Ok(got) => bytes.extend_from_slice(&part[..got]),
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&bytes)),
        }
    }
}

/// Reads the head of an answer.
pub(crate) fn read_head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap()
}

/// Reads one answer from a connection that stays open.
pub(crate) fn read_one(stream: &mut TcpStream) -> Answer {
    let mut bytes = read_head(stream).into_bytes();
    let length = parse(&bytes).header("Content-Length").unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    bytes.extend(body);
    parse(&bytes)
}

/// Takes the bytes of an answer apart, and checks that its length is told and true.
pub(crate) fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head
        .strip_prefix("HTTP/1.1 ")
        .or_else(|| head.strip_prefix("HTTP/1.0 "))
        .and_then(|rest| rest.get(..3))
        .and_then(|code| code.parse().ok());
    let answer = Answer {
        status: status.unwrap_or_else(|| panic!("{head}")),
        head: head.into(),
        body: body.into(),
    };
    assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
    answer
}
