//! What the names, rights and maps of a device must be.

use fieldpost_store::{Right, TopicMap};
use fieldpost_wire::update::cut;
use fieldpost_wire::{ChannelId, topic};

use crate::refusal::Refusal;

/// How many rights a device may have.
const RIGHTS_MAX: usize = 500;
/// How many maps a device may have.
const MAPS_MAX: usize = 100;
/// The longest chosen client id.
const CLIENT_ID_MAX: usize = 64;
/// The longest topic of a map, in bytes.
const TOPIC_MAX: usize = 256;
/// The longest path of a map, in bytes.
const PATH_MAX: usize = 200;

/// Checks a client id that somebody chose.
pub(super) fn client_id(id: &str) -> Result<String, Refusal> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | ':');
    if id.is_empty() || id.len() > CLIENT_ID_MAX || !id.chars().all(fine) {
        return Err(Refusal::BadValue(format!(
            "a client id has 1 to {CLIENT_ID_MAX} letters, digits or . _ - @ : characters"
        )));
    }
    Ok(id.to_string())
}

/// Checks a name; an empty one becomes the client id.
pub(super) fn name(name: &str, client_id: &str) -> String {
    let name = cut(name.trim());
    if name.is_empty() { client_id.to_string() } else { name.to_string() }
}

/// Checks rights: those of one channel become one, those that allow nothing go.
pub(super) fn rights(rights: &[Right]) -> Result<Vec<Right>, Refusal> {
    let mut kept: Vec<Right> = Vec::new();
    for right in rights.iter().filter(|right| right.publish || right.subscribe) {
        if let Some(id) = right.channel {
            ChannelId::new(id).ok_or_else(|| no_such(id))?;
        }
        match kept.iter_mut().find(|known| known.channel == right.channel) {
            Some(known) => {
                known.publish |= right.publish;
                known.subscribe |= right.subscribe;
            }
            None => kept.push(*right),
        }
    }
    if kept.len() > RIGHTS_MAX {
        return Err(Refusal::BadValue(format!(
            "a device can have rights on {RIGHTS_MAX} channels one by one; give it the right to all"
        )));
    }
    Ok(kept)
}

/// Checks maps by themselves; whether the device may write there is for the caller to say.
pub(super) fn maps(maps: &[TopicMap]) -> Result<Vec<TopicMap>, Refusal> {
    if maps.len() > MAPS_MAX {
        return Err(Refusal::BadValue(format!("a device can have {MAPS_MAX} maps")));
    }
    maps.iter().map(map).collect()
}

fn map(map: &TopicMap) -> Result<TopicMap, Refusal> {
    let said = |why: String| Err(Refusal::BadValue(why));
    let topic = map.topic.trim();
    if topic.is_empty() || topic.len() > TOPIC_MAX {
        return said(format!("a map needs a topic of 1 to {TOPIC_MAX} bytes"));
    }
    if topic.contains(['+', '#', '\0']) {
        return said(format!(
            "the topic {topic} holds a wildcard; name each topic that carries a value by itself"
        ));
    }
    if topic.starts_with('$') || topic.split('/').next() == Some(topic::CHANNELS) {
        return said(format!(
            "the topic {topic} needs no map; messages to channels/ID/publish are stored as they are"
        ));
    }
    let path = map.path.as_deref().map(str::trim).filter(|path| !path.is_empty());
    if path.is_some_and(|path| path.len() > PATH_MAX) {
        return said(format!("the path of a map has at most {PATH_MAX} bytes"));
    }
    if !(1..=8).contains(&map.field) {
        return said(format!("there is no field {}; a channel has the fields 1 to 8", map.field));
    }
    ChannelId::new(map.channel).ok_or_else(|| no_such(map.channel))?;
    Ok(TopicMap { topic: topic.to_string(), path: path.map(Into::into), ..map.clone() })
}

/// The "no" to a channel that is not there, or that the user may not know of.
pub(super) fn no_such(id: u64) -> Refusal {
    Refusal::BadValue(format!("there is no channel {id} that the device's user may look at"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(channel: Option<u64>, publish: bool, subscribe: bool) -> Right {
        Right { channel, publish, subscribe }
    }

    #[test]
    fn rights_of_one_channel_become_one_and_empty_ones_go() {
        let given = [
            right(Some(7), true, false),
            right(None, false, true),
            right(Some(7), false, true),
            right(Some(8), false, false),
        ];
        let kept = rights(&given).unwrap();
        assert_eq!(kept, [right(Some(7), true, true), right(None, false, true)]);
        assert!(rights(&[right(Some(0), true, true)]).is_err());
        let many: Vec<Right> = (1..=501).map(|n| right(Some(n), true, true)).collect();
        assert!(rights(&many[..500]).is_ok() && rights(&many).is_err());
    }

    #[test]
    fn a_client_id_may_be_what_boards_call_themselves() {
        for id in ["DVES_12AB9F", "bench-a4cf12ef", "de:ad:be:ef", "anna@roof.2"] {
            assert_eq!(client_id(id), Ok(id.to_string()));
        }
        for id in ["", "two words", "a/b", "ü", &"x".repeat(65)] {
            assert!(client_id(id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_map_names_one_topic_outside_channels_and_one_field() {
        let good = TopicMap {
            topic: " tele/plug/SENSOR ".into(),
            path: Some(" AM2301.Temperature ".into()),
            channel: 7,
            field: 1,
        };
        let kept = maps(std::slice::from_ref(&good)).unwrap();
        assert_eq!(kept[0].topic, "tele/plug/SENSOR");
        assert_eq!(kept[0].path.as_deref(), Some("AM2301.Temperature"));
        let blank = TopicMap { path: Some(" ".into()), ..good.clone() };
        assert_eq!(maps(&[blank]).unwrap()[0].path, None);
        for bad in [
            TopicMap { topic: "tele/+/SENSOR".into(), ..good.clone() },
            TopicMap { topic: "channels/7/publish".into(), ..good.clone() },
            TopicMap { topic: "$SYS/uptime".into(), ..good.clone() },
            TopicMap { topic: String::new(), ..good.clone() },
            TopicMap { field: 9, ..good.clone() },
            TopicMap { channel: 0, ..good.clone() },
        ] {
            assert!(
                matches!(maps(std::slice::from_ref(&bad)), Err(Refusal::BadValue(_))),
                "{bad:?}"
            );
        }
    }
}
