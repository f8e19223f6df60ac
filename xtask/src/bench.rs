//! `cargo xtask bench`: measures what the documents claim, on the binary that users run.

use std::ffi::OsStr;
use std::path::Path;

use crate::shell::{self, Run};
use crate::tools::{self, Tool};

/// Which parts there are, and what each is about.
const PARTS: &[(&str, &str)] = &[
    ("loop", "from a button to an LED, and the start"),
    ("mqtt", "the MQTT door, beside mosquitto"),
    ("micro", "parsers, writers, the engine, column blocks: by themselves"),
    ("store", "the store by itself"),
    ("load", "Fieldpost and the floors under load"),
    ("compare", "writing, keeping and reading, beside InfluxDB and VictoriaMetrics"),
];
/// What runs if nothing is named: what keeps a page in `bench/results`.
const KEPT: [&str; 3] = ["loop", "mqtt", "compare"];

/// Peers from Debian's packages. What can't be had is named on the page and left out.
const PEERS: [Tool; 2] = [
    Tool { program: "influxd", packages: &["influxdb"] },
    Tool { program: "victoria-metrics", packages: &["victoria-metrics"] },
];
const MOSQUITTO: Tool = Tool { program: "mosquitto", packages: &["mosquitto"] };

/// Runs a part with what is said behind it, or all that keep a page.
pub(crate) fn run(root: &Path, args: &[String]) -> anyhow::Result<()> {
    let (part, rest) = match args.split_first() {
        Some((part, rest)) if !part.starts_with("--") => (Some(part.as_str()), rest),
        _ => (None, args),
    };
    if rest.iter().any(|word| word == "--smoke") {
        return smoke(root);
    }
    if let Some(part) = part {
        return one(root, part, rest);
    }
    KEPT.iter().try_for_each(|part| one(root, part, rest))
}

fn one(root: &Path, part: &str, rest: &[String]) -> anyhow::Result<()> {
    let known: Vec<String> =
        PARTS.iter().map(|(name, about)| format!("\n  {name:8} {about}")).collect();
    anyhow::ensure!(
        PARTS.iter().any(|(name, _)| *name == part),
        "there is no part {part}; there are{}",
        known.concat()
    );
    let wanted: &[Tool] = match part {
        "compare" => &PEERS,
        "mqtt" => std::slice::from_ref(&MOSQUITTO),
        _ => &[],
    };
    for missing in wanted.iter().filter_map(|tool| tools::need(tool).err()) {
        println!("   left out: {missing}");
    }
    let cargo = |args: &[&str]| Run::new("cargo").args(args).within(root.join("bench"));
    match part {
        "micro" => {
            cargo(&["bench", "--quiet", "--bench", "micro", "--"]).args(rest).go()?;
            cargo(&["bench", "--quiet", "--bench", "blocks"]).go()
        }
        "store" => cargo(&["run", "--quiet", "--release", "--bin", "store", "--"]).args(rest).go(),
        _ => {
            Run::new("cargo")
                .args(["build", "--release", "--package", "fieldpost-server"])
                .within(root)
                .go()?;
            let binary = shell::target(root).join("release/fieldpost");
            // Both are parts of one program.
            let words: &[&str] = match part {
                "load" | "compare" => &["history", "--", part],
                part => &[part, "--"],
            };
            cargo(&["run", "--quiet", "--release", "--bin"])
                .args(words)
                .args(rest)
                .env("FIELDPOST_BIN", binary)
                .go()
        }
    }
}

/// Looks whether every part runs and gives figures, in a few seconds and without peers; how large they are is nothing to it.
pub(crate) fn smoke(root: &Path) -> anyhow::Result<()> {
    Run::new("cargo")
        .args(["build", "--quiet", "--package", "fieldpost-server"])
        .within(root)
        .go()?;
    // The benches have a workspace of their own and share what is built.
    let target = shell::target(root).join("bench");
    let cargo = |args: &[&str], more: &[&OsStr]| {
        Run::new("cargo")
            .args(args)
            .args(["--quiet", "--locked", "--target-dir"])
            .arg(&target)
            .args(more)
            .env("FIELDPOST_BIN", shell::binary(root))
            .within(root.join("bench"))
            .go()
    };
    cargo(&["test", "--lib"], &[])?;
    cargo(&["test", "--bench", "micro"], &["--", "--test"].map(OsStr::new))?;
    cargo(&["run", "--bin", "history"], &["--", "compare", "--smoke"].map(OsStr::new))
}
