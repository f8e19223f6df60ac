//! Sessions: browsers that are signed in. The store keeps only a digest of what the browser shows.

use fieldpost_store::{NewSession, Session, User};
use fieldpost_wire::Timestamp;

use super::failed;
use super::random::{digest, token};
use crate::engine::Engine;
use crate::refusal::Refusal;

/// How long a session lasts after it was last seen, in milliseconds.
pub const LASTS_MS: i64 = 30 * 24 * 3_600_000;
/// How exactly it is noted when a session was seen, in milliseconds, so that looking at a page does not write to the disk each time.
const SEEN_TO: i64 = 5 * 60_000;
/// How many sessions a user may have; the one that was not seen for longest goes.
const MOST: usize = 100;
/// How much is kept of what a browser says it is, in characters.
const AGENT_MAX: usize = 200;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// By which session.
    pub session: Session,
    /// The session was just noted as seen, and lasts anew: the browser should hear of it.
    pub renewed: bool,
}

impl Engine {
    /// Begins a session, and gives the token that the browser shows from then on.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store fails.
    pub async fn begin_session(&self, user: &User, agent: &str) -> Result<String, Refusal> {
        let agent = agent.chars().filter(|c| !c.is_control()).take(AGENT_MAX).collect();
        let token = token().map_err(failed)?;
        let now = self.now();
        let new = NewSession { user: user.id, token: digest(&token), agent, now };
        let user = user.id;
        self.on_store(move |store| {
            store.end_old_sessions(oldest(now))?;
            store.begin_session(new)?;
            let mut all = store.sessions(user)?;
            all.sort_by_key(|session| (session.seen_at, session.id));
            let surplus = all.len().saturating_sub(MOST);
            all[..surplus].iter().try_for_each(|session| store.end_session(user, session.id))
        })
        .await?;
        Ok(token)
    }

    /// Finds who shows this token; `None` if its session has ended. Being seen makes a session last.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store fails.
    pub async fn signed_in(&self, token: &str) -> Result<Option<SignedIn>, Refusal> {
        let (token, now) = (digest(token), self.now());
        self.on_store(move |store| {
            let Some((session, user)) = store.session(&token)? else { return Ok(None) };
            if session.seen_at < oldest(now) {
                return Ok(None);
            }
            let renewed = now.millis() - session.seen_at.millis() >= SEEN_TO;
            if renewed {
                store.see_session(session.id, now)?;
            }
            Ok(Some(SignedIn { user, session, renewed }))
        })
        .await
    }

    /// Lists a user's sessions, the one seen last first.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store fails.
    pub async fn sessions(&self, user: &User) -> Result<Vec<Session>, Refusal> {
        let (user, oldest) = (user.id, oldest(self.now()));
        let mut all = self.on_store(move |store| store.sessions(user)).await?;
        all.retain(|session| session.seen_at >= oldest);
        all.sort_by_key(|session| std::cmp::Reverse((session.seen_at, session.id)));
        Ok(all)
    }

    /// Ends one session of a user.
    ///
    /// # Errors
    /// [`Refusal::Gone`] if there is no such session.
    pub async fn end_session(&self, user: &User, id: u64) -> Result<(), Refusal> {
        let user = user.id;
        self.on_store(move |store| store.end_session(user, id)).await.map_err(super::gone)
    }
}

/// Sessions that were last seen before this have ended.
fn oldest(now: Timestamp) -> Timestamp {
    now.plus_millis(-LASTS_MS)
}
