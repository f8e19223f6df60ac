//! Addresses at which commands wait for devices.

use super::{Body, Does, Path, Shape, ZONE};

const OBJECT: &[&str] = &["", ".json", ".xml"];
const SHOWN: &[&str] = &[ZONE[0], ZONE[1], "callback"];
const TEXT: &[&str] = &["command_string", "position", "expire_s", "once", ZONE[0], ZONE[1]];
const NEXT: &[&str] = &["wait_for_command", "ack", ZONE[0], ZONE[1], "callback"];

pub(in super::super) const TALKBACKS: &[Path] = &[
    Path {
        template: "/talkbacks/{talkback_id}/commands",
        suffixes: OBJECT,
        tag: "talkback",
        does: &[
            does("GET", "Lists what is queued", SHOWN, None, Shape::Commands),
            does("POST", "Adds a command", TEXT, Some(Body::Command), Shape::Command),
            does("DELETE", "Deletes all commands", &["callback"], None, Shape::Empty),
        ],
    },
    Path {
        template: "/talkbacks/{talkback_id}/commands/destroy_all",
        suffixes: OBJECT,
        tag: "talkback",
        does: &[
            does("POST", "Deletes all commands", &["callback"], None, Shape::Empty),
            does("DELETE", "Deletes all commands", &["callback"], None, Shape::Empty),
        ],
    },
    Path {
        template: "/talkbacks/{talkback_id}/commands/execute",
        suffixes: OBJECT,
        tag: "talkback",
        does: &[
            does(
                "GET",
                "Hands out the next command, or waits for one",
                NEXT,
                None,
                Shape::NextCommand,
            ),
            does(
                "POST",
                "Hands out the next command, or waits for one",
                NEXT,
                None,
                Shape::NextCommand,
            ),
        ],
    },
    Path {
        template: "/talkbacks/{talkback_id}/commands/last",
        suffixes: OBJECT,
        tag: "talkback",
        does: &[does(
            "GET",
            "Shows the command that was handed out last",
            SHOWN,
            None,
            Shape::Command,
        )],
    },
    Path {
        template: "/talkbacks/{talkback_id}/commands/{command_id}",
        suffixes: OBJECT,
        tag: "talkback",
        does: &[
            does("GET", "Shows a command", SHOWN, None, Shape::Command),
            does("PUT", "Changes a queued command", TEXT, Some(Body::Command), Shape::Command),
            does("PATCH", "Changes a queued command", TEXT, Some(Body::Command), Shape::Command),
            does(
                "POST",
                "Changes a queued command, or does what `_method` names",
                TEXT,
                Some(Body::Command),
                Shape::Command,
            ),
            does(
                "DELETE",
                "Deletes a command and answers what it was",
                SHOWN,
                None,
                Shape::Command,
            ),
        ],
    },
    Path {
        template: "/talkbacks/{talkback_id}/commands/{command_id}/ack",
        suffixes: OBJECT,
        tag: "talkback",
        does: &[
            does("GET", "Notes that a command is done", SHOWN, None, Shape::Command),
            does("POST", "Notes that a command is done", SHOWN, None, Shape::Command),
        ],
    },
];

const fn does(
    method: &'static str,
    summary: &'static str,
    params: &'static [&'static str],
    body: Option<Body>,
    shape: Shape,
) -> Does {
    Does { method, summary, params, key: "talkback", body, shape }
}
