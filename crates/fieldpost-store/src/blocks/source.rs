//! The numbers of one column of a block, as far as they are believed.
//!
//! Short decimals stay digits as long as possible; columns with other numbers are read text by text. Knows nothing of times.

use super::bytes::Damaged;
use super::column::{ABSENT, Column, DECIMAL, Laid, Summary, len_of};
use super::header::Header;
use super::ints::{GROUP, Numbers};
use super::scan::Run;
use crate::history::holds;
use crate::history::sum::{Number, value};

/// Numbers of a column, at least one, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'s> {
    /// Short decimals of one scale, summed up.
    Summary(&'s Summary, u8),
    /// The digits of short decimals of one scale.
    Digits(&'s [i64], u8),
    /// Any numbers.
    Numbers(&'s [Number]),
}

/// A column whose numbers are read.
pub(super) enum Source {
    /// All that is a number is a short decimal.
    Short(Box<Short>),
    /// Anything; the numbers of all entries of the block.
    Any(Vec<Option<Number>>, (f64, f64)),
}

/// A column of short decimals.
pub(super) struct Short {
    laid: Laid,
    entries: usize,
    scale: u8,
    /// The lowest and the highest digits that are believed, both included.
    believed: (i64, i64),
    digits: Numbers,
    /// How many decimals come before each entry of the group that is read.
    before: [u8; GROUP + 1],
    /// True if these are as many as the entries before.
    full: bool,
}

/// Whether all numbers of a column are believed or none is; `None` if that takes a closer look.
pub(super) fn whole(column: &Column<'_>, valid: (f64, f64)) -> Option<bool> {
    if !column.is_summed_up() {
        return None;
    }
    judge(&column.all, believed(valid, column.scale))
}

fn judge(summary: &Summary, believed: (i64, i64)) -> Option<bool> {
    if summary.count == 0 || (believed.0 <= summary.min && summary.max <= believed.1) {
        Some(true)
    } else if summary.max < believed.0 || summary.min > believed.1 {
        Some(false)
    } else {
        None
    }
}

/// Finds the lowest and highest digits whose values are within bounds.
fn believed(valid: (f64, f64), scale: u8) -> (i64, i64) {
    /// Short decimals lie between this and its negative.
    const MOST: i64 = 1_000_000_000_000_000;
    if valid == (f64::NEG_INFINITY, f64::INFINITY) {
        return (-MOST, MOST);
    }
    // Values go up with digits. Where `holds` begins to be true, or `MOST + 1`.
    let begin = |holds: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (-MOST, MOST + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(value(middle, scale)) { high = middle } else { low = middle + 1 }
        }
        low
    };
    let above_all = if valid.1.is_nan() { -MOST } else { begin(&|value| value > valid.1) };
    (begin(&|value| valid.0 <= value), above_all - 1)
}

impl Source {
    /// Begins to read a column. `body` has been checked.
    pub(super) fn new(
        header: &Header<'_>,
        column: &Column<'_>,
        valid: (f64, f64),
        body: &[u8],
    ) -> Result<Self, Damaged> {
        let laid = column.groups()?;
        if column.is_summed_up() {
            return Ok(Self::Short(Box::new(Short {
                laid,
                entries: header.count,
                scale: column.scale,
                believed: believed(valid, column.scale),
                digits: [0; GROUP],
                before: [0; GROUP + 1],
                full: false,
            })));
        }
        let texts = laid.texts(body)?;
        let mut numbers = Vec::with_capacity(header.count);
        for group in 0..header.groups() {
            if column.is_wide() {
                laid.read_group(body, group, column.scale, &texts, |_, text| {
                    numbers.push(text.and_then(Number::read));
                })?;
                continue;
            }
            let (mut states, mut digits) = ([ABSENT; GROUP], [0; GROUP]);
            laid.states(body, group, &mut states)?;
            laid.digits(body, group, &mut digits)?;
            let mut digits = digits.iter();
            let mut texts = texts[laid.texts_before(group)..].iter();
            for state in &states[..len_of(header.count, group)] {
                numbers.push(match *state {
                    DECIMAL => digits.next().map(|digits| Number::short(*digits, column.scale)),
                    ABSENT => None,
                    _ => texts.next().and_then(|text| Number::read(text)),
                });
            }
        }
        Ok(Self::Any(numbers, valid))
    }

    /// Hands on the numbers that runs of a group have, each with its span. `hidden` grows by those that are not believed.
    pub(super) fn group(
        &mut self,
        body: &[u8],
        group: usize,
        runs: &[Run],
        sums: bool,
        hidden: &mut usize,
        each: &mut impl FnMut(usize, Found<'_>),
    ) -> Result<(), Damaged> {
        match self {
            Self::Short(short) => short.group(body, group, runs, sums, hidden, each),
            Self::Any(numbers, valid) => {
                let mut believed = Vec::new();
                for run in runs {
                    let numbers = &numbers[group * GROUP + run.from..group * GROUP + run.to];
                    believed.clear();
                    for number in numbers.iter().flatten() {
                        if holds(*valid, number.value) {
                            believed.push(*number);
                        } else {
                            *hidden += 1;
                        }
                    }
                    if !believed.is_empty() {
                        each(run.span, Found::Numbers(&believed));
                    }
                }
                Ok(())
            }
        }
    }

    /// Appends the values of some entries of a group, `NaN` for those that have none or are not believed.
    pub(super) fn values(
        &mut self,
        body: &[u8],
        group: usize,
        (from, to): (usize, usize),
        hidden: &mut u64,
        out: &mut Vec<f64>,
    ) -> Result<(), Damaged> {
        match self {
            Self::Short(short) => {
                short.read(body, group)?;
                let (low, high) = short.believed;
                for place in from..to {
                    let (at, next) = (short.before[place], short.before[place + 1]);
                    let digits = short.digits[usize::from(at) % GROUP];
                    let (there, believed) = (at < next, low <= digits && digits <= high);
                    *hidden += u64::from(there && !believed);
                    let shown = there && believed;
                    out.push(if shown { value(digits, short.scale) } else { f64::NAN });
                }
            }
            Self::Any(numbers, valid) => {
                for number in &numbers[group * GROUP + from..group * GROUP + to] {
                    let believed = number.filter(|number| holds(*valid, number.value));
                    *hidden += u64::from(number.is_some() && believed.is_none());
                    out.push(believed.map_or(f64::NAN, |number| number.value));
                }
            }
        }
        Ok(())
    }
}

impl Short {
    fn group(
        &mut self,
        body: &[u8],
        group: usize,
        runs: &[Run],
        sums: bool,
        hidden: &mut usize,
        each: &mut impl FnMut(usize, Found<'_>),
    ) -> Result<(), Damaged> {
        let summary = self.laid.summary(group);
        if summary.count == 0 {
            return Ok(());
        }
        let judgement = judge(&summary, self.believed);
        let len = len_of(self.entries, group);
        if let [Run { span, from: 0, to }] = runs
            && *to == len
        {
            match judgement {
                Some(true) if sums => {
                    each(*span, Found::Summary(&summary, self.scale));
                    return Ok(());
                }
                Some(false) => {
                    *hidden += summary.count;
                    return Ok(());
                }
                _ => {}
            }
        }
        self.read(body, group)?;
        let (low, high) = self.believed;
        for run in runs {
            let ends = (usize::from(self.before[run.from]), usize::from(self.before[run.to]));
            let digits = &self.digits[ends.0..ends.1];
            let few;
            let believed = if judgement == Some(true) {
                digits
            } else {
                let all = digits.iter().copied();
                few = all.filter(|digits| low <= *digits && *digits <= high).collect::<Vec<_>>();
                few.as_slice()
            };
            *hidden += digits.len() - believed.len();
            if !believed.is_empty() {
                each(run.span, Found::Digits(believed, self.scale));
            }
        }
        Ok(())
    }

    /// Reads a group's digits, and which of its entries they belong to.
    fn read(&mut self, body: &[u8], group: usize) -> Result<(), Damaged> {
        let len = len_of(self.entries, group);
        self.laid.digits(body, group, &mut self.digits)?;
        if self.laid.is_full(group) {
            if !self.full {
                (0..).zip(&mut self.before).for_each(|(place, before)| *before = place);
                self.full = true;
            }
            return Ok(());
        }
        self.full = false;
        let mut states = [ABSENT; GROUP];
        self.laid.states(body, group, &mut states)?;
        let mut count = 0;
        self.before[0] = 0;
        for (state, before) in states[..len].iter().zip(&mut self.before[1..]) {
            count += u8::from(*state == DECIMAL);
            *before = count;
        }
        Ok(())
    }
}
