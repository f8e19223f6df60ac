//! What a reader asks of a channel: which entries, which columns, and what is to be made of them.
//!
//! Reading is as lenient as the service's: a number is its leading digits, a value that makes no
//! sense is passed over.

use core::ops::RangeInclusive;

use crate::entry::ValuesRef;
use crate::ids::FieldNo;
use crate::number::{leading_int, loose};
use crate::params::Params;
use crate::time::Timestamp;
use crate::zone::Zone;

/// The most entries that one answer holds.
pub const RESULTS_MAX: u64 = 8_000;
/// How many entries are answered if nothing is said about which.
pub const RESULTS_DEFAULT: u64 = 100;

const DAY_MS: i64 = 86_400_000;

/// A reader's question, apart from the channel and the field that its path names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The most entries wanted: the newest ones of the range.
    pub results: Option<u64>,
    /// How far back from now the range begins, in milliseconds.
    pub back_ms: Option<i64>,
    /// Where the range begins; wins over `back_ms`.
    pub start: Option<Timestamp>,
    /// Where the range ends, inclusive to the end of that second.
    pub end: Option<Timestamp>,
    /// A range of entry ids; times do not count then.
    pub entries: Option<RangeInclusive<u64>>,
    /// The zone in which times are shown.
    pub zone: Zone,
    /// Show the status of each entry.
    pub status: bool,
    /// Show the place of each entry.
    pub location: bool,
    /// Show the channel's metadata.
    pub metadata: bool,
    /// Leave out rows with a value below this.
    pub min: Option<f64>,
    /// Leave out rows with a value above this.
    pub max: Option<f64>,
    /// Decimals to round to.
    pub round: Option<usize>,
    /// Make one row out of all entries of each span of time.
    pub group: Option<Group>,
}

/// One row for each span of time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Group {
    /// What becomes of the entries of a span.
    pub how: How,
    /// The length of a span; spans are aligned to 1970-01-01T00:00:00Z.
    pub minutes: i64,
}

/// What becomes of the entries of a span of time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum How {
    /// The first entry stands for all (`timescale`).
    First,
    /// The sum of the numbers.
    Sum,
    /// The sum of the numbers by the count of the entries.
    Average,
    /// The middle one of the numbers.
    Median,
}

/// Which entries of a channel are read: the newest `limit` of those in the range.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Span {
    /// The earliest time, inclusive.
    pub from: Timestamp,
    /// The latest time, inclusive.
    pub until: Timestamp,
    /// Entry ids, if they bound the range.
    pub entries: Option<RangeInclusive<u64>>,
    /// The most entries.
    pub limit: u64,
}

impl Span {
    /// All of a channel.
    pub const ALL: Self =
        Self { from: Timestamp::MIN, until: Timestamp::MAX, entries: None, limit: u64::MAX };
}

impl Query {
    /// Reads a question from the parameters of a request.
    pub fn from_params(params: &Params) -> Self {
        let given = |name: &str| params.get(name).map(str::trim).filter(|text| !text.is_empty());
        let zone = Zone::of_request(params.get("timezone"), params.get("offset"));
        let count =
            |name: &str| given(name).map(|text| u64::try_from(leading_int(text)).unwrap_or(0));
        let back =
            |name: &str, unit: i64| given(name).map(|text| leading_int(text).saturating_mul(unit));
        let entries = match (count("start_entry_id"), count("end_entry_id")) {
            (None, None) => None,
            (start, end) => Some(start.unwrap_or(1)..=end.unwrap_or(u64::MAX)),
        };
        Self {
            results: count("results"),
            back_ms: back("minutes", 60_000).or_else(|| back("days", DAY_MS)),
            start: given("start").and_then(|text| zone.parse(text)),
            end: given("end").and_then(|text| zone.parse(text)),
            entries,
            zone,
            status: params.is_true("status"),
            location: params.is_true("location"),
            metadata: params.get("metadata") == Some("true"),
            min: given("min").and_then(loose),
            max: given("max").and_then(loose),
            round: given("round").map(|text| leading_int(text).clamp(0, 30) as usize),
            group: Group::from_params(params),
        }
    }

    /// The entries that are asked for, seen from `now`.
    pub fn span(&self, now: Timestamp) -> Span {
        let ranged = self.back_ms.is_some()
            || self.start.is_some()
            || self.end.is_some()
            || self.entries.is_some();
        let most = if ranged || self.results.is_some() { RESULTS_MAX } else { RESULTS_DEFAULT };
        let back = self.back_ms.map(|back| now.plus_millis(back.saturating_neg()));
        // A whole second means all of it: answers show no fraction, so a reader can't name a later part.
        let until = self
            .end
            .map_or(now, |end| if end.millis() % 1000 == 0 { end.plus_millis(999) } else { end });
        Span {
            from: self.start.or(back).unwrap_or(Timestamp::MIN),
            until,
            entries: self.entries.clone(),
            limit: self.results.unwrap_or(most).min(most),
        }
    }
}

impl Group {
    /// Reads the first of `timescale`, `sum`, `average` and `median` that names a valid span: 10, 15,
    /// 20, 30, 60, 240, 720 or 1440 minutes, or `daily`. Anything else is as if it were absent.
    pub fn from_params(params: &Params) -> Option<Self> {
        let ways = [
            ("timescale", How::First),
            ("sum", How::Sum),
            ("average", How::Average),
            ("median", How::Median),
        ];
        ways.into_iter().find_map(|(name, how)| {
            let text = params.get(name)?.trim();
            let minutes = if text == "daily" { 1_440 } else { leading_int(text) };
            [10, 15, 20, 30, 60, 240, 720, 1_440]
                .contains(&minutes)
                .then_some(Self { how, minutes })
        })
    }
}

/// Which columns an answer shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Columns {
    /// The entry id; rows made of several entries have none.
    pub entry_id: bool,
    /// By field; field 1 is at 0.
    pub fields: [bool; FieldNo::COUNT],
    /// Latitude, longitude and elevation.
    pub location: bool,
    /// The status.
    pub status: bool,
}

impl Columns {
    /// The values of the shown fields, in order, with their names.
    pub fn shown<'a>(
        &self,
        values: &ValuesRef<'a>,
    ) -> impl Iterator<Item = (&'static str, Option<&'a str>)> {
        let (fields, texts) = (self.fields, values.fields);
        FieldNo::ALL
            .into_iter()
            .filter(move |field| fields[field.index()])
            .map(move |field| (field.name(), texts[field.index()]))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_714_979_289);

    fn read(form: &str) -> Query {
        Query::from_params(&Params::from_form(form.as_bytes()))
    }

    fn span(form: &str) -> (Option<i64>, Option<i64>, u64) {
        let span = read(form).span(NOW);
        let bound = |time: Timestamp, open: Timestamp| (time != open).then(|| time.millis());
        (bound(span.from, Timestamp::MIN), bound(span.until, NOW), span.limit)
    }

    #[test]
    fn without_a_range_the_last_hundred_are_meant_whatever_their_age() {
        assert_eq!(span(""), (None, None, 100));
        assert_eq!(span("results=5"), (None, None, 5));
        assert_eq!(span("results=0"), (None, None, 0));
        assert_eq!(span("results=-3"), (None, None, 0));
        assert_eq!(span("results=9000"), (None, None, 8000));
        assert_eq!(span("results=3?api_key=KEY"), (None, None, 3));
        assert_eq!(span("results="), (None, None, 100));
    }

    #[test]
    fn start_wins_over_minutes_and_minutes_over_days() {
        let ago = |ms: i64| Some(NOW.millis() - ms);
        assert_eq!(span("days=2"), (ago(2 * DAY_MS), None, 8000));
        assert_eq!(span("days=2&minutes=5"), (ago(300_000), None, 8000));
        assert_eq!(
            span("days=2&minutes=5&start=2024-05-06"),
            (Some(1_714_953_600_000), None, 8000)
        );
        assert_eq!(span("start=soon"), (None, None, 100));
        assert_eq!(span("days=2&results=7"), (ago(2 * DAY_MS), None, 7));
    }

    #[test]
    fn an_end_includes_its_whole_second() {
        assert_eq!(span("end=2024-05-06T07:00:00Z").1, Some(1_714_978_800_999));
        assert_eq!(span("end=2024-05-06T07:00:00.250Z").1, Some(1_714_978_800_250));
    }

    #[test]
    fn one_aggregate_counts_and_only_with_a_valid_span() {
        assert_eq!(read("average=60&sum=10").group, Some(Group { how: How::Sum, minutes: 10 }));
        assert_eq!(
            read("timescale=7&median=daily").group,
            Some(Group { how: How::Median, minutes: 1440 })
        );
        assert_eq!(read("average=61").group, None);
    }
}
