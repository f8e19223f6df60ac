//! What happens on a board, as values for scripts and as lines for people.

use crate::dht22::Trouble;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that happened on a board.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum BoardEvent {
    /// The sensor was read.
    Reading {
        /// Degrees Celsius, with one decimal.
        temperature: String,
        /// Percent, with one decimal.
        humidity: String,
    },
    /// The sensor could not be read.
    Fault {
        /// What is wrong with it.
        what: String,
    },
    /// The light that is switched from far away changed.
    Led {
        /// It shines now.
        on: bool,
    },
    /// The button turned the state over.
    State {
        /// The state now.
        on: bool,
    },
    /// Something else is on the display.
    Screen {
        /// The display is switched on.
        on: bool,
        /// What it says, in words.
        text: String,
    },
    /// A request was answered, or not.
    Request {
        /// The method.
        method: &'static str,
        /// The path, without its query.
        path: String,
        /// The HTTP status, if there was an answer.
        status: Option<u16>,
        /// The number of the entry that an update became; 0 if it was not stored.
        entry: Option<u64>,
        /// Why there was no answer.
        error: Option<String>,
    },
    /// The network was joined or lost.
    Wifi {
        /// It was joined.
        on: bool,
    },
    /// A part of the board does not work.
    Broken {
        /// Which part, and how it shows.
        what: String,
    },
}

impl BoardEvent {
    /// True if the line is worth a place in a short log. Readings come with the request that carries
    /// them, and a screen is there to be seen.
    pub(crate) const fn is_for_log(&self) -> bool {
        !matches!(self, Self::Reading { .. } | Self::Screen { .. })
    }
}

impl fmt::Display for BoardEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reading { temperature, humidity } => {
                write!(f, "measured {temperature} °C, {humidity} %")
            }
            Self::Fault { what } | Self::Broken { what } => f.write_str(what),
            Self::Led { on } => write!(f, "LED {}", if *on { "on" } else { "off" }),
            Self::State { on } => write!(f, "button: {}", if *on { "on" } else { "off" }),
            Self::Screen { text, .. } => write!(f, "screen: {text}"),
            Self::Wifi { on } => write!(f, "Wi-Fi {}", if *on { "joined" } else { "lost" }),
            Self::Request { method, path, status, entry, error } => {
                write!(f, "{method} {path}: ")?;
                match (status, entry, error) {
                    (_, Some(0), _) => f.write_str("0, too soon after the last update"),
                    (_, Some(entry), _) => write!(f, "entry {entry}"),
                    (Some(status), ..) => write!(f, "{status}{}", hint(method, *status)),
                    (None, _, Some(error)) => f.write_str(error),
                    (None, ..) => f.write_str("no answer"),
                }
            }
        }
    }
}

/// What to look at first when a server refuses.
fn hint(method: &str, status: u16) -> &'static str {
    match (method, status) {
        ("POST", 400 | 401 | 403) => ", is the write key right?",
        (_, 400 | 401 | 403) => ", is the channel private and the read key right?",
        (_, 404) => ", is there such a channel?",
        (_, 413) => ", too much at a time",
        (_, 429) => ", too many requests",
        (_, 500..) => ", the server is in trouble",
        _ => "",
    }
}

/// Something that the world does to a board. A board that lacks the part does not notice.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// The climate around the sensor becomes this.
    Climate {
        /// Degrees Celsius.
        temperature: f32,
        /// Percent.
        humidity: f32,
    },
    /// Something becomes wrong with the sensor, or right again.
    Sensor(Trouble),
    /// The button is pressed, or let go.
    Button(bool),
    /// The Wi-Fi is given back, or taken away.
    Wifi(bool),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(method: &'static str, status: u16, entry: Option<u64>) -> String {
        let path = "/update".to_owned();
        let (status, error) = (Some(status), None);
        BoardEvent::Request { method, path, status, entry, error }.to_string()
    }

    #[test]
    fn a_refusal_says_where_to_look() {
        assert_eq!(line("POST", 200, Some(7)), "POST /update: entry 7");
        assert_eq!(line("GET", 200, None), "GET /update: 200");
        for (method, status, about) in [
            ("POST", 400, "write key"),
            ("POST", 401, "write key"),
            ("GET", 400, "read key"),
            ("GET", 404, "channel"),
            ("POST", 429, "too many"),
            ("POST", 503, "trouble"),
        ] {
            let line = line(method, status, None);
            assert!(line.contains(&status.to_string()) && line.contains(about), "{line}");
        }
        assert!(line("POST", 200, Some(0)).contains("too soon"));
    }
}
