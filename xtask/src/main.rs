//! The project's own commands, as Rust: `cargo xtask demo`, `cargo xtask test`, and their parts.

mod bench;
mod firmware;
mod shell;
mod suites;
mod tidy;
mod tools;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

use shell::Run;

const HELP: &str = "\
The project's own commands

  cargo xtask demo [ARGS]     build the web app and the server, and run the demo
  cargo xtask test [SUITE]…   run all tests, or only these suites; names what it had to leave out
  cargo xtask web             build the web app into web/dist
  cargo xtask docs            write the pages that are made from the code anew
  cargo xtask bench [PART]    measure what the documents claim, into bench/results; a part alone: loop, mqtt,
                              micro, store, load, compare
  cargo xtask screenshots     take pictures of every page into e2e/results
";

fn main() -> ExitCode {
    // The alias sets the folder to the workspace's; a manifest's folder is fixed when this is compiled.
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let root = root.canonicalize().unwrap_or(root);
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    let done = match args.first().map(String::as_str) {
        Some("demo") => demo(&root, rest),
        Some("test") => suites::run(&root, rest),
        Some("web") => web::build(&root),
        Some("docs") => docs(&root),
        Some("bench") => bench::run(&root, rest),
        Some("screenshots") => screenshots(&root),
        _ => {
            print!("{HELP}");
            return if args.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// From a fresh clone to the running demo.
fn demo(root: &std::path::Path, args: &[String]) -> anyhow::Result<()> {
    web::build(root)?;
    Run::new("cargo").args(["build", "--package", "fieldpost-server"]).within(root).go()?;
    Run::new(shell::binary(root)).arg("demo").args(args).within(root).go()
}

fn docs(root: &std::path::Path) -> anyhow::Result<()> {
    for what in [["fieldpost-server", "--bins"], ["fieldpost-http", "--lib"]] {
        Run::new("cargo")
            .args(["test", "--quiet", "--package"])
            .args(what)
            .env("UPDATE", "1")
            .within(root)
            .go()?;
    }
    web::install(root, "web/openapi")?;
    Run::new("npm").args(["run", "--silent", "schema"]).within(root.join("web/openapi")).go()
}

fn screenshots(root: &std::path::Path) -> anyhow::Result<()> {
    web::build(root)?;
    Run::new("cargo").args(["build", "--package", "fieldpost-server"]).within(root).go()?;
    web::install(root, "e2e")?;
    Run::new("node")
        .arg("screenshots.mjs")
        .env("FIELDPOST_BIN", shell::binary(root))
        .within(root.join("e2e"))
        .go()
}
