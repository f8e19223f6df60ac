//! Time zones, and reading a time in all the spellings that clients use.
//!
//! The zone of a request decides how its answer shows times and how a time without an offset is read.

use alloc::string::String;
use core::fmt::Write as _;

use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::number::leading_int;
use crate::spelling::usual;
use crate::time::{Civil, DAY, Timestamp};

/// The zone in which a request reads and shows times.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Zone {
    /// UTC, shown as `Z`.
    #[default]
    Utc,
    /// A fixed offset from UTC in seconds, positive is east.
    Fixed(i32),
    /// A zone of the IANA database, such as `Europe/Zurich`, with its summer times.
    Named(TimeZone),
}

impl Zone {
    /// Picks the zone from the `timezone` and `offset` parameters: a known zone name wins; an unknown
    /// name means UTC; without a name whole hours of `offset` count.
    pub fn of_request(timezone: Option<&str>, offset: Option<&str>) -> Self {
        match timezone.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => Self::named(name).unwrap_or_default(),
            None => match offset.map_or(0, leading_int) {
                0 => Self::Utc,
                hours if hours.abs() <= 14 => Self::Fixed(hours as i32 * 3_600),
                _ => Self::Utc,
            },
        }
    }

    /// Looks up an IANA name.
    pub fn named(name: &str) -> Option<Self> {
        if ["UTC", "Etc/UTC", "Etc/UCT", "GMT", "Etc/GMT", "Zulu", "Etc/Zulu"].contains(&name) {
            return Some(Self::Utc);
        }
        TimeZone::get(name).ok().map(Self::Named)
    }

    /// The offset from UTC at an instant, in seconds.
    pub fn offset_at(&self, instant: Timestamp) -> i32 {
        match self {
            Self::Utc => 0,
            Self::Fixed(offset) => *offset,
            Self::Named(zone) => jiff::Timestamp::from_second(instant.seconds())
                .map_or(0, |instant| zone.to_offset(instant).seconds()),
        }
    }

    /// The instant at which a clock in this zone shows `civil`. Where the clock is put back the earlier
    /// instant is meant; a time that the clock leaps over is read with the offset before the leap.
    pub fn instant_of(&self, civil: Civil) -> Timestamp {
        let utc = Timestamp::from_civil(civil);
        let offset = match self {
            Self::Utc => 0,
            Self::Fixed(offset) => *offset,
            Self::Named(zone) => {
                let (year, month, day) = (civil.year as i16, civil.month as i8, civil.day as i8);
                let (hour, minute, second) =
                    (civil.hour as i8, civil.minute as i8, civil.second as i8);
                match jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0) {
                    Ok(local) => match zone.to_ambiguous_timestamp(local).offset() {
                        AmbiguousOffset::Unambiguous { offset }
                        | AmbiguousOffset::Gap { before: offset, .. }
                        | AmbiguousOffset::Fold { before: offset, .. } => offset.seconds(),
                    },
                    Err(_) => 0,
                }
            }
        };
        utc.plus_millis(-i64::from(offset) * 1000)
    }

    /// Writes a time as JSON and XML answers show it: `2024-05-06T07:08:09Z`, or with `-04:00` in another zone.
    pub fn write_iso(&self, out: &mut String, instant: Timestamp) {
        let offset = self.offset_at(instant);
        instant.civil(offset).push_to(out);
        self.write_offset(out, offset);
    }

    /// Writes what stands behind a time of day.
    fn write_offset(&self, out: &mut String, offset: i32) {
        if *self == Self::Utc {
            return out.push('Z');
        }
        let (sign, hours, minutes) = split_offset(offset);
        // Writing into a String cannot fail.
        let _ = write!(out, "{sign}{hours:02}:{minutes:02}");
    }

    /// Writes a time as CSV answers show it: `2024-05-06 07:08:09 UTC`, or with `-0400` in another zone.
    pub fn write_csv(&self, out: &mut String, instant: Timestamp) {
        let offset = self.offset_at(instant);
        let start = out.len();
        instant.civil(offset).push_to(out);
        // The one place where the form differs from ISO before the zone: a space for the T.
        if let Some(t) = out[start..].find('T') {
            out.replace_range(start + t..=start + t, " ");
        }
        let _ = if *self == Self::Utc {
            write!(out, " UTC")
        } else {
            let (sign, hours, minutes) = split_offset(offset);
            write!(out, " {sign}{hours:02}{minutes:02}")
        };
    }

    /// Reads a time as clients spell it; `None` if it is none.
    ///
    /// Date and time of day parted by a space or `T`, seconds and their fraction may be missing, so may
    /// the time of day. An offset may follow: `Z`, `UTC`, `+02:00`, `+0200`, `-05`, or ` 02:00`, which is what
    /// an unencoded plus leaves behind. Without one this zone's clock is meant. Other spellings: `spelling.rs`.
    pub fn parse(&self, text: &str) -> Option<Timestamp> {
        self.parse_usual(text).or_else(|| self.parse_usual(&usual(text)?))
    }

    fn parse_usual(&self, text: &str) -> Option<Timestamp> {
        let mut rest = Rest(text.trim());
        let year = rest.digits(4, 4)? as i32;
        let dash = rest.any(&['-', '/'])?;
        let month = rest.digits(1, 2)? as u8;
        rest.any(&[dash])?;
        let day = rest.digits(1, 2)? as u8;
        let mut civil = Civil { year, month, day, hour: 0, minute: 0, second: 0 };
        let mut millis = 0;
        if rest.any(&['T', 't', ' ']).is_some() && rest.next_is_digit_after_spaces() {
            civil.hour = rest.digits(1, 2)? as u8;
            rest.any(&[':'])?;
            civil.minute = rest.digits(1, 2)? as u8;
            if rest.any(&[':']).is_some() {
                civil.second = rest.digits(1, 2)? as u8;
                if rest.any(&['.', ',']).is_some() {
                    millis = rest.fraction_millis()?;
                }
            }
        }
        if civil.second == 60 {
            civil.second = 59; // a leap second, which our clock does not show
        }
        if (civil.hour, civil.minute, civil.second, millis) == (24, 0, 0, 0) {
            (civil.hour, millis) = (0, 86_400_000); // the end of a day, as ISO 8601 allows
        }
        if !civil.is_real() {
            return None;
        }
        let spaced = rest.0.starts_with(' ');
        let instant = match rest.0.trim() {
            "" => self.instant_of(civil),
            suffix => {
                let offset = parse_offset(suffix, spaced)?;
                Timestamp::from_civil(civil).plus_millis(-i64::from(offset) * 1000)
            }
        };
        Some(instant.plus_millis(millis))
    }

    /// Reads a time that may also be given as seconds since 1970, as bulk updates may.
    pub fn parse_or_epoch(&self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        let digits = text.strip_prefix('-').unwrap_or(text);
        // Up to eleven digits: year 5138. A date without dashes is not a spelling we know.
        if !digits.is_empty() && digits.len() <= 11 && digits.bytes().all(|c| c.is_ascii_digit()) {
            let instant = Timestamp::from_seconds(text.parse().ok()?);
            return (Timestamp::MIN..=Timestamp::MAX).contains(&instant).then_some(instant);
        }
        self.parse(text)
    }
}

/// Sign, hours and minutes of an offset in seconds.
fn split_offset(offset: i32) -> (char, i32, i32) {
    let sign = if offset < 0 { '-' } else { '+' };
    (sign, offset.abs() / 3_600, offset.abs() / 60 % 60)
}

/// Reads what follows a time of day: an offset or a zone's name, as seconds east of UTC.
fn parse_offset(suffix: &str, spaced: bool) -> Option<i32> {
    let named = match suffix.to_ascii_uppercase().as_str() {
        "Z" | "UTC" | "GMT" | "UT" => Some(0),
        "EST" | "CDT" => Some(-5),
        "EDT" => Some(-4),
        "CST" | "MDT" => Some(-6),
        "MST" | "PDT" => Some(-7),
        "PST" => Some(-8),
        "CET" | "BST" => Some(1),
        "CEST" => Some(2),
        _ => None,
    };
    if let Some(hours) = named {
        return Some(hours * 3_600);
    }
    let (sign, digits) = match suffix.as_bytes().first()? {
        b'+' => (1, &suffix[1..]),
        b'-' => (-1, &suffix[1..]),
        // A plus that was not percent-encoded has become the space before these digits.
        b'0'..=b'9' if spaced => (1, suffix),
        _ => return None,
    };
    let mut rest = Rest(digits);
    let hours = rest.digits(2, 2)? as i32;
    let minutes = if rest.0.is_empty() {
        0
    } else {
        let _ = rest.any(&[':']);
        rest.digits(2, 2)? as i32
    };
    (rest.0.is_empty() && hours <= 15 && minutes < 60)
        .then_some(sign * (hours * 3_600 + minutes * 60))
}

/// What is left of a text that is being read from its front.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// Takes between `min` and `max` digits.
    fn digits(&mut self, min: usize, max: usize) -> Option<u32> {
        let count = self.0.bytes().take(max).take_while(u8::is_ascii_digit).count();
        if count < min {
            return None;
        }
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits.parse().ok()
    }

    /// Takes one of these characters.
    fn any(&mut self, wanted: &[char]) -> Option<char> {
        let first = self.0.chars().next().filter(|c| wanted.contains(c))?;
        self.0 = &self.0[first.len_utf8()..];
        Some(first)
    }

    /// Skips spaces; true if a digit comes next.
    fn next_is_digit_after_spaces(&mut self) -> bool {
        let trimmed = self.0.trim_start();
        if trimmed.starts_with(|c: char| c.is_ascii_digit()) {
            self.0 = trimmed;
            return true;
        }
        false
    }

    /// Takes the digits of a second's fraction, in milliseconds; more digits are cut off.
    fn fraction_millis(&mut self) -> Option<i64> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let mut millis = 0;
        for place in 0..3 {
            millis = millis * 10 + digits.as_bytes().get(place).map_or(0, |d| i64::from(d - b'0'));
        }
        (count > 0).then_some(millis)
    }
}

/// A zone's clock for times that are written one after the other: of those of one day the date is made once.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    zone: Zone,
    /// A day and its date, up to where the time of day begins.
    date: Option<(i64, [u8; 11])>,
}

impl Clock {
    pub(crate) fn new(zone: Zone) -> Self {
        Self { zone, date: None }
    }

    pub(crate) fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Writes a time as [`Zone::write_iso`] does.
    pub(crate) fn write_iso(&mut self, out: &mut String, instant: Timestamp) {
        let offset = self.zone.offset_at(instant);
        let seconds = instant.seconds() + i64::from(offset);
        let (day, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY) as u32);
        let date = match self.date {
            Some((known, date)) if known == day => date,
            _ => instant.civil(offset).spelled_date(),
        };
        self.date = Some((day, date));
        out.push_str(core::str::from_utf8(&date).unwrap_or_default());
        let mut time = *b"00:00:00";
        for (at, number) in [(0, second / 3_600), (3, second / 60 % 60), (6, second % 60)] {
            time[at] += (number / 10) as u8;
            time[at + 1] += (number % 10) as u8;
        }
        out.push_str(core::str::from_utf8(&time).unwrap_or_default());
        self.zone.write_offset(out, offset);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;

    fn utc(text: &str) -> Option<std::string::String> {
        Zone::Utc.parse(text).map(|t| t.to_string())
    }

    #[test]
    fn times_are_read_in_every_spelling_that_clients_use() {
        for text in [
            "2024-05-06 07:08:09",
            "2024-05-06T07:08:09",
            "2024-05-06T07:08:09Z",
            "2024-05-06T07:08:09.123Z",
            "2024-05-06 07:08:09.000",
            "2024-05-06T09:08:09+02:00",
            "2024-05-06T09:08:09+0200",
            "2024-05-06 09:08:09 +0200",
            "2024-05-06T09:08:09 02:00",
            "2024-05-06T02:08:09-05",
            "2024-05-06 02:08:09 EST",
            "2024-05-06 07:08:09 UTC",
            " 2024/5/6 7:8:9 ",
        ] {
            assert_eq!(utc(text).as_deref(), Some("2024-05-06T07:08:09Z"), "{text:?}");
        }
        assert_eq!(utc("2024-05-06 07:08").as_deref(), Some("2024-05-06T07:08:00Z"));
        assert_eq!(utc("2024-05-06").as_deref(), Some("2024-05-06T00:00:00Z"));
        for text in [
            "",
            "now",
            "2024-13-01",
            "2024-02-30",
            "2024-05-06 25:00:00",
            "24-05-06",
            "2024-05-06 07:08:09 LATER",
            "12:00",
        ] {
            assert_eq!(utc(text), None, "{text:?}");
        }
    }

    #[test]
    fn bulk_times_may_be_seconds_since_1970() {
        let zone = Zone::Fixed(7_200);
        assert_eq!(zone.parse_or_epoch("1714979289").unwrap().to_string(), "2024-05-06T07:08:09Z");
        assert_eq!(
            zone.parse_or_epoch("2024-05-06 09:08:09").unwrap().to_string(),
            "2024-05-06T07:08:09Z"
        );
    }

    proptest! {
        #[test]
        fn a_clock_writes_each_time_as_its_zone_does(
            start in -62_167_219_200i64..253_402_300_000,
            steps in proptest::collection::vec(-90_000i64..90_000, 0..40),
            zone in prop_oneof![
                Just(Zone::Utc),
                (-50_400i32..50_400).prop_map(Zone::Fixed),
                Just(Zone::named("Europe/Zurich").unwrap()),
            ],
        ) {
            let mut clock = Clock::new(zone.clone());
            let mut second = start;
            for step in steps {
                second += step;
                let (time, mut one, mut other) = (Timestamp::from_seconds(second), String::new(), String::new());
                clock.write_iso(&mut one, time);
                zone.write_iso(&mut other, time);
                prop_assert_eq!(one, other);
            }
        }
    }

    #[test]
    fn a_named_zone_keeps_its_summer_time() {
        let zone = Zone::of_request(Some("America/New_York"), Some("3"));
        let mut text = String::new();
        let summer = zone.parse("2024-05-06 03:08:09").unwrap();
        zone.write_iso(&mut text, summer);
        text.push('|');
        zone.write_csv(&mut text, summer);
        text.push('|');
        zone.write_iso(&mut text, zone.parse("2024-01-06 03:08:09").unwrap());
        assert_eq!(
            text,
            "2024-05-06T03:08:09-04:00|2024-05-06 03:08:09 -0400|2024-01-06T03:08:09-05:00"
        );
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_first_and_one_that_never_comes_is_after_the_leap() {
        let zone = Zone::named("Europe/Zurich").unwrap();
        assert_eq!(zone.parse("2024-10-27 02:30:00").unwrap().to_string(), "2024-10-27T00:30:00Z");
        assert_eq!(zone.parse("2024-03-31 02:30:00").unwrap().to_string(), "2024-03-31T01:30:00Z");
    }

    #[test]
    fn an_unknown_zone_is_utc_and_an_offset_is_whole_hours() {
        assert_eq!(Zone::of_request(Some("Mars/Olympus"), None), Zone::Utc);
        assert_eq!(Zone::of_request(None, Some("-5")), Zone::Fixed(-18_000));
        assert_eq!(Zone::of_request(None, Some("5.5")), Zone::Fixed(18_000));
        assert_eq!(Zone::of_request(None, Some("x")), Zone::Utc);
        assert_eq!(Zone::of_request(Some(""), Some("2")), Zone::Fixed(7_200));
        let mut text = String::new();
        Zone::Utc.write_csv(&mut text, Timestamp::from_seconds(1_714_979_289));
        assert_eq!(text, "2024-05-06 07:08:09 UTC");
    }
}
