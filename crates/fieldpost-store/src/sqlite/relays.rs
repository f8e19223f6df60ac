//! Relays. Every function that writes runs inside its caller's transaction.

use fieldpost_wire::{ChannelId, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

use super::SqliteStore;
use super::rows::{change, exists, json, next, number, read_channel_id, read_json};
use crate::relays::{Direction, NewRelay, Relay, RelayStore};
use crate::store::StoreError;

/// The columns of a relay, in the order in which [`read`] reads them.
const RELAY: &str = "SELECT id, channel_id, direction, settings, progress, created_at FROM relays";

impl RelayStore for SqliteStore {
    fn create_relay(&self, new: NewRelay) -> Result<Relay, StoreError> {
        self.db.write(|tx| create(tx, new))
    }

    fn relays(&self, channel: Option<ChannelId>) -> Result<Vec<Relay>, StoreError> {
        self.db.read(|conn| relays(conn, channel))
    }

    fn change_relay(
        &self,
        channel: ChannelId,
        id: u64,
        change: &mut dyn FnMut(&mut Relay),
    ) -> Result<Relay, StoreError> {
        self.db.write(|tx| change_relay(tx, channel, id, change))
    }

    fn delete_relay(&self, channel: ChannelId, id: u64) -> Result<(), StoreError> {
        let sql = "DELETE FROM relays WHERE channel_id = ? AND id = ?";
        self.db.write(|tx| change(tx, sql, [number(channel.get()), number(id)]))
    }
}

fn create(conn: &Connection, new: NewRelay) -> Result<Relay, StoreError> {
    let of = number(new.channel.get());
    if !exists(conn, "SELECT 1 FROM channels WHERE id = ?", [of])? {
        return Err(StoreError::NotFound);
    }
    let id = next(conn, "relay")?;
    conn.prepare_cached("INSERT INTO relays VALUES (?, ?, ?, ?, ?, ?)")?.execute(params![
        id,
        of,
        word(new.direction),
        json(&new.settings)?,
        json(&new.progress)?,
        new.now.millis()
    ])?;
    let NewRelay { channel, direction, settings, progress, now: created_at } = new;
    Ok(Relay { id: id as u64, channel, direction, settings, progress, created_at })
}

fn relays(conn: &Connection, channel: Option<ChannelId>) -> Result<Vec<Relay>, StoreError> {
    let sql = format!("{RELAY} WHERE channel_id = ifnull(?, channel_id) ORDER BY id");
    let mut select = conn.prepare_cached(&sql)?;
    let found = select.query_map([channel.map(|id| number(id.get()))], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn change_relay(
    conn: &Connection,
    channel: ChannelId,
    id: u64,
    alter: &mut dyn FnMut(&mut Relay),
) -> Result<Relay, StoreError> {
    let before = relays(conn, Some(channel))?.into_iter().find(|relay| relay.id == id);
    let before = before.ok_or(StoreError::NotFound)?;
    let mut after = before.clone();
    alter(&mut after);
    let Relay { settings, progress, .. } = after;
    let sql = "UPDATE relays SET settings = ?, progress = ? WHERE id = ?";
    change(conn, sql, params![json(&settings)?, json(&progress)?, number(id)])?;
    Ok(Relay { settings, progress, ..before })
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Mirror => "mirror",
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Relay> {
    let direction: String = row.get(2)?;
    Ok(Relay {
        id: row.get::<_, i64>(0)? as u64,
        channel: read_channel_id(row, 1)?,
        direction: match direction.as_str() {
            "forward" => Direction::Forward,
            "mirror" => Direction::Mirror,
            _ => return Err(rusqlite::Error::InvalidColumnType(2, direction, Type::Text)),
        },
        settings: read_json(row, 3)?,
        progress: read_json(row, 4)?,
        created_at: Timestamp::from_millis(row.get(5)?),
    })
}
