//! How long entries are kept, as people say it: `90d`, `90d, hourly 2y, daily`, `all`. Reading that, spelling it, saying it in a sentence,
//! and what can't be.

use fieldpost_wire::channel::{Keep, Tier};

use super::words::count;
use crate::refusal::Refusal;

/// The most tiers.
pub const TIERS_MAX: usize = 3;
/// The longest time, in days: a century.
const DAYS_MAX: u32 = 36_500;
const DAY: u32 = 1_440;

/// Reads what was said, and makes sure that it can be.
///
/// # Errors
/// [`Refusal::BadValue`] says what is wrong.
pub fn parse(text: &str) -> Result<Keep, Refusal> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() || text == "all" {
        return Ok(Keep::default());
    }
    let mut parts = text.split(',').map(str::trim);
    let first = parts.next().unwrap_or_default();
    let days =
        days(first).ok_or_else(|| no(&format!("{first:?} is no time; say 90d, 12w or 2y")))?;
    let tiers = parts.map(|part| {
        let part = part.strip_prefix("every ").unwrap_or(part);
        let (every, until) = match part.split_once(' ') {
            Some((every, until)) => (every, Some(until.trim())),
            None => (part, None),
        };
        let tier = minutes(every).zip(match until {
            Some(until) => self::days(until).map(Some),
            None => Some(None),
        });
        tier.map(|(minutes, days)| Tier { minutes, days }).ok_or_else(|| {
            no(&format!(
                "{part:?} is no step; say hourly, daily, or 15min, and until when: hourly 2y"
            ))
        })
    });
    let keep = Keep { days: Some(days), tiers: tiers.collect::<Result<_, _>>()? };
    check(&keep)?;
    Ok(keep)
}

/// Makes sure that it can be: at least a day, then coarser and longer from step to step.
///
/// # Errors
/// [`Refusal::BadValue`] says what is wrong.
pub fn check(keep: &Keep) -> Result<(), Refusal> {
    let Some(days) = keep.days else {
        return match keep.tiers.is_empty() {
            true => Ok(()),
            false => Err(no("steps come after a number of days for which every entry is kept")),
        };
    };
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(no("every entry is kept for at least 1 day, and 36,500 at most"));
    }
    if keep.tiers.len() > TIERS_MAX {
        return Err(no("three steps are the most"));
    }
    let (mut before, mut until) = (1, Some(days));
    for (at, tier) in keep.tiers.iter().enumerate() {
        if tier.minutes == 0 || !DAY.is_multiple_of(tier.minutes) {
            return Err(no(
                "a step keeps one entry for a part of a day: 1, 5, 15 or 30 minutes, 1, 6 or 12 hours, a day",
            ));
        }
        if at > 0 && (tier.minutes <= before || tier.minutes % before != 0) {
            return Err(no("each step is coarser than the one before, and a multiple of it"));
        }
        match (until, tier.days) {
            (None, _) => return Err(no("no step comes after one that is for ever")),
            (Some(until), Some(days)) if days <= until || days > DAYS_MAX => {
                return Err(no(
                    "each step lasts longer than the one before, and 36,500 days at most",
                ));
            }
            _ => {}
        }
        (before, until) = (tier.minutes, tier.days);
    }
    Ok(())
}

/// Spells it as it is read.
pub fn spelled(keep: &Keep) -> String {
    let Some(days) = keep.days else { return "all".into() };
    let mut text = short(days);
    for tier in &keep.tiers {
        text.push_str(", ");
        match tier.minutes {
            60 => text.push_str("hourly"),
            DAY => text.push_str("daily"),
            minutes if minutes % 60 == 0 => text.push_str(&format!("{}h", minutes / 60)),
            minutes => text.push_str(&format!("{minutes}min")),
        }
        if let Some(days) = tier.days {
            text.push_str(&format!(" {}", short(days)));
        }
    }
    text
}

/// Says it in a sentence.
pub fn in_words(keep: &Keep) -> String {
    let Some(days) = keep.days else { return "Keeps every entry for ever.".into() };
    let mut text = format!("Keeps every entry for {}", time(days));
    let mut ends = true;
    for tier in &keep.tiers {
        let each = match tier.minutes {
            1 => "minute".into(),
            60 => "hour".into(),
            DAY => "day".into(),
            minutes if minutes % 60 == 0 => format!("{} hours", minutes / 60),
            minutes => format!("{minutes} minutes"),
        };
        text.push_str(&format!(", then one per {each}"));
        if let Some(days) = tier.days {
            text.push_str(&format!(" until it is {} old", time(days)));
        }
        ends = tier.days.is_some();
    }
    text.push_str(if ends { ", then deletes it." } else { "." });
    text
}

/// For how many days anything is kept at all; `None` for ever.
pub(super) fn end(keep: &Keep) -> Option<u32> {
    keep.tiers.last().map_or(keep.days, |tier| tier.days)
}

fn time(days: u32) -> String {
    match days {
        days if days % 365 == 0 => count(u64::from(days / 365), "year", "years"),
        days => count(u64::from(days), "day", "days"),
    }
}

fn short(days: u32) -> String {
    if days.is_multiple_of(365) { format!("{}y", days / 365) } else { format!("{days}d") }
}

fn days(text: &str) -> Option<u32> {
    let units =
        [("days", 1), ("day", 1), ("d", 1), ("w", 7), ("years", 365), ("year", 365), ("y", 365)];
    units.iter().find_map(|(unit, days)| {
        text.strip_suffix(unit)?.trim().parse::<u32>().ok()?.checked_mul(*days)
    })
}

fn minutes(text: &str) -> Option<u32> {
    match text {
        "hourly" => Some(60),
        "daily" => Some(DAY),
        text => [("min", 1), ("m", 1), ("h", 60), ("d", DAY)].iter().find_map(|(unit, minutes)| {
            text.strip_suffix(unit)?.parse::<u32>().ok()?.checked_mul(*minutes)
        }),
    }
}

fn no(why: &str) -> Refusal {
    Refusal::BadValue(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelled_is_read_and_said() {
        let all = [
            ("all", "Keeps every entry for ever."),
            ("90d", "Keeps every entry for 90 days, then deletes it."),
            (
                "90d, hourly 2y, daily",
                "Keeps every entry for 90 days, then one per hour until it is 2 years old, then one per day.",
            ),
            (
                "1d, 15min 30d",
                "Keeps every entry for 1 day, then one per 15 minutes until it is 30 days old, then deletes it.",
            ),
            ("1y, 6h", "Keeps every entry for 1 year, then one per 6 hours."),
        ];
        for (text, said) in all {
            let keep = parse(text).unwrap();
            assert_eq!((spelled(&keep).as_str(), in_words(&keep).as_str()), (text, said));
        }
        assert_eq!(
            spelled(&parse("12w,every 60min 730 days, every 1d").unwrap()),
            "84d, hourly 2y, daily"
        );
        assert_eq!(parse(" ").unwrap(), Keep::default());
    }

    #[test]
    fn what_can_not_be_is_refused_in_words() {
        let wrong = [
            ("0d", "at least 1 day"),
            ("90", "is no time"),
            ("90d, sometimes", "is no step"),
            ("90d, 7min", "part of a day"),
            ("90d, 0min", "part of a day"),
            ("90d, hourly, daily", "no step comes after"),
            ("90d, daily 1y, hourly", "coarser"),
            ("90d, 10min 1y, 15min", "multiple"),
            ("90d, hourly 90d", "longer"),
            ("90d, hourly 2y, daily 1y", "longer"),
            ("9d, 1min 10d, 5min 11d, 15min 12d, 30min", "three"),
            ("4000y", "at most"),
            ("99999999999y", "is no time"),
        ];
        for (text, why) in wrong {
            let refused = parse(text).unwrap_err().to_string();
            assert!(refused.contains(why), "{text}: {refused}");
        }
        let tiers = vec![Tier { minutes: 60, days: None }];
        assert!(check(&Keep { days: None, tiers }).is_err());
    }
}
