//! "Yes" means it is on disk: a server that is killed in the middle of writing has lost no answered update.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::harness::{CHANNEL, READ, Server, WRITE, make_channel};

/// A small generator, so that a run can be repeated from its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// Posts on one connection until the server is gone; gives the answered ids with the values they stand for.
fn post_until_it_dies(
    server: &Server,
    board: u64,
    round: u64,
    answers: &AtomicU64,
    stop: &AtomicBool,
) -> Vec<(u64, String)> {
    let mut answered = Vec::new();
    let Ok(mut stream) = TcpStream::connect(server.address) else { return answered };
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let value = format!("{round}-{board}-{n}");
        if write!(stream, "GET /update?api_key={WRITE}&field1={value} HTTP/1.1\r\nHost: x\r\n\r\n")
            .is_err()
        {
            break;
        }
        let mut length = 0;
        let mut line = String::new();
        let whole = loop {
            line.clear();
            match reader.read_line(&mut line) {
                Ok(got) if got > 0 => {}
                _ => break false,
            }
            if let Some(told) = line.strip_prefix("Content-Length: ") {
                length = told.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break true;
            }
        };
        let mut body = vec![0; length];
        if !whole || reader.read_exact(&mut body).is_err() {
            break;
        }
        answers.fetch_add(1, Ordering::Relaxed);
        answered.push((String::from_utf8(body).unwrap().parse().unwrap(), value));
    }
    answered
}

#[test]
fn a_killed_server_has_lost_no_answered_update() {
    let seed = std::env::var("FIELDPOST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20_201_130);
    let rounds =
        std::env::var("FIELDPOST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(12);
    println!("FIELDPOST_SEED={seed} FIELDPOST_ROUNDS={rounds}");
    let mut dice = Dice(seed);
    let folder = tempfile::tempdir().unwrap();
    make_channel(folder.path());
    let mut all: Vec<(u64, String)> = Vec::new();
    for round in 0..rounds {
        let server = Server::on(folder.path(), &[]);
        let (answers, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let boards = 1 + dice.roll(8);
        let lifetime = Duration::from_millis(20 + dice.roll(150));
        let answered = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..boards)
                .map(|board| {
                    scope.spawn({
                        let (server, answers, stop) = (&server, &answers, &stop);
                        move || post_until_it_dies(server, board, round, answers, stop)
                    })
                })
                .collect();
            // A machine that is busy with other tests may take longer to give its first answer.
            let begun = Instant::now();
            while answers.load(Ordering::Relaxed) == 0 && begun.elapsed() < Duration::from_secs(10)
            {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(lifetime);
            server.kill_now();
            stop.store(true, Ordering::Relaxed);
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        server.kill();
        assert!(!answered.is_empty(), "round {round} answered nothing");
        all.extend(answered);
    }
    let server = Server::on(folder.path(), &[]);
    let answer = server
        .raw(format!("GET /stream/channels/{CHANNEL}/feeds.csv?api_key={READ} HTTP/1.0\r\n\r\n"));
    let mut stored = std::collections::BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for (n, line) in answer.body.lines().skip(1).enumerate() {
        let mut cells = line.split(',').skip(1);
        let id: u64 = cells.next().unwrap().parse().unwrap();
        assert_eq!(id, n as u64 + 1, "ids have no gaps");
        let value = cells.next().unwrap().to_string();
        assert!(seen.insert(value.clone()), "{value} is stored twice");
        stored.insert(id, value);
    }
    println!("{} updates answered, {} entries stored", all.len(), stored.len());
    for (id, value) in &all {
        assert_eq!(stored.get(id), Some(value), "entry {id} was answered and is not as it was");
    }
}

#[test]
fn a_server_that_is_asked_to_stop_writes_what_is_waiting_and_says_goodbye() {
    let folder = tempfile::tempdir().unwrap();
    make_channel(folder.path());
    let server = Server::on(folder.path(), &[]);
    let last = (0..20).map(|_| server.store("field1=1")).next_back();
    assert_eq!(server.terminate(), Some(0));
    let server = Server::on(folder.path(), &[]);
    assert_eq!(server.read("last_entry_id.txt").body, last.unwrap().to_string());
}
