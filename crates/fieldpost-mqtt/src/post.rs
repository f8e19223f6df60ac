//! Brings committed entries to those who hear their channel. One task for all, behind the commit: it can slow no write.

use std::collections::HashMap;
use std::sync::Arc;

use fieldpost_engine::Refusal;
use fieldpost_engine::hub::Told;
use fieldpost_wire::topic::{Form, Heard};
use fieldpost_wire::{Channel, ChannelId, Entry, EntryId};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::channels::Subscriber;
use crate::house::House;
use crate::letter::Delivery;
use crate::press::{Press, kinds};

/// How many entries of a channel are made up for when there were too many at once.
const MADE_UP: usize = 256;
/// Of how many channels the last entry is remembered for that.
const REMEMBERED: usize = 100_000;

/// Delivers until `stop` is cancelled.
pub(crate) async fn deliver(
    house: Arc<House>,
    mut ring: Receiver<Arc<[Told]>>,
    stop: CancellationToken,
) {
    let mut last: HashMap<ChannelId, EntryId> = HashMap::new();
    loop {
        let told = tokio::select! {
            told = ring.recv() => told,
            () = stop.cancelled() => return,
        };
        match told {
            Ok(commit) => {
                for told in &*commit {
                    // The service does not bring bulk updates to subscribers either.
                    if told.way.bulk || house.channels.with(told.channel, <[_]>::is_empty) {
                        continue;
                    }
                    if last.len() >= REMEMBERED {
                        last.clear();
                    }
                    for entry in &*told.entries {
                        last.insert(told.channel, entry.id);
                        house.spread(told.channel, entry).await;
                    }
                }
            }
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(
                    missed,
                    "MQTT subscribers are behind; what they missed is read from the store"
                );
                for channel in house.channels.heard() {
                    if let Err(refusal) = house.make_up(channel, &mut last).await {
                        tracing::warn!(%channel, %refusal, "what MQTT subscribers missed can't be read");
                    }
                }
            }
            Err(RecvError::Closed) => return,
        }
    }
}

impl House {
    async fn spread(&self, channel: ChannelId, entry: &Entry) {
        let old_form =
            |one: &Subscriber| matches!(one.hearing.what, Heard::As(Form::Json | Form::Csv));
        let about: Option<Arc<Channel>> =
            if self.channels.with(channel, |all| all.iter().any(old_form)) {
                self.engine.channel(channel).await.ok()
            } else {
                None
            };
        let mut press = Press::new(channel, entry, about.as_deref());
        let lost: u64 = self.channels.with(channel, |all| {
            let mut lost = 0;
            for one in all {
                for kind in kinds(one.hearing.what) {
                    let Some(letter) = press.letter(kind, &one.hearing, &one.filter) else {
                        continue;
                    };
                    let delivery = Delivery { letter, qos: one.qos, retain: false };
                    lost += u64::from(!one.handle.mailbox.put(delivery));
                }
            }
            lost
        });
        self.meters.lost.add(lost);
    }

    /// Reads what came to a channel while nobody looked.
    async fn make_up(
        &self,
        channel: ChannelId,
        last: &mut HashMap<ChannelId, EntryId>,
    ) -> Result<(), Refusal> {
        let Some(newest) = self.engine.head(channel).await?.last else { return Ok(()) };
        let oldest = EntryId::new(newest.get().saturating_sub(MADE_UP as u64));
        let before = EntryId::new(newest.get().saturating_sub(1));
        // Of a channel that nothing was heard of so far the newest entry will do.
        let after = last.get(&channel).copied().unwrap_or(before).max(oldest);
        for entry in self.engine.after(channel, after, MADE_UP).await? {
            last.insert(channel, entry.id);
            self.spread(channel, &entry).await;
        }
        Ok(())
    }
}
