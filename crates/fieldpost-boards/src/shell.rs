//! What turns a node on a host: a loop of events, a clock, and a task for each request.
//!
//! The shell knows nothing of readings and screens; a [`Board`] does what its node wants done.

use crate::event::{BoardEvent, Control};
use crate::snapshot::BoardSnapshot;
use fieldpost_client::{Client, Error, Reply};
use fieldpost_node::clock::http_date;
use fieldpost_node::{Action, Event, Failure, Lane, Node, Reading, SensorFault, Uptime};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// The hardware around a node.
pub(crate) trait Board: Send + 'static {
    /// The program on the board.
    type Node: Node + Send;

    /// The program on the board.
    fn node(&mut self) -> &mut Self::Node;

    /// Lets the world do something to the board.
    fn touch(&mut self, now: Uptime, control: Control) -> Option<Happening>;

    /// When the hardware will do something by itself.
    fn due(&self) -> Option<Uptime> {
        None
    }

    /// Lets the hardware do what is due, one thing at a time.
    fn pass(&mut self, _now: Uptime) -> Option<Happening> {
        None
    }

    /// Does what the node wants, except for requests.
    fn act(&mut self, now: Uptime, action: Action) -> Option<Happening>;

    /// Remembers what happened, and tells whoever watches.
    fn note(&mut self, event: BoardEvent);

    /// Shows the board as it is now to whoever watches.
    fn publish(&mut self);
}

/// Whoever watches a board.
pub(crate) trait Show: Send + 'static {
    /// Hears what happened.
    fn event(&mut self, event: BoardEvent);

    /// Sees what there is to see; perhaps nothing has changed.
    fn board(&mut self, board: BoardSnapshot);
}

/// An event that owns what it carries.
#[derive(Debug)]
pub(crate) enum Happening {
    /// The network was joined or lost.
    Network(bool),
    /// The sensor was read, or could not be.
    Measured(Result<Reading, SensorFault>),
    /// The level of the button changed.
    Button {
        /// When it did.
        at: Uptime,
        /// The contacts are closed now.
        pressed: bool,
    },
    /// A request was answered, or not.
    Answer(Lane, Result<Reply, Error>),
}

impl Happening {
    /// When it happened, if that is not now.
    fn at(&self) -> Option<Uptime> {
        match self {
            Self::Button { at, .. } => Some(*at),
            _ => None,
        }
    }
}

/// Runs a board until its controls are closed.
pub(crate) async fn run<B: Board>(
    mut board: B,
    client: Result<Client, Error>,
    mut controls: mpsc::Receiver<Control>,
) {
    let started = Instant::now();
    let mut radio = Radio::new(client);
    let mut waiting = VecDeque::from([Happening::Network(true)]);
    loop {
        let mut now = uptime(started);
        // What the hardware owes comes first, each thing at its own time: on a busy host this loop is late,
        // and a bounce that is heard late would count as a press.
        while let Some(happening) = board.pass(now).or_else(|| waiting.pop_front()) {
            radio.hear(&happening, &mut waiting);
            let when = happening.at().unwrap_or(now);
            turn(&mut board, &mut radio, when, Some(&happening), &mut waiting);
            now = uptime(started);
        }
        turn(&mut board, &mut radio, now, None, &mut waiting);
        board.publish();
        if !waiting.is_empty() {
            continue;
        }
        let due = board.due().into_iter().fold(board.node().poll_at(), Uptime::min);
        let due = Duration::from_millis(due.millis()).saturating_sub(WARM);
        // However long an interval is: a look now and then does no harm.
        let due = started + due.min(started.elapsed() + DAY);
        tokio::select! {
            control = controls.recv() => match control {
                Some(control) => waiting.extend(board.touch(uptime(started), control)),
                None => return,
            },
            Some((lane, number, answer)) = radio.answers.recv() => {
                if let Some(request) = radio.finish(lane, number) {
                    board.note(request.event(&answer));
                    waiting.push_back(Happening::Answer(lane, answer));
                }
            }
            () = sleep_until(due) => {}
        }
    }
}

/// How long a board was under power before its program began: the sensor has settled.
const WARM: Duration = Duration::from_secs(2);

const DAY: Duration = Duration::from_secs(86_400);

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
                    label: request.label().to_string(),
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
        Happening::Button { pressed, .. } => Event::Button { pressed: *pressed },
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
    method: &'static str,
    label: String,
    task: JoinHandle<()>,
}

impl InTheAir {
    /// What became of it.
    fn event(self, answer: &Result<Reply, Error>) -> BoardEvent {
        let reply = answer.as_ref().ok();
        let entry = reply.filter(|reply| reply.status == 200).and_then(|reply| {
            let text = reply.text();
            if self.method == "POST" { text.trim().parse().ok() } else { None }
        });
        BoardEvent::Request {
            method: self.method,
            path: self.label,
            status: reply.map(|reply| reply.status),
            entry,
            error: answer.as_ref().err().map(Error::to_string),
        }
    }
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
        self.in_the_air.push(InTheAir { lane, number, method, label, task });
        None
    }

    /// Takes a request out of the air; `None` if it had been given up.
    fn finish(&mut self, lane: Lane, number: u64) -> Option<InTheAir> {
        let at = self.in_the_air.iter().position(|it| (it.lane, it.number) == (lane, number))?;
        Some(self.in_the_air.swap_remove(at))
    }
}

impl Drop for Radio {
    fn drop(&mut self) {
        self.in_the_air.iter().for_each(|it| it.task.abort());
    }
}
