//! Automations with their runs, ThingHTTP requests and alerts: the words, and what a store does with them.
//!
//! What an automation is set to is kept in the form in which it is sent and shown. Nothing here evaluates a condition or reads a clock.

mod action;
mod when;

use fieldpost_wire::{ApiKey, Timestamp};
use serde::{Deserialize, Serialize};

pub use action::{Action, Call, MASK, Secret};
pub use when::{At, Check, Condition, OnInsert, Op, PlaceOp, TextOp, When};

use crate::store::{StoreError, User};

/// Keeps automations, their runs, ThingHTTP requests and alerts. None of them counts for [`crate::Store::version`].
pub trait AutomationStore {
    /// Makes an automation.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such user, or no such channel to look at.
    fn create_automation(&self, new: NewAutomation) -> Result<Automation, StoreError>;

    /// Finds an automation.
    ///
    /// # Errors
    /// If the store can't be read.
    fn automation(&self, id: u64) -> Result<Option<Automation>, StoreError>;

    /// Lists a user's automations, or everybody's, by ascending id.
    ///
    /// # Errors
    /// If the store can't be read.
    fn automations(&self, user: Option<u64>) -> Result<Vec<Automation>, StoreError>;

    /// Changes an automation in one transaction. `id`, `user` and `created_at` do not change. `change` must not call the store.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such automation, or no such channel to look at.
    fn change_automation(
        &self,
        id: u64,
        change: &mut dyn FnMut(&mut Automation),
    ) -> Result<Automation, StoreError>;

    /// Deletes an automation with its runs.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such automation.
    fn delete_automation(&self, id: u64) -> Result<(), StoreError>;

    /// Notes how far automations have come and the runs that follow from it, all in one transaction, so that after a crash
    /// nothing is done twice. Of each automation the newest `keep` runs are kept. Automations that are gone are passed over, and their
    /// runs have no number; so is progress of an automation that began anew since, which its [`Progress::since`] tells.
    ///
    /// # Errors
    /// If the store fails; then nothing is noted.
    fn note(
        &self,
        progress: &[(u64, Progress)],
        runs: &[NewRun],
        keep: usize,
    ) -> Result<Vec<Option<u64>>, StoreError>;

    /// Writes down how runs went. Runs that are gone are passed over.
    ///
    /// # Errors
    /// If the store fails; then nothing is written down.
    fn settle(&self, runs: &[(u64, Standing)]) -> Result<(), StoreError>;

    /// Lists the newest runs of an automation, newest first.
    ///
    /// # Errors
    /// If the store can't be read.
    fn runs(&self, automation: u64, limit: usize) -> Result<Vec<Run>, StoreError>;

    /// Lists all runs that are not over, oldest first.
    ///
    /// # Errors
    /// If the store can't be read.
    fn unsettled(&self) -> Result<Vec<Run>, StoreError>;

    /// Makes a ThingHTTP request.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such user, [`StoreError::Taken`] if another has the key.
    fn create_thinghttp(&self, new: NewThingHttp) -> Result<ThingHttp, StoreError>;

    /// Finds a ThingHTTP request by its key.
    ///
    /// # Errors
    /// If the store can't be read.
    fn thinghttp_of_key(&self, key: &ApiKey) -> Result<Option<ThingHttp>, StoreError>;

    /// Lists a user's ThingHTTP requests by ascending id.
    ///
    /// # Errors
    /// If the store can't be read.
    fn thinghttps(&self, user: u64) -> Result<Vec<ThingHttp>, StoreError>;

    /// Changes what a ThingHTTP request is set to. A user sees only the own ones.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such request.
    fn set_thinghttp(
        &self,
        user: u64,
        id: u64,
        settings: HttpSettings,
    ) -> Result<ThingHttp, StoreError>;

    /// Deletes a ThingHTTP request.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such request.
    fn delete_thinghttp(&self, user: u64, id: u64) -> Result<(), StoreError>;

    /// Tells a user's key for alerts, if there is one yet.
    ///
    /// # Errors
    /// If the store can't be read.
    fn alert_key(&self, user: u64) -> Result<Option<ApiKey>, StoreError>;

    /// Gives a user a key for alerts; the one before ends.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such user, [`StoreError::Taken`] if another user has the key.
    fn set_alert_key(&self, user: u64, key: ApiKey) -> Result<(), StoreError>;

    /// Finds the user whom a key for alerts belongs to.
    ///
    /// # Errors
    /// If the store can't be read.
    fn user_of_alert_key(&self, key: &ApiKey) -> Result<Option<User>, StoreError>;

    /// Notes an alert, and forgets the user's from before a time.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such user.
    fn note_alert(&self, user: u64, alert: Alert, forget: Timestamp) -> Result<(), StoreError>;

    /// Lists a user's alerts, newest first.
    ///
    /// # Errors
    /// If the store can't be read.
    fn alerts(&self, user: u64) -> Result<Vec<Alert>, StoreError>;
}

/// Something that is done when something is so.
#[derive(Clone, Debug, PartialEq)]
pub struct Automation {
    /// Its number, from 1; never used again.
    pub id: u64,
    /// Whose it is.
    pub user: u64,
    /// Its name.
    pub name: String,
    /// Whether it acts.
    pub enabled: bool,
    /// When it acts.
    pub when: When,
    /// What it does.
    pub action: Action,
    /// When it was made.
    pub created_at: Timestamp,
    /// How far it has come.
    pub progress: Progress,
}

/// An automation to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAutomation {
    /// Whose it is.
    pub user: u64,
    /// Its name.
    pub name: String,
    /// Whether it acts.
    pub enabled: bool,
    /// When it acts.
    pub when: When,
    /// What it does.
    pub action: Action,
    /// How far it has come: where it begins.
    pub progress: Progress,
    /// When it is made.
    pub now: Timestamp,
}

/// How far an automation has come. Times are milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Progress {
    /// What its condition last was; `None` before it was looked at.
    pub met: Option<bool>,
    /// The id of the last entry that was looked at.
    pub evaluated: u64,
    /// Since when it acts: when it was saved or switched on.
    pub since: i64,
    /// When it is due next.
    pub next_at: Option<i64>,
    /// The time on the clock that `next_at` is near, if it is fuzzy.
    pub base_at: Option<i64>,
    /// After silence: since when entries come again.
    pub back_at: Option<i64>,
    /// After silence: when the last entry came.
    pub heard_at: Option<i64>,
}

/// One time that an automation acted, or should have.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its number, from 1, in the order of all automations.
    pub id: u64,
    /// Which automation it is of.
    pub automation: u64,
    /// When it was due.
    pub at: Timestamp,
    /// Why, in words.
    pub reason: String,
    /// It was a test.
    pub test: bool,
    /// What led to it.
    pub cause: Cause,
    /// How it stands.
    pub standing: Standing,
}

/// A run to be noted.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRun {
    /// Which automation it is of.
    pub automation: u64,
    /// When it was due.
    pub at: Timestamp,
    /// Why, in words.
    pub reason: String,
    /// It is a test.
    pub test: bool,
    /// What led to it.
    pub cause: Cause,
    /// How it stands.
    pub standing: Standing,
}

impl NewRun {
    /// The run that it becomes.
    pub fn numbered(self, id: u64) -> Run {
        let Self { automation, at, reason, test, cause, standing } = self;
        Run { id, automation, at, reason, test, cause, standing }
    }
}

/// What led to a run: enough to do it again after a restart.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Cause {
    /// The value, text or place that met the condition.
    pub trigger: String,
    /// The time that the entry speaks of, or at which the run was due, in milliseconds since 1970.
    pub at: i64,
    /// The channel.
    pub channel: Option<u64>,
    /// The field.
    pub field: Option<u8>,
    /// How many automations and relays led to it.
    pub hops: u8,
}

/// How a run stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Whether it is over.
    pub state: RunState,
    /// How many times it was begun.
    pub tries: u32,
    /// When it is tried next; a waiting run without it is under way.
    pub next_try_at: Option<Timestamp>,
    /// What came of it, in words.
    pub says: String,
}

/// Whether a run is over, and how.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It waits for its turn or for another try, or is under way.
    Waiting,
    /// It went well.
    Done,
    /// It did not, and is not tried again.
    Failed,
    /// It was not done on purpose.
    Skipped,
}

/// A request that is kept ready and sent when its key is used: ThingHTTP.
#[derive(Clone, Debug, PartialEq)]
pub struct ThingHttp {
    /// Its number, from 1; never used again.
    pub id: u64,
    /// Whose it is.
    pub user: u64,
    /// The key that sends it.
    pub api_key: ApiKey,
    /// What it is set to.
    pub settings: HttpSettings,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a ThingHTTP request is set to.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct HttpSettings {
    /// Its name.
    pub name: String,
    /// The request.
    pub call: Call,
    /// Which part of the answer is given back; absent for all of it.
    pub parse: Option<String>,
}

/// A ThingHTTP request to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewThingHttp {
    /// Whose it is.
    pub user: u64,
    /// The key that sends it.
    pub api_key: ApiKey,
    /// What it is set to.
    pub settings: HttpSettings,
    /// When it is made.
    pub now: Timestamp,
}

/// An e-mail that a program asked for by the Alerts API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alert {
    /// When.
    pub requested_at: Timestamp,
    /// What it is about.
    pub subject: String,
    /// What came of it.
    pub status: String,
}
