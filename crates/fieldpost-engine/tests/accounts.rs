//! Accounts over time: the clock is the test's own, so that half an hour, a day and a month pass at once.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use fieldpost_engine::accounts::setup::FirstUser;
use fieldpost_engine::accounts::{Chosen, sessions::LASTS_MS};
use fieldpost_engine::{Engine, Limits, Refusal, Running, Visitor, What};
use fieldpost_store::memory::MemoryStore;
use fieldpost_store::{Role, User};
use fieldpost_wire::channel::About;
use fieldpost_wire::{Channel, FieldNo, Timestamp, Update};

const MINUTE: i64 = 60_000;
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse";

/// An engine in memory whose time stands still until it is moved.
struct World {
    engine: Engine,
    now: Arc<AtomicI64>,
    running: Option<Running>,
}

impl World {
    fn new() -> Self {
        let now = Arc::new(AtomicI64::new(1_780_000_000_000));
        let clock = Arc::clone(&now);
        let (engine, running) = Engine::start(
            Arc::new(MemoryStore::new()),
            Limits::default(),
            Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed))),
        )
        .unwrap();
        Self { engine, now, running: Some(running) }
    }

    fn wait(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    async fn set_up(&self, token: &str, login: &str) -> Result<User, Refusal> {
        let (token, login, password) = (token.into(), login.into(), PASSWORD.into());
        self.engine.set_up(FirstUser { token, login, password, timezone: None }, HERE).await
    }

    async fn user(&self, login: &str) -> User {
        self.engine.create_user(login, Some(PASSWORD.into()), false).await.unwrap()
    }

    async fn channel(&self, owner: &User) -> Channel {
        self.engine.create_channel(owner, About::new_channel(), Chosen::default()).await.unwrap()
    }

    async fn write(&self, key: &str) -> Result<(), Refusal> {
        let update = Update::from([(FieldNo::ALL[0], "21.5")]);
        self.engine.submit(Some(key), update).await.map(drop)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

#[tokio::test]
async fn the_first_user_is_made_once_with_the_token_that_was_printed() {
    let world = World::new();
    assert_eq!(world.set_up("7KQ2-9XMD", "ada").await, Err(Refusal::SetupOver), "none was printed");
    let token = world.engine.setup_token().await.unwrap().unwrap();
    assert_eq!((token.len(), &token[4..5]), (9, "-"));
    assert_eq!(world.set_up("2222-2222", "ada").await, Err(Refusal::SetupToken));
    let ada = world.set_up(&token.to_lowercase().replace('-', " "), "ada").await.unwrap();
    assert!(ada.admin && ada.password.is_some());
    assert_eq!(world.set_up(&token, "eve").await, Err(Refusal::SetupOver));
    assert_eq!(world.engine.setup_token().await, Ok(None));
    assert_eq!(world.engine.users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_set_up_token_ends_after_half_an_hour_and_when_another_is_made() {
    let world = World::new();
    let first = world.engine.setup_token().await.unwrap().unwrap();
    let second = world.engine.setup_token().await.unwrap().unwrap();
    assert_eq!(world.set_up(&first, "ada").await, Err(Refusal::SetupToken));
    world.wait(30 * MINUTE);
    assert_eq!(world.set_up(&second, "ada").await, Err(Refusal::SetupOver));
    let third = world.engine.setup_token().await.unwrap().unwrap();
    world.wait(30 * MINUTE - 1);
    world.set_up(&third, "ada").await.unwrap();
}

#[tokio::test]
async fn set_up_gives_a_password_to_a_user_who_has_none() {
    let world = World::new();
    let anna = world.engine.create_user("anna", None, false).await.unwrap();
    assert!(!anna.admin);
    let token = world.engine.setup_token().await.unwrap().unwrap();
    let made = world.set_up(&token, "Anna").await.unwrap();
    assert_eq!((made.id, made.admin, made.api_key), (anna.id, true, anna.api_key));
    world.engine.sign_in("anna", PASSWORD, HERE).await.unwrap();
}

#[tokio::test]
async fn a_password_has_a_length_and_the_first_who_has_one_may_manage_users() {
    let world = World::new();
    let make = |login: &'static str, password: String| {
        world.engine.create_user(login, Some(password), false)
    };
    for bad in ["1234567".into(), "x".repeat(1_001)] {
        assert!(matches!(make("ada", bad).await, Err(Refusal::BadValue(_))));
    }
    assert!(make("ada", "12345678".into()).await.unwrap().admin);
    assert!(!make("bob", "x".repeat(1_000)).await.unwrap().admin);
    world.engine.sign_in("bob", &"x".repeat(1_000), HERE).await.unwrap();
    assert_eq!(
        world.engine.sign_in("bob", &"x".repeat(1_001), HERE).await,
        Err(Refusal::SignInFailed)
    );
}

#[tokio::test]
async fn who_fails_often_waits_even_with_the_right_password() {
    let world = World::new();
    world.user("ada").await;
    for _ in 0..5 {
        let failed = world.engine.sign_in("ada", "wrong password", HERE).await;
        assert_eq!(failed, Err(Refusal::SignInFailed));
    }
    let waits = Err(Refusal::TooMany { wait_ms: 15_000 });
    assert_eq!(world.engine.sign_in("ada", PASSWORD, HERE).await, waits);
    world.wait(15_000);
    world.engine.sign_in("ada", PASSWORD, HERE).await.unwrap();
    world.engine.sign_in("ada", PASSWORD, HERE).await.unwrap();
}

#[tokio::test]
async fn a_session_lasts_thirty_days_after_it_was_last_seen() {
    let world = World::new();
    let ada = world.user("ada").await;
    let token = world.engine.begin_session(&ada, "Firefox\r\n").await.unwrap();
    let seen = || async { world.engine.signed_in(&token).await.unwrap() };
    assert!(!seen().await.unwrap().renewed);
    world.wait(LASTS_MS);
    let renewed = seen().await.unwrap();
    assert!(renewed.renewed && renewed.session.agent == "Firefox");
    world.wait(LASTS_MS);
    assert!(seen().await.is_some());
    world.wait(LASTS_MS + 1);
    assert!(seen().await.is_none());
    assert_eq!(world.engine.sessions(&ada).await.unwrap(), []);
    assert!(world.engine.signed_in("no token").await.unwrap().is_none());
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let world = World::new();
    let ada = world.user("ada").await;
    let tokens = [
        world.engine.begin_session(&ada, "one").await.unwrap(),
        world.engine.begin_session(&ada, "two").await.unwrap(),
    ];
    let session = world.engine.signed_in(&tokens[0]).await.unwrap().unwrap().session.id;
    let change = |old: &'static str| {
        world.engine.change_password(&ada, old, "another horse".into(), session, HERE)
    };
    assert_eq!(change("wrong").await, Err(Refusal::SignInFailed));
    change(PASSWORD).await.unwrap();
    assert!(world.engine.signed_in(&tokens[0]).await.unwrap().is_some());
    assert!(world.engine.signed_in(&tokens[1]).await.unwrap().is_none());
    assert!(world.engine.sign_in("ada", PASSWORD, HERE).await.is_err());
    world.engine.set_password("ada", PASSWORD.into()).await.unwrap();
    assert!(
        world.engine.signed_in(&tokens[0]).await.unwrap().is_none(),
        "the command line ends all"
    );
}

#[tokio::test]
async fn a_replaced_key_writes_until_its_time_and_not_after() {
    let world = World::new();
    let ada = world.user("ada").await;
    let channel = world.channel(&ada).await;
    let access = world.engine.own(&ada, channel.id).await.unwrap();
    let old = channel.write_key.reveal();
    let changed = world.engine.replace_write_key(&access, 60_000).await.unwrap();
    let new = changed.write_key.reveal();
    assert_ne!(old, new);
    world.wait(59_999);
    // Written with, so that the directory knows it: it must not be believed longer for that.
    assert_eq!((world.write(old).await, world.write(new).await), (Ok(()), Ok(())));
    world.engine.channel_to_read(channel.id, Some(old)).await.unwrap();
    world.wait(1);
    assert_eq!(world.write(old).await, Err(Refusal::WriteKeyUnknown));
    assert_eq!(world.write(new).await, Ok(()));
    assert!(world.engine.channel_to_read(channel.id, Some(old)).await.is_err());
    let later = world.engine.replace_write_key(&access, 60_000).await.unwrap();
    assert_eq!(world.write(new).await, Ok(()));
    world.engine.replace_write_key(&access, 0).await.unwrap();
    assert_eq!(
        world.write(new).await,
        Err(Refusal::WriteKeyUnknown),
        "without overlap all old keys end"
    );
    assert_eq!(world.write(later.write_key.reveal()).await, Err(Refusal::WriteKeyUnknown));
    let week = 7 * 24 * 3_600_000;
    assert!(world.engine.replace_write_key(&access, week).await.is_ok());
    assert!(matches!(
        world.engine.replace_write_key(&access, week + 1).await,
        Err(Refusal::BadValue(_))
    ));
}

#[tokio::test]
async fn a_link_opens_its_channel_until_it_ends_or_is_taken_back() {
    let world = World::new();
    let ada = world.user("ada").await;
    let (one, two) = (world.channel(&ada).await, world.channel(&ada).await);
    let access = world.engine.own(&ada, one.id).await.unwrap();
    let (link, token) = world.engine.create_link(&access, "for Bob", Some(1)).await.unwrap();
    let visitor = Visitor { link: Some(token), ..Visitor::default() };
    let open = |id| world.engine.access(&visitor, id, What::Read);
    assert_eq!(open(one.id).await.unwrap().role, None);
    assert!(matches!(open(two.id).await, Err(Refusal::NoChannel)));
    world.wait(24 * 60 * MINUTE);
    assert!(matches!(open(one.id).await, Err(Refusal::NoChannel)));
    let (forever, token) = world.engine.create_link(&access, "", None).await.unwrap();
    let visitor = Visitor { link: Some(token), ..Visitor::default() };
    assert!(world.engine.access(&visitor, one.id, What::Read).await.is_ok());
    world.engine.delete_link(&access, forever.id).await.unwrap();
    assert!(world.engine.access(&visitor, one.id, What::Read).await.is_err());
    assert_eq!(world.engine.delete_link(&access, 99).await, Err(Refusal::Gone));
    for days in [0, 3_651] {
        let made = world.engine.create_link(&access, "", Some(days)).await;
        assert!(matches!(made, Err(Refusal::BadValue(_))));
    }
    assert_eq!(world.engine.links(&access).await.unwrap(), [link]);
}

#[tokio::test]
async fn an_owner_shares_with_others_and_not_with_the_owner() {
    let world = World::new();
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let channel = world.channel(&ada).await;
    let access = world.engine.own(&ada, channel.id).await.unwrap();
    let as_bob = Visitor { user: Some(bob), ..Visitor::default() };
    assert!(world.engine.access(&as_bob, channel.id, What::Read).await.is_err());
    world.engine.share(&access, "BOB", Role::Editor).await.unwrap();
    let bobs = world.engine.access(&as_bob, channel.id, What::Edit).await.unwrap();
    assert!(matches!(
        world.engine.share(&bobs, "ada", Role::Viewer).await,
        Err(Refusal::Forbidden(_))
    ));
    for (login, role) in [("ada", Role::Editor), ("bob", Role::Owner)] {
        let shared = world.engine.share(&access, login, role).await;
        assert!(matches!(shared, Err(Refusal::BadValue(_))), "{login}");
    }
    assert_eq!(world.engine.share(&access, "nobody", Role::Viewer).await, Err(Refusal::NoUser));
    world.engine.unshare(&access, "bob").await.unwrap();
    assert!(world.engine.access(&as_bob, channel.id, What::Read).await.is_err());
}

#[tokio::test]
async fn the_picture_of_a_day_is_made_of_few_entries_and_of_the_whole_day() {
    let world = World::new();
    let ada = world.user("ada").await;
    let channel = world.channel(&ada).await;
    assert_eq!(world.engine.day(&channel, FieldNo::ALL.to_vec()).await.unwrap(), []);
    let begin = world.engine.now();
    // An entry every 20 s for a day: more than are looked at.
    let updates = (0..4_320).map(|n| Update {
        created_at: Some(begin.plus_millis(n * 20_000)),
        ..Update::from([(FieldNo::ALL[0], (n / 90).to_string().as_str())])
    });
    world.engine.import(channel.id, updates.collect()).await.unwrap();
    world.wait(24 * 60 * MINUTE - 1);
    let day = world.engine.day(&channel, FieldNo::ALL.to_vec()).await.unwrap();
    assert_eq!(day.len(), 1, "only fields that have numbers");
    assert_eq!((day[0].0, day[0].1.len()), (FieldNo::ALL[0], 48));
    assert!(day[0].1.iter().all(Option::is_some), "{day:?}");
    assert!(day[0].1.is_sorted_by(|a, b| a <= b));
}
