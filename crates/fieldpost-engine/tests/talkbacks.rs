//! TalkBacks over virtual time: who may do what, what is told, and what expires while nobody asks.

use std::sync::Arc;
use std::time::Duration;

use fieldpost_engine::accounts::Chosen;
use fieldpost_engine::news::{News, Novelty};
use fieldpost_engine::talkbacks::{ChosenTalkBack, NewText, TalkBackSettings};
use fieldpost_engine::{Engine, Limits, Refusal, What};
use fieldpost_store::memory::MemoryStore;
use fieldpost_store::talkbacks::{CommandState, Reach, TalkBack};
use fieldpost_store::{Role, User};
use fieldpost_wire::channel::About;
use fieldpost_wire::{Channel, Timestamp};
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, timeout};

/// An engine whose clock is that of the paused runtime.
fn engine() -> Engine {
    let began = Instant::now();
    let clock = move || {
        let passed = i64::try_from(began.elapsed().as_millis()).unwrap();
        Timestamp::from_millis(1_780_000_000_000 + passed)
    };
    Engine::start(Arc::new(MemoryStore::new()), Limits::default(), Arc::new(clock)).unwrap().0
}

async fn user(engine: &Engine, login: &str) -> User {
    engine.create_user(login, None, false).await.unwrap()
}

async fn channel(engine: &Engine, owner: &User) -> Channel {
    engine.create_channel(owner, About::new_channel(), Chosen::default()).await.unwrap()
}

fn named(name: &str) -> TalkBackSettings {
    TalkBackSettings { name: Some(name.into()), ..TalkBackSettings::default() }
}

async fn talkback(engine: &Engine, owner: &User, settings: TalkBackSettings) -> TalkBack {
    engine.create_talkback(owner, settings, ChosenTalkBack::default()).await.unwrap()
}

fn text(text: &str) -> NewText {
    NewText { text: text.into(), ..NewText::default() }
}

fn for_seconds(words: &str, seconds: u32) -> NewText {
    NewText { expire_s: Some(seconds), ..text(words) }
}

/// The next command that is told of: its text and state.
async fn told(news: &mut Receiver<Arc<News>>) -> (String, CommandState) {
    let next = timeout(Duration::from_secs(100_000), news.recv()).await.unwrap().unwrap();
    match &next.what {
        Novelty::Command(command) => (command.text.clone(), command.state),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn owners_editors_and_viewers_may_do_what_is_theirs() {
    let engine = engine();
    let [ada, bob, eve] =
        [user(&engine, "ada").await, user(&engine, "bob").await, user(&engine, "eve").await];
    let shed = channel(&engine, &ada).await;
    let of_shed = TalkBackSettings { channel: Some(Some(shed.id.get())), ..named("Pump") };
    let id = talkback(&engine, &ada, of_shed.clone()).await.id;
    let may = |user: &User, what| {
        let (engine, user) = (engine.clone(), user.clone());
        async move { engine.talkback(&user, id, what).await.map(|access| access.role) }
    };
    assert_eq!(may(&ada, What::Own).await, Ok(Role::Owner));
    assert_eq!(may(&bob, What::Read).await, Err(Refusal::NoTalkBack));
    let access = engine.own(&ada, shed.id).await.unwrap();
    engine.share(&access, "bob", Role::Viewer).await.unwrap();
    assert_eq!(may(&bob, What::Read).await, Ok(Role::Viewer));
    assert!(matches!(may(&bob, What::Edit).await, Err(Refusal::Forbidden(_))));
    engine.share(&access, "bob", Role::Editor).await.unwrap();
    assert_eq!(may(&bob, What::Edit).await, Ok(Role::Editor));
    assert!(matches!(may(&bob, What::Own).await, Err(Refusal::Forbidden(_))));
    assert_eq!(may(&eve, What::Read).await, Err(Refusal::NoTalkBack));

    let seen = engine.talkbacks(&bob).await.unwrap();
    assert_eq!(seen.iter().map(|access| access.talkback.id).collect::<Vec<_>>(), [id]);
    let bobs = engine.talkback(&bob, id, What::Edit).await.unwrap();
    let quick = TalkBackSettings { expire_s: Some(Some(60)), ..TalkBackSettings::default() };
    assert_eq!(engine.change_talkback(&bob, &bobs, quick).await.unwrap().expire_s, Some(60));
    let away = TalkBackSettings { channel: Some(None), ..TalkBackSettings::default() };
    let refused = engine.change_talkback(&bob, &bobs, away).await;
    assert!(matches!(refused, Err(Refusal::Forbidden(_))));
    assert!(matches!(engine.renew_talkback_key(&bobs).await, Err(Refusal::Forbidden(_))));
    assert!(matches!(engine.delete_talkback(&bobs).await, Err(Refusal::Forbidden(_))));
    let refused = engine.create_talkback(&eve, of_shed, ChosenTalkBack::default()).await;
    assert_eq!(refused, Err(Refusal::NoChannel), "nobody logs into another's channel");
}

#[tokio::test]
async fn each_step_of_a_command_is_told() {
    let engine = engine();
    let ada = user(&engine, "ada").await;
    let pump = talkback(&engine, &ada, named("Pump")).await;
    let mut news = engine.news();
    let sent = engine.add_command(&pump, text("ON")).await.unwrap().command;
    assert_eq!(told(&mut news).await, ("ON".into(), CommandState::Queued));
    assert!(matches!(engine.acknowledge(&pump, sent.id).await, Err(Refusal::InUse(_))));
    assert_eq!(engine.execute(&pump).await.unwrap().unwrap().id, sent.id);
    assert_eq!(told(&mut news).await, ("ON".into(), CommandState::Delivered));
    let done = engine.acknowledge(&pump, sent.id).await.unwrap();
    assert_eq!(engine.acknowledge(&pump, sent.id).await.unwrap(), done);
    assert_eq!(told(&mut news).await, ("ON".into(), CommandState::Acknowledged));
    assert_eq!(engine.execute(&pump).await.unwrap(), None);
    let refused = engine.delete_command(&pump, sent.id, Reach::Queue).await;
    assert!(matches!(refused, Err(Refusal::InUse(_))));
    assert!(news.try_recv().is_err(), "what changes nothing is no news");

    let once = NewText { once: Some(" w ".into()), ..text("OFF") };
    let first = engine.add_command(&pump, once.clone()).await.unwrap();
    let again = engine.add_command(&pump, once).await.unwrap();
    assert_eq!((first.again, again.again, first.command.id), (false, true, again.command.id));
    for bad in ["", "  ", &"ü".repeat(256)] {
        let refused = engine.add_command(&pump, text(bad)).await;
        assert!(matches!(refused, Err(Refusal::BadValue(_))), "{bad}");
    }
    engine.add_command(&pump, text(&"ü".repeat(255))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_nobody_fetches_expires_to_the_second_without_anybody_asking() {
    let engine = engine();
    let ada = user(&engine, "ada").await;
    let settings = TalkBackSettings { expire_s: Some(Some(3_600)), ..named("Pump") };
    let pump = talkback(&engine, &ada, settings).await;
    let watching = tokio::spawn({
        let engine = engine.clone();
        async move { engine.watch_expiry().await }
    });
    let mut news = engine.news();
    let began = Instant::now();
    let passed = || began.elapsed().as_secs();
    engine.add_command(&pump, text("hour")).await.unwrap();
    engine.add_command(&pump, for_seconds("never", 0)).await.unwrap();
    // Comes later and ends sooner: the watch must wake up for it.
    engine.add_command(&pump, for_seconds("soon", 5)).await.unwrap();
    for text in ["hour", "never", "soon"] {
        assert_eq!(told(&mut news).await, (text.into(), CommandState::Queued));
    }
    assert_eq!(told(&mut news).await, ("soon".into(), CommandState::Expired));
    assert_eq!(passed(), 5);
    assert_eq!(told(&mut news).await, ("hour".into(), CommandState::Expired));
    assert_eq!(passed(), 3_600);
    assert_eq!(engine.execute(&pump).await.unwrap().unwrap().text, "never");
    watching.abort();
}

#[tokio::test(start_paused = true)]
async fn what_was_due_while_the_server_was_off_is_told_at_once_and_there_is_no_busy_loop() {
    let engine = engine();
    let ada = user(&engine, "ada").await;
    let pump = talkback(&engine, &ada, named("Pump")).await;
    for n in 0..450 {
        engine.add_command(&pump, for_seconds(&n.to_string(), 10)).await.unwrap();
    }
    tokio::time::advance(Duration::from_secs(60)).await;
    let mut news = engine.news();
    let watching = tokio::spawn({
        let engine = engine.clone();
        async move { engine.watch_expiry().await }
    });
    for n in 0..450 {
        assert_eq!(told(&mut news).await, (n.to_string(), CommandState::Expired));
    }
    assert_eq!(engine.queued_commands(&pump).await.unwrap(), 0);
    assert_eq!(engine.commands(&pump, 9_999).await.unwrap().len(), 450);
    watching.abort();
}

#[tokio::test]
async fn a_command_that_is_handed_out_becomes_a_status_if_its_owner_may_write_there() {
    let engine = engine();
    let [ada, bob] = [user(&engine, "ada").await, user(&engine, "bob").await];
    let shed = channel(&engine, &ada).await;
    let access = engine.own(&ada, shed.id).await.unwrap();
    engine.share(&access, "bob", Role::Editor).await.unwrap();
    let logs =
        TalkBackSettings { channel: Some(Some(shed.id.get())), log: Some(true), ..named("P") };
    let pump = talkback(&engine, &bob, logs).await;
    let statuses = || async {
        let last = engine.last(shed.id).await;
        last.map(|entry| (entry.id.get(), entry.values.status.map(String::from)))
    };
    for word in ["ON", "OFF"] {
        engine.add_command(&pump, text(word)).await.unwrap();
        engine.execute(&pump).await.unwrap();
    }
    assert_eq!(statuses().await, Ok((2, Some("OFF".into()))));
    engine.share(&access, "bob", Role::Viewer).await.unwrap();
    engine.add_command(&pump, text("MORE")).await.unwrap();
    assert_eq!(engine.execute(&pump).await.unwrap().unwrap().text, "MORE");
    assert_eq!(statuses().await, Ok((2, Some("OFF".into()))), "bob may not write there any more");
}

#[tokio::test]
async fn who_waits_hears_a_bell_for_its_own_talkback_only() {
    let engine = engine();
    let ada = user(&engine, "ada").await;
    let [pump, fan] = [named("Pump"), named("Fan")];
    let (pump, fan) = (talkback(&engine, &ada, pump).await, talkback(&engine, &ada, fan).await);
    let mut bell = engine.listen_for_commands(&pump);
    engine.add_command(&fan, text("ON")).await.unwrap();
    assert!(bell.try_recv().is_err());
    engine.add_command(&pump, text("ON")).await.unwrap();
    assert!(bell.try_recv().is_ok());
}
