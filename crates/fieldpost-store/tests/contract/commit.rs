//! Stories of commits: what is stored, what is refused, and which ids and times it gets.

use std::thread;

use fieldpost_store::{Outcome, Repeats, Store, Submission};
use fieldpost_wire::{EntryId, Timestamp};

use crate::setup::*;

pub(crate) fn ids_begin_at_one_and_have_no_gaps_in_the_order_of_the_batch(store: &dyn Store) {
    let channel = one_channel(store);
    let batch = [
        submission(channel, ms(0), [update("a"), update("b")]),
        submission(channel, ms(1), [update("c")]),
    ];
    store.commit(batch.into()).unwrap();
    stored(store, submission(channel, ms(2), [update("d")]));
    let found = all(store, channel);
    assert_eq!(ids(&found), [1, 2, 3, 4]);
    let texts: Vec<_> = found.iter().map(|entry| entry.values.field(F1).unwrap()).collect();
    assert_eq!(texts, ["a", "b", "c", "d"]);
}

pub(crate) fn each_submission_has_one_outcome_in_order(store: &dyn Store) {
    let (one, two) = two_channels(store);
    let batch = [
        submission(two, ms(0), [at("a", ms(-1))]),
        submission(channel_id(99), ms(0), [update("b")]),
        submission(two, ms(0), [at("c", ms(-1))]),
        Submission { interval_ms: 1_000, ..submission(two, ms(0), [update("d")]) },
        submission(one, ms(0), [update("e")]),
    ];
    let outcomes = store.commit(batch.into()).unwrap();
    let stored_a = store.entry(two, EntryId::new(1)).unwrap().unwrap();
    let stored_e = store.entry(one, EntryId::new(1)).unwrap().unwrap();
    assert_eq!(
        outcomes,
        [
            Outcome::Stored([stored_a].into()),
            Outcome::NoChannel,
            Outcome::TimeTaken(ms(-1)),
            Outcome::TooSoon { wait_ms: 900 },
            Outcome::Stored([stored_e].into()),
        ]
    );
}

pub(crate) fn a_refused_submission_touches_no_other_and_uses_up_no_id(store: &dyn Store) {
    let channel = one_channel(store);
    let batch = [
        submission(channel, ms(0), [at("a", ms(-9))]),
        submission(channel, ms(0), [update("never"), at("never", ms(-9))]),
        submission(channel_id(99), ms(0), [update("never")]),
        submission(channel, ms(0), [update("b")]),
    ];
    store.commit(batch.into()).unwrap();
    let found = all(store, channel);
    assert_eq!(ids(&found), [1, 2]);
    assert_eq!(found[1].values.field(F1), Some("b"));
}

pub(crate) fn a_submission_is_stored_whole_or_not_at_all(store: &dyn Store) {
    let channel = one_channel(store);
    stored(store, submission(channel, ms(0), [at("a", ms(-9))]));
    let before = store.head(channel).unwrap();
    let updates = [update("b"), at("c", ms(-8)), at("d", ms(-9)), update("e")];
    let outcome = commit(store, submission(channel, ms(1), updates));
    assert_eq!(outcome, Outcome::TimeTaken(ms(-9)));
    assert_eq!(ids(&all(store, channel)), [1]);
    assert_eq!(store.head(channel).unwrap(), before);
}

pub(crate) fn an_empty_batch_and_an_empty_submission_change_nothing(store: &dyn Store) {
    let channel = one_channel(store);
    let before = store.head(channel).unwrap();
    assert_eq!(store.commit(Vec::new()).unwrap(), []);
    assert_eq!(stored(store, submission(channel, ms(0), [])), []);
    assert_eq!(store.head(channel).unwrap(), before);
}

pub(crate) fn an_update_that_names_no_time_gets_the_time_of_receipt(store: &dyn Store) {
    let channel = one_channel(store);
    let updates = [update("a"), at("b", ms(-5)), at("c", ms(70))];
    let answered = stored(store, submission(channel, ms(7), updates));
    let times: Vec<_> = answered.iter().map(|entry| entry.created_at).collect();
    assert_eq!(times, [ms(7), ms(-5), ms(70)]);
    assert_eq!(answered, all(store, channel), "what is answered is what is stored");
}

pub(crate) fn channels_count_their_ids_apart(store: &dyn Store) {
    let (one, two) = two_channels(store);
    let batch = [one, two, one, two, two].map(|channel| submission(channel, ms(0), [update("x")]));
    store.commit(batch.into()).unwrap();
    assert_eq!(ids(&all(store, one)), [1, 2]);
    assert_eq!(ids(&all(store, two)), [1, 2, 3]);
}

pub(crate) fn threads_that_commit_at_once_share_the_ids_without_gaps(store: &dyn Store) {
    let (one, two) = two_channels(store);
    thread::scope(|scope| {
        for writer in 0..4 {
            scope.spawn(move || {
                for n in 0..5 {
                    let text = format!("{writer}.{n}");
                    let batch = [one, two].map(|c| submission(c, ms(n), [update(&text)]));
                    store.commit(batch.into()).unwrap();
                    assert!(store.head(one).unwrap().unwrap().last.is_some());
                }
            });
        }
    });
    for channel in [one, two] {
        let found = all(store, channel);
        assert_eq!(ids(&found), (1..=20).collect::<Vec<_>>());
        let mut texts: Vec<_> = found.iter().map(|entry| entry.values.field(F1)).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), 20);
    }
}

// --- too soon ------------------------------------------------------------------------------------

/// One update that wants an interval.
fn paced(channel: u64, received: Timestamp, interval_ms: u64) -> Submission {
    Submission { interval_ms, ..submission(channel_id(channel), received, [update("x")]) }
}

pub(crate) fn a_write_too_soon_hears_how_long_to_wait(store: &dyn Store) {
    let channel = one_channel(store).get();
    stored(store, paced(channel, ms(0), 15_000));
    let outcome = commit(store, paced(channel, ms(4_000), 15_000));
    assert_eq!(outcome, Outcome::TooSoon { wait_ms: 10_700 });
    stored(store, paced(channel, ms(4_000 + 10_700), 15_000));
}

pub(crate) fn a_tenth_of_the_interval_up_to_300_ms_is_forgiven(store: &dyn Store) {
    let (one, two) = two_channels(store);
    stored(store, paced(one.get(), ms(0), 1_000));
    let outcome = commit(store, paced(one.get(), ms(899), 1_000));
    assert_eq!(outcome, Outcome::TooSoon { wait_ms: 1 });
    stored(store, paced(one.get(), ms(900), 1_000));

    stored(store, paced(two.get(), ms(0), 60_000));
    let outcome = commit(store, paced(two.get(), ms(59_699), 60_000));
    assert_eq!(outcome, Outcome::TooSoon { wait_ms: 1 });
    stored(store, paced(two.get(), ms(59_700), 60_000));
}

pub(crate) fn the_second_submission_of_a_batch_sees_the_first(store: &dyn Store) {
    let (one, two) = two_channels(store);
    let batch = [
        paced(one.get(), ms(0), 1_000),
        paced(two.get(), ms(10), 1_000),
        paced(one.get(), ms(20), 1_000),
        paced(one.get(), ms(950), 1_000),
    ];
    let outcomes = store.commit(batch.into()).unwrap();
    assert!(matches!(outcomes[0], Outcome::Stored(_)));
    assert!(matches!(outcomes[1], Outcome::Stored(_)));
    assert_eq!(outcomes[2], Outcome::TooSoon { wait_ms: 880 });
    assert!(matches!(outcomes[3], Outcome::Stored(_)));
    assert_eq!(store.head(one).unwrap().unwrap().last_write_at, Some(ms(950)));
}

pub(crate) fn a_time_is_taken_by_entries_of_its_own_channel_alone(store: &dyn Store) {
    let (one, two) = two_channels(store);
    let batch = [
        submission(one, ms(0), [at("a", ms(-9))]),
        submission(two, ms(0), [at("b", ms(-5))]),
        submission(two, ms(0), [at("c", ms(-9))]),
        submission(one, ms(0), [update("d")]),
        submission(two, ms(0), [at("e", ms(-9))]),
        submission(one, ms(0), [at("f", ms(-5))]),
    ];
    let outcomes = store.commit(batch.into()).unwrap();
    assert_eq!(outcomes[4], Outcome::TimeTaken(ms(-9)));
    assert_eq!((ids(&all(store, one)), ids(&all(store, two))), (vec![1, 2, 3], vec![1, 2]));
}

pub(crate) fn without_an_interval_nothing_is_too_soon_even_if_the_clock_steps_back(
    store: &dyn Store,
) {
    let channel = one_channel(store);
    stored(store, paced(channel.get(), ms(0), 0));
    stored(store, paced(channel.get(), ms(0), 0));
    stored(store, paced(channel.get(), ms(-3_600_000), 0));
    assert_eq!(store.head(channel).unwrap().unwrap().last_write_at, Some(ms(-3_600_000)));
}

pub(crate) fn a_refusal_does_not_count_as_a_write(store: &dyn Store) {
    let channel = one_channel(store);
    stored(store, submission(channel, ms(0), [at("a", ms(-9))]));
    commit(store, submission(channel, ms(500), [at("b", ms(-9))]));
    commit(store, paced(channel.get(), ms(800), 1_000));
    assert_eq!(store.head(channel).unwrap().unwrap().last_write_at, Some(ms(0)));
    stored(store, paced(channel.get(), ms(1_000), 1_000));
}

// --- repeats -------------------------------------------------------------------------------------

fn skipping(submission: Submission) -> Submission {
    Submission { repeats: Repeats::Skip, ..submission }
}

pub(crate) fn refuse_says_no_to_a_time_that_is_taken(store: &dyn Store) {
    let (one, two) = two_channels(store);
    stored(store, submission(one, ms(0), [at("a", ms(-9))]));
    let same = commit(store, submission(one, ms(1), [at("a", ms(-9))]));
    assert_eq!(same, Outcome::TimeTaken(ms(-9)), "equal values make no difference");
    let received = commit(store, submission(one, ms(1), [update("b")]));
    assert!(matches!(received, Outcome::Stored(_)));
    let named = commit(store, submission(one, ms(2), [at("c", ms(1))]));
    assert_eq!(named, Outcome::TimeTaken(ms(1)), "a time of receipt is taken as well");
    stored(store, submission(two, ms(3), [at("a", ms(-9))]));
}

pub(crate) fn refuse_holds_within_a_submission_and_a_batch(store: &dyn Store) {
    let channel = one_channel(store);
    let twice = commit(store, submission(channel, ms(0), [at("a", ms(-9)), at("b", ms(-9))]));
    assert_eq!(twice, Outcome::TimeTaken(ms(-9)));
    assert_eq!(all(store, channel), []);
    let received = commit(store, submission(channel, ms(0), [update("a"), at("b", ms(0))]));
    assert_eq!(received, Outcome::TimeTaken(ms(0)));
    let batch = [1, 2].map(|n| submission(channel, ms(n), [at("a", ms(-9))]));
    let outcomes = store.commit(batch.into()).unwrap();
    assert!(matches!(outcomes[0], Outcome::Stored(_)));
    assert_eq!(outcomes[1], Outcome::TimeTaken(ms(-9)));
}

pub(crate) fn updates_that_name_no_time_never_repeat_one(store: &dyn Store) {
    let channel = one_channel(store);
    for repeats in [Repeats::Refuse, Repeats::Skip, Repeats::Keep] {
        let updates = [update("same"), update("same")];
        let entries = stored(store, Submission { repeats, ..submission(channel, ms(0), updates) });
        assert_eq!(entries.len(), 2, "{repeats:?}");
    }
    let updates = [at("a", ms(50)), update("a")];
    assert_eq!(stored(store, skipping(submission(channel, ms(50), updates))).len(), 2);
}

pub(crate) fn skip_passes_over_what_is_stored_already(store: &dyn Store) {
    let channel = one_channel(store);
    let bulk = [at("a", ms(-9)), at("b", ms(-8)), at("a", ms(-9))];
    assert_eq!(ids(&stored(store, skipping(submission(channel, ms(0), bulk.clone())))), [1, 2]);
    let longer = [&bulk[..], &[at("c", ms(-7))]].concat();
    let again = stored(store, skipping(submission(channel, ms(1), longer)));
    assert_eq!(ids(&again), [3]);
    assert_eq!(again[0].values.field(F1), Some("c"));
    assert_eq!(ids(&all(store, channel)), [1, 2, 3]);
}

pub(crate) fn skip_stores_a_known_time_with_other_values(store: &dyn Store) {
    let channel = one_channel(store);
    stored(store, submission(channel, ms(0), [at("a", ms(-9))]));
    let mut others = [at("b", ms(-9)), at("a", ms(-9)), at("a", ms(-9)), at("a", ms(-9))];
    others[1].values.status = Some("".into());
    others[2].values.fields[1] = Some("a".into());
    others[3].values.fields[0] = None;
    for (other, id) in others.into_iter().zip(2..) {
        assert_eq!(ids(&stored(store, skipping(submission(channel, ms(1), [other])))), [id]);
    }
    let updates = [at("x", ms(-4)), at("y", ms(-4)), at("x", ms(-4))];
    assert_eq!(ids(&stored(store, skipping(submission(channel, ms(1), updates)))), [6, 7]);
}

pub(crate) fn skip_compares_with_every_entry_of_that_time(store: &dyn Store) {
    let channel = one_channel(store);
    let both = submission(channel, ms(0), [at("a", ms(-9)), at("b", ms(-9))]);
    stored(store, Submission { repeats: Repeats::Keep, ..both });
    for text in ["a", "b"] {
        assert_eq!(stored(store, skipping(submission(channel, ms(0), [at(text, ms(-9))]))), []);
    }
    let other = skipping(submission(channel, ms(0), [at("c", ms(-9))]));
    assert_eq!(ids(&stored(store, other)), [3]);
}

pub(crate) fn a_submission_of_repeats_only_stores_nothing_and_does_not_count_as_a_write(
    store: &dyn Store,
) {
    let channel = one_channel(store);
    stored(store, skipping(submission(channel, ms(0), [at("a", ms(-9))])));
    let before = store.head(channel).unwrap();
    assert_eq!(stored(store, skipping(submission(channel, ms(60), [at("a", ms(-9))]))), []);
    assert_eq!(store.head(channel).unwrap(), before);
}

pub(crate) fn keep_stores_them_all_the_same(store: &dyn Store) {
    let channel = one_channel(store);
    for _ in 0..2 {
        let twice = submission(channel, ms(0), [at("a", ms(-9)), at("a", ms(-9))]);
        stored(store, Submission { repeats: Repeats::Keep, ..twice });
    }
    assert_eq!(ids(&all(store, channel)), [1, 2, 3, 4]);
}

pub(crate) fn times_are_compared_to_the_millisecond(store: &dyn Store) {
    let channel = one_channel(store);
    let updates = [at("a", ms(-9)), at("a", ms(-8)), at("a", ms(-1_009))];
    assert_eq!(stored(store, submission(channel, ms(0), updates)).len(), 3);
}

pub(crate) fn too_soon_is_said_before_a_time_is_looked_at(store: &dyn Store) {
    let channel = one_channel(store);
    stored(store, submission(channel, ms(0), [at("a", ms(-9))]));
    let again = submission(channel, ms(100), [at("a", ms(-9))]);
    for repeats in [Repeats::Refuse, Repeats::Skip, Repeats::Keep] {
        let hasty = Submission { interval_ms: 1_000, repeats, ..again.clone() };
        assert_eq!(commit(store, hasty), Outcome::TooSoon { wait_ms: 800 });
    }
}

pub(crate) fn a_channel_deleted_while_its_updates_are_on_the_way_is_gone(store: &dyn Store) {
    let (one, two) = two_channels(store);
    let on_the_way = [one, two].map(|channel| submission(channel, ms(0), [update("x")]));
    store.delete_channel(one).unwrap();
    let outcomes = store.commit(on_the_way.into()).unwrap();
    assert_eq!(outcomes[0], Outcome::NoChannel);
    assert!(matches!(outcomes[1], Outcome::Stored(_)));
    assert_eq!(all(store, one), []);
    assert_eq!(store.head(one).unwrap(), None);
}
