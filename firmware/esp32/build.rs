//! Collects the settings that are built in, and helps when linking goes wrong.

use std::{env, fs, path::Path};

/// The names that `fieldpost_shell::settings` understands; a test there keeps the two lists the same.
const NAMES: [&str; 12] = [
    "SSID",
    "PASSWORD",
    "SERVER",
    "CERTIFICATE",
    "READINGS_CHANNEL",
    "READINGS_WRITE_KEY",
    "READINGS_READ_KEY",
    "COMMANDS_CHANNEL",
    "COMMANDS_WRITE_KEY",
    "COMMANDS_READ_KEY",
    "INTERVAL_MS",
    "WAIT",
];

fn main() {
    // The linker asks this program about its errors, if it is told to.
    let arguments: Vec<String> = env::args().collect();
    if let [_, kind, what, ..] = arguments.as_slice() {
        explain(kind, what);
        return;
    }
    build_in_settings();
    link();
}

/// Writes the settings from `firmware/settings.local` and the environment, which comes first, into one file.
fn build_in_settings() {
    let file = "../settings.local";
    println!("cargo:rerun-if-changed={file}");
    let mut text = fs::read_to_string(file).unwrap_or_default();
    for name in NAMES {
        println!("cargo:rerun-if-env-changed={name}");
        if let Ok(value) = env::var(name) {
            assert!(!value.contains('\n'), "{name} must be one line");
            // The last line of a name counts.
            text.push_str(&format!("\n{name}={value}\n"));
        }
    }
    let out = env::var("OUT_DIR").expect("cargo says where to write");
    fs::write(Path::new(&out).join("settings.txt"), text).expect("settings can be written");
}

fn link() {
    // Only Xtensa's GCC knows this way of asking; lld prints good messages by itself.
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("xtensa") {
        let me = env::current_exe().expect("this program has a name");
        println!("cargo:rustc-link-arg=-Wl,--error-handling-script={}", me.display());
        println!("cargo:rustc-link-arg=-Wl,-Tlinkall.x");
    } else {
        // This must stay the last linker script.
        println!("cargo:rustc-link-arg=-Tlinkall.x");
    }
}

/// Says what a linker error is likely to mean.
fn explain(kind: &str, what: &str) {
    let hint = match (kind, what) {
        ("undefined-symbol", "_defmt_timestamp") => {
            "`defmt` is used somewhere, but this firmware logs with `log`."
        }
        ("undefined-symbol", "_stack_start") => "Is the linker script `linkall.x` missing?",
        ("undefined-symbol", what) if what.starts_with("esp_rtos_") => {
            "`esp-radio` needs a scheduler: is `esp_rtos::start` called?"
        }
        ("undefined-symbol", "free" | "malloc" | "calloc" | "get_free_internal_heap_size") => {
            "`esp-radio` needs a heap: is `esp-alloc` there, with its feature for C?"
        }
        _ => std::process::exit(1),
    };
    eprintln!("\nHint: {hint}\n");
}
