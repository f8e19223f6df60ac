//! TalkBack: commands that wait for devices. `/talkbacks/T/commands`, with the key of the TalkBack.

use fieldpost_engine::Refusal;
use fieldpost_engine::doctor::What;
use fieldpost_engine::talkbacks::NewText;
use fieldpost_store::talkbacks::{Command, CommandChange, Reach, TalkBack};
use fieldpost_wire::Zone;
use fieldpost_wire::document::{Node, PROLOG};
use fieldpost_wire::feed::time_node;

use super::Ask;
use super::feeds::empty_list_xml;
use super::route::Format;
use crate::device::Reply;
use crate::device::reply::content_type;
use crate::witness;

impl Ask<'_> {
    /// Adds a command to the queue and answers its number.
    pub(super) async fn add_command(&self, id: u64) -> Result<Reply, Refusal> {
        let talkback = self.talkback(id).await?;
        let header = self.request.once.as_deref().filter(|word| !word.trim().is_empty());
        let new = NewText {
            text: self.params.get("command_string").unwrap_or_default().into(),
            position: self.number("position")?,
            expire_s: self.number("expire_s")?.map(|s| u32::try_from(s).unwrap_or(u32::MAX)),
            once: header.or_else(|| self.params.get("once")).map(Into::into),
        };
        let command = self.engine.add_command(&talkback, new).await?.command;
        Ok(match self.format {
            Format::Json | Format::Xml => self.one_command(&command),
            _ => self.text(&command.id.to_string()),
        })
    }

    /// Lists what is queued, in the order in which it is handed out.
    pub(super) async fn list_commands(&self, id: u64) -> Result<Reply, Refusal> {
        let talkback = self.talkback(id).await?;
        let queue = self.engine.command_queue(&talkback).await?;
        let (zone, xml) = (self.zone(), self.format == Format::Xml);
        let nodes = queue.iter().map(|command| node(command, &zone, xml)).collect();
        Ok(self.document(Node::Array("command", nodes), "commands"))
    }

    /// Shows one command.
    pub(super) async fn show_command(&self, id: u64, command: u64) -> Result<Reply, Refusal> {
        let talkback = self.talkback(id).await?;
        Ok(self.one_command(&self.engine.command(&talkback, command).await?))
    }

    /// Changes what a command says, or its place in the queue.
    pub(super) async fn change_command(&self, id: u64, command: u64) -> Result<Reply, Refusal> {
        let talkback = self.talkback(id).await?;
        let text = self.params.get("command_string").map(Into::into);
        let change = CommandChange { text, position: self.number("position")? };
        let command = self.engine.change_command(&talkback, command, change).await?;
        Ok(self.one_command(&command))
    }

    /// Deletes a command and answers what it was.
    pub(super) async fn delete_command(&self, id: u64, command: u64) -> Result<Reply, Refusal> {
        let talkback = self.talkback(id).await?;
        let command = self.engine.delete_command(&talkback, command, Reach::All).await?;
        Ok(self.one_command(&command))
    }

    /// Deletes all commands.
    pub(super) async fn delete_commands(&self, id: u64) -> Result<Reply, Refusal> {
        let talkback = self.talkback(id).await?;
        self.engine.delete_commands(&talkback, Reach::All).await?;
        Ok(match self.format {
            Format::Xml => Reply::ok(content_type::XML, empty_list_xml()),
            Format::Json => self.json("[]".into()),
            _ => Reply::ok(self.format.content_type(), ""),
        })
    }

    /// Shows the command that was handed out last.
    pub(super) async fn last_command(&self, id: u64) -> Result<Reply, Refusal> {
        let talkback = self.talkback(id).await?;
        Ok(self.one_command(&self.engine.last_command(&talkback).await?))
    }

    /// Notes that a command is done.
    pub(super) async fn acknowledge(&self, id: u64, command: u64) -> Result<Reply, Refusal> {
        let talkback = self.talkback(id).await?;
        Ok(self.one_command(&self.engine.acknowledge(&talkback, command).await?))
    }

    /// Hands out the next command. With `wait` the answer is held back until there is one; `ack` says which one before is done.
    pub(super) async fn execute(&self, id: u64) -> Result<Reply, Refusal> {
        let talkback = self.talkback(id).await?;
        self.acknowledge_named(&talkback).await?;
        // Listening comes before looking, so that nothing slips through in between.
        let mut waits = self.hold().map(|hold| (hold, self.engine.listen_for_commands(&talkback)));
        loop {
            if let Some(command) = self.engine.execute(&talkback).await? {
                return Ok(self.one_command(&command));
            }
            let Some((hold, bell)) = &mut waits else { return Ok(self.no_command()) };
            if !hold.hears(bell).await {
                return Ok(self.no_command());
            }
        }
    }

    /// The next command of the TalkBack whose key came along with an update, in place of the entry's id. An unknown key is
    /// answered as an empty queue is; the doctor hears of it.
    pub(super) async fn command_with_update(&self, key: &str) -> Result<Reply, Refusal> {
        let talkback = match self.engine.talkback_of_key(key).await {
            Ok(talkback) => talkback,
            Err(refusal @ Refusal::TalkBackKeyUnknown) => {
                let what = What::Refused(refusal);
                let params = self.params.clone();
                self.engine.notice(witness::of_request(self.request, params, Some(key), what));
                return Ok(self.no_command());
            }
            Err(refusal) => return Err(refusal),
        };
        self.acknowledge_named(&talkback).await?;
        let command = self.engine.execute(&talkback).await?;
        Ok(command.map_or_else(|| self.no_command(), |command| self.one_command(&command)))
    }

    /// The TalkBack of the address, if the key that came along opens it.
    async fn talkback(&self, id: u64) -> Result<TalkBack, Refusal> {
        let key = self.key().or_else(|| self.params.get("talkback_key"));
        self.engine.talkback_to_use(id, key).await
    }

    /// Notes that the command named by `ack` is done. One that can't be acknowledged keeps no device from the next.
    async fn acknowledge_named(&self, talkback: &TalkBack) -> Result<(), Refusal> {
        let named = self.params.get("ack").and_then(|text| text.trim().parse().ok());
        let Some(command) = named else { return Ok(()) };
        match self.engine.acknowledge(talkback, command).await {
            Err(Refusal::Failed) => Err(Refusal::Failed),
            _ => Ok(()),
        }
    }

    /// A whole number among the parameters; an empty one is none.
    fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let text = self.params.get(name).map(str::trim).filter(|text| !text.is_empty());
        let bad = |_| Refusal::BadValue(format!("{name} is a whole number, such as 1"));
        text.map(str::parse).transpose().map_err(bad)
    }

    /// A command: as text what it says.
    fn one_command(&self, command: &Command) -> Reply {
        match self.format {
            Format::Json | Format::Xml => {
                let zone = self.zone();
                let node = node(command, &zone, self.format == Format::Xml);
                self.document(node, "command")
            }
            _ => self.text(&command.text),
        }
    }

    /// The answer of a TalkBack whose queue is empty.
    fn no_command(&self) -> Reply {
        match self.format {
            Format::Json => self.json("{}".into()),
            Format::Xml => Reply::ok(content_type::XML, format!("{PROLOG}<hash></hash>\n")),
            _ => Reply::ok(self.format.content_type(), ""),
        }
    }
}

/// A command as the service shows it. Boards look for its members by their names, in JSON without blanks.
fn node<'a>(command: &'a Command, zone: &'a Zone, xml: bool) -> Node<'a> {
    let executed = command.delivered_at.map_or(Node::NoTime, |time| time_node(zone, time));
    let position = command.position.and_then(|position| i64::try_from(position).ok());
    let mut members = vec![
        ("id", Node::int(command.id)),
        ("command_string", Node::text(command.text.as_str())),
        ("position", Node::Int(position)),
        ("executed_at", executed),
        ("created_at", time_node(zone, command.created_at)),
    ];
    if xml {
        members.sort_by_key(|(name, _)| *name);
    }
    Node::Object(members)
}
