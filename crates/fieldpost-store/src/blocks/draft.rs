//! From columns to the bytes of a block.
//!
//! `header.rs` and `column.rs` read what is written here, and `docs/storage.md` draws it.

use fieldpost_wire::number::any;

use super::bytes::{checksum, put, put_signed};
use super::column::{ABSENT, DECIMAL, MIXED, SCALES, STRANGE, Summary, TEXT, WIDE};
use super::decimal::{Decimal, Form, SCALE_MAX, common_scale};
use super::header::{COLUMNS, VERSION};
use super::ints::{GROUP, Writer, put_list};
use super::text;
use crate::history::sum::is_short;

/// The columns of entries that become a block.
pub(super) struct Draft<'e> {
    pub(super) times: &'e [i64],
    /// As they are kept: an id above what an `i64` holds is below zero.
    pub(super) ids: &'e [i64],
    /// Those that some entry has a text in.
    pub(super) columns: &'e [Option<Vec<Cell<'e>>>; COLUMNS],
}

/// What an entry has in a column: a text, and the number that it is if it is a plain one.
pub(super) type Cell<'e> = Option<(&'e str, Option<Decimal>)>;

impl Draft<'_> {
    /// Makes header and body.
    pub(super) fn write(&self) -> (Vec<u8>, Vec<u8>) {
        let mut body = Vec::new();
        let mut parts = Vec::new();
        let mut ints = |numbers: &[i64], body: &mut Vec<u8>| {
            let mut writer = Writer::default();
            numbers.chunks(GROUP).for_each(|group| writer.group(group));
            let mut index = Vec::new();
            let written = writer.finish(&mut index);
            put(&mut parts, index.len() as u64);
            put(&mut parts, written.len() as u64);
            parts.extend_from_slice(&index);
            body.extend_from_slice(&written);
        };
        ints(self.times, &mut body);
        let next = |id: i64| (id as u64).checked_add(1).map(|id| id as i64);
        let consecutive = self.ids.windows(2).all(|pair| next(pair[0]) == Some(pair[1]));
        if !consecutive {
            ints(self.ids, &mut body);
        }
        let mut columns = 0_u16;
        for (place, texts) in self.columns.iter().enumerate() {
            let Some(texts) = texts else { continue };
            columns |= 1 << place;
            let (mut index, before) = (Vec::new(), body.len());
            column(&mut index, &mut body, texts);
            put(&mut parts, index.len() as u64);
            put(&mut parts, (body.len() - before) as u64);
            parts.extend_from_slice(&index);
        }
        let ids = || self.ids.iter().map(|id| *id as u64);
        let (first, last) = (self.times[0], self.times[self.times.len() - 1]);
        let (min, max) = (ids().min().unwrap_or(0), ids().max().unwrap_or(0));
        let mut header = vec![VERSION];
        put(&mut header, self.times.len() as u64);
        put_signed(&mut header, first);
        put(&mut header, last.wrapping_sub(first) as u64);
        put(&mut header, min);
        put(&mut header, max.wrapping_sub(min));
        header.extend_from_slice(&(columns | u16::from(consecutive) << 15).to_le_bytes());
        header.extend_from_slice(&checksum(&body).to_le_bytes());
        header.extend_from_slice(&parts);
        let sum = checksum(&header);
        header.extend_from_slice(&sum.to_le_bytes());
        (header, body)
    }
}

/// Writes a column of which at least one entry has a text.
fn column(index: &mut Vec<u8>, body: &mut Vec<u8>, column: &[Cell<'_>]) {
    let mut counts = [0; SCALE_MAX as usize + 1];
    for decimal in column.iter().flatten().filter_map(|(_, decimal)| *decimal) {
        counts[usize::from(decimal.scale)] += 1;
    }
    let scale = common_scale(&counts);
    let mut groups: Vec<Group<'_>> = column.chunks(GROUP).map(|c| Group::of(c, scale)).collect();
    let all: Vec<i64> = groups.iter().flat_map(|group| &group.digits).copied().collect();
    let texts: Vec<&str> = groups.iter().flat_map(|group| &group.texts).copied().collect();
    let wide = !all.iter().all(|digits| is_short(*digits, scale));
    let mixed = all.len() < column.len() && texts.len() < column.len();
    let scales = groups.iter().any(|group| group.form == Form::Mixed);
    let strange = texts.iter().any(|text| any(text).is_some());
    let flag = |is: bool, flag: u8| if is { flag } else { 0 };
    index.push(
        flag(mixed, MIXED) | flag(strange, STRANGE) | flag(wide, WIDE) | flag(scales, SCALES),
    );
    // Without any number at it a scale means nothing.
    index.push(if all.is_empty() { 0 } else { scale });
    put(index, texts.len() as u64);
    put(index, all.len() as u64);
    if !wide && !all.is_empty() {
        let all = Summary::of(&all);
        for number in [all.first, all.last, all.min, all.max, all.sum] {
            put_signed(index, number);
        }
    }
    let per_group = |of: &dyn Fn(&Group<'_>) -> i64| groups.iter().map(of).collect::<Vec<_>>();
    if mixed {
        let mut states = Writer::default();
        for group in &groups {
            states.group(&group.states);
        }
        body.extend_from_slice(&states.finish(index));
        put_list(index, &per_group(&|group| group.digits.len() as i64));
        put_list(index, &per_group(&|group| group.texts.len() as i64));
    }
    if !all.is_empty() {
        put_list(index, &per_group(&|group| group.form.code()));
        if !wide {
            let summaries = per_group_of(&groups);
            for list in summaries {
                put_list(index, &list);
            }
        }
        let mut digits = Writer::default();
        let mut own = Writer::default();
        for group in &mut groups {
            digits.group(&group.digits);
            if group.form != Form::Mixed {
                group.scales.clear();
            }
            own.group(&group.scales.iter().map(|scale| i64::from(*scale)).collect::<Vec<_>>());
        }
        body.extend_from_slice(&digits.finish(index));
        if scales {
            body.extend_from_slice(&own.finish(index));
        }
    }
    if !texts.is_empty() {
        text::write(body, &texts);
    }
}

/// The summaries of groups as lists of small numbers: last, lowest and highest as distances from the first, and what the
/// sum has beyond so many times the first.
fn per_group_of(groups: &[Group<'_>]) -> [Vec<i64>; 4] {
    let mut lists = [const { Vec::new() }; 4];
    for group in groups {
        let all = Summary::of(&group.digits);
        lists[0].push(all.last - all.first);
        lists[1].push(all.first - all.min);
        lists[2].push(all.max - all.first);
        lists[3].push(all.sum - all.first * all.count as i64);
    }
    lists
}

/// A group on its way into a block.
struct Group<'a> {
    states: Vec<i64>,
    digits: Vec<i64>,
    scales: Vec<u8>,
    texts: Vec<&'a str>,
    form: Form,
}

impl<'a> Group<'a> {
    fn of(column: &[Cell<'a>], scale: u8) -> Self {
        let mut group = Self {
            states: Vec::with_capacity(column.len()),
            digits: Vec::with_capacity(column.len()),
            scales: Vec::with_capacity(column.len()),
            texts: Vec::new(),
            form: Form::Mixed,
        };
        for cell in column {
            let kept = |decimal: Decimal| Some((decimal.digits_at(scale)?, decimal.scale));
            let state = match cell.map(|(text, decimal)| (text, decimal.and_then(kept))) {
                None => ABSENT,
                Some((_, Some((digits, own)))) => {
                    group.digits.push(digits);
                    group.scales.push(own);
                    DECIMAL
                }
                Some((text, None)) => {
                    group.texts.push(text);
                    TEXT
                }
            };
            group.states.push(state);
        }
        group.form = Form::of(&group.digits, &group.scales, scale);
        group
    }
}
