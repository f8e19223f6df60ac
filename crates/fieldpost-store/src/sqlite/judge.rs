//! What becomes of the submissions of a batch, by what is stored already and by those before them.
//!
//! Writes nothing, so that a refusal has nothing to undo.

use std::collections::HashMap;
use std::ops::ControlFlow;

use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};
use rusqlite::Connection;

use super::entries::{Loose, walk};
use super::recent::{Known, Recent};
use crate::store::{Head, Outcome, Repeats, StoreError, Submission, wait_ms};

/// How a channel stands while a batch is gone through.
struct Course {
    head: Head,
    newest: Option<Timestamp>,
    /// Where entries of a time are, by outcome and place; made when it is first asked for.
    times: Option<HashMap<Timestamp, Vec<(usize, usize)>>>,
}

/// Decides what becomes of each submission: what is stored of it is its own values, now with id and time. `came` says where each one
/// went. Writes nothing.
pub(super) fn judge(
    conn: &Connection,
    recent: &mut Recent,
    batch: Vec<Submission>,
    came: &[(ChannelId, Timestamp)],
) -> Result<Vec<Outcome>, StoreError> {
    let mut courses: HashMap<ChannelId, Course> = HashMap::with_capacity(batch.len());
    let mut outcomes = Vec::with_capacity(batch.len());
    for submission in batch {
        let Some(known) = recent.known(conn, submission.channel)? else {
            outcomes.push(Outcome::NoChannel);
            continue;
        };
        let course = courses.entry(submission.channel).or_insert_with(|| Course {
            head: known.head,
            newest: known.newest().map(|(time, _)| time),
            times: None,
        });
        let received = submission.received;
        let outcome = judge_one(conn, known, course, (came, &outcomes), submission)?;
        match &outcome {
            Outcome::Stored(entries) => {
                if let Some(last) = entries.last() {
                    let last_write_at = Some(received);
                    course.head = Head { last: Some(last.id), last_write_at };
                    let latest = entries.iter().map(|entry| entry.created_at).max();
                    course.newest = course.newest.max(latest);
                }
            }
            // What was noted of its times must go.
            _ => course.times = None,
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

fn judge_one(
    conn: &Connection,
    known: &Known,
    course: &mut Course,
    (came, outcomes): (&[(ChannelId, Timestamp)], &[Outcome]),
    submission: Submission,
) -> Result<Outcome, StoreError> {
    let Submission { channel, updates, received, interval_ms, repeats } = submission;
    if interval_ms > 0
        && let Some(wait_ms) = wait_ms(course.head.last_write_at, received, interval_ms)
    {
        return Ok(Outcome::TooSoon { wait_ms });
    }
    let mut id = course.head.last.unwrap_or(EntryId::new(0));
    // Nearly always there is nothing to compare with.
    let free = repeats == Repeats::Keep || updates.iter().all(|update| update.created_at.is_none());
    if free && course.times.is_none() {
        let entries = updates.into_iter().map(|update| {
            id = id.next();
            let created_at = update.created_at.unwrap_or(received);
            Entry { id, created_at, values: update.values }
        });
        return Ok(Outcome::Stored(entries.collect()));
    }
    let mut newest = course.newest;
    let mut fresh: Vec<Entry> = Vec::with_capacity(updates.len());
    for update in updates {
        // A time later than all others is free without a look.
        if let (Some(time), Repeats::Refuse | Repeats::Skip) = (update.created_at, repeats)
            && newest.is_some_and(|newest| time <= newest)
        {
            let times =
                course.times.get_or_insert_with(|| times_of(channel, came, outcomes, &fresh));
            let mut earlier = stored_at(conn, channel, known, time)?;
            for (outcome, place) in times.get(&time).into_iter().flatten() {
                match outcomes.get(*outcome) {
                    Some(Outcome::Stored(entries)) => earlier.push(entries[*place].clone()),
                    _ => earlier.push(fresh[*place].clone()),
                }
            }
            let repeated = earlier.iter().any(|entry| entry.values == update.values);
            if repeats == Repeats::Skip && repeated {
                continue;
            }
            if repeats == Repeats::Refuse && !earlier.is_empty() {
                return Ok(Outcome::TimeTaken(time));
            }
        }
        id = id.next();
        let created_at = update.created_at.unwrap_or(received);
        newest = newest.max(Some(created_at));
        if let Some(times) = &mut course.times {
            times.entry(created_at).or_default().push((outcomes.len(), fresh.len()));
        }
        fresh.push(Entry { id, created_at, values: update.values });
    }
    Ok(Outcome::Stored(fresh.into()))
}

/// Where the entries of each time are, in the outcomes of a channel and in the one that is being made.
fn times_of(
    channel: ChannelId,
    came: &[(ChannelId, Timestamp)],
    outcomes: &[Outcome],
    fresh: &[Entry],
) -> HashMap<Timestamp, Vec<(usize, usize)>> {
    let mut times: HashMap<_, Vec<_>> = HashMap::new();
    let mut note = |outcome, entries: &[Entry]| {
        for (place, entry) in entries.iter().enumerate() {
            times.entry(entry.created_at).or_default().push((outcome, place));
        }
    };
    for (at, ((of, _), outcome)) in came.iter().zip(outcomes).enumerate() {
        if let Outcome::Stored(entries) = outcome
            && *of == channel
        {
            note(at, entries);
        }
    }
    note(outcomes.len(), fresh);
    times
}

/// The stored entries that have this very time.
fn stored_at(
    conn: &Connection,
    channel: ChannelId,
    known: &Known,
    time: Timestamp,
) -> Result<Vec<Entry>, StoreError> {
    let loose = Loose::within(known, time, time)?;
    let mut found = Vec::new();
    walk(conn, channel, &loose, (time, time), &mut |entry| {
        found.push(entry.clone());
        ControlFlow::Continue(())
    })?;
    Ok(found)
}
