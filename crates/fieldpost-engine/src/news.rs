//! What becomes of things that belong to people, told to those whom it concerns: commands, runs, devices, relays.
//!
//! A bounded ring for each listener: who falls behind is told so and reads again what it shows. Nothing here is kept.

use std::sync::Arc;

use fieldpost_store::automations::Run;
use fieldpost_store::relays::Relay;
use fieldpost_store::talkbacks::Command;
use fieldpost_store::{Role, User};
use fieldpost_wire::ChannelId;
use tokio::sync::broadcast;

use crate::engine::Engine;
use crate::refusal::Refusal;

/// How much news a listener may be behind.
const RING: usize = 1_024;

/// Something new about what belongs to somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// The number of the user whose it is.
    pub user: u64,
    /// The channel that it belongs to, whose editors hear of it too.
    pub channel: Option<ChannelId>,
    /// What is new.
    pub what: Novelty,
}

/// What can be new, each as it is now.
#[derive(Clone, Debug, PartialEq)]
pub enum Novelty {
    /// A command was added, handed out, acknowledged, or has expired.
    Command(Command),
    /// A device came, went, or said something; its client id.
    Device(Arc<str>),
    /// An automation acted, or how that went is known.
    Run(Run),
    /// Commands were taken out of a queue: what is shown of it must be read again.
    CommandsGone {
        /// The TalkBack.
        talkback: u64,
    },
    /// A relay got on, or is in trouble.
    Relay(Relay),
}

impl Novelty {
    /// What somebody must at least be to its channel to hear of it.
    pub const fn is_for(&self) -> Role {
        match self {
            Self::Command(_) | Self::CommandsGone { .. } => Role::Viewer,
            Self::Device(_) => Role::Owner,
            Self::Run(_) => Role::Owner,
            Self::Relay(_) => Role::Editor,
        }
    }
}

/// Where news comes through.
pub(crate) struct Newsroom(broadcast::Sender<Arc<News>>);

impl Default for Newsroom {
    fn default() -> Self {
        Self(broadcast::channel(RING).0)
    }
}

impl Engine {
    /// Listens to the news of all users. Who falls behind by more than 1,024 is told so.
    pub fn news(&self) -> broadcast::Receiver<Arc<News>> {
        self.newsroom().0.subscribe()
    }

    /// True if anybody listens to the news.
    pub(crate) fn has_readers(&self) -> bool {
        self.newsroom().0.receiver_count() > 0
    }

    /// Tells those who listen.
    pub fn tell(&self, news: News) {
        // An error means that nobody listens, which is fine.
        let _ = self.newsroom().0.send(Arc::new(news));
    }

    /// Tells what a user is to a channel; `None` also if there is no such channel.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn role_of(&self, user: &User, channel: ChannelId) -> Result<Option<Role>, Refusal> {
        match self.channel(channel).await {
            Ok(channel) => self.role(user, &channel).await,
            Err(Refusal::NoChannel) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}
