//! What was stored but hardly meant so: no field came along, a ninth one did, a sensor's way of saying "no reading".

use fieldpost_wire::entry::Values;
use fieldpost_wire::{Channel, FieldNo, Params};

/// What is doubtful about an update that was stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Warning {
    /// Nothing came that an entry can hold. These are the names that did come.
    NoValues(Vec<String>),
    /// A field came that there is none of.
    Beyond(String),
    /// A value is the word that a program has for "no number".
    NoNumber(FieldNo, String),
    /// A value is the number by which a sensor's library says that it got no reading.
    NoReading(FieldNo, String),
    /// All the fields that came are empty.
    Empty(FieldNo),
    /// A field came that the channel has no name for; it is stored and not shown.
    Unnamed(FieldNo),
}

/// Words that programs write where a number is missing.
const WORDS: [&str; 9] =
    ["nan", "none", "null", "inf", "-inf", "-nan", "undefined", "infinity", "ovf"];
/// A DS18B20 that is not there (DallasTemperature), a DHT that did not answer (DHTlib).
const NO_READING: [f64; 2] = [-127.0, -999.0];

impl Warning {
    /// Looks an update over that was stored. Done for every one that is taken, so it allocates only when it has something to say.
    pub fn of(params: &Params, values: &Values, channel: &Channel) -> Option<Self> {
        let given =
            || FieldNo::ALL.into_iter().filter_map(|no| values.field(no).map(|text| (no, text)));
        let mut beyond = params.iter().map(|(name, _)| name).filter(|name| {
            let number = name.strip_prefix("field").or_else(|| name.strip_prefix("Field"));
            number.is_some_and(|number| {
                !number.is_empty()
                    && number.bytes().all(|c| c.is_ascii_digit())
                    && name.parse::<FieldNo>().is_err()
            })
        });
        if let Some(name) = beyond.next() {
            return Some(Self::Beyond(name.chars().take(20).collect()));
        }
        if given().next().is_none() {
            let place = values.latitude.is_some() || values.longitude.is_some();
            if values.status.is_some() || values.elevation.is_some() || place {
                return None;
            }
            let names = params.iter().map(|(name, _)| name).filter(|name| !is_ours(name));
            return Some(Self::NoValues(
                names.take(3).map(|name| name.chars().take(40).collect()).collect(),
            ));
        }
        if given().all(|(_, text)| text.trim().is_empty()) {
            return given().next().map(|(no, _)| Self::Empty(no));
        }
        // What begins with a digit is a reading.
        let odd = |text: &str| !text.as_bytes().first().is_some_and(u8::is_ascii_digit);
        for (no, text) in given().filter(|(_, text)| odd(text)) {
            let text = text.trim();
            if WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) {
                return Some(Self::NoNumber(no, text.into()));
            }
            if text.starts_with('-') && text.parse().is_ok_and(|value| NO_READING.contains(&value))
            {
                return Some(Self::NoReading(no, text.into()));
            }
        }
        let mut unnamed = given().filter(|(no, _)| channel.about.label(*no).is_none());
        unnamed.next().map(|(no, _)| Self::Unnamed(no))
    }
}

/// True for names that mean something else than a value.
fn is_ours(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("key")
        || ["headers", "created_at", "timezone", "offset", "_method", "callback", "lat", "long"]
            .contains(&lower.as_str())
}
