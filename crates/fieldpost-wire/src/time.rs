//! Instants in UTC: printed and taken apart without a clock, a zone table or an allocator.
//!
//! Time zones and the many ways in which clients spell a time live in `zone.rs`.

use core::fmt;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, before or after.
///
/// ThingSpeak's interfaces show whole seconds only; [`fmt::Display`] prints that form. The milliseconds
/// keep the order of entries that come faster than one a second.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

/// A date and time of day without a zone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Civil {
    /// The year, such as 2026.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

pub(crate) const DAY: i64 = 86_400;

impl Timestamp {
    /// The earliest instant that is accepted: the year 0.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// The latest instant that is accepted: the end of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since 1970.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded towards the past.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant some milliseconds later, or earlier if negative; stays within what is accepted.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis)).clamp(Self::MIN, Self::MAX)
    }

    /// Date and time of day at an offset from UTC in seconds (positive is east).
    pub const fn civil(self, offset: i32) -> Civil {
        let seconds = self.seconds() + offset as i64;
        let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        // Days to a date, with years that begin in March so that leap days come last.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        Civil {
            year: (year_of_era + era * 400 + if month <= 2 { 1 } else { 0 }) as i32,
            month: month as u8,
            day: (day_of_year - (153 * month_index + 2) / 5 + 1) as u8,
            hour: (rest / 3_600) as u8,
            minute: (rest / 60 % 60) as u8,
            second: (rest % 60) as u8,
        }
    }

    /// The instant of a date and time of day in UTC.
    pub const fn from_civil(civil: Civil) -> Self {
        let year = civil.year as i64 - if civil.month <= 2 { 1 } else { 0 };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_index = (civil.month as i64 + 9) % 12;
        let day_of_year = (153 * month_index + 2) / 5 + civil.day as i64 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        Self::from_seconds(
            days * DAY + civil.hour as i64 * 3_600 + civil.minute as i64 * 60 + civil.second as i64,
        )
    }
}

impl fmt::Display for Timestamp {
    /// Prints `2024-05-06T07:08:09Z`: seconds only, as every ThingSpeak interface does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.civil(0))
    }
}

impl fmt::Display for Civil {
    /// Prints `2024-05-06T07:08:09`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.spelled()).unwrap_or_default())
    }
}

impl Civil {
    /// Appends what is printed.
    #[cfg(feature = "alloc")]
    pub(crate) fn push_to(&self, out: &mut alloc::string::String) {
        out.push_str(core::str::from_utf8(&self.spelled()).unwrap_or_default());
    }

    /// The date as it is printed, with the `T` behind it.
    #[cfg(feature = "alloc")]
    pub(crate) fn spelled_date(&self) -> [u8; 11] {
        let mut date = [0; 11];
        date.copy_from_slice(&self.spelled()[..11]);
        date
    }

    /// As it is printed, for years from 0 to 9999, which is all that is accepted. Answers hold thousands of times, and the formatting
    /// of `core` takes ten times as long.
    fn spelled(&self) -> [u8; 19] {
        let mut out = *b"0000-00-00T00:00:00";
        let mut put = |at: usize, number: u32| {
            out[at] += (number / 10 % 10) as u8;
            out[at + 1] += (number % 10) as u8;
        };
        let year = self.year.unsigned_abs();
        put(0, year / 100);
        put(2, year % 100);
        let rest = [self.month, self.day, self.hour, self.minute, self.second];
        for (number, at) in rest.into_iter().zip([5, 8, 11, 14, 17]) {
            put(at, number.into());
        }
        out
    }

    /// True if the date exists and the time of day is within its bounds.
    pub const fn is_real(&self) -> bool {
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            _ => return false,
        };
        self.year >= 0
            && self.year <= 9999
            && self.day >= 1
            && self.day <= days
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn known_instants_print_as_on_the_wire() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_714_979_289, "2024-05-06T07:08:09Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp::from_seconds(seconds).to_string(), text);
        }
        assert_eq!(Timestamp::from_millis(999).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Timestamp::MIN.to_string(), "0000-01-01T00:00:00Z");
    }

    #[test]
    fn every_day_of_four_centuries_goes_there_and_back() {
        for day in 0..146_097 {
            let instant = Timestamp::from_seconds(day * DAY + 3_661);
            let civil = instant.civil(0);
            assert!(civil.is_real(), "{civil}");
            assert_eq!(Timestamp::from_civil(civil), instant);
        }
    }

    #[test]
    fn an_offset_moves_the_clock_not_the_instant() {
        let instant = Timestamp::from_seconds(1_714_979_289);
        assert_eq!(instant.civil(-4 * 3600).to_string(), "2024-05-06T03:08:09");
    }
}
