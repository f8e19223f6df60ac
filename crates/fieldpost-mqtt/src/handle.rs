//! A connection as others see it: its number, who it is, its mailbox, its will. And who may be at the other end.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use fieldpost_engine::devices::DeviceAccess;
use fieldpost_engine::doctor::Door;

use crate::mailbox::Mailbox;
use crate::packet::Message;

/// Who is at the other end.
#[derive(Clone, Debug)]
pub(crate) enum Guest {
    /// A device that showed its password.
    Device(DeviceAccess),
    /// Somebody who may do what the keys in topics allow, and nothing else.
    Stranger,
}

impl Guest {
    pub(crate) fn device(&self) -> Option<&DeviceAccess> {
        match self {
            Self::Device(device) => Some(device),
            Self::Stranger => None,
        }
    }
}

/// The way on which a connection came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Line {
    pub(crate) peer: IpAddr,
    pub(crate) door: Door,
}

/// A connection as others see it.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) mailbox: Mailbox,
    pub(crate) guest: Guest,
    pub(crate) client_id: Arc<str>,
    pub(crate) line: Line,
    /// What is published when the client does not take its leave.
    will: Mutex<Option<Box<Message>>>,
}

impl Handle {
    pub(crate) fn new(
        number: u64,
        guest: Guest,
        client_id: Arc<str>,
        line: Line,
        will: Option<Box<Message>>,
    ) -> Self {
        let (mailbox, will) = (Mailbox::new(number), Mutex::new(will));
        Self { mailbox, guest, client_id, line, will }
    }

    /// The connection's number; no other has it.
    pub(crate) fn number(&self) -> u64 {
        self.mailbox.number
    }

    /// Takes the will, so that it is published once or not at all.
    pub(crate) fn take_will(&self) -> Option<Box<Message>> {
        self.will.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
