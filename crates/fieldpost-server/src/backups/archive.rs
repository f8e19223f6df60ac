//! The form of a backup: a `.tar.gz` that holds the database, the certificate and the settings file, and before them
//! `backup.json`, which says what must be in there. Writing, verifying and unpacking; not here: when, and where to.
//!
//! What is written lies in a folder of its own beside the final name until it was verified, so that a name never stands for half a file.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use fieldpost_store::history::{Checked, HistoryStore as _};
use fieldpost_store::sqlite::check_file;
use fieldpost_store::{Store, StoreError};
use fieldpost_wire::Timestamp;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::folder;

/// What a backup holds of a data folder; the first is always there.
const FILES: [&str; 4] = [DATABASE, "tls/cert.pem", "tls/key.pem", "fieldpost.toml"];
const DATABASE: &str = "fieldpost.db";
const CONTENTS: &str = "backup.json";
/// The form that is written; a later one may be no tar file at all.
const FORM: u32 = 1;
/// The most that `backup.json` may be long, in bytes.
const CONTENTS_MAX: u64 = 65_536;

/// What is in a backup, as its `backup.json` says.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Contents {
    form: u32,
    /// The version of the program that wrote it.
    pub(crate) version: String,
    /// When.
    pub(crate) made_at: String,
    /// How many channels.
    pub(crate) channels: u64,
    /// How many entries.
    pub(crate) entries: u64,
    files: Vec<Packed>,
}

/// A file and what tells whether it is whole.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Packed {
    name: String,
    bytes: u64,
    sha256: String,
}

/// A backup that is on disk, and was read again.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) contents: Contents,
    pub(crate) bytes: u64,
}

/// Writes a backup of a store and of the small files of its folder. Blocks for as long as that takes.
pub(crate) fn write(
    store: &dyn Store,
    data: &Path,
    to: &Path,
    replace: bool,
    now: Timestamp,
) -> anyhow::Result<Written> {
    ensure!(
        replace || !to.exists(),
        "{} is there already; --force replaces it, another name keeps both",
        to.display()
    );
    let part = Part::claim(to)?;
    let copy = part.folder.join(DATABASE);
    store
        .backup(&copy)
        .map_err(|error| anyhow::anyhow!("the copy failed: {}", folder::cause(&error)))?;
    let checked = whole(check_file(&copy)).context("the copy can't be read again")?;
    let mut sources = vec![(DATABASE, copy)];
    for name in &FILES[1..] {
        let path = data.join(name);
        if path.is_file() {
            sources.push((name, path));
        }
    }
    let files = sources.iter().map(|(name, path)| Packed::of(name, path));
    let contents = Contents {
        form: FORM,
        version: env!("CARGO_PKG_VERSION").into(),
        made_at: now.to_string(),
        channels: checked.channels,
        entries: checked.entries,
        files: files.collect::<anyhow::Result<_>>()?,
    };
    let packed = part.folder.join("packed");
    pack(&packed, &contents, &sources, now)
        .with_context(|| format!("can't write beside {}", to.display()))?;
    read(&packed, None).context("what was written can't be read again")?;
    let bytes = fs::metadata(&packed)?.len();
    fs::rename(&packed, to).with_context(|| format!("can't write {}", to.display()))?;
    sync_folder(parent(to))?;
    Ok(Written { contents, bytes })
}

/// Reads a backup to its end and makes sure that it is whole; unpacks it, if there is a folder to unpack it into.
pub(crate) fn read(archive: &Path, into: Option<&Path>) -> anyhow::Result<Contents> {
    let file = File::open(archive).with_context(|| format!("can't open {}", archive.display()))?;
    let damaged = || {
        format!(
            "{} is no backup of Fieldpost, or it is damaged; take another one",
            archive.display()
        )
    };
    unpack(BufReader::new(file), into).with_context(damaged)
}

/// Opens a database, which brings it up to date, and reads all of it.
pub(crate) fn check(database: &Path) -> anyhow::Result<Checked> {
    let store = folder::open(database)?;
    whole(store.check())
}

/// What a check found, if nothing is wrong.
fn whole(checked: Result<Checked, StoreError>) -> anyhow::Result<Checked> {
    let checked = checked.map_err(|error| anyhow::anyhow!("{}", folder::cause(&error)))?;
    if let Some(first) = checked.problems.first() {
        let more = checked.problems.len() - 1;
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        bail!("the database is damaged: {first}{more}; `fieldpost check` says more");
    }
    Ok(checked)
}

/// Makes what was done in a folder last.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder; // Windows has no such call
    Ok(())
}

/// Makes a file that only its owner may read, since it will hold keys.
fn private(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn pack(
    to: &Path,
    contents: &Contents,
    sources: &[(&str, PathBuf)],
    now: Timestamp,
) -> anyhow::Result<()> {
    let file = BufWriter::new(private(to)?);
    // Blocks are packed already; more effort would cost a small board minutes and save little.
    let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
    let mut append = |name: &str, bytes: u64, from: &mut dyn Read| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(now.seconds()).unwrap_or(0));
        tar.append_data(&mut header, name, from)
    };
    let about = serde_json::to_vec_pretty(contents)?;
    append(CONTENTS, about.len() as u64, &mut about.as_slice())?;
    for ((name, path), packed) in sources.iter().zip(&contents.files) {
        append(name, packed.bytes, &mut File::open(path)?.take(packed.bytes))?;
    }
    let mut file = tar.into_inner()?.finish()?;
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(())
}

fn unpack(from: impl Read, into: Option<&Path>) -> anyhow::Result<Contents> {
    let mut tar = tar::Archive::new(GzDecoder::new(from));
    let mut entries = tar.entries()?;
    let first = entries.next().context("it is empty")??;
    ensure!(
        first.path_bytes().as_ref() == CONTENTS.as_bytes(),
        "it does not begin with {CONTENTS}"
    );
    let contents: Contents = serde_json::from_reader(first.take(CONTENTS_MAX))?;
    ensure!(
        contents.form == FORM,
        "a newer version of Fieldpost wrote it ({}); restore it with that",
        contents.version
    );
    let mut expected = contents.files.iter();
    for entry in entries {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        let packed = expected.next().filter(|packed| packed.name == name);
        let packed = packed.with_context(|| format!("{name} is not what should be here"))?;
        // Names are compared with a list, so that none leads out of the folder.
        ensure!(FILES.contains(&name.as_str()), "{name} belongs to no data folder");
        let found = match into {
            Some(folder) => copy_into(&mut entry, folder, &name)?,
            None => Packed::read(&name, &mut entry, &mut io::sink())?,
        };
        ensure!(
            found.bytes == packed.bytes && found.sha256 == packed.sha256,
            "{name} is not as it was written"
        );
    }
    ensure!(expected.next().is_none(), "files are missing at its end");
    // What lies behind the last file has the checksum of the whole.
    io::copy(&mut tar.into_inner(), &mut io::sink())?;
    let database = contents.files.iter().any(|packed| packed.name == DATABASE);
    ensure!(database, "it holds no database");
    Ok(contents)
}

fn copy_into(from: &mut impl Read, folder: &Path, name: &str) -> anyhow::Result<Packed> {
    let path = folder.join(name);
    if let Some(below) = Path::new(name).parent().filter(|below| *below != Path::new("")) {
        folder::make(&folder.join(below))?;
    }
    let mut file = private(&path).with_context(|| format!("can't write {}", path.display()))?;
    let packed = Packed::read(name, from, &mut file)?;
    file.sync_all()?;
    Ok(packed)
}

impl Packed {
    fn of(name: &str, path: &Path) -> anyhow::Result<Self> {
        let mut file =
            File::open(path).with_context(|| format!("can't read {}", path.display()))?;
        Self::read(name, &mut file, &mut io::sink())
    }

    fn read(name: &str, from: &mut impl Read, to: &mut impl Write) -> anyhow::Result<Self> {
        let (mut digest, mut bytes, mut part) = (Sha256::new(), 0, vec![0; 65_536]);
        loop {
            let got = match from.read(&mut part) {
                Ok(0) => break,
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            digest.update(&part[..got]);
            to.write_all(&part[..got])?;
            bytes += got as u64;
        }
        let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { name: name.into(), bytes, sha256 })
    }
}

/// The folder of a backup that is being written. What an earlier one left there, because the power failed, is
/// removed; it goes when the backup is done.
struct Part {
    folder: PathBuf,
    _lock: File,
}

impl Part {
    fn claim(to: &Path) -> anyhow::Result<Self> {
        let name = to.file_name().context("a backup needs the name of a file")?;
        let folder = parent(to).join(format!(".{}.part", name.to_string_lossy()));
        ensure!(
            parent(to).is_dir(),
            "{} is no folder that a backup could be written to",
            parent(to).display()
        );
        folder::make(&folder)?;
        let lock = File::create(folder.join("lock"))
            .with_context(|| format!("can't write in {}", folder.display()))?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            bail!("{} is being written by another backup", to.display());
        }
        for left in fs::read_dir(&folder)? {
            let left = left?;
            if left.file_name() != "lock" {
                fs::remove_file(left.path())?;
            }
        }
        Ok(Self { folder, _lock: lock })
    }
}

/// Removes what backups into a folder left behind that were ended half done.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with(".fieldpost-") || !name.ends_with(".tar.gz.part") {
            continue;
        }
        let under_way = File::open(entry.path().join("lock"))
            .is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
        if !under_way {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, folder = %self.folder.display(), "can't remove what a backup was made of");
        }
    }
}

fn parent(file: &Path) -> &Path {
    match file.parent() {
        Some(folder)
            if folder.components().next().is_some_and(|first| first != Component::CurDir) =>
        {
            folder
        }
        _ => Path::new("."),
    }
}
