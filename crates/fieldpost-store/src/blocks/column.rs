//! One column of a block, as it is read: the texts that a field (or place, or status) has in each entry.
//!
//! Texts that are plain decimals are kept as numbers, in groups that can be read alone and are summed up in the index; the
//! others as texts. Knows nothing of times, ids or other columns. `draft.rs` writes what is read here.

use super::bytes::{Damaged, Reader};
use super::decimal::{Form, SCALE_MAX};
use super::ints::{GROUP, GROUPS, Groups, Numbers, list};
use super::text;
use crate::history::sum::SCALE_MAX as SHORT_SCALE;

/// What an entry has in a column.
pub(super) const ABSENT: i64 = 0;
pub(super) const DECIMAL: i64 = 1;
pub(super) const TEXT: i64 = 2;

/// Entries differ in what they have; else all have a decimal, or all have a text.
pub(super) const MIXED: u8 = 1;
/// Some texts that are no plain decimals are numbers all the same.
pub(super) const STRANGE: u8 = 2;
/// Decimals are too long to be summed up, so nothing is summed up.
pub(super) const WIDE: u8 = 4;
/// Some groups have texts with decimals of their own number each.
pub(super) const SCALES: u8 = 8;

/// What is known of a column's decimals without reading them, at the column's scale. All 0 if there are none, or if they
/// are not summed up.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Summary {
    pub(super) count: usize,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) sum: i64,
}

impl Summary {
    pub(super) fn of(digits: &[i64]) -> Self {
        Self {
            count: digits.len(),
            first: digits.first().copied().unwrap_or(0),
            last: digits.last().copied().unwrap_or(0),
            min: digits.iter().copied().min().unwrap_or(0),
            max: digits.iter().copied().max().unwrap_or(0),
            sum: digits.iter().fold(0, |sum, digits| sum.wrapping_add(*digits)),
        }
    }
}

/// What a column's index says first: enough for whoever needs no group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<'a> {
    flags: u8,
    /// The decimals of all numbers of the column.
    pub(super) scale: u8,
    /// How many texts there are that are no plain decimals.
    pub(super) texts: usize,
    /// The decimals of the block.
    pub(super) all: Summary,
    /// How many entries the block has.
    entries: usize,
    rest: Reader<'a>,
    /// Where the column lies in the body.
    at: (usize, usize),
}

impl<'a> Column<'a> {
    pub(super) fn read(
        index: &'a [u8],
        entries: usize,
        at: (usize, usize),
    ) -> Result<Self, Damaged> {
        let mut reader = Reader(index);
        let flags = reader.byte()?;
        let scale = reader.byte()?;
        let texts = reader.up_to(entries)?;
        let count = reader.up_to(entries - texts)?;
        let lone = texts + count == entries && (texts == 0 || count == 0);
        let scale_max = if flags & WIDE == 0 { SHORT_SCALE } else { SCALE_MAX };
        if scale > scale_max || (flags & MIXED == 0) != lone {
            return Err(Damaged("a column contradicts itself"));
        }
        let mut all = Summary { count, ..Summary::default() };
        if flags & WIDE == 0 && count > 0 {
            for number in [&mut all.first, &mut all.last, &mut all.min, &mut all.max, &mut all.sum]
            {
                *number = reader.signed()?;
            }
        }
        Ok(Self { flags, scale, texts, all, entries, rest: reader, at })
    }

    /// True if the summaries hold all that is a number.
    pub(super) fn is_summed_up(&self) -> bool {
        self.flags & (STRANGE | WIDE) == 0
    }

    /// True if decimals are too long to be summed up.
    pub(super) fn is_wide(&self) -> bool {
        self.flags & WIDE != 0
    }

    /// Reads the rest of the index.
    pub(super) fn groups(&self) -> Result<Laid, Damaged> {
        let mut index = self.rest;
        let mut at = self.at.0;
        let groups = self.entries.div_ceil(GROUP);
        let mut laid = Laid {
            states: None,
            lone: if self.texts == 0 { DECIMAL } else { TEXT },
            entries: self.entries,
            counts: [0; GROUPS],
            text_counts: [0; GROUPS],
            forms: [0; GROUPS],
            lasts: [0; GROUPS],
            lows: [0; GROUPS],
            highs: [0; GROUPS],
            sums: [0; GROUPS],
            digits: None,
            scales: None,
            texts: (0, self.at.1),
        };
        let mut lens = [0; GROUPS];
        for (group, len) in lens.iter_mut().enumerate().take(groups) {
            *len = len_of(self.entries, group);
        }
        if self.flags & MIXED != 0 {
            laid.states = Some(Groups::read(&mut index, &lens[..groups], &mut at)?);
            for counts in [&mut laid.counts, &mut laid.text_counts] {
                let mut listed = [0; GROUPS];
                list(&mut index, groups, &mut listed)?;
                for (count, (listed, len)) in counts.iter_mut().zip(listed.iter().zip(&lens)) {
                    *count = usize::try_from(*listed)
                        .ok()
                        .filter(|count| count <= len)
                        .ok_or(TOO_MANY)?;
                }
            }
        } else if self.texts == 0 {
            laid.counts = lens;
        } else {
            laid.text_counts = lens;
        }
        if laid.counts.iter().sum::<usize>() != self.all.count
            || laid.text_counts.iter().sum::<usize>() != self.texts
        {
            return Err(TOO_MANY);
        }
        if self.all.count > 0 {
            list(&mut index, groups, &mut laid.forms)?;
            if self.flags & WIDE == 0 {
                list(&mut index, groups, &mut laid.lasts)?;
                list(&mut index, groups, &mut laid.lows)?;
                list(&mut index, groups, &mut laid.highs)?;
                list(&mut index, groups, &mut laid.sums)?;
            }
            laid.digits = Some(Groups::read(&mut index, &laid.counts[..groups], &mut at)?);
            if self.flags & SCALES != 0 {
                let mut own = laid.counts;
                for (count, form) in own.iter_mut().zip(&laid.forms) {
                    if Form::from_code(*form, self.scale) != Some(Form::Mixed) {
                        *count = 0;
                    }
                }
                laid.scales = Some(Groups::read(&mut index, &own[..groups], &mut at)?);
            }
        }
        laid.texts.0 = at;
        if at > self.at.1 || !index.0.is_empty() {
            return Err(Damaged("a column is longer than it says"));
        }
        Ok(laid)
    }
}

const TOO_MANY: Damaged = Damaged("a column has more than its entries");

/// How many entries a group has.
pub(super) fn len_of(entries: usize, group: usize) -> usize {
    entries.saturating_sub(group * GROUP).min(GROUP)
}

/// Where the groups of a column lie and what is known of them.
#[derive(Clone, Debug)]
pub(super) struct Laid {
    states: Option<Groups>,
    lone: i64,
    entries: usize,
    /// How many decimals each group has.
    pub(super) counts: [usize; GROUPS],
    text_counts: [usize; GROUPS],
    forms: [i64; GROUPS],
    lasts: [i64; GROUPS],
    lows: [i64; GROUPS],
    highs: [i64; GROUPS],
    sums: [i64; GROUPS],
    digits: Option<Groups>,
    scales: Option<Groups>,
    texts: (usize, usize),
}

impl Laid {
    /// What is known of a group's decimals.
    pub(super) fn summary(&self, group: usize) -> Summary {
        let Some(digits) = &self.digits else { return Summary::default() };
        let (first, count) = (digits.firsts[group], self.counts[group]);
        Summary {
            count,
            first,
            last: first.wrapping_add(self.lasts[group]),
            min: first.wrapping_sub(self.lows[group]),
            max: first.wrapping_add(self.highs[group]),
            sum: first.wrapping_mul(count as i64).wrapping_add(self.sums[group]),
        }
    }

    /// True if every entry of a group has a decimal.
    pub(super) fn is_full(&self, group: usize) -> bool {
        self.counts[group] == len_of(self.entries, group)
    }

    /// Reads what each entry of a group has.
    pub(super) fn states(
        &self,
        body: &[u8],
        group: usize,
        out: &mut Numbers,
    ) -> Result<(), Damaged> {
        let len = len_of(self.entries, group);
        let Some(states) = &self.states else {
            out[..len].fill(self.lone);
            return Ok(());
        };
        states.group(body, group, len, out)?;
        let of = |state: i64| out[..len].iter().filter(|own| **own == state).count();
        if of(DECIMAL) == self.counts[group]
            && of(TEXT) == self.text_counts[group]
            && of(ABSENT) == len - self.counts[group] - self.text_counts[group]
        {
            Ok(())
        } else {
            Err(Damaged("a group has more or less than its index says"))
        }
    }

    /// Reads the digits of a group's decimals; gives how many there are.
    pub(super) fn digits(
        &self,
        body: &[u8],
        group: usize,
        out: &mut Numbers,
    ) -> Result<usize, Damaged> {
        if let Some(digits) = &self.digits {
            digits.group(body, group, self.counts[group], out)?;
        }
        Ok(self.counts[group])
    }

    /// Reads all texts of the column that are no plain decimals.
    pub(super) fn texts(&self, body: &[u8]) -> Result<Vec<Box<str>>, Damaged> {
        let count = self.text_counts.iter().sum();
        if count == 0 {
            return Ok(Vec::new());
        }
        let bytes = body.get(self.texts.0..self.texts.1).ok_or(Damaged("it ends too early"))?;
        text::read(bytes, count)
    }

    /// How many texts that are no plain decimals the groups before this one have.
    pub(super) fn texts_before(&self, group: usize) -> usize {
        self.text_counts[..group].iter().sum()
    }

    /// Reads the texts of a group's entries, one after the other. `texts` are those of the whole column.
    pub(super) fn read_group(
        &self,
        body: &[u8],
        group: usize,
        scale: u8,
        texts: &[Box<str>],
        mut each: impl FnMut(usize, Option<&str>),
    ) -> Result<(), Damaged> {
        let mut states = [0; GROUP];
        let mut digits = [0; GROUP];
        let mut scales = [0; GROUP];
        self.states(body, group, &mut states)?;
        self.digits(body, group, &mut digits)?;
        let form = match self.counts[group] {
            0 => Form::Fixed(scale),
            _ => Form::from_code(self.forms[group], scale).ok_or(Damaged("no such form"))?,
        };
        if let (Form::Mixed, Some(own)) = (form, &self.scales) {
            own.group(body, group, self.counts[group], &mut scales)?;
        }
        let mut decimals = digits.iter().zip(&scales);
        let mut texts = texts.get(self.texts_before(group)..).unwrap_or_default().iter();
        let mut spelled = String::new();
        for (place, state) in states[..len_of(self.entries, group)].iter().enumerate() {
            let text = match *state {
                DECIMAL => {
                    let (digits, own) = decimals.next().ok_or(TOO_MANY)?;
                    spelled.clear();
                    // A scale beyond that of the column is one that is not there.
                    let own = u8::try_from(*own).unwrap_or(u8::MAX);
                    form.decimal(*digits, scale, own).write(&mut spelled);
                    Some(spelled.as_str())
                }
                TEXT => Some(&**texts.next().ok_or(TOO_MANY)?),
                _ => None,
            };
            each(place, text);
        }
        Ok(())
    }
}
