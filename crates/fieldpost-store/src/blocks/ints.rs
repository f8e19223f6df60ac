//! Whole numbers in groups of up to 128, each group as small as the best of three ways makes it.
//!
//! A group keeps what is left of its numbers after a guess: nothing is guessed (*plain*), each number is guessed to be the
//! one before it (*steps*), or the numbers are guessed to lie on a line (*line*). What is left is kept as the distance from
//! a base, packed; a few that lie far off are kept beside, so that one spike does not widen all the others.

use super::bytes::{Damaged, Reader, put_signed, signed_len};
use super::pack::{bits, pack, packed_len, unpack};

/// How many numbers a group has, but for the last one of a block.
pub(super) const GROUP: usize = 128;

/// The most groups in a block.
pub(super) const GROUPS: usize = super::BLOCK_MAX / GROUP;

/// The numbers of a group; those behind its count mean nothing.
pub(super) type Numbers = [i64; GROUP];

const PLAIN: i64 = 0;
const STEPS: i64 = 1;
const LINE: i64 = 2;
/// `head` is the way times this, plus the width in bits.
const WIDTHS: i64 = 65;

/// How many numbers at either end of the range may be kept beside.
const OUTLIERS: usize = 4;

/// How a group lies. All but `extra` say how its numbers are made of what is packed.
#[derive(Clone, Copy, Debug, Default)]
struct Layout {
    head: i64,
    first: i64,
    /// Of the line: its rise from one number to the next, in parts of 65,536.
    slope: i64,
    base: i64,
    /// How many bytes follow the packed ones, for the numbers kept beside.
    extra: i64,
}

impl Layout {
    fn width(&self) -> u32 {
        (self.head % WIDTHS) as u32
    }

    /// How many numbers are packed: the first one of steps is known.
    fn packed(&self, count: usize) -> usize {
        if self.head / WIDTHS == STEPS { count.saturating_sub(1) } else { count }
    }

    fn on_line(&self, place: usize) -> i64 {
        self.first.wrapping_add(self.slope.wrapping_mul(place as i64) >> 16)
    }

    /// Makes the numbers of what was packed.
    fn expand(&self, bytes: &[u8], count: usize, out: &mut Numbers) -> Result<(), Damaged> {
        let packed = self.packed(count);
        let mut left = [0_u64; GROUP];
        unpack(bytes, self.width(), &mut left[..packed]);
        if self.extra > 0 {
            let from = packed_len(packed, self.width());
            let mut beside = Reader(bytes.get(from..).unwrap_or_default());
            beside = Reader(beside.bytes(self.extra as usize)?);
            while !beside.0.is_empty() {
                let place = usize::from(beside.byte()?);
                *left.get_mut(place).ok_or(Damaged("a number has no place"))? =
                    beside.signed()? as u64;
            }
        }
        let base = self.base;
        match self.head / WIDTHS {
            STEPS => {
                let mut number = self.first;
                out[0] = number;
                for (number_out, step) in out[1..].iter_mut().zip(&left[..packed]) {
                    number = number.wrapping_add(base.wrapping_add(*step as i64));
                    *number_out = number;
                }
            }
            LINE => {
                for (place, (number, off)) in out.iter_mut().zip(&left[..packed]).enumerate() {
                    *number = self.on_line(place).wrapping_add(base.wrapping_add(*off as i64));
                }
            }
            _ => {
                for (number, off) in out.iter_mut().zip(&left[..packed]) {
                    *number = base.wrapping_add(*off as i64);
                }
            }
        }
        Ok(())
    }
}

/// What a way to guess leaves, and what keeping that would cost.
struct Fit {
    base: i64,
    width: u32,
    bits: u64,
}

/// Finds the base and the width that keep these numbers in the fewest bits.
fn fit(left: &[i64], beside: bool) -> Fit {
    let (Some(min), Some(max)) = (left.iter().min(), left.iter().max()) else {
        return Fit { base: 0, width: 0, bits: 0 };
    };
    let span = |low: i64, high: i64| bits(high.wrapping_sub(low) as u64);
    let count = left.len() as u64;
    let width = span(*min, *max);
    let mut best = Fit { base: *min, width, bits: count * u64::from(width) };
    if !beside || width < 2 || left.len() <= 2 * OUTLIERS {
        return best;
    }
    let mut low = [i64::MAX; OUTLIERS + 1];
    let mut high = [i64::MIN; OUTLIERS + 1];
    for number in left {
        if *number < low[OUTLIERS] {
            low[OUTLIERS] = *number;
            low.sort_unstable();
        }
        if *number > high[OUTLIERS] {
            high[OUTLIERS] = *number;
            high.sort_unstable_by(|a, b| b.cmp(a));
        }
    }
    for (below, base) in low.iter().enumerate() {
        for (above, top) in high.iter().enumerate() {
            let cost = |number: &i64| 8 + 8 * signed_len(number.wrapping_sub(*base));
            let width = span(*base, *top);
            let outliers = low[..below].iter().chain(&high[..above]).map(cost).sum::<u64>();
            let bits = count * u64::from(width) + outliers;
            if bits < best.bits {
                best = Fit { base: *base, width, bits };
            }
        }
    }
    best
}

/// Packs one group at the end of `out`.
fn write(out: &mut Vec<u8>, numbers: &[i64], beside: bool) -> Layout {
    debug_assert!(numbers.len() <= GROUP);
    let Some((first, rest)) = numbers.split_first() else { return Layout::default() };
    let plain = fit(numbers, beside);
    let mut layout =
        Layout { head: PLAIN * WIDTHS, first: *first, base: plain.base, ..Layout::default() };
    let mut best = plain;
    let mut left = numbers.to_vec();
    if best.width > 0 {
        let steps: Vec<i64> =
            rest.iter().zip(numbers).map(|(next, number)| next.wrapping_sub(*number)).collect();
        let fitted = fit(&steps, beside);
        if fitted.bits < best.bits {
            layout.head = STEPS * WIDTHS;
            (best, left) = (fitted, steps);
        }
        let last = numbers[numbers.len() - 1];
        let rise = last.checked_sub(*first).filter(|rise| rise.unsigned_abs() < 1 << 46);
        if let (Some(rise), true) = (rise, best.width > 0 && rest.len() > 2) {
            let line = Layout { slope: (rise << 16) / rest.len() as i64, ..layout };
            let off: Vec<i64> = (0..)
                .zip(numbers)
                .map(|(place, number)| number.wrapping_sub(line.on_line(place)))
                .collect();
            let fitted = fit(&off, beside);
            if fitted.bits < best.bits {
                layout = Layout { head: LINE * WIDTHS, ..line };
                (best, left) = (fitted, off);
            }
        }
    }
    layout.base = best.base;
    layout.head += i64::from(best.width);
    let mut outliers = Vec::new();
    let mut packed = [0; GROUP];
    for (place, number) in left.iter().enumerate() {
        let off = number.wrapping_sub(best.base);
        if bits(off as u64) > best.width {
            outliers.push(place as u8);
            put_signed(&mut outliers, off);
        } else {
            packed[place] = off as u64;
        }
    }
    pack(out, &packed[..left.len()], best.width);
    out.extend_from_slice(&outliers);
    layout.extra = outliers.len() as i64;
    layout
}

/// Writes a few numbers, at most [`GROUP`], with all that is needed to read them but their count.
pub(super) fn put_list(out: &mut Vec<u8>, numbers: &[i64]) {
    let mut packed = Vec::new();
    let layout = write(&mut packed, numbers, false);
    out.push(layout.head as u8);
    if layout.head / WIDTHS != PLAIN {
        put_signed(out, layout.first);
    }
    if layout.head / WIDTHS == LINE {
        put_signed(out, layout.slope);
    }
    put_signed(out, layout.base);
    out.extend_from_slice(&packed);
}

/// Reads what [`put_list`] wrote into the first `count` places of `out`.
pub(super) fn list<const ROOM: usize>(
    reader: &mut Reader<'_>,
    count: usize,
    out: &mut [i64; ROOM],
) -> Result<(), Damaged> {
    let mut layout = Layout { head: head(i64::from(reader.byte()?))?, ..Layout::default() };
    if layout.head == PLAIN * WIDTHS {
        out.get_mut(..count).ok_or(Damaged("a list is too long"))?.fill(reader.signed()?);
        return Ok(());
    }
    if layout.head / WIDTHS != PLAIN {
        layout.first = reader.signed()?;
    }
    if layout.head / WIDTHS == LINE {
        layout.slope = reader.signed()?;
    }
    layout.base = reader.signed()?;
    let all = reader.0;
    reader.bytes(packed_len(layout.packed(count), layout.width()))?;
    let mut numbers = [0; GROUP];
    layout.expand(all, count.min(GROUP), &mut numbers)?;
    let out = out.get_mut(..count).ok_or(Damaged("a list is too long"))?;
    out.copy_from_slice(numbers.get(..count).ok_or(Damaged("a list is too long"))?);
    Ok(())
}

fn head(head: i64) -> Result<i64, Damaged> {
    if (0..=LINE * WIDTHS + 64).contains(&head) { Ok(head) } else { Err(Damaged("no such layout")) }
}

/// Writes the groups of a column: the packed numbers to a body, what is needed to read a group alone to an index.
#[derive(Debug, Default)]
pub(super) struct Writer {
    layouts: Vec<Layout>,
    pub(super) body: Vec<u8>,
}

impl Writer {
    /// Adds a group, which may be empty.
    pub(super) fn group(&mut self, numbers: &[i64]) {
        let layout = write(&mut self.body, numbers, true);
        // An empty group has no first number; that of the group before keeps the list of them smooth.
        let first = if numbers.is_empty() {
            self.layouts.last().map_or(0, |l| l.first)
        } else {
            layout.first
        };
        self.layouts.push(Layout { first, ..layout });
    }

    /// Writes the index and gives the body.
    pub(super) fn finish(self, index: &mut Vec<u8>) -> Vec<u8> {
        let list = |of: fn(&Layout) -> i64| self.layouts.iter().map(of).collect::<Vec<_>>();
        let (slopes, extras) = (list(|l| l.slope), list(|l| l.extra));
        let some = |list: &[i64]| list.iter().any(|number| *number != 0);
        index.push(u8::from(some(&slopes)) | u8::from(some(&extras)) << 1);
        put_list(index, &list(|l| l.head));
        put_list(index, &list(|l| l.first));
        put_list(index, &list(|l| l.base));
        for list in [slopes, extras] {
            if some(&list) {
                put_list(index, &list);
            }
        }
        self.body
    }
}

/// What is known of a column's groups before any of them is read.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    /// The first number of each group; that of the one before for an empty one.
    pub(super) firsts: [i64; GROUPS],
    heads: [i64; GROUPS],
    slopes: [i64; GROUPS],
    bases: [i64; GROUPS],
    extras: [i64; GROUPS],
    starts: [u32; GROUPS],
}

impl Groups {
    /// Reads the index. `counts` says how many numbers each group has; `at` is where the groups begin in the body, and
    /// becomes where they end.
    pub(super) fn read(
        index: &mut Reader<'_>,
        counts: &[usize],
        at: &mut usize,
    ) -> Result<Self, Damaged> {
        let mut groups = Self {
            firsts: [0; GROUPS],
            heads: [0; GROUPS],
            slopes: [0; GROUPS],
            bases: [0; GROUPS],
            extras: [0; GROUPS],
            starts: [0; GROUPS],
        };
        let some = index.byte()?;
        list(index, counts.len(), &mut groups.heads)?;
        list(index, counts.len(), &mut groups.firsts)?;
        list(index, counts.len(), &mut groups.bases)?;
        if some & 1 != 0 {
            list(index, counts.len(), &mut groups.slopes)?;
        }
        if some & 2 != 0 {
            list(index, counts.len(), &mut groups.extras)?;
        }
        for (group, count) in counts.iter().enumerate() {
            groups.starts[group] = *at as u32;
            head(groups.heads[group])?;
            let extra = usize::try_from(groups.extras[group]).ok().filter(|n| *n <= GROUP * 11);
            let layout = groups.layout(group);
            *at += packed_len(layout.packed(*count), layout.width())
                + extra.ok_or(Damaged("too many numbers are kept beside"))?;
        }
        Ok(groups)
    }

    /// Reads the numbers of one group.
    pub(super) fn group(
        &self,
        body: &[u8],
        group: usize,
        count: usize,
        out: &mut Numbers,
    ) -> Result<(), Damaged> {
        let bytes = body.get(self.starts[group] as usize..).ok_or(Damaged("it ends too early"))?;
        self.layout(group).expand(bytes, count, out)
    }

    fn layout(&self, group: usize) -> Layout {
        Layout {
            head: self.heads[group],
            first: self.firsts[group],
            slope: self.slopes[group],
            base: self.bases[group],
            extra: self.extras[group],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there_and_back(groups: &[Vec<i64>]) -> usize {
        let mut writer = Writer::default();
        for group in groups {
            writer.group(group);
        }
        let mut index = Vec::new();
        let body = writer.finish(&mut index);
        let counts: Vec<usize> = groups.iter().map(Vec::len).collect();
        let (mut reader, mut at) = (Reader(&index), 0);
        let read = Groups::read(&mut reader, &counts, &mut at).unwrap();
        assert_eq!((reader.0.len(), at), (0, body.len()), "all of it is read");
        for (place, numbers) in groups.iter().enumerate() {
            let mut out = [0; GROUP];
            read.group(&body, place, numbers.len(), &mut out).unwrap();
            assert_eq!(out[..numbers.len()], numbers[..]);
            assert!(numbers.is_empty() || read.firsts[place] == numbers[0]);
        }
        body.len()
    }

    fn groups(numbers: impl Strategy<Value = i64>) -> impl Strategy<Value = Vec<Vec<i64>>> {
        let group = proptest::collection::vec(numbers, 0..=GROUP);
        proptest::collection::vec(group, 0..=GROUPS)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn any_numbers_come_back(groups in groups(any::<i64>())) {
            there_and_back(&groups);
        }

        #[test]
        fn small_numbers_with_some_that_are_far_off_come_back(
            groups in groups(prop_oneof![20 => -20..20_i64, 1 => any::<i64>()])
        ) {
            there_and_back(&groups);
        }

        #[test]
        fn short_lists_come_back(numbers in proptest::collection::vec(-9_000..9_000_i64, 0..GROUP)) {
            let mut out = Vec::new();
            put_list(&mut out, &numbers);
            let (mut reader, mut back) = (Reader(&out), [0; GROUP]);
            list(&mut reader, numbers.len(), &mut back).unwrap();
            prop_assert_eq!(&back[..numbers.len()], &numbers[..]);
            prop_assert!(reader.0.is_empty());
        }

        #[test]
        fn anything_at_all_is_read_without_a_panic(
            index: Vec<u8>,
            body: Vec<u8>,
            counts in proptest::collection::vec(0..=GROUP, 0..=GROUPS),
        ) {
            if let Ok(groups) = Groups::read(&mut Reader(&index), &counts, &mut 0) {
                for (group, count) in counts.iter().enumerate() {
                    let _ = groups.group(&body, group, *count, &mut [0; GROUP]);
                }
            }
        }
    }

    #[test]
    fn what_is_regular_costs_next_to_nothing() {
        let same = vec![7; GROUP];
        let steady = (0..GROUP as i64).map(|i| 1_700_000_000_000 + 15_000 * i).collect();
        assert_eq!(there_and_back(&[same, steady]), 0);
        let trembling =
            (0..GROUP as i64).map(|i| 1_700_000_000_000 + 15_000 * i + i * 7 % 8).collect();
        assert!(there_and_back(&[trembling]) <= GROUP * 4 / 8);
    }

    #[test]
    fn one_spike_does_not_widen_the_others() {
        let mut numbers: Vec<i64> = (0..GROUP as i64).map(|i| 215 + i % 3).collect();
        let without = there_and_back(&[numbers.clone()]);
        numbers[60] = -1270;
        assert!(there_and_back(&[numbers]) <= without + 6);
    }
}
