//! Servers that others keep time series in, from Debian's packages: InfluxDB 1.x and VictoriaMetrics, in folders of their own.
//!
//! Both take InfluxDB's line protocol. InfluxDB has a write on disk before it answers, VictoriaMetrics does not.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::http::{Client, coded};
use crate::process::Beside;

/// Which one it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// InfluxDB 1.x.
    Influx,
    /// VictoriaMetrics.
    Victoria,
}

/// A running peer.
pub struct Peer {
    /// Which one.
    pub kind: Kind,
    /// Its process.
    pub child: Beside,
    /// Where it listens.
    pub address: SocketAddr,
}

/// How spans of an hour are summed up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum How {
    /// The mean.
    Mean,
    /// The median.
    Median,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Influx, Self::Victoria];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Influx => "InfluxDB",
            Self::Victoria => "VictoriaMetrics",
        }
    }

    /// Its program, which has the name of its service.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Influx => "influxd",
            Self::Victoria => "victoria-metrics",
        }
    }

    /// Its Debian package, and the version that is installed; `None` if it is not there.
    pub fn version(self) -> Option<String> {
        let package = match self {
            Self::Influx => "influxdb",
            Self::Victoria => "victoria-metrics",
        };
        Command::new(self.program())
            .arg("-version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        let out =
            Command::new("dpkg-query").args(["-W", "-f", "${Version}", package]).output().ok()?;
        Some(String::from_utf8_lossy(&out.stdout).trim().to_string())
    }
}

impl Peer {
    /// Starts one.
    ///
    /// # Errors
    /// If it does not get ready.
    pub fn start(kind: Kind, folder: &Path) -> anyhow::Result<Self> {
        let free = || TcpListener::bind("127.0.0.1:0")?.local_addr();
        let address = free()?;
        let mut command = Command::new(kind.program());
        match kind {
            Kind::Influx => {
                let below = |name: &str| folder.join(name);
                command
                    .env("HOME", folder)
                    .env("INFLUXDB_META_DIR", below("meta"))
                    .env("INFLUXDB_DATA_DIR", below("data"))
                    .env("INFLUXDB_DATA_WAL_DIR", below("wal"))
                    .env("INFLUXDB_DATA_QUERY_LOG_ENABLED", "false")
                    .env("INFLUXDB_BIND_ADDRESS", free()?.to_string())
                    .env("INFLUXDB_HTTP_BIND_ADDRESS", address.to_string())
                    .env("INFLUXDB_HTTP_LOG_ENABLED", "false")
                    .env("INFLUXDB_MONITOR_STORE_ENABLED", "false")
                    .env("INFLUXDB_REPORTING_DISABLED", "true");
            }
            Kind::Victoria => {
                command
                    .arg(format!("-storageDataPath={}", folder.display()))
                    .arg(format!("-httpListenAddr={address}"))
                    .args([
                        "-retentionPeriod=10y",
                        "-search.latencyOffset=0s",
                        "-loggerLevel=ERROR",
                    ]);
            }
        }
        let child = Beside(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        let peer = Self { kind, child, address };
        let began = Instant::now();
        let ready = || -> anyhow::Result<()> {
            let mut client = Client::new(address)?;
            match kind {
                Kind::Influx => client.post("/query?q=CREATE+DATABASE+bench", FORM, "")?.fine(),
                Kind::Victoria => client.get("/health")?.fine(),
            }?;
            Ok(())
        };
        while let Err(error) = ready() {
            ensure!(began.elapsed() < Duration::from_secs(20), "{}: {error:#}", kind.name());
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(peer)
    }

    /// What its data takes up, once it has settled as far as asking for it makes it.
    ///
    /// # Errors
    /// If it is gone.
    pub fn settle(&self) -> anyhow::Result<()> {
        if self.kind == Kind::Victoria {
            let mut client = Client::new(self.address)?;
            client.get("/internal/force_flush")?.fine()?;
            client.get("/internal/force_merge")?.fine()?;
        }
        Ok(())
    }

    /// The address of the newest entry of a channel.
    pub fn newest(&self, channel: u64) -> String {
        match self.kind {
            Kind::Influx => influx(&format!(
                "SELECT * FROM m WHERE channel='{channel}' ORDER BY time DESC LIMIT 1"
            )),
            Kind::Victoria => {
                format!("/api/v1/query?query={}", coded(&format!("{{channel=\"{channel}\"}}")))
            }
        }
    }

    /// The address of all raw entries of a channel from a second on; for InfluxDB the newest `count`.
    pub fn last(&self, channel: u64, count: usize, since: i64, until: i64) -> String {
        match self.kind {
            Kind::Influx => influx(&format!(
                "SELECT field1,field2 FROM m WHERE channel='{channel}' ORDER BY time DESC LIMIT {count}"
            )),
            Kind::Victoria => format!(
                "/api/v1/export?match[]={}&start={since}&end={until}",
                coded(&format!("{{channel=\"{channel}\"}}"))
            ),
        }
    }

    /// The address of both fields of a channel, hour by hour.
    pub fn hours(&self, channel: u64, how: How, since: i64, until: i64) -> String {
        match self.kind {
            Kind::Influx => {
                let word = if how == How::Mean { "MEAN" } else { "MEDIAN" };
                influx(&format!(
                    "SELECT {word}(field1),{word}(field2) FROM m WHERE channel='{channel}' AND time >= {since}s AND time < {until}s GROUP BY time(1h)"
                ))
            }
            Kind::Victoria => {
                let word =
                    if how == How::Mean { "avg_over_time(" } else { "quantile_over_time(0.5," };
                let query = coded(&format!("{word}{{channel=\"{channel}\"}}[1h])"));
                format!(
                    "/api/v1/query_range?query={query}&start={since}&end={until}&step=1h&nocache=1"
                )
            }
        }
    }
}

/// The content type of forms.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// Where both take lines.
pub const WRITE: &str = "/write?db=bench&precision=s";

/// A line of InfluxDB's protocol. Without a time the server gives it.
pub fn line(out: &mut String, channel: u64, values: [&str; 2], second: Option<i64>) {
    let [first, second_value] = values;
    let _ = write!(out, "m,channel={channel} field1={first},field2={second_value}");
    if let Some(second) = second {
        let _ = write!(out, " {second}");
    }
    out.push('\n');
}

fn influx(query: &str) -> String {
    format!("/query?db=bench&epoch=s&q={}", coded(query))
}
