//! Packs into the binary what it shows to browsers: the built web app and the docs, with gzip where that makes them smaller.
//!
//! Without a built web app (`cargo xtask web` makes it) its part of the table is empty and the server says so on its page,
//! so that `cargo build` and `cargo test` need nothing but Rust. The docs are made here, from Markdown, and are always there.

mod docs;
mod markdown;
mod paint;
mod template;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// A file to be packed: the address at which it is served, and where it lies.
type File = (String, PathBuf);

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../..");
    let root = fs::canonicalize(root)?;
    let dist = root.join("web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=build");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut files = Vec::new();
    if dist.is_dir() {
        for path in walk(&dist)? {
            if let Ok(name) = path.strip_prefix(&dist) {
                files.push((format!("/{}", name.to_string_lossy().replace('\\', "/")), path));
            }
        }
    }
    files.extend(docs::make(&root, &out.join("docs"))?);
    files.sort();
    fs::write(out.join("assets.rs"), table(&files, &out)?)
}

/// The table of assets, as Rust.
fn table(files: &[File], out: &Path) -> io::Result<String> {
    let mut table = String::from("&[\n");
    for (index, (name, path)) in files.iter().enumerate() {
        let bytes = fs::read(path)?;
        let packed = out.join(format!("asset-{index}.gz"));
        let mut encoder =
            flate2::GzBuilder::new().write(fs::File::create(&packed)?, flate2::Compression::best());
        encoder.write_all(&bytes)?;
        encoder.finish()?;
        let smaller = fs::metadata(&packed)?.len() < bytes.len() as u64;
        let held = if smaller { packed } else { fs::canonicalize(path)? };
        let unpacked = smaller.then_some(bytes.len());
        let _ = writeln!(
            table,
            "    Asset {{ path: {name:?}, bytes: include_bytes!({held:?}), unpacked: {unpacked:?} }},"
        );
    }
    table.push(']');
    Ok(table)
}

/// All files in a folder and below it, in order.
fn walk(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(walk(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}
