//! Reads files, of any size: the CSV that the service's website exports into updates, and JSON lines into entries.
//!
//! The header names the columns; files without one have the time, eight fields, latitude, longitude, elevation and
//! status. Rows that run backwards in time are turned round.

use std::fmt;
use std::io::{BufRead, Read};

use fieldpost_wire::{Entry, EntryId, FieldNo, Params, Timestamp, Update, Zone};

use crate::refusal::Refusal;
use crate::relays::remote;

const COLUMNS: [&str; 13] = [
    "created_at",
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

/// How many updates are handed on at a time.
const PART: usize = 4_000;

/// Why a file could not be taken in whole.
#[derive(Debug)]
pub enum ImportError {
    /// A row can't be read.
    Row {
        /// The line it begins on, from 1; 0 if it is not known.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A part of it was refused.
    Refused(Refusal),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row { line, why } => write!(f, "line {line}: {why}"),
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for ImportError {}

/// Reads a file and hands its updates on, in parts, oldest first. Gives the number of updates.
///
/// A file whose first time is later than its second is read whole before it is turned round; all others pass through
/// at constant memory.
///
/// # Errors
/// If a row can't be read or a part is refused; what was handed on before stays handed on.
pub fn read_csv(
    file: impl Read,
    zone: &Zone,
    mut hand_on: impl FnMut(Vec<Update>) -> Result<(), Refusal>,
) -> Result<u64, ImportError> {
    let mut hand_on = |part| hand_on(part).map_err(ImportError::Refused);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    let mut rows = reader.records().peekable();
    let columns = match rows.peek() {
        Some(Ok(first)) if is_header(first) => {
            let names = first.iter().map(column_name).collect();
            rows.next();
            names
        }
        _ => COLUMNS.map(String::from).to_vec(),
    };
    let mut part: Vec<Update> = Vec::with_capacity(PART);
    let mut backwards = None;
    let mut count = 0;
    for row in rows {
        let bad = |line, why| ImportError::Row { line, why };
        let row = row.map_err(|error| {
            bad(error.position().map_or(0, csv::Position::line), error.to_string())
        })?;
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = row.position().map_or(0, csv::Position::line);
        part.push(update(&row, &columns, zone).map_err(|why| bad(line, why))?);
        count += 1;
        if part.len() == 2 && backwards.is_none() {
            backwards = Some(part[0].created_at > part[1].created_at);
        }
        if part.len() >= PART && backwards != Some(true) {
            hand_on(std::mem::take(&mut part))?;
        }
    }
    if backwards == Some(true) {
        part.reverse();
    }
    for part in part.chunks(PART) {
        hand_on(part.to_vec())?;
    }
    Ok(count)
}

/// Reads JSON lines, as an export writes them, and hands their entries on in parts. Gives the number of entries.
///
/// # Errors
/// If a line can't be read or a part is refused; what was handed on before stays handed on.
pub fn read_json_lines(
    file: impl BufRead,
    mut hand_on: impl FnMut(Vec<Entry>) -> Result<(), Refusal>,
) -> Result<u64, ImportError> {
    let mut hand_on = |part| hand_on(part).map_err(ImportError::Refused);
    let mut part = Vec::with_capacity(PART);
    let mut count = 0;
    for (line, text) in (1..).zip(file.lines()) {
        let bad = |why: String| ImportError::Row { line, why };
        let text = text.map_err(|error| bad(error.to_string()))?;
        if text.trim().is_empty() {
            continue;
        }
        let object = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        let (id, update) = remote::entry(&object).ok_or_else(|| {
            bad("an entry needs a created_at and an entry_id, such as {\"created_at\":\"2024-05-06T07:08:09Z\",\"entry_id\":1}".into())
        })?;
        let Update { created_at, values, .. } = update;
        part.push(Entry {
            id: EntryId::new(id),
            created_at: created_at.unwrap_or_default(),
            values,
        });
        count += 1;
        if part.len() >= PART {
            hand_on(std::mem::take(&mut part))?;
        }
    }
    if !part.is_empty() {
        hand_on(part)?;
    }
    Ok(count)
}

fn is_header(first: &csv::StringRecord) -> bool {
    let cell = first.get(0).unwrap_or_default().to_lowercase();
    cell.contains("create") || cell.contains("date") || cell.contains("time")
}

fn column_name(name: &str) -> String {
    let name = name.trim().trim_start_matches('\u{feff}').to_lowercase();
    if name.contains("create") || name.contains("date") || name == "time" || name == "timestamp" {
        "created_at".into()
    } else {
        name
    }
}

fn update(row: &csv::StringRecord, columns: &[String], zone: &Zone) -> Result<Update, String> {
    let mut params = Params::default();
    let mut time: Option<Timestamp> = None;
    for (name, cell) in columns.iter().zip(row.iter()) {
        if name == "created_at" {
            time = zone.parse_or_epoch(cell);
            if time.is_none() {
                return Err(format!("{cell:?} is no time"));
            }
        } else if !cell.is_empty()
            && (name.parse::<FieldNo>().is_ok()
                || ["latitude", "longitude", "elevation", "status"].contains(&name.as_str()))
        {
            params.set(name, cell);
        }
    }
    if time.is_none() {
        return Err("there is no time".into());
    }
    Ok(Update { created_at: time, ..Update::from_params(&params, zone, "") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str) -> Result<Vec<(String, Option<String>)>, ImportError> {
        let mut all = Vec::new();
        read_csv(file.as_bytes(), &Zone::Utc, |part| {
            all.extend(part.into_iter().map(|update| {
                (
                    update.created_at.unwrap().to_string(),
                    update.values.fields[0].as_deref().map(str::to_string),
                )
            }));
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn a_website_export_is_read_by_its_header() {
        let file = "created_at,entry_id,field1,field2,latitude,longitude,elevation,status\n\
                    2023-01-06T16:44:16+00:00,7,\"1,5\",x,,,,ok\n2023-01-06T16:44:31+00:00,8,,y,,,,\n";
        assert_eq!(
            check(file).unwrap(),
            [
                ("2023-01-06T16:44:16Z".into(), Some("1,5".into())),
                ("2023-01-06T16:44:31Z".into(), None)
            ]
        );
    }

    #[test]
    fn a_file_without_header_and_newest_first_is_turned_round() {
        let file = "1672937071,2\n2023-01-05 16:44:16 UTC,1\n";
        assert_eq!(
            check(file).unwrap(),
            [
                ("2023-01-05T16:44:16Z".into(), Some("1".into())),
                ("2023-01-05T16:44:31Z".into(), Some("2".into()))
            ]
        );
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = format!("{}", check("created_at,field1\n2023-01-06,1\nsoon,2\n").unwrap_err());
        assert!(error.contains("line 3") && error.contains("soon"), "{error}");
    }

    #[test]
    fn a_large_file_comes_in_parts() {
        let rows: String = (0..10_000).map(|n| format!("{},{n}\n", 1_672_937_071 + n)).collect();
        let mut parts = Vec::new();
        let count = read_csv(rows.as_bytes(), &Zone::Utc, |part| {
            parts.push(part.len());
            Ok(())
        })
        .unwrap();
        assert_eq!((count, parts), (10_000, vec![4_000, 4_000, 2_000]));
    }
}
