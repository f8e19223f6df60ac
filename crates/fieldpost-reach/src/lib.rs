//! The way out of the house: web requests over http and https, and e-mail over SMTP.
//!
//! [`Reach`] is the [`Outside`] of a server. `guard.rs` says which addresses belong to private networks, `web.rs` looks a name up, asks the
//! guard about the very address that it then connects to, and talks; `mail.rs` writes letters. MQTT messages are published by whoever
//! is put into [`Reach::publish_by`]. Nothing here is stored, tried again or queued.

mod guard;
mod mail;
mod web;

use std::fmt;
use std::sync::OnceLock;

use fieldpost_engine::outside::{HttpAnswer, HttpCall, Mail, Outside, Soon, Trouble};

pub use guard::{Kind, kind};
pub use mail::{BadPost, Post};
pub use web::Web;

/// Publishes an MQTT message: whose devices hear it, topic, payload, retained or not.
pub type Publish =
    Box<dyn Fn(u64, String, Vec<u8>, bool) -> Soon<'static, Result<(), Trouble>> + Send + Sync>;

/// The way out of the house.
#[derive(Default)]
pub struct Reach {
    web: Web,
    post: Option<Post>,
    publish: OnceLock<Publish>,
}

impl Reach {
    /// Makes a way out for web requests, and for e-mail if there is a post office.
    pub fn new(web: Web, post: Option<Post>) -> Self {
        Self { web, post, publish: OnceLock::new() }
    }

    /// Says who publishes MQTT messages. Only the first one counts.
    pub fn publish_by(&self, publish: Publish) {
        let _ = self.publish.set(publish);
    }
}

impl Outside for Reach {
    fn http(&self, call: HttpCall) -> Soon<'_, Result<HttpAnswer, Trouble>> {
        Box::pin(self.web.call(call))
    }

    fn mail(&self, mail: Mail) -> Soon<'_, Result<(), Trouble>> {
        match &self.post {
            Some(post) => Box::pin(post.send(mail)),
            None => Box::pin(async {
                Err(Trouble::lasting(
                    "this server sends no e-mail: no mail server is set; who looks after it can do that with --smtp-url",
                ))
            }),
        }
    }

    fn publish(
        &self,
        user: u64,
        topic: String,
        payload: Vec<u8>,
        retain: bool,
    ) -> Soon<'_, Result<(), Trouble>> {
        match self.publish.get() {
            Some(publish) => publish(user, topic, payload, retain),
            None => Box::pin(async {
                Err(Trouble::lasting(
                    "MQTT is switched off on this server; who looks after it can do that with --mqtt-listen",
                ))
            }),
        }
    }

    fn can_mail(&self) -> bool {
        self.post.is_some()
    }
}

impl fmt::Debug for Reach {
    /// Leaves out where e-mail goes, which has a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reach").field("mail", &self.post.is_some()).finish_non_exhaustive()
    }
}
