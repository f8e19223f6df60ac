//! Automations beside a running engine: entries go in by the front door, the time is turned by hand, what goes out is seen.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldpost_engine::accounts::Chosen;
use fieldpost_engine::automations::{self, Wanted};
use fieldpost_engine::news::{News, Novelty};
use fieldpost_engine::outside::{HttpAnswer, HttpCall, Mail, Outside, Soon, Trouble};
use fieldpost_engine::talkbacks::{ChosenTalkBack, TalkBackSettings};
use fieldpost_engine::{Engine, Limits, Running};
use fieldpost_store::automations::{
    Action, At, Call, Check, Condition, OnInsert, Op, Run, RunState, Secret, When,
};
use fieldpost_store::memory::MemoryStore;
use fieldpost_store::{Store, User};
use fieldpost_wire::channel::About;
use fieldpost_wire::{Channel, FieldNo, Timestamp, Update};
use tokio::sync::{Semaphore, broadcast, oneshot, watch};
use tokio::task::JoinHandle;

const BEGIN: i64 = 1_780_000_000_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// Whose message it was, its topic, its payload, and whether it is kept.
type Published = (u64, String, Vec<u8>, bool);

/// Whoever is out there: answers as it was told, and remembers what it heard.
struct World {
    answers: Mutex<Vec<u16>>,
    heard: Mutex<Vec<HttpCall>>,
    mails: Mutex<Vec<Mail>>,
    published: Mutex<Vec<Published>>,
    /// How many requests may be answered.
    open: Semaphore,
    under_way: AtomicUsize,
}

impl Outside for World {
    fn http(&self, call: HttpCall) -> Soon<'_, Result<HttpAnswer, Trouble>> {
        Box::pin(async move {
            self.under_way.fetch_add(1, Ordering::SeqCst);
            self.open.acquire().await.unwrap().forget();
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            self.heard.lock().unwrap().push(call);
            let next = self.answers.lock().unwrap().pop();
            match next {
                Some(0) => Err(Trouble::passing("nobody answers")),
                status => Ok(HttpAnswer {
                    status: status.unwrap_or(200),
                    headers: Vec::new(),
                    body: b"fine".to_vec(),
                }),
            }
        })
    }

    fn mail(&self, mail: Mail) -> Soon<'_, Result<(), Trouble>> {
        self.mails.lock().unwrap().push(mail);
        Box::pin(async { Ok(()) })
    }

    fn publish(
        &self,
        user: u64,
        topic: String,
        payload: Vec<u8>,
        retain: bool,
    ) -> Soon<'_, Result<(), Trouble>> {
        self.published.lock().unwrap().push((user, topic, payload, retain));
        Box::pin(async { Ok(()) })
    }

    fn can_mail(&self) -> bool {
        true
    }
}

/// An engine, its time, and ada with a channel.
struct House {
    store: Arc<dyn Store>,
    engine: Engine,
    running: Running,
    time: Arc<watch::Sender<i64>>,
    world: Arc<World>,
    news: broadcast::Receiver<Arc<News>>,
    ada: User,
    channel: Arc<Channel>,
    automations: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl House {
    /// Opens a house; `open` requests are answered before others have to wait.
    async fn new(answers: &[u16], open: usize) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let time = Arc::new(watch::Sender::new(BEGIN));
        let clock = Arc::clone(&time);
        let clock = Arc::new(move || Timestamp::from_millis(*clock.borrow()));
        let (engine, running) =
            Engine::start(Arc::clone(&store), Limits::default(), clock).unwrap();
        let world = Arc::new(World {
            answers: Mutex::new(answers.iter().rev().copied().collect()),
            heard: Mutex::default(),
            mails: Mutex::default(),
            published: Mutex::default(),
            open: Semaphore::new(open),
            under_way: AtomicUsize::new(0),
        });
        engine.open_outside(world.clone());
        let ada = engine.create_user("ada", None, true).await.unwrap();
        let channel = Self::channel(&engine, &ada).await;
        let news = engine.news();
        let mut house =
            Self { store, engine, running, time, world, news, ada, channel, automations: None };
        house.begin();
        house
    }

    async fn channel(engine: &Engine, owner: &User) -> Arc<Channel> {
        let mut about = About::new_channel();
        about.labels[1] = Some("Two".into());
        Arc::new(engine.create_channel(owner, about, Chosen::default()).await.unwrap())
    }

    /// Lets the automations begin.
    fn begin(&mut self) {
        let (stop, stopped) = oneshot::channel();
        let time = Arc::clone(&self.time);
        let nap: automations::Nap = Arc::new(move |until| {
            let mut time = time.subscribe();
            Box::pin(async move {
                let _ = time.wait_for(|now| *now >= until.millis()).await;
            })
        });
        let stopped = async { drop(stopped.await) };
        let task = tokio::spawn(automations::run(self.engine.clone(), nap, 7, stopped));
        self.automations = Some((stop, task));
    }

    /// Ends them as at shutdown.
    async fn end(&mut self) {
        let (stop, task) = self.automations.take().unwrap();
        drop(stop);
        tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
    }

    /// Ends them as a power cut would.
    async fn crash(&mut self) {
        let (_stop, task) = self.automations.take().unwrap();
        task.abort();
        let _ = task.await;
    }

    async fn close(mut self) {
        if self.automations.is_some() {
            self.end().await;
        }
        let Self { engine, running, .. } = self;
        drop(engine);
        tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
    }

    async fn send(&self, text: &str) -> u64 {
        let update = Update::from([(FieldNo::ALL[0], text)]);
        let key = self.channel.write_key.reveal();
        self.engine.submit(Some(key), update).await.unwrap().entry().id.get()
    }

    async fn make(&self, when: When, action: Action) -> u64 {
        let wanted = Wanted { name: "test".into(), enabled: true, when, action };
        self.engine.create_automation(&self.ada, wanted).await.unwrap().id
    }

    /// When field 1 of a channel is above 30.
    fn above(channel: &Channel, repeat: bool) -> When {
        let condition =
            Condition::Number { field: 1, op: Op::Above, value: 30.0, hysteresis: None };
        let check = Check::Insert(OnInsert::Insert);
        When::React { channel: channel.id.get(), condition, check, repeat }
    }

    fn hot(&self, repeat: bool) -> When {
        Self::above(&self.channel, repeat)
    }

    /// Waits for news of a run.
    async fn run(&mut self, fine: impl Fn(&Run) -> bool) -> Run {
        let waiting = async {
            loop {
                match self.news.recv().await {
                    Ok(news) => {
                        if let Novelty::Run(run) = &news.what
                            && fine(run)
                        {
                            return run.clone();
                        }
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("no such run")
    }

    async fn settled(&mut self) -> Run {
        self.run(|run| run.standing.state != RunState::Waiting).await
    }

    /// Waits until the automations have taken up: what comes from now on they hear as it happens, and know what led to it.
    async fn taken_up(&mut self) {
        let first = Self::channel(&self.engine, &self.ada).await;
        self.make(Self::above(&first, true), webhook()).await;
        let update = Update::from([(FieldNo::ALL[0], "31")]);
        self.engine.write(first, update, 0).await.unwrap();
        self.settled().await;
    }

    async fn runs(&self, id: u64) -> Vec<Run> {
        self.engine.last_runs(id, 1_000).await.unwrap()
    }

    fn pass(&self, ms: i64) {
        self.time.send_modify(|now| *now += ms);
    }
}

fn webhook() -> Action {
    Action::Webhook(Call {
        method: "POST".into(),
        url: "http://h.example/in?v=%%trigger%%&two=%%channel_1_field_2%%".into(),
        headers: vec![("X-Channel".into(), "%%channel_id%%".into())],
        body: r#"{"v":"%%trigger%%","at":"%%datetime%%","field":%%field%%,"odd":"%%odd%%"}"#.into(),
        user: Some("me".into()),
        password: Some(Secret("secret".into())),
        private: true,
    })
}

fn write(channel: &Channel) -> Action {
    let fields = BTreeMap::from([("1".to_string(), "%%trigger%%".to_string())]);
    Action::Write { channel: channel.id.get(), fields, status: None }
}

#[tokio::test]
async fn a_webhook_is_called_with_values_in_the_place_of_words() {
    let mut house = House::new(&[], 9).await;
    house.make(house.hot(false), webhook()).await;
    house.send("31 ").await;
    let run = house.settled().await;
    assert_eq!(
        (run.standing.state, run.standing.says.as_str()),
        (RunState::Done, "answered 200: fine")
    );
    let calls = house.world.heard.lock().unwrap().clone();
    let [call] = &calls[..] else { panic!("{}", calls.len()) };
    assert_eq!(call.url, "http://h.example/in?v=31&two=");
    assert_eq!(call.headers[0], ("X-Channel".into(), "1".into()));
    assert_eq!(call.headers[1], ("Content-Type".into(), "application/json".into()));
    let body = String::from_utf8(call.body.clone()).unwrap();
    assert_eq!(body, r#"{"v":"31","at":"2026-05-28T20:26:40Z","field":1,"odd":"%%odd%%"}"#);
    assert_eq!(call.user_password, Some(("me".into(), "secret".into())));
    assert!(call.private_ok, "ada looks after the server and agreed");
    house.close().await;
}

#[tokio::test]
async fn a_webhook_that_fails_is_tried_again_later_and_later_until_it_works() {
    let mut house = House::new(&[503, 0, 200], 9).await;
    let id = house.make(house.hot(false), webhook()).await;
    house.send("31").await;
    let mut pauses = Vec::new();
    for tries in 1..=2 {
        let failed = house.run(|run| run.standing.next_try_at.is_some()).await;
        assert_eq!(failed.standing.tries, tries);
        let pause = failed.standing.next_try_at.unwrap().millis() - house.engine.now().millis();
        pauses.push(pause);
        // A moment before its time nothing happens, which the order of what is heard would show.
        house.pass(pause - 1);
        house.pass(1);
    }
    assert!(
        (8_000..=12_000).contains(&pauses[0]) && (48_000..=72_000).contains(&pauses[1]),
        "{pauses:?}"
    );
    let done = house.settled().await;
    assert_eq!((done.standing.state, done.standing.tries), (RunState::Done, 3));
    assert_eq!(house.world.heard.lock().unwrap().len(), 3);
    assert_eq!(house.runs(id).await.len(), 1);
    house.close().await;
}

#[tokio::test]
async fn what_never_works_is_given_up_and_what_can_not_work_is_not_tried_again() {
    let mut house = House::new(&[404, 500, 500, 500, 500], 9).await;
    house.make(house.hot(true), webhook()).await;
    house.send("31").await;
    let refused = house.settled().await;
    assert_eq!((refused.standing.state, refused.standing.tries), (RunState::Failed, 1));
    house.send("32").await;
    for _ in 0..3 {
        house.run(|run| run.standing.next_try_at.is_some()).await;
        house.pass(400_000);
    }
    let given_up = house.settled().await;
    assert_eq!((given_up.standing.state, given_up.standing.tries), (RunState::Failed, 4));
    assert_eq!(given_up.standing.says, "answered 500: fine");
    house.close().await;
}

#[tokio::test]
async fn two_automations_that_set_each_other_off_come_to_an_end() {
    let mut house = House::new(&[], 9).await;
    house.taken_up().await;
    let other = House::channel(&house.engine, &house.ada).await;
    house.make(house.hot(true), write(&other)).await;
    house.make(House::above(&other, true), write(&house.channel)).await;
    house.send("31").await;
    let looped = house.run(|run| run.standing.state == RunState::Skipped).await;
    assert!(looped.standing.says.starts_with("loop: 4 automations"), "{}", looped.standing.says);
    let last = |channel: &Arc<Channel>| house.engine.head(channel.id);
    let ids = (last(&house.channel).await.unwrap().last, last(&other).await.unwrap().last);
    assert_eq!((ids.0.unwrap().get(), ids.1.unwrap().get()), (3, 2), "one, and four written");
    house.close().await;
}

#[tokio::test]
async fn a_restart_goes_on_where_it_stopped_and_does_nothing_twice() {
    let mut house = House::new(&[503], 1).await;
    let id = house.make(house.hot(true), webhook()).await;
    house.send("31").await;
    let failed = house.run(|run| run.standing.next_try_at.is_some()).await;
    // The second one waits for an answer that does not come.
    house.send("32").await;
    house.run(|run| run.cause.trigger == "32").await;
    house.crash().await;
    // These come while nobody looks.
    house.send("33").await;
    house.send("29").await;
    house.send("34").await;
    house.world.open.add_permits(100);
    house.begin();
    house.run(|run| run.cause.trigger == "34" && run.standing.state == RunState::Done).await;
    house.pass(failed.standing.next_try_at.unwrap().millis() - house.engine.now().millis());
    house.run(|run| run.cause.trigger == "31" && run.standing.state == RunState::Done).await;
    let mut runs = house.runs(id).await;
    runs.reverse();
    let told: Vec<(&str, RunState, u32)> = runs
        .iter()
        .map(|run| (run.cause.trigger.as_str(), run.standing.state, run.standing.tries))
        .collect();
    assert_eq!(
        told,
        [
            ("31", RunState::Done, 2),
            ("32", RunState::Failed, 1),
            ("33", RunState::Done, 1),
            ("34", RunState::Done, 1),
        ]
    );
    assert!(runs[1].standing.says.contains("nobody knows"), "{}", runs[1].standing.says);
    // And once more: nothing is left to do.
    house.end().await;
    house.begin();
    house.send("35").await;
    house.run(|run| run.cause.trigger == "35" && run.standing.state == RunState::Done).await;
    assert_eq!(house.runs(id).await.len(), 5);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_with_a_target_that_does_not_answer_holds_up_no_write_and_grows_nothing() {
    let mut house = House::new(&[], 0).await;
    let id = house.make(house.hot(true), webhook()).await;
    let writing = async {
        for n in 1..=10_000 {
            assert_eq!(house.send("31").await, n);
        }
    };
    // All of them are written although nothing is ever answered.
    tokio::time::timeout(PATIENCE, writing).await.expect("writes were held up");
    let full = house.run(|run| run.standing.state == RunState::Skipped).await;
    assert!(full.standing.says.contains("wait already"), "{}", full.standing.says);
    // The last one is heard too, however far behind it was: all before it found no room either.
    house.send("99").await;
    house.run(|run| run.cause.trigger == "99").await;
    assert!(house.world.under_way.load(Ordering::SeqCst) <= 16);
    assert_eq!(house.runs(id).await.len(), 200, "the history is bounded");
    let open = house.store.unsettled().unwrap();
    assert!(open.len() <= 16 + 250, "{}", open.len());
    house.crash().await;
    house.close().await;
}

#[tokio::test]
async fn messages_go_by_mail_ntfy_telegram_and_mqtt() {
    let mut house = House::new(&[200, 403], 9).await;
    let email = Action::Email {
        to: "ada@example.org".into(),
        subject: "Hot: %%trigger%%".into(),
        body: "At %%datetime%%".into(),
    };
    let ntfy = Action::Ntfy {
        server: "https://ntfy.sh".into(),
        topic: "shed".into(),
        title: "Hot \"%%trigger%%\"".into(),
        body: "%%trigger%% °C".into(),
        token: Some(Secret("tk_1".into())),
        private: false,
    };
    let telegram = Action::Telegram {
        token: Secret("123:ABC".into()),
        chat: "@shed".into(),
        text: "%%trigger%%".into(),
    };
    let mqtt =
        Action::Mqtt { topic: "lamp/set".into(), payload: "%%trigger%%".into(), retain: true };
    let mut says = Vec::new();
    for action in [email, ntfy, telegram, mqtt] {
        let id = house.make(house.hot(false), action).await;
        let ada = house.ada.clone();
        house.send("31.5").await;
        let run =
            house.run(|run| run.automation == id && run.standing.state != RunState::Waiting).await;
        says.push((run.standing.state, run.standing.says));
        house.engine.delete_automation(&ada, id).await.unwrap();
    }
    let words: Vec<&str> = says.iter().map(|(_, says)| says.as_str()).collect();
    assert_eq!(
        words,
        [
            "sent to ada@example.org",
            "answered 200: fine",
            "answered 403: fine",
            "published on lamp/set"
        ]
    );
    assert_eq!(says[2].0, RunState::Failed);
    let mail = house.world.mails.lock().unwrap()[0].clone();
    assert_eq!(
        (mail.subject.as_str(), mail.body.as_str()),
        ("Hot: 31.5", "At 2026-05-28T20:26:40Z")
    );
    let calls = house.world.heard.lock().unwrap().clone();
    let body =
        |call: &HttpCall| -> serde_json::Value { serde_json::from_slice(&call.body).unwrap() };
    assert_eq!(calls[0].url, "https://ntfy.sh");
    assert_eq!(calls[0].headers[0], ("Authorization".into(), "Bearer tk_1".into()));
    assert_eq!(
        body(&calls[0]),
        serde_json::json!({ "topic": "shed", "title": "Hot \"31.5\"", "message": "31.5 °C" })
    );
    assert_eq!(calls[1].url, "https://api.telegram.org/bot123:ABC/sendMessage");
    assert_eq!(body(&calls[1]), serde_json::json!({ "chat_id": "@shed", "text": "31.5" }));
    let published = house.world.published.lock().unwrap().clone();
    assert_eq!(published, [(house.ada.id, "lamp/set".into(), b"31.5".to_vec(), true)]);
    house.close().await;
}

#[tokio::test]
async fn a_command_is_added_to_a_talkback_that_is_open_to_the_user() {
    let mut house = House::new(&[], 9).await;
    let settings = TalkBackSettings { name: Some("Lamp".into()), ..Default::default() };
    let chosen = ChosenTalkBack::default();
    let talkback = house.engine.create_talkback(&house.ada, settings, chosen).await.unwrap();
    let action = Action::Talkback { id: talkback.id, command: "SET %%trigger%%".into() };
    house.make(house.hot(false), action.clone()).await;
    house.send("31.5").await;
    let run = house.settled().await;
    assert_eq!(run.standing.state, RunState::Done, "{}", run.standing.says);
    let queued = house.engine.command_queue(&talkback).await.unwrap();
    assert_eq!(
        queued.iter().map(|command| command.text.as_str()).collect::<Vec<_>>(),
        ["SET 31.5"]
    );
    let bob = house.engine.create_user("bob", None, false).await.unwrap();
    let at = At::Day { time: "07:00".into() };
    let when = When::Time { zone: "UTC".into(), at, fuzz_minutes: 0 };
    let wanted = Wanted { name: "bob's".into(), enabled: true, when, action };
    assert!(house.engine.create_automation(&bob, wanted).await.is_err(), "it is ada's");
    house.close().await;
}

#[tokio::test]
async fn a_channel_that_is_closed_to_somebody_leads_to_nothing_more() {
    let mut house = House::new(&[], 9).await;
    let bob = house.engine.create_user("bob", None, false).await.unwrap();
    let access = house.engine.own(&house.ada, house.channel.id).await.unwrap();
    house.engine.share(&access, "bob", fieldpost_store::Role::Viewer).await.unwrap();
    let Action::Webhook(call) = webhook() else { panic!() };
    let action = Action::Webhook(Call { private: false, url: "http://h.example/".into(), ..call });
    let wanted = Wanted { name: "bob's".into(), enabled: true, when: house.hot(true), action };
    house.engine.create_automation(&bob, wanted).await.unwrap();
    house.send("31").await;
    assert_eq!(house.settled().await.standing.state, RunState::Done);
    house.engine.unshare(&access, "bob").await.unwrap();
    house.send("32").await;
    let run = house.settled().await;
    assert_eq!(
        (run.standing.state, run.standing.says.as_str()),
        (RunState::Failed, "there is no such channel")
    );
    house.close().await;
}
