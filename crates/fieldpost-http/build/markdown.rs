//! One page of Markdown made into HTML: headings get anchors, links their addresses, code its colours. Opens nothing itself.
//!
//! Beyond plain Markdown there are words behind the language of a code block. `include=PATH` puts a file of this
//! repository in, whole, so that what is printed is what the tests ran; `name=…` says what to call it, `fold` shows
//! only that name at first. `run` and `answer` are for the tests, which execute the one and compare with the other.

use std::fmt::Write as _;
use std::io;

use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html,
};

use crate::paint;

/// A page, ready for its frame.
pub(crate) struct Page {
    /// The text of its first heading.
    pub(crate) title: String,
    /// Its first paragraph, as text.
    pub(crate) description: String,
    /// What is to be read, first heading included.
    pub(crate) html: String,
    /// The headings of the second and third level.
    pub(crate) headings: Vec<Heading>,
}

/// A heading that can be linked to.
pub(crate) struct Heading {
    pub(crate) id: String,
    pub(crate) text: String,
    /// True if it is of the third level.
    pub(crate) below: bool,
}

/// What a page needs to know of the world around it.
pub(crate) trait Around {
    /// The address behind a link of the page; `None` if it leads to something that is not served.
    fn link(&self, target: &str) -> Option<String>;
    /// The text of a file of the repository.
    fn file(&self, path: &str) -> io::Result<String>;
}

/// Reads Markdown as all pages are written.
pub(crate) fn parse(source: &str) -> Parser<'_> {
    Parser::new_ext(source, Options::ENABLE_TABLES | Options::ENABLE_GFM)
}

/// Makes a page.
///
/// # Errors
/// If a file that is to be included can't be read.
pub(crate) fn render(source: &str, around: &impl Around) -> io::Result<Page> {
    let mut page = Page {
        title: String::new(),
        description: String::new(),
        html: String::new(),
        headings: Vec::new(),
    };
    let mut out = Vec::new();
    let mut ids = Vec::new();
    let mut events = parse(source);
    // Which links that were begun lead nowhere, innermost last.
    let mut dead = Vec::new();
    while let Some(event) = events.next() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let inner: Vec<_> = events
                    .by_ref()
                    .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
                    .collect();
                heading(level, inner, &mut page, &mut ids, &mut out);
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let inner = events
                    .by_ref()
                    .take_while(|event| !matches!(event, Event::End(TagEnd::CodeBlock)));
                let words = match &kind {
                    CodeBlockKind::Fenced(words) => words.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                out.push(raw(code(&words, &plain(inner), around)?));
            }
            Event::Start(Tag::Table(alignments)) => {
                // Wide tables move sideways in themselves, and can be moved with keys.
                out.push(raw(
                    "<div class=\"table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\">"
                        .into(),
                ));
                out.push(Event::Start(Tag::Table(alignments)));
            }
            Event::End(TagEnd::Table) => {
                out.push(event);
                out.push(raw("</div>".into()));
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let address = around.link(&dest_url);
                dead.push(address.is_none());
                match address {
                    Some(address) => out.push(Event::Start(Tag::Link {
                        link_type,
                        dest_url: address.into(),
                        title,
                        id,
                    })),
                    None => out.push(raw(format!(
                        "<span class=\"source\" title=\"In the source tree: {}\">",
                        escape(&dest_url)
                    ))),
                }
            }
            Event::End(TagEnd::Link) => {
                out.push(if dead.pop() == Some(true) { raw("</span>".into()) } else { event });
            }
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                let address = around.link(&dest_url).unwrap_or_else(|| dest_url.to_string());
                out.push(Event::Start(Tag::Image {
                    link_type,
                    dest_url: address.into(),
                    title,
                    id,
                }));
            }
            Event::Start(Tag::Paragraph)
                if page.description.is_empty() && !page.title.is_empty() =>
            {
                let inner: Vec<_> = events
                    .by_ref()
                    .take_while(|event| !matches!(event, Event::End(TagEnd::Paragraph)))
                    .collect();
                page.description = plain(inner.iter().cloned());
                out.push(raw("<p class=\"lead\">".into()));
                out.extend(inner.into_iter().map(|event| linked(event, around)));
                out.push(raw("</p>\n".into()));
            }
            // Long names may be broken, but only between their words.
            Event::Code(text) if text.len() > 24 && text.contains('_') => {
                let parts = escape(&text).replace('_', "_<wbr>");
                out.push(Event::InlineHtml(format!("<code>{parts}</code>").into()));
            }
            other => out.push(other),
        }
    }
    html::push_html(&mut page.html, out.into_iter());
    // The corner of a table with names on two sides is a header of nothing.
    page.html = page.html.replace("<th></th>", "<td></td>");
    Ok(page)
}

/// A link of the first paragraph with its address.
fn linked<'a>(event: Event<'a>, around: &impl Around) -> Event<'a> {
    match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let address = around.link(&dest_url).map_or(dest_url, CowStr::from);
            Event::Start(Tag::Link { link_type, dest_url: address, title, id })
        }
        other => other,
    }
}

fn heading<'a>(
    level: HeadingLevel,
    inner: Vec<Event<'a>>,
    page: &mut Page,
    ids: &mut Vec<String>,
    out: &mut Vec<Event<'a>>,
) {
    let text = plain(inner.iter().cloned());
    if level == HeadingLevel::H1 && page.title.is_empty() {
        page.title = text;
        out.push(raw("<h1>".into()));
        out.extend(inner);
        out.push(raw("</h1>\n".into()));
        return;
    }
    let id = unique(slug(&text), ids);
    out.push(raw(format!("<{level} id=\"{id}\">")));
    out.extend(inner);
    let name = escape(&text);
    out.push(raw(format!(
        " <a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to “{name}”\">#</a></{level}>\n"
    )));
    if level <= HeadingLevel::H3 {
        page.headings.push(Heading { id, text, below: level == HeadingLevel::H3 });
    }
}

/// A block of code in its frame. The words are what stands behind the fence.
fn code(words: &str, text: &str, around: &impl Around) -> io::Result<String> {
    let mut words = words.split_whitespace();
    let language = words.next().unwrap_or_default();
    let (mut name, mut included, mut answer, mut fold) = (None, None, false, false);
    for word in words {
        match word.split_once('=') {
            Some(("include", path)) => {
                included = Some(around.file(path)?);
                name = path.rsplit('/').next();
            }
            Some(("name", given)) => name = Some(given),
            _ => (answer, fold) = (answer || word == "answer", fold || word == "fold"),
        }
    }
    let text = included.as_deref().unwrap_or(text).trim_end();
    let name = match (name, answer, language) {
        (Some(name), ..) => name,
        (None, true, _) => "answer",
        (None, false, "sh") => "terminal",
        (None, false, other) => other,
    };
    let mut html = String::from("<figure class=\"code\"");
    if answer {
        html.push_str(" data-answer");
    }
    // Commands and answers are read whole and may be broken; programs keep their lines.
    if answer || language == "sh" && included.is_none() {
        html.push_str(" data-wrap");
    }
    let _ = write!(html, "><figcaption>{}</figcaption>", escape(name));
    let _ = writeln!(
        html,
        "<pre tabindex=\"0\"><code>{}</code></pre></figure>",
        paint::paint(language, text)
    );
    if fold {
        let name = escape(name);
        html = format!("<details class=\"long\"><summary>{name}</summary>{html}</details>\n");
    }
    Ok(html)
}

/// The text of something, without its marks.
fn plain<'a>(events: impl Iterator<Item = Event<'a>>) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

/// The anchor of a heading, by the rule that code forges have, so that links work there too.
fn slug(text: &str) -> String {
    let kept = text.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn unique(id: String, ids: &mut Vec<String>) -> String {
    let before = ids.iter().filter(|known| **known == id).count();
    ids.push(id.clone());
    if before == 0 { id } else { format!("{id}-{before}") }
}

/// A text as it may stand in HTML, in an attribute too.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn raw(html: String) -> Event<'static> {
    Event::Html(CowStr::from(html))
}
