//! The newest entries of a channel: from memory alone, from memory and blocks, or shown one after the other without making entries
//! of what lies in blocks.

use fieldpost_wire::query::Span;
use fieldpost_wire::{ChannelId, Entry, Timestamp};

use super::database::Database;
use super::entries::{self, Loose, Part};
use super::recent::Known;
use crate::store::{Head, Reader, StoreError};

impl Database {
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

    /// Where a channel stands.
    pub(super) fn head(&self, channel: ChannelId) -> Result<Option<Head>, StoreError> {
        self.read_channel(channel, |known| Ok(known.head), |_, head| Ok(Some(head)))
    }

    /// Shows the newest entries of a span and where the channel stands.
    pub(super) fn feed(
        &self,
        channel: ChannelId,
        span: &Span,
        reader: &mut dyn Reader,
    ) -> Result<(), StoreError> {
        if span.entries.is_some() {
            let entries = self.newest(channel, span)?;
            let head = self.head(channel)?.ok_or(StoreError::NotFound)?;
            reader.begin(head, entries.len());
            entries.iter().for_each(|entry| reader.entry(entry.into()));
            return Ok(());
        }
        let limit = usize::try_from(span.limit).unwrap_or(usize::MAX);
        if !self.feed_unless_cold(channel, span, limit <= self.tuning.keep, reader)? {
            self.warm(channel)?;
            self.feed_unless_cold(channel, span, false, reader)?;
        }
        Ok(())
    }

    /// The same; with `unless_cold` false is given, and nothing shown, if what is asked for should be in memory first.
    fn feed_unless_cold(
        &self,
        channel: ChannelId,
        span: &Span,
        unless_cold: bool,
        reader: &mut dyn Reader,
    ) -> Result<bool, StoreError> {
        let limit = usize::try_from(span.limit).unwrap_or(usize::MAX);
        let pick = |known: &Known| newest_loose(known, span.from, span.until, limit);
        self.read_with(
            |conn, recent| recent.known(conn, channel)?.map(|known| pick(known)).transpose(),
            |conn, picked| {
                let (loose, cold) = picked.ok_or(StoreError::NotFound)?;
                if cold && unless_cold {
                    return Ok(false);
                }
                let head = loose.head;
                let parts = entries::newest_parts(conn, channel, span, loose)?;
                reader.begin(head, parts.iter().map(Part::len).sum());
                parts.iter().try_for_each(|part| part.show(&mut |row| reader.entry(row)))?;
                Ok(true)
            },
        )
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
