//! Goes through a channel's past once, in steps of bounded work, and deletes and thins what is old enough. Blocking; the time comes in.
//!
//! Each step is at most some thousand entries and one transaction, ends between two spans, and leaves alone what was thinned: a walk
//! that was broken off is simply begun anew.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use fieldpost_store::history::{Grid, Which};
use fieldpost_store::{Store, StoreError};
use fieldpost_wire::channel::{Channel, Keep};
use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};

use super::thin::Span;

/// After so many entries a step ends, if a span does.
const STEP: usize = 4_000;
/// How many spans are counted at once for a preview.
const SPANS: usize = 50_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 1_440 * MINUTE;

/// A stretch and what is done to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Pass {
    /// One entry for so many minutes; 0 to delete all.
    minutes: u32,
    /// From here on, in milliseconds since 1970.
    from: i64,
    /// Up to here, not included.
    until: i64,
    /// Only prepares a coarser one.
    before: bool,
}

/// A walk through a channel's past.
pub(super) struct Walk {
    passes: Vec<Pass>,
    at: usize,
    cursor: i64,
}

/// Up to where a channel was thinned, by minutes: the next walk begins there.
pub(super) type Clean = BTreeMap<u32, i64>;

/// What a step did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Step {
    pub(super) deleted: u64,
    pub(super) done: bool,
}

impl Walk {
    pub(super) fn begin(keep: &Keep, now: Timestamp, clean: &Clean) -> Self {
        let mut passes = passes(keep, now);
        for pass in &mut passes {
            let known = clean.get(&pass.minutes).copied().unwrap_or(i64::MIN);
            pass.from = pass.from.max(known).min(pass.until);
        }
        let cursor = passes.first().map_or(0, |pass| pass.from);
        Self { passes, at: 0, cursor }
    }

    /// Up to where everything is as it should be, once the walk is done.
    pub(super) fn clean(&self) -> Clean {
        // Where a coarser pass goes over the same ground later, the finer one has no say.
        self.passes
            .iter()
            .filter(|pass| pass.minutes > 0)
            .map(|pass| (pass.minutes, pass.until))
            .collect()
    }

    /// Does the next part. Nothing else of the channel is touched if it fails.
    pub(super) fn step(
        &mut self,
        store: &dyn Store,
        channel: &Channel,
    ) -> Result<Step, StoreError> {
        let Some(pass) = self.passes.get(self.at).copied() else {
            return Ok(Step { deleted: 0, done: true });
        };
        let (deleted, next) = if pass.minutes == 0 {
            delete(store, channel.id, self.cursor, pass.until)?
        } else {
            thin(store, channel, pass, self.cursor)?
        };
        match next {
            Some(next) => self.cursor = next,
            None => {
                self.at += 1;
                self.cursor = self.passes.get(self.at).map_or(0, |pass| pass.from);
            }
        }
        Ok(Step { deleted, done: self.at == self.passes.len() })
    }
}

/// How many entries a walk would delete now.
pub(super) fn preview(
    store: &dyn Store,
    channel: ChannelId,
    keep: &Keep,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let Some(first) = store.extent(channel)?.first else { return Ok(0) };
    let mut deleted = 0;
    for Pass { minutes, from, until, before } in passes(keep, now) {
        let length = i64::from(minutes) * MINUTE;
        let mut from =
            from.max(if minutes == 0 { first.millis() } else { floor(first.millis(), length) });
        while from < until && !before {
            let step = if minutes == 0 { until - from } else { length };
            let count = ((until - from) / step).clamp(1, SPANS as i64);
            let end = from + count * step;
            let within = (Timestamp::from_millis(from), Timestamp::from_millis(end - 1));
            let grid = Grid { start: from, step, count: count as usize, within };
            let counts = store.overview(channel, &grid, &[])?.counts;
            let left = u64::from(minutes > 0);
            deleted += counts.into_iter().map(|n| u64::from(n).saturating_sub(left)).sum::<u64>();
            from = end;
        }
    }
    Ok(deleted)
}

/// What is done where, the oldest first. Only whole spans that are old enough count.
fn passes(keep: &Keep, now: Timestamp) -> Vec<Pass> {
    let Some(days) = keep.days else { return Vec::new() };
    let bound = |days: u32| now.millis() - i64::from(days) * DAY;
    let mut passes = Vec::new();
    let mut from = i64::MIN;
    if let Some(days) = super::keep::end(keep) {
        // What stands for a span goes when all of the span is old enough.
        let length = keep.tiers.last().map_or(1, |tier| i64::from(tier.minutes) * MINUTE);
        from = floor(bound(days), length);
        passes.push(Pass { minutes: 0, from: i64::MIN, until: from, before: false });
    }
    // Each begins where the one before ends: that is when entries reach its age.
    let mut begins: Vec<u32> = vec![days];
    begins.extend(keep.tiers.iter().filter_map(|tier| tier.days));
    for (tier, begin) in keep.tiers.iter().zip(begins).rev() {
        let length = i64::from(tier.minutes) * MINUTE;
        let until = floor(bound(begin), length);
        let pass = Pass { minutes: tier.minutes, from, until, before: false };
        // The mean of a day is that of its hours, whether or not they were thinned before; and no transaction is longer than an hour.
        if tier.minutes > 60 && tier.minutes % 60 == 0 {
            passes.push(Pass { minutes: 60, before: true, ..pass });
        }
        passes.push(pass);
        from = until;
    }
    passes.retain(|pass| pass.from < pass.until);
    passes
}

/// Deletes the next entries before a time, and tells where to go on.
fn delete(
    store: &dyn Store,
    channel: ChannelId,
    from: i64,
    until: i64,
) -> Result<(u64, Option<i64>), StoreError> {
    let (from, until) = (Timestamp::from_millis(from), Timestamp::from_millis(until - 1));
    let (mut seen, mut last) = (0, None);
    store.scan(channel, from, until, &mut |entry| {
        seen += 1;
        last = Some(entry.created_at);
        if seen < STEP { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    let Some(last) = last else { return Ok((0, None)) };
    let deleted = store.delete_entries(channel, &Which::Times(from, last))?;
    Ok((deleted, (seen == STEP).then(|| last.millis() + 1)))
}

/// Thins the next spans, and tells where to go on.
fn thin(
    store: &dyn Store,
    channel: &Channel,
    pass: Pass,
    from: i64,
) -> Result<(u64, Option<i64>), StoreError> {
    let length = i64::from(pass.minutes) * MINUTE;
    let valid = &channel.about.valid;
    let (mut gone, mut changed) = (Vec::<EntryId>::new(), Vec::<Entry>::new());
    let (mut seen, mut next) = (0, None);
    let mut open: Option<(i64, Span)> = None;
    let mut close = |span: Option<(i64, Span)>| {
        if let Some((left, ids)) = span.and_then(|(_, span)| span.end()) {
            changed.push(left);
            gone.extend(ids);
        }
    };
    let until = Timestamp::from_millis(pass.until - 1);
    store.scan(channel.id, Timestamp::from_millis(from), until, &mut |entry| {
        let start = floor(entry.created_at.millis(), length);
        match &mut open {
            Some((same, span)) if *same == start => span.take(entry, valid),
            _ => {
                close(open.take());
                if seen >= STEP {
                    next = Some(start);
                    return ControlFlow::Break(());
                }
                open = Some((start, Span::begin(entry, valid)));
            }
        }
        seen += 1;
        ControlFlow::Continue(())
    })?;
    close(open);
    let deleted = if gone.is_empty() { 0 } else { store.rewrite(channel.id, &gone, &changed)? };
    Ok((deleted, next))
}

/// The beginning of the span that a time lies in.
fn floor(time: i64, length: i64) -> i64 {
    time.div_euclid(length) * length
}
