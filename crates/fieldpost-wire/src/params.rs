//! The parameters of a request: names and texts from query, form, JSON or multipart body, merged.
//!
//! Reading is lenient, as the service is: broken percent-codes stay as they are and bytes that are no
//! UTF-8 are dropped. Only a JSON body that is no JSON is an error.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde_json::value::RawValue;

/// One parameter's value.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Param<'a> {
    /// The text as it was sent; for a JSON number its very digits.
    pub text: &'a str,
    /// True for a JSON number, `true` or `false`: the direct answer echoes these without quotes.
    pub bare: bool,
}

/// Parameters in the order in which they were sent.
///
/// All names and values stand in one text, one behind the other, so that an update of many fields is no more than two pieces of memory.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Params {
    text: String,
    places: Vec<Place>,
}

/// Where a parameter ends in the text; it begins where the one before ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Place {
    name_end: usize,
    end: usize,
    bare: bool,
}

/// A body that was said or seen to be JSON and can't be read as a flat object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadJson(pub String);

impl fmt::Display for BadJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the JSON body can't be read: {}", self.0)
    }
}

impl core::error::Error for BadJson {}

impl Params {
    /// The text of a parameter. If a name came more than once the last one counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.param(name).map(|param| param.text)
    }

    /// The text of the first of these names that is there.
    pub fn first_of(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The key in these parameters, under the first of its names that holds anything.
    pub fn key(&self) -> Option<&str> {
        let names = ["key", "api_key", "apikey"];
        names.iter().filter_map(|name| self.get(name)).find(|key| !key.trim().is_empty())
    }

    /// A parameter with its kind.
    pub fn param(&self, name: &str) -> Option<Param<'_>> {
        let is_it = |at: &usize| {
            let (begin, end) = (self.begin(*at), self.places[*at].name_end);
            self.text.as_bytes()[begin..end] == *name.as_bytes()
        };
        (0..self.places.len()).rev().find(is_it).map(|at| self.at(at).1)
    }

    /// True if the parameter says `true`, in any case.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
    }

    /// Sets a parameter, over any earlier one of that name.
    pub fn set(&mut self, name: &str, text: &str) {
        self.push(name, Param { text, bare: false });
    }

    fn push(&mut self, name: &str, Param { text, bare }: Param<'_>) {
        self.text.push_str(name);
        let name_end = self.text.len();
        self.text.push_str(text);
        self.places.push(Place { name_end, end: self.text.len(), bare });
    }

    /// Lays other parameters over these: where both have a name, the other's counts.
    pub fn overlay(&mut self, other: Self) {
        if self.places.is_empty() {
            *self = other;
        } else {
            other.iter().for_each(|(name, param)| self.push(name, param));
        }
    }

    /// Every name and value, earlier values of a repeated name included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Param<'_>)> {
        (0..self.places.len()).map(|at| self.at(at))
    }

    fn at(&self, at: usize) -> (&str, Param<'_>) {
        let Place { name_end, end, bare } = self.places[at];
        (&self.text[self.begin(at)..name_end], Param { text: &self.text[name_end..end], bare })
    }

    /// Where the name of a parameter begins in the text.
    fn begin(&self, at: usize) -> usize {
        at.checked_sub(1).map_or(0, |before| self.places[before].end)
    }

    /// Reads `a=1&b=2` as in a query or a form body.
    pub fn from_form(bytes: &[u8]) -> Self {
        let mut params = Self::default();
        if bytes.is_empty() {
            return params;
        }
        params.text.reserve_exact(bytes.len());
        params.places.reserve_exact(1 + bytes.iter().filter(|byte| **byte == b'&').count());
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            decode_to(&mut params.text, &pair[..at]);
            let name_end = params.text.len();
            decode_to(&mut params.text, pair.get(at + 1..).unwrap_or_default());
            params.places.push(Place { name_end, end: params.text.len(), bare: false });
        }
        params
    }

    /// Reads a JSON object. Numbers keep their digits, `null` is the same as absent.
    ///
    /// # Errors
    /// If it is no JSON object, or a `fieldN`, `status` or place holds a list or an object.
    pub fn from_json(bytes: &[u8]) -> Result<Self, BadJson> {
        let text = clean_utf8(bytes);
        let members: BTreeMap<Cow<'_, str>, &RawValue> =
            serde_json::from_str(&text).map_err(|error| BadJson(error.to_string()))?;
        let mut params = Self::default();
        for (name, raw) in members {
            match scalar(raw) {
                Scalar::Value(text, bare) => params.push(&name, Param { text: &text, bare }),
                Scalar::Null => {}
                Scalar::Nested if is_value_name(&name) => {
                    return Err(BadJson(alloc::format!("\"{name}\" holds a list or an object")));
                }
                Scalar::Nested => {}
            }
        }
        Ok(params)
    }

    /// Reads a `multipart/form-data` body; `content_type` names the boundary. Parts without a name are passed over.
    pub fn from_multipart(content_type: &str, body: &[u8]) -> Self {
        let Some(boundary) = boundary(content_type) else { return Self::default() };
        let mut params = Self::default();
        for part in split_on(body, alloc::format!("--{boundary}").as_bytes()).skip(1) {
            let Some(at) = find(part, b"\r\n\r\n") else { continue };
            let head = clean_utf8(&part[..at]);
            let Some(name) = part_name(&head) else { continue };
            let value = &part[at + 4..];
            let value = value.strip_suffix(b"\r\n").unwrap_or(value);
            params.set(&name, &clean_utf8(value));
        }
        params
    }

    /// Reads a body by its content type, or by its look where the type is missing or plainly wrong:
    /// small programs post JSON as a form and forms as JSON.
    ///
    /// # Errors
    /// If it looks like JSON and can't be read.
    pub fn from_body(content_type: &str, body: &[u8]) -> Result<Self, BadJson> {
        let body = trim_line_ends(body);
        // Editors on Windows put a byte order mark in front.
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        if body.is_empty() {
            return Ok(Self::default());
        }
        let is = |kind: &[u8]| {
            content_type
                .as_bytes()
                .windows(kind.len())
                .any(|window| window.eq_ignore_ascii_case(kind))
        };
        if is(b"multipart/form-data") {
            return Ok(Self::from_multipart(content_type, body));
        }
        let looks_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
        if is(b"json") {
            let form_shaped = !looks_json && body.contains(&b'=');
            return if form_shaped { Ok(Self::from_form(body)) } else { Self::from_json(body) };
        }
        if looks_json {
            return Self::from_json(body);
        }
        Ok(Self::from_form(body))
    }
}

/// A JSON member, looked at from outside.
pub(crate) enum Scalar<'a> {
    /// A text, and whether it stood there without quotes.
    Value(Cow<'a, str>, bool),
    Null,
    Nested,
}

/// Takes a JSON value apart without losing a number's digits.
pub(crate) fn scalar(raw: &RawValue) -> Scalar<'_> {
    let raw = raw.get();
    match raw.as_bytes().first() {
        Some(b'"') => match serde_json::from_str(raw) {
            Ok(text) => Scalar::Value(Cow::Owned(text), false),
            Err(_) => Scalar::Null, // lone surrogates: valid to the outer parser, no text
        },
        Some(b'{' | b'[') => Scalar::Nested,
        Some(b'n') | None => Scalar::Null,
        Some(_) => Scalar::Value(Cow::Borrowed(raw), true),
    }
}

/// True for names whose value would be lost without a word if it were passed over.
fn is_value_name(name: &str) -> bool {
    name.parse::<crate::FieldNo>().is_ok()
        || ["status", "latitude", "longitude", "lat", "long", "elevation", "created_at"]
            .contains(&name)
}

/// Appends some bytes with percent-codes and plus signs undone; broken codes stay, bytes that are no UTF-8 go.
fn decode_to(text: &mut String, bytes: &[u8]) {
    let plain = |byte: &u8| *byte != b'%' && *byte != b'+';
    if bytes.iter().all(plain) {
        return text.push_str(&clean_utf8(bytes));
    }
    let hex = |at: usize| bytes.get(at).and_then(|byte| (*byte as char).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'+' => out.push(b' '),
            b'%' => match (hex(at + 1), hex(at + 2)) {
                (Some(high), Some(low)) => {
                    out.push((high * 16 + low) as u8);
                    at += 2;
                }
                _ => out.push(b'%'),
            },
            byte => out.push(byte),
        }
        at += 1;
    }
    text.push_str(&clean_utf8(&out));
}

/// The text in some bytes, without those that are no UTF-8.
pub fn clean_utf8(bytes: &[u8]) -> Cow<'_, str> {
    match core::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.utf8_chunks().map(|chunk| chunk.valid()).collect()),
    }
}

/// Drops line ends behind a body: `println` on small boards adds them after the last value.
fn trim_line_ends(body: &[u8]) -> &[u8] {
    let end = body.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |at| at + 1);
    &body[..end]
}

fn boundary(content_type: &str) -> Option<&str> {
    let at = content_type.to_ascii_lowercase().find("boundary=")? + "boundary=".len();
    let rest = &content_type[at..];
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([';', ' ']).next(),
    }
    .filter(|boundary| !boundary.is_empty())
}

fn part_name(head: &str) -> Option<String> {
    let line =
        head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let at = line.find(" name=").or_else(|| line.find(";name="))? + " name=".len();
    let rest = &line[at..];
    Some(match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default().to_string(),
        None => rest.split(';').next().unwrap_or_default().trim().to_string(),
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn split_on<'a>(mut bytes: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut done = false;
    core::iter::from_fn(move || {
        if done {
            return None;
        }
        match find(bytes, mark) {
            Some(at) => {
                let part = &bytes[..at];
                bytes = &bytes[at + mark.len()..];
                Some(part)
            }
            None => {
                done = true;
                Some(bytes)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    fn form(text: &str) -> Params {
        Params::from_form(text.as_bytes())
    }

    #[test]
    fn a_form_is_read_leniently() {
        let params = form("field1=21.5&status=all+is%20well%2B&field2=50%&field3=%zz&&empty=&flag");
        assert_eq!(params.get("field1"), Some("21.5"));
        assert_eq!(params.get("status"), Some("all is well+"));
        assert_eq!(params.get("field2"), Some("50%"));
        assert_eq!(params.get("field3"), Some("%zz"));
        assert_eq!(params.get("empty"), Some(""));
        assert_eq!(params.get("flag"), Some(""));
        assert_eq!(params.get("absent"), None);
        assert_eq!(form("a=%ff%C3%A9%f0").get("a"), Some("é"));
    }

    #[test]
    fn the_last_of_a_repeated_name_counts_and_the_query_lies_over_the_body() {
        assert_eq!(form("a=1&a=2").get("a"), Some("2"));
        let mut params = form("a=body&b=body");
        params.overlay(form("a=query"));
        assert_eq!((params.get("a"), params.get("b")), (Some("query"), Some("body")));
    }

    #[test]
    fn json_numbers_keep_their_digits_and_their_kind() {
        let json = br#"{"field1":24.90,"field2":"63","field3":null,"field4":true,"field5":1e3,"extra":{"a":[1]}}"#;
        let params = Params::from_json(json).unwrap();
        assert_eq!(params.param("field1"), Some(Param { text: "24.90", bare: true }));
        assert_eq!(params.param("field2"), Some(Param { text: "63", bare: false }));
        assert_eq!(params.param("field3"), None);
        assert_eq!(params.get("field4"), Some("true"));
        assert_eq!(params.get("field5"), Some("1e3"));
        assert_eq!(params.get("extra"), None);
    }

    #[test]
    fn broken_json_is_an_error_and_a_nested_value_is_not_lost_silently() {
        for bad in
            ["{", "[1]", "{\"field1\":}", "{\"field1\":[1]}", "{\"status\":{}}", "{\"a\":1} x"]
        {
            assert!(Params::from_body("application/json", bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_body_under_the_wrong_content_type_is_read_by_its_look() {
        for (kind, body) in [
            ("application/json", "field1=7\r\n"),
            ("application/x-www-form-urlencoded", "{\"field1\": 7}"),
            ("", "field1=7"),
            ("text/plain", "{\"field1\":\"7\"}"),
            ("application/json; charset=utf-8", " {\"field1\":7}\r\n\r\n"),
            ("application/json", "\u{feff}{\"field1\":7}"),
        ] {
            let params = Params::from_body(kind, body.as_bytes()).unwrap();
            assert_eq!(params.get("field1"), Some("7"), "{kind} {body}");
        }
    }

    #[test]
    fn a_multipart_body_gives_its_parts() {
        let body = "--XX\r\nContent-Disposition: form-data; name=\"api_key\"\r\n\r\nKEY\r\n\
                    --XX\r\nContent-Disposition: form-data; name=field1\r\n\r\n21,5\r\n6\r\n--XX--\r\n";
        let params =
            Params::from_body("multipart/form-data; boundary=XX", body.as_bytes()).unwrap();
        assert_eq!((params.get("api_key"), params.get("field1")), (Some("KEY"), Some("21,5\r\n6")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, kind in "(application/json|multipart/form-data; boundary=a|x)") {
            let _ = Params::from_body(&kind, &bytes);
            let _ = Params::from_form(&bytes);
        }

        #[test]
        fn a_form_gives_back_what_was_encoded(text in ".*") {
            let encoded: std::string::String = text.bytes().map(|byte| std::format!("%{byte:02X}")).collect();
            let params = form(&std::format!("a={encoded}"));
            prop_assert_eq!(params.get("a"), Some(text.as_str()));
        }

        #[test]
        fn all_that_was_set_or_laid_over_stands_in_order(
            below in proptest::collection::vec((".{0,9}", ".{0,9}"), 0..5),
            above in proptest::collection::vec((".{0,9}", ".{0,9}"), 0..5),
        ) {
            let of = |pairs: &[(std::string::String, std::string::String)]| {
                let mut params = Params::default();
                pairs.iter().for_each(|(name, text)| params.set(name, text));
                params
            };
            let mut params = of(&below);
            params.overlay(of(&above));
            let all = [below, above].concat();
            let wanted: Vec<_> = all.iter().map(|(name, text)| (&**name, Param { text, bare: false })).collect();
            prop_assert_eq!(params.iter().collect::<Vec<_>>(), wanted);
            for (name, _) in &all {
                let last = all.iter().rfind(|(known, _)| known == name);
                prop_assert_eq!(params.get(name), last.map(|(_, text)| &**text));
            }
        }

        #[test]
        fn json_gives_back_what_was_encoded(text in ".*") {
            let json = serde_json::to_vec(&std::collections::BTreeMap::from([("field1", &text)])).unwrap();
            let params = Params::from_json(&json).unwrap();
            prop_assert_eq!(params.get("field1"), Some(text.as_str()));
        }
    }
}
