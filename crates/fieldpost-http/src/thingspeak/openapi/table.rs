//! The addresses of ThingSpeak's interface, and what is done at each. Their methods and types are known by `route.rs`.

mod apps;
mod beside;
mod entries;
mod manage;
mod talkbacks;

use serde_json::{Value, json};

use super::super::route::Format;

pub(super) use beside::{BESIDE, Beside};

/// Every address.
pub(super) fn paths() -> impl Iterator<Item = &'static Path> {
    entries::ENTRIES.iter().chain(manage::MANAGED).chain(apps::APPS).chain(talkbacks::TALKBACKS)
}

/// An address, in each of its forms.
pub(super) struct Path {
    /// Without the suffix that names the form.
    pub(super) template: &'static str,
    pub(super) suffixes: &'static [&'static str],
    pub(super) tag: &'static str,
    pub(super) does: &'static [Does],
}

/// What one method does at an address.
pub(super) struct Does {
    pub(super) method: &'static str,
    pub(super) summary: &'static str,
    /// Names of parameters in the query.
    pub(super) params: &'static [&'static str],
    /// `read`, `write`, `user`, `app`, `alerts`, `talkback`, or nothing.
    pub(super) key: &'static str,
    pub(super) body: Option<Body>,
    pub(super) shape: Shape,
}

/// What comes along in a body.
#[derive(Clone, Copy)]
pub(super) enum Body {
    Update,
    BulkJson,
    BulkCsv,
    Channel,
    ReadKey,
    Login,
    Alert,
    Command,
}

/// What is answered.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    EntryId,
    Success,
    Feed,
    Entry,
    StatusFeed,
    Statuses,
    Age,
    Count,
    Settings,
    SettingsList,
    Page,
    Empty,
    Keys,
    User,
    Policy,
    Heard,
    Nothing,
    Alert,
    Alerts,
    Command,
    NextCommand,
    Commands,
}

impl Shape {
    pub(super) fn says(self) -> &'static str {
        match self {
            Self::EntryId => {
                "The entry's id; `0` if nothing was stored because it came too soon, or its time is taken."
            }
            Self::Success => "All updates are stored.",
            Self::Feed => "The channel, and its entries, oldest first.",
            Self::Entry => {
                "The entry; `-1` if there is none. Without suffix or as text a field's value comes bare."
            }
            Self::StatusFeed => "The channel, and its entries with their status alone.",
            Self::Statuses => "Statuses among the newest thirty entries, newest first.",
            Self::Age => "Whole seconds since the newest entry; `-1` if there is none.",
            Self::Count => "The id of the newest entry.",
            Self::Settings => "The channel's settings; its owner sees the keys too.",
            Self::SettingsList => "Channels with their settings.",
            Self::Page => "A page of public channels.",
            Self::Empty => "Nothing is left.",
            Self::Keys => "The channel's keys.",
            Self::User => "The user.",
            Self::Policy => "Pages from anywhere may ask.",
            Self::Command => {
                "The command; without suffix what it says, or the number of one that was added."
            }
            Self::NextCommand => "The command, or nothing if none waits.",
            Self::Commands => "What is queued, in the order in which it is handed out.",
            Self::Heard => {
                "What the other side answered, or the part of it that the request is set to give back."
            }
            Self::Nothing => "`-1`: nothing was posted.",
            Self::Alert => "The e-mail is on its way.",
            Self::Alerts => "The alerts.",
        }
    }

    /// The form in which it is answered, if that is the same at every address.
    pub(super) const fn format(self) -> Option<Format> {
        match self {
            Self::Heard | Self::Nothing => Some(Format::Text),
            Self::Alert | Self::Alerts => Some(Format::Json),
            _ => None,
        }
    }

    /// What it is as JSON.
    pub(super) fn schema(self) -> Value {
        let known = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let list = |name: &str| json!({ "type": "array", "items": known(name) });
        let or_nothing = |name: &str| json!({ "oneOf": [known(name), { "const": "-1" }] });
        match self {
            // The service answers the entry as an object, and a bare 0 where nothing was stored.
            Self::EntryId => json!({ "oneOf": [known("Written"), { "const": 0 }] }),
            Self::Success => {
                json!({ "type": "object", "properties": { "success": { "const": true } }, "required": ["success"] })
            }
            Self::Feed | Self::StatusFeed => known("Feed"),
            Self::Entry => or_nothing("Entry"),
            Self::Statuses => list("Status"),
            Self::Age => json!({ "oneOf": [known("Age"), { "const": -1 }] }),
            Self::Count => json!({ "type": ["integer", "null"] }),
            Self::Settings => known("Channel"),
            Self::SettingsList => {
                json!({ "oneOf": [list("Channel"), { "type": "object", "properties": { "channels": list("Channel") } }] })
            }
            Self::Page => known("Page"),
            Self::Empty => json!({ "type": "array", "maxItems": 0 }),
            Self::Keys => list("Key"),
            Self::User => known("User"),
            Self::Policy | Self::Heard | Self::Nothing => json!({ "type": "string" }),
            Self::Alert => known("Alert"),
            Self::Alerts => list("Alert"),
            Self::Command => known("Command"),
            Self::NextCommand => {
                json!({ "oneOf": [known("Command"), { "type": "object", "maxProperties": 0 }] })
            }
            Self::Commands => list("Command"),
        }
    }
}

/// What says in which zone times are.
const ZONE: [&str; 2] = ["timezone", "offset"];

const fn user(
    method: &'static str,
    summary: &'static str,
    body: Option<Body>,
    shape: Shape,
) -> Does {
    Does { method, summary, params: &["callback"], key: "user", body, shape }
}
