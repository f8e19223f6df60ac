//! Automations go straight to the store inside.

use fieldpost_wire::{ApiKey, Timestamp};

use super::FaultyStore;
use crate::automations::{
    Alert, Automation, AutomationStore, HttpSettings, NewAutomation, NewRun, NewThingHttp,
    Progress, Run, Standing, ThingHttp,
};
use crate::store::{Store, StoreError, User};

impl<S: Store> AutomationStore for FaultyStore<S> {
    fn create_automation(&self, new: NewAutomation) -> Result<Automation, StoreError> {
        self.inner.create_automation(new)
    }

    fn automation(&self, id: u64) -> Result<Option<Automation>, StoreError> {
        self.inner.automation(id)
    }

    fn automations(&self, user: Option<u64>) -> Result<Vec<Automation>, StoreError> {
        self.inner.automations(user)
    }

    fn change_automation(
        &self,
        id: u64,
        change: &mut dyn FnMut(&mut Automation),
    ) -> Result<Automation, StoreError> {
        self.inner.change_automation(id, change)
    }

    fn delete_automation(&self, id: u64) -> Result<(), StoreError> {
        self.inner.delete_automation(id)
    }

    fn note(
        &self,
        progress: &[(u64, Progress)],
        runs: &[NewRun],
        keep: usize,
    ) -> Result<Vec<Option<u64>>, StoreError> {
        self.inner.note(progress, runs, keep)
    }

    fn settle(&self, runs: &[(u64, Standing)]) -> Result<(), StoreError> {
        self.inner.settle(runs)
    }

    fn runs(&self, automation: u64, limit: usize) -> Result<Vec<Run>, StoreError> {
        self.inner.runs(automation, limit)
    }

    fn unsettled(&self) -> Result<Vec<Run>, StoreError> {
        self.inner.unsettled()
    }

    fn create_thinghttp(&self, new: NewThingHttp) -> Result<ThingHttp, StoreError> {
        self.inner.create_thinghttp(new)
    }

    fn thinghttp_of_key(&self, key: &ApiKey) -> Result<Option<ThingHttp>, StoreError> {
        self.inner.thinghttp_of_key(key)
    }

    fn thinghttps(&self, user: u64) -> Result<Vec<ThingHttp>, StoreError> {
        self.inner.thinghttps(user)
    }

    fn set_thinghttp(
        &self,
        user: u64,
        id: u64,
        settings: HttpSettings,
    ) -> Result<ThingHttp, StoreError> {
        self.inner.set_thinghttp(user, id, settings)
    }

    fn delete_thinghttp(&self, user: u64, id: u64) -> Result<(), StoreError> {
        self.inner.delete_thinghttp(user, id)
    }

    fn alert_key(&self, user: u64) -> Result<Option<ApiKey>, StoreError> {
        self.inner.alert_key(user)
    }

    fn set_alert_key(&self, user: u64, key: ApiKey) -> Result<(), StoreError> {
        self.inner.set_alert_key(user, key)
    }

    fn user_of_alert_key(&self, key: &ApiKey) -> Result<Option<User>, StoreError> {
        self.inner.user_of_alert_key(key)
    }

    fn note_alert(&self, user: u64, alert: Alert, forget: Timestamp) -> Result<(), StoreError> {
        self.inner.note_alert(user, alert, forget)
    }

    fn alerts(&self, user: u64) -> Result<Vec<Alert>, StoreError> {
        self.inner.alerts(user)
    }
}
