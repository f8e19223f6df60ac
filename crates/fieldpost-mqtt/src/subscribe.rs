//! The subscriptions of a connection: asked for, granted, and what they bring at once.
//!
//! Joining a channel leaves no gap: listen first, then read what it holds, then pass on what comes, without what was read already.

use std::sync::Arc;

use fieldpost_engine::doctor::{MqttTrouble, What};
use fieldpost_engine::{Engine, Refusal};
use fieldpost_wire::topic::{self, Heard, Hearing};
use fieldpost_wire::{Channel, ChannelId, EntryId};

use crate::channels::Subscriber;
use crate::filter::is_filter;
use crate::handle::Handle;
use crate::house::House;
use crate::letter::{Delivery, Letter};
use crate::packet::{Qos, Reason, Retained, Wish};
use crate::press::{Kind, Press, kinds};
use crate::rights::{self, No};
use crate::space::{Hearer, Space};
use crate::witness::Tried;

/// How many subscriptions a connection may have.
pub(crate) const SUBSCRIPTIONS_MAX: usize = 256;

/// What a connection hears.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    list: Vec<(Arc<str>, Option<ChannelId>)>,
    /// Channels that were just joined, and up to which entry they were read.
    joined: Vec<(ChannelId, EntryId)>,
}

/// A subscription that was granted.
pub(crate) struct Granted {
    pub(crate) qos: Qos,
    to: To,
    wish: Wish,
    filter: Arc<str>,
    new: bool,
}

enum To {
    Channel(Arc<Channel>, Hearing),
    Space(Arc<Space>),
}

impl Subscriptions {
    /// Subscribes, if the client may. What a "no" is about is told already.
    pub(crate) async fn add(
        &mut self,
        house: &House,
        handle: &Arc<Handle>,
        space: Option<&Arc<Space>>,
        wish: Wish,
    ) -> Result<Granted, Reason> {
        let hearing = Hearing::parse(&wish.filter);
        let channel = hearing.and_then(Result::ok).map(|hearing| hearing.channel);
        let key = hearing.and_then(Result::ok).and_then(|hearing| hearing.key);
        let tried = Tried {
            topic: Some(&wish.filter),
            channel,
            key: key.as_ref().map(fieldpost_wire::ApiKey::reveal),
            ..Tried::new(handle.line, &handle.client_id, "SUBSCRIBE")
        };
        let to = match self.open(house, handle, space, &wish, hearing).await {
            Ok(to) => to,
            Err(no) => {
                house.meters.refused.add(1);
                tried.refuse(&house.engine, &no);
                return Err(no.reason);
            }
        };
        // Quality 2 is not offered to subscribers; the standard lets a server grant less.
        let qos = wish.qos.min(Qos::One);
        let filter: Arc<str> = (*wish.filter).into();
        let new = match &to {
            To::Channel(channel, hearing) => {
                tried.read(&house.engine, channel.id);
                let (handle, filter) = (Arc::clone(handle), Arc::clone(&filter));
                house.channels.add(Subscriber { handle, hearing: *hearing, filter, qos })
            }
            To::Space(space) => {
                if topic::is_nearly(&filter) {
                    tried.tell(&house.engine, What::OverMqtt(MqttTrouble::Nearly));
                }
                let hearer = Hearer {
                    handle: Arc::clone(handle),
                    qos,
                    no_local: wish.no_local,
                    as_published: wish.as_published,
                };
                space.subscribe(&filter, hearer)
            }
        };
        if !self.list.iter().any(|(known, _)| *known == filter) {
            self.list.push((Arc::clone(&filter), channel));
        }
        Ok(Granted { qos, to, wish, filter, new })
    }

    async fn open(
        &self,
        house: &House,
        handle: &Handle,
        space: Option<&Arc<Space>>,
        wish: &Wish,
        hearing: Option<Result<Hearing, fieldpost_wire::topic::TopicError>>,
    ) -> Result<To, No> {
        if wish.filter.starts_with("$share/") {
            let trouble = MqttTrouble::NotOffered("a shared subscription");
            return Err(No::trouble(Reason::Shared, trouble));
        }
        if !is_filter(&wish.filter) {
            return Err(No::trouble(Reason::Topic, MqttTrouble::BadTopic));
        }
        let known = self.list.iter().any(|(known, _)| **known == *wish.filter);
        if !known && self.list.len() >= SUBSCRIPTIONS_MAX {
            let trouble = MqttTrouble::TooManySubscriptions { max: SUBSCRIPTIONS_MAX };
            return Err(No::trouble(Reason::Quota, trouble));
        }
        match (hearing, space) {
            (Some(Ok(hearing)), _) => {
                let channel = rights::to_hear(&house.engine, &handle.guest, &hearing).await?;
                Ok(To::Channel(channel, hearing))
            }
            (Some(Err(error)), _) => Err(No::trouble(Reason::Topic, MqttTrouble::Topic(error))),
            (None, Some(space)) => Ok(To::Space(Arc::clone(space))),
            (None, None) => Err(No::trouble(Reason::NotAuthorized, MqttTrouble::FreeWithoutDevice)),
        }
    }

    /// What a subscription brings at once: the last values, marked as retained.
    pub(crate) async fn first(&mut self, engine: &Engine, granted: Granted) -> Vec<Delivery> {
        let wanted = match granted.wish.retained {
            Retained::Always => true,
            Retained::IfNew => granted.new,
            Retained::Never => false,
        };
        if !wanted {
            return Vec::new();
        }
        let letters = match &granted.to {
            To::Space(space) => space.kept(&granted.filter, engine.now()),
            To::Channel(channel, hearing) => {
                match last(engine, channel, hearing, &granted.filter).await {
                    Ok((letters, read)) => {
                        self.joined.retain(|(known, _)| *known != channel.id);
                        self.joined.push((channel.id, read));
                        letters
                    }
                    Err(Refusal::NoEntry) => Vec::new(),
                    Err(refusal) => {
                        tracing::warn!(channel = %channel.id, %refusal, "the last value for an MQTT subscription can't be read");
                        Vec::new()
                    }
                }
            }
        };
        let with = |letter: Arc<Letter>| {
            let qos = granted.qos.min(letter.qos);
            Delivery { letter, qos, retain: true }
        };
        letters.into_iter().map(with).collect()
    }

    /// False for a message that says what was read already when the channel was joined.
    pub(crate) fn is_news(&mut self, letter: &Letter) -> bool {
        let (Some((channel, entry)), false) = (letter.entry, self.joined.is_empty()) else {
            return true;
        };
        let Some(place) = self.joined.iter().position(|(known, _)| *known == channel) else {
            return true;
        };
        // Ids only grow, except when the channel was cleared and begins anew: so only until the first newer one.
        let news = entry > self.joined[place].1;
        if news {
            self.joined.swap_remove(place);
        }
        news
    }

    /// Ends a subscription. True if there was one.
    pub(crate) fn remove(
        &mut self,
        house: &House,
        handle: &Handle,
        space: Option<&Arc<Space>>,
        filter: &str,
    ) -> bool {
        let Some(place) = self.list.iter().position(|(known, _)| &**known == filter) else {
            return false;
        };
        let (filter, channel) = self.list.swap_remove(place);
        end(house, handle, space, &filter, channel)
    }

    /// Ends all subscriptions.
    pub(crate) fn remove_all(
        &mut self,
        house: &House,
        handle: &Handle,
        space: Option<&Arc<Space>>,
    ) {
        for (filter, channel) in self.list.drain(..) {
            end(house, handle, space, &filter, channel);
        }
    }
}

fn end(
    house: &House,
    handle: &Handle,
    space: Option<&Arc<Space>>,
    filter: &str,
    channel: Option<ChannelId>,
) -> bool {
    match (channel, space) {
        (Some(channel), _) => house.channels.remove(channel, filter, handle.number()),
        (None, Some(space)) => space.unsubscribe(filter, handle.number()),
        (None, None) => false,
    }
}

/// The last values of a channel for a subscription, and up to which entry they speak of.
async fn last(
    engine: &Engine,
    channel: &Channel,
    hearing: &Hearing,
    filter: &Arc<str>,
) -> Result<(Vec<Arc<Letter>>, EntryId), Refusal> {
    let newest = engine.last(channel.id).await?;
    let mut letters = Vec::new();
    for kind in kinds(hearing.what) {
        let entry = match kind {
            Kind::Field(field) if newest.values.field(field).is_none() => {
                // Fields without a label show nothing, and looking for their last value may take long.
                let labelled = channel.about.labels[field.index()].is_some();
                if !labelled && hearing.what != Heard::Field(field) {
                    continue;
                }
                match engine.last_with(channel.id, field).await {
                    Err(Refusal::NoEntry) => continue,
                    found => found?,
                }
            }
            _ => newest.clone(),
        };
        let mut press = Press::new(channel.id, &entry, Some(channel)).retained();
        letters.extend(press.letter(kind, hearing, filter));
    }
    Ok((letters, newest.id))
}
