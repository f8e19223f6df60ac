//! Updates and looks at the newest entry under load, beside the floors and the peers, in rounds that take turns.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context as _;
use fieldpost_bench::floor;
use fieldpost_bench::load::{self, Figures, Load, Spent, Template};
use fieldpost_bench::peers::{self, Peer, WRITE};
use fieldpost_bench::server::Channel;
use fieldpost_bench::{http, machine};

use crate::{Plan, Scene};

/// Who is asked.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Who {
    Floor,
    /// The floor with a body of which the answer is as long as Fieldpost's.
    Long,
    Append,
    Fieldpost,
    Influx,
    Victoria,
}

/// A kind of load.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    Update { connections: usize, fresh: bool },
    Newest { connections: usize },
}

/// One round of one kind at one server.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) kind: Kind,
    pub(crate) who: Who,
    pub(crate) round: usize,
    pub(crate) figures: Figures,
    pub(crate) spent: Spent,
}

/// Somebody who answers.
pub(crate) struct Contender {
    pub(crate) who: Who,
    pub(crate) address: SocketAddr,
    pub(crate) pid: u32,
    updates: [Vec<Template>; 2],
    newest: Vec<Template>,
}

impl Who {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Floor => "constant body",
            Self::Long => "constant body, as long",
            Self::Append => "append + fdatasync",
            Self::Fieldpost => "Fieldpost",
            Self::Influx => "InfluxDB",
            Self::Victoria => "VictoriaMetrics",
        }
    }
}

impl Kind {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Update { connections, fresh: false } => {
                format!("update, keep-alive, {connections}")
            }
            Self::Update { connections, fresh: true } => {
                format!("update, a connection each, {connections}")
            }
            Self::Newest { connections } => format!("newest entry, keep-alive, {connections}"),
        }
    }

    /// All that are measured.
    pub(crate) fn all(smoke: bool) -> Vec<Self> {
        let update = |connections, fresh| Self::Update { connections, fresh };
        if smoke {
            return vec![update(2, false), update(2, true), Self::Newest { connections: 2 }];
        }
        let kept = [1, 16, 64, 256].map(|connections| update(connections, false));
        let fresh = [64, 256].map(|connections| update(connections, true));
        let newest = [1, 64].map(|connections| Self::Newest { connections });
        kept.into_iter().chain(fresh).chain(newest).collect()
    }
}

impl Contender {
    /// Fieldpost, or a floor: both are asked in the same words.
    pub(crate) fn own(who: Who, address: SocketAddr, pid: u32, channels: &[Channel]) -> Self {
        let body = |channel: &Channel| format!("api_key={}&field1=21.5&field2=47.3", channel.key);
        let updates =
            channels.iter().map(|channel| http::post("/update", peers::FORM, &body(channel)));
        let newest = channels.iter().map(|channel| {
            format!(
                "GET /channels/{}/feeds.json?results=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                channel.id
            )
        });
        Self::new(who, address, pid, updates.collect(), newest.collect())
    }

    /// The floor again, for readings: its answer is as long as the one that Fieldpost gives, head and all.
    pub(crate) fn long(floor: &Self, fieldpost: &Self) -> anyhow::Result<Self> {
        let request = fieldpost.newest.first().context("there is no channel")?.bytes();
        let size = |address: SocketAddr, request: &[u8]| -> anyhow::Result<usize> {
            let mut stream = TcpStream::connect(address)?;
            stream.write_all(request)?;
            stream.shutdown(Shutdown::Write)?;
            Ok(stream.read_to_end(&mut Vec::new())?)
        };
        let get =
            |size: usize| format!("GET {}{size} HTTP/1.1\r\nHost: localhost\r\n\r\n", floor::LONG);
        let least = size(floor.address, get(100).as_bytes())?;
        let long = (size(fieldpost.address, request)? + 100).saturating_sub(least);
        Ok(Self::new(Who::Long, floor.address, floor.pid, Vec::new(), vec![get(long)]))
    }

    pub(crate) fn peer(peer: &Peer, channels: &[Channel]) -> Self {
        let updates = channels.iter().map(|channel| {
            let mut line = String::new();
            peers::line(&mut line, channel.id, ["21.5", "47.3"], None);
            http::post(WRITE, peers::FORM, &line)
        });
        let newest = channels.iter().map(|channel| {
            format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", peer.newest(channel.id))
        });
        let who = match peer.kind {
            peers::Kind::Influx => Who::Influx,
            peers::Kind::Victoria => Who::Victoria,
        };
        Self::new(who, peer.address, peer.child.id(), updates.collect(), newest.collect())
    }

    fn new(
        who: Who,
        address: SocketAddr,
        pid: u32,
        updates: Vec<String>,
        newest: Vec<String>,
    ) -> Self {
        let template = |request: &String| {
            Template::new(request.as_str(), &["&field1=", " field1=", "field2="])
        };
        let close = |request: &String| request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        let closing: Vec<String> = updates.iter().map(close).collect();
        Self {
            who,
            address,
            pid,
            updates: [
                updates.iter().map(template).collect(),
                closing.iter().map(template).collect(),
            ],
            newest: newest.iter().map(|request| Template::new(request.as_str(), &[])).collect(),
        }
    }

    /// The load that a kind is.
    pub(crate) fn load(&self, kind: Kind) -> Load<'_> {
        let (requests, connections, fresh) = match kind {
            Kind::Update { connections, fresh } => {
                (&self.updates[usize::from(fresh)], connections, fresh)
            }
            Kind::Newest { connections } => (&self.newest, connections, false),
        };
        Load { address: self.address, requests, connections, fresh, rate: None }
    }
}

/// Every kind at everybody, in turns; everybody's turn comes first once.
pub(crate) fn rounds(contenders: &[Contender], plan: &Plan) -> anyhow::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for round in 0..plan.rounds {
        for kind in Kind::all(plan.smoke) {
            for n in 0..contenders.len() {
                let one = &contenders[(n + round) % contenders.len()];
                // A floor that appends has nothing to read, and an update's answer is short.
                let reads = matches!(kind, Kind::Newest { .. });
                if one.who == Who::Append && reads || one.who == Who::Long && !reads {
                    continue;
                }
                let (figures, spent) = load::run(&[one.load(kind)], plan.time, one.pid)?;
                let [figures] = <[Figures; 1]>::try_from(figures).unwrap_or_default();
                eprintln!(
                    "   {round} {}: {} {}/s, p50 {} p99 {} ms, load {:.0} % server {:.0} %, {} bad",
                    kind.name(),
                    one.who.name(),
                    machine::count(figures.rate),
                    machine::ms(figures.p50),
                    machine::ms(figures.p99),
                    spent.own * 100.0,
                    spent.server * 100.0,
                    figures.bad
                );
                samples.push(Sample { kind, who: one.who, round, figures, spent });
            }
        }
    }
    Ok(samples)
}

/// Latency at a fixed rate, from when each request was due: writers alone, and beside readers.
pub(crate) fn open_loop(
    contender: &Contender,
    rate: f64,
    time: Duration,
    scenes: &mut Vec<Scene>,
) -> anyhow::Result<()> {
    let kind = |connections| Kind::Update { connections, fresh: false };
    let paced = |load: Load<'_>, rate| -> anyhow::Result<Figures> {
        let paced = Load { rate: Some(rate), ..load };
        Ok(load::run(&[paced], time, contender.pid)?.0.remove(0))
    };
    let mut put =
        |what: String, figures: &Figures| scenes.push(Scene { what, figures: figures.clone() });
    put("1 connection, 100 updates/s".into(), &paced(contender.load(kind(1)), 100.0)?);
    let half = |share: f64| format!("64 connections, {} updates/s", machine::count(rate * share));
    for share in [0.25, 0.5] {
        put(half(share), &paced(contender.load(kind(64)), rate * share)?);
    }
    let writers = Load { rate: Some(rate * 0.25), ..contender.load(kind(64)) };
    let readers =
        Load { rate: Some(rate * 0.25), ..contender.load(Kind::Newest { connections: 16 }) };
    let (both, _) = load::run(&[writers, readers], time, contender.pid)?;
    put(format!("{}, beside readers", half(0.25)), &both[0]);
    put(
        format!("16 readers of newest entries beside them, {}/s", machine::count(rate * 0.25)),
        &both[1],
    );
    Ok(())
}
