//! One number of each span of time: means, medians, lowest, highest, sums and counts of any stretch of a channel.
//!
//! Of numbers alone, and of those that the owner believes: not what ThingSpeak's parameters give, which are in `aggregate.rs`.

use fieldpost_store::history::{Aggregate, Column};
use fieldpost_wire::{Channel, FieldNo, Timestamp};

use crate::engine::Engine;
use crate::refusal::Refusal;
use crate::series::{column, ends, grid};

/// The most spans that one answer may have.
pub const ROWS_MAX: i64 = 100_000;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// Where it begins; with the channel's first entry if left out.
    pub start: Option<Timestamp>,
    /// Where it ends, and this moment belongs to it; with the channel's last entry if left out.
    pub end: Option<Timestamp>,
    /// How long each span is, in milliseconds, at least 1,000. Spans begin at multiples of it since 1970.
    pub every_ms: i64,
    /// What is made of each span.
    pub how: Vec<Aggregate>,
    /// Of which fields.
    pub fields: Vec<FieldNo>,
}

/// One row for each span in which a field has a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Where the stretch begins.
    pub start: Timestamp,
    /// Where it ends.
    pub end: Timestamp,
    /// How many entries lie in it.
    pub entries: u64,
    /// Where each span begins, in milliseconds since 1970, ascending.
    pub times: Vec<i64>,
    /// For each field, in the order asked for, what was asked for of it.
    pub columns: Vec<Made>,
}

/// What was made of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The field.
    pub field: FieldNo,
    /// How.
    pub how: Aggregate,
    /// One number for each span; `NaN` if it has none.
    pub values: Vec<f64>,
    /// How many values are left out since they are not believed.
    pub hidden: u64,
}

impl Engine {
    /// Makes numbers of spans of a channel.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] if there are more spans than [`ROWS_MAX`], [`Refusal::Busy`] if too many stretches are being read.
    pub async fn aggregates(&self, channel: &Channel, question: Question) -> Result<Rows, Refusal> {
        let _turn = self.scan_turn().await?;
        let (channel, now) = (channel.clone(), self.now());
        let answer =
            self.on_store(move |store| {
                let id = channel.id;
                let (start, end) = ends(store, id, question.start, question.end, now)?;
                let grid = grid(start, end, question.every_ms);
                if grid.count as i64 > ROWS_MAX {
                    return Ok(Err(too_many(grid.count as i64, question.every_ms)));
                }
                let columns: Vec<Column> =
                    question.fields.iter().map(|field| column(&channel, *field)).collect();
                let (mut entries, mut made) = (0, Vec::new());
                for how in question.how {
                    let found = store.aggregate(id, &grid, &columns, how)?;
                    entries = found.entries;
                    let columns = found.columns.into_iter().zip(found.hidden);
                    made.extend(columns.zip(&question.fields).map(|((values, hidden), field)| {
                        Made { field: *field, how, values, hidden }
                    }));
                }
                let (times, columns) = filled(grid.start, question.every_ms, grid.count, made);
                Ok(Ok(Rows { start, end, entries, times, columns }))
            });
        answer.await?
    }
}

/// Leaves out the spans in which nothing has a number.
fn filled(start: i64, step: i64, count: usize, mut made: Vec<Made>) -> (Vec<i64>, Vec<Made>) {
    let is_number = |made: &Made, at: usize| {
        let value = made.values[at];
        !value.is_nan() && (made.how != Aggregate::Count || value > 0.0)
    };
    let filled: Vec<usize> =
        (0..count).filter(|at| made.iter().any(|made| is_number(made, *at))).collect();
    for one in &mut made {
        one.values = filled.iter().map(|at| one.values[*at]).collect();
    }
    (filled.into_iter().map(|at| start + at as i64 * step).collect(), made)
}

fn too_many(spans: i64, every_ms: i64) -> Refusal {
    // Rounded up, and a little more for the spans that are cut short at the ends.
    let least = (i128::from(spans) * i128::from(every_ms) / 1_000).div_euclid(ROWS_MAX.into()) + 1;
    Refusal::BadValue(format!(
        "these are {spans} spans, and an answer has {ROWS_MAX} at most; ask for a shorter stretch, or every={least} and more"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_is_one_that_helps() {
        let (start, end) = (Timestamp::from_millis(500), Timestamp::from_millis(1_000_000_500));
        let count = |seconds: i64| grid(start, end, seconds * 1_000).count as i64;
        assert!(count(1) > ROWS_MAX);
        let words = too_many(count(1), 1_000).to_string();
        assert!(words.contains("every=11 "), "{words}");
        assert!(count(11) <= ROWS_MAX);
    }

    #[test]
    fn spans_without_numbers_are_left_out() {
        let field = FieldNo::ALL[0];
        let made = |how, values: &[f64]| Made { field, how, values: values.to_vec(), hidden: 0 };
        let all = vec![
            made(Aggregate::Mean, &[1.0, f64::NAN, 3.0]),
            made(Aggregate::Count, &[2.0, 0.0, 1.0]),
        ];
        let (times, columns) = filled(60, 10, 3, all);
        assert_eq!(times, [60, 80]);
        assert_eq!(
            (&columns[0].values[..], &columns[1].values[..]),
            (&[1.0, 3.0][..], &[2.0, 1.0][..])
        );
    }
}
