//! A channel's settings: what its owner says about it, and its keys.

use alloc::string::String;
use alloc::vec::Vec;

use crate::entry::TEXT_MAX;
use crate::ids::{ApiKey, ChannelId, FieldNo};
use crate::number::place;
use crate::params::Params;
use crate::time::Timestamp;
use crate::update::cut;

/// A channel as its owner set it up. What it holds is not in here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Channel {
    /// Its number.
    pub id: ChannelId,
    /// The number of the user it belongs to.
    pub owner: u64,
    /// The login of that user.
    pub username: String,
    /// What the owner says about it.
    pub about: About,
    /// The key that lets a board write.
    pub write_key: ApiKey,
    /// The keys that let a program read while the channel is private; oldest first.
    pub read_keys: Vec<ReadKey>,
    /// Write keys that were replaced and still write until their time; oldest first.
    pub retiring: Vec<RetiringKey>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its settings last changed. Entries do not move it.
    pub updated_at: Timestamp,
}

/// A read key and what it is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReadKey {
    /// The key.
    pub key: ApiKey,
    /// A remark of the owner, ≤ 255 characters.
    pub note: String,
}

/// A write key that was replaced, and goes on writing for a while so that boards can be changed one after the other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RetiringKey {
    /// The key.
    pub key: ApiKey,
    /// From then on it opens nothing.
    pub until: Timestamp,
}

/// A word by which channels are found. The number stays with the word for all channels that carry it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tag {
    /// The word's number on this server.
    pub id: u64,
    /// The word.
    pub name: String,
}

/// The part of a channel's settings that its owner writes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct About {
    /// Its name, ≤ 255 characters; empty shows as `Channel` and its number.
    pub name: String,
    /// A description, ≤ 255 characters.
    pub description: Option<String>,
    /// The labels of the fields. A field without a label takes values but does not show them.
    pub labels: [Option<String>; FieldNo::COUNT],
    /// Degrees north, a decimal number in its shortest form.
    pub latitude: Option<String>,
    /// Degrees east, likewise.
    pub longitude: Option<String>,
    /// Metres, as written.
    pub elevation: Option<String>,
    /// Free text for programs.
    pub metadata: Option<String>,
    /// Words to find it by.
    pub tags: Vec<Tag>,
    /// A page about it.
    pub url: Option<String>,
    /// Its page on a code host.
    pub github_url: Option<String>,
    /// A video about it.
    pub video_id: Option<String>,
    /// `youtube` or `vimeo`.
    pub video_type: Option<String>,
    /// True if anyone may read it without a key.
    pub public: bool,
    /// The least time between two accepted updates, in milliseconds; 0 for none, absent for the server's own.
    pub interval_ms: Option<u64>,
    /// The name of the zone in which its times are shown; absent for the viewer's own.
    pub timezone: Option<String>,
    /// Which values of each field are believed.
    pub valid: [Valid; FieldNo::COUNT],
    /// How long entries are kept.
    pub keep: Keep,
}

impl About {
    /// The label of a field, if it is one that can be seen.
    pub fn label(&self, field: FieldNo) -> Option<&str> {
        let label = self.labels[field.index()].as_deref()?;
        // Asked for with every update: nearly all labels show with their first letter that they are not blank.
        let seen = label.as_bytes().first().is_some_and(u8::is_ascii_graphic);
        (seen || !label.trim().is_empty()).then_some(label)
    }
}

/// Which values of a field are believed. Others are kept as they were sent, but neither charts nor aggregates
/// count them; or the update is refused, if the owner wishes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Valid {
    /// The lowest value that is believed, a decimal number; absent for no bound.
    pub min: Option<String>,
    /// The highest.
    pub max: Option<String>,
    /// True if an update with a number outside is refused.
    pub refuse: bool,
}

/// How long a channel's entries are kept: for ever, unless the owner asks for less.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Keep {
    /// For how many days every entry is kept; absent for ever.
    pub days: Option<u32>,
    /// What becomes of those that are older, from the finest to the coarsest; without any they are deleted.
    pub tiers: Vec<Tier>,
}

/// A stretch of a channel's past of which one entry for each span of time is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tier {
    /// One entry for so many minutes.
    pub minutes: u32,
    /// Until it is so many days old; absent for ever.
    pub days: Option<u32>,
}

impl Valid {
    /// The bounds as numbers, both of them included; infinite where there is none.
    pub fn bounds(&self) -> (f64, f64) {
        let bound = |text: &Option<String>| text.as_deref().and_then(crate::number::any);
        (bound(&self.min).unwrap_or(f64::NEG_INFINITY), bound(&self.max).unwrap_or(f64::INFINITY))
    }

    /// True if a value is believed.
    pub fn holds(&self, value: f64) -> bool {
        let (min, max) = self.bounds();
        min <= value && value <= max
    }
}

impl Keep {
    /// True if nothing is ever deleted or thinned.
    pub fn is_all(&self) -> bool {
        self.days.is_none()
    }
}

impl Channel {
    /// The name that is shown.
    pub fn name(&self) -> String {
        if self.about.name.trim().is_empty() {
            alloc::format!("Channel {}", self.id)
        } else {
            self.about.name.clone()
        }
    }

    /// True if this key opens the channel for writing: its write key does, and one that it replaced until its time is over.
    pub fn writes_with(&self, key: &ApiKey, now: Timestamp) -> bool {
        self.retiring.iter().fold(self.write_key.same(key), |open, old| {
            open | (old.key.same(key) & (now < old.until))
        })
    }

    /// True if this key opens the channel for reading: what writes does, and every read key.
    pub fn opens_with(&self, key: &ApiKey, now: Timestamp) -> bool {
        let writes = self.writes_with(key, now);
        self.read_keys.iter().fold(writes, |open, known| open | known.key.same(key))
    }

    /// How completely the channel is described, 0 to 100, by the service's weights.
    pub fn ranking(&self) -> u8 {
        let about = &self.about;
        let said =
            |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
        let points = [
            (true, 15), // a name is always there
            (said(&about.description), 20),
            (said(&about.latitude) && said(&about.longitude), 15),
            (said(&about.url), 15),
            (said(&about.video_id) && said(&about.video_type), 15),
            (!about.tags.is_empty(), 20),
        ];
        points.iter().filter(|(earned, _)| *earned).map(|(_, points)| points).sum()
    }
}

impl About {
    /// A new channel as the service makes it: the first field labelled, at place 0, 0.
    pub fn new_channel() -> Self {
        let mut about =
            Self { latitude: Some("0.0".into()), longitude: Some("0.0".into()), ..Self::default() };
        about.labels[0] = Some("Field Label 1".into());
        about
    }

    /// Makes the changes that a request asks for. Parameters that are absent change nothing; an empty one clears.
    /// Tags are new words here, with the number 0, until the store knows them.
    pub fn apply(&mut self, params: &Params) {
        let text = |name: &str| params.get(name).map(|text| cut(text.trim()));
        if let Some(name) = text("name") {
            self.name = name.into();
        }
        let optional = |name: &str, slot: &mut Option<String>| {
            if let Some(text) = text(name) {
                *slot = (!text.is_empty()).then(|| text.into());
            }
        };
        optional("description", &mut self.description);
        for field in FieldNo::ALL {
            optional(field.name(), &mut self.labels[field.index()]);
        }
        optional("elevation", &mut self.elevation);
        optional("url", &mut self.url);
        optional("github_url", &mut self.github_url);
        optional("video_id", &mut self.video_id);
        optional("video_type", &mut self.video_type);
        for (name, limit, slot) in
            [("latitude", 90.0, &mut self.latitude), ("longitude", 180.0, &mut self.longitude)]
        {
            if let Some(text) = params.get(name) {
                *slot = place(text, limit)
                    .or_else(|| (!text.trim().is_empty()).then(|| slot.take())?);
            }
        }
        if let Some(metadata) = params.get("metadata") {
            self.metadata = (!metadata.is_empty()).then(|| metadata.into());
        }
        if let Some(flag) = params.get("public_flag") {
            self.public =
                ["true", "1", "on", "yes"].contains(&flag.trim().to_ascii_lowercase().as_str());
        }
        if let Some(words) = params.first_of(&["tags", "tags[name]"]) {
            self.tags = tag_words(words).into_iter().map(|name| Tag { id: 0, name }).collect();
        }
        if let Some(seconds) = params.get("update_interval").map(str::trim) {
            self.interval_ms = seconds
                .parse::<f64>()
                .ok()
                .filter(|s| (0.0..=86_400.0).contains(s))
                .map(|s| (s * 1000.0) as u64);
        }
    }
}

/// Takes a comma-separated list apart; words that differ in case only are the same word.
pub fn tag_words(list: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let word = cut(word);
        if !words.iter().any(|known| known.to_lowercase() == word.to_lowercase()) {
            words.push(word.into());
        }
    }
    words
}

const _: () = assert!(TEXT_MAX == 255, "the limits in the doc comments above");

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn only_what_is_named_changes_and_an_empty_text_clears() {
        let mut about = About::new_channel();
        about.apply(&Params::from_form(
            b"name=Greenhouse&field2=Humidity&tags=a,B,+b&public_flag=true",
        ));
        assert_eq!(about.name, "Greenhouse");
        assert_eq!(about.labels[0].as_deref(), Some("Field Label 1"));
        assert_eq!(about.labels[1].as_deref(), Some("Humidity"));
        assert_eq!(about.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["a", "B"]);
        assert!(about.public);
        about.apply(&Params::from_form(b"field2=&latitude=47.50&longitude=999"));
        assert_eq!(about.labels[1], None);
        assert_eq!(about.latitude.as_deref(), Some("47.5"));
        assert_eq!(about.longitude.as_deref(), Some("0.0"), "a place that is none changes nothing");
    }
}
