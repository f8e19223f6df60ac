//! Runs that wait: for their turn, or for another try. Bounded; who finds no room is told why. Pure.

use std::collections::{BTreeMap, HashMap, VecDeque};

use fieldpost_store::automations::Run;

/// How many runs are under way at once.
pub(super) const AT_ONCE: usize = 16;
/// How many may wait, of all automations together.
pub(super) const WAITING: usize = 1_000;
/// How many may wait of one automation.
pub(super) const WAITING_OF_ONE: usize = 250;

/// The runs that wait, and how many are under way.
#[derive(Default)]
pub(super) struct Queue {
    ready: VecDeque<Run>,
    later: BTreeMap<(i64, u64), Run>,
    waiting_of: HashMap<u64, usize>,
    active: usize,
}

impl Queue {
    /// Says why a run of an automation finds no room, if it does not; `more` are about to come before it, `own` of them of
    /// the same automation.
    pub(super) fn full(&self, automation: u64, more: usize, own: usize) -> Option<String> {
        let own = own + self.waiting_of.get(&automation).copied().unwrap_or(0);
        if self.waiting() + more >= WAITING {
            return Some(format!("left out: {WAITING} runs wait already"));
        }
        (own >= WAITING_OF_ONE)
            .then(|| format!("left out: {WAITING_OF_ONE} runs of this automation wait already"))
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.ready.len() + self.later.len()
    }

    /// How many could begin at once.
    pub(super) fn free(&self) -> usize {
        AT_ONCE.saturating_sub(self.active + self.ready.len())
    }

    /// Puts a run in line.
    pub(super) fn push(&mut self, run: Run) {
        self.count(run.automation);
        self.ready.push_back(run);
    }

    /// Puts a run aside until a time.
    pub(super) fn push_later(&mut self, at: i64, run: Run) {
        self.count(run.automation);
        self.later.insert((at, run.id), run);
    }

    /// When a run that was put aside is due next.
    pub(super) fn next_at(&self) -> Option<i64> {
        self.later.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the runs that can begin now; each counts as under way until [`Queue::end`].
    pub(super) fn begin(&mut self, now: i64) -> Vec<Run> {
        while let Some(first) = self.later.first_entry().filter(|first| first.key().0 <= now) {
            self.ready.push_back(first.remove());
        }
        let free = AT_ONCE.saturating_sub(self.active).min(self.ready.len());
        let runs: Vec<Run> = self.ready.drain(..free).collect();
        for run in &runs {
            if let Some(count) = self.waiting_of.get_mut(&run.automation) {
                *count -= 1;
                if *count == 0 {
                    self.waiting_of.remove(&run.automation);
                }
            }
        }
        self.active += runs.len();
        runs
    }

    /// Counts a run as under way that did not wait.
    pub(super) fn begin_at_once(&mut self) {
        self.active += 1;
    }

    /// A run that was under way is no longer.
    pub(super) fn end(&mut self) {
        self.active = self.active.saturating_sub(1);
    }

    fn count(&mut self, automation: u64) {
        *self.waiting_of.entry(automation).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use fieldpost_store::automations::{Cause, RunState, Standing};
    use fieldpost_wire::Timestamp;

    use super::*;

    fn run(id: u64, automation: u64) -> Run {
        let cause = Cause::default();
        let standing =
            Standing { state: RunState::Waiting, tries: 0, next_try_at: None, says: String::new() };
        let (at, reason) = (Timestamp::default(), String::new());
        Run { id, automation, at, reason, test: false, cause, standing }
    }

    fn ids(runs: &[Run]) -> Vec<u64> {
        runs.iter().map(|run| run.id).collect()
    }

    #[test]
    fn runs_begin_in_order_and_so_many_at_once() {
        let mut queue = Queue::default();
        for id in 0..20 {
            queue.push(run(id, 1));
        }
        assert_eq!(ids(&queue.begin(0)), (0..16).collect::<Vec<_>>());
        assert_eq!(ids(&queue.begin(0)), [0; 0]);
        queue.end();
        queue.push_later(5, run(30, 1));
        assert_eq!((queue.next_at(), queue.waiting()), (Some(5), 5));
        assert_eq!(ids(&queue.begin(5)), [16]);
        (0..16).for_each(|_| queue.end());
        assert_eq!(ids(&queue.begin(5)), [17, 18, 19, 30]);
        assert_eq!((queue.next_at(), queue.waiting()), (None, 0));
    }

    #[test]
    fn who_finds_no_room_is_told_why() {
        let mut queue = Queue::default();
        for id in 0..WAITING_OF_ONE as u64 {
            assert_eq!(queue.full(1, 0, 0), None);
            queue.push(run(id, 1));
        }
        assert!(queue.full(1, 0, 0).unwrap().contains("250 runs of this automation"));
        assert_eq!(queue.full(2, 0, 0), None);
        assert!(queue.full(2, WAITING_OF_ONE, WAITING_OF_ONE).is_some());
        assert!(queue.full(2, WAITING - WAITING_OF_ONE, 0).unwrap().contains("1000 runs wait"));
        queue.begin(0);
        assert_eq!(queue.full(1, 0, 0), None);
    }
}
