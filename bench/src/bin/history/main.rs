//! Measures writing, keeping and reading beside the floors and the peers: `cargo xtask bench load` and `compare`.
//!
//! `load` looks at Fieldpost and the floors alone. `compare` runs everything, with the peers that are installed, and keeps the table in
//! `bench/results/history.md`. With `--smoke` all of it runs for a few seconds without peers, and only that there are figures is looked
//! at, never how large they are.

mod table;
mod writes;
mod year;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use fieldpost_bench::floor::{self, Floor};
use fieldpost_bench::load::Figures;
use fieldpost_bench::machine;
use fieldpost_bench::peers::{Kind, Peer};
use fieldpost_bench::server::{Channel, Server};

use table::Results;
use writes::{Contender, Who};

/// How much is measured.
pub(crate) struct Plan {
    pub(crate) smoke: bool,
    pub(crate) rounds: usize,
    /// How long each load lasts.
    pub(crate) time: Duration,
    pub(crate) channels: usize,
    /// Entries of the year.
    pub(crate) entries: usize,
    pub(crate) peers: Vec<Kind>,
}

/// Latency at a fixed rate.
pub(crate) struct Scene {
    pub(crate) what: String,
    pub(crate) figures: Figures,
}

/// What Fieldpost is, beyond its answers.
#[derive(Default)]
pub(crate) struct About {
    /// Memory after one update and one read, in MB.
    pub(crate) idle: f64,
    /// How much of it is not the program's file or another's, in MB.
    pub(crate) own: f64,
    /// The binary, in MB.
    pub(crate) binary: f64,
    /// From a start in a new folder to the first answer, in milliseconds.
    pub(crate) start: f64,
    /// 4 KiB appended and on disk, in milliseconds.
    pub(crate) append: f64,
}

fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|word| word == "floor") {
        return floor::run(args.get(1).map_or(Floor::Constant, |file| Floor::Append(file.into())));
    }
    let smoke = take(&mut args, "--smoke");
    let binary =
        std::env::var("FIELDPOST_BIN").context("FIELDPOST_BIN must name the server's binary")?;
    let binary = PathBuf::from(binary);
    let mut plan = if smoke { Plan::smoke() } else { Plan::whole() };
    for (name, into) in [("--rounds=", &mut plan.rounds), ("--entries=", &mut plan.entries)] {
        if let Some(at) = args.iter().position(|word| word.starts_with(name)) {
            *into = args.remove(at)[name.len()..].parse()?;
        }
    }
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["load"] => {
            plan.peers.clear();
            plan.entries = 0;
            print!("{}", measure(&binary, &plan)?.text());
            Ok(())
        }
        ["compare"] => {
            let results = measure(&binary, &plan)?;
            if smoke {
                return results.check();
            }
            let text = results.text();
            print!("{text}");
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/results/history.md");
            Ok(std::fs::write(file, text)?)
        }
        _ => bail!("say load or compare; beside them --smoke, --rounds=N, --entries=N"),
    }
}

impl Plan {
    fn whole() -> Self {
        Self {
            smoke: false,
            rounds: 5,
            time: Duration::from_secs(2),
            channels: 1_000,
            entries: 2_102_400,
            peers: Kind::ALL.into_iter().filter(|kind| kind.version().is_some()).collect(),
        }
    }

    fn smoke() -> Self {
        // Long enough for an answer on a machine that is busy with other things.
        let time = Duration::from_millis(600);
        // Enough entries that the file grows for them: it has some free pages from the beginning.
        Self { smoke: true, rounds: 1, time, channels: 8, entries: 50_000, peers: Vec::new() }
    }
}

fn take(args: &mut Vec<String>, word: &str) -> bool {
    let before = args.len();
    args.retain(|arg| arg != word);
    args.len() < before
}

fn measure(binary: &Path, plan: &Plan) -> anyhow::Result<Results> {
    let machine = machine::machine();
    let folder = tempfile::tempdir()?;
    let about = about(binary, folder.path(), plan)?;
    let (samples, scenes) = writes(binary, folder.path(), plan)?;
    let years = if plan.entries > 0 { year::run(binary, folder.path(), plan)? } else { Vec::new() };
    Ok(Results { machine, rounds: plan.rounds, time: plan.time, samples, scenes, years, about })
}

/// Starts a few servers in new folders.
fn about(binary: &Path, folder: &Path, plan: &Plan) -> anyhow::Result<About> {
    let (mut idle, mut own, mut start) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        let server = Server::start(binary, &folder.join(format!("idle-{round}")))?;
        start.push(server.took.as_secs_f64() * 1e3);
        let channel = server.channels(1)?.remove(0);
        let mut client = server.client()?;
        client.get(&format!("/update?api_key={}&field1=1", channel.key))?.fine()?;
        client.get(&format!("/channels/{}/feeds.json", channel.id))?.fine()?;
        std::thread::sleep(Duration::from_millis(300));
        let used = server.used()?;
        idle.push(used.kib as f64 / 1024.0);
        own.push(used.own_kib as f64 / 1024.0);
    }
    Ok(About {
        idle: machine::median(idle),
        own: machine::median(own),
        start: machine::median(start),
        binary: std::fs::metadata(binary)?.len() as f64 / 1e6,
        append: floor::append_ms(folder, if plan.smoke { 5 } else { 300 })?,
    })
}

fn writes(
    binary: &Path,
    folder: &Path,
    plan: &Plan,
) -> anyhow::Result<(Vec<writes::Sample>, Vec<Scene>)> {
    let server = Server::start(binary, &folder.join("many"))?;
    let channels: Vec<Channel> = server.channels(plan.channels)?;
    let floors =
        [(Who::Floor, Floor::Constant), (Who::Append, Floor::Append(folder.join("lines")))];
    let mut running = Vec::new();
    let mut contenders = Vec::new();
    for (who, kind) in floors {
        let (child, address) = floor::start(&kind)?;
        contenders.push(Contender::own(who, address, child.id(), &channels));
        running.push(child);
    }
    let fieldpost = Contender::own(Who::Fieldpost, server.address, server.id(), &channels);
    // With an entry in the first channel, as all will have.
    let write = format!("/update?api_key={}&field1=21.5&field2=47.3", channels[0].key);
    server.client()?.get(&write)?.fine()?;
    contenders.insert(1, Contender::long(&contenders[0], &fieldpost)?);
    contenders.push(fieldpost);
    let peers = plan
        .peers
        .iter()
        .map(|kind| Peer::start(*kind, &folder.join(format!("many-{}", kind.program()))));
    let peers: Vec<Peer> = peers.collect::<anyhow::Result<_>>()?;
    contenders.extend(peers.iter().map(|peer| Contender::peer(peer, &channels)));
    let samples = writes::rounds(&contenders, plan)?;
    let mut scenes = Vec::new();
    let fieldpost = contenders.iter().find(|one| one.who == Who::Fieldpost).context("who?")?;
    let most =
        samples.iter().filter(|sample| sample.who == Who::Fieldpost && sample.figures.p50 > 0.0);
    let most = most.map(|sample| match sample.kind {
        writes::Kind::Update { fresh: false, .. } => sample.figures.rate,
        _ => 0.0,
    });
    let most = most.fold(0.0, f64::max);
    ensure!(most > 0.0, "nothing was written");
    writes::open_loop(fieldpost, most.min(20_000.0), plan.time, &mut scenes)?;
    Ok((samples, scenes))
}
