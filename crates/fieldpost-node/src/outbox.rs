//! Readings that are not on the server yet, in order, in a bounded place.
//!
//! # What is dropped when it is full
//!
//! Every second reading of the older half. So a long outage is remembered from its beginning to its
//! end, in steps that get coarser the longer it lasts, rather than forgotten from one end. Readings
//! that are under way are never touched, because the server may have them already; if nothing but
//! those is left, the newest reading is the one that is lost. [`Outbox::dropped`] counts what is gone.

use crate::clock::{Clock, Uptime};
use crate::reading::Reading;
use fieldpost_wire::Timestamp;
use heapless::Vec;

/// A ring of at most `N` readings.
#[derive(Clone, Debug, Default)]
pub struct Outbox<const N: usize> {
    kept: Vec<Kept, N>,
    /// How many of the oldest are under way.
    under_way: usize,
    dropped: u32,
}

/// A reading and when it was taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Kept {
    /// What was measured.
    pub reading: Reading,
    /// When it was measured.
    pub taken: Taken,
}

/// A moment, in the best form known. Once an instant, always that instant: a reading that is sent twice
/// carries the same time twice, which is how a server can tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Taken {
    /// Only the uptime is known.
    Uptime(Uptime),
    /// The time is known.
    Instant(Timestamp),
}

impl<const N: usize> Outbox<N> {
    /// How many dated readings travel together at most.
    pub const BATCH: usize = 64;

    /// Puts a reading in, making room if there is none.
    pub fn push(&mut self, kept: Kept) {
        if self.kept.is_full() {
            self.thin();
        }
        if self.kept.push(kept).is_err() {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Marks the oldest readings as under way and tells how many they are.
    ///
    /// If the clock knows the time, the readings are dated now. If not, all of them should go together,
    /// because their times can only be told as distances from the newest one. A server that takes less
    /// at a time sets the `limit`.
    pub fn send(&mut self, clock: &Clock, limit: usize) -> usize {
        for kept in self.kept.iter_mut().skip(self.under_way) {
            if let Taken::Uptime(at) = kept.taken
                && let Some(instant) = clock.instant(at)
            {
                kept.taken = Taken::Instant(instant);
            }
        }
        let dated = |kept: &Kept| matches!(kept.taken, Taken::Instant(_));
        if !self.kept.iter().all(dated) && self.kept.is_full() {
            self.thin();
        }
        let most = if self.kept.iter().all(dated) { Self::BATCH } else { N };
        self.under_way = self.kept.len().min(most).min(limit.max(1));
        self.under_way
    }

    /// The readings that are under way, oldest first.
    pub fn under_way(&self) -> &[Kept] {
        self.kept.get(..self.under_way).unwrap_or_default()
    }

    /// The server has what was under way.
    pub fn delivered(&mut self) {
        let gone = core::mem::take(&mut self.under_way);
        self.kept.rotate_left(gone);
        self.kept.truncate(self.kept.len() - gone);
    }

    /// The server does not have what was under way.
    pub fn returned(&mut self) {
        self.under_way = 0;
    }

    /// The server will never take what was under way.
    pub fn discard(&mut self) {
        self.dropped =
            self.dropped.saturating_add(u32::try_from(self.under_way).unwrap_or(u32::MAX));
        self.delivered();
    }

    /// How many readings wait, those under way included.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// True if nothing waits.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many readings were lost since power-on.
    pub const fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Drops every second reading of the older half of those that are not under way.
    fn thin(&mut self) {
        let (start, before) = (self.under_way, self.kept.len());
        let end = start + (before - start) / 2;
        let mut at = 0;
        self.kept.retain(|_| {
            let keep = at < start || at >= end || (at - start) % 2 == 0;
            at += 1;
            keep
        });
        // A half of one reading has no second one.
        if self.kept.len() == before && start < before {
            self.kept.remove(start);
        }
        let gone = u32::try_from(before - self.kept.len()).unwrap_or(u32::MAX);
        self.dropped = self.dropped.saturating_add(gone);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec as List;

    fn kept(second: u64) -> Kept {
        let reading = Reading::from_tenths(i16::try_from(second).unwrap_or(0), 500).unwrap();
        Kept { reading, taken: Taken::Uptime(Uptime::from_millis(second * 1000)) }
    }

    fn seconds<const N: usize>(outbox: &Outbox<N>) -> List<i32> {
        outbox.kept.iter().map(|kept| kept.reading.temperature().0).collect()
    }

    fn known() -> Clock {
        let mut clock = Clock::default();
        clock.hear(Uptime::default(), Timestamp::from_seconds(1_795_608_000));
        clock
    }

    #[test]
    fn a_full_outbox_forgets_every_second_old_reading_and_keeps_both_ends() {
        let mut outbox = Outbox::<8>::default();
        (0..9).for_each(|n| outbox.push(kept(n)));
        assert_eq!(seconds(&outbox), [0, 2, 4, 5, 6, 7, 8]);
        (9..100).for_each(|n| outbox.push(kept(n)));
        let left = seconds(&outbox);
        assert_eq!((left[0], *left.last().unwrap()), (0, 99));
        assert!(left.is_sorted());
        assert_eq!(left.len() + outbox.dropped() as usize, 100);
    }

    #[test]
    fn what_is_under_way_is_never_dropped() {
        let mut outbox = Outbox::<8>::default();
        (0..6).for_each(|n| outbox.push(kept(n)));
        assert_eq!(outbox.send(&known(), 4), 4);
        let before = outbox.under_way().to_vec();
        (6..50).for_each(|n| outbox.push(kept(n)));
        assert_eq!(outbox.under_way(), before);
        outbox.delivered();
        assert!(seconds(&outbox).iter().all(|n| *n > 3));
    }

    #[test]
    fn what_was_delivered_goes_and_the_rest_keeps_its_order() {
        let mut outbox = Outbox::<16>::default();
        (0..9).for_each(|n| outbox.push(kept(n)));
        for (sent, left) in [(2, 2..9), (3, 5..9), (1, 6..9), (16, 0..0)] {
            outbox.send(&known(), sent);
            outbox.delivered();
            let left: List<i32> = left.collect();
            assert_eq!(seconds(&outbox), left, "after {sent} more");
        }
        assert_eq!(outbox.dropped(), 0);
    }

    #[test]
    fn when_everything_is_under_way_the_newest_reading_is_lost() {
        let mut outbox = Outbox::<4>::default();
        (0..4).for_each(|n| outbox.push(kept(n)));
        outbox.send(&known(), 4);
        outbox.push(kept(4));
        assert_eq!((seconds(&outbox), outbox.dropped()), (List::from([0, 1, 2, 3]), 1));
    }

    #[test]
    fn undated_readings_travel_all_together_and_leave_room_for_new_ones() {
        let mut outbox = Outbox::<200>::default();
        (0..200).for_each(|n| outbox.push(kept(n)));
        assert_eq!(outbox.send(&Clock::default(), usize::MAX), 150);
        assert_eq!(outbox.dropped(), 50);
        outbox.returned();
        assert_eq!(outbox.send(&known(), usize::MAX), Outbox::<200>::BATCH);
        outbox.returned();
        assert_eq!(outbox.send(&Clock::default(), 1), 1);
    }

    #[test]
    fn a_reading_keeps_the_date_it_was_first_sent_with() {
        let mut outbox = Outbox::<4>::default();
        outbox.push(kept(1));
        let mut clock = known();
        outbox.send(&clock, 4);
        let first = outbox.under_way().to_vec();
        outbox.returned();
        clock.hear(Uptime::default(), Timestamp::from_seconds(0));
        outbox.send(&clock, 4);
        assert_eq!(outbox.under_way(), first);
    }

    #[test]
    fn the_smallest_outbox_keeps_the_newest_reading() {
        let mut outbox = Outbox::<1>::default();
        outbox.push(kept(1));
        outbox.push(kept(2));
        assert_eq!(seconds(&outbox), [2]);
        outbox.send(&known(), 1);
        outbox.discard();
        assert!(outbox.is_empty());
        assert_eq!(outbox.dropped(), 2);
    }
}
