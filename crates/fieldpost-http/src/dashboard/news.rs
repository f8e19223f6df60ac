//! News of what belongs to whoever asks: commands, runs, devices, relays, as events of the live stream.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::Event;
use fieldpost_engine::news::{News, Novelty};
use fieldpost_engine::{Engine, Refusal};
use fieldpost_store::{Role, User};
use fieldpost_wire::ChannelId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::{Asked, automations, devices, relays, talkbacks};

/// For how long it is believed what somebody is to a channel, so that much news does not ask the store each time.
const BELIEVED: Duration = Duration::from_secs(2);
/// Of how many channels that is remembered.
const CHANNELS_MAX: usize = 1_000;

/// The event that says that news was missed, after which a page reads again what it shows.
const MISSED: &str = "missed";

/// Somebody who is signed in and hears the news that concern them.
pub(super) struct Reader {
    engine: Engine,
    user: User,
    ring: Receiver<Arc<News>>,
    /// News of which it is not yet known whether they are for the reader: kept, so that giving up waiting loses nothing.
    waiting: Option<Arc<News>>,
    roles: HashMap<ChannelId, (Instant, Option<Role>)>,
}

/// What a reader hears.
#[derive(Debug, PartialEq)]
enum Heard {
    News(Arc<News>),
    /// Some did not come through.
    Missed,
}

impl Reader {
    /// Begins to listen, if the address asks for news.
    ///
    /// # Errors
    /// [`Refusal::SignIn`] if nobody is signed in.
    pub(super) fn join(engine: &Engine, asked: &Asked) -> Result<Option<Self>, Refusal> {
        if asked.params.get("news") != Some("1") {
            return Ok(None);
        }
        Ok(Some(Self::of(engine.clone(), asked.user()?.clone())))
    }

    fn of(engine: Engine, user: User) -> Self {
        let ring = engine.news();
        Self { engine, user, ring, waiting: None, roles: HashMap::new() }
    }

    /// The next event; `None` if there will be none.
    pub(super) async fn next(&mut self) -> Option<Event> {
        loop {
            match self.hear().await? {
                Heard::Missed => return Some(Event::default().event(MISSED).data("{}")),
                Heard::News(news) => {
                    if let Some(event) = self.event(&news.what).await {
                        return Some(event);
                    }
                }
            }
        }
    }

    /// The next news that concern the reader. Giving up waiting loses nothing.
    async fn hear(&mut self) -> Option<Heard> {
        loop {
            let news = match &self.waiting {
                Some(news) => Arc::clone(news),
                None => match self.ring.recv().await {
                    Ok(news) => Arc::clone(self.waiting.insert(news)),
                    Err(RecvError::Lagged(_)) => return Some(Heard::Missed),
                    Err(RecvError::Closed) => return None,
                },
            };
            let mine = self.concerns(&news).await;
            self.waiting = None;
            if mine {
                return Some(Heard::News(news));
            }
        }
    }

    async fn concerns(&mut self, news: &News) -> bool {
        if news.user == self.user.id {
            return true;
        }
        let Some(channel) = news.channel else { return false };
        let now = Instant::now();
        let known = self.roles.get(&channel).filter(|(since, _)| now - *since < BELIEVED);
        let role = match known {
            Some((_, role)) => *role,
            None => {
                // What could not be found out is not told.
                let role = self.engine.role_of(&self.user, channel).await.unwrap_or_default();
                if self.roles.len() >= CHANNELS_MAX {
                    self.roles.clear();
                }
                self.roles.insert(channel, (now, role));
                role
            }
        };
        role >= Some(news.what.is_for())
    }

    /// What is new as an event: its name, and the object as the API shows it; `None` if that is gone.
    async fn event(&self, what: &Novelty) -> Option<Event> {
        let (name, data) = match what {
            Novelty::Command(command) => {
                ("command", serde_json::to_string(&talkbacks::view(command)))
            }
            Novelty::Run(run) => {
                ("run", serde_json::to_string(&automations::run_view(run.clone())))
            }
            Novelty::CommandsGone { .. } => (MISSED, Ok("{}".into())),
            Novelty::Relay(relay) => ("relay", serde_json::to_string(&relays::view(relay))),
            Novelty::Device(client_id) => {
                let device = self.engine.own_device(&self.user, client_id).await.ok()?;
                ("device", serde_json::to_string(&devices::view(&self.engine, &device)))
            }
        };
        Some(Event::default().event(name).data(data.ok()?))
    }
}

#[cfg(test)]
mod tests {
    use fieldpost_engine::Limits;
    use fieldpost_engine::accounts::Chosen;
    use fieldpost_store::memory::MemoryStore;
    use fieldpost_store::talkbacks::{Command, CommandState};
    use fieldpost_wire::Timestamp;
    use fieldpost_wire::channel::About;

    use super::*;

    fn command(id: u64) -> Novelty {
        Novelty::Command(Command {
            id,
            talkback: 1,
            text: "ON".into(),
            position: Some(1),
            state: CommandState::Queued,
            created_at: Timestamp::default(),
            delivered_at: None,
            acknowledged_at: None,
            expires_at: None,
        })
    }

    #[tokio::test]
    async fn news_goes_to_whose_it_is_and_to_whom_the_channel_is_shared_with() {
        let clock = Arc::new(|| Timestamp::from_millis(1_780_000_000_000));
        let (engine, _running) =
            Engine::start(Arc::new(MemoryStore::new()), Limits::default(), clock).unwrap();
        let ada = engine.create_user("ada", None, false).await.unwrap();
        let bob = engine.create_user("bob", None, false).await.unwrap();
        let eve = engine.create_user("eve", None, true).await.unwrap();
        let about = About { public: true, ..About::new_channel() };
        let channel = engine.create_channel(&ada, about, Chosen::default()).await.unwrap().id;
        let access = engine.own(&ada, channel).await.unwrap();
        engine.share(&access, "bob", Role::Viewer).await.unwrap();
        let [mut own, mut shared, mut others] =
            [&ada, &bob, &eve].map(|user| Reader::of(engine.clone(), user.clone()));

        let news = |id, channel| News { user: ada.id, channel, what: command(id) };
        engine.tell(news(1, None));
        engine.tell(news(2, Some(channel)));
        engine.tell(News { user: eve.id, channel: None, what: command(3) });
        let heard = |news: News| Some(Heard::News(Arc::new(news)));
        assert_eq!(own.hear().await, heard(news(1, None)));
        assert_eq!(own.hear().await, heard(news(2, Some(channel))));
        assert_eq!(shared.hear().await, heard(news(2, Some(channel))));
        let eves = News { user: eve.id, channel: None, what: command(3) };
        assert_eq!(others.hear().await, heard(eves), "a public channel's news is not public");
    }

    #[tokio::test]
    async fn who_falls_behind_is_told_so_and_goes_on() {
        let clock = Arc::new(|| Timestamp::from_millis(1_780_000_000_000));
        let (engine, _running) =
            Engine::start(Arc::new(MemoryStore::new()), Limits::default(), clock).unwrap();
        let ada = engine.create_user("ada", None, false).await.unwrap();
        let mut reader = Reader::of(engine.clone(), ada.clone());
        let news = |id| News { user: ada.id, channel: None, what: command(id) };
        (0..2_000).for_each(|id| engine.tell(news(id)));
        assert_eq!(reader.hear().await, Some(Heard::Missed));
        assert!(matches!(reader.hear().await, Some(Heard::News(_))));
    }
}
