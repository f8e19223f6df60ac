//! The sensor node: measures, sends what it measured, and lets a light be switched from far away.
//!
//! Each round it asks for the newest command and measures. A reading goes into the outbox first and
//! leaves it when the server is known to have it, so that neither a lost network nor a lost answer
//! costs a reading. What a server's answer means for the outbox is decided in [`Verdict`].

use super::{Light, Rounds, TIMEOUT, earliest};
use crate::clock::{Clock, Uptime};
use crate::node::{Action, Event, Failure, Lane, Led, Node, Reply};
use crate::outbox::{Kept, Outbox, Taken};
use crate::reading::{Reading, SensorFault};
use crate::request::{Reader, Request, What, Writer};
use crate::retry::Retry;
use core::fmt::Write;
use core::time::Duration;
use fieldpost_wire::small::{FieldText, Newest, Tenths};
use fieldpost_wire::{FieldNo, Timestamp};

/// What a sensor node must be told before it starts.
#[derive(Clone, Copy, Debug)]
pub struct SensorConfig {
    /// Field 1 of this channel switches the light: `1` is on, any other text is off.
    pub command: Reader,
    /// Readings go into this channel: temperature in field 1, humidity in field 2.
    pub readings: Writer,
    /// The time from one round to the next; no less than [`SensorNode::SHORTEST`].
    pub interval: Duration,
    /// Spreads the retries of many boards; any number that differs from board to board.
    pub seed: u64,
}

/// The sensor node, with room for `N` unsent readings.
#[derive(Clone, Debug)]
pub struct SensorNode<const N: usize> {
    config: SensorConfig,
    online: bool,
    clock: Clock,
    retry: Retry,
    rounds: Rounds,
    beats: Rounds,
    heartbeat: Light,
    remote: Light,
    measure: bool,
    fault: Option<SensorFault>,
    ask: bool,
    exchange: Option<Exchange>,
    delivery: Delivery,
    outbox: Outbox<N>,
}

/// What is under way on the exchange lane.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Exchange {
    /// Asking for the newest command.
    Command,
    /// Sending readings.
    Send,
    /// Looking whether readings arrived whose answer was lost.
    Look,
}

/// What has been learned about sending.
#[derive(Clone, Copy, Debug)]
struct Delivery {
    /// What is marked as under way may have arrived.
    in_doubt: bool,
    /// Send even a single reading as a bulk update: a plain one was answered `0`, which may mean
    /// "too soon" as well as "I have that time already". Bulk answers are plainer.
    in_bulk: bool,
    /// How many readings the server takes at a time, as far as is known.
    limit: usize,
    /// The server has no bulk updates.
    no_bulk: bool,
    /// How often the same readings were called a bad request.
    rejected: u8,
}

impl Delivery {
    const NEW: Self =
        Self { in_doubt: false, in_bulk: false, limit: usize::MAX, no_bulk: false, rejected: 0 };
}

/// What an answer says about the readings that were sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    /// They are on the server.
    Stored,
    /// They are not; the same again later may do.
    NotNow,
    /// They may be there: something on the way failed.
    Unknown,
    /// Too much at a time.
    TooMany,
    /// This server has no such route.
    NoRoute,
    /// They will not be taken as they are.
    Bad,
}

impl Verdict {
    fn of(reply: &Reply<'_>, bulk: bool) -> Self {
        let id = || core::str::from_utf8(reply.body).ok()?.trim().parse::<u64>().ok();
        match (reply.status, bulk) {
            (200 | 202, true) => Self::Stored,
            (200, false) => match id() {
                Some(0) => Self::NotNow,
                Some(_) => Self::Stored,
                // Somebody else's page: a hotel's login, a proxy's advertisement.
                None => Self::NotNow,
            },
            (400, true) => Self::Bad,
            (404 | 405 | 501, true) => Self::NoRoute,
            (413, _) => Self::TooMany,
            (500.., _) => Self::Unknown,
            _ => Self::NotNow,
        }
    }
}

impl<const N: usize> SensorNode<N> {
    /// The shortest interval: a DHT22 must rest two seconds between readings.
    pub const SHORTEST: Duration = Duration::from_secs(2);
    /// The heartbeat while the sensor is at fault: quick, to be seen from across the room.
    pub const ALARM: Duration = Duration::from_millis(250);
    /// How often readings may be called bad before they are given up.
    const PATIENCE: u8 = 3;

    /// Makes a node that has just been switched on.
    pub fn new(config: SensorConfig) -> Self {
        Self {
            config: SensorConfig { interval: config.interval.max(Self::SHORTEST), ..config },
            online: false,
            clock: Clock::default(),
            retry: Retry::new(config.seed),
            rounds: Rounds { next: Uptime::default() },
            beats: Rounds { next: Uptime::default() },
            heartbeat: Light::default(),
            remote: Light::default(),
            measure: false,
            fault: None,
            ask: false,
            exchange: None,
            delivery: Delivery::NEW,
            outbox: Outbox::default(),
        }
    }

    /// What is wrong with the sensor, if the last measurement failed.
    pub const fn fault(&self) -> Option<SensorFault> {
        self.fault
    }

    /// The readings that wait.
    pub const fn outbox(&self) -> &Outbox<N> {
        &self.outbox
    }

    fn hear(&mut self, now: Uptime, event: Event<'_>) {
        match event {
            Event::Tick | Event::Button { .. } => {}
            Event::Network(online) => {
                self.online = online;
                self.retry.success();
            }
            Event::Clock(instant) => self.clock.hear(now, instant),
            Event::Measured(result) => self.measured(now, result),
            Event::Reply { lane: Lane::Exchange, reply } => {
                if let Some(date) = reply.date {
                    self.clock.hear(now, date);
                }
                match self.exchange.take() {
                    Some(Exchange::Command) => self.commanded(now, &reply),
                    Some(Exchange::Send) => self.sent(now, &reply),
                    Some(Exchange::Look) => self.looked(&reply),
                    None => {}
                }
            }
            Event::Failed { lane: Lane::Exchange, why } => {
                if self.exchange.take() == Some(Exchange::Send) {
                    self.unanswered(why);
                }
                self.retry.failure(now);
            }
            Event::Reply { lane: Lane::Held, .. } | Event::Failed { lane: Lane::Held, .. } => {}
        }
    }

    fn measured(&mut self, now: Uptime, result: Result<Reading, SensorFault>) {
        let before = self.fault;
        self.fault = result.err();
        if let Ok(reading) = result {
            self.outbox.push(Kept { reading, taken: Taken::Uptime(now) });
        }
        if self.fault.is_some() != before.is_some() {
            self.beats.next = now;
        }
    }

    fn commanded(&mut self, now: Uptime, reply: &Reply<'_>) {
        let newest = if reply.status == 200 { Newest::read(reply.body).ok() } else { None };
        let Some(newest) = newest else {
            return self.retry.failure(now);
        };
        self.retry.success();
        // No entry yet, or one without a command: the light stays as it is.
        if let Some(text) = newest.and_then(|newest| newest.field(FieldNo::ALL[0])) {
            self.remote.set(text.is("1"));
        }
    }

    fn sent(&mut self, now: Uptime, reply: &Reply<'_>) {
        let verdict = Verdict::of(reply, self.as_bulk());
        match verdict {
            Verdict::Stored => {
                self.retry.success();
                return self.delivered();
            }
            Verdict::NotNow => self.delivery.in_bulk = !self.delivery.no_bulk,
            Verdict::Unknown => self.delivery.in_doubt = true,
            Verdict::TooMany => self.delivery.limit = (self.outbox.under_way().len() / 2).max(1),
            Verdict::NoRoute => {
                (self.delivery.no_bulk, self.delivery.in_bulk) = (true, false);
                self.delivery.limit = 1;
            }
            Verdict::Bad => {
                self.delivery.rejected += 1;
                if self.delivery.rejected >= Self::PATIENCE {
                    self.outbox.discard();
                    self.delivery.rejected = 0;
                }
            }
        }
        if !self.delivery.in_doubt {
            self.outbox.returned();
        }
        self.retry.failure(now);
    }

    fn unanswered(&mut self, why: Failure) {
        if why.may_have_arrived() {
            self.delivery.in_doubt = true;
        } else {
            self.outbox.returned();
        }
    }

    /// Settles the doubt about what was sent. Who may not look must send again, and relies on the
    /// server to notice equal times.
    fn looked(&mut self, reply: &Reply<'_>) {
        if reply.status >= 500 {
            return;
        }
        self.delivery.in_doubt = false;
        let newest = Newest::read(reply.body).ok().flatten();
        let last = self.outbox.under_way().last();
        if let (200, Some(newest), Some(last)) = (reply.status, newest, last)
            && is_same(&newest, last)
        {
            self.delivered();
        } else {
            self.outbox.returned();
        }
    }

    fn delivered(&mut self) {
        self.outbox.delivered();
        (self.delivery.in_bulk, self.delivery.rejected) = (false, 0);
    }

    fn as_bulk(&self) -> bool {
        self.delivery.in_bulk || self.outbox.under_way().len() > 1
    }

    fn advance(&mut self, now: Uptime) {
        if self.rounds.begin(now, self.config.interval) {
            self.ask = true;
            self.measure = true;
        }
        let beat = if self.fault.is_some() { Self::ALARM } else { self.config.interval };
        if self.beats.begin(now, beat) {
            self.heartbeat.set(!self.heartbeat.on);
        }
    }

    /// The next request, if there is one to be made now.
    fn begin_exchange(&mut self, now: Uptime) -> Option<Exchange> {
        if !self.online || self.exchange.is_some() || now < self.retry.not_before() {
            return None;
        }
        let next = if core::mem::take(&mut self.ask) {
            Exchange::Command
        } else if self.delivery.in_doubt {
            Exchange::Look
        } else if !self.outbox.is_empty() {
            self.outbox.send(&self.clock, self.delivery.limit);
            Exchange::Send
        } else {
            return None;
        };
        self.exchange = Some(next);
        Some(next)
    }

    fn exchange_at(&self) -> Option<Uptime> {
        let wanted = self.ask || self.delivery.in_doubt || !self.outbox.is_empty();
        (self.online && wanted && self.exchange.is_none()).then_some(self.retry.not_before())
    }
}

impl<const N: usize> Node for SensorNode<N> {
    fn poll(&mut self, now: Uptime, event: Event<'_>) -> Option<Action> {
        self.hear(now, event);
        self.advance(now);
        if let Some(on) = self.remote.news() {
            return Some(Action::SetLed { led: Led::Remote, on });
        }
        if let Some(on) = self.heartbeat.news() {
            return Some(Action::SetLed { led: Led::Heartbeat, on });
        }
        if core::mem::take(&mut self.measure) {
            return Some(Action::Measure);
        }
        self.begin_exchange(now).map(|_| Action::Request(Lane::Exchange))
    }

    fn poll_at(&self) -> Uptime {
        let due = [Some(self.rounds.next), Some(self.beats.next), self.exchange_at()];
        let news = self.measure || !self.remote.told || !self.heartbeat.told;
        earliest(due).filter(|_| !news).unwrap_or_default()
    }

    fn request(&self, lane: Lane) -> Option<Request<'_>> {
        let exchange = self.exchange.filter(|_| lane == Lane::Exchange)?;
        let what = match (exchange, self.outbox.under_way()) {
            (Exchange::Command, _) => What::NewestOfField(self.config.command, FieldNo::ALL[0]),
            (Exchange::Look, _) => What::Newest(self.config.readings.reader()),
            (Exchange::Send, [one]) if !self.as_bulk() => What::Reading(self.config.readings, one),
            (Exchange::Send, batch) => What::Readings(self.config.readings, batch),
        };
        Some(Request { what, timeout: TIMEOUT })
    }
}

/// True if an entry is what this reading became. Undated readings are told apart by their values.
fn is_same(entry: &Newest<'_>, kept: &Kept) -> bool {
    let values = [kept.reading.temperature(), kept.reading.humidity()];
    let equal = FieldNo::ALL
        .iter()
        .zip(values)
        .all(|(field, value)| entry.field(*field).is_some_and(|text| is_value(text, value)));
    match kept.taken {
        Taken::Instant(instant) => {
            equal && entry.created_at.map(Timestamp::seconds) == Some(instant.seconds())
        }
        Taken::Uptime(_) => equal,
    }
}

fn is_value(text: FieldText<'_>, value: Tenths) -> bool {
    let mut printed = heapless::String::<16>::new();
    write!(printed, "{value}").is_ok() && text.is(&printed)
}
