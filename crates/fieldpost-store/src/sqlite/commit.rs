//! A batch on its way to the disk: what it stored becomes one row of the journal, or blocks at once if it is much.

use fieldpost_wire::{ChannelId, Entry, Timestamp};
use rusqlite::{Connection, params};

use super::database::{Database, begin, bump_moves};
use super::journal::{self, Part};
use super::judge;
use super::recent::write_head;
use super::tail::key;
use super::weave;
use crate::store::{Head, Outcome, StoreError, Submission};

impl Database {
    /// Stores a batch.
    pub(super) fn commit(&self, batch: Vec<Submission>) -> Result<Vec<Outcome>, StoreError> {
        let came: Vec<_> = batch.iter().map(|one| (one.channel, one.received)).collect();
        let mut conn = self.writer();
        let tx = begin(&mut conn)?;
        let (outcomes, before) = {
            let mut recent = self.recent();
            recent.refresh(&tx)?;
            (judge::judge(&tx, &mut recent, batch)?, recent.seq)
        };
        let (mut few, much) = self.divide(&came, &outcomes);
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
        let gate = self.gate();
        tx.commit()?;
        let mut recent = self.recent_behind(gate);
        recent.append(&conn, seq, &std::mem::take(&mut few))?;
        recent.moves = moves;
        much.iter().for_each(|(channel, _)| recent.forget(*channel));
        Ok(outcomes)
    }

    /// Divides what was stored into that for the journal and that for blocks, channel by channel. `came` says where each submission
    /// went and when it was received.
    fn divide<'a>(
        &self,
        came: &[(ChannelId, Timestamp)],
        outcomes: &'a [Outcome],
    ) -> (Vec<Part<'a>>, Vec<(ChannelId, Vec<Part<'a>>)>) {
        let mut few = Vec::with_capacity(came.len());
        for ((channel, received), outcome) in came.iter().zip(outcomes) {
            if let Outcome::Stored(entries) = outcome
                && !entries.is_empty()
            {
                few.push(Part { channel: *channel, received: *received, entries });
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
}
