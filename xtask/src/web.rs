//! Builds the web app, and installs the packages of the folders that are written in TypeScript.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;

use crate::shell::Run;
use crate::tools;

/// Builds `web/dist` if anything in `web`, or in the examples that the wizard hands out, is newer than it.
pub(crate) fn build(root: &Path) -> anyhow::Result<()> {
    let web = root.join("web");
    let built = fs::metadata(web.join("dist/index.html")).and_then(|page| page.modified()).ok();
    let changed = newest(&web).max(newest(&root.join("examples/arduino")));
    if built.is_some_and(|built| changed.is_some_and(|changed| changed <= built)) {
        return Ok(());
    }
    install(root, "web")?;
    Run::new("npm").args(["run", "--silent", "build"]).within(&web).go()
}

/// Installs a folder's packages as its lock file has them, unless they are there already.
pub(crate) fn install(root: &Path, folder: &str) -> anyhow::Result<()> {
    tools::need(&tools::NODE).map_err(anyhow::Error::msg)?;
    let folder = root.join(folder);
    let lock = fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("{} has no lock file", folder.display()))?;
    let mark = folder.join("node_modules/.installed");
    if fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    Run::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .within(&folder)
        .go()?;
    fs::create_dir_all(folder.join("node_modules"))?;
    Ok(fs::write(mark, lock)?)
}

/// When the newest source in a folder was changed.
fn newest(folder: &Path) -> Option<SystemTime> {
    let mut folders: Vec<PathBuf> = vec![folder.into()];
    let mut newest = None;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).ok()?.flatten() {
            let name = entry.file_name();
            if entry.path().is_dir() {
                if name != "node_modules" && name != "dist" {
                    folders.push(entry.path());
                }
            } else {
                newest = newest.max(entry.metadata().ok()?.modified().ok());
            }
        }
    }
    newest
}
