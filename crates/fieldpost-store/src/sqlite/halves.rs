//! Long stretches of a channel are read by two threads, each a half of the spans. Both see the same state, and each span is made by one
//! of them alone, so nobody can tell from the answer.

use fieldpost_wire::ChannelId;
use rusqlite::{Connection, OptionalExtension, params};

use super::database::Database;
use super::entries::{Loose, number};
use super::recent;
use crate::history::Grid;
use crate::store::StoreError;

impl Database {
    /// Runs `read` on a grid, or on each half of it and then `join`; `None` if there is no such channel.
    pub(super) fn read_grid<T: Send>(
        &self,
        channel: ChannelId,
        grid: &Grid,
        read: impl Fn(&Grid, &Connection, &Loose) -> Result<T, StoreError> + Sync,
        join: impl FnOnce(T, T) -> T,
    ) -> Result<Option<T>, StoreError> {
        let (from, until) = grid.ends();
        self.read_with(
            |conn, recent| {
                let moves = recent.moves;
                let known = recent.known(conn, channel)?;
                known.map(|known| Ok((Loose::within(known, from, until)?, moves))).transpose()
            },
            |conn, picked| {
                let Some((loose, moves)) = picked else { return Ok(None) };
                let Some((earlier, later)) = halves(conn, channel, grid, self.tuning.long)? else {
                    return read(grid, conn, &loose).map(Some);
                };
                std::thread::scope(|scope| {
                    // Blocks are the same as long as `moves` is, and all else is in `loose`.
                    let beside = || {
                        self.read_all(|conn| {
                            let same = recent::look(conn)?.moves == moves;
                            same.then(|| read(&later, conn, &loose)).transpose()
                        })
                    };
                    let named = std::thread::Builder::new().name("reader".into());
                    let second = named.spawn_scoped(scope, beside);
                    let first = read(&earlier, conn, &loose)?;
                    let second = match second.map(std::thread::ScopedJoinHandle::join) {
                        Ok(Ok(second)) => second?,
                        Ok(Err(panic)) => std::panic::resume_unwind(panic),
                        Err(_) => None, // there is no thread to be had
                    };
                    let second = match second {
                        Some(second) => second,
                        None => read(&later, conn, &loose)?,
                    };
                    Ok(Some(join(first, second)))
                })
            },
        )
    }
}

/// The halves of a grid, if it reaches over so many blocks: a second thread takes as long to begin as some of them to read.
fn halves(
    conn: &Connection,
    channel: ChannelId,
    grid: &Grid,
    long: usize,
) -> Result<Option<(Grid, Grid)>, StoreError> {
    if grid.count < 2 {
        return Ok(None);
    }
    let sql =
        "SELECT 1 FROM blocks WHERE channel_id = ? AND first_time BETWEEN ? AND ? LIMIT 1 OFFSET ?";
    let (from, until) = grid.ends();
    let params = params![number(channel.get()), from.millis(), until.millis(), number(long as u64)];
    let is_long = conn.prepare_cached(sql)?.query_row(params, |_| Ok(())).optional()?.is_some();
    Ok(is_long.then(|| grid.halves()))
}
