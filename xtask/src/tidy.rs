//! House rules that a machine can check: arrows between crates, licences of dependencies, the tree itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::shell::Run;

/// Which of our crates each crate may know. Arrows point down only; what is not here may not be.
const ARROWS: &[(&str, &[&str])] = &[
    ("fieldpost-wire", &[]),
    ("fieldpost-node", &["fieldpost-wire"]),
    ("fieldpost-store", &["fieldpost-wire"]),
    ("fieldpost-engine", &["fieldpost-store", "fieldpost-wire"]),
    // The door names the store's plain values (a user, a channel's head) but opens no store.
    ("fieldpost-http", &["fieldpost-engine", "fieldpost-store", "fieldpost-wire"]),
    ("fieldpost-mqtt", &["fieldpost-engine", "fieldpost-wire"]),
    ("fieldpost-client", &["fieldpost-wire"]),
    ("fieldpost-boards", &["fieldpost-client", "fieldpost-node", "fieldpost-wire"]),
    // The way out: it does what the engine asks for, with the client's connections.
    ("fieldpost-reach", &["fieldpost-client", "fieldpost-engine"]),
    (
        "fieldpost-server",
        &[
            "fieldpost-boards",
            "fieldpost-client",
            "fieldpost-engine",
            "fieldpost-http",
            "fieldpost-mqtt",
            "fieldpost-reach",
            "fieldpost-store",
            "fieldpost-wire",
        ],
    ),
    ("xtask", &[]),
];

/// Licences under which a dependency may be used: permissive ones only.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// The longest that a file of code may be, in lines, before it must be taken apart. Tables and tests read well when they are long.
const LINES_MAX: usize = 620;

pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    let metadata = Run::new("cargo")
        .args(["metadata", "--format-version=1", "--all-features"])
        .within(root)
        .output()?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    arrows(packages, &mut wrong);
    licences(packages, &mut wrong);
    files(root, &mut wrong)?;
    for line in &wrong {
        println!("   {line}");
    }
    anyhow::ensure!(wrong.is_empty(), "{} house rules are broken", wrong.len());
    println!("   {} packages and the tree are in order", packages.len());
    Ok(())
}

fn arrows(packages: &[Value], wrong: &mut Vec<String>) {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ARROWS.iter().map(|(name, may)| (*name, may.iter().copied().collect())).collect();
    for package in packages.iter().filter(|package| package["source"].is_null()) {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(may) = allowed.get(name) else {
            wrong.push(format!("{name}: say in xtask/src/tidy.rs which crates it may know"));
            continue;
        };
        let ours = package["dependencies"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|dependency| !dependency["path"].is_null());
        for dependency in ours
            .filter(|dependency| dependency["kind"] != "dev")
            .filter_map(|dependency| dependency["name"].as_str())
        {
            if !may.contains(dependency) {
                wrong.push(format!("{name} must not know {dependency}"));
            }
        }
    }
}

fn licences(packages: &[Value], wrong: &mut Vec<String>) {
    for package in packages {
        let text = package["license"].as_str().unwrap_or_default().replace('/', " OR ");
        // "A OR B" leaves the choice, "A AND B" does not.
        let fine = |term: &str| LICENCES.contains(&term.trim().trim_matches(['(', ')']));
        let all = |option: &str| {
            option.split(" AND ").all(|part| fine(part) || part.split(" OR ").any(fine))
        };
        if !text.split(" OR ").any(all) && !all(&text) {
            wrong.push(format!("{}: licence {text:?} is not on the list", package["name"]));
        }
    }
}

fn files(root: &Path, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let tracked = Run::new("git").args(["ls-files"]).within(root).output()?;
    for name in tracked.lines() {
        let Ok(text) = std::fs::read_to_string(root.join(name)) else { continue };
        if name.ends_with(".rs") {
            let code = name.contains("/src/");
            let lines = text.lines().count();
            if code && lines > LINES_MAX {
                wrong.push(format!("{name}: {lines} lines; take it apart"));
            }
            if code && !text.starts_with("//!") && !text.starts_with("#![") {
                wrong.push(format!("{name}: begin by saying what the file is"));
            }
        }
        if text.contains("\r\n") {
            wrong.push(format!("{name}: has Windows line ends"));
        }
    }
    promises(root, &tracked, wrong)
}

/// Every test that `docs/compat.md` names must exist: the page says what is held, and by what.
fn promises(root: &Path, tracked: &str, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let mut tests = BTreeSet::new();
    for name in tracked.lines().filter(|name| name.ends_with(".rs")) {
        let Ok(text) = std::fs::read_to_string(root.join(name)) else { continue };
        let mut after_test = false;
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")
                && (after_test || text.contains("proptest!"))
            {
                tests.insert(rest.split('(').next().unwrap_or_default().to_string());
            }
            after_test = line == "#[test]"
                || line.starts_with("#[tokio::test")
                || (after_test && line.starts_with("#["));
        }
    }
    let page = std::fs::read_to_string(root.join("docs/compat.md"))?;
    for row in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")) {
        let Some(cell) = row.trim_end_matches('|').rsplit('|').next().map(str::trim) else {
            continue;
        };
        for test in cell
            .split(',')
            .map(|test| test.trim().trim_matches('`'))
            .filter(|test| !matches!(*test, "test" | "–"))
        {
            if !tests.contains(test) {
                wrong.push(format!("docs/compat.md names the test {test:?}, which there is not"));
            }
        }
    }
    Ok(())
}
