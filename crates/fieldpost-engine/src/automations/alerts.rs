//! Alerts: e-mails to the owner of an account that programs ask for with a key of its own.

use fieldpost_store::User;
use fieldpost_store::automations::Alert;
use fieldpost_wire::ApiKey;

use super::check;
use crate::accounts::random::key;
use crate::engine::Engine;
use crate::outside::Mail;
use crate::refusal::Refusal;

/// What is said where e-mail is wanted and not set up.
pub(super) const NO_MAIL: &str =
    "this server sends no e-mail yet; start it with --smtp-url and --smtp-from";
/// The longest subject, in characters.
const SUBJECT_MAX: usize = 60;
/// The longest body, in characters.
const BODY_MAX: usize = 500;
/// How long alerts are remembered, in milliseconds: 7 days.
const KEPT_MS: i64 = 7 * 86_400_000;
/// The time in which only so many alerts are sent, in milliseconds.
const WINDOW_MS: i64 = 1_800_000;
/// How an alert stands in the history that was sent.
const SENT: &str = "sent";

impl Engine {
    /// Tells a user's key for alerts; makes one if there is none yet.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn alert_key(&self, user: &User) -> Result<ApiKey, Refusal> {
        let id = user.id;
        match self.on_store(move |store| store.alert_key(id)).await? {
            Some(key) => Ok(key),
            None => self.new_alert_key(user).await,
        }
    }

    /// Gives a user a new key for alerts; the old one ends at once.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store fails.
    pub async fn new_alert_key(&self, user: &User) -> Result<ApiKey, Refusal> {
        let user = user.id;
        let key = key().map_err(|error| {
            tracing::error!(%error, "no randomness");
            Refusal::Failed
        })?;
        self.on_store(move |store| store.set_alert_key(user, key)).await?;
        Ok(key)
    }

    /// Lists a user's alerts of the last 7 days, newest first.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn alerts(&self, user: &User) -> Result<Vec<Alert>, Refusal> {
        let (user, oldest) = (user.id, self.now().plus_millis(-KEPT_MS));
        let mut all = self.on_store(move |store| store.alerts(user)).await?;
        all.retain(|alert| alert.requested_at >= oldest);
        Ok(all)
    }

    /// Finds the user whom a key for alerts belongs to.
    ///
    /// # Errors
    /// [`Refusal::KeyMissing`] or [`Refusal::AppKeyUnknown`].
    pub async fn user_of_alert_key(&self, key: Option<&str>) -> Result<User, Refusal> {
        let unknown = Refusal::AppKeyUnknown("user's alerts");
        let key = key.map(str::trim).filter(|key| !key.is_empty()).ok_or(Refusal::KeyMissing)?;
        let key: ApiKey = key.parse().map_err(|_| unknown.clone())?;
        self.on_store(move |store| store.user_of_alert_key(&key)).await?.ok_or(unknown)
    }

    /// Sends an alert to the owner of a key.
    ///
    /// # Errors
    /// As [`Engine::user_of_alert_key`]; [`Refusal::BadValue`] for texts that can't be; [`Refusal::TooMany`] if too many were sent lately;
    /// [`Refusal::Outside`] if the e-mail could not be sent.
    pub async fn send_alert(
        &self,
        key: Option<&str>,
        subject: &str,
        body: &str,
    ) -> Result<Alert, Refusal> {
        let user = self.user_of_alert_key(key).await?;
        let bad = |why: String| Err(Refusal::BadValue(why));
        let (subject, body) = (subject.trim(), body.trim());
        if body.is_empty() || body.chars().count() > BODY_MAX {
            return bad(format!("an alert has a body of 1 to {BODY_MAX} characters"));
        }
        if subject.chars().count() > SUBJECT_MAX || subject.chars().any(char::is_control) {
            return bad(format!("a subject is one line of at most {SUBJECT_MAX} characters"));
        }
        let subject = if subject.is_empty() { "Alert" } else { subject };
        let Some(to) = user.email.clone().filter(|to| check::mail_address(to).is_ok()) else {
            return bad("this account has no e-mail address; enter one in its settings".into());
        };
        if !self.outside().can_mail() {
            return Err(Refusal::Outside(NO_MAIL.into()));
        }
        let now = self.now();
        let lately = |alert: &&Alert| {
            alert.status == SENT && now.millis() - alert.requested_at.millis() < WINDOW_MS
        };
        let all = self.alerts(&user).await?;
        let sent: Vec<&Alert> = all.iter().filter(lately).collect();
        let most = self.limits().alerts_max;
        if let Some(oldest) = most.checked_sub(1).and_then(|place| sent.get(place)) {
            let passed = now.millis() - oldest.requested_at.millis();
            let wait_ms = u64::try_from(WINDOW_MS - passed).unwrap_or(1);
            return Err(Refusal::TooMany { wait_ms });
        }
        let mail = Mail { to, subject: subject.into(), body: body.into() };
        let trouble = self.outside().mail(mail).await.err();
        let status = trouble.as_ref().map_or(SENT.into(), |trouble| format!("failed: {trouble}"));
        let alert = Alert { requested_at: now, subject: subject.into(), status };
        let (noted, oldest) = (alert.clone(), now.plus_millis(-KEPT_MS));
        self.on_store(move |store| store.note_alert(user.id, noted, oldest)).await?;
        match trouble {
            Some(trouble) => Err(Refusal::Outside(trouble.says)),
            None => Ok(alert),
        }
    }
}
