//! The one place where updates become entries: waits for one, takes all that are ready, commits once.
//!
//! There is no linger timer. A batch is what arrived during the previous commit, so a quiet server
//! answers at once and a busy one gets cheaper for each entry. The writer has a thread of its own, so
//! that waiting for the disk holds up nobody else.

use std::sync::Arc;
use std::thread::JoinHandle;

use fieldpost_store::{Outcome, Store, Submission};
use fieldpost_wire::Entry;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::hub::{Hub, Told, Way};
use crate::refusal::Refusal;

/// How many updates may wait to be written. When as many wait the answer is [`Refusal::Busy`].
pub(crate) const WAITING_MAX: usize = 65_536;

/// The most submissions in one commit: enough to make the disk's share small, few enough to keep each wait short.
const BATCH_MAX: usize = 1_024;

/// From how many on those who wait are woken by the runtime itself: to wake one from outside costs a call into the kernel, to wake
/// one from inside does not.
const WOKEN_INSIDE: usize = 4;

/// A submission that waits, and who waits for its outcome.
struct Job {
    submission: Submission,
    way: Way,
    reply: Reply,
    room: OwnedSemaphorePermit,
}

type Reply = oneshot::Sender<Result<Arc<[Entry]>, Refusal>>;

/// Where submissions are handed in.
pub(crate) struct Writer {
    queue: mpsc::UnboundedSender<Job>,
    /// Bounds the queue by updates rather than by submissions, since a bulk holds thousands.
    room: Arc<Semaphore>,
}

impl Writer {
    /// Starts the thread. It ends when the `Writer` is dropped and everything handed in is written.
    pub(crate) fn start(
        store: Arc<dyn Store>,
        hub: Arc<Hub>,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (queue, jobs) = mpsc::unbounded_channel();
        let runtime = Handle::try_current().ok();
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || run(&*store, &hub, jobs, runtime.as_ref()))?;
        Ok((Self { queue, room: Arc::new(Semaphore::new(WAITING_MAX)) }, thread))
    }

    /// How many updates wait.
    pub(crate) fn waiting(&self) -> usize {
        WAITING_MAX - self.room.available_permits()
    }

    /// Hands a submission in and waits until it is on disk, as these entries, or refused.
    ///
    /// If the caller goes away while it waits the submission is written all the same.
    pub(crate) async fn submit(
        &self,
        submission: Submission,
        way: Way,
    ) -> Result<Arc<[Entry]>, Refusal> {
        let size = u32::try_from(submission.updates.len().max(1)).map_err(|_| Refusal::Busy)?;
        let room =
            Arc::clone(&self.room).try_acquire_many_owned(size).map_err(|_| Refusal::Busy)?;
        let (reply, outcome) = oneshot::channel();
        self.queue.send(Job { submission, way, reply, room }).map_err(|_| Refusal::Busy)?;
        outcome.await.map_err(|_| Refusal::Failed)?
    }
}

fn run(
    store: &dyn Store,
    hub: &Hub,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    runtime: Option<&Handle>,
) {
    let mut waiting = Vec::with_capacity(BATCH_MAX);
    while let Some(job) = jobs.blocking_recv() {
        let mut batch = Vec::with_capacity(64);
        let mut next = Some(job);
        while let Some(Job { submission, way, reply, room }) = next {
            waiting.push((submission.channel, way, reply, room));
            batch.push(submission);
            next = if batch.len() < BATCH_MAX { jobs.try_recv().ok() } else { None };
        }
        let mut done = Vec::with_capacity(waiting.len());
        match store.commit(batch) {
            Ok(outcomes) => {
                let mut commit = Vec::with_capacity(waiting.len());
                for ((channel, way, reply, room), outcome) in waiting.drain(..).zip(outcomes) {
                    let answer = stored(outcome);
                    if let Ok(entries) = &answer
                        && !entries.is_empty()
                    {
                        commit.push(Told { channel, entries: Arc::clone(entries), way });
                    }
                    drop(room);
                    done.push((reply, answer));
                }
                hub.tell(commit);
            }
            Err(error) => {
                tracing::error!(%error, updates = waiting.len(), "a commit failed; its updates are refused");
                let refusal = Refusal::from(error);
                done.extend(waiting.drain(..).map(|(.., reply, _)| (reply, Err(refusal.clone()))));
            }
        }
        match runtime {
            Some(runtime) if done.len() >= WOKEN_INSIDE => {
                runtime.spawn(async { answer(done) });
            }
            _ => answer(done),
        }
    }
}

fn stored(outcome: Outcome) -> Result<Arc<[Entry]>, Refusal> {
    match outcome {
        Outcome::Stored(entries) => Ok(entries.into()),
        Outcome::TooSoon { wait_ms } => Err(Refusal::TooSoon { wait_ms }),
        Outcome::TimeTaken(time) => Err(Refusal::TimeTaken(time)),
        Outcome::NoChannel => Err(Refusal::NoChannel),
    }
}

/// Tells those who wait. Who asked may be gone; the entry is on disk all the same.
fn answer(done: Vec<(Reply, Result<Arc<[Entry]>, Refusal>)>) {
    for (reply, outcome) in done {
        let _ = reply.send(outcome);
    }
}
