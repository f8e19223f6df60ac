//! TalkBacks: queues of commands that devices fetch. Who may do what with one, and making, changing and deleting them.
//!
//! `commands.rs` has what becomes of commands, `expiry.rs` the clock that tells of those that nobody fetched. A TalkBack belongs to
//! a user. If it belongs to a channel too, that channel's editors may do everything with it but give it away, and its viewers may look.

mod bells;
mod commands;
mod expiry;

use fieldpost_store::talkbacks::{Control, NewTalkBack, TalkBack};
use fieldpost_store::{Role, User};
use fieldpost_wire::{ApiKey, ChannelId};

pub(crate) use bells::Bells;
pub use commands::{COMMAND_MAX, KEPT_MAX, NewText, QUEUE_MAX, Sent};

use crate::accounts::key_or_new;
use crate::accounts::roles::What;
use crate::engine::Engine;
use crate::news::{News, Novelty};
use crate::refusal::Refusal;

/// The most characters in a name.
const NAME_MAX: usize = 255;
/// The most controls that a TalkBack may have.
const CONTROLS_MAX: usize = 64;
/// The longest time until a command expires, in seconds: some 31 years.
pub const EXPIRE_S_MAX: u32 = 1_000_000_000;

/// What the owner of a new TalkBack may choose; the rest is made up.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChosenTalkBack {
    /// Its number.
    pub id: Option<u64>,
    /// Its key.
    pub api_key: Option<ApiKey>,
}

/// What a TalkBack is set to. In a change what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct TalkBackSettings {
    /// Its name.
    pub name: Option<String>,
    /// The channel that it belongs to; `Some(None)` for none.
    pub channel: Option<Option<u64>>,
    /// Whether what is handed out is logged in the channel.
    pub log: Option<bool>,
    /// After how many seconds a command expires; `Some(None)` for never.
    pub expire_s: Option<Option<u32>>,
    /// What the commands page offers.
    pub controls: Option<Vec<Control>>,
}

/// A TalkBack that a user may at least look at, and what else.
#[derive(Clone, Debug)]
pub struct TalkBackAccess {
    /// The TalkBack.
    pub talkback: TalkBack,
    /// What the user is to it.
    pub role: Role,
}

impl TalkBackAccess {
    /// Asks whether the user may do this too.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if not.
    pub fn check(&self, what: What) -> Result<(), Refusal> {
        let who = match what {
            _ if what.is_for(Some(self.role)) => return Ok(()),
            What::Own => "only the owner of this TalkBack may do this",
            _ => "only the owner of this TalkBack and the editors of its channel may do this",
        };
        Err(Refusal::Forbidden(who.into()))
    }
}

impl Engine {
    /// Makes a TalkBack.
    ///
    /// # Errors
    /// [`Refusal::Taken`] if a chosen id or key is in use, [`Refusal::BadValue`] if something can't be,
    /// [`Refusal::NoChannel`] if the user may not write to the channel.
    pub async fn create_talkback(
        &self,
        user: &User,
        settings: TalkBackSettings,
        chosen: ChosenTalkBack,
    ) -> Result<TalkBack, Refusal> {
        check(&settings)?;
        if chosen.id.is_some_and(|id| id == 0 || i64::try_from(id).is_err()) {
            return Err(Refusal::BadValue("the id of a TalkBack is a number from 1".into()));
        }
        let channel = self.channel_for(user, settings.channel.flatten()).await?;
        let name = settings.name.unwrap_or_default().trim().to_string();
        if name.is_empty() {
            return Err(Refusal::BadValue("a TalkBack needs a name".into()));
        }
        let (user, now) = (user.id, self.now());
        self.on_store(move |store| {
            store.create_talkback(NewTalkBack {
                id: chosen.id,
                user,
                name,
                api_key: key_or_new(chosen.api_key)?,
                channel,
                log: settings.log.unwrap_or(false),
                expire_s: settings.expire_s.flatten().filter(|seconds| *seconds > 0),
                controls: settings.controls.unwrap_or_default(),
                now,
            })
        })
        .await
    }

    /// Opens a TalkBack to a user for a purpose.
    ///
    /// # Errors
    /// [`Refusal::NoTalkBack`] if the user may not even look at it; [`Refusal::Forbidden`] if looking is all that is allowed.
    pub async fn talkback(
        &self,
        user: &User,
        id: u64,
        what: What,
    ) -> Result<TalkBackAccess, Refusal> {
        let found = self.on_store(move |store| store.talkback(id)).await?;
        let talkback = found.ok_or(Refusal::NoTalkBack)?;
        let role = self.role_for(user, &talkback).await?.ok_or(Refusal::NoTalkBack)?;
        let access = TalkBackAccess { talkback, role };
        access.check(what)?;
        Ok(access)
    }

    /// Lists the TalkBacks that a user may look at, by ascending id, each with what the user is to it.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn talkbacks(&self, user: &User) -> Result<Vec<TalkBackAccess>, Refusal> {
        let id = user.id;
        let all = self.on_store(move |store| store.talkbacks_for(id)).await?;
        let mut found = Vec::with_capacity(all.len());
        for talkback in all {
            if let Some(role) = self.role_for(user, &talkback).await? {
                found.push(TalkBackAccess { talkback, role });
            }
        }
        Ok(found)
    }

    /// Lists all TalkBacks of a user: for the command line, which asks in nobody's name.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn all_talkbacks(&self, user: Option<u64>) -> Result<Vec<TalkBack>, Refusal> {
        self.on_store(move |store| store.talkbacks(user)).await
    }

    /// Changes what a TalkBack is set to.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] unless the user may edit it; giving it to another channel is the owner's. [`Refusal::BadValue`] if
    /// something can't be, [`Refusal::NoChannel`] if the user may not write to the channel.
    pub async fn change_talkback(
        &self,
        user: &User,
        access: &TalkBackAccess,
        settings: TalkBackSettings,
    ) -> Result<TalkBack, Refusal> {
        access.check(What::Edit)?;
        check(&settings)?;
        let channel = match settings.channel {
            Some(channel) if channel != access.talkback.channel.map(ChannelId::get) => {
                access.check(What::Own)?;
                Some(self.channel_for(user, channel).await?)
            }
            _ => None,
        };
        let name = settings.name.map(|name| name.trim().to_string());
        if name.as_deref() == Some("") {
            return Err(Refusal::BadValue("a TalkBack needs a name".into()));
        }
        let id = access.talkback.id;
        let changed = self.on_store(move |store| {
            store.change_talkback(id, &mut |talkback| {
                if let Some(name) = &name {
                    talkback.name.clone_from(name);
                }
                talkback.channel = channel.unwrap_or(talkback.channel);
                talkback.log = settings.log.unwrap_or(talkback.log);
                if let Some(expire_s) = settings.expire_s {
                    talkback.expire_s = expire_s.filter(|seconds| *seconds > 0);
                }
                if let Some(controls) = &settings.controls {
                    talkback.controls.clone_from(controls);
                }
            })
        });
        changed.await.map_err(gone)
    }

    /// Gives a TalkBack a new key; the one before ends at once.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] unless the user owns it.
    pub async fn renew_talkback_key(&self, access: &TalkBackAccess) -> Result<TalkBack, Refusal> {
        access.check(What::Own)?;
        let id = access.talkback.id;
        let changed = self.on_store(move |store| {
            let api_key = key_or_new(None)?;
            store.change_talkback(id, &mut |talkback| talkback.api_key = api_key)
        });
        changed.await.map_err(gone)
    }

    /// Deletes a TalkBack with its commands.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] unless the user owns it.
    pub async fn delete_talkback(&self, access: &TalkBackAccess) -> Result<(), Refusal> {
        access.check(What::Own)?;
        let id = access.talkback.id;
        self.on_store(move |store| store.delete_talkback(id)).await.map_err(gone)?;
        self.tell_of(&access.talkback, Novelty::CommandsGone { talkback: id });
        Ok(())
    }

    /// Finds the TalkBack that a device names, by its key.
    ///
    /// # Errors
    /// [`Refusal::NoTalkBack`], [`Refusal::KeyMissing`] or [`Refusal::TalkBackKeyUnknown`].
    pub async fn talkback_to_use(&self, id: u64, key: Option<&str>) -> Result<TalkBack, Refusal> {
        let found = self.on_store(move |store| store.talkback(id)).await?;
        let talkback = found.ok_or(Refusal::NoTalkBack)?;
        let key = key.map(str::trim).filter(|key| !key.is_empty()).ok_or(Refusal::KeyMissing)?;
        let opens = key.parse::<ApiKey>().is_ok_and(|key| key == talkback.api_key);
        if opens { Ok(talkback) } else { Err(Refusal::TalkBackKeyUnknown) }
    }

    /// Finds the TalkBack that a key opens, whichever it is.
    ///
    /// # Errors
    /// [`Refusal::TalkBackKeyUnknown`] if it opens none.
    pub async fn talkback_of_key(&self, key: &str) -> Result<TalkBack, Refusal> {
        let key: ApiKey = key.trim().parse().map_err(|_| Refusal::TalkBackKeyUnknown)?;
        let found = self.on_store(move |store| store.talkback_of_key(&key)).await?;
        found.ok_or(Refusal::TalkBackKeyUnknown)
    }

    /// Tells whom a TalkBack concerns.
    pub(crate) fn tell_of(&self, talkback: &TalkBack, what: Novelty) {
        self.tell(News { user: talkback.user, channel: talkback.channel, what });
    }

    async fn role_for(&self, user: &User, talkback: &TalkBack) -> Result<Option<Role>, Refusal> {
        if talkback.user == user.id {
            return Ok(Some(Role::Owner));
        }
        let Some(channel) = talkback.channel else { return Ok(None) };
        // Who owns the channel does not own the TalkBack.
        let role = self.role_of(user, channel).await?;
        Ok(role.map(|role| role.min(Role::Editor)))
    }

    /// The channel that a TalkBack of this user may belong to: one that the user may write to.
    async fn channel_for(
        &self,
        user: &User,
        id: Option<u64>,
    ) -> Result<Option<ChannelId>, Refusal> {
        let Some(id) = id else { return Ok(None) };
        let id = ChannelId::new(id).ok_or(Refusal::NoChannel)?;
        match self.role_of(user, id).await? {
            None => Err(Refusal::NoChannel),
            Some(Role::Viewer) => Err(Refusal::Forbidden(
                "only the owner and the editors of a channel may give it a TalkBack".into(),
            )),
            Some(Role::Editor | Role::Owner) => Ok(Some(id)),
        }
    }
}

fn check(settings: &TalkBackSettings) -> Result<(), Refusal> {
    let bad = |why: String| Err(Refusal::BadValue(why));
    if settings.name.as_deref().is_some_and(|name| name.trim().chars().count() > NAME_MAX) {
        return bad(format!("a name has at most {NAME_MAX} characters"));
    }
    if settings.expire_s.flatten().is_some_and(|seconds| seconds > EXPIRE_S_MAX) {
        return bad(format!("commands expire after {EXPIRE_S_MAX} seconds at the latest"));
    }
    let controls = settings.controls.as_deref().unwrap_or_default();
    if controls.len() > CONTROLS_MAX {
        return bad(format!("a TalkBack has at most {CONTROLS_MAX} controls"));
    }
    controls.iter().try_for_each(|control| {
        let (label, said) = match control {
            Control::Switch { label, on, off } => (label, vec![on, off]),
            Control::Button { label, command } => (label, vec![command]),
            Control::Slider { label, command, min, max, step } => {
                let sound = [min, max, step].iter().all(|number| number.is_finite());
                if !sound || min >= max || *step <= 0.0 {
                    return bad(
                        "a slider goes from a lower number to a higher one, in steps above 0"
                            .into(),
                    );
                }
                if !command.contains("{value}") {
                    return bad("the command of a slider has {value} where the number goes".into());
                }
                (label, vec![command])
            }
        };
        if label.trim().is_empty() || label.chars().count() > NAME_MAX {
            return bad(format!("a control has a name of at most {NAME_MAX} characters"));
        }
        said.into_iter().try_for_each(|command| commands::check_text(command))
    })
}

/// What the store did not find was a TalkBack. (What it does not find is taken for a channel.)
fn gone(refusal: Refusal) -> Refusal {
    if refusal == Refusal::NoChannel { Refusal::NoTalkBack } else { refusal }
}

/// The store's word for what does not exist, where that is a command.
fn no_command(refusal: Refusal) -> Refusal {
    if refusal == Refusal::NoChannel { Refusal::NoCommand } else { refusal }
}
