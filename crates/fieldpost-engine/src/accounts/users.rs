//! Users: making, changing and deleting them, and signing them in.

use std::net::IpAddr;

use fieldpost_store::{ChannelFilter, NewUser, User};

use super::random::key;
use super::{failed, lock, zone_name};
use crate::automations::mail_address;
use crate::engine::Engine;
use crate::refusal::Refusal;

impl Engine {
    /// Makes a user with a random user key. Whoever is the first with a password may manage the others.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] for a name that could not stand in a URL or a password that is too short,
    /// [`Refusal::Taken`] if the name is in use.
    pub async fn create_user(
        &self,
        login: &str,
        password: Option<String>,
        admin: bool,
    ) -> Result<User, Refusal> {
        let login = check_login(login)?;
        let password = match password {
            Some(password) => Some(self.hash(password).await?),
            None => None,
        };
        let admin = admin || (password.is_some() && !self.is_set_up().await?);
        let (api_key, now) = (key().map_err(failed)?, self.now());
        self.change(move |store| {
            store.create_user(NewUser { login, api_key, password, admin, now })
        })
        .await
    }

    /// Checks a login and password. Who fails often has to wait.
    ///
    /// # Errors
    /// [`Refusal::SignInFailed`] if they do not belong together; it takes as long for a name that does not exist.
    /// [`Refusal::TooMany`] after too many failures by this name or from this address.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        peer: IpAddr,
    ) -> Result<User, Refusal> {
        let now = self.now();
        lock(&self.accounts().throttle)
            .admit(login, peer, now)
            .map_err(|wait_ms| Refusal::TooMany { wait_ms })?;
        let name = login.trim().to_string();
        let user = self.on_store(move |store| store.user(&name)).await?;
        let known = user.as_ref().and_then(|user| user.password.clone());
        let right = self.is_password(known, password.to_string()).await?;
        let user = user.filter(|_| right).ok_or(Refusal::SignInFailed)?;
        lock(&self.accounts().throttle).succeeded(login, peer);
        Ok(user)
    }

    /// Finds a user by login.
    ///
    /// # Errors
    /// [`Refusal::NoUser`].
    pub async fn user(&self, login: &str) -> Result<User, Refusal> {
        let login = login.to_string();
        self.on_store(move |store| store.user(&login)).await?.ok_or(Refusal::NoUser)
    }

    /// Lists all users.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn users(&self) -> Result<Vec<User>, Refusal> {
        self.on_store(fieldpost_store::Store::users).await
    }

    /// Lists all users, each with the number of channels that belong to it.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn users_with_channels(&self) -> Result<Vec<(User, usize)>, Refusal> {
        self.on_store(|store| {
            let mut channels = std::collections::HashMap::<u64, usize>::new();
            for (channel, _) in store.channels(&ChannelFilter::default())? {
                *channels.entry(channel.owner).or_default() += 1;
            }
            let counted = |user: User| {
                let count = channels.get(&user.id).copied().unwrap_or_default();
                (user, count)
            };
            Ok(store.users()?.into_iter().map(counted).collect())
        })
        .await
    }

    /// Gives a user a new user key; the old one ends at once.
    ///
    /// # Errors
    /// [`Refusal::NoUser`].
    pub async fn rotate_user_key(&self, login: &str) -> Result<User, Refusal> {
        let key = key().map_err(failed)?;
        self.change_user(login, move |user| user.api_key = key).await
    }

    /// Sets the zone in which a user is shown times; `None` for the browser's own.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] if there is no such zone, [`Refusal::NoUser`].
    pub async fn set_timezone(
        &self,
        login: &str,
        timezone: Option<String>,
    ) -> Result<User, Refusal> {
        let timezone = zone_name(timezone)?;
        self.change_user(login, move |user| user.timezone.clone_from(&timezone)).await
    }

    /// Sets the address that alerts are sent to; `None` for none.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] if it is no address, [`Refusal::NoUser`].
    pub async fn set_email(&self, login: &str, email: Option<String>) -> Result<User, Refusal> {
        let email = email.map(|email| email.trim().to_string()).filter(|email| !email.is_empty());
        if let Some(email) = &email {
            mail_address(email)?;
        }
        self.change_user(login, move |user| user.email.clone_from(&email)).await
    }

    /// Gives a user a new password, whose old one need not be known: for the command line, which has the folder itself. All sessions
    /// of the user end. Whoever is the first with a password may manage the others.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] if it is too short, [`Refusal::NoUser`].
    pub async fn set_password(&self, login: &str, password: String) -> Result<User, Refusal> {
        let first = !self.is_set_up().await?;
        self.replace_password(login, password, None, first).await
    }

    /// Changes a user's own password, which ends every session but this one.
    ///
    /// # Errors
    /// [`Refusal::SignInFailed`] if the old one is wrong, else as [`Engine::set_password`]; [`Refusal::TooMany`] after too
    /// many that were.
    pub async fn change_password(
        &self,
        user: &User,
        old: &str,
        new: String,
        session: u64,
        peer: IpAddr,
    ) -> Result<User, Refusal> {
        self.sign_in(&user.login, old, peer).await?;
        self.replace_password(&user.login, new, Some(session), false).await
    }

    async fn replace_password(
        &self,
        login: &str,
        password: String,
        keep: Option<u64>,
        make_admin: bool,
    ) -> Result<User, Refusal> {
        let hash = self.hash(password).await?;
        let changed = self.change_user(login, move |user| {
            user.password = Some(hash.clone());
            user.admin |= make_admin;
        });
        let user = changed.await?;
        let id = user.id;
        self.on_store(move |store| store.end_sessions(id, keep)).await?;
        Ok(user)
    }

    /// Deletes a user. The user's sessions end.
    ///
    /// # Errors
    /// [`Refusal::InUse`] if channels belong to the user, or nobody could manage users any more; [`Refusal::NoUser`].
    pub async fn delete_user(&self, login: &str) -> Result<(), Refusal> {
        let login = login.to_string();
        self.change(move |store| store.delete_user(&login)).await.map_err(no_user)
    }

    async fn change_user(
        &self,
        login: &str,
        mut change: impl FnMut(&mut User) + Send + 'static,
    ) -> Result<User, Refusal> {
        let login = login.to_string();
        self.change(move |store| store.change_user(&login, &mut change)).await.map_err(no_user)
    }
}

/// What the store did not find was a user.
fn no_user(refusal: Refusal) -> Refusal {
    if refusal == Refusal::NoChannel { Refusal::NoUser } else { refusal }
}

/// Checks a name that somebody chose.
pub(super) fn check_login(login: &str) -> Result<String, Refusal> {
    let login = login.trim();
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    if login.is_empty() || login.chars().count() > 64 || !login.chars().all(fine) {
        return Err(Refusal::BadValue(
            "a user's name has 1 to 64 letters, digits or . _ - @ characters".into(),
        ));
    }
    Ok(login.to_string())
}
