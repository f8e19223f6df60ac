//! Mirroring: entries of another server's channel come into a channel here, with their times.
//!
//! From a Fieldpost they come in order of their ids, with exact times. The ThingSpeak API gives entries by time only, the newest first: a
//! few new ones are read from the end, many by going through time in pieces, and that each id has come is counted. Whatever is read is
//! stored only as far as the channel does not have it: an entry of the same time with the same values is the same. So a step may be done
//! again after a crash, and an entry that comes round in a ring of servers comes to rest.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use fieldpost_store::relays::{CatchUp, Relay, Tongue};
use fieldpost_wire::entry::Values;
use fieldpost_wire::{ChannelId, Timestamp, Update};

use super::remote::{Feed, POLITE_MS, Remote, Snag, entry};
use super::runner::{Step, Then};
use crate::engine::Engine;
use crate::refusal::Refusal;

/// How many entries are looked for at the end: as many as the cloud service does not answer from its memory of minutes ago.
const TAIL: u64 = 100;
/// The most entries that a feed holds.
const FEED: usize = 8_000;
/// How many entries are stored at once.
const PART: usize = 1_000;
/// How long pieces of time are: the first, the shortest and the longest, in milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;
const PIECE_MIN_MS: i64 = 1_000;
const PIECE_MAX_MS: i64 = 366 * DAY_MS;
/// Where the first entry is looked for if it is not known: the service began in 2010.
const UNKNOWN_MS: i64 = 40 * PIECE_MAX_MS;
/// The least time between two pages from a Fieldpost, in milliseconds.
const GAP_MS: i64 = 1_000;

/// Fetches what comes next.
pub(super) async fn step(engine: &Engine, relay: &Relay) -> Result<Step, Snag> {
    let remote = Remote::of(engine, relay);
    let tongue = match relay.progress.tongue {
        Some(tongue) => tongue,
        None => remote.tongue().await?,
    };
    let mut step = match (tongue, &relay.progress.catch_up) {
        (Tongue::Fieldpost, _) => page(engine, &remote, relay).await,
        (_, None) => tail(engine, &remote, relay).await,
        (_, Some(catch_up)) => piece(engine, &remote, relay, catch_up.clone()).await,
    }?;
    step.progress.tongue = Some(tongue);
    Ok(step)
}

/// The next page of a Fieldpost.
async fn page(engine: &Engine, remote: &Remote<'_>, relay: &Relay) -> Result<Step, Snag> {
    let mut progress = relay.progress.clone();
    let Feed { last, entries } = remote.entries(progress.position).await?;
    if last < progress.position {
        progress.position = 0; // it was cleared, its ids begin at 1 again
        return Ok(Step { progress, then: Then::At(engine.now().millis() + GAP_MS) });
    }
    let Some((newest, _)) = entries.last() else {
        progress.behind = Some(0);
        return Ok(Step { progress, then: Then::Held });
    };
    progress.behind = None;
    progress.position = *newest;
    store(engine, relay.channel, entries, 0, 1).await?;
    Ok(Step { progress, then: Then::At(engine.now().millis() + GAP_MS) })
}

/// Looks at the end of a feed; if more is missing than there, begins to catch up.
async fn tail(engine: &Engine, remote: &Remote<'_>, relay: &Relay) -> Result<Step, Snag> {
    let mut progress = relay.progress.clone();
    let feed = remote.feed(&format!("results={TAIL}")).await?;
    let later = Then::At(engine.now().millis() + POLITE_MS);
    if feed.last < progress.position {
        progress.position = 0; // it was cleared
        progress.newest_at = None;
    }
    progress.behind = Some(feed.last - progress.position);
    let wanted = |id: u64| progress.position < id && id <= feed.last;
    if feed.entries.iter().filter(|(id, _)| wanted(*id)).count() as u64
        == feed.last - progress.position
    {
        let newest = newest(&feed, engine);
        store(engine, relay.channel, feed.entries, progress.position, 1_000).await?;
        progress.position = feed.last;
        progress.newest_at = newest.or(progress.newest_at);
        progress.behind = Some(0);
        return Ok(Step { progress, then: later });
    }
    progress.catch_up = Some(match progress.newest_at {
        Some(from) => CatchUp { from, target: feed.last, seen: 0, piece_ms: DAY_MS, whole: false },
        None => CatchUp { target: feed.last, whole: true, ..CatchUp::default() },
    });
    Ok(Step { progress, then: later })
}

/// One piece of time of a channel that is caught up with.
async fn piece(
    engine: &Engine,
    remote: &Remote<'_>,
    relay: &Relay,
    mut catch_up: CatchUp,
) -> Result<Step, Snag> {
    let mut progress = relay.progress.clone();
    let now = engine.now().millis();
    let then = Then::At(now + POLITE_MS);
    if catch_up.piece_ms == 0 {
        catch_up.piece_ms = before_the_first(remote).await?;
        progress.catch_up = Some(catch_up);
        return Ok(Step { progress, then });
    }
    let end = catch_up.from.saturating_add(catch_up.piece_ms) / 1_000 * 1_000;
    // The last piece reaches beyond now: clocks of boards do too.
    let until = if end < now { end } else { now + 10 * PIECE_MAX_MS };
    let [start, until] = [catch_up.from, until].map(Timestamp::from_millis);
    let feed = match remote.feed(&format!("start={start}&end={until}&results={FEED}")).await {
        Ok(feed) if feed.entries.len() < FEED => Some(feed),
        // At the shortest piece it is as it is.
        Ok(feed) if catch_up.piece_ms <= PIECE_MIN_MS => Some(feed),
        Ok(_) => None,
        Err(Snag::Large) if catch_up.piece_ms > PIECE_MIN_MS => None,
        Err(snag) => return Err(snag),
    };
    let Some(feed) = feed else {
        // Only the newest of the piece came; a shorter one is whole.
        catch_up.piece_ms = (catch_up.piece_ms / 8).max(PIECE_MIN_MS);
        progress.catch_up = Some(catch_up);
        return Ok(Step { progress, then });
    };
    let (low, high) = (progress.position, catch_up.target);
    let wanted = |(id, _): &&(u64, Update)| low < *id && *id <= high;
    catch_up.seen += feed.entries.iter().filter(wanted).count() as u64;
    let (count, newest) = (feed.entries.len(), newest(&feed, engine));
    progress.newest_at = newest.max(progress.newest_at);
    store(engine, relay.channel, feed.entries, low, 1_000).await?;
    let missing = (high - low).saturating_sub(catch_up.seen);
    progress.behind = Some(missing + feed.last.saturating_sub(high));
    if end < now {
        catch_up.from = end + 1_000;
        if catch_up.piece_ms > PIECE_MAX_MS {
            catch_up.piece_ms = 30 * DAY_MS; // behind the time before the first entry
        } else if count < FEED / 4 {
            catch_up.piece_ms = (catch_up.piece_ms * 4).min(PIECE_MAX_MS);
        }
        progress.catch_up = Some(catch_up);
    } else if missing > 0 && !catch_up.whole {
        // Entries with times before those that were known: all of it, once.
        progress.catch_up = Some(CatchUp { target: high, whole: true, ..CatchUp::default() });
    } else {
        if missing > 0 {
            let (relay, channel) = (relay.id, relay.channel.get());
            tracing::warn!(
                relay,
                channel,
                missing,
                "a mirrored channel does not show all of its entries"
            );
        }
        progress.position = high;
        progress.catch_up = None;
    }
    Ok(Step { progress, then })
}

/// How long the time before the first entry is, or before the channel was made: the first piece of everything, since there may be entries
/// with earlier times.
async fn before_the_first(remote: &Remote<'_>) -> Result<i64, Snag> {
    let first = match remote.read("feeds/1.json").await {
        Ok(one) => entry(&one).and_then(|(_, update)| update.created_at),
        // Some servers do not know the question, or have no such entry any more.
        Err(Snag::Lasting(_)) => None,
        Err(snag) => return Err(snag),
    };
    Ok(first.map_or(UNKNOWN_MS, Timestamp::millis).max(DAY_MS))
}

/// The time of the newest entry, but not one to come: who looks for more begins there.
fn newest(feed: &Feed, engine: &Engine) -> Option<i64> {
    let newest = feed.entries.iter().filter_map(|(_, update)| update.created_at).max();
    newest.map(|at| at.min(engine.now()).seconds() * 1_000)
}

/// Stores what the channel does not have, telling times apart by so many milliseconds. Those up to the id `known` were here once: if
/// one of them was deleted or corrected since, it does not come back. But they count, so that a second is seen whole. Tells how many
/// were stored.
pub(crate) async fn store(
    engine: &Engine,
    channel: ChannelId,
    mut entries: Vec<(u64, Update)>,
    known: u64,
    grain_ms: i64,
) -> Result<u64, Snag> {
    let ours = |refusal: Refusal| match refusal {
        Refusal::NoChannel => Snag::Lasting(refusal.to_string()),
        refusal => Snag::Passing(refusal.to_string()),
    };
    entries.sort_by_key(|(id, _)| *id > known);
    let old = entries.partition_point(|(id, _)| *id <= known);
    let updates = entries.into_iter().map(|(_, update)| update).collect();
    let (alone, engine) = (Arc::clone(&engine.relay_state().storing), engine.clone());
    // A relay that is changed in the middle of this begins anew at once. What is on its way to the disk must be there before anybody
    // looks again what is missing, so this is not ended with the relay.
    let stored = tokio::spawn(async move {
        let _alone = alone.lock_owned().await;
        let mut missing = missing(&engine, channel, updates, old, grain_ms).await?;
        let count = missing.len() as u64;
        while !missing.is_empty() {
            let rest = missing.split_off(missing.len().min(PART));
            engine.take_over(channel, missing).await?;
            missing = rest;
        }
        Ok(count)
    });
    stored.await.unwrap_or(Err(Refusal::Failed)).map_err(ours)
}

/// Of these updates, those that the channel has less often than they come; never one of the first `old`.
async fn missing(
    engine: &Engine,
    channel: ChannelId,
    updates: Vec<Update>,
    old: usize,
    grain_ms: i64,
) -> Result<Vec<Update>, Refusal> {
    let grain = move |time: Timestamp| time.millis().div_euclid(grain_ms);
    let times = updates.iter().filter_map(|update| update.created_at);
    let (Some(from), Some(until)) = (times.clone().min(), times.clone().max()) else {
        return Ok(Vec::new());
    };
    let mut known: HashMap<i64, Vec<Values>> =
        times.map(|time| (grain(time), Vec::new())).collect();
    let until = Timestamp::from_millis((grain(until) + 1) * grain_ms - 1);
    let _turn = engine.scan_turn().await?;
    engine
        .on_store(move |store| {
            store.scan(channel, from, until, &mut |entry| {
                if let Some(values) = known.get_mut(&grain(entry.created_at)) {
                    values.push(entry.values.clone());
                }
                ControlFlow::Continue(())
            })?;
            let is_new = |update: &Update| {
                let Some(values) = known.get_mut(&grain(update.created_at.unwrap_or_default()))
                else {
                    return true;
                };
                // Each entry that is here stands for one that comes.
                let place = values.iter().position(|known| *known == update.values);
                place.map(|place| values.swap_remove(place)).is_none()
            };
            let mut is_new = is_new;
            let mut found = Vec::new();
            for (at, update) in updates.into_iter().enumerate() {
                if is_new(&update) && at >= old {
                    found.push(update);
                }
            }
            Ok(found)
        })
        .await
}
