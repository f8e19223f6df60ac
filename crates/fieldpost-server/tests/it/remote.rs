//! The commands that talk to a server as any client does: `update`, `read`, `tail`, `board`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{CHANNEL, READ, Server, WRITE};

fn fieldpost(server: &Server, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fieldpost"));
    command
        .args(args)
        .args(["--server", &format!("http://{}", server.address)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// A command that runs until the test ends, and its lines of JSON.
struct Runs {
    child: Child,
    lines: std::sync::mpsc::Receiver<Value>,
}

impl Runs {
    fn start(server: &Server, args: &[&str]) -> Self {
        let mut child = fieldpost(server, args).spawn().unwrap();
        let out = child.stdout.take().unwrap();
        let (send, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let _ = send.send(
                    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")),
                );
            }
        });
        Self { child, lines }
    }

    fn wait_for(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + Duration::from_secs(15);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("never saw {what}"));
            if wanted(&line) {
                return line;
            }
        }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_entry_is_written_and_read_from_the_command_line() {
    let server = Server::with_channel(&[]);
    let out = fieldpost(&server, &["update", "field1=21.5", "status=all well", "--key", WRITE])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "1\n");
    let out = fieldpost(&server, &["read", "4711", "--key", READ, "--json"]).output().unwrap();
    let entry: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&entry["entry_id"], &entry["field1"]), (&1.into(), &"21.5".into()));
    let wrong = fieldpost(&server, &["update", "field1=1", "--key", READ])
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(
        !wrong.status.success() && String::from_utf8(wrong.stderr).unwrap().contains("write key")
    );
    let private = fieldpost(&server, &["read", "4711"]).stderr(Stdio::piped()).output().unwrap();
    assert!(!private.status.success());
}

#[test]
fn tail_prints_what_is_there_and_then_what_comes() {
    let server = Server::with_channel(&[]);
    server.store("field1=1");
    let tail = Runs::start(&server, &["tail", "4711", "--key", READ, "--json"]);
    tail.wait_for("entry 1", |line| line["entry_id"] == 1);
    server.store("field1=2");
    assert_eq!(tail.wait_for("entry 2", |line| line["entry_id"] == 2)["field1"], "2");
}

#[test]
fn two_boards_on_the_command_line_make_the_loop() {
    let server = Server::with_channel(&[]);
    let made = server
        .form("/channels.json", &format!("api_key={}&name=LED&field1=LED", server.user_key()))
        .json();
    let command = made["id"].to_string();
    let (write, read) = (
        made["api_keys"][0]["api_key"].as_str().unwrap(),
        made["api_keys"][1]["api_key"].as_str().unwrap(),
    );
    server.get(&format!("/update?api_key={write}&field1=0"));
    let id = CHANNEL.to_string();
    let mut sensor = Runs::start(
        &server,
        &[
            "board",
            "sensor",
            "--readings",
            &id,
            "--write-key",
            WRITE,
            "--command",
            &command,
            "--read-key",
            read,
            "--wait",
            "--json",
        ],
    );
    let mut display = Runs::start(
        &server,
        &[
            "board",
            "display",
            "--readings",
            &id,
            "--read-key",
            READ,
            "--command",
            &command,
            "--write-key",
            write,
            "--wait",
            "--json",
        ],
    );
    sensor.wait_for("a reading", |event| event["event"] == "reading");
    display.wait_for("the reading on the screen", |event| {
        event["event"] == "screen" && event["text"].as_str().unwrap().contains('.')
    });
    display.say(r#"{"button":true}"#);
    std::thread::sleep(Duration::from_millis(120));
    display.say(r#"{"button":false}"#);
    let pressed = Instant::now();
    sensor.wait_for("the LED", |event| event["event"] == "led" && event["on"] == true);
    println!("button to LED: {:?}", pressed.elapsed());
    sensor.say(r#"{"wifi":false}"#);
    sensor.wait_for("that the Wi-Fi is gone", |event| {
        event["event"] == "wifi" && event["on"] == false
    });
}
