//! What a board sends, once it is sane: an update on its way to becoming an entry.
//!
//! Reading accepts all the names and habits that clients of the service have. Past this file there
//! are only values that a channel can hold.

use alloc::boxed::Box;
use alloc::string::ToString;
use core::fmt;

use crate::entry::{TEXT_MAX, Text, Values};
use crate::ids::FieldNo;
use crate::number::place;
use crate::params::{Param, Params};
use crate::time::Timestamp;
use crate::zone::Zone;

/// An update that has not been accepted yet.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Update {
    /// What it says.
    pub values: Values,
    /// The time it names; otherwise the time of receipt counts.
    pub created_at: Option<Timestamp>,
    /// Which of its values were bare JSON numbers or booleans.
    pub bare: Bare,
}

/// Marks the values that came as JSON numbers or booleans: the direct `.json` answer echoes them without quotes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Bare {
    /// By field; field 1 is at 0.
    pub fields: [bool; FieldNo::COUNT],
    /// The elevation.
    pub elevation: bool,
    /// The status.
    pub status: bool,
}

impl Update {
    /// Reads an update from the parameters of a request.
    ///
    /// `zone` is the clock by which a `created_at` without offset is read; seconds since 1970 are a time too; one that
    /// can't be read at all is passed over, as the service does. `caller` replaces the value `IP_ADDRESS`.
    pub fn from_params(params: &Params, zone: &Zone, caller: impl fmt::Display) -> Self {
        let (mut fields, mut short) = ([None; FieldNo::COUNT], [None; FieldNo::COUNT]);
        let (mut status, mut elevation, mut created_at) = (None, None, None);
        let (mut latitude, mut lat, mut longitude, mut long) = (None, None, None, None);
        // Of a name that came more than once the last one counts.
        for (name, param) in params.iter() {
            match name.as_bytes() {
                [b'f', b'i', b'e', b'l', b'd', digit @ b'1'..=b'8'] => {
                    fields[usize::from(digit - b'1')] = Some(param);
                }
                [digit @ b'1'..=b'8'] => short[usize::from(digit - b'1')] = Some(param),
                b"status" => status = Some(param),
                b"elevation" => elevation = Some(param),
                b"latitude" => latitude = Some(param),
                b"lat" => lat = Some(param),
                b"longitude" => longitude = Some(param),
                b"long" => long = Some(param),
                b"created_at" => created_at = Some(param),
                _ => {}
            }
        }
        let mut update = Self::default();
        let Self { values, bare, .. } = &mut update;
        for (at, (full, short)) in fields.into_iter().zip(short).enumerate() {
            if let Some(param) = full.or(short) {
                values.fields[at] = Some(clean(param, &caller));
                bare.fields[at] = echoes(param);
            }
        }
        values.status = status.map(|param| clean(param, &caller));
        bare.status = status.is_some_and(echoes);
        values.elevation = elevation.map(|param| clean(param, &caller));
        bare.elevation = elevation.is_some_and(echoes);
        values.latitude = degrees(latitude.or(lat).map(text), 90.0);
        values.longitude = degrees(longitude.or(long).map(text), 180.0);
        update.created_at = created_at.and_then(|param| zone.parse_or_epoch(param.text));
        update
    }
}

fn text(param: Param<'_>) -> &str {
    param.text
}

/// Reads a latitude or longitude; one that is no number or out of range is no place.
pub(crate) fn degrees(text: Option<&str>, limit: f64) -> Text {
    text.and_then(|text| place(text, limit)).map(Into::into)
}

/// True for a JSON number or boolean that is kept whole, so that its echo is valid JSON.
fn echoes(param: Param<'_>) -> bool {
    param.bare && param.text.len() <= TEXT_MAX
}

/// A value as it is kept: cut at 255 characters, without a literal `\n\r` that careless sketches
/// leave at the end, and with the caller's address for the word `IP_ADDRESS`.
pub(crate) fn clean(param: Param<'_>, caller: &dyn fmt::Display) -> Box<str> {
    let text = param.text;
    let text = text.strip_suffix("\\n\\r").unwrap_or(text);
    if text.eq_ignore_ascii_case("IP_ADDRESS") {
        return caller.to_string().into();
    }
    cut(text).into()
}

/// The first 255 characters of a text.
pub fn cut(text: &str) -> &str {
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// An update from plain field values, for programs and tests.
impl<'a, const N: usize> From<[(FieldNo, &'a str); N]> for Update {
    fn from(fields: [(FieldNo, &'a str); N]) -> Self {
        let mut update = Self::default();
        for (field, text) in fields {
            update.values.fields[field.index()] = Some(cut(text).to_string().into());
        }
        update
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    fn read(form: &str) -> Update {
        Update::from_params(&Params::from_form(form.as_bytes()), &Zone::Utc, "192.0.2.7")
    }

    #[test]
    fn values_keep_the_exact_text() {
        let update = read("field1=021.50&field2=nan&field8=&status=ok");
        assert_eq!(update.values.field(FieldNo::ALL[0]), Some("021.50"));
        assert_eq!(update.values.field(FieldNo::ALL[1]), Some("nan"));
        assert_eq!(update.values.field(FieldNo::ALL[7]), Some(""));
        assert_eq!(update.values.field(FieldNo::ALL[2]), None);
        assert_eq!(update.values.status.as_deref(), Some("ok"));
    }

    #[test]
    fn old_names_work_and_the_full_name_wins() {
        let update = read("1=a&field2=b&2=c&lat=47.50&long=8.25&latitude=1");
        assert_eq!(update.values.field(FieldNo::ALL[0]), Some("a"));
        assert_eq!(update.values.field(FieldNo::ALL[1]), Some("b"));
        assert_eq!(update.values.latitude.as_deref(), Some("1.0"));
        assert_eq!(update.values.longitude.as_deref(), Some("8.25"));
    }

    #[test]
    fn a_place_that_is_none_is_left_out() {
        let update = read("lat=91&long=east");
        assert_eq!((update.values.latitude, update.values.longitude), (None, None));
    }

    #[test]
    fn a_value_is_cut_at_255_characters_not_bytes() {
        let long = "ü".repeat(300);
        let update = read(&std::format!("field1={long}"));
        assert_eq!(update.values.field(FieldNo::ALL[0]).unwrap().chars().count(), TEXT_MAX);
    }

    #[test]
    fn habits_of_old_sketches_are_understood() {
        let update = read("field1=5\\n\\r&field2=ip_address");
        assert_eq!(update.values.field(FieldNo::ALL[0]), Some("5"));
        assert_eq!(update.values.field(FieldNo::ALL[1]), Some("192.0.2.7"));
    }

    #[test]
    fn a_time_that_cannot_be_read_is_passed_over() {
        assert_eq!(read("created_at=yesterday").created_at, None);
        assert_eq!(read("created_at=0").created_at, Some(Timestamp::from_seconds(0)));
        assert_eq!(
            read("created_at=2024-05-06+07:08:09").created_at.unwrap().to_string(),
            "2024-05-06T07:08:09Z"
        );
    }
}
