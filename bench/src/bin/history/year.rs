//! A year of readings every 15 seconds: brought in, kept, and read back, beside the peers.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use fieldpost_bench::http::Client;
use fieldpost_bench::machine::median;
use fieldpost_bench::peers::{self, How, Peer, WRITE};
use fieldpost_bench::process::{size, used};
use fieldpost_bench::server::{Channel, Server};

use crate::Plan;

/// Seconds from one reading to the next.
const STEP: i64 = 15;
/// Readings in one request: as many as a bulk update may have.
const PART: usize = 14_400;
/// 2025-01-01T00:00:00Z
const BEGIN: i64 = 1_735_689_600;
const HOUR: i64 = 3_600;
/// How many rounds of questions there are, in which the servers take turns.
const ROUNDS: usize = 5;
/// How often each question is asked in a round, one right after the other.
const TIMES: usize = 5;

/// What a server made of the year; times in milliseconds. `None` for what it does not do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Year {
    pub(crate) name: String,
    /// Entries taken a second.
    pub(crate) import: f64,
    /// Memory afterwards, in MB.
    pub(crate) mb: f64,
    /// Bytes that its folder grew by for each entry.
    pub(crate) bytes: f64,
    pub(crate) last: Took,
    pub(crate) mean: Option<Took>,
    pub(crate) median: Option<Took>,
    /// The overview for a chart, and its bytes.
    pub(crate) overview: Option<(Took, usize)>,
    /// From a start with the year in the folder to the first answer.
    pub(crate) start: Option<f64>,
}

/// How long a question took, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Took {
    /// When it came after seconds in which others had the machine, whose caches and memory were theirs by then.
    pub(crate) first: f64,
    /// When it came again, as from people who look at something.
    pub(crate) again: f64,
}

/// Two readings with one decimal that wander, the same every time.
struct Readings {
    state: u64,
    tenths: [i64; 2],
    second: i64,
}

impl Readings {
    fn new() -> Self {
        Self { state: 1, tenths: [215, 473], second: BEGIN }
    }
}

impl Iterator for Readings {
    type Item = (i64, [String; 2]);

    fn next(&mut self) -> Option<Self::Item> {
        let second = self.second;
        self.second += STEP;
        for tenths in &mut self.tenths {
            // The constants of Knuth's MMIX.
            self.state = self
                .state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *tenths = (*tenths + (self.state >> 33) as i64 % 5 - 2).clamp(100, 900);
        }
        Some((second, self.tenths.map(|tenths| format!("{}.{}", tenths / 10, tenths % 10))))
    }
}

/// What is asked of a server once it has the year.
struct Asked {
    year: Year,
    address: SocketAddr,
    last: String,
    mean: Option<String>,
    median: Option<String>,
    overview: Option<String>,
    first: [Vec<f64>; 4],
    again: [Vec<f64>; 4],
}

/// Runs all of it.
pub(crate) fn run(binary: &Path, folder: &Path, plan: &Plan) -> anyhow::Result<Vec<Year>> {
    let until = BEGIN + plan.entries as i64 * STEP;
    let mut server = Server::start(binary, &folder.join("fieldpost"))?;
    let channel = server.channels(1)?.remove(0);
    let mut all = vec![fieldpost(&mut server, &channel, plan)?];
    let peers = plan.peers.iter().map(|kind| Peer::start(*kind, &folder.join(kind.program())));
    let peers: Vec<Peer> = peers.collect::<anyhow::Result<_>>()?;
    for peer in &peers {
        let place = folder.join(peer.kind.program());
        all.push(bring_to(peer, &place, plan.entries)?);
    }
    let since = until - 8_000 * STEP;
    let mut asked = vec![Asked::fieldpost(all.remove(0), &server, channel.id, until)?];
    for (peer, year) in peers.iter().zip(all) {
        let hours = |how| Some(peer.hours(1, how, BEGIN, until));
        asked.push(Asked {
            year,
            address: peer.address,
            last: peer.last(1, 8_000, since, until),
            mean: hours(How::Mean),
            median: hours(How::Median),
            overview: None,
            first: Default::default(),
            again: Default::default(),
        });
    }
    for _ in 0..if plan.smoke { 1 } else { ROUNDS } {
        asked.iter_mut().try_for_each(Asked::round)?;
    }
    Ok(asked.into_iter().map(Asked::done).collect())
}

fn fieldpost(server: &mut Server, channel: &Channel, plan: &Plan) -> anyhow::Result<Year> {
    // What SQLite's log holds is brought into the file when the server ends.
    server.restart()?;
    let before = size(server.folder());
    let mut client = server.client()?;
    let target = format!("/channels/{}/bulk_update.csv", channel.id);
    let import = bring(plan.entries, |part| {
        let mut body = format!("write_api_key={}&time_format=absolute&updates=", channel.key);
        for (second, [first, second_value]) in part {
            body.push_str(&format!("{second},{first},{second_value}|"));
        }
        body.pop();
        let began = Instant::now();
        client.post(&target, peers::FORM, &body)?.fine()?;
        Ok(began.elapsed())
    })?;
    let mb = server.used()?.kib as f64 / 1024.0;
    let mut starts = Vec::new();
    let mut bytes = 0.0;
    for _ in 0..plan.rounds {
        server.restart()?;
        bytes = size(server.folder()).saturating_sub(before) as f64 / plan.entries as f64;
        starts.push(server.took.as_secs_f64() * 1e3);
    }
    let name = "Fieldpost".into();
    Ok(Year { name, import, mb, bytes, start: Some(median(starts)), ..Year::default() })
}

fn bring_to(peer: &Peer, folder: &Path, entries: usize) -> anyhow::Result<Year> {
    let before = size(folder);
    let mut client = Client::new(peer.address)?;
    let import = bring(entries, |part| {
        let mut body = String::new();
        for (second, [first, second_value]) in part {
            peers::line(&mut body, 1, [first, second_value], Some(*second));
        }
        let began = Instant::now();
        client.post(WRITE, peers::FORM, &body)?.fine()?;
        Ok(began.elapsed())
    })?;
    let mb = used(peer.child.id())?.kib as f64 / 1024.0;
    peer.settle()?;
    // What they write by and by, until nothing more comes.
    let mut kept = size(folder);
    for _ in 0..20 {
        std::thread::sleep(Duration::from_secs(1));
        let now = size(folder);
        let still = now == kept && now.saturating_sub(before) > entries as u64 / 10;
        kept = now;
        if still {
            break;
        }
    }
    let bytes = size(folder).saturating_sub(before) as f64 / entries as f64;
    Ok(Year { name: peer.kind.name().into(), import, mb, bytes, ..Year::default() })
}

/// Brings the year in, part by part, and gives the entries taken a second.
fn bring(
    entries: usize,
    mut send: impl FnMut(&[(i64, [String; 2])]) -> anyhow::Result<Duration>,
) -> anyhow::Result<f64> {
    let mut readings = Readings::new().take(entries).peekable();
    let mut took = Duration::ZERO;
    while readings.peek().is_some() {
        let part: Vec<_> = readings.by_ref().take(PART).collect();
        took += send(&part)?;
    }
    Ok(entries as f64 / took.as_secs_f64())
}

impl Asked {
    fn fieldpost(year: Year, server: &Server, id: u64, until: i64) -> anyhow::Result<Self> {
        let below = format!("/api/v1/channels/{id}");
        let span = format!("start={}&end={}", BEGIN * 1000, until * 1000);
        let hours = |how| format!("{below}/aggregates?{span}&every={HOUR}&how={how}");
        let overview = format!("{below}/overview?{span}&width=1200");
        let mut client = server.client()?;
        // A server that does not have them yet is measured without.
        let mut known = |target: String| -> anyhow::Result<Option<String>> {
            Ok((client.get(&target)?.status == 200).then_some(target))
        };
        Ok(Self {
            year,
            mean: known(hours("mean"))?,
            median: known(hours("median"))?,
            overview: known(overview)?,
            last: format!("/channels/{id}/feeds.json?results=8000"),
            address: server.address,
            first: Default::default(),
            again: Default::default(),
        })
    }

    fn round(&mut self) -> anyhow::Result<()> {
        let targets =
            [Some(&self.last), self.mean.as_ref(), self.median.as_ref(), self.overview.as_ref()];
        // A new one each time: others may take longer than a connection may be idle.
        let mut client = Client::new(self.address)?;
        for (n, target) in targets.into_iter().enumerate() {
            let Some(target) = target else { continue };
            for time in 0..TIMES {
                let answer = client.get(target)?.fine()?;
                ensure!(answer.body.len() > 100, "{}: {target} has nothing to say", self.year.name);
                let times = if time == 0 { &mut self.first[n] } else { &mut self.again[n] };
                times.push(answer.took.as_secs_f64() * 1e3);
                if n == 3 {
                    self.year.overview = Some((Took::default(), answer.body.len()));
                }
            }
        }
        Ok(())
    }

    fn done(self) -> Year {
        let middle = |times: Vec<f64>| (!times.is_empty()).then(|| median(times));
        let (mut first, mut again) = (self.first.map(middle), self.again.map(middle));
        let [last, mean, hours, overview] = std::array::from_fn(|n| {
            Some(Took { first: first[n].take()?, again: again[n].take()? })
        });
        let bytes = self.year.overview.map_or(0, |(_, bytes)| bytes);
        Year {
            last: last.unwrap_or_default(),
            mean,
            median: hours,
            overview: overview.map(|time| (time, bytes)),
            ..self.year
        }
    }
}
