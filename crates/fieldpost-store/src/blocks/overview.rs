//! Overviews of blocks: what each span of a grid looks like, column by column.
//!
//! Gives what the model in `history/plain.rs` gives for the same entries.

use fieldpost_wire::{Entry, EntryId};

use super::bytes::Damaged;
use super::column::Summary;
use super::header::Header;
use super::scan::{self, Takes};
use super::source::Found;
use crate::history::sum::value;
use crate::history::{Column, Grid, Looks, Overview, plain};

/// An overview that is made of blocks, and of entries that are in none.
pub struct Overlooking<'a>(plain::Overlooking<'a>);

impl<'a> Overlooking<'a> {
    /// Begins with nothing.
    pub fn new(grid: &'a Grid, columns: &'a [Column]) -> Self {
        Self(plain::Overlooking::new(grid, columns))
    }

    /// Takes the next entry. Everything that is taken must be in order of time.
    pub fn entry(&mut self, entry: &Entry) {
        self.0.take(entry);
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
        let seen = (self.0.grid, self.0.columns);
        scan::block(seen, header, body, true, &mut self.0.found)
    }

    /// What was seen.
    pub fn finish(self, last: Option<EntryId>) -> Overview {
        self.0.finish(last)
    }
}

impl Takes for Overview {
    fn entries(&mut self, span: usize, count: usize) {
        self.entries += count as u64;
        self.counts[span] += count as u32;
    }

    fn numbers(&mut self, column: usize, span: usize, found: Found<'_>) {
        let looks = &mut self.columns[column];
        match found {
            Found::Summary(summary, scale) => looks.sees(span, summary, scale),
            Found::Digits(digits, scale) => looks.sees(span, &Summary::of(digits), scale),
            Found::Numbers(numbers) => {
                for number in numbers {
                    let value = number.value;
                    looks.see(span, (value, value), (value, value), 1);
                }
            }
        }
    }

    fn hidden(&mut self, column: usize, count: usize) {
        self.columns[column].hidden += count as u64;
    }
}

impl Looks {
    fn sees(&mut self, span: usize, summary: &Summary, scale: u8) {
        let value = |digits| value(digits, scale);
        let ends = (value(summary.first), value(summary.last));
        self.see(span, ends, (value(summary.min), value(summary.max)), summary.count);
    }

    fn see(&mut self, span: usize, ends: (f64, f64), range: (f64, f64), count: usize) {
        if self.count[span] == 0 {
            self.first[span] = ends.0;
        }
        self.last[span] = ends.1;
        self.min[span] = self.min[span].min(range.0);
        self.max[span] = self.max[span].max(range.1);
        self.count[span] += count as u32;
    }
}
