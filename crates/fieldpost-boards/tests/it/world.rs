//! A world of boards, a network and a server on virtual time, all from one seed.
//!
//! Nothing here waits, opens a socket or reads a clock: an hour of a thousand boards takes seconds, and
//! the same seed gives the same hour. Each site has a sensor node, a display node and their two
//! channels. What must be true in the end is asked in `truth.rs`.

use crate::model::Model;
use fieldpost_boards::nature::Chance;
use fieldpost_node::{
    Action, DisplayConfig, DisplayNode, Event, Failure, Lane, Led, Node, Reader, Reading, Reply,
    SensorConfig, SensorFault, SensorNode, Told, Uptime, Writer,
};
use fieldpost_wire::{ApiKey, ChannelId, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

mod truth;

/// When the world begins.
const NOON: Timestamp = Timestamp::from_seconds(1_795_608_000);
const ROOM: usize = 512;
/// How late a request may arrive, in milliseconds.
const LATEST: u64 = 40_000;

/// What kind of world it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Climate {
    pub(crate) sites: usize,
    pub(crate) told: Told,
    /// How bad the network is: chances in a thousand.
    pub(crate) lost: u64,
    pub(crate) late: u64,
    /// The server gives the time in its answers.
    pub(crate) dates: bool,
    /// The least time between two writes to a channel.
    pub(crate) limit_ms: i64,
}

pub(crate) struct World {
    seed: u64,
    climate: Climate,
    chance: Chance,
    now: u64,
    calm: bool,
    server_up: bool,
    pub(crate) server: Model,
    boards: Vec<Board>,
    /// What is to come, by time and then by the order in which it was planned.
    coming: BTreeMap<(u64, u64), Happening>,
    order: u64,
    held: Vec<Held>,
    pub(crate) requests: u64,
}

enum Program {
    Sensor(Box<SensorNode<ROOM>>),
    Display(Box<DisplayNode>),
}

struct Board {
    program: Program,
    /// When it was switched on.
    born: u64,
    online: bool,
    /// The serial number of the request on each lane.
    lanes: [Option<u64>; 2],
    wake: u64,
    button: bool,
    led: bool,
    /// What was measured, and when.
    measured: Vec<(u64, Reading)>,
}

struct Held {
    board: usize,
    serial: u64,
    path: String,
    until: u64,
}

enum Happening {
    Wake(usize),
    Arrive { board: usize, lane: Lane, serial: u64, path: String, body: String, answer: Fate },
    Answer { board: usize, lane: Lane, serial: u64, status: u16, body: String },
    Fail { board: usize, lane: Lane, serial: u64, why: Failure },
    Press(usize),
    Wifi(usize, bool),
    Server(bool),
    Hold,
}

/// What becomes of an answer.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Arrives,
    IsLost,
    /// Somebody in between fails after the server has done its work, or instead of it.
    Is502 {
        done: bool,
    },
}

const LANES: [Lane; 2] = [Lane::Exchange, Lane::Held];

fn lane_index(lane: Lane) -> usize {
    usize::from(lane == Lane::Held)
}

impl World {
    pub(crate) fn new(seed: u64, climate: Climate) -> Self {
        let mut world = Self {
            seed,
            climate,
            chance: Chance::new(seed),
            now: 0,
            calm: false,
            server_up: true,
            server: Model::with_limit(climate.limit_ms),
            boards: Vec::new(),
            coming: BTreeMap::new(),
            order: 0,
            held: Vec::new(),
            requests: 0,
        };
        for site in 0..climate.sites {
            world.build(site);
        }
        world
    }

    /// Puts up a site: two channels, two boards.
    fn build(&mut self, site: usize) {
        let mut channel = |n: usize| {
            let id = ChannelId::new((site * 2 + n + 1) as u64).unwrap();
            let bytes: Vec<u8> = (0..64).map(|_| self.chance.below(252) as u8).collect();
            let key = ApiKey::from_random(&bytes).unwrap();
            self.server.add(id.get(), key);
            Writer { channel: id, key, read_key: None }
        };
        let (readings, command) = (channel(0), channel(1));
        let (interval, told) = (Duration::from_secs(3), self.climate.told);
        let reader = |writer: Writer| Reader { channel: writer.channel, key: None };
        let sensor = SensorConfig {
            command: reader(command),
            readings,
            interval,
            told,
            seed: self.chance.draw(),
        };
        let display = DisplayConfig {
            readings: reader(readings),
            command,
            interval,
            told,
            seed: self.chance.draw(),
        };
        for program in [
            Program::Sensor(Box::new(SensorNode::new(sensor))),
            Program::Display(Box::new(DisplayNode::new(display))),
        ] {
            let born = self.chance.below(10_000);
            let at = self.boards.len();
            self.boards.push(Board {
                program,
                born,
                online: false,
                lanes: [None; 2],
                wake: u64::MAX,
                button: false,
                led: false,
                measured: Vec::new(),
            });
            self.later(born, Happening::Wake(at));
            let joined = born + self.chance.below(5_000);
            self.later(joined, Happening::Wifi(at, true));
        }
    }

    /// Plans bad luck for so many minutes: presses, boards off the network, a server that is down.
    pub(crate) fn storm(&mut self, minutes: u64) {
        let end = self.now + minutes * 60_000;
        for board in 0..self.boards.len() {
            let mut at = self.now + 15_000;
            loop {
                at += self.chance.below(120_000);
                if at >= end {
                    break;
                }
                self.later(at, Happening::Press(board));
                if self.chance.below(3) == 0 {
                    let back = (at + 1_000 + self.chance.below(90_000)).min(end);
                    self.later(at, Happening::Wifi(board, false));
                    self.later(back, Happening::Wifi(board, true));
                    at = back;
                }
            }
        }
        for _ in 0..2 {
            let down = self.now + self.chance.below(end - self.now);
            let up = (down + self.chance.below(60_000)).min(end);
            self.later(down, Happening::Server(false));
            self.later(up, Happening::Server(true));
        }
        self.run(end);
    }

    fn run(&mut self, end: u64) {
        while let Some(next) = self.coming.first_entry().filter(|next| next.key().0 <= end) {
            let ((at, _), happening) = next.remove_entry();
            self.now = at;
            self.happen(happening);
        }
        self.now = end;
    }

    fn later(&mut self, at: u64, happening: Happening) {
        self.order += 1;
        self.coming.insert((at, self.order), happening);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wake(board) => {
                self.boards[board].wake = u64::MAX;
                self.hand(board, Event::Tick);
            }
            Happening::Press(board) => {
                self.boards[board].button = !self.boards[board].button;
                let pressed = self.boards[board].button;
                self.hand(board, Event::Button { pressed });
            }
            Happening::Wifi(board, online) => {
                if std::mem::replace(&mut self.boards[board].online, online) == online {
                    return;
                }
                // What was under way when the network went is never answered.
                let lost =
                    if online { [None; 2] } else { std::mem::take(&mut self.boards[board].lanes) };
                self.hand(board, Event::Network(online));
                for lane in LANES.into_iter().filter(|lane| lost[lane_index(*lane)].is_some()) {
                    self.hand(board, Event::Failed { lane, why: Failure::Broken });
                }
            }
            Happening::Server(up) => self.server_up = up,
            Happening::Arrive { board, lane, serial, path, body, answer } => {
                if self.server_up {
                    self.serve(board, lane, serial, path, &body, answer);
                } else {
                    self.reply(board, lane, serial, Err(Failure::Broken));
                }
            }
            Happening::Hold => self.release(),
            Happening::Answer { board, lane, serial, status, body } => {
                if self.is_awaited(board, lane, serial) {
                    let date = self.climate.dates.then(|| self.clock());
                    let date = date.map(|date| Timestamp::from_seconds(date.seconds()));
                    let reply = Reply { status, date, body: body.as_bytes() };
                    self.hand(board, Event::Reply { lane, reply });
                }
            }
            Happening::Fail { board, lane, serial, why } => {
                if self.is_awaited(board, lane, serial) {
                    self.hand(board, Event::Failed { lane, why });
                }
            }
        }
    }

    /// True if a board still waits for this answer; it does not any more.
    fn is_awaited(&mut self, board: usize, lane: Lane, serial: u64) -> bool {
        let slot = &mut self.boards[board].lanes[lane_index(lane)];
        let awaited = *slot == Some(serial);
        if awaited {
            *slot = None;
        }
        awaited
    }

    fn clock(&self) -> Timestamp {
        NOON.plus_millis(self.now as i64)
    }

    /// Hands an event to a node and does what it wants.
    fn hand(&mut self, at: usize, event: Event<'_>) {
        let mut events = vec![event];
        let mut turns = 0;
        while let Some(mut event) = events.pop() {
            loop {
                turns += 1;
                assert!(turns < 100, "board {at} never rests");
                let board = &mut self.boards[at];
                let now = Uptime::from_millis(self.now.saturating_sub(board.born));
                let action = match &mut board.program {
                    Program::Sensor(node) => node.poll(now, event),
                    Program::Display(node) => node.poll(now, event),
                };
                event = Event::Tick;
                match action {
                    None => break,
                    Some(Action::Request(lane)) => self.send(at, lane),
                    Some(Action::Measure) => {
                        let result = self.measure(at);
                        events.push(Event::Measured(result));
                    }
                    Some(Action::SetLed { led: Led::Remote, on }) => self.boards[at].led = on,
                    Some(Action::SetLed { .. } | Action::Show(_)) => {}
                }
            }
        }
        let board = &mut self.boards[at];
        let due = match &board.program {
            Program::Sensor(node) => node.poll_at(),
            Program::Display(node) => node.poll_at(),
        };
        let due = (board.born + due.millis()).max(self.now + 1);
        if due < board.wake {
            board.wake = due;
            self.later(due, Happening::Wake(at));
        }
    }

    fn measure(&mut self, at: usize) -> Result<Reading, SensorFault> {
        match self.chance.below(20) {
            0 if !self.calm => return Err(SensorFault::Silent),
            1 if !self.calm => return Err(SensorFault::Checksum),
            _ => {}
        }
        // Often the same as before, as in a quiet room.
        let reading = Reading::from_tenths(210 + self.chance.below(3) as i16, 550)?;
        self.boards[at].measured.push((self.now, reading));
        Ok(reading)
    }

    /// Puts a request on its way through the network.
    fn send(&mut self, at: usize, lane: Lane) {
        self.requests += 1;
        self.order += 1;
        let serial = self.order;
        let board = &mut self.boards[at];
        assert!(board.lanes[lane_index(lane)].replace(serial).is_none(), "one request on a lane");
        let request = match &board.program {
            Program::Sensor(node) => node.request(lane),
            Program::Display(node) => node.request(lane),
        };
        let request = request.expect("a request that was asked for");
        let path = request.path().to_string();
        let body = request.body().map(|body| body.to_string()).unwrap_or_default();
        let timeout = request.timeout().as_millis() as u64;
        assert!(board.online, "board {at} sends without a network");
        let luck = if self.calm { 1_000 } else { self.chance.below(1_000) };
        let (lost, late) = (self.climate.lost, self.climate.late);
        let why = Failure::Silent;
        self.later(self.now + timeout, Happening::Fail { board: at, lane, serial, why });
        if !self.server_up || luck < lost / 4 {
            let why = Failure::Unreachable;
            let at_once = self.now + self.chance.below(3_000);
            return self.later(at_once, Happening::Fail { board: at, lane, serial, why });
        }
        if luck < lost {
            return;
        }
        let slow = (lost..lost + late).contains(&luck);
        let delay = if slow { self.chance.below(LATEST) } else { 1 + self.chance.below(200) };
        let answer = match self.chance.below(1_000) {
            luck if self.calm || luck >= 2 * lost => Fate::Arrives,
            luck if luck < lost => Fate::IsLost,
            luck => Fate::Is502 { done: luck % 2 == 0 },
        };
        let arrive = Happening::Arrive { board: at, lane, serial, path, body, answer };
        self.later(self.now + delay, arrive);
    }

    /// Lets the server do its work, and sends its answer back.
    fn serve(
        &mut self,
        board: usize,
        lane: Lane,
        serial: u64,
        path: String,
        body: &str,
        fate: Fate,
    ) {
        let answer = match fate {
            Fate::Is502 { done: false } => (502, "bad gateway".to_owned()),
            _ => self.server.answer(self.clock(), &path, body),
        };
        if !body.is_empty() && !self.held.is_empty() {
            self.release();
        }
        if lane == Lane::Held && answer.1 == "\"-1\"" {
            let wait = path.split("wait=").nth(1).and_then(|wait| wait.split('&').next());
            let until = self.now + wait.and_then(|wait| wait.parse().ok()).unwrap_or(0) * 1_000;
            self.held.push(Held { board, serial, path, until });
            return self.later(until, Happening::Hold);
        }
        match fate {
            Fate::Arrives => self.reply(board, lane, serial, Ok(answer)),
            Fate::IsLost => {}
            Fate::Is502 { .. } => {
                self.reply(board, lane, serial, Ok((502, "bad gateway".to_owned())));
            }
        }
    }

    /// Answers held questions that have an answer now, or have waited long enough.
    fn release(&mut self) {
        let now = self.clock();
        for held in std::mem::take(&mut self.held) {
            let answer = self.server.answer(now, &held.path, "");
            if answer.1 == "\"-1\"" && self.now < held.until {
                self.held.push(held);
            } else {
                self.reply(held.board, Lane::Held, held.serial, Ok(answer));
            }
        }
    }

    fn reply(
        &mut self,
        board: usize,
        lane: Lane,
        serial: u64,
        answer: Result<(u16, String), Failure>,
    ) {
        let at = self.now + 1 + self.chance.below(if self.calm { 20 } else { 200 });
        let happening = match answer {
            Ok((status, body)) => Happening::Answer { board, lane, serial, status, body },
            Err(why) => Happening::Fail { board, lane, serial, why },
        };
        self.later(at, happening);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // A test runs on a thread that has its name.
            let test = std::thread::current().name().unwrap_or("storms").to_owned();
            eprintln!(
                "the world fell apart; again: WORLD_SEED={} cargo test -p fieldpost-boards --test it {test}",
                self.seed
            );
        }
    }
}
