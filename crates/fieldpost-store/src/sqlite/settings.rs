//! A channel's settings of its history as the file keeps them: JSON, absent for the defaults.

use fieldpost_wire::FieldNo;
use fieldpost_wire::channel::{Keep, Tier, Valid};
use rusqlite::Row;
use serde::{Deserialize, Serialize};

use super::rows::{json, read_json};
use crate::store::StoreError;

#[derive(Serialize, Deserialize)]
struct ValidText {
    min: Option<String>,
    max: Option<String>,
    refuse: bool,
}

#[derive(Serialize, Deserialize)]
struct KeepText {
    days: Option<u32>,
    /// Minutes, and days.
    tiers: Vec<(u32, Option<u32>)>,
}

pub(super) fn valid_text(valid: &[Valid; FieldNo::COUNT]) -> Result<Option<String>, StoreError> {
    if *valid == <[Valid; FieldNo::COUNT]>::default() {
        return Ok(None);
    }
    let texts = valid.clone().map(|Valid { min, max, refuse }| ValidText { min, max, refuse });
    json(&texts).map(Some)
}

pub(super) fn read_valid(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<[Valid; FieldNo::COUNT]> {
    let mut valid: [Valid; FieldNo::COUNT] = Default::default();
    if row.get_ref(column)?.as_str_or_null()?.is_some() {
        let texts: Vec<ValidText> = read_json(row, column)?;
        for (slot, ValidText { min, max, refuse }) in valid.iter_mut().zip(texts) {
            *slot = Valid { min, max, refuse };
        }
    }
    Ok(valid)
}

pub(super) fn keep_text(keep: &Keep) -> Result<Option<String>, StoreError> {
    if *keep == Keep::default() {
        return Ok(None);
    }
    let tiers = keep.tiers.iter().map(|tier| (tier.minutes, tier.days)).collect();
    json(&KeepText { days: keep.days, tiers }).map(Some)
}

pub(super) fn read_keep(row: &Row<'_>, column: usize) -> rusqlite::Result<Keep> {
    if row.get_ref(column)?.as_str_or_null()?.is_none() {
        return Ok(Keep::default());
    }
    let KeepText { days, tiers } = read_json(row, column)?;
    let tiers = tiers.into_iter().map(|(minutes, days)| Tier { minutes, days }).collect();
    Ok(Keep { days, tiers })
}
