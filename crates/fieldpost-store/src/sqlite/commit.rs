//! A batch on its way to the disk: what it stored becomes one row of the journal, or blocks at once if it is much.

use fieldpost_wire::query::Span;
use fieldpost_wire::{ChannelId, Entry, Timestamp};
use rusqlite::{Connection, params};

use super::database::{Database, begin, bump_moves};
use super::entries::{self, Loose};
use super::journal::{self, Part};
use super::judge;
use super::recent::{Known, write_head};
use super::tail::key;
use super::weave;
use crate::store::{Head, Outcome, StoreError, Submission};

impl Database {
    /// Stores a batch.
    pub(super) fn commit(&self, batch: &[Submission]) -> Result<Vec<Outcome>, StoreError> {
        let mut conn = self.writer();
        let tx = begin(&mut conn)?;
        let (outcomes, before) = {
            let mut recent = self.recent();
            recent.refresh(&tx)?;
            (judge::judge(&tx, &mut recent, batch)?, recent.seq)
        };
        let (mut few, much) = self.divide(batch, &outcomes);
        let mut seq = before;
        if !few.is_empty() {
            seq += 1;
            tx.prepare_cached("INSERT INTO journal (seq, body) VALUES (?, ?)")?
                .execute(params![seq, journal::encode(&few)])?;
        }
        if much.is_empty() {
            if !few.is_empty() {
                tx.commit()?;
                self.recent().append(&conn, seq, &few)?;
            }
            return Ok(outcomes);
        }
        let moves = bump_moves(&tx)?;
        for (channel, parts) in &much {
            self.put_at_once(&tx, *channel, parts, (seq, moves))?;
        }
        let mut recent = self.recent();
        tx.commit()?;
        recent.append(&conn, seq, &std::mem::take(&mut few))?;
        recent.moves = moves;
        much.iter().for_each(|(channel, _)| recent.forget(*channel));
        Ok(outcomes)
    }

    /// Divides what was stored into that for the journal and that for blocks, channel by channel.
    fn divide<'a>(
        &self,
        batch: &[Submission],
        outcomes: &'a [Outcome],
    ) -> (Vec<Part<'a>>, Vec<(ChannelId, Vec<Part<'a>>)>) {
        let mut few = Vec::with_capacity(batch.len());
        for (submission, outcome) in batch.iter().zip(outcomes) {
            if let Outcome::Stored(entries) = outcome
                && !entries.is_empty()
            {
                let Submission { channel, received, .. } = *submission;
                few.push(Part { channel, received, entries });
            }
        }
        let mut much: Vec<(ChannelId, Vec<Part<'a>>)> = Vec::new();
        if few.iter().map(|part| part.entries.len()).sum::<usize>() >= self.tuning.bulk {
            few.retain(|part| {
                let count = part.entries.len();
                match much.iter_mut().find(|(channel, _)| *channel == part.channel) {
                    Some((_, parts)) => parts.push(*part),
                    None if count >= self.tuning.bulk => much.push((part.channel, vec![*part])),
                    None => return true,
                }
                false
            });
            // What came for such a channel before its bulk belongs in front of it.
            for (channel, parts) in &mut much {
                let (mut all, others) = few.drain(..).partition(|part| part.channel == *channel);
                std::mem::swap(parts, &mut all);
                parts.append(&mut all);
                few = others;
            }
        }
        (few, much)
    }

    /// Puts what was stored into blocks, behind all that a channel has in the journal.
    fn put_at_once(
        &self,
        conn: &Connection,
        channel: ChannelId,
        parts: &[Part<'_>],
        state: (i64, i64),
    ) -> Result<(), StoreError> {
        let waiting = match self.recent().known(conn, channel)? {
            Some(known) => known.tail.behind(known.moved)?,
            None => return Err(StoreError::NotFound),
        };
        let most = self.tuning.block;
        weave::put(conn, channel, &waiting, most)?;
        match parts {
            [part] if part.entries.is_sorted_by_key(key) => {
                weave::put(conn, channel, part.entries, most)?;
            }
            _ => {
                let mut all: Vec<Entry> =
                    parts.iter().flat_map(|part| part.entries).cloned().collect();
                all.sort_by_key(key);
                weave::put(conn, channel, &all, most)?;
            }
        }
        let last = parts.last().and_then(|part| part.entries.last()).map(|entry| entry.id);
        let head = Head { last, last_write_at: parts.last().map(|part| part.received) };
        write_head(conn, channel, &head, state)
    }

    /// Reads the newest entries of a span and where the channel stands from memory, if it has all of them and agreed with the file
    /// lately. What this process does is in memory at once; that another one did something is seen within [`Tuning::fresh`].
    pub(super) fn at_hand(&self, channel: ChannelId, span: &Span) -> Option<(Vec<Entry>, Head)> {
        let limit = usize::try_from(span.limit).ok().filter(|limit| *limit <= self.tuning.keep)?;
        if span.entries.is_some() {
            return None;
        }
        let mut recent = self.recent_at_hand()?;
        if !recent.is_fresh(self.tuning.fresh) {
            drop(recent);
            let seen = self.glance()?;
            recent = self.recent_at_hand()?;
            if !recent.agrees(seen) {
                return None;
            }
        }
        let known = recent.at_hand(channel)?;
        let (loose, _) = newest_loose(known, span.from, span.until, limit).ok()?;
        let head = known.head;
        let whole = !entries::needs_blocks(&loose, span, limit);
        whole.then_some((loose.entries, head))
    }

    /// Reads the newest entries of a span.
    pub(super) fn newest(&self, channel: ChannelId, span: &Span) -> Result<Vec<Entry>, StoreError> {
        if let Some(ids) = &span.entries {
            let (from, until) = (*ids.start(), *ids.end());
            return self.read_channel(
                channel,
                |known| Loose::with_ids(known, from, until),
                |conn, loose| {
                    entries::newest_of_ids(conn, channel, (from, until, span.limit), loose)
                },
            );
        }
        let limit = usize::try_from(span.limit).unwrap_or(usize::MAX);
        let pick = |known: &Known| {
            let (loose, cold) = newest_loose(known, span.from, span.until, limit)?;
            Ok((loose, cold && limit <= self.tuning.keep))
        };
        // What is asked for now is likely to be asked for again.
        let found = self.read_channel(channel, pick, |conn, (loose, cold)| {
            Ok(if cold { None } else { Some(entries::newest(conn, channel, span, loose)?) })
        })?;
        if let Some(found) = found {
            return Ok(found);
        }
        self.warm(channel)?;
        self.read_channel(channel, pick, |conn, (loose, _)| {
            entries::newest(conn, channel, span, loose)
        })
    }
}

/// Takes the newest entries of a span that memory has, and tells whether blocks have others that are newer than the oldest of these.
fn newest_loose(
    known: &Known,
    from: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Result<(Loose, bool), StoreError> {
    let places = known.tail.between(entries::lowest(from), entries::highest(until));
    let start = places.start.max(places.end.saturating_sub(limit));
    let found = known.tail.entries(start..places.end)?;
    let loose = Loose::of(known, found);
    let open =
        known.end.is_some_and(|end| until >= end.0) && known.below.is_some_and(|b| from <= b.0);
    let cold = open && !entries::covers(&loose, limit);
    Ok((loose, cold))
}
