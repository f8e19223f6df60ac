//! A channel as one file, a thousand entries at a time, so that its size does not matter. Who may have it is decided by who calls.
//!
//! CSV is the service's form, with times in whole seconds. JSON lines hold every value there is with its exact time and id, and can be
//! brought in again as they are.

use std::ops::RangeInclusive;

use fieldpost_wire::feed::{csv_head, row_csv};
use fieldpost_wire::query::Columns;
use fieldpost_wire::{Channel, ChannelId, Entry, EntryId, FieldNo, Params, Query, Timestamp, Zone};
use serde_json::{Map, Value};

use crate::engine::Engine;
use crate::refusal::Refusal;

/// How many entries are read at once.
const PART: usize = 1_000;

/// What a file is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// A header, then a line for each entry.
    Csv,
    /// An object of JSON on each line.
    JsonLines,
}

/// A file that is being written.
#[derive(Clone, Debug)]
pub struct Export {
    channel: ChannelId,
    form: Form,
    columns: Columns,
    zone: Zone,
    times: RangeInclusive<Timestamp>,
    after: EntryId,
    begun: bool,
}

impl Export {
    /// Begins a file. Of the parameters count `start` and `end` (both included), `fields` (numbers parted by commas), and for CSV
    /// `timezone`, `offset`, `location` and `status`.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] if a time or the list of fields can't be read.
    pub fn begin(channel: &Channel, form: Form, params: &Params) -> Result<Self, Refusal> {
        let query = Query { group: None, ..Query::from_params(params) };
        let mut columns = crate::read::columns(channel, None, &query);
        if form == Form::JsonLines {
            columns = Columns { entry_id: true, fields: [true; 8], location: true, status: true };
        }
        let given = |name: &str| params.get(name).map(str::trim).filter(|text| !text.is_empty());
        if let Some(list) = given("fields") {
            columns.fields = [false; FieldNo::COUNT];
            for no in list.split(',') {
                let no: FieldNo = no.trim().parse().map_err(|_| {
                    Refusal::BadValue("fields is a list of numbers from 1 to 8, such as 1,2".into())
                })?;
                columns.fields[no.index()] = true;
            }
        }
        let time = |name: &str, read: Option<Timestamp>| match (given(name), read) {
            (Some(text), None) => Err(Refusal::BadValue(format!(
                "the {name} {text:?} is no time; times look like 2024-05-06 or 2024-05-06T07:08:09Z"
            ))),
            (_, read) => Ok(read),
        };
        let start = time("start", query.start)?.unwrap_or(Timestamp::MIN);
        let end = time("end", query.end)?.unwrap_or(Timestamp::MAX);
        if start > end {
            return Err(Refusal::BadValue("start lies after end".into()));
        }
        // A whole second means all of it, as where feeds are read.
        let end = if end.millis() % 1_000 == 0 { end.plus_millis(999) } else { end };
        let (channel, zone, after) = (channel.id, query.zone, EntryId::new(0));
        Ok(Self { channel, form, columns, zone, times: start..=end, after, begun: false })
    }

    /// The next piece of the file and how many entries are in it; `None` at its end.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn next(&mut self, engine: &Engine) -> Result<Option<(String, u64)>, Refusal> {
        let mut text = String::new();
        if !self.begun {
            self.begun = true;
            if self.form == Form::Csv {
                csv_head(&mut text, &self.columns);
            }
        }
        let entries = engine.after(self.channel, self.after, PART).await?;
        let Some(last) = entries.last() else {
            return Ok((!text.is_empty()).then_some((text, 0)));
        };
        self.after = last.id;
        let mut count = 0;
        for entry in entries.into_iter().filter(|entry| self.times.contains(&entry.created_at)) {
            count += 1;
            match self.form {
                Form::Csv => row_csv(&mut text, &entry, &self.columns, &self.zone),
                Form::JsonLines => self.line(&mut text, entry),
            }
        }
        Ok(Some((text, count)))
    }

    /// The last entry that was looked at.
    pub const fn reached(&self) -> EntryId {
        self.after
    }

    fn line(&self, text: &mut String, Entry { id, created_at, values }: Entry) {
        let mut object = Map::new();
        object.insert("created_at".into(), exact(created_at).into());
        object.insert("entry_id".into(), id.get().into());
        let mut member = |name: &str, value: Option<Box<str>>| {
            if let Some(value) = value {
                object.insert(name.into(), String::from(value).into());
            }
        };
        for (no, value) in FieldNo::ALL.into_iter().zip(values.fields) {
            member(no.name(), value.filter(|_| self.columns.fields[no.index()]));
        }
        member("latitude", values.latitude);
        member("longitude", values.longitude);
        member("elevation", values.elevation);
        member("status", values.status);
        text.push_str(&Value::Object(object).to_string());
        text.push('\n');
    }
}

/// A time with its milliseconds.
fn exact(time: Timestamp) -> String {
    format!("{}.{:03}Z", time.civil(0), time.millis().rem_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_time_is_read_as_it_was_written() {
        for millis in [0, 1, 999, -1, 1_714_982_889_123, Timestamp::MAX.millis()] {
            let time = Timestamp::from_millis(millis);
            assert_eq!(Zone::Utc.parse(&exact(time)), Some(time), "{}", exact(time));
        }
    }
}
