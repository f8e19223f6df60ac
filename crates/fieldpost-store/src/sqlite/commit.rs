//! A batch on its way to the disk: what it stored becomes one row of the journal, or blocks at once if it is much.

use fieldpost_wire::{ChannelId, Entry, Timestamp};
use rusqlite::Connection;

use super::database::{Database, begin, bump_moves};
use super::journal::{self, Part};
use super::journal_file::ROW_MAX;
use super::judge;
use super::recent::{NewRow, write_head};
use super::tail::key;
use super::weave;
use crate::store::{Head, Outcome, StoreError, Submission};

impl Database {
    /// Stores a batch.
    pub(super) fn commit(&self, batch: Vec<Submission>) -> Result<Vec<Outcome>, StoreError> {
        let came: Vec<_> = batch.iter().map(|one| (one.channel, one.received)).collect();
        let mut conn = self.writer();
        let tx = begin(&mut conn)?;
        let (outcomes, seq) = {
            let mut recent = self.recent();
            recent.refresh_alone(&tx)?;
            (judge::judge(&tx, &mut recent, batch, &came)?, recent.seq)
        };
        let Divided { few, row, much } = self.divide(&came, &outcomes);
        let moves = if much.is_empty() { None } else { Some(bump_moves(&tx)?) };
        for (channel, parts) in &much {
            self.put_at_once(&tx, *channel, parts, (seq, moves.unwrap_or(0)))?;
        }
        let row = match few.is_empty() {
            true => None,
            false => Some(self.write_row(&tx, &row, moves.unwrap_or(0))?),
        };
        let new_journal = row.as_ref().is_some_and(NewRow::begins_journal);
        let mut recent = if moves.is_some() || new_journal {
            let gate = self.gate();
            tx.commit()?;
            self.recent_behind(gate)
        } else {
            drop(tx); // nothing was written to the database, so there is nothing to wait for
            self.recent()
        };
        recent.moves = moves.unwrap_or(recent.moves);
        if let Some(row) = row {
            recent.append(&conn, row, &few);
        }
        much.iter().for_each(|(channel, _)| recent.forget(*channel));
        Ok(outcomes)
    }

    /// Writes a row of the journal, which counts only if transaction `with` does.
    fn write_row(&self, tx: &Connection, body: &[u8], with: i64) -> Result<NewRow, StoreError> {
        let mut row = self.recent().room_for(tx, body)?;
        row.row.write(with, body)?;
        Ok(row)
    }

    /// Divides what was stored into that for the journal and that for blocks, channel by channel. `came` says where each submission
    /// went and when it was received.
    fn divide<'a>(&self, came: &[(ChannelId, Timestamp)], outcomes: &'a [Outcome]) -> Divided<'a> {
        let mut few = Vec::with_capacity(came.len());
        for ((channel, received), outcome) in came.iter().zip(outcomes) {
            if let Outcome::Stored(entries) = outcome
                && !entries.is_empty()
            {
                few.push(Part { channel: *channel, received: *received, entries });
            }
        }
        let mut much = Vec::new();
        if few.iter().map(|part| part.entries.len()).sum::<usize>() >= self.tuning.bulk {
            much = take_much(&mut few, self.tuning.bulk);
        }
        let mut row = journal::encode(&few);
        if row.len() > ROW_MAX {
            much.append(&mut take_much(&mut few, 0));
            row.clear();
        }
        Divided { few, row, much }
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

/// What a batch stored: for the journal, also as a row of it, and for blocks.
struct Divided<'a> {
    few: Vec<Part<'a>>,
    row: Vec<u8>,
    much: Vec<(ChannelId, Vec<Part<'a>>)>,
}

/// Takes out the channels for which a submission of at least so many entries came, with all that came for them.
fn take_much<'a>(few: &mut Vec<Part<'a>>, bulk: usize) -> Vec<(ChannelId, Vec<Part<'a>>)> {
    let mut much: Vec<(ChannelId, Vec<Part<'_>>)> = Vec::new();
    few.retain(|part| {
        let count = part.entries.len();
        match much.iter_mut().find(|(channel, _)| *channel == part.channel) {
            Some((_, parts)) => parts.push(*part),
            None if count >= bulk => much.push((part.channel, vec![*part])),
            None => return true,
        }
        false
    });
    // What came for such a channel before its bulk belongs in front of it.
    for (channel, parts) in &mut much {
        let (mut all, others) = few.drain(..).partition(|part| part.channel == *channel);
        std::mem::swap(parts, &mut all);
        parts.append(&mut all);
        *few = others;
    }
    much
}
