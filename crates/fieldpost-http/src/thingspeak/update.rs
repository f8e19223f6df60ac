//! Writing one entry: `/update`.

use bytes::Bytes;
use fieldpost_engine::Refusal;
use fieldpost_engine::doctor::{Fine, Warning, What};
use fieldpost_wire::feed::{entry_json, entry_xml};
use fieldpost_wire::number::spell_whole;
use fieldpost_wire::{Channel, Entry, Update};

use super::Ask;
use super::route::Format;
use crate::device::{Reply, Request};
use crate::witness;

impl Ask<'_> {
    /// Stores an update and answers its entry: the id alone, or all of it as JSON or XML.
    ///
    /// With a `talkback_key` the answer is that TalkBack's next command instead, also if the update came too soon.
    pub(super) async fn update(&self) -> Result<Reply, Refusal> {
        let zone = self.zone();
        let update = Update::from_params(&self.params, &zone, self.request.caller.peer);
        let bare = update.bare;
        let talkback_key = self.params.get("talkback_key").filter(|key| !key.trim().is_empty());
        let submitted = self.engine.submit(self.key(), update).await;
        if let Ok(accepted) = &submitted {
            self.tell(&accepted.channel, accepted.entry());
        }
        let accepted = match (submitted, talkback_key) {
            // Who asks for a command gets an answer even when the update came too soon.
            (Err(Refusal::TooSoon { .. }) | Ok(_), Some(key)) => {
                return self.command_with_update(key).await;
            }
            (submitted, _) => submitted?,
        };
        let (channel, entry) = (accepted.channel.id, accepted.entry());
        let body = match self.format {
            Format::Json => entry_json(channel, entry, &bare, &zone).into(),
            Format::Xml => entry_xml(channel, entry, &zone).into(),
            _ => Bytes::copy_from_slice(spell_whole(entry.id.get(), &mut [0; 20]).as_bytes()),
        };
        Ok(Reply::ok(self.format.content_type(), body))
    }

    /// Tells the connection doctor of an entry that is on disk: mostly that there is nothing to say.
    pub(super) fn tell(&self, channel: &Channel, entry: &Entry) {
        let Request { method, path, agent, caller, .. } = self.request;
        if let Some(warning) = Warning::of(&self.params, &entry.values, channel) {
            let what = What::Doubtful(channel.id, entry.id, warning);
            let facts = witness::of_request(self.request, self.params.clone(), self.key(), what);
            return self.engine.notice(facts);
        }
        let fine = Fine {
            door: caller.door,
            peer: caller.peer,
            agent: agent.as_deref(),
            method: method.as_str(),
            path,
            key: self.key().or(self.bulk_key.get().map(String::as_str)),
            channel: channel.id,
            entry: Some(entry.id),
        };
        self.engine.doctor().fine(&fine, self.engine.now());
    }
}
