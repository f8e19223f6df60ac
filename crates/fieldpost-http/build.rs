//! Packs the built web app into the binary: every file of `web/dist`, as it is and compressed with gzip.
//!
//! Without a built web app (`cargo xtask web` makes it) the table is empty and the server says so on its page, so that
//! `cargo build` and `cargo test` need nothing but Rust.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = root.join("../../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut files = Vec::new();
    if dist.is_dir() {
        walk(&dist, &dist, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for (index, (name, path)) in files.iter().enumerate() {
        let bytes = fs::read(path)?;
        let packed = out.join(format!("asset-{index}.gz"));
        let mut encoder =
            flate2::GzBuilder::new().write(fs::File::create(&packed)?, flate2::Compression::best());
        encoder.write_all(&bytes)?;
        encoder.finish()?;
        let path = fs::canonicalize(path)?;
        let _ = writeln!(
            table,
            "    Asset {{ path: {name:?}, plain: include_bytes!({path:?}), gzip: include_bytes!({packed:?}) }},"
        );
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)
}

fn walk(base: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(base, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(base) {
            files.push((format!("/{}", name.to_string_lossy().replace('\\', "/")), path));
        }
    }
    Ok(())
}
