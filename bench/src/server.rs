//! Fieldpost's binary, in a folder of its own, with channels to write to.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::http::Client;
use crate::process::{Beside, Used, used};

/// A running server.
pub struct Server {
    binary: PathBuf,
    folder: PathBuf,
    child: Beside,
    /// Where it listens.
    pub address: SocketAddr,
    /// From starting it to its first answer.
    pub took: Duration,
    user_key: String,
}

/// A public channel with two fields.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its number.
    pub id: u64,
    /// Its write key.
    pub key: String,
}

impl Server {
    /// Starts a server with nothing but a user.
    ///
    /// # Errors
    /// If it does not get ready.
    pub fn start(binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        let made = command(binary, folder, &["user", "add", "bench"])?;
        let user_key = made["api_key"].as_str().context("the user has no key")?.to_string();
        let (child, address, took) = serve(binary, folder)?;
        Ok(Self { binary: binary.into(), folder: folder.into(), child, address, took, user_key })
    }

    /// Ends it and starts it again with what it has stored.
    ///
    /// # Errors
    /// If it does not get ready.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.child.end();
        (self.child, self.address, self.took) = serve(&self.binary, &self.folder)?;
        Ok(())
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has used.
    ///
    /// # Errors
    /// If that can't be read.
    pub fn used(&self) -> anyhow::Result<Used> {
        used(self.id())
    }

    /// The folder with its data.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A connection to it.
    ///
    /// # Errors
    /// If it is gone.
    pub fn client(&self) -> anyhow::Result<Client> {
        Client::new(self.address)
    }

    /// Runs one of its commands on its folder.
    ///
    /// # Errors
    /// If the command fails.
    pub fn command(&self, args: &[&str]) -> anyhow::Result<Value> {
        command(&self.binary, &self.folder, args)
    }

    /// Makes channels.
    ///
    /// # Errors
    /// If one is refused.
    pub fn channels(&self, count: usize) -> anyhow::Result<Vec<Channel>> {
        let mut client = self.client()?;
        let body = format!(
            "api_key={}&name=Bench&field1=Temperature&field2=Humidity&public_flag=true",
            self.user_key
        );
        let form = "application/x-www-form-urlencoded";
        (0..count)
            .map(|_| {
                let made = client.post("/channels.json", form, &body)?.fine()?;
                let made: Value = serde_json::from_slice(&made.body)?;
                let keys = made["api_keys"].as_array().context("no keys")?;
                let key =
                    keys.iter().find(|key| key["write_flag"] == true).context("no write key")?;
                let key = key["api_key"].as_str().context("no key")?.to_string();
                Ok(Channel { id: made["id"].as_u64().context("no id")?, key })
            })
            .collect()
    }
}

fn serve(binary: &Path, folder: &Path) -> anyhow::Result<(Beside, SocketAddr, Duration)> {
    let began = Instant::now();
    let child = Command::new(binary)
        .args(["serve", "--listen", "127.0.0.1:0", "--mqtt-listen", "off", "--mqtts-listen", "off"])
        .args(["--log", "error", "--data"])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| binary.display().to_string())?;
    let mut child = Beside(child);
    let line = first_line(&mut child)?;
    let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
    let address: SocketAddr = address.context("the server did not get ready")?.parse()?;
    Client::new(address)?.get("/healthz")?.fine()?;
    Ok((child, address, began.elapsed()))
}

fn command(binary: &Path, folder: &Path, args: &[&str]) -> anyhow::Result<Value> {
    let out = Command::new(binary).args(args).args(["--json", "--data"]).arg(folder).output()?;
    ensure!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    Ok(serde_json::from_slice(&out.stdout)?)
}

/// The first line that a process prints. What it prints after that is read and forgotten, so that it never waits for a reader.
///
/// # Errors
/// If it ends before.
pub fn first_line(child: &mut Beside) -> anyhow::Result<String> {
    let mut out = BufReader::new(child.0.stdout.take().context("its output is not read")?);
    let mut line = String::new();
    ensure!(out.read_line(&mut line)? > 0, "it ended before it was ready");
    std::thread::spawn(move || std::io::copy(&mut out.by_ref(), &mut std::io::sink()));
    Ok(line)
}
