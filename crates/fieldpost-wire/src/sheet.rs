//! A whole feed as one text: JSON, CSV or XML, row by row as they come.
//!
//! Knows nothing of where rows come from; how one is written is in `feed.rs`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::document::{Node, xml_close, xml_open};
use crate::entry::RowRef;
use crate::feed::{csv_head, row_csv, row_json_at, row_xml};
use crate::query::Columns;
use crate::zone::{Clock, Zone};

/// The most room that is made for rows before they come.
const ROOM_MAX: usize = 4 << 20;

/// How a feed is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// An object with the channel and an array of rows.
    Json,
    /// A header line and a line for each row, without the channel.
    Csv,
    /// The channel as an element, with the rows in it.
    Xml,
}

/// A feed that is being written: first its head, then its rows.
#[derive(Clone, Debug)]
pub struct Sheet {
    text: String,
    form: Form,
    columns: Columns,
    clock: Clock,
    has_rows: bool,
    /// About how many rows will come.
    expected: usize,
}

impl Sheet {
    /// Begins a feed of about so many rows with the channel that heads it.
    pub fn begin(
        form: Form,
        head: Vec<(&str, Node<'_>)>,
        columns: Columns,
        zone: Zone,
        expected: usize,
    ) -> Self {
        let mut text = String::with_capacity(1_024);
        match form {
            Form::Json => {
                text.push_str("{\"channel\":");
                Node::Object(head).write_json(&mut text);
                text.push_str(",\"feeds\":[");
            }
            Form::Csv => csv_head(&mut text, &columns),
            Form::Xml => {
                // The head's members stand side by side with the feeds, so the document is closed at the end.
                text.push_str(&Node::Object(head).to_xml("channel"));
                text.truncate(text.len() - "</channel>\n".len());
            }
        }
        Self { text, form, columns, clock: Clock::new(zone), has_rows: false, expected }
    }

    /// Writes a row.
    pub fn row<'a>(&mut self, row: impl Into<RowRef<'a>>) {
        let row = row.into();
        let first = !core::mem::replace(&mut self.has_rows, true);
        let Self { text, columns, clock, expected, .. } = self;
        let before = text.len();
        match self.form {
            Form::Json => {
                if !first {
                    text.push(',');
                }
                row_json_at(text, row, columns, |text| clock.write_iso(text, row.created_at));
            }
            Form::Csv => row_csv(text, row, columns, clock.zone()),
            Form::Xml => {
                if first {
                    xml_open(text, 1, "feeds", " type=\"array\"");
                }
                row_xml(text, row, columns, clock.zone(), 2);
            }
        }
        if first {
            // The others are about as long, and a text that grows by and by is copied again and again.
            let rest = (text.len() - before + 8).saturating_mul(expected.saturating_sub(1));
            text.reserve(rest.min(ROOM_MAX));
        }
    }

    /// Writes what stands behind the last row, and gives the whole.
    pub fn end(mut self) -> String {
        let text = &mut self.text;
        match self.form {
            Form::Json => text.push_str("]}"),
            Form::Csv => {}
            Form::Xml => {
                if self.has_rows {
                    xml_close(text, 1, "feeds");
                } else {
                    text.push_str("  <feeds type=\"array\"/>\n");
                }
                xml_close(text, 0, "channel");
            }
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Row;

    fn sheet(form: Form, rows: usize) -> String {
        let head = alloc::vec![("name", Node::text("A"))];
        let columns = Columns { entry_id: true, ..Columns::default() };
        let mut sheet = Sheet::begin(form, head, columns, Zone::Utc, rows);
        (0..rows).for_each(|_| sheet.row(&Row::default()));
        sheet.end()
    }

    #[test]
    fn every_form_is_whole_with_any_number_of_rows() {
        let row = r#"{"created_at":"1970-01-01T00:00:00Z","entry_id":null}"#;
        for (rows, inside) in
            [(0, String::new()), (1, row.into()), (2, alloc::format!("{row},{row}"))]
        {
            let whole = alloc::format!(r#"{{"channel":{{"name":"A"}},"feeds":[{inside}]}}"#);
            assert_eq!(sheet(Form::Json, rows), whole);
            let csv = sheet(Form::Csv, rows);
            assert!(csv.starts_with("created_at,entry_id\n"));
            assert_eq!(csv.lines().count(), rows + 1);
            let xml = sheet(Form::Xml, rows);
            let document = roxmltree::Document::parse(&xml).unwrap();
            let feeds = document.descendants().filter(|node| node.has_tag_name("feed")).count();
            assert_eq!(feeds, rows);
            let list = document.descendants().find(|node| node.has_tag_name("feeds")).unwrap();
            assert_eq!(list.attribute("type"), Some("array"));
        }
    }
}
