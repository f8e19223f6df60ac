//! A store in memory: the model that the others are compared with.
//!
//! Plain maps behind one lock, and loops rather than indexes, so that reading it is enough to believe
//! it. It forgets everything when it is dropped.

mod automations;
mod devices;
mod history;
mod relays;
mod talkbacks;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fieldpost_wire::channel::{Channel, Tag};
use fieldpost_wire::query::Span;
use fieldpost_wire::{ApiKey, ChannelId, Entry, EntryId, FieldNo, Timestamp};

use crate::access::{Link, NewLink, NewSession, Role, Session, Share, TokenHash};
use crate::store::{
    ChannelFilter, Head, NewChannel, NewUser, Outcome, Repeats, Store, StoreError, Submission,
    Taken, User, wait_ms,
};

/// Keeps everything in memory.
#[derive(Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Default)]
struct State {
    version: u64,
    /// The highest id that a channel ever had.
    highest_channel: u64,
    channels: BTreeMap<ChannelId, Kept>,
    users: BTreeMap<u64, User>,
    /// The highest number that a user ever had.
    highest_user: u64,
    /// By channel and user.
    shares: BTreeMap<(ChannelId, u64), Role>,
    sessions: Vec<(TokenHash, Session)>,
    highest_session: u64,
    links: Vec<(TokenHash, Link)>,
    highest_link: u64,
    automations: automations::Automations,
    talkbacks: talkbacks::TalkBacks,
    relays: relays::Relays,
    devices: devices::Devices,
    /// The known words; a word's number is its place, from 1.
    words: Vec<String>,
}

/// A channel and what it holds, by ascending id.
struct Kept {
    channel: Channel,
    entries: Vec<Entry>,
    /// The highest id since it was made or cleared; 0 if there is none.
    last: u64,
    last_write_at: Option<Timestamp>,
}

impl MemoryStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes are made to copies and put in place at the end, so a lock that a panicking `change`
    /// left behind still guards a whole state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The entries of a channel, ascending by id; none if there is no such channel.
    fn entries(&self, channel: ChannelId) -> Vec<Entry> {
        self.lock().channels.get(&channel).map(|kept| kept.entries.clone()).unwrap_or_default()
    }
}

impl Store for MemoryStore {
    fn commit(&self, batch: Vec<Submission>) -> Result<Vec<Outcome>, StoreError> {
        let mut state = self.lock();
        Ok(batch.into_iter().map(|submission| state.submit(submission)).collect())
    }

    fn newest(&self, channel: ChannelId, span: &Span) -> Result<Vec<Entry>, StoreError> {
        let mut found = self.entries(channel);
        found.retain(|entry| match &span.entries {
            Some(ids) => ids.contains(&entry.id.get()),
            None => span.from <= entry.created_at && entry.created_at <= span.until,
        });
        found.sort_by_key(|entry| (entry.created_at, entry.id));
        let limit = usize::try_from(span.limit).unwrap_or(usize::MAX);
        Ok(found.split_off(found.len().saturating_sub(limit)))
    }

    fn after(
        &self,
        channel: ChannelId,
        after: EntryId,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut found = self.entries(channel);
        found.retain(|entry| entry.id > after);
        found.truncate(limit);
        Ok(found)
    }

    fn scan(
        &self,
        channel: ChannelId,
        from: Timestamp,
        until: Timestamp,
        visit: &mut dyn FnMut(&Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut found = self.entries(channel);
        found.retain(|entry| from <= entry.created_at && entry.created_at <= until);
        found.sort_by_key(|entry| (entry.created_at, entry.id));
        // Whether it goes on is all that there is to learn, and at the end that is all the same.
        let _ = found.iter().try_for_each(visit);
        Ok(())
    }

    fn entry(&self, channel: ChannelId, id: EntryId) -> Result<Option<Entry>, StoreError> {
        Ok(self.entries(channel).into_iter().find(|entry| entry.id == id))
    }

    fn last_with(&self, channel: ChannelId, field: FieldNo) -> Result<Option<Entry>, StoreError> {
        let has_it = |entry: &Entry| entry.values.field(field).is_some();
        Ok(self.entries(channel).into_iter().rev().find(has_it))
    }

    fn head(&self, channel: ChannelId) -> Result<Option<Head>, StoreError> {
        Ok(self.lock().channels.get(&channel).map(Kept::head))
    }

    fn clear(&self, channel: ChannelId) -> Result<(), StoreError> {
        let mut state = self.lock();
        let kept = state.channels.get_mut(&channel).ok_or(StoreError::NotFound)?;
        kept.entries.clear();
        kept.last = 0;
        state.version += 1;
        Ok(())
    }

    fn version(&self) -> Result<u64, StoreError> {
        Ok(self.lock().version)
    }

    fn channel(&self, id: ChannelId) -> Result<Option<Channel>, StoreError> {
        Ok(self.lock().channels.get(&id).map(|kept| kept.channel.clone()))
    }

    fn channel_of_write_key(
        &self,
        key: &ApiKey,
        now: Timestamp,
    ) -> Result<Option<Channel>, StoreError> {
        let state = self.lock();
        let found = state.channels.values().find(|kept| kept.channel.writes_with(key, now));
        Ok(found.map(|kept| kept.channel.clone()))
    }

    fn channel_of_read_key(&self, key: &ApiKey) -> Result<Option<Channel>, StoreError> {
        let state = self.lock();
        let opens = |kept: &&Kept| kept.channel.read_keys.iter().any(|read| read.key == *key);
        let found = state.channels.values().filter(opens).min_by_key(|kept| kept.channel.id);
        Ok(found.map(|kept| kept.channel.clone()))
    }

    fn channels(&self, filter: &ChannelFilter) -> Result<Vec<(Channel, Head)>, StoreError> {
        let listed = |channel: &Channel| {
            let carries = |word: &String| {
                channel.about.tags.iter().any(|tag| tag.name.to_lowercase() == word.to_lowercase())
            };
            filter.owner.is_none_or(|owner| owner == channel.owner)
                && (channel.about.public || !filter.public_only)
                && filter.tag.as_ref().is_none_or(carries)
        };
        let state = self.lock();
        let found = state.channels.values().filter(|kept| listed(&kept.channel));
        Ok(found.map(|kept| (kept.channel.clone(), kept.head())).collect())
    }

    fn create_channel(&self, new: NewChannel) -> Result<Channel, StoreError> {
        let mut state = self.lock();
        let owner = state.users.get(&new.owner).ok_or(StoreError::NotFound)?;
        let id = match new.id {
            Some(id) if state.channels.contains_key(&id) => {
                return Err(StoreError::Taken(Taken::ChannelId));
            }
            Some(id) => id,
            None => ChannelId::new(state.highest_channel + 1)
                .ok_or_else(|| StoreError::Failed("no channel id is left".into()))?,
        };
        let mut channel = Channel {
            id,
            owner: owner.id,
            username: owner.login.clone(),
            about: new.about,
            write_key: new.write_key,
            read_keys: new.read_keys,
            retiring: Vec::new(),
            created_at: new.now,
            updated_at: new.now,
        };
        state.check_keys(&channel)?;
        state.know_words(&mut channel.about.tags);
        state.highest_channel = state.highest_channel.max(id.get());
        state.version += 1;
        let kept =
            Kept { channel: channel.clone(), entries: Vec::new(), last: 0, last_write_at: None };
        state.channels.insert(id, kept);
        Ok(channel)
    }

    fn change_channel(
        &self,
        id: ChannelId,
        now: Timestamp,
        change: &mut dyn FnMut(&mut Channel),
    ) -> Result<Channel, StoreError> {
        let mut state = self.lock();
        let before = state.channels.get(&id).ok_or(StoreError::NotFound)?.channel.clone();
        let mut channel = before.clone();
        change(&mut channel);
        channel.id = before.id;
        channel.owner = before.owner;
        channel.username = before.username;
        channel.created_at = before.created_at;
        channel.updated_at = now;
        channel.retiring.retain(|old| old.until > now);
        state.check_keys(&channel)?;
        state.know_words(&mut channel.about.tags);
        state.version += 1;
        state.channels.get_mut(&id).ok_or(StoreError::NotFound)?.channel = channel.clone();
        Ok(channel)
    }

    fn delete_channel(&self, id: ChannelId) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.channels.remove(&id).ok_or(StoreError::NotFound)?;
        state.shares.retain(|(shared, _), _| *shared != id);
        state.links.retain(|(_, link)| link.channel != id);
        state.automations.forget_channel(id.get());
        state.talkbacks.forget_channel(id);
        state.relays.forget_channel(id);
        state.devices.forget_channel(id);
        state.version += 1;
        Ok(())
    }

    fn create_user(&self, new: NewUser) -> Result<User, StoreError> {
        let mut state = self.lock();
        if state.users.values().any(|user| same_login(&user.login, &new.login)) {
            return Err(StoreError::Taken(Taken::Login));
        }
        if state.users.values().any(|user| user.api_key == new.api_key) {
            return Err(StoreError::Taken(Taken::Key));
        }
        let user = User {
            id: state.highest_user + 1,
            login: new.login,
            api_key: new.api_key,
            password: new.password,
            email: None,
            bio: None,
            website: None,
            admin: new.admin,
            timezone: None,
            created_at: new.now,
        };
        state.highest_user = user.id;
        state.users.insert(user.id, user.clone());
        state.version += 1;
        Ok(user)
    }

    fn user(&self, login: &str) -> Result<Option<User>, StoreError> {
        Ok(self.lock().users.values().find(|user| same_login(&user.login, login)).cloned())
    }

    fn user_of_key(&self, key: &ApiKey) -> Result<Option<User>, StoreError> {
        Ok(self.lock().users.values().find(|user| user.api_key == *key).cloned())
    }

    fn users(&self) -> Result<Vec<User>, StoreError> {
        Ok(self.lock().users.values().cloned().collect())
    }

    fn change_user(
        &self,
        login: &str,
        change: &mut dyn FnMut(&mut User),
    ) -> Result<User, StoreError> {
        let mut state = self.lock();
        let before = state.users.values().find(|user| same_login(&user.login, login));
        let before = before.ok_or(StoreError::NotFound)?.clone();
        let mut user = before.clone();
        change(&mut user);
        user.id = before.id;
        user.login = before.login;
        user.created_at = before.created_at;
        if state.users.values().any(|other| other.id != user.id && other.api_key == user.api_key) {
            return Err(StoreError::Taken(Taken::Key));
        }
        state.users.insert(user.id, user.clone());
        state.version += 1;
        Ok(user)
    }

    fn delete_user(&self, login: &str) -> Result<(), StoreError> {
        let mut state = self.lock();
        let user = state.users.values().find(|user| same_login(&user.login, login)).cloned();
        let user = user.ok_or(StoreError::NotFound)?;
        if state.channels.values().any(|kept| kept.channel.owner == user.id) {
            return Err(StoreError::OwnsChannels);
        }
        let manages = |user: &User| user.admin && user.password.is_some();
        if manages(&user) && !state.users.values().any(|o| o.id != user.id && manages(o)) {
            return Err(StoreError::LastAdmin);
        }
        state.users.remove(&user.id);
        state.sessions.retain(|(_, session)| session.user != user.id);
        state.shares.retain(|(_, with), _| *with != user.id);
        state.automations.forget_user(user.id);
        state.talkbacks.forget_user(user.id);
        state.devices.forget_user(user.id);
        state.version += 1;
        Ok(())
    }

    fn begin_session(&self, new: NewSession) -> Result<Session, StoreError> {
        let mut state = self.lock();
        if !state.users.contains_key(&new.user) {
            return Err(StoreError::NotFound);
        }
        if state.sessions.iter().any(|(token, _)| *token == new.token) {
            return Err(StoreError::Taken(Taken::Key));
        }
        state.highest_session += 1;
        let (id, created_at, seen_at) = (state.highest_session, new.now, new.now);
        let session = Session { id, user: new.user, created_at, seen_at, agent: new.agent };
        state.sessions.push((new.token, session.clone()));
        Ok(session)
    }

    fn session(&self, token: &TokenHash) -> Result<Option<(Session, User)>, StoreError> {
        let state = self.lock();
        let found = state.sessions.iter().find(|(known, _)| known == token);
        Ok(found.and_then(|(_, session)| {
            Some((session.clone(), state.users.get(&session.user)?.clone()))
        }))
    }

    fn sessions(&self, user: u64) -> Result<Vec<Session>, StoreError> {
        let state = self.lock();
        let all = state.sessions.iter().map(|(_, session)| session);
        Ok(all.filter(|session| session.user == user).cloned().collect())
    }

    fn see_session(&self, id: u64, now: Timestamp) -> Result<(), StoreError> {
        let mut state = self.lock();
        let found = state.sessions.iter_mut().find(|(_, session)| session.id == id);
        found.ok_or(StoreError::NotFound)?.1.seen_at = now;
        Ok(())
    }

    fn end_session(&self, user: u64, id: u64) -> Result<(), StoreError> {
        let mut state = self.lock();
        let place = state.sessions.iter().position(|(_, s)| s.user == user && s.id == id);
        state.sessions.remove(place.ok_or(StoreError::NotFound)?);
        Ok(())
    }

    fn end_sessions(&self, user: u64, except: Option<u64>) -> Result<(), StoreError> {
        self.lock().sessions.retain(|(_, s)| s.user != user || Some(s.id) == except);
        Ok(())
    }

    fn end_old_sessions(&self, before: Timestamp) -> Result<(), StoreError> {
        self.lock().sessions.retain(|(_, session)| session.seen_at >= before);
        Ok(())
    }

    fn share(&self, channel: ChannelId, user: u64, role: Option<Role>) -> Result<(), StoreError> {
        let mut state = self.lock();
        let kept = state.channels.get(&channel).filter(|_| state.users.contains_key(&user));
        let owner = kept.ok_or(StoreError::NotFound)?.channel.owner;
        match role {
            Some(role) if role != Role::Owner && owner != user => {
                state.shares.insert((channel, user), role)
            }
            _ => state.shares.remove(&(channel, user)),
        };
        state.version += 1;
        Ok(())
    }

    fn shares(&self, channel: ChannelId) -> Result<Vec<Share>, StoreError> {
        let state = self.lock();
        let own = state.shares.iter().filter(|((shared, _), _)| *shared == channel);
        let login = |user| state.users.get(user).map(|user| user.login.clone());
        Ok(own
            .filter_map(|((_, user), role)| {
                Some(Share { user: *user, login: login(user)?, role: *role })
            })
            .collect())
    }

    fn role(&self, channel: ChannelId, user: u64) -> Result<Option<Role>, StoreError> {
        Ok(self.lock().shares.get(&(channel, user)).copied())
    }

    fn shared_with(&self, user: u64) -> Result<Vec<(Channel, Head, Role)>, StoreError> {
        let state = self.lock();
        let own = state.shares.iter().filter(|((_, with), _)| *with == user);
        let kept = own.filter_map(|((id, _), role)| Some((state.channels.get(id)?, *role)));
        Ok(kept.map(|(kept, role)| (kept.channel.clone(), kept.head(), role)).collect())
    }

    fn create_link(&self, new: NewLink) -> Result<Link, StoreError> {
        let mut state = self.lock();
        if !state.channels.contains_key(&new.channel) {
            return Err(StoreError::NotFound);
        }
        if state.links.iter().any(|(token, _)| *token == new.token) {
            return Err(StoreError::Taken(Taken::Key));
        }
        state.highest_link += 1;
        let NewLink { channel, note, expires_at, now: created_at, token } = new;
        let link = Link { id: state.highest_link, channel, note, created_at, expires_at };
        state.links.push((token, link.clone()));
        Ok(link)
    }

    fn links(&self, channel: ChannelId) -> Result<Vec<Link>, StoreError> {
        let state = self.lock();
        let all = state.links.iter().map(|(_, link)| link);
        Ok(all.filter(|link| link.channel == channel).cloned().collect())
    }

    fn link(&self, token: &TokenHash) -> Result<Option<Link>, StoreError> {
        let state = self.lock();
        Ok(state.links.iter().find(|(known, _)| known == token).map(|(_, link)| link.clone()))
    }

    fn delete_link(&self, channel: ChannelId, id: u64) -> Result<(), StoreError> {
        let mut state = self.lock();
        let place = state.links.iter().position(|(_, l)| l.channel == channel && l.id == id);
        state.links.remove(place.ok_or(StoreError::NotFound)?);
        Ok(())
    }
}

impl State {
    /// Stores a submission, or says why not.
    fn submit(&mut self, submission: Submission) -> Outcome {
        let Some(kept) = self.channels.get_mut(&submission.channel) else {
            return Outcome::NoChannel;
        };
        let Submission { received, interval_ms, repeats, updates, .. } = submission;
        if interval_ms > 0
            && let Some(wait_ms) = wait_ms(kept.last_write_at, received, interval_ms)
        {
            return Outcome::TooSoon { wait_ms };
        }
        let mut fresh: Vec<Entry> = Vec::new();
        for update in updates {
            if let (Some(time), Repeats::Refuse | Repeats::Skip) = (update.created_at, repeats) {
                let earlier: Vec<&Entry> = kept
                    .entries
                    .iter()
                    .chain(&fresh)
                    .filter(|entry| entry.created_at == time)
                    .collect();
                let repeated = earlier.iter().any(|entry| entry.values == update.values);
                if repeated && repeats == Repeats::Skip {
                    continue;
                }
                if repeats == Repeats::Refuse && !earlier.is_empty() {
                    return Outcome::TimeTaken(time);
                }
            }
            fresh.push(Entry {
                id: EntryId::new(kept.last + fresh.len() as u64).next(),
                created_at: update.created_at.unwrap_or(received),
                values: update.values,
            });
        }
        if !fresh.is_empty() {
            kept.last_write_at = Some(received);
            kept.last += fresh.len() as u64;
        }
        kept.entries.extend_from_slice(&fresh);
        Outcome::Stored(fresh.into())
    }

    /// A write key opens one channel and nothing else; read keys differ within their channel.
    fn check_keys(&self, channel: &Channel) -> Result<(), StoreError> {
        let reads = |channel: &Channel, key: ApiKey| channel.read_keys.iter().any(|k| k.key == key);
        let own: Vec<ApiKey> = write_keys(channel).collect();
        let others =
            || self.channels.values().map(|kept| &kept.channel).filter(|c| c.id != channel.id);
        let write_key_taken = own.iter().enumerate().any(|(place, key)| {
            own[..place].contains(key)
                || others().any(|c| write_keys(c).any(|other| other == *key) || reads(c, *key))
        });
        let read_key_taken = channel.read_keys.iter().enumerate().any(|(place, read)| {
            own.contains(&read.key)
                || channel.read_keys[..place].iter().any(|earlier| earlier.key == read.key)
                || others().any(|c| write_keys(c).any(|other| other == read.key))
        });
        if write_key_taken || read_key_taken {
            return Err(StoreError::Taken(Taken::Key));
        }
        Ok(())
    }

    /// Gives tags the numbers and the spelling of the words that are known, and learns the others. A word
    /// named twice counts once.
    fn know_words(&mut self, tags: &mut Vec<Tag>) {
        let mut known: Vec<Tag> = Vec::new();
        for tag in tags.drain(..) {
            let same = |word: &String| word.to_lowercase() == tag.name.to_lowercase();
            let place = self.words.iter().position(same).unwrap_or_else(|| {
                self.words.push(tag.name.clone());
                self.words.len() - 1
            });
            let tag = Tag { id: place as u64 + 1, name: self.words[place].clone() };
            if !known.contains(&tag) {
                known.push(tag);
            }
        }
        *tags = known;
    }
}

impl Kept {
    fn head(&self) -> Head {
        let last = (self.last > 0).then(|| EntryId::new(self.last));
        Head { last, last_write_at: self.last_write_at }
    }
}

/// The keys that write to a channel, or did until lately.
fn write_keys(channel: &Channel) -> impl Iterator<Item = ApiKey> {
    std::iter::once(channel.write_key).chain(channel.retiring.iter().map(|old| old.key))
}

fn same_login(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
