//! `/metrics`: counts of this process in the text format of Prometheus. Nothing in it names a channel, a key or a person.

use std::fmt::{Display, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fieldpost_engine::Engine;
use fieldpost_wire::Timestamp;
use http::{StatusCode, header};

/// The type of the text format, version 0.0.4.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What goes through the port.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    opened: AtomicU64,
    closed: AtomicU64,
    answers: [AtomicU64; 5],
}

impl Traffic {
    /// Counts an answer by the first digit of its status.
    pub(crate) fn answered(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).wrapping_sub(1);
        if let Some(count) = self.answers.get(class) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Counts a connection that begins.
    pub(crate) fn open(&self) {
        self.opened.fetch_add(1, Relaxed);
    }

    /// Counts a connection that has ended.
    pub(crate) fn close(&self) {
        self.closed.fetch_add(1, Relaxed);
    }
}

/// What `/metrics` is answered from.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) engine: Engine,
    pub(crate) traffic: Arc<Traffic>,
    /// Writes the counts of other doors.
    pub(crate) more_counts: Arc<dyn Fn(&mut String) + Send + Sync>,
    pub(crate) started: Timestamp,
}

pub(crate) async fn show(State(watched): State<Watched>) -> Response {
    ([(header::CONTENT_TYPE, EXPOSITION)], watched.text()).into_response()
}

impl Watched {
    fn text(&self) -> String {
        let mut out = String::with_capacity(2048);
        let meters = self.engine.meters();
        let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
        let (gauge, counter) = ("gauge", "counter");
        family(&mut out, "fieldpost_build_info", gauge, "Which version runs.", [(version, 1)]);
        let started = self.started.seconds();
        let help = "When this process started, in seconds since 1970.";
        family(&mut out, "process_start_time_seconds", gauge, help, [(String::new(), started)]);
        let mut updates = vec![(code("accepted"), meters.accepted())];
        updates.extend(meters.refused().into_iter().map(|(word, count)| (code(word), count)));
        let help = "Updates by what became of them; a bulk update is one.";
        family(&mut out, "fieldpost_updates_total", counter, help, updates);
        let help = "Entries that were stored.";
        let entries = meters.entries();
        family(&mut out, "fieldpost_entries_total", counter, help, [(String::new(), entries)]);
        let help = "Entries that were deleted since their channels keep them no longer.";
        let retired = self.engine.retired();
        family(
            &mut out,
            "fieldpost_entries_retired_total",
            counter,
            help,
            [(String::new(), retired)],
        );
        let help = "Updates that wait to be written to disk.";
        let waiting = self.engine.waiting();
        family(&mut out, "fieldpost_updates_waiting", gauge, help, [(String::new(), waiting)]);
        let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];
        let answers = classes.iter().zip(&self.traffic.answers);
        let answers = answers.map(|(class, n)| (format!("class=\"{class}\""), n.load(Relaxed)));
        let help = "Requests over HTTP by the class of their answer.";
        family(&mut out, "fieldpost_http_requests_total", counter, help, answers);
        // Read in this order, so that never more are closed than were opened.
        let closed = self.traffic.closed.load(Relaxed);
        let opened = self.traffic.opened.load(Relaxed);
        let help = "Connections that were opened.";
        family(&mut out, "fieldpost_connections_total", counter, help, [(String::new(), opened)]);
        let open = opened.saturating_sub(closed);
        let help = "Connections that are open.";
        family(&mut out, "fieldpost_connections_open", gauge, help, [(String::new(), open)]);
        (self.more_counts)(&mut out);
        out
    }
}

fn code(word: &str) -> String {
    format!("code=\"{word}\"")
}

/// Writes a family: what it means, what it is, and a line for each of its labels.
pub fn family<N: Display>(
    out: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    lines: impl IntoIterator<Item = (String, N)>,
) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (label, value) in lines {
        let braces = if label.is_empty() { label } else { format!("{{{label}}}") };
        let _ = writeln!(out, "{name}{braces} {value}");
    }
}
