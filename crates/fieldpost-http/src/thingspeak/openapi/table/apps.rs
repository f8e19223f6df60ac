//! Addresses of apps that programs set off with keys of their own.

use super::{Body, Does, Path, Shape};

const fn app(method: &'static str, summary: &'static str, shape: Shape) -> Does {
    Does { method, summary, params: &[], key: "app", body: None, shape }
}

pub(in super::super) const APPS: &[Path] = &[
    Path {
        template: "/apps/thinghttp/send_request",
        suffixes: &[""],
        tag: "apps",
        does: &[
            app(
                "GET",
                "Sends the ThingHTTP request whose key is `api_key`; other parameters stand in the place of `%%name%%` in it",
                Shape::Heard,
            ),
            app(
                "POST",
                "Sends the ThingHTTP request whose key is `api_key`; other parameters stand in the place of `%%name%%` in it",
                Shape::Heard,
            ),
        ],
    },
    Path {
        template: "/apps/thingtweet/1/statuses/update",
        suffixes: &[""],
        tag: "apps",
        does: &[
            app("GET", "Posts nothing: ThingTweet is no more", Shape::Nothing),
            app("POST", "Posts nothing: ThingTweet is no more", Shape::Nothing),
        ],
    },
    Path {
        template: "/alerts/send",
        suffixes: &[""],
        tag: "apps",
        does: &[Does {
            method: "POST",
            summary: "Sends an e-mail to the owner of the key",
            params: &[],
            key: "alerts",
            body: Some(Body::Alert),
            shape: Shape::Alert,
        }],
    },
    Path {
        template: "/alerts/history",
        suffixes: &[""],
        tag: "apps",
        does: &[Does {
            method: "GET",
            summary: "Lists the alerts of the last 7 days, newest first",
            params: &["count", "after_time", "before", "subject_contains", "alert_status"],
            key: "alerts",
            body: None,
            shape: Shape::Alerts,
        }],
    },
];
