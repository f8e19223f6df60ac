//! A push button: its contacts bounce for some milliseconds whenever they close or open.

use crate::nature::Chance;
use std::time::Duration;

/// A button and how it bounces.
#[derive(Clone, Debug)]
pub struct Button {
    chance: Chance,
    pressed: bool,
}

impl Button {
    /// How long the contacts bounce, at most.
    pub const BOUNCE: Duration = Duration::from_millis(12);

    /// A button that nobody presses.
    pub const fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed), pressed: false }
    }

    /// True while a finger is on it.
    pub const fn is_pressed(&self) -> bool {
        self.pressed
    }

    /// Presses it or lets go: gives the changes of level that follow, as time from now and whether the
    /// contacts are closed. The first one comes at once, the last one is what stays. Nothing follows
    /// if nothing changed.
    pub fn set(&mut self, pressed: bool) -> Vec<(Duration, bool)> {
        if self.pressed == pressed {
            return Vec::new();
        }
        self.pressed = pressed;
        let mut edges = vec![(Duration::ZERO, pressed)];
        let mut at = Duration::ZERO;
        for _ in 0..self.chance.below(4) {
            for level in [!pressed, pressed] {
                at += Duration::from_micros(100 + self.chance.below(1_400));
                edges.push((at, level));
            }
        }
        edges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_bounces_and_then_stays() {
        let mut button = Button::new(3);
        let mut bounced = 0;
        for n in 0..200 {
            let pressed = n % 2 == 0;
            let edges = button.set(pressed);
            assert_eq!(edges[0], (Duration::ZERO, pressed));
            assert!(edges.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1));
            let (last, level) = edges[edges.len() - 1];
            assert!(last < Button::BOUNCE && level == pressed);
            bounced += usize::from(edges.len() > 1);
            assert!(button.set(pressed).is_empty(), "it is {pressed} already");
        }
        assert!((100..200).contains(&bounced), "{bounced} of 200 bounced");
    }
}
