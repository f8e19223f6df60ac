//! Writing one entry: `/update`.

use fieldpost_engine::Refusal;
use fieldpost_wire::feed::{entry_json, entry_xml};
use fieldpost_wire::{Update, Zone};

use super::Ask;
use super::route::Format;
use crate::device::Reply;

impl Ask<'_> {
    /// Stores an update and answers its entry: the id alone, or all of it as JSON or XML.
    pub(super) async fn update(&self) -> Result<Reply, Refusal> {
        let zone = Zone::of_request(self.params.get("timezone"), self.params.get("offset"));
        let update = Update::from_params(&self.params, &zone, &self.request.peer.to_string());
        let bare = update.bare;
        let accepted = self.engine.submit(self.key(), update).await?;
        let (channel, entry) = (accepted.channel.id, &accepted.entry);
        let body = match self.format {
            Format::Json => entry_json(channel, entry, &bare, &zone),
            Format::Xml => entry_xml(channel, entry, &zone),
            _ => entry.id.to_string(),
        };
        Ok(Reply::ok(self.format.content_type(), body))
    }
}
