//! One step of an import: the next page of the other side, from the newest to the oldest, put into the channel here.
//!
//! The ThingSpeak API gives entries by time only, the newest of a range and in whole seconds, so a page may end in the middle of a second:
//! the next one begins with that second again, and ids tell what came already. A Fieldpost gives them by id, with exact times.

use std::collections::HashSet;

use fieldpost_store::relays::Tongue;
use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp, Update};

use super::note::Note;
use crate::engine::Engine;
use crate::refusal::Refusal;
use crate::relays::mirror;
use crate::relays::remote::{Remote, Snag};

/// The most entries that a feed holds, and the fewest that are asked for where feeds are too long.
const FEED: usize = 8_000;
const FEED_MIN: usize = 125;
/// How many entries are stored at once, so that boards never wait long.
const PART: usize = 1_000;
/// Clocks of boards run ahead, some by years.
const AHEAD_S: i64 = 10 * 366 * 86_400;
/// How many pages of one second are read at most.
const CROWD_PAGES: usize = 1_000;

/// Where an import stands beside what is written down.
pub(super) struct Place {
    /// Everything above is read.
    at: i64,
    /// Nothing above is known to be read whole: more may still come there.
    top: Option<i64>,
    /// How many entries a page is asked to have.
    size: usize,
    /// What came of the second in which the last page ended.
    border: HashSet<u64>,
    /// Inside of a second with more entries than a feed shows.
    crowd: Option<Crowd>,
}

/// A second of which a feed does not show all: it is read by ids, as many at a time as a feed has room for.
#[derive(Clone, Copy)]
struct Crowd {
    /// The highest id that is still to come.
    high: u64,
    /// The lowest id that is known to be of that second.
    lowest: u64,
    /// How many pages it took.
    pages: usize,
}

impl Place {
    /// Where an import begins.
    pub(super) fn start(engine: &Engine, tongue: Tongue) -> Self {
        let at = match tongue {
            Tongue::Fieldpost => i64::MAX - 1,
            Tongue::Thingspeak | Tongue::Single => engine.now().seconds() + AHEAD_S,
        };
        Self { at, top: None, size: FEED, border: HashSet::new(), crowd: None }
    }

    /// Asks for less from now on; `false` if it is little already.
    pub(super) fn shrink(&mut self) -> bool {
        let more = self.size > FEED_MIN;
        self.size = (self.size / 2).max(FEED_MIN);
        more
    }

    /// Asks for as much as there may be again.
    pub(super) fn grow(&mut self) {
        self.size = (self.size * 2).min(FEED);
    }
}

impl Note {
    fn remote<'a>(&'a self, engine: &'a Engine) -> Remote<'a> {
        Remote {
            engine,
            server: &self.server,
            channel: self.remote_channel,
            key: &self.key.0,
            private: self.private,
            then: "begin again",
        }
    }

    /// Everything from here to where the step began is read.
    fn cover(&mut self, place: &mut Place, from: i64) {
        let until = place.top.map_or(place.at, |top| top.min(place.at));
        self.covered.add(from, until);
        place.at = from.saturating_sub(1);
    }
}

/// Brings the next page; `true` if there is nothing more.
pub(super) async fn step(
    engine: &Engine,
    note: &mut Note,
    place: &mut Place,
) -> Result<bool, Snag> {
    let Some(at) = note.covered.below(place.at) else { return Ok(true) };
    place.at = at;
    match (note.tongue, place.crowd) {
        (Tongue::Fieldpost, _) => by_id(engine, note, place).await,
        (_, None) => by_time(engine, note, place).await,
        (_, Some(now)) => crowd(engine, note, place, now).await,
    }?;
    Ok(note.covered.below(place.at).is_none())
}

/// A page of a Fieldpost.
async fn by_id(engine: &Engine, note: &mut Note, place: &mut Place) -> Result<(), Snag> {
    let before = u64::try_from(place.at).unwrap_or(0) + 1;
    let (entries, more) = note.remote(engine).entries_before(before).await?;
    let ids = || entries.iter().map(|(id, _)| i64::try_from(*id).unwrap_or(i64::MAX));
    let (lowest, highest) = (ids().min(), ids().max());
    if place.top.is_none() {
        place.top = highest.or(Some(0));
        note.total = note.total.max(highest.unwrap_or(0).unsigned_abs());
    }
    store(engine, note, entries, 1).await?;
    // A page without entries is a hole in the ids.
    let from = lowest.unwrap_or(place.at.saturating_sub(499));
    note.cover(place, if more && from > 1 { from } else { i64::MIN });
    Ok(())
}

/// A page of the ThingSpeak API.
async fn by_time(engine: &Engine, note: &mut Note, place: &mut Place) -> Result<(), Snag> {
    let at = place.at;
    let (until, size) = (Timestamp::from_seconds(at), place.size);
    let which = format!("start=1970-01-01T00:00:00Z&end={until}&results={size}");
    let feed = note.remote(engine).feed(&which).await?;
    note.total = note.total.max(feed.last);
    let seconds = || feed.entries.iter().map(|(_, update)| second(update));
    let (Some(lowest), Some(highest)) = (seconds().min(), seconds().max()) else {
        note.cover(place, i64::MIN);
        return Ok(());
    };
    if highest > at {
        return Err(Snag::Lasting(format!(
            "{} does not take the parameter end, without which there is no way back through the history",
            note.server
        )));
    }
    // More may come in the newest second.
    place.top.get_or_insert(highest - 1);
    let count = feed.entries.len();
    let ids_there: HashSet<u64> = feed
        .entries
        .iter()
        .filter(|(_, update)| second(update) == lowest)
        .map(|(id, _)| *id)
        .collect();
    let ids = (ids_there.iter().min().copied(), ids_there.iter().max().copied());
    let (lowest_id, highest_id) = (ids.0.unwrap_or_default(), ids.1.unwrap_or_default());
    let mut entries = feed.entries;
    if note.keeps_ids {
        entries.retain(|(id, _)| !place.border.contains(id));
    }
    store(engine, note, entries, 1_000).await?;
    if lowest < at {
        place.border = ids_there;
        note.cover(place, lowest + 1);
    } else if count >= size && size < FEED {
        place.size = FEED;
    } else if count >= size {
        // Which of a second's entries are shown is up to the server: there may be some with higher ids.
        let high = highest_id.saturating_add(FEED as u64);
        place.crowd = Some(Crowd { high, lowest: lowest_id, pages: 0 });
    } else {
        place.border.clear();
        note.cover(place, at);
    }
    Ok(())
}

/// A page of a second that holds more than a feed shows, by ids, if the server knows of that.
async fn crowd(
    engine: &Engine,
    note: &mut Note,
    place: &mut Place,
    Crowd { high, lowest, pages }: Crowd,
) -> Result<(), Snag> {
    let low = high.saturating_sub(FEED as u64 - 1).max(1);
    let which = format!("start_entry_id={low}&end_entry_id={high}&results={FEED}");
    let mut entries = note.remote(engine).feed(&which).await?.entries;
    let knows = entries.iter().all(|(id, _)| (low..=high).contains(id));
    entries.retain(|(_, update)| second(update) == place.at);
    let more = !entries.is_empty() || low > lowest;
    if knows {
        store(engine, note, entries, 1_000).await?;
    }
    if knows && more && low > 1 && pages < CROWD_PAGES {
        place.crowd = Some(Crowd { high: low - 1, lowest, pages: pages + 1 });
        return Ok(());
    }
    note.crowded += u64::from(!knows);
    place.crowd = None;
    place.border.clear();
    note.cover(place, place.at);
    Ok(())
}

fn second(update: &Update) -> i64 {
    update.created_at.unwrap_or_default().seconds()
}

/// Puts entries into the channel, those that are there already excepted.
async fn store(
    engine: &Engine,
    note: &mut Note,
    entries: Vec<(u64, Update)>,
    grain_ms: i64,
) -> Result<(), Snag> {
    let channel = ChannelId::new(note.channel).ok_or_else(|| ours(Refusal::NoChannel))?;
    if !note.keeps_ids {
        let count = entries.len() as u64;
        let stored = mirror::store(engine, channel, entries, 0, grain_ms).await?;
        note.stored += stored;
        note.same += count - stored;
        return Ok(());
    }
    let mut entries: Vec<Entry> = entries
        .into_iter()
        .map(|(id, Update { created_at, values, .. })| Entry {
            id: EntryId::new(id),
            created_at: created_at.unwrap_or_default(),
            values,
        })
        .collect();
    // The newest first, so that the channel's last entry is the right one at once and boards that post meanwhile get ids above it.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.id));
    while !entries.is_empty() {
        let rest = entries.split_off(entries.len().min(PART));
        let put = engine.put(channel, entries).await.map_err(ours)?;
        note.stored += put.stored;
        note.same += put.same;
        note.differs += put.differs;
        entries = rest;
    }
    Ok(())
}

fn ours(refusal: Refusal) -> Snag {
    match refusal {
        Refusal::NoChannel => Snag::Lasting("the channel here was deleted".into()),
        refusal => Snag::Passing(refusal.to_string()),
    }
}
