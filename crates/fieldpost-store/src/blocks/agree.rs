//! What is made of blocks is what the model makes of their entries, for any entries, grid and bounds.

use std::cell::Cell;

use fieldpost_wire::entry::Entry;
use fieldpost_wire::{EntryId, FieldNo, Timestamp};
use proptest::prelude::*;

use super::tests::{entries, walk};
use super::{Aggregating, Damaged, Encoded, Header, Overlooking, Pointing, encode};
use crate::history::{Aggregate, Aggregates, Column, Grid, Overview, Points, plain};

const HOW: [Aggregate; 6] = [
    Aggregate::Mean,
    Aggregate::Median,
    Aggregate::Min,
    Aggregate::Max,
    Aggregate::Sum,
    Aggregate::Count,
];

/// Blocks one after the other, and entries that are in none yet.
struct Held<'e> {
    blocks: Vec<Encoded>,
    loose: &'e [Entry],
}

impl<'e> Held<'e> {
    /// Cuts entries into blocks of these lengths, as far as they go.
    fn cut(entries: &'e [Entry], lens: &[usize]) -> Self {
        let (mut blocks, mut loose) = (Vec::new(), entries);
        for len in lens {
            let (block, rest) = loose.split_at((*len).min(loose.len()));
            if !block.is_empty() {
                blocks.push(encode(block));
            }
            loose = rest;
        }
        Self { blocks, loose }
    }

    /// Shows all blocks, and how many bodies were asked for.
    fn each(
        &self,
        mut take: impl FnMut(&Header<'_>, &dyn Fn() -> Result<Vec<u8>, Damaged>),
    ) -> usize {
        let asked = Cell::new(0);
        for block in &self.blocks {
            let body = || {
                asked.set(asked.get() + 1);
                Ok(block.body.clone())
            };
            take(&Header::read(&block.header).unwrap(), &body);
        }
        asked.get()
    }

    fn overview(&self, grid: &Grid, columns: &[Column]) -> (Overview, usize) {
        let mut overlooking = Overlooking::new(grid, columns);
        let asked = self.each(|header, body| overlooking.block(header, body).unwrap());
        self.loose.iter().for_each(|entry| overlooking.entry(entry));
        (overlooking.finish(Some(EntryId::new(3))), asked)
    }

    fn aggregate(&self, grid: &Grid, columns: &[Column], how: Aggregate) -> (Aggregates, usize) {
        let mut aggregating = Aggregating::new(grid, columns, how);
        let asked = self.each(|header, body| aggregating.block(header, body).unwrap());
        self.loose.iter().for_each(|entry| aggregating.entry(entry));
        (aggregating.finish(), asked)
    }
}

fn overview_of(entries: &[Entry], grid: &Grid, columns: &[Column]) -> Overview {
    let mut overlooking = plain::Overlooking::new(grid, columns);
    entries.iter().for_each(|entry| overlooking.take(entry));
    overlooking.finish(Some(EntryId::new(3)))
}

fn aggregate_of(entries: &[Entry], grid: &Grid, columns: &[Column], how: Aggregate) -> Aggregates {
    let mut aggregating = plain::Aggregating::new(grid, columns, how);
    entries.iter().for_each(|entry| aggregating.take(entry));
    aggregating.finish()
}

/// Nothing equals `NaN`, but its text does; a zero below zero is a zero.
fn same<T: std::fmt::Debug>(one: &T, other: &T) -> bool {
    let text = |it: &T| format!("{it:?}").replace("-0.0,", "0.0,").replace("-0.0]", "0.0]");
    text(one) == text(other)
}

fn columns() -> impl Strategy<Value = Vec<Column>> {
    let bound = || prop_oneof![-7.0..41.0, (-60..400).prop_map(|n| f64::from(n) / 10.0)];
    let valid = prop_oneof![
        3 => Just((f64::NEG_INFINITY, f64::INFINITY)),
        1 => Just((f64::NEG_INFINITY, 1e17)),
        3 => (bound(), bound()),
    ];
    let field = proptest::sample::select(FieldNo::ALL.to_vec());
    let fields = prop_oneof![
        4 => Just(vec![FieldNo::ALL[0], FieldNo::ALL[1]]),
        1 => proptest::collection::vec(field, 0..9),
    ];
    (fields, proptest::collection::vec(valid, 9)).prop_map(|(fields, valid)| {
        fields.into_iter().zip(valid).map(|(field, valid)| Column { field, valid }).collect()
    })
}

/// A grid somewhere about the entries; every other one has its edges at entries.
fn grid_of(entries: &[Entry], (start, end, count, cut): (f64, f64, usize, bool)) -> Grid {
    let first = entries[0].created_at.millis() - 1_000;
    let span = (entries[entries.len() - 1].created_at.millis() + 1_000 - first) as f64;
    let at = |part: f64| first + (span * part) as i64;
    let (start, end) = (at(start.min(end)), at(start.max(end)));
    let entry = |part: usize| entries[entries.len() * part / 10].created_at;
    let within = if cut { (entry(2), entry(7)) } else { (Timestamp::MIN, Timestamp::MAX) };
    let step = (end - start) / count as i64 + 1;
    if count % 2 == 0 {
        return Grid { start, step, count, within };
    }
    let step = (step / 15_000 + 1) * 15_000;
    Grid { start: entry(4).millis() - step * (count as i64 / 2), step, count, within }
}

fn lens() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(prop_oneof![1..30_usize, 100..400_usize], 0..5)
}

fn ask() -> impl Strategy<Value = (f64, f64, usize, bool)> {
    (-0.3..1.3, -0.3..1.3, prop_oneof![1..5_usize, 5..200_usize], any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn overviews_and_aggregates_are_those_of_the_model(
        entries in entries(700), lens in lens(), ask in ask(), columns in columns(),
    ) {
        let grid = grid_of(&entries, ask);
        let held = Held::cut(&entries, &lens);
        let (overview, _) = held.overview(&grid, &columns);
        let expected = overview_of(&entries, &grid, &columns);
        prop_assert!(same(&overview, &expected), "{overview:?}\n{expected:?}");
        for how in HOW {
            let (made, _) = held.aggregate(&grid, &columns, how);
            let expected = aggregate_of(&entries, &grid, &columns, how);
            prop_assert!(same(&made, &expected), "{how:?}\n{made:?}\n{expected:?}");
        }
    }

    #[test]
    fn aggregates_of_readings_are_those_of_the_model(
        count in 1..2_000_usize, decimals in 0..3_usize, lens in lens(), ask in ask(), columns in columns(),
    ) {
        let entries = walk(count, decimals, 900);
        let grid = grid_of(&entries, ask);
        let held = Held::cut(&entries, &lens);
        prop_assert!(same(&held.overview(&grid, &columns).0, &overview_of(&entries, &grid, &columns)));
        for how in HOW {
            let (made, _) = held.aggregate(&grid, &columns, how);
            let expected = aggregate_of(&entries, &grid, &columns, how);
            prop_assert!(same(&made, &expected), "{how:?}\n{made:?}\n{expected:?}");
        }
    }

    #[test]
    fn points_are_those_of_the_model(
        entries in entries(500), lens in lens(), ask in ask(), columns in columns(), limit in 0..600_usize,
    ) {
        let (from, until) = grid_of(&entries, ask).ends();
        let held = Held::cut(&entries, &lens);
        let mut pointing = Pointing::new(from, until, &columns, limit);
        held.each(|header, body| pointing.block(header, body).unwrap());
        held.loose.iter().for_each(|entry| pointing.entry(entry));
        let inside: Vec<Entry> =
            entries.iter().filter(|e| (from..=until).contains(&e.created_at)).cloned().collect();
        let expected: Option<Points> =
            (inside.len() <= limit).then(|| plain::points(&inside, &columns, Some(EntryId::new(9))));
        prop_assert_eq!(pointing.has_too_many(), expected.is_none());
        let found = pointing.finish(Some(EntryId::new(9)));
        prop_assert!(same(&found, &expected), "{found:?}\n{expected:?}");
    }
}

#[test]
fn a_block_within_one_span_is_never_read() {
    let entries = walk(4_000, 1, 3);
    let held = Held::cut(&entries, &[1_000, 1_000, 1_000]);
    let start = entries[0].created_at.millis();
    let grid =
        Grid { start, step: 15_000 * 1_500, count: 3, within: (Timestamp::MIN, Timestamp::MAX) };
    let columns = [Column::all_of(FieldNo::ALL[0]), Column::all_of(FieldNo::ALL[1])];
    let (overview, asked) = held.overview(&grid, &columns);
    assert!(same(&overview, &overview_of(&entries, &grid, &columns)));
    assert_eq!((overview.entries, asked), (4_000, 1), "only the second has an edge within it");
    for (how, bodies) in [(Aggregate::Mean, 1), (Aggregate::Max, 1), (Aggregate::Median, 3)] {
        let (made, asked) = held.aggregate(&grid, &columns, how);
        assert!(same(&made, &aggregate_of(&entries, &grid, &columns, how)));
        assert_eq!(asked, bodies, "{how:?}");
    }
}

#[test]
fn one_value_that_is_not_believed_is_left_out_and_counted() {
    let mut entries = walk(1_000, 1, 0);
    entries[500].values.fields[0] = Some("-127".into());
    let held = Held::cut(&entries, &[1_000]);
    let grid = Grid {
        start: entries[0].created_at.millis(),
        step: 1 << 40,
        count: 1,
        within: (Timestamp::MIN, Timestamp::MAX),
    };
    let columns = [Column { field: FieldNo::ALL[0], valid: (-40.0, 85.0) }];
    let (overview, asked) = held.overview(&grid, &columns);
    assert!(same(&overview, &overview_of(&entries, &grid, &columns)));
    let looks = &overview.columns[0];
    assert_eq!((looks.hidden, looks.count[0], asked), (1, 999, 1));
    assert!(looks.min[0] > -40.0);
    let all = [Column::all_of(FieldNo::ALL[0])];
    assert_eq!(held.overview(&grid, &all).0.columns[0].min[0], -127.0);
}
