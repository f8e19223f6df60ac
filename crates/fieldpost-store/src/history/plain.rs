//! What each read of the history means, entry by entry: the model that faster ways are compared with.
//!
//! Entries come in the order of their times. Sums are exact for what boards send, see `sum.rs`.

use fieldpost_wire::{Entry, EntryId};

use super::sum::{Number, Sum};
use super::{Aggregate, Aggregates, Column, Grid, Looks, Overview, Points, holds};

/// The numbers of each entry.
pub fn points(entries: &[Entry], columns: &[Column], last: Option<EntryId>) -> Points {
    let mut hidden = vec![0; columns.len()];
    let mut numbers: Vec<Vec<f64>> = vec![Vec::with_capacity(entries.len()); columns.len()];
    for entry in entries {
        for (at, column) in columns.iter().enumerate() {
            let number = number(entry, column, &mut hidden[at]);
            numbers[at].push(number.map_or(f64::NAN, |number| number.value));
        }
    }
    Points {
        ids: entries.iter().map(|entry| entry.id.get()).collect(),
        times: entries.iter().map(|entry| entry.created_at.millis()).collect(),
        columns: numbers,
        hidden,
        last,
    }
}

/// An overview that is made entry by entry.
pub struct Overlooking<'a> {
    pub(crate) grid: &'a Grid,
    pub(crate) columns: &'a [Column],
    pub(crate) found: Overview,
}

impl<'a> Overlooking<'a> {
    /// Begins with nothing.
    pub fn new(grid: &'a Grid, columns: &'a [Column]) -> Self {
        let none = || vec![f64::NAN; grid.count];
        let looks = |_: &Column| Looks {
            first: none(),
            last: none(),
            min: none(),
            max: none(),
            count: vec![0; grid.count],
            hidden: 0,
        };
        let found = Overview {
            entries: 0,
            counts: vec![0; grid.count],
            columns: columns.iter().map(looks).collect(),
            last: None,
        };
        Self { grid, columns, found }
    }

    /// Takes the next entry.
    pub fn take(&mut self, entry: &Entry) {
        let Some(span) = self.grid.place(entry.created_at) else { return };
        self.found.entries += 1;
        self.found.counts[span] += 1;
        for (column, looks) in self.columns.iter().zip(&mut self.found.columns) {
            let Some(number) = number(entry, column, &mut looks.hidden) else { continue };
            let value = number.value;
            if looks.count[span] == 0 {
                looks.first[span] = value;
            }
            looks.last[span] = value;
            // `min` passes over a NaN.
            looks.min[span] = looks.min[span].min(value);
            looks.max[span] = looks.max[span].max(value);
            looks.count[span] += 1;
        }
    }

    /// What was seen.
    pub fn finish(self, last: Option<EntryId>) -> Overview {
        Overview { last, ..self.found }
    }
}

/// Aggregates that are made entry by entry.
pub struct Aggregating<'a> {
    grid: &'a Grid,
    columns: &'a [Column],
    how: Aggregate,
    entries: u64,
    hidden: Vec<u64>,
    /// Which span the numbers belong to, and the numbers of each column.
    span: usize,
    numbers: Vec<Vec<Number>>,
    made: Vec<Vec<f64>>,
}

impl<'a> Aggregating<'a> {
    /// Begins with nothing.
    pub fn new(grid: &'a Grid, columns: &'a [Column], how: Aggregate) -> Self {
        let nothing = if how == Aggregate::Count { 0.0 } else { f64::NAN };
        Self {
            grid,
            columns,
            how,
            entries: 0,
            hidden: vec![0; columns.len()],
            span: 0,
            numbers: vec![Vec::new(); columns.len()],
            made: vec![vec![nothing; grid.count]; columns.len()],
        }
    }

    /// Takes the next entry.
    pub fn take(&mut self, entry: &Entry) {
        let Some(span) = self.grid.place(entry.created_at) else { return };
        if span != self.span {
            self.settle();
            self.span = span;
        }
        self.entries += 1;
        for (at, column) in self.columns.iter().enumerate() {
            self.numbers[at].extend(number(entry, column, &mut self.hidden[at]));
        }
    }

    /// What was made.
    pub fn finish(mut self) -> Aggregates {
        self.settle();
        Aggregates { entries: self.entries, columns: self.made, hidden: self.hidden }
    }

    fn settle(&mut self) {
        for (numbers, made) in self.numbers.iter_mut().zip(&mut self.made) {
            if !numbers.is_empty() {
                made[self.span] = of(numbers, self.how);
                numbers.clear();
            }
        }
    }
}

/// One number out of at least one.
fn of(numbers: &[Number], how: Aggregate) -> f64 {
    let count = numbers.len();
    let values = numbers.iter().map(|number| number.value);
    let sum = || {
        let mut sum = Sum::default();
        numbers.iter().for_each(|number| sum.add(*number));
        sum.value()
    };
    match how {
        Aggregate::Mean => sum() / count as f64,
        Aggregate::Sum => sum(),
        Aggregate::Min => values.fold(f64::NAN, f64::min),
        Aggregate::Max => values.fold(f64::NAN, f64::max),
        Aggregate::Count => count as f64,
        Aggregate::Median => {
            let mut values: Vec<f64> = values.collect();
            values.sort_by(f64::total_cmp);
            let middle = values[count / 2];
            if count % 2 == 1 { middle } else { (values[count / 2 - 1] + middle) / 2.0 }
        }
    }
}

/// The number that an entry has in a column, if it is believed.
pub(crate) fn number(entry: &Entry, column: &Column, hidden: &mut u64) -> Option<Number> {
    let number = Number::read(entry.values.field(column.field)?)?;
    let believed = holds(column.valid, number.value);
    *hidden += u64::from(!believed);
    believed.then_some(number)
}
