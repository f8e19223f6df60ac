//! Channels, their keys and the words that they are found by.
//!
//! Knows nothing of what channels hold but that a channel needs a place for it. Every function that writes
//! runs inside its caller's transaction.

use fieldpost_wire::channel::{About, Channel, ReadKey, RetiringKey, Tag};
use fieldpost_wire::{ApiKey, ChannelId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::entries::{self, Heads};
use super::rows::{counter, exists, read_channel_id, read_key, set_counter};
use super::{devices, settings};
use crate::store::{ChannelFilter, Head, NewChannel, StoreError, Taken};

pub(super) fn channel(conn: &Connection, id: ChannelId) -> Result<Option<Channel>, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT channels.id, owner, login, write_key, channels.created_at, updated_at, name, description,
                latitude, longitude, elevation, metadata, url, github_url, video_id, video_type,
                public, interval_ms, label1, label2, label3, label4, label5, label6, label7, label8,
                channels.timezone, valid, keep
         FROM channels JOIN users ON users.id = owner WHERE channels.id = ?",
    )?;
    let Some(mut channel) = select.query_row([id.get() as i64], read_channel).optional()? else {
        return Ok(None);
    };
    let mut select =
        conn.prepare_cached("SELECT key, note FROM read_keys WHERE channel_id = ? ORDER BY place")?;
    channel.read_keys = select
        .query_map([id.get() as i64], |row| {
            Ok(ReadKey { key: read_key(row, 0)?, note: row.get(1)? })
        })?
        .collect::<Result<_, _>>()?;
    let mut select = conn.prepare_cached(
        "SELECT key, until FROM retiring_keys WHERE channel_id = ? ORDER BY place",
    )?;
    channel.retiring = select
        .query_map([id.get() as i64], |row| {
            Ok(RetiringKey { key: read_key(row, 0)?, until: Timestamp::from_millis(row.get(1)?) })
        })?
        .collect::<Result<_, _>>()?;
    let mut select = conn.prepare_cached(
        "SELECT words.id, name FROM tags JOIN words ON words.id = word_id
         WHERE channel_id = ? ORDER BY place",
    )?;
    channel.about.tags =
        select.query_map([id.get() as i64], read_tag)?.collect::<Result<_, _>>()?;
    Ok(Some(channel))
}

pub(super) fn channel_of_write_key(
    conn: &Connection,
    key: &ApiKey,
    now: Timestamp,
) -> Result<Option<Channel>, StoreError> {
    let id = conn
        .prepare_cached(
            "SELECT id FROM channels WHERE write_key = ?1
             UNION ALL SELECT channel_id FROM retiring_keys WHERE key = ?1 AND until > ?2",
        )?
        .query_row(params![key.reveal(), now.millis()], |row| read_channel_id(row, 0))
        .optional()?;
    id.map_or(Ok(None), |id| channel(conn, id))
}

pub(super) fn channel_of_read_key(
    conn: &Connection,
    key: &ApiKey,
) -> Result<Option<Channel>, StoreError> {
    let id = conn
        .prepare_cached(
            "SELECT channel_id FROM read_keys WHERE key = ? ORDER BY channel_id LIMIT 1",
        )?
        .query_row([key.reveal()], |row| read_channel_id(row, 0))
        .optional()?;
    id.map_or(Ok(None), |id| channel(conn, id))
}

pub(super) fn channels(
    conn: &Connection,
    heads: &Heads,
    filter: &ChannelFilter,
) -> Result<Vec<(Channel, Head)>, StoreError> {
    let ids: Vec<ChannelId> = conn
        .prepare_cached(
            "SELECT id FROM channels
             WHERE (?1 IS NULL OR owner = ?1) AND (public OR NOT ?2)
             AND (?3 IS NULL OR id IN (SELECT channel_id FROM tags JOIN words ON words.id = word_id
                                       WHERE fold = ?3))
             ORDER BY id",
        )?
        .query_map(
            params![
                // Nobody has the number that stands for those beyond what fits.
                filter.owner.map(|owner| i64::try_from(owner).unwrap_or(0)),
                filter.public_only,
                filter.tag.as_ref().map(|word| word.to_lowercase()),
            ],
            |row| read_channel_id(row, 0),
        )?
        .collect::<Result<_, _>>()?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let (Some(channel), Some(head)) = (channel(conn, id)?, heads.of(conn, id)?) {
            found.push((channel, head));
        }
    }
    Ok(found)
}

/// Makes a channel; the journal's last row is `seq`.
pub(super) fn create_channel(
    conn: &Connection,
    new: NewChannel,
    seq: i64,
) -> Result<Channel, StoreError> {
    let owner = i64::try_from(new.owner).map_err(|_| StoreError::NotFound)?;
    let username = conn
        .prepare_cached("SELECT login FROM users WHERE id = ?")?
        .query_row([owner], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::NotFound)?;
    let highest = counter(conn, "channel")? as u64;
    let id = match new.id {
        Some(id) if exists(conn, "SELECT 1 FROM channels WHERE id = ?", [id.get() as i64])? => {
            return Err(StoreError::Taken(Taken::ChannelId));
        }
        Some(id) => id,
        None => ChannelId::new(highest + 1)
            .ok_or_else(|| StoreError::Failed("no channel id is left".into()))?,
    };
    let mut channel = Channel {
        id,
        owner: new.owner,
        username,
        about: new.about,
        write_key: new.write_key,
        read_keys: new.read_keys,
        retiring: Vec::new(),
        created_at: new.now,
        updated_at: new.now,
    };
    check_keys(conn, &channel)?;
    set_counter(conn, "channel", highest.max(id.get()) as i64)?;
    conn.prepare_cached(
        "INSERT INTO channels (id, owner, write_key, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(params![
        id.get() as i64,
        owner,
        channel.write_key.reveal(),
        channel.created_at.millis(),
        channel.updated_at.millis()
    ])?;
    entries::begin(conn, id, seq)?;
    write_settings(conn, &mut channel)?;
    Ok(channel)
}

pub(super) fn change_channel(
    conn: &Connection,
    id: ChannelId,
    now: Timestamp,
    change: &mut dyn FnMut(&mut Channel),
) -> Result<Channel, StoreError> {
    let before = channel(conn, id)?.ok_or(StoreError::NotFound)?;
    let mut channel = before.clone();
    change(&mut channel);
    channel.id = before.id;
    channel.owner = before.owner;
    channel.username = before.username;
    channel.created_at = before.created_at;
    channel.updated_at = now;
    channel.retiring.retain(|old| old.until > now);
    check_keys(conn, &channel)?;
    write_settings(conn, &mut channel)?;
    Ok(channel)
}

pub(super) fn delete_channel(conn: &Connection, id: ChannelId) -> Result<(), StoreError> {
    devices::forget_channel(conn, id)?;
    conn.prepare_cached("DELETE FROM channels WHERE id = ?")?.execute([id.get() as i64])?;
    Ok(())
}

/// A write key opens one channel and nothing else; read keys differ within their channel.
fn check_keys(conn: &Connection, channel: &Channel) -> Result<(), StoreError> {
    let id = channel.id.get() as i64;
    let taken = |sql: &str, key: &ApiKey| exists(conn, sql, params![key.reveal(), id]);
    let writes = "SELECT 1 FROM channels WHERE write_key = ? AND id <> ?";
    let reads = "SELECT 1 FROM read_keys WHERE key = ? AND channel_id <> ?";
    let retires = "SELECT 1 FROM retiring_keys WHERE key = ? AND channel_id <> ?";
    let mut own = Vec::new();
    let write_keys = channel.retiring.iter().map(|old| &old.key);
    for key in [&channel.write_key].into_iter().chain(write_keys) {
        if own.contains(key) || taken(writes, key)? || taken(reads, key)? || taken(retires, key)? {
            return Err(StoreError::Taken(Taken::Key));
        }
        own.push(*key);
    }
    for ReadKey { key, .. } in &channel.read_keys {
        if own.contains(key) || taken(writes, key)? || taken(retires, key)? {
            return Err(StoreError::Taken(Taken::Key));
        }
        own.push(*key);
    }
    Ok(())
}

/// Writes all that can change in a channel, whose row is there. Gives the tags their numbers.
fn write_settings(conn: &Connection, channel: &mut Channel) -> Result<(), StoreError> {
    let id = channel.id.get() as i64;
    know_words(conn, &mut channel.about.tags)?;
    let About { labels: [l1, l2, l3, l4, l5, l6, l7, l8], .. } = &channel.about;
    let about = &channel.about;
    conn.prepare_cached(
        "UPDATE channels SET write_key = ?2, updated_at = ?3, name = ?4, description = ?5, latitude = ?6,
                longitude = ?7, elevation = ?8, metadata = ?9, url = ?10, github_url = ?11,
                video_id = ?12, video_type = ?13, public = ?14, interval_ms = ?15, label1 = ?16,
                label2 = ?17, label3 = ?18, label4 = ?19, label5 = ?20, label6 = ?21, label7 = ?22,
                label8 = ?23, timezone = ?24, valid = ?25, keep = ?26
         WHERE id = ?1",
    )?
    .execute(params![
        id,
        channel.write_key.reveal(),
        channel.updated_at.millis(),
        about.name,
        about.description,
        about.latitude,
        about.longitude,
        about.elevation,
        about.metadata,
        about.url,
        about.github_url,
        about.video_id,
        about.video_type,
        about.public,
        about.interval_ms.map(|interval| interval as i64), // and back: all 64 bits are kept
        l1,
        l2,
        l3,
        l4,
        l5,
        l6,
        l7,
        l8,
        about.timezone,
        settings::valid_text(&about.valid)?,
        settings::keep_text(&about.keep)?,
    ])?;
    conn.prepare_cached("DELETE FROM read_keys WHERE channel_id = ?")?.execute([id])?;
    let mut insert = conn.prepare_cached("INSERT INTO read_keys VALUES (?, ?, ?, ?)")?;
    for (place, read) in channel.read_keys.iter().enumerate() {
        insert.execute(params![id, place as i64, read.key.reveal(), read.note])?;
    }
    conn.prepare_cached("DELETE FROM retiring_keys WHERE channel_id = ?")?.execute([id])?;
    let mut insert = conn.prepare_cached("INSERT INTO retiring_keys VALUES (?, ?, ?, ?)")?;
    for (place, old) in channel.retiring.iter().enumerate() {
        insert.execute(params![old.key.reveal(), id, place as i64, old.until.millis()])?;
    }
    conn.prepare_cached("DELETE FROM tags WHERE channel_id = ?")?.execute([id])?;
    let mut insert = conn.prepare_cached("INSERT INTO tags VALUES (?, ?, ?)")?;
    for (place, tag) in channel.about.tags.iter().enumerate() {
        insert.execute(params![id, place as i64, tag.id as i64])?;
    }
    Ok(())
}

/// Gives tags the numbers and the spelling of the words that are known, and learns the others. A word
/// named twice counts once.
fn know_words(conn: &Connection, tags: &mut Vec<Tag>) -> Result<(), StoreError> {
    let mut learn =
        conn.prepare_cached("INSERT INTO words (name, fold) VALUES (?, ?) ON CONFLICT DO NOTHING")?;
    let mut look_up = conn.prepare_cached("SELECT id, name FROM words WHERE fold = ?")?;
    let mut known: Vec<Tag> = Vec::new();
    for tag in tags.drain(..) {
        let fold = tag.name.to_lowercase();
        learn.execute([&tag.name, &fold])?;
        let tag = look_up.query_row([&fold], read_tag)?;
        if !known.contains(&tag) {
            known.push(tag);
        }
    }
    *tags = known;
    Ok(())
}

/// Reads what is in a channel's own row; its read keys and tags are in other tables.
fn read_channel(row: &Row<'_>) -> rusqlite::Result<Channel> {
    let mut labels: [Option<String>; 8] = Default::default();
    for (label, column) in labels.iter_mut().zip(18..) {
        *label = row.get::<usize, _>(column)?;
    }
    Ok(Channel {
        id: read_channel_id(row, 0)?,
        owner: row.get::<_, i64>(1)? as u64,
        username: row.get(2)?,
        write_key: read_key(row, 3)?,
        created_at: Timestamp::from_millis(row.get(4)?),
        updated_at: Timestamp::from_millis(row.get(5)?),
        read_keys: Vec::new(),
        retiring: Vec::new(),
        about: About {
            name: row.get(6)?,
            description: row.get(7)?,
            latitude: row.get(8)?,
            longitude: row.get(9)?,
            elevation: row.get(10)?,
            metadata: row.get(11)?,
            url: row.get(12)?,
            github_url: row.get(13)?,
            video_id: row.get(14)?,
            video_type: row.get(15)?,
            public: row.get(16)?,
            interval_ms: row.get::<_, Option<i64>>(17)?.map(|interval| interval as u64),
            labels,
            timezone: row.get(26)?,
            valid: settings::read_valid(row, 27)?,
            keep: settings::read_keep(row, 28)?,
            tags: Vec::new(),
        },
    })
}

fn read_tag(row: &Row<'_>) -> rusqlite::Result<Tag> {
    Ok(Tag { id: row.get::<_, i64>(0)? as u64, name: row.get(1)? })
}
