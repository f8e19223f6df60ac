//! Colours for code: comments, texts and numbers stand out from the rest. No grammar of any language, so nothing to go stale.

use std::fmt::Write as _;

use crate::markdown::escape;

/// How a language writes what is coloured.
struct Marks {
    /// What a comment begins with; it ends with the line.
    comment: &'static str,
    /// What texts stand between.
    quotes: &'static [char],
}

fn marks(language: &str) -> Option<Marks> {
    let (comment, quotes): (_, &[char]) = match language {
        "sh" | "yaml" | "toml" | "ini" => ("#", &['"', '\'']),
        "python" => ("#", &['"', '\'']),
        "cpp" | "js" => ("//", &['"', '\'']),
        // An apostrophe is a lifetime there as often as a letter.
        "rust" => ("//", &['"']),
        "json" => ("", &['"']),
        _ => return None,
    };
    Some(Marks { comment, quotes })
}

/// Code as HTML.
pub(crate) fn paint(language: &str, code: &str) -> String {
    let Some(marks) = marks(language) else { return escape(code) };
    let mut html = String::with_capacity(code.len() * 2);
    for line in code.split_inclusive('\n') {
        paint_line(&marks, line, &mut html);
    }
    html
}

fn paint_line(marks: &Marks, line: &str, html: &mut String) {
    let mut rest = line;
    // What stood before decides whether a mark counts: neither `#` in a word nor digits in a name or an address do.
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let apart = before.is_whitespace() || "([{,=".contains(before);
        let (class, length) = if !marks.comment.is_empty()
            && rest.starts_with(marks.comment)
            && before.is_whitespace()
        {
            ("c", rest.trim_end().len())
        } else if marks.quotes.contains(&first)
            && let Some(length) = quoted(rest, first)
        {
            ("s", length)
        } else if first.is_ascii_digit() && apart {
            ("n", rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len()))
        } else {
            ("", first.len_utf8())
        };
        let (piece, after) = rest.split_at(length);
        let piece_html = escape(piece);
        let _ = if class.is_empty() {
            write!(html, "{piece_html}")
        } else {
            write!(html, "<span class=\"{class}\">{piece_html}</span>")
        };
        before = piece.chars().last().unwrap_or(' ');
        rest = after;
    }
}

/// How long a text in quotes is, if it ends in this line.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\\' if !escaped => escaped = true,
            _ if c == quote && !escaped => return Some(at + c.len_utf8()),
            _ => escaped = false,
        }
    }
    None
}
