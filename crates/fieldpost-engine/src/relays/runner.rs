//! Runs relays: each in a task of its own that takes one step after the other, notes how far it is, and waits as long as it has to.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fieldpost_store::relays::{Direction, Relay, RelayProgress, RelaySettings, Tongue};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::forward::{self, BATCH_MAX, Pace};
use super::mirror;
use super::remote::{POLITE_MS, Remote, Snag, is_cloud};
use crate::engine::Engine;
use crate::news::{News, Novelty};
use crate::refusal::Refusal;

/// How often it is looked whether relays have come or gone without a word.
const REFRESH: Duration = Duration::from_secs(30);
/// How many relays take a step at once, how many besides read long feeds, which take memory, and how many wait at another server for news.
const STEPS: usize = 8;
const LONG: usize = 2;
const HELD: usize = 16;
/// How long a relay waits for news before it looks all the same.
const QUIET: Duration = Duration::from_secs(60);
/// The longest wait after troubles in a row, in milliseconds. The first is this long at a Fieldpost and [`POLITE_MS`] elsewhere, each further
/// one twice as long.
const SOON_MS: i64 = 1_000;
const BACKOFF_MAX_MS: i64 = 1_800_000;
/// How long it may take until a step at which nothing happened is noted.
const STALE: Duration = Duration::from_secs(60);

/// What wakes the runner when relays change.
#[derive(Default)]
pub(crate) struct Relays {
    changed: Notify,
    /// Those that begin anew.
    again: Mutex<HashSet<u64>>,
    /// Held while mirrored entries are compared with what is here and stored.
    pub(super) storing: Arc<tokio::sync::Mutex<()>>,
}

impl Relays {
    /// Tells that a relay was made, changed or deleted.
    pub(super) fn change(&self, id: u64) {
        self.again.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.changed.notify_one();
    }

    fn take_changed(&self) -> HashSet<u64> {
        std::mem::take(&mut *self.again.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A step that was done.
pub(super) struct Step {
    pub(super) progress: RelayProgress,
    pub(super) then: Then,
}

/// What comes after a step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Then {
    /// The next one, not before a time in milliseconds since 1970.
    At(i64),
    /// The next one when the channel here has news.
    News,
    /// The next one when the channel there, on a Fieldpost, has news.
    Held,
    /// Nothing, until somebody changes the relay.
    Never,
}

/// Ends a task when nobody holds it any more.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What all relays share.
struct Turns {
    steps: Semaphore,
    long: Semaphore,
    held: Semaphore,
}

impl Engine {
    /// Runs all relays, for as long as this is waited for.
    pub async fn run_relays(&self) {
        let [steps, long, held] = [STEPS, LONG, HELD].map(Semaphore::new);
        let turns = Arc::new(Turns { steps, long, held });
        let mut running: HashMap<u64, (RelaySettings, Task)> = HashMap::new();
        loop {
            let again = self.relay_state().take_changed();
            if let Ok(relays) = self.on_store(|store| store.relays(None)).await {
                let set: HashMap<u64, &RelaySettings> = relays
                    .iter()
                    .filter(|relay| relay.settings.enabled)
                    .map(|relay| (relay.id, &relay.settings))
                    .collect();
                running.retain(|id, (settings, _)| {
                    set.get(id) == Some(&&*settings) && !again.contains(id)
                });
                for relay in relays.into_iter().filter(|relay| relay.settings.enabled) {
                    running.entry(relay.id).or_insert_with(|| {
                        let settings = relay.settings.clone();
                        let run = run(self.clone(), relay, Arc::clone(&turns));
                        (settings, Task(tokio::spawn(run)))
                    });
                }
            }
            // A relay that is still to change is seen now or next time; waiting in vain is bounded.
            let _ = timeout(REFRESH, self.relay_state().changed.notified()).await;
        }
    }

    /// Writes down how far a relay is, unless it was changed meanwhile; then it is false.
    async fn note_relay(&self, before: &Relay, progress: RelayProgress) -> Result<bool, Refusal> {
        let (channel, id) = (before.channel, before.id);
        let (settings, position) = (before.settings.clone(), before.progress.position);
        self.on_store(move |store| {
            let mut noted = false;
            store.change_relay(channel, id, &mut |relay| {
                noted = relay.settings == settings && relay.progress.position == position;
                if noted {
                    relay.progress = progress.clone();
                }
            })?;
            Ok(noted)
        })
        .await
    }
}

/// Runs one relay until it can't go on.
async fn run(engine: Engine, mut relay: Relay, turns: Arc<Turns>) {
    let mut pace = Pace { size: BATCH_MAX, unsure: true };
    let mut noted_at: Option<Instant> = None;
    // The last step of one that was ended may have been written down and not told.
    tell(&engine, &relay).await;
    if relay.progress.stopped {
        relay.progress.next_at = None; // once after a start: what was wrong may be right now
    }
    if matches!(relay.progress.tongue, Some(Tongue::Thingspeak | Tongue::Single)) {
        // It may just have been called, before a restart.
        let polite = engine.now().millis() + POLITE_MS;
        relay.progress.next_at = Some(relay.progress.next_at.map_or(polite, |at| at.max(polite)));
    }
    loop {
        if let Some(at) = relay.progress.next_at {
            let wait = at.saturating_sub(engine.now().millis()).min(BACKOFF_MAX_MS);
            sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
        }
        // Before anything is read, so that nothing comes in between.
        let mut news = engine.listen(relay.channel);
        let step = {
            let kind = if relay.progress.catch_up.is_some() { &turns.long } else { &turns.steps };
            let Ok(_turn) = kind.acquire().await else { return };
            match relay.direction {
                Direction::Forward => forward::step(&engine, &relay, &mut pace).await,
                Direction::Mirror => mirror::step(&engine, &relay).await,
            }
        };
        let (progress, then) = after(&engine, &relay, step, &mut pace);
        let old = &relay.progress;
        let told = (&old.says, old.position, old.behind, old.stopped)
            != (&progress.says, progress.position, progress.behind, progress.stopped);
        let same = RelayProgress {
            last_ok_at: progress.last_ok_at,
            next_at: progress.next_at,
            ..old.clone()
        } == progress;
        if !same || noted_at.is_none_or(|at| at.elapsed() > STALE) {
            match engine.note_relay(&relay, progress.clone()).await {
                Ok(true) => noted_at = Some(Instant::now()),
                Ok(false) => {
                    // Changed meanwhile, or one that was ended has written down its last step since: the runner begins anew.
                    engine.relay_state().change(relay.id);
                    return;
                }
                Err(Refusal::NoChannel) => return,
                Err(_) => {
                    // The disk is full, say. What was done will be done again, which does no harm.
                    pace.unsure = true;
                    sleep(Duration::from_millis(POLITE_MS.unsigned_abs())).await;
                    continue;
                }
            }
        }
        relay.progress = progress;
        if told {
            tell(&engine, &relay).await;
        }
        match then {
            Then::At(_) => {}
            Then::News => drop(timeout(QUIET, news.recv()).await),
            Then::Held => held(&engine, &relay, &turns).await,
            Then::Never => return,
        }
    }
}

/// Tells how a relay stands.
async fn tell(engine: &Engine, relay: &Relay) {
    if let Ok(channel) = engine.channel(relay.channel).await {
        let (user, channel) = (channel.owner, Some(relay.channel));
        engine.tell(News { user, channel, what: Novelty::Relay(relay.clone()) });
    }
}

/// How far a relay is after a step, and what comes next.
fn after(
    engine: &Engine,
    relay: &Relay,
    step: Result<Step, Snag>,
    pace: &mut Pace,
) -> (RelayProgress, Then) {
    let (now, before) = (engine.now().millis(), &relay.progress);
    let (mut progress, then) = match step {
        Ok(Step { mut progress, then }) => {
            (progress.last_ok_at, progress.says, progress.failures) = (Some(now), None, 0);
            progress.stopped = false;
            (progress, then)
        }
        Err(Snag::Wait(wait, says)) => {
            let says = Some(says);
            (RelayProgress { says, stopped: false, ..before.clone() }, Then::At(now + wait))
        }
        Err(Snag::Passing(says)) => {
            pace.unsure = true;
            let failures = before.failures.saturating_add(1);
            let ours = !matches!(before.tongue, Some(Tongue::Thingspeak | Tongue::Single))
                && !is_cloud(&relay.settings.server);
            let first = if ours { SOON_MS } else { POLITE_MS };
            let wait = (first << (failures - 1).min(16)).min(BACKOFF_MAX_MS);
            // The other server may be another one by the time it is back.
            let tongue = before.tongue.filter(|tongue| *tongue == Tongue::Single);
            let (says, stopped) = (Some(says), false);
            (
                RelayProgress { says, stopped, failures, tongue, ..before.clone() },
                Then::At(now + wait),
            )
        }
        Err(Snag::Large) => {
            let says = Some("a single entry there is too long to be read".into());
            (RelayProgress { says, stopped: true, ..before.clone() }, Then::Never)
        }
        Err(Snag::Lasting(says)) => {
            let says = Some(says);
            (RelayProgress { says, stopped: true, ..before.clone() }, Then::Never)
        }
    };
    progress.next_at = match then {
        Then::At(at) => Some(at),
        Then::News | Then::Held | Then::Never => None,
    };
    (progress, then)
}

/// Waits at the other server for news; if too many wait already, for a polite while.
async fn held(engine: &Engine, relay: &Relay, turns: &Turns) {
    let began = Instant::now();
    let polite = Duration::from_millis(POLITE_MS.unsigned_abs());
    let news = match turns.held.try_acquire() {
        Ok(_place) => Remote::of(engine, relay).held(relay.progress.position).await.is_ok(),
        Err(_) => false,
    };
    // Whoever answers at once without news would be asked again and again.
    let least = if news { Duration::from_millis(500) } else { polite };
    sleep(least.saturating_sub(began.elapsed())).await;
}
