//! Stories of channels: their ids, keys, settings and words.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fieldpost_store::{ChannelFilter, NewChannel, Store, StoreError, Taken, User};
use fieldpost_wire::ChannelId;
use fieldpost_wire::channel::{About, Channel, Keep, Tag, Tier, Valid};

use crate::setup::*;

/// Settings with something in every place.
fn full_about() -> About {
    let text = |name: &str| Some(format!("{name} 🌱 'q' \"q\" \0"));
    About {
        name: "Greenhouse 🌡".into(),
        description: text("description"),
        labels: std::array::from_fn(|n| (n != 2).then(|| format!("label {n}"))),
        latitude: text("latitude"),
        longitude: text("longitude"),
        elevation: text("elevation"),
        metadata: text("metadata"),
        tags: vec![Tag { id: 1, name: "plants".into() }, Tag { id: 2, name: "Zürich".into() }],
        url: text("url"),
        github_url: text("github_url"),
        video_id: text("video_id"),
        video_type: text("video_type"),
        public: true,
        interval_ms: Some(u64::MAX),
        timezone: text("timezone"),
        valid: std::array::from_fn(|n| Valid {
            min: (n > 0).then(|| "-40.0".into()),
            max: (n > 1).then(|| "85".into()),
            refuse: n % 2 == 1,
        }),
        keep: Keep { days: Some(90), tiers: vec![Tier { minutes: 60, days: None }] },
    }
}

fn words(names: &[&str]) -> Vec<Tag> {
    names.iter().map(|name| Tag { id: 77, name: (*name).into() }).collect()
}

fn create(store: &dyn Store, owner: &User, n: u32, id: Option<u64>) -> Result<u64, StoreError> {
    let new = NewChannel { id: id.map(channel_id), ..new_channel(owner, n) };
    store.create_channel(new).map(|channel| channel.id.get())
}

pub(crate) fn a_new_channel_comes_back_as_it_was_made(store: &dyn Store) {
    let ada = ada(store);
    let new = NewChannel {
        id: Some(channel_id(1_242_204)),
        owner: ada.id,
        about: full_about(),
        write_key: key(1),
        read_keys: vec![read_key(9), read_key(2)],
        now: ms(3),
    };
    let made = store.create_channel(new).unwrap();
    let expected = Channel {
        id: channel_id(1_242_204),
        owner: ada.id,
        username: "ada".into(),
        about: full_about(),
        write_key: key(1),
        read_keys: vec![read_key(9), read_key(2)],
        retiring: Vec::new(),
        created_at: ms(3),
        updated_at: ms(3),
    };
    assert_eq!(made, expected);
    assert_eq!(store.channel(made.id).unwrap(), Some(expected.clone()));
    assert_eq!(store.channel_of_write_key(&key(1), ms(0)).unwrap(), Some(expected.clone()));
    assert_eq!(
        store.channel_of_write_key(&key(9), ms(0)).unwrap(),
        None,
        "a read key does not write"
    );
    assert_eq!(store.channel_of_read_key(&key(2)).unwrap(), Some(expected.clone()));
    assert_eq!(store.channel_of_read_key(&key(1)).unwrap(), None, "a write key is no read key");
    let listed = store.channels(&ChannelFilter::default()).unwrap();
    assert_eq!(listed, [(expected, store.head(made.id).unwrap().unwrap())]);
}

pub(crate) fn a_channel_without_an_id_gets_one_above_every_id_ever_used(store: &dyn Store) {
    let ada = ada(store);
    assert_eq!(create(store, &ada, 1, None).unwrap(), 1);
    assert_eq!(create(store, &ada, 2, Some(500)).unwrap(), 500);
    assert_eq!(create(store, &ada, 3, None).unwrap(), 501);
    assert_eq!(create(store, &ada, 4, Some(7)).unwrap(), 7);
    assert_eq!(create(store, &ada, 5, None).unwrap(), 502);
    assert!(create(store, &ada, 5, None).is_err());
    assert_eq!(create(store, &ada, 6, None).unwrap(), 503, "a refused channel uses up no id");
}

pub(crate) fn a_deleted_id_is_given_again_only_when_asked_for(store: &dyn Store) {
    let ada = ada(store);
    create(store, &ada, 1, Some(9)).unwrap();
    stored(store, submission(channel_id(9), ms(0), [update("old")]));
    store.delete_channel(channel_id(9)).unwrap();
    assert_eq!(create(store, &ada, 1, None).unwrap(), 10);
    assert_eq!(create(store, &ada, 2, Some(9)).unwrap(), 9);
    assert_eq!(store.head(channel_id(9)).unwrap(), Some(fieldpost_store::Head::default()));
    assert_eq!(ids(&stored(store, submission(channel_id(9), ms(0), [update("new")]))), [1]);
}

pub(crate) fn after_the_highest_id_none_is_left(store: &dyn Store) {
    let ada = ada(store);
    assert_eq!(create(store, &ada, 1, Some(ChannelId::MAX)).unwrap(), ChannelId::MAX);
    assert!(matches!(create(store, &ada, 2, None), Err(StoreError::Failed(_))));
    assert_eq!(create(store, &ada, 2, Some(5)).unwrap(), 5);
}

pub(crate) fn a_channel_needs_an_owner_a_free_id_and_free_keys_in_this_order(store: &dyn Store) {
    let ada = ada(store);
    create(store, &ada, 1, Some(4)).unwrap();
    for nobody in [0, ada.id + 1, u64::MAX] {
        let new = NewChannel { owner: nobody, id: Some(channel_id(4)), ..new_channel(&ada, 1) };
        assert!(not_found(store.create_channel(new)));
    }
    assert_eq!(taken(create(store, &ada, 1, Some(4))), Some(Taken::ChannelId));
    assert_eq!(taken(create(store, &ada, 1, Some(5))), Some(Taken::Key));
    assert_eq!(store.channels(&ChannelFilter::default()).unwrap().len(), 1);
}

pub(crate) fn a_write_key_opens_one_channel_and_nothing_else(store: &dyn Store) {
    let ada = ada(store);
    let with = |write: u32, read: &[u32]| {
        let read_keys = read.iter().map(|n| read_key(*n)).collect();
        store.create_channel(NewChannel { read_keys, ..new_channel(&ada, write) })
    };
    let first = with(1, &[10]).unwrap().id;
    assert_eq!(taken(with(1, &[])), Some(Taken::Key), "another's write key");
    assert_eq!(taken(with(10, &[])), Some(Taken::Key), "another's read key");
    assert_eq!(taken(with(2, &[1])), Some(Taken::Key), "a read key that writes elsewhere");
    assert_eq!(taken(with(2, &[2])), Some(Taken::Key), "a read key that writes here");
    let second = with(2, &[]).unwrap().id;
    for (write, read) in [(1, 20), (10, 20), (2, 1), (2, 2)] {
        let answer = change(store, second, |channel| {
            channel.write_key = key(write);
            channel.read_keys = vec![read_key(read)];
        });
        assert_eq!(taken(answer), Some(Taken::Key), "{write} {read}");
    }
    // Its own keys may change places.
    change(store, first, |channel| {
        channel.write_key = key(10);
        channel.read_keys = vec![read_key(1)];
    })
    .unwrap();
    assert_eq!(store.channel_of_write_key(&key(10), ms(0)).unwrap().unwrap().id, first);
}

pub(crate) fn read_keys_differ_within_their_channel_only(store: &dyn Store) {
    let ada = ada(store);
    let with = |write: u32, read: &[u32]| {
        let read_keys = read.iter().map(|n| read_key(*n)).collect();
        store.create_channel(NewChannel { read_keys, ..new_channel(&ada, write) })
    };
    assert_eq!(taken(with(1, &[10, 11, 10])), Some(Taken::Key));
    with(1, &[10, 11]).unwrap();
    with(2, &[11, 10]).unwrap();
}

pub(crate) fn a_change_keeps_what_must_not_change(store: &dyn Store) {
    let (one, _) = two_channels(store);
    let before = store.channel(one).unwrap().unwrap();
    let answered = change(store, one, |channel| {
        assert_eq!(*channel, before, "it is shown as it is");
        channel.id = channel_id(99);
        channel.owner = 99;
        channel.username = "mallory".into();
        channel.created_at = ms(99);
        channel.updated_at = ms(99);
        channel.about.name = "new".into();
    })
    .unwrap();
    let mut expected = before.clone();
    expected.about.name = "new".into();
    expected.updated_at = ms(5_000);
    assert_eq!(answered, expected);
    assert_eq!(store.channel(one).unwrap(), Some(expected));
    assert_eq!(store.channel(channel_id(99)).unwrap(), None);
}

pub(crate) fn every_setting_can_be_changed_and_cleared(store: &dyn Store) {
    let channel = one_channel(store);
    for about in [full_about(), About::default(), About { interval_ms: Some(0), ..full_about() }] {
        let answered = change(store, channel, |channel| channel.about = about.clone()).unwrap();
        assert_eq!(answered.about, about);
        assert_eq!(store.channel(channel).unwrap(), Some(answered));
    }
}

pub(crate) fn changed_keys_open_and_old_ones_do_not(store: &dyn Store) {
    let channel = one_channel(store);
    change(store, channel, |channel| {
        channel.write_key = key(5);
        channel.read_keys = vec![read_key(8), read_key(6)];
    })
    .unwrap();
    assert_eq!(store.channel_of_write_key(&key(1), ms(0)).unwrap(), None);
    let found = store.channel_of_write_key(&key(5), ms(0)).unwrap().unwrap();
    assert_eq!(found.read_keys, [read_key(8), read_key(6)]);
    change(store, channel, |channel| channel.read_keys = vec![read_key(6), read_key(7)]).unwrap();
    let found = store.channel(channel).unwrap().unwrap();
    assert_eq!(found.read_keys, [read_key(6), read_key(7)]);
}

pub(crate) fn a_refused_change_leaves_everything(store: &dyn Store) {
    let (one, two) = two_channels(store);
    let before = store.channel(two).unwrap();
    let version = store.version().unwrap();
    let answer = change(store, two, |channel| {
        channel.about = full_about();
        channel.read_keys = vec![read_key(30), read_key(1)];
    });
    assert_eq!(taken(answer), Some(Taken::Key));
    assert_eq!(store.channel(two).unwrap(), before);
    assert_eq!(store.version().unwrap(), version);
    // The words of the refused change were not learnt.
    let named = change(store, one, |channel| channel.about.tags = words(&["first"])).unwrap();
    assert_eq!(named.about.tags, [Tag { id: 1, name: "first".into() }]);
}

pub(crate) fn a_change_that_panics_leaves_everything(store: &dyn Store) {
    let channel = one_channel(store);
    let before = store.channel(channel).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        change(store, channel, |channel| {
            channel.about.name = "half".into();
            panic!("while changing, as the story goes");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(store.channel(channel).unwrap(), before);
    stored(store, submission(channel, ms(0), [update("still works")]));
}

pub(crate) fn tags_are_known_words_whatever_their_case(store: &dyn Store) {
    let (one, two) = two_channels(store);
    let tag = |id, name: &str| Tag { id, name: name.into() };
    let set = |channel, names: &[&str]| {
        change(store, channel, |channel| channel.about.tags = words(names)).unwrap().about.tags
    };
    assert_eq!(set(one, &["Ünter", "home"]), [tag(1, "Ünter"), tag(2, "home")]);
    assert_eq!(set(two, &["HOME", "garden"]), [tag(2, "home"), tag(3, "garden")]);
    assert_eq!(set(two, &["garden", "üNTER"]), [tag(3, "garden"), tag(1, "Ünter")]);
    assert_eq!(set(two, &["a", "Home", "A", "home"]), [tag(4, "a"), tag(2, "home")]);
    assert_eq!(store.channel(two).unwrap().unwrap().about.tags, [tag(4, "a"), tag(2, "home")]);
    // A word that nobody carries keeps its number, and a new channel is given it too.
    set(two, &[]);
    store.delete_channel(one).unwrap();
    let ada = store.user("ada").unwrap().unwrap();
    let about = About { tags: words(&["GARDEN", "b"]), ..About::default() };
    let made = store.create_channel(NewChannel { about, ..new_channel(&ada, 3) }).unwrap();
    assert_eq!(made.about.tags, [tag(3, "garden"), tag(5, "b")]);
}

pub(crate) fn a_list_is_filtered_by_owner_publicity_and_tag(store: &dyn Store) {
    let (ada, bob) = (ada(store), store.create_user(new_user("bob", 1001)).unwrap());
    let make = |id, owner: &User, public, tags: &[&str]| {
        let about = About { public, tags: words(tags), ..About::default() };
        let id = Some(channel_id(id));
        store.create_channel(NewChannel { id, about, ..new_channel(owner, 0) })
    };
    // Later ones take the key over, so that the list is not in the order of making.
    for (n, id, owner, public, tags) in [
        (1, 30, &ada, true, &["Öko", "home"][..]),
        (2, 10, &bob, true, &["home"][..]),
        (3, 20, &ada, false, &["öko"][..]),
        (4, 40, &bob, false, &[][..]),
    ] {
        make(id, owner, public, tags).unwrap();
        change(store, channel_id(id), |channel| channel.write_key = key(n)).unwrap();
    }
    stored(store, submission(channel_id(10), ms(1), [update("x")]));
    let list = |owner: Option<u64>, public_only: bool, tag: Option<&str>| {
        let filter = ChannelFilter { owner, public_only, tag: tag.map(Into::into) };
        let listed = store.channels(&filter).unwrap();
        for (channel, head) in &listed {
            assert_eq!(store.channel(channel.id).unwrap().as_ref(), Some(channel));
            assert_eq!(store.head(channel.id).unwrap(), Some(*head));
        }
        listed.iter().map(|(channel, _)| channel.id.get()).collect::<Vec<_>>()
    };
    assert_eq!(list(None, false, None), [10, 20, 30, 40]);
    assert_eq!(list(Some(ada.id), false, None), [20, 30]);
    assert_eq!(list(None, true, None), [10, 30]);
    assert_eq!(list(None, false, Some("ÖKO")), [20, 30]);
    assert_eq!(list(Some(ada.id), true, Some("öko")), [30]);
    assert_eq!(list(Some(bob.id), false, Some("öko")), NO_IDS);
    assert_eq!(list(None, false, Some("ök")), NO_IDS);
    assert_eq!(list(Some(0), false, None), NO_IDS);
    assert_eq!(list(Some(u64::MAX), false, None), NO_IDS);
}

pub(crate) fn a_deleted_channel_takes_its_entries_and_keys_along(store: &dyn Store) {
    let (one, two) = two_channels(store);
    change(store, one, |channel| channel.read_keys = vec![read_key(50)]).unwrap();
    store.commit([one, two].map(|c| submission(c, ms(0), [update("x")])).into()).unwrap();
    store.delete_channel(one).unwrap();
    assert_eq!(store.channel(one).unwrap(), None);
    assert_eq!(store.channel_of_write_key(&key(1), ms(0)).unwrap(), None);
    assert_eq!(all(store, one), []);
    assert_eq!(store.head(one).unwrap(), None);
    assert!(not_found(store.delete_channel(one)));
    assert_eq!(ids(&all(store, two)), [1]);
    // Both of its keys are free again.
    change(store, two, |channel| {
        channel.write_key = key(50);
        channel.read_keys = vec![read_key(1)];
    })
    .unwrap();
}

pub(crate) fn the_version_changes_with_the_catalogue_and_not_with_entries(store: &dyn Store) {
    let mut seen = vec![store.version().unwrap()];
    let mut step = |changed: bool, what: &str| {
        let version = store.version().unwrap();
        if changed {
            assert!(!seen.contains(&version), "{what}");
            seen.push(version);
        } else {
            assert_eq!(seen.last(), Some(&version), "{what}");
        }
    };
    let ada = ada(store);
    step(true, "a new user");
    let channel = store.create_channel(new_channel(&ada, 1)).unwrap().id;
    step(true, "a new channel");
    change(store, channel, |channel| channel.write_key = key(2)).unwrap();
    step(true, "a changed channel");
    store.change_user("ada", &mut |user| user.api_key = key(3)).unwrap();
    step(true, "a changed user");
    stored(store, submission(channel, ms(0), [update("x")]));
    all(store, channel);
    step(false, "an entry");
    assert!(store.create_user(new_user("ADA", 4)).is_err());
    assert!(store.create_channel(new_channel(&ada, 2)).is_err());
    step(false, "refusals");
    store.clear(channel).unwrap();
    step(true, "a cleared channel, so that a memory of its entries goes too");
    store.delete_channel(channel).unwrap();
    step(true, "a deleted channel");
}
