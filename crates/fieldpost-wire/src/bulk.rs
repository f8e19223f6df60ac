//! Many updates in one request: the JSON and the CSV form, and the times that they give.
//!
//! Each update names its time, or its distance in seconds from the one before. With distances only, the
//! last update is taken to have been made when the request came in, so that no entry lies in the future.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::value::RawValue;

use crate::params::{BadJson, Params, Scalar, clean_utf8, scalar};
use crate::time::Timestamp;
use crate::update::Update;
use crate::zone::Zone;

/// A bulk update as it was sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bulk {
    /// The key in the body, if there is one.
    pub write_key: Option<String>,
    /// The updates; `None` if the list itself is missing.
    pub items: Option<Vec<Item>>,
}

/// An update of a bulk with the time it claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it says; its own `created_at` is not set yet.
    pub update: Update,
    /// When that was.
    pub when: When,
}

/// The time of an update within a bulk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum When {
    /// A time of its own.
    At(Timestamp),
    /// Milliseconds after the update before it.
    After(i64),
    /// Neither, or one that can't be read.
    Unknown,
}

/// The names under which a bulk may carry its key, the one that only bulks have first.
const KEY_NAMES: [&str; 4] = ["write_api_key", "key", "api_key", "apikey"];

impl Bulk {
    /// Reads the JSON form: `{"write_api_key":…,"updates":[{"created_at":…,"field1":…},…]}`.
    ///
    /// # Errors
    /// If it is not that.
    pub fn from_json(body: &[u8], zone: &Zone, caller: &str) -> Result<Self, BadJson> {
        let bad = |error: serde_json::Error| BadJson(error.to_string());
        let text = clean_utf8(body);
        let members: BTreeMap<Cow<'_, str>, &RawValue> =
            serde_json::from_str(text.trim()).map_err(bad)?;
        let write_key = KEY_NAMES.iter().find_map(|name| match scalar(members.get(*name)?) {
            Scalar::Value(key, _) if !key.trim().is_empty() => Some(key.into_owned()),
            _ => None,
        });
        let Some(updates) = members.get("updates") else {
            return Ok(Self { write_key, items: None });
        };
        let updates: Vec<&RawValue> = serde_json::from_str(updates.get()).map_err(bad)?;
        let mut items = Vec::with_capacity(updates.len());
        for raw in updates {
            let params = Params::from_json(raw.get().as_bytes())?;
            items.push(Item::from_params(&params, zone, caller));
        }
        Ok(Self { write_key, items: Some(items) })
    }

    /// Reads the CSV form: entries parted by `|`, each the time, eight fields, latitude, longitude, elevation and
    /// status, parted by commas; a status may hold commas.
    pub fn from_form(params: &Params, zone: &Zone, caller: &str) -> Self {
        let format = params.get("time_format").map(|format| format.trim().to_ascii_lowercase());
        let read = |text: &str| match format.as_deref() {
            Some("relative") => after(text),
            Some("absolute") => zone.parse_or_epoch(text).map_or(When::Unknown, When::At),
            // Not said, or said wrongly: a guess could put entries into the year 1970.
            _ => When::Unknown,
        };
        let items = params.get("updates").map(|updates| {
            let entries = updates
                .split('|')
                .map(|entry| entry.trim_matches(['\r', '\n']))
                .filter(|entry| !entry.trim().is_empty());
            entries.map(|entry| Item::from_csv(entry, read, zone, caller)).collect()
        });
        Self {
            write_key: KEY_NAMES
                .iter()
                .find_map(|name| params.get(name).filter(|key| !key.trim().is_empty()))
                .map(Into::into),
            items,
        }
    }
}

impl Item {
    fn from_params(params: &Params, zone: &Zone, caller: &str) -> Self {
        let mut update = Update::from_params(params, zone, caller);
        update.created_at = None;
        let when = match (params.get("created_at"), params.get("delta_t")) {
            (Some(time), _) => zone.parse_or_epoch(time).map_or(When::Unknown, When::At),
            (None, Some(seconds)) => after(seconds),
            (None, None) => When::Unknown,
        };
        Self { update, when }
    }

    fn from_csv(entry: &str, read: impl Fn(&str) -> When, zone: &Zone, caller: &str) -> Self {
        const NAMES: [&str; 12] = [
            "field1",
            "field2",
            "field3",
            "field4",
            "field5",
            "field6",
            "field7",
            "field8",
            "latitude",
            "longitude",
            "elevation",
            "status",
        ];
        let mut cells = entry.splitn(1 + NAMES.len(), ',');
        let time = cells.next().unwrap_or_default().trim();
        let when = read(time);
        let mut params = Params::default();
        for (name, cell) in NAMES.into_iter().zip(cells) {
            let cell = if name == "status" { cell } else { cell.trim() };
            if !cell.is_empty() {
                params.set(name, cell);
            }
        }
        Self { update: Update::from_params(&params, zone, caller), when }
    }
}

fn after(seconds: &str) -> When {
    match seconds.trim().parse::<f64>() {
        Ok(seconds) if (0.0..=1e9).contains(&seconds) => When::After((seconds * 1000.0) as i64),
        _ => When::Unknown,
    }
}

/// Gives every update its time.
///
/// # Errors
/// The place, from 1, of an update without a time that can be read, or with a distance of 0 that is not the first.
pub fn settle(items: Vec<Item>, received: Timestamp) -> Result<Vec<Update>, usize> {
    for (at, item) in items.iter().enumerate() {
        if item.when == When::Unknown || (item.when == When::After(0) && at > 0) {
            return Err(at + 1);
        }
    }
    // Distances before the first update that names its time, or all of them, are counted back from there.
    let known = items.iter().position(|item| matches!(item.when, When::At(_)));
    let anchor = known.unwrap_or(items.len().saturating_sub(1));
    let mut times: Vec<Timestamp> = items
        .iter()
        .map(|item| if let When::At(time) = item.when { time } else { received })
        .collect();
    for at in (0..anchor).rev() {
        if let When::After(distance) = items[at + 1].when {
            times[at] = times[at + 1].plus_millis(-distance);
        } else if let When::After(distance) = items[at].when {
            times[at] = times[at + 1].plus_millis(-distance.max(1));
        }
    }
    for at in anchor + 1..items.len() {
        if let When::After(distance) = items[at].when {
            times[at] = times[at - 1].plus_millis(distance);
        }
    }
    let timed = items.into_iter().zip(times);
    Ok(timed.map(|(item, time)| Update { created_at: Some(time), ..item.update }).collect())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;
    use std::string::ToString;

    const NOW: Timestamp = Timestamp::from_seconds(1_714_979_289);

    fn json(body: &str) -> Result<Vec<Update>, usize> {
        settle(Bulk::from_json(body.as_bytes(), &Zone::Utc, "").unwrap().items.unwrap(), NOW)
    }

    fn times(updates: &[Update]) -> Vec<std::string::String> {
        updates
            .iter()
            .map(|update| update.created_at.unwrap().to_string()[11..19].to_string())
            .collect()
    }

    #[test]
    fn json_gives_values_and_absolute_times_in_three_spellings() {
        let updates = json(
            r#"{"write_api_key":"K","updates":[
            {"created_at":"2024-05-06 10:00:00 +0200","field1":21.4,"field2":"63","status":"boot"},
            {"created_at":1714979289,"latitude":47.5},{"created_at":"1714979299"}]}"#,
        )
        .unwrap();
        assert_eq!(times(&updates), ["08:00:00", "07:08:09", "07:08:19"]);
        assert_eq!(updates[0].values.fields[0].as_deref(), Some("21.4"));
        assert_eq!(updates[1].values.latitude.as_deref(), Some("47.5"));
    }

    #[test]
    fn distances_end_at_the_time_of_receipt() {
        let updates =
            json(r#"{"updates":[{"delta_t":0},{"delta_t":"20"},{"delta_t":9}]}"#).unwrap();
        assert_eq!(times(&updates), ["07:07:40", "07:08:00", "07:08:09"]);
    }

    #[test]
    fn a_distance_after_a_known_time_counts_from_there() {
        let updates = json(
            r#"{"updates":[{"created_at":"2024-05-06 01:00:00"},{"delta_t":20},{"delta_t":9}]}"#,
        )
        .unwrap();
        assert_eq!(times(&updates), ["01:00:00", "01:00:20", "01:00:29"]);
    }

    #[test]
    fn an_update_without_a_time_names_its_place() {
        assert_eq!(json(r#"{"updates":[{"delta_t":1},{"field1":1}]}"#), Err(2));
        assert_eq!(json(r#"{"updates":[{"delta_t":1},{"delta_t":0}]}"#), Err(2));
        assert_eq!(json(r#"{"updates":[{"created_at":"soon"}]}"#), Err(1));
        assert_eq!(json(r#"{"updates":[{"delta_t":-1}]}"#), Err(1));
    }

    #[test]
    fn csv_takes_unencoded_separators_and_a_status_with_commas() {
        let body = "write_api_key=K&time_format=absolute&updates=1714982400,21.4,63|1714982430,21.6,,,,,,,,,,,back+on,line";
        let bulk = Bulk::from_form(&Params::from_form(body.as_bytes()), &Zone::Utc, "");
        assert_eq!(bulk.write_key.as_deref(), Some("K"));
        let updates = settle(bulk.items.unwrap(), NOW).unwrap();
        assert_eq!(times(&updates), ["08:00:00", "08:00:30"]);
        assert_eq!(updates[0].values.fields[1].as_deref(), Some("63"));
        assert_eq!(updates[1].values.fields[1], None);
        assert_eq!(updates[1].values.status.as_deref(), Some("back on,line"));
    }

    #[test]
    fn csv_without_a_time_format_is_not_guessed_at() {
        for body in ["updates=1,2", "time_format=maybe&updates=1714982400,2"] {
            let bulk = Bulk::from_form(&Params::from_form(body.as_bytes()), &Zone::Utc, "");
            assert_eq!(settle(bulk.items.unwrap(), NOW), Err(1), "{body}");
        }
    }

    #[test]
    fn csv_distances_work_alike() {
        let body = "time_format=relative&updates=0,1|10,2|5,3";
        let bulk = Bulk::from_form(&Params::from_form(body.as_bytes()), &Zone::Utc, "");
        assert_eq!(
            times(&settle(bulk.items.unwrap(), NOW).unwrap()),
            ["07:07:54", "07:08:04", "07:08:09"]
        );
    }

    #[test]
    fn a_missing_list_is_not_an_empty_one() {
        assert_eq!(Bulk::from_json(b"{}", &Zone::Utc, "").unwrap().items, None);
        assert!(Bulk::from_json(b"{\"updates\":7}", &Zone::Utc, "").is_err());
        let many = format!("{{\"updates\":[{}]}}", ["{\"delta_t\":1}"; 3].join(","));
        assert_eq!(json(&many).unwrap().len(), 3);
    }
}
