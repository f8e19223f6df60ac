//! Answers that are held back until there is something to answer: `wait=30`, for devices that can't be reached otherwise.

use std::future::Future;
use std::time::Duration;

use fieldpost_wire::number::leading_int;
use futures_util::future::OptionFuture;
use tokio::sync::SemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::Ask;

/// The longest time for which an answer is held back, in seconds.
const WAIT_MAX_SECONDS: i64 = 60;
/// How many answers may be held back at once. Whoever comes then is answered at once, as at the end of the time.
pub(super) const HELD_MAX: usize = 8_192;

/// An answer that may be held back.
pub(super) struct Hold<'a> {
    until: Instant,
    gone: Option<&'a CancellationToken>,
    _place: SemaphorePermit<'a>,
}

impl Ask<'_> {
    /// A place to wait in, if the request asks for it with `wait` and there is one.
    pub(super) fn hold(&self) -> Option<Hold<'_>> {
        let seconds = self.params.get("wait").map_or(0, leading_int).clamp(0, WAIT_MAX_SECONDS);
        if seconds == 0 {
            return None;
        }
        let _place = self.held.try_acquire().ok()?;
        let until = Instant::now() + Duration::from_secs(seconds.unsigned_abs());
        Some(Hold { until, gone: self.request.gone.as_ref(), _place })
    }
}

impl Hold<'_> {
    /// Waits for a reason to look again; false if the time is over, or nobody waits any more.
    pub(super) async fn hears<T: Clone>(&self, ring: &mut Receiver<T>) -> bool {
        // That it lagged is as good a reason to look again as a message is.
        let heard = self.within(ring.recv()).await;
        matches!(heard, Some(Ok(_) | Err(RecvError::Lagged(_))))
    }

    async fn within<T>(&self, event: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            Some(()) = OptionFuture::from(self.gone.map(CancellationToken::cancelled)) => None,
            event = timeout_at(self.until, event) => event.ok(),
        }
    }
}
