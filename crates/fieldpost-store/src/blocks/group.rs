//! One group of up to 128 whole numbers, as small as the best of three ways makes it.
//!
//! A group keeps what is left of its numbers after a guess: nothing is guessed (*plain*), each number is guessed to be the
//! one before it (*steps*), or the numbers are guessed to lie on a line (*line*). What is left is kept as the distance from
//! a base, packed; a few that lie far off are kept beside, so that one spike does not widen all the others.

use super::bytes::{Damaged, Reader, put_signed, signed_len};
use super::pack::{bits, one, pack, packed_len, unpack};

/// How many numbers a group has, but for the last one of a block.
pub(super) const GROUP: usize = 128;

/// The numbers of a group; those behind its count mean nothing.
pub(super) type Numbers = [i64; GROUP];

pub(super) const PLAIN: i64 = 0;
pub(super) const STEPS: i64 = 1;
pub(super) const LINE: i64 = 2;
/// `head` is the way times this, plus the width in bits.
pub(super) const WIDTHS: i64 = 65;

/// How many numbers at either end of the range may be kept beside.
const OUTLIERS: usize = 4;

/// How a group lies. All but `extra` say how its numbers are made of what is packed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Layout {
    pub(super) head: i64,
    pub(super) first: i64,
    /// Of the line: its rise from one number to the next, in parts of 65,536.
    pub(super) slope: i64,
    pub(super) base: i64,
    /// How many bytes follow the packed ones, for the numbers kept beside.
    pub(super) extra: i64,
}

impl Layout {
    pub(super) fn width(&self) -> u32 {
        (self.head % WIDTHS) as u32
    }

    /// How many numbers are packed: the first one of steps is known.
    pub(super) fn packed(&self, count: usize) -> usize {
        if self.head / WIDTHS == STEPS { count.saturating_sub(1) } else { count }
    }

    fn on_line(&self, place: usize) -> i64 {
        self.first.wrapping_add(self.slope.wrapping_mul(place as i64) >> 16)
    }

    /// Reads one number without the others, if that can be done.
    pub(super) fn alone(&self, bytes: &[u8], place: usize) -> Option<i64> {
        let guess = match self.head / WIDTHS {
            PLAIN => 0,
            LINE => self.on_line(place),
            _ => return None,
        };
        let off = (self.extra == 0).then(|| one(bytes, self.width(), place))?;
        Some(guess.wrapping_add(self.base.wrapping_add(off as i64)))
    }

    /// Makes the numbers of what was packed.
    pub(super) fn expand<const ROOM: usize>(
        &self,
        bytes: &[u8],
        count: usize,
        out: &mut [i64; ROOM],
    ) -> Result<(), Damaged> {
        let packed = self.packed(count);
        let mut left = [0_u64; ROOM];
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
            // A number kept beside takes two bytes at least, which rules most of this out.
            if count * u64::from(width) + 16 * (below + above) as u64 >= best.bits {
                continue;
            }
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
pub(super) fn write(out: &mut Vec<u8>, numbers: &[i64], beside: bool) -> Layout {
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
