//! The first user: whoever holds the token that the server printed when it started, for half an hour.

use std::net::IpAddr;

use fieldpost_store::{NewUser, Store, StoreError, Taken, User};
use fieldpost_wire::Timestamp;

use super::random::{CLEAR, clear_token, key, same};
use super::{failed, lock, zone_name};
use crate::engine::Engine;
use crate::refusal::Refusal;

/// How long a token is good, in milliseconds.
const LASTS: i64 = 30 * 60_000;
/// How many wrong tokens are heard before the right one is worth nothing.
const TRIES: u32 = 1_000;
/// How many characters a token has, in two groups.
const LENGTH: usize = 8;
/// Under this name tries are throttled, which no user can have.
const NAME: &str = "(set-up)";

/// A token that was made.
pub(crate) struct Setup {
    token: String,
    until: Timestamp,
    tries: u32,
}

/// The first user, as chosen by whoever holds the token.
pub struct FirstUser {
    /// The token, as it was typed.
    pub token: String,
    /// The name to sign in with.
    pub login: String,
    /// The password.
    pub password: String,
    /// The zone in which times are shown.
    pub timezone: Option<String>,
}

impl Engine {
    /// True if somebody can sign in.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn is_set_up(&self) -> Result<bool, Refusal> {
        self.on_store(somebody_signs_in).await
    }

    /// Makes a token with which the first user can be made, good for half an hour, such as `7KQ2-9XMD`; an earlier one is worth
    /// nothing from then on. `None` if somebody can sign in.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn setup_token(&self) -> Result<Option<String>, Refusal> {
        if self.is_set_up().await? {
            return Ok(None);
        }
        let token = clear_token(LENGTH).map_err(failed)?;
        let shown = format!("{}-{}", &token[..LENGTH / 2], &token[LENGTH / 2..]);
        let until = self.now().plus_millis(LASTS);
        *lock(&self.accounts().setup) = Some(Setup { token, until, tries: 0 });
        Ok(Some(shown))
    }

    /// Makes the first user, who may manage all others. A user of that name without a password gets this one.
    ///
    /// # Errors
    /// [`Refusal::SetupOver`] if somebody can sign in or the token's time is over, [`Refusal::SetupToken`] if it is wrong,
    /// [`Refusal::TooMany`] after many wrong ones.
    pub async fn set_up(&self, first: FirstUser, peer: IpAddr) -> Result<User, Refusal> {
        if self.is_set_up().await? {
            return Err(Refusal::SetupOver);
        }
        let now = self.now();
        lock(&self.accounts().throttle)
            .admit(&format!("{NAME}{peer}"), peer, now)
            .map_err(|wait_ms| Refusal::TooMany { wait_ms })?;
        self.check_token(&first.token, now)?;
        lock(&self.accounts().throttle).succeeded(&format!("{NAME}{peer}"), peer);
        let login = super::users::check_login(&first.login)?;
        let timezone = zone_name(first.timezone)?;
        let password = self.hash(first.password).await?;
        let api_key = key().map_err(failed)?;
        let made = self.change(move |store| {
            // Another process may have been quicker.
            if somebody_signs_in(store)? {
                return Ok(None);
            }
            let new = NewUser { login: login.clone(), api_key, password: None, admin: true, now };
            match store.create_user(new) {
                Ok(_) | Err(StoreError::Taken(Taken::Login)) => {}
                Err(error) => return Err(error),
            }
            store
                .change_user(&login, &mut |user| {
                    user.admin = true;
                    user.password = Some(password.clone());
                    user.timezone.clone_from(&timezone);
                })
                .map(Some)
        });
        let user = made.await?.ok_or(Refusal::SetupOver)?;
        lock(&self.accounts().setup).take();
        Ok(user)
    }

    fn check_token(&self, typed: &str, now: Timestamp) -> Result<(), Refusal> {
        // However it was typed: small letters, spaces and dashes do no harm.
        let typed: String =
            typed.to_uppercase().chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        let mut slot = lock(&self.accounts().setup);
        let setup = slot.as_mut().ok_or(Refusal::SetupOver)?;
        if now >= setup.until || setup.tries >= TRIES {
            *slot = None;
            return Err(Refusal::SetupOver);
        }
        if same(&setup.token, &typed) {
            return Ok(());
        }
        setup.tries += 1;
        Err(Refusal::SetupToken)
    }
}

fn somebody_signs_in(store: &dyn Store) -> Result<bool, StoreError> {
    Ok(store.users()?.iter().any(|user| user.password.is_some()))
}

const _: () = assert!(CLEAR.len() == 30 && LENGTH == 8, "39 bits");
