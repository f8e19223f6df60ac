//! Writing many entries at once: `/channels/ID/bulk_update.json` and `.csv`.

use fieldpost_engine::Refusal;
use fieldpost_wire::bulk::{Bulk, settle};
use fieldpost_wire::{ChannelId, Params};

use super::Ask;
use crate::device::Reply;
use crate::device::reply::content_type;

impl Ask<'_> {
    /// Stores all updates of a bulk, or none. The answer is JSON whatever the suffix.
    pub(super) async fn bulk(&self, id: ChannelId, csv: bool) -> Result<Reply, Refusal> {
        let caller = self.request.caller.peer.to_string();
        let zone = self.zone();
        let body = &self.request.body;
        let looks_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
        let bulk = if csv && !looks_json {
            let mut params = Params::from_body(&self.request.content_type, body)
                .map_err(|bad| Refusal::BadBody(bad.to_string()))?;
            params.overlay(self.params.clone());
            Bulk::from_form(&params, &zone, &caller)
        } else {
            Bulk::from_json(body, &zone, &caller)
                .map_err(|bad| Refusal::BadBody(bad.to_string()))?
        };
        let key = self.key().or(self.params.get("write_api_key")).or(bulk.write_key.as_deref());
        if let Some(key) = key {
            let _ = self.bulk_key.set(key.into());
        }
        // Reads tell anyone whether a channel is there, so a bulk may too.
        self.engine.channel(id).await?;
        // The key is checked before the list, so that a stranger learns nothing by trying.
        let channel = self.engine.channel_to_write(key).await?;
        if channel.id != id {
            return Err(Refusal::WriteKeyUnknown);
        }
        let items = bulk
            .items
            .ok_or_else(|| Refusal::BadBody("a bulk update needs a list called updates".into()))?;
        let updates = settle(items, self.engine.now()).map_err(|at| Refusal::BulkTime { at })?;
        let entries = self.engine.submit_bulk(id, key, updates).await?;
        if let Some(last) = entries.last() {
            self.tell(&channel, last);
        }
        Ok(Reply::new(202, content_type::JSON, r#"{"success":true}"#))
    }
}
