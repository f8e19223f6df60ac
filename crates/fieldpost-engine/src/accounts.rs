//! Users, channels and keys: making, changing and deleting them, by their owner.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use fieldpost_store::{ChannelFilter, Head, NewChannel, NewUser, User};
use fieldpost_wire::channel::{About, ReadKey};
use fieldpost_wire::{ApiKey, Channel, ChannelId};

use crate::engine::Engine;
use crate::refusal::Refusal;

/// What the owner of a new channel may choose; the rest is made up.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The channel's id.
    pub id: Option<ChannelId>,
    /// Its write key.
    pub write_key: Option<ApiKey>,
    /// Its read key.
    pub read_key: Option<ApiKey>,
}

impl Engine {
    /// Makes a user with a random user key.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] for a name that could not stand in a URL, [`Refusal::Taken`] if it is in use.
    pub async fn create_user(
        &self,
        login: &str,
        password: Option<String>,
    ) -> Result<User, Refusal> {
        let login = login.trim().to_string();
        let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
        if login.is_empty() || login.chars().count() > 64 || !login.chars().all(fine) {
            return Err(Refusal::BadValue(
                "a user's name has 1 to 64 letters, digits or . _ - @ characters".into(),
            ));
        }
        let now = self.now();
        self.change(move |store| {
            let password = password.map(|password| hash(&password)).transpose().map_err(failed)?;
            store.create_user(NewUser {
                login,
                api_key: random_key().map_err(failed)?,
                password,
                now,
            })
        })
        .await
    }

    /// Checks a login and password.
    ///
    /// # Errors
    /// [`Refusal::UserKeyUnknown`] if they do not belong together; it takes as long for a name that does not exist.
    pub async fn sign_in(&self, login: &str, password: &str) -> Result<User, Refusal> {
        let (login, password) = (login.trim().to_string(), password.to_string());
        let user = self.on_store(move |store| {
            let user = store.user(&login)?;
            let known = user.as_ref().and_then(|user| user.password.as_deref());
            // Without a user, or one without a password, something is still hashed: time tells nothing.
            let right = match known.map(PasswordHash::new) {
                Some(Ok(known)) => {
                    Argon2::default().verify_password(password.as_bytes(), &known).is_ok()
                }
                _ => hash(&password).map(|_| false).map_err(failed)?,
            };
            Ok(user.filter(|_| right))
        });
        user.await?.ok_or(Refusal::UserKeyUnknown)
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

    /// Gives a user a new user key; the old one ends at once.
    ///
    /// # Errors
    /// [`Refusal::NoUser`].
    pub async fn rotate_user_key(&self, login: &str) -> Result<User, Refusal> {
        let login = login.to_string();
        let key = random_key().map_err(|_| Refusal::Failed)?;
        let changed =
            self.change(move |store| store.change_user(&login, &mut |user| user.api_key = key));
        changed.await.map_err(
            |refusal| if refusal == Refusal::NoChannel { Refusal::NoUser } else { refusal },
        )
    }

    /// Makes a channel with a write key and a read key.
    ///
    /// # Errors
    /// [`Refusal::Taken`] if a chosen id or key is in use, [`Refusal::ChannelQuota`] if the user has enough.
    pub async fn create_channel(
        &self,
        owner: &User,
        about: About,
        chosen: Chosen,
    ) -> Result<Channel, Refusal> {
        let max = self.limits().channels_max;
        let owner = owner.id;
        if max < usize::MAX {
            let own = ChannelFilter { owner: Some(owner), ..ChannelFilter::default() };
            if self.on_store(move |store| store.channels(&own)).await?.len() >= max {
                return Err(Refusal::ChannelQuota { max });
            }
        }
        if chosen.write_key.is_some() && chosen.write_key == chosen.read_key {
            return Err(Refusal::BadValue("the read key must not be the write key".into()));
        }
        let now = self.now();
        self.change(move |store| {
            let write_key = chosen.write_key.map_or_else(random_key, Ok).map_err(failed)?;
            let read_key = chosen.read_key.map_or_else(random_key, Ok).map_err(failed)?;
            let read_keys = vec![ReadKey { key: read_key, note: String::new() }];
            store.create_channel(NewChannel {
                id: chosen.id,
                owner,
                about,
                write_key,
                read_keys,
                now,
            })
        })
        .await
    }

    /// Lists channels with where they stand.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn channels(&self, filter: ChannelFilter) -> Result<Vec<(Channel, Head)>, Refusal> {
        self.on_store(move |store| store.channels(&filter)).await
    }

    /// Finds a channel of this user; to everybody else it is as if it were not there.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`].
    pub async fn own_channel(&self, owner: &User, id: ChannelId) -> Result<Arc<Channel>, Refusal> {
        let channel = self.channel(id).await?;
        if channel.owner == owner.id { Ok(channel) } else { Err(Refusal::NoChannel) }
    }

    /// Changes a channel's settings.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn change_channel(
        &self,
        owner: &User,
        id: ChannelId,
        mut change: impl FnMut(&mut Channel) + Send + 'static,
    ) -> Result<Channel, Refusal> {
        self.own_channel(owner, id).await?;
        let now = self.now();
        self.change(move |store| store.change_channel(id, now, &mut change)).await
    }

    /// Gives a channel a new write key; the old one ends at once.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn rotate_write_key(&self, owner: &User, id: ChannelId) -> Result<Channel, Refusal> {
        let key = random_key().map_err(|_| Refusal::Failed)?;
        self.change_channel(owner, id, move |channel| channel.write_key = key).await
    }

    /// Adds a read key to a channel.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn add_read_key(
        &self,
        owner: &User,
        id: ChannelId,
        note: String,
    ) -> Result<Channel, Refusal> {
        let key = random_key().map_err(|_| Refusal::Failed)?;
        let note = fieldpost_wire::update::cut(&note).to_string();
        self.change_channel(owner, id, move |channel| {
            channel.read_keys.push(ReadKey { key, note: note.clone() });
        })
        .await
    }

    /// Takes a read key from a channel.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn remove_read_key(
        &self,
        owner: &User,
        id: ChannelId,
        key: ApiKey,
    ) -> Result<Channel, Refusal> {
        self.change_channel(owner, id, move |channel| {
            channel.read_keys.retain(|known| known.key != key);
        })
        .await
    }

    /// Deletes all entries of a channel; their ids begin at 1 again.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn clear_channel(&self, owner: &User, id: ChannelId) -> Result<(), Refusal> {
        self.own_channel(owner, id).await?;
        self.on_store(move |store| store.clear(id)).await
    }

    /// Deletes a channel.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`] if it is not this user's.
    pub async fn delete_channel(&self, owner: &User, id: ChannelId) -> Result<(), Refusal> {
        self.own_channel(owner, id).await?;
        self.change(move |store| store.delete_channel(id)).await
    }
}

/// A new key from the system's source of randomness.
fn random_key() -> Result<ApiKey, getrandom::Error> {
    loop {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        if let Some(key) = ApiKey::from_random(&bytes) {
            return Ok(key);
        }
    }
}

/// A password as an argon2id string with a salt of its own.
fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> fieldpost_store::StoreError {
    fieldpost_store::StoreError::Failed(Box::new(error))
}
