//! TalkBacks and their commands in memory.

use std::collections::BTreeMap;

use fieldpost_wire::{ApiKey, ChannelId, Timestamp};

use super::{MemoryStore, State};
use crate::store::{StoreError, Taken};
use crate::talkbacks::{
    Added, Command, CommandChange, CommandState, Expired, NewCommand, NewTalkBack, ONCE_MS, Reach,
    TalkBack, TalkBackStore, lasts,
};

#[derive(Default)]
pub(super) struct TalkBacks {
    all: BTreeMap<u64, Kept>,
    /// The highest number that a TalkBack ever had.
    highest: u64,
    highest_command: u64,
}

struct Kept {
    talkback: TalkBack,
    /// In the order in which they are handed out. Some may be due.
    queue: Vec<One>,
    /// In the order in which they finished.
    finished: Vec<One>,
}

/// A command, whose position is not kept, and the word that came with it.
#[derive(Clone)]
struct One {
    command: Command,
    once: Option<String>,
}

impl TalkBacks {
    pub(super) fn forget_user(&mut self, user: u64) {
        self.all.retain(|_, kept| kept.talkback.user != user);
    }

    pub(super) fn forget_channel(&mut self, channel: ChannelId) {
        for kept in self.all.values_mut().filter(|kept| kept.talkback.channel == Some(channel)) {
            kept.talkback.channel = None;
        }
    }

    fn of(&mut self, id: u64) -> Result<&mut Kept, StoreError> {
        self.all.get_mut(&id).ok_or(StoreError::NotFound)
    }
}

impl One {
    fn is_live(&self, now: Timestamp) -> bool {
        lasts(self.command.expires_at, now)
    }
}

impl Kept {
    /// The command at a place in the queue, as it is now.
    fn queued(&self, at: usize, now: Timestamp) -> Command {
        let before = self.queue[..at].iter().filter(|one| one.is_live(now)).count();
        let position = Some(before as u64 + 1);
        Command { position, ..self.queue[at].command.clone() }.at(now)
    }

    /// Where in the queue the command goes that is to have a position.
    fn place(&self, position: Option<u64>, now: Timestamp) -> usize {
        let live = self.queue.iter().enumerate().filter(|(_, one)| one.is_live(now));
        let skip = usize::try_from(position.unwrap_or(u64::MAX).max(1) - 1).unwrap_or(usize::MAX);
        live.map(|(at, _)| at).nth(skip).unwrap_or(self.queue.len())
    }

    fn at(&self, id: u64) -> Option<usize> {
        self.queue.iter().position(|one| one.command.id == id)
    }

    fn find(&self, id: u64, now: Timestamp) -> Option<Command> {
        let finished = || self.finished.iter().find(|one| one.command.id == id);
        self.at(id)
            .map(|at| self.queued(at, now))
            .or_else(|| finished().map(|one| one.command.clone()))
    }

    fn finish(&mut self, at: usize, state: CommandState, keep: usize) -> &mut Command {
        let mut one = self.queue.remove(at);
        one.command.state = state;
        self.finished.push(one);
        let over = self.finished.len().saturating_sub(keep.max(1));
        self.finished.drain(..over);
        let last = self.finished.len() - 1;
        &mut self.finished[last].command
    }
}

impl State {
    fn check_talkback(&self, talkback: &TalkBack) -> Result<(), StoreError> {
        let known = |id: ChannelId| self.channels.contains_key(&id);
        if !self.users.contains_key(&talkback.user) || !talkback.channel.is_none_or(known) {
            return Err(StoreError::NotFound);
        }
        let others = self.talkbacks.all.values().map(|kept| &kept.talkback);
        let mut others = others.filter(|other| other.id != talkback.id);
        if others.any(|other| other.api_key == talkback.api_key) {
            return Err(StoreError::Taken(Taken::Key));
        }
        Ok(())
    }

    fn talkbacks_that(&self, is_meant: impl Fn(&TalkBack) -> bool) -> Vec<TalkBack> {
        let all = self.talkbacks.all.values().map(|kept| &kept.talkback);
        all.filter(|talkback| is_meant(talkback)).cloned().collect()
    }
}

impl TalkBackStore for MemoryStore {
    fn create_talkback(&self, new: NewTalkBack) -> Result<TalkBack, StoreError> {
        let mut state = self.lock();
        let id = new.id.unwrap_or(state.talkbacks.highest + 1);
        let NewTalkBack { user, name, api_key, channel, log, expire_s, controls, .. } = new;
        let created_at = new.now;
        let talkback =
            TalkBack { id, user, name, api_key, channel, log, expire_s, controls, created_at };
        if state.talkbacks.all.contains_key(&id) {
            return Err(StoreError::Taken(Taken::TalkBackId));
        }
        state.check_talkback(&talkback)?;
        state.talkbacks.highest = state.talkbacks.highest.max(id);
        let (queue, finished) = (Vec::new(), Vec::new());
        state.talkbacks.all.insert(id, Kept { talkback: talkback.clone(), queue, finished });
        Ok(talkback)
    }

    fn talkback(&self, id: u64) -> Result<Option<TalkBack>, StoreError> {
        Ok(self.lock().talkbacks.all.get(&id).map(|kept| kept.talkback.clone()))
    }

    fn talkback_of_key(&self, key: &ApiKey) -> Result<Option<TalkBack>, StoreError> {
        Ok(self.lock().talkbacks_that(|talkback| talkback.api_key == *key).pop())
    }

    fn talkbacks(&self, user: Option<u64>) -> Result<Vec<TalkBack>, StoreError> {
        Ok(self.lock().talkbacks_that(|t| user.is_none_or(|user| t.user == user)))
    }

    fn talkbacks_for(&self, user: u64) -> Result<Vec<TalkBack>, StoreError> {
        let state = self.lock();
        let open = |channel: ChannelId| {
            state.channels.get(&channel).is_some_and(|kept| kept.channel.owner == user)
                || state.shares.contains_key(&(channel, user))
        };
        Ok(state.talkbacks_that(|t| t.user == user || t.channel.is_some_and(open)))
    }

    fn change_talkback(
        &self,
        id: u64,
        change: &mut dyn FnMut(&mut TalkBack),
    ) -> Result<TalkBack, StoreError> {
        let mut state = self.lock();
        let before = state.talkbacks.of(id)?.talkback.clone();
        let mut after = before.clone();
        change(&mut after);
        (after.id, after.user, after.created_at) = (before.id, before.user, before.created_at);
        state.check_talkback(&after)?;
        state.talkbacks.of(id)?.talkback = after.clone();
        Ok(after)
    }

    fn delete_talkback(&self, id: u64) -> Result<(), StoreError> {
        self.lock().talkbacks.all.remove(&id).map(drop).ok_or(StoreError::NotFound)
    }

    fn add_command(&self, new: NewCommand, most: usize) -> Result<Added, StoreError> {
        let mut state = self.lock();
        let id = state.talkbacks.highest_command + 1;
        let NewCommand { talkback, text, position, expires_at, once, now } = new;
        let kept = state.talkbacks.of(talkback)?;
        if once.is_some() {
            let said =
                |one: &&One| one.once == once && one.command.created_at > now.plus_millis(-ONCE_MS);
            let all = kept.queue.iter().chain(&kept.finished).filter(said);
            let known = all.map(|one| one.command.id).max();
            if let Some(command) = known.and_then(|id| kept.find(id, now)) {
                return Ok(Added::Again(command));
            }
        }
        if kept.queue.iter().filter(|one| one.is_live(now)).count() >= most {
            return Ok(Added::Full);
        }
        let command = Command {
            id,
            talkback,
            text,
            position: None,
            state: CommandState::Queued,
            created_at: now,
            delivered_at: None,
            acknowledged_at: None,
            expires_at,
        };
        let at = kept.place(position, now);
        kept.queue.insert(at, One { command, once });
        let command = kept.queued(at, now);
        state.talkbacks.highest_command = id;
        Ok(Added::New(command))
    }

    fn command(
        &self,
        talkback: u64,
        id: u64,
        now: Timestamp,
    ) -> Result<Option<Command>, StoreError> {
        Ok(self.lock().talkbacks.all.get(&talkback).and_then(|kept| kept.find(id, now)))
    }

    fn change_command(
        &self,
        talkback: u64,
        id: u64,
        change: CommandChange,
        now: Timestamp,
    ) -> Result<Command, StoreError> {
        let mut state = self.lock();
        let kept = state.talkbacks.of(talkback)?;
        let found = kept.find(id, now).ok_or(StoreError::NotFound)?;
        let Some(mut at) = kept.at(id).filter(|_| found.state == CommandState::Queued) else {
            return Ok(found);
        };
        if let Some(text) = change.text {
            kept.queue[at].command.text = text;
        }
        if change.position.is_some() {
            let one = kept.queue.remove(at);
            at = kept.place(change.position, now);
            kept.queue.insert(at, one);
        }
        Ok(kept.queued(at, now))
    }

    fn next_command(
        &self,
        talkback: u64,
        now: Timestamp,
        keep: usize,
    ) -> Result<Option<Command>, StoreError> {
        let mut state = self.lock();
        let Ok(kept) = state.talkbacks.of(talkback) else { return Ok(None) };
        let Some(at) = kept.queue.iter().position(|one| one.is_live(now)) else { return Ok(None) };
        let command = kept.finish(at, CommandState::Delivered, keep);
        command.delivered_at = Some(now);
        Ok(Some(command.clone()))
    }

    fn last_delivered(&self, talkback: u64) -> Result<Option<Command>, StoreError> {
        let state = self.lock();
        let Some(kept) = state.talkbacks.all.get(&talkback) else { return Ok(None) };
        let mut latest_first = kept.finished.iter().rev();
        let found = latest_first.find(|one| one.command.delivered_at.is_some());
        Ok(found.map(|one| one.command.clone()))
    }

    fn acknowledge(&self, talkback: u64, id: u64, now: Timestamp) -> Result<Command, StoreError> {
        let mut state = self.lock();
        let kept = state.talkbacks.of(talkback)?;
        let mut finished = kept.finished.iter_mut().map(|one| &mut one.command);
        if let Some(command) = finished.find(|command| command.id == id)
            && command.state == CommandState::Delivered
        {
            command.state = CommandState::Acknowledged;
            command.acknowledged_at = Some(now);
        }
        kept.find(id, now).ok_or(StoreError::NotFound)
    }

    fn queue(&self, talkback: u64, now: Timestamp) -> Result<Vec<Command>, StoreError> {
        let state = self.lock();
        let Some(kept) = state.talkbacks.all.get(&talkback) else { return Ok(Vec::new()) };
        let all = (0..kept.queue.len()).filter(|at| kept.queue[*at].is_live(now));
        Ok(all.map(|at| kept.queued(at, now)).collect())
    }

    fn queued(&self, talkback: u64, now: Timestamp) -> Result<u64, StoreError> {
        Ok(self.queue(talkback, now)?.len() as u64)
    }

    fn commands(
        &self,
        talkback: u64,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Command>, StoreError> {
        let state = self.lock();
        let Some(kept) = state.talkbacks.all.get(&talkback) else { return Ok(Vec::new()) };
        let queued = (0..kept.queue.len()).map(|at| kept.queued(at, now));
        let finished = kept.finished.iter().map(|one| one.command.clone());
        let mut all: Vec<Command> = queued.chain(finished).collect();
        all.sort_by_key(|command| std::cmp::Reverse(command.id));
        all.truncate(limit);
        Ok(all)
    }

    fn delete_command(
        &self,
        talkback: u64,
        id: u64,
        reach: Reach,
        now: Timestamp,
    ) -> Result<Command, StoreError> {
        let mut state = self.lock();
        let kept = state.talkbacks.of(talkback)?;
        let found = kept.find(id, now).ok_or(StoreError::NotFound)?;
        if reach == Reach::All || found.state == CommandState::Queued {
            kept.queue.retain(|one| one.command.id != id);
            kept.finished.retain(|one| one.command.id != id);
        }
        Ok(found)
    }

    fn delete_commands(
        &self,
        talkback: u64,
        reach: Reach,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        if let Ok(kept) = state.talkbacks.of(talkback) {
            kept.queue.retain(|one| reach == Reach::Queue && !one.is_live(now));
            kept.finished.retain(|_| reach == Reach::Queue);
        }
        Ok(())
    }

    fn expire(&self, now: Timestamp, most: usize, keep: usize) -> Result<Expired, StoreError> {
        let mut state = self.lock();
        let due = |one: &One| Some((one.command.expires_at?, one.command.id, one.command.talkback));
        let mut all: Vec<(Timestamp, u64, u64)> = state
            .talkbacks
            .all
            .values()
            .flat_map(|kept| kept.queue.iter().filter_map(due))
            .collect();
        all.sort_unstable();
        let mut expired = Expired::default();
        for (until, id, talkback) in all {
            if until > now || expired.commands.len() >= most {
                expired.next = Some(until);
                break;
            }
            let kept = state.talkbacks.of(talkback)?;
            if let Some(at) = kept.at(id) {
                expired.commands.push(kept.finish(at, CommandState::Expired, keep).clone());
            }
        }
        Ok(expired)
    }
}
