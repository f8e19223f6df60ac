//! Time as a board knows it: how long it has been running, and, once told, what o'clock it is.
//!
//! Nothing here reads a clock. Both kinds of time come in with the events.

use core::time::Duration;
use fieldpost_wire::{Timestamp, time::Civil};

/// How long the board has been running.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Uptime(u64);

impl Uptime {
    /// From milliseconds since power-on.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since power-on.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// The moment that is so much later.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)))
    }

    /// The time from an earlier moment to this one; zero if that moment is still to come.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Turns uptimes into instants, once it has been told the time.
///
/// The first answer counts. Later ones correct it only when they are more than [`Clock::SLACK`] away,
/// because the `Date` of a reply has whole seconds and arrives late: following each of them would make
/// the clock tremble.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// Milliseconds since 1970 at power-on.
    started: Option<i64>,
}

impl Clock {
    /// How far the clock may be from what it is told before it is set anew.
    pub const SLACK: Duration = Duration::from_secs(2);

    /// Hears what time it is.
    pub fn hear(&mut self, now: Uptime, instant: Timestamp) {
        let uptime = i64::try_from(now.millis()).unwrap_or(i64::MAX);
        let started = instant.millis().saturating_sub(uptime);
        let off = self.started.map(|known| known.abs_diff(started));
        if off.is_none_or(|off| u128::from(off) > Self::SLACK.as_millis()) {
            self.started = Some(started);
        }
    }

    /// True if it was ever told the time.
    pub const fn is_set(&self) -> bool {
        self.started.is_some()
    }

    /// The instant of an uptime, if the clock was ever told the time.
    pub fn instant(&self, at: Uptime) -> Option<Timestamp> {
        let uptime = i64::try_from(at.millis()).unwrap_or(i64::MAX);
        self.started.map(|started| Timestamp::from_millis(started).plus_millis(uptime))
    }
}

/// Reads the instant in a `Date` header, such as `Mon, 23 Nov 2026 20:14:55 GMT`.
pub fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.trim().strip_suffix(" GMT")?.split([' ', ':']).skip(1);
    let number = |digits: Option<&str>| -> Option<u16> {
        digits.filter(|digits| digits.bytes().all(|c| c.is_ascii_digit()))?.parse().ok()
    };
    let day = number(parts.next())?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? + 1;
    let [year, hour, minute, second] = [(); 4].map(|()| number(parts.next()));
    let civil = Civil {
        year: i32::from(year?),
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
        hour: u8::try_from(hour?).ok()?,
        minute: u8::try_from(minute?).ok()?,
        second: u8::try_from(second?).ok()?,
    };
    (civil.is_real() && parts.next().is_none()).then(|| Timestamp::from_civil(civil))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_795_608_000);

    #[test]
    fn a_clock_that_was_never_told_the_time_does_not_guess() {
        assert_eq!(Clock::default().instant(Uptime::from_millis(5)), None);
    }

    #[test]
    fn a_clock_dates_what_was_before_it_knew_the_time() {
        let mut clock = Clock::default();
        clock.hear(Uptime::from_millis(60_000), NOON);
        let before = clock.instant(Uptime::from_millis(45_500)).unwrap();
        assert_eq!(before, NOON.plus_millis(-14_500));
    }

    #[test]
    fn a_clock_is_not_moved_by_late_replies_but_by_real_news() {
        let mut clock = Clock::default();
        clock.hear(Uptime::from_millis(0), NOON);
        clock.hear(Uptime::from_millis(1_900), NOON);
        assert_eq!(clock.instant(Uptime::from_millis(0)), Some(NOON));
        clock.hear(Uptime::from_millis(0), NOON.plus_millis(2_001));
        assert_eq!(clock.instant(Uptime::from_millis(0)), Some(NOON.plus_millis(2_001)));
    }

    #[test]
    fn the_date_of_a_reply_is_read_and_nonsense_is_not() {
        let known = Timestamp::from_seconds(784_111_777);
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(known));
        for bad in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(http_date(bad), None, "{bad}");
        }
    }
}
