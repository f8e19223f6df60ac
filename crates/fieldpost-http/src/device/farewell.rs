//! Connections that are over, kept a while longer so that their last answer arrives.
//!
//! Some sketches send a line end behind their body, late. Bytes that meet a closed connection make the network drop the answer, too. So
//! a connection that was ended is not closed at once; but nobody waits for it, and nothing is read from it until it goes.

use std::collections::VecDeque;
use std::io::Read as _;
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a connection is kept, if there is room.
const STAY: Duration = Duration::from_secs(10);
/// How many are kept. Whoever comes then takes the place of the oldest, which has had the time in which so many others were answered.
const MOST: usize = 256;
/// How much is read of what came late.
const LATE_MAX: usize = 1024;

/// Connections whose last answer is sent, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Farewells(Mutex<VecDeque<(Instant, TcpStream)>>);

impl Farewells {
    /// Keeps a connection of which our side has ended.
    pub(crate) fn keep(&self, stream: tokio::net::TcpStream) {
        // If it can't be had as a plain one it is closed.
        let Ok(stream) = stream.into_std() else { return };
        let mut kept = self.kept();
        let oldest = if kept.len() >= MOST { kept.pop_front() } else { None };
        kept.push_back((Instant::now(), stream));
        drop(kept);
        drop(oldest); // to close it takes longer than to let others in
    }

    /// Closes those that were kept for long enough.
    pub(crate) fn close_old(&self) {
        loop {
            let mut kept = self.kept();
            if kept.front().is_none_or(|(since, _)| since.elapsed() < STAY) {
                return;
            }
            let oldest = kept.pop_front();
            drop(kept);
            if let Some((_, mut stream)) = oldest {
                // It does not block. Whatever it says, the connection ends.
                let _ = stream.read(&mut [0; LATE_MAX]);
            }
        }
    }

    /// Closes all, so that others can come in.
    pub(crate) fn close_all(&self) {
        let all = std::mem::take(&mut *self.kept());
        drop(all);
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<(Instant, TcpStream)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_oldest_makes_room_and_who_stays_long_enough_goes() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (farewells, mut clients) = (Farewells::default(), Vec::new());
        for _ in 0..MOST + 2 {
            clients.push(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
            farewells.keep(listener.accept().await.unwrap().0);
        }
        let ended = |client: &mut TcpStream| {
            client.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
            matches!(client.read(&mut [0]), Ok(0))
        };
        let open = |clients: &mut [TcpStream]| clients.iter_mut().map(ended).collect::<Vec<_>>();
        assert_eq!(open(&mut clients[..4]), [true, true, false, false]);
        farewells.close_old();
        assert_eq!(open(&mut clients[2..4]), [false, false]);
        for (since, _) in farewells.kept().iter_mut().take(1) {
            *since -= STAY;
        }
        farewells.close_old();
        assert_eq!(open(&mut clients[2..4]), [true, false]);
        farewells.close_all();
        assert!(open(&mut clients[3..]).into_iter().all(|ended| ended));
    }
}
