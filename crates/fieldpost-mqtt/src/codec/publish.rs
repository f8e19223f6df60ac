//! Messages to clients, in bytes: PUBLISH (MQTT 3.1.1 and 5, 3.3).
//!
//! Done here rather than by the library, since it is done most and knows its lengths beforehand.

use bytes::{BufMut as _, BytesMut};

use crate::packet::{Extra, Version};

/// Writes a message in the given version. False if it is longer than `max`; then nothing is written.
pub(crate) fn publish(
    bytes: &mut BytesMut,
    version: Version,
    message: Publish<'_>,
    max: Option<u32>,
) -> bool {
    let Publish { topic, payload, id, dup, retain, extra } = message;
    let expiry = extra.and_then(|extra| extra.expiry);
    let passed_on = extra.map_or(&[][..], |extra| &extra.passed_on);
    let properties = passed_on.len() + if expiry.is_some() { 5 } else { 0 };
    let mut length = 2 + topic.len() + payload.len() + if id.is_some() { 2 } else { 0 };
    if version == Version::V5 {
        length += length_size(properties) + properties;
    }
    if max.is_some_and(|max| length + 1 + length_size(length) > max as usize) {
        return false;
    }
    let flags = u8::from(retain) | u8::from(id.is_some()) << 1 | u8::from(dup) << 3;
    bytes.reserve(length + 5);
    bytes.put_u8(0x30 | flags);
    put_length(bytes, length);
    // Topics come from packets, or are made of a channel's number: they always fit.
    bytes.put_u16(u16::try_from(topic.len()).unwrap_or(0));
    bytes.put_slice(topic.as_bytes());
    if let Some(id) = id {
        bytes.put_u16(id);
    }
    if version == Version::V5 {
        put_length(bytes, properties);
        if let Some(seconds) = expiry {
            bytes.put_u8(0x02);
            bytes.put_u32(seconds);
        }
        bytes.put_slice(passed_on);
    }
    bytes.put_slice(payload);
    true
}

/// A message as it is written.
#[derive(Clone, Copy)]
pub(crate) struct Publish<'a> {
    pub(crate) topic: &'a str,
    pub(crate) payload: &'a [u8],
    /// With an id the quality is 1, without 0.
    pub(crate) id: Option<u16>,
    pub(crate) dup: bool,
    pub(crate) retain: bool,
    pub(crate) extra: Option<&'a Extra>,
}

/// How many bytes a length takes (MQTT, 2.2.3).
fn length_size(length: usize) -> usize {
    match length {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x1f_ffff => 3,
        _ => 4,
    }
}

fn put_length(bytes: &mut BytesMut, mut length: usize) {
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            return bytes.put_u8(low);
        }
        bytes.put_u8(low | 0x80);
    }
}
