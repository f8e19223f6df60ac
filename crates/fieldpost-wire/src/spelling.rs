//! Brings dates that are spelled in other ways into the one that `zone.rs` reads.
//!
//! The service takes what Ruby's date parser takes, so boards send it what their libraries print: the compact form of
//! ISO 8601, the `Date` header of an HTTP answer, C's `asctime`.

use alloc::format;
use alloc::string::String;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The same time as `2024-05-06 07:08:09` and what follows it; `None` if it is spelled in no way known here.
pub(crate) fn usual(text: &str) -> Option<String> {
    compact(text.trim()).or_else(|| in_words(text))
}

/// `20240506T070809Z`, `20240506 0708`, `20240506070809`.
fn compact(text: &str) -> Option<String> {
    let (date, rest) = digits(text, 8)?;
    let rest = rest.strip_prefix(['T', 't', ' ']).unwrap_or(rest);
    let date = format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
    let Some((time, rest)) = digits(rest, 6).or_else(|| digits(rest, 4)) else {
        return rest.is_empty().then_some(date);
    };
    let seconds = time.get(4..).filter(|seconds| !seconds.is_empty()).unwrap_or("00");
    Some(format!("{date} {}:{}:{seconds}{rest}", &time[..2], &time[2..4]))
}

fn digits(text: &str, count: usize) -> Option<(&str, &str)> {
    let all = text.get(..count)?.bytes().all(|c| c.is_ascii_digit());
    all.then(|| text.split_at(count))
}

/// `Mon, 06 May 2024 07:08:09 GMT`, `Mon May  6 07:08:09 2024`, `6 May 2024`, in whatever order.
fn in_words(text: &str) -> Option<String> {
    let (mut year, mut month, mut day) = (None, None, None);
    let (mut time, mut zone) = ("00:00:00", "");
    for word in text.split([' ', ',', '\t']).filter(|word| !word.is_empty()) {
        let lower = word.to_ascii_lowercase();
        let begins = |name: &&str| lower.starts_with(*name);
        let number = word.bytes().all(|c| c.is_ascii_digit());
        if number && word.len() == 4 && year.is_none() {
            year = Some(word);
        } else if number && word.len() <= 2 && day.is_none() {
            day = Some(word);
        } else if word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit()) {
            time = word;
        } else if let Some(at) = MONTHS.iter().position(begins) {
            month = month.or(Some(at + 1));
        } else if !DAYS.iter().any(begins) && zone.is_empty() {
            zone = word;
        }
    }
    Some(format!("{}-{:02}-{} {time} {zone}", year?, month?, day?))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use crate::zone::Zone;
    use std::string::ToString;

    #[test]
    fn dates_that_libraries_print_are_understood() {
        for text in [
            "20240506T070809Z",
            "20240506T070809",
            "20240506 070809",
            "20240506070809",
            "20240506T090809+0200",
            "Mon, 06 May 2024 07:08:09 GMT",
            "Mon, 6 May 2024 09:08:09 +0200",
            "Mon May  6 07:08:09 2024",
            "Mon May  6 07:08:09 UTC 2024",
            "May 6, 2024 07:08:09",
            "6 may 2024 7:08:09",
        ] {
            let read = Zone::Utc.parse(text).map(|time| time.to_string());
            assert_eq!(read.as_deref(), Some("2024-05-06T07:08:09Z"), "{text:?}");
        }
        let read = |text: &str| Zone::Utc.parse(text).map(|time| time.to_string());
        assert_eq!(read("20240506T0708").as_deref(), Some("2024-05-06T07:08:00Z"));
        assert_eq!(read("6 May 2024").as_deref(), Some("2024-05-06T00:00:00Z"));
        assert_eq!(read("2024-05-06T24:00:00Z").as_deref(), Some("2024-05-07T00:00:00Z"));
        for text in
            ["May 2024", "20241306T070809", "maybe", "2024-05-06 24:00:01", "06 May 2024 LATER"]
        {
            assert_eq!(read(text), None, "{text:?}");
        }
        let zone = Zone::named("Europe/Zurich").unwrap();
        let local = zone.parse("Mon May  6 09:08:09 2024").unwrap();
        assert_eq!(local.to_string(), "2024-05-06T07:08:09Z", "without a zone the clock is local");
    }
}
