//! Looks for what a suite needs, installs it from Debian's packages where that is allowed, or names the line that does.

use std::cell::OnceCell;

use crate::shell::{Run, there};

/// Something that must be on the machine.
pub(crate) struct Tool {
    /// How it is called.
    pub(crate) program: &'static str,
    /// The Debian packages that hold it.
    pub(crate) packages: &'static [&'static str],
}

pub(crate) const NODE: Tool = Tool { program: "node", packages: &["nodejs", "npm"] };
pub(crate) const CHROMIUM: Tool = Tool { program: "chromium", packages: &["chromium"] };
pub(crate) const PYTHON: Tool = Tool { program: "python3", packages: &["python3", "python3-venv"] };
/// The clients alone: the broker of the same name is not wanted.
pub(crate) const MOSQUITTO: Tool =
    Tool { program: "mosquitto_pub", packages: &["mosquitto-clients"] };
pub(crate) const CURL: Tool = Tool { program: "curl", packages: &["curl"] };

thread_local!(static UPDATED: OnceCell<()> = const { OnceCell::new() });

/// Makes sure that a tool is there; if that can't be, the error is what a person should type.
pub(crate) fn need(tool: &Tool) -> Result<(), String> {
    if there(tool.program) {
        return Ok(());
    }
    let line = format!("apt-get install {}", tool.packages.join(" "));
    if !may_install() {
        return Err(format!("{} is missing; `{line}` installs it", tool.program));
    }
    install(tool.packages)
        .map_err(|error| format!("{} is missing and `{line}` failed: {error:#}", tool.program))?;
    if there(tool.program) {
        Ok(())
    } else {
        Err(format!("{} is missing after `{line}`", tool.program))
    }
}

/// Installs packages, with a fresh list of them the first time.
pub(crate) fn install(packages: &[&str]) -> anyhow::Result<()> {
    UPDATED.with(|updated| {
        if updated.set(()).is_ok() {
            // An old list will do if the new one can't be had.
            let _ = Run::new("apt-get").args(["update", "-qq"]).go();
        }
    });
    Run::new("apt-get")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .go()
}

/// True where installing is expected: for root, and on CI.
pub(crate) fn may_install() -> bool {
    there("apt-get")
        && (on_ci() || Run::new("id").arg("-u").output().is_ok_and(|id| id.trim() == "0"))
}

/// True on CI, where nothing may be left out.
pub(crate) fn on_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value != "false" && !value.is_empty())
}
