//! Walks through the channels that keep less than all: about hourly, and soon after a channel's settings changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use fieldpost_store::ChannelFilter;
use fieldpost_wire::channel::{Channel, Keep};
use fieldpost_wire::{ChannelId, Timestamp};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::walk::{Clean, Walk};
use crate::engine::Engine;
use crate::refusal::Refusal;

/// How often it is looked whether a walk is due: another process may have changed a channel.
const LOOK: Duration = Duration::from_secs(30);
/// From one walk through a channel to the next, in milliseconds.
const EVERY_MS: i64 = 3_600_000;
/// From one walk through all of a channel's past to the next, in milliseconds: entries may have come with old times.
const WHOLE_MS: i64 = 24 * EVERY_MS;
/// Between two steps, so that updates and readers have the disk first.
const PAUSE: Duration = Duration::from_millis(50);

/// What is known of all channels that keep less than all.
#[derive(Default)]
pub(crate) struct Retention {
    changed: Notify,
    deleted: AtomicU64,
}

/// How far a channel is.
struct Known {
    keep: Keep,
    walked_at: Timestamp,
    whole_at: Timestamp,
    clean: Clean,
}

impl Retention {
    /// Makes the runner look again at once.
    pub(crate) fn change(&self) {
        self.changed.notify_one();
    }
}

impl Engine {
    /// Deletes and thins what channels do not want to keep, for as long as it is polled.
    pub async fn run_retention(&self) {
        let mut known = HashMap::new();
        let mut seen = None;
        loop {
            if let Err(refusal) = look(self, &mut known, &mut seen).await {
                tracing::warn!(%refusal, "old entries could not be deleted or thinned; it is tried again");
            }
            // Who changes something does not wait for the next look.
            let _ = timeout(LOOK, self.retention().changed.notified()).await;
        }
    }

    /// How many entries were deleted since the start because their channels do not keep them.
    pub fn retired(&self) -> u64 {
        self.retention().deleted.load(Relaxed)
    }
}

async fn look(
    engine: &Engine,
    known: &mut HashMap<ChannelId, Known>,
    seen: &mut Option<(u64, Vec<Channel>)>,
) -> Result<(), Refusal> {
    let version = engine.version().await?;
    // Settings move the version, so that the list need not be read as long as it stands.
    if seen.as_ref().is_none_or(|(before, _)| *before != version) {
        let channels = engine.channels(ChannelFilter::default()).await?.into_iter();
        let kept =
            channels.map(|(channel, _)| channel).filter(|channel| !channel.about.keep.is_all());
        *seen = Some((version, kept.collect()));
    }
    let channels = seen.as_ref().map(|(_, channels)| channels.clone()).unwrap_or_default();
    known.retain(|id, known| {
        channels.iter().any(|channel| channel.id == *id && channel.about.keep == known.keep)
    });
    for channel in channels {
        let now = engine.now();
        let passed = |since: Timestamp| now.millis().abs_diff(since.millis()).cast_signed();
        let due = known.get(&channel.id).is_none_or(|known| passed(known.walked_at) >= EVERY_MS);
        if !due {
            continue;
        }
        let fresh = || Known {
            keep: channel.about.keep.clone(),
            walked_at: now,
            whole_at: now,
            clean: Clean::new(),
        };
        let place = known.entry(channel.id).or_insert_with(fresh);
        if passed(place.whole_at) >= WHOLE_MS {
            *place = fresh();
        }
        match walk(engine, &channel, &mut place.clean).await {
            Ok(_) | Err(Refusal::NoChannel) => place.walked_at = now,
            Err(refusal) => {
                known.remove(&channel.id);
                return Err(refusal);
            }
        }
    }
    Ok(())
}

/// Walks through a channel once.
pub(super) async fn walk(
    engine: &Engine,
    channel: &Channel,
    clean: &mut Clean,
) -> Result<u64, Refusal> {
    let mut walk = Walk::begin(&channel.about.keep, engine.now(), clean);
    let channel = Arc::new(channel.clone());
    let mut deleted = 0;
    loop {
        let at = Arc::clone(&channel);
        // Whoever looks at the channel is told of each step that changed something.
        let step =
            engine.correct(at.id, move |store| walk.step(store, &at).map(|step| (step, walk)));
        let (step, back) = step.await?;
        walk = back;
        deleted += step.deleted;
        engine.retention().deleted.fetch_add(step.deleted, Relaxed);
        if step.done {
            break;
        }
        sleep(PAUSE).await;
    }
    if deleted > 0 {
        tracing::info!(channel = channel.id.get(), deleted, "old entries were deleted or thinned");
    }
    *clean = walk.clean();
    Ok(deleted)
}
