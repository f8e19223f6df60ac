//! How far something is that takes long: a bar where somebody looks, a line now and then where nobody does. On standard error, so that
//! it never stands in what a command gives.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use fieldpost_engine::retention::words::grouped;

/// How often a bar is drawn, and how often a line is written.
const BAR: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(5);
const BAR_WIDTH: usize = 24;

/// Something that takes long.
pub(crate) struct Progress {
    draws: bool,
    quiet: bool,
    began: Instant,
    shown: Option<Instant>,
}

/// How far it is.
#[derive(Clone, Copy, Default)]
pub(crate) struct Step<'a> {
    /// How many entries are done.
    pub(crate) entries: u64,
    /// Which part of all that is, from 0 to 1, if it is known.
    pub(crate) share: Option<f64>,
    /// How many entries come in a second, if that is known better than by the clock here.
    pub(crate) rate: Option<f64>,
    /// What is in the way.
    pub(crate) says: Option<&'a str>,
}

impl Progress {
    /// Begins. Scripts that read JSON are told nothing on the way.
    pub(crate) fn begin(json: bool) -> Self {
        let draws = std::io::stderr().is_terminal();
        Self { draws, quiet: json && !draws, began: Instant::now(), shown: None }
    }

    /// Shows how far it is, if it is time to.
    pub(crate) fn show(&mut self, step: Step<'_>) {
        let every = if self.draws { BAR } else { LINE };
        let since = self.shown.unwrap_or(self.began);
        let due = since.elapsed() >= every || (self.draws && self.shown.is_none());
        if self.quiet || !due {
            return;
        }
        self.shown = Some(Instant::now());
        let line = line(step, self.began.elapsed());
        let mut out = std::io::stderr().lock();
        let _ = if self.draws {
            let bar = step.share.map(bar).unwrap_or_default();
            write!(out, "\r\x1b[2K{bar}{line}")
        } else {
            writeln!(out, "{line}")
        };
        let _ = out.flush();
    }

    /// Takes the bar away.
    pub(crate) fn end(&mut self) -> Duration {
        if self.draws && self.shown.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
        self.began.elapsed()
    }
}

fn bar(share: f64) -> String {
    let full = (share.clamp(0.0, 1.0) * BAR_WIDTH as f64).round() as usize;
    format!("[{}{}] ", "#".repeat(full), "·".repeat(BAR_WIDTH - full))
}

fn line(Step { entries, share, rate, says }: Step<'_>, passed: Duration) -> String {
    let seconds = passed.as_secs_f64();
    let rate = rate.or_else(|| (entries > 0 && seconds > 0.2).then(|| entries as f64 / seconds));
    let mut line = format!("{} entries", grouped(entries));
    if let Some(share) = share {
        line.push_str(&format!(", {} %", (share.clamp(0.0, 1.0) * 100.0).floor()));
    }
    if let Some(rate) = rate {
        line.push_str(&format!(", {} a second", grouped(rate.round() as u64)));
    }
    if let (Some(share), Some(rate)) = (share.filter(|share| *share > 0.0), rate)
        && rate > 0.0
    {
        let left = (entries as f64 / share - entries as f64) / rate;
        line.push_str(&format!(", {} left", lasting(left)));
    }
    if let Some(says) = says {
        line.push_str(&format!("; {says}; trying again"));
    }
    line
}

/// A time that something takes, as one says it.
fn lasting(seconds: f64) -> String {
    let seconds = seconds.clamp(0.0, 1e9).ceil() as u64;
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6_000 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_entries_share_rate_and_the_time_left() {
        let step = Step { entries: 20_000, share: Some(0.4), ..Step::default() };
        let ten = Duration::from_secs(10);
        assert_eq!(line(step, ten), "20,000 entries, 40 %, 2,000 a second, 15 s left");
        let stuck = Step { says: Some("example.org does not answer"), rate: Some(100.0), ..step };
        assert_eq!(
            line(stuck, ten),
            "20,000 entries, 40 %, 100 a second, 5 min left; example.org does not answer; trying again"
        );
        assert_eq!(line(Step::default(), ten), "0 entries");
        assert_eq!(bar(0.5), "[############············] ");
        assert_eq!([7, 999, 1_000, 1_234_567].map(grouped), ["7", "999", "1,000", "1,234,567"]);
    }
}
