//! The docs inside: every page is found, every link leads somewhere, and every line that is printed to be run is run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{NO_MQTT, READ, Server, WRITE, run};

/// Addresses outside of the docs that they may link to; others' tests hold what is there.
const ELSEWHERE: &[&str] = &["/", "/openapi.json", "/openapi/thingspeak.json"];
/// How long a line of the docs may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything between two marks, each time they come.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| Some(rest.split_once(after)?.0)).collect()
}

/// All pages that can be reached from the first one, by address.
fn crawl(server: &Server) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut waiting = vec!["/docs".to_string()];
    while let Some(address) = waiting.pop() {
        if pages.contains_key(&address) {
            continue;
        }
        let answer = server.get(&address);
        assert_eq!(answer.status, 200, "{address}");
        if answer.header("Content-Type") != Some("text/html; charset=utf-8") {
            continue;
        }
        for link in between(&answer.body, "href=\"", "\"").into_iter().chain(between(
            &answer.body,
            "src=\"",
            "\"",
        )) {
            let file = link.split('#').next().unwrap_or_default();
            if file.starts_with("/docs") || file.starts_with("/assets/") {
                waiting.push(file.into());
            }
        }
        pages.insert(address, answer.body);
    }
    pages
}

#[test]
fn every_link_of_the_docs_leads_somewhere() {
    let server = Server::start(&[]);
    let pages = crawl(&server);
    let ids: BTreeMap<&String, BTreeSet<&str>> = pages
        .iter()
        .map(|(address, body)| (address, between(body, " id=\"", "\"").into_iter().collect()))
        .collect();
    let mut wrong = Vec::new();
    for (address, body) in &pages {
        for link in between(body, "href=\"", "\"") {
            let (file, anchor) =
                link.split_once('#').map_or((link, None), |(file, id)| (file, Some(id)));
            let target = if file.is_empty() { address } else { &file.to_string() };
            let there = match anchor {
                // That the address is there was seen on the way.
                None => {
                    target.starts_with("/docs")
                        || target.starts_with("/assets/")
                        || ELSEWHERE.contains(&target.as_str())
                        || target.starts_with("https://")
                }
                Some(id) => ids.get(target).is_some_and(|ids| ids.contains(id)),
            };
            if !there {
                wrong.push(format!("{address}: {link}"));
            }
        }
        // A page that is missing would be shown as a file of the source tree.
        wrong.extend(
            between(body, "In the source tree: ", "\"")
                .iter()
                .filter(|file| file.contains(".md"))
                .map(|file| format!("{address}: {file}")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_page_of_the_guide_is_there_and_says_what_it_is() {
    let server = Server::start(&[]);
    let pages = crawl(&server);
    for (file, _) in guide() {
        let name = file.strip_suffix("README.md").or(file.strip_suffix(".md")).unwrap();
        let address = format!("/docs/{name}");
        assert!(
            pages.contains_key(address.trim_end_matches('/')),
            "{file} is not in the table of contents"
        );
    }
    let mut titles = BTreeSet::new();
    for (address, body) in &pages {
        let one = |before, after| match between(body, before, after).as_slice() {
            [one] => one.to_string(),
            found => panic!("{address}: {before}: {found:?}"),
        };
        assert!(
            titles.insert(one("<title>", "</title>")),
            "{address}: another page has this title"
        );
        assert!(
            one("name=\"description\" content=\"", "\"").len() > 20,
            "{address} has no description"
        );
        assert!(!one("<h1>", "</h1>").is_empty(), "{address}");
        // The content policy is strict, and stays so.
        for never in [" style=\"", " onclick=", "<style", "<script>"] {
            assert!(!body.contains(never), "{address}: {never}");
        }
    }
}

#[test]
fn the_docs_are_served_with_and_without_a_slash_packed_and_plain() {
    let server = Server::start(&[]);
    let plain = server.get("/docs");
    assert_eq!(plain.status, 200);
    assert!(plain.header("Content-Security-Policy").unwrap().starts_with("default-src 'self'"));
    assert_eq!(server.get("/docs/").body, plain.body);
    assert_eq!(server.get("/docs/connect/").body, server.get("/docs/connect").body);
    assert_eq!(server.get("/docs/nothing").status, 404);
    let diagram = server.get("/docs/boards/wiring-doit.svg");
    assert_eq!(diagram.header("Content-Type"), Some("image/svg+xml"));
    let sheet = between(&plain.body, "rel=\"stylesheet\" href=\"", "\"")[0];
    let style = server.get(sheet);
    assert_eq!(style.header("Content-Type"), Some("text/css; charset=utf-8"));
    assert!(style.header("Cache-Control").unwrap().contains("immutable"));
    assert!(style.body.contains("--accent:"), "the colours of the web app are in it");
}

/// A block of code in a page: the words behind its fence, and its text.
struct Block {
    words: Vec<String>,
    text: String,
}

impl Block {
    fn is(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }
}

/// All pages of the guide with their blocks.
fn guide() -> Vec<(String, Vec<Block>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide");
    let mut waiting = vec![folder.clone()];
    let mut pages = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
            pages.push((name, blocks(&std::fs::read_to_string(path).unwrap())));
        }
    }
    pages.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(pages.len() > 10);
    pages
}

fn blocks(source: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if let Some(words) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block {
                words: words.split_whitespace().map(str::to_string).collect(),
                text: text.join("\n"),
            });
        }
    }
    blocks
}

/// True if a text is as a page prints it, where `…` stands for anything.
fn fits(shown: &str, real: &str) -> bool {
    let clean = |text: &str| {
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_string()
    };
    let (shown, real) = (clean(shown), clean(real));
    let parts: Vec<&str> = shown.split('…').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return shown == real };
    let Some(mut rest) = real.strip_prefix(first) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A folder as a reader has it: the data of a server in it, and the server running.
struct Desk {
    folder: tempfile::TempDir,
    server: Option<Server>,
    user_key: String,
}

impl Desk {
    fn new(page: &[Block]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("fieldpost-data");
        let mut user_key = String::new();
        // A page that makes the user itself begins with nothing.
        if !page.iter().any(|block| block.is("run") && block.text.contains("user add anna")) {
            let user = run(&["user", "add", "anna", "--json"], &data).unwrap();
            user_key = serde_json::from_str::<serde_json::Value>(&user).unwrap()["api_key"]
                .as_str()
                .unwrap()
                .into();
            let labels =
                ["--name", "Greenhouse", "--field1", "Temperature", "--field2", "Humidity"];
            let keys = ["--id", "1", "--write-key", WRITE, "--read-key", READ];
            run(&[&["channel", "create", "--user", "anna"][..], &labels, &keys].concat(), &data)
                .unwrap();
        }
        let export = "created_at,entry_id,field1,field2\n2026-11-20 10:00:00 UTC,1,19.5,60\n2026-11-20 10:15:00 UTC,2,19.7,61\n";
        std::fs::write(folder.path().join("feeds.csv"), export).unwrap();
        let server = Some(Server::on(&data, &[]));
        Self { folder, server, user_key }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("fieldpost-data")
    }

    /// A shell that runs a block, with the server's real address in place of the one that is printed.
    fn shell(&self, block: &Block) -> Command {
        let port = self.server.as_ref().map_or(0, |server| server.address.port());
        let text = block.text.replace("localhost:8080", &format!("localhost:{port}"));
        // A board that is to be stopped must not leave its shell behind.
        let text =
            if block.is("board") || block.is("stream") { format!("exec {text}") } else { text };
        let binary = Path::new(env!("CARGO_BIN_EXE_fieldpost")).parent().unwrap();
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell
            .args(["-euc", &text])
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env("USER_KEY", &self.user_key)
            .env("FIELDPOST_SERVER", format!("http://127.0.0.1:{port}"))
            .env_remove("FIELDPOST_DATA")
            .envs(NO_MQTT)
            .stdin(Stdio::null());
        shell
    }

    /// What a block prints until it ends, or, if it never ends, until that is what the page shows.
    fn run(&self, block: &Block, shown: Option<&str>) -> String {
        if !block.is("board") && !block.is("stream") {
            let out = self.shell(block).output().unwrap();
            let text = String::from_utf8_lossy(&out.stdout).into_owned();
            assert!(
                out.status.success(),
                "{}\n{text}\n{}",
                block.text,
                String::from_utf8_lossy(&out.stderr)
            );
            return text;
        }
        let mut child =
            self.shell(block).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut text, late) = (String::new(), Instant::now() + PATIENCE);
        while Instant::now() < late
            && let Some(Ok(line)) = lines.next()
        {
            text += &(line + "\n");
            if shown.map_or(text.contains(": 200"), |shown| fits(shown, &text)) {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(shown.is_some() || text.contains(": 200"), "{}\n{text}", block.text);
        text
    }
}

#[test]
fn every_line_that_is_printed_to_be_run_runs_and_answers_what_is_printed() {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        assert!(std::env::var_os("CI").is_none(), "the docs can't be tried without curl");
        eprintln!("left out: there is no curl here");
        return;
    }
    let mut count = 0;
    for (name, page) in guide() {
        if !page.iter().any(|block| block.is("run")) {
            continue;
        }
        let mut desk = Desk::new(&page);
        for (at, block) in page.iter().enumerate().filter(|(_, block)| block.is("run")) {
            count += 1;
            let answer =
                page.get(at + 1).filter(|next| next.is("answer")).map(|next| next.text.as_str());
            if block.is("demo") {
                drop(desk.server.take());
                desk.server = Some(Server::demo(&desk.data(), &["--no-open", "--store", "memory"]));
            }
            if block.is("stopped") {
                assert_eq!(desk.server.take().unwrap().terminate(), Some(0));
            }
            let printed = desk.run(block, answer);
            if let Some(answer) = answer {
                assert!(
                    fits(answer, &printed),
                    "{name}:\n{}\nprinted\n{printed}\nand not\n{answer}",
                    block.text
                );
            }
            if block.is("stopped") {
                let restored = Server::on(&desk.folder.path().join("fieldpost-backup"), &[]);
                assert_eq!(
                    restored.get(&format!("/channels/1/feeds.json?api_key={READ}")).status,
                    200,
                    "{name}"
                );
                desk.server = Some(Server::on(&desk.data(), &[]));
            }
        }
    }
    assert!(count > 30, "only {count} blocks were found");
}

#[test]
fn what_is_shown_is_compared_and_not_just_run() {
    assert!(
        fits("{\"a\":1,…}\n", "{\"a\":1,\"b\":2}\n")
            && fits("ok", "ok\n")
            && fits("key   …", "key   W4K2")
    );
    for (shown, real) in [
        ("1", "12"),
        ("{\"a\":1,…}", "{\"a\":2,\"b\":2}"),
        ("…,1\n…,2", "x,1\ny,3"),
        ("a…b", "abc"),
    ] {
        assert!(!fits(shown, real), "{shown} {real}");
    }
}
