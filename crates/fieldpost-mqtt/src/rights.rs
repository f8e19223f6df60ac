//! Who may come in, who may publish where, who may hear what. Asked anew each time, of what the engine has in memory.

use std::sync::Arc;

use fieldpost_engine::doctor::{MqttTrouble, What};
use fieldpost_engine::{Engine, Refusal};
use fieldpost_wire::topic::{Hearing, Publishing};
use fieldpost_wire::{ApiKey, Channel};

use crate::handle::{Guest, Line};
use crate::packet::{Connect, Reason};

/// A "no": in the protocol's words, and in the doctor's.
#[derive(Clone, Debug)]
pub(crate) struct No {
    pub(crate) reason: Reason,
    pub(crate) what: What,
}

impl No {
    pub(crate) fn trouble(reason: Reason, trouble: MqttTrouble) -> Self {
        Self { reason, what: What::OverMqtt(trouble) }
    }

    /// True if it will be so next time too, as far as can be told.
    pub(crate) fn is_lasting(&self) -> bool {
        !matches!(self.reason, Reason::Failed | Reason::Busy)
    }

    /// True if the message was delivered all the same.
    pub(crate) fn is_half(&self) -> bool {
        matches!(self.what, What::OverMqtt(MqttTrouble::NotRetained { .. }))
    }

    /// Its stable word.
    pub(crate) fn code(&self) -> &'static str {
        match &self.what {
            What::OverMqtt(trouble) => trouble.code(),
            what => what.refusal().code(),
        }
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        let reason = match &refusal {
            Refusal::TooSoon { .. } => Reason::Quota,
            Refusal::TimeTaken(_)
            | Refusal::OutOfRange { .. }
            | Refusal::BadValue(_)
            | Refusal::BadBody(_) => Reason::Payload,
            Refusal::Busy | Refusal::TooMany { .. } => Reason::Busy,
            failed if *failed == Refusal::Failed => Reason::Failed,
            _ => Reason::NotAuthorized,
        };
        Self { reason, what: What::Refused(refusal) }
    }
}

/// Finds out who connects: a device by its id and password; else somebody who may only do what keys in topics allow.
///
/// The service's older generation took any user name, with a key for a password; such clients come in as strangers. Who shows anything
/// else than a device's password meant a device, and is told that it is wrong.
pub(crate) async fn admit(engine: &Engine, connect: &Connect, line: Line) -> Result<Guest, No> {
    let user = connect.user.as_deref().filter(|user| !user.is_empty());
    let password = connect.password.as_ref().map(|bytes| String::from_utf8_lossy(bytes));
    let password = password.as_deref().filter(|password| !password.is_empty());
    let key_like = password.is_some_and(|password| password.parse::<ApiKey>().is_ok());
    let wrong = |trouble| Err(No::trouble(Reason::BadCredentials, trouble));
    let id = connect.client_id.as_str();
    let Some(password) = password else {
        let named = match user {
            Some(user) => engine.is_device(user).await?,
            None => engine.is_device(id).await?,
        };
        return if named { wrong(MqttTrouble::NoPassword) } else { Ok(Guest::Stranger) };
    };
    let mut id_known = false;
    for name in user.into_iter().chain((user != Some(id)).then_some(id)) {
        match engine.device(name, password, line.peer).await {
            Ok(device) => return Ok(Guest::Device(device)),
            Err(Refusal::NoDevice) => {}
            Err(Refusal::DevicePassword) if user == Some(name) => {
                return wrong(MqttTrouble::WrongPassword { key_like });
            }
            Err(Refusal::DevicePassword) => id_known = true,
            Err(refusal) => return Err(refusal.into()),
        }
    }
    if key_like && !id_known {
        return Ok(Guest::Stranger);
    }
    wrong(MqttTrouble::UnknownDevice { id_known })
}

/// Opens a channel for an update: by the key that came with it, or by the device's right.
pub(crate) async fn to_publish(
    engine: &Engine,
    guest: &Guest,
    to: &Publishing,
    key: Option<&str>,
) -> Result<Arc<Channel>, No> {
    let by_key = match key {
        Some(key) => match engine.channel_to_write(Some(key)).await {
            Ok(channel) if channel.id == to.channel => return Ok(channel),
            Ok(_) => Some(Refusal::WriteKeyUnknown),
            Err(refusal) => Some(refusal),
        },
        None => None,
    };
    // Sketches of today add a read key to topics that need none: a device's right counts all the same.
    match (guest.device(), by_key) {
        (Some(device), by_key) => match engine.device_to_publish(device, to.channel).await {
            Ok(channel) => Ok(channel),
            Err(refusal) => Err(by_key.unwrap_or(refusal).into()),
        },
        (None, Some(refusal)) => Err(refusal.into()),
        (None, None) => Err(No::trouble(Reason::NotAuthorized, MqttTrouble::NoAuthority)),
    }
}

/// Opens a channel for listening: a public one to anybody, others to their keys and to devices with the right.
pub(crate) async fn to_hear(
    engine: &Engine,
    guest: &Guest,
    hearing: &Hearing,
) -> Result<Arc<Channel>, No> {
    let key = hearing.key.as_ref().map(ApiKey::reveal);
    let by_key = match engine.channel_to_read(hearing.channel, key).await {
        Ok(channel) => return Ok(channel),
        Err(refusal) => refusal,
    };
    match guest.device() {
        Some(device) => match engine.device_to_subscribe(device, hearing.channel).await {
            Ok(channel) => Ok(channel),
            Err(_) if by_key == Refusal::ReadKeyUnknown => Err(by_key.into()),
            Err(refusal) => Err(refusal.into()),
        },
        None if by_key == Refusal::KeyMissing => {
            Err(No::trouble(Reason::NotAuthorized, MqttTrouble::NoAuthority))
        }
        None => Err(by_key.into()),
    }
}
