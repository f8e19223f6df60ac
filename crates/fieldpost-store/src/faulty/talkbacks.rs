//! TalkBacks go straight to the store inside.

use fieldpost_wire::{ApiKey, Timestamp};

use super::FaultyStore;
use crate::store::{Store, StoreError};
use crate::talkbacks::{
    Added, Command, CommandChange, Expired, NewCommand, NewTalkBack, Reach, TalkBack, TalkBackStore,
};

impl<S: Store> TalkBackStore for FaultyStore<S> {
    fn create_talkback(&self, new: NewTalkBack) -> Result<TalkBack, StoreError> {
        self.inner.create_talkback(new)
    }

    fn talkback(&self, id: u64) -> Result<Option<TalkBack>, StoreError> {
        self.inner.talkback(id)
    }

    fn talkback_of_key(&self, key: &ApiKey) -> Result<Option<TalkBack>, StoreError> {
        self.inner.talkback_of_key(key)
    }

    fn talkbacks(&self, user: Option<u64>) -> Result<Vec<TalkBack>, StoreError> {
        self.inner.talkbacks(user)
    }

    fn talkbacks_for(&self, user: u64) -> Result<Vec<TalkBack>, StoreError> {
        self.inner.talkbacks_for(user)
    }

    fn change_talkback(
        &self,
        id: u64,
        change: &mut dyn FnMut(&mut TalkBack),
    ) -> Result<TalkBack, StoreError> {
        self.inner.change_talkback(id, change)
    }

    fn delete_talkback(&self, id: u64) -> Result<(), StoreError> {
        self.inner.delete_talkback(id)
    }

    fn add_command(&self, new: NewCommand, most: usize) -> Result<Added, StoreError> {
        self.inner.add_command(new, most)
    }

    fn command(
        &self,
        talkback: u64,
        id: u64,
        now: Timestamp,
    ) -> Result<Option<Command>, StoreError> {
        self.inner.command(talkback, id, now)
    }

    fn change_command(
        &self,
        talkback: u64,
        id: u64,
        change: CommandChange,
        now: Timestamp,
    ) -> Result<Command, StoreError> {
        self.inner.change_command(talkback, id, change, now)
    }

    fn next_command(
        &self,
        talkback: u64,
        now: Timestamp,
        keep: usize,
    ) -> Result<Option<Command>, StoreError> {
        self.inner.next_command(talkback, now, keep)
    }

    fn last_delivered(&self, talkback: u64) -> Result<Option<Command>, StoreError> {
        self.inner.last_delivered(talkback)
    }

    fn acknowledge(&self, talkback: u64, id: u64, now: Timestamp) -> Result<Command, StoreError> {
        self.inner.acknowledge(talkback, id, now)
    }

    fn queue(&self, talkback: u64, now: Timestamp) -> Result<Vec<Command>, StoreError> {
        self.inner.queue(talkback, now)
    }

    fn queued(&self, talkback: u64, now: Timestamp) -> Result<u64, StoreError> {
        self.inner.queued(talkback, now)
    }

    fn commands(
        &self,
        talkback: u64,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Command>, StoreError> {
        self.inner.commands(talkback, now, limit)
    }

    fn delete_command(
        &self,
        talkback: u64,
        id: u64,
        reach: Reach,
        now: Timestamp,
    ) -> Result<Command, StoreError> {
        self.inner.delete_command(talkback, id, reach, now)
    }

    fn delete_commands(
        &self,
        talkback: u64,
        reach: Reach,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner.delete_commands(talkback, reach, now)
    }

    fn expire(&self, now: Timestamp, most: usize, keep: usize) -> Result<Expired, StoreError> {
        self.inner.expire(now, most, keep)
    }
}
