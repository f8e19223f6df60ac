//! What the other side says about a channel: what it is called, what it holds and, to who may know them, its keys.

use std::time::Duration;

use fieldpost_store::relays::Tongue;
use fieldpost_wire::channel::{About, ReadKey};
use fieldpost_wire::{ApiKey, FieldNo, Params, Timestamp, Zone};
use serde_json::Value;
use tokio::time::sleep;

use crate::relays::remote::{Remote, Snag, entry};

/// How often a question is asked again, and the first wait for that; each further one is twice as long.
const TRIES: u32 = 3;
const AGAIN_MS: u64 = 150;

/// A channel of another server.
#[derive(Clone, Debug)]
pub struct Found {
    /// What its owner says about it.
    pub about: About,
    /// Its highest id, which is how many entries it has unless some were deleted.
    pub entries: u64,
    /// The time of its first entry, if that is still there.
    pub first_at: Option<Timestamp>,
    /// The time of its newest entry.
    pub last_at: Option<Timestamp>,
    /// Its write key, if the user key tells it.
    pub write_key: Option<ApiKey>,
    /// Its read keys, as far as they are known.
    pub read_keys: Vec<ReadKey>,
    /// How the server is spoken to.
    pub(super) tongue: Tongue,
    /// The key that opens it.
    pub(super) key: String,
}

impl Found {
    /// Asks for it. The user key tells more than a read key does, and opens the channel too.
    pub(super) async fn ask(mut remote: Remote<'_>, user_key: &str) -> Result<Self, Snag> {
        let tongue = tongue(&remote).await?;
        let channel = remote.channel;
        let mut told = Value::Null;
        if user_key.is_empty() {
            // Tells the tags of a public channel; there is nothing to know of others.
            let path = format!("/channels/{channel}.json");
            match object(&remote, &path).await {
                Ok(object) => told = object,
                Err(Snag::Lasting(_)) => {}
                Err(snag) => return Err(snag),
            }
        } else {
            let path = format!("/channels/{channel}.json?api_key={user_key}");
            told = object(&remote, &path).await?;
        }
        let (write_key, mut read_keys) = keys(&told);
        let key = match (remote.key, read_keys.first(), write_key) {
            ("", Some(read), _) => read.key.reveal().to_string(),
            ("", None, Some(write)) => write.reveal().to_string(),
            (given, ..) => given.to_string(),
        };
        if let Ok(key) = key.parse::<ApiKey>()
            && write_key != Some(key)
            && read_keys.iter().all(|known| known.key != key)
        {
            read_keys.push(ReadKey { key, note: String::new() });
        }
        remote.key = &key;
        let newest = format!("/channels/{channel}/feeds.json?results=1&metadata=true");
        let feed = object(&remote, &newest).await?;
        let shown = &feed["channel"];
        if !shown.is_object() {
            return Err(Snag::Passing("what came is no feed of a channel".into()));
        }
        let mut about = about([shown, &told]);
        if tongue == Tongue::Fieldpost {
            let path = format!("/api/v1/channels/{channel}?key={key}");
            let zone = object(&remote, &path).await.ok();
            let zone = zone.as_ref().and_then(|more| more["timezone"].as_str());
            about.timezone =
                zone.filter(|name| Zone::named(name).is_some()).map(ToString::to_string);
        }
        let last = feed["feeds"].as_array().and_then(|feeds| feeds.last());
        let time = |one: &Value| entry(one).and_then(|(_, update)| update.created_at);
        // Some servers do not know the question, or have no such entry any more.
        let first = object(&remote, &format!("/channels/{channel}/feeds/1.json")).await.ok();
        Ok(Self {
            about,
            entries: shown["last_entry_id"].as_u64().unwrap_or_default(),
            first_at: first.as_ref().and_then(time),
            last_at: last.and_then(time),
            write_key,
            read_keys,
            tongue,
            key,
        })
    }
}

/// Counts the tries at one question: somebody waits for the answer, but not for long.
#[derive(Default)]
struct Tries(u32);

impl Tries {
    /// True after a while if it is worth asking again.
    async fn again(&mut self, snag: &Snag) -> bool {
        let passing = matches!(snag, Snag::Wait(..) | Snag::Passing(_));
        if !passing || self.0 >= TRIES {
            return false;
        }
        self.0 += 1;
        sleep(Duration::from_millis(AGAIN_MS << self.0)).await;
        true
    }
}

async fn tongue(remote: &Remote<'_>) -> Result<Tongue, Snag> {
    let mut tries = Tries::default();
    loop {
        match remote.tongue().await {
            Err(snag) if tries.again(&snag).await => {}
            answer => return answer,
        }
    }
}

async fn object(remote: &Remote<'_>, path: &str) -> Result<Value, Snag> {
    let mut tries = Tries::default();
    loop {
        match remote.object(path).await {
            Err(snag) if tries.again(&snag).await => {}
            answer => return answer,
        }
    }
}

/// The write key and the read keys that an object of the owner's tells.
fn keys(told: &Value) -> (Option<ApiKey>, Vec<ReadKey>) {
    let (mut write, mut read) = (None, Vec::new());
    for one in told["api_keys"].as_array().into_iter().flatten() {
        let Some(key) = one["api_key"].as_str().and_then(|key| key.parse().ok()) else { continue };
        if one["write_flag"] == true {
            write = Some(key);
        } else {
            let note = one["note"].as_str().unwrap_or_default().to_string();
            read.push(ReadKey { key, note });
        }
    }
    (write, read)
}

/// What objects say, the later ones winning.
fn about(objects: [&Value; 2]) -> About {
    let mut params = Params::default();
    let names = [
        "name",
        "description",
        "latitude",
        "longitude",
        "elevation",
        "metadata",
        "url",
        "github_url",
        "public_flag",
    ];
    let names = names.into_iter().chain(FieldNo::ALL.map(fieldpost_wire::FieldNo::name));
    for (name, object) in names.flat_map(|name| objects.map(|object| (name, object))) {
        match &object[name] {
            Value::String(text) => params.set(name, text),
            Value::Null | Value::Array(_) | Value::Object(_) => {}
            plain => params.set(name, &plain.to_string()),
        }
    }
    let tags: Vec<&str> = objects
        .iter()
        .flat_map(|object| object["tags"].as_array().into_iter().flatten())
        .filter_map(|tag| tag.as_str().or_else(|| tag["name"].as_str()))
        .collect();
    params.set("tags", &tags.join(","));
    let mut about = About::default();
    about.apply(&params);
    about
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_objects_of_a_channel_make_one() {
        let shown = json!({"id": 7, "name": "Greenhouse", "latitude": "47.5", "field1": "Air", "metadata": "m", "last_entry_id": 3});
        let told = json!({"name": "Greenhouse", "public_flag": true, "url": null, "elevation": "431",
            "tags": [{"id": 1, "name": "bench"}, {"id": 2, "name": "north"}],
            "api_keys": [{"api_key": "W4K2QZ81TTP0XN7B", "write_flag": true}, {"api_key": "R9M5C3JH60VYD2EA", "write_flag": false}]});
        let about = about([&shown, &told]);
        assert_eq!((about.name.as_str(), about.public), ("Greenhouse", true));
        assert_eq!((about.latitude.as_deref(), about.longitude), (Some("47.5"), None));
        assert_eq!(
            (about.elevation.as_deref(), about.metadata.as_deref()),
            (Some("431"), Some("m"))
        );
        assert_eq!((about.labels[0].as_deref(), about.labels[1].as_deref()), (Some("Air"), None));
        assert_eq!(
            about.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(),
            ["bench", "north"]
        );
        let (write, read) = keys(&told);
        assert_eq!(write.map(|key| key.reveal().to_string()).as_deref(), Some("W4K2QZ81TTP0XN7B"));
        assert_eq!(read.len(), 1);
    }
}
