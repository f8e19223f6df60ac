//! The mover: a thread that puts into blocks what lies in the journal, and brings SQLite's log into the file.
//!
//! A move is one transaction that writes blocks, notes up to where in the journal the channel is in blocks, and deletes the rows of
//! the journal that nobody needs any more: a crash leaves it done or undone. It sleeps until commits have left enough to do,
//! so a command that stores a few entries and ends moves nothing.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use fieldpost_wire::ChannelId;
use rusqlite::Connection;

use super::blocks;
use super::database::{Database, begin, bump_moves, lock};
use super::recent::{Recent, write_head};
use super::weave;
use crate::store::StoreError;

/// How many channels, and about how many entries, are moved in one transaction; others may write in between.
const CHANNELS_AT_ONCE: usize = 50;
const ENTRIES_AT_ONCE: usize = 8_192;
/// How many bytes of entries may lie in the journal before channels with few of them are moved, too.
const WAITING_BYTES: usize = 24 << 20;
/// With how many pages in it the log is brought into the file while nobody writes, so that it begins anew.
const LOG_PAGES: i64 = 1_000;

/// The thread, and how it is told.
pub(super) struct Mover {
    told: Arc<Told>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Told {
    signal: Mutex<Signal>,
    changed: Condvar,
}

#[derive(Default)]
struct Signal {
    commits: usize,
    due: bool,
    stop: bool,
}

impl Mover {
    pub(super) fn start(db: Arc<Database>) -> io::Result<Self> {
        let told = Arc::new(Told::default());
        let theirs = Arc::clone(&told);
        let thread =
            std::thread::Builder::new().name("mover".into()).spawn(move || theirs.run(&db))?;
        Ok(Self { told, thread: Some(thread) })
    }

    /// Notes a commit.
    pub(super) fn committed(&self, db: &Database) {
        let due = lock(&db.recent).take_due();
        let mut signal = lock(&self.told.signal);
        signal.commits += 1;
        signal.due |= due;
        if signal.due || signal.commits >= db.tuning.commits {
            self.told.changed.notify_one();
        }
    }
}

impl Drop for Mover {
    /// Waits until the thread has ended: within one small transaction.
    fn drop(&mut self) {
        lock(&self.told.signal).stop = true;
        self.told.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It has nothing to say, and a panic was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Told {
    fn run(&self, db: &Database) {
        let mut log = None;
        loop {
            let commits = {
                let idle = |signal: &mut Signal| {
                    !signal.stop && !signal.due && signal.commits < db.tuning.commits
                };
                let signal = self.changed.wait_while(lock(&self.signal), idle);
                let mut signal = signal.unwrap_or_else(PoisonError::into_inner);
                if signal.stop {
                    return;
                }
                signal.due = false;
                std::mem::take(&mut signal.commits)
            };
            // If it fails, as on a full disk, all is as before, and the next commits try again.
            let mut plan = lock(&db.recent).plan(db);
            while !plan.is_empty() && !lock(&self.signal).stop {
                if db.move_some(&mut plan).is_err() {
                    break;
                }
            }
            if commits > 0 {
                let _ = db.shorten_log(&mut log);
            }
        }
    }
}

impl Recent {
    /// Which channels should be moved now: those with a full run, and if the journal is large or long, those that make it so.
    fn plan(&self, db: &Database) -> Vec<ChannelId> {
        let tuning = &db.tuning;
        let mut plan: Vec<_> =
            self.waiting_channels(tuning.run).into_iter().map(|(id, _)| id).collect();
        if self.sums.waiting > tuning.waiting || self.sums.waiting_bytes > WAITING_BYTES {
            let mut all = self.waiting_channels(1);
            all.sort_unstable_by_key(|(_, waiting)| std::cmp::Reverse(*waiting));
            let mut left = self.sums.waiting / 2;
            plan.extend(all.into_iter().map_while(|(id, waiting)| {
                let more = left > 0;
                left = left.saturating_sub(waiting);
                more.then_some(id)
            }));
        }
        plan.extend(self.begun_before(self.seq - tuning.rows, self.seq - tuning.rows / 2));
        plan.sort_unstable();
        plan.dedup();
        plan
    }
}

impl Database {
    /// Moves everything.
    pub(super) fn move_all(&self) -> Result<(), StoreError> {
        let all = lock(&self.recent).waiting_channels(1);
        let mut plan: Vec<_> = all.into_iter().map(|(id, _)| id).collect();
        while !plan.is_empty() {
            self.move_some(&mut plan)?;
        }
        Ok(())
    }

    /// Moves some channels of a plan in one transaction.
    fn move_some(&self, plan: &mut Vec<ChannelId>) -> Result<(), StoreError> {
        let mut conn = self.writer();
        let tx = begin(&mut conn)?;
        let (mut moving, mut left) = (Vec::new(), ENTRIES_AT_ONCE);
        let (seq, needed) = {
            let mut recent = lock(&self.recent);
            recent.refresh(&tx)?;
            while left > 0
                && moving.len() < CHANNELS_AT_ONCE
                && let Some(channel) = plan.pop()
            {
                if let Some(known) = recent.known(&tx, channel)? {
                    let entries = known.tail.behind(known.moved)?;
                    left = left.saturating_sub(entries.len());
                    moving.push((channel, known.head, entries));
                }
            }
            let channels: Vec<_> = moving.iter().map(|(channel, ..)| *channel).collect();
            (recent.seq, recent.first_waiting(&channels).unwrap_or(recent.seq))
        };
        let moves = bump_moves(&tx)?;
        let mut moved = Vec::new();
        for (channel, head, entries) in &moving {
            weave::put(&tx, *channel, entries, self.tuning.block)?;
            write_head(&tx, *channel, head, (seq, moves))?;
            moved.push((*channel, blocks::last(&tx, *channel)?.map(|block| block.last)));
        }
        // The last row stays, so that its number is not given twice.
        tx.prepare_cached("DELETE FROM journal WHERE seq < ?")?.execute([needed.min(seq)])?;
        let mut recent = lock(&self.recent);
        tx.commit()?;
        recent.moves = moves;
        moved.into_iter().for_each(|(channel, end)| recent.moved(channel, seq, end));
        Ok(())
    }

    /// Brings SQLite's log into the file. Most of it while others write; if much is left, the rest while nobody does, since the log
    /// can begin anew only then.
    fn shorten_log(&self, own: &mut Option<Connection>) -> Result<(), StoreError> {
        let conn = match own {
            Some(conn) => conn,
            None => own.insert(self.another()?),
        };
        let run = |conn: &Connection| {
            conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(1))
        };
        if run(conn)? >= LOG_PAGES {
            let _nobody_writes = self.writer();
            run(conn)?;
        }
        Ok(())
    }
}
