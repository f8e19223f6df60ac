//! MQTT topics that name a channel, of the service's present form and of the one before it: `channels/ID/publish…` and
//! `channels/ID/subscribe…`. Every other topic is none of this file's business.
//!
//! The older form ends in a key; sketches of today add one too, so a key may end any of them.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::ids::{ApiKey, ChannelId, FieldNo};

/// What topics that name a channel begin with.
pub const CHANNELS: &str = "channels";

/// Where a message is published.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Publishing {
    /// The channel.
    pub channel: ChannelId,
    /// The field whose bare value the payload is; without one the payload holds pairs, as a form does.
    pub field: Option<FieldNo>,
    /// The key that ends the topic.
    pub key: Option<ApiKey>,
}

/// What is subscribed to. Wildcards stay within one channel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hearing {
    /// The channel.
    pub channel: ChannelId,
    /// Which of its messages.
    pub what: Heard,
    /// The key that ends the topic.
    pub key: Option<ApiKey>,
}

/// Messages of a channel.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Heard {
    /// `…/subscribe`: each entry as JSON.
    Entry,
    /// `…/subscribe/json` and its like: each entry in a form of the older generation.
    As(Form),
    /// `…/subscribe/fields/field1`: the bare value.
    Field(FieldNo),
    /// `…/subscribe/fields/+`: the bare values of all fields.
    Fields,
    /// `…/#`: entries as JSON, and bare values.
    All,
}

/// How the older generation wrote an entry.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Form {
    /// As a JSON object.
    Json,
    /// As an XML document.
    Xml,
    /// As a line of CSV.
    Csv,
}

/// Why a topic that begins with `channels` is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TopicError {
    /// The second part is not the number of a channel.
    Channel,
    /// The part behind `fields` is not `field1` to `field8`.
    Field,
    /// What ends the topic is neither a word that is known there nor a key.
    Ending,
    /// The third part is neither `publish` nor `subscribe`.
    Verb,
    /// It is a topic for subscribing.
    IsForSubscribing,
    /// It is a topic for publishing.
    IsForPublishing,
    /// A wildcard stands where none may, or for more than one channel.
    Wildcard,
}

impl Publishing {
    /// Reads a topic; `None` if it does not begin with `channels`.
    ///
    /// # Errors
    /// If it begins so and goes on otherwise.
    pub fn parse(topic: &str) -> Option<Result<Self, TopicError>> {
        let (channel, rest) = match head(topic)? {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        Some(Self::parse_rest(channel, rest))
    }

    fn parse_rest(channel: ChannelId, rest: &str) -> Result<Self, TopicError> {
        let (verb, rest) = split(rest);
        match verb {
            "publish" => {}
            "subscribe" => return Err(TopicError::IsForSubscribing),
            _ => return Err(TopicError::Verb),
        }
        let (field, rest) = match rest.map(split) {
            Some(("fields", rest)) => {
                let (field, rest) = split(rest.ok_or(TopicError::Field)?);
                (Some(field_of(field)?), rest)
            }
            _ => (None, rest),
        };
        Ok(Self { channel, field, key: key_of(rest)? })
    }

    /// The topic, without a key.
    pub fn topic(&self) -> String {
        match self.field {
            Some(field) => format!("{CHANNELS}/{}/publish/fields/{}", self.channel, field.name()),
            None => format!("{CHANNELS}/{}/publish", self.channel),
        }
    }
}

impl Hearing {
    /// Reads a topic filter; `None` if it does not begin with `channels`.
    ///
    /// # Errors
    /// If it begins so and goes on otherwise.
    pub fn parse(filter: &str) -> Option<Result<Self, TopicError>> {
        let (channel, rest) = match head(filter)? {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        Some(Self::parse_rest(channel, rest))
    }

    fn parse_rest(channel: ChannelId, rest: &str) -> Result<Self, TopicError> {
        let (verb, rest) = split(rest);
        let (what, rest) = match (verb, rest.map(split)) {
            ("#", None) | ("subscribe", Some(("#", None))) => (Heard::All, None),
            ("publish", _) => return Err(TopicError::IsForPublishing),
            ("subscribe", Some(("fields", rest))) => match split(rest.ok_or(TopicError::Field)?) {
                ("+", rest) => (Heard::Fields, rest),
                ("#", None) => (Heard::Fields, None),
                (field, rest) => (Heard::Field(field_of(field)?), rest),
            },
            ("subscribe", Some(("json", rest))) => (Heard::As(Form::Json), rest),
            ("subscribe", Some(("xml", rest))) => (Heard::As(Form::Xml), rest),
            ("subscribe", Some(("csv", rest))) => (Heard::As(Form::Csv), rest),
            ("subscribe", _) => (Heard::Entry, rest),
            (verb, _) if verb.contains(['+', '#']) => return Err(TopicError::Wildcard),
            _ => return Err(TopicError::Verb),
        };
        Ok(Self { channel, what, key: key_of(rest)? })
    }
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Channel => "behind channels/ stands the number of a channel",
            Self::Field => "behind fields/ stands field1 to field8",
            Self::Ending => {
                "what ends the topic is not known there; a key has 16 digits and capital letters"
            }
            Self::Verb => "behind the channel's number stands publish or subscribe",
            Self::IsForSubscribing => {
                "this topic is for subscribing; publish to channels/ID/publish"
            }
            Self::IsForPublishing => {
                "this topic is for publishing; subscribe to channels/ID/subscribe"
            }
            Self::Wildcard => {
                "a wildcard stands for fields of one channel: channels/ID/subscribe/fields/+"
            }
        })
    }
}

impl core::error::Error for TopicError {}

/// True for a topic that is none of a channel but was most likely meant to be: `channel/7/publish`, `/channels/7/subscribe`,
/// `publish/field1`. Topics of other programs, such as `tele/plug/SENSOR`, are not.
pub fn is_nearly(topic: &str) -> bool {
    let mut parts = topic.split('/').filter(|part| !part.is_empty());
    let (Some(first), second) = (parts.next(), parts.next()) else { return false };
    if topic.split('/').next() == Some(CHANNELS) {
        return false;
    }
    let verb = |part: &str| ["publish", "subscribe"].contains(&part.to_ascii_lowercase().as_str());
    let field = |part: &str| part.to_ascii_lowercase().starts_with("field");
    if verb(first) {
        return second.is_some_and(field);
    }
    near_word(&first.to_ascii_lowercase())
        && second.is_some_and(|second| second.parse::<u64>().is_ok() || parts.any(verb))
}

/// True for `channels` with one letter missing, added or another.
fn near_word(word: &str) -> bool {
    let (word, right) = (word.as_bytes(), CHANNELS.as_bytes());
    let same = word.iter().zip(right).take_while(|(a, b)| a == b).count();
    let tail = word.iter().rev().zip(right.iter().rev()).take_while(|(a, b)| a == b).count();
    word.len().abs_diff(right.len()) <= 1 && same + tail + 1 >= word.len().max(right.len())
}

/// The channel, and what stands behind it.
fn head(topic: &str) -> Option<Result<(ChannelId, &str), TopicError>> {
    let (first, rest) = split(topic);
    if first != CHANNELS {
        return None;
    }
    let (channel, rest) = split(rest.unwrap_or_default());
    Some(match (channel.parse(), rest) {
        (Ok(channel), Some(rest)) => Ok((channel, rest)),
        (Ok(_), None) => Err(TopicError::Verb),
        (Err(_), _) if channel.contains(['+', '#']) => Err(TopicError::Wildcard),
        (Err(_), _) => Err(TopicError::Channel),
    })
}

fn split(topic: &str) -> (&str, Option<&str>) {
    match topic.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (topic, None),
    }
}

fn field_of(text: &str) -> Result<FieldNo, TopicError> {
    FieldNo::ALL.into_iter().find(|field| field.name() == text).ok_or(TopicError::Field)
}

/// The key that ends a topic. A slash at the very end harms nobody.
fn key_of(rest: Option<&str>) -> Result<Option<ApiKey>, TopicError> {
    match rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest)) {
        None | Some("") => Ok(None),
        Some(key) if key.contains(['+', '#']) => Err(TopicError::Wildcard),
        Some(key) => key.parse().map(Some).map_err(|_| TopicError::Ending),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "W4K2QZ81TTP0XN7B";

    fn publishing(topic: &str) -> Result<Publishing, TopicError> {
        Publishing::parse(topic).unwrap()
    }

    fn heard(filter: &str) -> Result<Heard, TopicError> {
        Hearing::parse(filter).unwrap().map(|hearing| hearing.what)
    }

    #[test]
    fn an_entry_and_a_field_are_published_with_and_without_a_key() {
        let channel = ChannelId::new(4711).unwrap();
        let field = FieldNo::new(3);
        let key = KEY.parse().ok();
        for (topic, expected) in [
            ("channels/4711/publish", Publishing { channel, field: None, key: None }),
            ("channels/4711/publish/", Publishing { channel, field: None, key: None }),
            ("channels/4711/publish/W4K2QZ81TTP0XN7B", Publishing { channel, field: None, key }),
            ("channels/4711/publish/fields/field3", Publishing { channel, field, key: None }),
            (
                "channels/4711/publish/fields/field3/W4K2QZ81TTP0XN7B",
                Publishing { channel, field, key },
            ),
        ] {
            assert_eq!(publishing(topic), Ok(expected), "{topic}");
        }
    }

    #[test]
    fn a_topic_that_was_meant_for_a_channel_is_told_from_one_of_its_own() {
        for nearly in [
            "channel/7/publish",
            "/channels/7/publish",
            "Channels/7/subscribe",
            "chanels/7/publish/fields/field1",
            "channels7/7",
            "publish/field1",
            "subscribe/fields/field1",
            "channel/kitchen/publish",
        ] {
            assert!(is_nearly(nearly), "{nearly}");
        }
        for other in [
            "channels/7/publish",
            "tele/plug/SENSOR",
            "bench/sensor/temperature/state",
            "channel/news",
            "publish/news",
            "",
            "/",
            "chan/7/publish",
        ] {
            assert!(!is_nearly(other), "{other}");
        }
    }

    #[test]
    fn what_is_no_topic_of_a_channel_says_why() {
        for (topic, why) in [
            ("channels", TopicError::Channel),
            ("channels/", TopicError::Channel),
            ("channels/my/publish", TopicError::Channel),
            ("channels/+/publish", TopicError::Wildcard),
            ("channels/4711", TopicError::Verb),
            ("channels/4711/", TopicError::Verb),
            ("channels/4711/publsh", TopicError::Verb),
            ("channels/4711/subscribe", TopicError::IsForSubscribing),
            ("channels/4711/publish/fields", TopicError::Field),
            ("channels/4711/publish/fields/field9", TopicError::Field),
            ("channels/4711/publish/fields/3", TopicError::Field),
            ("channels/4711/publish/fields/fieldfield3", TopicError::Field),
            ("channels/4711/publish/short", TopicError::Ending),
            ("channels/4711/publish/W4K2QZ81TTP0XN7B/x", TopicError::Ending),
            ("channels/4711/publish/fields/field1/+", TopicError::Wildcard),
        ] {
            assert_eq!(publishing(topic), Err(why), "{topic}");
        }
        assert_eq!(Publishing::parse("tele/kitchen/SENSOR"), None);
        assert_eq!(Publishing::parse("channels4711/publish"), None);
        assert_eq!(Publishing::parse(""), None);
    }

    #[test]
    fn a_channel_is_heard_whole_by_field_and_in_the_old_forms() {
        let field = Heard::Field(FieldNo::new(2).unwrap());
        for (filter, what) in [
            ("channels/4711/subscribe", Heard::Entry),
            ("channels/4711/subscribe/R9M5C3JH60VYD2EA", Heard::Entry),
            ("channels/4711/subscribe/json", Heard::As(Form::Json)),
            ("channels/4711/subscribe/xml/R9M5C3JH60VYD2EA", Heard::As(Form::Xml)),
            ("channels/4711/subscribe/csv", Heard::As(Form::Csv)),
            ("channels/4711/subscribe/fields/field2", field),
            ("channels/4711/subscribe/fields/field2/R9M5C3JH60VYD2EA", field),
            ("channels/4711/subscribe/fields/+", Heard::Fields),
            ("channels/4711/subscribe/fields/+/R9M5C3JH60VYD2EA", Heard::Fields),
            ("channels/4711/subscribe/fields/#", Heard::Fields),
            ("channels/4711/subscribe/#", Heard::All),
            ("channels/4711/#", Heard::All),
        ] {
            assert_eq!(heard(filter), Ok(what), "{filter}");
        }
        for (filter, why) in [
            ("channels/#", TopicError::Wildcard),
            ("channels/+/subscribe", TopicError::Wildcard),
            ("channels/4711/+", TopicError::Wildcard),
            ("channels/4711/subscribe/+", TopicError::Wildcard),
            ("channels/4711/publish", TopicError::IsForPublishing),
            ("channels/4711/subscribe/fields", TopicError::Field),
            ("channels/4711/subscribe/fields/temperature", TopicError::Field),
            ("channels/4711/subscribe/yaml", TopicError::Ending),
        ] {
            assert_eq!(heard(filter), Err(why), "{filter}");
        }
        assert_eq!(Hearing::parse("#"), None);
        assert_eq!(Hearing::parse("+/4711/subscribe"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(channels/)?[a-z0-9/+#]{0,40}|\\PC{0,40}") {
            let _ = Publishing::parse(&text);
            let _ = Hearing::parse(&text);
        }

        #[test]
        fn a_topic_gives_back_what_was_published_to(id in 1_u64..=ChannelId::MAX, field in 0_u8..=8) {
            let told = Publishing { channel: ChannelId::new(id).unwrap(), field: FieldNo::new(field), key: None };
            prop_assert_eq!(publishing(&told.topic()), Ok(told));
        }
    }
}
