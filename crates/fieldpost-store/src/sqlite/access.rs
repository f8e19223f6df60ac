//! Sessions, shares and links. Every function that writes runs inside its caller's transaction.

use fieldpost_wire::{Channel, ChannelId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::entries::Heads;
use super::rows::{change, exists, next, number, read_channel_id};
use super::{channels, users};
use crate::access::{Link, NewLink, NewSession, Role, Session, Share, TokenHash};
use crate::store::{Head, StoreError, Taken, User};

/// The columns of a session, in the order in which [`read_session`] reads them.
const SESSION: &str = "SELECT id, user_id, created_at, seen_at, agent FROM sessions";
/// The columns of a link, in the order in which [`read_link`] reads them.
const LINK: &str = "SELECT id, channel_id, note, created_at, expires_at FROM links";

pub(super) fn begin_session(conn: &Connection, new: NewSession) -> Result<Session, StoreError> {
    let user = number(new.user);
    if !exists(conn, "SELECT 1 FROM users WHERE id = ?", [user])? {
        return Err(StoreError::NotFound);
    }
    if exists(conn, "SELECT 1 FROM sessions WHERE token = ?", [new.token.0])? {
        return Err(StoreError::Taken(Taken::Key));
    }
    let id = next(conn, "session")?;
    conn.prepare_cached("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)")?.execute(params![
        id,
        user,
        new.token.0,
        new.now.millis(),
        new.now.millis(),
        new.agent
    ])?;
    let (created_at, seen_at) = (new.now, new.now);
    Ok(Session { id: id as u64, user: new.user, created_at, seen_at, agent: new.agent })
}

pub(super) fn session(
    conn: &Connection,
    token: &TokenHash,
) -> Result<Option<(Session, User)>, StoreError> {
    let sql = format!("{SESSION} WHERE token = ?");
    let found = conn.prepare_cached(&sql)?.query_row([token.0], read_session).optional()?;
    let Some(session) = found else { return Ok(None) };
    Ok(users::user_of_id(conn, session.user)?.map(|user| (session, user)))
}

pub(super) fn sessions(conn: &Connection, user: u64) -> Result<Vec<Session>, StoreError> {
    let mut select = conn.prepare_cached(&format!("{SESSION} WHERE user_id = ? ORDER BY id"))?;
    let found = select.query_map([number(user)], read_session)?.collect::<Result<_, _>>()?;
    Ok(found)
}

pub(super) fn see_session(conn: &Connection, id: u64, now: Timestamp) -> Result<(), StoreError> {
    change(conn, "UPDATE sessions SET seen_at = ? WHERE id = ?", params![now.millis(), number(id)])
}

pub(super) fn end_session(conn: &Connection, user: u64, id: u64) -> Result<(), StoreError> {
    let sql = "DELETE FROM sessions WHERE user_id = ? AND id = ?";
    change(conn, sql, params![number(user), number(id)])
}

pub(super) fn end_sessions(
    conn: &Connection,
    user: u64,
    except: Option<u64>,
) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM sessions WHERE user_id = ? AND id IS NOT ?")?
        .execute(params![number(user), except.map(number)])?;
    Ok(())
}

pub(super) fn end_old_sessions(conn: &Connection, before: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM sessions WHERE seen_at < ?")?.execute([before.millis()])?;
    Ok(())
}

pub(super) fn share(
    conn: &Connection,
    channel: ChannelId,
    user: u64,
    role: Option<Role>,
) -> Result<(), StoreError> {
    let (channel, user) = (number(channel.get()), number(user));
    let owner: Option<i64> = conn
        .prepare_cached("SELECT owner FROM channels WHERE id = ?")?
        .query_row([channel], |row| row.get(0))
        .optional()?;
    let known = exists(conn, "SELECT 1 FROM users WHERE id = ?", [user])?;
    let Some(owner) = owner.filter(|_| known) else { return Err(StoreError::NotFound) };
    conn.prepare_cached("DELETE FROM shares WHERE channel_id = ? AND user_id = ?")?
        .execute([channel, user])?;
    if let Some(word) = role.and_then(word)
        && owner != user
    {
        conn.prepare_cached("INSERT INTO shares VALUES (?, ?, ?)")?
            .execute(params![channel, user, word])?;
    }
    Ok(())
}

pub(super) fn shares(conn: &Connection, channel: ChannelId) -> Result<Vec<Share>, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT user_id, login, role FROM shares JOIN users ON users.id = user_id
         WHERE channel_id = ? ORDER BY user_id",
    )?;
    let found = select.query_map([number(channel.get())], |row| {
        Ok(Share {
            user: row.get::<_, i64>(0)? as u64,
            login: row.get(1)?,
            role: read_role(row, 2)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn role(
    conn: &Connection,
    channel: ChannelId,
    user: u64,
) -> Result<Option<Role>, StoreError> {
    let sql = "SELECT role FROM shares WHERE channel_id = ? AND user_id = ?";
    let found = conn
        .prepare_cached(sql)?
        .query_row([number(channel.get()), number(user)], |row| read_role(row, 0));
    Ok(found.optional()?)
}

pub(super) fn shared_with(
    conn: &Connection,
    heads: &Heads,
    user: u64,
) -> Result<Vec<(Channel, Head, Role)>, StoreError> {
    let ids: Vec<(ChannelId, Role)> = conn
        .prepare_cached(
            "SELECT channel_id, role FROM shares WHERE user_id = ? ORDER BY channel_id",
        )?
        .query_map([number(user)], |row| Ok((read_channel_id(row, 0)?, read_role(row, 1)?)))?
        .collect::<Result<_, _>>()?;
    let mut found = Vec::with_capacity(ids.len());
    for (id, role) in ids {
        if let (Some(channel), Some(head)) = (channels::channel(conn, id)?, heads.of(conn, id)?) {
            found.push((channel, head, role));
        }
    }
    Ok(found)
}

pub(super) fn create_link(conn: &Connection, new: NewLink) -> Result<Link, StoreError> {
    let channel = number(new.channel.get());
    if !exists(conn, "SELECT 1 FROM channels WHERE id = ?", [channel])? {
        return Err(StoreError::NotFound);
    }
    if exists(conn, "SELECT 1 FROM links WHERE token = ?", [new.token.0])? {
        return Err(StoreError::Taken(Taken::Key));
    }
    let id = next(conn, "link")?;
    conn.prepare_cached("INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)")?.execute(params![
        id,
        channel,
        new.token.0,
        new.note,
        new.now.millis(),
        new.expires_at.map(Timestamp::millis)
    ])?;
    let NewLink { channel, note, expires_at, now: created_at, .. } = new;
    Ok(Link { id: id as u64, channel, note, created_at, expires_at })
}

pub(super) fn links(conn: &Connection, channel: ChannelId) -> Result<Vec<Link>, StoreError> {
    let mut select = conn.prepare_cached(&format!("{LINK} WHERE channel_id = ? ORDER BY id"))?;
    let found = select.query_map([number(channel.get())], read_link)?.collect::<Result<_, _>>()?;
    Ok(found)
}

pub(super) fn link(conn: &Connection, token: &TokenHash) -> Result<Option<Link>, StoreError> {
    let sql = format!("{LINK} WHERE token = ?");
    Ok(conn.prepare_cached(&sql)?.query_row([token.0], read_link).optional()?)
}

pub(super) fn delete_link(
    conn: &Connection,
    channel: ChannelId,
    id: u64,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM links WHERE channel_id = ? AND id = ?";
    change(conn, sql, params![number(channel.get()), number(id)])
}

/// A role as the file keeps it; the owner's is in the channel.
fn word(role: Role) -> Option<&'static str> {
    match role {
        Role::Viewer => Some("viewer"),
        Role::Editor => Some("editor"),
        Role::Owner => None,
    }
}

fn read_role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    Ok(if row.get::<_, String>(column)? == "editor" { Role::Editor } else { Role::Viewer })
}

fn read_session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get::<_, i64>(0)? as u64,
        user: row.get::<_, i64>(1)? as u64,
        created_at: Timestamp::from_millis(row.get(2)?),
        seen_at: Timestamp::from_millis(row.get(3)?),
        agent: row.get(4)?,
    })
}

fn read_link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        id: row.get::<_, i64>(0)? as u64,
        channel: read_channel_id(row, 1)?,
        note: row.get(2)?,
        created_at: Timestamp::from_millis(row.get(3)?),
        expires_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
    })
}
