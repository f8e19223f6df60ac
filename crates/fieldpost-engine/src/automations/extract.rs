//! The part of an answer that a ThingHTTP request gives back.
//!
//! A parse string that begins with `/` is a path into XML, the simple part of XPath: names, `*`, `//`, `@attribute`, `text()`, and `[2]` or
//! `[@id='x']` behind a name. Any other is looked for as it is, and given back if it is there. Pages that are no well-formed XML
//! have no paths here.

use roxmltree::{Document, Node, ParsingOptions};

/// The most parts that are given back, each on a line of its own.
const PARTS_MAX: usize = 100;

/// Takes the part out of an answer; nothing if it is not there.
pub(super) fn extract(body: &str, parse: &str) -> Result<String, String> {
    let parse = parse.trim();
    if !parse.starts_with('/') {
        return Ok(if body.contains(parse) { parse.into() } else { String::new() });
    }
    let options = ParsingOptions { allow_dtd: true, nodes_limit: 200_000, ..Default::default() };
    let document = Document::parse_with_options(body.trim_start(), options).map_err(|error| {
        format!("the answer is no well-formed XML, so {parse} finds nothing in it: {error}")
    })?;
    let steps = steps(parse)?;
    let mut found = vec![document.root()];
    for (at, step) in steps.iter().enumerate() {
        match &step.what {
            What::Attribute(name) => {
                let values = found.iter().flat_map(|node| {
                    let all = node.descendants().take(if step.deep { usize::MAX } else { 1 });
                    all.filter_map(|node| node.attribute(name.as_str())).collect::<Vec<_>>()
                });
                return last(at, &steps, values.map(str::to_string).collect(), parse);
            }
            What::Text => {
                let texts = found.iter().flat_map(|node| {
                    let own: Box<dyn Iterator<Item = Node<'_, '_>>> = if step.deep {
                        Box::new(node.descendants())
                    } else {
                        Box::new(node.children())
                    };
                    own.filter(Node::is_text).filter_map(|node| node.text()).collect::<Vec<_>>()
                });
                return last(at, &steps, texts.map(str::to_string).collect(), parse);
            }
            What::Element(name) => found = elements(&found, step, name),
        }
    }
    let texts = found.iter().map(|node| {
        let texts = node.descendants().filter(Node::is_text).filter_map(|node| node.text());
        texts.collect::<String>()
    });
    Ok(lines(texts))
}

/// A step of a path.
struct Step {
    /// Any depth below, not just one.
    deep: bool,
    what: What,
    which: Option<Which>,
}

enum What {
    /// An element by its name, or any.
    Element(String),
    Attribute(String),
    Text,
}

enum Which {
    Place(usize),
    Attribute(String, Option<String>),
}

/// Reads a path.
fn steps(path: &str) -> Result<Vec<Step>, String> {
    let unknown = |part: &str| {
        format!(
            "the path's part {part:?} is not understood; names, *, //, @name, text(), [2] and [@name='x'] are"
        )
    };
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let deep = rest.starts_with("//");
        rest = rest
            .strip_prefix("//")
            .or_else(|| rest.strip_prefix('/'))
            .ok_or_else(|| unknown(rest))?;
        let end = end_of_step(rest);
        let (step, after) = rest.split_at(end);
        rest = after;
        let (name, which) = match step.split_once('[') {
            Some((name, which)) => {
                let which = which.strip_suffix(']').and_then(read_which);
                (name, Some(which.ok_or_else(|| unknown(step))?))
            }
            None => (step, None),
        };
        let fine = |name: &str| {
            let of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
            !name.is_empty() && name.chars().all(of_name)
        };
        let what = match (name, name.strip_prefix('@')) {
            ("text()", _) => What::Text,
            ("*", _) => What::Element("*".into()),
            (_, Some(attribute)) if fine(attribute) => What::Attribute(attribute.into()),
            (name, None) if fine(name) => What::Element(name.into()),
            _ => return Err(unknown(step)),
        };
        steps.push(Step { deep, what, which });
    }
    Ok(steps)
}

/// Where a step ends: at the next slash that is not within brackets.
fn end_of_step(rest: &str) -> usize {
    let mut within = false;
    for (at, c) in rest.char_indices() {
        match c {
            '[' => within = true,
            ']' => within = false,
            '/' if !within => return at,
            _ => {}
        }
    }
    rest.len()
}

fn read_which(text: &str) -> Option<Which> {
    if let Ok(place) = text.trim().parse::<usize>() {
        return (place > 0).then_some(Which::Place(place));
    }
    let attribute = text.trim().strip_prefix('@')?;
    match attribute.split_once('=') {
        None => Some(Which::Attribute(attribute.trim().into(), None)),
        Some((name, value)) => {
            let value = value.trim();
            let quoted = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
            let value = quoted('\'').or_else(|| quoted('"'))?;
            Some(Which::Attribute(name.trim().into(), Some(value.into())))
        }
    }
}

/// The elements that a step leads to, each once. Of several of a parent `[n]` means the n-th.
fn elements<'a, 'i>(from: &[Node<'a, 'i>], step: &Step, name: &str) -> Vec<Node<'a, 'i>> {
    let named = |node: &Node<'a, 'i>| {
        let local = name.rsplit(':').next().unwrap_or(name);
        node.is_element() && (name == "*" || node.tag_name().name() == local)
    };
    let mut found: Vec<Node<'a, 'i>> = Vec::new();
    for parent in from {
        let parents: Box<dyn Iterator<Item = Node<'a, 'i>>> = if step.deep {
            Box::new(parent.descendants())
        } else {
            Box::new(std::iter::once(*parent))
        };
        for parent in parents {
            let children = parent.children().filter(named);
            match &step.which {
                None => found.extend(children),
                Some(Which::Place(place)) => found.extend(children.skip(place - 1).take(1)),
                Some(Which::Attribute(name, value)) => found.extend(children.filter(|node| {
                    let own = node.attribute(name.as_str());
                    own.is_some() && value.as_deref().is_none_or(|value| own == Some(value))
                })),
            }
        }
    }
    found.sort_by_key(|node| node.id().get());
    found.dedup_by_key(|node| node.id());
    found
}

/// Values, which nothing can come after.
fn last(at: usize, steps: &[Step], values: Vec<String>, path: &str) -> Result<String, String> {
    if at + 1 == steps.len() {
        Ok(lines(values))
    } else {
        Err(format!("in {path} nothing can come after an attribute or text()"))
    }
}

fn lines(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().take(PARTS_MAX).collect();
    parts.join("\n").trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<?xml version="1.0"?>
        <html><body><h1>Air</h1><div id="now"><b>21.5</b> °C</div>
        <ul><li>one</li><li class="x">two</li><li>three</li></ul><a href="/next">on</a></body></html>"#;

    #[test]
    fn a_path_finds_its_part() {
        for (path, expected) in [
            ("/html/body/h1", "Air"),
            ("//b", "21.5"),
            ("//div", "21.5 °C"),
            ("//div/text()", "°C"),
            ("//li[2]", "two"),
            ("//li[@class='x']", "two"),
            ("//li[@class]/text()", "two"),
            ("//li", "one\ntwo\nthree"),
            ("//a/@href", "/next"),
            ("//@id", "now"),
            ("/html/*/h1", "Air"),
            ("/html/h1", ""),
            ("//nothing", ""),
        ] {
            assert_eq!(extract(PAGE, path).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn a_marker_is_given_back_if_it_is_there() {
        assert_eq!(extract("door is OPEN", "OPEN").as_deref(), Ok("OPEN"));
        assert_eq!(extract("door is shut", "OPEN").as_deref(), Ok(""));
    }

    #[test]
    fn what_is_not_understood_says_so() {
        for path in ["//li[last()]", "//a/@href/b", "//", "/a[", "//li[0]", "/a/text()/b", "/a b"] {
            assert!(extract(PAGE, path).is_err(), "{path}");
        }
        let why = extract("<p>open", "//p").unwrap_err();
        assert!(why.contains("well-formed"), "{why}");
    }
}
