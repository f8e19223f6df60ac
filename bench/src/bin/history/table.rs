//! What was measured, as a page: the goals with what became of them, then all figures.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::ensure;
use fieldpost_bench::load::{Figures, Spent};
use fieldpost_bench::machine::{count, load, median, ms};
use fieldpost_bench::peers;

use crate::writes::{Kind, Sample, Who};
use crate::year::{Took, Year};
use crate::{About, Scene};

/// Everything that one run gave.
pub(crate) struct Results {
    pub(crate) machine: String,
    pub(crate) rounds: usize,
    pub(crate) time: Duration,
    pub(crate) samples: Vec<Sample>,
    pub(crate) scenes: Vec<Scene>,
    pub(crate) years: Vec<Year>,
    pub(crate) about: About,
}

/// What stands beside a figure that is told for comparison.
const NO_AIM: &str = "–";

/// A goal: what it is about, how far it is to go, how far it went. `None` for what could not be measured.
struct Goal {
    what: &'static str,
    aim: &'static str,
    found: Option<(String, bool)>,
}

impl Results {
    /// The page.
    pub(crate) fn text(&self) -> String {
        let mut out = String::from("# History: writing, keeping, reading\n\n");
        let time = self.time.as_secs_f64();
        let _ = writeln!(
            out,
            "{}, after: {}. {} rounds that take turns, {time} s each; figures are medians of the rounds, ratios of figures \
             of the same round. Two fields with one decimal. Re-run: `cargo xtask bench compare`.\n",
            self.machine,
            load(),
            self.rounds
        );
        let peers: Vec<String> = peers::Kind::ALL
            .iter()
            .map(|kind| match kind.version() {
                Some(version) => format!("{} {version}", kind.name()),
                None => {
                    format!("{} was left out: `{}` is not installed", kind.name(), kind.program())
                }
            })
            .collect();
        let _ = writeln!(
            out,
            "{}. InfluxDB has an update on disk before it answers, VictoriaMetrics has not.\n",
            peers.join(", ")
        );
        self.goals(&mut out);
        self.writes(&mut out);
        self.scenes(&mut out);
        self.years(&mut out);
        out
    }

    /// Looks whether every part gave figures.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        for sample in &self.samples {
            let name = format!("{} at {}", sample.kind.name(), sample.who.name());
            let Figures { rate, p50, p99, bad, .. } = sample.figures;
            ensure!(rate > 0.0 && p50 > 0.0 && p99 >= p50, "{name} has no figures");
            ensure!(bad == 0, "{name}: {bad} went wrong");
        }
        for scene in &self.scenes {
            ensure!(
                scene.figures.answers > 0 && scene.figures.bad == 0,
                "{} went wrong",
                scene.what
            );
        }
        let year = &self.years[0];
        let figures =
            [year.import, year.mb, year.bytes, year.last.again, year.start.unwrap_or_default()];
        ensure!(figures.iter().all(|figure| *figure > 0.0), "the year has no figures: {year:?}");
        let About { idle, own, binary, start, append } = self.about;
        ensure!(
            [idle, own, binary, start, append].iter().all(|figure| *figure > 0.0),
            "no figures of the server"
        );
        ensure!(self.text().lines().count() > 30, "the page is not whole");
        println!(
            "   {} loads, {} scenes and a short year gave figures",
            self.samples.len(),
            self.scenes.len()
        );
        Ok(())
    }

    fn of(&self, kind: Kind, who: Who) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.kind == kind && sample.who == who)
    }

    fn median(&self, kind: Kind, who: Who, figure: impl Fn(&Sample) -> f64) -> Option<f64> {
        let all: Vec<f64> = self.of(kind, who).map(figure).collect();
        (!all.is_empty()).then(|| median(all))
    }

    /// How many times as many answers one gave as another, in the same round.
    fn ratio(&self, kind: Kind, who: Who, to: Who) -> Option<f64> {
        let ratios: Vec<f64> = self
            .of(kind, who)
            .filter_map(|sample| {
                let other = self.of(kind, to).find(|other| other.round == sample.round)?;
                Some(sample.figures.rate / other.figures.rate)
            })
            .collect();
        (!ratios.is_empty()).then(|| median(ratios))
    }

    fn goals(&self, out: &mut String) {
        let _ = writeln!(out, "| goal | aim | measured | met |\n| --- | --- | --- | --- |");
        for goal in self.list() {
            let (found, met) = match goal.found {
                Some((found, _)) if goal.aim == NO_AIM => (found, NO_AIM),
                Some((found, met)) => (found, if met { "yes" } else { "no" }),
                None => ("not measured".into(), "–"),
            };
            let _ = writeln!(out, "| {} | {} | {found} | {met} |", goal.what, goal.aim);
        }
    }

    fn list(&self) -> Vec<Goal> {
        use Who::{Fieldpost, Floor, Influx, Victoria};
        let kept = |connections| Kind::Update { connections, fresh: false };
        let fresh = Kind::Update { connections: 64, fresh: true };
        let newest = Kind::Newest { connections: 64 };
        let least = |found: Option<f64>, aim: f64, unit: &str| {
            found.map(|it| (format!("{it:.2}{unit}"), it >= aim))
        };
        let most = |found: Option<f64>, aim: f64, unit: &str| {
            found.map(|it| (format!("{}{unit}", ms(it)), it <= aim))
        };
        let floor = |kind, aim| least(self.ratio(kind, Fieldpost, Floor), aim, "");
        let times = |kind, who, aim| least(self.ratio(kind, Fieldpost, who), aim, "×");
        let p99 =
            |kind, aim| most(self.median(kind, Fieldpost, |sample| sample.figures.p99), aim, " ms");
        let again = |took: Option<Took>| took.map(|took| took.again);
        let goal = |what, aim, found| Goal { what, aim, found };
        let year = self.years.first();
        let written = self.median(kept(64), Fieldpost, |sample| {
            sample.spent.written / sample.figures.answers.max(1) as f64
        });
        let overview = year.and_then(|year| year.overview);
        vec![
            goal(
                "durable update, keep-alive, 64 connections, of the constant body",
                "≥ 0.50",
                floor(kept(64), 0.50),
            ),
            goal("the same, 256 connections", "≥ 0.65", floor(kept(256), 0.65)),
            goal("its slowest of a hundred, 64 connections", "≤ 10 ms", p99(kept(64), 10.0)),
            goal("the same, 256 connections", "≤ 20 ms", p99(kept(256), 20.0)),
            goal(
                "a connection for each update, of the constant body",
                "≥ 0.80",
                floor(fresh, 0.80),
            ),
            goal(
                "one connection, half of the updates",
                "≤ 0.3 ms",
                most(self.median(kept(1), Fieldpost, |sample| sample.figures.p50), 0.3, " ms"),
            ),
            goal("updates, of InfluxDB's, keep-alive, 64", "≥ 4×", times(kept(64), Influx, 4.0)),
            goal("the same, a connection each", "≥ 2.5×", times(fresh, Influx, 2.5)),
            goal(
                "updates, of VictoriaMetrics', keep-alive, 64",
                "≥ 1.3×",
                times(kept(64), Victoria, 1.3),
            ),
            goal("the same, 256", "≥ 1.3×", times(kept(256), Victoria, 1.3)),
            goal("newest entry, of the constant body", "≥ 0.85", floor(newest, 0.85)),
            goal(
                "the same, of a constant body of which the answer is as long",
                NO_AIM,
                self.ratio(newest, Fieldpost, Who::Long).map(|it| (format!("{it:.2}"), it >= 0.85)),
            ),
            goal("newest entry, of InfluxDB's", "≥ 10×", times(newest, Influx, 10.0)),
            goal(
                "bytes written to disk for an update, 64 connections",
                "≤ 300",
                written.map(|it| (count(it), it <= 300.0)),
            ),
            goal(
                "bytes kept for an entry of the year",
                "≤ 1.2",
                year.map(|year| (format!("{:.2}", year.bytes), year.bytes <= 1.2)),
            ),
            goal(
                "last 8,000 entries as JSON",
                "≤ 1.5 ms",
                most(year.map(|year| year.last.again), 1.5, " ms"),
            ),
            goal(
                "mean of each hour of the year",
                "≤ 10 ms",
                most(year.and_then(|year| again(year.mean)), 10.0, " ms"),
            ),
            goal(
                "median of each hour of the year",
                "≤ 25 ms",
                most(year.and_then(|year| again(year.median)), 25.0, " ms"),
            ),
            goal(
                "overview of the year for 1,200 px",
                "≤ 5 ms",
                most(overview.map(|found| found.0.again), 5.0, " ms"),
            ),
            goal(
                "what is sent for it",
                "≤ 100 KB",
                most(overview.map(|found| found.1 as f64 / 1e3), 100.0, " KB"),
            ),
            goal(
                "bulk import over HTTP, durable",
                "≥ 300k/s",
                year.map(|year| (format!("{}/s", count(year.import)), year.import >= 300_000.0)),
            ),
            goal("memory when idle", "≤ 12 MB", most(Some(self.about.idle), 12.0, " MB")),
            goal(
                "how much of it is not the program's own file",
                NO_AIM,
                most(Some(self.about.own), 12.0, " MB"),
            ),
            goal(
                "memory with 1,000 active channels",
                "≤ 60 MB",
                most(
                    self.samples
                        .iter()
                        .rev()
                        .find(|sample| sample.who == Fieldpost)
                        .map(|sample| sample.spent.mb),
                    60.0,
                    " MB",
                ),
            ),
            goal(
                "start with the year in the folder",
                "≤ 100 ms",
                most(year.and_then(|year| year.start), 100.0, " ms"),
            ),
            goal("binary with the web app", "≤ 12 MB", most(Some(self.about.binary), 12.0, " MB")),
        ]
    }

    fn writes(&self, out: &mut String) {
        let mut kinds: Vec<Kind> = Vec::new();
        let mut whos: Vec<Who> = self.samples.iter().map(|sample| sample.who).collect();
        whos.sort_unstable();
        whos.dedup();
        for sample in &self.samples {
            if !kinds.contains(&sample.kind) {
                kinds.push(sample.kind);
            }
        }
        let _ = writeln!(
            out,
            "\nAnswers a second, ratio to the constant body in the same round; p50/p99 in ms; time of processors that the server takes for an \
             answer, which says most where others keep the machine busy. A constant body is hyper's and has four bytes; the next one makes \
             an answer as long as Fieldpost's, which costs whoever reads it as much; the last floor appends each body to a file and answers \
             when it is on disk.\n"
        );
        let names: Vec<&str> = whos.iter().map(|who| who.name()).collect();
        let _ = writeln!(
            out,
            "| connections | {} |\n| --- |{}",
            names.join(" | "),
            " --- |".repeat(whos.len())
        );
        for kind in kinds {
            let _ = write!(out, "| {} |", kind.name());
            for who in &whos {
                let at = |figure: fn(&Sample) -> f64| self.median(kind, *who, figure);
                let Some(rate) = at(|sample| sample.figures.rate) else {
                    let _ = write!(out, " – |");
                    continue;
                };
                let ratio = self.ratio(kind, *who, Who::Floor).unwrap_or_default();
                let number = |figure: fn(&Sample) -> f64| at(figure).unwrap_or_default();
                let _ = write!(
                    out,
                    " {}, {ratio:.2}; {}/{}; {:.1} µs |",
                    count(rate),
                    ms(number(|sample| sample.figures.p50)),
                    ms(number(|sample| sample.figures.p99)),
                    number(|sample| sample.spent.micros / sample.figures.answers.max(1) as f64)
                );
            }
            out.push('\n');
        }
        let bad: usize = self.samples.iter().map(|sample| sample.figures.bad).sum();
        let [own, server] = [|spent: &Spent| spent.own, |spent: &Spent| spent.server]
            .map(|share| median(self.samples.iter().map(|sample| share(&sample.spent))) * 100.0);
        let _ = writeln!(
            out,
            "\nOf all processors the load generator had {own:.0} %, the server {server:.0} %, others the rest (medians)."
        );
        let _ = writeln!(
            out,
            "\nRequests that were refused or broke: {bad}. Append 4 KiB and have it on disk: {} ms.",
            ms(self.about.append)
        );
        let _ = writeln!(
            out,
            "\n| {} connections, keep-alive | bytes written to disk for an update | memory afterwards, MB |\n| --- | --- | --- |",
            64
        );
        let kind = Kind::Update { connections: 64, fresh: false };
        for who in whos {
            let bytes = self.median(kind, who, |sample| {
                sample.spent.written / sample.figures.answers.max(1) as f64
            });
            let memory = self
                .samples
                .iter()
                .rev()
                .find(|sample| sample.who == who)
                .map(|sample| sample.spent.mb);
            let (Some(bytes), Some(memory)) = (bytes, memory) else { continue };
            let _ = writeln!(out, "| {} | {} | {memory:.0} |", who.name(), count(bytes));
        }
    }

    fn scenes(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "\nAt a fixed rate, from when each request was due, so that nothing that waits is left out:\n\n\
             | Fieldpost | answered/s | p50, ms | p99, ms |\n| --- | --- | --- | --- |"
        );
        for Scene { what, figures } in &self.scenes {
            let _ = writeln!(
                out,
                "| {what} | {} | {} | {} |",
                count(figures.rate),
                ms(figures.p50),
                ms(figures.p99)
            );
        }
    }

    fn years(&self, out: &mut String) {
        if self.years.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "\nA year at 15 s in one channel, over HTTP. Times in ms: when a question comes after seconds in which the others had the \
             machine, → when it comes again at once, which is what the goals are about.\n\n\
             | server | bulk, entries/s | memory afterwards, MB | bytes/entry | last 8,000 | mean/hour | median/hour | overview |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- |"
        );
        let told = |took: Took| format!("{} → {}", ms(took.first), ms(took.again));
        let maybe = |took: Option<Took>| took.map_or_else(|| "–".into(), told);
        for year in &self.years {
            let _ = writeln!(
                out,
                "| {} | {} | {:.0} | {:.2} | {} | {} | {} | {} |",
                year.name,
                count(year.import),
                year.mb,
                year.bytes,
                told(year.last),
                maybe(year.mean),
                maybe(year.median),
                maybe(year.overview.map(|(took, _)| took))
            );
        }
        let _ = writeln!(out, "\nStart in a new folder: {} ms.", ms(self.about.start));
    }
}
