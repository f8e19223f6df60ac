//! From the old layout, in which each entry was a row, to blocks: once, for files of versions before it.

use fieldpost_wire::{ChannelId, Entry, EntryId, FieldNo, Timestamp, Values};
use rusqlite::{Connection, Row};

use super::entries::number;
use super::rows::read_channel_id;
use super::weave;
use crate::store::StoreError;

/// The number of the step that makes the tables for blocks.
pub(super) const STEP: usize = 8;

/// Puts what the rows hold into blocks, channel by channel, and drops them.
pub(super) fn to_blocks(conn: &Connection, most: usize) -> Result<(), StoreError> {
    let channels: Vec<ChannelId> = conn
        .prepare("SELECT channel_id FROM heads")?
        .query_map([], |row| read_channel_id(row, 0))?
        .collect::<Result<_, _>>()?;
    let sql = "SELECT entry_id, created_at, field1, field2, field3, field4, field5, field6, field7,
                      field8, latitude, longitude, elevation, status
               FROM entries INDEXED BY entries_by_time
               WHERE channel_id = ? ORDER BY created_at, entry_id";
    let mut select = conn.prepare(sql)?;
    for channel in channels {
        let mut run = Vec::with_capacity(most);
        let mut rows = select.query([number(channel.get())])?;
        while let Some(row) = rows.next()? {
            run.push(read_entry(row)?);
            if run.len() == most {
                weave::put(conn, channel, &run, most)?;
                run.clear();
            }
        }
        weave::put(conn, channel, &run, most)?;
    }
    drop(select);
    conn.execute_batch("DROP TABLE entries")?;
    Ok(())
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let mut values = Values::default();
    for field in FieldNo::ALL {
        values.fields[field.index()] = row.get(2 + field.index())?;
    }
    values.latitude = row.get(10)?;
    values.longitude = row.get(11)?;
    values.elevation = row.get(12)?;
    values.status = row.get(13)?;
    Ok(Entry {
        id: EntryId::new(row.get::<_, i64>(0)? as u64),
        created_at: Timestamp::from_millis(row.get(1)?),
        values,
    })
}
