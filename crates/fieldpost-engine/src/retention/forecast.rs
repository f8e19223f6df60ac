//! Looks ahead: how fast a channel grows, and how long the disk lasts at that rate.

use fieldpost_store::history::{Extent, Grid};
use fieldpost_store::{ChannelFilter, Store, StoreError};
use fieldpost_wire::channel::Keep;
use fieldpost_wire::{ChannelId, Timestamp};

use super::words::{bytes, count};
use crate::engine::Engine;
use crate::refusal::Refusal;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// The rate is that of the last week.
const RECENT: i64 = 7 * DAY;
/// What an entry takes on disk if the store can't tell, in bytes.
const ENTRY: f64 = 16.0;
const MONTH: f64 = 365.25 / 12.0;

/// How much a channel, or all of them, holds and how it grows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Growth {
    /// What it holds.
    pub extent: Extent,
    /// How many entries come in a day, by those of the last week.
    pub entries_per_day: f64,
    /// By how many bytes it grows in a day, once what is not kept goes as fast as it comes.
    pub bytes_per_day: f64,
    /// How many bytes it comes to if it does not grow for ever.
    pub levels_at: Option<u64>,
}

impl Engine {
    /// Tells how a channel grows, if its entries were kept so. The caller has checked the right to know.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if too many long stretches are being read.
    pub async fn growth(&self, channel: ChannelId, keep: Keep) -> Result<Growth, Refusal> {
        let _turn = self.scan_turn().await?;
        let now = self.now();
        self.on_store(move |store| growth(store, channel, &keep, now)).await
    }

    /// Tells how all channels grow together. The caller has checked the right to know.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if too many long stretches are being read.
    pub async fn growth_of_all(&self) -> Result<Growth, Refusal> {
        let _turn = self.scan_turn().await?;
        let now = self.now();
        self.on_store(move |store| {
            let mut all = Growth { levels_at: Some(0), ..Growth::default() };
            for (channel, _) in store.channels(&ChannelFilter::default())? {
                all.add(&growth(store, channel.id, &channel.about.keep, now)?);
            }
            Ok(all)
        })
        .await
    }
}

fn growth(
    store: &dyn Store,
    channel: ChannelId,
    keep: &Keep,
    now: Timestamp,
) -> Result<Growth, StoreError> {
    let extent = store.extent(channel)?;
    let Some(first) = extent.first else {
        return Ok(Growth { levels_at: Some(0), ..Growth::default() });
    };
    let span = (now.millis() - first.millis()).clamp(HOUR, RECENT);
    let start = now.millis() - span;
    let within = (Timestamp::from_millis(start), now);
    let recent =
        store.overview(channel, &Grid { start, step: span + 1, count: 1, within }, &[])?.entries;
    Ok(of(extent, recent as f64 * DAY as f64 / span as f64, keep))
}

/// How it grows if so many entries come in a day.
fn of(extent: Extent, entries_per_day: f64, keep: &Keep) -> Growth {
    let each = if extent.bytes > 0 && extent.entries > 0 {
        extent.bytes as f64 / extent.entries as f64
    } else {
        ENTRY
    };
    let Some(days) = keep.days else {
        return Growth {
            extent,
            entries_per_day,
            bytes_per_day: entries_per_day * each,
            levels_at: None,
        };
    };
    let thin = |minutes: u32| entries_per_day.min(1_440.0 / f64::from(minutes.max(1)));
    let (mut held, mut since, mut endless) = (entries_per_day * f64::from(days), days, 0.0);
    for tier in &keep.tiers {
        match tier.days {
            Some(until) => {
                held += thin(tier.minutes) * f64::from(until.saturating_sub(since));
                since = until;
            }
            None => endless = thin(tier.minutes),
        }
    }
    let levels_at = (endless == 0.0).then_some((held * each) as u64);
    Growth { extent, entries_per_day, bytes_per_day: endless * each, levels_at }
}

impl Growth {
    fn add(&mut self, other: &Self) {
        self.extent.entries += other.extent.entries;
        self.extent.bytes += other.extent.bytes;
        let (mine, others) = (&mut self.extent, &other.extent);
        mine.first = [mine.first, others.first].into_iter().flatten().min();
        mine.last = [mine.last, others.last].into_iter().flatten().max();
        self.entries_per_day += other.entries_per_day;
        self.bytes_per_day += other.bytes_per_day;
        self.levels_at = self.levels_at.zip(other.levels_at).map(|(mine, others)| mine + others);
    }

    /// Says it: "At this rate 1.4 MB a month; the disk (12 GB free) is full in about 60 years." `free` is what the disk has left.
    pub fn in_words(&self, free: Option<u64>) -> String {
        let room = |free| format!("the disk has {} free", bytes(free));
        if self.entries_per_day == 0.0 {
            let quiet = "Nothing came in the last week, so nothing grows";
            return free.map_or(format!("{quiet}."), |free| format!("{quiet}; {}.", room(free)));
        }
        if let Some(level) = self.levels_at {
            let level = format!("At this rate it levels off at about {}", bytes(level));
            return free.map_or(format!("{level}."), |free| format!("{level}; {}.", room(free)));
        }
        let monthly = (self.bytes_per_day * MONTH).max(1.0);
        let rate = format!("At this rate {} a month", bytes(monthly as u64));
        match free {
            Some(free) => {
                let months = free as f64 / monthly;
                format!("{rate}; the disk ({} free) is full in {}.", bytes(free), time(months))
            }
            None => format!("{rate}."),
        }
    }
}

fn time(months: f64) -> String {
    let about = |number: f64, one: &str, more: &str| {
        format!("about {}", count(number.round().max(1.0) as u64, one, more))
    };
    match months {
        months if months * MONTH < 1.0 => "less than a day".into(),
        months if months < 2.0 => about(months * MONTH, "day", "days"),
        months if months < 24.0 => about(months, "month", "months"),
        months if months < 12_000.0 => about(months / 12.0, "year", "years"),
        _ => "more than 1,000 years".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::keep::parse;
    use super::*;

    fn growth(per_day: f64, keep: &str) -> Growth {
        let extent = Extent { entries: 1_000, bytes: 10_000, ..Extent::default() };
        of(extent, per_day, &parse(keep).unwrap())
    }

    #[test]
    fn the_end_of_the_disk_is_said_in_words() {
        let free = Some(12_000_000_000);
        let said = |per_day, keep| growth(per_day, keep).in_words(free);
        assert_eq!(
            said(4_600.0, "all"),
            "At this rate 1.4 MB a month; the disk (12 GB free) is full in about 714 years."
        );
        assert_eq!(
            said(4e6, "all"),
            "At this rate 1.2 GB a month; the disk (12 GB free) is full in about 10 months."
        );
        assert_eq!(
            said(2e10, "all"),
            "At this rate 6.1 TB a month; the disk (12 GB free) is full in less than a day."
        );
        assert_eq!(
            said(1.0, "all"),
            "At this rate 304 bytes a month; the disk (12 GB free) is full in more than 1,000 years."
        );
        assert_eq!(
            said(5_760.0, "10d"),
            "At this rate it levels off at about 576 kB; the disk has 12 GB free."
        );
        assert_eq!(
            said(5_760.0, "10d, hourly 20d"),
            "At this rate it levels off at about 578 kB; the disk has 12 GB free."
        );
        assert_eq!(
            said(5_760.0, "10d, hourly"),
            "At this rate 7.3 kB a month; the disk (12 GB free) is full in more than 1,000 years."
        );
        assert_eq!(
            said(0.0, "all"),
            "Nothing came in the last week, so nothing grows; the disk has 12 GB free."
        );
        assert_eq!(growth(4_600.0, "all").in_words(None), "At this rate 1.4 MB a month.");
    }

    #[test]
    fn channels_add_up() {
        let mut all = Growth { levels_at: Some(0), ..Growth::default() };
        all.add(&growth(100.0, "10d"));
        assert_eq!((all.levels_at, all.extent.bytes), (Some(10_000), 10_000));
        all.add(&growth(100.0, "all"));
        assert_eq!((all.levels_at, all.bytes_per_day, all.entries_per_day), (None, 1_000.0, 200.0));
    }
}
