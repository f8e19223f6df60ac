//! Making, changing and deleting devices, and applying their maps.

use std::sync::Arc;

use fieldpost_store::{Device, NewDevice, Right, Role, TopicMap, User};
use fieldpost_wire::ChannelId;

use super::login::DeviceAccess;
use super::maps::{self, Missed};
use super::{no_device, rights::granted, rules, secret};
use crate::accounts::failed;
use crate::engine::{Accepted, Engine};
use crate::refusal::Refusal;

/// How many devices a user may have.
const MOST: usize = 1_000;

/// A device that somebody wishes for.
#[derive(Clone, Default)]
pub struct DeviceWish {
    /// What it is called.
    pub name: String,
    /// The client id; without one it is made here.
    pub client_id: Option<String>,
    /// The password; without one it is made here, which is better.
    pub password: Option<String>,
    /// What it may do, and where.
    pub rights: Vec<Right>,
    /// Which of its messages become values of fields.
    pub maps: Vec<TopicMap>,
}

/// What is to change about a device.
#[derive(Clone, Debug, Default)]
pub struct DeviceChange {
    /// What it is called.
    pub name: Option<String>,
    /// What it may do, and where.
    pub rights: Option<Vec<Right>>,
    /// Which of its messages become values of fields.
    pub maps: Option<Vec<TopicMap>>,
}

impl Engine {
    /// Makes a device, and gives the password, which nobody can look up later.
    ///
    /// # Errors
    /// [`Refusal::Taken`] if a chosen client id is in use, [`Refusal::BadValue`] for what can't be; it says what and why.
    pub async fn create_device(
        &self,
        user: &User,
        wish: DeviceWish,
    ) -> Result<(Device, String), Refusal> {
        let client_id = match &wish.client_id {
            Some(chosen) => rules::client_id(chosen.trim())?,
            None => secret::client_id().map_err(failed)?,
        };
        let (password, kept) = match wish.password {
            Some(chosen) => {
                secret::check_chosen(&chosen)?;
                let kept = self.hash(chosen.clone()).await?;
                (chosen, kept)
            }
            None => secret::password().map_err(failed)?,
        };
        let name = rules::name(&wish.name, &client_id);
        let rights = self.check_rights(user.id, &wish.rights).await?;
        let maps = self.check_maps(user.id, &rights, &wish.maps).await?;
        let (user, now) = (user.id, self.now());
        let new = NewDevice { client_id, user, name, password: kept, rights, maps, now };
        let made = self.change(move |store| {
            if store.devices(Some(user))?.len() >= MOST {
                return Ok(None);
            }
            store.create_device(new).map(Some)
        });
        match made.await? {
            Some(device) => {
                self.forget_device(&device.client_id);
                Ok((device, password))
            }
            None => {
                Err(Refusal::BadValue(format!("a user can have {MOST} devices; remove one first")))
            }
        }
    }

    /// Lists a user's devices in the order in which they were made.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn devices(&self, user: &User) -> Result<Vec<Device>, Refusal> {
        let user = user.id;
        self.on_store(move |store| store.devices(Some(user))).await
    }

    /// Lists the devices of all users: for the command line, which has the folder itself.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn all_devices(&self) -> Result<Vec<Device>, Refusal> {
        self.on_store(|store| store.devices(None)).await
    }

    /// Finds a device of this user; to everybody else it is as if it were not there.
    ///
    /// # Errors
    /// [`Refusal::NoDevice`].
    pub async fn own_device(&self, user: &User, client_id: &str) -> Result<Arc<Device>, Refusal> {
        let found = self.directory().device(client_id.to_string()).await?;
        found.filter(|device| device.user == user.id).ok_or(Refusal::NoDevice)
    }

    /// Changes a device. What it may do changes at once, also where it is connected.
    ///
    /// # Errors
    /// [`Refusal::NoDevice`] if it is not this user's, [`Refusal::BadValue`] for what can't be.
    pub async fn change_device(
        &self,
        user: &User,
        client_id: &str,
        change: DeviceChange,
    ) -> Result<Device, Refusal> {
        let before = self.own_device(user, client_id).await?;
        let name = change.name.map(|name| rules::name(&name, client_id));
        let rights = match change.rights {
            Some(rights) => self.check_rights(user.id, &rights).await?,
            None => before.rights.clone(),
        };
        let maps = change.maps.as_ref().unwrap_or(&before.maps);
        let maps = self.check_maps(user.id, &rights, maps).await?;
        let id = client_id.to_string();
        let changed = self.change(move |store| {
            store.change_device(&id, &mut |device| {
                if let Some(name) = &name {
                    device.name.clone_from(name);
                }
                device.rights.clone_from(&rights);
                device.maps.clone_from(&maps);
            })
        });
        changed.await.map_err(no_device)
    }

    /// Gives a device a new password. Where it is connected with the old one, the connection ends.
    ///
    /// # Errors
    /// [`Refusal::NoDevice`] if it is not this user's, [`Refusal::BadValue`] if a chosen one is too short.
    pub async fn new_device_password(
        &self,
        user: &User,
        client_id: &str,
        chosen: Option<String>,
    ) -> Result<String, Refusal> {
        self.own_device(user, client_id).await?;
        let (password, kept) = match chosen {
            Some(chosen) => {
                secret::check_chosen(&chosen)?;
                let kept = self.hash(chosen.clone()).await?;
                (chosen, kept)
            }
            None => secret::password().map_err(failed)?,
        };
        let id = client_id.to_string();
        let changed = self.change(move |store| {
            store.change_device(&id, &mut |device| device.password.clone_from(&kept))
        });
        changed.await.map_err(no_device)?;
        Ok(password)
    }

    /// Deletes a device. Where it is connected, the connection ends.
    ///
    /// # Errors
    /// [`Refusal::NoDevice`] if it is not this user's.
    pub async fn delete_device(&self, user: &User, client_id: &str) -> Result<(), Refusal> {
        self.own_device(user, client_id).await?;
        let id = client_id.to_string();
        self.change(move |store| store.delete_device(&id)).await.map_err(no_device)?;
        self.forget_device(client_id);
        Ok(())
    }

    /// Stores what a message of a device holds for the fields that it is mapped to: one update for each channel. Empty if the topic
    /// is mapped to nothing.
    ///
    /// # Errors
    /// [`Refusal::NoDevice`] and [`Refusal::DevicePassword`] if the device may not stay.
    pub async fn take_mapped(
        &self,
        access: &DeviceAccess,
        topic: &str,
        payload: &[u8],
    ) -> Result<Vec<(ChannelId, Result<Accepted, Refusal>)>, Refusal> {
        let device = self.device_now(access).await?;
        if !maps::is_mapped(&device.maps, topic) {
            return Ok(Vec::new());
        }
        let mapped = maps::read(&device.maps, topic, payload);
        let mut outcomes = Vec::with_capacity(mapped.updates.len() + mapped.missed.len());
        for (id, update) in mapped.updates {
            let stored = match self.device_to_publish(access, id).await {
                Ok(channel) => self.write(channel, update, 0).await,
                Err(refusal) => Err(refusal),
            };
            outcomes.push((id, stored));
        }
        for (map, missed) in mapped.missed {
            if let Some(id) = ChannelId::new(map.channel) {
                outcomes.push((id, Err(Refusal::BadValue(says(&map, missed)))));
            }
        }
        Ok(outcomes)
    }

    /// Checks rights: a channel that is named must be one that the user may at least look at.
    async fn check_rights(&self, user: u64, rights: &[Right]) -> Result<Vec<Right>, Refusal> {
        let rights = rules::rights(rights)?;
        for right in &rights {
            let Some(id) = right.channel.and_then(ChannelId::new) else { continue };
            let no_such = || rules::no_such(id.get());
            let channel = match self.channel(id).await {
                Err(Refusal::NoChannel) => return Err(no_such()),
                found => found?,
            };
            let role = self.role_in(&channel, user).await?;
            if role.is_none() && !channel.about.public {
                return Err(no_such());
            }
            if right.publish && role < Some(Role::Editor) {
                return Err(Refusal::BadValue(format!(
                    "channel {id} belongs to somebody else; a device may write to it once its owner shares it with the role editor"
                )));
            }
        }
        Ok(rights)
    }

    /// Checks maps: the device must have the right to write where they lead.
    async fn check_maps(
        &self,
        user: u64,
        rights: &[Right],
        maps: &[TopicMap],
    ) -> Result<Vec<TopicMap>, Refusal> {
        let maps = rules::maps(maps)?;
        for map in &maps {
            let channel = match ChannelId::new(map.channel) {
                Some(id) => match self.channel(id).await {
                    Err(Refusal::NoChannel) => return Err(rules::no_such(map.channel)),
                    found => found?,
                },
                None => return Err(rules::no_such(map.channel)),
            };
            if !granted(user, rights, &channel, |right| right.publish) {
                return Err(Refusal::BadValue(format!(
                    "the map of {} leads to channel {}, to which the device has no right to publish; give it that right first",
                    map.topic, map.channel
                )));
            }
        }
        Ok(maps)
    }
}

/// Why a map stored nothing, in words.
fn says(map: &TopicMap, missed: Missed) -> String {
    let (topic, path) = (&map.topic, map.path.as_deref().unwrap_or_default());
    let into = format!("the map to field{} of channel {}", map.field, map.channel);
    match missed {
        Missed::NoJson => {
            format!("{into} looks for {path} in a message on {topic}, which is no JSON")
        }
        Missed::Nothing if path.is_empty() => format!("{into} found an empty message on {topic}"),
        Missed::Nothing => format!("{into} found nothing at {path} in a message on {topic}"),
        Missed::Null => format!(
            "{into} found null at {path} in a message on {topic}: the sensor gave no reading"
        ),
        Missed::Nested => {
            format!(
                "{into} found a list or an object at {path} in a message on {topic}; name what is inside it"
            )
        }
        Missed::NoText => format!("{into} found something that is no text in a message on {topic}"),
    }
}
