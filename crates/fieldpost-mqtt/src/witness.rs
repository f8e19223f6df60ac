//! What this door tells the connection doctor and the log. It decides nothing; keys pass through here to the doctor, which masks
//! them, passwords never do.

use fieldpost_engine::Engine;
use fieldpost_engine::doctor::{Facts, Fine, Purpose, Warning, What, mask};
use fieldpost_engine::engine::Accepted;
use fieldpost_wire::{ChannelId, EntryId, Params};

use crate::handle::Line;
use crate::rights::No;

/// How much of a message is looked at.
const BEGINNING: usize = mask::LOOKED_AT + 1;

/// What a client tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tried<'a> {
    pub(crate) line: Line,
    pub(crate) client_id: &'a str,
    /// `CONNECT`, `PUBLISH` or `SUBSCRIBE`.
    pub(crate) method: &'static str,
    pub(crate) topic: Option<&'a str>,
    pub(crate) channel: Option<ChannelId>,
    pub(crate) key: Option<&'a str>,
    pub(crate) payload: &'a [u8],
}

impl<'a> Tried<'a> {
    pub(crate) fn new(line: Line, client_id: &'a str, method: &'static str) -> Self {
        let (topic, channel, key, payload) = (None, None, None, &b""[..]);
        Self { line, client_id, method, topic, channel, key, payload }
    }

    /// Tells of a "no", or of what was done but hardly as it was meant.
    pub(crate) fn tell(&self, engine: &Engine, what: What) {
        engine.notice(Facts {
            door: self.line.door,
            peer: self.line.peer,
            agent: Some(self.client_id.into()).filter(|id: &String| !id.is_empty()),
            method: Some(self.method.into()),
            path: self.topic.map(Into::into),
            query: Vec::new(),
            purpose: match (self.method, self.channel) {
                ("PUBLISH", Some(_)) => Purpose::Write,
                ("SUBSCRIBE", Some(_)) => Purpose::Read,
                _ => Purpose::Nothing,
            },
            channel: self.channel,
            key: self.key.map(Into::into),
            params: Params::from_form(self.payload),
            sent: self.payload[..self.payload.len().min(BEGINNING)].to_vec(),
            what,
        });
    }

    /// Tells of a "no", and logs it.
    pub(crate) fn refuse(&self, engine: &Engine, no: &No) {
        let topic = self.topic.map(|topic| mask::address(topic, b""));
        tracing::info!(
            client = %mask::masked(self.client_id),
            peer = %self.line.peer,
            method = self.method,
            topic = topic.as_deref().unwrap_or_default(),
            code = no.code(),
            "refused over MQTT"
        );
        if let What::Refused(refusal) = &no.what
            && self.method == "PUBLISH"
        {
            engine.meters().refuse(refusal);
        }
        self.tell(engine, no.what.clone());
    }

    /// Tells of an update that is on disk: mostly that there is nothing to say.
    pub(crate) fn stored(&self, engine: &Engine, accepted: &Accepted, params: &Params) {
        let (channel, entry) = (&accepted.channel, accepted.entry());
        match Warning::of(params, &entry.values, channel) {
            Some(warning) => self.tell(engine, What::Doubtful(channel.id, entry.id, warning)),
            None => self.fine(engine, channel.id, Some(entry.id)),
        }
    }

    /// Tells of a channel that is listened to.
    pub(crate) fn read(&self, engine: &Engine, channel: ChannelId) {
        self.fine(engine, channel, None);
    }

    fn fine(&self, engine: &Engine, channel: ChannelId, entry: Option<EntryId>) {
        let fine = Fine {
            door: self.line.door,
            peer: self.line.peer,
            agent: Some(self.client_id),
            method: self.method,
            path: self.topic.unwrap_or_default(),
            key: self.key,
            channel,
            entry,
        };
        engine.doctor().fine(&fine, engine.now());
    }
}
