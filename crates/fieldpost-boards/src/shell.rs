//! What turns a node on a host: a loop of events, a clock, and a task for each request.
//!
//! The shell knows nothing of readings and screens; a [`Board`] does what its node wants done.

use fieldpost_client::{Client, Error, Reply};
use fieldpost_node::clock::http_date;
use fieldpost_node::{Action, Event, Failure, Lane, Node, Reading, SensorFault, Uptime};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// The hardware around a node.
pub trait Board: Send + 'static {
    /// The program on the board.
    type Node: Node + Send;
    /// What the world does to this board.
    type Input: Send + 'static;

    /// The program on the board.
    fn node(&mut self) -> &mut Self::Node;

    /// Lets the world do something to the board.
    fn touch(&mut self, input: Self::Input) -> Option<Happening>;

    /// Does what the node wants, except for requests.
    fn act(&mut self, now: Uptime, action: Action) -> Option<Happening>;

    /// Writes into the board's log.
    fn log(&mut self, line: String);

    /// Shows the board as it is now to whoever watches.
    fn publish(&self);
}

/// An event that owns what it carries.
#[derive(Debug)]
pub enum Happening {
    /// The network was joined or lost.
    Network(bool),
    /// The sensor was read, or could not be.
    Measured(Result<Reading, SensorFault>),
    /// The level of the button changed.
    Button(bool),
    /// A request was answered, or not.
    Answer(Lane, Result<Reply, Error>),
}

/// Runs a board until its inputs end.
pub async fn run<B: Board>(
    mut board: B,
    client: Result<Client, Error>,
    mut inputs: mpsc::Receiver<B::Input>,
) {
    let started = Instant::now();
    let mut radio = Radio::new(client);
    let mut waiting = VecDeque::from([Happening::Network(true)]);
    loop {
        while let Some(happening) = waiting.pop_front() {
            radio.hear(&happening, &mut waiting);
            turn(&mut board, &mut radio, uptime(started), Some(&happening), &mut waiting);
        }
        turn(&mut board, &mut radio, uptime(started), None, &mut waiting);
        board.publish();
        if !waiting.is_empty() {
            continue;
        }
        let due = Duration::from_millis(board.node().poll_at().millis());
        let due = started + due.saturating_sub(WARM);
        tokio::select! {
            input = inputs.recv() => match input {
                Some(input) => waiting.extend(board.touch(input)),
                None => return,
            },
            Some((lane, number, answer)) = radio.answers.recv() => {
                if let Some(label) = radio.finish(lane, number) {
                    board.log(describe(&label, &answer));
                    waiting.push_back(Happening::Answer(lane, answer));
                }
            }
            () = sleep_until(due) => {}
        }
    }
}

/// How long a board was under power before its program began: the sensor has settled.
const WARM: Duration = Duration::from_secs(2);

fn uptime(started: Instant) -> Uptime {
    Uptime::default().after(WARM + started.elapsed())
}

/// Polls the node until it wants nothing more, and does what it wants.
fn turn<B: Board>(
    board: &mut B,
    radio: &mut Radio,
    now: Uptime,
    happening: Option<&Happening>,
    waiting: &mut VecDeque<Happening>,
) {
    let mut event = happening.map_or(Event::Tick, event);
    while let Some(action) = board.node().poll(now, event) {
        event = Event::Tick;
        match action {
            Action::Request(lane) => {
                let Some(request) = board.node().request(lane) else { continue };
                let sent = Sent {
                    method: request.method().name(),
                    label: format!("{} {}", request.method().name(), request.label()),
                    path: request.path().to_string(),
                    body: request.body().map(|body| body.to_string()),
                    timeout: request.timeout(),
                };
                waiting.extend(radio.send(lane, sent));
            }
            action => waiting.extend(board.act(now, action)),
        }
    }
}

fn event(happening: &Happening) -> Event<'_> {
    match happening {
        Happening::Network(on) => Event::Network(*on),
        Happening::Measured(result) => Event::Measured(*result),
        Happening::Button(pressed) => Event::Button { pressed: *pressed },
        Happening::Answer(lane, Ok(reply)) => Event::Reply {
            lane: *lane,
            reply: fieldpost_node::Reply {
                status: reply.status,
                date: reply.date.as_deref().and_then(http_date),
                body: &reply.body,
            },
        },
        Happening::Answer(lane, Err(error)) => {
            let why = match error {
                Error::Silent => Failure::Silent,
                error if error.may_have_arrived() => Failure::Broken,
                _ => Failure::Unreachable,
            };
            Event::Failed { lane: *lane, why }
        }
    }
}

fn describe(label: &str, answer: &Result<Reply, Error>) -> String {
    match answer {
        Ok(reply) => {
            let text = reply.text();
            let id = text.trim();
            let entry = !id.is_empty() && id.len() < 20 && id.bytes().all(|c| c.is_ascii_digit());
            match (reply.status, id) {
                (200, "0") => format!("{label}: not stored"),
                (200, id) if entry => format!("{label}: entry {id}"),
                (status, _) => format!("{label}: {status}"),
            }
        }
        Err(error) => format!("{label}: {error}"),
    }
}

/// A request that owns its text.
struct Sent {
    method: &'static str,
    label: String,
    path: String,
    body: Option<String>,
    timeout: Duration,
}

/// The virtual Wi-Fi and what is in the air.
struct Radio {
    client: Result<Client, Error>,
    online: bool,
    number: u64,
    in_the_air: Vec<InTheAir>,
    answer: mpsc::Sender<(Lane, u64, Result<Reply, Error>)>,
    answers: mpsc::Receiver<(Lane, u64, Result<Reply, Error>)>,
}

struct InTheAir {
    lane: Lane,
    number: u64,
    label: String,
    task: JoinHandle<()>,
}

impl Radio {
    fn new(client: Result<Client, Error>) -> Self {
        let (answer, answers) = mpsc::channel(8);
        Self { client, online: false, number: 0, in_the_air: Vec::new(), answer, answers }
    }

    /// Joins or leaves the network. What is in the air when it is left is never answered.
    fn hear(&mut self, happening: &Happening, waiting: &mut VecDeque<Happening>) {
        let Happening::Network(online) = happening else { return };
        self.online = *online;
        if !online {
            for gone in self.in_the_air.drain(..) {
                gone.task.abort();
                let lost = Error::Broken("the network was lost".into());
                waiting.push_back(Happening::Answer(gone.lane, Err(lost)));
            }
        }
    }

    /// Sends a request, or says at once why not.
    fn send(&mut self, lane: Lane, sent: Sent) -> Option<Happening> {
        let refuse = |cause: String| {
            let error = Error::Unreachable(std::io::Error::other(cause));
            Some(Happening::Answer(lane, Err(error)))
        };
        let client = match &self.client {
            Ok(client) if self.online => client.clone(),
            Ok(_) => return refuse("no network".into()),
            Err(error) => return refuse(error.to_string()),
        };
        self.number += 1;
        let (number, answer) = (self.number, self.answer.clone());
        let Sent { method, label, path, body, timeout } = sent;
        let task = tokio::spawn(async move {
            let body = body.as_ref().map(|body| ("application/json", body.as_bytes()));
            let request =
                fieldpost_client::Request { method, path: &path, body, timeout: Some(timeout) };
            let result = client.send(request).await;
            // The board may be gone by now.
            let _ = answer.send((lane, number, result)).await;
        });
        self.in_the_air.push(InTheAir { lane, number, label, task });
        None
    }

    /// Takes a request out of the air; `None` if it had been given up.
    fn finish(&mut self, lane: Lane, number: u64) -> Option<String> {
        let at = self.in_the_air.iter().position(|it| (it.lane, it.number) == (lane, number))?;
        Some(self.in_the_air.swap_remove(at).label)
    }
}

impl Drop for Radio {
    fn drop(&mut self) {
        self.in_the_air.iter().for_each(|it| it.task.abort());
    }
}
