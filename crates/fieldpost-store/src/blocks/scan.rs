//! The way through a block for overviews and aggregates: which entries of a group belong to which span, and what numbers a
//! column has there.
//!
//! Makes no entries. Blocks and groups that lie in one span are not read: their index sums them up.

use fieldpost_wire::Timestamp;

use super::bytes::Damaged;
use super::column::{Column, len_of};
use super::header::Header;
use super::ints::Groups;
use super::source::{Found, Source, whole};
use crate::history;
use crate::history::Grid;

/// What takes in the numbers of a block.
pub(super) trait Takes {
    /// So many entries belong to a span.
    fn entries(&mut self, span: usize, count: usize);
    /// These numbers of a column belong to a span. They come in order of time.
    fn numbers(&mut self, column: usize, span: usize, found: Found<'_>);
    /// So many numbers of a column are not believed.
    fn hidden(&mut self, column: usize, count: usize);
}

/// Hands on what a block has. The body is only asked for if the header does not tell enough. With `sums`, groups
/// that lie in one span may be handed on as their summary.
pub(super) fn block<B: AsRef<[u8]>, E: From<Damaged>>(
    (grid, columns): (&Grid, &[history::Column]),
    header: &Header<'_>,
    body: impl FnOnce() -> Result<B, E>,
    sums: bool,
    taker: &mut impl Takes,
) -> Result<(), E> {
    let (from, until) = grid.ends();
    if header.last_time < from || header.first_time > until {
        return Ok(());
    }
    if sums && from_header(grid, columns, header, taker)? {
        return Ok(());
    }
    let body = body()?;
    let body = body.as_ref();
    header.check_body(body)?;
    let times = header.times()?;
    let mut sources = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        if let Some(found) = header.column(column.field.index())? {
            sources.push((at, Source::new(header, &found, column.valid, body)?));
        }
    }
    let mut found = Vec::new();
    for group in 0..header.groups() {
        runs(grid, header, &times, body, group, &mut found)?;
        if found.is_empty() {
            continue;
        }
        for run in &found {
            taker.entries(run.span, run.to - run.from);
        }
        for (at, source) in &mut sources {
            let mut hidden = 0;
            source.group(body, group, &found, sums, &mut hidden, &mut |span, found| {
                taker.numbers(*at, span, found);
            })?;
            taker.hidden(*at, hidden);
        }
    }
    Ok(())
}

/// Hands on a block that lies in one span, if its header tells all. False if it does not.
fn from_header(
    grid: &Grid,
    columns: &[history::Column],
    header: &Header<'_>,
    taker: &mut impl Takes,
) -> Result<bool, Damaged> {
    let Some(span) = grid.place(header.first_time) else { return Ok(false) };
    if grid.place(header.last_time) != Some(span) {
        return Ok(false);
    }
    let there = |column: &history::Column| header.column(column.field.index());
    let mut all: Vec<(Column<'_>, bool)> = Vec::new();
    let mut places = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let Some(found) = there(column)? else { continue };
        let Some(believed) = whole(&found, column.valid) else { return Ok(false) };
        all.push((found, believed));
        places.push(at);
    }
    taker.entries(span, header.count);
    for (at, (column, believed)) in places.into_iter().zip(all) {
        if !believed {
            taker.hidden(at, column.all.count);
        } else if column.all.count > 0 {
            taker.numbers(at, span, Found::Summary(&column.all, column.scale));
        }
    }
    Ok(true)
}

/// Entries of a group, one after the other, that belong to one span.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Run {
    pub(super) span: usize,
    /// The first one's place in the group.
    pub(super) from: usize,
    /// The place behind the last one.
    pub(super) to: usize,
}

/// Cuts a group at the edges of spans. Looks at its times only if there may be an edge within it.
fn runs(
    grid: &Grid,
    header: &Header<'_>,
    times: &Groups,
    body: &[u8],
    group: usize,
    runs: &mut Vec<Run>,
) -> Result<(), Damaged> {
    runs.clear();
    let len = len_of(header.count, group);
    let first = Timestamp::from_millis(times.firsts[group]);
    let next = if group + 1 < header.groups() {
        Timestamp::from_millis(times.firsts[group + 1])
    } else {
        header.last_time
    };
    let (from, until) = grid.ends();
    if next < from || first > until {
        return Ok(());
    }
    if let Some(span) = grid.place(first)
        && grid.place(next) == Some(span)
    {
        runs.push(Run { span, from: 0, to: len });
        return Ok(());
    }
    let times = times.few(body, group, len)?;
    let mut at = times.from(0, from.millis());
    let end = times.from(at, until.millis().saturating_add(1));
    while at < end {
        let Some(span) = grid.place(Timestamp::from_millis(times.at(at))) else { break };
        let spans = i64::try_from(span + 1).unwrap_or(i64::MAX);
        let edge = grid.start.saturating_add(grid.step.max(1).saturating_mul(spans));
        // At least one, even of times that don't go up because somebody made them so.
        let to = times.from(at + 1, edge).min(end);
        runs.push(Run { span, from: at, to });
        at = to;
    }
    Ok(())
}
