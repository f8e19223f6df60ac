//! Words between `%%` in the texts of actions, and what stands in their place.
//!
//! A value is put in so that it stays one value: in an address and a form it is percent-encoded, in JSON it is the inside of a string, in a
//! header it is one line. What is no known word stays as it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fieldpost_wire::{ChannelId, FieldNo};

/// Where a text stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Within {
    /// In plain text.
    Text,
    /// In an address, or in a body that is a form.
    Address,
    /// In JSON.
    Json,
    /// In a header.
    Header,
}

/// What stands in place of which word.
pub(super) type Words = BTreeMap<String, String>;

/// The words that stand between `%%` in a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).filter_map(|piece| match piece {
        Piece::Word(word) => Some(word),
        Piece::Text(_) => None,
    })
}

/// The channel and field that a word such as `channel_7_field_1` means.
pub(super) fn of_field(word: &str) -> Option<(ChannelId, FieldNo)> {
    let (channel, field) = word.strip_prefix("channel_")?.split_once("_field_")?;
    Some((channel.parse().ok()?, field.parse().ok()?))
}

/// Puts values in the place of words.
pub(super) fn fill(text: &str, words: &Words, within: Within) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Word(word) => match words.get(word) {
                Some(value) => put(&mut filled, value, within),
                None => {
                    let _ = write!(filled, "%%{word}%%"); // a text takes all that is written to it
                }
            },
        }
    }
    filled
}

enum Piece<'a> {
    Text(&'a str),
    Word(&'a str),
}

/// Takes a text apart. A word has letters, digits and `_` only.
fn pieces(mut text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut word = None;
    std::iter::from_fn(move || {
        if let Some(word) = word.take() {
            return Some(Piece::Word(word));
        }
        if text.is_empty() {
            return None;
        }
        let mut from = 0;
        while let Some(begin) = text[from..].find("%%").map(|at| from + at) {
            let rest = &text[begin + 2..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            if let Some(end) = end.filter(|end| *end > 0 && rest[*end..].starts_with("%%")) {
                let before = &text[..begin];
                let found = &rest[..end];
                text = &rest[end + 2..];
                if before.is_empty() {
                    return Some(Piece::Word(found));
                }
                word = Some(found);
                return Some(Piece::Text(before));
            }
            from = begin + 1;
        }
        Some(Piece::Text(std::mem::take(&mut text)))
    })
}

fn put(filled: &mut String, value: &str, within: Within) {
    match within {
        Within::Text => filled.push_str(value),
        Within::Header => filled.extend(value.chars().filter(|c| !c.is_control())),
        Within::Json => {
            let quoted = serde_json::Value::from(value).to_string();
            filled.push_str(&quoted[1..quoted.len() - 1]);
        }
        Within::Address => {
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    filled.push(char::from(byte));
                } else {
                    let _ = write!(filled, "%{byte:02X}"); // as above
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, within: Within) -> String {
        let words = [("trigger", "31.2 \"°C\"\n&"), ("field", "1"), ("empty", "")];
        let words = words.map(|(word, value)| (word.to_string(), value.to_string())).into();
        fill(text, &words, within)
    }

    #[test]
    fn a_value_stays_one_value_wherever_it_is_put() {
        let text = "a %%trigger%% b";
        assert_eq!(filled(text, Within::Text), "a 31.2 \"°C\"\n& b");
        assert_eq!(filled(text, Within::Json), r#"a 31.2 \"°C\"\n& b"#);
        assert_eq!(filled(text, Within::Address), "a 31.2%20%22%C2%B0C%22%0A%26 b");
        assert_eq!(filled(text, Within::Header), "a 31.2 \"°C\"& b");
    }

    #[test]
    fn what_is_no_word_stays_as_it_is() {
        for (text, expected) in [
            ("", ""),
            ("100%", "100%"),
            ("100%%", "100%%"),
            ("%%", "%%"),
            ("%%%%", "%%%%"),
            ("%%unknown%%", "%%unknown%%"),
            ("%% trigger %%", "%% trigger %%"),
            ("%%%field%%", "%1"),
            ("%%field%%%%field%%", "11"),
            ("5%%field%%%", "51%"),
            ("%%a-b%%field%%", "%%a-b1"),
            ("[%%empty%%]", "[]"),
            ("ü%%field%%ü", "ü1ü"),
        ] {
            assert_eq!(filled(text, Within::Text), expected, "{text}");
        }
    }

    #[test]
    fn the_words_of_a_text_are_found() {
        let text = "%%trigger%% at %%channel_7_field_2%%, %%100%% sure";
        let found: Vec<&str> = words(text).collect();
        assert_eq!(found, ["trigger", "channel_7_field_2", "100"]);
        let place = of_field("channel_7_field_2").unwrap();
        assert_eq!((place.0.get(), place.1.get()), (7, 2));
        for word in ["channel_0_field_1", "channel_7_field_9", "channel_7", "trigger"] {
            assert_eq!(of_field(word), None, "{word}");
        }
    }
}
