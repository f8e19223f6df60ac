//! Addresses at which channels, keys and users are managed.

use super::{Body, Does, Path, Shape, user};

const OBJECT: &[&str] = &["", ".json", ".xml"];
const PUBLIC: &[&str] = &[
    "page",
    "tag",
    "username",
    "q",
    "channel_ids",
    "latitude",
    "longitude",
    "distance",
    "callback",
];

pub(in super::super) const MANAGED: &[Path] = &[
    Path {
        template: "/channels",
        suffixes: OBJECT,
        tag: "manage",
        does: &[
            user("GET", "Lists your channels", None, Shape::SettingsList),
            user("POST", "Makes a channel", Some(Body::Channel), Shape::Settings),
        ],
    },
    Path {
        template: "/channels/{channel_id}",
        suffixes: OBJECT,
        tag: "manage",
        does: &[
            user(
                "GET",
                "Shows a channel's settings. A browser that opens the address without suffix gets the channel's page",
                None,
                Shape::Settings,
            ),
            user(
                "PUT",
                "Changes the settings that are named",
                Some(Body::Channel),
                Shape::Settings,
            ),
            user(
                "PATCH",
                "Changes the settings that are named",
                Some(Body::Channel),
                Shape::Settings,
            ),
            user(
                "POST",
                "Changes the settings that are named, or does what `_method` names",
                Some(Body::Channel),
                Shape::Settings,
            ),
            user("DELETE", "Deletes a channel and answers what it was", None, Shape::Settings),
        ],
    },
    Path {
        template: "/channels/{channel_id}/clear",
        suffixes: OBJECT,
        tag: "manage",
        does: &[user("POST", "Removes all entries of a channel", None, Shape::Empty)],
    },
    Path {
        template: "/channels/{channel_id}/api_keys",
        suffixes: OBJECT,
        tag: "manage",
        does: &[
            user("GET", "Lists a channel's keys", None, Shape::Keys),
            user("POST", "Makes a read key, or a new write key", Some(Body::ReadKey), Shape::Keys),
        ],
    },
    Path {
        template: "/channels/{channel_id}/api_keys/{key}",
        suffixes: OBJECT,
        tag: "manage",
        does: &[user("DELETE", "Takes a read key away", None, Shape::Keys)],
    },
    Path {
        template: "/channels/public",
        suffixes: OBJECT,
        tag: "manage",
        does: &[Does {
            method: "GET",
            summary: "Finds public channels, fifteen to a page",
            params: PUBLIC,
            key: "",
            body: None,
            shape: Shape::Page,
        }],
    },
    Path {
        template: "/users/{login}",
        suffixes: OBJECT,
        tag: "manage",
        does: &[user("GET", "Shows a user", None, Shape::User)],
    },
    Path {
        template: "/users/{login}/channels",
        suffixes: OBJECT,
        tag: "manage",
        does: &[user(
            "GET",
            "Lists a user's channels: the public ones, with the user's own key all",
            None,
            Shape::SettingsList,
        )],
    },
    Path {
        template: "/users/api_login",
        suffixes: OBJECT,
        tag: "manage",
        does: &[
            Does {
                method: "GET",
                summary: "Gives the user key for a name and a password",
                params: &["login_name", "password"],
                key: "",
                body: None,
                shape: Shape::User,
            },
            Does {
                method: "POST",
                summary: "Gives the user key for a name and a password",
                params: &[],
                key: "",
                body: Some(Body::Login),
                shape: Shape::User,
            },
        ],
    },
    Path {
        template: "/crossdomain",
        suffixes: &[".xml"],
        tag: "manage",
        does: &[Does {
            method: "GET",
            summary: "Lets old pages ask",
            params: &[],
            key: "",
            body: None,
            shape: Shape::Policy,
        }],
    },
];
