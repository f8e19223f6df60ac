//! Aggregates of blocks: one number for each span of a grid and each column.
//!
//! Gives what the model in `history/plain.rs` gives for the same entries.

use fieldpost_wire::Entry;

use super::bytes::Damaged;
use super::header::Header;
use super::scan::{self, Takes};
use super::source::Found;
use crate::history::plain::number;
use crate::history::sum::{Number, Sum, value};
use crate::history::{Aggregate, Aggregates, Column, Grid};

/// Aggregates that are made of blocks, and of entries that are in none.
pub struct Aggregating<'a> {
    grid: &'a Grid,
    columns: &'a [Column],
    how: Aggregate,
    tallies: Tallies,
}

impl<'a> Aggregating<'a> {
    /// Begins with nothing.
    pub fn new(grid: &'a Grid, columns: &'a [Column], how: Aggregate) -> Self {
        let tally = |_: &Column| Tally::new(how, grid.count);
        let tallies = Tallies { entries: 0, columns: columns.iter().map(tally).collect() };
        Self { grid, columns, how, tallies }
    }

    /// Takes the next entry. Everything that is taken must be in order of time.
    pub fn entry(&mut self, entry: &Entry) {
        let Some(span) = self.grid.place(entry.created_at) else { return };
        self.tallies.entries += 1;
        for (column, tally) in self.columns.iter().zip(&mut self.tallies.columns) {
            if let Some(number) = number(entry, column, &mut tally.hidden) {
                tally.take(span, Found::Numbers(&[number]));
            }
        }
    }

    /// Takes the next block. `body` is called only if the header does not tell enough.
    ///
    /// # Errors
    /// If the block is damaged, or `body` fails.
    pub fn block<B: AsRef<[u8]>, E: From<Damaged>>(
        &mut self,
        header: &Header<'_>,
        body: impl FnOnce() -> Result<B, E>,
    ) -> Result<(), E> {
        let sums = self.how != Aggregate::Median;
        scan::block((self.grid, self.columns), header, body, sums, &mut self.tallies)
    }

    /// What was made.
    pub fn finish(self) -> Aggregates {
        let Tallies { entries, columns } = self.tallies;
        let mut made = Aggregates { entries, ..Aggregates::default() };
        for mut tally in columns {
            tally.settle();
            made.columns.push(tally.made);
            made.hidden.push(tally.hidden);
        }
        made
    }
}

struct Tallies {
    entries: u64,
    columns: Vec<Tally>,
}

/// What is known of the span of a column that is not complete yet.
struct Tally {
    how: Aggregate,
    span: usize,
    count: usize,
    sum: Sum,
    /// The lowest or the highest.
    extreme: f64,
    middle: Middle,
    made: Vec<f64>,
    hidden: u64,
}

impl Takes for Tallies {
    fn entries(&mut self, _span: usize, count: usize) {
        self.entries += count as u64;
    }

    fn numbers(&mut self, column: usize, span: usize, found: Found<'_>) {
        self.columns[column].take(span, found);
    }

    fn hidden(&mut self, column: usize, count: usize) {
        self.columns[column].hidden += count as u64;
    }
}

impl Tally {
    fn new(how: Aggregate, spans: usize) -> Self {
        let nothing = if how == Aggregate::Count { 0.0 } else { f64::NAN };
        Self {
            how,
            span: 0,
            count: 0,
            sum: Sum::default(),
            extreme: f64::NAN,
            middle: Middle::default(),
            made: vec![nothing; spans],
            hidden: 0,
        }
    }

    fn take(&mut self, span: usize, found: Found<'_>) {
        if span != self.span {
            self.settle();
            self.span = span;
        }
        self.count += match found {
            Found::Summary(summary, _) => summary.count,
            Found::Digits(digits, _) => digits.len(),
            Found::Numbers(numbers) => numbers.len(),
        };
        match self.how {
            Aggregate::Count => {}
            Aggregate::Mean | Aggregate::Sum => match found {
                Found::Summary(summary, scale) => self.sum.add_short(summary.sum, scale),
                Found::Digits(digits, scale) => {
                    let sum = digits.iter().fold(0, |sum: i64, digits| sum.wrapping_add(*digits));
                    self.sum.add_short(sum, scale);
                }
                Found::Numbers(numbers) => numbers.iter().for_each(|n| self.sum.add(*n)),
            },
            Aggregate::Min => self.extreme(found, |summary| summary.min, i64::min, f64::min),
            Aggregate::Max => self.extreme(found, |summary| summary.max, i64::max, f64::max),
            Aggregate::Median => self.middle.take(found),
        }
    }

    fn extreme(
        &mut self,
        found: Found<'_>,
        known: fn(&super::column::Summary) -> i64,
        of_two: fn(i64, i64) -> i64,
        of_both: fn(f64, f64) -> f64,
    ) {
        let found = match found {
            Found::Summary(summary, scale) => value(known(summary), scale),
            Found::Digits(digits, scale) => {
                digits.iter().copied().reduce(of_two).map_or(f64::NAN, |d| value(d, scale))
            }
            Found::Numbers(numbers) => numbers.iter().map(|n| n.value).fold(f64::NAN, of_both),
        };
        self.extreme = of_both(self.extreme, found);
    }

    /// Makes the number of the span.
    fn settle(&mut self) {
        if self.count > 0 {
            self.made[self.span] = match self.how {
                Aggregate::Count => self.count as f64,
                Aggregate::Sum => self.sum.value(),
                Aggregate::Mean => self.sum.value() / self.count as f64,
                Aggregate::Min | Aggregate::Max => self.extreme,
                Aggregate::Median => self.middle.value(),
            };
        }
        (self.count, self.sum, self.extreme) = (0, Sum::default(), f64::NAN);
    }
}

/// All numbers of a span, for the one in the middle.
#[derive(Debug, Default)]
struct Middle {
    /// Digits of one scale, as long as there is nothing else.
    digits: Vec<i64>,
    scale: u8,
    /// Everything, once there is something else.
    values: Vec<f64>,
    /// How often each number between the lowest and the highest is there.
    counts: Vec<u32>,
}

impl Middle {
    fn take(&mut self, found: Found<'_>) {
        match found {
            Found::Digits(digits, scale) => {
                if self.digits.is_empty() {
                    self.scale = scale;
                }
                if self.values.is_empty() && scale == self.scale {
                    self.digits.extend_from_slice(digits);
                } else {
                    self.give_up_digits();
                    self.values.extend(digits.iter().map(|digits| value(*digits, scale)));
                }
            }
            Found::Numbers(numbers) => {
                self.give_up_digits();
                self.values.extend(numbers.iter().map(|number: &Number| number.value));
            }
            // A sum tells nothing of what is in the middle.
            Found::Summary(..) => {}
        }
    }

    fn give_up_digits(&mut self) {
        let scale = self.scale;
        self.values.extend(self.digits.drain(..).map(|digits| value(digits, scale)));
    }

    /// The median of what was taken. Forgets it all.
    fn value(&mut self) -> f64 {
        let even = (self.values.len() + self.digits.len()).is_multiple_of(2);
        let (low, high) = if self.values.is_empty() {
            let (low, high) = self.of_digits();
            (value(low, self.scale), value(high, self.scale))
        } else {
            let place = self.values.len() / 2;
            let (below, middle, _) = self.values.select_nth_unstable_by(place, f64::total_cmp);
            let before = below.iter().copied().max_by(f64::total_cmp);
            (before.unwrap_or(*middle), *middle)
        };
        self.digits.clear();
        self.values.clear();
        if even { (low + high) / 2.0 } else { high }
    }

    /// The number in the middle and the one before it, which counts if there is an even number of them.
    fn of_digits(&mut self) -> (i64, i64) {
        let place = self.digits.len() / 2;
        let ends = (i64::MAX, i64::MIN);
        let (min, max) = self.digits.iter().fold(ends, |(min, max), d| (min.min(*d), max.max(*d)));
        let range = max.wrapping_sub(min) as u64;
        if range >= 4 * self.digits.len() as u64 {
            let (below, middle, _) = self.digits.select_nth_unstable(place);
            return (below.iter().copied().max().unwrap_or(*middle), *middle);
        }
        // Readings of an hour are close together, so that counting each is faster than looking for the middle.
        self.counts.clear();
        self.counts.resize(range as usize + 1, 0);
        for digits in &self.digits {
            self.counts[(*digits - min) as usize] += 1;
        }
        let mut passed = 0;
        let mut low = None;
        for (at, count) in self.counts.iter().enumerate() {
            passed += *count as usize;
            if passed >= place && low.is_none() {
                low = Some(min + at as i64);
            }
            if passed > place {
                return (low.unwrap_or(min), min + at as i64);
            }
        }
        (min, max)
    }
}
