//! When an automation acts: conditions on a channel, and times. Plain values; whether one is met is for the engine to say.

use serde::{Deserialize, Serialize};

/// When an automation acts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum When {
    /// When a condition on a channel is met.
    React {
        /// The channel.
        channel: u64,
        /// The condition.
        condition: Condition,
        /// When it is looked at.
        check: Check,
        /// Act each time it is found met; otherwise only when it was not met before.
        repeat: bool,
    },
    /// At times.
    Time {
        /// The zone whose clock counts, such as `Europe/Zurich`.
        zone: String,
        /// The times.
        at: At,
        /// Up to so many minutes earlier or later, anew each time.
        fuzz_minutes: u32,
    },
}

/// What must be so in a channel.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Condition {
    /// A field's number compares so.
    Number {
        /// The field, 1 to 8.
        field: u8,
        /// How it compares.
        op: Op,
        /// With what.
        value: f64,
        /// How far the number must come back before the condition counts as no longer met.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(value_type = f64, required = false))]
        hysteresis: Option<f64>,
    },
    /// A field's text compares so; capital and small letters differ.
    Text {
        /// The field, 1 to 8.
        field: u8,
        /// How it compares.
        op: TextOp,
        /// With what.
        value: String,
    },
    /// The status compares so.
    Status {
        /// How it compares.
        op: TextOp,
        /// With what.
        value: String,
    },
    /// The place of an entry is near enough, or too far.
    Place {
        /// Which of them.
        op: PlaceOp,
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// The distance.
        metres: f64,
    },
    /// Nothing came for a while.
    Silence {
        /// How long.
        minutes: u32,
        /// How long entries must come again before it counts as no longer silent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(value_type = u32, required = false))]
        back_minutes: Option<u32>,
    },
}

/// How numbers compare.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Op {
    /// Above.
    #[serde(rename = ">")]
    Above,
    /// At or above.
    #[serde(rename = ">=")]
    AtLeast,
    /// Below.
    #[serde(rename = "<")]
    Below,
    /// At or below.
    #[serde(rename = "<=")]
    AtMost,
    /// The same number, however it is written.
    #[serde(rename = "==")]
    Equal,
    /// Another number.
    #[serde(rename = "!=")]
    Differs,
}

/// How texts compare.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TextOp {
    /// It is in it somewhere.
    Contains,
    /// It begins with it.
    StartsWith,
    /// It ends with it.
    EndsWith,
    /// It is the same.
    Is,
    /// It is another.
    IsNot,
}

/// On which side of a distance.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlaceOp {
    /// At most as far.
    Inside,
    /// Further.
    Outside,
}

/// When a condition is looked at.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Check {
    /// With each entry that comes; silence as soon as it has lasted long enough.
    Insert(OnInsert),
    /// Every 10, 30 or 60 minutes, at the newest entry.
    Minutes(u32),
}

/// The word for "with each entry that comes".
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnInsert {
    /// `insert`
    Insert,
}

/// Times at which something is done.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum At {
    /// Once.
    Once {
        /// When, in milliseconds since 1970.
        at: i64,
    },
    /// On some days of each week.
    Week {
        /// The days: 1 is Monday, 7 is Sunday.
        days: Vec<u8>,
        /// The time of day.
        #[cfg_attr(feature = "schema", schema(example = "07:30"))]
        time: String,
    },
    /// Each day.
    Day {
        /// The time of day.
        #[cfg_attr(feature = "schema", schema(example = "07:30"))]
        time: String,
    },
    /// Every so many hours, counted from when the automation was saved.
    Hours {
        /// How many.
        every: u32,
    },
    /// Every so many minutes, counted from when the automation was saved.
    Minutes {
        /// How many.
        every: u32,
    },
}

impl When {
    /// The channel that it looks at.
    pub const fn channel(&self) -> Option<u64> {
        match self {
            Self::React { channel, .. } => Some(*channel),
            Self::Time { .. } => None,
        }
    }
}
