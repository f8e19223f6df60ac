//! What the virtual boards show, as the page draws it. The boards themselves know nothing of this file; the server's tests hold both together.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Both boards.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The sensor node, then the display node.
    pub boards: Vec<Board>,
}

/// One board.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Board {
    /// A sensor node.
    Sensor(SensorBoard),
    /// A display node.
    Display(DisplayBoard),
}

/// The boards by name.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BoardId {
    /// The board with the sensor and the remote light.
    Sensor,
    /// The board with the display and the button.
    Display,
}

/// What there is to see of a sensor node.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SensorBoard {
    /// Always `sensor`.
    pub id: SensorName,
    /// Its name for people.
    pub name: String,
    /// It is on the network.
    pub wifi: bool,
    /// The light that is switched from far away.
    pub led: bool,
    /// The light that shows that the program is alive.
    pub heartbeat: bool,
    /// The climate that was set.
    pub climate: Climate,
    /// What the sensor said last.
    #[schema(required)]
    pub reading: Option<ReadingText>,
    /// What is wrong with the sensor.
    #[schema(required)]
    pub fault: Option<String>,
    /// What happened, newest last.
    pub log: Vec<String>,
}

/// What there is to see of a display node.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisplayBoard {
    /// Always `display`.
    pub id: DisplayName,
    /// Its name for people.
    pub name: String,
    /// It is on the network.
    pub wifi: bool,
    /// The light that shows that the program is alive.
    pub heartbeat: bool,
    /// The button is held down.
    pub button: bool,
    /// What the button switches, as the node sees it.
    pub state: bool,
    /// The display.
    pub oled: Oled,
    /// What happened, newest last.
    pub log: Vec<String>,
}

/// The sensor node's name.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SensorName {
    /// The only one.
    Sensor,
}

/// The display node's name.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DisplayName {
    /// The only one.
    Display,
}

/// A temperature in degrees Celsius and a relative humidity in percent.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Climate {
    /// Degrees Celsius, −40 to 80.
    pub temperature: f32,
    /// Percent, 0 to 100.
    pub humidity: f32,
}

/// A reading as it is sent.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadingText {
    /// Degrees Celsius, with one decimal.
    pub temperature: String,
    /// Percent, with one decimal.
    pub humidity: String,
}

/// A display of 128 × 64 pixels.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Oled {
    /// Always 128.
    pub width: u32,
    /// Always 64.
    pub height: u32,
    /// The display is switched on.
    pub on: bool,
    /// The pixels in Base64: a byte is eight of them, one above the other, the lowest bit on top; eight pages of 128 bytes.
    pub pixels: String,
}

/// The channels that the boards talk through.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct BoardChannels {
    /// What the sensor node measures.
    pub readings: ChannelName,
    /// What the display node's button wants.
    pub command: ChannelName,
}

/// A channel by number and name.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ChannelName {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
}

/// The display board's button.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
pub struct Button {
    /// It is held down.
    pub pressed: bool,
}

/// A board's Wi-Fi.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
pub struct Wifi {
    /// It is on the network.
    pub connected: bool,
}
