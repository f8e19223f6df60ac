//! Keys of a channel: listed, made, rotated and removed by its owner. The service does this on its web pages only.

use fieldpost_engine::Refusal;
use fieldpost_wire::document::Node;
use fieldpost_wire::{ApiKey, Channel, ChannelId};

use super::Ask;
use crate::device::Reply;

impl Ask<'_> {
    /// Lists the keys of a channel: the write key, then the read keys with their notes.
    pub(super) async fn list_keys(&self, id: ChannelId) -> Result<Reply, Refusal> {
        let user = self.user().await?;
        let channel = self.engine.own_channel(&user, id).await?;
        Ok(self.document(keys(&channel), "api_keys"))
    }

    /// Makes a read key; with `write_flag=true` a new write key takes the place of the old one.
    pub(super) async fn make_key(&self, id: ChannelId) -> Result<Reply, Refusal> {
        let user = self.user().await?;
        let channel = if self.params.is_true("write_flag") {
            self.engine.rotate_write_key(&user, id).await?
        } else {
            let note = self.params.get("note").unwrap_or_default().to_string();
            self.engine.add_read_key(&user, id, note).await?
        };
        Ok(self.document(keys(&channel), "api_keys"))
    }

    /// Takes a read key away.
    pub(super) async fn remove_key(&self, id: ChannelId, key: ApiKey) -> Result<Reply, Refusal> {
        let user = self.user().await?;
        let channel = self.engine.own_channel(&user, id).await?;
        if channel.write_key == key {
            return Err(Refusal::BadValue(
                "a channel always has a write key; make a new one instead".into(),
            ));
        }
        let channel = self.engine.remove_read_key(&user, id, key).await?;
        Ok(self.document(keys(&channel), "api_keys"))
    }
}

fn keys(channel: &Channel) -> Node<'_> {
    let key = |key: &ApiKey, writes, note: Option<&str>| {
        Node::Object(vec![
            ("api_key", Node::text(key.reveal().to_string())),
            ("write_flag", Node::Bool(writes)),
            ("note", Node::Text(note.map(|note| note.to_string().into()))),
        ])
    };
    let mut all = vec![key(&channel.write_key, true, None)];
    all.extend(
        channel.read_keys.iter().map(|read| key(&read.key, false, Some(read.note.as_str()))),
    );
    Node::Array("api_key", all)
}
