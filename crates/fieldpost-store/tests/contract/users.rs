//! Stories of users: their logins and keys.

use fieldpost_store::{NewUser, Store, Taken, User};

use crate::setup::*;

pub(crate) fn a_user_is_found_by_login_whatever_its_case_and_by_key(store: &dyn Store) {
    let new = NewUser { password: Some("$argon2id$…".into()), ..new_user("Jürg", 1) };
    let made = store.create_user(new).unwrap();
    let expected = User {
        id: 1,
        login: "Jürg".into(),
        api_key: key(1),
        password: Some("$argon2id$…".into()),
        email: None,
        bio: None,
        website: None,
        admin: false,
        timezone: None,
        created_at: ms(0),
    };
    assert_eq!(made, expected);
    for login in ["Jürg", "jürg", "JÜRG"] {
        assert_eq!(store.user(login).unwrap(), Some(expected.clone()));
    }
    assert_eq!(store.user_of_key(&key(1)).unwrap(), Some(expected.clone()));
    assert_eq!(store.users().unwrap(), [expected]);
    assert_eq!(store.user("jurg").unwrap(), None);
    assert_eq!(store.user("").unwrap(), None);
    assert_eq!(store.user_of_key(&key(2)).unwrap(), None);
}

pub(crate) fn users_are_numbered_from_one(store: &dyn Store) {
    assert_eq!(store.users().unwrap(), []);
    for (n, login) in ["zoe", "ada", "bob"].into_iter().enumerate() {
        store.create_user(new_user(login, n as u32)).unwrap();
    }
    let users = store.users().unwrap();
    let listed: Vec<_> = users.iter().map(|user| (user.id, user.login.as_str())).collect();
    assert_eq!(listed, [(1, "zoe"), (2, "ada"), (3, "bob")]);
}

pub(crate) fn a_login_and_a_user_key_belong_to_one_user(store: &dyn Store) {
    ada(store);
    assert_eq!(taken(store.create_user(new_user("ADA", 1000))), Some(Taken::Login));
    assert_eq!(taken(store.create_user(new_user("ADA", 1))), Some(Taken::Login));
    assert_eq!(taken(store.create_user(new_user("bob", 1000))), Some(Taken::Key));
    let bob = store.create_user(new_user("bob", 1)).unwrap();
    assert_eq!(bob.id, 2, "a refused user uses up no number");
}

pub(crate) fn a_user_key_may_equal_a_channel_key(store: &dyn Store) {
    one_channel(store);
    store.create_user(new_user("bob", 1)).unwrap();
}

pub(crate) fn a_changed_user_keeps_number_login_and_age(store: &dyn Store) {
    let before = ada(store);
    let answered = store
        .change_user("ADA", &mut |user| {
            assert_eq!(*user, before, "it is shown as it is");
            *user = User {
                id: 99,
                login: "mallory".into(),
                api_key: key(7),
                password: Some("p".into()),
                email: Some("ada@example.org".into()),
                bio: Some("bio 🧮".into()),
                website: Some("https://example.org".into()),
                admin: true,
                timezone: Some("Europe/Zurich".into()),
                created_at: ms(99),
            };
        })
        .unwrap();
    let expected = User { id: 1, login: "ada".into(), created_at: ms(0), ..answered.clone() };
    assert_eq!(answered, expected);
    assert_eq!(answered.bio.as_deref(), Some("bio 🧮"));
    assert_eq!(store.user("ada").unwrap(), Some(expected));
    assert_eq!(store.user_of_key(&key(1000)).unwrap(), None);
    assert_eq!(store.user("mallory").unwrap(), None);
    let cleared = store.change_user("ada", &mut |user| user.email = None).unwrap();
    assert_eq!(cleared.email, None);
    assert!(not_found(store.change_user("nobody", &mut |_| panic!("there is nobody to change"))));
}

pub(crate) fn a_refused_user_change_leaves_everything(store: &dyn Store) {
    let ada = ada(store);
    store.create_user(new_user("bob", 2)).unwrap();
    let answer = store.change_user("ada", &mut |user| {
        user.bio = Some("half".into());
        user.api_key = key(2);
    });
    assert_eq!(taken(answer), Some(Taken::Key));
    assert_eq!(store.user("ada").unwrap(), Some(ada));
}

pub(crate) fn a_user_never_prints_key_or_password(store: &dyn Store) {
    let new = NewUser { password: Some("$argon2id$secret".into()), ..new_user("ada", 1000) };
    let printed = format!("{:?}", store.create_user(new).unwrap());
    assert!(!printed.contains("argon2id") && !printed.contains("1000"), "{printed}");
}
