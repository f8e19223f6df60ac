//! The sensor node: measures, sends what it measured, and lets a light be switched from far away.
//!
//! Each round it asks for the newest command and measures. A reading goes into the outbox first and
//! leaves it when the server is known to have it, so that neither a lost network nor a lost answer
//! costs a reading.

use super::delivery::Delivery;
use super::held::{Held, News, Told};
use super::{Light, Rounds, TIMEOUT, earliest};
use crate::clock::{Clock, Uptime};
use crate::node::{Action, Event, Lane, Led, Node, Reply};
use crate::outbox::{Kept, Outbox, Taken};
use crate::reading::{Reading, SensorFault};
use crate::request::{Reader, Request, What, Writer};
use crate::retry::Retry;
use core::time::Duration;
use fieldpost_wire::FieldNo;
use fieldpost_wire::small::Newest;

/// What a sensor node must be told before it starts.
#[derive(Clone, Copy, Debug)]
pub struct SensorConfig {
    /// Field 1 of this channel switches the light: `1` is on, any other text is off.
    pub command: Reader,
    /// Readings go into this channel: temperature in field 1, humidity in field 2.
    pub readings: Writer,
    /// The time from one round to the next; no less than [`SensorNode::SHORTEST`].
    pub interval: Duration,
    /// How the node hears of commands.
    pub told: Told,
    /// Spreads the retries of many boards; any number that differs from board to board.
    pub seed: u64,
}

/// The sensor node, with room for `N` unsent readings.
#[derive(Clone, Debug)]
pub struct SensorNode<const N: usize> {
    config: SensorConfig,
    online: bool,
    clock: Clock,
    /// The server can't be reached, or does not make sense.
    retry: Retry,
    /// The server is there but does not take readings.
    pause: Retry,
    rounds: Rounds,
    beats: Rounds,
    heartbeat: Light,
    remote: Light,
    measure: bool,
    /// The sensor may be asked again from then on.
    rested: Uptime,
    fault: Option<SensorFault>,
    ask: bool,
    held: Held,
    /// A held question brought a command since the last ordinary one was asked.
    overtaken: bool,
    exchange: Option<Exchange>,
    delivery: Delivery<N>,
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

impl<const N: usize> SensorNode<N> {
    /// The shortest interval, and the time before the first reading: a DHT22 must rest two seconds
    /// between readings and after power-on.
    pub const SHORTEST: Duration = Duration::from_secs(2);
    /// The heartbeat while the sensor is at fault: quick, to be seen from across the room.
    pub const ALARM: Duration = Duration::from_millis(250);

    /// Makes a node that has just been switched on.
    pub fn new(config: SensorConfig) -> Self {
        Self {
            config: SensorConfig { interval: config.interval.max(Self::SHORTEST), ..config },
            online: false,
            clock: Clock::default(),
            retry: Retry::new(config.seed),
            pause: Retry::new(config.seed.rotate_left(32)),
            rounds: Rounds { next: Uptime::default().after(Self::SHORTEST) },
            beats: Rounds::default(),
            heartbeat: Light::default(),
            remote: Light::default(),
            measure: false,
            rested: Uptime::default().after(Self::SHORTEST),
            fault: None,
            ask: true,
            held: Held::new(config.told, config.seed),
            overtaken: false,
            exchange: None,
            delivery: Delivery::new(Outbox::default()),
        }
    }

    /// What is wrong with the sensor, if the last measurement failed.
    pub const fn fault(&self) -> Option<SensorFault> {
        self.fault
    }

    /// The readings that wait.
    pub const fn outbox(&self) -> &Outbox<N> {
        &self.delivery.outbox
    }

    fn hear(&mut self, now: Uptime, event: Event<'_>) {
        if let Event::Reply { reply: Reply { date: Some(date), .. }, .. } = event {
            self.clock.hear(now, date);
        }
        match event {
            Event::Tick | Event::Button { .. } => {}
            Event::Network(online) => {
                self.online = online;
                self.retry.success();
                self.pause.success();
                self.held.revive();
            }
            Event::Clock(instant) => self.clock.hear(now, instant),
            Event::Measured(result) => self.measured(now, result),
            Event::Reply { lane: Lane::Exchange, reply } => self.answered(now, &reply),
            Event::Failed { lane: Lane::Exchange, why } => {
                if self.exchange.take() == Some(Exchange::Send) {
                    self.delivery.unanswered(why);
                }
                self.retry.failure(now);
            }
            Event::Reply { lane: Lane::Held, reply } => {
                match self.held.answered(now, self.config.interval, &reply) {
                    News::Entry(newest) => {
                        self.overtaken = true;
                        self.obey(&newest);
                    }
                    // An ordinary question now and then notices when a channel begins anew.
                    News::Quiet => self.ask = true,
                    News::None => {}
                }
            }
            Event::Failed { lane: Lane::Held, .. } => self.held.unanswered(now),
        }
    }

    fn measured(&mut self, now: Uptime, result: Result<Reading, SensorFault>) {
        let before = self.fault;
        self.fault = result.err();
        if let Ok(reading) = result {
            self.delivery.outbox.push(Kept { reading, taken: Taken::Uptime(now) });
        }
        if self.fault.is_some() != before.is_some() {
            self.beats.next = now;
        }
    }

    fn answered(&mut self, now: Uptime, reply: &Reply<'_>) {
        let (went_well, retry) = match self.exchange.take() {
            Some(Exchange::Command) => (self.commanded(reply), &mut self.retry),
            Some(Exchange::Send) => (self.delivery.answered(reply), &mut self.pause),
            Some(Exchange::Look) => (self.delivery.looked(reply), &mut self.pause),
            None => return,
        };
        if went_well {
            retry.success();
        } else {
            retry.failure(now);
        }
    }

    fn commanded(&mut self, reply: &Reply<'_>) -> bool {
        let newest = if reply.status == 200 { Newest::read(reply.body).ok() } else { None };
        let Some(newest) = newest else { return false };
        if !self.overtaken {
            self.held.learn(newest.and_then(|newest| newest.entry_id));
            // No entry yet: the light stays as it is.
            if let Some(newest) = newest {
                self.obey(&newest);
            }
        }
        true
    }

    /// Switches the light. An entry without a command leaves it as it is.
    fn obey(&mut self, newest: &Newest<'_>) {
        if let Some(text) = newest.field(FieldNo::ALL[0]) {
            self.remote.set(text.is("1"));
        }
    }

    fn advance(&mut self, now: Uptime) {
        if self.rounds.begin(now, self.config.interval) {
            self.ask |= !self.held.is_on();
            self.measure = true;
        }
        let beat = if self.fault.is_some() { Self::ALARM } else { self.config.interval };
        if self.beats.begin(now, beat) {
            self.heartbeat.set(!self.heartbeat.on);
        }
    }

    /// Begins the next request, if there is one to be made now.
    fn begin(&mut self, now: Uptime) -> Option<Lane> {
        if !self.online {
            return None;
        }
        if self.held.begin(now) {
            return Some(Lane::Held);
        }
        if self.exchange.is_some() || now < self.retry.not_before() {
            return None;
        }
        let next = if core::mem::take(&mut self.ask) {
            self.overtaken = false;
            Exchange::Command
        } else if !self.delivery.is_wanted() || now < self.pause.not_before() {
            return None;
        } else if self.delivery.must_look(&self.clock) {
            Exchange::Look
        } else {
            self.delivery.begin(&self.clock);
            Exchange::Send
        };
        self.exchange = Some(next);
        Some(Lane::Exchange)
    }

    fn request_at(&self) -> Option<Uptime> {
        let soon = self.ask.then_some(self.retry.not_before());
        let later = self.retry.not_before().max(self.pause.not_before());
        let later = self.delivery.is_wanted().then_some(later);
        let exchange = earliest([soon, later]).filter(|_| self.exchange.is_none());
        earliest([exchange, self.held.ask_at()]).filter(|_| self.online)
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
        if self.measure && now >= self.rested {
            self.measure = false;
            self.rested = now.after(Self::SHORTEST);
            return Some(Action::Measure);
        }
        self.begin(now).map(Action::Request)
    }

    fn poll_at(&self) -> Uptime {
        let measure = self.measure.then_some(self.rested);
        let due = [Some(self.rounds.next), Some(self.beats.next), measure, self.request_at()];
        let news = !self.remote.told || !self.heartbeat.told;
        earliest(due).filter(|_| !news).unwrap_or_default()
    }

    fn request(&self, lane: Lane) -> Option<Request<'_>> {
        if lane == Lane::Held {
            let what = self.held.question(self.config.command)?;
            return Some(Request { what, timeout: Held::WAIT + TIMEOUT });
        }
        let what = match self.exchange? {
            Exchange::Command => What::NewestOfField(self.config.command, FieldNo::ALL[0]),
            Exchange::Look => What::Newest(self.config.readings.reader()),
            Exchange::Send => self.delivery.update(self.config.readings),
        };
        Some(Request { what, timeout: TIMEOUT })
    }
}
