//! Addresses at which entries are written and read.

use super::{Body, Does, Path, Shape, ZONE, user};

const ALL: &[&str] = &["", ".json", ".xml", ".csv", ".txt"];
const FEED: &[&str] = &[
    "results",
    "days",
    "minutes",
    "start",
    "end",
    "start_entry_id",
    "end_entry_id",
    ZONE[0],
    ZONE[1],
    "status",
    "location",
    "metadata",
    "min",
    "max",
    "round",
    "timescale",
    "sum",
    "average",
    "median",
    "callback",
];
const STATUSES: &[&str] =
    &["results", "days", "minutes", "start", "end", ZONE[0], ZONE[1], "callback"];
const ENTRY: &[&str] =
    &[ZONE[0], ZONE[1], "status", "location", "round", "callback", "prepend", "append"];
const LAST: &[&str] = &[
    ZONE[0], ZONE[1], "status", "location", "round", "callback", "prepend", "append", "after",
    "wait",
];
const UPDATE: &[&str] = &[
    "field1",
    "field2",
    "field3",
    "field4",
    "field5",
    "field6",
    "field7",
    "field8",
    "latitude",
    "longitude",
    "elevation",
    "entry_status",
    "created_at",
    ZONE[0],
    ZONE[1],
    "talkback_key",
];
const GROUP: &[&str] =
    &["average", "median", "sum", "round", "field_id", ZONE[0], ZONE[1], "callback"];

const fn read(summary: &'static str, params: &'static [&'static str], shape: Shape) -> Does {
    Does { method: "GET", summary, params, key: "read", body: None, shape }
}

pub(in super::super) const ENTRIES: &[Path] = &[
    Path {
        template: "/update",
        suffixes: &["", ".json", ".xml", ".txt"],
        tag: "write",
        does: &[
            Does {
                method: "GET",
                summary: "Stores an entry",
                params: UPDATE,
                key: "write",
                body: None,
                shape: Shape::EntryId,
            },
            Does {
                method: "POST",
                summary: "Stores an entry",
                params: &[],
                key: "write",
                body: Some(Body::Update),
                shape: Shape::EntryId,
            },
        ],
    },
    Path {
        template: "/channels/{channel_id}/bulk_update",
        suffixes: &[".json"],
        tag: "write",
        does: &[Does {
            method: "POST",
            summary: "Stores many entries, or none",
            params: &[],
            key: "",
            body: Some(Body::BulkJson),
            shape: Shape::Success,
        }],
    },
    Path {
        template: "/channels/{channel_id}/bulk_update",
        suffixes: &[".csv"],
        tag: "write",
        does: &[Does {
            method: "POST",
            summary: "Stores many entries, or none",
            params: &[],
            key: "",
            body: Some(Body::BulkCsv),
            shape: Shape::Success,
        }],
    },
    Path {
        template: "/channels/{channel_id}/feeds",
        suffixes: ALL,
        tag: "read",
        does: &[
            read("Reads entries of a channel", FEED, Shape::Feed),
            user("DELETE", "Removes all entries of a channel", None, Shape::Empty),
        ],
    },
    Path {
        template: "/channels/{channel_id}/feeds/last",
        suffixes: ALL,
        tag: "read",
        does: &[read("Reads the newest entry, or waits for one", LAST, Shape::Entry)],
    },
    Path {
        template: "/channels/{channel_id}/feeds/{entry_id}",
        suffixes: ALL,
        tag: "read",
        does: &[read("Reads one entry", ENTRY, Shape::Entry)],
    },
    Path {
        template: "/channels/{channel_id}/feeds/last_data_age",
        suffixes: ALL,
        tag: "read",
        does: &[read(
            "Tells how old the newest entry is",
            &["callback", "prepend", "append"],
            Shape::Age,
        )],
    },
    Path {
        template: "/channels/{channel_id}/feeds/last_average",
        suffixes: ALL,
        tag: "read",
        does: &[read("Reads the newest mean", GROUP, Shape::Entry)],
    },
    Path {
        template: "/channels/{channel_id}/feeds/last_median",
        suffixes: ALL,
        tag: "read",
        does: &[read("Reads the newest median", GROUP, Shape::Entry)],
    },
    Path {
        template: "/channels/{channel_id}/feeds/last_sum",
        suffixes: ALL,
        tag: "read",
        does: &[read("Reads the newest sum", GROUP, Shape::Entry)],
    },
    Path {
        template: "/channels/{channel_id}/fields/{field}",
        suffixes: ALL,
        tag: "read",
        does: &[read("Reads one field of entries", FEED, Shape::Feed)],
    },
    Path {
        template: "/channels/{channel_id}/fields/{field}/last",
        suffixes: ALL,
        tag: "read",
        does: &[read("Reads the newest value of a field, or waits for one", LAST, Shape::Entry)],
    },
    Path {
        template: "/channels/{channel_id}/fields/{field}/{entry_id}",
        suffixes: ALL,
        tag: "read",
        does: &[read("Reads one field of an entry", ENTRY, Shape::Entry)],
    },
    Path {
        template: "/channels/{channel_id}/fields/{field}/last_data_age",
        suffixes: ALL,
        tag: "read",
        does: &[read(
            "Tells how old the newest value of a field is",
            &["callback", "prepend", "append"],
            Shape::Age,
        )],
    },
    Path {
        template: "/channels/{channel_id}/status",
        suffixes: &["", ".json", ".xml", ".csv"],
        tag: "read",
        does: &[read("Reads the statuses of entries", STATUSES, Shape::StatusFeed)],
    },
    Path {
        template: "/channels/{channel_id}/status/last",
        suffixes: ALL,
        tag: "read",
        does: &[read("Reads the newest entry's status", ENTRY, Shape::Entry)],
    },
    Path {
        template: "/channels/{channel_id}/status/{entry_id}",
        suffixes: ALL,
        tag: "read",
        does: &[read("Reads an entry's status", ENTRY, Shape::Entry)],
    },
    Path {
        template: "/channels/{channel_id}/status/recent",
        suffixes: &["", ".json"],
        tag: "read",
        does: &[read(
            "Lists the newest statuses",
            &[ZONE[0], ZONE[1], "callback"],
            Shape::Statuses,
        )],
    },
    Path {
        template: "/channels/{channel_id}/last_entry_id",
        suffixes: ALL,
        tag: "read",
        does: &[read("Tells the id of the newest entry", &["callback"], Shape::Count)],
    },
];
