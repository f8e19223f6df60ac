//! Random operations on the past, and moving it about in the file.

use fieldpost_store::history::{Aggregate, Column, Extent, Grid, Which};
use fieldpost_store::sqlite::SqliteStore;
use fieldpost_store::{Head, HistoryStore as _, Store};
use fieldpost_wire::query::Span;
use fieldpost_wire::{Channel, ChannelId, Entry, EntryId, FieldNo, Timestamp, Values};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;

use super::{Pair, absent_or_text, channel, entry_id, time};

#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// What lies in the journal goes to blocks.
    Move,
    /// The journal ends.
    Tidy,
    /// A copy holds what there is.
    Copy,
    /// The other one of two that are open is asked from here on.
    Switch,
    Put(ChannelId, Vec<Entry>),
    Change(ChannelId, EntryId, Entry),
    Delete(ChannelId, Which),
    Rewrite(ChannelId, Vec<EntryId>, Vec<Entry>),
    Points(ChannelId, Timestamp, Timestamp, Vec<Column>, usize),
    Overview(ChannelId, Grid, Vec<Column>),
    Aggregate(ChannelId, Grid, Vec<Column>, Aggregate),
}

fn entry() -> impl Strategy<Value = Entry> {
    let number = prop_oneof![
        2 => "-?[0-9]{1,3}(\\.[0-9]{1,2})?".prop_map(|text: String| Some(text.into())),
        1 => absent_or_text(),
    ];
    (entry_id(), time(), number, absent_or_text(), absent_or_text()).prop_map(
        |(id, created_at, first, second, status)| {
            let mut values = Values { status, ..Values::default() };
            (values.fields[0], values.fields[1]) = (first, second);
            Entry { id: EntryId::new(id), created_at, values }
        },
    )
}

/// Mostly with ids that a store takes.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    vec(entry(), 0..12).prop_map(|mut entries| {
        if entries.len() > 1 {
            entries.retain(|entry| (1..100).contains(&entry.id.get()));
        }
        entries
    })
}

fn ids() -> impl Strategy<Value = Vec<EntryId>> {
    vec(entry_id().prop_map(EntryId::new), 0..6)
}

fn columns() -> impl Strategy<Value = Vec<Column>> {
    let valid = select(vec![(f64::NEG_INFINITY, f64::INFINITY), (0.0, 100.0), (9.0, 1.0)]);
    let column = (select(&FieldNo::ALL[..3]), valid);
    vec(column.prop_map(|(field, valid)| Column { field, valid }), 0..3)
}

fn grid() -> impl Strategy<Value = Grid> {
    let within = prop_oneof![1 => Just((Timestamp::MIN, Timestamp::MAX)), 2 => (time(), time())];
    let start = prop_oneof![4 => -3_000_i64..1_000, 1 => Just(Timestamp::MIN.millis())];
    let step = select(vec![1, 500, 700, 10_000, i64::MAX / 64]);
    (start, step, 0_usize..20, within).prop_map(|(start, step, count, within)| Grid {
        start,
        step,
        count,
        within,
    })
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let which = prop_oneof![
        ids().prop_map(Which::Ids),
        (time(), time()).prop_map(|(from, until)| Which::Times(from, until)),
    ];
    let how = select(vec![
        Aggregate::Mean,
        Aggregate::Median,
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::Sum,
        Aggregate::Count,
    ]);
    prop_oneof![
        3 => Just(Op::Move),
        1 => Just(Op::Tidy),
        1 => Just(Op::Copy),
        2 => Just(Op::Switch),
        4 => (channel(), entries()).prop_map(|(channel, entries)| Op::Put(channel, entries)),
        2 => (channel(), entry_id(), entry())
            .prop_map(|(channel, id, entry)| Op::Change(channel, EntryId::new(id), entry)),
        2 => (channel(), which).prop_map(|(channel, which)| Op::Delete(channel, which)),
        1 => (channel(), ids(), entries())
            .prop_map(|(channel, delete, change)| Op::Rewrite(channel, delete, change)),
        2 => (channel(), time(), time(), columns(), 0_usize..20).prop_map(
            |(channel, from, until, columns, limit)| Op::Points(channel, from, until, columns, limit)
        ),
        2 => (channel(), grid(), columns())
            .prop_map(|(channel, grid, columns)| Op::Overview(channel, grid, columns)),
        3 => (channel(), grid(), columns(), how)
            .prop_map(|(channel, grid, columns, how)| Op::Aggregate(channel, grid, columns, how)),
    ]
}

/// Numbers as texts, so that NaN is what it is, and means as close as they have to be.
fn spelled(numbers: &[f64], how: Aggregate) -> Vec<String> {
    let round = matches!(how, Aggregate::Mean | Aggregate::Sum);
    let spell = |number: &f64| match round {
        // Close to 0, what is left of large numbers that cancel each other out is no more than noise.
        true if number.abs() < 1e-6 => "about 0".into(),
        true => format!("{number:.10e}"),
        false => format!("{number:?}"),
    };
    numbers.iter().map(spell).collect()
}

impl Pair<'_> {
    pub(crate) fn run_history(&mut self, op: Op) -> TestCaseResult {
        match op {
            Op::Move => {
                self.sqlite().move_now().unwrap();
                Ok(())
            }
            Op::Tidy => {
                self.sqlite().tidy().unwrap();
                Ok(())
            }
            Op::Copy => {
                let to = self.path.with_extension("copy");
                let _ = std::fs::remove_file(&to);
                self.sqlite().backup(&to).unwrap();
                let copy = SqliteStore::open(&to).unwrap();
                let all = |store: &dyn Store| {
                    let channels = store.channels(&Default::default()).unwrap();
                    let of = |(channel, head): (Channel, Head)| {
                        let entries = store.newest(channel.id, &Span::ALL).unwrap();
                        (channel, head, entries)
                    };
                    channels.into_iter().map(of).collect::<Vec<_>>()
                };
                prop_assert_eq!(all(&copy), all(&self.model));
                Ok(())
            }
            Op::Switch => {
                self.asked = 1 - self.asked;
                Ok(())
            }
            Op::Put(channel, entries) => self.same(|store| store.put(channel, &entries)),
            Op::Change(channel, id, to) => self
                .same(|store| store.change_entry(channel, id, &mut |entry| entry.clone_from(&to))),
            Op::Delete(channel, which) => self.same(|store| store.delete_entries(channel, &which)),
            Op::Rewrite(channel, delete, change) => {
                self.same(|store| store.rewrite(channel, &delete, &change))
            }
            Op::Points(channel, from, until, columns, limit) => self.same(|store| {
                let points = store.points(channel, from, until, &columns, limit);
                points.map(|points| format!("{points:?}"))
            }),
            Op::Overview(channel, grid, columns) => self.same(|store| {
                store.overview(channel, &grid, &columns).map(|overview| format!("{overview:?}"))
            }),
            Op::Aggregate(channel, grid, columns, how) => self.same(|store| {
                let made = store.aggregate(channel, &grid, &columns, how)?;
                let columns: Vec<_> = made.columns.iter().map(|c| spelled(c, how)).collect();
                Ok((made.entries, columns, made.hidden))
            }),
        }
    }

    /// Compares how much there is, and looks whether the file is whole.
    pub(crate) fn every_extent(&self) -> TestCaseResult {
        for id in 1..=12 {
            let id = ChannelId::new(id).unwrap();
            self.same(|store| store.extent(id).map(|extent| Extent { bytes: 0, ..extent }))?;
        }
        self.same(fieldpost_store::HistoryStore::check)
    }
}
