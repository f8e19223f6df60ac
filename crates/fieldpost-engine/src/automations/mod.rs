//! Automations: something is done when a condition on a channel is met, or when its time has come.
//!
//! `conditions.rs` judges entries, `schedule.rs` knows times, `machine.rs` puts both together without IO, `runner.rs` turns it beside the
//! engine and lets `actions.rs` do what follows, `retry.rs` says when once more. They hear entries when these are on disk, by a
//! bounded ring, so nothing here can hold up a write. `check.rs` says no to what can't be, before it is kept.

mod actions;
pub mod alerts;
mod check;
mod conditions;
mod decimal;
mod extract;
mod machine;
mod placeholders;
mod queue;
mod retry;
mod runner;
mod schedule;
#[cfg(test)]
mod stories;
pub mod thinghttps;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use fieldpost_store::User;
use fieldpost_store::automations::{
    Action, Automation, Cause, NewAutomation, NewRun, Progress, Run, RunState, Standing, When,
};
use fieldpost_wire::{ChannelId, EntryId, FieldNo};
use tokio::sync::{Notify, Semaphore};

use crate::accounts::roles::{Visitor, What};
use crate::engine::Engine;
use crate::news::{News, Novelty};
use crate::refusal::Refusal;

pub(crate) use check::mail_address;
pub use runner::{Nap, run, system_nap};

/// How many automations a user may have.
const MOST: usize = 100;
/// How many runs of each are kept.
const RUNS_KEPT: usize = 200;
/// How many tests may be under way at once.
const TESTS: usize = 8;
/// What is said if too many are under way.
const TOO_MANY: Refusal = Refusal::TooMany { wait_ms: 1_000 };
/// The most time that a test may take, in milliseconds.
const TEST_MS: u64 = 15_000;

/// What the engine keeps in memory of automations.
pub(crate) struct Shared {
    /// Those that changed and that the runner has not looked at again.
    changed: Mutex<BTreeSet<u64>>,
    wake: Notify,
    tests: Semaphore,
    calls: Semaphore,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            changed: Mutex::default(),
            wake: Notify::new(),
            tests: Semaphore::new(TESTS),
            calls: Semaphore::new(thinghttps::AT_ONCE),
        }
    }
}

impl Shared {
    /// Tells the runner that an automation is not what it was.
    fn change(&self, id: u64) {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.wake.notify_one();
    }

    fn take_changed(&self) -> BTreeSet<u64> {
        std::mem::take(&mut *self.changed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An automation as somebody wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Whether it acts.
    pub enabled: bool,
    /// When it acts.
    pub when: When,
    /// What it does. A secret that is the mask means the one from before.
    pub action: Action,
}

impl Engine {
    /// Lists a user's automations.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn automations(&self, user: &User) -> Result<Vec<Automation>, Refusal> {
        let user = user.id;
        self.on_store(move |store| store.automations(Some(user))).await
    }

    /// Finds an automation of this user; to everybody else it is as if it were not there.
    ///
    /// # Errors
    /// [`Refusal::Gone`].
    pub async fn automation(&self, user: &User, id: u64) -> Result<Automation, Refusal> {
        let found = self.on_store(move |store| store.automation(id)).await?;
        found.filter(|automation| automation.user == user.id).ok_or(Refusal::Gone)
    }

    /// Makes an automation.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] and [`Refusal::Forbidden`] for what can't be, [`Refusal::NoChannel`] if the channel is not open to the user,
    /// [`Refusal::InUse`] if the user has as many as there may be.
    pub async fn create_automation(
        &self,
        user: &User,
        wanted: Wanted,
    ) -> Result<Automation, Refusal> {
        let wanted = self.check_wanted(user, wanted, None).await?;
        let now = self.now();
        let progress = self.beginning(&wanted.when).await?;
        let Wanted { name, enabled, when, action } = wanted;
        let user = user.id;
        let new = NewAutomation { user, name, enabled, when, action, progress, now };
        let made = self.on_store(move |store| {
            let full = store.automations(Some(user))?.len() >= MOST;
            if full { Ok(None) } else { store.create_automation(new).map(Some) }
        });
        let made = made.await?.ok_or_else(|| {
            Refusal::InUse(format!("a user can have {MOST} automations; delete one first"))
        })?;
        self.shared().change(made.id);
        Ok(made)
    }

    /// Changes an automation. If when it acts changes, or it is switched on, it begins anew.
    ///
    /// # Errors
    /// As [`Engine::create_automation`], and [`Refusal::Gone`] if it is not this user's.
    pub async fn change_automation(
        &self,
        user: &User,
        id: u64,
        wanted: Wanted,
    ) -> Result<Automation, Refusal> {
        let before = self.automation(user, id).await?;
        let wanted = self.check_wanted(user, wanted, Some(&before.action)).await?;
        let mut fresh = self.beginning(&wanted.when).await?;
        // Two beginnings are never taken for one.
        fresh.since = fresh.since.max(before.progress.since + 1);
        let changed = self.on_store(move |store| {
            store.change_automation(id, &mut |automation| {
                let Wanted { name, enabled, when, action } = wanted.clone();
                if when != automation.when || (enabled && !automation.enabled) {
                    automation.progress = fresh;
                }
                automation.name = name;
                automation.enabled = enabled;
                automation.when = when;
                automation.action = action;
            })
        });
        let changed = changed.await?;
        self.shared().change(id);
        Ok(changed)
    }

    /// Deletes an automation with its runs.
    ///
    /// # Errors
    /// [`Refusal::Gone`] if it is not this user's.
    pub async fn delete_automation(&self, user: &User, id: u64) -> Result<(), Refusal> {
        self.automation(user, id).await?;
        self.on_store(move |store| store.delete_automation(id)).await.map_err(gone)?;
        self.shared().change(id);
        Ok(())
    }

    /// Lists the newest runs of an automation, newest first.
    ///
    /// # Errors
    /// [`Refusal::Gone`] if it is not this user's.
    pub async fn runs(&self, user: &User, id: u64, limit: usize) -> Result<Vec<Run>, Refusal> {
        self.automation(user, id).await?;
        self.last_runs(id, limit.min(RUNS_KEPT)).await
    }

    /// Lists the newest runs of an automation, whoever asks: for those whose right to it is checked otherwise.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn last_runs(&self, id: u64, limit: usize) -> Result<Vec<Run>, Refusal> {
        self.on_store(move |store| store.runs(id, limit)).await
    }

    /// Does at once what an automation does, with the newest value, whether its condition is met or not. Returns how it went.
    ///
    /// # Errors
    /// [`Refusal::Gone`] if it is not this user's, [`Refusal::TooMany`] if too many tests are under way.
    pub async fn test_automation(&self, user: &User, id: u64) -> Result<Run, Refusal> {
        let automation = self.automation(user, id).await?;
        let _turn = self.shared().tests.try_acquire().map_err(|_| TOO_MANY)?;
        let (now, cause) = (self.now(), self.sample(&automation).await?);
        let standing = runner::under_way(1);
        let reason = "somebody pressed Test".to_string();
        let new =
            NewRun { automation: id, at: now, reason, test: true, cause: cause.clone(), standing };
        let noted = new.clone();
        let noted = self.on_store(move |store| store.note(&[], &[noted], RUNS_KEPT)).await?;
        let id = noted.into_iter().flatten().next().ok_or(Refusal::Gone)?;
        let standing = match self.act(user, &automation.action, &cause, TEST_MS).await {
            Ok(says) => settled(RunState::Done, 1, says),
            Err(trouble) => settled(RunState::Failed, 1, trouble.says),
        };
        let run = Run { standing, ..new.numbered(id) };
        let standing = run.standing.clone();
        self.on_store(move |store| store.settle(&[(id, standing)])).await?;
        self.tell_run(user.id, run.clone());
        Ok(run)
    }

    /// Tells of a run whose automation it is of.
    fn tell_run(&self, user: u64, run: Run) {
        self.tell(News { user, channel: None, what: Novelty::Run(run) });
    }

    /// What a test is done with: the newest value that there is.
    async fn sample(&self, automation: &Automation) -> Result<Cause, Refusal> {
        let now = self.now().millis();
        let mut cause = Cause { trigger: "test".into(), at: now, ..Cause::default() };
        let When::React { channel, condition, .. } = &automation.when else { return Ok(cause) };
        cause.channel = Some(*channel);
        let (Some(id), Some(field)) = (ChannelId::new(*channel), conditions::field_of(condition))
        else {
            return Ok(cause);
        };
        cause.field = Some(field.get());
        match self.last_with(id, field).await {
            Ok(entry) => cause.trigger = entry.values.field(field).unwrap_or_default().to_string(),
            Err(Refusal::NoEntry) => {}
            Err(refusal) => return Err(refusal),
        }
        Ok(cause)
    }

    /// How far an automation has come that begins now: what came before is not looked at.
    async fn beginning(&self, when: &When) -> Result<Progress, Refusal> {
        let since = self.now().millis();
        let evaluated = match when.channel().and_then(ChannelId::new) {
            Some(channel) => self.head(channel).await?.last.map_or(0, EntryId::get),
            None => 0,
        };
        Ok(Progress { since, evaluated, ..Progress::default() })
    }

    /// Makes sure that an automation can be as it is wanted, and gives it with its secrets.
    async fn check_wanted(
        &self,
        user: &User,
        mut wanted: Wanted,
        before: Option<&Action>,
    ) -> Result<Wanted, Refusal> {
        wanted.name = check::name(&wanted.name)?;
        wanted.action = wanted.action.unmasked(before);
        check::when(&wanted.when)?;
        check::action(&wanted.action, check::may_private(user, self.limits().private_targets))?;
        if let Some(channel) = wanted.when.channel() {
            let channel = self.open_to(user, channel, What::Read).await?;
            if let When::React { condition, .. } = &wanted.when
                && let Some(field) = conditions::field_of(condition)
                && channel.about.labels[field.index()].is_none()
            {
                let (id, field) = (channel.id, FieldNo::get(field));
                return Err(Refusal::BadValue(format!("channel {id} has no field {field}")));
            }
        }
        match &wanted.action {
            Action::Write { channel, .. } => {
                self.open_to(user, *channel, What::Edit).await?;
            }
            Action::Thinghttp { id } => {
                self.thinghttp(user, *id).await?;
            }
            Action::Talkback { id, .. } => {
                self.talkback(user, *id, What::Edit).await?;
            }
            Action::Email { .. } if !self.outside().can_mail() => {
                return Err(Refusal::BadValue(alerts::NO_MAIL.into()));
            }
            _ => {}
        }
        Ok(wanted)
    }

    /// Opens a channel to a user of whom it is known that nobody else asks in the user's name.
    async fn open_to(
        &self,
        user: &User,
        channel: u64,
        what: What,
    ) -> Result<std::sync::Arc<fieldpost_wire::Channel>, Refusal> {
        let id = ChannelId::new(channel).ok_or(Refusal::NoChannel)?;
        let visitor = Visitor { user: Some(user.clone()), ..Visitor::default() };
        Ok(self.access(&visitor, id, what).await?.channel)
    }

    /// Finds a user by number.
    async fn user_of_id(&self, id: u64) -> Result<Option<User>, Refusal> {
        Ok(self.users().await?.into_iter().find(|user| user.id == id))
    }
}

/// How a run stands that is over. Its words are cut to what is kept.
fn settled(state: RunState, tries: u32, says: String) -> Standing {
    let says = match says.char_indices().nth(500) {
        Some((end, _)) => says[..end].to_string(),
        None => says,
    };
    Standing { state, tries, next_try_at: None, says }
}

/// What the store did not find was an automation, or a ThingHTTP request.
fn gone(refusal: Refusal) -> Refusal {
    if refusal == Refusal::NoChannel { Refusal::Gone } else { refusal }
}
