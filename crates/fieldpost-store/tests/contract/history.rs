//! The past: corrections, what is put in with ids of its own, and reads as columns.

use fieldpost_store::history::{Aggregate, Column, Extent, Grid, Put, Which};
use fieldpost_store::{Store, StoreError};
use fieldpost_wire::query::Span;
use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp, Values};

use crate::setup::{F1, F2, at, channel_id, commit, ms, one_channel, submission, two_channels};

const ALL: [Column; 1] = [Column::all_of(F1)];

fn entry(id: u64, time: Timestamp, text: &str) -> Entry {
    let mut values = Values::default();
    values.fields[0] = Some(text.into());
    Entry { id: EntryId::new(id), created_at: time, values }
}

/// Entries of these texts, a second apart.
fn filled(store: &dyn Store, texts: &[&str]) -> ChannelId {
    let channel = one_channel(store);
    fill(store, channel, texts);
    channel
}

fn fill(store: &dyn Store, channel: ChannelId, texts: &[&str]) {
    let updates: Vec<_> = texts.iter().zip(0..).map(|(text, n)| at(text, ms(n * 1_000))).collect();
    commit(store, submission(channel, ms(0), updates));
}

fn all(store: &dyn Store, channel: ChannelId) -> Vec<(u64, i64, String)> {
    let found = store.newest(channel, &Span::ALL).unwrap();
    let of = |entry: Entry| {
        let text = entry.values.field(F1).unwrap_or_default().to_string();
        (entry.id.get(), entry.created_at.millis() - ms(0).millis(), text)
    };
    found.into_iter().map(of).collect()
}

fn ids(store: &dyn Store, channel: ChannelId) -> Vec<u64> {
    store.after(channel, EntryId::new(0), 100).unwrap().iter().map(|e| e.id.get()).collect()
}

fn last(store: &dyn Store, channel: ChannelId) -> Option<u64> {
    store.head(channel).unwrap().unwrap().last.map(EntryId::get)
}

pub(crate) fn a_corrected_entry_keeps_its_id_and_moves_with_its_time(store: &dyn Store) {
    let channel = filled(store, &["1", "-127", "3"]);
    let version = store.version().unwrap();
    let (before, after) = store
        .change_entry(channel, EntryId::new(2), &mut |entry| {
            assert_eq!(entry.values.field(F1), Some("-127"));
            *entry = super::history::entry(77, ms(2_500), "2");
        })
        .unwrap();
    assert_eq!((before.id, after.id), (EntryId::new(2), EntryId::new(2)));
    assert_eq!(
        all(store, channel),
        [(1, 0, "1".into()), (3, 2_000, "3".into()), (2, 2_500, "2".into())]
    );
    assert_eq!(ids(store, channel), [1, 2, 3]);
    assert_eq!(store.entry(channel, EntryId::new(2)).unwrap(), Some(after));
    assert_ne!(store.version().unwrap(), version);
    assert_eq!(last(store, channel), Some(3));
    let missing = store.change_entry(channel, EntryId::new(9), &mut |_| {});
    assert!(matches!(missing, Err(StoreError::NotFound)));
    let missing = store.change_entry(channel_id(9), EntryId::new(1), &mut |_| {});
    assert!(matches!(missing, Err(StoreError::NotFound)));
}

pub(crate) fn a_deleted_entry_is_gone_and_its_id_is_not_given_again(store: &dyn Store) {
    let channel = filled(store, &["1", "2", "3", "4"]);
    let version = store.version().unwrap();
    let which = Which::Ids([2, 4, 9].map(EntryId::new).to_vec());
    assert_eq!(store.delete_entries(channel, &which).unwrap(), 2);
    assert_ne!(store.version().unwrap(), version);
    assert_eq!(ids(store, channel), [1, 3]);
    assert_eq!(last(store, channel), Some(4));
    assert_eq!(store.last_with(channel, F1).unwrap().unwrap().id, EntryId::new(3));
    let version = store.version().unwrap();
    assert_eq!(store.delete_entries(channel, &which).unwrap(), 0);
    assert_eq!(store.version().unwrap(), version);
    commit(store, submission(channel, ms(9_000), [at("5", ms(9_000))]));
    assert_eq!(ids(store, channel), [1, 3, 5]);
    assert!(matches!(store.delete_entries(channel_id(9), &which), Err(StoreError::NotFound)));
}

pub(crate) fn a_stretch_is_deleted_with_both_of_its_ends(store: &dyn Store) {
    let (channel, other) = two_channels(store);
    for channel in [channel, other] {
        fill(store, channel, &["1", "2", "3", "4"]);
    }
    let which = Which::Times(ms(1_000), ms(2_000));
    assert_eq!(store.delete_entries(channel, &which).unwrap(), 2);
    assert_eq!((ids(store, channel), ids(store, other)), (vec![1, 4], vec![1, 2, 3, 4]));
    let which = Which::Times(Timestamp::MIN, Timestamp::MAX);
    assert_eq!(store.delete_entries(channel, &which).unwrap(), 2);
    assert_eq!((ids(store, channel), last(store, channel)), (vec![], Some(4)));
}

pub(crate) fn what_is_put_in_keeps_its_ids_and_comes_once(store: &dyn Store) {
    let channel = one_channel(store);
    let version = store.version().unwrap();
    let newest = [entry(9, ms(900), "9"), entry(7, ms(700), "7")];
    let put = |stored, same, differs| Put { stored, same, differs };
    assert_eq!(store.put(channel, &newest).unwrap(), put(2, 0, 0));
    assert_ne!(store.version().unwrap(), version);
    let head = store.head(channel).unwrap().unwrap();
    assert_eq!((head.last, head.last_write_at), (Some(EntryId::new(9)), None));
    // An older page overlaps with it, and somebody has changed an entry in the meantime.
    let older = [entry(3, ms(300), "3"), entry(7, ms(700), "7"), entry(9, ms(900), "nine")];
    assert_eq!(store.put(channel, &older).unwrap(), put(1, 1, 1));
    let version = store.version().unwrap();
    assert_eq!(store.put(channel, &older).unwrap(), put(0, 2, 1));
    assert_eq!(store.version().unwrap(), version);
    assert_eq!(ids(store, channel), [3, 7, 9]);
    commit(store, submission(channel, ms(1_000), [at("10", ms(1_000))]));
    assert_eq!(
        all(store, channel),
        [
            (3, 300, "3".into()),
            (7, 700, "7".into()),
            (9, 900, "9".into()),
            (10, 1_000, "10".into())
        ]
    );
    assert!(matches!(store.put(channel_id(9), &older), Err(StoreError::NotFound)));
    for id in [0, i64::MAX as u64, u64::MAX] {
        assert!(store.put(channel, &[entry(1, ms(0), "1"), entry(id, ms(0), "1")]).is_err());
    }
    assert_eq!(ids(store, channel), [3, 7, 9, 10]);
}

pub(crate) fn many_become_few_at_once(store: &dyn Store) {
    let channel = filled(store, &["1", "2", "3", "4"]);
    let change = [entry(1, ms(0), "1.5"), entry(8, ms(0), "8")];
    let delete = [2, 9].map(EntryId::new);
    assert_eq!(store.rewrite(channel, &delete, &change).unwrap(), 1);
    let texts: Vec<_> = all(store, channel).into_iter().map(|(id, _, text)| (id, text)).collect();
    assert_eq!(texts, [(1, "1.5".into()), (3, "3".into()), (4, "4".into())]);
    assert!(matches!(store.rewrite(channel_id(9), &delete, &change), Err(StoreError::NotFound)));
}

pub(crate) fn points_are_numbers_in_the_order_of_time(store: &dyn Store) {
    let channel = filled(store, &["1", "warm", "1,5", "-127", "1e3"]);
    let asked = [Column { field: F1, valid: (-40.0, 1_000.0) }, Column::all_of(F2)];
    let read = |limit| store.points(channel, ms(0), ms(4_000), &asked, limit).unwrap();
    assert_eq!(read(4), None);
    let found = read(5).unwrap();
    assert_eq!(found.ids, [1, 2, 3, 4, 5]);
    assert_eq!(found.times, [0, 1, 2, 3, 4].map(|n| ms(n * 1_000).millis()));
    let texts = |column: &[f64]| column.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!(texts(&found.columns[0]), "1 NaN 1.5 NaN 1000");
    assert_eq!(texts(&found.columns[1]), "NaN NaN NaN NaN NaN");
    assert_eq!((found.hidden, found.last), (vec![1, 0], Some(EntryId::new(5))));
    let part = store.points(channel, ms(1_500), ms(2_500), &asked, 9).unwrap().unwrap();
    assert_eq!((part.ids, part.last), (vec![3], Some(EntryId::new(5))));
    let none = store.points(channel_id(9), ms(0), ms(1), &asked, 9).unwrap().unwrap();
    assert_eq!((none.ids, none.columns.len(), none.last), (vec![], 2, None));
}

pub(crate) fn an_overview_loses_no_spike(store: &dyn Store) {
    let channel = filled(store, &["5", "7", "900", "-3", "6", "x", "8"]);
    let within = (Timestamp::MIN, Timestamp::MAX);
    let grid = Grid { start: ms(-1_000).millis(), step: 3_000, count: 4, within };
    let found = store.overview(channel, &grid, &ALL).unwrap();
    assert_eq!((found.entries, found.counts), (7, vec![2, 3, 2, 0]));
    assert_eq!(found.last, Some(EntryId::new(7)));
    let looks = &found.columns[0];
    let texts = |row: &[f64]| row.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!(texts(&looks.first), "5 900 8 NaN");
    assert_eq!(texts(&looks.last), "7 6 8 NaN");
    assert_eq!(texts(&looks.min), "5 -3 8 NaN");
    assert_eq!(texts(&looks.max), "7 900 8 NaN");
    assert_eq!((&looks.count, looks.hidden), (&vec![2, 3, 1, 0], 0));

    let believed = [Column { field: F1, valid: (0.0, 100.0) }];
    let looks = &store.overview(channel, &grid, &believed).unwrap().columns[0];
    assert_eq!((texts(&looks.max), looks.hidden), ("7 6 8 NaN".into(), 2));

    let narrow = Grid { within: (ms(1_000), ms(2_000)), ..grid };
    let found = store.overview(channel, &narrow, &ALL).unwrap();
    assert_eq!((found.entries, found.counts), (2, vec![1, 1, 0, 0]));
}

pub(crate) fn aggregates_are_made_of_numbers_alone(store: &dyn Store) {
    let channel = filled(store, &["1", "2", "6", "x", "0.1", "0.2"]);
    let within = (Timestamp::MIN, Timestamp::MAX);
    let grid = Grid { start: ms(0).millis(), step: 4_000, count: 3, within };
    let made = |how| {
        let found = store.aggregate(channel, &grid, &ALL, how).unwrap();
        assert_eq!((found.entries, &found.hidden), (6, &vec![0]));
        found.columns[0].iter().map(f64::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(made(Aggregate::Mean)[..3], "3 0"[..]);
    assert_eq!(made(Aggregate::Median), format!("2 {} NaN", (0.1 + 0.2) / 2.0));
    assert_eq!(made(Aggregate::Min), "1 0.1 NaN");
    assert_eq!(made(Aggregate::Max), "6 0.2 NaN");
    assert_eq!(made(Aggregate::Sum)[..3], "9 0"[..]);
    assert_eq!(made(Aggregate::Count), "3 2 0");
    let believed = [Column { field: F1, valid: (0.0, 5.0) }];
    let found = store.aggregate(channel, &grid, &believed, Aggregate::Count).unwrap();
    assert_eq!((found.columns, found.hidden), (vec![vec![2.0, 2.0, 0.0]], vec![1]));
}

pub(crate) fn an_extent_tells_how_much_there_is(store: &dyn Store) {
    let channel = filled(store, &["1", "2", "3"]);
    store.delete_entries(channel, &Which::Ids(vec![EntryId::new(1)])).unwrap();
    let extent = store.extent(channel).unwrap();
    assert_eq!((extent.entries, extent.first, extent.last), (2, Some(ms(1_000)), Some(ms(2_000))));
    assert_eq!(store.extent(channel_id(9)).unwrap(), Extent::default());
    let checked = store.check().unwrap();
    assert_eq!((checked.channels, checked.entries), (1, 2));
    assert_eq!(checked.problems, [""; 0]);
}
