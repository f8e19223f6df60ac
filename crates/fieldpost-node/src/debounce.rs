//! A button without its bounce: a press counts at once, then the button is not listened to for a moment.

use crate::clock::Uptime;
use core::time::Duration;

/// The state of one button.
#[derive(Clone, Copy, Debug, Default)]
pub struct Debounce {
    /// The level as last seen at the pin.
    level: bool,
    /// The level that counts.
    settled: bool,
    /// Changes are not listened to before this moment.
    deaf_until: Uptime,
}

impl Debounce {
    /// How long a button may bounce.
    pub const BOUNCE: Duration = Duration::from_millis(25);

    /// Hears a change of level; true if this is a press.
    pub fn hear(&mut self, now: Uptime, pressed: bool) -> bool {
        self.level = pressed;
        self.settle(now)
    }

    /// Lets time pass; true if a press came to light that fell into the bounce of something else.
    pub fn settle(&mut self, now: Uptime) -> bool {
        if self.level == self.settled || now < self.deaf_until {
            return false;
        }
        self.settled = self.level;
        self.deaf_until = now.after(Self::BOUNCE);
        self.settled
    }

    /// True while the button is held down.
    pub const fn is_pressed(&self) -> bool {
        self.settled
    }

    /// When to call [`Debounce::settle`] next, if it matters.
    pub fn settle_at(&self) -> Option<Uptime> {
        (self.level != self.settled).then_some(self.deaf_until)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    /// Counts the presses in a list of (millisecond, level).
    fn presses(edges: &[(u64, bool)]) -> Vec<u64> {
        let mut button = Debounce::default();
        let mut found = Vec::new();
        for (at, level) in edges {
            if let Some(due) = button.settle_at().filter(|due| due.millis() <= *at)
                && button.settle(due)
            {
                found.push(due.millis());
            }
            if button.hear(Uptime::from_millis(*at), *level) {
                found.push(*at);
            }
        }
        found
    }

    #[test]
    fn a_bouncing_press_counts_once_and_at_once() {
        let edges = [(100, true), (101, false), (103, true), (104, false), (109, true)];
        assert_eq!(presses(&edges), [100]);
    }

    #[test]
    fn a_bouncing_release_is_not_a_press() {
        let edges =
            [(100, true), (400, false), (401, true), (402, false), (405, true), (410, false)];
        assert_eq!(presses(&edges), [100]);
    }

    #[test]
    fn two_presses_count_twice() {
        assert_eq!(presses(&[(100, true), (200, false), (300, true), (400, false)]), [100, 300]);
    }

    #[test]
    fn a_press_inside_the_bounce_of_a_release_comes_to_light() {
        let edges = [(100, true), (200, false), (210, true), (300, true)];
        assert_eq!(presses(&edges), [100, 225]);
    }
}
