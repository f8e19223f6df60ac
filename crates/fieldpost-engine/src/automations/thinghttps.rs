//! ThingHTTP: requests that are kept ready and sent when their key is used.

use fieldpost_store::User;
use fieldpost_store::automations::{HttpSettings, NewThingHttp, ThingHttp};
use fieldpost_wire::ApiKey;

use super::actions::texts_of;
use super::extract::extract;
use super::placeholders::Words;
use super::{TOO_MANY, check, gone};
use crate::accounts::random::key;
use crate::engine::Engine;
use crate::outside::Trouble;
use crate::refusal::Refusal;

/// How many requests a user may keep.
const MOST: usize = 100;
/// How many may be under way at once.
pub(super) const AT_ONCE: usize = 32;
/// The most time that one may take, in milliseconds.
const TIMEOUT_MS: u64 = 10_000;
/// How much of an answer is given back, in bytes.
const BODY_MAX: usize = 256 * 1024;
/// The longest parse string, in characters.
const PARSE_MAX: usize = 255;

/// What the other side answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Heard {
    /// Its status.
    pub status: u16,
    /// Its body, or the part that was asked for.
    pub body: String,
}

impl Engine {
    /// Lists a user's requests.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn thinghttps(&self, user: &User) -> Result<Vec<ThingHttp>, Refusal> {
        let user = user.id;
        self.on_store(move |store| store.thinghttps(user)).await
    }

    /// Finds one of a user's requests.
    ///
    /// # Errors
    /// [`Refusal::Gone`].
    pub async fn thinghttp(&self, user: &User, id: u64) -> Result<ThingHttp, Refusal> {
        let own = self.thinghttps(user).await?;
        own.into_iter().find(|thinghttp| thinghttp.id == id).ok_or(Refusal::Gone)
    }

    /// Keeps a request, with a key of its own.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] and [`Refusal::Forbidden`] for what can't be, [`Refusal::InUse`] if the user has as many as there may be.
    pub async fn create_thinghttp(
        &self,
        user: &User,
        settings: HttpSettings,
    ) -> Result<ThingHttp, Refusal> {
        let settings = self.check_http(user, settings, None)?;
        let api_key = key().map_err(|error| {
            tracing::error!(%error, "no randomness");
            Refusal::Failed
        })?;
        let (user, now) = (user.id, self.now());
        let made = self.on_store(move |store| {
            let full = store.thinghttps(user)?.len() >= MOST;
            let new = NewThingHttp { user, api_key, settings, now };
            if full { Ok(None) } else { store.create_thinghttp(new).map(Some) }
        });
        made.await?.ok_or_else(|| {
            Refusal::InUse(format!("a user can have {MOST} ThingHTTP requests; delete one first"))
        })
    }

    /// Changes a request; its key stays.
    ///
    /// # Errors
    /// As [`Engine::create_thinghttp`], and [`Refusal::Gone`] if it is not this user's.
    pub async fn change_thinghttp(
        &self,
        user: &User,
        id: u64,
        settings: HttpSettings,
    ) -> Result<ThingHttp, Refusal> {
        let before = self.thinghttp(user, id).await?;
        let settings = self.check_http(user, settings, Some(&before.settings))?;
        let user = user.id;
        self.on_store(move |store| store.set_thinghttp(user, id, settings)).await.map_err(gone)
    }

    /// Deletes a request.
    ///
    /// # Errors
    /// [`Refusal::Gone`] if it is not this user's.
    pub async fn delete_thinghttp(&self, user: &User, id: u64) -> Result<(), Refusal> {
        let user = user.id;
        self.on_store(move |store| store.delete_thinghttp(user, id)).await.map_err(gone)
    }

    /// Sends the request that a key belongs to, with values in the place of words.
    ///
    /// # Errors
    /// [`Refusal::KeyMissing`] or [`Refusal::AppKeyUnknown`]; [`Refusal::TooMany`] if too many are under way; [`Refusal::Outside`] if no answer came.
    pub async fn send_thinghttp(
        &self,
        key: Option<&str>,
        words: Vec<(String, String)>,
    ) -> Result<Heard, Refusal> {
        let unknown = Refusal::AppKeyUnknown("ThingHTTP request");
        let key = key.map(str::trim).filter(|key| !key.is_empty()).ok_or(Refusal::KeyMissing)?;
        let key: ApiKey = key.parse().map_err(|_| unknown.clone())?;
        let found = self.on_store(move |store| store.thinghttp_of_key(&key)).await?;
        let thinghttp = found.ok_or(unknown)?;
        let user = self.user_of_id(thinghttp.user).await?.ok_or(Refusal::Failed)?;
        self.send(&user, &thinghttp, words.into_iter().collect()).await
    }

    /// Sends one of a user's requests, to see what comes back.
    ///
    /// # Errors
    /// As [`Engine::send_thinghttp`], and [`Refusal::Gone`] if it is not this user's.
    pub async fn test_thinghttp(&self, user: &User, id: u64) -> Result<Heard, Refusal> {
        let thinghttp = self.thinghttp(user, id).await?;
        self.send(user, &thinghttp, Words::new()).await
    }

    async fn send(
        &self,
        user: &User,
        thinghttp: &ThingHttp,
        mut words: Words,
    ) -> Result<Heard, Refusal> {
        let _turn = self.shared().calls.try_acquire().map_err(|_| TOO_MANY)?;
        let call = &thinghttp.settings.call;
        words.append(&mut self.field_words(user, &texts_of(call)).await.map_err(outside)?);
        let answer = self.call(user, call, &words, TIMEOUT_MS, BODY_MAX).await.map_err(outside)?;
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let body = match thinghttp.settings.parse.as_deref().filter(|parse| !parse.is_empty()) {
            Some(parse) => extract(&body, parse).map_err(Refusal::Outside)?,
            None => body,
        };
        Ok(Heard { status: answer.status, body })
    }

    fn check_http(
        &self,
        user: &User,
        mut settings: HttpSettings,
        before: Option<&HttpSettings>,
    ) -> Result<HttpSettings, Refusal> {
        settings.name = check::name(&settings.name)?;
        settings.call.unmask(before.map(|before| &before.call));
        check::call(&settings.call, check::may_private(user, self.limits().private_targets))?;
        settings.parse = settings.parse.filter(|parse| !parse.trim().is_empty());
        if settings.parse.as_ref().is_some_and(|parse| parse.chars().count() > PARSE_MAX) {
            return Err(Refusal::BadValue(format!(
                "the part to give back has at most {PARSE_MAX} characters"
            )));
        }
        Ok(settings)
    }
}

fn outside(trouble: Trouble) -> Refusal {
    Refusal::Outside(trouble.says)
}
