//! Decimal numbers compared exactly, as they are written: 0.3 is 0.30, and 30.1 less 0.2 is 29.9.

/// How many places behind the point a threshold can have.
pub(super) const PLACES: i32 = 15;
/// The largest threshold, before and behind zero.
pub(super) const LARGEST: f64 = 1e15;

/// A decimal number. Of a text with more than [`PLACES`] places it is known that there is more.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Decimal {
    /// The number in units of the last place, rounded down.
    units: i128,
    /// It is above that.
    more: bool,
}

impl Decimal {
    /// Reads a number: sign, digits, a point or comma with digits, an exponent. White space around it does not count.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (minus, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, part) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
        let digits = || whole.bytes().chain(part.bytes());
        if digits().count() == 0 || !digits().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        // So many of the digits lie before the last place that counts.
        let kept = i64::try_from(whole.len()).ok()? + i64::from(exponent) + i64::from(PLACES);
        let mut units: i128 = 0;
        let mut more = false;
        for (place, digit) in digits().enumerate() {
            let digit = i128::from(digit - b'0');
            if (place as i64) < kept {
                units = units.saturating_mul(10).saturating_add(digit);
            } else {
                more |= digit != 0;
            }
        }
        let zeros = kept - i64::try_from(whole.len() + part.len()).ok()?;
        for _ in 0..zeros.clamp(0, 40) {
            units = units.saturating_mul(10);
        }
        Some(match (minus, more) {
            (false, more) => Self { units, more },
            (true, false) => Self { units: -units, more },
            (true, true) => Self { units: (-units).saturating_sub(1), more },
        })
    }

    /// A number that was set.
    pub(super) fn of(number: f64) -> Self {
        // The shortest digits that give the same number back: what somebody typed.
        Self::read(&format!("{number}")).unwrap_or(Self { units: 0, more: false })
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { units: self.units.saturating_add(other.units), more: self.more || other.more }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self { units: self.units.saturating_sub(other.units), more: self.more }
    }
}

/// An exponent, kept small: beyond it a number is as good as zero, or as good as endless.
fn read_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i32>().unwrap_or(i32::MAX).min(400);
    Some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Decimal {
        Decimal::read(text).unwrap_or_else(|| panic!("{text:?}"))
    }

    #[test]
    fn the_same_number_is_the_same_however_it_is_written() {
        for text in ["30", "30.0", " +30.000 ", "30,0", "3e1", "0.3E+2", "300e-1", "030"] {
            assert_eq!(read(text), Decimal::of(30.0), "{text}");
        }
        assert_eq!(read("-0"), read("0"));
        assert_eq!(read(".5"), read("0.5"));
        assert_eq!(read("1e-400"), read("0").plus(Decimal { units: 0, more: true }));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", " ", "nan", "inf", "1.2.3", "12a", "-", "1e", "1e+", "0x10", "１"] {
            assert_eq!(Decimal::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_digit_far_behind_the_point_or_far_before_it_still_counts() {
        assert!(read("30.00000000000000000001") > Decimal::of(30.0));
        assert!(read("-30.00000000000000000001") < Decimal::of(-30.0));
        assert!(read("9007199254740993") > Decimal::of(9_007_199_254_740_992.0));
        assert!(read(&"9".repeat(255)) > Decimal::of(1e15));
        assert!(read(&format!("-{}", "9".repeat(255))) < Decimal::of(-1e15));
        assert!(read("1e400") > Decimal::of(1e15) && read("1e-30") > Decimal::of(0.0));
    }

    #[test]
    fn sums_are_those_of_paper() {
        assert_eq!(Decimal::of(30.1).minus(Decimal::of(0.2)), read("29.9"));
        assert_eq!(Decimal::of(0.1).plus(Decimal::of(0.2)), read("0.3"));
    }

    proptest! {
        #[test]
        fn whole_numbers_compare_as_they_do(a in any::<i32>(), b in any::<i32>(), places in 0..20usize) {
            let text = |n: i32| format!("{n}.{}", "0".repeat(places));
            prop_assert_eq!(read(&text(a)).cmp(&read(&text(b))), a.cmp(&b));
        }

        #[test]
        fn any_text_is_read_without_harm(text in "[-+0-9.,eE ]{0,300}") {
            let _ = Decimal::read(&text);
        }
    }
}
