//! Advice about keys: which one it was, what is wrong with it, which one belongs there.

use crate::doctor::facts::Facts;
use crate::doctor::key::{Found, Held, Holder, Named, Shape};
use crate::doctor::mask;

const WHERE_WRITE: &str = "The write key stands on the channel's page under Keys.";
const WHERE_READ: &str = "The read keys stand on the channel's page under Keys.";

/// The advice for a key that was to write.
pub(super) fn to_write(facts: &Facts, found: &Found) -> (String, String) {
    if found.shape == Shape::Absent {
        return absent(facts, "write");
    }
    let key = named(facts);
    if let Some(flaw) = flaw(found.shape, &key, "YOUR_WRITE_KEY", "write key", WHERE_WRITE) {
        return flaw;
    }
    match found.holder {
        Holder::Reads(held) => (
            format!(
                "{key} is a read key of channel {}. It reads; writing takes the write key. Nothing was stored.",
                held.channel
            ),
            format!("Put the channel's write key in its place. {WHERE_WRITE}"),
        ),
        Holder::TalkBack { .. } => (
            format!(
                "{key} is the key of a TalkBack. It fetches commands; it does not write. Nothing was stored."
            ),
            format!(
                "Put the write key of the channel in its place, and the TalkBack's behind talkback_key=. {WHERE_WRITE}"
            ),
        ),
        Holder::User(_) => (
            format!(
                "{key} is a user key. It manages channels and does not write. Nothing was stored."
            ),
            format!("Put the write key of the channel in its place. {WHERE_WRITE}"),
        ),
        Holder::Writes(held) => {
            let which = which(held, found.named);
            let target =
                facts.channel.map_or("another channel".into(), |id| format!("channel {id}"));
            match found.named {
                Named::Missing => (
                    format!(
                        "The address names {target}, which is not on this server. {key} is the write key of {which}."
                    ),
                    format!("Put the number of {which} into the address."),
                ),
                _ => (
                    format!(
                        "{key} is the write key of {which}, but the address names {target}. Nothing was stored."
                    ),
                    format!(
                        "Use the write key of {target}, or put the number of {which} into the address."
                    ),
                ),
            }
        }
        Holder::Nobody | Holder::Unchecked => (
            format!("No channel here has the write key {key}. Nothing was stored."),
            format!(
                "Copy the write key once more, all 16 characters. {WHERE_WRITE} If a new key was made there, the old one has ended. \
                 A key from ThingSpeak works here once a channel was made with it."
            ),
        ),
    }
}

/// The advice for a key that was to read.
pub(super) fn to_read(facts: &Facts, found: &Found) -> (String, String) {
    let channel = facts.channel.map_or("The channel".into(), |id| format!("Channel {id}"));
    if found.shape == Shape::Absent {
        let (says, fix) = absent(facts, "read");
        return (format!("{channel} is private. {says}"), fix);
    }
    let key = named(facts);
    if let Some(flaw) = flaw(found.shape, &key, "YOUR_READ_KEY", "read key", WHERE_READ) {
        return flaw;
    }
    let says = match found.holder {
        Holder::Reads(held) => {
            format!(
                "{key} is a read key of {}. It does not open channel {}.",
                which(held, found.named),
                number(facts)
            )
        }
        Holder::Writes(held) => {
            format!(
                "{key} is the write key of {}. It does not open channel {}.",
                which(held, found.named),
                number(facts)
            )
        }
        Holder::TalkBack { .. } => {
            format!("{key} is the key of a TalkBack. It does not open channel {}.", number(facts))
        }
        Holder::User(_) => {
            format!("{key} is a user key, but not that of the owner of channel {}.", number(facts))
        }
        Holder::Nobody | Holder::Unchecked => {
            format!("{channel} is private, and {key} is none of its keys.")
        }
    };
    (
        says,
        format!(
            "Use a read key of that channel. {WHERE_READ} Or make the channel public in its settings."
        ),
    )
}

/// The advice for a key that was to manage.
pub(super) fn to_manage(facts: &Facts, found: &Found) -> (String, String) {
    let where_user = "The user key stands on the page of your account.";
    if found.shape == Shape::Absent {
        return (
            "Channels, keys and settings take the user key of their owner, and none came along."
                .into(),
            format!("Add api_key=YOUR_USER_KEY. {where_user}"),
        );
    }
    let key = named(facts);
    if let Some(flaw) = flaw(found.shape, &key, "YOUR_USER_KEY", "user key", where_user) {
        return flaw;
    }
    let what = match found.holder {
        Holder::Writes(_) => "a write key",
        Holder::Reads(_) => "a read key",
        Holder::TalkBack { .. } => "the key of a TalkBack",
        Holder::User(_) => "the user key of somebody else",
        Holder::Nobody | Holder::Unchecked => "not the user key of anybody here",
    };
    (
        format!("{key} is {what}. Settings take the user key of the channel's owner."),
        format!(
            "Use the owner's user key. {where_user} To read a private channel's entries a read key is enough: /channels/ID/feeds.json."
        ),
    )
}

/// The advice when there is no key: it may be there under another name.
fn absent(facts: &Facts, kind: &str) -> (String, String) {
    let letters = |name: &str| -> String {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        plain.to_ascii_lowercase()
    };
    let known =
        ["apikey", "writekey", "writeapikey", "readkey", "readapikey", "thingspeakkey", "key"];
    let odd = facts.params.iter().map(|(name, _)| name).find(|name| {
        known.contains(&letters(name).as_str()) && !["key", "api_key", "apikey"].contains(name)
    });
    let placeholder = format!("YOUR_{}_KEY", kind.to_ascii_uppercase());
    let place = if kind == "write" { WHERE_WRITE } else { WHERE_READ };
    let nothing = if kind == "write" { " Nothing was stored." } else { "" };
    match odd {
        Some(odd) => (
            format!(
                "No API key came along under a name that is known; there is one called {odd:?}.{nothing}"
            ),
            format!("Call it api_key: api_key={placeholder}."),
        ),
        None => (
            format!("No API key came along.{nothing}"),
            format!(
                "Add api_key={placeholder} to the address or the body, or send the key in the header X-THINGSPEAKAPIKEY. {place}"
            ),
        ),
    }
}

/// The advice for a key that can't be one by its looks; `None` if it can.
pub(super) fn flaw(
    shape: Shape,
    key: &str,
    sample: &str,
    name: &str,
    place: &str,
) -> Option<(String, String)> {
    let copy =
        format!("Copy the {name} once more: 16 characters, digits and capital letters. {place}");
    Some(match shape {
        Shape::Fine | Shape::Absent => return None,
        Shape::Placeholder => (
            "The example's placeholder is still there in place of the key.".into(),
            format!("Put your own {name} where {sample} or the like stands. {place}"),
        ),
        Shape::Quoted => (
            format!("The key {key} came with quotes or brackets around it; they are taken for a part of it."),
            "Leave the quotes and brackets out of the address: api_key= and then the 16 characters.".into(),
        ),
        Shape::Blank => (
            format!("There is a blank inside the key {key}."),
            format!("Take the blank out. {copy}"),
        ),
        Shape::LowerCase => (
            format!("The key {key} is written in small letters; keys are in capital letters."),
            format!("Send it as it stands, without changing its letters. {copy}"),
        ),
        Shape::Length(length) => (
            format!("The key {key} has {length} characters; keys have 16."),
            if length < 16 { format!("A part was lost when it was copied. {copy}") } else { copy },
        ),
        Shape::Strange => (
            format!("The key {key} holds a character that no key has."),
            copy,
        ),
    })
}

/// A channel by its number, if both are one owner's; else without.
fn which(held: Held, named: Named) -> String {
    match named {
        Named::Channel(named) if named.owner != held.owner => "another channel".into(),
        _ => format!("channel {}", held.channel),
    }
}

fn number(facts: &Facts) -> String {
    facts.channel.map(|id| id.to_string()).unwrap_or_default()
}

pub(super) fn named(facts: &Facts) -> String {
    facts.key.as_deref().map(mask::key).unwrap_or_default()
}
