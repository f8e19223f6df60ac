//! Makes one entry of a span's entries: the first one stays, with the mean of each field's numbers. Pure.

use fieldpost_wire::channel::Valid;
use fieldpost_wire::entry::{Text, Values};
use fieldpost_wire::{Entry, EntryId, FieldNo, number};

/// The most decimals that a mean is spelled with.
const DECIMALS_MAX: usize = 15;

/// A span whose entries come one after the other. What it remembers does not grow with them, but for their ids.
pub(super) struct Span {
    first: Entry,
    last: Values,
    others: Vec<EntryId>,
    means: [Mean; FieldNo::COUNT],
}

#[derive(Default)]
struct Mean {
    sum: f64,
    count: u32,
    decimals: usize,
    /// Written with an exponent or otherwise, so that decimals say little.
    odd: bool,
    /// The text of the numbers, while they all are written alike.
    alike: Option<Box<str>>,
}

impl Span {
    pub(super) fn begin(entry: &Entry, valid: &[Valid; FieldNo::COUNT]) -> Self {
        let mut span = Self {
            first: entry.clone(),
            last: Values::default(),
            others: Vec::new(),
            means: Default::default(),
        };
        span.read(&entry.values, valid);
        span
    }

    pub(super) fn take(&mut self, entry: &Entry, valid: &[Valid; FieldNo::COUNT]) {
        self.others.push(entry.id);
        self.read(&entry.values, valid);
    }

    /// What is left of the span, and the ids of those that go. `None` if it is one entry already: that is left as it is.
    pub(super) fn end(self) -> Option<(Entry, Vec<EntryId>)> {
        if self.others.is_empty() {
            return None;
        }
        let mut left = self.first;
        left.values = self.last;
        for (text, mean) in left.values.fields.iter_mut().zip(self.means) {
            if let Some(mean) = mean.spelled() {
                *text = Some(mean);
            }
        }
        Some((left, self.others))
    }

    fn read(&mut self, values: &Values, valid: &[Valid; FieldNo::COUNT]) {
        let newer = |slot: &mut Text, text: &Text| {
            if text.is_some() {
                slot.clone_from(text);
            }
        };
        for ((text, slot), (mean, valid)) in
            values.fields.iter().zip(&mut self.last.fields).zip(self.means.iter_mut().zip(valid))
        {
            newer(slot, text);
            if let Some(text) = text {
                mean.take(text, valid);
            }
        }
        newer(&mut self.last.status, &values.status);
        // A place is one thing: its parts come from the same entry.
        if values.latitude.is_some() || values.longitude.is_some() || values.elevation.is_some() {
            self.last.latitude.clone_from(&values.latitude);
            self.last.longitude.clone_from(&values.longitude);
            self.last.elevation.clone_from(&values.elevation);
        }
    }
}

impl Mean {
    fn take(&mut self, text: &str, valid: &Valid) {
        // A value that is not believed would spoil the mean for good.
        let Some(value) = number::any(text).filter(|value| valid.holds(*value)) else { return };
        self.alike = match (self.count, self.alike.take()) {
            (0, _) => Some(text.into()),
            (_, alike) => alike.filter(|alike| **alike == *text),
        };
        self.sum += value;
        self.count += 1;
        self.odd |= number::numeric(text).is_none();
        let fraction = text.trim().split_once(['.', ',']).map_or(0, |(_, fraction)| fraction.len());
        self.decimals = self.decimals.max(fraction);
    }

    fn spelled(self) -> Option<Box<str>> {
        if self.alike.is_some() || self.count == 0 {
            return self.alike;
        }
        let mean = self.sum / f64::from(self.count);
        if !mean.is_finite() {
            return None; // numbers beyond all measure; the last one stays
        }
        if self.odd || mean.abs() >= 1e21 {
            return Some(format!("{mean:e}").into());
        }
        let mut text = format!("{mean:.*}", (self.decimals + 1).min(DECIMALS_MAX));
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
        Some(if text == "-0" { "0".into() } else { text.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_wire::Timestamp;

    fn entry(id: u64, field1: &str) -> Entry {
        let mut values = Values::default();
        values.fields[0] = (!field1.is_empty()).then(|| field1.into());
        Entry { id: EntryId::new(id), created_at: Timestamp::from_seconds(id as i64), values }
    }

    fn thinned(texts: &[&str], valid: &[Valid; FieldNo::COUNT]) -> Option<String> {
        let mut entries = (1..).zip(texts).map(|(id, text)| entry(id, text));
        let mut span = Span::begin(&entries.next().unwrap(), valid);
        entries.for_each(|entry| span.take(&entry, valid));
        let (left, gone) = span.end()?;
        assert_eq!((left.id.get(), left.created_at.seconds(), gone.len()), (1, 1, texts.len() - 1));
        Some(left.values.fields[0].as_deref().unwrap_or("nothing").to_string())
    }

    #[test]
    fn numbers_become_their_mean_with_a_decimal_more_than_they_had() {
        let all = Default::default();
        let means: [(&[&str], &str); 11] = [
            (&["1", "2"], "1.5"),
            (&["1", "2", "2"], "1.7"),
            (&["21.5", "21.6", "21.6"], "21.57"),
            (&["20", "22"], "21"),
            (&["21.50", "21.50"], "21.50"),
            (&["1,5", "2,5"], "2"),
            (&["-1", "1"], "0"),
            (&["1e3", "2e3"], "1.5e3"),
            (&["", "21.5"], "21.5"),
            (&["on", "off"], "off"),
            (&["21.5", "error", "22.5"], "22"),
        ];
        for (texts, mean) in means {
            assert_eq!(thinned(texts, &all).as_deref(), Some(mean), "{texts:?}");
        }
        assert_eq!(thinned(&["", ""], &all).as_deref(), Some("nothing"));
        assert_eq!(thinned(&["21.5"], &all), None, "one entry is left as it is");
        assert_eq!(thinned(&["1e300"; 2], &all).as_deref(), Some("1e300"));
        assert_eq!(thinned(&["1e308", "1.1e308"], &all).as_deref(), Some("1.1e308"));
    }

    #[test]
    fn what_is_not_believed_does_not_count() {
        let mut valid: [Valid; FieldNo::COUNT] = Default::default();
        valid[0].min = Some("-40".into());
        assert_eq!(thinned(&["-127", "20", "22"], &valid).as_deref(), Some("21"));
        assert_eq!(
            thinned(&["-127", "-128"], &valid).as_deref(),
            Some("-128"),
            "there is nothing better"
        );
    }

    #[test]
    fn the_last_status_and_place_stay() {
        let (mut a, mut b) = (entry(1, "1"), entry(2, "3"));
        a.values.status = Some("warm".into());
        a.values.latitude = Some("47".into());
        a.values.elevation = Some("400".into());
        b.values.latitude = Some("48".into());
        let all = Default::default();
        let mut span = Span::begin(&a, &all);
        span.take(&b, &all);
        span.take(&entry(3, ""), &all);
        let (left, _) = span.end().unwrap();
        let values = left.values;
        assert_eq!(values.status.as_deref(), Some("warm"));
        assert_eq!((values.latitude.as_deref(), values.elevation), (Some("48"), None));
        assert_eq!(values.fields[0].as_deref(), Some("2"));
    }
}
