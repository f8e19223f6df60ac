//! The programs of the two boards.

mod delivery;
pub mod display;
pub mod held;
pub mod sensor;

use crate::clock::Uptime;
use core::time::Duration;

/// How long a node waits for the answer to an ordinary request.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Something that is done again and again. Turns that were missed are not made up for.
#[derive(Clone, Copy, Debug, Default)]
struct Rounds {
    next: Uptime,
}

impl Rounds {
    /// True if a round begins now; the one after it is then an interval away.
    fn begin(&mut self, now: Uptime, interval: Duration) -> bool {
        if now < self.next {
            return false;
        }
        self.next = self.next.after(interval);
        if self.next <= now {
            self.next = now.after(interval);
        }
        true
    }
}

/// A light, and whether the shell knows its state yet.
#[derive(Clone, Copy, Debug, Default)]
struct Light {
    on: bool,
    told: bool,
}

impl Light {
    fn set(&mut self, on: bool) {
        self.told &= self.on == on;
        self.on = on;
    }

    /// The state, if the shell must be told.
    fn news(&mut self) -> Option<bool> {
        (!core::mem::replace(&mut self.told, true)).then_some(self.on)
    }
}

/// The earliest of several moments.
fn earliest(moments: impl IntoIterator<Item = Option<Uptime>>) -> Option<Uptime> {
    moments.into_iter().flatten().min()
}
