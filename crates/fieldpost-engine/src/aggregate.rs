//! What is made of the entries that were read: one row for each span of time, filters, rounding.
//!
//! Exactly as the service's open-source server does it, with its two oddities: an average divides by all
//! entries of the span, also those without a number, and once a decimal comma was met results have one.

use std::collections::VecDeque;

use fieldpost_wire::channel::Valid;
use fieldpost_wire::entry::{Entry, Row, Values};
use fieldpost_wire::number::{loose, numeric, spell, spell_rounded};
use fieldpost_wire::query::{Columns, Group, How, Query};
use fieldpost_wire::{FieldNo, Timestamp};

/// Spans without entries become empty rows, as long as there are not more rows than this; beyond it they are
/// left out, so that two entries half a century apart can't ask for millions of rows.
const ROWS_MAX: i64 = 100_000;

/// Makes rows of entries that are in order of time: groups, filters and rounds as the query says.
/// Only the fields in `columns` count. Averages, medians and sums leave out what the owner does not believe.
pub fn rows(
    entries: Vec<Entry>,
    query: &Query,
    columns: &Columns,
    valid: &[Valid; FieldNo::COUNT],
) -> Vec<Row> {
    let mut rows: Vec<Row> = match query.group {
        Some(group) => grouped(entries, group, query.round, columns, valid),
        None => entries.into_iter().map(Row::from).collect(),
    };
    if query.min.is_some() || query.max.is_some() {
        rows.retain(|row| within(row, query, columns));
    }
    let computed = query.group.is_some_and(|group| group.how != How::First);
    if let (Some(decimals), false) = (query.round, computed) {
        for row in &mut rows {
            round(&mut row.values, decimals);
        }
    }
    rows
}

/// Rounds every field that is a number; the others stay as they are.
pub fn round(values: &mut Values, decimals: usize) {
    for slot in &mut values.fields {
        if let Some(number) = slot.as_deref().and_then(numeric) {
            *slot = Some(with_comma(spell_rounded(number.value, decimals), number.comma).into());
        }
    }
}

fn grouped(
    entries: Vec<Entry>,
    group: Group,
    decimals: Option<usize>,
    columns: &Columns,
    valid: &[Valid; FieldNo::COUNT],
) -> Vec<Row> {
    let bounds = valid.each_ref().map(Valid::bounds);
    let length = group.minutes * 60;
    let start_of = |time: Timestamp| time.seconds().div_euclid(length) * length;
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Vec::new() };
    let fill = (start_of(last.created_at) - start_of(first.created_at)) / length < ROWS_MAX;
    let mut comma = false;
    let mut rows: Vec<Row> = Vec::new();
    let mut entries = VecDeque::from(entries);
    while let Some(first) = entries.front() {
        let start = start_of(first.created_at);
        if fill && let Some(before) = rows.last() {
            let mut empty = before.created_at.seconds() + length;
            while empty < start {
                rows.push(Row { created_at: Timestamp::from_seconds(empty), ..Row::default() });
                empty += length;
            }
        }
        let count = entries.iter().take_while(|entry| start_of(entry.created_at) == start).count();
        let bucket: Vec<Entry> = entries.drain(..count).collect();
        let values = match group.how {
            How::First => bucket.into_iter().next().map(|entry| entry.values).unwrap_or_default(),
            how => computed(&bucket, how, decimals, columns, &bounds, &mut comma),
        };
        rows.push(Row { id: None, created_at: Timestamp::from_seconds(start), values });
    }
    rows
}

fn computed(
    bucket: &[Entry],
    how: How,
    decimals: Option<usize>,
    columns: &Columns,
    bounds: &[(f64, f64); FieldNo::COUNT],
    comma: &mut bool,
) -> Values {
    let mut values = Values::default();
    for field in FieldNo::ALL.into_iter().filter(|field| columns.fields[field.index()]) {
        let mut numbers: Vec<f64> = Vec::with_capacity(bucket.len());
        let (min, max) = bounds[field.index()];
        let mut count = bucket.len();
        for number in bucket.iter().filter_map(|entry| numeric(entry.values.field(field)?)) {
            if number.value < min || max < number.value {
                // As if the entry had not come: in an average it does not even count.
                count -= 1;
                continue;
            }
            *comma |= number.comma;
            numbers.push(number.value);
        }
        if numbers.is_empty() {
            continue;
        }
        let sum = || numbers.iter().sum::<f64>();
        let result = match how {
            How::Sum | How::First => sum(),
            How::Average => sum() / count as f64,
            How::Median => {
                numbers.sort_by(f64::total_cmp);
                let middle = numbers.len() / 2;
                if numbers.len() % 2 == 1 {
                    numbers[middle]
                } else {
                    (numbers[middle - 1] + numbers[middle]) / 2.0
                }
            }
        };
        let text =
            decimals.map_or_else(|| spell(result), |decimals| spell_rounded(result, decimals));
        values.fields[field.index()] = Some(with_comma(text, *comma).into());
    }
    values
}

fn with_comma(text: String, comma: bool) -> String {
    if comma { text.replace('.', ",") } else { text }
}

/// True unless a shown field holds a number outside of the bounds.
fn within(row: &Row, query: &Query, columns: &Columns) -> bool {
    columns.shown(&row.values.lend()).filter_map(|(_, text)| loose(text?)).all(|value| {
        query.min.is_none_or(|min| value >= min) && query.max.is_none_or(|max| value <= max)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_wire::{EntryId, Params, Update, Zone};
    use proptest::prelude::*;

    fn entry(id: u64, time: &str, field1: Option<&str>) -> Entry {
        let mut values = Values::default();
        values.fields[0] = field1.map(Into::into);
        Entry {
            id: EntryId::new(id),
            created_at: Zone::Utc.parse(&format!("2024-05-06 {time}")).unwrap(),
            values,
        }
    }

    fn columns() -> Columns {
        let mut columns = Columns { entry_id: true, ..Columns::default() };
        columns.fields[0] = true;
        columns
    }

    fn ask(entries: &[Entry], question: &str) -> Vec<(String, Option<String>)> {
        let query = Query::from_params(&Params::from_form(question.as_bytes()));
        rows(entries.to_vec(), &query, &columns(), &Default::default())
            .into_iter()
            .map(|row| {
                (
                    row.created_at.to_string()[11..16].to_string(),
                    row.values.fields[0].as_deref().map(str::to_string),
                )
            })
            .collect()
    }

    fn check(entries: &[Entry], question: &str, expected: &[(&str, Option<&str>)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(time, text)| (time.to_string(), text.map(str::to_string)))
            .collect();
        assert_eq!(ask(entries, question), expected, "{question}");
    }

    fn the_vector() -> Vec<Entry> {
        vec![
            entry(1, "10:02:00", Some("20.0")),
            entry(2, "10:07:30", Some("22.5")),
            entry(3, "10:12:00", None),
            entry(4, "10:18:00", Some("19")),
            entry(5, "10:41:59", Some("abc")),
        ]
    }

    #[test]
    fn the_four_ways_give_the_services_results() {
        let all = the_vector();
        check(
            &all,
            "timescale=10",
            &[
                ("10:00", Some("20.0")),
                ("10:10", None),
                ("10:20", None),
                ("10:30", None),
                ("10:40", Some("abc")),
            ],
        );
        check(
            &all,
            "sum=10",
            &[
                ("10:00", Some("42.5")),
                ("10:10", Some("19.0")),
                ("10:20", None),
                ("10:30", None),
                ("10:40", None),
            ],
        );
        check(
            &all,
            "average=10",
            &[
                ("10:00", Some("21.25")),
                ("10:10", Some("9.5")),
                ("10:20", None),
                ("10:30", None),
                ("10:40", None),
            ],
        );
        check(
            &all,
            "median=10",
            &[
                ("10:00", Some("21.25")),
                ("10:10", Some("19.0")),
                ("10:20", None),
                ("10:30", None),
                ("10:40", None),
            ],
        );
    }

    #[test]
    fn what_is_not_believed_is_left_out_of_what_is_computed() {
        let all = [
            entry(1, "10:02:00", Some("20")),
            entry(2, "10:03:00", Some("-127")),
            entry(3, "10:04:00", Some("22")),
        ];
        let mut valid: [Valid; FieldNo::COUNT] = Default::default();
        valid[0].min = Some("-40".into());
        for (how, expected) in
            [("average", "21.0"), ("median", "21.0"), ("sum", "42.0"), ("timescale", "20")]
        {
            let query = Query::from_params(&Params::from_form(format!("{how}=10").as_bytes()));
            let made = rows(all.to_vec(), &query, &columns(), &valid);
            assert_eq!(made[0].values.fields[0].as_deref(), Some(expected), "{how}");
        }
        let raw = rows(all.to_vec(), &Query::default(), &columns(), &valid);
        assert_eq!(raw[1].values.fields[0].as_deref(), Some("-127"));
    }

    #[test]
    fn seven_values_at_one_instant() {
        let texts = ["10", "10", "9", "7", "6", "5", "4"];
        let all: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| entry(at as u64 + 1, "10:00:00", Some(text)))
            .collect();
        check(&all, "average=10", &[("10:00", Some("7.285714285714286"))]);
        check(&all, "median=10", &[("10:00", Some("7.0"))]);
        check(&all, "sum=10", &[("10:00", Some("51.0"))]);
    }

    #[test]
    fn rounding_and_filters_come_after_the_groups() {
        let all = the_vector();
        check(
            &all,
            "average=10&round=1",
            &[
                ("10:00", Some("21.2")),
                ("10:10", Some("9.5")),
                ("10:20", None),
                ("10:30", None),
                ("10:40", None),
            ],
        );
        check(
            &all,
            "round=1",
            &[
                ("10:02", Some("20.0")),
                ("10:07", Some("22.5")),
                ("10:12", None),
                ("10:18", Some("19.0")),
                ("10:41", Some("abc")),
            ],
        );
        check(
            &all,
            "min=20",
            &[
                ("10:02", Some("20.0")),
                ("10:07", Some("22.5")),
                ("10:12", None),
                ("10:41", Some("abc")),
            ],
        );
        check(
            &all,
            "max=20",
            &[
                ("10:02", Some("20.0")),
                ("10:12", None),
                ("10:18", Some("19")),
                ("10:41", Some("abc")),
            ],
        );
        check(
            &all,
            "sum=10&min=20",
            &[("10:00", Some("42.5")), ("10:20", None), ("10:30", None), ("10:40", None)],
        );
    }

    #[test]
    fn a_decimal_comma_stays_one() {
        let all = [
            entry(1, "10:02:00", Some("1,5")),
            entry(2, "10:07:30", Some("2.5")),
            entry(3, "10:12:00", Some("3")),
        ];
        check(&all, "sum=10", &[("10:00", Some("4,0")), ("10:10", Some("3,0"))]);
        check(
            &all,
            "round=2",
            &[("10:02", Some("1,50")), ("10:07", Some("2.50")), ("10:12", Some("3.00"))],
        );
    }

    #[test]
    fn entries_half_a_century_apart_do_not_make_millions_of_rows() {
        let mut far = entry(2, "10:00:00", Some("2"));
        far.created_at = Timestamp::from_seconds(0);
        assert_eq!(ask(&[far, entry(3, "10:00:00", Some("3"))], "sum=10").len(), 2);
    }

    /// The slow and obvious way: for each span look at every entry.
    fn obvious(entries: &[Entry], minutes: i64, how: &str) -> Vec<(i64, Option<String>)> {
        let length = minutes * 60;
        let start = |entry: &Entry| entry.created_at.seconds().div_euclid(length) * length;
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        let mut at = start(first);
        while at <= start(last) {
            let inside: Vec<&Entry> = entries.iter().filter(|entry| start(entry) == at).collect();
            let mut numbers: Vec<f64> = inside
                .iter()
                .filter_map(|entry| entry.values.fields[0].as_deref())
                .filter(|text| text.chars().all(|c| c.is_ascii_digit() || c == '.'))
                .filter_map(|text| text.parse().ok())
                .collect();
            let result = match how {
                _ if numbers.is_empty() => None,
                "sum" => Some(numbers.iter().sum()),
                "average" => Some(numbers.iter().sum::<f64>() / inside.len() as f64),
                _ => {
                    numbers.sort_by(|a, b| a.partial_cmp(b).unwrap());
                    let n = numbers.len();
                    Some(if n % 2 == 1 {
                        numbers[n / 2]
                    } else {
                        (numbers[n / 2 - 1] + numbers[n / 2]) / 2.0
                    })
                }
            };
            out.push((at, result.map(|value: f64| format!("{value:?}"))));
            at += length;
        }
        out
    }

    proptest! {
        #[test]
        fn aggregates_equal_the_slow_and_obvious_way(
            seeds in proptest::collection::vec((0i64..40_000, prop_oneof![Just(None), (1u32..99_999).prop_map(|n| Some(format!("{}.{:02}", n / 100, n % 100))), Just(Some("text".to_string()))]), 0..120),
            minutes in proptest::sample::select(vec![10i64, 15, 20, 30, 60, 240, 720, 1440]),
            how in proptest::sample::select(vec!["sum", "average", "median"]),
        ) {
            let mut seeds = seeds;
            seeds.sort_by_key(|(second, _)| *second);
            let entries: Vec<Entry> = seeds.iter().enumerate().map(|(at, (second, text))| {
                let update = text.as_deref().map_or_else(Update::default, |text| Update::from([(FieldNo::ALL[0], text)]));
                Entry { id: EntryId::new(at as u64 + 1), created_at: Timestamp::from_seconds(1_714_979_289 + second), values: update.values }
            }).collect();
            let query = Query::from_params(&Params::from_form(format!("{how}={minutes}").as_bytes()));
            let ours: Vec<_> = rows(entries.clone(), &query, &columns(), &Default::default()).into_iter()
                .map(|row| (row.created_at.seconds(), row.values.fields[0].as_deref().map(str::to_string))).collect();
            prop_assert_eq!(ours, obvious(&entries, minutes, how));
        }
    }
}
