//! Small documents that are answered both as JSON and as XML: settings, users, errors.
//!
//! One tree, two spellings, by the conventions of the service's framework: JSON is compact with
//! `snake_case` names; XML has dashed names and types as attributes. Feeds, which can be large, are
//! written row by row in `feed.rs` instead.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use crate::number::spell_whole;
use crate::time::Timestamp;
use crate::zone::Zone;

/// A value in a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<'a> {
    /// A text, or nothing.
    Text(Option<Cow<'a, str>>),
    /// A text that JSON shows as `null` and XML leaves out if it is absent.
    JsonText(Option<Cow<'a, str>>),
    /// A whole number, or nothing.
    Int(Option<i64>),
    /// True or false.
    Bool(bool),
    /// A decimal number, kept as text, or nothing.
    Decimal(Option<Cow<'a, str>>),
    /// A time, as a zone shows it.
    Time(Timestamp, &'a Zone),
    /// A time that there is not, or not yet.
    NoTime,
    /// Named members, in order.
    Object(Vec<(&'a str, Node<'a>)>),
    /// Elements, and the name that each has in XML.
    Array(&'a str, Vec<Node<'a>>),
    /// A whole number whose XML type is spelled out otherwise.
    TypedInt(&'a str, i64),
}

impl<'a> Node<'a> {
    /// A text that is there.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(Some(text.into()))
    }

    /// A text that may be absent.
    pub fn maybe(text: Option<&'a str>) -> Self {
        Self::Text(text.map(Cow::Borrowed))
    }

    /// A whole number that is there.
    pub fn int(number: u64) -> Self {
        Self::Int(i64::try_from(number).ok())
    }

    /// Writes the document as compact JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    /// Writes the document as XML with a prolog, under a root of that name.
    pub fn to_xml(&self, root: &str) -> String {
        let mut out = String::from(PROLOG);
        self.write_xml(&mut out, root, 0);
        out
    }

    pub(crate) fn write_json(&self, out: &mut String) {
        match self {
            Self::Text(Some(text)) | Self::JsonText(Some(text)) | Self::Decimal(Some(text)) => {
                json_text(out, text);
            }
            Self::Text(None)
            | Self::JsonText(None)
            | Self::Decimal(None)
            | Self::Int(None)
            | Self::NoTime => {
                out.push_str("null");
            }
            Self::Int(Some(number)) | Self::TypedInt(_, number) => {
                out.push_str(if *number < 0 { "-" } else { "" });
                out.push_str(spell_whole(number.unsigned_abs(), &mut [0; 20]));
            }
            Self::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Time(time, zone) => {
                out.push('"');
                zone.write_iso(out, *time);
                out.push('"');
            }
            Self::Object(members) => {
                out.push('{');
                for (at, (name, node)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    json_text(out, name);
                    out.push(':');
                    node.write_json(out);
                }
                out.push('}');
            }
            Self::Array(_, elements) => {
                out.push('[');
                for (at, node) in elements.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    node.write_json(out);
                }
                out.push(']');
            }
        }
    }

    fn write_xml(&self, out: &mut String, name: &str, depth: usize) {
        let name = name.replace('_', "-");
        match self {
            Self::JsonText(None) => {}
            Self::Text(text) | Self::JsonText(text) => {
                xml_leaf(out, depth, &name, None, text.as_deref());
            }
            Self::Decimal(text) => xml_leaf(out, depth, &name, Some("decimal"), text.as_deref()),
            Self::Int(number) => {
                let text = number.map(|number| alloc::format!("{number}"));
                xml_leaf(out, depth, &name, Some("integer"), text.as_deref());
            }
            Self::TypedInt(kind, number) => {
                xml_leaf(out, depth, &name, Some(kind), Some(&alloc::format!("{number}")));
            }
            Self::Bool(flag) => {
                xml_leaf(
                    out,
                    depth,
                    &name,
                    Some("boolean"),
                    Some(if *flag { "true" } else { "false" }),
                );
            }
            Self::Time(time, zone) => {
                let mut text = String::new();
                zone.write_iso(&mut text, *time);
                xml_leaf(out, depth, &name, Some("dateTime"), Some(&text));
            }
            Self::NoTime => xml_leaf(out, depth, &name, Some("dateTime"), None),
            Self::Object(members) => {
                xml_open(out, depth, &name, "");
                for (name, node) in members {
                    node.write_xml(out, name, depth + 1);
                }
                xml_close(out, depth, &name);
            }
            Self::Array(_, elements) if elements.is_empty() => {
                indent(out, depth);
                let _ = writeln!(out, "<{name} type=\"array\"/>");
            }
            Self::Array(child, elements) => {
                xml_open(out, depth, &name, " type=\"array\"");
                for node in elements {
                    node.write_xml(out, child, depth + 1);
                }
                xml_close(out, depth, &name);
            }
        }
    }
}

/// What every XML answer begins with.
pub const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Writes a JSON string. `<`, `>`, `&` and the two line separators of JavaScript are escaped as the
/// service does, which also keeps an answer harmless where a browser takes it for a page.
pub fn json_text(out: &mut String, text: &str) {
    out.push('"');
    // Nearly every text is a number; 0xE2 may begin one of the two line ends of Unicode.
    if text
        .bytes()
        .all(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&' | 0xE2))
    {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        if c >= ' ' && !matches!(c, '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}') {
            continue;
        }
        out.push_str(&text[plain..at]);
        plain = at + c.len_utf8();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            other => {
                let _ = write!(out, "\\u{:04x}", u32::from(other));
            }
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// Writes an element's text. Characters that XML 1.0 cannot hold become `*`, as the service's own library has it.
pub fn xml_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('*'),
            _ => out.push(c),
        }
    }
}

/// Writes one element on a line of its own: with a type if it has one, empty and marked if there is no text.
pub fn xml_leaf(
    out: &mut String,
    depth: usize,
    name: &str,
    kind: Option<&str>,
    text: Option<&str>,
) {
    indent(out, depth);
    let _ = write!(out, "<{name}");
    if let Some(kind) = kind {
        let _ = write!(out, " type=\"{kind}\"");
    }
    match text {
        Some(text) => {
            out.push('>');
            xml_text(out, text);
            let _ = writeln!(out, "</{name}>");
        }
        None => out.push_str(" nil=\"true\"/>\n"),
    }
}

/// Writes an opening tag on a line of its own; `attributes` begins with a space if there are any.
pub fn xml_open(out: &mut String, depth: usize, name: &str, attributes: &str) {
    indent(out, depth);
    let _ = writeln!(out, "<{name}{attributes}>");
}

/// Writes a closing tag on a line of its own.
pub fn xml_close(out: &mut String, depth: usize, name: &str) {
    indent(out, depth);
    let _ = writeln!(out, "</{name}>");
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_tree_has_two_spellings() {
        let tree = Node::Object(alloc::vec![
            ("id", Node::int(7)),
            ("name", Node::text("A & <B>")),
            ("last_entry_id", Node::Int(None)),
            ("tags", Node::Array("tag", Vec::new())),
            (
                "api_keys",
                Node::Array(
                    "api_key",
                    alloc::vec![Node::Object(alloc::vec![("write_flag", Node::Bool(true))])]
                )
            ),
        ]);
        assert_eq!(
            tree.to_json(),
            r#"{"id":7,"name":"A \u0026 \u003cB\u003e","last_entry_id":null,"tags":[],"api_keys":[{"write_flag":true}]}"#
        );
        assert_eq!(
            tree.to_xml("channel"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<channel>\n  <id type=\"integer\">7</id>\n  \
             <name>A &amp; &lt;B&gt;</name>\n  <last-entry-id type=\"integer\" nil=\"true\"/>\n  \
             <tags type=\"array\"/>\n  <api-keys type=\"array\">\n    <api-key>\n      \
             <write-flag type=\"boolean\">true</write-flag>\n    </api-key>\n  </api-keys>\n</channel>\n"
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_json(text in "\\PC*|[\\x00-\\x7f]*|[<>&\"\\\\\u{2028}\u{2029}😀]*") {
            let mut out = String::new();
            json_text(&mut out, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
