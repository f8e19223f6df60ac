//! What becomes of a message: an entry of a channel, or something that the user's devices hear. An entry is answered when it is on disk.
//!
//! A message that is refused is left out and told to the doctor and the log. With quality 1 or 2 the client is told as well: in
//! version 5 by the reason in the answer; earlier versions know no such "no", so the connection is closed (MQTT 3.1.1, 3.3.5): an
//! answer would say that the message is safe.

use std::sync::Arc;

use fieldpost_engine::devices::{Here, maps};
use fieldpost_engine::doctor::{MqttTrouble, What};
use fieldpost_wire::topic::{self, Publishing};
use fieldpost_wire::update::cut;
use fieldpost_wire::{Params, Update, Values, Zone};
use futures_util::future::BoxFuture;

use crate::filter::is_topic;
use crate::handle::Handle;
use crate::house::House;
use crate::packet::{Message, Reason};
use crate::rights::{self, No};
use crate::space::{KEPT_MAX, Space};
use crate::witness::Tried;

/// What becomes of a message.
pub(crate) enum Fate {
    /// It is decided.
    Now(Result<(), No>),
    /// It is being written. Handed in with the first poll, so polling in order keeps the order.
    Later(BoxFuture<'static, Result<(), No>>),
}

/// Where messages come from.
pub(crate) struct Sender<'a> {
    pub(crate) house: &'a Arc<House>,
    pub(crate) handle: &'a Arc<Handle>,
    /// The topics of the device's user; `None` for a stranger.
    pub(crate) space: Option<&'a Arc<Space>>,
    /// The device, as it is seen; `None` for a stranger.
    pub(crate) here: Option<&'a Here>,
}

impl Sender<'_> {
    /// Does what a message asks for. Refusals are told already when this returns, or when the fate is known.
    pub(crate) async fn publish(&self, message: &Message) -> Fate {
        match Publishing::parse(&message.topic) {
            None => self.publish_free(message).await,
            Some(Ok(to)) => self.publish_entry(message, to).await,
            Some(Err(error)) => {
                let no = No::trouble(Reason::Topic, MqttTrouble::Topic(error));
                self.refuse(message, None, None, no)
            }
        }
    }

    async fn publish_entry(&self, message: &Message, to: Publishing) -> Fate {
        let engine = &self.house.engine;
        let params = match to.field {
            Some(_) => Params::default(),
            None => Params::from_form(&message.payload),
        };
        let in_topic = to.key.map(|key| key.reveal().to_string());
        let key = in_topic.or_else(|| params.key().map(Into::into));
        let update = match self.update(message, &to, &params) {
            Ok(update) => update,
            Err(no) => return self.refuse(message, Some(&to), key.as_deref(), no),
        };
        let guest = &self.handle.guest;
        let channel = match rights::to_publish(engine, guest, &to, key.as_deref()).await {
            Ok(channel) => channel,
            Err(no) => return self.refuse(message, Some(&to), key.as_deref(), no),
        };
        let (engine, handle) = (engine.clone(), Arc::clone(self.handle));
        let (topic, payload) = (message.topic.clone(), message.payload.clone());
        let house = Arc::clone(self.house);
        Fate::Later(Box::pin(async move {
            let tried = Tried {
                topic: Some(&topic),
                channel: Some(to.channel),
                key: key.as_deref(),
                payload: &payload,
                ..Tried::new(handle.line, &handle.client_id, "PUBLISH")
            };
            match engine.write(channel, update, 0).await {
                Ok(accepted) => {
                    tried.stored(&engine, &accepted, &params);
                    Ok(())
                }
                Err(refusal) => {
                    let no = No::from(refusal);
                    house.meters.refused.add(1);
                    tried.refuse(&engine, &no);
                    Err(no)
                }
            }
        }))
    }

    fn update(&self, message: &Message, to: &Publishing, params: &Params) -> Result<Update, No> {
        let payload = &message.payload;
        if let Some(field) = to.field {
            let text = std::str::from_utf8(payload)
                .map_err(|_| No::trouble(Reason::Payload, MqttTrouble::NotText))?;
            // A NUL behind the text is a habit of programs in C.
            let text = cut(text.trim_end_matches('\0'));
            return Ok(Update::from([(field, text)]));
        }
        let zone = Zone::of_request(params.get("timezone"), params.get("offset"));
        let update = Update::from_params(params, &zone, self.handle.line.peer);
        if update.values == Values::default() {
            let json = payload.trim_ascii_start().starts_with(b"{");
            return Err(No::trouble(Reason::Payload, MqttTrouble::NoPairs { json }));
        }
        Ok(update)
    }

    /// Brings a message on a topic of the user's own to the user's devices, and its readings to the channels that they are mapped to.
    async fn publish_free(&self, message: &Message) -> Fate {
        let (Some(space), Some(device)) = (self.space, self.handle.guest.device()) else {
            let no = No::trouble(Reason::NotAuthorized, MqttTrouble::FreeWithoutDevice);
            return self.refuse(message, None, None, no);
        };
        if !is_topic(&message.topic) {
            let no = No::trouble(Reason::Topic, MqttTrouble::BadTopic);
            return self.refuse(message, None, None, no);
        }
        let engine = &self.house.engine;
        let spread = space.publish(message, Some(self.handle.number()), engine.now());
        self.house.meters.lost.add(spread.lost);
        if let Some(here) = self.here {
            here.heard(&message.topic, &message.payload);
        }
        if topic::is_nearly(&message.topic) {
            let what = What::OverMqtt(MqttTrouble::Nearly);
            self.tried(message, None, None).tell(engine, what);
        }
        if spread.not_kept {
            let trouble = MqttTrouble::NotRetained { max: KEPT_MAX };
            let no = No::trouble(Reason::Quota, trouble);
            self.tried(message, None, None).refuse(engine, &no);
            return Fate::Now(Err(no));
        }
        let Ok(now) = engine.device_now(device).await else { return Fate::Now(Ok(())) };
        if !maps::is_mapped(&now.maps, &message.topic) {
            return Fate::Now(Ok(()));
        }
        let (house, handle) = (Arc::clone(self.house), Arc::clone(self.handle));
        let (topic, payload) = (message.topic.clone(), message.payload.clone());
        let device = device.clone();
        Fate::Later(Box::pin(async move {
            let engine = &house.engine;
            let taken = engine.take_mapped(&device, &topic, &payload).await.unwrap_or_default();
            for (id, outcome) in taken {
                let tried = Tried {
                    topic: Some(&topic),
                    channel: Some(id),
                    payload: &payload,
                    ..Tried::new(handle.line, &handle.client_id, "PUBLISH")
                };
                match outcome {
                    Ok(accepted) => tried.stored(engine, &accepted, &Params::default()),
                    Err(refusal) => {
                        house.meters.refused.add(1);
                        tried.refuse(engine, &refusal.into());
                    }
                }
            }
            // The message itself was delivered: what its map could not do is told, and no reason to refuse it.
            Ok(())
        }))
    }

    fn refuse(
        &self,
        message: &Message,
        to: Option<&Publishing>,
        key: Option<&str>,
        no: No,
    ) -> Fate {
        self.house.meters.refused.add(1);
        self.tried(message, to, key).refuse(&self.house.engine, &no);
        Fate::Now(Err(no))
    }

    fn tried<'a>(
        &'a self,
        message: &'a Message,
        to: Option<&Publishing>,
        key: Option<&'a str>,
    ) -> Tried<'a> {
        Tried {
            topic: Some(&message.topic),
            channel: to.map(|to| to.channel),
            key,
            payload: &message.payload,
            ..Tried::new(self.handle.line, &self.handle.client_id, "PUBLISH")
        }
    }
}
