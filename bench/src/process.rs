//! What a process has used, as the kernel tells in `/proc`; and one that ends with its owner.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// Memory, in KiB.
    pub kib: u64,
    /// How much of it is no file's, so that only the process can let it go, in KiB.
    pub own_kib: u64,
    /// Time of processors.
    pub cpu: Duration,
    /// Bytes that it had the kernel write to disk.
    pub written: u64,
}

/// Reads what a process has used (proc(5)).
///
/// # Errors
/// If there is no such process, or not on Linux.
pub fn used(pid: u32) -> anyhow::Result<Used> {
    let file = |name: &str| {
        std::fs::read_to_string(format!("/proc/{pid}/{name}"))
            .context("what a process uses can be read on Linux only")
    };
    let number = |text: &str, name: &str| -> anyhow::Result<u64> {
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)).context("a line is missing")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse()?)
    };
    let status = file("status")?;
    let (kib, own_kib) = (number(&status, "VmRSS:")?, number(&status, "RssAnon:")?);
    let written = number(&file("io")?, "write_bytes:")?;
    let stat = file("stat")?;
    let after = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    let ticks: u64 = after.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    // The kernel counts in hundredths of a second for user space, always.
    Ok(Used { kib, own_kib, cpu: Duration::from_millis(ticks * 10), written })
}

/// The bytes that a folder takes up, everything below it counted.
pub fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => size(&entry.path()),
            Ok(about) => about.len(),
            Err(_) => 0,
        })
        .sum()
}

/// A program that runs beside this one and is ended with its owner.
pub struct Beside(pub Child);

impl Beside {
    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Asks it to end, as a service manager does, and waits until it has.
    pub fn end(&mut self) {
        let _ = std::process::Command::new("kill").arg(self.id().to_string()).status();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
