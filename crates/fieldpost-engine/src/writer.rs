//! The one place where updates become entries: waits for one, takes all that are ready, commits once.
//!
//! There is no linger timer. A batch is what arrived during the previous commit, so a quiet server
//! answers at once and a busy one gets cheaper for each entry. The writer has a thread of its own, so
//! that waiting for the disk holds up nobody else.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;

use fieldpost_store::{Outcome, Store, Submission};
use fieldpost_wire::{ChannelId, Entry};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::hub::{Hub, Told, Way};
use crate::meters::Meters;
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
}

enum Message {
    Job(Job),
    /// Nothing more is to be taken.
    End,
}

/// What became of a submission.
type Answer = Result<Arc<[Entry]>, Refusal>;
type Reply = oneshot::Sender<Answer>;

/// Where submissions are handed in.
pub(crate) struct Writer {
    queue: mpsc::UnboundedSender<Message>,
    /// How many updates wait. Bounds the queue, by updates rather than by submissions, since a bulk holds thousands.
    waiting: Arc<AtomicUsize>,
}

impl Writer {
    /// Starts the thread. It ends after [`Writer::end`], or when the `Writer` is dropped, and everything handed in is written.
    pub(crate) fn start(
        store: Arc<dyn Store>,
        hub: Arc<Hub>,
        meters: Arc<Meters>,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (queue, jobs) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let work = Work { store, hub, meters, waiting: Arc::clone(&waiting) };
        let runtime = Handle::try_current().ok();
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || work.run(jobs, runtime.as_ref()))?;
        Ok((Self { queue, waiting }, thread))
    }

    /// How many updates wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Relaxed)
    }

    /// Takes nothing more.
    pub(crate) fn end(&self) {
        // If that fails it has ended.
        let _ = self.queue.send(Message::End);
    }

    /// Hands a submission in and waits until it is on disk, as these entries, or refused.
    ///
    /// If the caller goes away while it waits the submission is written all the same.
    pub(crate) async fn submit(
        &self,
        submission: Submission,
        way: Way,
    ) -> Result<Arc<[Entry]>, Refusal> {
        let size = size(&submission);
        if self.waiting.fetch_add(size, Relaxed).saturating_add(size) > WAITING_MAX {
            self.waiting.fetch_sub(size, Relaxed);
            return Err(Refusal::Busy);
        }
        let (reply, outcome) = oneshot::channel();
        if self.queue.send(Message::Job(Job { submission, way, reply })).is_err() {
            self.waiting.fetch_sub(size, Relaxed);
            return Err(Refusal::Busy);
        }
        outcome.await.map_err(|_| Refusal::Failed)?
    }
}

/// How much room a submission takes.
fn size(submission: &Submission) -> usize {
    submission.updates.len().max(1)
}

/// What the thread works with.
struct Work {
    store: Arc<dyn Store>,
    hub: Arc<Hub>,
    meters: Arc<Meters>,
    waiting: Arc<AtomicUsize>,
}

impl Work {
    fn run(self, mut jobs: mpsc::UnboundedReceiver<Message>, runtime: Option<&Handle>) {
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        while let Some(message) = jobs.blocking_recv() {
            let mut batch = Vec::with_capacity(64);
            let mut room = 0;
            let mut next = Some(message);
            while let Some(message) = next {
                match message {
                    Message::Job(Job { submission, way, reply }) => {
                        room += size(&submission);
                        waiting.push((submission.channel, way, reply));
                        batch.push(submission);
                    }
                    Message::End => jobs.close(),
                }
                next = if batch.len() < BATCH_MAX { jobs.try_recv().ok() } else { None };
            }
            if batch.is_empty() {
                continue;
            }
            let done = self.commit(batch, &mut waiting);
            self.waiting.fetch_sub(room, Relaxed);
            match runtime {
                Some(runtime) if done.len() >= WOKEN_INSIDE => {
                    runtime.spawn(async { answer(done) });
                }
                _ => answer(done),
            }
        }
    }

    /// Commits a batch, tells those who listen, and gives what those who wait are to be told.
    fn commit(
        &self,
        batch: Vec<Submission>,
        waiting: &mut Vec<(ChannelId, Way, Reply)>,
    ) -> Vec<(Reply, Answer)> {
        let mut done = Vec::with_capacity(waiting.len());
        match self.store.commit(batch) {
            Ok(outcomes) => {
                let mut entries_stored = 0;
                let mut commit = Vec::with_capacity(waiting.len());
                for ((channel, way, reply), outcome) in waiting.drain(..).zip(outcomes) {
                    let answer = stored(outcome);
                    if let Ok(entries) = &answer
                        && !entries.is_empty()
                    {
                        entries_stored += entries.len();
                        commit.push(Told { channel, entries: Arc::clone(entries), way });
                    }
                    done.push((reply, answer));
                }
                self.meters.store(entries_stored);
                self.hub.tell(commit);
            }
            Err(error) => {
                tracing::error!(%error, updates = waiting.len(), "a commit failed; its updates are refused");
                let refusal = Refusal::from(error);
                done.extend(waiting.drain(..).map(|(.., reply)| (reply, Err(refusal.clone()))));
            }
        }
        done
    }
}

fn stored(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Stored(entries) => Ok(entries),
        Outcome::TooSoon { wait_ms } => Err(Refusal::TooSoon { wait_ms }),
        Outcome::TimeTaken(time) => Err(Refusal::TimeTaken(time)),
        Outcome::NoChannel => Err(Refusal::NoChannel),
    }
}

/// Tells those who wait. Who asked may be gone; the entry is on disk all the same.
fn answer(done: Vec<(Reply, Answer)>) {
    for (reply, outcome) in done {
        let _ = reply.send(outcome);
    }
}
