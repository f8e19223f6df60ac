//! Runs other programs, and says which one failed.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// A program to be run.
pub(crate) struct Run {
    command: Command,
    shown: String,
}

impl Run {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        Self { shown: program.to_string_lossy().into_owned(), command: Command::new(program) }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown = format!("{} {}", self.shown, arg.as_ref().to_string_lossy());
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<T: AsRef<OsStr>>(self, args: impl IntoIterator<Item = T>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it to its end; a failure names the command.
    pub(crate) fn go(mut self) -> anyhow::Result<()> {
        let status = self
            .command
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("can't run {}", self.shown))?;
        anyhow::ensure!(status.success(), "{} failed ({status})", self.shown);
        Ok(())
    }

    /// Runs it and gives what it printed.
    pub(crate) fn output(mut self) -> anyhow::Result<String> {
        let out = self
            .command
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("can't run {}", self.shown))?;
        anyhow::ensure!(
            out.status.success(),
            "{} failed: {}",
            self.shown,
            String::from_utf8_lossy(&out.stderr)
        );
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    }
}

/// The folder that cargo builds into.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// The server's binary as `cargo build` leaves it.
pub(crate) fn binary(root: &Path) -> OsString {
    target(root)
        .join("debug")
        .join(format!("fieldpost{}", std::env::consts::EXE_SUFFIX))
        .into_os_string()
}

/// True if a program is there. Some say their version and call it a failure, so that it starts is all that counts.
pub(crate) fn there(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}
