//! When something is due. Pure: the times and a moment go in, the next moment comes out.
//!
//! A time of day is that of the zone's clock. In the night in which the clock is put forward a time that it leaps over comes as much
//! later; in the night in which it is put back a time that it shows twice counts the first time.

use fieldpost_store::automations::At;
use fieldpost_wire::time::Civil;
use fieldpost_wire::{Timestamp, Zone};

pub(super) const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The first moment after `after`. Hours and minutes are counted from `since`.
pub(super) fn next(zone: &Zone, at: &At, since: i64, after: i64) -> Option<i64> {
    match at {
        At::Once { at } => Some(*at).filter(|at| *at > after),
        At::Hours { every } => Some(step(since, i64::from(*every).max(1) * HOUR, after)),
        At::Minutes { every } => Some(step(since, i64::from(*every).max(1) * MINUTE, after)),
        At::Day { time } => of_days(zone, &[], time, after),
        At::Week { days, time } => of_days(zone, days, time, after),
    }
}

/// The first of `from`, `from + every` … after `after`, but not `from` itself.
pub(super) fn step(from: i64, every: i64, after: i64) -> i64 {
    from + (after - from).div_euclid(every).max(0) * every + every
}

/// Reads a time of day such as `07:30`: hours and minutes.
pub(super) fn time_of_day(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let read = |text: &str, below: u8| {
        let short = (1..=2).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
        text.parse().ok().filter(|number| short && *number < below)
    };
    Some((read(hour, 24)?, read(minute, 60)?))
}

/// The shortest time between two moments, in minutes; none for what happens once.
pub(super) fn gap_minutes(at: &At) -> Option<u32> {
    match at {
        At::Once { .. } => None,
        At::Hours { every } => Some(every.saturating_mul(60)),
        At::Minutes { every } => Some(*every),
        // One day in the year is an hour short.
        At::Day { .. } | At::Week { .. } => Some(23 * 60),
    }
}

/// Some time around a moment, up to so many minutes before or after it. The same seed gives the same.
pub(super) fn fuzzy(base: i64, minutes: u32, seed: u64) -> i64 {
    let span = i64::from(minutes) * MINUTE;
    if span == 0 {
        return base;
    }
    let dice = mix(seed ^ mix(base as u64));
    base - span + (dice % (2 * span as u64 + 1)) as i64
}

/// Makes of a number one that looks like chance (splitmix64).
pub(super) const fn mix(number: u64) -> u64 {
    let mut n = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn of_days(zone: &Zone, days: &[u8], time: &str, after: i64) -> Option<i64> {
    let (hour, minute) = time_of_day(time)?;
    let moment = Timestamp::from_millis(after);
    let today = moment.civil(zone.offset_at(moment));
    let noon = Timestamp::from_civil(Civil { hour: 12, minute: 0, second: 0, ..today });
    (0..=8).find_map(|later| {
        let date = noon.plus_millis(later * DAY);
        // The first of January 1970 was a Thursday.
        let weekday = (date.seconds().div_euclid(86_400) + 3).rem_euclid(7) as u8 + 1;
        let due = zone.instant_of(Civil { hour, minute, second: 0, ..date.civil(0) }).millis();
        ((days.is_empty() || days.contains(&weekday)) && due > after).then_some(due)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zurich() -> Zone {
        Zone::named("Europe/Zurich").unwrap()
    }

    fn ms(text: &str) -> i64 {
        Zone::Utc.parse(text).unwrap_or_else(|| panic!("{text}")).millis()
    }

    /// The next so many moments, as they are in UTC.
    fn moments(at: &At, after: &str, count: usize) -> Vec<String> {
        let mut moment = ms(after);
        let since = moment;
        let mut all = Vec::new();
        while all.len() < count
            && let Some(next) = next(&zurich(), at, since, moment)
        {
            moment = next;
            all.push(Timestamp::from_millis(next).to_string());
        }
        all
    }

    #[test]
    fn a_day_has_its_time_on_the_clock_of_the_zone_also_when_it_is_changed() {
        let at = At::Day { time: "07:30".into() };
        assert_eq!(
            moments(&at, "2026-03-28T00:00:00Z", 3),
            ["2026-03-28T06:30:00Z", "2026-03-29T05:30:00Z", "2026-03-30T05:30:00Z"]
        );
        // The clock leaps from two to three: half past two is half past three.
        let night = At::Day { time: "02:30".into() };
        assert_eq!(
            moments(&night, "2026-03-28T12:00:00Z", 2),
            ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
        );
        // The clock shows half past two twice: the first one counts, once.
        assert_eq!(
            moments(&night, "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
    }

    #[test]
    fn an_evening_in_the_west_is_that_of_its_own_day() {
        let west = Zone::named("America/Los_Angeles").unwrap();
        let at = At::Week { days: vec![3], time: "20:00".into() };
        // It is six in the evening there, on a Wednesday; in UTC it is Thursday already.
        let due = next(&west, &at, 0, ms("2026-11-26T02:00:00Z")).unwrap();
        assert_eq!(Timestamp::from_millis(due).to_string(), "2026-11-26T04:00:00Z");
    }

    #[test]
    fn a_week_has_its_days() {
        let at = At::Week { days: vec![1, 7], time: "00:05".into() };
        // 2026-11-25 is a Wednesday.
        assert_eq!(
            moments(&at, "2026-11-25T19:00:00Z", 3),
            ["2026-11-28T23:05:00Z", "2026-11-29T23:05:00Z", "2026-12-05T23:05:00Z"]
        );
        let only_today = At::Week { days: vec![3], time: "20:00".into() };
        assert_eq!(moments(&only_today, "2026-11-25T19:00:00Z", 1), ["2026-12-02T19:00:00Z"]);
    }

    #[test]
    fn hours_and_minutes_are_counted_and_once_is_once() {
        let at = At::Minutes { every: 90 };
        assert_eq!(
            moments(&at, "2026-03-29T00:00:00Z", 2),
            ["2026-03-29T01:30:00Z", "2026-03-29T03:00:00Z"]
        );
        assert_eq!(next(&zurich(), &At::Hours { every: 6 }, 0, 13 * HOUR), Some(18 * HOUR));
        assert_eq!(next(&zurich(), &At::Hours { every: 6 }, 0, 18 * HOUR), Some(24 * HOUR));
        let once = At::Once { at: ms("2026-11-26T00:00:00Z") };
        assert_eq!(moments(&once, "2026-11-25T00:00:00Z", 5), ["2026-11-26T00:00:00Z"]);
        assert_eq!(moments(&once, "2026-11-26T00:00:00Z", 5), [""; 0]);
    }

    #[test]
    fn a_fuzzy_time_stays_near_and_differs_by_day_and_seed() {
        let days: Vec<i64> = (0..500).map(|day| fuzzy(day * DAY, 5, 7) - day * DAY).collect();
        assert!(days.iter().all(|off| off.abs() <= 5 * MINUTE));
        assert!(
            days.iter().any(|off| *off > 4 * MINUTE) && days.iter().any(|off| *off < -4 * MINUTE)
        );
        assert_eq!(fuzzy(DAY, 5, 7), fuzzy(DAY, 5, 7));
        assert_ne!(fuzzy(DAY, 5, 7), fuzzy(DAY, 5, 8));
        assert_eq!(fuzzy(DAY, 0, 7), DAY);
    }

    #[test]
    fn a_time_of_day_is_read_strictly() {
        assert_eq!(time_of_day("07:30"), Some((7, 30)));
        assert_eq!(time_of_day("0:05"), Some((0, 5)));
        for text in ["", "7", "24:00", "12:60", "07:30:00", "-1:00", "+7:30", "007:30"] {
            assert_eq!(time_of_day(text), None, "{text}");
        }
    }
}
