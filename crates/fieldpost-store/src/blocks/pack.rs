//! Numbers below a power of two, each in as many bits as the largest of them needs.
//!
//! Knows nothing of signs, differences or groups. The first number lies in the lowest bits of the first byte.

/// How many bytes `count` numbers of `width` bits take.
pub(super) fn packed_len(count: usize, width: u32) -> usize {
    (count * width as usize).div_ceil(8)
}

/// How many bits a number needs.
pub(super) fn bits(number: u64) -> u32 {
    64 - number.leading_zeros()
}

/// Appends numbers, each in `width` bits; none may need more.
pub(super) fn pack(out: &mut Vec<u8>, numbers: &[u64], width: u32) {
    let mut waiting = 0_u128;
    let mut filled = 0;
    for number in numbers {
        debug_assert!(bits(*number) <= width);
        waiting |= u128::from(*number) << filled;
        filled += width;
        if filled >= 64 {
            out.extend_from_slice(&(waiting as u64).to_le_bytes());
            waiting >>= 64;
            filled -= 64;
        }
    }
    out.extend_from_slice(&waiting.to_le_bytes()[..filled.div_ceil(8) as usize]);
}

/// Reads as many numbers as `out` has room for. `input` must hold them; what lies behind them does no harm and
/// makes reading faster.
pub(super) fn unpack(input: &[u8], width: u32, out: &mut [u64]) {
    macro_rules! by_width {
        ($($width:literal)*) => {
            match width {
                0 => out.fill(0),
                $($width => unpack_fixed::<$width>(input, out),)*
                _ => unpack_slowly(input, width, out, 0),
            }
        };
    }
    by_width!(
        1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28
        29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56
    );
}

/// Eight numbers of `WIDTH` bits take `WIDTH` bytes, so each eight begin at a byte and every shift is known beforehand.
fn unpack_fixed<const WIDTH: usize>(input: &[u8], out: &mut [u64]) {
    let mask = (1_u64 << WIDTH) - 1;
    let mut done = 0;
    for eight in out.chunks_exact_mut(8) {
        let from = done / 8 * WIDTH;
        // Each number is read with the eight bytes from its first byte on, so the last one may look beyond its own.
        let Some(window) = input.get(from..from + WIDTH + 8) else { break };
        for (place, number) in eight.iter_mut().enumerate() {
            let bit = place * WIDTH;
            let mut word = [0; 8];
            word.copy_from_slice(&window[bit / 8..bit / 8 + 8]);
            *number = u64::from_le_bytes(word) >> (bit % 8) & mask;
        }
        done += 8;
    }
    unpack_slowly(input, WIDTH as u32, out, done);
}

/// Reads the numbers from the `done`th on, of any width, near the end of the input too.
fn unpack_slowly(input: &[u8], width: u32, out: &mut [u64], done: usize) {
    for (place, number) in out.iter_mut().enumerate().skip(done) {
        *number = one(input, width, place);
    }
}

/// Reads one number; what is missing of it is 0.
pub(super) fn one(input: &[u8], width: u32, place: usize) -> u64 {
    if width == 0 {
        return 0;
    }
    let mask = u128::MAX >> (128 - width);
    let bit = place * width as usize;
    let from = input.get(bit / 8..).unwrap_or_default();
    let mut word = [0; 16];
    let len = from.len().min(16);
    word[..len].copy_from_slice(&from[..len]);
    (u128::from_le_bytes(word) >> (bit % 8) & mask) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_of_every_width_come_back(
            width in 0..=64_u32,
            numbers in proptest::collection::vec(any::<u64>(), 0..300),
            behind in 0..20_usize,
        ) {
            let mask = (u128::MAX >> (128 - width.max(1))) as u64;
            let numbers: Vec<u64> =
                numbers.iter().map(|n| if width == 0 { 0 } else { n & mask }).collect();
            let mut packed = Vec::new();
            pack(&mut packed, &numbers, width);
            prop_assert_eq!(packed.len(), packed_len(numbers.len(), width));
            packed.resize(packed.len() + behind, 0xff);
            let mut back = vec![7; numbers.len()];
            unpack(&packed, width, &mut back);
            prop_assert_eq!(back, numbers);
        }
    }

    #[test]
    fn what_is_missing_is_read_as_nothing() {
        let mut out = [1; 20];
        unpack(&[0xff], 7, &mut out);
        assert_eq!(out[..2], [0x7f, 1]);
        assert_eq!(out[2..], [0; 18]);
    }
}
