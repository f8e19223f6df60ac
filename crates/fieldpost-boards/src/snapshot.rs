//! What there is to see of a bench at one moment; its JSON is what the page draws from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use std::collections::VecDeque;

/// Both boards.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Snapshot {
    /// The sensor node, then the display node.
    pub boards: Vec<BoardSnapshot>,
}

impl Snapshot {
    /// The sensor node.
    pub fn sensor(&self) -> Option<&SensorSnapshot> {
        self.boards.iter().find_map(|board| match board {
            BoardSnapshot::Sensor(sensor) => Some(sensor),
            BoardSnapshot::Display(_) => None,
        })
    }

    /// The display node.
    pub fn display(&self) -> Option<&DisplaySnapshot> {
        self.boards.iter().find_map(|board| match board {
            BoardSnapshot::Display(display) => Some(display),
            BoardSnapshot::Sensor(_) => None,
        })
    }
}

/// One board.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum BoardSnapshot {
    /// A sensor node.
    Sensor(SensorSnapshot),
    /// A display node.
    Display(DisplaySnapshot),
}

/// The boards of a bench.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BoardId {
    /// The board with the sensor and the remote light.
    Sensor,
    /// The board with the display and the button.
    Display,
}

/// What there is to see of a sensor node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SensorSnapshot {
    /// Always [`BoardId::Sensor`].
    pub id: BoardId,
    /// Its name for people.
    pub name: &'static str,
    /// It is on the network.
    pub wifi: bool,
    /// The light that is switched from far away.
    pub led: bool,
    /// The light that shows that the program is alive.
    pub heartbeat: bool,
    /// The climate that was set.
    pub climate: Climate,
    /// What the sensor said last.
    pub reading: Option<ReadingText>,
    /// What is wrong with the sensor.
    pub fault: Option<String>,
    /// What happened, newest last.
    pub log: Log,
}

/// What there is to see of a display node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DisplaySnapshot {
    /// Always [`BoardId::Display`].
    pub id: BoardId,
    /// Its name for people.
    pub name: &'static str,
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
    /// What the display says, in words, for where it can't be drawn.
    #[serde(skip)]
    pub says: String,
    /// What happened, newest last.
    pub log: Log,
}

/// A temperature in degrees Celsius and a relative humidity in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Climate {
    /// Degrees Celsius.
    pub temperature: f32,
    /// Percent.
    pub humidity: f32,
}

/// A reading as it is sent.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ReadingText {
    /// Degrees Celsius, with one decimal.
    pub temperature: String,
    /// Percent, with one decimal.
    pub humidity: String,
}

/// A display of 128 × 64 pixels.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Oled {
    /// Always 128.
    pub width: u32,
    /// Always 64.
    pub height: u32,
    /// The display is switched on.
    pub on: bool,
    /// The pixels: a byte is eight of them, one above the other, the lowest bit on top; eight pages of
    /// 128 bytes. Base64 in JSON.
    #[serde(serialize_with = "base64")]
    pub pixels: Vec<u8>,
}

fn base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

/// The last few lines of what happened.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Log {
    lines: VecDeque<String>,
}

impl Log {
    /// How many lines are kept.
    pub const LINES: usize = 20;

    /// Adds a line; the oldest goes if there are too many.
    pub fn add(&mut self, line: impl Into<String>) {
        if self.lines.len() == Self::LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line.into());
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}
