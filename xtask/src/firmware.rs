//! The firmware's suite: Debian's compiler builds it, Debian's QEMU runs it against the real server.
//!
//! What can be proven without hardware, in this order: the shell's own tests on the host; images for the
//! RISC-V boards, linked and packed as they would be flashed; the Xtensa boards type-checked, since no
//! stock compiler can link for them; and both nodes running on a bare virtual machine, talking to a server
//! that is killed and comes back.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::shell::{Run, there};
use crate::tools;

/// Debian's compiler with its sources, which the bare targets are built from, its linker, and QEMU.
const PACKAGES: &[&str] =
    &["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "qemu-system-misc", "python3"];
/// Any of these links.
const LINKERS: &[&str] = &["lld-22", "lld-19", "lld-14"];
const ESPFLASH: &str = "4.7.0";
const PACKED: &[Packed] = &[
    Packed { board: "board-c3-devkit", chip: "esp32c3", target: "riscv32imc-unknown-none-elf" },
    Packed { board: "board-c6-devkit", chip: "esp32c6", target: "riscv32imac-unknown-none-elf" },
];
/// Boards whose chip no stock compiler can link for.
const CHECKED: &[(&str, &str)] =
    &[("board-doit", "esp32"), ("board-heltec", "esp32"), ("board-s3-devkit", "esp32s3")];
const PROGRAMS: &[&str] = &["sensor_node", "display_node"];
/// What the default partition table leaves for the program.
const PARTITION: u64 = 0x3F_0000;

/// A board for which a whole image is made.
struct Packed {
    board: &'static str,
    chip: &'static str,
    target: &'static str,
}

/// Everything; `server` is the server's binary.
pub(crate) fn run(root: &Path, server: &Path) -> anyhow::Result<()> {
    prepare(root)?;
    host(root)?;
    virt(root, server)?;
    riscv(root)?;
    xtensa(root)
}

/// Installs what is missing, where that is allowed.
pub(crate) fn prepare(root: &Path) -> anyhow::Result<()> {
    let found = || {
        ["rustc", "cargo", "cargo-clippy", "qemu-system-riscv32", "python3"]
            .iter()
            .all(|name| Path::new("/usr/bin").join(name).exists())
            && Path::new("/usr/lib/rustlib/src").exists()
    };
    if !found() && tools::may_install() {
        tools::install(PACKAGES)?;
    }
    ensure!(found(), "the firmware needs `apt-get install {}`", PACKAGES.join(" "));

    let linker =
        || LINKERS.iter().map(|name| Path::new("/usr/bin").join(name)).find(|it| it.exists());
    if linker().is_none() && tools::may_install() {
        tools::install(&LINKERS[..1])?;
    }
    let linker = linker().with_context(|| format!("apt-get install {}", LINKERS[0]))?;
    // The bare targets call their linker `rust-lld`; Debian has it under its own name.
    let alias = target(root).join("bin/rust-lld");
    std::fs::create_dir_all(target(root).join("bin"))?;
    if !alias.exists() {
        // What is left may point to a linker that is gone.
        let _ = std::fs::remove_file(&alias);
        link(&linker, &alias)?;
    }
    Ok(())
}

#[cfg(unix)]
fn link(program: &Path, alias: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(program, alias)
}

#[cfg(not(unix))]
fn link(program: &Path, alias: &Path) -> std::io::Result<()> {
    std::fs::copy(program, alias).map(drop)
}

/// Formatting, and the tests that need no board.
pub(crate) fn host(root: &Path) -> anyhow::Result<()> {
    // From the root: the firmware's folder has its own toolchain file, for Espressif's compiler.
    let manifest = ["--manifest-path", "firmware/Cargo.toml"];
    let packages = ["-p", "fieldpost-shell", "-p", "fieldpost-virt", "-p", "fieldpost-esp32"];
    Run::new("cargo").arg("fmt").args(manifest).args(packages).arg("--check").within(root).go()?;
    Run::new("cargo")
        .args(["test", "--quiet", "--locked", "-p", "fieldpost-shell"])
        .args(["--features", "fieldpost-shell/https"])
        .args(manifest)
        .env("CARGO_TARGET_DIR", target(root).join("host"))
        .within(root)
        .go()
}

/// Builds, links and packs the images of the RISC-V boards.
pub(crate) fn riscv(root: &Path) -> anyhow::Result<()> {
    let espflash = espflash(root)?;
    for Packed { board, chip, target: triple } in PACKED {
        let began = Instant::now();
        let build = ["build", "--release", "--locked", "-p", "fieldpost-esp32"];
        cargo(root, &build, &["--features", board, "--target", triple])?;
        let took = began.elapsed().as_secs();
        for program in PROGRAMS {
            let elf = target(root).join(triple).join("release").join(program);
            let image = target(root).join(format!("{program}-{chip}.bin"));
            Run::new(&espflash)
                .args(["save-image", "--chip", chip, "--flash-size", "4mb"])
                .arg(&elf)
                .arg(&image)
                .output()?;
            let size = std::fs::metadata(&image)?.len();
            ensure!(size < PARTITION, "{program} for {board} is too large: {size} bytes");
            println!(
                "   {board} {program}: linked and packed, {size} bytes ({} % of its partition)",
                size * 100 / PARTITION
            );
        }
        println!("   {board}: built in {took} s");
    }
    Ok(())
}

/// Checks the Xtensa boards with clippy, as far as a compiler without their assembler can.
pub(crate) fn xtensa(root: &Path) -> anyhow::Result<()> {
    for (board, chip) in CHECKED {
        let began = Instant::now();
        let mut command = debian(root, "python3");
        command.args(["tools/check_xtensa.py", chip, board, "clippy"]);
        finish(command)?;
        println!("   {board}: type-checked in {} s", began.elapsed().as_secs());
    }
    Ok(())
}

/// Both nodes on bare virtual machines, through a server that is killed and comes back.
pub(crate) fn virt(root: &Path, server: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    let triple = PACKED[0].target;
    cargo(
        root,
        &["build", "--release", "--locked"],
        &["-p", "fieldpost-virt", "--target", triple],
    )?;
    let programs = target(root).join(triple).join("release");
    println!("   virt: built in {} s", began.elapsed().as_secs());

    let folder = target(root).join("virt-story");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let post = Post::found(server, &folder)?;
    let mut running = post.serve()?;

    // One of them over https, with the server's own certificate.
    let [secret, plain, wrong] = ["secret", "plain", "wrong"].map(|name| folder.join(name));
    std::fs::write(&secret, post.settings(Some(&post.certificate()?)))?;
    std::fs::write(&plain, post.settings(None))?;
    let sensor = Machine::start(&programs.join("sensor_node"), &secret)?;
    let mut display = Machine::start(&programs.join("display_node"), &plain)?;
    let soon = Duration::from_secs(30);
    sensor.wait(soon, "POST /update: 200")?;
    display.wait(soon, "screen: Readings")?;
    println!("   virt: a reading went from one machine to the other's display");

    display.press(b'b')?;
    let pressed = Instant::now();
    sensor.wait(soon, "light: Remote on")?;
    println!("   virt: the light followed the button after {} ms", pressed.elapsed().as_millis());

    running.kill()?;
    display.wait(soon, "screen: Trouble(NoAnswer)")?;
    thread::sleep(Duration::from_secs(9));
    let missed = sensor.count("sensor: ");
    println!("   virt: the server was killed and is away; {missed} readings so far");
    running = post.serve()?;

    // One reading more than was measured before the server came back.
    let entries = post.wait_for(missed + 1, Duration::from_secs(90))?;
    let measured = sensor.count("sensor: ");
    check(&entries, missed, measured)?;
    println!(
        "   virt: {} entries, every reading once and in order, with its own time",
        entries.len()
    );
    sensor.stop()?;
    display.stop()?;

    let other = Post::found(server, &folder.join("other"))?;
    other.serve()?.kill()?;
    std::fs::write(&wrong, post.settings(Some(&other.certificate()?)))?;
    let fooled = Machine::start(&programs.join("sensor_node"), &wrong)?;
    fooled.wait(soon, "https: Invalid")?;
    ensure!(fooled.count(": 200") == 0, "a server with another certificate was believed");
    println!("   virt: a server with another certificate is not believed");
    fooled.stop()?;
    running.kill()
}

/// The sensor counts up by a tenth each two seconds, so what is missing shows.
fn check(entries: &[Value], least: usize, measured: usize) -> anyhow::Result<()> {
    ensure!((least..=measured).contains(&entries.len()), "{} of {measured} arrived", entries.len());
    let mut before = None;
    for (n, entry) in entries.iter().enumerate() {
        let expected = format!("{}.{}", 20 + n / 10, n % 10);
        ensure!(entry["field1"] == *expected, "instead of {expected} there is {entry}");
        let seconds = seconds(entry["created_at"].as_str().unwrap_or_default());
        if let Some(before) = before {
            let step = (seconds + 86_400 - before) % 86_400;
            ensure!((1..=4).contains(&step), "{entry} is {step} s after the one before it");
        }
        before = Some(seconds);
    }
    Ok(())
}

/// The second of the day in `2026-11-23T21:19:41Z`.
fn seconds(text: &str) -> u32 {
    let clock = text.split_once('T').map_or("", |(_, clock)| clock.trim_end_matches('Z'));
    clock
        .split(':')
        .filter_map(|part| part.parse::<u32>().ok())
        .fold(0, |all, part| all * 60 + part)
}

/// A server's folder with the two channels of the tutorial.
struct Post<'a> {
    binary: &'a Path,
    data: PathBuf,
    port: u16,
}

impl<'a> Post<'a> {
    const READ_KEY: &'static str = "R9M5C3JH60VYD2EA";
    const WRITE_KEYS: [&'static str; 2] = ["W4K2QZ81TTP0XN7B", "WC7D3PLM90QAZ5ES"];

    fn found(binary: &'a Path, folder: &Path) -> anyhow::Result<Self> {
        let data = folder.join("data");
        Run::new(binary).args(["user", "add", "virt", "--data"]).arg(&data).output()?;
        for (id, key) in ["1", "2"].iter().zip(Self::WRITE_KEYS) {
            Run::new(binary)
                .args(["channel", "create", "--user", "virt", "--id", id, "--write-key", key])
                .args(["--read-key", Self::READ_KEY, "--data"])
                .arg(&data)
                .output()?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        Ok(Self { binary, data, port })
    }

    /// What is between the first and the last line of its file.
    fn certificate(&self) -> anyhow::Result<String> {
        let pem = std::fs::read_to_string(self.data.join("tls/cert.pem"))?;
        Ok(pem.lines().filter(|line| !line.starts_with('-')).collect())
    }

    /// The host is 10.0.2.2 for QEMU's guests.
    fn settings(&self, certificate: Option<&str>) -> String {
        let (scheme, certificate) = match certificate {
            Some(certificate) => ("https", certificate),
            None => ("http", ""),
        };
        let (port, read, [readings, commands]) = (self.port, Self::READ_KEY, Self::WRITE_KEYS);
        format!(
            "SSID=none\nSERVER={scheme}://10.0.2.2:{port}\nCERTIFICATE={certificate}\n\
             INTERVAL_MS=2000\nWAIT=yes\n\
             READINGS_CHANNEL=1\nREADINGS_WRITE_KEY={readings}\nREADINGS_READ_KEY={read}\n\
             COMMANDS_CHANNEL=2\nCOMMANDS_WRITE_KEY={commands}\nCOMMANDS_READ_KEY={read}\n"
        )
    }

    fn serve(&self) -> anyhow::Result<Served> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.data.with_file_name("server.log"))?;
        let child = Command::new(self.binary)
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--data"])
            .arg(&self.data)
            .args(["--mqtt-listen", "off", "--mqtts-listen", "off"])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("can't start the server")?;
        let served = Served(child);
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(served);
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!("the server does not answer; see its log in {}", self.data.display())
    }

    /// Waits until there are so many readings.
    fn wait_for(&self, count: usize, limit: Duration) -> anyhow::Result<Vec<Value>> {
        let until = Instant::now() + limit;
        loop {
            let mut feed = self.feed()?;
            let entries = feed["feeds"].as_array_mut().map(std::mem::take).unwrap_or_default();
            if entries.len() >= count {
                return Ok(entries);
            }
            ensure!(Instant::now() < until, "only {} of {count} readings arrived", entries.len());
            thread::sleep(Duration::from_millis(500));
        }
    }

    fn feed(&self) -> anyhow::Result<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        let key = Self::READ_KEY;
        write!(
            stream,
            "GET /channels/1/feeds.json?results=8000&api_key={key} HTTP/1.0\r\nHost: localhost\r\n\r\n"
        )?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        let (head, body) = reply.split_once("\r\n\r\n").context("the server's reply breaks off")?;
        ensure!(head.contains(" 200 "), "the server says {head}");
        Ok(serde_json::from_str(body)?)
    }
}

/// A running server; killed when dropped.
struct Served(Child);

impl Served {
    /// As a power cut would.
    fn kill(&mut self) -> anyhow::Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// A virtual machine and what it has said so far.
struct Machine {
    child: Child,
    keys: Option<ChildStdin>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Machine {
    /// No machine runs longer, whatever becomes of us.
    const LIMIT: &'static str = "240";

    fn start(program: &Path, settings: &Path) -> anyhow::Result<Self> {
        let mut loader = OsString::from("loader,addr=0x87000000,force-raw=on,file=");
        loader.push(settings);
        let mut child = Command::new("timeout")
            .args(["--kill-after=5", Self::LIMIT, "qemu-system-riscv32", "-M", "virt"])
            .args(["-bios", "none", "-nographic", "-monitor", "none", "-serial", "stdio"])
            .args(["-global", "virtio-mmio.force-legacy=false", "-netdev", "user,id=n0"])
            .args(["-device", "virtio-net-device,netdev=n0", "-device"])
            .arg(loader)
            .arg("-kernel")
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("can't run QEMU")?;
        let out = child.stdout.take().context("QEMU has no output")?;
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = said.clone();
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Ok(Self { keys: child.stdin.take(), child, said })
    }

    /// Waits until it says something.
    fn wait(&self, limit: Duration, words: &str) -> anyhow::Result<()> {
        let until = Instant::now() + limit;
        while self.count(words) == 0 {
            if Instant::now() > until {
                let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
                let tail = &said[said.len().saturating_sub(30)..];
                bail!("the machine did not say {words:?}, but\n{}", tail.join("\n"));
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// How many lines have these words.
    fn count(&self, words: &str) -> usize {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().filter(|line| line.contains(words)).count()
    }

    fn press(&mut self, key: u8) -> anyhow::Result<()> {
        let keys = self.keys.as_mut().context("the machine is off")?;
        keys.write_all(&[key])?;
        Ok(keys.flush()?)
    }

    /// Switches it off; it must go well.
    fn stop(mut self) -> anyhow::Result<()> {
        self.press(b'q')?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the machine ended with {status}");
        Ok(())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // `timeout` hands the signal on; killing it outright would leave QEMU behind.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = Run::new("kill").arg(self.child.id().to_string()).output();
            let _ = self.child.wait();
        }
    }
}

/// The tool that packs images: the machine's own, or one that is built once.
fn espflash(root: &Path) -> anyhow::Result<OsString> {
    if there("espflash") {
        return Ok("espflash".into());
    }
    let tools = target(root).join("tools");
    let own = tools.join("bin/espflash");
    if !own.exists() {
        println!("   espflash {ESPFLASH} is built; that takes some minutes, once");
        Run::new("cargo")
            .args(["install", "--quiet", "espflash", "--locked", "--version", ESPFLASH, "--root"])
            .arg(&tools)
            .within(root)
            .go()?;
    }
    Ok(own.into_os_string())
}

fn target(root: &Path) -> PathBuf {
    root.join("firmware/target")
}

fn cargo(root: &Path, verb: &[&str], rest: &[&str]) -> anyhow::Result<()> {
    let mut command = debian(root, "/usr/bin/cargo");
    command.args(verb).arg("--quiet").args(rest);
    finish(command)
}

/// A program in the firmware's folder that finds Debian's compiler, and no trace of the one that runs us.
fn debian(root: &Path, program: &str) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let first = [target(root).join("bin"), PathBuf::from("/usr/bin")];
    let path = std::env::join_paths(first.into_iter().chain(std::env::split_paths(&path)));
    let mut command = Command::new(program);
    for name in ["CARGO", "CARGO_ENCODED_RUSTFLAGS", "LD_LIBRARY_PATH", "RUSTDOC", "RUSTFLAGS"] {
        command.env_remove(name);
    }
    command
        .current_dir(root.join("firmware"))
        .stdin(Stdio::null())
        .env("PATH", path.unwrap_or_default())
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", target(root));
    command
}

fn finish(mut command: Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("can't run {command:?}"))?;
    ensure!(status.success(), "{:?} failed ({status})", command.get_program());
    Ok(())
}
