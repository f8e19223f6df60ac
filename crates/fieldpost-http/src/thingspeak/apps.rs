//! Apps that programs set off with keys of their own: ThingHTTP and alerts; and ThingTweet, which is no more.

use fieldpost_engine::Refusal;
use fieldpost_engine::doctor::What;
use fieldpost_wire::Zone;
use fieldpost_wire::number::leading_int;
use serde_json::json;

use super::Ask;
use crate::device::Reply;
use crate::device::reply::content_type;
use crate::{say, witness};

/// How many alerts of the history are listed if nothing says how many, and at most.
const LISTED: usize = 10;
const LISTED_MAX: i64 = 100;

impl Ask<'_> {
    /// Sends a ThingHTTP request, with the parameters in the place of words, and answers what came back. It is text, whatever it is:
    /// a page from elsewhere must not become one of ours.
    pub(super) async fn send_thinghttp(&self) -> Result<Reply, Refusal> {
        let words =
            self.params.iter().filter(|(name, _)| !matches!(*name, "api_key" | "key" | "apikey"));
        let words = words.map(|(name, param)| (name.to_string(), param.text.to_string())).collect();
        let heard = self.engine.send_thinghttp(self.key(), words).await?;
        Ok(Reply::ok(content_type::TEXT, heard.body))
    }

    /// Sends an alert.
    pub(super) async fn send_alert(&self) -> Result<Reply, Refusal> {
        let text = |name| self.params.get(name).unwrap_or_default();
        let alert = self.engine.send_alert(self.key(), text("subject"), text("body")).await?;
        let body = json!({ "requested_at": alert.requested_at.to_string(), "subject": alert.subject, "status": alert.status });
        Ok(Reply::new(202, content_type::JSON, body.to_string()))
    }

    /// Lists the alerts that were sent lately, newest first.
    pub(super) async fn alert_history(&self) -> Result<Reply, Refusal> {
        let user = self.engine.user_of_alert_key(self.key()).await?;
        let time = |name| match self.params.get(name).filter(|text| !text.trim().is_empty()) {
            None => Ok(None),
            Some(text) => Zone::Utc.parse(text).map(Some).ok_or_else(|| {
                Refusal::BadValue(format!("{name} is no time; it is such as 2026-05-15T20:03:48Z"))
            }),
        };
        let (after, before) = (time("after")?, time("before")?);
        let part = |name, text: &str| self.params.get(name).is_none_or(|part| text.contains(part));
        let count = self.params.get("count").map_or(0, leading_int);
        let count = if count < 1 { LISTED } else { count.min(LISTED_MAX) as usize };
        let all = self.engine.alerts(&user).await?.into_iter();
        let listed = all
            .filter(|alert| after.is_none_or(|after| alert.requested_at > after))
            .filter(|alert| before.is_none_or(|before| alert.requested_at < before))
            .filter(|alert| {
                part("subject_contains", &alert.subject) && part("status", &alert.status)
            });
        let listed: Vec<_> = listed
            .take(count)
            .map(|alert| json!({ "requested_at": alert.requested_at.to_string(), "subject": alert.subject, "status": alert.status }))
            .collect();
        Ok(Reply::ok(content_type::JSON, json!(listed).to_string()))
    }

    /// Answers as ThingTweet does when nothing was posted, which is always.
    pub(super) fn tweet(&self) -> Reply {
        let why = "nothing is posted: the interface that ThingTweet used is gone; an automation can send e-mail, ntfy or Telegram messages";
        let refusal = Refusal::Outside(why.into());
        let what = What::Refused(refusal.clone());
        let facts = witness::of_request(self.request, self.params.clone(), self.key(), what);
        self.engine.notice(facts);
        say::explained(Reply::ok(content_type::TEXT, "-1"), &refusal)
    }
}
