//! Turns an import until it is done, has to wait, or can't go on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::note::Note;
use super::step::{Place, step};
use crate::engine::Engine;
use crate::relays::remote::Snag;

/// After so many troubles in a row somebody must look.
const TROUBLES_MAX: u32 = 12;
/// The first wait after a trouble; each further one is twice as long, up to the longest.
const AGAIN_MS: u64 = 1_000;
const AGAIN_MAX_MS: u64 = 60_000;
/// The longest that another server may have us wait, in milliseconds.
const WAIT_MAX_MS: u64 = 3_600_000;

/// An import that is going on.
pub(super) struct Job {
    pub(super) user: u64,
    pub(super) state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

/// How it stands.
#[derive(Clone)]
pub(super) struct State {
    pub(super) note: Note,
    /// When it began to fetch, and how many entries it had by then.
    pub(super) began: Instant,
    pub(super) had: u64,
    /// When it goes on, if it waits.
    pub(super) next_at: Option<i64>,
}

impl Job {
    /// Begins, or goes on.
    pub(super) fn start(engine: &Engine, note: Note) -> Self {
        let user = note.user;
        let had = note.stored + note.same;
        let state = State { note, began: Instant::now(), had, next_at: None };
        let state = Arc::new(Mutex::new(state));
        let task = tokio::spawn(run(engine.clone(), Arc::clone(&state)));
        Self { user, state, task }
    }

    pub(super) fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn is_over(&self) -> bool {
        self.task.is_finished()
    }

    /// Ends it where it is. What is on its way to the disk gets there.
    pub(super) fn halt(&self) {
        self.task.abort();
    }
}

async fn run(engine: Engine, state: Arc<Mutex<State>>) {
    let set = |change: &dyn Fn(&mut State)| {
        change(&mut state.lock().unwrap_or_else(PoisonError::into_inner));
    };
    let mut note = state.lock().unwrap_or_else(PoisonError::into_inner).note.clone();
    let mut place = Place::start(&engine, note.tongue);
    let mut troubles = 0;
    loop {
        let stepped = step(&engine, &mut note, &mut place).await;
        let wait_ms = match stepped {
            Ok(true) => {
                (note.done, note.running, note.says) = (true, false, None);
                None
            }
            Ok(false) => {
                (troubles, note.says) = (0, None);
                place.grow();
                Some(note.pause_ms)
            }
            Err(Snag::Wait(ms, says)) => {
                troubles += 1;
                note.says = Some(says);
                Some(u64::try_from(ms).unwrap_or(AGAIN_MS).min(WAIT_MAX_MS))
            }
            Err(Snag::Passing(says)) => {
                troubles += 1;
                note.says = Some(says);
                // A server that takes too long over much may answer less.
                if troubles > 1 {
                    place.shrink();
                }
                Some((AGAIN_MS << (troubles - 1).min(16)).min(AGAIN_MAX_MS))
            }
            Err(Snag::Large) if place.shrink() => Some(note.pause_ms),
            Err(Snag::Large) => {
                note.says = Some("a feed there is too long to be read".into());
                None
            }
            Err(Snag::Lasting(says)) => {
                note.says = Some(says);
                None
            }
        };
        let wait_ms = wait_ms.filter(|_| troubles <= TROUBLES_MAX);
        note.running &= wait_ms.is_some();
        note.changed_at = engine.now().millis();
        let waits = wait_ms.filter(|_| troubles > 0);
        let next_at = waits.map(|ms| note.changed_at.saturating_add_unsigned(ms));
        // What can't be written down is only read again.
        let kept = note.clone();
        let notes = Arc::clone(&engine.imports_state().notes);
        let _ = tokio::task::spawn_blocking(move || notes.put(&kept)).await;
        set(&|state| {
            state.note = note.clone();
            state.next_at = next_at;
        });
        let Some(wait_ms) = wait_ms else { return };
        sleep(Duration::from_millis(wait_ms)).await;
    }
}
