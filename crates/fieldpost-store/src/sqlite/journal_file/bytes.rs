//! The bytes of the journal's file: its head, the heads of rows, and reading and writing at a place.
//!
//! Knows nothing of where a row belongs.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::{HEAD, MAGIC, ROW_HEAD, SLOT};
use crate::blocks::bytes::checksum;
use crate::sqlite::failed;
use crate::store::StoreError;

/// What was read of the file beyond what was asked for, so that many short rows are few calls.
#[derive(Default)]
pub(super) struct Ahead {
    from: u64,
    bytes: Vec<u8>,
}

impl Ahead {
    /// How much is read at once.
    const MOST: usize = 64 << 10;

    /// So many bytes, or those there are.
    pub(super) fn bytes(&mut self, file: &File, from: u64, len: usize) -> io::Result<&[u8]> {
        let here = |this: &Self| Some(from.checked_sub(this.from)? as usize);
        let there = here(self).is_some_and(|at| at + len <= self.bytes.len());
        if !there {
            self.bytes.resize(len.max(Self::MOST), 0);
            let read = read_at(file, from, &mut self.bytes)?;
            self.bytes.truncate(read);
            self.from = from;
        }
        let at = (from - self.from) as usize;
        Ok(&self.bytes[at..self.bytes.len().min(at + len)])
    }
}

/// What stands before a row.
pub(super) struct RowHead {
    pub(super) mark: u32,
    pub(super) sum: u32,
    pub(super) len: u32,
    pub(super) seq: i64,
    pub(super) with: i64,
}

impl RowHead {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (mark, rest) = bytes.split_first_chunk()?;
        let (sum, rest) = rest.split_first_chunk()?;
        let (len, rest) = rest.split_first_chunk()?;
        let (_, rest) = rest.split_first_chunk::<4>()?;
        let (seq, rest) = rest.split_first_chunk()?;
        let (with, _) = rest.split_first_chunk()?;
        Some(Self {
            mark: u32::from_le_bytes(*mark),
            sum: u32::from_le_bytes(*sum),
            len: u32::from_le_bytes(*len),
            seq: i64::from_le_bytes(*seq),
            with: i64::from_le_bytes(*with),
        })
    }
}

/// Makes a row's bytes: the check sum is about all that follows it.
pub(super) fn row(mark: u32, seq: i64, with: i64, len: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ROW_HEAD + body.len());
    bytes.extend_from_slice(&mark.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&seq.to_le_bytes());
    bytes.extend_from_slice(&with.to_le_bytes());
    bytes.extend_from_slice(body);
    let sum = checksum(&bytes[8..]);
    bytes[4..8].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// What stands before a row, if the row is whole.
pub(super) fn whole(bytes: &[u8], id: i64) -> Option<RowHead> {
    let head = RowHead::read(bytes)?;
    let summed = bytes.get(8..ROW_HEAD + usize::try_from(head.len).ok()?)?;
    (head.mark == mark(id) && checksum(summed) == head.sum).then_some(head)
}

/// What the rows of a journal begin with, so that those of another one before it are not taken for its own.
pub(super) fn mark(id: i64) -> u32 {
    checksum(&id.to_le_bytes()) | 1
}

pub(super) fn head(id: i64) -> [u8; HEAD as usize] {
    let mut head = [0; HEAD as usize];
    head[..8].copy_from_slice(&MAGIC);
    head[8..16].copy_from_slice(&id.to_le_bytes());
    head[16..24].copy_from_slice(&SLOT.to_le_bytes());
    let sum = checksum(&head[..24]);
    head[24..28].copy_from_slice(&sum.to_le_bytes());
    head
}

pub(super) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    // It will hold what only the owner may read.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The file's lock, held while its end is read.
pub(super) struct Shared<'a>(&'a File);

impl<'a> Shared<'a> {
    pub(super) fn take(file: &'a File) -> io::Result<Self> {
        file.lock_shared().or_else(unless_unknown)?;
        Ok(Self(file))
    }
}

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Disks of other machines may know no locks; SQLite's own do not work there for several processes either.
pub(super) fn unless_unknown(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::Unsupported { Ok(()) } else { Err(error) }
}

pub(super) fn at(path: &Path, error: &io::Error) -> StoreError {
    failed(&format!("{}: {error}", path.display()))
}

pub(super) fn write_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::write_all_at(file, bytes, offset);
    #[cfg(windows)]
    {
        let mut written = 0;
        while written < bytes.len() {
            let from = offset + written as u64;
            written += std::os::windows::fs::FileExt::seek_write(file, &bytes[written..], from)?;
        }
        Ok(())
    }
}

/// Reads until the bytes are full or the file ends; tells how many there were.
pub(super) fn read_at(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < bytes.len() {
        let from = offset + read as u64;
        #[cfg(unix)]
        let more = std::os::unix::fs::FileExt::read_at(file, &mut bytes[read..], from);
        #[cfg(windows)]
        let more = std::os::windows::fs::FileExt::seek_read(file, &mut bytes[read..], from);
        match more {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
