//! What becomes of commands: added, changed, handed out, acknowledged, taken back. Everybody whom it concerns is told.

use fieldpost_store::Role;
use fieldpost_store::talkbacks::{
    Added, Command, CommandChange, CommandState, NewCommand, Reach, TalkBack,
};
use fieldpost_wire::Update;
use tokio::sync::broadcast;

use super::{EXPIRE_S_MAX, no_command};
use crate::engine::Engine;
use crate::news::Novelty;
use crate::refusal::Refusal;

/// The most commands that may be queued in a TalkBack: the service's limit.
pub const QUEUE_MAX: usize = 8_000;
/// How many finished commands are kept of a TalkBack.
pub const KEPT_MAX: usize = 1_000;
/// The most characters of a command: the service's limit.
pub const COMMAND_MAX: usize = 255;
/// The most characters of the word that names a command.
const ONCE_MAX: usize = 255;

/// A command to be added.
#[derive(Clone, Debug, Default)]
pub struct NewText {
    /// The text.
    pub text: String,
    /// Its place in the queue, from 1; absent for the end.
    pub position: Option<u64>,
    /// After how many seconds it expires; absent as the TalkBack has it, 0 for never.
    pub expire_s: Option<u32>,
    /// A word that names this command: with the same word again within a day the same command is meant.
    pub once: Option<String>,
}

/// A command in the queue, and whether it was there before.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// The command.
    pub command: Command,
    /// Its word came before.
    pub again: bool,
}

impl Engine {
    /// Adds a command to a TalkBack; the right to do so was checked. Returns when it is on disk.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] if it is empty or too long, [`Refusal::QueueFull`], [`Refusal::NoTalkBack`] if it is gone.
    pub async fn add_command(&self, talkback: &TalkBack, new: NewText) -> Result<Sent, Refusal> {
        check_text(&new.text)?;
        let once = new.once.map(|word| word.trim().to_string()).filter(|word| !word.is_empty());
        if once.as_deref().is_some_and(|word| word.chars().count() > ONCE_MAX) {
            return Err(Refusal::BadValue(format!(
                "the word that names a command has at most {ONCE_MAX} characters"
            )));
        }
        let seconds = new.expire_s.or(talkback.expire_s).filter(|seconds| *seconds > 0);
        if seconds.is_some_and(|seconds| seconds > EXPIRE_S_MAX) {
            return Err(Refusal::BadValue(format!(
                "a command expires after {EXPIRE_S_MAX} seconds at the latest"
            )));
        }
        let now = self.now();
        let expires_at = seconds.map(|seconds| now.plus_millis(i64::from(seconds) * 1_000));
        let (talkback_id, position) = (talkback.id, new.position);
        let command =
            NewCommand { talkback: talkback_id, text: new.text, position, expires_at, once, now };
        let added = self.on_store(move |store| store.add_command(command, QUEUE_MAX)).await;
        match added.map_err(super::gone)? {
            Added::New(command) => {
                self.tell_of(talkback, Novelty::Command(command.clone()));
                self.bells().ring(talkback.id);
                if expires_at.is_some() {
                    self.bells().due.notify_one();
                }
                Ok(Sent { command, again: false })
            }
            Added::Again(command) => Ok(Sent { command, again: true }),
            Added::Full => Err(Refusal::QueueFull { max: QUEUE_MAX }),
        }
    }

    /// Hands out a TalkBack's next command, if there is one. If the TalkBack logs, the command becomes the status of an entry.
    ///
    /// # Errors
    /// If the store fails; then nothing was handed out.
    pub async fn execute(&self, talkback: &TalkBack) -> Result<Option<Command>, Refusal> {
        let (id, now) = (talkback.id, self.now());
        let next = self.on_store(move |store| store.next_command(id, now, KEPT_MAX)).await?;
        let Some(command) = next else { return Ok(None) };
        self.tell_of(talkback, Novelty::Command(command.clone()));
        if talkback.log {
            // The command is out already: that it could not be logged must not keep it from the device.
            if let Err(refusal) = self.log(talkback, &command).await {
                tracing::warn!(talkback = id, code = refusal.code(), "a command was not logged");
            }
        }
        Ok(Some(command))
    }

    /// Hears a bell when a command is added to a TalkBack. To wait for one: listen, then execute, then wait for the bell.
    pub fn listen_for_commands(&self, talkback: &TalkBack) -> broadcast::Receiver<()> {
        self.bells().listen(talkback.id)
    }

    /// Notes that a device has done a command; one that is acknowledged already stays so.
    ///
    /// # Errors
    /// [`Refusal::NoCommand`]; [`Refusal::InUse`] if the command was not handed out.
    pub async fn acknowledge(&self, talkback: &TalkBack, id: u64) -> Result<Command, Refusal> {
        let (of, now) = (talkback.id, self.now());
        let before = self.on_store(move |store| store.command(of, id, now)).await?;
        let command = self.on_store(move |store| store.acknowledge(of, id, now)).await;
        let command = command.map_err(no_command)?;
        match command.state {
            CommandState::Queued => Err(Refusal::InUse(format!(
                "command {id} waits in the queue; it is acknowledged after it was handed out"
            ))),
            CommandState::Expired => {
                Err(Refusal::InUse(format!("command {id} has expired and was never handed out")))
            }
            _ => {
                if before.is_none_or(|before| before.state != command.state) {
                    self.tell_of(talkback, Novelty::Command(command.clone()));
                }
                Ok(command)
            }
        }
    }

    /// Finds a command.
    ///
    /// # Errors
    /// [`Refusal::NoCommand`].
    pub async fn command(&self, talkback: &TalkBack, id: u64) -> Result<Command, Refusal> {
        let (of, now) = (talkback.id, self.now());
        let found = self.on_store(move |store| store.command(of, id, now)).await?;
        found.ok_or(Refusal::NoCommand)
    }

    /// Finds the command that was handed out last.
    ///
    /// # Errors
    /// [`Refusal::NoCommand`].
    pub async fn last_command(&self, talkback: &TalkBack) -> Result<Command, Refusal> {
        let of = talkback.id;
        let found = self.on_store(move |store| store.last_delivered(of)).await?;
        found.ok_or(Refusal::NoCommand)
    }

    /// Lists what is queued, in the order in which it is handed out.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn command_queue(&self, talkback: &TalkBack) -> Result<Vec<Command>, Refusal> {
        let (of, now) = (talkback.id, self.now());
        self.on_store(move |store| store.queue(of, now)).await
    }

    /// Counts what is queued.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn queued_commands(&self, talkback: &TalkBack) -> Result<u64, Refusal> {
        let (of, now) = (talkback.id, self.now());
        self.on_store(move |store| store.queued(of, now)).await
    }

    /// Lists the newest commands, whatever became of them, newest first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn commands(
        &self,
        talkback: &TalkBack,
        limit: usize,
    ) -> Result<Vec<Command>, Refusal> {
        let (of, now) = (talkback.id, self.now());
        self.on_store(move |store| store.commands(of, now, limit)).await
    }

    /// Changes what a queued command says, or moves it.
    ///
    /// # Errors
    /// [`Refusal::NoCommand`], [`Refusal::BadValue`]; [`Refusal::InUse`] if it is no longer queued.
    pub async fn change_command(
        &self,
        talkback: &TalkBack,
        id: u64,
        change: CommandChange,
    ) -> Result<Command, Refusal> {
        if let Some(text) = &change.text {
            check_text(text)?;
        }
        let (of, now) = (talkback.id, self.now());
        let changed = self.on_store(move |store| store.change_command(of, id, change, now)).await;
        let command = changed.map_err(no_command)?;
        if command.state != CommandState::Queued {
            return Err(not_queued(id));
        }
        self.tell_of(talkback, Novelty::Command(command.clone()));
        Ok(command)
    }

    /// Deletes a command and gives it as it was. With [`Reach::Queue`] only one that nobody fetched.
    ///
    /// # Errors
    /// [`Refusal::NoCommand`]; [`Refusal::InUse`] if it is no longer queued but should be.
    pub async fn delete_command(
        &self,
        talkback: &TalkBack,
        id: u64,
        reach: Reach,
    ) -> Result<Command, Refusal> {
        let (of, now) = (talkback.id, self.now());
        let deleted = self.on_store(move |store| store.delete_command(of, id, reach, now)).await;
        let command = deleted.map_err(no_command)?;
        if reach == Reach::Queue && command.state != CommandState::Queued {
            return Err(not_queued(id));
        }
        self.tell_of(talkback, Novelty::CommandsGone { talkback: of });
        Ok(command)
    }

    /// Deletes what is queued, or all commands.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn delete_commands(&self, talkback: &TalkBack, reach: Reach) -> Result<(), Refusal> {
        let (of, now) = (talkback.id, self.now());
        self.on_store(move |store| store.delete_commands(of, reach, now)).await?;
        self.tell_of(talkback, Novelty::CommandsGone { talkback: of });
        Ok(())
    }

    /// Writes a command down as the status of an entry of the TalkBack's channel, if its owner may still write there.
    async fn log(&self, talkback: &TalkBack, command: &Command) -> Result<(), Refusal> {
        let Some(channel) = talkback.channel else { return Ok(()) };
        let channel = self.channel(channel).await?;
        if channel.owner != talkback.user {
            let (id, user) = (channel.id, talkback.user);
            let role = self.on_store(move |store| store.role(id, user)).await?;
            if role < Some(Role::Editor) {
                return Err(Refusal::NoChannel);
            }
        }
        let mut update = Update::default();
        update.values.status = Some(command.text.as_str().into());
        self.write_at_once(&channel, update).await
    }
}

fn not_queued(id: u64) -> Refusal {
    Refusal::InUse(format!(
        "command {id} is not in the queue any more: a device has it, or it has expired"
    ))
}

pub(super) fn check_text(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::BadValue("a command needs a text: command_string=OPEN".into()));
    }
    if text.chars().count() > COMMAND_MAX {
        return Err(Refusal::BadValue(format!("a command has at most {COMMAND_MAX} characters")));
    }
    Ok(())
}
