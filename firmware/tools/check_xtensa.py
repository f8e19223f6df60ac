#!/usr/bin/env python3
"""Type-checks the firmware for a board with an Xtensa chip, with a compiler that has no Xtensa assembler.

A stock rustc knows the Xtensa targets and LLVM compiles for them, but inline assembly is an error there.
So the check runs over copies, all below `target/xtensa`:

1. the sources of Rust's own library, with `asm!` and its sisters replaced by macros that check the types
   of the operands and make no code (xtensa_shim.rs);
2. the target's description, with the data layout that this compiler's LLVM expects;
3. the few crates that have naked functions, without that attribute.

This answers "does every line compile for this chip and these pins?" and nothing else: what comes out
cannot run. Whoever has Espressif's compiler (`espup install`) builds in the ordinary way instead.

usage: check_xtensa.py CHIP BOARD [check | clippy]     in firmware/, with RUSTC set to a stock compiler
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parent.parent
WORK = FIRMWARE / "target" / "xtensa"
RUSTC = os.environ.get("RUSTC", "/usr/bin/rustc")
ENV = {**os.environ, "RUSTC": RUSTC, "RUSTC_BOOTSTRAP": "1"}
ENV.pop("CARGO_TARGET_DIR", None)

# What LLVM 22 says of Xtensa; rustc's own description is that of Espressif's fork.
DATA_LAYOUT = "e-m:e-p:32:32-i8:8:32-i16:16:32-i64:64-n32"
# Where core/src/arch.rs declares the three macros.
FIRST, LAST = "/// Inline assembly.\n", "/// Compiles to a target-specific software breakpoint"
SHIM_ITEMS = """
#[stable(feature = "asm", since = "1.59.0")]
#[allow(missing_docs)]
pub use crate::__shim_asm as asm;
#[stable(feature = "naked_functions", since = "1.88.0")]
#[allow(missing_docs)]
pub use crate::__shim_naked_asm as naked_asm;
#[stable(feature = "global_asm", since = "1.59.0")]
#[allow(missing_docs)]
pub use crate::__shim_global_asm as global_asm;
/// An output of inline assembly.
#[stable(feature = "asm", since = "1.59.0")]
#[doc(hidden)]
pub unsafe fn __shim_out<T>() -> T { unsafe { crate::mem::zeroed() } }
/// An input of inline assembly.
#[stable(feature = "asm", since = "1.59.0")]
#[doc(hidden)]
pub fn __shim_in<T>(_: &T) {}
/// Inline assembly is unsafe.
#[stable(feature = "asm", since = "1.59.0")]
#[doc(hidden)]
pub unsafe fn __shim_unsafe() {}

"""


def output(*command):
    done = subprocess.run(command, check=True, env=ENV, cwd=FIRMWARE, stdout=subprocess.PIPE, text=True)
    return done.stdout


def shim_library():
    """Copies Rust's library sources and puts the shim in; again only for another compiler or shim."""
    library, stamp = WORK / "library", WORK / "library.stamp"
    shim = (Path(__file__).parent / "xtensa_shim.rs").read_text()
    made_of = output(RUSTC, "-vV") + shim + SHIM_ITEMS
    if stamp.exists() and stamp.read_text() == made_of:
        return library
    shutil.rmtree(library, ignore_errors=True)
    sysroot = Path(output(RUSTC, "--print", "sysroot").strip())
    shutil.copytree(sysroot / "lib/rustlib/src/rust/library", library)
    arch = library / "core/src/arch.rs"
    text = arch.read_text()
    arch.write_text(text[: text.index(FIRST)] + SHIM_ITEMS + text[text.index(LAST) :])
    with (library / "core/src/macros/mod.rs").open("a") as macros:
        macros.write("\n" + shim)
    stamp.write_text(made_of)
    return library


def describe_target(chip):
    """Writes the target's description under the usual name, because build scripts look at it."""
    name = f"xtensa-{chip}-none-elf"
    options = ("-Zunstable-options", "--print", "target-spec-json", "--target", name)
    description = json.loads(output(RUSTC, *options))
    description["data-layout"] = DATA_LAYOUT
    # LLVM 22 knows no processor by the name of esp32s3.
    description["cpu"] = "generic"
    # LLVM 22 cannot lower floating-point registers here yet; types do not care.
    description["features"] = ",".join(filter(None, (description.get("features"), "-fp")))
    path = WORK / f"{name}.json"
    text = json.dumps(description, indent=1)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return path


def without_naked_functions():
    """Copies the crates that have naked functions; gives their folders."""
    metadata = json.loads(output("/usr/bin/cargo", "metadata", "--format-version=1", "--locked"))
    folders = []
    for package in metadata["packages"]:
        source = Path(package["manifest_path"]).parent
        if package["name"] not in ("esp-hal", "esp-rtos"):
            continue
        copy = WORK / source.name
        if not (copy / ".done").exists():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(source, copy)
            for file in copy.rglob("*.rs"):
                text = file.read_text()
                plain = re.sub(r"^\s*#\[unsafe\(naked\)\]\n", "", text, flags=re.MULTILINE)
                if plain != text:
                    file.write_text(plain)
            # A copy counts as our own code, whose warnings cargo shows.
            root = copy / "src/lib.rs"
            root.write_text("#![allow(warnings)]\n" + root.read_text())
            (copy / ".done").touch()
        folders.append(str(copy))
    return folders


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    chip, board, *verb = sys.argv[1:]
    verb = verb[0] if verb else "check"
    WORK.mkdir(parents=True, exist_ok=True)
    ENV["__CARGO_TESTS_ONLY_SRC_ROOT"] = str(shim_library())
    command = [
        "/usr/bin/cargo", verb, "--quiet", "--locked", "-p", "fieldpost-esp32", "--features", board,
        "-Zjson-target-spec", "--target", str(describe_target(chip)), "--target-dir", str(WORK / "out"),
        "--config", "paths=" + json.dumps(without_naked_functions()),
    ]  # fmt: skip
    if verb == "clippy":
        command += ["--", "-D", "warnings"]
    sys.exit(subprocess.run(command, env=ENV, cwd=FIRMWARE).returncode)


if __name__ == "__main__":
    main()
