//! The door of a node: what may happen to it and what it may ask for.
//!
//! The two programs behind it are in `programs/`; nothing here decides anything.

use crate::clock::Uptime;
use crate::reading::{Reading, SensorFault};
use crate::request::Request;
use crate::screen::Screen;
use fieldpost_wire::Timestamp;

/// A program on a board.
pub trait Node {
    /// Tells the node what happened; gives what is to be done next, if anything. Poll again with
    /// [`Event::Tick`] until this is `None`.
    fn poll(&mut self, now: Uptime, event: Event<'_>) -> Option<Action>;

    /// When the node must be polled again even if nothing happens: the latest moment for a watchdog.
    fn poll_at(&self) -> Uptime;

    /// What is to be sent on a lane; `None` while nothing is under way there.
    fn request(&self, lane: Lane) -> Option<Request<'_>>;
}

/// Something that happened to a board.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// Nothing but the passing of time.
    Tick,
    /// The network was joined (true) or lost (false). A node starts out without one.
    Network(bool),
    /// The present time became known, from a time server or a battery-backed clock.
    Clock(Timestamp),
    /// The request on a lane was answered.
    Reply {
        /// The lane of the request.
        lane: Lane,
        /// The answer.
        reply: Reply<'a>,
    },
    /// The request on a lane was not answered.
    Failed {
        /// The lane of the request.
        lane: Lane,
        /// What went wrong.
        why: Failure,
    },
    /// The sensor was read, or could not be.
    Measured(Result<Reading, SensorFault>),
    /// The level of the button changed, bouncing as buttons do.
    Button {
        /// True if it is now held down.
        pressed: bool,
    },
}

/// Something that a node wants done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// Send what [`Node::request`] says for this lane.
    Request(Lane),
    /// Switch a light.
    SetLed {
        /// Which light.
        led: Led,
        /// On or off.
        on: bool,
    },
    /// Read the sensor.
    Measure,
    /// Draw this.
    Show(Screen),
}

/// Requests on different lanes may be under way at the same time; on one lane there is one at most.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Lane {
    /// Questions that are answered at once.
    Exchange,
    /// A question whose answer the server may hold back until there is news.
    Held,
}

/// The lights of a board.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Led {
    /// Shows that the program is alive: changes with every round.
    Heartbeat,
    /// The light that somebody far away switches.
    Remote,
}

/// What a server answered.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The instant in the `Date` header, if there was one: see [`crate::clock::http_date`].
    pub date: Option<Timestamp>,
    /// The whole body, or as much of it as the shell had room for.
    pub body: &'a [u8],
}

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Failure {
    /// Nothing was sent: no network, no such host, connection refused.
    Unreachable,
    /// It was sent, at least in part, and then there was silence for too long.
    Silent,
    /// It was sent, at least in part, and the connection broke or spoke something else than HTTP.
    Broken,
}

impl Failure {
    /// True if the server may have carried out the request nevertheless.
    pub const fn may_have_arrived(self) -> bool {
        !matches!(self, Self::Unreachable)
    }
}

impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "the server could not be reached",
            Self::Silent => "the server did not answer in time",
            Self::Broken => "the connection broke",
        })
    }
}

impl core::error::Error for Failure {}
