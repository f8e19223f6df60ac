//! The frame around each page of the docs: top bar, navigation, what is on the page, previous and next.
//!
//! Everything works without a script; the one that is there only adds conveniences.

use std::fmt::Write as _;

use crate::markdown::{Page, escape};

/// The web app's own drawings beside its words.
const CHANNELS: &str = r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M3.5 17.5l5-6 4 3.5 8-9"/><path d="M3.5 21h17"/></svg>"#;
const DOCS: &str = r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 6.5c-2-1.6-4.7-2-8.5-2v14c3.8 0 6.5.4 8.5 2 2-1.6 4.7-2 8.5-2v-14c-3.8 0-6.5.4-8.5 2z"/><path d="M12 6.5v14"/></svg>"#;

/// A heading of the navigation and the pages below it.
pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) items: Vec<Item>,
}

/// A page in the navigation.
pub(crate) struct Item {
    pub(crate) title: String,
    pub(crate) address: String,
}

/// What a page is put together from.
pub(crate) struct Frame<'a> {
    pub(crate) address: &'a str,
    pub(crate) page: &'a Page,
    pub(crate) contents: &'a [Group],
    /// Addresses of the style sheet and the script.
    pub(crate) style: &'a str,
    pub(crate) script: &'a str,
    /// The mark of the product, as SVG.
    pub(crate) icon: &'a str,
}

/// Makes a whole page.
pub(crate) fn page(frame: &Frame<'_>) -> String {
    let Frame { address, page, style, script, icon, .. } = frame;
    let home = *address == "/docs";
    let title = if home {
        "Fieldpost docs".into()
    } else {
        format!("{} · Fieldpost docs", escape(&page.title))
    };
    let description = escape(&shortened(&page.description));
    let pages = navigation(frame);
    // The first page is itself a table of contents.
    let here = if home { String::new() } else { on_this_page(page) };
    let (aside, fold) = if here.is_empty() {
        (String::new(), String::new())
    } else {
        (
            format!(
                "<nav class=\"here\" aria-label=\"On this page\"><p>On this page</p>{here}</nav>"
            ),
            format!(
                "<details class=\"fold here-fold\"><summary>On this page</summary><nav aria-label=\"On this page\">{here}</nav></details>"
            ),
        )
    };
    // What is folded away on a small screen stands below the first words, where it is looked for.
    let at = page.html.find("<h2").unwrap_or(page.html.len());
    let (head, rest) = page.html.split_at(at);
    let steps = neighbours(frame);
    let kind = if home { "home" } else { "text" };
    let version = env!("CARGO_PKG_VERSION");
    format!(
        r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#edf1ec">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0e1411">
<meta name="description" content="{description}">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="/docs/icon.svg">
<link rel="stylesheet" href="{style}">
<script src="{script}" defer></script>
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
<header class="top">
<a class="brand" href="/" >{icon}Fieldpost</a>
<nav class="ways" aria-label="Places"><a class="way" href="/">{CHANNELS}Channels</a><a class="way" href="/docs" aria-current="{current}">{DOCS}Docs</a></nav>
</header>
<details class="fold pages-fold"><summary>All pages</summary><nav aria-label="All pages">{pages}</nav></details>
<div class="columns">
<nav class="pages" aria-label="All pages">{pages}</nav>
<main id="text" class="{kind}" tabindex="-1">
<article>{head}{fold}{rest}</article>
{steps}</main>
{aside}</div>
<footer class="foot"><p>Fieldpost {version}. These pages are part of the server and need no internet.</p></footer>
</body>
</html>
"##,
        current = if home { "page" } else { "true" },
    )
}

fn navigation(frame: &Frame<'_>) -> String {
    let mut html = String::new();
    for group in frame.contents {
        let _ = write!(html, "<p>{}</p><ul>", escape(&group.title));
        for item in &group.items {
            let current = if item.address == frame.address { " aria-current=\"page\"" } else { "" };
            let _ = write!(
                html,
                "<li><a href=\"{}\"{current}>{}</a></li>",
                item.address,
                escape(&item.title)
            );
        }
        html.push_str("</ul>");
    }
    html
}

fn on_this_page(page: &Page) -> String {
    if page.headings.len() < 2 {
        return String::new();
    }
    let mut html = String::from("<ul>");
    for heading in &page.headings {
        let below = if heading.below { " class=\"below\"" } else { "" };
        let (id, text) = (&heading.id, escape(&heading.text));
        let _ = write!(html, "<li{below}><a href=\"#{id}\">{text}</a></li>");
    }
    html + "</ul>"
}

/// The pages before and after this one.
fn neighbours(frame: &Frame<'_>) -> String {
    let all: Vec<&Item> = frame.contents.iter().flat_map(|group| &group.items).collect();
    let Some(at) = all.iter().position(|item| item.address == frame.address) else {
        return String::new();
    };
    let mut html = String::from("<nav class=\"steps\" aria-label=\"Before and after\">");
    let step = |html: &mut String, item: &Item, word: &str| {
        let kind = word.to_lowercase();
        let _ = write!(
            html,
            "<a class=\"{kind}\" rel=\"{kind}\" href=\"{}\"><span>{word}</span>{}</a>",
            item.address,
            escape(&item.title)
        );
    };
    if let Some(item) = at.checked_sub(1).and_then(|before| all.get(before)) {
        step(&mut html, item, "Previous");
    }
    if let Some(item) = all.get(at + 1) {
        step(&mut html, item, "Next");
    }
    html + "</nav>"
}

/// What fits into a description, whole words.
fn shortened(text: &str) -> String {
    const MAX: usize = 170;
    if text.chars().count() <= MAX {
        return text.into();
    }
    let cut: String = text.chars().take(MAX).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole))
}
