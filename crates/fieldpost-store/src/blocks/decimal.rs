//! Texts of decimal numbers as digits and a scale, where the exact text comes back from these.
//!
//! `21.50` is 2150 with two decimals. Every other spelling (`021.5`, `+1`, `1e3`, `-0`, `.5`) is a text to this file, whatever
//! else it may mean.

/// One more than the largest digits that are kept as a number.
const LIMIT: u64 = 1_000_000_000_000_000_000;

/// The most decimals.
pub(super) const SCALE_MAX: u8 = 17;

/// Powers of ten that fit.
pub(crate) const TENS: [i64; SCALE_MAX as usize + 1] = {
    let mut tens = [1; SCALE_MAX as usize + 1];
    let mut at = 1;
    while at < tens.len() {
        tens[at] = tens[at - 1] * 10;
        at += 1;
    }
    tens
};

/// A decimal number as it was spelled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Decimal {
    /// All digits, with the sign.
    pub(crate) digits: i64,
    /// How many of them stand behind the point.
    pub(crate) scale: u8,
}

impl Decimal {
    /// Reads a text; `None` if [`Decimal::write`] would not give the same text back.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, bytes) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, bytes),
        };
        // 18 digits and a point.
        if bytes.is_empty() || bytes.len() > 19 {
            return None;
        }
        let mut digits = 0_u64;
        let mut point = None;
        for (place, byte) in bytes.iter().enumerate() {
            match byte {
                b'0'..=b'9' => digits = digits * 10 + u64::from(byte - b'0'),
                b'.' if point.is_none() && place > 0 => point = Some(place),
                _ => return None,
            }
        }
        let whole = point.unwrap_or(bytes.len());
        let scale = point.map_or(0, |point| bytes.len() - point - 1);
        let spelled_otherwise = (point.is_some() && scale == 0)
            || (whole > 1 && bytes[0] == b'0')
            || (negative && digits == 0);
        if spelled_otherwise || digits >= LIMIT || scale > SCALE_MAX as usize {
            return None;
        }
        let digits = digits as i64;
        Some(Self { digits: if negative { -digits } else { digits }, scale: scale as u8 })
    }

    /// Spells the number.
    pub(crate) fn write(self, out: &mut String) {
        use std::fmt::Write as _;
        let mut text = [b'0'; 24];
        let mut at = text.len();
        let mut digits = self.digits.unsigned_abs();
        let mut place = 0;
        // At least one digit stands before the point.
        while digits > 0 || place <= self.scale {
            if place == self.scale && place > 0 {
                at -= 1;
                text[at] = b'.';
            }
            at -= 1;
            text[at] = b'0' + (digits % 10) as u8;
            digits /= 10;
            place += 1;
        }
        if self.digits < 0 {
            at -= 1;
            text[at] = b'-';
        }
        // Nothing but ASCII was put there, and a String takes whatever is written to it.
        let _ = out.write_str(std::str::from_utf8(&text[at..]).unwrap_or_default());
    }

    /// The digits that the number has with more decimals; `None` if they are too many.
    pub(super) fn digits_at(self, scale: u8) -> Option<i64> {
        let digits = self.digits.checked_mul(TENS[usize::from(scale.checked_sub(self.scale)?)])?;
        (digits.unsigned_abs() < LIMIT).then_some(digits)
    }
}

/// Chooses the scale at which the numbers of a column are kept: the smallest that suits all but a sixty-fourth of
/// them, so that a few with many decimals do not make all the others long.
pub(super) fn common_scale(counts: &[usize; SCALE_MAX as usize + 1]) -> u8 {
    let all = counts.iter().sum::<usize>();
    let mut suited = 0;
    for (scale, count) in (0..).zip(counts) {
        suited += count;
        if suited >= all - all / 64 {
            return scale;
        }
    }
    SCALE_MAX
}

/// How many decimals the texts of a group have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// Each the same number of them.
    Fixed(u8),
    /// None more than are needed, but at least this many: 0 or 1.
    Shortest(u8),
    /// Each its own; they are kept beside.
    Mixed,
}

impl Form {
    /// Finds the form of a group's texts from their scales.
    pub(super) fn of(digits: &[i64], scales: &[u8], scale: u8) -> Self {
        let Some(first) = scales.first() else { return Self::Fixed(scale) };
        if scales.iter().all(|scale| scale == first) {
            return Self::Fixed(*first);
        }
        let shortest = |least: u8| {
            let same = |(digits, own): (&i64, &u8)| needed(*digits, scale).max(least) == *own;
            digits.iter().zip(scales).all(same)
        };
        match () {
            () if shortest(0) => Self::Shortest(0),
            () if shortest(1) => Self::Shortest(1),
            () => Self::Mixed,
        }
    }

    pub(super) fn code(self) -> i64 {
        match self {
            Self::Fixed(scale) => i64::from(scale),
            Self::Shortest(least) => 32 + i64::from(least),
            Self::Mixed => 34,
        }
    }

    /// What a code stands for, in a column of this scale.
    pub(super) fn from_code(code: i64, scale: u8) -> Option<Self> {
        match code {
            34 => Some(Self::Mixed),
            32 => Some(Self::Shortest(0)),
            33 if scale > 0 => Some(Self::Shortest(1)),
            _ => u8::try_from(code).ok().filter(|own| *own <= scale).map(Self::Fixed),
        }
    }

    /// The number that digits at the scale of the column stand for. `mixed` is its own scale if all have their own.
    pub(super) fn decimal(self, digits: i64, scale: u8, mixed: u8) -> Decimal {
        let own = match self {
            Self::Fixed(own) => own,
            Self::Shortest(least) => needed(digits, scale).max(least),
            Self::Mixed => mixed.min(scale),
        };
        Decimal { digits: digits / TENS[usize::from(scale - own)], scale: own }
    }
}

/// How many decimals are left without zeros at the end.
fn needed(mut digits: i64, mut scale: u8) -> u8 {
    while scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_wire::number;
    use proptest::prelude::*;

    fn spelled(decimal: Decimal) -> String {
        let mut text = String::new();
        decimal.write(&mut text);
        text
    }

    #[test]
    fn only_texts_that_come_back_are_decimals() {
        for (text, digits, scale) in [
            ("0", 0, 0),
            ("0.00", 0, 2),
            ("-0.05", -5, 2),
            ("21.50", 2150, 2),
            ("-127", -127, 0),
            ("999999999999999999", 999_999_999_999_999_999, 0),
            ("0.00000000000000001", 1, 17),
        ] {
            assert_eq!(Decimal::read(text), Some(Decimal { digits, scale }), "{text}");
            assert_eq!(spelled(Decimal { digits, scale }), text);
        }
        for text in [
            "",
            "-",
            ".",
            "-0",
            "-0.0",
            "021.50",
            "00",
            "+1",
            "1e3",
            ".5",
            "-.5",
            "5.",
            "1,5",
            "1_0",
            " 1",
            "1 ",
            "nan",
            "1.2.3",
            "--1",
            "0x1",
            "1000000000000000000",
            "0.000000000000000001",
            "99999999999999999999",
            "١",
        ] {
            assert_eq!(Decimal::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_scale_of_a_column_suits_nearly_all() {
        let mut counts = [0; 18];
        (counts[0], counts[1], counts[2]) = (10, 50, 40);
        assert_eq!(common_scale(&counts), 2);
        (counts[1], counts[15]) = (500, 3);
        assert_eq!(common_scale(&counts), 2);
        counts[15] = 30;
        assert_eq!(common_scale(&counts), 15);
        assert_eq!(common_scale(&[0; 18]), 0);
    }

    proptest! {
        #[test]
        fn every_decimal_reads_as_it_was_written(digits in -999_999_999_999_999_999..=999_999_999_999_999_999_i64, scale in 0..=17_u8) {
            let decimal = Decimal { digits, scale };
            let text = spelled(decimal);
            if text.bytes().filter(u8::is_ascii_digit).count() <= 18 {
                prop_assert_eq!(Decimal::read(&text), Some(decimal), "{}", text);
            }
        }

        #[test]
        fn a_text_that_is_read_comes_back(text in "-?[0-9]{1,10}(\\.[0-9]{0,9})?") {
            if let Some(decimal) = Decimal::read(&text) {
                prop_assert_eq!(spelled(decimal), text);
            }
        }

        #[test]
        fn the_forms_give_every_scale_back(
            texts in proptest::collection::vec("(0|[1-9][0-9]{0,2})(\\.[0-9]{1,3})?", 1..20)
        ) {
            let pairs: Vec<(i64, u8)> = texts.iter().map(|text| {
                let decimal = Decimal::read(text).unwrap();
                (decimal.digits_at(3).unwrap(), decimal.scale)
            }).collect();
            let (digits, scales): (Vec<i64>, Vec<u8>) = pairs.iter().copied().unzip();
            let form = Form::of(&digits, &scales, 3);
            prop_assert_eq!(Form::from_code(form.code(), 3), Some(form));
            for (text, (digits, own)) in texts.iter().zip(pairs) {
                prop_assert_eq!(&spelled(form.decimal(digits, 3, own)), text);
            }
        }

        #[test]
        fn the_number_is_the_one_that_charts_read(text in "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,5})?") {
            if let Some(Decimal { digits, scale }) = Decimal::read(&text) {
                let value = digits as f64 / TENS[usize::from(scale)] as f64;
                prop_assert_eq!(Some(value), number::numeric(&text).map(|n| n.value));
            }
        }
    }
}
