//! When something that did not work is tried once more. Pure.

use super::schedule::mix;

/// How long it waits after the first, second and third try, in milliseconds. After one more it is given up.
const PAUSES_MS: [i64; 3] = [10_000, 60_000, 300_000];

/// How long to wait after so many tries, a fifth more or less by chance so that many do not come at once; `None` if it was
/// the last one.
pub(super) fn pause_ms(tries: u32, seed: u64) -> Option<i64> {
    let pause = *PAUSES_MS.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
    let span = pause / 5;
    let chance = mix(seed ^ u64::from(tries)) % (2 * span as u64 + 1);
    Some(pause - span + chance as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_and_end_and_tremble_a_little() {
        for seed in 0..200 {
            assert!((8_000..=12_000).contains(&pause_ms(1, seed).unwrap()));
            assert!((48_000..=72_000).contains(&pause_ms(2, seed).unwrap()));
            assert!((240_000..=360_000).contains(&pause_ms(3, seed).unwrap()));
            assert_eq!(pause_ms(4, seed), None);
        }
        assert_eq!(pause_ms(0, 1), None);
        assert_eq!(pause_ms(1, 7), pause_ms(1, 7));
        assert!((0..50).any(|seed| pause_ms(1, seed) != pause_ms(1, 0)));
    }
}
