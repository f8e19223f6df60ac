//! Makes letters of an entry: each form once, however many hear it.

use std::sync::Arc;

use bytes::Bytes;
use fieldpost_engine::read::columns;
use fieldpost_wire::feed::{entry_json, entry_json_of, entry_xml, row_csv};
use fieldpost_wire::topic::{CHANNELS, Form, Heard, Hearing};
use fieldpost_wire::update::Bare;
use fieldpost_wire::{Channel, ChannelId, Entry, FieldNo, Query, Zone};

use crate::letter::Letter;
use crate::packet::Qos;

/// One message of an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Entry,
    As(Form),
    Field(FieldNo),
}

/// Makes the letters of one entry.
pub(crate) struct Press<'a> {
    channel: ChannelId,
    entry: &'a Entry,
    /// The channel's settings, which the forms of the older generation need.
    about: Option<&'a Channel>,
    retain: bool,
    made: Vec<(Kind, Arc<Letter>)>,
}

impl<'a> Press<'a> {
    pub(crate) fn new(channel: ChannelId, entry: &'a Entry, about: Option<&'a Channel>) -> Self {
        Self { channel, entry, about, retain: false, made: Vec::new() }
    }

    /// For letters that tell of what was before.
    pub(crate) fn retained(self) -> Self {
        Self { retain: true, ..self }
    }

    /// The letter for a subscription with this filter; `None` for a field that the update did not hold.
    pub(crate) fn letter(
        &mut self,
        kind: Kind,
        hearing: &Hearing,
        filter: &Arc<str>,
    ) -> Option<Arc<Letter>> {
        let made = match self.made.iter().find(|(known, _)| *known == kind) {
            Some((_, made)) => Arc::clone(made),
            None => {
                let payload = self.payload(kind)?;
                let topic = topic(self.channel, kind).into();
                let made = Arc::new(self.made_of(topic, payload));
                self.made.push((kind, Arc::clone(&made)));
                made
            }
        };
        // Clients compare the topic with what they subscribed to, so a key in it stays there.
        let topic = match (hearing.what, hearing.key) {
            (Heard::Fields | Heard::All, None) => return Some(made),
            (Heard::Fields | Heard::All, Some(key)) => {
                format!("{}/{}", made.topic, key.reveal()).into()
            }
            _ if *filter == made.topic => return Some(made),
            _ => Arc::clone(filter),
        };
        Some(Arc::new(self.made_of(topic, made.payload.clone())))
    }

    fn made_of(&self, topic: Arc<str>, payload: Bytes) -> Letter {
        let entry = Some((self.channel, self.entry.id));
        Letter { topic, payload, qos: Qos::One, retain: self.retain, extra: None, entry }
    }

    /// What a message says; `None` for a field that the update did not hold.
    fn payload(&self, kind: Kind) -> Option<Bytes> {
        let (channel, entry) = (self.channel, self.entry);
        let text = match kind {
            Kind::Field(field) => {
                return Some(Bytes::copy_from_slice(entry.values.field(field)?.as_bytes()));
            }
            Kind::Entry => entry_json(channel, entry, &Bare::default(), &Zone::Utc),
            Kind::As(Form::Json) => match self.about {
                Some(about) => entry_json_of(about, entry, &Zone::Utc),
                None => entry_json(channel, entry, &Bare::default(), &Zone::Utc),
            },
            Kind::As(Form::Xml) => entry_xml(channel, entry, &Zone::Utc),
            Kind::As(Form::Csv) => {
                let mut line = String::new();
                let columns = columns(self.about?, None, &Query::default());
                row_csv(&mut line, entry, &columns, &Zone::Utc);
                line.truncate(line.trim_end().len());
                line
            }
        };
        Some(text.into())
    }
}

/// What a subscription brings of an entry.
pub(crate) fn kinds(what: Heard) -> Vec<Kind> {
    match what {
        Heard::Entry => vec![Kind::Entry],
        Heard::As(form) => vec![Kind::As(form)],
        Heard::Field(field) => vec![Kind::Field(field)],
        Heard::Fields => FieldNo::ALL.map(Kind::Field).to_vec(),
        Heard::All => {
            let fields = FieldNo::ALL.map(Kind::Field);
            std::iter::once(Kind::Entry).chain(fields).collect()
        }
    }
}

fn topic(channel: ChannelId, kind: Kind) -> String {
    match kind {
        Kind::Entry => format!("{CHANNELS}/{channel}/subscribe"),
        Kind::As(Form::Json) => format!("{CHANNELS}/{channel}/subscribe/json"),
        Kind::As(Form::Xml) => format!("{CHANNELS}/{channel}/subscribe/xml"),
        Kind::As(Form::Csv) => format!("{CHANNELS}/{channel}/subscribe/csv"),
        Kind::Field(field) => format!("{CHANNELS}/{channel}/subscribe/fields/{}", field.name()),
    }
}
