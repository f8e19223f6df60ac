//! What goes out of the house: requests to addresses in the web, e-mail, MQTT messages. The engine says what, others know how.
//!
//! Whoever calls must have checked that it may be asked for; whoever answers guards private networks and keeps to the bounds.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use crate::engine::Engine;

/// An answer that takes its time.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The way out. It never panics and answers within the time that a call names.
pub trait Outside: Send + Sync {
    /// Asks an address in the web. Any answer is one, whatever its status; redirects are not followed.
    fn http(&self, call: HttpCall) -> Soon<'_, Result<HttpAnswer, Trouble>>;

    /// Sends an e-mail.
    fn mail(&self, mail: Mail) -> Soon<'_, Result<(), Trouble>>;

    /// Publishes on an MQTT topic in the name of a user, to those of the user's devices that hear it.
    fn publish(
        &self,
        user: u64,
        topic: String,
        payload: Vec<u8>,
        retain: bool,
    ) -> Soon<'_, Result<(), Trouble>>;

    /// Whether e-mail is set up.
    fn can_mail(&self) -> bool;
}

/// A request to an address in the web.
#[derive(Clone, PartialEq)]
pub struct HttpCall {
    /// The method, in capital letters.
    pub method: String,
    /// The address: `http://` or `https://`.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// Name and password for basic authentication.
    pub user_password: Option<(String, String)>,
    /// The most time that all of it may take, in milliseconds.
    pub timeout_ms: u64,
    /// Whether the address may lead into a private network.
    pub private_ok: bool,
    /// How much of the answer's body is read, in bytes; the rest is left.
    pub max_body: usize,
}

impl fmt::Debug for HttpCall {
    /// Leaves out what may hold a secret, which is nearly all of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpCall").field("method", &self.method).finish_non_exhaustive()
    }
}

/// What an address in the web answered.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpAnswer {
    /// The status, such as 200.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
}

/// An e-mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// Whom to.
    pub to: String,
    /// What it is about: one line.
    pub subject: String,
    /// What it says.
    pub body: String,
}

/// Why something did not get out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trouble {
    /// What went wrong, in words: the cause, and what helps. Without secrets.
    pub says: String,
    /// Whether it may go well another time.
    pub again: bool,
    /// The address leads into a private network and nobody agreed to that.
    pub private: bool,
}

impl Trouble {
    /// Trouble that may pass.
    pub fn passing(says: impl Into<String>) -> Self {
        Self { says: says.into(), again: true, private: false }
    }

    /// Trouble that stays until somebody changes something.
    pub fn lasting(says: impl Into<String>) -> Self {
        Self { says: says.into(), again: false, private: false }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}

impl std::error::Error for Trouble {}

/// The way out, once somebody has opened one.
#[derive(Default)]
pub(crate) struct WayOut(OnceLock<Arc<dyn Outside>>);

impl Engine {
    /// Opens the way out, once; until then nothing gets out.
    pub fn open_outside(&self, outside: Arc<dyn Outside>) {
        let _ = self.way_out().0.set(outside); // a second one is not needed
    }

    /// The way out.
    pub fn outside(&self) -> &dyn Outside {
        self.way_out().0.get().map_or(&Closed, |outside| &**outside)
    }
}

/// No way out.
struct Closed;

impl Outside for Closed {
    fn http(&self, _: HttpCall) -> Soon<'_, Result<HttpAnswer, Trouble>> {
        closed()
    }

    fn mail(&self, _: Mail) -> Soon<'_, Result<(), Trouble>> {
        closed()
    }

    fn publish(&self, _: u64, _: String, _: Vec<u8>, _: bool) -> Soon<'_, Result<(), Trouble>> {
        closed()
    }

    fn can_mail(&self) -> bool {
        false
    }
}

fn closed<T: Send + 'static>() -> Soon<'static, Result<T, Trouble>> {
    Box::pin(async { Err(Trouble::lasting("nothing leaves this server")) })
}
