//! How long to wait before trying again: twice as long each time, up to a bound, never quite in step.
//!
//! The jitter comes from a seed that the shell gives (a chip's serial number will do), so that boards
//! which lost the same server do not all come back in the same moment, and a run can be replayed.

use crate::clock::Uptime;
use core::time::Duration;

/// The back-off of one node.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    chance: u64,
    failures: u8,
    not_before: Uptime,
}

impl Retry {
    /// The first wait is about this long.
    pub const FIRST: Duration = Duration::from_secs(1);
    /// No wait is longer than this.
    pub const LONGEST: Duration = Duration::from_secs(60);

    /// Starts without a wait.
    pub const fn new(seed: u64) -> Self {
        Self { chance: seed, failures: 0, not_before: Uptime::from_millis(0) }
    }

    /// The earliest moment for the next try.
    pub const fn not_before(&self) -> Uptime {
        self.not_before
    }

    /// It went well: no waiting.
    pub fn success(&mut self) {
        self.failures = 0;
        self.not_before = Uptime::default();
    }

    /// It went wrong: wait, longer than the last time. Each wait is between half of its bound and all of it.
    pub fn failure(&mut self, now: Uptime) {
        let bound = Self::FIRST.saturating_mul(1 << self.failures.min(16)).min(Self::LONGEST);
        self.failures = self.failures.saturating_add(1);
        let half = bound / 2;
        let extra = self.draw() % (u64::try_from(half.as_millis()).unwrap_or(0) + 1);
        self.not_before = now.after(half + Duration::from_millis(extra));
    }

    /// The next number of a SplitMix64 sequence.
    fn draw(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn waits(seed: u64) -> Vec<Duration> {
        let mut retry = Retry::new(seed);
        let now = Uptime::from_millis(1_000_000);
        (0..300)
            .map(|_| {
                retry.failure(now);
                retry.not_before().since(now)
            })
            .collect()
    }

    #[test]
    fn waits_double_up_to_a_bound_and_never_past_it() {
        for (n, wait) in waits(7).into_iter().enumerate() {
            let bound = Retry::FIRST.saturating_mul(1 << n.min(16)).min(Retry::LONGEST);
            assert!(bound / 2 <= wait && wait <= bound, "wait {n} is {wait:?}");
        }
    }

    #[test]
    fn the_same_seed_waits_the_same_and_another_does_not() {
        assert_eq!(waits(1), waits(1));
        assert_ne!(waits(1), waits(2));
    }

    #[test]
    fn success_ends_the_waiting() {
        let mut retry = Retry::new(1);
        retry.failure(Uptime::from_millis(10));
        retry.success();
        assert_eq!(retry.not_before(), Uptime::default());
        retry.failure(Uptime::from_millis(10));
        assert!(retry.not_before() <= Uptime::from_millis(10).after(Retry::FIRST));
    }
}
