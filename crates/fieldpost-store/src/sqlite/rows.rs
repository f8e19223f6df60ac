//! What the tables have in common: counters, keys and ids as they lie in a row.

use fieldpost_wire::{ApiKey, ChannelId};
use rusqlite::types::Type;
use rusqlite::{Connection, Params, Row, ToSql};

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
