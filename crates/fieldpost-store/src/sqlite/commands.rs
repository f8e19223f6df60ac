//! The commands of TalkBacks. Every function that writes runs inside its caller's transaction.
//!
//! A queued command has a place that leaves gaps, so that another may go in between without a change to those behind it. Its position
//! is how many are before it. A finished command's place tells when it finished.

use std::collections::HashMap;

use fieldpost_wire::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::rows::{exists, next as next_number, number};
use crate::store::StoreError;
use crate::talkbacks::{
    Added, Command, CommandChange, CommandState, Expired, NewCommand, ONCE_MS, Reach,
};

/// The columns of a command, in the order in which [`read`] reads them.
const COMMAND: &str = "SELECT id, talkback_id, text, state, place, created_at, delivered_at, acknowledged_at, expires_at FROM commands";
/// The queue of the TalkBack `?1` at the time `?2`.
const LIVE: &str =
    "talkback_id = ?1 AND state = 'queued' AND (expires_at IS NULL OR expires_at > ?2)";
/// How far apart the places are of commands that are added one after the other.
const GAP: i64 = 1 << 20;

/// A command with its place.
struct Placed {
    command: Command,
    place: i64,
}

pub(super) fn add(conn: &Connection, new: NewCommand, most: usize) -> Result<Added, StoreError> {
    let NewCommand { talkback, text, position, expires_at, once, now } = new;
    if !exists(conn, "SELECT 1 FROM talkbacks WHERE id = ?", [number(talkback)])? {
        return Err(StoreError::NotFound);
    }
    if let Some(word) = &once {
        let sql = format!(
            "{COMMAND} WHERE talkback_id = ? AND once = ? AND created_at > ? ORDER BY id DESC LIMIT 1"
        );
        let since = now.plus_millis(-ONCE_MS).millis();
        if let Some(known) = find(conn, &sql, params![number(talkback), word, since])? {
            return Ok(Added::Again(shown(conn, known, now)?));
        }
    }
    if queued(conn, talkback, now)? >= most as u64 {
        return Ok(Added::Full);
    }
    let place = place(conn, talkback, 0, position, now)?;
    let id = next_number(conn, "command")?;
    conn.prepare_cached(
        "INSERT INTO commands (id, talkback_id, text, state, place, once, created_at, expires_at)
         VALUES (?, ?, ?, 'queued', ?, ?, ?, ?)",
    )?
    .execute(params![
        id,
        number(talkback),
        text,
        place,
        once,
        now.millis(),
        expires_at.map(Timestamp::millis)
    ])?;
    existing(conn, talkback, id as u64, now).map(Added::New)
}

pub(super) fn command(
    conn: &Connection,
    talkback: u64,
    id: u64,
    now: Timestamp,
) -> Result<Option<Command>, StoreError> {
    placed(conn, talkback, id)?.map(|found| shown(conn, found, now)).transpose()
}

pub(super) fn alter(
    conn: &Connection,
    talkback: u64,
    id: u64,
    change: CommandChange,
    now: Timestamp,
) -> Result<Command, StoreError> {
    let found = existing(conn, talkback, id, now)?;
    if found.state != CommandState::Queued {
        return Ok(found);
    }
    if let Some(text) = change.text {
        conn.prepare_cached("UPDATE commands SET text = ? WHERE id = ?")?
            .execute(params![text, number(id)])?;
    }
    if change.position.is_some() {
        let place = place(conn, talkback, id, change.position, now)?;
        put(conn, number(id), place)?;
    }
    existing(conn, talkback, id, now)
}

/// The id of the command that goes out next.
pub(super) fn first(
    conn: &Connection,
    talkback: u64,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let sql = format!("SELECT id FROM commands WHERE {LIVE} ORDER BY place LIMIT 1");
    let mut select = conn.prepare_cached(&sql)?;
    Ok(select.query_row([number(talkback), now.millis()], |row| row.get(0)).optional()?)
}

pub(super) fn next(
    conn: &Connection,
    talkback: u64,
    now: Timestamp,
    keep: usize,
) -> Result<Option<Command>, StoreError> {
    let Some(id) = first(conn, talkback, now)? else { return Ok(None) };
    conn.prepare_cached("UPDATE commands SET delivered_at = ? WHERE id = ?")?
        .execute([now.millis(), id])?;
    finish(conn, talkback, id, CommandState::Delivered, keep)?;
    existing(conn, talkback, id as u64, now).map(Some)
}

pub(super) fn last_delivered(
    conn: &Connection,
    talkback: u64,
) -> Result<Option<Command>, StoreError> {
    let sql = format!(
        "{COMMAND} WHERE talkback_id = ? AND state <> 'queued' AND delivered_at IS NOT NULL ORDER BY place DESC LIMIT 1"
    );
    Ok(find(conn, &sql, [number(talkback)])?.map(|found| found.command))
}

pub(super) fn acknowledge(
    conn: &Connection,
    talkback: u64,
    id: u64,
    now: Timestamp,
) -> Result<Command, StoreError> {
    conn.prepare_cached(
        "UPDATE commands SET state = 'acknowledged', acknowledged_at = ?
         WHERE id = ? AND talkback_id = ? AND state = 'delivered'",
    )?
    .execute([now.millis(), number(id), number(talkback)])?;
    existing(conn, talkback, id, now)
}

pub(super) fn queue(
    conn: &Connection,
    talkback: u64,
    now: Timestamp,
) -> Result<Vec<Command>, StoreError> {
    let sql = format!("{COMMAND} WHERE {LIVE} ORDER BY place");
    let all = list(conn, &sql, [number(talkback), now.millis()])?;
    let placed = (1..).zip(all);
    Ok(placed
        .map(|(at, Placed { command, .. })| Command { position: Some(at), ..command })
        .collect())
}

pub(super) fn queued(conn: &Connection, talkback: u64, now: Timestamp) -> Result<u64, StoreError> {
    before(conn, talkback, i64::MAX, now)
}

pub(super) fn newest(
    conn: &Connection,
    talkback: u64,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Command>, StoreError> {
    let sql = format!("{COMMAND} WHERE talkback_id = ? ORDER BY id DESC LIMIT ?");
    let all = list(conn, &sql, params![number(talkback), many(limit)])?;
    // Counting those before each one would take long where the queue is long.
    let sql = format!("SELECT id FROM commands WHERE {LIVE} ORDER BY place");
    let mut select = conn.prepare_cached(&sql)?;
    let ids = select.query_map([number(talkback), now.millis()], |row| row.get::<_, i64>(0))?;
    let places: HashMap<u64, u64> =
        ids.zip(1..).map(|(id, at)| Ok((id? as u64, at))).collect::<rusqlite::Result<_>>()?;
    let shown = |Placed { command, .. }: Placed| {
        Command { position: places.get(&command.id).copied(), ..command }.at(now)
    };
    Ok(all.into_iter().map(shown).collect())
}

pub(super) fn delete(
    conn: &Connection,
    talkback: u64,
    id: u64,
    reach: Reach,
    now: Timestamp,
) -> Result<Command, StoreError> {
    let found = existing(conn, talkback, id, now)?;
    if reach == Reach::All || found.state == CommandState::Queued {
        conn.prepare_cached("DELETE FROM commands WHERE id = ?")?.execute([number(id)])?;
    }
    Ok(found)
}

pub(super) fn delete_all(
    conn: &Connection,
    talkback: u64,
    reach: Reach,
    now: Timestamp,
) -> Result<(), StoreError> {
    let talkback = number(talkback);
    match reach {
        Reach::All => conn
            .prepare_cached("DELETE FROM commands WHERE talkback_id = ?")?
            .execute([talkback])?,
        Reach::Queue => conn
            .prepare_cached(&format!("DELETE FROM commands WHERE {LIVE}"))?
            .execute([talkback, now.millis()])?,
    };
    Ok(())
}

pub(super) fn expire(
    conn: &Connection,
    now: Timestamp,
    most: usize,
    keep: usize,
) -> Result<Expired, StoreError> {
    let due = "state = 'queued' AND expires_at IS NOT NULL";
    let sql = format!("{COMMAND} WHERE {due} AND expires_at <= ? ORDER BY expires_at, id LIMIT ?");
    let all = list(conn, &sql, params![now.millis(), many(most)])?;
    let mut expired = Expired::default();
    for Placed { command, .. } in all {
        finish(conn, command.talkback, number(command.id), CommandState::Expired, keep)?;
        expired.commands.push(Command { state: CommandState::Expired, ..command });
    }
    let next = format!("SELECT min(expires_at) FROM commands WHERE {due}");
    let next: Option<i64> = conn.prepare_cached(&next)?.query_row([], |row| row.get(0))?;
    expired.next = next.map(Timestamp::from_millis);
    Ok(expired)
}

/// Takes a command out of the queue for good, and forgets those that finished before the newest `keep`.
fn finish(
    conn: &Connection,
    talkback: u64,
    id: i64,
    state: CommandState,
    keep: usize,
) -> Result<(), StoreError> {
    let talkback = number(talkback);
    conn.prepare_cached(
        "UPDATE commands SET state = ?1, place = 1 +
             (SELECT coalesce(max(place), 0) FROM commands WHERE talkback_id = ?2 AND state <> 'queued')
         WHERE id = ?3",
    )?
    .execute(params![word(state), talkback, id])?;
    conn.prepare_cached(
        "DELETE FROM commands WHERE id IN
             (SELECT id FROM commands WHERE talkback_id = ? AND state <> 'queued'
              ORDER BY place DESC LIMIT -1 OFFSET ?)",
    )?
    .execute(params![talkback, many(keep.max(1))])?;
    Ok(())
}

/// The place of a command that is to have a position; `but` is not counted.
fn place(
    conn: &Connection,
    talkback: u64,
    but: u64,
    position: Option<u64>,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let skip = i64::try_from(position.unwrap_or(u64::MAX).max(1) - 1).unwrap_or(i64::MAX);
    let at = format!(
        "SELECT place FROM commands WHERE {LIVE} AND id <> ?3 ORDER BY place LIMIT 1 OFFSET ?4"
    );
    let behind: Option<i64> = conn
        .prepare_cached(&at)?
        .query_row([number(talkback), now.millis(), number(but), skip], |row| row.get(0))
        .optional()?;
    let before: Option<i64> = conn
        .prepare_cached(
            "SELECT max(place) FROM commands WHERE talkback_id = ? AND state = 'queued' AND id <> ? AND place < ?",
        )?
        .query_row(
            [number(talkback), number(but), behind.unwrap_or(i64::MAX)],
            |row| row.get(0),
        )?;
    match (before, behind) {
        (None, None) => Ok(0),
        (Some(before), None) => Ok(before + GAP),
        (None, Some(behind)) => Ok(behind - GAP),
        (Some(before), Some(behind)) if behind - before > 1 => Ok(before + (behind - before) / 2),
        _ => {
            spread(conn, talkback)?;
            place(conn, talkback, but, position, now)
        }
    }
}

/// Makes room between the commands of a queue.
fn spread(conn: &Connection, talkback: u64) -> Result<(), StoreError> {
    let sql = format!("{COMMAND} WHERE talkback_id = ? AND state = 'queued' ORDER BY place");
    for (at, found) in (1..).zip(list(conn, &sql, [number(talkback)])?) {
        put(conn, number(found.command.id), at * GAP)?;
    }
    Ok(())
}

fn put(conn: &Connection, id: i64, place: i64) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE commands SET place = ? WHERE id = ?")?.execute([place, id])?;
    Ok(())
}

/// How many queued commands are before a place.
fn before(conn: &Connection, talkback: u64, place: i64, now: Timestamp) -> Result<u64, StoreError> {
    let sql = format!("SELECT count(*) FROM commands WHERE {LIVE} AND place < ?3");
    let mut select = conn.prepare_cached(&sql)?;
    let count =
        select.query_row([number(talkback), now.millis(), place], |row| row.get::<_, i64>(0))?;
    Ok(count as u64)
}

/// A command as it is now.
fn shown(conn: &Connection, found: Placed, now: Timestamp) -> Result<Command, StoreError> {
    let Placed { mut command, place } = found;
    if command.state == CommandState::Queued {
        command.position = Some(before(conn, command.talkback, place, now)? + 1);
    }
    Ok(command.at(now))
}

fn existing(
    conn: &Connection,
    talkback: u64,
    id: u64,
    now: Timestamp,
) -> Result<Command, StoreError> {
    command(conn, talkback, id, now)?.ok_or(StoreError::NotFound)
}

fn placed(conn: &Connection, talkback: u64, id: u64) -> Result<Option<Placed>, StoreError> {
    let sql = format!("{COMMAND} WHERE id = ? AND talkback_id = ?");
    find(conn, &sql, [number(id), number(talkback)])
}

fn find(conn: &Connection, sql: &str, params: impl Params) -> Result<Option<Placed>, StoreError> {
    Ok(conn.prepare_cached(sql)?.query_row(params, read).optional()?)
}

fn list(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<Placed>, StoreError> {
    Ok(conn.prepare_cached(sql)?.query_map(params, read)?.collect::<Result<_, _>>()?)
}

/// A count as the file understands it.
fn many(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn word(state: CommandState) -> &'static str {
    match state {
        CommandState::Queued => "queued",
        CommandState::Delivered => "delivered",
        CommandState::Acknowledged => "acknowledged",
        CommandState::Expired => "expired",
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Placed> {
    let time = |column: usize| -> rusqlite::Result<_> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
    };
    let command = Command {
        id: row.get::<_, i64>(0)? as u64,
        talkback: row.get::<_, i64>(1)? as u64,
        text: row.get(2)?,
        position: None,
        state: match row.get::<_, String>(3)?.as_str() {
            "delivered" => CommandState::Delivered,
            "acknowledged" => CommandState::Acknowledged,
            "expired" => CommandState::Expired,
            _ => CommandState::Queued,
        },
        created_at: Timestamp::from_millis(row.get(5)?),
        delivered_at: time(6)?,
        acknowledged_at: time(7)?,
        expires_at: time(8)?,
    };
    Ok(Placed { command, place: row.get(4)? })
}
