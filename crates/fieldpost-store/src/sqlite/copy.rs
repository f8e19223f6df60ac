//! Copies of the file, and looking whether a file is whole.

use std::collections::HashSet;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fieldpost_wire::{ChannelId, EntryId, Timestamp};
use rusqlite::{Connection, OpenFlags};

use super::blocks::{self, failed};
use super::database::{Database, bump_moves, connect, make_private};
use super::journal_file::{JournalFile, Row};
use super::recent::{
    Look, Recent, highest_moved, look, read_head, rows_missing, write_head, write_no_journal,
};
use super::rows::read_channel_id;
use super::tail::{Key, Tail, key};
use super::{journal, migrate, weave};
use crate::history::Checked;
use crate::store::{Head, StoreError};

/// Looks whether a file is whole, without changing anything in it; a server may be at work with it.
///
/// # Errors
/// If there is no such file, it is none of ours, or it was written by another version, so that its entries can't be read.
pub fn check_file(path: &Path) -> Result<Checked, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags)?;
    let layout = migrate::layout(&mut conn)?;
    if !migrate::is_current(layout) {
        return Err(super::failed(
            "the file was written by an older version of Fieldpost; start this one with it, which brings it up to date",
        ));
    }
    check(&mut conn, path)
}

/// Reads everything in a database and its journal, and tells what is wrong.
pub(super) fn check(conn: &mut Connection, path: &Path) -> Result<Checked, StoreError> {
    loop {
        let before = look(conn)?;
        let (waiting, damage) = read_journal(path, before)?;
        let tx = conn.transaction()?;
        let after = look(&tx)?;
        // What is read while it is written over looks damaged; then it was in blocks already.
        let same = after.journal == before.journal;
        if same && (damage.is_none() || after.free == before.free) {
            return check_all(&tx, &waiting, damage, after.moves);
        }
    }
}

fn check_all(
    conn: &Connection,
    waiting: &[Waiting],
    damage: Option<String>,
    moves: i64,
) -> Result<Checked, StoreError> {
    let mut problems: Vec<String> = conn
        .prepare("PRAGMA integrity_check")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    problems.retain(|problem| problem != "ok");
    problems.extend(damage);
    let mut checked = Checked { problems, ..Checked::default() };
    let channels: Vec<ChannelId> = conn
        .prepare("SELECT id FROM channels ORDER BY id")?
        .query_map([], |row| read_channel_id(row, 0))?
        .collect::<Result<_, _>>()?;
    for channel in &channels {
        checked.channels += 1;
        let own = waiting.iter().filter(|one| one.channel == *channel && one.with <= moves);
        let own = own.map(|one| (one.seq, one.id)).collect();
        check_channel(conn, *channel, own, &mut checked)?;
    }
    let lost = "SELECT COUNT(*) FROM blocks WHERE channel_id NOT IN (SELECT id FROM channels)
                OR body_id NOT IN (SELECT id FROM bodies)";
    let spare = "SELECT COUNT(*) FROM bodies WHERE id NOT IN (SELECT body_id FROM blocks)";
    for (sql, what) in
        [(lost, "blocks without a channel or a body"), (spare, "bodies without a block")]
    {
        let count: i64 = conn.query_row(sql, [], |row| row.get(0))?;
        if count > 0 {
            checked.problems.push(format!("There are {count} {what}."));
        }
    }
    Ok(checked)
}

/// An entry in the journal: where it came, and without which transaction it does not count.
struct Waiting {
    seq: i64,
    with: i64,
    channel: ChannelId,
    id: u64,
}

/// Reads the journal; says what is wrong with it, if something is.
fn read_journal(path: &Path, look: Look) -> Result<(Vec<Waiting>, Option<String>), StoreError> {
    let mut found = Vec::new();
    if look.journal == 0 {
        return Ok((found, None));
    }
    let mut journal = match JournalFile::open(path, look.journal, look.free, &Arc::default()) {
        Ok(journal) => journal,
        Err(error) => return Ok((found, Some(cause(&error)))),
    };
    let mut last = look.free;
    loop {
        let news = journal.news(last, 4_096)?;
        journal.take_in(&news);
        if news.rows.is_empty() {
            break;
        }
        for Row { seq, with, body, .. } in &news.rows {
            if *seq > last + 1 {
                return Ok((found, Some(cause(&rows_missing(last + 1, seq - 1)))));
            }
            let (seq, with) = (*seq, *with);
            let read = journal::decode(body, &mut |channel, _, entry| {
                found.push(Waiting { seq, with, channel, id: entry.id.get() });
            });
            if let Err(damaged) = read {
                return Ok((
                    found,
                    Some(format!("Row {seq} of the journal can't be read: {damaged}.")),
                ));
            }
            last = seq;
        }
    }
    let damage = journal.is_at_its_end(last).err().map(|error| cause(&error));
    Ok((found, damage))
}

/// What is behind an error, as a sentence.
fn cause(error: &StoreError) -> String {
    let cause =
        std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let mut letters = cause.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Reads the blocks of a channel, and compares them with each other and with the entries that wait in the journal.
fn check_channel(
    conn: &Connection,
    channel: ChannelId,
    mut waiting: Vec<(i64, u64)>,
    checked: &mut Checked,
) -> Result<(), StoreError> {
    let Some((head, moved, _)) = read_head(conn, channel)? else {
        checked.problems.push(format!("Channel {channel} does not say where it stands."));
        return Ok(());
    };
    waiting.retain(|(seq, _)| *seq > moved);
    let mut seen: HashSet<u64> = HashSet::new();
    let mut twice = 0_u64;
    let mut note = |id: u64| twice += u64::from(!seen.insert(id));
    waiting.iter().for_each(|(_, id)| note(*id));
    let mut before: Option<Key> = None;
    let mut highest = 0;
    let (mut problems, mut entries) = (Vec::new(), waiting.len() as u64);
    let ends = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
    blocks::within(conn, channel, ends.0, ends.1, &mut |block| {
        let name = format!("The block of channel {channel} that begins at {}", block.first.0);
        if before.is_some_and(|before| before >= block.first) || block.last < block.first {
            problems.push(format!("{name} overlaps with the one before."));
        }
        before = Some(block.last);
        match block.entries(conn) {
            Ok(found) => {
                entries += found.len() as u64;
                highest = found.iter().map(|entry| entry.id.get()).fold(highest, u64::max);
                found.iter().for_each(|entry| note(entry.id.get()));
                if !block.describes(&found) {
                    problems.push(format!("{name} holds something else than it says."));
                }
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                problems.push(format!("{name} can't be read: {}.", cause.unwrap_or_default()));
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if twice > 0 {
        problems.push(format!("Channel {channel} has {twice} entries whose ids others have."));
    }
    if head.last.map_or(0, EntryId::get) < highest {
        problems.push(format!("Channel {channel} has entries beyond the highest id that it gave."));
    }
    checked.entries += entries;
    checked.problems.append(&mut problems);
    Ok(())
}

impl blocks::Block {
    /// True if these are the entries that the block's row and header tell of.
    fn describes(&self, entries: &[fieldpost_wire::Entry]) -> bool {
        let ids = || entries.iter().map(|entry| entry.id.get());
        let header = self.header().is_ok_and(|header| {
            header.count == self.count
                && self.bytes == (self.header.len() + header.body_len()) as u64
                && header.first_time == self.first.0
                && header.last_time == self.last.0
                && header.min_id.get() == self.min_id
                && header.max_id.get() == self.max_id
        });
        header
            && entries.len() == self.count
            && entries.is_sorted_by_key(key)
            && entries.first().map(key) == Some(self.first)
            && entries.last().map(key) == Some(self.last)
            && ids().min() == Some(self.min_id)
            && ids().max() == Some(self.max_id)
    }
}

/// Copies a database and its journal into a new file, and looks whether the copy is whole and on disk. A file with that name is a whole
/// copy, whenever the power goes.
pub(super) fn backup(db: &Database, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(super::failed("there is such a file already"));
    }
    let unfinished = beside(to, "-unfinished");
    // What waits is taken first: what is in blocks by the time of the copy is recognized there.
    let pick = |_: &Connection, recent: &mut Recent| Ok((recent.seq, recent.waiting()));
    let (seq, waiting) = db.read_with(pick, |_, picked| Ok(picked))?;
    copy(&db.another()?, &unfinished)?;
    let whole = put_into(&unfinished, seq, &waiting, db.tuning.block);
    let whole = whole.and_then(|()| check_file(&unfinished)).and_then(|checked| {
        match checked.problems.first() {
            None => Ok(()),
            Some(first) => Err(super::failed(&format!("the copy is damaged: {first}"))),
        }
    });
    finish(&unfinished, to, whole)
}

/// Puts what a channel has in the journal up to row `seq` into its blocks, as far as it is not there yet; `head` is where it stands then.
/// Nothing happens if there is no such channel.
pub(super) fn put_waiting(
    conn: &Connection,
    channel: ChannelId,
    (head, tail): (&Head, &Tail),
    (seq, moves): (i64, i64),
    most: usize,
) -> Result<(), StoreError> {
    let Some((_, moved, _)) = read_head(conn, channel)? else { return Ok(()) };
    let entries = tail.behind(moved)?;
    if entries.is_empty() {
        return Ok(());
    }
    weave::put(conn, channel, &entries, most)?;
    write_head(conn, channel, head, (seq.max(moved), moves))
}

/// Puts what waited in the journal, whose last row was `seq`, into the blocks of a copy, which needs no journal then.
fn put_into(
    copy: &Path,
    seq: i64,
    waiting: &[(ChannelId, Head, Tail)],
    most: usize,
) -> Result<(), StoreError> {
    let mut conn = connect(copy)?;
    let tx = conn.transaction()?;
    let moves = bump_moves(&tx)?;
    for (channel, head, tail) in waiting {
        put_waiting(&tx, *channel, (head, tail), (seq, moves), most)?;
    }
    write_no_journal(&tx, highest_moved(&tx)?.max(seq))?;
    tx.commit()?;
    Ok(())
}

/// Copies all that `conn` sees at one moment into a file that only its owner may read. What lies there of an earlier try is made anew.
pub(super) fn copy(conn: &Connection, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        std::fs::remove_file(to).map_err(failed)?;
    }
    make_private(to).map_err(failed)?;
    let name = to.to_str().ok_or_else(|| super::failed("the file's name is not Unicode"))?;
    // One statement sees one moment, and writes a file without the holes of this one.
    let copied = conn.execute("VACUUM INTO ?", [name]).map(drop).map_err(StoreError::from);
    let settled =
        copied.and_then(|()| File::open(to).and_then(|file| file.sync_all()).map_err(failed));
    settled.inspect_err(|_| {
        // Half a copy is of no use to anybody.
        let _ = std::fs::remove_file(to);
    })
}

/// Gives a copy its name if it is whole, and waits until that is on disk.
pub(super) fn finish(
    unfinished: &Path,
    to: &Path,
    whole: Result<(), StoreError>,
) -> Result<(), StoreError> {
    let named = whole.and_then(|()| std::fs::rename(unfinished, to).map_err(failed));
    if named.is_err() {
        let _ = std::fs::remove_file(unfinished);
    }
    named?;
    settle(to).map_err(failed)
}

/// The name of a file with something behind it.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Waits until a file's name is on disk.
pub(super) fn settle(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
