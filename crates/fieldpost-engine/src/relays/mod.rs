//! Relays: a channel that goes on to a channel of another server (forward), or comes from one (mirror).
//!
//! Here they are made and changed; `runner.rs` runs each, `forward.rs` and `mirror.rs` do a step at a time, `remote.rs` has the words
//! of the other side. Nothing is queued: what is to be done is read from the store, from where the last step ended.

mod forward;
pub(crate) mod mirror;
pub(crate) mod remote;
mod runner;

use fieldpost_store::User;
use fieldpost_store::automations::{MASK, Secret};
use fieldpost_store::relays::{Direction, NewRelay, Relay, RelayProgress, RelaySettings};
use fieldpost_wire::{ChannelId, EntryId};

use crate::accounts::gone;
use crate::accounts::roles::{Access, What};
use crate::engine::Engine;
use crate::refusal::Refusal;

pub(crate) use runner::Relays;

/// How many relays a channel may have.
const RELAYS_MAX: usize = 8;
/// The longest address and key, in bytes.
const SERVER_MAX: usize = 255;
const KEY_MAX: usize = 64;

/// What changes about a relay; what is absent stays. A new one begins with its own defaults.
#[derive(Clone, Debug, Default)]
pub struct RelayChange {
    /// The address of the other server.
    pub server: Option<String>,
    /// The channel there.
    pub remote_channel: Option<u64>,
    /// Its key; one with a mask in it means "as before".
    pub key: Option<String>,
    /// Whether it runs.
    pub enabled: Option<bool>,
    /// The other server may be in a private network.
    pub private: Option<bool>,
    /// The last entry that is taken as done: 0 begins with the first.
    pub position: Option<u64>,
}

impl Engine {
    /// Lists a channel's relays.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] to who may not change the channel.
    pub async fn relays(&self, access: &Access) -> Result<Vec<Relay>, Refusal> {
        access.check(What::Edit)?;
        let channel = access.channel.id;
        let mut relays = self.on_store(move |store| store.relays(Some(channel))).await?;
        let last = self.head(channel).await?.last.map_or(0, EntryId::get);
        for relay in &mut relays {
            if relay.direction == Direction::Forward {
                relay.progress.behind = Some(last.saturating_sub(relay.progress.position));
            }
        }
        Ok(relays)
    }

    /// Makes a relay. Forwarding begins with the next entry, mirroring with the first one, unless a position is given.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::BadValue`] if something about it can't be; [`Refusal::InUse`] if it would go in a circle.
    pub async fn create_relay(
        &self,
        access: &Access,
        user: &User,
        direction: Direction,
        change: RelayChange,
    ) -> Result<Relay, Refusal> {
        access.check(What::Edit)?;
        let channel = access.channel.id;
        let others = self.relays(access).await?;
        if others.len() >= RELAYS_MAX {
            let most = format!("a channel can have {RELAYS_MAX} relays; take one away first");
            return Err(Refusal::BadValue(most));
        }
        let settings = RelaySettings {
            server: checked_server(&change.server.unwrap_or_default())?,
            remote_channel: change.remote_channel.unwrap_or_default(),
            key: checked_key(change.key.unwrap_or_default(), None)?,
            private: change.private.unwrap_or_default(),
            enabled: change.enabled.unwrap_or(true),
        };
        self.check_relay(user, direction, &settings, None, &others)?;
        let position = match (change.position, direction) {
            (Some(position), _) => position,
            (None, Direction::Mirror) => 0,
            (None, Direction::Forward) => self.head(channel).await?.last.map_or(0, EntryId::get),
        };
        let progress = RelayProgress { position, ..RelayProgress::default() };
        let new = NewRelay { channel, direction, settings, progress, now: self.now() };
        let made = self.on_store(move |store| store.create_relay(new)).await?;
        self.relay_state().change(made.id);
        Ok(made)
    }

    /// Changes a relay; it is tried again at once, whatever went wrong before.
    ///
    /// # Errors
    /// As [`Engine::create_relay`]; [`Refusal::Gone`] if there is none.
    pub async fn change_relay(
        &self,
        access: &Access,
        user: &User,
        id: u64,
        change: RelayChange,
    ) -> Result<Relay, Refusal> {
        let mut others = self.relays(access).await?;
        let place = others.iter().position(|relay| relay.id == id).ok_or(Refusal::Gone)?;
        let before = others.remove(place);
        let old = &before.settings;
        let server = change.server.as_deref().map_or(Ok(old.server.clone()), checked_server)?;
        let elsewhere = remote::place(&server) != remote::place(&old.server);
        let keeps = change.key.as_deref().is_none_or(|key| key.contains(MASK));
        if elsewhere && keeps && !old.key.0.is_empty() {
            return Err(Refusal::BadValue(
                "the key was meant for another server; give the key for this one".into(),
            ));
        }
        let settings = RelaySettings {
            server,
            remote_channel: change.remote_channel.unwrap_or(old.remote_channel),
            key: change.key.map_or(Ok(old.key.clone()), |key| checked_key(key, Some(&old.key)))?,
            private: change.private.unwrap_or(old.private),
            enabled: change.enabled.unwrap_or(old.enabled),
        };
        self.check_relay(user, before.direction, &settings, Some(old), &others)?;
        let other = elsewhere || settings.remote_channel != old.remote_channel;
        let position = match (change.position, before.direction) {
            (Some(position), _) => Some(position),
            (None, _) if !other => None,
            (None, Direction::Mirror) => Some(0),
            (None, Direction::Forward) => {
                Some(self.head(before.channel).await?.last.map_or(0, EntryId::get))
            }
        };
        let (channel, new) = (before.channel, settings.clone());
        let changed = self.on_store(move |store| {
            store.change_relay(channel, id, &mut |relay| {
                relay.settings = new.clone();
                let now = &mut relay.progress;
                (now.says, now.next_at, now.failures, now.stopped) = (None, None, 0, false);
                now.tongue = None;
                if let Some(position) = position {
                    *now = RelayProgress { position, ..RelayProgress::default() };
                }
            })
        });
        let changed = changed.await.map_err(gone)?;
        self.relay_state().change(id);
        Ok(changed)
    }

    /// Deletes a relay. What went over it stays where it is.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], or [`Refusal::Gone`] if there is none.
    pub async fn delete_relay(&self, access: &Access, id: u64) -> Result<(), Refusal> {
        access.check(What::Edit)?;
        let channel = access.channel.id;
        let deleted = self.on_store(move |store| store.delete_relay(channel, id)).await;
        deleted.map_err(gone)?;
        self.relay_state().change(id);
        Ok(())
    }

    /// Checks what depends on who asks and on the other relays of the channel.
    fn check_relay(
        &self,
        user: &User,
        direction: Direction,
        settings: &RelaySettings,
        before: Option<&RelaySettings>,
        others: &[Relay],
    ) -> Result<(), Refusal> {
        if ChannelId::new(settings.remote_channel).is_none() {
            return Err(Refusal::BadValue(
                "remote_channel is the number of the channel there".into(),
            ));
        }
        if direction == Direction::Forward && settings.key.0.is_empty() {
            return Err(Refusal::BadValue(
                "to forward, the write key of the channel there is needed".into(),
            ));
        }
        // Consent counts for the server that it was given for.
        let consented = before.is_some_and(|old| old.private && old.server == settings.server);
        if settings.private && !consented && !user.admin && !self.limits().private_targets {
            return Err(Refusal::Forbidden(
                "only an administrator may let a relay into a private network; the option --private-targets allows it to everybody"
                    .into(),
            ));
        }
        let same = |relay: &&Relay| {
            relay.settings.remote_channel == settings.remote_channel
                && remote::place(&relay.settings.server) == remote::place(&settings.server)
        };
        match others.iter().find(same) {
            Some(other) if other.direction == direction => Err(Refusal::InUse(
                "this channel has such a relay already".into(),
            )),
            Some(other) if settings.enabled && other.settings.enabled => Err(Refusal::InUse(
                "a channel is either forwarded to that channel or mirrored from it, else every entry would come back; switch the other relay off first"
                    .into(),
            )),
            _ => Ok(()),
        }
    }
}

/// Reads the address of a server: scheme, host, perhaps port and path.
pub(crate) fn checked_server(server: &str) -> Result<String, Refusal> {
    let bad = |why: &str| Refusal::BadValue(format!("the other server's address {why}"));
    let server = server.trim();
    let rest = server.strip_prefix("https://").or_else(|| server.strip_prefix("http://"));
    let rest = rest.ok_or_else(|| bad("must begin with https:// or http://"))?;
    let (server, rest) = (server.trim_end_matches('/'), rest.trim_end_matches('/'));
    if rest.is_empty() || server.len() > SERVER_MAX {
        return Err(bad("names no server"));
    }
    if rest.contains(|c: char| c.is_whitespace() || c.is_control() || "@?#\\".contains(c)) {
        return Err(bad("must be the server alone, such as https://api.thingspeak.com"));
    }
    Ok(server.to_string())
}

pub(crate) fn checked_key(key: String, before: Option<&Secret>) -> Result<Secret, Refusal> {
    let key = key.trim();
    if key.contains(MASK) {
        return before.cloned().ok_or_else(|| Refusal::BadValue("give the whole key".into()));
    }
    if key.len() > KEY_MAX || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Refusal::BadValue("a key has digits and letters only".into()));
    }
    Ok(Secret(key.to_string()))
}
