//! Channels and what they hold, as pages show them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody may do with a channel.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Owner,
    /// Change settings and keys.
    Editor,
    /// Look.
    Viewer,
}

/// A field that has a label.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Field {
    /// 1 to 8.
    pub no: u8,
    /// Its label.
    pub label: String,
    /// Which of its values are believed; left out if all are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Valid, required = false)]
    pub valid: Option<Valid>,
}

/// Which values of a field are believed. Others are stored as they come, but neither charts nor aggregates count them; or updates with
/// them are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Valid {
    /// The lowest; `null` for no bound.
    #[serde(default)]
    #[schema(required)]
    pub min: Option<f64>,
    /// The highest.
    #[serde(default)]
    #[schema(required)]
    pub max: Option<f64>,
    /// Updates with a number outside are refused.
    #[serde(default)]
    #[schema(required)]
    pub refuse: bool,
}

/// An accepted update.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct Entry {
    /// Its place in the order of acceptance, from 1.
    pub entry_id: u64,
    /// The time it speaks of.
    pub created_at: i64,
    /// The values by number of the field, exactly as they were sent. A field without a value is left out.
    pub fields: BTreeMap<String, String>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub status: Option<String>,
    /// Degrees north.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub latitude: Option<String>,
    /// Degrees east.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub longitude: Option<String>,
    /// Metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub elevation: Option<String>,
}

/// A channel at a glance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Card {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// A description.
    #[schema(required)]
    pub description: Option<String>,
    /// Anyone may read it.
    pub public: bool,
    /// What the asker may do here; `null` for who only looks in.
    #[schema(required)]
    pub role: Option<Role>,
    /// The owner's login.
    pub owner: String,
    /// The fields that have a label.
    pub fields: Vec<Field>,
    /// The newest entry.
    #[schema(required)]
    pub last: Option<Entry>,
    /// When the last accepted update was received.
    #[schema(required)]
    pub last_write_at: Option<i64>,
    /// The highest id that an entry was given; 0 while there was none. Entries may have been deleted since.
    pub entries: u64,
    /// Means over each half hour of the last 24 hours, oldest first, by number of the field. Empty if nothing came.
    pub spark: BTreeMap<String, Vec<Option<f64>>>,
}

/// A channel with all that its reader may see.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Detail {
    /// At a glance.
    #[serde(flatten)]
    pub card: Card,
    /// When it was made.
    pub created_at: i64,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// A page about it.
    #[schema(required)]
    pub url: Option<String>,
    /// The zone in which its times are shown; `null` for the viewer's own.
    #[schema(required)]
    pub timezone: Option<String>,
    /// Degrees north.
    #[schema(required)]
    pub latitude: Option<String>,
    /// Degrees east.
    #[schema(required)]
    pub longitude: Option<String>,
    /// Metres.
    #[schema(required)]
    pub elevation: Option<String>,
    /// The least time between two updates; `null` for the server's own.
    #[schema(required)]
    pub update_interval_ms: Option<u64>,
    /// How much it holds.
    pub extent: super::Extent,
    /// How long entries are kept; `null` for ever.
    #[schema(required)]
    pub keep: Option<super::Keep>,
    /// For editors and the owner only.
    #[schema(required)]
    pub keys: Option<Keys>,
    /// Whom it is shared with, for the owner only.
    #[schema(required)]
    pub shares: Option<Vec<SharedWith>>,
    /// The links that open it, for the owner only.
    #[schema(required)]
    pub links: Option<Vec<Link>>,
}

/// The keys of a channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Keys {
    /// The key that boards write with.
    pub write_key: String,
    /// Keys that were replaced and still write for a while.
    pub retiring: Vec<Retiring>,
    /// Keys that programs read with.
    pub read_keys: Vec<ReadKey>,
}

/// A write key that was replaced.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Retiring {
    /// Its first two characters.
    #[schema(example = "V3…")]
    pub hint: String,
    /// Until when it writes.
    pub until_at: i64,
}

/// A read key and what it is for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReadKey {
    /// The key.
    pub key: String,
    /// A remark.
    pub note: String,
}

/// Somebody whom a channel is shared with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SharedWith {
    /// The user.
    pub login: String,
    /// `editor` or `viewer`.
    pub role: Role,
}

/// A link that lets whoever has it look at a channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Link {
    /// Its number.
    pub id: u64,
    /// Whom it is for.
    pub note: String,
    /// When it was made.
    pub created_at: i64,
    /// When it ends.
    #[schema(required)]
    pub expires_at: Option<i64>,
    /// The link itself, told only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "/channels/7?link=…")]
    pub url: Option<String>,
}

/// The channels of the one who is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Channels {
    /// Those that the user owns.
    pub own: Vec<Card>,
    /// Those that others share with the user.
    pub shared: Vec<Card>,
}

/// A page of public channels, the best described first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicChannels {
    /// The channels of this page.
    pub cards: Vec<Card>,
    /// How many there are on all pages.
    pub total: usize,
    /// This page, from 1.
    pub page: usize,
    /// How many stand on a page.
    pub per_page: usize,
}

/// A channel to be made.
#[derive(Deserialize, ToSchema)]
pub struct NewChannel {
    /// Its name.
    pub name: String,
    /// A description.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub description: Option<String>,
    /// The labels of its fields, one to eight.
    #[schema(min_items = 1, max_items = 8)]
    pub fields: Vec<String>,
    /// Anyone may read it.
    #[serde(default)]
    #[schema(required = false)]
    pub public: bool,
    /// Its number, such as the one a sketch has in it.
    #[serde(default)]
    #[schema(value_type = u64, required = false)]
    pub id: Option<u64>,
    /// Its write key: 16 digits and capital letters.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub write_key: Option<String>,
    /// Its read key.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub read_key: Option<String>,
}

/// What changes about a channel. What is left out stays; `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelChanges {
    /// Its name.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub name: Option<String>,
    /// A description.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<String>, required = false)]
    pub description: Option<Option<String>>,
    /// Labels by number of the field.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Option<String>>, required = false)]
    pub fields: Option<BTreeMap<String, Option<String>>>,
    /// Which values are believed, by number of the field; `null`, or one without bounds, believes all.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Valid>, required = false)]
    pub valid: Option<BTreeMap<String, Option<Valid>>>,
    /// Words to find it by.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false)]
    pub tags: Option<Vec<String>>,
    /// Anyone may read it. Only the owner may change this.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    pub public: Option<bool>,
    /// A page about it.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<String>, required = false)]
    pub url: Option<Option<String>>,
    /// Degrees north.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<String>, required = false)]
    pub latitude: Option<Option<String>>,
    /// Degrees east.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<String>, required = false)]
    pub longitude: Option<Option<String>>,
    /// Metres.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<String>, required = false)]
    pub elevation: Option<Option<String>>,
    /// The zone in which its times are shown.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<String>, required = false)]
    pub timezone: Option<Option<String>>,
    /// The least time between two updates, up to a day; 0 for none, `null` for the server's own.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<u64>, required = false)]
    pub update_interval_ms: Option<Option<u64>>,
    /// How long entries are kept; `null` for ever. What is older is deleted or thinned soon. Only the owner may change this.
    #[serde(default, deserialize_with = "super::there")]
    #[schema(value_type = Option<super::Keep>, required = false)]
    pub keep: Option<Option<super::Keep>>,
}

/// A read key to be made.
#[derive(Deserialize, ToSchema)]
pub struct NewReadKey {
    /// What it is for.
    #[serde(default)]
    #[schema(required = false)]
    pub note: String,
}

/// What the live stream tells in an `entry` event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Told {
    /// The channel that has it.
    pub channel: u64,
    /// What it has now.
    pub entry: Entry,
}
