//! Advice about MQTT topics that are misspelt: what stands there, and how it is written.

use fieldpost_wire::topic::TopicError;

use crate::doctor::facts::Facts;
use crate::doctor::mask;

/// How much of each part of a topic is told back, in characters.
const PART_MAX: usize = 30;

/// A topic of a channel in which something is wrong.
pub(super) fn wrong(facts: &Facts, error: TopicError) -> (String, String) {
    let topic = shown(facts);
    let mut parts = topic.split('/').skip(1);
    let (channel, verb) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let rest: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let says = |why: String| format!("{why} Nothing was {}.", undone(facts));
    let number = if channel.bytes().all(|c| c.is_ascii_digit()) && !channel.is_empty() {
        channel
    } else {
        "4711"
    };
    let form = forms(number);
    match error {
        TopicError::Channel if channel.is_empty() => (
            says("Behind channels/ there is no number of a channel.".into()),
            format!("Put the number from the channel's page there: {form}."),
        ),
        TopicError::Channel => (
            says(format!("{channel:?} is not the number of a channel.")),
            format!("Put the number from the channel's page behind channels/: {form}."),
        ),
        TopicError::Field => {
            let field = rest.get(1).copied().unwrap_or_default();
            let why = match field {
                "" => "No field stands behind fields/.".to_string(),
                field => {
                    format!("There is no {field:?}: a channel has the fields field1 to field8.")
                }
            };
            (says(why), format!("Name the field so: {form}."))
        }
        TopicError::Ending => {
            let first = rest.first().copied().unwrap_or_default();
            if first.to_ascii_lowercase().starts_with("field") {
                return (
                    says(format!("Before {first} the part fields/ is missing.")),
                    format!(
                        "Write channels/{number}/{verb}/fields/{}.",
                        first.to_ascii_lowercase()
                    ),
                );
            }
            (
                says("What ends the topic is neither a word that is known there nor a key.".into()),
                format!(
                    "Leave it out: {form}. A key at the end has 16 digits and capital letters."
                ),
            )
        }
        TopicError::Verb if verb.is_empty() => (
            says("The topic ends behind the channel's number.".into()),
            format!("Say what is to be done: {form}."),
        ),
        TopicError::Verb => (
            says(format!("{verb:?} stands where publish or subscribe should.")),
            format!("Write {form}."),
        ),
        TopicError::IsForSubscribing => (
            says("This topic is for subscribing, and the client published to it.".into()),
            format!(
                "Publish to channels/{number}/publish; who subscribes to channels/{number}/subscribe hears it."
            ),
        ),
        TopicError::IsForPublishing => (
            says("This topic is for publishing, and the client subscribed to it.".into()),
            format!(
                "Subscribe to channels/{number}/subscribe, or to channels/{number}/subscribe/fields/field1."
            ),
        ),
        TopicError::Wildcard => (
            says("A wildcard stands where none may be: each topic names one channel.".into()),
            format!(
                "Name the channel: channels/{number}/subscribe hears every entry, channels/{number}/subscribe/fields/+ every field. \
                 Subscribe once for each channel."
            ),
        ),
    }
}

/// A topic that is nearly one of a channel, and so was taken for one of the user's own.
pub(super) fn nearly(facts: &Facts) -> (String, String) {
    let topic = shown(facts);
    let digits = topic.split('/').find(|part| part.parse::<u64>().is_ok());
    let form = forms(digits.unwrap_or("4711"));
    let first = topic.split('/').next().unwrap_or_default();
    let why = match first {
        "" => "begins with a slash".to_string(),
        "publish" | "subscribe" => "names no channel".to_string(),
        first => format!("begins with {first}, not with channels"),
    };
    let nothing = if facts.method.as_deref() == Some("PUBLISH") {
        "It went to the user's own devices; no channel got an entry."
    } else {
        "Nothing of a channel is heard there."
    };
    (
        format!("The topic {why}, so it is no topic of a channel. {nothing}"),
        format!("Write {form}."),
    )
}

/// The topic with keys masked, and its parts cut.
fn shown(facts: &Facts) -> String {
    let topic = mask::masked(facts.path.as_deref().unwrap_or_default());
    let parts = topic.split('/').take(8).map(|part| part.chars().take(PART_MAX).collect());
    parts.collect::<Vec<String>>().join("/")
}

fn forms(number: &str) -> String {
    format!(
        "channels/{number}/publish, channels/{number}/publish/fields/field1 or channels/{number}/subscribe"
    )
}

fn undone(facts: &Facts) -> &'static str {
    if facts.method.as_deref() == Some("SUBSCRIBE") { "subscribed" } else { "stored" }
}
