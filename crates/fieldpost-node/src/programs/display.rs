//! The display node: shows the newest readings, and sends the state of its button.
//!
//! Each press turns the state over. The state is sent every round, pressed or not, so that the newest
//! entry of the command channel is right again soon after whatever went wrong; it is never sent twice
//! for the same round.

use super::delivery::entry_id;
use super::held::{Held, News, Told};
use super::{Light, Rounds, TIMEOUT, earliest};
use crate::clock::Uptime;
use crate::debounce::Debounce;
use crate::node::{Action, Event, Lane, Led, Node, Reply};
use crate::request::{Reader, Request, What, Writer};
use crate::retry::Retry;
use crate::screen::{Note, Screen, Shown, Trouble};
use core::time::Duration;
use fieldpost_wire::small::Newest;
use fieldpost_wire::{EntryId, FieldNo};

/// What a display node must be told before it starts.
#[derive(Clone, Copy, Debug)]
pub struct DisplayConfig {
    /// The newest entry of this channel is shown: temperature in field 1, humidity in field 2.
    pub readings: Reader,
    /// The state of the button goes into field 1 of this channel, as `0` or `1`.
    pub command: Writer,
    /// The time from one round to the next; no less than [`DisplayNode::SHORTEST`].
    pub interval: Duration,
    /// How the node hears of readings.
    pub told: Told,
    /// Spreads the retries of many boards; any number that differs from board to board.
    pub seed: u64,
}

/// The display node.
#[derive(Clone, Debug)]
pub struct DisplayNode {
    config: DisplayConfig,
    online: bool,
    retry: Retry,
    rounds: Rounds,
    heartbeat: Light,
    button: Debounce,
    state: bool,
    /// The server has the present state.
    state_sent: bool,
    post: bool,
    read: bool,
    held: Held,
    exchange: Option<Exchange>,
    screen: Screen,
    shown: bool,
    newest: Option<EntryId>,
    news_at: Uptime,
}

/// What is under way on the exchange lane.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Exchange {
    /// Sending the state of the button.
    Post(bool),
    /// Reading the newest entry.
    Read,
}

impl DisplayNode {
    /// The shortest interval.
    pub const SHORTEST: Duration = Duration::from_millis(100);
    /// Without a new entry for this long, and five rounds at least, readings are called stale.
    pub const STALE: Duration = Duration::from_secs(30);

    /// Makes a node that has just been switched on.
    pub fn new(config: DisplayConfig) -> Self {
        Self {
            config: DisplayConfig { interval: config.interval.max(Self::SHORTEST), ..config },
            online: false,
            retry: Retry::new(config.seed),
            rounds: Rounds::default(),
            heartbeat: Light::default(),
            button: Debounce::default(),
            state: false,
            state_sent: true,
            post: false,
            read: true,
            held: Held::new(config.told, config.seed),
            exchange: None,
            screen: Screen::Starting,
            shown: false,
            newest: None,
            news_at: Uptime::default(),
        }
    }

    /// The state that the button turns over with each press.
    pub const fn state(&self) -> bool {
        self.state
    }

    /// What is on the display.
    pub const fn screen(&self) -> &Screen {
        &self.screen
    }

    fn hear(&mut self, now: Uptime, event: Event<'_>) {
        match event {
            Event::Tick | Event::Clock(_) | Event::Measured(_) => {}
            Event::Network(online) => {
                self.online = online;
                self.retry.success();
                self.held.revive();
                if !online {
                    self.show(Screen::Trouble(Trouble::NoNetwork));
                }
            }
            Event::Button { pressed } => {
                if self.button.hear(now, pressed) {
                    self.turn();
                }
            }
            Event::Reply { lane: Lane::Exchange, reply } => match self.exchange.take() {
                Some(Exchange::Post(state)) => self.posted(now, state, &reply),
                Some(Exchange::Read) => self.has_read(now, &reply),
                None => {}
            },
            Event::Failed { lane: Lane::Exchange, .. } => {
                self.exchange = None;
                self.retry.failure(now);
                if self.online {
                    self.show(Screen::Trouble(Trouble::NoAnswer));
                }
            }
            Event::Reply { lane: Lane::Held, reply } => {
                // News, or none for so long that it is time to look for oneself.
                let news = self.held.answered(now, self.config.interval, &reply);
                self.read |= matches!(news, News::Entry(_) | News::Quiet);
            }
            Event::Failed { lane: Lane::Held, .. } => self.held.unanswered(now),
        }
    }

    fn turn(&mut self) {
        self.state = !self.state;
        self.state_sent = false;
        self.post |= self.held.is_on();
    }

    fn posted(&mut self, now: Uptime, state: bool, reply: &Reply<'_>) {
        let id = entry_id(reply.body);
        let taken = reply.status == 200 && id.is_some_and(|id| id > EntryId::new(0));
        self.state_sent = taken && state == self.state;
        if reply.status == 200 {
            self.retry.success();
        } else {
            self.retry.failure(now);
        }
    }

    fn has_read(&mut self, now: Uptime, reply: &Reply<'_>) {
        let newest = match reply.status {
            200 => Newest::read(reply.body).map_err(|_| Trouble::NotAFeed),
            status => Err(Trouble::Refused(status)),
        };
        if let Ok(newest) = newest {
            self.held.learn(newest.and_then(|newest| newest.entry_id));
        }
        match newest {
            Err(trouble) => {
                self.retry.failure(now);
                self.show(Screen::Trouble(trouble));
            }
            Ok(None) => self.show(Screen::NoReadings),
            Ok(Some(newest)) => {
                if self.newest.is_none() || self.newest != newest.entry_id {
                    self.newest = newest.entry_id;
                    self.news_at = now;
                }
                let temperature = Shown::new(newest.field(FieldNo::ALL[0]));
                let humidity = Shown::new(newest.field(FieldNo::ALL[1]));
                self.show(Screen::Readings { temperature, humidity, note: self.note(now) });
            }
        }
    }

    fn note(&self, now: Uptime) -> Note {
        let patience = Self::STALE.max(self.config.interval.saturating_mul(5));
        if !self.state_sent {
            Note::NotSent
        } else if now.since(self.news_at) > patience {
            Note::Stale
        } else {
            Note::Nothing
        }
    }

    fn show(&mut self, screen: Screen) {
        self.shown &= self.screen == screen;
        self.screen = screen;
    }

    fn advance(&mut self, now: Uptime) {
        if self.button.settle(now) {
            self.turn();
        }
        if self.rounds.begin(now, self.config.interval) {
            self.post = true;
            self.read |= !self.held.is_on();
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
        self.exchange = if core::mem::take(&mut self.post) {
            Some(Exchange::Post(self.state))
        } else if core::mem::take(&mut self.read) {
            Some(Exchange::Read)
        } else {
            None
        };
        self.exchange.map(|_| Lane::Exchange)
    }

    fn request_at(&self) -> Option<Uptime> {
        let exchange = (self.post || self.read) && self.exchange.is_none();
        let exchange = exchange.then_some(self.retry.not_before());
        earliest([exchange, self.held.ask_at()]).filter(|_| self.online)
    }
}

impl Node for DisplayNode {
    fn poll(&mut self, now: Uptime, event: Event<'_>) -> Option<Action> {
        self.hear(now, event);
        self.advance(now);
        if !core::mem::replace(&mut self.shown, true) {
            return Some(Action::Show(self.screen.clone()));
        }
        if let Some(on) = self.heartbeat.news() {
            return Some(Action::SetLed { led: Led::Heartbeat, on });
        }
        self.begin(now).map(Action::Request)
    }

    fn poll_at(&self) -> Uptime {
        let due = [Some(self.rounds.next), self.button.settle_at(), self.request_at()];
        earliest(due).filter(|_| self.shown && self.heartbeat.told).unwrap_or_default()
    }

    fn request(&self, lane: Lane) -> Option<Request<'_>> {
        if lane == Lane::Held {
            let what = self.held.question(self.config.readings)?;
            return Some(Request { what, timeout: Held::WAIT + TIMEOUT });
        }
        let what = match self.exchange? {
            Exchange::Post(true) => What::State(self.config.command, "1"),
            Exchange::Post(false) => What::State(self.config.command, "0"),
            Exchange::Read => What::Newest(self.config.readings),
        };
        Some(Request { what, timeout: TIMEOUT })
    }
}
