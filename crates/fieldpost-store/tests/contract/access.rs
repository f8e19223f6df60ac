//! Stories of who may look: sessions, shares, links, and keys that are on their way out.

use fieldpost_store::{NewSession, NewUser, Role, Share, Store, StoreError, Taken, TokenHash};
use fieldpost_wire::Timestamp;
use fieldpost_wire::channel::RetiringKey;

use crate::setup::*;

fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

fn begin(store: &dyn Store, user: u64, n: u8, at: i64) -> u64 {
    let new = NewSession { user, token: token(n), agent: format!("agent {n}"), now: ms(at) };
    store.begin_session(new).unwrap().id
}

fn of(store: &dyn Store, user: u64) -> Vec<u64> {
    store.sessions(user).unwrap().iter().map(|session| session.id).collect()
}

pub(crate) fn a_session_is_found_by_its_token_with_its_user(store: &dyn Store) {
    let ada = ada(store);
    let id = begin(store, ada.id, 1, 5);
    let (session, user) = store.session(&token(1)).unwrap().unwrap();
    assert_eq!((session.id, session.user, user), (id, 1, ada));
    assert_eq!(
        (session.created_at, session.seen_at, session.agent.as_str()),
        (ms(5), ms(5), "agent 1")
    );
    assert_eq!(store.session(&token(2)).unwrap(), None);
    store.see_session(id, ms(9)).unwrap();
    let (session, _) = store.session(&token(1)).unwrap().unwrap();
    assert_eq!((session.created_at, session.seen_at), (ms(5), ms(9)));
    assert!(not_found(store.see_session(99, ms(9))));
    let again = NewSession { user: 1, token: token(1), agent: String::new(), now: ms(0) };
    assert_eq!(taken(store.begin_session(again.clone())), Some(Taken::Key));
    assert!(not_found(store.begin_session(NewSession { user: 9, token: token(3), ..again })));
}

pub(crate) fn sessions_end_one_by_one_all_but_one_and_by_age(store: &dyn Store) {
    let (ada, bob) = (ada(store), store.create_user(new_user("bob", 2)).unwrap());
    let ids: Vec<u64> = (1..=4).map(|n| begin(store, ada.id, n, i64::from(n))).collect();
    let bobs = begin(store, bob.id, 9, 2);
    store.end_session(ada.id, ids[0]).unwrap();
    assert!(not_found(store.end_session(ada.id, ids[0])));
    assert!(not_found(store.end_session(ada.id, bobs)), "nobody ends another's session");
    assert_eq!(of(store, ada.id), ids[1..]);
    store.end_old_sessions(ms(3)).unwrap();
    assert_eq!((of(store, ada.id), of(store, bob.id)), (ids[2..].to_vec(), Vec::new()));
    store.end_sessions(ada.id, Some(ids[3])).unwrap();
    assert_eq!(of(store, ada.id), [ids[3]]);
    store.end_sessions(ada.id, None).unwrap();
    assert_eq!(of(store, ada.id), NO_IDS);
    assert!(begin(store, ada.id, 1, 0) > bobs, "a number is not given twice");
}

pub(crate) fn a_channel_is_shared_with_a_role_that_changes_and_ends(store: &dyn Store) {
    let channel = one_channel(store);
    let bob = store.create_user(new_user("Bob", 2)).unwrap();
    assert_eq!(store.role(channel, bob.id).unwrap(), None);
    store.share(channel, bob.id, Some(Role::Viewer)).unwrap();
    store.share(channel, bob.id, Some(Role::Editor)).unwrap();
    assert_eq!(store.role(channel, bob.id).unwrap(), Some(Role::Editor));
    let expected = Share { user: bob.id, login: "Bob".into(), role: Role::Editor };
    assert_eq!(store.shares(channel).unwrap(), [expected]);
    let (shared, head, role) = store.shared_with(bob.id).unwrap().remove(0);
    assert_eq!((shared.id, head.last, role), (channel, None, Role::Editor));
    store.share(channel, bob.id, None).unwrap();
    assert_eq!(store.shared_with(bob.id).unwrap(), []);
    store.share(channel, 1, Some(Role::Editor)).unwrap();
    assert_eq!(store.shares(channel).unwrap(), [], "the owner is no share");
    assert!(not_found(store.share(channel, 99, Some(Role::Viewer))));
    assert!(not_found(store.share(channel_id(99), bob.id, None)));
}

pub(crate) fn a_link_is_found_by_its_token_until_it_is_taken_back(store: &dyn Store) {
    let (one, two) = two_channels(store);
    let made = store.create_link(new_link(one, 1)).unwrap();
    assert_eq!(store.link(&token(1)).unwrap(), Some(made.clone()));
    assert_eq!((made.channel, made.expires_at, made.note.as_str()), (one, Some(ms(9)), "link 1"));
    assert_eq!(taken(store.create_link(new_link(two, 1))), Some(Taken::Key));
    assert!(not_found(store.create_link(new_link(channel_id(99), 2))));
    assert!(not_found(store.delete_link(two, made.id)), "nobody takes another's link back");
    store.delete_link(one, made.id).unwrap();
    assert_eq!((store.link(&token(1)).unwrap(), store.links(one).unwrap()), (None, Vec::new()));
}

pub(crate) fn what_belongs_to_a_user_or_a_channel_goes_with_it(store: &dyn Store) {
    let channel = one_channel(store);
    let bob = store.create_user(new_user("bob", 2)).unwrap();
    begin(store, bob.id, 1, 0);
    store.share(channel, bob.id, Some(Role::Viewer)).unwrap();
    store.create_link(new_link(channel, 1)).unwrap();
    store.delete_user("BOB").unwrap();
    assert_eq!(
        (store.session(&token(1)).unwrap(), store.shares(channel).unwrap()),
        (None, Vec::new())
    );
    let carol = store.create_user(new_user("carol", 3)).unwrap();
    assert_eq!(carol.id, 3, "a user's number is not given twice");
    store.share(channel, carol.id, Some(Role::Viewer)).unwrap();
    store.delete_channel(channel).unwrap();
    assert_eq!(
        (store.shared_with(carol.id).unwrap(), store.link(&token(1)).unwrap()),
        (Vec::new(), None)
    );
}

pub(crate) fn owners_and_the_last_admin_can_not_be_deleted(store: &dyn Store) {
    let channel = one_channel(store);
    assert!(matches!(store.delete_user("ada"), Err(StoreError::OwnsChannels)));
    store.delete_channel(channel).unwrap();
    let admin = |login: &str, n: u32, password: Option<&str>| NewUser {
        admin: true,
        password: password.map(str::to_string),
        ..new_user(login, n)
    };
    store.create_user(admin("root", 7, Some("$argon2id$"))).unwrap();
    store.create_user(admin("idle", 8, None)).unwrap();
    assert!(matches!(store.delete_user("root"), Err(StoreError::LastAdmin)), "idle can't sign in");
    store.create_user(admin("second", 9, Some("$argon2id$"))).unwrap();
    store.delete_user("root").unwrap();
    store.delete_user("ada").unwrap();
    assert!(not_found(store.delete_user("ada")));
}

pub(crate) fn a_retiring_key_writes_until_its_time_and_not_after(store: &dyn Store) {
    let channel = one_channel(store);
    let retire = |n: u32, until: Timestamp| RetiringKey { key: key(n), until };
    change(store, channel, |channel| {
        channel.write_key = key(5);
        channel.retiring = vec![retire(1, ms(9_000)), retire(2, ms(5_001)), retire(3, ms(5_000))];
    })
    .unwrap();
    let opens = |n: u32, at: i64| store.channel_of_write_key(&key(n), ms(at)).unwrap().is_some();
    assert!(opens(5, 99_999) && opens(1, 8_999) && opens(2, 5_000));
    assert!(!opens(1, 9_000) && !opens(2, 5_001));
    let kept = store.channel(channel).unwrap().unwrap().retiring;
    assert_eq!(kept, [retire(1, ms(9_000)), retire(2, ms(5_001))], "a key whose time is over goes");
}

pub(crate) fn a_retiring_key_is_nobody_elses_key(store: &dyn Store) {
    let (one, two) = two_channels(store);
    let retiring = |n: u32| vec![RetiringKey { key: key(n), until: ms(9_000) }];
    change(store, one, |channel| {
        channel.write_key = key(5);
        channel.retiring = retiring(1);
        channel.read_keys = vec![read_key(6)];
    })
    .unwrap();
    assert_eq!(taken(change(store, two, |channel| channel.write_key = key(1))), Some(Taken::Key));
    assert_eq!(
        taken(change(store, two, |channel| channel.read_keys = vec![read_key(1)])),
        Some(Taken::Key)
    );
    for n in [1, 5, 6] {
        assert_eq!(
            taken(change(store, two, |c| c.retiring = retiring(n))),
            Some(Taken::Key),
            "{n}"
        );
    }
    assert_eq!(taken(change(store, one, |channel| channel.write_key = key(1))), Some(Taken::Key));
    assert_eq!(taken(change(store, one, |c| c.read_keys = vec![read_key(1)])), Some(Taken::Key));
}
