//! MQTT devices. Every function that writes runs inside its caller's transaction.

use fieldpost_wire::{ChannelId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStore;
use super::rows::{change, exists, json, number, read_json};
use crate::devices::{Device, DeviceStore, NewDevice};
use crate::store::{StoreError, Taken};

/// The columns of a device, in the order in which [`read_device`] reads them.
const DEVICE: &str =
    "SELECT client_id, user_id, name, password, rights, maps, created_at FROM devices";

impl DeviceStore for SqliteStore {
    fn create_device(&self, new: NewDevice) -> Result<Device, StoreError> {
        self.db.write_catalogue(|tx| create(tx, new))
    }

    fn device(&self, client_id: &str) -> Result<Option<Device>, StoreError> {
        self.db.read(|conn| device(conn, client_id))
    }

    fn devices(&self, user: Option<u64>) -> Result<Vec<Device>, StoreError> {
        self.db.read(|conn| devices(conn, user))
    }

    fn change_device(
        &self,
        client_id: &str,
        change: &mut dyn FnMut(&mut Device),
    ) -> Result<Device, StoreError> {
        self.db.write_catalogue(|tx| change_device(tx, client_id, change))
    }

    fn delete_device(&self, client_id: &str) -> Result<(), StoreError> {
        self.db.write_catalogue(|tx| {
            change(tx, "DELETE FROM devices WHERE client_id = ?", [client_id])
        })
    }
}

fn create(conn: &Connection, new: NewDevice) -> Result<Device, StoreError> {
    if !exists(conn, "SELECT 1 FROM users WHERE id = ?", [number(new.user)])? {
        return Err(StoreError::NotFound);
    }
    if exists(conn, "SELECT 1 FROM devices WHERE client_id = ?", [&new.client_id])? {
        return Err(StoreError::Taken(Taken::ClientId));
    }
    conn.prepare_cached(
        "INSERT INTO devices (client_id, user_id, name, password, rights, maps, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        new.client_id,
        number(new.user),
        new.name,
        new.password,
        json(&new.rights)?,
        json(&new.maps)?,
        new.now.millis()
    ])?;
    let NewDevice { client_id, user, name, password, rights, maps, now: created_at } = new;
    Ok(Device { client_id, user, name, password, rights, maps, created_at })
}

fn device(conn: &Connection, client_id: &str) -> Result<Option<Device>, StoreError> {
    let sql = format!("{DEVICE} WHERE client_id = ?");
    Ok(conn.prepare_cached(&sql)?.query_row([client_id], read_device).optional()?)
}

fn devices(conn: &Connection, user: Option<u64>) -> Result<Vec<Device>, StoreError> {
    let sql = format!("{DEVICE} WHERE user_id = ifnull(?, user_id) ORDER BY id");
    let mut select = conn.prepare_cached(&sql)?;
    let found = select.query_map([user.map(number)], read_device)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn change_device(
    conn: &Connection,
    client_id: &str,
    change: &mut dyn FnMut(&mut Device),
) -> Result<Device, StoreError> {
    let before = device(conn, client_id)?.ok_or(StoreError::NotFound)?;
    let mut after = before.clone();
    change(&mut after);
    (after.client_id, after.user, after.created_at) =
        (before.client_id, before.user, before.created_at);
    conn.prepare_cached(
        "UPDATE devices SET name = ?, password = ?, rights = ?, maps = ? WHERE client_id = ?",
    )?
    .execute(params![
        after.name,
        after.password,
        json(&after.rights)?,
        json(&after.maps)?,
        after.client_id
    ])?;
    Ok(after)
}

/// Takes the rights on a channel and the maps to it away. They stand inside texts, so the file can't do it by itself.
pub(super) fn forget_channel(conn: &Connection, channel: ChannelId) -> Result<(), StoreError> {
    for device in devices(conn, None)? {
        let named = device.rights.iter().any(|right| right.channel == Some(channel.get()))
            || device.maps.iter().any(|map| map.channel == channel.get());
        if named {
            change_device(conn, &device.client_id, &mut |device| device.forget_channel(channel))?;
        }
    }
    Ok(())
}

fn read_device(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        client_id: row.get(0)?,
        user: row.get::<_, i64>(1)? as u64,
        name: row.get(2)?,
        password: row.get(3)?,
        rights: read_json(row, 4)?,
        maps: read_json(row, 5)?,
        created_at: Timestamp::from_millis(row.get(6)?),
    })
}
