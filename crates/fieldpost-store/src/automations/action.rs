//! What an automation does. Plain values; the engine does it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What stands in place of a secret when it is shown; coming back it means "as before".
pub const MASK: &str = "••••";

/// A password or token that belongs to an action. It is never printed.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The mask, for who may see that there is a secret but not which.
    pub fn masked() -> Self {
        Self(MASK.into())
    }

    /// What is meant by a secret that came in, if this one stood there before.
    fn or_before(&mut self, before: Option<&Self>) {
        if self.0 == MASK {
            self.0 = before.map(|secret| secret.0.clone()).unwrap_or_default();
        }
    }
}

/// What is done. Texts may have placeholders such as `%%trigger%%`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// Ask an address in the web.
    Webhook(Call),
    /// Send a ThingHTTP request.
    Thinghttp {
        /// Its number.
        id: u64,
    },
    /// Send an e-mail.
    Email {
        /// Whom to.
        to: String,
        /// What it is about.
        subject: String,
        /// What it says.
        body: String,
    },
    /// Publish a message by ntfy.
    Ntfy {
        /// The server, such as `https://ntfy.sh`.
        server: String,
        /// The topic.
        topic: String,
        /// The title.
        title: String,
        /// The message.
        body: String,
        /// An access token, for topics that need one.
        #[cfg_attr(feature = "schema", schema(value_type = Option<String>, required = true))]
        token: Option<Secret>,
        /// The server may be in a private network.
        #[serde(default)]
        private: bool,
    },
    /// Send a message by a Telegram bot.
    Telegram {
        /// The bot's token.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        token: Secret,
        /// The chat's number, or a channel's name such as `@greenhouse`.
        chat: String,
        /// The message.
        text: String,
    },
    /// Add a command to a TalkBack.
    Talkback {
        /// Its number.
        id: u64,
        /// The command.
        command: String,
    },
    /// Write an entry to a channel.
    Write {
        /// The channel.
        channel: u64,
        /// The values by number of the field.
        fields: BTreeMap<String, String>,
        /// The status.
        #[cfg_attr(feature = "schema", schema(required = true))]
        status: Option<String>,
    },
    /// Publish by MQTT.
    Mqtt {
        /// The topic.
        topic: String,
        /// The payload.
        payload: String,
        /// Whether later subscribers get it too.
        retain: bool,
    },
}

/// A request to an address in the web.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Call {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// The address.
    pub url: String,
    /// Names and values of headers.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    #[serde(default)]
    pub body: String,
    /// The name for basic authentication.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub user: Option<String>,
    /// The password for basic authentication.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, required = true))]
    pub password: Option<Secret>,
    /// The address may be in a private network.
    #[serde(default)]
    pub private: bool,
}

impl Call {
    /// Shows it without its password.
    pub fn mask(&mut self) {
        mask(&mut self.password);
    }

    /// Puts the password back where the mask stands for it.
    pub fn unmask(&mut self, before: Option<&Self>) {
        unmask(&mut self.password, before.and_then(|call| call.password.as_ref()));
    }
}

impl Action {
    /// Shows it without its secrets.
    #[must_use]
    pub fn masked(mut self) -> Self {
        match &mut self {
            Self::Webhook(call) => call.mask(),
            Self::Ntfy { token, .. } => mask(token),
            Self::Telegram { token, .. } => *token = Secret::masked(),
            _ => {}
        }
        self
    }

    /// Puts the secrets back where masks stand for them.
    #[must_use]
    pub fn unmasked(mut self, before: Option<&Self>) -> Self {
        match (&mut self, before) {
            (Self::Webhook(call), before) => {
                let before = before.and_then(|action| match action {
                    Self::Webhook(call) => Some(call),
                    _ => None,
                });
                call.unmask(before);
            }
            (Self::Ntfy { token, .. }, Some(Self::Ntfy { token: before, .. })) => {
                unmask(token, before.as_ref());
            }
            (Self::Ntfy { token, .. }, _) => unmask(token, None),
            (Self::Telegram { token, .. }, Some(Self::Telegram { token: before, .. })) => {
                token.or_before(Some(before));
            }
            (Self::Telegram { token, .. }, _) => token.or_before(None),
            _ => {}
        }
        self
    }
}

fn mask(secret: &mut Option<Secret>) {
    if let Some(secret) = secret {
        *secret = Secret::masked();
    }
}

fn unmask(secret: &mut Option<Secret>, before: Option<&Secret>) {
    if let Some(secret) = secret {
        secret.or_before(before);
    }
    if secret.as_ref().is_some_and(|secret| secret.0.is_empty()) {
        *secret = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_out_masked_and_the_mask_means_as_before() {
        let ntfy = |token: Option<&str>| Action::Ntfy {
            server: "https://ntfy.sh".into(),
            topic: "t".into(),
            title: String::new(),
            body: String::new(),
            token: token.map(|token| Secret(token.into())),
            private: false,
        };
        let kept = ntfy(Some("tk_1"));
        assert_eq!(kept.clone().masked(), ntfy(Some(MASK)));
        assert_eq!(kept.clone().masked().unmasked(Some(&kept)), kept);
        assert_eq!(ntfy(Some("tk_2")).unmasked(Some(&kept)), ntfy(Some("tk_2")));
        assert_eq!(ntfy(Some(MASK)).unmasked(None), ntfy(None));
        assert!(!format!("{kept:?}").contains("tk_1"));
    }

    #[test]
    fn an_action_is_kept_in_the_form_in_which_it_is_sent() {
        let text = r#"{"kind":"webhook","method":"POST","url":"http://h/","headers":[["A","b"]],"body":"x","user":null,"password":null,"private":true}"#;
        let action: Action = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&action).unwrap(), text);
    }
}
