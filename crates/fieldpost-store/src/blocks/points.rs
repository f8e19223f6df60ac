//! Points of blocks: ids, times and numbers of every entry of a stretch of time, as columns.
//!
//! Gives what the model in `history/plain.rs` gives for the same entries.

use fieldpost_wire::{Entry, EntryId, Timestamp};

use super::bytes::Damaged;
use super::column::len_of;
use super::header::Header;
use super::ints::GROUP;
use super::read::{ids_of, positions};
use super::source::Source;
use crate::history::plain::number;
use crate::history::{Column, Points};

/// Points that are made of blocks, and of entries that are in none.
pub struct Pointing<'a> {
    columns: &'a [Column],
    from: Timestamp,
    until: Timestamp,
    limit: usize,
    too_many: bool,
    found: Points,
}

impl<'a> Pointing<'a> {
    /// Begins with nothing. Both times are included.
    pub fn new(from: Timestamp, until: Timestamp, columns: &'a [Column], limit: usize) -> Self {
        let found = Points {
            columns: vec![Vec::new(); columns.len()],
            hidden: vec![0; columns.len()],
            ..Points::default()
        };
        Self { columns, from, until, limit, too_many: false, found }
    }

    /// True once there are more entries than the limit: there is no use in more.
    pub fn has_too_many(&self) -> bool {
        self.too_many
    }

    /// Takes the next entry. Everything that is taken must be in order of time.
    pub fn entry(&mut self, entry: &Entry) {
        if !(self.from..=self.until).contains(&entry.created_at) || !self.has_room(1) {
            return;
        }
        self.found.ids.push(entry.id.get());
        self.found.times.push(entry.created_at.millis());
        for (at, column) in self.columns.iter().enumerate() {
            let number = number(entry, column, &mut self.found.hidden[at]);
            self.found.columns[at].push(number.map_or(f64::NAN, |number| number.value));
        }
    }

    /// Takes the next block. `body` is called only if some entries are wanted, and not if they are too many for sure.
    ///
    /// # Errors
    /// If the block is damaged, or `body` fails.
    pub fn block<B: AsRef<[u8]>, E: From<Damaged>>(
        &mut self,
        header: &Header<'_>,
        body: impl FnOnce() -> Result<B, E>,
    ) -> Result<(), E> {
        if header.last_time < self.from || header.first_time > self.until || self.too_many {
            return Ok(());
        }
        let all = self.from <= header.first_time && header.last_time <= self.until;
        if all && !self.has_room(header.count) {
            return Ok(());
        }
        let body = body()?;
        let body = body.as_ref();
        header.check_body(body)?;
        let places = positions(header, body, self.from, self.until)?;
        if !self.has_room(places.len()) || places.is_empty() {
            return Ok(());
        }
        let times = header.times()?;
        let ids = header.ids()?;
        let mut sources = Vec::new();
        for column in self.columns {
            let there = header.column(column.field.index())?;
            let source = there.map(|there| Source::new(header, &there, column.valid, body));
            sources.push(source.transpose()?);
        }
        let mut numbers = [0; GROUP];
        for group in places.start / GROUP..places.end.div_ceil(GROUP) {
            let from = places.start.saturating_sub(group * GROUP);
            let to = (places.end - group * GROUP).min(GROUP);
            ids_of(header, ids.as_ref(), body, group, &mut numbers)?;
            self.found.ids.extend(numbers[from..to].iter().map(|id| *id as u64));
            times.group(body, group, len_of(header.count, group), &mut numbers)?;
            self.found.times.extend_from_slice(&numbers[from..to]);
            for (at, source) in sources.iter_mut().enumerate() {
                let (out, hidden) = (&mut self.found.columns[at], &mut self.found.hidden[at]);
                match source {
                    Some(source) => source.values(body, group, (from, to), hidden, out)?,
                    None => out.resize(out.len() + to - from, f64::NAN),
                }
            }
        }
        Ok(())
    }

    /// What was found; `None` if there are more entries than the limit.
    pub fn finish(self, last: Option<EntryId>) -> Option<Points> {
        (!self.too_many).then_some(Points { last, ..self.found })
    }

    /// False, and from now on, if so many more entries are more than the limit.
    fn has_room(&mut self, more: usize) -> bool {
        self.too_many |= more > self.limit - self.found.ids.len().min(self.limit);
        !self.too_many
    }
}
