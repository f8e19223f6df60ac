//! The past of a channel: pages of entries, stretches, aggregates, and what corrections say.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Entry;

/// How much a channel holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Extent {
    /// How many entries.
    pub entries: u64,
    /// The time of the earliest.
    #[schema(required)]
    pub first_at: Option<i64>,
    /// The time of the latest.
    #[schema(required)]
    pub last_at: Option<i64>,
    /// About how many bytes they take on disk.
    pub bytes: u64,
}

/// A page of entries.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Entries {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// There are more: older ones, or with `after` newer ones.
    pub more: bool,
    /// The highest id that an entry of the channel was given; 0 while there was none.
    pub last_id: u64,
}

/// A stretch of a channel as columns of numbers, thinned so that it fits a chart and no spike is lost.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Series {
    /// Where it begins.
    pub start_at: i64,
    /// Where it ends.
    pub end_at: i64,
    /// How long a time each point stands for, in milliseconds; 0 if each is an entry.
    pub resolution_ms: i64,
    /// How many entries lie in the range.
    pub entries: u64,
    /// The channel's newest id when this was read: whoever listens on goes on after it.
    pub last_id: u64,
    /// The time of each point, ascending.
    pub times: Vec<i64>,
    /// The values of each field, one for each time.
    pub columns: Vec<Column>,
}

/// A field's values. What is no number is `null`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Column {
    /// The field, 1 to 8.
    pub no: u8,
    /// The value of the entry, or the last of those that the point stands for.
    pub values: Vec<Option<f64>>,
    /// The lowest of those that each point stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Option<f64>>, required = false)]
    pub low: Option<Vec<Option<f64>>>,
    /// The highest of those that each point stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Option<f64>>, required = false)]
    pub high: Option<Vec<Option<f64>>>,
    /// How many values are left out since they lie outside of what the owner believes.
    pub hidden: u64,
}

/// One number of each span of a stretch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Aggregates {
    /// Where the stretch begins.
    pub start_at: i64,
    /// Where it ends.
    pub end_at: i64,
    /// How long a span is, in milliseconds.
    pub every_ms: i64,
    /// How many entries lie in the stretch.
    pub entries: u64,
    /// Where each span begins, ascending. Spans in which no field has a number are left out.
    pub times: Vec<i64>,
    /// What was asked for, of each field.
    pub columns: Vec<Made>,
}

/// What was made of a field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Made {
    /// The field, 1 to 8.
    pub no: u8,
    /// `mean`, `median`, `min`, `max`, `sum` or `count`.
    pub how: String,
    /// One number for each span; `null` where the field has none.
    pub values: Vec<Option<f64>>,
    /// How many values are left out since they lie outside of what the owner believes.
    pub hidden: u64,
}

/// A value as it is said. The description of the API speaks of texts alone; numbers are taken too.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Said {
    /// A text, kept as it is.
    Text(String),
    /// A number.
    Number(serde_json::Number),
}

impl Said {
    /// As it is kept.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

macro_rules! correction {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What changes about an entry. What is left out stays; `null` takes a value away.
        #[derive(Default, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct Correction {
            /// Its time.
            #[serde(default)]
            #[schema(value_type = i64, required = false)]
            pub created_at: Option<i64>,
            $(
                $(#[$doc])*
                #[serde(default, deserialize_with = "super::there")]
                #[schema(value_type = Option<String>, required = false)]
                pub $name: Option<Option<Said>>,
            )*
        }
    };
}

correction! {
    /// Field 1, up to 255 characters.
    field1,
    /// Field 2.
    field2,
    /// Field 3.
    field3,
    /// Field 4.
    field4,
    /// Field 5.
    field5,
    /// Field 6.
    field6,
    /// Field 7.
    field7,
    /// Field 8.
    field8,
    /// A remark.
    status,
    /// Degrees north.
    latitude,
    /// Degrees east.
    longitude,
    /// Metres.
    elevation,
}

/// What was deleted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Deleted {
    /// How many entries.
    pub count: u64,
    /// The entries, if they are at most 1,000: they can be put back.
    pub entries: Vec<Entry>,
}

/// Entries that were deleted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Old {
    /// As the answer that deleted them held them.
    pub entries: Vec<Entry>,
}

/// What became of entries that were put back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PutBack {
    /// How many are back.
    pub stored: u64,
    /// How many were there already, just so.
    pub same: u64,
    /// How many ids belong to entries with another time or other values, which were left.
    pub differs: u64,
}
