//! What is served beside the interface and belongs to channels all the same.

use super::ZONE;

/// An address that belongs to channels and is answered elsewhere in this crate.
pub(in super::super) struct Beside {
    pub(in super::super) method: &'static str,
    pub(in super::super) template: &'static str,
    pub(in super::super) tag: &'static str,
    pub(in super::super) summary: &'static str,
    pub(in super::super) params: &'static [&'static str],
    pub(in super::super) key: &'static str,
    pub(in super::super) content_type: &'static str,
    pub(in super::super) says: &'static str,
}

const fn frame(template: &'static str, summary: &'static str) -> Beside {
    Beside {
        method: "GET",
        template,
        tag: "frames",
        summary,
        params: &[],
        key: "read",
        content_type: "text/html",
        says: "A page for a frame, which reads the channel itself.",
    }
}

pub(in super::super) const BESIDE: &[Beside] = &[
    Beside {
        method: "GET",
        template: "/channels/{channel_id}/live",
        tag: "live",
        summary: "Streams entries as they come, from the one after `after` or `Last-Event-ID` on",
        params: &["after"],
        key: "read",
        content_type: "text/event-stream",
        says: "Events named `entry`, with the entry's id and the entry as JSON.",
    },
    Beside {
        method: "GET",
        template: "/stream/channels/{channel_id}/feeds",
        tag: "read",
        summary: "Exports all entries",
        params: &ZONE,
        key: "read",
        content_type: "text/csv",
        says: "All entries, oldest first.",
    },
    Beside {
        method: "GET",
        template: "/stream/channels/{channel_id}/feeds.csv",
        tag: "read",
        summary: "Exports all entries",
        params: &ZONE,
        key: "read",
        content_type: "text/csv",
        says: "All entries, oldest first.",
    },
    Beside {
        method: "POST",
        template: "/channels/{channel_id}/import.csv",
        tag: "manage",
        summary: "Takes in a CSV export, of any size",
        params: &ZONE,
        key: "user",
        content_type: "application/json",
        says: "How many entries were taken in.",
    },
    frame(
        "/channels/{channel_id}/charts/{field}",
        "A chart; its parameters are described in the docs",
    ),
    frame(
        "/channels/{channel_id}/widgets/{widget}",
        "A gauge, number or lamp; its parameters are described in the docs",
    ),
    frame("/channels/{channel_id}/maps/channel_show", "Where a channel is"),
];
