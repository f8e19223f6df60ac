//! A stretch of a channel as columns of numbers, few enough for a chart and without losing a spike; and the small picture of a
//! channel's last day.
//!
//! As long as entries are few they are given as they are; else spans of time are, each with what is first, last, lowest and highest in
//! it. The store does the reading; here it is decided what is asked of it. Values that the owner does not believe are left out.

use fieldpost_store::history::{Column, Grid, Looks};
use fieldpost_store::{Store, StoreError};
use fieldpost_wire::channel::Valid;
use fieldpost_wire::number::any as number;
use fieldpost_wire::query::Span;
use fieldpost_wire::{Channel, ChannelId, Entry, EntryId, FieldNo, Timestamp};

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
    /// Where it begins; with the channel's first entry if left out.
    pub start: Option<Timestamp>,
    /// Where it ends, and this moment belongs to it; with the channel's last entry if left out.
    pub end: Option<Timestamp>,
    /// Which fields.
    pub fields: Vec<FieldNo>,
    /// The most points, within [`POINTS`].
    pub points: usize,
}

/// A stretch of a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Where it begins.
    pub start: Timestamp,
    /// Where it ends.
    pub end: Timestamp,
    /// How long a time each point stands for, in milliseconds; 0 if each is an entry.
    pub resolution_ms: i64,
    /// How many entries lie in the range.
    pub entries: u64,
    /// The channel's newest id when this was read.
    pub last: Option<EntryId>,
    /// The time of each point in milliseconds since 1970, ascending: of an entry, or where a span begins.
    pub times: Vec<i64>,
    /// How many values of each field are left out since they are not believed, in the order asked for.
    pub hidden: Vec<u64>,
    /// The numbers of each field.
    pub shape: Shape,
}

/// Numbers, one for each time; `NaN` where there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Each entry.
    Points {
        /// The ids.
        ids: Vec<u64>,
        /// The values of each field.
        columns: Vec<Vec<f64>>,
    },
    /// How each field looks, span by span. Spans without entries are left out.
    Spans(Vec<Looks>),
}

/// A field of a channel, and which of its values its owner believes.
pub(crate) fn column(channel: &Channel, field: FieldNo) -> Column {
    Column { field, valid: channel.about.valid[field.index()].bounds() }
}

/// Spans that begin at multiples of their length, so that a chart that moves on does not tremble. The first may be cut short.
pub(crate) fn grid(start: Timestamp, end: Timestamp, step: i64) -> Grid {
    let begin = start.millis().div_euclid(step) * step;
    let count = (end.millis() - begin).div_euclid(step) + 1;
    Grid { start: begin, step, count: usize::try_from(count).unwrap_or(0), within: (start, end) }
}

/// Where a stretch begins and ends. What is left out is where the channel's entries do, or now if it has none.
pub(crate) fn ends(
    store: &dyn Store,
    channel: ChannelId,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), StoreError> {
    if let (Some(start), Some(end)) = (start, end) {
        return Ok((start, end));
    }
    let extent = store.extent(channel)?;
    let end = end.or(extent.last).unwrap_or(now).max(start.unwrap_or(Timestamp::MIN));
    let start = start.or(extent.first).unwrap_or(now).min(end);
    Ok((start, end))
}

fn read(
    store: &dyn Store,
    channel: &Channel,
    stretch: &Stretch,
    now: Timestamp,
) -> Result<Series, StoreError> {
    let id = channel.id;
    let columns: Vec<Column> = stretch.fields.iter().map(|field| column(channel, *field)).collect();
    let (start, end) = ends(store, id, stretch.start, stretch.end, now)?;
    if let Some(points) = store.points(id, start, end, &columns, stretch.points)? {
        return Ok(Series {
            start,
            end,
            resolution_ms: 0,
            entries: points.ids.len() as u64,
            last: points.last,
            times: points.times,
            hidden: points.hidden,
            shape: Shape::Points { ids: points.ids, columns: points.columns },
        });
    }
    let length = end.millis() - start.millis();
    let spans = stretch.points as i64 - 1; // the first may be cut short
    let step = length.div_euclid(spans).saturating_add(1);
    let grid = grid(start, end, step);
    let mut found = store.overview(id, &grid, &columns)?;
    let filled: Vec<usize> = (0..grid.count).filter(|at| found.counts[*at] > 0).collect();
    let begins = |at: &usize| (grid.start + *at as i64 * step).max(start.millis());
    for looks in &mut found.columns {
        for row in [&mut looks.first, &mut looks.last, &mut looks.min, &mut looks.max] {
            *row = filled.iter().map(|at| row[*at]).collect();
        }
        looks.count = filled.iter().map(|at| looks.count[*at]).collect();
    }
    Ok(Series {
        start,
        end,
        resolution_ms: step,
        entries: found.entries,
        last: found.last,
        times: filled.iter().map(begins).collect(),
        hidden: found.columns.iter().map(|looks| looks.hidden).collect(),
        shape: Shape::Spans(found.columns),
    })
}

impl Engine {
    /// Reads a stretch of a channel. Entries that are stored while it is read are left out: whoever listens goes on after
    /// [`Series::last`] and has neither a gap nor anything twice.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if too many stretches are being read.
    pub async fn series(&self, channel: &Channel, stretch: Stretch) -> Result<Series, Refusal> {
        let _turn = self.scan_turn().await?;
        let (channel, now) = (channel.clone(), self.now());
        self.on_store(move |store| read(store, &channel, &stretch, now)).await
    }

    /// Means over each half hour of the day that ends now, oldest first, for each of these fields that has any. Bounded work: of a
    /// busy channel only some entries of each half hour are looked at.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn day(
        &self,
        channel: &Channel,
        fields: Vec<FieldNo>,
    ) -> Result<Vec<(FieldNo, Vec<Option<f64>>)>, Refusal> {
        let now = self.now();
        let (id, valid) = (channel.id, channel.about.valid.clone());
        self.on_store(move |store| {
            let spans = day_of(store, id, now)?;
            let means = |field: FieldNo| (field, means(&spans, field, &valid[field.index()]));
            let means = fields.into_iter().map(means);
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
) -> Result<Vec<Vec<Entry>>, StoreError> {
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

fn means(spans: &[Vec<Entry>], field: FieldNo, valid: &Valid) -> Vec<Option<f64>> {
    let (min, max) = valid.bounds();
    let mean = |span: &Vec<Entry>| {
        let (mut sum, mut count) = (0.0, 0.0);
        let numbers = span.iter().filter_map(|entry| number(entry.values.field(field)?));
        for value in numbers.filter(|value| min <= *value && *value <= max) {
            sum += value;
            count += 1.0;
        }
        (count > 0.0).then(|| sum / count)
    };
    spans.iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use fieldpost_store::memory::MemoryStore;
    use fieldpost_store::{HistoryStore as _, NewChannel, NewUser};
    use fieldpost_wire::channel::About;
    use fieldpost_wire::{ApiKey, Values};
    use proptest::prelude::*;

    use super::*;

    const F1: FieldNo = FieldNo::ALL[0];

    fn kept(valid: Valid, entries: &[(i64, String)]) -> (MemoryStore, Channel) {
        let store = MemoryStore::new();
        let key = |text: &str| text.parse::<ApiKey>().unwrap();
        let login = "ada".to_string();
        let (now, api_key) = (Timestamp::default(), key("AAAAAAAAAAAAAAAA"));
        let owner =
            store.create_user(NewUser { login, api_key, password: None, admin: false, now });
        let mut about = About::new_channel();
        about.valid[0] = valid;
        let channel = store.create_channel(NewChannel {
            id: None,
            owner: owner.unwrap().id,
            about,
            write_key: key("BBBBBBBBBBBBBBBB"),
            read_keys: Vec::new(),
            now,
        });
        let channel = channel.unwrap();
        let entry = |(at, (millis, text)): (usize, &(i64, String))| {
            let mut values = Values::default();
            values.fields[0] = Some(text.as_str().into());
            let created_at = Timestamp::from_millis(*millis);
            Entry { id: EntryId::new(at as u64 + 1), created_at, values }
        };
        let entries: Vec<Entry> = entries.iter().enumerate().map(entry).collect();
        store.put(channel.id, &entries).unwrap();
        (store, channel)
    }

    fn stretch(end: i64, points: usize) -> Stretch {
        let [start, end] = [0, end].map(|millis| Some(Timestamp::from_millis(millis)));
        Stretch { start, end, fields: vec![F1], points }
    }

    fn seen(valid: Valid, entries: &[(i64, String)], stretch: &Stretch) -> Series {
        let (store, channel) = kept(valid, entries);
        read(&store, &channel, stretch, Timestamp::from_millis(5_000)).unwrap()
    }

    fn looks(series: &Series) -> &Looks {
        match &series.shape {
            Shape::Spans(columns) => &columns[0],
            Shape::Points { .. } => panic!("entries are too many for points"),
        }
    }

    fn ramp(count: i64) -> Vec<(i64, String)> {
        (0..count).map(|n| (n, n.to_string())).collect()
    }

    #[test]
    fn few_entries_are_given_as_they_are() {
        let entries: Vec<_> = (0..10).map(|n| (n * 7, "1.5".to_string())).collect();
        let series = seen(Valid::default(), &entries, &stretch(1_000, 10));
        assert_eq!((series.resolution_ms, series.entries, series.times.len()), (0, 10, 10));
        assert_eq!((series.times[3], series.last), (21, Some(EntryId::new(10))));
        let columns = vec![vec![1.5; 10]];
        assert_eq!(series.shape, Shape::Points { ids: (1..=10).collect(), columns });
    }

    #[test]
    fn a_spike_is_seen_and_the_last_value_is_the_last() {
        let mut entries = ramp(1_000);
        entries[503].1 = "1e9".into();
        entries[700].1 = "-1e9".into();
        let series = seen(Valid::default(), &entries, &stretch(999, 10));
        assert_eq!((series.resolution_ms, series.entries), (112, 1_000));
        assert!(series.times.len() <= 10);
        let looks = looks(&series);
        assert_eq!(looks.max.iter().copied().fold(f64::MIN, f64::max), 1e9);
        assert_eq!(looks.min.iter().copied().fold(f64::MAX, f64::min), -1e9);
        assert_eq!(
            (looks.last.last(), looks.last[0], looks.first[1]),
            (Some(&999.0), 111.0, 112.0)
        );
    }

    #[test]
    fn what_is_not_believed_is_left_out_and_counted() {
        let mut entries = ramp(40);
        entries[20].1 = "-127".into();
        let valid = Valid { min: Some("-40".into()), ..Valid::default() };
        let series = seen(valid.clone(), &entries, &stretch(39, 10));
        assert_eq!(looks(&series).min.iter().copied().fold(f64::MAX, f64::min), 0.0);
        assert_eq!(series.hidden, [1]);
        let series = seen(valid, &entries, &stretch(39, 40));
        let Shape::Points { columns, .. } = series.shape else { panic!("few enough") };
        assert!(columns[0][20].is_nan());
        assert_eq!(series.hidden, [1]);
    }

    #[test]
    fn what_is_left_out_of_the_range_is_where_the_entries_end() {
        let entries = [(100, "1".to_string()), (300, "2".to_string())];
        let open = Stretch { start: None, end: None, ..stretch(0, 10) };
        let series = seen(Valid::default(), &entries, &open);
        assert_eq!((series.start.millis(), series.end.millis(), series.entries), (100, 300, 2));
        let late = Stretch { start: Some(Timestamp::from_millis(400)), ..open.clone() };
        let series = seen(Valid::default(), &entries, &late);
        assert_eq!((series.start.millis(), series.end.millis(), series.entries), (400, 400, 0));
        let none = seen(Valid::default(), &[], &open);
        assert_eq!((none.start.millis(), none.end.millis(), none.entries), (5_000, 5_000, 0));
    }

    proptest! {
        #[test]
        fn it_keeps_within_the_points_and_loses_no_extreme(
            times in proptest::collection::vec(0i64..100_000, 1..600),
            points in 10usize..60,
            numbers in proptest::collection::vec(-1e6f64..1e6, 600),
        ) {
            let entries: Vec<_> = times.iter().zip(&numbers)
                .map(|(time, number)| (*time, number.to_string()))
                .collect();
            let series = seen(Valid::default(), &entries, &stretch(99_999, points));
            prop_assert!(series.times.len() <= points, "{} > {points}", series.times.len());
            prop_assert!(series.times.is_sorted());
            prop_assert_eq!(series.resolution_ms == 0, entries.len() <= points);
            let used = &numbers[..entries.len()];
            let (low, high) = match &series.shape {
                Shape::Points { columns, .. } => (&columns[0], &columns[0]),
                Shape::Spans(columns) => (&columns[0].min, &columns[0].max),
            };
            let highest = |all: &[f64]| all.iter().copied().fold(f64::MIN, f64::max);
            let lowest = |all: &[f64]| all.iter().copied().fold(f64::MAX, f64::min);
            prop_assert_eq!(highest(high), highest(used));
            prop_assert_eq!(lowest(low), lowest(used));
        }
    }
}
