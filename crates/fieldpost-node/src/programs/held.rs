//! Waiting for news instead of asking again and again: a question that the server holds back until
//! there is something newer.
//!
//! A server that does not know such questions answers them at once with what it has. That is noticed:
//! an early answer without news is followed by a pause of one interval, which is ordinary polling.

use crate::clock::Uptime;
use crate::node::Reply;
use crate::request::{Reader, What};
use crate::retry::Retry;
use core::time::Duration;
use fieldpost_wire::EntryId;
use fieldpost_wire::small::Newest;

/// How a node hears of news.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Told {
    /// It asks every round, as the tutorial's boards do. Every server understands that.
    #[default]
    Polling,
    /// It keeps a question open beside its other requests, and a press of the button is sent at once.
    /// For Fieldpost; with other servers it comes out as polling.
    Waiting,
}

/// A question that is held back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    told: Told,
    retry: Retry,
    after: EntryId,
    asked: Option<Uptime>,
    not_before: Uptime,
}

/// What an answer brought.
#[derive(Clone, Copy, Debug)]
pub(super) enum News<'a> {
    /// A newer entry.
    Entry(Newest<'a>),
    /// Nothing newer within the wait.
    Quiet,
    /// No answer that makes sense.
    None,
}

impl Held {
    /// How long the server may hold the question back.
    pub(super) const WAIT: Duration = Duration::from_secs(25);

    pub(super) const fn new(told: Told, seed: u64) -> Self {
        Self {
            told,
            // Not in step with the other lane's retries.
            retry: Retry::new(!seed),
            after: EntryId::new(0),
            asked: None,
            not_before: Uptime::from_millis(0),
        }
    }

    pub(super) const fn is_on(&self) -> bool {
        matches!(self.told, Told::Waiting)
    }

    /// Asks, if it is time to; true if so.
    pub(super) fn begin(&mut self, now: Uptime) -> bool {
        let due = self.ask_at().is_some_and(|at| at <= now);
        if due {
            self.asked = Some(now);
        }
        due
    }

    /// When to ask next; `None` while a question is open.
    pub(super) fn ask_at(&self) -> Option<Uptime> {
        (self.is_on() && self.asked.is_none()).then(|| self.not_before.max(self.retry.not_before()))
    }

    /// The open question.
    pub(super) fn question(&self, from: Reader) -> Option<What<'static>> {
        self.asked.map(|_| What::Held { from, after: self.after, wait: Self::WAIT })
    }

    /// Hears the answer.
    pub(super) fn answered<'a>(
        &mut self,
        now: Uptime,
        interval: Duration,
        reply: &Reply<'a>,
    ) -> News<'a> {
        let asked = self.asked.take().unwrap_or(now);
        let newest = if reply.status == 200 { Newest::read(reply.body).ok() } else { None };
        let Some(newest) = newest else {
            self.retry.failure(now);
            return News::None;
        };
        self.retry.success();
        if let Some(newest) = newest
            && let Some(id) = newest.entry_id.filter(|id| *id > self.after)
        {
            self.after = id;
            return News::Entry(newest);
        }
        if now.since(asked) < Self::WAIT / 2 {
            self.not_before = now.after(interval);
        }
        News::Quiet
    }

    /// Hears that there was no answer.
    pub(super) fn unanswered(&mut self, now: Uptime) {
        self.asked = None;
        self.retry.failure(now);
    }

    /// Asks again without a pause: the network is back.
    pub(super) fn revive(&mut self) {
        self.retry.success();
        self.not_before = Uptime::default();
    }

    /// Learns otherwise which entry is the newest. A lower number than before means that the channel
    /// was emptied and counts from 1 again. A higher one says nothing about the field that is watched.
    pub(super) fn learn(&mut self, newest: Option<EntryId>) {
        self.after = self.after.min(newest.unwrap_or(EntryId::new(0)));
    }
}
