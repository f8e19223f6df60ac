//! From a message to updates: what boards publish on topics of their own, such as Tasmota's and ESPHome's, as values of fields.
//!
//! Pure: a topic and a payload go in, one update for each channel comes out, numbers with the digits in which they came.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fieldpost_store::TopicMap;
use fieldpost_wire::params::clean_utf8;
use fieldpost_wire::update::cut;
use fieldpost_wire::{ChannelId, FieldNo, Update};
use serde_json::value::RawValue;

/// What a message holds for the fields that it is mapped to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapped {
    /// The updates, one for each channel, by ascending id.
    pub updates: Vec<(ChannelId, Update)>,
    /// Maps of this topic that found nothing in the payload, and why.
    pub missed: Vec<(TopicMap, Missed)>,
}

/// Why a map found nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Missed {
    /// The payload is no JSON, and the map looks into it.
    NoJson,
    /// Nothing stands there.
    Nothing,
    /// `null` stands there: the sensor gave no reading.
    Null,
    /// A list or an object stands there.
    Nested,
    /// The payload is no text.
    NoText,
}

/// True if a message on this topic is mapped.
pub fn is_mapped(maps: &[TopicMap], topic: &str) -> bool {
    maps.iter().any(|map| map.topic == topic)
}

/// Reads the values that a message on a topic holds. If two maps lead to one field the last one that finds something counts.
pub fn read(maps: &[TopicMap], topic: &str, payload: &[u8]) -> Mapped {
    let mut mapped = Mapped::default();
    let mut updates: BTreeMap<ChannelId, Update> = BTreeMap::new();
    for map in maps.iter().filter(|map| map.topic == topic) {
        let field = FieldNo::ALL.get(usize::from(map.field).wrapping_sub(1));
        let (Some(channel), Some(field)) = (ChannelId::new(map.channel), field) else { continue };
        match value(map.path.as_deref(), payload) {
            Ok(text) => {
                let update = updates.entry(channel).or_default();
                update.values.fields[field.index()] = Some(cut(&text).into());
            }
            Err(missed) => mapped.missed.push((map.clone(), missed)),
        }
    }
    mapped.updates = updates.into_iter().collect();
    mapped
}

/// The value at a path, or the whole payload.
fn value<'a>(path: Option<&str>, payload: &'a [u8]) -> Result<Cow<'a, str>, Missed> {
    match path {
        None => {
            let text = std::str::from_utf8(payload).map_err(|_| Missed::NoText)?.trim();
            if text.is_empty() { Err(Missed::Nothing) } else { Ok(text.into()) }
        }
        Some(path) => {
            let text = clean_utf8(payload);
            let root: &RawValue = serde_json::from_str(&text).map_err(|_| Missed::NoJson)?;
            let found = at(root, path).ok_or(Missed::Nothing)?;
            scalar(found).map(|text| Cow::Owned(text.into_owned()))
        }
    }
}

/// What stands at a dotted path. A name may hold dots itself; a number picks from a list.
fn at<'a>(value: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    let raw = value.get();
    if raw.starts_with('[') {
        let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
        let list: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
        let item = *list.get(first.parse::<usize>().ok()?)?;
        return rest.map_or(Some(item), |rest| at(item, rest));
    }
    if !raw.starts_with('{') {
        return None;
    }
    let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(raw).ok()?;
    let ends = path.match_indices('.').map(|(end, _)| end);
    let deeper = ends.filter_map(|end| at(members.get(&path[..end])?, &path[end + 1..])).next();
    deeper.or_else(|| members.get(path).copied())
}

fn scalar(raw: &RawValue) -> Result<Cow<'_, str>, Missed> {
    let raw = raw.get();
    match raw.as_bytes().first() {
        Some(b'"') => {
            serde_json::from_str::<String>(raw).map(Cow::Owned).map_err(|_| Missed::NoText)
        }
        Some(b'{' | b'[') => Err(Missed::Nested),
        Some(b'n') | None => Err(Missed::Null),
        // As a number, so that a chart can draw it.
        Some(b't') => Ok("1".into()),
        Some(b'f') => Ok("0".into()),
        Some(_) => Ok(raw.into()),
    }
}

#[cfg(test)]
mod tests;
