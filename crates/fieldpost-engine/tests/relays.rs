//! Relays on virtual time, against a made-up cloud service that keeps the real one's rules and goes wrong on purpose.

#[path = "relays/cloud.rs"]
mod cloud;

use std::sync::Arc;
use std::time::Duration;

use fieldpost_engine::accounts::Chosen;
use fieldpost_engine::history::corrections::Correction;
use fieldpost_engine::relays::RelayChange;
use fieldpost_engine::{Access, Clock, Engine, Limits, Refusal, Running};
use fieldpost_store::faulty::{Fault, FaultyStore};
use fieldpost_store::history::Which;
use fieldpost_store::memory::MemoryStore;
use fieldpost_store::relays::{Direction, Relay};
use fieldpost_store::{Role, Store, User};
use fieldpost_wire::channel::About;
use fieldpost_wire::{Entry, EntryId, FieldNo, Timestamp, Update};
use tokio::time::{Instant, sleep};

use cloud::{Cloud, KEY};

const F1: FieldNo = FieldNo::ALL[0];
/// When the stories begin, in seconds since 1970.
const BEGIN: i64 = 1_780_000_000;

/// A server on virtual time.
struct Here {
    engine: Engine,
    ada: User,
    access: Access,
    running: tokio::task::JoinHandle<()>,
    server: Running,
}

fn clock() -> Clock {
    let begun = Instant::now();
    Arc::new(move || {
        let passed = i64::try_from(begun.elapsed().as_millis()).unwrap();
        Timestamp::from_seconds(BEGIN).plus_millis(passed)
    })
}

impl Here {
    async fn start(store: Arc<dyn Store>, cloud: &Arc<Cloud>, clock: &Clock) -> Self {
        let limits = Limits { private_targets: false, ..Limits::default() };
        let (engine, server) = Engine::start(store, limits, Arc::clone(clock)).unwrap();
        engine.open_outside(Arc::clone(cloud) as _);
        let ada = match engine.create_user("ada", None, true).await {
            Ok(ada) => ada,
            Err(_) => engine.users().await.unwrap().remove(0),
        };
        let channel = match engine.channels(Default::default()).await.unwrap().pop() {
            Some((channel, _)) => channel.id,
            None => {
                let about = About::new_channel();
                engine.create_channel(&ada, about, Chosen::default()).await.unwrap().id
            }
        };
        let access = engine.own(&ada, channel).await.unwrap();
        let runs = engine.clone();
        let running = tokio::spawn(async move { runs.run_relays().await });
        Self { engine, ada, access, running, server }
    }

    async fn relay(&self, direction: Direction, change: RelayChange) -> Result<Relay, Refusal> {
        let change = RelayChange {
            server: change.server.or(Some("https://api.thingspeak.com".into())),
            remote_channel: change.remote_channel.or(Some(9)),
            key: change.key.or(Some(KEY.into())),
            ..change
        };
        self.engine.create_relay(&self.access, &self.ada, direction, change).await
    }

    async fn write(&self, value: &str) -> Entry {
        let channel = Arc::clone(&self.access.channel);
        self.engine.write(channel, [(F1, value)].into(), 0).await.unwrap().entry().clone()
    }

    async fn state(&self) -> Relay {
        self.engine.relays(&self.access).await.unwrap().pop().unwrap()
    }

    async fn until(&self, what: &str, is: impl Fn(&Relay) -> bool) -> Relay {
        let mut last = None;
        for _ in 0..200_000 {
            let state = self.state().await;
            if is(&state) {
                return state;
            }
            last = Some(state);
            sleep(Duration::from_secs(1)).await;
        }
        panic!("{what}: {last:?}");
    }

    async fn all(&self) -> Vec<Entry> {
        let (channel, mut all) = (self.access.channel.id, Vec::new());
        loop {
            let after = all.last().map_or(EntryId::new(0), |entry: &Entry| entry.id);
            let mut page = self.engine.after(channel, after, 10_000).await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.append(&mut page);
        }
    }

    async fn values(&self) -> Vec<String> {
        let value = |entry: &Entry| entry.values.field(F1).unwrap().to_string();
        self.all().await.iter().map(value).collect()
    }

    /// Ends it in the middle of what it does. Whatever was on its way to the disk is there, or is not, before anybody else begins:
    /// two servers never write one folder's relays.
    async fn crash(self) {
        let Self { engine, running, server, .. } = self;
        running.abort();
        let _ = running.await;
        drop(engine);
        tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
    }
}

/// All is done, and the last look at the cloud, which goes wrong now and then, went well.
fn done(relay: &Relay, position: u64) -> bool {
    relay.progress.position == position && relay.progress.says.is_none()
}

fn numbers(until: usize) -> Vec<String> {
    (1..=until).map(|n| n.to_string()).collect()
}

fn sorted(mut values: Vec<String>) -> Vec<String> {
    values.sort_by_key(|value| value.parse::<u64>().unwrap());
    values
}

fn from_start() -> RelayChange {
    RelayChange { position: Some(0), ..RelayChange::default() }
}

#[tokio::test(start_paused = true)]
async fn a_forwarded_channel_arrives_whole_and_once_whatever_goes_wrong_on_the_way() {
    let (cloud, clock, store) = (Arc::new(Cloud::new(11)), clock(), Arc::new(MemoryStore::new()));
    let mut here = Here::start(Arc::clone(&store) as _, &cloud, &clock).await;
    let old = (1..=2_500).map(|n| {
        let created_at = Some(Timestamp::from_seconds(BEGIN - 100_000 + n / 3));
        Update { created_at, ..[(F1, n.to_string().as_str())].into() }
    });
    here.engine.import(here.access.channel.id, old.collect()).await.unwrap();
    here.relay(Direction::Forward, from_start()).await.unwrap();
    for n in 2_501..=2_600 {
        here.write(&n.to_string()).await;
        sleep(Duration::from_secs(7)).await;
        if n % 20 == 0 {
            here.crash().await;
            here = Here::start(Arc::clone(&store) as _, &cloud, &clock).await;
        }
    }
    let state = here.until("all sent", |relay| done(relay, 2_600)).await;
    assert_eq!((state.progress.says, state.progress.behind), (None, Some(0)));
    let (times, values) = cloud.kept();
    assert_eq!(values, numbers(2_600), "in order, each once");
    assert!(times.windows(2).all(|two| two[0] < two[1]), "each second once");
    assert!(cloud.faults() > 5, "{}", cloud.faults());
    assert!(cloud.shortest_gap() >= 15_000, "{}", cloud.shortest_gap());
    assert!(cloud.largest() <= 960);
}

#[tokio::test(start_paused = true)]
async fn forwarding_begins_with_the_next_entry_unless_told_otherwise() {
    let (cloud, clock) = (Arc::new(Cloud::steady()), clock());
    let here = Here::start(Arc::new(MemoryStore::new()), &cloud, &clock).await;
    here.write("1").await;
    here.relay(Direction::Forward, RelayChange::default()).await.unwrap();
    here.write("2").await;
    here.until("sent", |relay| relay.progress.position == 2).await;
    assert_eq!(cloud.kept().1, ["2"]);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_stops_a_relay_until_it_is_changed() {
    let (cloud, clock) = (Arc::new(Cloud::steady()), clock());
    let here = Here::start(Arc::new(MemoryStore::new()), &cloud, &clock).await;
    let wrong = RelayChange { key: Some("WRONGKEY00000000".into()), ..from_start() };
    let relay = here.relay(Direction::Forward, wrong).await.unwrap();
    here.write("1").await;
    let state = here.until("stopped", |relay| relay.progress.stopped).await;
    let says = state.progress.says.unwrap();
    assert!(says.contains("does not take this key for channel 9"), "{says}");
    assert_eq!(state.progress.next_at, None);
    let calls = cloud.calls();
    here.write("2").await;
    sleep(Duration::from_secs(86_400)).await;
    assert_eq!(cloud.calls(), calls, "it is not tried again");
    let right = RelayChange { key: Some(KEY.into()), ..RelayChange::default() };
    here.engine.change_relay(&here.access, &here.ada, relay.id, right).await.unwrap();
    let state = here.until("sent", |relay| relay.progress.position == 2).await;
    assert_eq!((state.progress.says, cloud.kept().1), (None, numbers(2)));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_channel_and_a_dead_network_are_told_apart_in_words() {
    let (cloud, clock) = (Arc::new(Cloud::steady()), clock());
    let here = Here::start(Arc::new(MemoryStore::new()), &cloud, &clock).await;
    let other = RelayChange { remote_channel: Some(10), ..from_start() };
    let relay = here.relay(Direction::Forward, other).await.unwrap();
    here.write("1").await;
    let state = here.until("stopped", |relay| relay.progress.stopped).await;
    assert!(state.progress.says.unwrap().contains("no channel 10"));

    cloud.cut(true);
    let right =
        RelayChange { remote_channel: Some(9), position: Some(0), ..RelayChange::default() };
    here.engine.change_relay(&here.access, &here.ada, relay.id, right).await.unwrap();
    let state = here.until("in trouble", |relay| relay.progress.failures > 3).await;
    assert!(!state.progress.stopped && state.progress.says.unwrap().contains("no network"));
    let waits = state.progress.next_at.unwrap() - here.engine.now().millis();
    assert!(waits > 60_000, "it waits longer each time: {waits}");
    cloud.cut(false);
    here.until("sent", |relay| relay.progress.position == 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_without_bulk_updates_gets_one_at_a_time_and_none_twice() {
    let (cloud, clock, store) = (Arc::new(Cloud::old(5)), clock(), Arc::new(MemoryStore::new()));
    let mut here = Here::start(Arc::clone(&store) as _, &cloud, &clock).await;
    here.relay(Direction::Forward, from_start()).await.unwrap();
    for n in 1..=40 {
        here.write(&n.to_string()).await;
        sleep(Duration::from_secs(9)).await;
        if n % 10 == 0 {
            here.crash().await;
            here = Here::start(Arc::clone(&store) as _, &cloud, &clock).await;
        }
    }
    here.until("all sent", |relay| relay.progress.position == 40).await;
    assert_eq!(cloud.kept().1, numbers(40));
    assert!(cloud.faults() > 2);
}

#[tokio::test(start_paused = true)]
async fn a_mirrored_channel_comes_whole_and_once_with_its_times_whatever_goes_wrong() {
    let (cloud, clock) = (Arc::new(Cloud::new(3)), clock());
    let store = Arc::new(FaultyStore::new(MemoryStore::new()));
    // A year with bursts: more than a feed holds within a day, then weeks of nothing; and some that came late.
    let mut at = BEGIN - 300 * 86_400;
    for n in 1..=20_000 {
        at += if n % 10_000 == 0 { 90 * 86_400 } else { 2 };
        let late = if n % 997 == 0 { 200 * 86_400 } else { 0 };
        cloud.put(at - late, &n.to_string());
    }
    let mut here = Here::start(Arc::clone(&store) as _, &cloud, &clock).await;
    here.relay(Direction::Mirror, RelayChange::default()).await.unwrap();
    for round in 1..=5 {
        sleep(Duration::from_secs(60)).await;
        store.fail_next(if round % 2 == 0 { Fault::Before } else { Fault::After });
        cloud.put(BEGIN - 86_400 - round, &(20_000 + round).to_string());
        sleep(Duration::from_secs(60)).await;
        here.crash().await;
        here = Here::start(Arc::clone(&store) as _, &cloud, &clock).await;
    }
    here.until("caught up", |relay| relay.progress.position == 20_005).await;
    for n in 20_006..=20_050 {
        cloud.put(here.engine.now().seconds(), &n.to_string());
        sleep(Duration::from_secs(4)).await;
    }
    let state = here.until("all here", |relay| done(relay, 20_050)).await;
    assert_eq!((state.progress.says, state.progress.behind), (None, Some(0)));
    let mut mine: Vec<(i64, String)> = Vec::new();
    for entry in here.all().await {
        mine.push((entry.created_at.seconds(), entry.values.field(F1).unwrap().into()));
    }
    mine.sort();
    let (times, values) = cloud.kept();
    let mut theirs: Vec<(i64, String)> = times.into_iter().zip(values).collect();
    theirs.sort();
    assert_eq!(mine.len(), theirs.len());
    assert!(mine == theirs, "each with its time");
    assert!(cloud.faults() > 2);
    assert!(cloud.shortest_gap() >= 15_000, "{}", cloud.shortest_gap());
}

#[tokio::test(start_paused = true)]
async fn what_comes_by_relay_is_heard_with_its_hops() {
    let (cloud, clock) = (Arc::new(Cloud::steady()), clock());
    cloud.put(BEGIN - 60, "1");
    let here = Here::start(Arc::new(MemoryStore::new()), &cloud, &clock).await;
    let (mut told, mut news) = (here.engine.listen_to_all(), here.engine.news());
    here.relay(Direction::Mirror, RelayChange::default()).await.unwrap();
    let commit = told.recv().await.unwrap();
    let told = &commit[0];
    assert_eq!((told.way.hops, told.way.bulk, told.entries.len()), (1, false, 1));
    assert_eq!(told.entries[0].created_at, Timestamp::from_seconds(BEGIN - 60));
    let heard = news.recv().await.unwrap();
    assert_eq!((heard.user, heard.channel), (here.ada.id, Some(here.access.channel.id)));
}

#[tokio::test(start_paused = true)]
async fn equal_entries_of_one_second_are_as_many_here_as_there() {
    let (cloud, clock) = (Arc::new(Cloud::steady()), clock());
    for _ in 0..3 {
        cloud.put(BEGIN - 60, "7");
    }
    let here = Here::start(Arc::new(MemoryStore::new()), &cloud, &clock).await;
    here.relay(Direction::Mirror, RelayChange::default()).await.unwrap();
    here.until("here", |relay| relay.progress.position == 3).await;
    cloud.put(BEGIN - 60, "7");
    here.until("here", |relay| relay.progress.position == 4).await;
    assert_eq!(here.values().await, ["7"; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_cleared_channel_on_the_other_side_is_begun_anew() {
    let (cloud, clock) = (Arc::new(Cloud::steady()), clock());
    for n in 1..=5 {
        cloud.put(BEGIN - 600 + n, &n.to_string());
    }
    let here = Here::start(Arc::new(MemoryStore::new()), &cloud, &clock).await;
    here.relay(Direction::Mirror, RelayChange::default()).await.unwrap();
    here.until("here", |relay| relay.progress.position == 5).await;
    cloud.clear();
    cloud.put(BEGIN, "6");
    here.until("begun anew", |relay| relay.progress.position == 1).await;
    assert_eq!(sorted(here.values().await), numbers(6));
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_or_corrected_here_does_not_come_back_by_a_mirror() {
    let (cloud, clock) = (Arc::new(Cloud::steady()), clock());
    for n in 1..=5 {
        cloud.put(BEGIN - 600 + n, &n.to_string());
    }
    let here = Here::start(Arc::new(MemoryStore::new()), &cloud, &clock).await;
    here.relay(Direction::Mirror, RelayChange::default()).await.unwrap();
    here.until("here", |relay| relay.progress.position == 5).await;
    let which = Which::Ids([2, 5].map(EntryId::new).to_vec());
    assert_eq!(here.engine.delete_entries(&here.access, which).await.unwrap().count, 2);
    let mut correction = Correction::default();
    correction.fields[0] = Some(Some("30".into()));
    here.engine.correct_entry(&here.access, EntryId::new(3), correction).await.unwrap();
    cloud.put(BEGIN - 500, "6");
    here.until("here", |relay| relay.progress.position == 6).await;
    assert_eq!(here.values().await, ["1", "30", "4", "6"]);
}

#[tokio::test(start_paused = true)]
async fn a_forwarded_channel_does_not_wait_for_what_was_deleted() {
    let (cloud, clock) = (Arc::new(Cloud::steady()), clock());
    let here = Here::start(Arc::new(MemoryStore::new()), &cloud, &clock).await;
    for n in 1..=4 {
        here.write(&n.to_string()).await;
    }
    let which = Which::Ids([2, 4].map(EntryId::new).to_vec());
    here.engine.delete_entries(&here.access, which).await.unwrap();
    here.relay(Direction::Forward, from_start()).await.unwrap();
    let state = here.until("all there", |relay| relay.progress.position == 4).await;
    assert_eq!((state.progress.behind, cloud.kept().1), (Some(0), vec!["1".into(), "3".into()]));
}

#[tokio::test(start_paused = true)]
async fn no_relay_goes_in_a_circle_or_takes_a_key_elsewhere_or_enters_a_private_network_unasked() {
    let (cloud, clock) = (Arc::new(Cloud::steady()), clock());
    let here = Here::start(Arc::new(MemoryStore::new()), &cloud, &clock).await;
    let relay = here.relay(Direction::Mirror, RelayChange::default()).await.unwrap();
    for server in ["http://thingspeak.com", "https://API.thingspeak.com:443/"] {
        let back = RelayChange { server: Some(server.into()), ..from_start() };
        let no = here.relay(Direction::Forward, back).await.unwrap_err();
        assert!(matches!(no, Refusal::InUse(_)), "{no}");
    }
    for (server, why) in [
        ("api.thingspeak.com", "https://"),
        ("https://", "names no server"),
        ("https://ada:pw@host", "server alone"),
        ("https://host/?x", "server alone"),
    ] {
        let bad = RelayChange { server: Some(server.into()), ..from_start() };
        let no = here.relay(Direction::Forward, bad).await.unwrap_err().to_string();
        assert!(no.contains(why), "{server}: {no}");
    }

    let elsewhere = RelayChange {
        server: Some("https://evil.example".into()),
        key: Some("RE••••".into()),
        ..RelayChange::default()
    };
    let no = here.engine.change_relay(&here.access, &here.ada, relay.id, elsewhere).await;
    assert!(matches!(no, Err(Refusal::BadValue(_))), "{no:?}");

    let bob = here.engine.create_user("bob", None, false).await.unwrap();
    here.engine.share(&here.access, "bob", Role::Editor).await.unwrap();
    let channel = Arc::clone(&here.access.channel);
    let bobs = Access { channel, role: Some(Role::Editor) };
    let home = |server: &str| RelayChange {
        server: Some(server.into()),
        remote_channel: Some(1),
        key: Some(KEY.into()),
        private: Some(true),
        ..RelayChange::default()
    };
    let forward = Direction::Forward;
    let no = here.engine.create_relay(&bobs, &bob, forward, home("http://10.0.0.7")).await;
    assert!(matches!(no, Err(Refusal::Forbidden(_))), "{no:?}");
    let made = here.engine.create_relay(&here.access, &here.ada, forward, home("http://10.0.0.7"));
    let made = made.await.unwrap();
    let moved = RelayChange { private: None, ..home("http://10.0.0.8") };
    let no = here.engine.change_relay(&bobs, &bob, made.id, moved).await;
    assert!(matches!(no, Err(Refusal::Forbidden(_))), "the consent was for another server: {no:?}");
    let off = RelayChange { enabled: Some(false), ..RelayChange::default() };
    here.engine.change_relay(&bobs, &bob, made.id, off).await.unwrap();
    let viewer = Access { role: Some(Role::Viewer), ..bobs };
    assert!(matches!(here.engine.relays(&viewer).await, Err(Refusal::Forbidden(_))));
}
