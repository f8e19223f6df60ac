//! From the layout in which the journal was a table to the journal beside the database: once, for files of versions before it.

use std::collections::BTreeMap;

use fieldpost_wire::{ChannelId, Entry, Timestamp};
use rusqlite::Connection;

use super::copy::put_waiting;
use super::journal;
use super::rows::{counter, set_counter};
use super::tail::Tail;
use crate::blocks::Damaged;
use crate::blocks::bytes::checksum;
use crate::store::{Head, StoreError};

/// The number of the step that takes the table away.
pub(super) const STEP: usize = 9;

/// Puts what the table holds into blocks, and drops it.
pub(super) fn to_blocks(conn: &Connection, most: usize) -> Result<(), StoreError> {
    let mut waiting: BTreeMap<ChannelId, (Head, Tail)> = BTreeMap::new();
    let mut last = 0;
    let mut select = conn.prepare("SELECT seq, body FROM journal ORDER BY seq")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        let body: Vec<u8> = row.get(1)?;
        decode(&body, &mut |channel, received, entry| {
            let (head, tail) = waiting.entry(channel).or_default();
            tail.push(&entry, last);
            *head = Head { last: Some(entry.id), last_write_at: Some(received) };
        })?;
    }
    drop(rows);
    drop(select);
    let state = (last, counter(conn, "moves")?);
    for (channel, (head, tail)) in &waiting {
        put_waiting(conn, *channel, (head, tail), state, most)?;
    }
    set_counter(conn, "journal_free", last)?;
    conn.execute_batch("DROP TABLE journal")?;
    Ok(())
}

/// Shows every entry of a row of the table: a version, what a row of today holds, and a check sum.
fn decode(bytes: &[u8], each: &mut dyn FnMut(ChannelId, Timestamp, Entry)) -> Result<(), Damaged> {
    let (bytes, sum) = bytes.split_last_chunk().ok_or(Damaged("it ends too early"))?;
    if checksum(bytes) != u32::from_le_bytes(*sum) {
        return Err(Damaged("it has changed"));
    }
    match bytes.split_first() {
        Some((1, body)) => journal::decode(body, each),
        _ => Err(Damaged("its version is not known here")),
    }
}
