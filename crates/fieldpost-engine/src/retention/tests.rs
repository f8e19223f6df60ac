//! What becomes of a channel's past, on a clock of our own: a walk each hour for many days, broken off and begun anew, on the model store.

use fieldpost_store::memory::MemoryStore;
use fieldpost_store::store::{NewChannel, NewUser};
use fieldpost_store::{HistoryStore as _, Store};
use fieldpost_wire::channel::{About, Channel, Keep};
use fieldpost_wire::entry::Values;
use fieldpost_wire::{Entry, EntryId, Timestamp};

use super::keep::parse;
use super::walk::{self, Clean, Walk};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_796_000_400_000 + ms)
}

fn entry(id: u64, time: Timestamp, value: f64) -> Entry {
    let mut values = Values::default();
    values.fields[0] = Some(format!("{value:.1}").into());
    Entry { id: EntryId::new(id), created_at: time, values }
}

fn channel(store: &dyn Store) -> Channel {
    let (now, api_key) = (at(0), "A1".repeat(8).parse().unwrap());
    let ada = NewUser { login: "ada".into(), api_key, password: None, admin: false, now };
    let owner = store.create_user(ada).unwrap().id;
    let (about, read_keys) = (About::default(), Vec::new());
    let new = NewChannel { id: None, owner, about, write_key: api_key, read_keys, now };
    store.create_channel(new).unwrap()
}

fn all(store: &dyn Store, channel: &Channel) -> Vec<Entry> {
    store.after(channel.id, EntryId::new(0), usize::MAX).unwrap()
}

/// Entries each `step`, from a number of days ago until now.
fn past(days: i64, step: i64) -> Vec<Entry> {
    let count = days * DAY / step;
    (0..count)
        .map(|n| entry(n as u64 + 1, at(n * step - days * DAY), 20.0 + (n % 37) as f64 / 10.0))
        .collect()
}

fn walk_to_the_end(store: &dyn Store, channel: &Channel, mut walk: Walk) -> u64 {
    let mut deleted = 0;
    loop {
        let step = walk.step(store, channel).unwrap();
        deleted += step.deleted;
        if step.done {
            return deleted;
        }
    }
}

fn once(store: &dyn Store, channel: &Channel, keep: &Keep, now: Timestamp) -> u64 {
    walk_to_the_end(store, channel, Walk::begin(keep, now, &Clean::new()))
}

#[test]
fn entries_are_kept_for_the_days_and_then_deleted() {
    let store = MemoryStore::default();
    let channel = channel(&store);
    store.put(channel.id, &past(30, HOUR)).unwrap();
    let keep = parse("10d").unwrap();
    assert_eq!(walk::preview(&store, channel.id, &keep, at(0)).unwrap(), 20 * 24);
    assert_eq!(once(&store, &channel, &keep, at(0)), 20 * 24);
    let left = all(&store, &channel);
    assert_eq!(
        (left.len(), left[0].created_at),
        (10 * 24, at(-10 * DAY)),
        "ten days to the millisecond"
    );
    assert_eq!(once(&store, &channel, &keep, at(0)), 0, "a second walk finds nothing to do");
    assert_eq!(store.head(channel.id).unwrap().unwrap().last, Some(EntryId::new(720)));
    assert_eq!(
        once(&store, &channel, &Keep::default(), at(9_999 * DAY)),
        0,
        "by default all is kept"
    );
}

#[test]
fn a_span_keeps_its_first_entry_with_the_mean() {
    let store = MemoryStore::default();
    let channel = channel(&store);
    store.put(channel.id, &past(3, 15 * MINUTE)).unwrap();
    let keep = parse("1d, hourly").unwrap();
    let promised = walk::preview(&store, channel.id, &keep, at(0)).unwrap();
    assert_eq!(once(&store, &channel, &keep, at(0)), promised);
    let left = all(&store, &channel);
    let (thin, whole): (Vec<_>, Vec<_>) =
        left.iter().partition(|entry| entry.created_at < at(-DAY));
    assert_eq!((thin.len(), whole.len()), (48, 96));
    assert_eq!((thin[0].id.get(), thin[0].created_at), (1, at(-3 * DAY)));
    assert_eq!(thin[0].values.fields[0].as_deref(), Some("20.15"), "of 20.0, 20.1, 20.2 and 20.3");
    assert_eq!(whole[0].values.fields[0].as_deref(), Some("20.7"), "what is young is as it was");
    assert_eq!(once(&store, &channel, &keep, at(0)), 0);
    assert_eq!(all(&store, &channel), left, "thinning again changes nothing");
}

#[test]
fn however_often_and_however_broken_off_the_walks_end_the_same() {
    let keep = parse("2d, 30min 5d, 6h 15d, daily 25d").unwrap();
    let entries = past(40, 15 * MINUTE);
    let late = MemoryStore::default();
    let channel_late = channel(&late);
    late.put(channel_late.id, &entries).unwrap();
    once(&late, &channel_late, &keep, at(0));
    let expected = all(&late, &channel_late);
    assert!((350..500).contains(&expected.len()), "{}", expected.len());

    let store = MemoryStore::default();
    let channel = channel(&store);
    let (mut put, mut clean) = (0, Clean::new());
    for hour in (-40 * 24..=0).step_by(11) {
        let now = at(hour * HOUR);
        let until = entries.partition_point(|entry| entry.created_at <= now);
        store.put(channel.id, &entries[put..until]).unwrap();
        put = until;
        let mut walk = Walk::begin(&keep, now, &clean);
        if hour % 3 == 0 {
            // Ended in the middle, as by a power cut: what was known is forgotten.
            walk.step(&store, &channel).unwrap();
            clean = Clean::new();
        } else {
            let known = walk.clean();
            walk_to_the_end(&store, &channel, walk);
            clean = known;
        }
    }
    store.put(channel.id, &entries[put..]).unwrap();
    once(&store, &channel, &keep, at(0));
    let left = all(&store, &channel);
    let places = |entries: &[Entry]| -> Vec<_> {
        entries.iter().map(|entry| (entry.id, entry.created_at)).collect()
    };
    assert_eq!(places(&left), places(&expected));
    for (one, other) in left.iter().zip(&expected) {
        // Means of means are rounded once more.
        let value =
            |entry: &Entry| entry.values.fields[0].as_deref().unwrap().parse::<f64>().unwrap();
        assert!((value(one) - value(other)).abs() < 0.02, "{one:?} {other:?}");
    }
}

#[test]
fn a_step_is_bounded_and_touches_whole_spans_only() {
    let store = MemoryStore::default();
    let channel = channel(&store);
    // Three hours with an entry each second, and an hour that began less than a day ago.
    let seconds: Vec<Entry> = (0..10_800)
        .map(|n| entry(n as u64 + 1, at(-DAY - 2 * HOUR - 1_800_000 + n * 1_000), 20.0))
        .collect();
    store.put(channel.id, &seconds).unwrap();
    let mut walk = Walk::begin(&parse("1d, hourly").unwrap(), at(0), &Clean::new());
    let mut steps = Vec::new();
    loop {
        let step = walk.step(&store, &channel).unwrap();
        steps.push(step.deleted);
        assert!(step.deleted <= 7_600, "some thousand: {}", step.deleted);
        if step.done {
            break;
        }
    }
    assert!(steps.len() > 1, "{steps:?}");
    let left = all(&store, &channel);
    let boundary = at(-DAY).millis().div_euclid(HOUR) * HOUR;
    let (old, young): (Vec<_>, Vec<_>) =
        left.iter().partition(|e| e.created_at.millis() < boundary);
    assert_eq!(old.len(), 3, "one for each hour");
    assert!(young.len() > 1_000, "an hour that is not wholly a day old is whole: {}", young.len());
}
