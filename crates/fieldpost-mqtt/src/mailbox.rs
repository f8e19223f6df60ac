//! What waits for one connection: messages to send, and the order to end. Bounded: a full box loses its oldest message, since the
//! newest value is what matters, and counts it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::letter::Delivery;

/// How many messages wait for a connection.
pub(crate) const ROOM: usize = 32;

/// Why a connection is to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// The same client connected anew.
    TakenOver,
    /// The device was removed or its password changed.
    DeviceGone,
    /// The server stops.
    Stopping,
}

/// What waits for one connection.
#[derive(Debug)]
pub(crate) struct Mailbox {
    /// The connection's number; no other has it.
    pub(crate) number: u64,
    inside: Mutex<Inside>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Inside {
    letters: VecDeque<Delivery>,
    /// How many were lost and not told yet.
    lost: u64,
    end: Option<End>,
}

impl Mailbox {
    pub(crate) fn new(number: u64) -> Self {
        Self { number, inside: Mutex::default(), bell: Notify::new() }
    }

    /// Puts a message in. False if another one had to go for it.
    pub(crate) fn put(&self, delivery: Delivery) -> bool {
        let mut inside = self.lock();
        let full = inside.letters.len() >= ROOM;
        if full {
            inside.letters.pop_front();
            inside.lost += 1;
        }
        inside.letters.push_back(delivery);
        let first = inside.letters.len() == 1;
        drop(inside);
        if first {
            self.bell.notify_one();
        }
        !full
    }

    /// Takes all messages out, or those that come before the first of quality 1 that there is no room for.
    pub(crate) fn take(&self, into: &mut Vec<Delivery>, mut window: usize) {
        let mut inside = self.lock();
        while let Some(next) = inside.letters.front() {
            if next.qos > crate::packet::Qos::Zero {
                if window == 0 {
                    break;
                }
                window -= 1;
            }
            into.extend(inside.letters.pop_front());
        }
        if inside.letters.is_empty() && inside.letters.capacity() > 0 {
            // An idle connection keeps nothing; a busy one gets it back cheaply.
            inside.letters = VecDeque::new();
        }
    }

    /// How many messages were lost since this was asked last.
    pub(crate) fn lost(&self) -> u64 {
        std::mem::take(&mut self.lock().lost)
    }

    /// Has the connection end. The first reason counts.
    pub(crate) fn end(&self, end: End) {
        self.lock().end.get_or_insert(end);
        self.bell.notify_one();
    }

    pub(crate) fn ended(&self) -> Option<End> {
        self.lock().end
    }

    /// Waits until something was put in.
    pub(crate) async fn wait(&self) {
        self.bell.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // The queue is whole after every statement, so a panic elsewhere did no harm.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::letter::Letter;
    use crate::packet::Qos;

    fn delivery(text: &'static str, qos: Qos) -> Delivery {
        let letter = Letter {
            topic: "a".into(),
            payload: text.into(),
            qos,
            retain: false,
            extra: None,
            entry: None,
        };
        Delivery { letter: Arc::new(letter), qos, retain: false }
    }

    fn taken(mailbox: &Mailbox, window: usize) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        mailbox.take(&mut out, window);
        out.into_iter().map(|delivery| delivery.letter.payload.to_vec()).collect()
    }

    #[test]
    fn a_full_box_loses_its_oldest_message_and_says_how_many() {
        let mailbox = Mailbox::new(1);
        assert!(mailbox.put(delivery("old", Qos::Zero)));
        for _ in 1..ROOM {
            assert!(mailbox.put(delivery("x", Qos::Zero)));
        }
        assert!(!mailbox.put(delivery("new", Qos::Zero)));
        let all = taken(&mailbox, 0);
        assert_eq!((all.len(), all.last().map(Vec::as_slice)), (ROOM, Some(&b"new"[..])));
        assert!(!all.contains(&b"old".to_vec()));
        assert_eq!((mailbox.lost(), mailbox.lost()), (1, 0));
    }

    #[test]
    fn quality_1_waits_for_room_and_keeps_the_order() {
        let mailbox = Mailbox::new(1);
        for (text, qos) in [("a", Qos::Zero), ("b", Qos::One), ("c", Qos::One), ("d", Qos::Zero)] {
            mailbox.put(delivery(text, qos));
        }
        assert_eq!(taken(&mailbox, 1), [b"a".to_vec(), b"b".to_vec()]);
        assert!(taken(&mailbox, 0).is_empty());
        assert_eq!(taken(&mailbox, 1), [b"c".to_vec(), b"d".to_vec()]);
    }
}
