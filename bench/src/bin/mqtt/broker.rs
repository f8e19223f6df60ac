//! The servers that are measured, started in folders of their own: Fieldpost's binary, and mosquitto.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// A server.
pub(crate) struct Broker {
    child: Child,
    pub(crate) name: &'static str,
    pub(crate) plain: SocketAddr,
    pub(crate) tls: Option<SocketAddr>,
    pub(crate) web: Option<SocketAddr>,
    /// User name and password of a device.
    pub(crate) device: Option<(String, String)>,
    /// A channel that the device may write.
    pub(crate) channel: u64,
    folder: tempfile::TempDir,
}

/// What a server has used.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    /// Memory, in KiB.
    pub(crate) kib: u64,
    /// Time of processors.
    pub(crate) cpu: Duration,
}

impl Broker {
    pub(crate) fn fieldpost(binary: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let run = |args: &[&str]| -> anyhow::Result<Value> {
            let out = Command::new(binary)
                .args(args)
                .args(["--json", "--data"])
                .arg(folder.path())
                .output()?;
            ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            Ok(serde_json::from_slice(&out.stdout)?)
        };
        run(&["user", "add", "bench"])?;
        let made = ["channel", "create", "--user", "bench", "--name", "Bench", "--field1", "Value"];
        let channel = run(&made)?["id"].as_u64().context("no channel")?;
        let device = run(&["device", "add", "bench", "--user", "bench", "--channel", "all:rw"])?;
        let text = |name: &str| device[name].as_str().unwrap_or_default().to_string();
        let device = Some((text("client_id"), text("password")));
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0"])
            .args(["--mqtts-listen", "127.0.0.1:0", "--log", "error", "--data"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .context(binary.to_string())?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let at = |scheme: &str| -> anyhow::Result<SocketAddr> {
            let word = line.split_whitespace().find_map(|word| word.strip_prefix(scheme));
            Ok(word.context("the server did not get ready")?.parse()?)
        };
        let (plain, tls, web) = (at("mqtt://")?, Some(at("mqtts://")?), Some(at("http://")?));
        Ok(Self { child, name: "Fieldpost", plain, tls, web, device, channel, folder })
    }

    /// Starts mosquitto, if it is there: without passwords, persistence and log.
    pub(crate) fn mosquitto() -> anyhow::Result<Option<Self>> {
        let Some(binary) = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
            .into_iter()
            .find(|path| Path::new(path).exists())
        else {
            return Ok(None);
        };
        let folder = tempfile::tempdir()?;
        let plain = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = folder.path().join("mosquitto.conf");
        let port = plain.port();
        std::fs::write(
            &config,
            format!(
                "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_type error\nset_tcp_nodelay true\n"
            ),
        )?;
        let child = Command::new(binary).arg("-c").arg(&config).spawn()?;
        let began = Instant::now();
        while TcpStream::connect(plain).is_err() {
            ensure!(began.elapsed() < Duration::from_secs(10), "mosquitto did not get ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        let (tls, web, device, channel) = (None, None, None, 0);
        Ok(Some(Self { child, name: "mosquitto", plain, tls, web, device, channel, folder }))
    }

    /// The certificate that the server made for itself.
    pub(crate) fn certificate(&self) -> anyhow::Result<Vec<u8>> {
        Ok(std::fs::read(self.folder.path().join("tls/cert.pem"))?)
    }

    /// What it has used so far (proc(5)).
    pub(crate) fn used(&self) -> anyhow::Result<Used> {
        let proc = format!("/proc/{}", self.child.id());
        let status = std::fs::read_to_string(format!("{proc}/status"))
            .context("memory can be read on Linux only")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.context("no VmRSS")?.trim().trim_end_matches(" kB").trim().parse()?;
        let stat = std::fs::read_to_string(format!("{proc}/stat"))?;
        let after = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = after
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum();
        // The kernel counts in hundredths of a second for user space, always.
        Ok(Used { kib, cpu: Duration::from_millis(ticks * 10) })
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
