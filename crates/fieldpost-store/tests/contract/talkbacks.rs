//! Stories of TalkBacks: keys and owners, the order of a queue, what becomes of commands.

use std::collections::HashSet;
use std::thread;

use fieldpost_store::talkbacks::{
    Added, Command, CommandChange, CommandState, Control, NewCommand, NewTalkBack, Reach,
};
use fieldpost_store::{Role, Store, Taken};

use crate::setup::*;

const KEEP: usize = 100;

pub(crate) fn new_talkback(user: u64, n: u32) -> NewTalkBack {
    NewTalkBack {
        id: None,
        user,
        name: format!("TalkBack {n}"),
        api_key: key(n),
        channel: None,
        log: false,
        expire_s: None,
        controls: Vec::new(),
        now: ms(3),
    }
}

/// Makes a user with a TalkBack.
fn one(store: &dyn Store) -> u64 {
    store.create_talkback(new_talkback(ada(store).id, 1)).unwrap().id
}

fn new_command(talkback: u64, text: &str) -> NewCommand {
    let (position, expires_at, once) = (None, None, None);
    NewCommand { talkback, text: text.into(), position, expires_at, once, now: ms(10) }
}

fn add(store: &dyn Store, new: NewCommand) -> Command {
    match store.add_command(new, 50).unwrap() {
        Added::New(command) => command,
        other => panic!("{other:?}"),
    }
}

fn put(store: &dyn Store, talkback: u64, text: &str, position: Option<u64>) -> u64 {
    add(store, NewCommand { position, ..new_command(talkback, text) }).id
}

fn until(talkback: u64, text: &str, expires_at: i64) -> NewCommand {
    NewCommand { expires_at: Some(ms(expires_at)), ..new_command(talkback, text) }
}

/// What is queued, in order, once it is clear that positions count from 1 without gaps.
fn texts(store: &dyn Store, talkback: u64, now: i64) -> Vec<String> {
    let queue = store.queue(talkback, ms(now)).unwrap();
    assert_eq!(store.queued(talkback, ms(now)).unwrap(), queue.len() as u64);
    for (command, position) in queue.iter().zip(1..) {
        assert_eq!((command.position, command.state), (Some(position), CommandState::Queued));
        let alone = store.command(talkback, command.id, ms(now)).unwrap();
        assert_eq!(alone.as_ref(), Some(command));
    }
    queue.into_iter().map(|command| command.text).collect()
}

fn next(store: &dyn Store, talkback: u64, now: i64) -> Option<String> {
    store.next_command(talkback, ms(now), KEEP).unwrap().map(|command| command.text)
}

pub(crate) fn a_talkback_comes_back_as_it_was_made_and_is_found_by_its_key(store: &dyn Store) {
    let channel = one_channel(store);
    let controls = vec![
        Control::Switch { label: "Pump".into(), on: "ON".into(), off: "OFF".into() },
        Control::Slider {
            label: "Fan".into(),
            command: "FAN {value}".into(),
            min: -0.5,
            max: 1e3,
            step: 0.1,
        },
    ];
    let new = NewTalkBack {
        channel: Some(channel),
        log: true,
        expire_s: Some(u32::MAX),
        controls,
        ..new_talkback(1, 7)
    };
    let made = store.create_talkback(new.clone()).unwrap();
    assert_eq!((made.id, made.user, made.created_at), (1, 1, ms(3)));
    assert_eq!((made.channel, made.log, made.expire_s), (Some(channel), true, Some(u32::MAX)));
    assert_eq!(made.controls, new.controls);
    assert_eq!(store.talkback(1).unwrap(), Some(made.clone()));
    assert_eq!(store.talkback_of_key(&key(7)).unwrap(), Some(made.clone()));
    assert_eq!(store.talkback_of_key(&key(1)).unwrap(), None, "a channel's key is none of it");
    assert_eq!(store.talkbacks(Some(1)).unwrap(), [made]);
    assert_eq!(store.talkbacks(Some(2)).unwrap(), []);
}

pub(crate) fn a_talkback_needs_an_owner_a_channel_that_is_there_and_a_key_of_its_own(
    store: &dyn Store,
) {
    let id = one(store);
    assert!(not_found(store.create_talkback(new_talkback(9, 2))));
    let far = NewTalkBack { channel: Some(channel_id(99)), ..new_talkback(1, 2) };
    assert!(not_found(store.create_talkback(far)));
    assert_eq!(taken(store.create_talkback(new_talkback(1, 1))), Some(Taken::Key));
    let same = NewTalkBack { id: Some(id), ..new_talkback(1, 2) };
    assert_eq!(taken(store.create_talkback(same)), Some(Taken::TalkBackId));
    let chosen = NewTalkBack { id: Some(55), ..new_talkback(1, 2) };
    assert_eq!(store.create_talkback(chosen).unwrap().id, 55);
    store.delete_talkback(55).unwrap();
    let next = store.create_talkback(new_talkback(1, 2)).unwrap().id;
    assert_eq!(next, 56, "an id is not given twice");
    let changed = store.change_talkback(next, &mut |talkback| talkback.api_key = key(1));
    assert_eq!(taken(changed), Some(Taken::Key));
    let changed = store.change_talkback(next, &mut |t| t.channel = Some(channel_id(9)));
    assert!(not_found(changed) && not_found(store.change_talkback(9, &mut |_| {})));
    let changed = store.change_talkback(next, &mut |talkback| {
        (talkback.id, talkback.user, talkback.created_at) = (7, 7, ms(7));
        (talkback.name, talkback.expire_s) = ("Shed".into(), Some(60));
    });
    let kept = store.talkback(next).unwrap().unwrap();
    assert_eq!(changed.unwrap(), kept);
    assert_eq!((kept.id, kept.user, kept.created_at, kept.name.as_str()), (56, 1, ms(3), "Shed"));
    assert!(not_found(store.delete_talkback(9)));
}

pub(crate) fn a_talkback_goes_with_its_user_and_outlives_its_channel(store: &dyn Store) {
    let channel = one_channel(store);
    let bob = store.create_user(new_user("bob", 2)).unwrap();
    let of_channel = NewTalkBack { channel: Some(channel), ..new_talkback(1, 3) };
    let id = store.create_talkback(of_channel).unwrap().id;
    store.share(channel, bob.id, Some(Role::Viewer)).unwrap();
    let of_bob = store.create_talkback(new_talkback(bob.id, 4)).unwrap().id;
    let seen = |user| {
        let all = store.talkbacks_for(user).unwrap();
        all.into_iter().map(|talkback| talkback.id).collect::<Vec<_>>()
    };
    assert_eq!((seen(bob.id), seen(1)), (vec![id, of_bob], vec![id]));
    let given = store.change_talkback(of_bob, &mut |t| t.channel = Some(channel)).unwrap();
    assert_eq!((given.channel, seen(1)), (Some(channel), vec![id, of_bob]), "of an own channel");
    put(store, of_bob, "ON", None);
    store.delete_user("bob").unwrap();
    assert_eq!(store.talkback(of_bob).unwrap(), None);
    assert_eq!(store.commands(of_bob, ms(10), 9).unwrap(), []);
    put(store, id, "ON", None);
    store.delete_channel(channel).unwrap();
    assert_eq!(store.talkback(id).unwrap().unwrap().channel, None);
    assert_eq!(texts(store, id, 10), ["ON"]);
}

pub(crate) fn commands_go_out_in_the_order_of_their_positions(store: &dyn Store) {
    let id = one(store);
    for (text, position) in [
        ("c", None),
        ("e", None),
        ("a", Some(1)),
        ("d", Some(3)),
        ("b", Some(2)),
        ("f", Some(99)),
        ("first", Some(0)),
    ] {
        put(store, id, text, position);
    }
    assert_eq!(texts(store, id, 10), ["first", "a", "b", "c", "d", "e", "f"]);
    let out = store.next_command(id, ms(20), KEEP).unwrap().unwrap();
    assert_eq!((out.text.as_str(), out.position), ("first", None));
    assert_eq!((out.state, out.delivered_at), (CommandState::Delivered, Some(ms(20))));
    assert_eq!(store.last_delivered(id).unwrap(), Some(out));
    assert_eq!(texts(store, id, 20), ["a", "b", "c", "d", "e", "f"]);
    while next(store, id, 20).is_some() {}
    assert_eq!(store.last_delivered(id).unwrap().unwrap().text, "f");
    assert_eq!(store.next_command(99, ms(20), KEEP).unwrap(), None);
    assert!(not_found(store.add_command(new_command(99, "x"), 50)));
}

pub(crate) fn there_is_always_room_in_between(store: &dyn Store) {
    let id = one(store);
    put(store, id, "first", None);
    put(store, id, "last", None);
    // Each goes right behind the first, so that all room between two places is used up again and again.
    let mut expected = vec!["last".to_string()];
    for n in 0..45 {
        put(store, id, &n.to_string(), Some(2));
        expected.insert(0, n.to_string());
    }
    expected.insert(0, "first".into());
    assert_eq!(texts(store, id, 10), expected);
}

pub(crate) fn a_queued_command_is_changed_and_moved_and_others_are_not(store: &dyn Store) {
    let id = one(store);
    let ids = ["a", "b", "c", "d"].map(|text| put(store, id, text, None));
    let change = |n: usize, text: Option<&str>, position| {
        let change = CommandChange { text: text.map(Into::into), position };
        store.change_command(id, ids[n], change, ms(10)).unwrap()
    };
    let moved = change(3, Some("D"), Some(1));
    assert_eq!((moved.text.as_str(), moved.position), ("D", Some(1)));
    assert_eq!(texts(store, id, 10), ["D", "a", "b", "c"]);
    change(0, None, Some(3));
    assert_eq!(texts(store, id, 10), ["D", "b", "a", "c"]);
    change(1, None, Some(77));
    change(2, Some("C"), None);
    assert_eq!(texts(store, id, 10), ["D", "a", "C", "b"]);
    assert_eq!(change(0, None, Some(2)).position, Some(2), "its own place");
    next(store, id, 20);
    let gone = change(3, Some("x"), Some(1));
    assert_eq!((gone.text.as_str(), gone.state), ("D", CommandState::Delivered));
    assert!(not_found(store.change_command(id, 99, CommandChange::default(), ms(10))));
    let other = store.create_talkback(new_talkback(1, 9)).unwrap().id;
    assert!(not_found(store.change_command(other, ids[0], CommandChange::default(), ms(10))));
    assert_eq!(store.command(other, ids[0], ms(10)).unwrap(), None);
}

pub(crate) fn a_command_that_is_due_is_never_handed_out(store: &dyn Store) {
    let id = one(store);
    let due = add(store, until(id, "late", 30));
    add(store, until(id, "later", 40));
    put(store, id, "patient", None);
    assert_eq!(texts(store, id, 29), ["late", "later", "patient"]);
    assert_eq!(texts(store, id, 30), ["later", "patient"], "until means before");
    let shown = store.command(id, due.id, ms(30)).unwrap().unwrap();
    assert_eq!((shown.state, shown.position), (CommandState::Expired, None));
    let reach = Reach::Queue;
    let taken_back = store.delete_command(id, due.id, reach, ms(30)).unwrap();
    assert_eq!(taken_back.state, CommandState::Expired);
    assert!(store.command(id, due.id, ms(30)).unwrap().is_some(), "it is not queued any more");
    assert_eq!(put(store, id, "first", Some(1)), 4);
    assert_eq!(texts(store, id, 35), ["first", "later", "patient"]);

    let expired = store.expire(ms(35), 9, KEEP).unwrap();
    assert_eq!(expired.next, Some(ms(40)));
    let [gone] = expired.commands.as_slice() else { panic!("{expired:?}") };
    assert_eq!((gone.id, gone.state), (due.id, CommandState::Expired));
    assert_eq!(store.expire(ms(35), 9, KEEP).unwrap().commands, []);
    assert_eq!(next(store, id, 50).as_deref(), Some("first"));
    assert_eq!(next(store, id, 50).as_deref(), Some("patient"));
    assert_eq!(next(store, id, 50), None);
    assert_eq!(store.last_delivered(id).unwrap().unwrap().text, "patient");
    assert_eq!(store.expire(ms(50), 9, KEEP).unwrap().next, None);
    assert_eq!(store.last_delivered(id).unwrap().unwrap().text, "patient", "not what expired");
}

pub(crate) fn many_that_are_due_expire_in_parts_the_earliest_first(store: &dyn Store) {
    let id = one(store);
    let other = store.create_talkback(new_talkback(1, 2)).unwrap().id;
    for (talkback, at) in [(id, 5), (other, 1), (id, 3), (other, 4), (id, 2), (other, 90)] {
        add(store, until(talkback, &at.to_string(), at));
    }
    let mut seen = Vec::new();
    for expected in [Some(ms(3)), Some(ms(5)), Some(ms(90)), Some(ms(90))] {
        let expired = store.expire(ms(60), 2, KEEP).unwrap();
        seen.extend(expired.commands.iter().map(|command| command.text.clone()));
        assert_eq!(expired.next, expected);
    }
    assert_eq!(seen, ["1", "2", "3", "4", "5"]);
}

pub(crate) fn a_full_queue_takes_no_more_until_there_is_room(store: &dyn Store) {
    let id = one(store);
    let add = |text, at: i64| {
        let new = NewCommand { now: ms(at), ..until(id, text, 30) };
        store.add_command(new, 3).unwrap()
    };
    for text in ["a", "b", "c"] {
        assert!(matches!(add(text, 10), Added::New(_)));
    }
    assert_eq!(add("d", 10), Added::Full);
    next(store, id, 10);
    assert!(matches!(add("d", 10), Added::New(_)));
    assert_eq!(add("e", 10), Added::Full);
    assert_eq!(add("e", 29), Added::Full);
    assert!(matches!(add("e", 30), Added::New(_)), "what has expired takes no room");
}

pub(crate) fn the_same_word_within_a_day_is_the_same_command(store: &dyn Store) {
    let id = one(store);
    let other = store.create_talkback(new_talkback(1, 2)).unwrap().id;
    let say = |talkback, word: &str, text, at| {
        let once = Some(word.into());
        let new = NewCommand { once, now: ms(at), ..new_command(talkback, text) };
        store.add_command(new, 5).unwrap()
    };
    let Added::New(first) = say(id, "w", "ON", 0) else { panic!() };
    assert_eq!(say(id, "w", "OFF", 1), Added::Again(first.clone()));
    assert!(matches!(say(id, "v", "ON", 1), Added::New(_)));
    assert!(matches!(say(other, "w", "ON", 1), Added::New(_)), "words are of one TalkBack");
    next(store, id, 5);
    let Added::Again(known) = say(id, "w", "ON", 6) else { panic!() };
    assert_eq!((known.id, known.state), (first.id, CommandState::Delivered));
    let day = 24 * 60 * 60 * 1_000;
    assert!(matches!(say(id, "w", "ON", day - 1), Added::Again(_)));
    assert!(matches!(say(id, "w", "ON", day), Added::New(_)));
    assert!(matches!(say(id, "w", "ON", day + 1), Added::Again(_)));
}

pub(crate) fn only_what_was_handed_out_is_acknowledged_and_only_once(store: &dyn Store) {
    let id = one(store);
    let [first, second] = ["a", "b"].map(|text| put(store, id, text, None));
    next(store, id, 20);
    let done = store.acknowledge(id, first, ms(30)).unwrap();
    assert_eq!((done.state, done.acknowledged_at), (CommandState::Acknowledged, Some(ms(30))));
    assert_eq!(done.delivered_at, Some(ms(20)));
    assert_eq!(store.acknowledge(id, first, ms(40)).unwrap(), done);
    let queued = store.acknowledge(id, second, ms(30)).unwrap();
    assert_eq!((queued.state, queued.position), (CommandState::Queued, Some(1)));
    assert!(not_found(store.acknowledge(id, 99, ms(30))));
    let other = store.create_talkback(new_talkback(1, 2)).unwrap().id;
    assert!(not_found(store.acknowledge(other, first, ms(30))));
    assert_eq!(store.last_delivered(id).unwrap(), Some(done));
}

pub(crate) fn of_finished_commands_the_last_are_kept(store: &dyn Store) {
    let id = one(store);
    let ids: Vec<u64> = (0..6).map(|n| put(store, id, &n.to_string(), None)).collect();
    // The last in the queue goes out first; what counts is when a command finished.
    let change = CommandChange { position: Some(1), ..CommandChange::default() };
    store.change_command(id, ids[5], change, ms(10)).unwrap();
    for _ in 0..5 {
        store.next_command(id, ms(20), 3).unwrap();
    }
    let kept: Vec<u64> =
        store.commands(id, ms(20), 9).unwrap().iter().map(|command| command.id).collect();
    assert_eq!(kept, [ids[4], ids[3], ids[2], ids[1]]);
    let newest = store.commands(id, ms(20), 2).unwrap();
    assert_eq!((newest[0].position, newest[1].position), (Some(1), None));
}

pub(crate) fn commands_are_deleted_one_by_one_queued_or_all(store: &dyn Store) {
    let id = one(store);
    let ids: Vec<u64> = (0..5).map(|n| put(store, id, &n.to_string(), None)).collect();
    next(store, id, 20);
    next(store, id, 20);
    let deleted = store.delete_command(id, ids[2], Reach::Queue, ms(20)).unwrap();
    assert_eq!((deleted.text.as_str(), deleted.position), ("2", Some(1)));
    let stays = store.delete_command(id, ids[0], Reach::Queue, ms(20)).unwrap();
    assert_eq!(stays.state, CommandState::Delivered);
    store.delete_command(id, ids[0], Reach::All, ms(20)).unwrap();
    assert!(not_found(store.delete_command(id, ids[0], Reach::All, ms(20))));
    let left = || {
        let all = store.commands(id, ms(20), 9).unwrap();
        all.into_iter().map(|command| command.id).collect::<Vec<_>>()
    };
    assert_eq!(left(), [ids[4], ids[3], ids[1]]);
    store.delete_commands(id, Reach::Queue, ms(20)).unwrap();
    assert_eq!(left(), [ids[1]]);
    store.delete_commands(id, Reach::All, ms(20)).unwrap();
    assert_eq!(left(), NO_IDS);
    assert_eq!(store.last_delivered(id).unwrap(), None);
    assert!(put(store, id, "x", None) > ids[4], "a number is not given twice");
}

pub(crate) fn of_many_who_ask_at_once_each_command_goes_to_one(store: &(dyn Store + Sync)) {
    let id = one(store);
    for n in 0..40 {
        put(store, id, &n.to_string(), None);
    }
    let given: Vec<u64> = thread::scope(|scope| {
        let ask = || {
            let next = || store.next_command(id, ms(20), KEEP).unwrap();
            std::iter::from_fn(next).map(|command| command.id).collect::<Vec<_>>()
        };
        let all: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(given.len(), 40);
    assert_eq!(given.iter().collect::<HashSet<_>>().len(), 40);
}

pub(crate) fn every_text_of_a_command_comes_back_exactly(store: &dyn Store) {
    let id = one(store);
    for text in nasty_texts() {
        put(store, id, &text, None);
        assert_eq!(next(store, id, 20), Some(text));
    }
}
