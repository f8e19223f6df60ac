//! What a group commit stored, as the bytes of one row: written once, read again at the next start.
//!
//! Knows nothing of the file (`journal_file.rs`), which has check sums. `docs/storage.md` draws the bytes. Values are packed here in the way in which
//! `recent.rs` keeps them in memory, too.

use fieldpost_wire::entry::{Text, Values};
use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};

use crate::blocks::Damaged;
use crate::blocks::bytes::{Reader, put, put_signed};

/// What one submission stored: at least one entry, ids ascending.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) channel: ChannelId,
    pub(super) received: Timestamp,
    pub(super) entries: &'a [Entry],
}

/// Makes a row's bytes. Times are kept as their distance from the time of receipt, and that from the one before.
pub(super) fn encode(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, parts.len() as u64);
    let mut before = 0;
    for part in parts {
        let received = part.received.millis();
        put(&mut out, part.channel.get());
        put_signed(&mut out, received.wrapping_sub(before));
        before = received;
        put(&mut out, part.entries.len() as u64);
        let mut last = 0;
        for entry in part.entries {
            put(&mut out, entry.id.get().wrapping_sub(last));
            last = entry.id.get();
            put_signed(&mut out, entry.created_at.millis().wrapping_sub(received));
            put_values(&mut out, &entry.values);
        }
    }
    out
}

/// Shows every entry of a row, with its channel and when it was received.
pub(super) fn decode(
    bytes: &[u8],
    each: &mut dyn FnMut(ChannelId, Timestamp, Entry),
) -> Result<(), Damaged> {
    let mut reader = Reader(bytes);
    let mut received = 0_i64;
    for _ in 0..reader.number()? {
        let channel = ChannelId::new(reader.number()?).ok_or(Damaged("a channel has no number"))?;
        received = received.wrapping_add(reader.signed()?);
        let mut id = 0_u64;
        for _ in 0..reader.number()? {
            id = id.wrapping_add(reader.number()?);
            let time = received.wrapping_add(reader.signed()?);
            let created_at = Timestamp::from_millis(time);
            let values = read_values(&mut reader)?;
            let entry = Entry { id: EntryId::new(id), created_at, values };
            each(channel, Timestamp::from_millis(received), entry);
        }
    }
    if reader.0.is_empty() { Ok(()) } else { Err(Damaged("it is longer than it says")) }
}

/// Appends values: a bit for each text that is there, then the texts.
pub(super) fn put_values(out: &mut Vec<u8>, values: &Values) {
    let texts = texts(values);
    let there = (0..).zip(texts).filter(|(_, text)| text.is_some());
    put(out, there.fold(0, |mask, (place, _)| mask | 1 << place));
    for text in texts.into_iter().flatten() {
        put(out, text.len() as u64);
        out.extend_from_slice(text.as_bytes());
    }
}

/// Passes over what [`put_values`] wrote.
pub(super) fn skip_values(reader: &mut Reader<'_>) -> Result<(), Damaged> {
    let mask = reader.number()?;
    for _ in 0..mask.count_ones() {
        let len = reader.up_to(reader.0.len())?;
        reader.bytes(len)?;
    }
    Ok(())
}

/// Reads what [`put_values`] wrote.
pub(super) fn read_values(reader: &mut Reader<'_>) -> Result<Values, Damaged> {
    let mut values = Values::default();
    let mask = reader.number()?;
    if mask >> 12 != 0 {
        return Err(Damaged("it has texts that are not known here"));
    }
    let Values { fields, latitude, longitude, elevation, status } = &mut values;
    let others = [latitude, longitude, elevation, status];
    for (place, text) in fields.iter_mut().chain(others).enumerate() {
        if mask >> place & 1 != 0 {
            let len = reader.up_to(reader.0.len())?;
            let bytes = std::str::from_utf8(reader.bytes(len)?);
            *text = Some(bytes.map_err(|_| Damaged("a text is not UTF-8"))?.into());
        }
    }
    Ok(values)
}

fn texts(values: &Values) -> [&Text; 12] {
    let Values { fields: [f1, f2, f3, f4, f5, f6, f7, f8], .. } = values;
    let Values { latitude, longitude, elevation, status, .. } = values;
    [f1, f2, f3, f4, f5, f6, f7, f8, latitude, longitude, elevation, status]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry() -> impl Strategy<Value = Entry> {
        let text = || proptest::option::of(any::<String>().prop_map(Into::into));
        let texts = proptest::collection::vec(text(), 12);
        (1..u64::MAX, any::<i64>(), texts).prop_map(|(id, time, texts)| {
            let mut texts = texts.into_iter().map(|text: Text| text);
            let mut next = || texts.next().flatten();
            let values = Values {
                fields: std::array::from_fn(|_| next()),
                latitude: next(),
                longitude: next(),
                elevation: next(),
                status: next(),
            };
            Entry { id: EntryId::new(id), created_at: Timestamp::from_millis(time), values }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn what_was_written_comes_back(
            parts in proptest::collection::vec(
                (1..=ChannelId::MAX, any::<i64>(), proptest::collection::vec(entry(), 1..4)), 0..5)
        ) {
            let parts: Vec<_> = parts
                .into_iter()
                .map(|(channel, received, entries)| {
                    let received = Timestamp::from_millis(received);
                    (ChannelId::new(channel).unwrap(), received, entries)
                })
                .collect();
            let of = |(channel, received, entries): &(ChannelId, Timestamp, Vec<Entry>)| {
                entries.iter().map(|e| (*channel, *received, e.clone())).collect::<Vec<_>>()
            };
            let wanted: Vec<_> = parts.iter().flat_map(of).collect();
            let views: Vec<_> = parts
                .iter()
                .map(|(channel, received, entries)| Part { channel: *channel, received: *received, entries })
                .collect();
            let bytes = encode(&views);
            let mut found = Vec::new();
            decode(&bytes, &mut |channel, received, entry| found.push((channel, received, entry))).unwrap();
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn what_ends_too_early_is_seen(at in any::<proptest::sample::Index>(), entry in entry()) {
            let part = Part {
                channel: ChannelId::new(7).unwrap(),
                received: Timestamp::from_millis(5),
                entries: &[entry],
            };
            let mut bytes = encode(&[part]);
            bytes.truncate(at.index(bytes.len()));
            prop_assert!(decode(&bytes, &mut |_, _, _| ()).is_err());
        }
    }

    #[test]
    fn an_update_takes_few_bytes() {
        let values = fieldpost_wire::Update::from([
            (fieldpost_wire::FieldNo::ALL[0], "21.50"),
            (fieldpost_wire::FieldNo::ALL[1], "48.2"),
        ]);
        let entries = [Entry {
            id: EntryId::new(100_000),
            created_at: Timestamp::from_seconds(1_780_000_000),
            values: values.values,
        }];
        let part = Part {
            channel: ChannelId::new(700).unwrap(),
            received: entries[0].created_at,
            entries: &entries,
        };
        let sixty_four = encode(&[part; 64]);
        assert!(sixty_four.len() <= 64 * 20 + 20, "{}", sixty_four.len());
    }
}
