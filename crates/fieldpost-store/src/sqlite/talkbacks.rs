//! TalkBacks. Their commands are in `commands.rs`. Every function that writes runs inside its caller's transaction.

use fieldpost_wire::{ApiKey, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{
    change, counter, exists, json, number, read_channel_id, read_json, read_key, set_counter,
};
use super::{SqliteStore, commands};
use crate::store::{StoreError, Taken};
use crate::talkbacks::{
    Added, Command, CommandChange, Expired, NewCommand, NewTalkBack, Reach, TalkBack, TalkBackStore,
};

/// The columns of a TalkBack, in the order in which [`read_talkback`] reads them.
const TALKBACK: &str = "SELECT id, user_id, name, api_key, channel_id, log, expire_s, controls, created_at FROM talkbacks";

impl TalkBackStore for SqliteStore {
    fn create_talkback(&self, new: NewTalkBack) -> Result<TalkBack, StoreError> {
        self.db.write(|tx| create(tx, new))
    }

    fn talkback(&self, id: u64) -> Result<Option<TalkBack>, StoreError> {
        self.db.read(|conn| talkback(conn, id))
    }

    fn talkback_of_key(&self, key: &ApiKey) -> Result<Option<TalkBack>, StoreError> {
        self.db.read(|conn| {
            let sql = format!("{TALKBACK} WHERE api_key = ?");
            let found = conn.prepare_cached(&sql)?.query_row([key.reveal()], read_talkback);
            Ok(found.optional()?)
        })
    }

    fn talkbacks(&self, user: Option<u64>) -> Result<Vec<TalkBack>, StoreError> {
        self.db.read(|conn| {
            let sql = format!("{TALKBACK} WHERE ?1 IS NULL OR user_id = ?1 ORDER BY id");
            list(conn, &sql, user.map(number))
        })
    }

    fn talkbacks_for(&self, user: u64) -> Result<Vec<TalkBack>, StoreError> {
        self.db.read(|conn| {
            let sql = format!(
                "{TALKBACK} WHERE user_id = ?1
                     OR channel_id IN (SELECT channel_id FROM shares WHERE user_id = ?1)
                     OR channel_id IN (SELECT id FROM channels WHERE owner = ?1)
                 ORDER BY id"
            );
            list(conn, &sql, Some(number(user)))
        })
    }

    fn change_talkback(
        &self,
        id: u64,
        change: &mut dyn FnMut(&mut TalkBack),
    ) -> Result<TalkBack, StoreError> {
        self.db.write(|tx| alter(tx, id, change))
    }

    fn delete_talkback(&self, id: u64) -> Result<(), StoreError> {
        self.db.write(|tx| change(tx, "DELETE FROM talkbacks WHERE id = ?", [number(id)]))
    }

    fn add_command(&self, new: NewCommand, most: usize) -> Result<Added, StoreError> {
        self.db.write(|tx| commands::add(tx, new, most))
    }

    fn command(
        &self,
        talkback: u64,
        id: u64,
        now: Timestamp,
    ) -> Result<Option<Command>, StoreError> {
        self.db.read_all(|conn| commands::command(conn, talkback, id, now))
    }

    fn change_command(
        &self,
        talkback: u64,
        id: u64,
        change: CommandChange,
        now: Timestamp,
    ) -> Result<Command, StoreError> {
        self.db.write(|tx| commands::alter(tx, talkback, id, change, now))
    }

    fn next_command(
        &self,
        talkback: u64,
        now: Timestamp,
        keep: usize,
    ) -> Result<Option<Command>, StoreError> {
        // Devices ask again and again, and mostly there is nothing: that must not keep writers waiting.
        if self.db.read(|conn| commands::first(conn, talkback, now))?.is_none() {
            return Ok(None);
        }
        self.db.write(|tx| commands::next(tx, talkback, now, keep))
    }

    fn last_delivered(&self, talkback: u64) -> Result<Option<Command>, StoreError> {
        self.db.read(|conn| commands::last_delivered(conn, talkback))
    }

    fn acknowledge(&self, talkback: u64, id: u64, now: Timestamp) -> Result<Command, StoreError> {
        self.db.write(|tx| commands::acknowledge(tx, talkback, id, now))
    }

    fn queue(&self, talkback: u64, now: Timestamp) -> Result<Vec<Command>, StoreError> {
        self.db.read(|conn| commands::queue(conn, talkback, now))
    }

    fn queued(&self, talkback: u64, now: Timestamp) -> Result<u64, StoreError> {
        self.db.read(|conn| commands::queued(conn, talkback, now))
    }

    fn commands(
        &self,
        talkback: u64,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Command>, StoreError> {
        self.db.read_all(|conn| commands::newest(conn, talkback, now, limit))
    }

    fn delete_command(
        &self,
        talkback: u64,
        id: u64,
        reach: Reach,
        now: Timestamp,
    ) -> Result<Command, StoreError> {
        self.db.write(|tx| commands::delete(tx, talkback, id, reach, now))
    }

    fn delete_commands(
        &self,
        talkback: u64,
        reach: Reach,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.db.write(|tx| commands::delete_all(tx, talkback, reach, now))
    }

    fn expire(&self, now: Timestamp, most: usize, keep: usize) -> Result<Expired, StoreError> {
        self.db.write(|tx| commands::expire(tx, now, most, keep))
    }
}

fn talkback(conn: &Connection, id: u64) -> Result<Option<TalkBack>, StoreError> {
    let sql = format!("{TALKBACK} WHERE id = ?");
    Ok(conn.prepare_cached(&sql)?.query_row([number(id)], read_talkback).optional()?)
}

fn list(conn: &Connection, sql: &str, user: Option<i64>) -> Result<Vec<TalkBack>, StoreError> {
    let mut select = conn.prepare_cached(sql)?;
    Ok(select.query_map([user], read_talkback)?.collect::<Result<_, _>>()?)
}

fn create(conn: &Connection, new: NewTalkBack) -> Result<TalkBack, StoreError> {
    let highest = counter(conn, "talkback")? as u64;
    let id = new.id.unwrap_or(highest + 1);
    let NewTalkBack {
        user, name, api_key, channel, log, expire_s, controls, now: created_at, ..
    } = new;
    let made = TalkBack { id, user, name, api_key, channel, log, expire_s, controls, created_at };
    if exists(conn, "SELECT 1 FROM talkbacks WHERE id = ?", [number(id)])? {
        return Err(StoreError::Taken(Taken::TalkBackId));
    }
    check(conn, &made)?;
    set_counter(conn, "talkback", number(highest.max(id)))?;
    conn.prepare_cached("INSERT INTO talkbacks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(
        params![
            number(id),
            number(user),
            made.name,
            made.api_key.reveal(),
            made.channel.map(|channel| number(channel.get())),
            log,
            expire_s,
            json(&made.controls)?,
            created_at.millis(),
        ],
    )?;
    Ok(made)
}

fn alter(
    conn: &Connection,
    id: u64,
    change: &mut dyn FnMut(&mut TalkBack),
) -> Result<TalkBack, StoreError> {
    let before = talkback(conn, id)?.ok_or(StoreError::NotFound)?;
    let mut after = before.clone();
    change(&mut after);
    (after.id, after.user, after.created_at) = (before.id, before.user, before.created_at);
    check(conn, &after)?;
    conn.prepare_cached(
        "UPDATE talkbacks SET name = ?, api_key = ?, channel_id = ?, log = ?, expire_s = ?, controls = ? WHERE id = ?",
    )?
    .execute(params![
        after.name,
        after.api_key.reveal(),
        after.channel.map(|channel| number(channel.get())),
        after.log,
        after.expire_s,
        json(&after.controls)?,
        number(id),
    ])?;
    Ok(after)
}

fn check(conn: &Connection, talkback: &TalkBack) -> Result<(), StoreError> {
    let channel = talkback.channel.map(|channel| number(channel.get()));
    let known = |sql: &str, id: i64| exists(conn, sql, [id]);
    if !known("SELECT 1 FROM users WHERE id = ?", number(talkback.user))?
        || !channel.map_or(Ok(true), |id| known("SELECT 1 FROM channels WHERE id = ?", id))?
    {
        return Err(StoreError::NotFound);
    }
    let others = "SELECT 1 FROM talkbacks WHERE api_key = ? AND id <> ?";
    if exists(conn, others, params![talkback.api_key.reveal(), number(talkback.id)])? {
        return Err(StoreError::Taken(Taken::Key));
    }
    Ok(())
}

fn read_talkback(row: &Row<'_>) -> rusqlite::Result<TalkBack> {
    let channel = row.get::<_, Option<i64>>(4)?;
    Ok(TalkBack {
        id: row.get::<_, i64>(0)? as u64,
        user: row.get::<_, i64>(1)? as u64,
        name: row.get(2)?,
        api_key: read_key(row, 3)?,
        channel: channel.map(|_| read_channel_id(row, 4)).transpose()?,
        log: row.get(5)?,
        expire_s: row.get(6)?,
        controls: read_json(row, 7)?,
        created_at: Timestamp::from_millis(row.get(8)?),
    })
}
