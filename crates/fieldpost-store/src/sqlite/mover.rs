//! The mover: a thread that puts into blocks what lies in the journal, and brings SQLite's log into the file.
//!
//! A move is one transaction that writes blocks and notes up to where in the journal the channel is in blocks: a crash leaves it done or
//! undone. What the journal needs no more is written over later. It sleeps until commits have left enough to do,
//! so a command that stores a few entries and ends moves nothing.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use fieldpost_wire::ChannelId;
use rusqlite::Connection;

use super::blocks;
use super::database::{Database, begin, bump_moves, lock};
use super::recent::{Recent, write_head};
use super::rows::set_counter;
use super::tail::Tail;
use super::weave::{self, Weft};
use crate::store::{Head, StoreError};

/// How many channels, and about how many entries, are moved in one transaction; others may write in between.
const CHANNELS_AT_ONCE: usize = 8;
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
        let due = db.recent().take_due();
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
            let mut plan = db.recent().plan(db);
            while !plan.is_empty() && !lock(&self.signal).stop {
                if db.move_some(&mut plan).is_err() || db.trim_journal().is_err() {
                    break;
                }
                // A long plan must not keep the log from being brought into the file.
                if self.take_commits(db.tuning.commits) {
                    let _ = db.shorten_log(&mut log);
                }
            }
            let _ = db.trim_journal();
            if commits > 0 {
                let _ = db.shorten_log(&mut log);
            }
        }
    }

    /// True if there were so many commits since this was last asked.
    fn take_commits(&self, least: usize) -> bool {
        let mut signal = lock(&self.signal);
        let enough = signal.commits >= least;
        if enough {
            signal.commits = 0;
        }
        enough
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
        plan.extend(self.begun_in_long_journal(tuning.slots));
        plan.sort_unstable();
        plan.dedup();
        plan
    }
}

/// What one transaction moves: all that some channels have in the journal up to a row.
#[derive(Default)]
struct Draft {
    channels: Vec<Moving>,
    /// The journal's last row, and the state of the blocks, that this was made of.
    seq: i64,
    moves: i64,
    /// How many channels of the plan are left.
    rest: usize,
}

struct Moving {
    channel: ChannelId,
    head: Head,
    /// What memory has of it, of which what came behind this row of the journal is to be moved.
    tail: Tail,
    behind: i64,
    /// `None` if the entries belong among others, which is left to the one who writes.
    weft: Option<Weft>,
}

impl Draft {
    /// Takes the last channels of a plan, few enough for one transaction.
    fn of(conn: &Connection, recent: &mut Recent, plan: &[ChannelId]) -> Result<Self, StoreError> {
        let (moves, mut left) = (recent.moves, ENTRIES_AT_ONCE);
        let mut draft = Self { seq: recent.seq, moves, rest: plan.len(), ..Self::default() };
        for channel in plan.iter().rev().take(CHANNELS_AT_ONCE) {
            if left == 0 {
                break;
            }
            draft.rest -= 1;
            if let Some(known) = recent.known(conn, *channel)? {
                // Unpacked later, since commits wait for `recent`.
                let (head, tail, behind) = (known.head, known.tail.clone(), known.moved);
                left = left.saturating_sub(tail.len());
                draft.channels.push(Moving { channel: *channel, head, tail, behind, weft: None });
            }
        }
        Ok(draft)
    }

    /// Makes what is to be written.
    fn weave(&mut self, conn: &Connection, block: usize) -> Result<(), StoreError> {
        for moving in &mut self.channels {
            let entries = moving.tail.behind(moving.behind)?;
            moving.weft = weave::behind_all(conn, moving.channel, &entries, block)?;
        }
        Ok(())
    }
}

impl Database {
    /// Moves everything.
    pub(super) fn move_all(&self) -> Result<(), StoreError> {
        self.move_until(None)
    }

    /// Moves everything, or as much as can be until a time.
    pub(super) fn move_until(&self, end: Option<Instant>) -> Result<(), StoreError> {
        let all = self.recent().waiting_channels(1);
        let mut plan: Vec<_> = all.into_iter().map(|(id, _)| id).collect();
        while !plan.is_empty() && end.is_none_or(|end| Instant::now() < end) {
            self.move_some(&mut plan)?;
        }
        self.trim_journal()
    }

    /// Moves some channels of a plan in one transaction. What is to be written is made before, while others may write.
    fn move_some(&self, plan: &mut Vec<ChannelId>) -> Result<(), StoreError> {
        let mut draft = self.read_with(
            |conn, recent| Draft::of(conn, recent, plan),
            |conn, mut draft| {
                draft.weave(conn, self.tuning.block)?;
                Ok(draft)
            },
        )?;
        let mut conn = self.writer();
        let tx = begin(&mut conn)?;
        {
            let mut recent = self.recent();
            recent.refresh_alone(&tx)?;
            if recent.moves != draft.moves {
                // Somebody has written blocks meanwhile.
                draft = Draft::of(&tx, &mut recent, plan)?;
            }
        }
        let (seq, moves) = (draft.seq, bump_moves(&tx)?);
        let mut moved = Vec::new();
        for Moving { channel, head, tail, behind, weft } in &draft.channels {
            match weft {
                Some(weft) => weave::write(&tx, *channel, weft)?,
                None => weave::put(&tx, *channel, &tail.behind(*behind)?, self.tuning.block)?,
            }
            write_head(&tx, *channel, head, (seq, moves))?;
            moved.push((*channel, blocks::last(&tx, *channel)?.map(|block| block.last)));
        }
        let gate = self.gate();
        tx.commit()?;
        let mut recent = self.recent_behind(gate);
        recent.moves = moves;
        moved.into_iter().for_each(|(channel, end)| recent.moved(channel, seq, end));
        plan.truncate(draft.rest);
        Ok(())
    }

    /// Notes up to where the journal may be written over, if that makes some of its room free.
    fn trim_journal(&self) -> Result<(), StoreError> {
        if !self.recent().would_free() {
            return Ok(());
        }
        let mut conn = self.writer();
        let tx = begin(&mut conn)?;
        let settled = {
            let mut recent = self.recent();
            recent.refresh_alone(&tx)?;
            recent.settled()
        };
        set_counter(&tx, "journal_free", settled)?;
        tx.commit()?;
        self.recent().free(settled);
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
            // What came meanwhile, so that little is left for which others have to wait.
            run(conn)?;
            let _nobody_writes = self.writer();
            run(conn)?;
        }
        Ok(())
    }
}
