//! A stretch of a channel as columns of numbers, thinned so that it fits a chart and no spike is lost; and the small picture of a
//! channel's last day.
//!
//! Entries come one after the other and are never all in memory: as long as they are few they are kept as they are, from then on only
//! what each bucket of time needs. The thinning is pure.

use std::ops::ControlFlow;

use fieldpost_store::Store;
use fieldpost_wire::number::any as number;
use fieldpost_wire::query::Span;
use fieldpost_wire::{ChannelId, Entry, EntryId, FieldNo, Timestamp};

use crate::engine::Engine;
use crate::refusal::Refusal;

/// The fewest and the most points that can be asked for.
pub const POINTS: std::ops::RangeInclusive<usize> = 10..=4_000;

/// How many means the picture of a day has, and how long each is, in milliseconds.
const MEANS: usize = 48;
const MEAN_MS: i64 = 30 * 60_000;
/// How many entries are looked at for a day at once, and for each mean if there are more.
const DAY_MAX: u64 = 960;
const MEAN_MAX: u64 = 20;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// Where it begins.
    pub start: Timestamp,
    /// Where it ends; this moment belongs to it.
    pub end: Timestamp,
    /// Which fields.
    pub fields: Vec<FieldNo>,
    /// The most points, within [`POINTS`].
    pub points: usize,
}

/// A stretch of a channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// How long a time each point stands for, in milliseconds; 0 if each is an entry.
    pub resolution_ms: i64,
    /// How many entries lie in the range.
    pub entries: u64,
    /// The channel's newest id when this was read.
    pub last: Option<EntryId>,
    /// The time of each point, ascending.
    pub times: Vec<Timestamp>,
    /// The values of each field, in the order asked for.
    pub columns: Vec<Column>,
}

/// A field's values, one for each time. What is no number is absent.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The field.
    pub field: FieldNo,
    /// The value of the entry, or the last of those that the point stands for.
    pub values: Numbers,
    /// The lowest and the highest of those, if points stand for more than one.
    pub bounds: Option<(Numbers, Numbers)>,
}

/// Numbers in a row; what is none is absent.
pub type Numbers = Vec<Option<f64>>;

/// Thins entries as they come.
struct Thinner<'a> {
    stretch: &'a Stretch,
    entries: u64,
    /// 0 while every entry is kept.
    resolution_ms: i64,
    points: Vec<Point>,
}

struct Point {
    time: Timestamp,
    last: Numbers,
    low: Numbers,
    high: Numbers,
}

impl<'a> Thinner<'a> {
    fn new(stretch: &'a Stretch) -> Self {
        Self { stretch, entries: 0, resolution_ms: 0, points: Vec::new() }
    }

    /// Takes the next entry; its time is not before that of the one before.
    fn take(&mut self, entry: &Entry) {
        self.entries += 1;
        let of = |field: &FieldNo| number(entry.values.field(*field)?);
        let numbers: Numbers = self.stretch.fields.iter().map(of).collect();
        if self.resolution_ms == 0 && self.points.len() == self.stretch.points {
            self.begin_buckets();
        }
        let time = self.time_of(entry.created_at);
        self.put(Point { time, low: numbers.clone(), high: numbers.clone(), last: numbers });
    }

    /// From now on points stand for spans of time. Spans begin at multiples of their length, so that a chart that moves on
    /// does not tremble.
    fn begin_buckets(&mut self) {
        let length = self.stretch.end.millis() - self.stretch.start.millis();
        let spans = self.stretch.points as i64 - 1; // the first may be cut short
        self.resolution_ms = length.div_euclid(spans).saturating_add(1);
        for mut point in std::mem::take(&mut self.points) {
            point.time = self.time_of(point.time);
            self.put(point);
        }
    }

    /// The time of the point that an entry of this time belongs to.
    fn time_of(&self, time: Timestamp) -> Timestamp {
        match self.resolution_ms {
            0 => time,
            length => {
                let begins = time.millis().div_euclid(length) * length;
                Timestamp::from_millis(begins.max(self.stretch.start.millis()))
            }
        }
    }

    fn put(&mut self, new: Point) {
        let bucket = match self.points.last_mut() {
            Some(bucket) if self.resolution_ms > 0 && bucket.time == new.time => bucket,
            _ => return self.points.push(new),
        };
        for (at, last) in new.last.iter().enumerate() {
            // A bucket's last value is the last that there is, not the absence of one.
            bucket.last[at] = last.or(bucket.last[at]);
            bucket.low[at] = pick(bucket.low[at], new.low[at], f64::min);
            bucket.high[at] = pick(bucket.high[at], new.high[at], f64::max);
        }
    }

    fn finish(self) -> Series {
        let column = |(at, field): (usize, &FieldNo)| {
            let each = |numbers: fn(&Point) -> &Numbers| {
                self.points.iter().map(|point| numbers(point)[at]).collect::<Numbers>()
            };
            let bounds = (self.resolution_ms > 0).then(|| (each(|p| &p.low), each(|p| &p.high)));
            Column { field: *field, values: each(|p| &p.last), bounds }
        };
        Series {
            resolution_ms: self.resolution_ms,
            entries: self.entries,
            last: None,
            times: self.points.iter().map(|point| point.time).collect(),
            columns: self.stretch.fields.iter().enumerate().map(column).collect(),
        }
    }
}

fn pick(one: Option<f64>, other: Option<f64>, of: fn(f64, f64) -> f64) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(of(one, other)),
        (one, other) => one.or(other),
    }
}

impl Engine {
    /// Reads a stretch of a channel. Entries that are stored while it is read are left out: whoever listens goes on after
    /// [`Series::last`] and has neither a gap nor anything twice.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if too many stretches are being read, [`Refusal::NoChannel`] if it is gone.
    pub async fn series(&self, channel: ChannelId, stretch: Stretch) -> Result<Series, Refusal> {
        let _turn = self.scan_turn().await?;
        self.on_store(move |store| {
            let Some(head) = store.head(channel)? else { return Ok(None) };
            let mut thinner = Thinner::new(&stretch);
            store.scan(channel, stretch.start, stretch.end, &mut |entry| {
                if Some(entry.id) <= head.last {
                    thinner.take(entry);
                }
                ControlFlow::Continue(())
            })?;
            Ok(Some(Series { last: head.last, ..thinner.finish() }))
        })
        .await?
        .ok_or(Refusal::NoChannel)
    }

    /// Means over each half hour of the day that ends now, oldest first, for each of these fields that has any. Bounded work: of a
    /// busy channel only some entries of each half hour are looked at.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn day(
        &self,
        channel: ChannelId,
        fields: Vec<FieldNo>,
    ) -> Result<Vec<(FieldNo, Vec<Option<f64>>)>, Refusal> {
        let now = self.now();
        self.on_store(move |store| {
            let spans = day_of(store, channel, now)?;
            let means = fields.into_iter().map(|field| (field, means(&spans, field)));
            Ok(means.filter(|(_, means)| means.iter().any(Option::is_some)).collect())
        })
        .await
    }
}

/// Entries of each half hour of the day that ends now.
fn day_of(
    store: &dyn Store,
    channel: ChannelId,
    now: Timestamp,
) -> Result<Vec<Vec<Entry>>, fieldpost_store::StoreError> {
    let begin = |at: usize| now.plus_millis((at as i64 - MEANS as i64) * MEAN_MS);
    let all = Span { from: begin(0), until: now, entries: None, limit: DAY_MAX };
    let newest = store.newest(channel, &all)?;
    let mut spans = vec![Vec::new(); MEANS];
    if newest.len() < DAY_MAX as usize {
        for entry in newest {
            let passed = entry.created_at.millis() - begin(0).millis();
            let at = usize::try_from(passed / MEAN_MS).unwrap_or(0).min(MEANS - 1);
            spans[at].push(entry);
        }
        return Ok(spans);
    }
    for (at, span) in spans.iter_mut().enumerate() {
        let until = if at + 1 == MEANS { now } else { begin(at + 1).plus_millis(-1) };
        let some = Span { from: begin(at), until, entries: None, limit: MEAN_MAX };
        *span = store.newest(channel, &some)?;
    }
    Ok(spans)
}

fn means(spans: &[Vec<Entry>], field: FieldNo) -> Vec<Option<f64>> {
    let mean = |span: &Vec<Entry>| {
        let (mut sum, mut count) = (0.0, 0.0);
        for value in span.iter().filter_map(|entry| number(entry.values.field(field)?)) {
            sum += value;
            count += 1.0;
        }
        (count > 0.0).then(|| sum / count)
    };
    spans.iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_wire::Values;
    use proptest::prelude::*;

    const F1: FieldNo = FieldNo::ALL[0];

    fn entry(id: u64, millis: i64, text: &str) -> Entry {
        let mut values = Values::default();
        values.fields[0] = Some(text.into());
        Entry { id: EntryId::new(id), created_at: Timestamp::from_millis(millis), values }
    }

    fn thinned(stretch: &Stretch, entries: &[Entry]) -> Series {
        let mut thinner = Thinner::new(stretch);
        entries.iter().for_each(|entry| thinner.take(entry));
        thinner.finish()
    }

    fn stretch(end: i64, points: usize) -> Stretch {
        let (start, end) = (Timestamp::from_millis(0), Timestamp::from_millis(end));
        Stretch { start, end, fields: vec![F1], points }
    }

    #[test]
    fn few_entries_are_given_as_they_are() {
        let entries: Vec<Entry> = (0..10).map(|n| entry(n + 1, n as i64 * 7, "1.5")).collect();
        let series = thinned(&stretch(1_000, 10), &entries);
        assert_eq!((series.resolution_ms, series.entries, series.times.len()), (0, 10, 10));
        assert_eq!(series.times[3].millis(), 21);
        assert_eq!(series.columns[0].bounds, None);
    }

    #[test]
    fn a_spike_is_in_the_bounds_and_the_last_value_is_the_value() {
        let mut entries: Vec<Entry> =
            (0..1_000).map(|n| entry(n + 1, n as i64, &n.to_string())).collect();
        entries[503] = entry(504, 503, "1e9");
        entries[700] = entry(701, 700, "-1e9");
        let series = thinned(&stretch(999, 10), &entries);
        assert_eq!((series.resolution_ms, series.entries), (112, 1_000));
        assert!(series.times.len() <= 10);
        let column = &series.columns[0];
        let (low, high) = column.bounds.as_ref().unwrap();
        assert_eq!(high.iter().flatten().copied().fold(f64::MIN, f64::max), 1e9);
        assert_eq!(low.iter().flatten().copied().fold(f64::MAX, f64::min), -1e9);
        assert_eq!(column.values.last(), Some(&Some(999.0)));
        assert_eq!(column.values[0], Some(111.0));
    }

    #[test]
    fn what_is_no_number_is_absent_and_hides_nothing() {
        let mut entries: Vec<Entry> = (0..40).map(|n| entry(n + 1, n as i64, "7")).collect();
        entries[39] = entry(40, 39, "off");
        let series = thinned(&stretch(39, 10), &entries);
        assert_eq!(series.columns[0].values.last(), Some(&Some(7.0)));
        let words = thinned(&stretch(39, 10), &[entry(1, 0, "on"), entry(2, 1, "NaN")]);
        assert_eq!(words.columns[0].values, [None, None]);
    }

    proptest! {
        #[test]
        fn thinning_keeps_within_the_points_and_loses_no_extreme(
            times in proptest::collection::vec(0i64..100_000, 1..600),
            points in 10usize..60,
            numbers in proptest::collection::vec(-1e6f64..1e6, 600),
        ) {
            let mut times = times;
            times.sort_unstable();
            let entries: Vec<Entry> = times.iter().zip(&numbers).enumerate()
                .map(|(n, (time, number))| entry(n as u64 + 1, *time, &number.to_string()))
                .collect();
            let series = thinned(&stretch(99_999, points), &entries);
            prop_assert!(series.times.len() <= points, "{} > {points}", series.times.len());
            prop_assert!(series.times.is_sorted());
            prop_assert_eq!(series.resolution_ms == 0, entries.len() <= points);
            let used = &numbers[..entries.len()];
            let column = &series.columns[0];
            let (low, high) = column.bounds.clone()
                .unwrap_or_else(|| (column.values.clone(), column.values.clone()));
            let highest = |all: &[f64]| all.iter().copied().fold(f64::MIN, f64::max);
            let flat = |all: Vec<Option<f64>>| all.into_iter().flatten().collect::<Vec<_>>();
            prop_assert_eq!(highest(&flat(high)), highest(used));
            let lowest = |all: &[f64]| all.iter().copied().fold(f64::MAX, f64::min);
            prop_assert_eq!(lowest(&flat(low)), lowest(used));
        }
    }
}
