//! `cargo xtask test`: every suite of the project, in the order in which a mistake is found soonest.

use std::path::Path;
use std::time::Instant;

use crate::shell::{self, Run};
use crate::tools::{self, Tool};
use crate::{bench, firmware, tidy, web};

/// A group of tests that runs, or is left out, as a whole.
struct Suite {
    name: &'static str,
    about: &'static str,
    needs: &'static [Tool],
    /// What else must be there, beyond single programs.
    ready: Option<fn(&Path) -> anyhow::Result<()>>,
    run: fn(&Path) -> anyhow::Result<()>,
}

const SUITES: &[Suite] = &[
    Suite {
        name: "tidy",
        about: "house rules over the tree and the manifests",
        needs: &[],
        ready: None,
        run: tidy::run,
    },
    Suite { name: "format", about: "formatting", needs: &[], ready: None, run: format },
    Suite {
        name: "web",
        about: "the web app: types, unit tests, build",
        needs: &[tools::NODE],
        ready: None,
        run: web_suite,
    },
    Suite {
        name: "lint",
        about: "clippy over everything, no warning allowed",
        needs: &[],
        ready: None,
        run: lint,
    },
    Suite {
        name: "rust",
        about: "every Rust test, the real binary over real sockets among them",
        needs: &[],
        ready: None,
        run: rust,
    },
    Suite {
        name: "bench",
        about: "every bench runs and gives figures",
        needs: &[],
        ready: None,
        run: bench::smoke,
    },
    Suite {
        name: "clients",
        about: "clients from PyPI and npm, MicroPython, recorded bytes",
        needs: &[tools::NODE, tools::PYTHON, tools::CURL, tools::MOSQUITTO],
        ready: None,
        run: clients,
    },
    Suite {
        name: "firmware",
        about: "boards' images linked, checked, and run on a bare machine",
        needs: &[],
        ready: Some(firmware::prepare),
        run: firmware_suite,
    },
    Suite {
        name: "browser",
        about: "the demo in a real browser",
        needs: &[tools::NODE, tools::CHROMIUM],
        ready: None,
        run: browser,
    },
];

/// Runs the suites that are named, or all.
pub(crate) fn run(root: &Path, names: &[String]) -> anyhow::Result<()> {
    for name in names {
        let known = SUITES.iter().map(|suite| suite.name).collect::<Vec<_>>().join(", ");
        anyhow::ensure!(
            SUITES.iter().any(|suite| suite.name == name),
            "there is no suite {name}; there are {known}"
        );
    }
    let (mut passed, mut failed, mut left_out) = (0, Vec::new(), Vec::new());
    for suite in SUITES
        .iter()
        .filter(|suite| names.is_empty() || names.iter().any(|name| name == suite.name))
    {
        println!("\n── {}: {}", suite.name, suite.about);
        let mut missing: Vec<String> =
            suite.needs.iter().filter_map(|tool| tools::need(tool).err()).collect();
        missing.extend(
            suite.ready.and_then(|ready| ready(root).err()).map(|error| format!("{error:#}")),
        );
        if !missing.is_empty() {
            println!("   left out: {}", missing.join("; "));
            left_out.push(format!("{} ({})", suite.name, missing.join("; ")));
            continue;
        }
        let began = Instant::now();
        match (suite.run)(root) {
            Ok(()) => {
                passed += 1;
                println!("── {} passed in {} s", suite.name, began.elapsed().as_secs());
            }
            Err(error) => {
                println!("── {} FAILED: {error:#}", suite.name);
                failed.push(suite.name);
            }
        }
    }
    println!("\nSuites");
    for suite in &failed {
        println!("  failed: {suite}");
    }
    for suite in &left_out {
        println!("  left out: {suite}");
    }
    println!("{passed} passed, {} failed, {} skipped", failed.len(), left_out.len());
    anyhow::ensure!(failed.is_empty(), "{} failed", failed.join(", "));
    anyhow::ensure!(left_out.is_empty() || !tools::on_ci(), "on CI nothing may be left out");
    Ok(())
}

fn format(root: &Path) -> anyhow::Result<()> {
    Run::new("cargo").args(["fmt", "--all", "--check"]).within(root).go()
}

fn web_suite(root: &Path) -> anyhow::Result<()> {
    web::install(root, "web/openapi")?;
    // The types come from the API's own document alone; `cargo xtask docs` makes them anew.
    Run::new("npm").args(["run", "--silent", "check"]).within(root.join("web/openapi")).go()?;
    web::install(root, "web")?;
    Run::new("npm").args(["run", "--silent", "check"]).within(root.join("web")).go()?;
    web::build(root)
}

fn lint(root: &Path) -> anyhow::Result<()> {
    let clippy = |folder: &str, what: &[&str]| {
        Run::new("cargo")
            .args(["clippy", "--quiet", "--locked"])
            .args(what)
            .args(["--all-targets", "--", "-D", "warnings"])
            .within(root.join(folder))
            .go()
    };
    clippy("", &["--workspace"])?;
    // The benches have a workspace of their own and share what is built.
    let target = shell::target(root).join("bench");
    clippy("bench", &["--target-dir", &target.to_string_lossy()])
}

fn rust(root: &Path) -> anyhow::Result<()> {
    Run::new("cargo").args(["test", "--workspace", "--no-fail-fast"]).within(root).go()
}

fn clients(root: &Path) -> anyhow::Result<()> {
    Run::new("cargo")
        .args(["build", "--quiet", "--package", "fieldpost-server"])
        .within(root)
        .go()?;
    Run::new("bash")
        .arg("run.sh")
        .env("FIELDPOST_BIN", shell::binary(root))
        .within(root.join("e2e/clients"))
        .go()
}

fn browser(root: &Path) -> anyhow::Result<()> {
    web::build(root)?;
    Run::new("cargo")
        .args(["build", "--quiet", "--package", "fieldpost-server"])
        .within(root)
        .go()?;
    web::install(root, "e2e")?;
    Run::new("npm")
        .args(["test", "--silent"])
        .env("FIELDPOST_BIN", shell::binary(root))
        .within(root.join("e2e"))
        .go()
}

fn firmware_suite(root: &Path) -> anyhow::Result<()> {
    Run::new("cargo")
        .args(["build", "--quiet", "--package", "fieldpost-server"])
        .within(root)
        .go()?;
    firmware::run(root, Path::new(&shell::binary(root)))
}
