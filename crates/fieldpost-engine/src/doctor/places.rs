//! Advice about addresses and methods: what was meant, most likely.

use super::facts::{Facts, Purpose};
use super::mask;

/// The advice for an address behind which there is nothing.
pub(super) fn nothing_there(facts: &Facts) -> (String, String) {
    let path = facts.path.as_deref().unwrap_or("/");
    let lower = path.to_ascii_lowercase();
    let says = format!("There is nothing at {}.", mask::address(path, b""));
    let words: Vec<&str> = lower.split('/').filter(|word| !word.is_empty()).collect();
    let first = words.first().copied().unwrap_or_default();
    let fix = if first.contains("mqtt") {
        "MQTT over WebSockets is spoken at the path /mqtt, and MQTT by itself on a port of its own: 1883 if nothing else was said."
    } else if first == "apps" {
        "Of the apps there is ThingHTTP: /apps/thinghttp/send_request?api_key=KEY. React and TimeControl are automations here, in the browser."
    } else if first.starts_with("talkback") {
        "The next command of a TalkBack is at /talkbacks/ID/commands/execute.json, with the number and the key of the TalkBack."
    } else if words.contains(&"bulk-update") || words.iter().any(|word| word.starts_with("bulk")) {
        "Many entries at once go to /channels/ID/bulk_update.json, with a POST."
    } else if first == "channels" && words.len() > 1 && words[1].parse::<u64>().is_err() {
        "A channel is named by its number, which stands on its page: /channels/ID/feeds.json."
    } else if words.iter().any(|word| word.contains("updat") || *word == "write") {
        "Updates go to /update, spelt just so and without a channel's number: the write key tells which channel it is."
    } else if first.starts_with("channel")
        || words.iter().any(|word| word.starts_with("feed") || word.starts_with("field"))
    {
        "Readings are at /channels/ID/feeds.json, one field at /channels/ID/fields/1.json, the last value at \
         /channels/ID/fields/1/last.txt."
    } else {
        "Check the address: updates go to /update, readings are at /channels/ID/feeds.json."
    };
    (says, fix.into())
}

/// The advice for a method that the address does not take.
pub(super) fn wrong_method(facts: &Facts) -> (String, String) {
    let method = facts.method.as_deref().unwrap_or_default();
    let path = facts.path.as_deref().unwrap_or("/");
    let fix = match facts.purpose {
        Purpose::Write => "Use GET or POST for /update.",
        Purpose::Bulk => "Use POST for a bulk update.",
        Purpose::Read => "Use GET to read. Updates go to /update.",
        Purpose::TalkBack => {
            "Use POST to add a command or to have the next one, GET to look, PUT to change one, DELETE to delete."
        }
        Purpose::Manage | Purpose::Nothing => {
            "Use the method that the description of the API names for this address."
        }
    };
    (format!("{} does not take the method {method}.", mask::address(path, b"")), fix.into())
}
