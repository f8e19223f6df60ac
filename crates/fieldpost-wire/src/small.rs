//! The little that a board reads and writes: the newest entry of a JSON reply, the JSON of an update.
//!
//! Needs no allocator, no recursion and no table; what it returns borrows from the reply. It is not a
//! JSON library: it reads the shapes that ThingSpeak's interfaces answer with, and calls everything
//! else malformed. A server reads and writes feeds with the rest of this crate.

use crate::ids::{EntryId, FieldNo};
use crate::time::{Civil, Timestamp};
use core::fmt::{self, Write};
use core::str::Chars;
use scan::Scan;

mod scan;

/// A reply that is not the JSON it should be, or that was cut off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reply is not a feed in JSON")
    }
}

impl core::error::Error for Malformed {}

/// The newest entry of a reply. What the reply left out, or gave as `null`, is `None`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Newest<'a> {
    /// The entry's number in its channel.
    pub entry_id: Option<EntryId>,
    /// When the entry was made, if the reply says so in UTC.
    pub created_at: Option<Timestamp>,
    fields: [Option<FieldText<'a>>; FieldNo::COUNT],
}

impl<'a> Newest<'a> {
    /// Finds the newest entry of a reply to `feeds.json`, `fields/N.json`, `feeds/last.json` or
    /// `fields/N/last.json`. `Ok(None)` means that there is no entry yet, or none that may be read:
    /// an empty list of feeds, `null`, `-1` or `"-1"`.
    ///
    /// ```
    /// use fieldpost_wire::{FieldNo, small::Newest};
    ///
    /// let reply = br#"{"channel":{"id":7,"field1":"LED"},"feeds":[{"entry_id":3,"field1":"1"}]}"#;
    /// let newest = Newest::read(reply).unwrap().unwrap();
    /// assert!(newest.field(FieldNo::ALL[0]).is_some_and(|text| text.is("1")));
    /// ```
    pub fn read(reply: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let text = core::str::from_utf8(reply).map_err(|_| Malformed)?;
        let mut scan = Scan { rest: text };
        let found = match scan.peek().ok_or(Malformed)? {
            '{' => Self::read_reply(&mut scan)?,
            _ => {
                let nothing = scan.scalar()?;
                if nothing.is_some_and(|text| !text.is("-1")) {
                    return Err(Malformed);
                }
                None
            }
        };
        if scan.peek().is_some() { Err(Malformed) } else { Ok(found) }
    }

    /// The text of a field.
    pub const fn field(&self, number: FieldNo) -> Option<FieldText<'a>> {
        self.fields[number.index()]
    }

    /// Reads an object that is either an entry itself or has a list of them under `feeds`.
    fn read_reply(scan: &mut Scan<'a>) -> Result<Option<Self>, Malformed> {
        let mut entry = Self::default();
        let mut listed = None;
        let mut more = scan.open('{', '}')?;
        while more {
            let key = scan.key()?;
            if key == "feeds" && scan.peek() == Some('[') {
                listed = Some(Self::read_list(scan)?);
            } else {
                entry.take(key, scan)?;
            }
            more = scan.more('}')?;
        }
        Ok(listed.unwrap_or((entry != Self::default()).then_some(entry)))
    }

    /// Reads a list of entries and keeps the last one: feeds come in ascending order.
    fn read_list(scan: &mut Scan<'a>) -> Result<Option<Self>, Malformed> {
        let mut last = None;
        let mut more = scan.open('[', ']')?;
        while more {
            let mut entry = Self::default();
            let mut member = scan.open('{', '}')?;
            while member {
                let key = scan.key()?;
                entry.take(key, scan)?;
                member = scan.more('}')?;
            }
            last = Some(entry);
            more = scan.more(']')?;
        }
        Ok(last)
    }

    /// Takes one member of an entry; passes over those that a board has no use for.
    fn take(&mut self, key: &str, scan: &mut Scan<'a>) -> Result<(), Malformed> {
        let field = key.strip_prefix("field").and_then(|_| key.parse::<FieldNo>().ok());
        match (key, field) {
            ("entry_id", _) => {
                self.entry_id = scan.scalar()?.and_then(|text| text.raw.parse().ok());
            }
            ("created_at", _) => {
                self.created_at = scan.scalar()?.and_then(|text| utc(text.raw));
            }
            (_, Some(number)) => self.fields[number.index()] = scan.scalar()?,
            _ => scan.skip()?,
        }
        Ok(())
    }
}

/// A field's text inside a reply, unescaped as it is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FieldText<'a> {
    raw: &'a str,
}

impl<'a> FieldText<'a> {
    /// True if the text is exactly this one.
    pub fn is(self, text: &str) -> bool {
        self.chars().eq(text.chars())
    }

    /// The characters of the text. A broken escape reads as U+FFFD.
    pub fn chars(self) -> impl Iterator<Item = char> + 'a {
        Unescaped { rest: self.raw.chars() }
    }
}

impl fmt::Display for FieldText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|c| f.write_char(c))
    }
}

struct Unescaped<'a> {
    rest: Chars<'a>,
}

impl Unescaped<'_> {
    fn unit(&mut self) -> Option<u16> {
        let digits = self.rest.as_str().get(..4)?;
        let unit = u16::from_str_radix(digits, 16).ok()?;
        self.rest = self.rest.as_str().get(4..)?.chars();
        Some(unit)
    }

    fn unicode(&mut self) -> Option<char> {
        let first = self.unit()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(u32::from(first));
        }
        self.rest = self.rest.as_str().strip_prefix("\\u")?.chars();
        char::decode_utf16([first, self.unit()?]).next()?.ok()
    }
}

impl Iterator for Unescaped<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c != '\\' {
            return Some(c);
        }
        Some(match self.rest.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => self.unicode().unwrap_or(char::REPLACEMENT_CHARACTER),
            Some(c @ ('"' | '\\' | '/')) => c,
            _ => char::REPLACEMENT_CHARACTER,
        })
    }
}

/// A value that a board sends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Value<'a> {
    /// A number given in tenths: 215 is sent as `21.5`.
    Tenths(i32),
    /// A text.
    Text(&'a str),
}

/// What an update says about its time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum When {
    /// Nothing: it counts from when the server receives it.
    OnReceipt,
    /// It was made at this instant (`created_at`).
    At(Timestamp),
    /// It was made so many seconds after the update before it (`delta_t`; for bulk updates only).
    SecondsLater(u32),
}

/// Writes one update as a JSON object, such as `{"field1":21.5,"field2":55.0}`.
///
/// ```
/// use fieldpost_wire::{FieldNo, small::{Value, When, write_update}};
///
/// let mut json = String::new();
/// let values = [(FieldNo::ALL[0], Value::Tenths(-5)), (FieldNo::ALL[1], Value::Text("on"))];
/// write_update(&mut json, When::OnReceipt, values).unwrap();
/// assert_eq!(json, r#"{"field1":-0.5,"field2":"on"}"#);
/// ```
pub fn write_update<'a>(
    out: &mut impl Write,
    when: When,
    values: impl IntoIterator<Item = (FieldNo, Value<'a>)>,
) -> fmt::Result {
    out.write_char('{')?;
    let mut comma = true;
    match when {
        When::OnReceipt => comma = false,
        When::At(instant) => write!(out, r#""created_at":"{instant}""#)?,
        When::SecondsLater(seconds) => write!(out, r#""delta_t":{seconds}"#)?,
    }
    for (field, value) in values {
        if comma {
            out.write_char(',')?;
        }
        comma = true;
        write!(out, r#""{}":"#, field.name())?;
        match value {
            Value::Tenths(tenths) => write!(out, "{}", Tenths(tenths))?,
            Value::Text(text) => write_string(out, text)?,
        }
    }
    out.write_char('}')
}

/// A number in tenths, printed with one decimal: `-5` prints as `-0.5`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Tenths(pub i32);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(f, "{sign}{}.{}", size / 10, size % 10)
    }
}

fn write_string(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(out, "\\{c}")?,
            c if u32::from(c) < 0x20 => write!(out, "\\u{:04x}", u32::from(c))?,
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}

/// Reads an instant such as `2024-05-06T07:08:09Z`, the form in which entries are dated unless another zone is asked for.
pub fn utc(text: &str) -> Option<Timestamp> {
    let number = |from: usize, to: usize| -> Option<u16> {
        let digits = text.get(from..to)?;
        if digits.bytes().all(|c| c.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let small = |from| number(from, from + 2).and_then(|n| u8::try_from(n).ok());
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
    if text.len() != 20 || marks.iter().any(|(at, mark)| text.as_bytes()[*at] != *mark) {
        return None;
    }
    let civil = Civil {
        year: i32::from(number(0, 4)?),
        month: small(5)?,
        day: small(8)?,
        hour: small(11)?,
        minute: small(14)?,
        second: small(17)?,
    };
    civil.is_real().then(|| Timestamp::from_civil(civil))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;
    use std::string::{String, ToString};

    const FEED: &str = r#"{"channel":{"id":4711,"name":"A \"quoted\" [name}","field1":"Air temp",
        "metadata":{"deep":[1,{"field1":"no"}]},"last_entry_id":1290},"feeds":[
        {"created_at":"2024-05-06T07:08:09Z","entry_id":1289,"field1":"21.5","field2":"63"},
        {"created_at":"2024-05-06T07:08:39Z","entry_id":1290,"field1":"21.6","field2":null}]}"#;

    fn field<'a>(newest: &Newest<'a>, number: u8) -> Option<FieldText<'a>> {
        newest.field(FieldNo::new(number).unwrap())
    }

    #[test]
    fn the_newest_entry_of_a_feed_is_its_last_one() {
        let newest = Newest::read(FEED.as_bytes()).unwrap().unwrap();
        assert_eq!(newest.entry_id, Some(EntryId::new(1290)));
        assert_eq!(newest.created_at, Some(Timestamp::from_seconds(1_714_979_319)));
        assert_eq!(field(&newest, 1).unwrap().to_string(), "21.6");
        assert_eq!(field(&newest, 2), None);
        assert_eq!(field(&newest, 3), None);
    }

    #[test]
    fn a_reply_of_one_entry_is_read_as_well() {
        let reply = br#"{"created_at":"2024-05-06T09:08:39+02:00","entry_id":"5","field8":21.6}"#;
        let newest = Newest::read(reply).unwrap().unwrap();
        assert_eq!(newest.entry_id, Some(EntryId::new(5)));
        assert_eq!(newest.created_at, None, "only UTC is understood");
        assert_eq!(field(&newest, 8).unwrap().to_string(), "21.6");
    }

    #[test]
    fn no_entry_yet_is_an_answer_and_not_a_mistake() {
        for reply in [r#"{"channel":{"id":1},"feeds":[]}"#, "\"-1\"", "-1", "null", " {} "] {
            assert_eq!(Newest::read(reply.as_bytes()), Ok(None), "{reply}");
        }
    }

    #[test]
    fn every_cut_through_a_feed_is_malformed_and_none_panics() {
        for end in 0..FEED.len() {
            assert_eq!(Newest::read(&FEED.as_bytes()[..end]), Err(Malformed), "cut at {end}");
        }
        for reply in ["Bad Gateway", "{\"feeds\":[1]}", "{\"a\":]}", "{}{}", "42", "\"x\"", "[]"] {
            assert_eq!(Newest::read(reply.as_bytes()), Err(Malformed), "{reply}");
        }
        assert_eq!(Newest::read(b"{\"field1\":\"\xff\"}"), Err(Malformed));
    }

    #[test]
    fn whatever_arrives_nothing_panics() {
        let mut chance = 1_u64;
        let mut draw = |end: usize| {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (chance >> 33) as usize % end
        };
        for _ in 0..20_000 {
            let mut reply = FEED.as_bytes().to_vec();
            for _ in 0..=draw(8) {
                let at = draw(reply.len());
                reply[at] = br#"{}[]",:\u0-1n"#[draw(13)];
            }
            if let Ok(Some(newest)) = Newest::read(&reply) {
                let texts = FieldNo::ALL.iter().filter_map(|number| newest.field(*number));
                assert!(texts.map(|text| text.chars().count()).sum::<usize>() < FEED.len());
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for tenths in -400..=1_000 {
            let mut json = String::new();
            let values = FieldNo::ALL.map(|number| (number, Value::Tenths(tenths)));
            write_update(&mut json, When::At(Timestamp::from_seconds(7)), values).unwrap();
            let newest = Newest::read(json.as_bytes()).unwrap().unwrap();
            assert_eq!(newest.created_at, Some(Timestamp::from_seconds(7)));
            let text = newest.field(FieldNo::ALL[7]).unwrap().to_string();
            assert_eq!(text, format!("{:.1}", f64::from(tenths) / 10.0));
        }
    }

    #[test]
    fn deep_nesting_is_passed_over_without_a_stack() {
        let reply =
            format!(r#"{{"x":{}{},"entry_id":1}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(
            Newest::read(reply.as_bytes()).unwrap().unwrap().entry_id,
            Some(EntryId::new(1))
        );
    }

    #[test]
    fn escapes_are_undone_and_broken_ones_show() {
        for (raw, text) in [
            (r#"a\"b\\c\/d\n"#, "a\"b\\c/d\n"),
            (r"\u003c21\u00b0 \ud83d\ude00", "<21° 😀"),
            (r"\ud83dx\u12", "\u{fffd}x\u{fffd}12"),
            (r"\q", "\u{fffd}"),
        ] {
            let found = FieldText { raw };
            assert_eq!(found.to_string(), text);
            assert!(found.is(text));
        }
        assert!(!FieldText { raw: "1" }.is("12"));
    }

    #[test]
    fn an_update_is_written_as_the_tutorials_boards_write_it() {
        let [one, two] = [FieldNo::ALL[0], FieldNo::ALL[1]];
        let write = |when, values: [(FieldNo, Value<'_>); 2]| {
            let mut json = String::new();
            write_update(&mut json, when, values).unwrap();
            json
        };
        assert_eq!(
            write(When::OnReceipt, [(one, Value::Tenths(215)), (two, Value::Tenths(550))]),
            r#"{"field1":21.5,"field2":55.0}"#
        );
        assert_eq!(
            write(
                When::At(Timestamp::from_seconds(0)),
                [(one, Value::Tenths(-101)), (two, Value::Text("\"\\\n"))]
            ),
            r#"{"created_at":"1970-01-01T00:00:00Z","field1":-10.1,"field2":"\"\\\u000a"}"#
        );
        assert_eq!(
            write(When::SecondsLater(3), [(one, Value::Tenths(i32::MIN)), (two, Value::Text(""))]),
            r#"{"delta_t":3,"field1":-214748364.8,"field2":""}"#
        );
    }

    #[test]
    fn only_real_dates_in_utc_are_instants() {
        assert_eq!(utc("2024-02-29T00:00:00Z"), Some(Timestamp::from_seconds(1_709_164_800)));
        for bad in ["2023-02-29T00:00:00Z", "2024-05-06 07:08:09Z", "2024-05-06T07:08:0+Z", "", "é"]
        {
            assert_eq!(utc(bad), None, "{bad}");
        }
    }
}
