//! Imports: the whole history of another server's channel comes into a channel here, with its ids, times and values.
//!
//! Here they are begun, halted and listed; `found.rs` asks what there is, `job.rs` turns one, `step.rs` brings a page, `covered.rs` knows
//! what was read and `note.rs` writes it down. Nothing here follows a channel that goes on: relays do.

mod covered;
mod found;
mod job;
mod note;
mod step;

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fieldpost_store::User;
use fieldpost_store::history::Put;
use fieldpost_wire::channel::ReadKey;
use fieldpost_wire::{ApiKey, Channel, ChannelId, Entry};
use tokio::sync::Semaphore;

use crate::accounts::Chosen;
use crate::engine::Engine;
use crate::refusal::Refusal;
use crate::relays::remote::{Remote, Snag, is_cloud, place};
use crate::relays::{checked_key, checked_server};

pub use found::Found;
use job::Job;
use note::{Note, Notes};

/// How many imports go on at once; each user has one.
const JOBS_MAX: usize = 4;
/// How many channels of other servers are looked at, at once.
const LOOKS: usize = 4;
/// The time between two pages of a server that is somebody else's, in milliseconds.
const POLITE_MS: u64 = 1_000;
/// The longest such time that can be asked for.
const PAUSE_MAX_MS: u64 = 3_600_000;

/// A channel of another server, and what opens it.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The server's address, such as `https://api.thingspeak.com`.
    pub server: String,
    /// The channel there.
    pub channel: u64,
    /// One of its read keys; empty for a public channel.
    pub key: String,
    /// The user key of its owner, which tells its settings and all of its keys; empty if it is not to be asked.
    pub user_key: String,
    /// The server may be in a private network.
    pub private: bool,
}

/// An import to be begun.
#[derive(Clone, Debug, Default)]
pub struct NewImport {
    /// Where entries come from.
    pub source: Source,
    /// The new channel gets the number that it has there.
    pub same_id: bool,
    /// The new channel gets the keys that it has there, as far as they are known.
    pub same_keys: bool,
    /// Its write key there, if it is not to be asked for.
    pub write_key: Option<ApiKey>,
    /// The channel that takes the entries, in place of a new one.
    pub into: Option<ChannelId>,
    /// The time from one page to the next in milliseconds, in place of a polite one.
    pub pause_ms: Option<u64>,
}

/// An import as it stands.
#[derive(Clone, Debug)]
pub struct Import {
    /// The channel here.
    pub channel: u64,
    /// The other server.
    pub server: String,
    /// The channel there.
    pub remote_channel: u64,
    /// What it is doing.
    pub state: ImportState,
    /// About how many entries there are to bring.
    pub total: u64,
    /// How many were stored.
    pub stored: u64,
    /// How many were here already.
    pub same: u64,
    /// How many were left where another entry has their id.
    pub differs: u64,
    /// How many seconds hold more entries than the service shows of one, so that some are missing.
    pub crowded: u64,
    /// Entries have the ids that they have there.
    pub keeps_ids: bool,
    /// What is wrong, in words.
    pub says: Option<String>,
    /// When it is tried again, if it waits for that.
    pub next_at: Option<i64>,
    /// How many entries come in a second, once that is known.
    pub rate: Option<f64>,
    /// How long it may still take, in milliseconds.
    pub left_ms: Option<u64>,
}

/// What an import is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ImportState {
    /// It goes on.
    Running,
    /// It goes on when somebody says so.
    Stopped,
    /// Everything is here.
    Done,
}

/// What is kept in memory of imports.
pub(crate) struct Imports {
    notes: Arc<Notes>,
    jobs: Mutex<HashMap<u64, Job>>,
    looks: Semaphore,
}

impl Default for Imports {
    fn default() -> Self {
        Self { notes: Arc::default(), jobs: Mutex::default(), looks: Semaphore::new(LOOKS) }
    }
}

impl Imports {
    fn jobs(&self) -> MutexGuard<'_, HashMap<u64, Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Stores entries that have ids and times of their own, all of them or none. The caller has checked the right to do so.
    ///
    /// # Errors
    /// [`Refusal::NoChannel`], or [`Refusal::Failed`] if the store fails.
    pub async fn put(&self, channel: ChannelId, entries: Vec<Entry>) -> Result<Put, Refusal> {
        let put = self.correct(channel, move |store| store.put(channel, &entries)).await?;
        self.meters().store(usize::try_from(put.stored).unwrap_or(usize::MAX));
        Ok(put)
    }

    /// Keeps in a folder how far imports are, so that they go on after this program has ended.
    pub fn keep_imports_in(&self, folder: PathBuf) {
        self.imports_state().notes.keep_in(folder);
    }

    /// Goes on with the imports that went on in a server when it ended.
    pub fn resume_imports(&self) {
        for note in self.imports_state().notes.all().into_iter().filter(|note| note.running) {
            self.imports_state().jobs().insert(note.channel, Job::start(self, note));
        }
    }

    /// Asks another server what there is to bring.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] if the source can't be one, [`Refusal::Forbidden`] for a private network without consent,
    /// [`Refusal::Outside`] with what the other server says.
    pub async fn look_at(&self, user: &User, source: &Source) -> Result<Found, Refusal> {
        let source = self.checked(user, source)?;
        let _turn = self.imports_state().looks.try_acquire().map_err(|_| Refusal::Busy)?;
        let remote = Remote {
            engine: self,
            server: &source.server,
            channel: source.channel,
            key: &source.key,
            private: source.private,
            then: "begin again",
        };
        Found::ask(remote, &source.user_key).await.map_err(|snag| match snag {
            Snag::Wait(_, says) | Snag::Passing(says) | Snag::Lasting(says) => {
                Refusal::Outside(says)
            }
            Snag::Large => Refusal::Outside("what the other server answers is too long".into()),
        })
    }

    /// Begins an import of what was found at its source, or goes on with the one that brought from there before. `resident` ones go on
    /// after a restart of the server.
    ///
    /// # Errors
    /// As [`Engine::create_channel`]; [`Refusal::NoChannel`] if the channel that takes the entries is not this user's; [`Refusal::InUse`] if the user has one that goes on, or too many do.
    pub async fn begin_import(
        &self,
        user: &User,
        new: NewImport,
        found: &Found,
        resident: bool,
    ) -> Result<(Import, Arc<Channel>), Refusal> {
        self.has_import_room(user)?;
        let source = self.checked(user, &new.source)?;
        let before = self.begun(user, &source, new.into).await;
        let channel = match (&before, new.into) {
            (Some((_, channel)), _) => Arc::clone(channel),
            (None, Some(id)) => self.own_channel(user, id).await?,
            (None, None) => self.home(user, &new, found).await?,
        };
        let empty = self.head(channel.id).await?.last.is_none();
        let pause_ms = new.pause_ms.map(|ms| ms.min(PAUSE_MAX_MS));
        let fresh = Note {
            channel: channel.id.get(),
            user: user.id,
            server: source.server.clone(),
            remote_channel: source.channel,
            key: fieldpost_store::automations::Secret(found.key.clone()),
            private: source.private,
            tongue: found.tongue,
            keeps_ids: empty,
            pause_ms: pause_ms.unwrap_or_else(|| polite(&source.server)),
            covered: covered::Covered::default(),
            total: found.entries,
            stored: 0,
            same: 0,
            differs: 0,
            crowded: 0,
            running: resident,
            done: false,
            says: None,
            changed_at: self.now().millis(),
        };
        let note = match before {
            // Of a channel that is empty nothing was brought, whatever was written down: it was cleared.
            Some((note, _)) if !empty && note.tongue == fresh.tongue => Note {
                key: fresh.key,
                private: fresh.private,
                pause_ms: fresh.pause_ms,
                total: fresh.total.max(note.total),
                running: resident,
                done: false,
                says: None,
                ..note
            },
            Some((note, _)) => Note { keeps_ids: note.keeps_ids || empty, ..fresh },
            None => fresh,
        };
        self.start_import(user, note).map(|import| (import, channel))
    }

    /// Goes on with an import that was stopped.
    ///
    /// # Errors
    /// [`Refusal::Gone`] if there is none, [`Refusal::InUse`] as for [`Engine::begin_import`].
    pub async fn resume_import(&self, user: &User, channel: ChannelId) -> Result<Import, Refusal> {
        self.has_import_room(user)?;
        let note = self.note(user, channel).await?;
        self.start_import(user, Note { running: true, done: false, says: None, ..note })
    }

    /// Stops an import where it is; what was brought stays.
    ///
    /// # Errors
    /// [`Refusal::Gone`] if there is none.
    pub async fn halt_import(&self, user: &User, channel: ChannelId) -> Result<Import, Refusal> {
        self.note(user, channel).await?; // whose it is
        if let Some(job) = self.imports_state().jobs().remove(&channel.get()) {
            job.halt();
        }
        let note = Note { running: false, ..self.note(user, channel).await? };
        self.imports_state().notes.put(&note)?;
        Ok(told(&note, None))
    }

    /// Stops an import and forgets it; what was brought stays.
    ///
    /// # Errors
    /// [`Refusal::Gone`] if there is none.
    pub async fn forget_import(&self, user: &User, channel: ChannelId) -> Result<(), Refusal> {
        self.halt_import(user, channel).await?;
        self.imports_state().notes.remove(channel);
        Ok(())
    }

    /// Lists a user's imports, by channel.
    ///
    /// # Errors
    /// [`Refusal::Failed`] if the store can't be read.
    pub async fn imports(&self, user: &User) -> Result<Vec<Import>, Refusal> {
        let mut imports = Vec::new();
        for note in self.imports_state().notes.all().iter().filter(|note| note.user == user.id) {
            let Some(id) = ChannelId::new(note.channel) else { continue };
            match self.channel(id).await {
                Ok(_) => imports.push(self.as_it_stands(note)),
                Err(Refusal::NoChannel) => self.imports_state().notes.remove(id),
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(imports)
    }

    /// How the import into a channel stands.
    ///
    /// # Errors
    /// [`Refusal::Gone`] if there is none.
    pub async fn import_into(&self, user: &User, channel: ChannelId) -> Result<Import, Refusal> {
        Ok(self.as_it_stands(&self.note(user, channel).await?))
    }

    fn as_it_stands(&self, note: &Note) -> Import {
        match self.imports_state().jobs().get(&note.channel) {
            Some(job) => {
                let state = job.state();
                told(&state.note, (!job.is_over()).then_some(&state))
            }
            None => told(note, None),
        }
    }

    async fn note(&self, user: &User, channel: ChannelId) -> Result<Note, Refusal> {
        let note = self.imports_state().notes.of(channel).ok_or(Refusal::Gone)?;
        if note.user != user.id {
            return Err(Refusal::Gone);
        }
        self.channel(channel).await.map_err(crate::accounts::gone)?;
        Ok(note)
    }

    /// The import of this user that brought from there before.
    async fn begun(
        &self,
        user: &User,
        source: &Source,
        into: Option<ChannelId>,
    ) -> Option<(Note, Arc<Channel>)> {
        for note in self.imports_state().notes.all() {
            let same = note.user == user.id
                && note.remote_channel == source.channel
                && place(&note.server) == place(&source.server)
                && into.is_none_or(|into| into.get() == note.channel);
            let Some(id) = ChannelId::new(note.channel).filter(|_| same) else { continue };
            if let Ok(channel) = self.own_channel(user, id).await {
                return Some((note, channel));
            }
        }
        None
    }

    /// The channel that is made for what comes.
    async fn home(
        &self,
        user: &User,
        new: &NewImport,
        found: &Found,
    ) -> Result<Arc<Channel>, Refusal> {
        let id = new.same_id.then(|| ChannelId::new(new.source.channel)).flatten();
        let (mut chosen, mut more) = (Chosen { id, ..Chosen::default() }, Vec::new());
        if new.same_keys {
            chosen.write_key = new.write_key.or(found.write_key);
            let known = found.read_keys.iter().filter(|read| Some(read.key) != chosen.write_key);
            let mut read_keys: Vec<ReadKey> = known.cloned().collect();
            if !read_keys.is_empty() {
                more = read_keys.split_off(1);
                chosen.read_key = Some(read_keys[0].key);
            }
        }
        if let Some(id) = id
            && let Ok(channel) = self.own_channel(user, id).await
            && self.head(id).await?.last.is_none()
        {
            return Ok(channel); // made by an attempt that ended right afterwards
        }
        let made = self.create_channel(user, found.about.clone(), chosen).await?;
        if more.is_empty() {
            return Ok(Arc::new(made));
        }
        let add = move |channel: &mut Channel| channel.read_keys.extend(more.iter().cloned());
        self.change_channel(user, made.id, add).await.map(Arc::new)
    }

    /// Says no if the user can't begin an import now.
    ///
    /// # Errors
    /// [`Refusal::InUse`] if the user has one that goes on, or too many do.
    pub fn has_import_room(&self, user: &User) -> Result<(), Refusal> {
        let mut jobs = self.imports_state().jobs();
        jobs.retain(|_, job| !job.is_over());
        if jobs.values().any(|job| job.user == user.id) {
            return Err(Refusal::InUse(
                "one of your imports is going on; wait for it or stop it first".into(),
            ));
        }
        if jobs.len() >= JOBS_MAX {
            let many = format!("{JOBS_MAX} imports are going on here; try again when one is done");
            return Err(Refusal::InUse(many));
        }
        Ok(())
    }

    fn start_import(&self, user: &User, note: Note) -> Result<Import, Refusal> {
        self.has_import_room(user)?;
        self.imports_state().notes.put(&note)?;
        let mut jobs = self.imports_state().jobs();
        let job = Job::start(self, note.clone());
        let import = told(&note, Some(&job.state()));
        jobs.insert(note.channel, job);
        Ok(import)
    }

    fn checked(&self, user: &User, source: &Source) -> Result<Source, Refusal> {
        if ChannelId::new(source.channel).is_none() {
            return Err(Refusal::BadValue(
                "the channel there is its number, such as 1242207".into(),
            ));
        }
        if source.private && !user.admin && !self.limits().private_targets {
            return Err(Refusal::Forbidden(
                "only an administrator may bring a channel from a private network; the option --private-targets allows it to everybody"
                    .into(),
            ));
        }
        Ok(Source {
            server: checked_server(&source.server)?,
            key: checked_key(source.key.clone(), None)?.0,
            user_key: checked_key(source.user_key.clone(), None)?.0,
            ..source.clone()
        })
    }
}

/// The time between two pages of a server: none at home.
fn polite(server: &str) -> u64 {
    let place = if is_cloud(server) { return POLITE_MS } else { place(server) };
    let host = place.split('/').next().unwrap_or_default();
    let host = host
        .strip_prefix('[')
        .and_then(|rest| rest.split(']').next())
        .unwrap_or_else(|| host.rsplit_once(':').map_or(host, |(name, _)| name));
    let home = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        Err(_) => host == "localhost" || host.ends_with(".local"),
    };
    if home { 0 } else { POLITE_MS }
}

/// An import as it is shown; `state` if it goes on.
fn told(note: &Note, state: Option<&job::State>) -> Import {
    let brought = note.stored + note.same;
    let rate = state.and_then(|state| {
        let seconds = state.began.elapsed().as_secs_f64();
        let since = brought.saturating_sub(state.had);
        (since > 0 && seconds > 0.5).then(|| since as f64 / seconds)
    });
    let left = note.total.saturating_sub(brought) as f64;
    Import {
        channel: note.channel,
        server: note.server.clone(),
        remote_channel: note.remote_channel,
        state: match state {
            Some(_) => ImportState::Running,
            None if note.done => ImportState::Done,
            None => ImportState::Stopped,
        },
        total: note.total,
        stored: note.stored,
        same: note.same,
        differs: note.differs,
        crowded: note.crowded,
        keeps_ids: note.keeps_ids,
        says: note.says.clone(),
        next_at: state.and_then(|state| state.next_at),
        rate,
        left_ms: rate.map(|rate| (left / rate * 1_000.0) as u64),
    }
}
