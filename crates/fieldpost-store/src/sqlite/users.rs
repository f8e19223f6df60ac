//! Users and their keys. Every function that writes runs inside its caller's transaction.

use fieldpost_wire::{ApiKey, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{counter, exists, read_key, set_counter};
use crate::store::{NewUser, StoreError, Taken, User};

/// The columns of a user, in the order in which [`read_user`] reads them.
const USER: &str = "SELECT id, login, api_key, password, email, bio, website, created_at, admin, timezone FROM users";

pub(super) fn user(conn: &Connection, login: &str) -> Result<Option<User>, StoreError> {
    let sql = format!("{USER} WHERE login_fold = ?");
    let found = conn.prepare_cached(&sql)?.query_row([login.to_lowercase()], read_user);
    Ok(found.optional()?)
}

pub(super) fn user_of_id(conn: &Connection, id: u64) -> Result<Option<User>, StoreError> {
    let sql = format!("{USER} WHERE id = ?");
    Ok(conn.prepare_cached(&sql)?.query_row([id as i64], read_user).optional()?)
}

pub(super) fn user_of_key(conn: &Connection, key: &ApiKey) -> Result<Option<User>, StoreError> {
    let sql = format!("{USER} WHERE api_key = ?");
    let found = conn.prepare_cached(&sql)?.query_row([key.reveal()], read_user);
    Ok(found.optional()?)
}

pub(super) fn users(conn: &Connection) -> Result<Vec<User>, StoreError> {
    let mut select = conn.prepare_cached(&format!("{USER} ORDER BY id"))?;
    let found = select.query_map([], read_user)?.collect::<Result<_, _>>()?;
    Ok(found)
}

pub(super) fn create_user(conn: &Connection, new: NewUser) -> Result<User, StoreError> {
    let fold = new.login.to_lowercase();
    if exists(conn, "SELECT 1 FROM users WHERE login_fold = ?", [&fold])? {
        return Err(StoreError::Taken(Taken::Login));
    }
    check_user_key(conn, &new.api_key, 0)?;
    let id = counter(conn, "user")? + 1;
    set_counter(conn, "user", id)?;
    let user = User {
        id: id as u64,
        login: new.login,
        api_key: new.api_key,
        password: new.password,
        email: None,
        bio: None,
        website: None,
        admin: new.admin,
        timezone: None,
        created_at: new.now,
    };
    conn.prepare_cached(
        "INSERT INTO users (id, login, login_fold, api_key, password, created_at, admin)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        id,
        user.login,
        fold,
        user.api_key.reveal(),
        user.password,
        user.created_at.millis(),
        user.admin
    ])?;
    Ok(user)
}

pub(super) fn change_user(
    conn: &Connection,
    login: &str,
    change: &mut dyn FnMut(&mut User),
) -> Result<User, StoreError> {
    let before = user(conn, login)?.ok_or(StoreError::NotFound)?;
    let mut user = before.clone();
    change(&mut user);
    user.id = before.id;
    user.login = before.login;
    user.created_at = before.created_at;
    check_user_key(conn, &user.api_key, user.id as i64)?;
    conn.prepare_cached(
        "UPDATE users SET api_key = ?, password = ?, email = ?, bio = ?, website = ?, admin = ?, timezone = ? WHERE id = ?",
    )?
    .execute(params![
        user.api_key.reveal(),
        user.password,
        user.email,
        user.bio,
        user.website,
        user.admin,
        user.timezone,
        user.id as i64
    ])?;
    Ok(user)
}

pub(super) fn delete_user(conn: &Connection, login: &str) -> Result<(), StoreError> {
    let user = user(conn, login)?.ok_or(StoreError::NotFound)?;
    let id = user.id as i64;
    if exists(conn, "SELECT 1 FROM channels WHERE owner = ?", [id])? {
        return Err(StoreError::OwnsChannels);
    }
    let others = "SELECT 1 FROM users WHERE admin AND password IS NOT NULL AND id <> ?";
    if user.admin && user.password.is_some() && !exists(conn, others, [id])? {
        return Err(StoreError::LastAdmin);
    }
    conn.prepare_cached("DELETE FROM users WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// A user key belongs to one user.
fn check_user_key(conn: &Connection, key: &ApiKey, user: i64) -> Result<(), StoreError> {
    let sql = "SELECT 1 FROM users WHERE api_key = ? AND id <> ?";
    if exists(conn, sql, params![key.reveal(), user])? {
        return Err(StoreError::Taken(Taken::Key));
    }
    Ok(())
}

fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get::<_, i64>(0)? as u64,
        login: row.get(1)?,
        api_key: read_key(row, 2)?,
        password: row.get(3)?,
        email: row.get(4)?,
        bio: row.get(5)?,
        website: row.get(6)?,
        created_at: Timestamp::from_millis(row.get(7)?),
        admin: row.get(8)?,
        timezone: row.get(9)?,
    })
}
