//! A store that fails on purpose, to prove that others cope: a disk that is full, slow, or loses power
//! just after it has written.
//!
//! Only `commit` fails; the rest goes straight to the store inside.

mod automations;
mod devices;
mod history;
mod relays;
mod talkbacks;

use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use fieldpost_wire::channel::Channel;
use fieldpost_wire::query::Span;
use fieldpost_wire::{ApiKey, ChannelId, Entry, EntryId, FieldNo, Timestamp};

use crate::access::{Link, NewLink, NewSession, Role, Session, Share, TokenHash};
use crate::store::{
    ChannelFilter, Head, NewChannel, NewUser, Outcome, Store, StoreError, Submission, User,
};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The commit fails and nothing of it is stored.
    Before,
    /// The commit is on disk, but then the power goes and the answer never comes: the caller hears an error.
    After,
    /// The disk takes its time.
    Stall(Duration),
}

/// Wraps a store and goes wrong as planned.
pub struct FaultyStore<S> {
    inner: S,
    plan: Mutex<Plan>,
}

#[derive(Default)]
struct Plan {
    commits: u64,
    faults: Vec<(u64, Fault)>,
}

impl<S: Store> FaultyStore<S> {
    /// Wraps a store; nothing goes wrong until it is planned.
    pub fn new(inner: S) -> Self {
        Self { inner, plan: Mutex::default() }
    }

    /// Plans a fault for the n-th commit, counted from 1. One commit may have several; a stall comes first.
    #[must_use]
    pub fn with(self, commit: u64, fault: Fault) -> Self {
        self.plan().faults.push((commit, fault));
        self
    }

    /// Plans a fault for the commit that comes next.
    pub fn fail_next(&self, fault: Fault) {
        let mut plan = self.plan();
        let next = plan.commits + 1;
        plan.faults.push((next, fault));
    }

    /// How many commits were begun so far.
    pub fn commits(&self) -> u64 {
        self.plan().commits
    }

    /// The store inside, which is in order.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a commit and tells what is planned for it.
    fn begin_commit(&self) -> Vec<Fault> {
        let mut plan = self.plan();
        plan.commits += 1;
        let this = plan.commits;
        plan.faults.iter().filter(|(commit, _)| *commit == this).map(|(_, fault)| *fault).collect()
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn commit(&self, batch: Vec<Submission>) -> Result<Vec<Outcome>, StoreError> {
        let faults = self.begin_commit();
        for fault in &faults {
            if let Fault::Stall(time) = fault {
                thread::sleep(*time);
            }
        }
        if faults.contains(&Fault::Before) {
            return Err(StoreError::Failed("the disk is full, as planned".into()));
        }
        let outcomes = self.inner.commit(batch)?;
        if faults.contains(&Fault::After) {
            return Err(StoreError::Failed("the power went after the commit, as planned".into()));
        }
        Ok(outcomes)
    }

    fn newest(&self, channel: ChannelId, span: &Span) -> Result<Vec<Entry>, StoreError> {
        self.inner.newest(channel, span)
    }

    fn after(
        &self,
        channel: ChannelId,
        after: EntryId,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.inner.after(channel, after, limit)
    }

    fn scan(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
        visit: &mut dyn FnMut(&Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.inner.scan(channel, from, until, visit)
    }

    fn entry(&self, channel: ChannelId, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.inner.entry(channel, id)
    }

    fn last_with(&self, channel: ChannelId, field: FieldNo) -> Result<Option<Entry>, StoreError> {
        self.inner.last_with(channel, field)
    }

    fn head(&self, channel: ChannelId) -> Result<Option<Head>, StoreError> {
        self.inner.head(channel)
    }

    fn clear(&self, channel: ChannelId) -> Result<(), StoreError> {
        self.inner.clear(channel)
    }

    fn version(&self) -> Result<u64, StoreError> {
        self.inner.version()
    }

    fn channel(&self, id: ChannelId) -> Result<Option<Channel>, StoreError> {
        self.inner.channel(id)
    }

    fn channel_of_write_key(
        &self,
        key: &ApiKey,
        now: Timestamp,
    ) -> Result<Option<Channel>, StoreError> {
        self.inner.channel_of_write_key(key, now)
    }

    fn channel_of_read_key(&self, key: &ApiKey) -> Result<Option<Channel>, StoreError> {
        self.inner.channel_of_read_key(key)
    }

    fn channels(&self, filter: &ChannelFilter) -> Result<Vec<(Channel, Head)>, StoreError> {
        self.inner.channels(filter)
    }

    fn create_channel(&self, new: NewChannel) -> Result<Channel, StoreError> {
        self.inner.create_channel(new)
    }

    fn change_channel(
        &self,
        id: ChannelId,
        now: Timestamp,
        change: &mut dyn FnMut(&mut Channel),
    ) -> Result<Channel, StoreError> {
        self.inner.change_channel(id, now, change)
    }

    fn delete_channel(&self, id: ChannelId) -> Result<(), StoreError> {
        self.inner.delete_channel(id)
    }

    fn create_user(&self, new: NewUser) -> Result<User, StoreError> {
        self.inner.create_user(new)
    }

    fn user(&self, login: &str) -> Result<Option<User>, StoreError> {
        self.inner.user(login)
    }

    fn user_of_key(&self, key: &ApiKey) -> Result<Option<User>, StoreError> {
        self.inner.user_of_key(key)
    }

    fn users(&self) -> Result<Vec<User>, StoreError> {
        self.inner.users()
    }

    fn change_user(
        &self,
        login: &str,
        change: &mut dyn FnMut(&mut User),
    ) -> Result<User, StoreError> {
        self.inner.change_user(login, change)
    }

    fn delete_user(&self, login: &str) -> Result<(), StoreError> {
        self.inner.delete_user(login)
    }

    fn begin_session(&self, new: NewSession) -> Result<Session, StoreError> {
        self.inner.begin_session(new)
    }

    fn session(&self, token: &TokenHash) -> Result<Option<(Session, User)>, StoreError> {
        self.inner.session(token)
    }

    fn sessions(&self, user: u64) -> Result<Vec<Session>, StoreError> {
        self.inner.sessions(user)
    }

    fn see_session(&self, id: u64, now: Timestamp) -> Result<(), StoreError> {
        self.inner.see_session(id, now)
    }

    fn end_session(&self, user: u64, id: u64) -> Result<(), StoreError> {
        self.inner.end_session(user, id)
    }

    fn end_sessions(&self, user: u64, except: Option<u64>) -> Result<(), StoreError> {
        self.inner.end_sessions(user, except)
    }

    fn end_old_sessions(&self, before: Timestamp) -> Result<(), StoreError> {
        self.inner.end_old_sessions(before)
    }

    fn share(&self, channel: ChannelId, user: u64, role: Option<Role>) -> Result<(), StoreError> {
        self.inner.share(channel, user, role)
    }

    fn shares(&self, channel: ChannelId) -> Result<Vec<Share>, StoreError> {
        self.inner.shares(channel)
    }

    fn role(&self, channel: ChannelId, user: u64) -> Result<Option<Role>, StoreError> {
        self.inner.role(channel, user)
    }

    fn shared_with(&self, user: u64) -> Result<Vec<(Channel, Head, Role)>, StoreError> {
        self.inner.shared_with(user)
    }

    fn create_link(&self, new: NewLink) -> Result<Link, StoreError> {
        self.inner.create_link(new)
    }

    fn links(&self, channel: ChannelId) -> Result<Vec<Link>, StoreError> {
        self.inner.links(channel)
    }

    fn link(&self, token: &TokenHash) -> Result<Option<Link>, StoreError> {
        self.inner.link(token)
    }

    fn delete_link(&self, channel: ChannelId, id: u64) -> Result<(), StoreError> {
        self.inner.delete_link(channel, id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use fieldpost_wire::channel::About;

    use super::*;
    use crate::memory::MemoryStore;
    use crate::store::Repeats;

    #[test]
    fn only_the_planned_commits_go_wrong() {
        let store =
            FaultyStore::new(MemoryStore::new()).with(2, Fault::Before).with(3, Fault::After);
        let heard: Vec<bool> = (0..4).map(|_| store.commit(Vec::new()).is_ok()).collect();
        assert_eq!(heard, [true, false, false, true]);
        store.fail_next(Fault::Before);
        assert!(store.commit(Vec::new()).is_err());
        assert_eq!(store.commits(), 5);
    }

    #[test]
    fn before_stores_nothing_and_after_stores_it_all() {
        let store = FaultyStore::new(MemoryStore::new());
        let (now, key) = (Timestamp::default(), "A1".repeat(8).parse().unwrap());
        let ada = NewUser { login: "ada".into(), api_key: key, password: None, admin: false, now };
        let owner = store.create_user(ada).unwrap().id;
        let (about, read_keys) = (About::default(), Vec::new());
        let new = NewChannel { id: None, owner, about, write_key: key, read_keys, now };
        let channel = store.create_channel(new).unwrap().id;
        let updates = vec![[(FieldNo::ALL[0], "21.5")].into()];
        let repeats = Repeats::Refuse;
        let submission = Submission { channel, updates, received: now, interval_ms: 0, repeats };
        for (fault, last) in [(Fault::Before, None), (Fault::After, Some(EntryId::new(1)))] {
            store.fail_next(fault);
            assert!(store.commit(vec![submission.clone()]).is_err());
            assert_eq!(store.head(channel).unwrap().unwrap().last, last, "{fault:?}");
        }
    }

    #[test]
    fn a_stall_comes_before_whatever_else_is_planned() {
        let stall = Duration::from_millis(30);
        let store = FaultyStore::new(MemoryStore::new())
            .with(1, Fault::Before)
            .with(1, Fault::Stall(stall));
        let begun = Instant::now();
        assert!(store.commit(Vec::new()).is_err());
        assert!(begun.elapsed() >= stall);
    }
}
