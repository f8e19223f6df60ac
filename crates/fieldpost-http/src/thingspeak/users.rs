//! Users: who they are, their channels, and signing in with a password.

use fieldpost_engine::Refusal;
use fieldpost_store::{ChannelFilter, User};
use fieldpost_wire::Zone;
use fieldpost_wire::document::Node;
use fieldpost_wire::feed::time_node;

use super::Ask;
use super::channels::{View, settings};
use super::route::Format;
use crate::device::Reply;

impl Ask<'_> {
    /// Shows a user; with the user's own key the e-mail address too.
    pub(super) async fn show_user(&self, login: &str) -> Result<Reply, Refusal> {
        let user = self.engine.user(login).await?;
        let own = self.user().await.is_ok_and(|asking| asking.id == user.id);
        Ok(self.document(Node::Object(about(&user, own, &self.zone())), "user"))
    }

    /// Lists a user's public channels; with the user's own key all of them.
    pub(super) async fn user_channels(&self, login: &str) -> Result<Reply, Refusal> {
        let user = self.engine.user(login).await?;
        let own = self.user().await.is_ok_and(|asking| asking.id == user.id);
        let tag = self.params.get("tag").filter(|tag| !tag.trim().is_empty()).map(str::to_string);
        let channels = self
            .engine
            .channels(ChannelFilter { owner: Some(user.id), public_only: !own, tag })
            .await?;
        let view = if own { View::Private } else { View::Public };
        let zone = self.zone();
        let nodes =
            channels.iter().map(|(channel, head)| settings(channel, head, view, &zone)).collect();
        Ok(self
            .document(Node::Object(vec![("channels", Node::Array("channel", nodes))]), "response"))
    }

    /// Checks a password and answers a token, which is the user key.
    pub(super) async fn sign_in(&self) -> Result<Reply, Refusal> {
        let (Some(login), Some(password)) = (self.params.get("login"), self.params.get("password"))
        else {
            return Err(Refusal::UserKeyUnknown);
        };
        let user = self.engine.sign_in(login, password, self.request.caller.peer).await?;
        if matches!(self.format, Format::Plain | Format::Text) {
            return Ok(Reply::ok(self.format.content_type(), user.api_key.reveal().to_string()));
        }
        let zone = self.zone();
        let mut members = about(&user, true, &zone);
        members.push(("authentication_token", Node::text(user.api_key.reveal().to_string())));
        Ok(self.document(Node::Object(members), "user"))
    }
}

fn about<'a>(user: &'a User, own: bool, zone: &'a Zone) -> Vec<(&'static str, Node<'a>)> {
    let mut members = vec![
        ("id", Node::int(user.id)),
        ("login", Node::text(user.login.as_str())),
        ("created_at", time_node(zone, user.created_at)),
        ("bio", Node::maybe(user.bio.as_deref())),
        ("website", Node::maybe(user.website.as_deref())),
    ];
    if own {
        members.insert(2, ("email", Node::maybe(user.email.as_deref())));
    }
    members
}
