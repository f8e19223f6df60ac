//! Whether an entry meets a condition. Pure: the entry, the condition and what it last was go in, a verdict comes out.

use fieldpost_store::automations::{Condition, Op, PlaceOp, TextOp};
use fieldpost_wire::{Entry, FieldNo};

use super::decimal::Decimal;

/// The Earth's mean radius in metres.
const RADIUS: f64 = 6_371_008.8;

/// What an entry says about a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    /// It is met.
    pub(super) met: bool,
    /// What was looked at.
    pub(super) trigger: String,
    /// Both in words.
    pub(super) reason: String,
}

/// Judges an entry; `None` if it says nothing about the condition: no such field, no number, no place. `was` is what the
/// condition was before, which counts where it must come back some way to end.
pub(super) fn judge(condition: &Condition, entry: &Entry, was: Option<bool>) -> Option<Verdict> {
    match condition {
        Condition::Number { field, op, value, hysteresis } => {
            let text = text_of(entry, *field)?;
            let number = Decimal::read(text)?;
            let mut limit = Decimal::of(*value);
            if let (Some(true), Some(back)) = (was, hysteresis) {
                limit = match op {
                    Op::Above | Op::AtLeast => limit.minus(Decimal::of(*back)),
                    Op::Below | Op::AtMost => limit.plus(Decimal::of(*back)),
                    Op::Equal | Op::Differs => limit,
                };
            }
            let met = match op {
                Op::Above => number > limit,
                Op::AtLeast => number >= limit,
                Op::Below => number < limit,
                Op::AtMost => number <= limit,
                Op::Equal => number == limit,
                Op::Differs => number != limit,
            };
            let text = text.trim();
            let reason = format!("field {field} is {text}, {} {value}", number_words(*op));
            Some(Verdict { met, trigger: text.into(), reason })
        }
        Condition::Text { field, op, value } => {
            let text = text_of(entry, *field)?;
            Some(of_text(text, *op, value, &format!("field {field}")))
        }
        Condition::Status { op, value } => {
            Some(of_text(entry.values.status.as_deref()?, *op, value, "the status"))
        }
        Condition::Place { op, latitude, longitude, metres } => {
            let read = |text: &Option<Box<str>>| text.as_deref()?.parse::<f64>().ok();
            let here = (read(&entry.values.latitude)?, read(&entry.values.longitude)?);
            let away = distance(here, (*latitude, *longitude));
            let met = match op {
                PlaceOp::Inside => away <= *metres,
                PlaceOp::Outside => away > *metres,
            };
            let side = if *op == PlaceOp::Inside { "within" } else { "beyond" };
            let reason = format!("the place is {away:.0} m away, {side} {metres} m");
            Some(Verdict { met, trigger: format!("{},{}", here.0, here.1), reason })
        }
        Condition::Silence { .. } => None,
    }
}

/// The field that a condition looks at.
pub(super) fn field_of(condition: &Condition) -> Option<FieldNo> {
    match condition {
        Condition::Number { field, .. } | Condition::Text { field, .. } => FieldNo::new(*field),
        _ => None,
    }
}

fn text_of(entry: &Entry, field: u8) -> Option<&str> {
    entry.values.field(FieldNo::new(field)?)
}

fn of_text(text: &str, op: TextOp, value: &str, what: &str) -> Verdict {
    let met = match op {
        TextOp::Contains => text.contains(value),
        TextOp::StartsWith => text.starts_with(value),
        TextOp::EndsWith => text.ends_with(value),
        TextOp::Is => text == value,
        TextOp::IsNot => text != value,
    };
    let words = match op {
        TextOp::Contains => "which contains",
        TextOp::StartsWith => "which begins with",
        TextOp::EndsWith => "which ends with",
        TextOp::Is => "which is",
        TextOp::IsNot => "which is not",
    };
    Verdict {
        met,
        trigger: text.into(),
        reason: format!("{what} is \"{text}\", {words} \"{value}\""),
    }
}

fn number_words(op: Op) -> &'static str {
    match op {
        Op::Above => "above",
        Op::AtLeast => "at or above",
        Op::Below => "below",
        Op::AtMost => "at or below",
        Op::Equal => "equal to",
        Op::Differs => "not equal to",
    }
}

/// The way along the Earth between two places in degrees, in metres (haversine).
fn distance(one: (f64, f64), other: (f64, f64)) -> f64 {
    let (lat1, lat2) = (one.0.to_radians(), other.0.to_radians());
    let (north, east) = (lat2 - lat1, (other.1 - one.1).to_radians());
    let half = (north / 2.0).sin().powi(2) + lat1.cos() * lat2.cos() * (east / 2.0).sin().powi(2);
    2.0 * RADIUS * half.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use fieldpost_wire::{EntryId, Timestamp, Update};

    use super::*;

    fn entry(text: &str) -> Entry {
        let update = Update::from([(FieldNo::ALL[0], text)]);
        let (id, created_at) = (EntryId::new(1), Timestamp::default());
        Entry { id, created_at, values: update.values }
    }

    fn number(op: Op, value: f64, hysteresis: Option<f64>) -> Condition {
        Condition::Number { field: 1, op, value, hysteresis }
    }

    fn met(condition: &Condition, text: &str, was: Option<bool>) -> Option<bool> {
        judge(condition, &entry(text), was).map(|verdict| verdict.met)
    }

    #[test]
    fn numbers_are_compared_exactly() {
        for (op, below, same, above) in [
            (Op::Above, false, false, true),
            (Op::AtLeast, false, true, true),
            (Op::Below, true, false, false),
            (Op::AtMost, true, true, false),
            (Op::Equal, false, true, false),
            (Op::Differs, true, false, true),
        ] {
            let condition = number(op, 30.1, None);
            let heard = ["30.0999999999999999999", "30.10", "30.1000000000000001"]
                .map(|text| met(&condition, text, None).unwrap());
            assert_eq!(heard, [below, same, above], "{op:?}");
        }
        assert_eq!(met(&number(Op::Above, 1.0, None), "open", Some(true)), None);
        let elsewhere = Condition::Number { field: 2, op: Op::Above, value: 1.0, hysteresis: None };
        assert_eq!(met(&elsewhere, "5", None), None);
    }

    #[test]
    fn what_is_met_must_come_back_all_the_way() {
        let hot = number(Op::Above, 30.1, Some(0.2));
        assert_eq!(met(&hot, "30", Some(false)), Some(false));
        assert_eq!(met(&hot, "30", Some(true)), Some(true));
        assert_eq!(met(&hot, "29.91", Some(true)), Some(true));
        assert_eq!(met(&hot, "29.9", Some(true)), Some(false));
        let cold = number(Op::AtMost, -18.0, Some(2.0));
        assert_eq!(met(&cold, "-16", Some(true)), Some(true));
        assert_eq!(met(&cold, "-15.9", Some(true)), Some(false));
    }

    #[test]
    fn texts_compare_letter_by_letter() {
        for (op, expected) in [
            (TextOp::Contains, [true, true, true, false, true]),
            (TextOp::StartsWith, [true, true, false, false, false]),
            (TextOp::EndsWith, [true, false, true, false, false]),
            (TextOp::Is, [true, false, false, false, false]),
            (TextOp::IsNot, [false, true, true, true, true]),
        ] {
            let condition = Condition::Text { field: 1, op, value: "on".into() };
            let heard = ["on", "once", "won", "ON", "cone"]
                .map(|text| met(&condition, text, None).unwrap());
            assert_eq!(heard, expected, "{op:?}");
        }
        let status = Condition::Status { op: TextOp::Is, value: "on".into() };
        assert_eq!(met(&status, "on", None), None, "a field is no status");
        let mut entry = entry("off");
        entry.values.status = Some("on".into());
        let verdict = judge(&status, &entry, None).unwrap();
        assert_eq!((verdict.met, verdict.trigger.as_str()), (true, "on"));
        assert_eq!(verdict.reason, "the status is \"on\", which is \"on\"");
    }

    #[test]
    fn a_place_is_as_far_away_as_the_way_along_the_earth() {
        let (zurich, bern) = ((47.378, 8.540), (46.949, 7.439));
        let away = distance(zurich, bern);
        assert!((95_000.0..96_000.0).contains(&away), "{away}");
        assert!((distance((0.0, 179.9), (0.0, -179.9)) - 22_239.0).abs() < 1.0);
        assert_eq!(distance(bern, bern), 0.0);
        let at = |op| Condition::Place { op, latitude: 47.378, longitude: 8.54, metres: 100.0 };
        let mut entry = entry("1");
        assert_eq!(judge(&at(PlaceOp::Inside), &entry, None), None);
        entry.values.latitude = Some("47.3785".into());
        entry.values.longitude = Some("8.54".into());
        let inside = judge(&at(PlaceOp::Inside), &entry, None).unwrap();
        assert_eq!((inside.met, inside.trigger.as_str()), (true, "47.3785,8.54"));
        assert_eq!(inside.reason, "the place is 56 m away, within 100 m");
        assert!(!judge(&at(PlaceOp::Outside), &entry, None).unwrap().met);
    }
}
