//! What the tables have in common: counters, keys, ids and settings as they lie in a row.

use fieldpost_wire::{ApiKey, ChannelId};
use rusqlite::types::Type;
use rusqlite::{Connection, Params, Row, ToSql};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;

pub(super) fn version(conn: &Connection) -> Result<u64, StoreError> {
    counter(conn, "version").map(|version| version as u64)
}

pub(super) fn bump_version(conn: &Connection) -> Result<(), StoreError> {
    let next = counter(conn, "version")? + 1;
    set_counter(conn, "version", next)
}

pub(super) fn counter(conn: &Connection, name: &str) -> Result<i64, StoreError> {
    let mut select = conn.prepare_cached("SELECT value FROM counters WHERE name = ?")?;
    Ok(select.query_row([name], |row| row.get(0))?)
}

pub(super) fn set_counter(conn: &Connection, name: &str, value: i64) -> Result<(), StoreError> {
    let mut update = conn.prepare_cached("UPDATE counters SET value = ? WHERE name = ?")?;
    update.execute([&value as &dyn ToSql, &name])?;
    Ok(())
}

pub(super) fn exists(
    conn: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached(sql)?.exists(params)?)
}

/// Changes one row, which must be there.
pub(super) fn change(conn: &Connection, sql: &str, params: impl Params) -> Result<(), StoreError> {
    match conn.prepare_cached(sql)?.execute(params)? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// A number that was never given.
pub(super) fn next(conn: &Connection, name: &str) -> Result<i64, StoreError> {
    let id = counter(conn, name)? + 1;
    set_counter(conn, name, id)?;
    Ok(id)
}

/// A number as the file keeps it. Nothing has the number that stands for those beyond what fits.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(0)
}

/// Settings as the file keeps them.
pub(super) fn json(settings: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(settings).map_err(|error| StoreError::Failed(Box::new(error)))
}

pub(super) fn read_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(&row.get::<_, String>(column)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

pub(super) fn read_channel_id(row: &Row<'_>, column: usize) -> rusqlite::Result<ChannelId> {
    let id: i64 = row.get(column)?;
    u64::try_from(id)
        .ok()
        .and_then(ChannelId::new)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(column, id))
}

pub(super) fn read_key(row: &Row<'_>, column: usize) -> rusqlite::Result<ApiKey> {
    row.get::<_, String>(column)?.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}
