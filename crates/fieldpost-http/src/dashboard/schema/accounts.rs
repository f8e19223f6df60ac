//! Who asks, and what they may change about themselves and others.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Role;

/// A "no", with its reason (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status once more.
    pub status: u16,
    /// A stable word, by which programs tell one "no" from another.
    #[schema(example = "bad_value")]
    pub code: String,
    /// One sentence: the cause and what helps.
    pub title: String,
}

/// What anybody may know about this server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Server {
    /// Its version.
    pub version: String,
    /// Somebody can sign in.
    pub set_up: bool,
    /// Who asks.
    #[schema(required)]
    pub signed_in: Option<Me>,
    /// Virtual boards are switched on here.
    pub boards: bool,
    /// Where boards in the network find this server, best first.
    #[schema(example = json!(["http://192.168.1.23:8080"]))]
    pub addresses: Vec<String>,
    /// Where MQTT is spoken.
    pub mqtt: MqttPorts,
    /// E-mail can be sent: whoever looks after the server has named a mail server.
    pub mail: bool,
    /// Everybody's automations and relays may call addresses in private networks; otherwise only administrators' may.
    pub private_targets: bool,
}

/// Where MQTT is spoken, at the same addresses.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MqttPorts {
    /// The port for plain MQTT; `null` if it is switched off.
    #[schema(required = true, example = 1883)]
    pub port: Option<u16>,
    /// The port for MQTT inside TLS; `null` if it is switched off.
    #[schema(required = true, example = 8883)]
    pub tls_port: Option<u16>,
    /// At `/mqtt` on the web port, over WebSockets.
    pub websocket: bool,
}

/// The one who is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    /// The name used to sign in.
    pub login: String,
    /// May manage users.
    pub admin: bool,
    /// The zone in which times are shown, such as `Europe/Zurich`; `null` for the browser's own.
    #[schema(required)]
    pub timezone: Option<String>,
    /// Where alerts go.
    #[schema(required)]
    pub email: Option<String>,
    /// The user key of ThingSpeak's REST interface.
    pub api_key: String,
}

/// The first user.
#[derive(Deserialize, ToSchema)]
pub struct Setup {
    /// The token in the link that the server printed.
    #[schema(example = "7KQ2-9XMD")]
    pub token: String,
    /// The name to sign in with.
    pub login: String,
    /// 8 characters at least.
    pub password: String,
    /// The zone in which times are shown.
    #[serde(default)]
    pub timezone: Option<String>,
}

/// A name and a password.
#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    /// The name to sign in with.
    pub login: String,
    /// The password.
    pub password: String,
}

/// What changes about the one who is signed in. What is left out stays.
#[derive(Deserialize, ToSchema)]
pub struct Changes {
    /// The zone in which times are shown; `null` for the browser's own.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<String>, required = false)]
    pub timezone: Option<Option<String>>,
    /// The e-mail address that alerts go to; `null` for none.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<String>, required = false)]
    pub email: Option<Option<String>>,
    /// The password until now, needed for a new one.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub old_password: Option<String>,
    /// A new password. Every other session ends.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub new_password: Option<String>,
}

/// A browser that is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    /// Its number.
    pub id: u64,
    /// When it began.
    pub created_at: i64,
    /// When it was last seen, to a few minutes.
    pub seen_at: i64,
    /// What the browser says it is.
    pub agent: String,
    /// It is the one that asks.
    pub current: bool,
}

/// A user, as administrators see one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct User {
    /// The name used to sign in.
    pub login: String,
    /// May manage users.
    pub admin: bool,
    /// When the account was made.
    pub created_at: i64,
    /// How many channels the user owns.
    pub channels: usize,
}

/// A user to be made.
#[derive(Deserialize, ToSchema)]
pub struct NewUser {
    /// The name to sign in with.
    pub login: String,
    /// 8 characters at least.
    pub password: String,
    /// May manage users.
    #[serde(default)]
    #[schema(required = false)]
    pub admin: bool,
}

/// How a write key is replaced.
#[derive(Deserialize, ToSchema)]
pub struct KeyChange {
    /// How long the old key goes on writing, in milliseconds: up to 7 days, a day if left out.
    #[serde(default)]
    #[schema(value_type = u64, required = false)]
    pub overlap_ms: Option<u64>,
}

/// What somebody may do with a channel of another.
#[derive(Deserialize, ToSchema)]
pub struct Share {
    /// `editor` or `viewer`; a channel has one owner.
    pub role: Role,
}

/// A link that lets whoever has it look at a channel.
#[derive(Deserialize, ToSchema)]
pub struct NewLink {
    /// Whom it is for.
    #[serde(default)]
    #[schema(required = false)]
    pub note: String,
    /// How many days it lasts, 1 to 3650; `null` for as long as it is not taken back.
    #[serde(default)]
    pub days: Option<u32>,
}
