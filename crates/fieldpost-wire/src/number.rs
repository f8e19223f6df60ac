//! What counts as a number in a field, and how numbers are spelled in answers.
//!
//! Fields are texts. Aggregates, filters and rounding look at the texts that are numbers by the rules
//! of ThingSpeak's open-source server, which this file follows to the letter, since old dashboards rely on them.

use alloc::format;
use alloc::string::{String, ToString};

/// A field's text read as a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// The value.
    pub value: f64,
    /// True if the text had a decimal comma, as in `1,5`.
    pub comma: bool,
}

/// Reads a field's text for aggregates and rounding: sign, digits, and a point or comma with digits
/// behind it. `.5`, `5.`, `1e3`, `nan` and the empty text are no numbers here.
pub fn numeric(text: &str) -> Option<Number> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = match digits.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
    if !all_digits(whole) || !fraction.is_none_or(all_digits) {
        return None;
    }
    let comma = digits.contains(',');
    let value = if comma { text.replace(',', ".").parse() } else { text.parse() };
    value.ok().map(|value| Number { value, comma })
}

/// Reads a field's text for the `min` and `max` filters, which accept more: exponents, underscores
/// between digits and `0x` numbers.
pub fn loose(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok().map(|n| sign * n as f64);
    }
    let bytes = digits.as_bytes();
    let starts = digits.strip_prefix('.').unwrap_or(digits).as_bytes().first()?;
    if !starts.is_ascii_digit() || !bytes.last()?.is_ascii_digit() {
        return None;
    }
    for (at, byte) in bytes.iter().enumerate() {
        let between = |ok: fn(&u8) -> bool| ok(&bytes[at - 1]) && ok(&bytes[at + 1]);
        let fine = match byte {
            b'0'..=b'9' | b'e' | b'E' | b'+' | b'-' => true,
            b'.' if at == 0 => true,
            b'.' | b'_' => between(u8::is_ascii_digit),
            _ => false,
        };
        if !fine {
            return None;
        }
    }
    digits.replace('_', "").parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| sign * n)
}

/// Reads a field's text as charts, overviews and our own aggregates do: what [`numeric`] takes for a number, else what
/// [`loose`] does, as long as it is finite.
pub fn any(text: &str) -> Option<f64> {
    let value = numeric(text).map(|number| number.value).or_else(|| loose(text));
    value.filter(|value| value.is_finite())
}

/// Reads the digits that a text begins with, after white space and a sign, and ignores the rest; 0 if there
/// are none. This is how every whole-number parameter is read, so `3?api_key=X` is 3.
pub fn leading_int(text: &str) -> i64 {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.bytes().position(|c| !c.is_ascii_digit()).unwrap_or(digits.len());
    let size = match digits[..end].parse::<i64>() {
        Ok(size) => size,
        Err(_) if end == 0 => 0,
        Err(_) => i64::MAX, // more digits than fit
    };
    if negative { -size } else { size }
}

/// Spells a result as the service does: the shortest digits that give the same number back, with at
/// least one decimal, and an exponent only from 1e16 on and below 0.0001.
pub fn spell(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let point = if digits.contains('.') { "" } else { ".0" };
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        return format!("{digits}{point}e{sign}{exponent:0>2}");
    }
    format!("{value:?}")
}

/// Spells a result with a fixed number of decimals, halves going by the exact binary value as C's
/// `printf` has it.
pub fn spell_rounded(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}")
}

/// Reads a place's latitude, longitude or the like: a decimal number no further from zero than
/// `limit`. The answer is its shortest form with at least one decimal: `47.50` becomes `47.5`, `8` becomes `8.0`.
pub fn place(text: &str, limit: f64) -> Option<String> {
    let text = text.trim();
    let value = loose(text.strip_suffix('.').unwrap_or(text))?;
    if value.abs() > limit {
        return None;
    }
    // Ten decimals are kept, as in the service's decimal(15,10) columns: a hundredth of a millimetre.
    let text = format!("{value:.10}");
    let trimmed = text.trim_end_matches('0');
    Some(if let Some(whole) = trimmed.strip_suffix('.') {
        let whole = if whole == "-0" { "0" } else { whole };
        format!("{whole}.0")
    } else {
        trimmed.to_string()
    })
}

/// The digits of a whole number. Answers hold thousands of them, and the formatting of `core` takes several times as long.
pub fn spell_whole(mut number: u64, digits: &mut [u8; 20]) -> &str {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return core::str::from_utf8(&digits[at..]).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn only_plain_decimals_take_part_in_aggregates() {
        for (text, value) in
            [("5", 5.0), ("-3.20", -3.2), ("+7", 7.0), (" 2.5 ", 2.5), ("1,5", 1.5)]
        {
            assert_eq!(numeric(text).map(|n| n.value), Some(value), "{text:?}");
        }
        assert!(numeric("1,5").unwrap().comma && !numeric("1.5").unwrap().comma);
        for text in [".5", "5.", "1e3", "nan", "inf", "", " ", "+", "1.2.3", "1 2", "0x10"] {
            assert_eq!(numeric(text), None, "{text:?}");
        }
    }

    #[test]
    fn charts_read_what_either_does_as_long_as_it_is_finite() {
        for (text, value) in [("1,5", 1.5), ("5", 5.0), ("1e3", 1000.0), (" .5 ", 0.5)] {
            assert_eq!(any(text), Some(value), "{text:?}");
        }
        let huge = "9".repeat(400);
        for text in ["nan", "inf", "", "warm", "5.", huge.as_str()] {
            assert_eq!(any(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_filters_read_more_than_the_aggregates() {
        for (text, value) in
            [("1e3", 1000.0), (" 0x1F ", 31.0), ("1_000", 1000.0), ("-2.5E-1", -0.25), (".5", 0.5)]
        {
            assert_eq!(loose(text), Some(value), "{text:?}");
        }
        for text in ["nan", "inf", "", ".", "5.", "..5", "1__0", "_1", "1e", "--1", "0x", "1e999"] {
            assert_eq!(loose(text), None, "{text:?}");
        }
    }

    #[test]
    fn whole_numbers_are_spelled() {
        for number in [0, 7, 10, 1_289, u64::MAX] {
            assert_eq!(spell_whole(number, &mut [0; 20]), number.to_string());
        }
    }

    #[test]
    fn whole_numbers_are_read_as_far_as_they_go() {
        for (text, value) in [
            ("12", 12),
            ("3?api_key=X", 3),
            (" -4x", -4),
            ("abc", 0),
            ("", 0),
            ("99999999999999999999", i64::MAX),
        ] {
            assert_eq!(leading_int(text), value, "{text:?}");
        }
    }

    #[test]
    fn results_are_spelled_as_the_service_does() {
        for (value, text) in [
            (51.0, "51.0"),
            (51.0 / 7.0, "7.285714285714286"),
            (1e16, "1.0e+16"),
            (1.5e-5, "1.5e-05"),
            (-0.0001, "-0.0001"),
            (0.0, "0.0"),
            (123_456_789.25, "123456789.25"),
        ] {
            assert_eq!(spell(value), text);
        }
        for (value, decimals, text) in
            [(0.125, 2, "0.12"), (2.5, 0, "2"), (21.25, 1, "21.2"), (21.0, 1, "21.0")]
        {
            assert_eq!(spell_rounded(value, decimals), text);
        }
    }

    #[test]
    fn a_place_is_kept_in_its_shortest_form() {
        for (text, expected) in [
            ("47.50", Some("47.5")),
            ("8", Some("8.0")),
            ("-79.9965", Some("-79.9965")),
            ("-0", Some("0.0")),
            (".5", Some("0.5")),
            ("47.", Some("47.0")),
            (" -.25 ", Some("-0.25")),
            (".", None),
            ("..5", None),
            ("90.1", None),
            ("north", None),
            ("", None),
        ] {
            assert_eq!(
                place(text, 90.0),
                expected.map(alloc::string::ToString::to_string),
                "{text:?}"
            );
        }
    }
}
