//! Stories of reading: what was written comes back, the right part of it, in the right order.

use fieldpost_store::{Head, Repeats, Store, Submission};
use fieldpost_wire::query::Span;
use fieldpost_wire::update::Update;
use fieldpost_wire::{EntryId, FieldNo, Timestamp, Values};

use crate::setup::*;

pub(crate) fn every_text_comes_back_exactly(store: &dyn Store) {
    let channel = one_channel(store);
    let texts = nasty_texts();
    let mut updates = Vec::new();
    for text in &texts {
        let text = Some(text.as_str().into());
        updates.push(Update {
            values: Values {
                fields: std::array::from_fn(|_| text.clone()),
                latitude: text.clone(),
                longitude: text.clone(),
                elevation: text.clone(),
                status: text,
            },
            ..Update::default()
        });
    }
    let answered = stored(store, submission(channel, ms(0), updates.clone()));
    let found = all(store, channel);
    assert_eq!(answered, found);
    assert_eq!(found, store.newest(channel, &Span::ALL).unwrap());
    for (entry, update) in found.iter().zip(&updates) {
        assert_eq!(entry.values, update.values);
    }
}

pub(crate) fn absent_and_empty_are_different(store: &dyn Store) {
    let channel = one_channel(store);
    let mut updates = vec![Update::default()];
    for field in FieldNo::ALL {
        updates.push([(field, "")].into());
        updates.push([(field, "v")].into());
    }
    stored(store, submission(channel, ms(0), updates.clone()));
    let found: Vec<_> = all(store, channel).into_iter().map(|entry| entry.values).collect();
    let sent: Vec<_> = updates.into_iter().map(|update| update.values).collect();
    assert_eq!(found, sent);
}

pub(crate) fn times_before_1970_and_at_the_ends_come_back_exactly(store: &dyn Store) {
    let channel = one_channel(store);
    let times =
        [Timestamp::MIN, Timestamp::from_millis(-1), Timestamp::from_millis(0), Timestamp::MAX];
    stored(store, submission(channel, Timestamp::MIN, times.map(|time| at("x", time))));
    let found: Vec<_> = all(store, channel).iter().map(|entry| entry.created_at).collect();
    assert_eq!(found, times);
    assert_eq!(store.head(channel).unwrap().unwrap().last_write_at, Some(Timestamp::MIN));
    assert_eq!(newest(store, channel, Span::ALL), [1, 2, 3, 4]);
    let before = Span { until: Timestamp::from_millis(-1), ..Span::ALL };
    assert_eq!(newest(store, channel, before), [1, 2]);
}

/// Six entries, at 30, 10, 20, 20, 10 and 40 ms.
fn unordered(store: &dyn Store) -> fieldpost_wire::ChannelId {
    let channel = one_channel(store);
    let updates = [30, 10, 20, 20, 10, 40].map(|time| at("x", ms(time)));
    let submission = submission(channel, ms(50), updates);
    stored(store, Submission { repeats: Repeats::Keep, ..submission });
    channel
}

pub(crate) fn newest_is_by_time_then_id_and_oldest_first(store: &dyn Store) {
    let channel = unordered(store);
    assert_eq!(newest(store, channel, Span::ALL), [2, 5, 3, 4, 1, 6]);
}

pub(crate) fn newest_takes_the_newest_up_to_the_limit(store: &dyn Store) {
    let channel = unordered(store);
    let limited = |limit| newest(store, channel, Span { limit, ..Span::ALL });
    assert_eq!(limited(0), NO_IDS);
    assert_eq!(limited(1), [6]);
    assert_eq!(limited(3), [4, 1, 6]);
    assert_eq!(limited(6), limited(7));
    let early = Span { until: ms(20), limit: 2, ..Span::ALL };
    assert_eq!(newest(store, channel, early), [3, 4], "the newest of the span");
}

pub(crate) fn both_ends_of_a_span_belong_to_it(store: &dyn Store) {
    let channel = unordered(store);
    let between = |from, until| {
        newest(store, channel, Span { from: ms(from), until: ms(until), ..Span::ALL })
    };
    assert_eq!(between(10, 20), [2, 5, 3, 4]);
    assert_eq!(between(11, 29), [3, 4]);
    assert_eq!(between(20, 20), [3, 4]);
    assert_eq!(between(41, 99), NO_IDS);
    assert_eq!(between(30, 10), NO_IDS, "a span that ends before it begins");
}

pub(crate) fn with_a_range_of_ids_times_do_not_count(store: &dyn Store) {
    let channel = unordered(store);
    let nowhen = Span { from: ms(1_000), until: ms(-1_000), ..Span::ALL };
    let ids = |entries, limit| {
        newest(store, channel, Span { entries: Some(entries), limit, ..nowhen.clone() })
    };
    assert_eq!(ids(2..=4, 9), [2, 3, 4]);
    assert_eq!(ids(1..=3, 9), [2, 3, 1], "still by time");
    assert_eq!(ids(1..=5, 2), [4, 1], "the newest by time, not the highest ids");
    assert_eq!(ids(5..=u64::MAX, 9), [5, 6]);
    assert_eq!(ids(0..=1, 9), [1]);
    #[expect(clippy::reversed_empty_ranges, reason = "a reader may ask for one")]
    let backwards = 4..=2;
    assert_eq!(ids(backwards, 9), NO_IDS);
    assert_eq!(ids(u64::MAX..=u64::MAX, 9), NO_IDS);
}

pub(crate) fn a_channel_that_does_not_exist_has_nothing(store: &dyn Store) {
    one_channel(store);
    let nowhere = channel_id(99);
    assert_eq!(store.newest(nowhere, &Span::ALL).unwrap(), []);
    assert_eq!(all(store, nowhere), []);
    assert_eq!(store.entry(nowhere, EntryId::new(1)).unwrap(), None);
    assert_eq!(store.last_with(nowhere, F1).unwrap(), None);
    assert_eq!(store.head(nowhere).unwrap(), None);
    assert_eq!(store.channel(nowhere).unwrap(), None);
    assert!(not_found(store.clear(nowhere)));
    assert!(not_found(store.delete_channel(nowhere)));
    assert!(not_found(change(store, nowhere, |_| panic!("there is nothing to change"))));
}

pub(crate) fn after_pages_by_ascending_id(store: &dyn Store) {
    let channel = unordered(store);
    let page = |after, limit| ids(&store.after(channel, EntryId::new(after), limit).unwrap());
    assert_eq!(page(0, 4), [1, 2, 3, 4]);
    assert_eq!(page(4, 4), [5, 6]);
    assert_eq!(page(6, 4), NO_IDS);
    assert_eq!(page(u64::MAX, 4), NO_IDS);
    assert_eq!(page(0, 0), NO_IDS);
    assert_eq!(page(5, usize::MAX), [6]);
}

pub(crate) fn one_entry_is_found_by_its_id(store: &dyn Store) {
    let channel = unordered(store);
    let found = store.entry(channel, EntryId::new(3)).unwrap().unwrap();
    assert_eq!((found.id.get(), found.created_at), (3, ms(20)));
    for id in [0, 7, u64::MAX] {
        assert_eq!(store.entry(channel, EntryId::new(id)).unwrap(), None);
    }
}

pub(crate) fn last_with_is_the_highest_id_that_has_the_field(store: &dyn Store) {
    let channel = one_channel(store);
    let mut latest: Update = [(F2, "latest by time")].into();
    latest.created_at = Some(ms(1_000));
    let updates = [latest, [(F2, "")].into(), update("x")];
    stored(store, submission(channel, ms(0), updates));
    let last = |field| store.last_with(channel, field).unwrap().map(|entry| entry.id.get());
    assert_eq!(last(F1), Some(3));
    assert_eq!(last(F2), Some(2), "an empty text is a value");
    assert_eq!(last(FieldNo::ALL[7]), None);
}

pub(crate) fn a_head_tells_the_newest_id_and_the_last_write(store: &dyn Store) {
    let channel = one_channel(store);
    assert_eq!(store.head(channel).unwrap(), Some(Head::default()));
    stored(store, submission(channel, ms(8), [at("a", ms(90)), at("b", ms(-90))]));
    let head = Head { last: Some(EntryId::new(2)), last_write_at: Some(ms(8)) };
    assert_eq!(store.head(channel).unwrap(), Some(head));
}

pub(crate) fn a_cleared_channel_begins_at_one_again_but_remembers_its_last_write(
    store: &dyn Store,
) {
    let channel = unordered(store);
    store.clear(channel).unwrap();
    let head = Head { last: None, last_write_at: Some(ms(50)) };
    assert_eq!(store.head(channel).unwrap(), Some(head));
    assert_eq!(all(store, channel), []);
    assert_eq!(store.newest(channel, &Span::ALL).unwrap(), []);
    assert_eq!(store.last_with(channel, F1).unwrap(), None);
    let hasty = submission(channel, ms(60), [at("a", ms(10))]);
    let outcome = commit(store, Submission { interval_ms: 1_000, ..hasty.clone() });
    assert!(matches!(outcome, fieldpost_store::Outcome::TooSoon { .. }));
    assert_eq!(ids(&stored(store, hasty)), [1], "the times of old entries are free again");
    store.clear(channel).unwrap();
    store.clear(channel).unwrap();
}

pub(crate) fn clearing_leaves_other_channels_alone(store: &dyn Store) {
    let (one, two) = two_channels(store);
    store.commit([one, two].map(|c| submission(c, ms(0), [update("x")])).into()).unwrap();
    store.clear(one).unwrap();
    assert_eq!(ids(&all(store, two)), [1]);
    assert!(store.channel(one).unwrap().is_some());
}

pub(crate) fn a_scan_goes_by_time_then_id_within_its_ends_until_it_is_broken_off(
    store: &dyn Store,
) {
    let channel = one_channel(store);
    let keep = Submission {
        repeats: Repeats::Keep,
        ..submission(
            channel,
            ms(0),
            [at("c", ms(30)), at("a", ms(10)), at("b", ms(20)), at("b2", ms(20)), at("d", ms(40))],
        )
    };
    stored(store, keep);
    let seen = |from: i64, until: i64, limit: usize| {
        ids(&scanned(store, channel, ms(from), ms(until), limit).unwrap())
    };
    assert_eq!(seen(0, 99, 99), [2, 3, 4, 1, 5]);
    assert_eq!(seen(20, 30, 99), [3, 4, 1], "both ends belong to it");
    assert_eq!(seen(0, 99, 2), [2, 3]);
    assert_eq!(seen(50, 99, 9), NO_IDS);
    assert!(scanned(store, channel_id(99), ms(0), ms(99), 9).unwrap().is_empty());
}
