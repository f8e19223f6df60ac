//! Takes secrets out of what is shown: keys keep their first two characters, passwords nothing.
//!
//! Masked is what stands under a name that sounds secret, and every run of letters and digits that could be a key,
//! wherever it stands. Too much rather than too little.

use fieldpost_wire::Params;
use fieldpost_wire::params::clean_utf8;

/// The longest text that is shown, in characters.
const SHOWN: usize = 300;
/// How many bytes are looked at: more than is shown, since masking shortens.
pub const LOOKED_AT: usize = 1024;
/// From how many letters and digits on a run could be a key, also one of which some are missing.
const KEY_LIKE: usize = 12;

/// Words in names whose values are secret. The first are of keys, whose first two characters may be shown.
const KEYS: [&str; 1] = ["key"];
const SECRETS: [&str; 9] =
    ["pass", "pwd", "psk", "secret", "token", "auth", "cookie", "wifi", "ssid"];

/// A key's first two characters.
pub fn key(key: &str) -> String {
    let shown: String = key.trim().chars().take(2).filter(|c| !c.is_control()).collect();
    format!("{shown}…")
}

/// An address with its query as it is shown.
pub fn address(path: &str, query: &[u8]) -> String {
    let plain = |text: &str| {
        Params::from_form(format!("x={}", text.replace('+', "%2B").replace('&', "%26")).as_bytes())
            .get("x")
            .map(runs)
            .unwrap_or_default()
    };
    let mut out = plain(path);
    let query = &query[..query.len().min(LOOKED_AT)];
    for (at, (name, param)) in Params::from_form(query).iter().enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        out.push_str(&runs(name));
        if !param.text.is_empty() {
            out.push('=');
            out.push_str(&match secrecy(name) {
                Some(Secrecy::Key) => key(param.text),
                Some(Secrecy::All) => "…".into(),
                None => runs(param.text),
            });
        }
    }
    shown(&out)
}

/// The beginning of what came, as it is shown; `None` if there is nothing to see.
pub fn sent(bytes: &[u8]) -> Option<String> {
    let cut_off = bytes.len() > LOOKED_AT;
    let text = clean_utf8(&bytes[..bytes.len().min(LOOKED_AT)]);
    let mut text = text.as_ref();
    if cut_off {
        // Half a key at the end would not be known for one.
        text = text.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    }
    let text = shown(&masked(text));
    (!text.trim().is_empty()).then_some(text)
}

/// A text of any kind: a form, JSON, headers, words.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, secrecy, behind)) = next_secret(rest) {
        out.push_str(&runs(before));
        let header = before.trim_end().ends_with(':') && !behind.starts_with(['"', '\'']);
        let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''));
        let value = quote.map_or(behind, |quote| &behind[quote.len_utf8()..]);
        let ends = |c: char| match quote {
            Some(quote) => c == quote || matches!(c, '\r' | '\n'),
            None if header => matches!(c, '\r' | '\n'),
            None => matches!(c, '&' | '"' | '\'' | ',' | ';' | '}' | '|' | '\r' | '\n'),
        };
        let end = value.find(ends).unwrap_or(value.len());
        out.extend(quote);
        out.push_str(&match secrecy {
            Secrecy::Key if end > 0 => key(&value[..end]),
            _ => "…".into(),
        });
        rest = &value[end..];
    }
    out.push_str(&runs(rest));
    out
}

#[derive(Clone, Copy)]
enum Secrecy {
    Key,
    All,
}

/// How secret the value under a name is.
fn secrecy(name: &str) -> Option<Secrecy> {
    let name = name.to_ascii_lowercase();
    if SECRETS.iter().any(|word| name.contains(word)) {
        Some(Secrecy::All)
    } else if KEYS.iter().any(|word| name.contains(word)) {
        Some(Secrecy::Key)
    } else {
        None
    }
}

/// Splits a text before the next secret value: what stands before it, and the rest from the value on.
fn next_secret(text: &str) -> Option<(&str, Secrecy, &str)> {
    let mut from = 0;
    while let Some(length) = text[from..].find(['=', ':', '\r', '\n']) {
        let at = from + length;
        let name = text[..at].trim_end_matches(['"', '\'', '\\', ' ']);
        let begins =
            name.rfind(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '%'));
        let name = &name
            [begins.map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8))..];
        // In a form a name may be encoded; as multipart it stands in quotes on a line of its own.
        let decoded = Params::from_form(name.as_bytes());
        let name = decoded.iter().next().map_or(name, |(name, _)| name);
        if let Some(secrecy) = secrecy(name) {
            let blank = |c: char| matches!(c, '=' | ':' | ' ' | '\t' | '\\' | '\r' | '\n');
            let behind = text[at..].trim_start_matches(blank);
            if !behind.is_empty() {
                return Some((&text[..text.len() - behind.len()], secrecy, behind));
            }
        }
        from = at + 1;
    }
    None
}

/// Masks every run of letters and digits that could be a key.
fn runs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        if could_be_key(run) {
            out.push_str(&key(run));
        } else {
            out.push_str(run);
        }
        let next = behind.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(behind.len());
        out.push_str(&behind[..next]);
        rest = &behind[next..];
    }
    out
}

fn could_be_key(run: &str) -> bool {
    let has = |what: fn(&u8) -> bool| run.as_bytes().iter().any(what);
    let (small, capital) = (has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase));
    let digit = has(u8::is_ascii_digit);
    let capitals = run.split(|c: char| c.is_ascii_lowercase()).map(str::len).max().unwrap_or(0);
    match run.len() {
        _ if run.eq_ignore_ascii_case("THINGSPEAKAPIKEY") => false, // the name of a header
        _ if capitals + 1 >= 16 => true,                            // with something stuck to it
        // Also one in which a letter was mistyped.
        16 => !small || digit,
        length if length < KEY_LIKE => false,
        // Names of programs, such as ESP8266HTTPClient, have both kinds of letters.
        _ => (capital && !small) || (small && !capital && digit),
    }
}

/// A text as it is shown: without control characters, and not too long.
pub(crate) fn shown(text: &str) -> String {
    let clean = |c: char| if c.is_control() && c != '\n' { '·' } else { c };
    let mut out: String = text.replace("\r\n", "\n").chars().take(SHOWN).map(clean).collect();
    if text.chars().nth(SHOWN).is_some() {
        out.pop();
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "W4K2QZ81TTP0XN7B";

    #[test]
    fn keys_are_masked_wherever_they_stand() {
        for (text, masked_as) in [
            ("api_key=W4K2QZ81TTP0XN7B&field1=21.5", "api_key=W4…&field1=21.5"),
            ("field1=1&api%5Fkey=W4K2 QZ81TTP0XN7B", "field1=1&api%5Fkey=W4…"),
            (r#"{"api_key": "W4K2-QZ81", "field1": 2}"#, r#"{"api_key": "W4…", "field1": 2}"#),
            ("X-THINGSPEAKAPIKEY: w4k2qz81\r\nHost: x", "X-THINGSPEAKAPIKEY: w4…\r\nHost: x"),
            ("Authorization: Bearer a b c\r\nHost: x", "Authorization: …\r\nHost: x"),
            ("name=\"api_key\"\r\n\r\nW4K2\r\n--b", "name=\"api_key\"\r\n\r\nW4…\r\n--b"),
            ("wifi_password=open sesame&field1=1", "wifi_password=…&field1=1"),
            ("GET /W4K2QZ81TTP0XN7B HTTP/1.1", "GET /W4… HTTP/1.1"),
            (
                "created_at=2026-05-06T07:08:09Z&n=1714979289123",
                "created_at=2026-05-06T07:08:09Z&n=1714979289123",
            ),
        ] {
            assert_eq!(masked(text), masked_as);
        }
    }

    #[test]
    fn an_address_is_shown_decoded_and_masked() {
        assert_eq!(
            address(
                "/channels/7/api_keys/W4K2QZ81TTP0XN7B",
                b"api%5Fkey=W4K2QZ81%54TP0XN7B&field1=21%2C5"
            ),
            "/channels/7/api_keys/W4…?api_key=W4…&field1=21,5"
        );
        assert_eq!(address("/update", b"pass=x&status"), "/update?pass=…&status");
    }

    #[test]
    fn a_key_that_is_cut_off_is_not_shown_in_part() {
        let long = format!("{}{KEY}", ",".repeat(LOOKED_AT - 5));
        assert!(!sent(long.as_bytes()).unwrap().contains("W4K"), "{:?}", sent(long.as_bytes()));
    }

    proptest! {
        #[test]
        fn no_text_shows_a_key(before in "\\PC{0,40}", after in "[^0-9A-Za-z]{0,3}\\PC{0,40}") {
            let before = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
            let text = format!("{before}{KEY}{after}");
            prop_assert!(!masked(&text).contains(KEY));
            prop_assert!(!address(&text, text.as_bytes()).contains(KEY));
        }

        #[test]
        fn any_bytes_are_shown_without_a_panic(bytes: Vec<u8>) {
            let _ = sent(&bytes);
            let _ = address("/", &bytes);
        }
    }
}
