//! Which values the owner of a channel wants refused: numbers outside of a field's valid range, if the field says so. Where they are stored
//! and left out of charts and aggregates instead, it is the reads that do it.

use fieldpost_wire::number::any;
use fieldpost_wire::{Channel, FieldNo, Update, Values};

use crate::refusal::Refusal;

/// Asks whether a channel takes these values.
///
/// # Errors
/// [`Refusal::OutOfRange`].
pub(crate) fn check(channel: &Channel, values: &Values) -> Result<(), Refusal> {
    for field in FieldNo::ALL {
        let Some(text) = values.field(field) else { continue };
        let valid = &channel.about.valid[field.index()];
        if !valid.refuse {
            continue;
        }
        if any(text).is_some_and(|value| !valid.holds(value)) {
            return Err(Refusal::OutOfRange {
                at: None,
                field,
                value: text.trim().into(),
                min: valid.min.clone(),
                max: valid.max.clone(),
            });
        }
    }
    Ok(())
}

/// Asks whether a channel takes all of these updates.
///
/// # Errors
/// [`Refusal::OutOfRange`] with the place of the first that it does not take.
pub(crate) fn check_all(channel: &Channel, updates: &[Update]) -> Result<(), Refusal> {
    for (before, update) in updates.iter().enumerate() {
        check(channel, &update.values).map_err(|refusal| match refusal {
            Refusal::OutOfRange { field, value, min, max, .. } => {
                Refusal::OutOfRange { at: Some(before + 1), field, value, min, max }
            }
            other => other,
        })?;
    }
    Ok(())
}
