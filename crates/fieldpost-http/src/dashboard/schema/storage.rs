//! How long entries are kept and how much room they take, as pages show it.

use fieldpost_wire::channel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long entries are kept.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// For how many days every entry is kept.
    #[schema(minimum = 1, example = 90)]
    pub days: u32,
    /// What becomes of those that are older: each step keeps one entry for a longer time than the one before. Without any they are
    /// deleted.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub tiers: Vec<Tier>,
}

/// A stretch of the past of which one entry for each span of time is kept.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// One entry for so many minutes, a part of a day.
    #[schema(minimum = 1, maximum = 1440, example = 60)]
    pub minutes: u32,
    /// Until it is so many days old; `null` for ever.
    #[serde(default)]
    #[schema(required)]
    pub days: Option<u32>,
}

/// How much room entries take, and how long the disk lasts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Storage {
    /// How many entries there are.
    pub entries: u64,
    /// The earliest time.
    #[schema(required)]
    pub first_at: Option<i64>,
    /// The latest time.
    #[schema(required)]
    pub last_at: Option<i64>,
    /// About how many bytes they take.
    pub bytes: u64,
    /// How many entries come in a day, by those of the last week.
    pub entries_per_day: f64,
    /// By how many bytes they grow in a day; 0 if as much goes as comes.
    pub bytes_per_day: f64,
    /// How many bytes the disk has left; `null` if that is not known.
    #[schema(required)]
    pub free_bytes: Option<u64>,
    /// What comes of it, in a sentence.
    #[schema(
        example = "At this rate 1.4 MB a month; the disk (12 GB free) is full in about 60 years."
    )]
    pub forecast: String,
    /// How long entries are kept, in a sentence; for all channels together there is none.
    #[schema(required, example = "Keeps every entry for 90 days, then one per hour.")]
    pub keeps: Option<String>,
    /// How many entries would be deleted at once if they were kept so; `null` if nothing was asked.
    #[schema(required)]
    pub deletes: Option<u64>,
}

impl Keep {
    pub(crate) fn of(keep: &channel::Keep) -> Option<Self> {
        let tier = |tier: &channel::Tier| Tier { minutes: tier.minutes, days: tier.days };
        Some(Self { days: keep.days?, tiers: keep.tiers.iter().map(tier).collect() })
    }
}

impl From<Keep> for channel::Keep {
    fn from(keep: Keep) -> Self {
        let tier = |tier: Tier| channel::Tier { minutes: tier.minutes, days: tier.days };
        Self { days: Some(keep.days), tiers: keep.tiers.into_iter().map(tier).collect() }
    }
}
