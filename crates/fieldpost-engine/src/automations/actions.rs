//! Doing what an automation does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fieldpost_store::User;
use fieldpost_store::automations::{Action, Call, Cause, Secret};
use fieldpost_wire::update::cut;
use fieldpost_wire::{ChannelId, FieldNo, Timestamp, Update, Zone};
use serde_json::json;

use super::check::may_private;
use super::placeholders::{Within, Words, fill, of_field, words};
use crate::accounts::roles::What;
use crate::engine::Engine;
use crate::outside::{HttpAnswer, HttpCall, Mail, Trouble};
use crate::refusal::Refusal;
use crate::talkbacks::NewText;

/// How much of an answer is read where only its beginning matters, in bytes.
const GLANCE: usize = 2_000;

impl Engine {
    /// Does it, in the name of a user. Says in words what came of it. Never takes longer than `timeout_ms`.
    pub(super) async fn act(
        &self,
        user: &User,
        action: &Action,
        cause: &Cause,
        timeout_ms: u64,
    ) -> Result<String, Trouble> {
        let doing = self.do_it(user, action, cause, timeout_ms);
        match tokio::time::timeout(Duration::from_millis(timeout_ms), doing).await {
            Ok(answer) => answer,
            Err(_) => {
                let seconds = timeout_ms.div_ceil(1_000);
                Err(Trouble::passing(format!("no answer within {seconds} s")))
            }
        }
    }

    async fn do_it(
        &self,
        user: &User,
        action: &Action,
        cause: &Cause,
        timeout_ms: u64,
    ) -> Result<String, Trouble> {
        // A channel may have been closed to the user since.
        if let Some(channel) = cause.channel {
            self.open_to(user, channel, What::Read).await.map_err(no)?;
        }
        match action {
            Action::Webhook(call) => {
                let words = self.words(user, cause, &texts_of(call)).await?;
                let answer = self.call(user, call, &words, timeout_ms, GLANCE).await?;
                judge(&answer)
            }
            Action::Thinghttp { id } => {
                let thinghttp = self.thinghttp(user, *id).await.map_err(no)?;
                let call = &thinghttp.settings.call;
                let words = self.words(user, cause, &texts_of(call)).await?;
                let answer = self.call(user, call, &words, timeout_ms, GLANCE).await?;
                judge(&answer)
            }
            Action::Email { to, subject, body } => {
                let words = self.words(user, cause, &[subject, body]).await?;
                let subject = fill(subject, &words, Within::Header);
                let mail = Mail { to: to.clone(), subject, body: fill(body, &words, Within::Text) };
                self.outside().mail(mail).await?;
                Ok(format!("sent to {to}"))
            }
            Action::Ntfy { server, topic, title, body, token, private } => {
                let words = self.words(user, cause, &[title, body]).await?;
                let (title, body) =
                    (fill(title, &words, Within::Text), fill(body, &words, Within::Text));
                let mut message = json!({ "topic": topic, "message": body });
                if !title.is_empty() {
                    message["title"] = title.into();
                }
                let bearer = token.as_ref().map(|Secret(token)| format!("Bearer {token}"));
                let headers = bearer.map(|bearer| ("Authorization".to_string(), bearer));
                let (url, headers) = (server.clone(), headers.into_iter().collect());
                let private_ok = *private && self.may_call_private(user);
                let call = posted(url, headers, &message, timeout_ms, private_ok);
                judge(&self.outside().http(call).await?)
            }
            Action::Telegram { token: Secret(token), chat, text } => {
                let words = self.words(user, cause, &[text]).await?;
                let message = json!({ "chat_id": chat, "text": fill(text, &words, Within::Text) });
                let url = format!("https://api.telegram.org/bot{token}/sendMessage");
                let call = posted(url, Vec::new(), &message, timeout_ms, false);
                let said = match self.outside().http(call).await {
                    Ok(answer) => judge(&answer),
                    Err(trouble) => Err(trouble),
                };
                // The address holds the token, which must not stand in the history.
                said.map_err(|trouble| Trouble {
                    says: trouble.says.replace(token.as_str(), "…"),
                    ..trouble
                })
            }
            Action::Talkback { id, command } => {
                let words = self.words(user, cause, &[command]).await?;
                let command = fill(command, &words, Within::Text);
                self.send_command(user, *id, cut(&command)).await
            }
            Action::Write { channel, fields, status } => {
                let texts: Vec<&str> = fields.values().chain(status).map(String::as_str).collect();
                let words = self.words(user, cause, &texts).await?;
                self.write_entry(user, *channel, fields, status.as_deref(), &words, cause.hops)
                    .await
            }
            Action::Mqtt { topic, payload, retain } => {
                let words = self.words(user, cause, &[payload]).await?;
                let payload = fill(payload, &words, Within::Text).into_bytes();
                self.outside().publish(user.id, topic.clone(), payload, *retain).await?;
                Ok(format!("published on {topic}"))
            }
        }
    }

    /// Asks an address in the web, with values in the place of words.
    pub(super) async fn call(
        &self,
        user: &User,
        call: &Call,
        words: &Words,
        timeout_ms: u64,
        max_body: usize,
    ) -> Result<HttpAnswer, Trouble> {
        let mut headers: Vec<(String, String)> = call
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), fill(value, words, Within::Header)))
            .collect();
        let kind = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let within = body_form(kind.map(|(_, value)| value.as_str()), &call.body);
        if kind.is_none() && !call.body.is_empty() {
            let kind = if within == Within::Json {
                "application/json"
            } else {
                "text/plain; charset=utf-8"
            };
            headers.push(("Content-Type".into(), kind.into()));
        }
        let user_password = call.user.clone().filter(|user| !user.is_empty()).map(|user| {
            (user, call.password.as_ref().map(|secret| secret.0.clone()).unwrap_or_default())
        });
        let call = HttpCall {
            method: call.method.clone(),
            url: fill(&call.url, words, Within::Address),
            headers,
            body: fill(&call.body, words, within).into_bytes(),
            user_password,
            timeout_ms,
            private_ok: call.private && self.may_call_private(user),
            max_body,
        };
        self.outside().http(call).await
    }

    /// What stands in the place of the words in these texts.
    async fn words(&self, user: &User, cause: &Cause, texts: &[&str]) -> Result<Words, Trouble> {
        let mut known = self.field_words(user, texts).await?;
        let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        let zone = user.timezone.as_deref().and_then(Zone::named).unwrap_or_default();
        let mut time = String::new();
        zone.write_iso(&mut time, Timestamp::from_millis(cause.at));
        known.insert("trigger".into(), cause.trigger.clone());
        known.insert("datetime".into(), time);
        known.insert("channel_id".into(), number(cause.channel));
        known.insert("field".into(), number(cause.field.map(u64::from)));
        Ok(known)
    }

    /// The newest values of the fields that texts name, of channels that are open to the user.
    pub(super) async fn field_words(&self, user: &User, texts: &[&str]) -> Result<Words, Trouble> {
        let named: BTreeSet<&str> = texts.iter().flat_map(|text| words(text)).collect();
        let mut known = Words::new();
        for word in named {
            let Some((channel, field)) = of_field(word) else { continue };
            self.open_to(user, channel.get(), What::Read).await.map_err(|refusal| Trouble {
                says: format!("%%{word}%%: {refusal}"),
                ..no(refusal)
            })?;
            let value = match self.last_with(channel, field).await {
                Ok(entry) => entry.values.field(field).unwrap_or_default().to_string(),
                Err(Refusal::NoEntry) => String::new(),
                Err(refusal) => return Err(no(refusal)),
            };
            known.insert(word.into(), value);
        }
        Ok(known)
    }

    async fn write_entry(
        &self,
        user: &User,
        channel: u64,
        fields: &BTreeMap<String, String>,
        status: Option<&str>,
        words: &Words,
        hops: u8,
    ) -> Result<String, Trouble> {
        let channel = self.open_to(user, channel, What::Edit).await.map_err(no)?;
        let mut update = Update::default();
        let text = |text: &str| Some(cut(&fill(text, words, Within::Text)).into());
        for (field, value) in fields {
            if let Ok(field) = field.parse::<FieldNo>() {
                update.values.fields[field.index()] = text(value);
            }
        }
        update.values.status = status.filter(|status| !status.is_empty()).and_then(text);
        let accepted = self.write(channel, update, hops.saturating_add(1)).await.map_err(no)?;
        let (id, channel): (_, ChannelId) = (accepted.entry().id, accepted.channel.id);
        Ok(format!("entry {id} of channel {channel}"))
    }

    /// Adds a command to a TalkBack that the user may write to.
    async fn send_command(&self, user: &User, id: u64, text: &str) -> Result<String, Trouble> {
        let talkback = self.talkback(user, id, What::Edit).await.map_err(no)?.talkback;
        let new = NewText { text: text.into(), ..NewText::default() };
        let sent = self.add_command(&talkback, new).await.map_err(no)?;
        Ok(format!("command {} of {}", sent.command.id, talkback.name))
    }

    fn may_call_private(&self, user: &User) -> bool {
        may_private(user, self.limits().private_targets)
    }
}

/// The texts of a request that may have words in them.
pub(super) fn texts_of(call: &Call) -> Vec<&str> {
    let headers = call.headers.iter().map(|(_, value)| value.as_str());
    [call.url.as_str(), call.body.as_str()].into_iter().chain(headers).collect()
}

/// What a body is, so that values fit into it.
fn body_form(content_type: Option<&str>, body: &str) -> Within {
    let Some(kind) = content_type.map(str::to_ascii_lowercase) else {
        let json = body.trim_start().starts_with(['{', '[']);
        return if json { Within::Json } else { Within::Text };
    };
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/x-www-form-urlencoded" => Within::Address,
        kind if kind.ends_with("json") => Within::Json,
        _ => Within::Text,
    }
}

fn posted(
    url: String,
    mut headers: Vec<(String, String)>,
    message: &serde_json::Value,
    timeout_ms: u64,
    private_ok: bool,
) -> HttpCall {
    headers.push(("Content-Type".into(), "application/json".into()));
    HttpCall {
        method: "POST".into(),
        url,
        headers,
        body: message.to_string().into_bytes(),
        user_password: None,
        timeout_ms,
        private_ok,
        max_body: GLANCE,
    }
}

/// Says whether an answer means that it went well, and whether it may go well another time.
fn judge(answer: &HttpAnswer) -> Result<String, Trouble> {
    let status = answer.status;
    let body = String::from_utf8_lossy(&answer.body);
    let line = body.trim().lines().next().unwrap_or_default();
    let line: String = line.chars().filter(|c| !c.is_control()).take(200).collect();
    let says = if line.is_empty() {
        format!("answered {status}")
    } else {
        format!("answered {status}: {line}")
    };
    match status {
        200..=299 => Ok(says),
        300..=399 => {
            let to = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
            let to = to.map(|(_, to)| format!(" to {to}")).unwrap_or_default();
            Err(Trouble::lasting(format!(
                "answered {status}: it sends on{to}, which is not followed; use that address"
            )))
        }
        408 | 425 | 429 | 500..=599 => Err(Trouble::passing(says)),
        _ => Err(Trouble::lasting(says)),
    }
}

/// What a refusal means for a run: what only needs time may go well another time.
pub(super) fn no(refusal: Refusal) -> Trouble {
    let again = matches!(
        refusal,
        Refusal::TooSoon { .. } | Refusal::TooMany { .. } | Refusal::Busy | Refusal::Failed
    );
    Trouble { says: refusal.to_string(), again, private: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_what_its_type_says_or_what_it_looks_like() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(body_form(Some(form), "{"), Within::Address);
        assert_eq!(body_form(Some("application/ld+JSON"), ""), Within::Json);
        assert_eq!(body_form(Some("text/plain"), "{}"), Within::Text);
        assert_eq!(body_form(None, " {\"a\":1}"), Within::Json);
        assert_eq!(body_form(None, "hello"), Within::Text);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let said = |status, body: &str| {
            let headers = vec![("Location".to_string(), "https://b/".to_string())];
            judge(&HttpAnswer { status, headers, body: body.as_bytes().into() })
        };
        assert_eq!(said(204, "").unwrap(), "answered 204");
        assert_eq!(said(200, "ok\nmore").unwrap(), "answered 200: ok");
        for (status, again) in [(429, true), (500, true), (503, true), (400, false), (404, false)] {
            assert_eq!(said(status, "").unwrap_err().again, again, "{status}");
        }
        let moved = said(301, "").unwrap_err();
        assert!(!moved.again && moved.says.contains("https://b/"), "{moved}");
    }
}
