//! ThingHTTP requests, and the keys and history of alerts. Every function that writes runs inside its caller's transaction.

use fieldpost_wire::{ApiKey, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{change, exists, json, next, number, read_json, read_key};
use super::users;
use crate::automations::{Alert, HttpSettings, NewThingHttp, ThingHttp};
use crate::store::{StoreError, Taken, User};

/// The columns of a ThingHTTP request, in the order in which [`read`] reads them.
const THINGHTTP: &str = "SELECT id, user_id, api_key, settings, created_at FROM thinghttps";

pub(super) fn create(conn: &Connection, new: NewThingHttp) -> Result<ThingHttp, StoreError> {
    if !exists(conn, "SELECT 1 FROM users WHERE id = ?", [number(new.user)])? {
        return Err(StoreError::NotFound);
    }
    if exists(conn, "SELECT 1 FROM thinghttps WHERE api_key = ?", [new.api_key.reveal()])? {
        return Err(StoreError::Taken(Taken::Key));
    }
    let id = next(conn, "thinghttp")?;
    let (key, made) = (new.api_key.reveal(), new.now.millis());
    conn.prepare_cached("INSERT INTO thinghttps VALUES (?, ?, ?, ?, ?)")?.execute(params![
        id,
        number(new.user),
        key,
        json(&new.settings)?,
        made
    ])?;
    let NewThingHttp { user, api_key, settings, now: created_at } = new;
    Ok(ThingHttp { id: id as u64, user, api_key, settings, created_at })
}

pub(super) fn of_key(conn: &Connection, key: &ApiKey) -> Result<Option<ThingHttp>, StoreError> {
    let sql = format!("{THINGHTTP} WHERE api_key = ?");
    Ok(conn.prepare_cached(&sql)?.query_row([key.reveal()], read).optional()?)
}

pub(super) fn of_user(conn: &Connection, user: u64) -> Result<Vec<ThingHttp>, StoreError> {
    let sql = format!("{THINGHTTP} WHERE user_id = ? ORDER BY id");
    let mut select = conn.prepare_cached(&sql)?;
    let found = select.query_map([number(user)], read)?.collect::<Result<_, _>>()?;
    Ok(found)
}

pub(super) fn set(
    conn: &Connection,
    user: u64,
    id: u64,
    settings: HttpSettings,
) -> Result<ThingHttp, StoreError> {
    let sql = "UPDATE thinghttps SET settings = ? WHERE user_id = ? AND id = ?";
    change(conn, sql, params![json(&settings)?, number(user), number(id)])?;
    let sql = format!("{THINGHTTP} WHERE id = ?");
    Ok(conn.prepare_cached(&sql)?.query_row([number(id)], read)?)
}

pub(super) fn delete(conn: &Connection, user: u64, id: u64) -> Result<(), StoreError> {
    let sql = "DELETE FROM thinghttps WHERE user_id = ? AND id = ?";
    change(conn, sql, [number(user), number(id)])
}

pub(super) fn alert_key(conn: &Connection, user: u64) -> Result<Option<ApiKey>, StoreError> {
    let sql = "SELECT key FROM alert_keys WHERE user_id = ?";
    let found = conn.prepare_cached(sql)?.query_row([number(user)], |row| read_key(row, 0));
    Ok(found.optional()?)
}

pub(super) fn set_alert_key(conn: &Connection, user: u64, key: ApiKey) -> Result<(), StoreError> {
    let user = number(user);
    if !exists(conn, "SELECT 1 FROM users WHERE id = ?", [user])? {
        return Err(StoreError::NotFound);
    }
    let others = "SELECT 1 FROM alert_keys WHERE key = ? AND user_id <> ?";
    if exists(conn, others, params![key.reveal(), user])? {
        return Err(StoreError::Taken(Taken::Key));
    }
    conn.prepare_cached("INSERT OR REPLACE INTO alert_keys VALUES (?, ?)")?
        .execute(params![user, key.reveal()])?;
    Ok(())
}

pub(super) fn user_of_alert_key(
    conn: &Connection,
    key: &ApiKey,
) -> Result<Option<User>, StoreError> {
    let sql = "SELECT user_id FROM alert_keys WHERE key = ?";
    let user: Option<i64> =
        conn.prepare_cached(sql)?.query_row([key.reveal()], |row| row.get(0)).optional()?;
    user.map_or(Ok(None), |user| users::user_of_id(conn, user as u64))
}

pub(super) fn note_alert(
    conn: &Connection,
    user: u64,
    alert: Alert,
    forget: Timestamp,
) -> Result<(), StoreError> {
    let user = number(user);
    if !exists(conn, "SELECT 1 FROM users WHERE id = ?", [user])? {
        return Err(StoreError::NotFound);
    }
    conn.prepare_cached("DELETE FROM alerts WHERE user_id = ? AND requested_at < ?")?
        .execute([user, forget.millis()])?;
    let sql = "INSERT INTO alerts (user_id, requested_at, subject, status) VALUES (?, ?, ?, ?)";
    let at = alert.requested_at.millis();
    conn.prepare_cached(sql)?.execute(params![user, at, alert.subject, alert.status])?;
    Ok(())
}

pub(super) fn alerts(conn: &Connection, user: u64) -> Result<Vec<Alert>, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT requested_at, subject, status FROM alerts WHERE user_id = ? ORDER BY id DESC",
    )?;
    let found = select.query_map([number(user)], |row| {
        Ok(Alert {
            requested_at: Timestamp::from_millis(row.get(0)?),
            subject: row.get(1)?,
            status: row.get(2)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<ThingHttp> {
    Ok(ThingHttp {
        id: row.get::<_, i64>(0)? as u64,
        user: row.get::<_, i64>(1)? as u64,
        api_key: read_key(row, 2)?,
        settings: read_json(row, 3)?,
        created_at: Timestamp::from_millis(row.get(4)?),
    })
}
