//! One entry of a channel, as a server tells it.

use fieldpost_wire::small::utc;
use fieldpost_wire::{EntryId, FieldNo, Timestamp};
use serde_json::Value;

/// One accepted update.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number in the channel.
    pub id: EntryId,
    /// When it was made.
    pub created_at: Timestamp,
    /// The text of its status, if it has one and it was asked for.
    pub status: Option<String>,
    fields: [Option<String>; FieldNo::COUNT],
}

impl Entry {
    /// The text of a field, 1 to 8.
    pub fn field(&self, number: u8) -> Option<&str> {
        self.fields[FieldNo::new(number)?.index()].as_deref()
    }

    /// The number in a field, 1 to 8, if its text is one.
    pub fn number(&self, number: u8) -> Option<f64> {
        self.field(number)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Reads a JSON object; `None` if it is not an entry.
    pub(crate) fn from_json(json: &Value) -> Option<Self> {
        let text = |name: &str| match json.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        Some(Self {
            id: EntryId::new(json.get("entry_id")?.as_u64()?),
            created_at: utc(json.get("created_at")?.as_str()?)?,
            status: text("status"),
            fields: FieldNo::ALL.map(|field| text(field.name())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_entry_is_read_from_its_json() {
        let entry = Entry::from_json(&json!({
            "created_at": "2024-05-06T07:08:39Z", "entry_id": 1290,
            "field1": "21.6", "field2": null, "field3": "nan", "field4": 7, "status": "boot",
        }))
        .unwrap();
        assert_eq!((entry.id, entry.status.as_deref()), (EntryId::new(1290), Some("boot")));
        assert_eq!((entry.field(1), entry.number(1)), (Some("21.6"), Some(21.6)));
        assert_eq!((entry.field(2), entry.number(3)), (None, None));
        assert_eq!((entry.field(4), entry.field(9), entry.field(0)), (Some("7"), None, None));
    }

    #[test]
    fn what_has_no_id_or_time_is_no_entry() {
        for json in [json!({}), json!({"entry_id": 1}), json!("-1"), json!({"entry_id": "x"})] {
            assert_eq!(Entry::from_json(&json), None);
        }
    }
}
