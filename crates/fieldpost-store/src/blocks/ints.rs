//! Columns of whole numbers in groups, and the index that lets each group be read alone.
//!
//! How a group makes its numbers small is the matter of `group.rs`.

use super::bytes::{Damaged, Reader, put_signed};
pub(super) use super::group::{GROUP, Numbers};
use super::group::{LINE, Layout, PLAIN, WIDTHS, write};
use super::pack::packed_len;

/// The most groups in a block.
pub(super) const GROUPS: usize = super::BLOCK_MAX / GROUP;

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
    let room = out.get_mut(..count).ok_or(Damaged("a list is too long"))?;
    let mut layout = Layout { head: head(i64::from(reader.byte()?))?, ..Layout::default() };
    if layout.head == PLAIN * WIDTHS {
        room.fill(reader.signed()?);
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
    layout.expand(all, count, out)
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

    /// Reads single numbers of a group, all of them only if it must.
    pub(super) fn few<'b>(
        &self,
        body: &'b [u8],
        group: usize,
        count: usize,
    ) -> Result<Few<'b>, Damaged> {
        let bytes = body.get(self.starts[group] as usize..).ok_or(Damaged("it ends too early"))?;
        let layout = self.layout(group);
        if layout.alone(bytes, 0).is_some() {
            return Ok(Few::Packed(layout, bytes, count));
        }
        let mut numbers = [0; GROUP];
        layout.expand(bytes, count, &mut numbers)?;
        Ok(Few::Read(numbers, count))
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

/// Numbers of a group of which few are wanted.
#[expect(clippy::large_enum_variant, reason = "one at a time, and never kept")]
pub(super) enum Few<'b> {
    Packed(Layout, &'b [u8], usize),
    Read(Numbers, usize),
}

impl Few<'_> {
    /// The number at a place.
    pub(super) fn at(&self, place: usize) -> i64 {
        match self {
            // Whoever can be read alone at one place can at all.
            Self::Packed(layout, bytes, _) => layout.alone(bytes, place).unwrap_or_default(),
            Self::Read(numbers, _) => numbers[place],
        }
    }

    /// Finds the first place from `start` on whose number is not below a bound. The numbers must go up.
    pub(super) fn from(&self, start: usize, bound: i64) -> usize {
        let (Self::Packed(.., end) | Self::Read(_, end)) = self;
        let (mut low, mut high) = (start, *end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at(middle) < bound { low = middle + 1 } else { high = middle }
        }
        low
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
            let few = read.few(&body, place, numbers.len()).unwrap();
            assert!(numbers.iter().enumerate().all(|(place, number)| few.at(place) == *number));
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
                    let _ = groups.few(&body, group, *count).map(|few| few.from(0, 5));
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
