//! Corrections of what a channel holds: an entry is changed, entries are deleted, and deleted ones are put back.
//!
//! Whoever looks at the channel is told. Nothing that acts on entries as they come (automations, relays, MQTT) acts on a correction: what
//! they did is done.

use std::ops::ControlFlow;

use fieldpost_store::history::{Put, Which};
use fieldpost_store::{Store, StoreError};
use fieldpost_wire::entry::Text;
use fieldpost_wire::{ChannelId, Entry, EntryId, FieldNo, Timestamp, Values};

use crate::accounts::roles::{Access, What};
use crate::believed::check;
use crate::engine::Engine;
use crate::refusal::Refusal;

/// How many deleted entries are handed out, so that they can be put back; and how many are put back at once.
pub const UNDO_MAX: usize = 1_000;

/// What changes about an entry. What is `None` stays; `Some(None)` takes a value away.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Correction {
    /// Its time.
    pub created_at: Option<Timestamp>,
    /// Its values; field 1 is at 0.
    pub fields: [Option<Text>; FieldNo::COUNT],
    /// The remark.
    pub status: Option<Text>,
    /// Degrees north.
    pub latitude: Option<Text>,
    /// Degrees east.
    pub longitude: Option<Text>,
    /// Metres.
    pub elevation: Option<Text>,
}

/// What became of a request to delete entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deleted {
    /// How many are gone.
    pub count: u64,
    /// The entries, if they are at most [`UNDO_MAX`].
    pub entries: Vec<Entry>,
}

impl Correction {
    fn apply(&self, entry: &mut Entry) {
        let values = &mut entry.values;
        let mut slots: Vec<(&Option<Text>, &mut Text)> = vec![
            (&self.status, &mut values.status),
            (&self.latitude, &mut values.latitude),
            (&self.longitude, &mut values.longitude),
            (&self.elevation, &mut values.elevation),
        ];
        slots.extend(self.fields.iter().zip(&mut values.fields));
        for (new, slot) in slots {
            if let Some(new) = new {
                slot.clone_from(new);
            }
        }
        entry.created_at = self.created_at.unwrap_or(entry.created_at);
    }
}

impl Engine {
    /// Corrects an entry; gives it as it is now.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NoEntry`]; [`Refusal::OutOfRange`] if the owner wants values refused that one of
    /// the new ones is among.
    pub async fn correct_entry(
        &self,
        access: &Access,
        id: EntryId,
        correction: Correction,
    ) -> Result<Entry, Refusal> {
        access.check(What::Edit)?;
        let mut new = Entry { id, created_at: Timestamp::default(), values: Values::default() };
        correction.apply(&mut new);
        check(&access.channel, &new.values)?;
        let channel = access.channel.id;
        let changed = self.correct(channel, move |store| {
            store.change_entry(channel, id, &mut |entry| correction.apply(entry))
        });
        match changed.await {
            Ok((_, now)) => Ok(now),
            Err(Refusal::NoChannel) => Err(Refusal::NoEntry),
            Err(refusal) => Err(refusal),
        }
    }

    /// Deletes entries.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::BadValue`] if more than [`UNDO_MAX`] are named by their ids.
    pub async fn delete_entries(&self, access: &Access, which: Which) -> Result<Deleted, Refusal> {
        access.check(What::Edit)?;
        if matches!(&which, Which::Ids(ids) if ids.len() > UNDO_MAX) {
            return Err(Refusal::BadValue(format!(
                "at most {UNDO_MAX} entries are deleted by their ids at once; send them in parts, or name a stretch of time"
            )));
        }
        let channel = access.channel.id;
        self.correct(channel, move |store| delete(store, channel, which)).await
    }

    /// Puts entries back that were deleted. One that is there already stays as it is.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::BadValue`] if an entry is none that this channel ever had.
    pub async fn put_back(&self, access: &Access, entries: Vec<Entry>) -> Result<Put, Refusal> {
        access.check(What::Edit)?;
        if entries.len() > UNDO_MAX {
            return Err(Refusal::BadValue(format!(
                "at most {UNDO_MAX} entries are put back at once; send them in parts"
            )));
        }
        let channel = access.channel.id;
        let newest = self.head(channel).await?.last.map_or(0, EntryId::get);
        let foreign = entries.iter().find(|entry| !(1..=newest).contains(&entry.id.get()));
        if let Some(entry) = foreign {
            return Err(Refusal::BadValue(format!(
                "entry {} was never in this channel, so it can't be put back; new entries come by an update",
                entry.id
            )));
        }
        self.correct(channel, move |store| store.put(channel, &entries)).await
    }
}

fn delete(store: &dyn Store, channel: ChannelId, which: Which) -> Result<Deleted, StoreError> {
    let mut entries = Vec::new();
    let which = match which {
        Which::Ids(ids) => {
            for id in &ids {
                entries.extend(store.entry(channel, *id)?);
            }
            Which::Ids(ids)
        }
        Which::Times(from, until) => {
            store.scan(channel, from, until, &mut |entry| {
                entries.push(entry.clone());
                if entries.len() > UNDO_MAX {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?;
            if entries.len() > UNDO_MAX {
                entries.clear();
                Which::Times(from, until)
            } else {
                // Just those that are handed out: another may have come in the meantime.
                Which::Ids(entries.iter().map(|entry| entry.id).collect())
            }
        }
    };
    Ok(Deleted { count: store.delete_entries(channel, &which)?, entries })
}
