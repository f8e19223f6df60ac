//! What channels hold: one row an entry, clustered by channel and id, and a row for where each channel stands.
//!
//! Knows nothing of a channel's settings. Everything about how entries lie in the file is in here.

use std::collections::HashMap;
use std::ops::ControlFlow;

use fieldpost_wire::query::Span;
use fieldpost_wire::{ChannelId, Entry, EntryId, FieldNo, Timestamp, Update, Values};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::store::{Head, Outcome, Repeats, StoreError, Submission, wait_ms};

/// The columns of an entry, in the order in which [`read_entry`] reads them.
const COLUMNS: &str = "entry_id, created_at, field1, field2, field3, field4, field5, field6, field7, \
                       field8, latitude, longitude, elevation, status";

/// Stores a batch; the caller commits.
pub(super) fn commit(conn: &Connection, batch: &[Submission]) -> Result<Vec<Outcome>, StoreError> {
    let mut heads: HashMap<ChannelId, Option<Head>> = HashMap::new();
    let mut outcomes = Vec::with_capacity(batch.len());
    for submission in batch {
        let channel = submission.channel;
        let known = match heads.get(&channel) {
            Some(known) => *known,
            None => *heads.entry(channel).or_insert(head(conn, channel)?),
        };
        let Some(mut head) = known else {
            outcomes.push(Outcome::NoChannel);
            continue;
        };
        let outcome = judge(conn, submission, &head)?;
        if let Outcome::Stored(entries) = &outcome
            && let Some(last) = entries.last()
        {
            insert(conn, channel, entries)?;
            head = Head { last: Some(last.id), last_write_at: Some(submission.received) };
            heads.insert(channel, Some(head));
        }
        outcomes.push(outcome);
    }
    for (channel, head) in heads {
        if let Some(head) = head {
            write_head(conn, channel, &head)?;
        }
    }
    Ok(outcomes)
}

/// Decides what becomes of a submission. Writes nothing yet, so that a refusal has nothing to undo.
fn judge(conn: &Connection, submission: &Submission, head: &Head) -> Result<Outcome, StoreError> {
    let Submission { channel, received, interval_ms, repeats, .. } = *submission;
    if interval_ms > 0
        && let Some(wait_ms) = wait_ms(head.last_write_at, received, interval_ms)
    {
        return Ok(Outcome::TooSoon { wait_ms });
    }
    let mut id = head.last.unwrap_or(EntryId::new(0));
    let mut fresh = Vec::with_capacity(submission.updates.len());
    // Which of them have a time; a bulk is long enough to make a search through all of them felt.
    let mut fresh_at: HashMap<Timestamp, Vec<usize>> = HashMap::new();
    for update in &submission.updates {
        if let (Some(time), Repeats::Refuse | Repeats::Skip) = (update.created_at, repeats) {
            let mut earlier: Vec<&Entry> = Vec::new();
            let stored = at(conn, channel, time)?;
            earlier.extend(&stored);
            earlier.extend(fresh_at.get(&time).into_iter().flatten().map(|place| &fresh[*place]));
            if repeats == Repeats::Skip && earlier.iter().any(|entry| says_same(entry, update)) {
                continue;
            }
            if repeats == Repeats::Refuse && !earlier.is_empty() {
                return Ok(Outcome::TimeTaken(time));
            }
        }
        id = id.next();
        let created_at = update.created_at.unwrap_or(received);
        if repeats != Repeats::Keep {
            fresh_at.entry(created_at).or_default().push(fresh.len());
        }
        fresh.push(Entry { id, created_at, values: update.values.clone() });
    }
    Ok(Outcome::Stored(fresh))
}

fn says_same(entry: &Entry, update: &Update) -> bool {
    entry.values == update.values
}

pub(super) fn newest(
    conn: &Connection,
    channel: ChannelId,
    span: &Span,
) -> Result<Vec<Entry>, StoreError> {
    let (column, from, until) = match &span.entries {
        Some(ids) if ids.is_empty() => return Ok(Vec::new()),
        Some(ids) => ("entry_id", number(*ids.start()), number(*ids.end())),
        None => ("created_at", span.from.millis(), span.until.millis()),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM entries WHERE channel_id = ? AND {column} BETWEEN ? AND ?
         ORDER BY created_at DESC, entry_id DESC LIMIT ?"
    );
    let limit = number(span.limit);
    let mut found = select(conn, &sql, params![number(channel.get()), from, until, limit])?;
    found.reverse();
    Ok(found)
}

pub(super) fn after(
    conn: &Connection,
    channel: ChannelId,
    after: EntryId,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM entries WHERE channel_id = ? AND entry_id > ?
         ORDER BY entry_id LIMIT ?"
    );
    let limit = number(limit as u64);
    select(conn, &sql, params![number(channel.get()), number(after.get()), limit])
}

pub(super) fn scan(
    conn: &Connection,
    channel: ChannelId,
    from: Timestamp,
    until: Timestamp,
    visit: &mut dyn FnMut(&Entry) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    // The index has them in this order; without its name SQLite might sort a whole channel.
    let sql = format!(
        "SELECT {COLUMNS} FROM entries INDEXED BY entries_by_time
         WHERE channel_id = ? AND created_at BETWEEN ? AND ? ORDER BY created_at, entry_id"
    );
    let mut select = conn.prepare_cached(&sql)?;
    let mut rows = select.query(params![number(channel.get()), from.millis(), until.millis()])?;
    while let Some(row) = rows.next()? {
        if visit(&read_entry(row)?).is_break() {
            break;
        }
    }
    Ok(())
}

pub(super) fn entry(
    conn: &Connection,
    channel: ChannelId,
    id: EntryId,
) -> Result<Option<Entry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM entries WHERE channel_id = ? AND entry_id = ?");
    let found = select(conn, &sql, params![number(channel.get()), number(id.get())])?;
    Ok(found.into_iter().next())
}

pub(super) fn last_with(
    conn: &Connection,
    channel: ChannelId,
    field: FieldNo,
) -> Result<Option<Entry>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM entries WHERE channel_id = ? AND {} IS NOT NULL
         ORDER BY entry_id DESC LIMIT 1",
        field.name()
    );
    Ok(select(conn, &sql, params![number(channel.get())])?.into_iter().next())
}

pub(super) fn head(conn: &Connection, channel: ChannelId) -> Result<Option<Head>, StoreError> {
    let sql = "SELECT last_entry_id, last_write_at FROM heads WHERE channel_id = ?";
    let found = conn
        .prepare_cached(sql)?
        .query_row([number(channel.get())], |row| {
            let last: i64 = row.get(0)?;
            let last_write_at: Option<i64> = row.get(1)?;
            Ok(Head {
                last: (last > 0).then(|| EntryId::new(last as u64)),
                last_write_at: last_write_at.map(Timestamp::from_millis),
            })
        })
        .optional()?;
    Ok(found)
}

/// Makes room for a new channel.
pub(super) fn begin(conn: &Connection, channel: ChannelId) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT INTO heads (channel_id) VALUES (?)")?
        .execute([number(channel.get())])?;
    Ok(())
}

/// Deletes what a channel holds, not when it was last written.
pub(super) fn clear(conn: &Connection, channel: ChannelId) -> Result<(), StoreError> {
    let head = head(conn, channel)?.ok_or(StoreError::NotFound)?;
    conn.prepare_cached("DELETE FROM entries WHERE channel_id = ?")?
        .execute([number(channel.get())])?;
    write_head(conn, channel, &Head { last: None, ..head })
}

pub(super) fn write_head(
    conn: &Connection,
    channel: ChannelId,
    head: &Head,
) -> Result<(), StoreError> {
    let sql = "UPDATE heads SET last_entry_id = ?, last_write_at = ? WHERE channel_id = ?";
    let last = head.last.map_or(0, EntryId::get);
    conn.prepare_cached(sql)?.execute(params![
        number(last),
        head.last_write_at.map(Timestamp::millis),
        number(channel.get())
    ])?;
    Ok(())
}

pub(super) fn insert(
    conn: &Connection,
    channel: ChannelId,
    entries: &[Entry],
) -> Result<(), StoreError> {
    let mut insert = conn.prepare_cached(&format!(
        "INSERT INTO entries (channel_id, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ))?;
    for entry in entries {
        let values = &entry.values;
        let [field1, field2, field3, field4, field5, field6, field7, field8] = &values.fields;
        insert.execute(params![
            number(channel.get()),
            number(entry.id.get()),
            entry.created_at.millis(),
            field1.as_deref(),
            field2.as_deref(),
            field3.as_deref(),
            field4.as_deref(),
            field5.as_deref(),
            field6.as_deref(),
            field7.as_deref(),
            field8.as_deref(),
            values.latitude.as_deref(),
            values.longitude.as_deref(),
            values.elevation.as_deref(),
            values.status.as_deref(),
        ])?;
    }
    Ok(())
}

/// The entries that have this very time. The index is named since SQLite would walk the whole channel here.
fn at(conn: &Connection, channel: ChannelId, time: Timestamp) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM entries INDEXED BY entries_by_time
         WHERE channel_id = ? AND created_at = ?"
    );
    select(conn, &sql, params![number(channel.get()), time.millis()])
}

fn select(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<Entry>, StoreError> {
    let mut select = conn.prepare_cached(sql)?;
    let found = select.query_map(params, read_entry)?.collect::<Result<_, _>>()?;
    Ok(found)
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

/// A number as the file keeps it. No id or count gets beyond what fits, so a bound beyond it is the same bound.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
