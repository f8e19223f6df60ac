//! Which stretches of a channel's past have been read, so that none is read twice: whole numbers from one to another, both included.
//!
//! What the numbers are is up to who reads: seconds of a service that gives entries by time, ids of one that gives them by id.

use serde::{Deserialize, Serialize};

/// Stretches that do not touch, the latest first.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Covered(Vec<(i64, i64)>);

impl Covered {
    /// Adds a stretch; one that ends before it begins is none.
    pub(super) fn add(&mut self, mut from: i64, mut until: i64) {
        if from > until {
            return;
        }
        self.0.retain(|(low, high)| {
            let touches = *low <= until.saturating_add(1) && from <= high.saturating_add(1);
            if touches {
                (from, until) = (from.min(*low), until.max(*high));
            }
            !touches
        });
        let place = self.0.partition_point(|(low, _)| *low > until);
        self.0.insert(place, (from, until));
    }

    /// Where to go on for who has read everything above `at`: there, or below the stretch that holds it. `None` if there is nothing below.
    pub(super) fn below(&self, at: i64) -> Option<i64> {
        let holds = self.0.iter().find(|(low, high)| (*low..=*high).contains(&at));
        holds.map_or(Some(at), |(low, _)| low.checked_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_touch_become_one_and_are_jumped_over() {
        let mut covered = Covered::default();
        covered.add(50, 60);
        covered.add(20, 30);
        covered.add(9, 3);
        assert_eq!(covered.0, [(50, 60), (20, 30)]);
        assert_eq!(
            [70, 60, 55, 50, 49].map(|at| covered.below(at)),
            [70, 49, 49, 49, 49].map(Some)
        );
        covered.add(31, 49);
        assert_eq!((covered.0.clone(), covered.below(40)), (vec![(20, 60)], Some(19)));
        covered.add(i64::MIN, 19);
        assert_eq!((covered.below(60), covered.below(61)), (None, Some(61)));
    }

    proptest::proptest! {
        #[test]
        fn it_holds_what_was_added_and_nothing_else(added in proptest::collection::vec((0_i64..40, 0_i64..40), 0..12)) {
            let mut covered = Covered::default();
            added.iter().for_each(|(from, until)| covered.add(*from, *until));
            for at in 0..40 {
                let held = added.iter().any(|(from, until)| (*from..=*until).contains(&at));
                proptest::prop_assert_eq!(covered.below(at) != Some(at), held, "{} {:?}", at, covered);
            }
        }
    }
}
