//! Turns the automations beside the engine: one task that hears all entries, wakes when something is due, notes what follows, and
//! lets it be done.
//!
//! Everything it must not forget is in the store before anything is done. It hears entries by a bounded ring; if it falls behind it reads
//! what it missed from the store. The time and how to wait for it come in from outside.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use fieldpost_store::automations::{NewRun, Progress, Run, RunState, Standing};
use fieldpost_store::{AutomationStore, Head};
use fieldpost_wire::{ChannelId, Entry, EntryId, Timestamp};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::{Id, JoinSet};

use super::machine::{Machine, Question, over};
use super::queue::Queue;
use super::retry::pause_ms;
use super::schedule::mix;
use super::{RUNS_KEPT, settled};
use crate::engine::Engine;
use crate::hub::{Told, Way};
use crate::outside::{Soon, Trouble};
use crate::refusal::Refusal;

/// Waits until the engine's clock shows a time.
pub type Nap = Arc<dyn Fn(Timestamp) -> Soon<'static, ()> + Send + Sync>;

/// The most time that one try of a run may take, in milliseconds.
const TRY_MS: u64 = 10_000;
/// How many submissions are looked at before what follows is noted.
const BATCH: usize = 1_024;
/// How many entries are read at once to catch up.
const PAGE: usize = 500;
/// How many entries of a channel are caught up with; older ones are passed over.
const CATCH_UP: u64 = 10_000;
/// Of entries that were missed nobody knows any more what led to them; they may lead to one thing further.
const HOPS_UNKNOWN: u8 = 3;
/// How long progress that led to no run may stay unnoted, in milliseconds. It would only be gone through again.
const LAZY_MS: i64 = 5_000;
/// When the store is asked again after it failed, in milliseconds.
const STORE_AGAIN_MS: i64 = 1_000;
/// How many runs are held while the store fails; later ones are lost, and the log says so.
const HELD: usize = 10_000;
/// How long runs that are under way are waited for at the end.
const PARTING: Duration = Duration::from_secs(3);

/// Waits by the system's clock. It looks at the clock twice a minute, since clocks are set and machines sleep.
pub fn system_nap(engine: &Engine) -> Nap {
    let engine = engine.clone();
    Arc::new(move |until| {
        let engine = engine.clone();
        Box::pin(async move {
            while let Ok(left) = u64::try_from(until.millis() - engine.now().millis())
                && left > 0
            {
                tokio::time::sleep(Duration::from_millis(left.min(30_000))).await;
            }
        })
    })
}

/// Runs the automations until `stop` comes. Of the seed come the times of fuzzy schedules and of further tries.
pub async fn run(engine: Engine, nap: Nap, seed: u64, stop: impl Future<Output = ()>) {
    let told = engine.listen_to_all();
    let mut runner = Runner {
        machine: Machine::new(seed),
        queue: Queue::default(),
        tasks: JoinSet::new(),
        under_way: HashMap::new(),
        progress: BTreeMap::new(),
        runs: Vec::new(),
        flush_at: None,
        overlap: true,
        engine,
        seed,
    };
    let mut stop = std::pin::pin!(stop);
    tokio::select! {
        () = runner.begin() => {}
        () = &mut stop => return,
    }
    runner.turn(told, nap, stop).await;
    runner.end().await;
}

struct Runner {
    engine: Engine,
    machine: Machine,
    queue: Queue,
    tasks: JoinSet<Result<String, Trouble>>,
    under_way: HashMap<Id, Run>,
    /// What is to be noted, taken out of the machine.
    progress: BTreeMap<u64, Progress>,
    runs: Vec<NewRun>,
    /// When that is noted at the latest.
    flush_at: Option<i64>,
    /// Entries that were read from the store may still come by the ring.
    overlap: bool,
    seed: u64,
}

impl Runner {
    fn now(&self) -> i64 {
        self.engine.now().millis()
    }

    /// Takes up where the last one ended. Tries until the store answers.
    async fn begin(&mut self) {
        while let Err(refusal) = self.resume().await {
            tracing::error!(%refusal, "automations can't begin yet");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.catch_up().await;
        self.step().await;
    }

    async fn resume(&mut self) -> Result<(), Refusal> {
        let all = self.engine.on_store(|store| store.automations(None)).await?;
        let open = self.engine.on_store(AutomationStore::unsettled).await?;
        let now = self.now();
        for automation in all {
            self.machine.put(automation, now);
        }
        let mut lost = Vec::new();
        for mut run in open {
            let Standing { tries, next_try_at, .. } = run.standing;
            match next_try_at {
                Some(at) => self.queue.push_later(at.millis(), run),
                None if tries == 0 => self.queue.push(run),
                None => {
                    let says = "the server stopped while this was under way; nobody knows whether it got through";
                    run.standing = settled(RunState::Failed, tries, says.into());
                    lost.push((run.id, run.standing.clone()));
                    self.tell(&run);
                }
            }
        }
        self.engine.on_store(move |store| store.settle(&lost)).await
    }

    async fn turn(
        &mut self,
        mut told: Receiver<Arc<[Told]>>,
        nap: Nap,
        mut stop: std::pin::Pin<&mut impl Future<Output = ()>>,
    ) {
        loop {
            let wake = [self.machine.next_at(), self.queue.next_at(), self.flush_at];
            let wake = wake.into_iter().flatten().min().map(Timestamp::from_millis);
            let mut heard = Vec::new();
            let mut missed = false;
            let engine = self.engine.clone();
            tokio::select! {
                got = told.recv() => match got {
                    Ok(one) => heard.push(one),
                    Err(RecvError::Lagged(_)) => missed = true,
                    Err(RecvError::Closed) => return,
                },
                () = engine.shared().wake.notified() => {}
                () = async { match wake {
                    Some(at) => nap(at).await,
                    None => std::future::pending().await,
                } } => {}
                Some(done) = self.tasks.join_next_with_id() => self.settle(done).await,
                () = &mut stop => return,
            }
            let mut drained = false;
            while !missed && heard.len() < BATCH {
                match told.try_recv() {
                    Ok(one) => heard.push(one),
                    Err(TryRecvError::Lagged(_)) => missed = true,
                    Err(TryRecvError::Empty) => {
                        drained = true;
                        break;
                    }
                    Err(TryRecvError::Closed) => return,
                }
            }
            // An automation that was made before an entry came is known here before the entry is looked at.
            self.reload().await;
            let now = self.now();
            for Told { channel, entries, way } in heard.iter().flat_map(|commit| &**commit) {
                self.machine.heard(*channel, entries, *way, self.overlap, now);
            }
            if missed {
                tracing::info!("automations fell behind and read what they missed");
                self.catch_up().await;
            }
            self.overlap = self.overlap && !drained;
            self.step().await;
        }
    }

    /// Looks again at those that changed.
    async fn reload(&mut self) {
        for id in self.engine.shared().take_changed() {
            let found = self.engine.on_store(move |store| store.automation(id)).await;
            let now = self.now();
            match found {
                Ok(Some(automation)) => {
                    self.machine.put(automation, now);
                    self.overlap = true;
                }
                Ok(None) => self.machine.remove(id),
                Err(refusal) => {
                    tracing::warn!(id, %refusal, "an automation that changed can't be read");
                    self.engine.shared().change(id);
                    return;
                }
            }
        }
    }

    /// Reads from the store what was not heard.
    async fn catch_up(&mut self) {
        self.overlap = true;
        for (channel, evaluated) in self.machine.watched() {
            if let Err(refusal) = self.catch_up_with(channel, evaluated).await {
                tracing::warn!(%channel, %refusal, "entries that automations missed can't be read");
            }
        }
        for (id, channel) in self.machine.silent() {
            if let Ok(Some(head)) = self.head(channel).await {
                self.machine.caught_up(id, head.last_write_at.map(Timestamp::millis));
            }
        }
    }

    async fn catch_up_with(&mut self, channel: ChannelId, evaluated: u64) -> Result<(), Refusal> {
        let head = self.head(channel).await?.unwrap_or_default();
        let last = head.last.map_or(0, EntryId::get);
        let mut from = evaluated;
        if last < from {
            self.machine.cleared(channel);
            from = 0;
        }
        from = from.max(last.saturating_sub(CATCH_UP));
        let way = Way { bulk: false, hops: HOPS_UNKNOWN };
        loop {
            let page = self.engine.after(channel, EntryId::new(from), PAGE).await?;
            let Some(newest) = page.last() else { return Ok(()) };
            from = newest.id.get();
            let now = self.now();
            self.machine.heard(channel, &page, way, true, now);
            if self.machine.has_runs() {
                self.note().await;
            }
        }
    }

    /// Lets the time come, notes what follows, and begins what can begin.
    async fn step(&mut self) {
        let now = self.now();
        for question in self.machine.due(now) {
            match question {
                Question::Newest(id, channel, field) => match self.newest(channel, field).await {
                    Ok(entry) => self.machine.newest(id, entry.as_ref(), now),
                    Err(refusal) => tracing::warn!(id, %refusal, "a channel can't be read"),
                },
                Question::LastWrite(id, channel) => match self.head(channel).await {
                    Ok(head) => {
                        let last = head.and_then(|head| head.last_write_at);
                        self.machine.last_write(id, last.map(Timestamp::millis), now);
                    }
                    Err(refusal) => tracing::warn!(id, %refusal, "a channel can't be read"),
                },
            }
        }
        let late = self.flush_at.is_some_and(|at| at <= now);
        if self.machine.has_runs() || late {
            self.note().await;
        } else if self.machine.is_dirty() && self.flush_at.is_none() {
            self.flush_at = Some(now + LAZY_MS);
        }
        self.begin_waiting().await;
    }

    async fn head(&self, channel: ChannelId) -> Result<Option<Head>, Refusal> {
        self.engine.on_store(move |store| store.head(channel)).await
    }

    async fn newest(
        &self,
        channel: ChannelId,
        field: Option<fieldpost_wire::FieldNo>,
    ) -> Result<Option<Entry>, Refusal> {
        let found = match field {
            Some(field) => self.engine.last_with(channel, field).await,
            None => self.engine.last(channel).await,
        };
        match found {
            Ok(entry) => Ok(Some(entry)),
            Err(Refusal::NoEntry) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Notes progress and runs in one transaction, and begins the runs for which there is room.
    async fn note(&mut self) {
        let (progress, mut runs) = self.machine.take();
        self.progress.extend(progress);
        self.runs.append(&mut runs);
        if self.runs.len() > HELD {
            tracing::error!(
                lost = self.runs.len() - HELD,
                "the store fails, and runs of automations are lost"
            );
            self.runs.truncate(HELD);
        }
        let mut noted = self.runs.clone();
        self.admit(&mut noted);
        let progress: Vec<_> =
            self.progress.iter().map(|(id, progress)| (*id, *progress)).collect();
        let to_note = noted.clone();
        let ids =
            self.engine.on_store(move |store| store.note(&progress, &to_note, RUNS_KEPT)).await;
        let Ok(ids) = ids else {
            self.flush_at = Some(self.now() + STORE_AGAIN_MS);
            return;
        };
        self.progress.clear();
        self.runs.clear();
        self.flush_at = None;
        for (run, id) in noted.into_iter().zip(ids) {
            let Some(id) = id else { continue };
            let run = run.numbered(id);
            self.tell(&run);
            if run.standing.state != RunState::Waiting {
                continue;
            }
            if run.standing.tries > 0 {
                self.queue.begin_at_once();
                self.start(run);
            } else {
                self.queue.push(run);
            }
        }
    }

    /// Decides which of new runs begin at once, which wait, and which find no room.
    fn admit(&self, runs: &mut [NewRun]) {
        let (mut free, mut more) = (self.queue.free(), 0);
        let mut own: HashMap<u64, usize> = HashMap::new();
        for run in runs.iter_mut().filter(|run| run.standing.state == RunState::Waiting) {
            if free > 0 {
                free -= 1;
                run.standing = under_way(1);
                continue;
            }
            let of = own.entry(run.automation).or_default();
            match self.queue.full(run.automation, more, *of) {
                Some(why) => run.standing = over(&why),
                None => (*of, more) = (*of + 1, more + 1),
            }
        }
    }

    /// Begins runs that waited. That they are begun is noted first, so that none is done twice.
    async fn begin_waiting(&mut self) {
        let mut runs = self.queue.begin(self.now());
        if runs.is_empty() {
            return;
        }
        let mut begun = Vec::with_capacity(runs.len());
        for run in &mut runs {
            let tries = run.standing.tries + 1;
            run.standing = under_way(tries);
            begun.push((run.id, under_way(tries)));
        }
        if self.engine.on_store(move |store| store.settle(&begun)).await.is_ok() {
            for run in runs {
                self.start(run);
            }
            return;
        }
        let again = self.now() + STORE_AGAIN_MS;
        for mut run in runs {
            run.standing.tries -= 1;
            self.queue.end();
            self.queue.push_later(again, run);
        }
    }

    /// Lets a run be done.
    fn start(&mut self, run: Run) {
        let engine = self.engine.clone();
        let automation = self.machine.get(run.automation).cloned();
        let cause = run.cause.clone();
        let task = self.tasks.spawn(async move {
            let Some(automation) = automation.filter(|automation| automation.enabled) else {
                return Err(Trouble::lasting("the automation was switched off meanwhile"));
            };
            match engine.user_of_id(automation.user).await {
                Ok(Some(user)) => engine.act(&user, &automation.action, &cause, TRY_MS).await,
                Ok(None) => Err(Trouble::lasting("the user is gone")),
                Err(refusal) => Err(Trouble::passing(refusal.to_string())),
            }
        });
        self.under_way.insert(task.id(), run);
    }

    /// Notes how a run went, or when it is tried again.
    async fn settle(
        &mut self,
        done: Result<(Id, Result<String, Trouble>), tokio::task::JoinError>,
    ) {
        let (id, outcome) = match done {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "a run of an automation ended in a panic");
                (error.id(), Err(Trouble::lasting("the server failed; its log says why")))
            }
        };
        self.queue.end();
        let Some(mut run) = self.under_way.remove(&id) else { return };
        let tries = run.standing.tries;
        run.standing = match outcome {
            Ok(says) => settled(RunState::Done, tries, says),
            Err(trouble) => {
                let mut standing = settled(RunState::Failed, tries, trouble.says);
                let pause = pause_ms(tries, mix(self.seed ^ run.id)).filter(|_| trouble.again);
                if let Some(pause) = pause {
                    standing.state = RunState::Waiting;
                    standing.next_try_at = Some(self.engine.now().plus_millis(pause));
                }
                standing
            }
        };
        if let Some(at) = run.standing.next_try_at {
            self.queue.push_later(at.millis(), run.clone());
        }
        let standing = [(run.id, run.standing.clone())];
        // If the store fails the run stands as begun, and says so after a restart.
        if self.engine.on_store(move |store| store.settle(&standing)).await.is_ok() {
            self.tell(&run);
        }
    }

    /// Waits a little for what is under way, and notes how far everything has come.
    async fn end(mut self) {
        let parting = async {
            while let Some(done) = self.tasks.join_next_with_id().await {
                self.settle(done).await;
            }
        };
        if tokio::time::timeout(PARTING, parting).await.is_err() {
            tracing::warn!("runs of automations were under way when the server stopped");
        }
        self.tasks.abort_all();
        if self.machine.is_dirty() || !self.progress.is_empty() || !self.runs.is_empty() {
            let (progress, mut runs) = self.machine.take();
            self.progress.extend(progress);
            self.runs.append(&mut runs);
            let progress: Vec<_> = std::mem::take(&mut self.progress).into_iter().collect();
            let runs = std::mem::take(&mut self.runs);
            // They wait for the next start.
            let noted = self.engine.on_store(move |store| store.note(&progress, &runs, RUNS_KEPT));
            if noted.await.is_err() {
                tracing::warn!("how far automations have come could not be noted");
            }
        }
    }

    /// Tells of a run whose automation it is of.
    fn tell(&self, run: &Run) {
        if let Some(automation) = self.machine.get(run.automation) {
            self.engine.tell_run(automation.user, run.clone());
        }
    }
}

/// How a run stands that is being done.
pub(super) fn under_way(tries: u32) -> Standing {
    let says = "under way".into();
    Standing { state: RunState::Waiting, tries, next_try_at: None, says }
}
