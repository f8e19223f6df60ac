//! Automations, their runs, ThingHTTP requests and alerts in memory.

use std::collections::BTreeMap;

use fieldpost_wire::{ApiKey, ChannelId, Timestamp};

use super::{MemoryStore, State};
use crate::automations::{
    Alert, Automation, AutomationStore, HttpSettings, NewAutomation, NewRun, NewThingHttp,
    Progress, Run, RunState, Standing, ThingHttp, When,
};
use crate::store::{StoreError, Taken, User};

#[derive(Default)]
pub(super) struct Automations {
    all: BTreeMap<u64, Automation>,
    highest: u64,
    /// By ascending number.
    runs: Vec<Run>,
    highest_run: u64,
    thinghttps: BTreeMap<u64, ThingHttp>,
    highest_thinghttp: u64,
    alert_keys: BTreeMap<u64, ApiKey>,
    /// With the user, oldest first.
    alerts: Vec<(u64, Alert)>,
}

impl Automations {
    pub(super) fn forget_channel(&mut self, channel: u64) {
        self.all.retain(|_, automation| automation.when.channel() != Some(channel));
        self.forget_runs();
    }

    pub(super) fn forget_user(&mut self, user: u64) {
        self.all.retain(|_, automation| automation.user != user);
        self.thinghttps.retain(|_, thinghttp| thinghttp.user != user);
        self.alert_keys.remove(&user);
        self.alerts.retain(|(of, _)| *of != user);
        self.forget_runs();
    }

    fn forget_runs(&mut self) {
        let all = &self.all;
        self.runs.retain(|run| all.contains_key(&run.automation));
    }
}

impl State {
    fn check_user(&self, user: u64) -> Result<(), StoreError> {
        if self.users.contains_key(&user) { Ok(()) } else { Err(StoreError::NotFound) }
    }

    fn check_channel(&self, when: &When) -> Result<(), StoreError> {
        let known = |id| ChannelId::new(id).is_some_and(|id| self.channels.contains_key(&id));
        if when.channel().is_none_or(known) { Ok(()) } else { Err(StoreError::NotFound) }
    }
}

impl AutomationStore for MemoryStore {
    fn create_automation(&self, new: NewAutomation) -> Result<Automation, StoreError> {
        let mut state = self.lock();
        state.check_user(new.user)?;
        state.check_channel(&new.when)?;
        let id = state.automations.highest + 1;
        let NewAutomation { user, name, enabled, when, action, progress, now: created_at } = new;
        let made = Automation { id, user, name, enabled, when, action, created_at, progress };
        state.automations.highest = id;
        state.automations.all.insert(id, made.clone());
        Ok(made)
    }

    fn automation(&self, id: u64) -> Result<Option<Automation>, StoreError> {
        Ok(self.lock().automations.all.get(&id).cloned())
    }

    fn automations(&self, user: Option<u64>) -> Result<Vec<Automation>, StoreError> {
        let state = self.lock();
        let all = state.automations.all.values();
        Ok(all.filter(|a| user.is_none_or(|user| a.user == user)).cloned().collect())
    }

    fn change_automation(
        &self,
        id: u64,
        change: &mut dyn FnMut(&mut Automation),
    ) -> Result<Automation, StoreError> {
        let mut state = self.lock();
        let before = state.automations.all.get(&id).ok_or(StoreError::NotFound)?.clone();
        let mut after = before.clone();
        change(&mut after);
        (after.id, after.user, after.created_at) = (before.id, before.user, before.created_at);
        state.check_channel(&after.when)?;
        state.automations.all.insert(id, after.clone());
        Ok(after)
    }

    fn delete_automation(&self, id: u64) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.automations.all.remove(&id).ok_or(StoreError::NotFound)?;
        state.automations.forget_runs();
        Ok(())
    }

    fn note(
        &self,
        progress: &[(u64, Progress)],
        runs: &[NewRun],
        keep: usize,
    ) -> Result<Vec<Option<u64>>, StoreError> {
        let mut state = self.lock();
        let kept = &mut state.automations;
        for (id, progress) in progress {
            if let Some(automation) = kept.all.get_mut(id)
                && automation.progress.since == progress.since
            {
                automation.progress = *progress;
            }
        }
        let mut ids = Vec::with_capacity(runs.len());
        for run in runs.iter().cloned() {
            if !kept.all.contains_key(&run.automation) {
                ids.push(None);
                continue;
            }
            kept.highest_run += 1;
            let (id, automation) = (kept.highest_run, run.automation);
            kept.runs.push(run.numbered(id));
            ids.push(Some(id));
            let of = kept.runs.iter().filter(|run| run.automation == automation).count();
            let mut over = of.saturating_sub(keep);
            kept.runs.retain(|run| {
                let goes = run.automation == automation && over > 0;
                over -= usize::from(goes);
                !goes
            });
        }
        Ok(ids)
    }

    fn settle(&self, runs: &[(u64, Standing)]) -> Result<(), StoreError> {
        let mut state = self.lock();
        for (id, standing) in runs {
            if let Some(run) = state.automations.runs.iter_mut().find(|run| run.id == *id) {
                run.standing = standing.clone();
            }
        }
        Ok(())
    }

    fn runs(&self, automation: u64, limit: usize) -> Result<Vec<Run>, StoreError> {
        let state = self.lock();
        let all = state.automations.runs.iter().rev();
        Ok(all.filter(|run| run.automation == automation).take(limit).cloned().collect())
    }

    fn unsettled(&self) -> Result<Vec<Run>, StoreError> {
        let state = self.lock();
        let all = state.automations.runs.iter();
        Ok(all.filter(|run| run.standing.state == RunState::Waiting).cloned().collect())
    }

    fn create_thinghttp(&self, new: NewThingHttp) -> Result<ThingHttp, StoreError> {
        let mut state = self.lock();
        state.check_user(new.user)?;
        let kept = &mut state.automations;
        if kept.thinghttps.values().any(|other| other.api_key == new.api_key) {
            return Err(StoreError::Taken(Taken::Key));
        }
        kept.highest_thinghttp += 1;
        let id = kept.highest_thinghttp;
        let NewThingHttp { user, api_key, settings, now: created_at } = new;
        let made = ThingHttp { id, user, api_key, settings, created_at };
        kept.thinghttps.insert(id, made.clone());
        Ok(made)
    }

    fn thinghttp_of_key(&self, key: &ApiKey) -> Result<Option<ThingHttp>, StoreError> {
        let state = self.lock();
        Ok(state.automations.thinghttps.values().find(|t| t.api_key == *key).cloned())
    }

    fn thinghttps(&self, user: u64) -> Result<Vec<ThingHttp>, StoreError> {
        let state = self.lock();
        let all = state.automations.thinghttps.values();
        Ok(all.filter(|thinghttp| thinghttp.user == user).cloned().collect())
    }

    fn set_thinghttp(
        &self,
        user: u64,
        id: u64,
        settings: HttpSettings,
    ) -> Result<ThingHttp, StoreError> {
        let mut state = self.lock();
        let own = state.automations.thinghttps.get_mut(&id).filter(|t| t.user == user);
        let own = own.ok_or(StoreError::NotFound)?;
        own.settings = settings;
        Ok(own.clone())
    }

    fn delete_thinghttp(&self, user: u64, id: u64) -> Result<(), StoreError> {
        let mut state = self.lock();
        let kept = &mut state.automations.thinghttps;
        kept.get(&id).filter(|t| t.user == user).ok_or(StoreError::NotFound)?;
        kept.remove(&id);
        Ok(())
    }

    fn alert_key(&self, user: u64) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.lock().automations.alert_keys.get(&user).copied())
    }

    fn set_alert_key(&self, user: u64, key: ApiKey) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.check_user(user)?;
        let kept = &mut state.automations.alert_keys;
        if kept.iter().any(|(of, other)| *of != user && *other == key) {
            return Err(StoreError::Taken(Taken::Key));
        }
        kept.insert(user, key);
        Ok(())
    }

    fn user_of_alert_key(&self, key: &ApiKey) -> Result<Option<User>, StoreError> {
        let state = self.lock();
        let of = state.automations.alert_keys.iter().find(|(_, known)| *known == key);
        Ok(of.and_then(|(user, _)| state.users.get(user).cloned()))
    }

    fn note_alert(&self, user: u64, alert: Alert, forget: Timestamp) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.check_user(user)?;
        let kept = &mut state.automations.alerts;
        kept.retain(|(of, old)| *of != user || old.requested_at >= forget);
        kept.push((user, alert));
        Ok(())
    }

    fn alerts(&self, user: u64) -> Result<Vec<Alert>, StoreError> {
        let state = self.lock();
        let all = state.automations.alerts.iter().rev();
        Ok(all.filter(|(of, _)| *of == user).map(|(_, alert)| alert.clone()).collect())
    }
}
