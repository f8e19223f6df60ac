//! What a board must be told, as lines of text: `NAME=value`.
//!
//! The same text serves everywhere: built into the firmware from the environment, kept in the board's
//! flash, or laid into the memory of an emulated board. It ends at the first byte that is not text, so
//! erased flash (all ones) and empty memory (all zeros) simply hold no settings.

use crate::server::Server;
use crate::trust::Trust;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use fieldpost_node::{DisplayConfig, Reader, SensorConfig, Told, Writer};
use fieldpost_wire::{ApiKey, ChannelId};
use heapless::String;

/// The names that are understood, and what each is for.
pub const NAMES: [(&str, &str); 12] = [
    ("SSID", "name of the Wi-Fi network"),
    ("PASSWORD", "its password; leave it out for an open network"),
    ("SERVER", "http://host:port or https://host:port"),
    ("CERTIFICATE", "for https: the server's certificate, or `unchecked`"),
    ("READINGS_CHANNEL", "channel of the readings: temperature in field 1, humidity in field 2"),
    ("READINGS_WRITE_KEY", "its write key; the sensor node needs it"),
    ("READINGS_READ_KEY", "its read key, unless it is public"),
    ("COMMANDS_CHANNEL", "channel of the light: field 1 is 1 for on"),
    ("COMMANDS_WRITE_KEY", "its write key; the display node needs it"),
    ("COMMANDS_READ_KEY", "its read key, unless it is public"),
    ("INTERVAL_MS", "time from one round to the next; 3000 if left out"),
    ("WAIT", "yes: hear of news at once, from Fieldpost only; no: ask every round"),
];

/// The most bytes of text.
pub const ROOM: usize = 2048;

/// A board's settings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// Name of the Wi-Fi network.
    pub ssid: String<32>,
    /// Its password; empty for an open network.
    pub password: String<64>,
    /// The server.
    pub server: Server,
    /// How the server proves who it is; always there for https.
    pub trust: Option<Trust>,
    /// The channel of the readings.
    pub readings: Channel,
    /// The channel of the light.
    pub commands: Channel,
    /// The time from one round to the next.
    pub interval: Duration,
    /// How the node hears of news.
    pub told: Told,
}

/// A channel and the keys to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Channel {
    /// Its number.
    pub id: ChannelId,
    /// Its write key.
    pub write_key: Option<ApiKey>,
    /// Its read key.
    pub read_key: Option<ApiKey>,
}

/// What is wrong with the settings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wrong {
    /// There are none.
    Absent,
    /// This one is needed and not there.
    Missing(&'static str),
    /// This one can't be understood.
    Unclear(&'static str),
    /// This line has no known name.
    Line(usize),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => write!(f, "there are no settings"),
            Self::Missing(name) => write!(f, "{name} is not set"),
            Self::Unclear(name) => write!(f, "{name} is not understood"),
            Self::Line(number) => write!(f, "line {number} is not understood"),
        }
    }
}

impl core::error::Error for Wrong {}

impl Settings {
    /// Reads settings from wherever they are kept.
    pub fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        let mut values = [None; NAMES.len()];
        for (number, line) in text(bytes).lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = line.split_once('=').ok_or(Wrong::Line(number + 1))?;
            let place = NAMES.iter().position(|(known, _)| *known == name.trim());
            let value = value.trim();
            values[place.ok_or(Wrong::Line(number + 1))?] = (!value.is_empty()).then_some(value);
        }
        let values = Values(values);
        if values.0.iter().all(Option::is_none) {
            return Err(Wrong::Absent);
        }
        let server: Server = values.need("SERVER", parse)?;
        let trust = values.may("CERTIFICATE", parse)?;
        if server.secret && !cfg!(feature = "https") {
            return Err(Wrong::Unclear("SERVER"));
        }
        if server.secret && trust.is_none() {
            return Err(Wrong::Missing("CERTIFICATE"));
        }
        Ok(Self {
            ssid: values.need("SSID", |text| String::try_from(text).ok())?,
            password: values
                .may("PASSWORD", |text| String::try_from(text).ok())?
                .unwrap_or_default(),
            server,
            trust,
            readings: Channel {
                id: values.need("READINGS_CHANNEL", parse)?,
                write_key: values.may("READINGS_WRITE_KEY", parse)?,
                read_key: values.may("READINGS_READ_KEY", parse)?,
            },
            commands: Channel {
                id: values.need("COMMANDS_CHANNEL", parse)?,
                write_key: values.may("COMMANDS_WRITE_KEY", parse)?,
                read_key: values.may("COMMANDS_READ_KEY", parse)?,
            },
            interval: Duration::from_millis(values.may("INTERVAL_MS", parse)?.unwrap_or(3_000)),
            told: values
                .may("WAIT", |text| match text {
                    "yes" => Some(Told::Waiting),
                    "no" => Some(Told::Polling),
                    _ => None,
                })?
                .unwrap_or_default(),
        })
    }

    /// What the sensor node wants to know of them. The seed is a number that differs from board to board.
    pub fn sensor(&self, seed: u64) -> Result<SensorConfig, Wrong> {
        Ok(SensorConfig {
            command: self.commands.reader(),
            readings: self.readings.writer("READINGS_WRITE_KEY")?,
            interval: self.interval,
            told: self.told,
            seed,
        })
    }

    /// What the display node wants to know of them. The seed is a number that differs from board to board.
    pub fn display(&self, seed: u64) -> Result<DisplayConfig, Wrong> {
        Ok(DisplayConfig {
            readings: self.readings.reader(),
            command: self.commands.writer("COMMANDS_WRITE_KEY")?,
            interval: self.interval,
            told: self.told,
            seed,
        })
    }
}

impl Channel {
    fn reader(self) -> Reader {
        Reader { channel: self.id, key: self.read_key }
    }

    fn writer(self, name: &'static str) -> Result<Writer, Wrong> {
        let key = self.write_key.ok_or(Wrong::Missing(name))?;
        Ok(Writer { channel: self.id, key, read_key: self.read_key })
    }
}

/// The text at the beginning of some memory.
pub fn text(bytes: &[u8]) -> &str {
    let end = bytes.iter().position(|byte| matches!(byte, 0 | 0xFF)).unwrap_or(bytes.len());
    bytes[..end].utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

struct Values<'a>([Option<&'a str>; NAMES.len()]);

impl Values<'_> {
    fn may<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Wrong> {
        let place = NAMES.iter().position(|(known, _)| *known == name);
        match place.and_then(|place| self.0[place]) {
            Some(value) => read(value).map(Some).ok_or(Wrong::Unclear(name)),
            None => Ok(None),
        }
    }

    fn need<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Wrong> {
        self.may(name, read)?.ok_or(Wrong::Missing(name))
    }
}

fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;
    use std::string::{String as Owned, ToString};

    const FULL: &str = "\
        # The garden shed.\n\
        SSID=shed\r\n\
        PASSWORD = correct horse=battery \n\
        \n\
        SERVER=http://192.168.1.20:8080\n\
        READINGS_CHANNEL=1\n\
        READINGS_WRITE_KEY=W4K2QZ81TTP0XN7B\n\
        READINGS_READ_KEY=\n\
        COMMANDS_CHANNEL=2\n\
        COMMANDS_READ_KEY=R9M5C3JH60VYD2EA\n";

    #[test]
    fn settings_are_read_up_to_where_the_text_ends() {
        for end in [0x00, 0xFF] {
            let mut memory = FULL.as_bytes().to_vec();
            memory.extend([end; 40]);
            let settings = Settings::read(&memory).unwrap();
            assert_eq!(settings.password, "correct horse=battery");
            assert_eq!(settings.interval, Duration::from_secs(3));
            assert_eq!(settings.told, Told::Polling);
            assert_eq!(settings.readings.read_key, None);
            assert_eq!(settings.sensor(7).unwrap().readings.channel.to_string(), "1");
        }
    }

    #[test]
    fn each_program_says_which_key_it_lacks() {
        let settings = Settings::read(FULL.as_bytes()).unwrap();
        let lacks = settings.display(7).unwrap_err();
        assert_eq!(lacks.to_string(), "COMMANDS_WRITE_KEY is not set");
    }

    #[test]
    fn empty_memory_holds_no_settings() {
        for memory in [&[0xFF; 64][..], &[0; 64], b"", b"# Nothing yet.\nSSID=\n"] {
            assert_eq!(Settings::read(memory), Err(Wrong::Absent));
        }
    }

    #[test]
    #[cfg(feature = "https")]
    fn https_without_a_word_on_trust_is_refused() {
        let secret = FULL.replace("http://", "https://");
        let lacks = Settings::read(secret.as_bytes()).unwrap_err();
        assert_eq!(lacks.to_string(), "CERTIFICATE is not set");
        let trusting = format!("{secret}CERTIFICATE=unchecked\n");
        assert_eq!(Settings::read(trusting.as_bytes()).unwrap().trust, Some(Trust::Anyone));
    }

    #[test]
    fn the_names_that_are_built_in_are_those_that_are_understood() {
        let build = include_str!("../../esp32/build.rs");
        let (_, list) = build.split_once("const NAMES").unwrap();
        let (list, _) = list.split_once("];").unwrap();
        let built_in = list.split('"').skip(1).step_by(2);
        assert!(built_in.eq(NAMES.iter().map(|(name, _)| *name)), "{list}");
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let without = |name: &str| -> Owned {
            FULL.lines()
                .filter(|line| !line.starts_with(name))
                .map(|line| format!("{line}\n"))
                .collect()
        };
        for (text, message) in [
            (without("SSID"), "SSID is not set"),
            (without("SERVER"), "SERVER is not set"),
            (format!("{FULL}WAIT=perhaps\n"), "WAIT is not understood"),
            (format!("{FULL}SERVER=post.lan\n"), "SERVER is not understood"),
            (format!("{FULL}CERTIFICATE=perhaps\n"), "CERTIFICATE is not understood"),
            (format!("{FULL}READINGS_WRITE_KEY=short\n"), "READINGS_WRITE_KEY is not understood"),
            (format!("{FULL}PASWORD=x\n"), "line 11 is not understood"),
            (format!("{FULL}nonsense\n"), "line 11 is not understood"),
        ] {
            assert_eq!(Settings::read(text.as_bytes()).unwrap_err().to_string(), message);
        }
    }
}
