//! How channels, entries and users look in the dashboard's API.

use std::collections::BTreeMap;

use fieldpost_engine::history::corrections::Deleted;
use fieldpost_engine::{Access, Engine, Refusal, What};
use fieldpost_store::history::Extent;
use fieldpost_store::{Head, Link, Role, User};
use fieldpost_wire::channel::Valid;
use fieldpost_wire::number::any;
use fieldpost_wire::{Channel, Entry, FieldNo, Timestamp};

use super::schema;

pub(super) fn me(user: &User) -> schema::Me {
    schema::Me {
        login: user.login.clone(),
        admin: user.admin,
        timezone: user.timezone.clone(),
        email: user.email.clone(),
        api_key: user.api_key.reveal().to_string(),
    }
}

pub(crate) fn entry(entry: &Entry) -> schema::Entry {
    let values = &entry.values;
    let text = |text: &fieldpost_wire::entry::Text| text.as_deref().map(str::to_string);
    let fields = FieldNo::ALL
        .iter()
        .filter_map(|field| Some((field.to_string(), values.field(*field)?.to_string())));
    schema::Entry {
        entry_id: entry.id.get(),
        created_at: entry.created_at.millis(),
        fields: fields.collect(),
        status: text(&values.status),
        latitude: text(&values.latitude),
        longitude: text(&values.longitude),
        elevation: text(&values.elevation),
    }
}

pub(super) fn role(role: Role) -> schema::Role {
    match role {
        Role::Owner => schema::Role::Owner,
        Role::Editor => schema::Role::Editor,
        Role::Viewer => schema::Role::Viewer,
    }
}

pub(super) fn deleted(deleted: &Deleted) -> schema::Deleted {
    schema::Deleted { count: deleted.count, entries: deleted.entries.iter().map(entry).collect() }
}

/// Which values of a field are believed, unless all are.
fn valid(valid: &Valid) -> Option<schema::Valid> {
    let bound = |text: &Option<String>| text.as_deref().and_then(any);
    let (min, max) = (bound(&valid.min), bound(&valid.max));
    (min.is_some() || max.is_some()).then_some(schema::Valid { min, max, refuse: valid.refuse })
}

fn extent(extent: Extent) -> schema::Extent {
    schema::Extent {
        entries: extent.entries,
        first_at: extent.first.map(Timestamp::millis),
        last_at: extent.last.map(Timestamp::millis),
        bytes: extent.bytes,
    }
}

/// The fields of a channel that have a label.
pub(super) fn labelled(channel: &Channel) -> impl Iterator<Item = (FieldNo, &str)> {
    FieldNo::ALL.into_iter().filter_map(|no| Some((no, channel.about.label(no)?)))
}

/// A channel at a glance.
pub(super) async fn card(
    engine: &Engine,
    channel: &Channel,
    head: Head,
    what: Option<Role>,
) -> Result<schema::Card, Refusal> {
    let (mut last, mut spark) = (None, BTreeMap::new());
    if head.last.is_some() {
        last = match engine.last(channel.id).await {
            Ok(newest) => Some(entry(&newest)),
            Err(Refusal::NoEntry) => None, // all of them were deleted
            Err(refusal) => return Err(refusal),
        };
        let fields = labelled(channel).map(|(no, _)| no).collect();
        let means = engine.day(channel, fields).await?;
        spark = means.into_iter().map(|(no, means)| (no.to_string(), means)).collect();
    }
    Ok(schema::Card {
        id: channel.id.get(),
        name: channel.name(),
        description: channel.about.description.clone(),
        public: channel.about.public,
        role: what.map(role),
        owner: channel.username.clone(),
        fields: labelled(channel)
            .map(|(no, label)| schema::Field {
                no: no.get(),
                label: label.to_string(),
                valid: valid(&channel.about.valid[no.index()]),
            })
            .collect(),
        last,
        last_write_at: head.last_write_at.map(Timestamp::millis),
        entries: head.last.map_or(0, fieldpost_wire::EntryId::get),
        spark,
    })
}

/// A channel with all that this visitor may see.
pub(super) async fn detail(engine: &Engine, access: &Access) -> Result<schema::Detail, Refusal> {
    let channel = &access.channel;
    let head = engine.head(channel.id).await?;
    let about = &channel.about;
    let (mut shares, mut links) = (None, None);
    if What::Own.is_for(access.role) {
        let shared = engine.shares(access).await?.into_iter();
        let shared = shared.map(|s| schema::SharedWith { login: s.login, role: role(s.role) });
        shares = Some(shared.collect());
        links = Some(engine.links(access).await?.iter().map(link).collect());
    }
    Ok(schema::Detail {
        card: card(engine, channel, head, access.role).await?,
        created_at: channel.created_at.millis(),
        tags: about.tags.iter().map(|tag| tag.name.clone()).collect(),
        url: about.url.clone(),
        timezone: about.timezone.clone(),
        latitude: about.latitude.clone(),
        longitude: about.longitude.clone(),
        elevation: about.elevation.clone(),
        update_interval_ms: about.interval_ms,
        extent: extent(engine.extent(channel.id).await?),
        keep: schema::Keep::of(&about.keep),
        keys: What::Edit.is_for(access.role).then(|| keys(channel, engine.now())),
        shares,
        links,
    })
}

/// A channel after a change, to whoever made it.
pub(super) async fn changed(
    engine: &Engine,
    access: Access,
    channel: Channel,
) -> Result<schema::Detail, Refusal> {
    detail(engine, &Access { channel: channel.into(), role: access.role }).await
}

fn keys(channel: &Channel, now: Timestamp) -> schema::Keys {
    let retiring = channel.retiring.iter().filter(|old| now < old.until);
    schema::Keys {
        write_key: channel.write_key.reveal().to_string(),
        retiring: retiring
            .map(|old| schema::Retiring { hint: old.key.to_string(), until_at: old.until.millis() })
            .collect(),
        read_keys: channel
            .read_keys
            .iter()
            .map(|read| schema::ReadKey {
                key: read.key.reveal().to_string(),
                note: read.note.clone(),
            })
            .collect(),
    }
}

pub(super) fn link(link: &Link) -> schema::Link {
    schema::Link {
        id: link.id,
        note: link.note.clone(),
        created_at: link.created_at.millis(),
        expires_at: link.expires_at.map(Timestamp::millis),
        url: None,
    }
}
