//! Getting readings from the outbox onto the server: each of them, and each of them once.
//!
//! A reading leaves the outbox when the server is known to have it. When an answer was lost, the newest
//! entry of the channel tells whether the update arrived; and since a reading that is sent again
//! carries the same time again, a server can pass over what it has. No request is started here and no
//! time is kept: [`super::sensor`] does both.

use crate::clock::Clock;
use crate::node::{Failure, Reply};
use crate::outbox::{Kept, Outbox, Taken};
use crate::request::{What, Writer};
use core::fmt::Write;
use fieldpost_wire::small::{FieldText, Newest, Tenths};
use fieldpost_wire::{EntryId, FieldNo, Timestamp};

/// The outbox and what has been learned about sending from it.
#[derive(Clone, Debug)]
pub(super) struct Delivery<const N: usize> {
    pub(super) outbox: Outbox<N>,
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
    /// The newest entry of the channel before the next update, if that is known.
    last: Option<EntryId>,
}

/// What an answer says about the readings that were sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    /// They are on the server; a plain update's answer tells under which number.
    Stored(Option<EntryId>),
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
        match (reply.status, bulk) {
            (200 | 202, true) => Self::Stored(None),
            (200, false) => match entry_id(reply.body) {
                Some(id) if id > EntryId::new(0) => Self::Stored(Some(id)),
                // `0`; or somebody else's page: a hotel's login, a proxy's advertisement.
                _ => Self::NotNow,
            },
            (400, true) => Self::Bad,
            (404 | 405 | 501, true) => Self::NoRoute,
            (413, _) => Self::TooMany,
            (500.., _) => Self::Unknown,
            _ => Self::NotNow,
        }
    }
}

impl<const N: usize> Delivery<N> {
    /// How often readings may be called bad before they are given up.
    const PATIENCE: u8 = 3;

    pub(super) const fn new(outbox: Outbox<N>) -> Self {
        Self {
            outbox,
            in_doubt: false,
            in_bulk: false,
            limit: usize::MAX,
            no_bulk: false,
            rejected: 0,
            last: None,
        }
    }

    /// True if something waits to be sent.
    pub(super) fn is_wanted(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// True if the channel must be looked at before anything is sent: to find out whether the last
    /// attempt arrived, or what is there before an update that can't be dated.
    pub(super) fn must_look(&self, clock: &Clock) -> bool {
        self.in_doubt || (self.last.is_none() && !clock.is_set())
    }

    /// Chooses what to send next.
    pub(super) fn begin(&mut self, clock: &Clock) {
        self.outbox.send(clock, self.limit);
    }

    /// What is being sent.
    pub(super) fn update(&self, to: Writer) -> What<'_> {
        match self.outbox.under_way() {
            [one] if !self.in_bulk => What::Reading(to, one),
            batch => What::Readings(to, batch),
        }
    }

    /// Hears the answer to an update; false if there should be a pause before the next try.
    pub(super) fn answered(&mut self, reply: &Reply<'_>) -> bool {
        let bulk = self.in_bulk || self.outbox.under_way().len() != 1;
        match Verdict::of(reply, bulk) {
            Verdict::Stored(id) => {
                self.last = id;
                self.delivered();
                return true;
            }
            Verdict::NotNow => self.in_bulk = !self.no_bulk,
            Verdict::Unknown => {
                self.in_doubt = true;
                return false;
            }
            Verdict::TooMany => self.limit = (self.outbox.under_way().len() / 2).max(1),
            Verdict::NoRoute => (self.no_bulk, self.in_bulk, self.limit) = (true, false, 1),
            Verdict::Bad => {
                self.rejected += 1;
                if self.rejected >= Self::PATIENCE {
                    self.outbox.discard();
                    (self.in_bulk, self.rejected) = (false, 0);
                }
            }
        }
        self.outbox.returned();
        false
    }

    /// Hears that an update was not answered.
    pub(super) fn unanswered(&mut self, why: Failure) {
        if why.may_have_arrived() {
            self.in_doubt = true;
        } else {
            self.outbox.returned();
        }
    }

    /// Hears what the newest entry of the channel is, and settles the doubt; false if it could not.
    /// Who may not look must send again, and relies on the server to notice equal times.
    pub(super) fn looked(&mut self, reply: &Reply<'_>) -> bool {
        if reply.status >= 500 || reply.status == 429 {
            return false;
        }
        let newest = if reply.status == 200 { Newest::read(reply.body).ok() } else { None };
        let newest = newest.flatten();
        if core::mem::take(&mut self.in_doubt) {
            match (newest, self.outbox.under_way().last()) {
                (Some(newest), Some(last)) if self.became(last, &newest) => self.delivered(),
                _ => self.outbox.returned(),
            }
        }
        self.last = newest.and_then(|newest| newest.entry_id).or(Some(EntryId::new(0)));
        true
    }

    fn delivered(&mut self) {
        self.outbox.delivered();
        (self.in_bulk, self.rejected) = (false, 0);
    }

    /// True if an entry is what this reading became. One without a date is known by its values and by
    /// being newer than what was there before.
    fn became(&self, kept: &Kept, entry: &Newest<'_>) -> bool {
        let values = [kept.reading.temperature(), kept.reading.humidity()];
        let equal = FieldNo::ALL
            .iter()
            .zip(values)
            .all(|(field, value)| entry.field(*field).is_some_and(|text| is_value(text, value)));
        let is_it = match kept.taken {
            Taken::Instant(instant) => {
                entry.created_at.map(Timestamp::seconds) == Some(instant.seconds())
            }
            Taken::Uptime(_) => self.last.is_some() && entry.entry_id > self.last,
        };
        equal && is_it
    }
}

/// Reads the answer to a plain update: a number and nothing else.
pub(super) fn entry_id(body: &[u8]) -> Option<EntryId> {
    core::str::from_utf8(body).ok()?.trim().parse().ok()
}

fn is_value(text: FieldText<'_>, value: Tenths) -> bool {
    let mut printed = heapless::String::<16>::new();
    write!(printed, "{value}").is_ok() && text.is(&printed)
}
