//! What a board sends, once it is sane: an update on its way to becoming an entry.
//!
//! Reading accepts all the names and habits that clients of the service have. Past this file there
//! are only values that a channel can hold.

use alloc::boxed::Box;
use alloc::string::ToString;

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
    pub fn from_params(params: &Params, zone: &Zone, caller: &str) -> Self {
        let mut update = Self::default();
        for field in FieldNo::ALL {
            let short = ["1", "2", "3", "4", "5", "6", "7", "8"][field.index()];
            if let Some(param) = params.param(field.name()).or_else(|| params.param(short)) {
                update.values.fields[field.index()] = Some(clean(param, caller));
                update.bare.fields[field.index()] = echoes(param);
            }
        }
        if let Some(param) = params.param("status") {
            update.values.status = Some(clean(param, caller));
            update.bare.status = echoes(param);
        }
        if let Some(param) = params.param("elevation") {
            update.values.elevation = Some(clean(param, caller));
            update.bare.elevation = echoes(param);
        }
        update.values.latitude = degrees(params.first_of(&["latitude", "lat"]), 90.0);
        update.values.longitude = degrees(params.first_of(&["longitude", "long"]), 180.0);
        update.created_at = params.get("created_at").and_then(|text| zone.parse_or_epoch(text));
        update
    }
}

/// Reads a latitude or longitude; one that is no number or out of range is no place.
pub(crate) fn degrees(text: Option<&str>, limit: f64) -> Text {
    text.and_then(|text| place(text, limit)).map(Into::into)
}

/// True for a JSON number or boolean that is kept whole, so that its echo is valid JSON.
fn echoes(param: &Param) -> bool {
    param.bare && param.text.len() <= TEXT_MAX
}

/// A value as it is kept: cut at 255 characters, without a literal `\n\r` that careless sketches
/// leave at the end, and with the caller's address for the word `IP_ADDRESS`.
pub(crate) fn clean(param: &Param, caller: &str) -> Box<str> {
    let text = param.text.as_str();
    let text = text.strip_suffix("\\n\\r").unwrap_or(text);
    if text.eq_ignore_ascii_case("IP_ADDRESS") {
        return caller.into();
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
