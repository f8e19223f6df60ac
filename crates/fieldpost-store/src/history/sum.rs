//! Numbers of texts, and sums of them that are exact: the same whatever was added first, or together with what.
//!
//! Readings are short decimals nearly always, and their sum is a decimal again. So `0.1` and `0.2` are `0.3` here, and whoever
//! knows the sum of some of them need not add them again.

use fieldpost_wire::number::any;

use crate::blocks::decimal::{Decimal, TENS};

/// Decimals with more digits than this have no place in an exact sum; an `f64` gives 15 back for sure.
const DIGITS_MAX: u64 = 999_999_999_999_999;
/// Nor have those with more decimals.
pub(crate) const SCALE_MAX: u8 = 9;

/// A field's text read as a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    /// The value.
    pub(crate) value: f64,
    /// The same as a short decimal, if the text is one.
    short: Option<Decimal>,
}

impl Number {
    /// Reads a text as charts do.
    pub(crate) fn read(text: &str) -> Option<Self> {
        Some(Self {
            value: any(text)?,
            short: Decimal::read(text).filter(|d| is_short(d.digits, d.scale)),
        })
    }

    /// The number of a short decimal.
    pub(crate) fn short(digits: i64, scale: u8) -> Self {
        Self { value: value(digits, scale), short: Some(Decimal { digits, scale }) }
    }
}

/// True if a decimal is one that is summed up exactly.
pub(crate) fn is_short(digits: i64, scale: u8) -> bool {
    digits.unsigned_abs() <= DIGITS_MAX && scale <= SCALE_MAX
}

/// The value of a short decimal: the nearest there is, as its text read as a number has it.
pub(crate) fn value(digits: i64, scale: u8) -> f64 {
    digits as f64 / TENS[usize::from(scale)] as f64
}

/// A sum.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    /// Of the short decimals, in parts of 10⁻⁹. Has room for 10¹⁴ of them.
    short: i128,
    /// Of the others, one after the other.
    others: f64,
}

impl Sum {
    /// Adds a number.
    pub(crate) fn add(&mut self, number: Number) {
        match number.short {
            Some(Decimal { digits, scale }) => self.add_short(digits, scale),
            None => self.others += number.value,
        }
    }

    /// Adds what short decimals of one scale are together.
    pub(crate) fn add_short(&mut self, digits: i64, scale: u8) {
        self.short += i128::from(digits) * i128::from(TENS[usize::from(SCALE_MAX - scale)]);
    }

    /// The sum, rounded once.
    pub(crate) fn value(&self) -> f64 {
        const EXACT: u128 = 1 << f64::MANTISSA_DIGITS;
        let (mut digits, mut scale) = (self.short, SCALE_MAX);
        // Nearly every sum is one of these, and to divide them takes a tenth of the time.
        if let Ok(mut few) = i64::try_from(digits) {
            while scale > 0 && few % 10 == 0 {
                (few, scale) = (few / 10, scale - 1);
            }
            digits = few.into();
        } else {
            while scale > 0 && digits % 10 == 0 {
                (digits, scale) = (digits / 10, scale - 1);
            }
        }
        let short = if digits.unsigned_abs() <= EXACT {
            value(digits as i64, scale)
        } else {
            // Always a number.
            format!("{digits}e-{scale}").parse().unwrap_or(f64::NAN)
        };
        // Nothing is added to a sum that is exact, not even nothing: it would round once more.
        if self.others == 0.0 { short } else { short + self.others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(texts: &[&str]) -> f64 {
        let mut sum = Sum::default();
        texts.iter().filter_map(|text| Number::read(text)).for_each(|number| sum.add(number));
        sum.value()
    }

    #[test]
    fn decimals_add_up_as_on_paper() {
        assert_eq!(sum(&["0.1", "0.2"]), 0.3);
        assert_eq!(sum(&["0.1"; 10]), 1.0);
        assert_eq!(sum(&["999999999999999", "0.000000001"]), 999_999_999_999_999.0);
        assert_eq!(sum(&["1e3", "0.5", "nan", "1,25", "-0"]), 1001.75);
        assert_eq!(sum(&["1e300", "1", "-1e300"]), 1.0);
    }

    proptest! {
        #[test]
        fn a_sum_does_not_care_about_order_or_company(
            mut all in proptest::collection::vec((-999_999_999_999_999..=999_999_999_999_999_i64, 0..=9_u8), 0..50),
            split: prop::sample::Index,
        ) {
            let mut one = Sum::default();
            all.iter().for_each(|(digits, scale)| one.add(Number::short(*digits, *scale)));
            all.sort_unstable();
            let split = split.index(all.len() + 1);
            let mut two = Sum::default();
            for scale in 0..=9 {
                for part in [&all[..split], &all[split..]] {
                    let same = part.iter().filter(|(_, own)| *own == scale);
                    two.add_short(same.map(|(digits, _)| digits).sum(), scale);
                }
            }
            prop_assert_eq!(one.value().to_bits(), two.value().to_bits());
        }

        #[test]
        fn a_short_decimal_has_the_value_of_its_text(digits in -999_999_999_999_999..=999_999_999_999_999_i64, scale in 0..=9_u8) {
            let mut text = String::new();
            Decimal { digits, scale }.write(&mut text);
            let number = Number::read(&text).unwrap();
            prop_assert_eq!(number, Number::short(digits, scale));
            let mut sum = Sum::default();
            sum.add(number);
            prop_assert_eq!(sum.value(), number.value);
        }
    }
}
