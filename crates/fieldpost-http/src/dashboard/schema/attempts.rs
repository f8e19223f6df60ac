//! What the connection doctor saw.

use serde::Serialize;
use utoipa::ToSchema;

/// Somebody knocked: what came, what became of it, and what to do about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attempt {
    /// Its number; a later one is higher.
    pub id: u64,
    /// When it happened, or happened last.
    pub at: i64,
    /// By which door.
    pub door: Doorway,
    /// The address it came from.
    pub peer: String,
    /// What the client says it is.
    #[schema(required)]
    pub agent: Option<String>,
    /// The HTTP method.
    #[schema(required)]
    pub method: Option<String>,
    /// The address that was asked for, with keys masked.
    #[schema(required)]
    pub path: Option<String>,
    /// The beginning of the key that came along.
    #[schema(required, example = "V3…")]
    pub key: Option<String>,
    /// The channel it was for, as far as that is known.
    #[schema(required)]
    pub channel: Option<u64>,
    /// `accepted`, or why not.
    pub code: String,
    /// The entry it became.
    #[schema(required)]
    pub entry_id: Option<u64>,
    /// What happened, in words.
    pub says: String,
    /// What to do about it.
    #[schema(required)]
    pub fix: Option<String>,
    /// How often the same thing happened in a row.
    pub count: u64,
    /// The beginning of what came, with keys masked.
    #[schema(required)]
    pub sent: Option<String>,
}

/// The ways in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Doorway {
    /// Plain HTTP.
    Http,
    /// HTTP within TLS.
    Https,
    /// TLS that came to nothing.
    Tls,
    /// MQTT.
    Mqtt,
}
