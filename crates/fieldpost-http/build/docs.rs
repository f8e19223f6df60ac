//! The docs as a small website: every Markdown page below `docs/`, each at an address of its own below `/docs`.
//!
//! `docs/guide/README.md` is the first page and the table of contents at once: its lists are the navigation, in its order.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Component, Path, PathBuf};
use std::{cell::RefCell, fs, io};

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use crate::markdown::{self, Around};
use crate::template::{self, Frame, Group, Item};
use crate::{File, walk};

/// The page with the table of contents.
const CONTENTS: &str = "guide/README.md";

/// Where the programs are that the web app offers with a channel's own address and keys.
const SNIPPETS: &str = "web/src/pages/connect/snippets";

/// What the docs fill in there: the examples' own server, channel and keys.
const FILLED_IN: [(&str, &str); 14] = [
    ("url", "http://192.168.1.20:8080"),
    ("host", "192.168.1.20"),
    ("port", "8080"),
    ("channel", "1"),
    ("write_key", "W4K2QZ81TTP0XN7B"),
    ("read_key", "R9M5C3JH60VYD2EA"),
    ("no1", "1"),
    ("name1", "Temperature"),
    ("no2", "2"),
    ("name2", "Humidity"),
    ("mqtt_host", "192.168.1.20"),
    ("mqtt_port", "1883"),
    ("client_id", "kT3v0aQmX7cJ2LwNfR9yZbE"),
    ("password", "pN5xW1hC8uGk4VdS0tYjM2aQ"),
];

/// Makes the docs and gives the files to be packed. What is written goes to `out`.
///
/// # Errors
/// If a file can't be read or written, or one that a page includes is missing.
pub(crate) fn make(root: &Path, out: &Path) -> io::Result<Vec<File>> {
    for watched in ["docs", "examples", SNIPPETS, "web/src/style", "web/src/ui/icon.svg"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    let folder = root.join("docs");
    let mut pages = BTreeMap::new();
    for path in walk(&folder)? {
        if path.extension().is_some_and(|end| end == "md") {
            pages.insert(relative(&path, &folder), fs::read_to_string(&path)?);
        }
    }
    fs::create_dir_all(out)?;
    let mut files = Vec::new();
    let style = packed(&style(root)?, "css", out, &mut files)?;
    let script = packed(&fs::read_to_string(folder.join("style/docs.js"))?, "js", out, &mut files)?;
    let contents = pages.get(CONTENTS).map(|source| contents(source)).unwrap_or_default();
    let icon_file = root.join("web/src/ui/icon.svg");
    let icon = fs::read_to_string(&icon_file)?;
    files.push(("/docs/icon.svg".into(), icon_file));
    let wanted = RefCell::new(BTreeSet::new());
    for (index, (name, source)) in pages.iter().enumerate() {
        let place = Place { root, name, wanted: &wanted };
        let page = markdown::render(source, &place)
            .map_err(|error| io::Error::other(format!("docs/{name}: {error}")))?;
        let html = template::page(&Frame {
            address: &address(name),
            page: &page,
            contents: &contents,
            style: &style,
            script: &script,
            icon: icon.trim(),
        });
        let path = out.join(format!("page-{index}.html"));
        fs::write(&path, html)?;
        files.push((address(name), path));
    }
    let wanted = wanted.into_inner();
    files.extend(wanted.into_iter().map(|name| (format!("/docs/{name}"), folder.join(name))));
    Ok(files)
}

/// Where a page stands when its links are read.
struct Place<'a> {
    root: &'a Path,
    name: &'a str,
    /// Files that are no pages and must be packed too, by their names below `docs/`.
    wanted: &'a RefCell<BTreeSet<String>>,
}

impl Around for Place<'_> {
    fn link(&self, target: &str) -> Option<String> {
        // Addresses of this server and of others are what they are.
        if target.starts_with(['/', '#']) || target.contains("://") {
            return Some(target.into());
        }
        let (file, anchor) = target
            .split_once('#')
            .map_or((target, String::new()), |(file, id)| (file, format!("#{id}")));
        let path = flat(&Path::new("docs").join(self.name).parent()?.join(file));
        let below = relative(path.strip_prefix("docs").ok()?, Path::new(""));
        if below.ends_with(".md") {
            return Some(address(&below) + &anchor);
        }
        if !self.root.join("docs").join(&below).is_file() {
            return None;
        }
        self.wanted.borrow_mut().insert(below.clone());
        Some(format!("/docs/{below}"))
    }

    /// A file as it is; the web app's snippets with what the docs have for examples filled in.
    fn file(&self, path: &str) -> io::Result<String> {
        let mut text = fs::read_to_string(self.root.join(path))
            .map_err(|error| io::Error::other(format!("{path}: {error}")))?;
        if path.starts_with(SNIPPETS) {
            for (name, value) in FILLED_IN {
                text = text.replace(&format!("{{{{{name}}}}}"), value);
            }
            if text.contains("{{") {
                return Err(io::Error::other(format!("{path}: a placeholder is not in FILLED_IN")));
            }
        }
        Ok(text)
    }
}

/// The address of a page, by its name below `docs/`.
fn address(name: &str) -> String {
    let name = name.strip_prefix("guide/").unwrap_or(name);
    let name = name.strip_suffix(".md").unwrap_or(name);
    let name = name.strip_suffix("README").unwrap_or(name).trim_end_matches('/');
    format!("/docs/{name}").trim_end_matches('/').into()
}

/// Headings and lists of the first page: each list item that begins with a link is a page.
fn contents(source: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let (mut in_heading, mut in_link, mut in_item) = (false, false, false);
    for event in markdown::parse(source) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => {
                in_heading = true;
                groups.push(Group { title: String::new(), items: Vec::new() });
            }
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Start(Tag::Item) => in_item = true,
            Event::Start(Tag::Link { dest_url, .. }) if in_item => {
                (in_link, in_item) = (true, false);
                let path = flat(&Path::new("guide").join(&*dest_url));
                if let Some(group) = groups.last_mut() {
                    group.items.push(Item {
                        title: String::new(),
                        address: address(&relative(&path, Path::new(""))),
                    });
                }
            }
            Event::End(TagEnd::Link) => in_link = false,
            Event::Text(text) | Event::Code(text) => {
                if let Some(group) = groups.last_mut() {
                    match group.items.last_mut() {
                        Some(item) if in_link => item.title.push_str(&text),
                        _ if in_heading => group.title.push_str(&text),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    groups.retain(|group| !group.items.is_empty());
    groups
}

/// The styles: colours, type and links of the web app, then what the docs need. Its letters too, where the web app is built.
fn style(root: &Path) -> io::Result<String> {
    let tokens = fs::read_to_string(root.join("web/src/style/tokens.css"))?;
    let (mut style, mut rest) = (String::new(), tokens.as_str());
    // The web app's letters lie in a package that only its own build knows.
    while let Some((before, face)) = rest.split_once("@font-face") {
        style.push_str(before);
        rest = face.split_once('}').map_or("", |(_, after)| after);
    }
    style.push_str(rest);
    let assets = root.join("web/dist/assets");
    let letters = if assets.is_dir() { walk(&assets)? } else { Vec::new() };
    let letters = letters.iter().map(|path| relative(path, &assets));
    if let Some(name) =
        letters.into_iter().find(|name| name.starts_with("figtree") && name.ends_with(".woff2"))
    {
        style.push_str(&format!(
            "@font-face {{ font-family: Figtree; font-weight: 300 900; font-display: swap; src: url(\"/assets/{name}\") format(\"woff2\"); }}\n"
        ));
    }
    for sheet in ["web/src/style/base.css", "web/src/style/frame.css", "docs/style/docs.css"] {
        style.push_str(&fs::read_to_string(root.join(sheet))?);
    }
    Ok(style)
}

/// Puts a text among the files that browsers may keep for ever, and gives its address.
fn packed(text: &str, end: &str, out: &Path, files: &mut Vec<File>) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let path = out.join(format!("docs.{end}"));
    fs::write(&path, text)?;
    let address = format!("/assets/docs-{:016x}.{end}", hasher.finish());
    files.push((address.clone(), path));
    Ok(address)
}

/// A path without `.` and `..`.
fn flat(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(flat.pop()),
            Component::CurDir => {}
            other => flat.push(other),
        }
    }
    flat
}

/// A path below a folder, with slashes.
fn relative(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
