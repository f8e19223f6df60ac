//! Advice about TalkBacks: the number in the address, the key that opens it, and what is asked of it.

use super::keys::{flaw, named as shown};
use crate::doctor::facts::{Facts, Purpose};
use crate::doctor::key::{Found, Holder, Named, Shape};
use crate::refusal::Refusal;

const WHERE: &str = "Number and key of a TalkBack stand on the commands page of its channel.";

/// What is said about a refusal that concerns TalkBacks; `None` if it does not.
pub(super) fn refused(facts: &Facts, found: &Found, refusal: &Refusal) -> Option<(String, String)> {
    let at_talkback = facts.purpose == Purpose::TalkBack;
    Some(match refusal {
        Refusal::KeyMissing | Refusal::TalkBackKeyUnknown if at_talkback => key(facts, found),
        Refusal::TalkBackKeyUnknown => with_update(facts, found),
        Refusal::NoTalkBack => (
            format!("There is no TalkBack {} on this server.", number(facts)),
            match found.holder {
                Holder::TalkBack { id, .. } => {
                    format!("The key is that of TalkBack {id}: put this number into the address.")
                }
                _ => format!("Put the number of the TalkBack into the address. {WHERE}"),
            },
        ),
        Refusal::NoCommand => (
            "The TalkBack has no such command: it was deleted or forgotten, or none was handed out yet.".into(),
            "Ask execute for the next command; its answer has the number that ack takes.".into(),
        ),
        Refusal::QueueFull { max } => (
            format!("{max} commands wait in this TalkBack already. This one was not added."),
            "See that a board fetches them, let commands expire (expire_s), or delete those that are old.".into(),
        ),
        _ => return None,
    })
}

fn key(facts: &Facts, found: &Found) -> (String, String) {
    let id = number(facts);
    if found.shape == Shape::Absent {
        return (
            format!("No API key came along for TalkBack {id}."),
            format!("Add api_key=YOUR_TALKBACK_KEY to the address or the body. {WHERE}"),
        );
    }
    let key = shown(facts);
    if let Some(flaw) = flaw(found.shape, &key, "YOUR_TALKBACK_KEY", "TalkBack's key", WHERE) {
        return flaw;
    }
    let own = format!("Use the key of TalkBack {id}. {WHERE}");
    match found.holder {
        Holder::TalkBack { id: other, user } => match found.named {
            Named::TalkBack { owner, .. } if owner != user => {
                (format!("{key} is the key of another TalkBack, not of TalkBack {id}."), own)
            }
            _ => (
                format!(
                    "{key} is the key of TalkBack {other}, but the address names TalkBack {id}."
                ),
                format!(
                    "Put the number {other} into the address, or use the key of TalkBack {id}."
                ),
            ),
        },
        Holder::Writes(_) => (
            format!(
                "{key} is the write key of a channel. It stores values; TalkBack {id} opens with a key of its own."
            ),
            own,
        ),
        Holder::Reads(_) => (
            format!("{key} is a read key of a channel. TalkBack {id} opens with a key of its own."),
            own,
        ),
        Holder::User(_) => {
            (format!("{key} is a user key. TalkBack {id} opens with a key of its own."), own)
        }
        Holder::Nobody | Holder::Unchecked => (
            format!("{key} does not open TalkBack {id}."),
            format!("{own} If a new key was made there, the old one has ended."),
        ),
    }
}

/// The key came as `talkback_key` with an update, which was stored all the same.
fn with_update(facts: &Facts, found: &Found) -> (String, String) {
    let key = shown(facts);
    let what = match found.holder {
        Holder::Writes(_) => "the write key of a channel",
        Holder::Reads(_) => "a read key of a channel",
        Holder::User(_) => "a user key",
        _ => "not the key of a TalkBack here",
    };
    (
        format!(
            "talkback_key is {key}, which is {what}. The update was taken, but no command could be handed out."
        ),
        format!("Put the TalkBack's own key behind talkback_key=. {WHERE}"),
    )
}

/// The number in the address.
fn number(facts: &Facts) -> &str {
    let path = facts.path.as_deref().unwrap_or_default();
    path.split('/').filter(|word| !word.is_empty()).nth(1).unwrap_or_default()
}
