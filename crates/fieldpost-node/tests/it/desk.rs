//! A desk with a node on it and a hand that turns it: no clock, no network, no hardware.

use fieldpost_node::{Action, Event, Failure, Lane, Node, Reply, Uptime};
use fieldpost_wire::{ApiKey, ChannelId, Timestamp};

/// Noon of some day.
pub(crate) const NOON: Timestamp = Timestamp::from_seconds(1_795_608_000);

pub(crate) struct Desk<N> {
    pub(crate) node: N,
    pub(crate) now: u64,
    /// What the server puts into its `Date` headers.
    pub(crate) date: Option<Timestamp>,
    actions: Vec<Action>,
}

impl<N: Node> Desk<N> {
    pub(crate) fn new(node: N) -> Self {
        Self { node, now: 2_000, date: None, actions: Vec::new() }
    }

    /// Hands over an event, and takes everything that the node wants done.
    pub(crate) fn hand(&mut self, event: Event<'_>) {
        let now = Uptime::from_millis(self.now);
        let mut event = event;
        while let Some(action) = self.node.poll(now, event) {
            self.actions.push(action);
            event = Event::Tick;
            assert!(self.actions.len() < 1_000, "it never stops: {:?}", &self.actions[990..]);
        }
        assert!(self.node.poll_at() > now, "nothing to do, and no rest");
    }

    /// Everything wanted since the last call.
    pub(crate) fn wanted(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// Lets time pass, polling when the node wants to be polled.
    pub(crate) fn pass(&mut self, millis: u64) {
        let end = self.now + millis;
        loop {
            let due = self.node.poll_at().millis().max(self.now);
            if due > end {
                break;
            }
            self.now = due;
            self.hand(Event::Tick);
        }
        self.now = end;
    }

    /// What is under way on a lane: method, path and body.
    pub(crate) fn sent(&self, lane: Lane) -> Option<String> {
        let request = self.node.request(lane)?;
        let body = request.body().map(|body| format!(" {body}")).unwrap_or_default();
        Some(format!("{} {}{body}", request.method().name(), request.path()))
    }

    /// What is under way on the exchange lane.
    pub(crate) fn request(&self) -> String {
        self.sent(Lane::Exchange).unwrap_or_default()
    }

    pub(crate) fn reply_on(&mut self, lane: Lane, status: u16, body: &str) {
        let reply = Reply { status, date: self.date, body: body.as_bytes() };
        self.hand(Event::Reply { lane, reply });
    }

    /// Answers what is under way on the exchange lane.
    pub(crate) fn reply(&mut self, status: u16, body: &str) {
        self.reply_on(Lane::Exchange, status, body);
    }

    pub(crate) fn fail(&mut self, why: Failure) {
        self.hand(Event::Failed { lane: Lane::Exchange, why });
    }
}

pub(crate) fn channel(id: u64) -> ChannelId {
    ChannelId::new(id).unwrap()
}

pub(crate) fn key() -> ApiKey {
    "W4K2QZ81TTP0XN7B".parse().unwrap()
}

/// A feed with one entry, whose field 1 and 2 are these JSON values.
pub(crate) fn feed(id: u64, field1: &str, field2: &str) -> String {
    format!(
        r#"{{"channel":{{"id":1}},"feeds":[{{"created_at":"2026-11-25T12:00:03Z","entry_id":{id},"field1":{field1},"field2":{field2}}}]}}"#
    )
}

pub(crate) const EMPTY: &str = r#"{"channel":{"id":1,"last_entry_id":null},"feeds":[]}"#;
