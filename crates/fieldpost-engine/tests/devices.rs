//! MQTT devices over time: how they are made, let in, what they may do, and what is seen of them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use fieldpost_engine::accounts::Chosen;
use fieldpost_engine::devices::{DeviceAccess, DeviceChange, DeviceWish};
use fieldpost_engine::news::Novelty;
use fieldpost_engine::{Engine, Limits, Refusal, Running};
use fieldpost_store::memory::MemoryStore;
use fieldpost_store::{Device, Right, Role, TopicMap, User};
use fieldpost_wire::channel::About;
use fieldpost_wire::{Channel, ChannelId, FieldNo, Timestamp};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 40));

/// An engine in memory whose time stands still until it is moved.
struct World {
    engine: Engine,
    now: Arc<AtomicI64>,
    _running: Running,
}

impl World {
    fn new() -> Self {
        let now = Arc::new(AtomicI64::new(1_780_000_000_000));
        let clock = Arc::clone(&now);
        let clock = Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed)));
        let (engine, _running) =
            Engine::start(Arc::new(MemoryStore::new()), Limits::default(), clock).unwrap();
        Self { engine, now, _running }
    }

    fn wait(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }

    async fn user(&self, login: &str) -> User {
        self.engine.create_user(login, None, false).await.unwrap()
    }

    async fn channel(&self, owner: &User, public: bool) -> Channel {
        let about = About { public, ..About::new_channel() };
        self.engine.create_channel(owner, about, Chosen::default()).await.unwrap()
    }

    async fn device(&self, user: &User, wish: DeviceWish) -> (Device, String) {
        self.engine.create_device(user, wish).await.unwrap()
    }

    async fn connected(&self, user: &User, rights: Vec<Right>) -> DeviceAccess {
        let (device, password) = self.device(user, DeviceWish { rights, ..wish("Roof") }).await;
        self.engine.device(&device.client_id, &password, HERE).await.unwrap()
    }

    async fn refuses(&self, user: &User, wish: DeviceWish) -> String {
        match self.engine.create_device(user, wish).await {
            Err(refusal) => refusal.to_string(),
            Ok((device, _)) => panic!("{device:?}"),
        }
    }
}

fn wish(name: &str) -> DeviceWish {
    DeviceWish { name: name.into(), ..DeviceWish::default() }
}

fn right(channel: Option<ChannelId>, publish: bool, subscribe: bool) -> Right {
    Right { channel: channel.map(ChannelId::get), publish, subscribe }
}

fn all() -> Vec<Right> {
    vec![right(None, true, true)]
}

/// Whether a device may publish, and subscribe.
async fn may(world: &World, access: &DeviceAccess, id: ChannelId) -> (bool, bool) {
    let publish = world.engine.device_to_publish(access, id).await;
    let subscribe = world.engine.device_to_subscribe(access, id).await;
    (publish.is_ok(), subscribe.is_ok())
}

#[tokio::test]
async fn a_device_is_let_in_by_client_id_and_password_only() {
    let world = World::new();
    let ada = world.user("ada").await;
    let (device, password) = world.device(&ada, wish("  Gardens ")).await;
    assert_eq!((device.name.as_str(), device.client_id.len(), password.len()), ("Gardens", 23, 24));
    assert!(!device.password.contains(&password));
    let access = world.engine.device(&device.client_id, &password, HERE).await.unwrap();
    assert_eq!((access.client_id(), access.user()), (device.client_id.as_str(), ada.id));
    let wrong = world.engine.device(&device.client_id, "x", HERE).await;
    assert_eq!(wrong.unwrap_err(), Refusal::DevicePassword);
    let unknown = world.engine.device("nobody", &password, HERE).await;
    assert_eq!(unknown.unwrap_err(), Refusal::NoDevice);
    assert!(!format!("{access:?}").contains(&device.password));
}

#[tokio::test]
async fn a_chosen_client_id_and_password_are_kept_to_and_checked() {
    let world = World::new();
    let ada = world.user("ada").await;
    let chosen = DeviceWish {
        client_id: Some("DVES_12AB9F".into()),
        password: Some("correct horse battery".into()),
        ..wish("")
    };
    let (device, password) = world.device(&ada, chosen.clone()).await;
    assert_eq!((device.name.as_str(), password.as_str()), ("DVES_12AB9F", "correct horse battery"));
    assert!(device.password.starts_with("$argon2id$"), "a word that may be guessed is kept slowly");
    // The second time the password is known without hashing.
    for _ in 0..2 {
        world.engine.device("DVES_12AB9F", &password, HERE).await.unwrap();
    }
    assert!(world.refuses(&ada, chosen).await.contains("exists already"));
    let short = DeviceWish { password: Some("fifteen letters".into()), ..wish("x") };
    assert!(world.refuses(&ada, short).await.contains("at least 16"));
    let odd = DeviceWish { client_id: Some("a/b".into()), ..wish("x") };
    assert!(world.refuses(&ada, odd).await.contains("client id"));
}

#[tokio::test]
async fn who_guesses_waits_and_the_right_password_does_not() {
    let world = World::new();
    let ada = world.user("ada").await;
    let (device, password) = world.device(&ada, wish("made here")).await;
    let word = "correct horse battery".to_string();
    let chosen = DeviceWish {
        client_id: Some("chosen".into()),
        password: Some(word.clone()),
        ..DeviceWish::default()
    };
    world.device(&ada, chosen).await;
    for id in [device.client_id.as_str(), "chosen"] {
        for _ in 0..5 {
            let refusal = world.engine.device(id, "wrong", HERE).await.unwrap_err();
            assert_eq!(refusal, Refusal::DevicePassword);
        }
        let refusal = world.engine.device(id, "wrong", HERE).await.unwrap_err();
        if id == "chosen" {
            assert!(matches!(refusal, Refusal::TooMany { .. }), "{refusal:?}");
            let right = world.engine.device(id, &word, HERE).await;
            assert!(matches!(right, Err(Refusal::TooMany { .. })), "it is not even looked at");
            world.wait(61);
            world.engine.device(id, &word, HERE).await.unwrap();
        } else {
            assert!(matches!(refusal, Refusal::DevicePassword | Refusal::TooMany { .. }));
            world.engine.device(id, &password, HERE).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_right_reaches_as_far_as_its_user_and_no_further() {
    let world = World::new();
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let own = world.channel(&ada, false).await.id;
    let shared = world.channel(&bob, false).await.id;
    let public = world.channel(&bob, true).await.id;
    let bobs = world.engine.own(&bob, shared).await.unwrap();
    world.engine.share(&bobs, "ada", Role::Editor).await.unwrap();

    let one = world.connected(&ada, vec![right(Some(own), true, false)]).await;
    assert_eq!(may(&world, &one, own).await, (true, false));
    assert_eq!(may(&world, &one, public).await, (false, false), "no right was given");
    let every = world.connected(&ada, all()).await;
    assert_eq!(may(&world, &every, own).await, (true, true));
    assert_eq!(may(&world, &every, shared).await, (false, false), "all means all of one's own");
    let later = world.channel(&ada, false).await.id;
    assert_eq!(may(&world, &every, later).await, (true, true), "also what is made later");

    let named = vec![right(Some(shared), true, true), right(Some(public), false, true)];
    let guest = world.connected(&ada, named).await;
    assert_eq!(may(&world, &guest, shared).await, (true, true));
    assert_eq!(may(&world, &guest, public).await, (false, true));
    world.engine.share(&bobs, "ada", Role::Viewer).await.unwrap();
    assert_eq!(may(&world, &guest, shared).await, (false, true), "a viewer's device only looks");
    world.engine.unshare(&bobs, "ada").await.unwrap();
    assert_eq!(may(&world, &guest, shared).await, (false, false));

    let gone = ChannelId::new(99).unwrap();
    let refusal = world.engine.device_to_publish(&every, gone).await.unwrap_err();
    assert_eq!(refusal, Refusal::NoChannel);
    let refusal = world.engine.device_to_subscribe(&one, own).await.unwrap_err();
    assert!(refusal.to_string().contains("tick subscribe"), "{refusal}");
}

#[tokio::test]
async fn rights_that_can_not_hold_are_not_given() {
    let world = World::new();
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let hidden = world.channel(&bob, false).await.id;
    let public = world.channel(&bob, true).await.id;
    for (rights, word) in [
        (vec![right(Some(hidden), false, true)], "no channel"),
        (vec![right(ChannelId::new(99), true, true)], "no channel"),
        (vec![right(Some(public), true, true)], "role editor"),
    ] {
        let says = world.refuses(&ada, DeviceWish { rights, ..wish("x") }).await;
        assert!(says.contains(word), "{says}");
    }
}

#[tokio::test]
async fn a_device_that_is_removed_or_has_a_new_password_may_not_stay() {
    let world = World::new();
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let access = world.connected(&ada, all()).await;
    let id = access.client_id();
    let other = world.engine.change_device(&bob, id, DeviceChange::default()).await;
    assert_eq!(other.unwrap_err(), Refusal::NoDevice, "it is ada's");
    let rights = Some(Vec::new());
    let change = DeviceChange { rights, ..DeviceChange::default() };
    world.engine.change_device(&ada, id, change).await.unwrap();
    assert_eq!(world.engine.device_now(&access).await.unwrap().rights, []);

    let before = world.engine.version().await.unwrap();
    let password = world.engine.new_device_password(&ada, id, None).await.unwrap();
    assert_ne!(world.engine.version().await.unwrap(), before, "sessions notice");
    assert_eq!(world.engine.device_now(&access).await.unwrap_err(), Refusal::DevicePassword);
    let access = world.engine.device(id, &password, HERE).await.unwrap();
    world.engine.delete_device(&ada, id).await.unwrap();
    assert_eq!(world.engine.device_now(&access).await.unwrap_err(), Refusal::NoDevice);
    assert_eq!(world.engine.devices(&ada).await.unwrap(), []);
}

#[tokio::test]
async fn presence_follows_the_newest_connection() {
    let world = World::new();
    let ada = world.user("ada").await;
    let access = world.connected(&ada, all()).await;
    let seen = || world.engine.device_seen(access.client_id());
    assert_eq!((seen().connected, seen().since), (false, None));
    let first = world.engine.device_came(&access, HERE, Some("tele/plug/LWT"));
    first.heard("tele/plug/LWT", b"Online");
    assert_eq!(seen().availability.as_deref(), Some("Online"));
    assert_eq!((seen().connected, seen().peer), (true, Some(HERE)));
    let came = seen().since;
    world.wait(5);
    let second = world.engine.device_came(&access, HERE, Some("tele/plug/LWT"));
    assert!(second.is_present() && !first.is_present());
    first.heard("tele/plug/LWT", b"Offline");
    drop(first);
    assert!(seen().connected, "the one that was taken over says nothing any more");
    assert_eq!(seen().availability.as_deref(), Some("Online"));
    world.wait(5);
    second.heard("tele/plug/LWT", b"Offline");
    drop(second);
    assert!(!seen().connected && seen().since > came);
    assert_eq!(seen().availability.as_deref(), Some("Offline"));
    assert_eq!(seen().topics.len(), 1);
}

#[tokio::test]
async fn what_is_seen_of_a_device_stays_small() {
    let world = World::new();
    let ada = world.user("ada").await;
    let access = world.connected(&ada, all()).await;
    let here = world.engine.device_came(&access, HERE, None);
    for n in 0..60 {
        world.wait(1);
        here.heard(&format!("t/{n}"), "ü".repeat(400).as_bytes());
    }
    here.heard(&"x".repeat(300), b"1");
    let topics = world.engine.device_seen(access.client_id()).topics;
    assert_eq!((topics.len(), topics[0].topic.as_str()), (50, "t/59"));
    assert_eq!(topics[49].topic, "t/10", "the oldest went");
    assert!(topics.iter().all(|seen| seen.payload.len() <= 300));
    world.engine.delete_device(&ada, access.client_id()).await.unwrap();
    here.heard("t/1", b"still here");
    assert_eq!(world.engine.device_seen(access.client_id()).topics, []);
}

#[tokio::test(start_paused = true)]
async fn news_of_a_device_come_once_a_second_and_the_last_is_not_lost() {
    let world = World::new();
    let ada = world.user("ada").await;
    let access = world.connected(&ada, all()).await;
    let mut news = world.engine.news();
    let here = world.engine.device_came(&access, HERE, None);
    (0..100).for_each(|n| here.heard("t", n.to_string().as_bytes()));
    for _ in 0..2 {
        let told = news.recv().await.unwrap();
        assert_eq!(told.user, ada.id);
        assert_eq!(told.what, Novelty::Device(access.client_id().into()));
    }
    assert!(news.is_empty());
    drop(here);
    news.recv().await.unwrap();
    assert!(!world.engine.device_seen(access.client_id()).connected);
}

#[tokio::test]
async fn mapped_messages_become_entries_as_far_as_the_device_may_publish() {
    let world = World::new();
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let own = world.channel(&ada, false).await.id;
    let shared = world.channel(&bob, false).await.id;
    let bobs = world.engine.own(&bob, shared).await.unwrap();
    world.engine.share(&bobs, "ada", Role::Editor).await.unwrap();
    let map = |path: &str, channel: ChannelId, field| TopicMap {
        topic: "tele/plug/SENSOR".into(),
        path: Some(path.into()),
        channel: channel.get(),
        field,
    };
    let maps = vec![
        map("AM2301.Temperature", own, 1),
        map("AM2301.Humidity", own, 2),
        map("AM2301.Temperature", shared, 3),
    ];
    let rights = vec![right(Some(own), true, false), right(Some(shared), true, false)];
    let unlike = DeviceWish { maps: maps.clone(), rights: rights[..1].to_vec(), ..wish("x") };
    assert!(world.refuses(&ada, unlike).await.contains("give it that right first"));
    let (device, password) = world.device(&ada, DeviceWish { maps, rights, ..wish("Plug") }).await;
    let access = world.engine.device(&device.client_id, &password, HERE).await.unwrap();
    world.engine.unshare(&bobs, "ada").await.unwrap();

    let payload = br#"{"AM2301":{"Temperature":21.50}}"#;
    let taken = world.engine.take_mapped(&access, "tele/plug/SENSOR", payload).await.unwrap();
    let [(first, stored), (second, refused), (third, missed)] = taken.as_slice() else {
        panic!("{taken:?}")
    };
    assert_eq!([*first, *second, *third], [own, shared, own]);
    let entry = stored.as_ref().unwrap().entry();
    assert_eq!(entry.values.field(FieldNo::ALL[0]), Some("21.50"));
    assert!(matches!(refused, Err(Refusal::Forbidden(_))), "{refused:?}");
    assert!(missed.as_ref().unwrap_err().to_string().contains("AM2301.Humidity"), "{missed:?}");
    let other = world.engine.take_mapped(&access, "tele/plug/STATE", payload).await.unwrap();
    assert_eq!(other, []);
}

#[tokio::test]
async fn who_asks_again_since_the_version_moved_is_not_answered_from_before() {
    let store = Arc::new(MemoryStore::new());
    let clock = || Arc::new(|| Timestamp::from_millis(1_780_000_000_000));
    let (server, _server) = Engine::start(store.clone(), Limits::default(), clock()).unwrap();
    let (command, _command) = Engine::start(store, Limits::default(), clock()).unwrap();
    let ada = server.create_user("ada", None, false).await.unwrap();
    let (device, password) = server.create_device(&ada, wish("Roof")).await.unwrap();
    let access = server.device(&device.client_id, &password, HERE).await.unwrap();
    let before = server.version().await.unwrap();
    server.device_now(&access).await.unwrap(); // remembered from here on
    command.delete_device(&ada, &device.client_id).await.unwrap();
    assert_ne!(server.version().await.unwrap(), before);
    assert_eq!(server.device_now(&access).await.unwrap_err(), Refusal::NoDevice);
}
