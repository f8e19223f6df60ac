//! Writes entries as clients read them: JSON, CSV, XML, or a bare text, one at a time into a growing text. `sheet.rs` makes whole
//! feeds of them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use crate::channel::Channel;
use crate::document::{Node, PROLOG, json_text, xml_close, xml_leaf, xml_open};
use crate::entry::{Entry, RowRef};
use crate::ids::{ChannelId, EntryId, FieldNo};
use crate::number::spell_whole;
use crate::query::Columns;
use crate::time::Timestamp;
use crate::update::Bare;
use crate::zone::Zone;

/// A time as a document's node.
pub fn time_node(zone: &Zone, time: Timestamp) -> Node<'_> {
    Node::Time(time, zone)
}

/// How many members the head of a usual channel has, or some more.
const HEAD_USUAL: usize = 12;

/// The channel object that heads a feed: the settings a reader needs, without those that are blank.
pub fn channel_head<'a>(
    channel: &'a Channel,
    last: Option<EntryId>,
    zone: &'a Zone,
    metadata: bool,
) -> Vec<(&'a str, Node<'a>)> {
    let about = &channel.about;
    let mut head = Vec::with_capacity(HEAD_USUAL);
    head.push(("id", Node::int(channel.id.get())));
    head.push(("name", Node::text(channel.name())));
    let said = |text: &'a Option<String>| text.as_deref().filter(|text| !text.trim().is_empty());
    let decimal = |text: &'a str| Node::Decimal(Some(text.into()));
    head.extend(said(&about.description).map(|text| ("description", Node::text(text))));
    head.extend(said(&about.latitude).map(|text| ("latitude", decimal(text))));
    head.extend(said(&about.longitude).map(|text| ("longitude", decimal(text))));
    for field in FieldNo::ALL {
        head.extend(
            said(&about.labels[field.index()]).map(|label| (field.name(), Node::text(label))),
        );
    }
    head.push(("created_at", time_node(zone, channel.created_at)));
    head.push(("updated_at", time_node(zone, channel.updated_at)));
    head.extend(said(&about.elevation).map(|text| ("elevation", Node::text(text))));
    head.push(("last_entry_id", Node::Int(last.map(|id| id.get() as i64))));
    if metadata {
        head.push(("metadata", Node::maybe(about.metadata.as_deref())));
    }
    head
}

/// The shorter channel object that heads a status feed.
pub fn terse_head(channel: &Channel) -> Vec<(&str, Node<'_>)> {
    let mut head = alloc::vec![("name", Node::text(channel.name()))];
    let about = &channel.about;
    head.extend(
        about.latitude.as_deref().map(|text| ("latitude", Node::Decimal(Some(text.into())))),
    );
    head.extend(
        about.longitude.as_deref().map(|text| ("longitude", Node::Decimal(Some(text.into())))),
    );
    head.extend(about.elevation.as_deref().map(|text| ("elevation", Node::text(text))));
    head
}

/// One row as a JSON object.
pub fn row_json<'a>(out: &mut String, row: impl Into<RowRef<'a>>, columns: &Columns, zone: &Zone) {
    let row = row.into();
    row_json_at(out, row, columns, |out| zone.write_iso(out, row.created_at));
}

/// The same, with something that writes the row's time.
pub(crate) fn row_json_at(
    out: &mut String,
    row: RowRef<'_>,
    columns: &Columns,
    time: impl FnOnce(&mut String),
) {
    out.push_str("{\"created_at\":\"");
    time(out);
    out.push('"');
    if columns.entry_id {
        out.push_str(",\"entry_id\":");
        match row.id {
            Some(id) => out.push_str(spell_whole(id.get(), &mut [0; 20])),
            None => out.push_str("null"),
        }
    }
    for (name, text) in columns.shown(&row.values) {
        json_member(out, name, text, false);
    }
    if columns.location {
        json_member(out, "latitude", row.values.latitude, false);
        json_member(out, "longitude", row.values.longitude, false);
        json_member(out, "elevation", row.values.elevation, false);
    }
    if columns.status {
        json_member(out, "status", row.values.status, false);
    }
    out.push('}');
}

/// One row as an XML document of its own.
pub fn row_document<'a>(row: impl Into<RowRef<'a>>, columns: &Columns, zone: &Zone) -> String {
    let mut out = String::from(PROLOG);
    row_xml(&mut out, row.into(), columns, zone, 0);
    out
}

/// The XML that stands for "no such entry".
pub fn missing_row_xml() -> String {
    Node::Object(alloc::vec![("entry_id", Node::Int(None))]).to_xml("feed")
}

/// One row as an XML element.
pub(crate) fn row_xml(
    out: &mut String,
    row: RowRef<'_>,
    columns: &Columns,
    zone: &Zone,
    depth: usize,
) {
    let mut text = String::new();
    xml_open(out, depth, "feed", "");
    zone.write_iso(&mut text, row.created_at);
    xml_leaf(out, depth + 1, "created-at", Some("dateTime"), Some(&text));
    if columns.entry_id {
        text.clear();
        let id = row.id.map(|id| {
            let _ = write!(text, "{id}");
            text.as_str()
        });
        xml_leaf(out, depth + 1, "entry-id", Some("integer"), id);
    }
    for (name, text) in columns.shown(&row.values) {
        xml_leaf(out, depth + 1, name, None, text);
    }
    if columns.location {
        xml_leaf(out, depth + 1, "latitude", Some("decimal"), row.values.latitude);
        xml_leaf(out, depth + 1, "longitude", Some("decimal"), row.values.longitude);
        xml_leaf(out, depth + 1, "elevation", None, row.values.elevation);
    }
    if columns.status {
        xml_leaf(out, depth + 1, "status", None, row.values.status);
    }
    // A leftover of the service's framework that its readers have come to know.
    xml_leaf(out, depth + 1, "id", Some("integer"), None);
    xml_close(out, depth, "feed");
}

/// The header line of a CSV answer.
pub fn csv_head(out: &mut String, columns: &Columns) {
    out.push_str("created_at");
    if columns.entry_id {
        out.push_str(",entry_id");
    }
    for field in FieldNo::ALL.into_iter().filter(|field| columns.fields[field.index()]) {
        out.push(',');
        out.push_str(field.name());
    }
    if columns.location {
        out.push_str(",latitude,longitude,elevation");
    }
    if columns.status {
        out.push_str(",status");
    }
    out.push('\n');
}

/// One row as a CSV answer of its own.
pub fn csv_of<'a>(row: impl Into<RowRef<'a>>, columns: &Columns, zone: &Zone) -> String {
    let mut out = String::new();
    csv_head(&mut out, columns);
    row_csv(&mut out, row, columns, zone);
    out
}

/// One row as a CSV line.
pub fn row_csv<'a>(out: &mut String, row: impl Into<RowRef<'a>>, columns: &Columns, zone: &Zone) {
    let row = row.into();
    zone.write_csv(out, row.created_at);
    if columns.entry_id {
        out.push(',');
        if let Some(id) = row.id {
            let _ = write!(out, "{id}");
        }
    }
    let mut cell = |text: Option<&str>| {
        out.push(',');
        csv_text(out, text);
    };
    columns.shown(&row.values).for_each(|(_, text)| cell(text));
    if columns.location {
        cell(row.values.latitude);
        cell(row.values.longitude);
        cell(row.values.elevation);
    }
    if columns.status {
        cell(row.values.status);
    }
    out.push('\n');
}

/// A cell: nothing for an absent text, quotes (RFC 4180) around an empty one and where a reader would lose its way.
fn csv_text(out: &mut String, text: Option<&str>) {
    let Some(text) = text else { return };
    if !text.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        out.push_str(text);
        return;
    }
    out.push('"');
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

/// The answer to an update as JSON, which is also what subscribers and the live stream get: all eight fields, whatever
/// the channel's labels. `bare` values stand without quotes, as they were sent.
pub fn entry_json(channel: ChannelId, entry: &Entry, bare: &Bare, zone: &Zone) -> String {
    let all = [true; FieldNo::COUNT];
    shown_json(channel, entry, bare, zone, all)
}

/// An entry as subscribers of the older generation get it: as [`entry_json`], without the fields that the channel has no label for.
pub fn entry_json_of(channel: &Channel, entry: &Entry, zone: &Zone) -> String {
    let labelled = FieldNo::ALL.map(|field| channel.about.label(field).is_some());
    shown_json(channel.id, entry, &Bare::default(), zone, labelled)
}

fn shown_json(
    channel: ChannelId,
    entry: &Entry,
    bare: &Bare,
    zone: &Zone,
    shown: [bool; FieldNo::COUNT],
) -> String {
    let mut out = String::with_capacity(256);
    let _ = write!(out, "{{\"channel_id\":{channel},\"created_at\":\"");
    zone.write_iso(&mut out, entry.created_at);
    let _ = write!(out, "\",\"entry_id\":{}", entry.id);
    for field in FieldNo::ALL.into_iter().filter(|field| shown[field.index()]) {
        json_member(&mut out, field.name(), entry.values.field(field), bare.fields[field.index()]);
    }
    json_member(&mut out, "latitude", entry.values.latitude.as_deref(), false);
    json_member(&mut out, "longitude", entry.values.longitude.as_deref(), false);
    json_member(&mut out, "elevation", entry.values.elevation.as_deref(), bare.elevation);
    json_member(&mut out, "status", entry.values.status.as_deref(), bare.status);
    out.push('}');
    out
}

/// The answer to an update as XML.
pub fn entry_xml(channel: ChannelId, entry: &Entry, zone: &Zone) -> String {
    let values = &entry.values;
    let decimal = |text: &'_ Option<_>| -> Node<'_> {
        let text: &Option<alloc::boxed::Box<str>> = text;
        Node::Decimal(text.as_deref().map(|text| String::from(text).into()))
    };
    let mut members = alloc::vec![("channel_id", Node::int(channel.get()))];
    members.extend(FieldNo::ALL.map(|field| (field.name(), Node::maybe(values.field(field)))));
    members.push(("created_at", time_node(zone, entry.created_at)));
    members.push(("entry_id", Node::int(entry.id.get())));
    members.push(("status", Node::maybe(values.status.as_deref())));
    members.push(("latitude", decimal(&values.latitude)));
    members.push(("longitude", decimal(&values.longitude)));
    members.push(("elevation", Node::maybe(values.elevation.as_deref())));
    Node::Object(members).to_xml("feed")
}

fn json_member(out: &mut String, name: &str, text: Option<&str>, bare: bool) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
    match text {
        None => out.push_str("null"),
        Some(text) if bare => out.push_str(text),
        Some(text) => json_text(out, text),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::entry::{Row, Values};
    use crate::params::Params;
    use crate::update::Update;
    use proptest::prelude::*;

    fn columns() -> Columns {
        let mut columns = Columns { entry_id: true, ..Columns::default() };
        columns.fields[0] = true;
        columns.fields[1] = true;
        columns
    }

    fn row() -> Row {
        let mut values = Values::default();
        values.fields[0] = Some("21.6".into());
        Row {
            id: Some(EntryId::new(1290)),
            created_at: Timestamp::from_seconds(1_714_979_319),
            values,
        }
    }

    #[test]
    fn a_row_has_one_form_for_each_reader() {
        let mut json = String::new();
        row_json(&mut json, &row(), &columns(), &Zone::Utc);
        assert_eq!(
            json,
            r#"{"created_at":"2024-05-06T07:08:39Z","entry_id":1290,"field1":"21.6","field2":null}"#
        );
        assert_eq!(
            csv_of(&row(), &columns(), &Zone::Utc),
            "created_at,entry_id,field1,field2\n2024-05-06 07:08:39 UTC,1290,21.6,\n"
        );
        assert_eq!(
            row_document(&row(), &columns(), &Zone::Utc),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed>\n  <created-at type=\"dateTime\">2024-05-06T07:08:39Z</created-at>\n  \
             <entry-id type=\"integer\">1290</entry-id>\n  <field1>21.6</field1>\n  <field2 nil=\"true\"/>\n  <id type=\"integer\" nil=\"true\"/>\n</feed>\n"
        );
    }

    #[test]
    fn the_direct_answer_echoes_the_kind_of_a_json_value() {
        let params = Params::from_json(br#"{"field1":24.9,"field2":"63","status":"ok"}"#).unwrap();
        let update = Update::from_params(&params, &Zone::Utc, "");
        let entry = Entry {
            id: EntryId::new(1289),
            created_at: Timestamp::from_seconds(1_714_979_289),
            values: update.values,
        };
        assert_eq!(
            entry_json(ChannelId::new(4711).unwrap(), &entry, &update.bare, &Zone::Utc),
            r#"{"channel_id":4711,"created_at":"2024-05-06T07:08:09Z","entry_id":1289,"field1":24.9,"field2":"63","field3":null,"field4":null,"field5":null,"field6":null,"field7":null,"field8":null,"latitude":null,"longitude":null,"elevation":null,"status":"ok"}"#
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_csv(texts in proptest::collection::vec("[a,\"\n\r\t 😀ü\\x01]{1,12}|\\PC{1,255}", 2)) {
            let mut row = row();
            row.values.fields[0] = Some(texts[0].as_str().into());
            row.values.fields[1] = Some(texts[1].as_str().into());
            let text = csv_of(&row, &columns(), &Zone::Utc);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            prop_assert_eq!((&record[2], &record[3]), (texts[0].as_str(), texts[1].as_str()));
        }

        #[test]
        fn any_text_comes_back_from_xml(text in "[<>&\"'\n\r\t 😀ü]{0,12}|\\PC{0,255}") {
            let mut row = row();
            row.values.fields[0] = Some(text.as_str().into());
            let xml = row_document(&row, &columns(), &Zone::Utc);
            let document = roxmltree::Document::parse(&xml).unwrap();
            let field = document.descendants().find(|node| node.has_tag_name("field1")).unwrap();
            prop_assert_eq!(field.text().unwrap_or_default(), text.as_str());
        }

        #[test]
        fn any_text_comes_back_from_json(text in "\\PC{0,255}|[\\x00-\\x7f]{0,40}") {
            let mut row = row();
            row.values.fields[0] = Some(text.as_str().into());
            let mut json = String::new();
            row_json(&mut json, &row, &columns(), &Zone::Utc);
            let value: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(value["field1"].as_str(), Some(text.as_str()));
        }
    }
}
