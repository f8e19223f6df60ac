//! MQTT devices: what a board shows to speak MQTT, what it may do, what is seen of it.

use fieldpost_store::{Right, TopicMap};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An MQTT device.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Device {
    /// Its client id, which is its user name too.
    pub client_id: String,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created_at: i64,
    /// What it may do, and where.
    pub rights: Vec<Right>,
    /// Which of its messages become values of fields.
    pub maps: Vec<TopicMap>,
    /// Whether it is connected.
    pub connected: bool,
    /// Since when it is, or is not; `null` if it was not seen since the server's start.
    #[schema(required)]
    pub since_at: Option<i64>,
    /// The address from which it is connected, or was last.
    #[schema(required)]
    pub peer: Option<String>,
    /// What it, or its will, said last about being available.
    #[schema(required, example = "Offline")]
    pub will: Option<String>,
    /// Its newest message on each topic outside `channels/`, newest first; at most 50.
    pub seen: Vec<SeenTopic>,
}

/// The newest message of a device on a topic.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeenTopic {
    /// The topic.
    #[schema(example = "tele/plug/SENSOR")]
    pub topic: String,
    /// The beginning of the message.
    pub payload: String,
    /// When it came.
    pub at: i64,
}

/// A device that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeDevice {
    /// The device.
    #[serde(flatten)]
    pub device: Device,
    /// Its password, shown here and never again.
    pub password: String,
}

/// A device to be made.
#[derive(Deserialize, ToSchema)]
pub struct NewDevice {
    /// What it is called.
    #[serde(default)]
    pub name: String,
    /// The client id; without one it is made here.
    pub client_id: Option<String>,
    /// The password, at least 16 characters; without one it is made here.
    pub password: Option<String>,
    /// What it may do, and where.
    #[serde(default)]
    pub rights: Vec<Right>,
    /// Which of its messages become values of fields.
    #[serde(default)]
    pub maps: Vec<TopicMap>,
}

/// What changes about a device; what is left out stays.
#[derive(Deserialize, ToSchema)]
pub struct DeviceChanges {
    /// What it is called.
    pub name: Option<String>,
    /// What it may do, and where.
    pub rights: Option<Vec<Right>>,
    /// Which of its messages become values of fields.
    pub maps: Option<Vec<TopicMap>>,
}

/// A new password, shown here and never again.
#[derive(Serialize, ToSchema)]
pub struct DevicePassword {
    /// The password.
    pub password: String,
}
