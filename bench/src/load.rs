//! The load generator: many connections to a server on this machine, each with one request under way.
//!
//! Closed loop: the next request goes out when the answer has come; gives the throughput. Open loop: requests are due at fixed times,
//! and what is counted is the time from when one was due, so that a server that stalls can't hide it. Requests are bytes made before,
//! in which a digit or two are changed; of answers only the end is looked for. What the generator itself takes of the machine is told.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use memchr::memmem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::process::{Used, used};

/// How many threads make load: as many as there are, but few, since the server runs beside them.
const THREADS: usize = 2;
/// The longest answer that is taken; longer ones are a matter for [`crate::http`].
const ANSWER_MAX: usize = 64 * 1024;
/// How much longer than planned a run may take before it is given up.
const GRACE: Duration = Duration::from_secs(20);

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub struct Template {
    bytes: Vec<u8>,
    /// Where the digits are that change from one sending to the next.
    digits: Vec<usize>,
}

/// One kind of load.
#[derive(Clone, Copy, Debug)]
pub struct Load<'a> {
    /// The server.
    pub address: SocketAddr,
    /// What is sent, in turns.
    pub requests: &'a [Template],
    /// How many connections.
    pub connections: usize,
    /// Whether each request has a connection of its own; its template asks for that too.
    pub fresh: bool,
    /// Requests a second over all connections; `None` for as many as are answered.
    pub rate: Option<f64>,
}

/// What came of a load.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Answers a second.
    pub rate: f64,
    /// Half of the answers took no longer, in milliseconds.
    pub p50: f64,
    /// Of a hundred answers 99 took no longer, in milliseconds.
    pub p99: f64,
    /// Answers.
    pub answers: usize,
    /// Answers that said no, and connections that broke.
    pub bad: usize,
}

/// What it took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// The share of all processors that the generator took.
    pub own: f64,
    /// The share of all processors that the server took.
    pub server: f64,
    /// The time of processors that the server took, in microseconds.
    pub micros: f64,
    /// Bytes that the server had written to disk.
    pub written: f64,
    /// The server's memory afterwards, in MB.
    pub mb: f64,
}

#[derive(Default)]
struct Tally {
    nanos: Vec<u32>,
    bad: usize,
}

impl Template {
    /// A request in which the last digit behind each `mark` changes.
    pub fn new(request: impl Into<Vec<u8>>, marks: &[&str]) -> Self {
        let bytes = request.into();
        let digit = |mark: &&str| {
            let at = memmem::find(&bytes, mark.as_bytes())? + mark.len();
            let more =
                bytes[at..].iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'.')).count();
            (more > 0).then(|| at + more - 1)
        };
        let digits = marks.iter().filter_map(digit).collect();
        Self { bytes, digits }
    }

    /// What is sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn turn(&mut self) {
        for at in &self.digits {
            let digit = &mut self.bytes[*at];
            *digit = if *digit == b'9' { b'1' } else { *digit + 1 };
        }
    }
}

/// Puts loads on a server, all at once, and measures for a time after a shorter time for warming up.
///
/// # Errors
/// If nothing is answered, or the run does not come to its end.
pub fn run(
    loads: &[Load<'_>],
    time: Duration,
    server: u32,
) -> anyhow::Result<(Vec<Figures>, Spent)> {
    let from = Instant::now() + (time / 4).min(Duration::from_millis(500));
    let until = from + time;
    let workers: Vec<_> = (0..THREADS)
        .map(|thread| {
            let parts: Vec<_> = loads.iter().map(|load| part(load, thread)).collect();
            std::thread::spawn(move || work(parts, from, until))
        })
        .collect();
    std::thread::sleep(from.saturating_duration_since(Instant::now()));
    let (own, before) = (used(std::process::id())?, used(server)?);
    std::thread::sleep(until.saturating_duration_since(Instant::now()));
    let (own_after, after) = (used(std::process::id())?, used(server)?);
    let mut tallies: Vec<Tally> = loads.iter().map(|_| Tally::default()).collect();
    for worker in workers {
        let done = worker.join().map_err(|_| anyhow::anyhow!("the load generator panicked"))??;
        for (tally, part) in tallies.iter_mut().zip(done) {
            tally.nanos.extend(part.nanos);
            tally.bad += part.bad;
        }
    }
    let figures =
        tallies.into_iter().map(|tally| tally.figures(time)).collect::<anyhow::Result<_>>()?;
    Ok((figures, spent(time, [own, own_after], [before, after])))
}

fn spent(time: Duration, own: [Used; 2], server: [Used; 2]) -> Spent {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = |of: [Used; 2]| {
        of[1].cpu.saturating_sub(of[0].cpu).as_secs_f64() / time.as_secs_f64() / cores as f64
    };
    Spent {
        own: share(own),
        server: share(server),
        micros: server[1].cpu.saturating_sub(server[0].cpu).as_micros() as f64,
        written: server[1].written.saturating_sub(server[0].written) as f64,
        mb: server[1].kib as f64 / 1024.0,
    }
}

impl Tally {
    fn figures(mut self, time: Duration) -> anyhow::Result<Figures> {
        let answers = self.nanos.len();
        ensure!(answers > 0, "nothing was answered, and {} requests went wrong", self.bad);
        self.nanos.sort_unstable();
        let at = |share: f64| {
            let place = ((answers as f64 * share) as usize).min(answers - 1);
            f64::from(self.nanos[place]) / 1e6
        };
        let rate = answers as f64 / time.as_secs_f64();
        Ok(Figures { rate, p50: at(0.50), p99: at(0.99), answers, bad: self.bad })
    }
}

/// What one thread does of a load: some connections, each with requests of its own and the times at which they are due.
struct Part {
    address: SocketAddr,
    fresh: bool,
    connections: Vec<(Vec<Template>, Option<Due>)>,
}

/// When requests of a connection are due: the first one, counted from the beginning, and how often.
#[derive(Clone, Copy)]
struct Due {
    first: Duration,
    every: Duration,
}

fn part(load: &Load<'_>, thread: usize) -> Part {
    let all = load.connections;
    let connections = (thread..all).step_by(THREADS).map(|n| {
        // Connections share out the requests; if there are fewer of these, some are sent by several.
        let mut own: Vec<_> = load.requests.iter().skip(n).step_by(all).cloned().collect();
        if own.is_empty() {
            own.extend(load.requests.get(n % load.requests.len().max(1)).cloned());
        }
        let due = load.rate.map(|rate| Due {
            first: Duration::from_secs_f64(n as f64 / rate),
            every: Duration::from_secs_f64(all as f64 / rate),
        });
        (own, due)
    });
    Part { address: load.address, fresh: load.fresh, connections: connections.collect() }
}

fn work(parts: Vec<Part>, from: Instant, until: Instant) -> anyhow::Result<Vec<Tally>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let all = async {
        let mut tasks = JoinSet::new();
        let mut clocks = Vec::new();
        let kinds = parts.len();
        for (kind, part) in parts.into_iter().enumerate() {
            for (requests, due) in part.connections {
                let times = due.map(|due| {
                    let (due_now, times) = mpsc::unbounded_channel();
                    clocks.push((due, due_now));
                    times
                });
                let one = One { address: part.address, requests, times, from, until };
                let fresh = part.fresh;
                tasks.spawn(async move {
                    (kind, if fresh { one.fresh().await } else { one.kept().await })
                });
            }
        }
        if !clocks.is_empty() {
            std::thread::spawn(move || strike(clocks, from, until));
        }
        let mut tallies: Vec<Tally> = (0..kinds).map(|_| Tally::default()).collect();
        while let Some(done) = tasks.join_next().await {
            let (kind, tally) = done?;
            tallies[kind].nanos.extend(tally.nanos);
            tallies[kind].bad += tally.bad;
        }
        anyhow::Ok(tallies)
    };
    let most = until.saturating_duration_since(Instant::now()) + GRACE;
    runtime
        .block_on(async { tokio::time::timeout(most, all).await })
        .context("answers stayed away")?
}

/// Tells connections when their requests are due. A thread of its own, since it sleeps finer than a runtime's timers do.
fn strike(clocks: Vec<(Due, mpsc::UnboundedSender<Instant>)>, from: Instant, until: Instant) {
    let mut next: Vec<Instant> = clocks.iter().map(|(due, _)| from + due.first).collect();
    while let Some(first) = next.iter().min().copied().filter(|first| *first < until) {
        std::thread::sleep(first.saturating_duration_since(Instant::now()));
        let now = Instant::now();
        for ((due, tell), next) in clocks.iter().zip(&mut next) {
            while *next <= now {
                let _ = tell.send(*next);
                *next += due.every;
            }
        }
    }
}

/// One connection, or one after the other.
struct One {
    address: SocketAddr,
    requests: Vec<Template>,
    times: Option<mpsc::UnboundedReceiver<Instant>>,
    from: Instant,
    until: Instant,
}

impl One {
    /// When the next request is counted from; `None` at the end.
    async fn next(&mut self) -> Option<Instant> {
        match &mut self.times {
            Some(times) => times.recv().await,
            None => Some(Instant::now()).filter(|now| *now < self.until),
        }
    }

    fn note(&self, tally: &mut Tally, began: Instant, good: bool) {
        let ended = Instant::now();
        // What was due in time counts, however late its answer comes.
        if began >= self.from && (ended <= self.until || self.times.is_some()) {
            if good {
                tally.nanos.push(u32::try_from((ended - began).as_nanos()).unwrap_or(u32::MAX));
            } else {
                tally.bad += 1;
            }
        }
    }

    async fn kept(mut self) -> Tally {
        let mut tally = Tally::default();
        let Ok(mut stream) = connect(self.address).await else { return Tally { bad: 1, ..tally } };
        let (mut buffer, mut turn) = (vec![0; ANSWER_MAX], 0);
        while let Some(began) = self.next().await {
            let request = &mut self.requests[turn];
            request.turn();
            let good = match stream.write_all(&request.bytes).await {
                Ok(()) => read_one(&mut stream, &mut buffer).await,
                Err(error) => Err(error),
            };
            self.note(&mut tally, began, matches!(good, Ok(true)));
            if good.is_err() {
                break;
            }
            turn = (turn + 1) % self.requests.len();
        }
        tally
    }

    async fn fresh(mut self) -> Tally {
        let mut tally = Tally::default();
        let (mut buffer, mut turn) = (vec![0; ANSWER_MAX], 0);
        while let Some(began) = self.next().await {
            let request = &mut self.requests[turn];
            request.turn();
            let good = once(self.address, &request.bytes, &mut buffer).await;
            self.note(&mut tally, began, matches!(good, Ok(true)));
            turn = (turn + 1) % self.requests.len();
        }
        tally
    }
}

async fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Connects, asks, and reads until the server closes.
async fn once(address: SocketAddr, request: &[u8], buffer: &mut [u8]) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut filled = 0;
    loop {
        match stream.read(&mut buffer[filled..]).await? {
            0 => return Ok(answer(&buffer[..filled]) == Some(true)),
            got => filled += got,
        }
    }
}

/// Reads one answer; true if it is a yes.
async fn read_one(stream: &mut TcpStream, buffer: &mut [u8]) -> std::io::Result<bool> {
    let mut filled = 0;
    loop {
        let got = stream.read(&mut buffer[filled..]).await?;
        filled += got;
        if let Some(good) = answer(&buffer[..filled]) {
            return Ok(good);
        }
        if got == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Whether an answer is a yes; `None` if it is not all there. `0` is what ThingSpeak says for no.
fn answer(bytes: &[u8]) -> Option<bool> {
    let end = memmem::find(bytes, b"\r\n\r\n")?;
    let (head, body) = (&bytes[..end + 2], &bytes[end + 4..]);
    let good = head.get(9) == Some(&b'2');
    let length = match memmem::find(head, b"ength: ") {
        Some(at) => head[at + 7..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .fold(0, |all, digit| all * 10 + usize::from(digit - b'0')),
        // Nothing, or chunks.
        None if head[9..].starts_with(b"204") => 0,
        None => return body.ends_with(b"0\r\n\r\n").then_some(good),
    };
    (body.len() >= length).then(|| good && body != b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_answer_is_found() {
        for (text, found) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1", None),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n12", Some(true)),
            ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n0", Some(false)),
            ("HTTP/1.1 204 No Content\r\n\r\n", Some(true)),
            ("HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n", Some(false)),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", None),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
                Some(true),
            ),
        ] {
            assert_eq!(answer(text.as_bytes()), found, "{text:?}");
        }
    }

    #[test]
    fn only_the_marked_digits_change() {
        let mut request = Template::new("x&field1=20.9&field2=7&y=1", &["field1=", "field2="]);
        request.turn();
        assert_eq!(request.bytes, b"x&field1=20.1&field2=8&y=1");
    }
}
