//! From facts to words: what happened, and what to do about it. Pure, plain, and for people who do this for the first time.

use super::attempt::Door;
use super::facts::{Facts, Purpose, TlsTrouble, What};
use super::key::{Found, Holder, Named};
use super::mask;
use super::places;
use super::warning::Warning;
use crate::refusal::{Refusal, range};

mod bodies;
mod keys;
mod mqtt;
mod talkbacks;
mod topics;

/// An attempt in words.
#[derive(Debug)]
pub(super) struct Hint {
    pub(super) code: &'static str,
    pub(super) says: String,
    pub(super) fix: Option<String>,
}

/// Puts an attempt into words.
pub(super) fn explain(facts: &Facts, found: &Found) -> Hint {
    let (code, says, fix) = match &facts.what {
        What::Refused(refusal) => {
            let (says, fix) = refused(facts, found, refusal);
            (refusal.code(), says, fix)
        }
        What::Doubtful(.., warning) => {
            let (says, fix) = doubtful(warning);
            ("accepted", says, fix)
        }
        What::ShortBody { said, came } => (
            "bad_body",
            format!(
                "Content-Length announced {said} bytes, {came} came, then the client fell silent or hung up. Nothing was stored."
            ),
            "Set Content-Length to the number of bytes behind the empty line, counted after the body is put together. \
             Characters such as ° take two bytes."
                .into(),
        ),
        What::BrokenHead(why) => {
            let (says, fix) = bodies::broken_head(facts, why);
            ("bad_body", says, fix)
        }
        What::EndlessHead { .. } => (
            "bad_body",
            "The request never came to its end, so nothing was done.".into(),
            "End the headers with an empty line: two line ends in a row, \\r\\n\\r\\n. With AT commands, see that the length \
             in AT+CIPSEND counts them."
                .into(),
        ),
        What::LongHead { max } => (
            "too_large",
            format!("Address and headers are longer than the {max} bytes that are taken."),
            "Send long values in the body of a POST, not in the address.".into(),
        ),
        What::Mqtt => (
            "mqtt",
            "This is MQTT, and it came to the port for HTTP.".into(),
            "Connect to the port for MQTT: 1883 if nothing else was said, 8883 with TLS. MQTT over WebSockets belongs here, at the path \
             /mqtt."
                .into(),
        ),
        What::OverMqtt(trouble) => {
            let (says, fix) = mqtt::trouble(facts, found, trouble);
            (trouble.code(), says, fix)
        }
        What::Tls(trouble) => {
            let (says, fix) = tls(*trouble);
            ("tls_failed", says.into(), fix.into())
        }
    };
    Hint { code, says, fix: Some(fix) }
}

fn refused(facts: &Facts, found: &Found, refusal: &Refusal) -> (String, String) {
    if let Some(said) = talkbacks::refused(facts, found, refusal) {
        return said;
    }
    match refusal {
        Refusal::KeyMissing
        | Refusal::WriteKeyUnknown
        | Refusal::ReadKeyUnknown
        | Refusal::UserKeyUnknown => match facts.purpose {
            Purpose::Write | Purpose::Bulk => keys::to_write(facts, found),
            Purpose::Read => keys::to_read(facts, found),
            Purpose::Manage | Purpose::TalkBack | Purpose::Nothing => {
                keys::to_manage(facts, found)
            }
        },
        Refusal::NoChannel => (
            facts.channel.map_or("There is no such channel.".into(), |id| {
                format!("There is no channel {id} on this server, or it is somebody else's.")
            }),
            "Put the number from the channel's page into the address. If the channel lives at ThingSpeak, make one here with \
             the same number and keys first."
                .into(),
        ),
        Refusal::NoEntry => (
            "There is nothing to read there: the channel has no such entry, or no entry with that field.".into(),
            "Write a value first; until then let the program expect an empty answer.".into(),
        ),
        Refusal::NoUser => (
            "There is no such user here.".into(),
            "Check the user's name in the address.".into(),
        ),
        Refusal::TooSoon { wait_ms } => too_soon(facts, found, *wait_ms),
        Refusal::TimeTaken(time) => (
            format!("The channel has an entry for {time} already, and each created_at may come once. Nothing was stored."),
            "Give each update a time of its own. If there is no clock on the board, leave created_at out: the server \
             then takes the time at which the update comes in."
                .into(),
        ),
        Refusal::OutOfRange { at, field, value, min, max } => (
            format!(
                "{}field{field} held {}, and the channel takes {} there. {} was stored.",
                at.map_or_else(String::new, |at| format!("In entry {at} of the list ")),
                mask::masked(value),
                range(min, max),
                if at.is_some() { "None of the list" } else { "Nothing" },
            ),
            "If a sensor sends such a value when it can't measure (-127 and 85 are usual), check its wiring. If the value is right, widen \
             the field's range in the channel's settings, or let such values be stored and left out of charts."
                .into(),
        ),
        Refusal::BulkTime { at } => (
            format!("Entry {at} of the list has no time that can be read, so none of the list was stored."),
            "Give each entry a created_at such as 2026-05-06 07:08:09 +0000, or a delta_t with the seconds since the entry before \
             it. The CSV form needs time_format=absolute or relative as well."
                .into(),
        ),
        Refusal::BulkTooMany { max } => (
            format!("The list is longer than the {max} entries that are taken at once. None of it was stored."),
            format!("Send it in parts of at most {max} entries."),
        ),
        Refusal::BadBody(why) => bodies::bad(facts, why),
        Refusal::TooLarge { max } => (
            format!("The body is longer than the {max} bytes that are taken here. Nothing was stored."),
            match facts.purpose {
                Purpose::Write => "An update holds eight short values. Send many entries to /channels/ID/bulk_update.json.".into(),
                _ => "Send it in parts.".into(),
            },
        ),
        Refusal::BadValue(why) => (
            format!("A value is not what it must be: {}.", mask::masked(why).trim_end_matches('.')),
            if facts.door == Door::Mqtt {
                "Look at the newest message on that topic on the page Devices, and choose there what becomes of it.".into()
            } else {
                "Change that value and send the request again.".into()
            },
        ),
        Refusal::Taken(why) => (format!("It is in use already: {}.", mask::masked(why).trim_end_matches('.')), "Choose another one.".into()),
        Refusal::ChannelQuota { max } => (
            format!("The user has the {max} channels that this server allows."),
            "Delete a channel that is not needed, or raise the limit in the server's options.".into(),
        ),
        Refusal::NoRoute => places::nothing_there(facts),
        Refusal::Method => places::wrong_method(facts),
        Refusal::Busy => (
            "More updates were waiting to be written than the server holds. This one was not stored.".into(),
            "Send it again in a second. If it happens often, the disk is too slow for what comes in.".into(),
        ),
        Refusal::Forbidden(why) if facts.door == Door::Mqtt => mqtt::forbidden(why),
        Refusal::TooMany { wait_ms } if facts.door == Door::Mqtt => (
            "Too many wrong passwords came from this client, so it was not even looked at.".into(),
            format!(
                "Put the password right, then wait {} s; or give the device a new password on the page Devices.",
                wait_ms.div_ceil(1_000)
            ),
        ),
        failed if *failed == Refusal::Failed => (
            "The server could not do this. It is not the client's fault.".into(),
            "Look into the server's log, which says why: a full disk, most often.".into(),
        ),
        // What is left concerns people in the web app, who are told there.
        other => (
            format!("The server said no: {}.", mask::masked(&other.to_string())),
            "Change what it names and send the request again.".into(),
        ),
    }
}

fn too_soon(facts: &Facts, found: &Found, wait_ms: u64) -> (String, String) {
    let held = match (found.holder, found.named) {
        (Holder::Writes(held), _) => Some(held),
        (_, Named::Channel(held)) => Some(held),
        _ => None,
    };
    let seconds = |ms: u64| {
        let text = format!("{:.1}", ms as f64 / 1000.0);
        text.strip_suffix(".0").map_or(text.clone(), Into::into)
    };
    let says = format!(
        "This update came too soon after the last one and was not stored. {} s later it would have been.",
        seconds(wait_ms)
    );
    let own = held.and_then(|held| held.interval_ms).filter(|_| facts.purpose == Purpose::Write);
    let fix = match own {
        Some(interval) => format!(
            "Wait at least {} s between two updates, or make the interval shorter in the channel's settings. Put all values of a \
             moment into one update: field1=…&field2=….",
            seconds(interval)
        ),
        None => "Wait longer between two updates; the server was started with a limit. Put all values of a moment into one \
                 update: field1=…&field2=…."
            .into(),
    };
    (says, fix)
}

fn doubtful(warning: &Warning) -> (String, String) {
    match warning {
        Warning::NoValues(names) => {
            let others = match names.as_slice() {
                [] => String::new(),
                names => {
                    let names: Vec<String> = names.iter().map(|name| mask::masked(name)).collect();
                    format!(" What came was called {}.", names.join(", "))
                }
            };
            (
                format!("No field1 … field8 came along, so an entry without values was stored.{others}"),
                "Name the values field1 to field8. What each one means stands in the channel's settings: field1 may be the temperature."
                    .into(),
            )
        }
        Warning::Beyond(name) => (
            format!("{} came along. A channel has the fields 1 to 8, so this value was not stored.", mask::masked(name)),
            "Use field1 to field8, or make a second channel for what is left over.".into(),
        ),
        Warning::NoNumber(no, text) => (
            format!("{} is the word {text:?}, not a number. It was stored, but no chart can draw it.", no.name()),
            "The sensor gave no reading. Look at its wiring and power, wait longer before the first reading, and leave a value out \
             while there is none: if (!isnan(t)) …."
                .into(),
        ),
        Warning::NoReading(no, text) => (
            format!("{} is {text}, the number by which the sensor's library says that it got no reading.", no.name()),
            "Look at the sensor's wiring: data pin, ground, and the 4.7 kΩ resistor between data and 3.3 V. Leave the value out when \
             it is this number."
                .into(),
        ),
        Warning::Empty(no) => (
            format!("{} came without a value, so an empty text was stored.", no.name()),
            "See that the value is put behind the = sign: a variable that is empty or a name that is misspelt leaves nothing there."
                .into(),
        ),
        Warning::Unnamed(no) => (
            format!("{} was stored, but the channel has no name for it, so it is not shown.", no.name()),
            format!("Give {} a name in the channel's settings; then all its values appear.", no.name()),
        ),
    }
}

fn tls(trouble: TlsTrouble) -> (&'static str, &'static str) {
    match trouble {
        TlsTrouble::CertificateRefused => (
            "The client began https and then refused this server's certificate.",
            "The server made its certificate itself, so clients do not know it. Let the board skip the check (Arduino: \
             client.setInsecure(); curl: -k; Python: verify=False), give it the file tls/cert.pem from the server's folder, or use http:// \
             on the same port.",
        ),
        TlsTrouble::BrokeOff => (
            "The client began https and hung up in the middle of the handshake: most often it does not accept the certificate, or has \
             too little memory for TLS.",
            "Let the board skip the check of the certificate (Arduino: client.setInsecure()), give it the file tls/cert.pem from the \
             server's folder, or use http:// on the same port.",
        ),
        TlsTrouble::OldVersion => (
            "The client offers only TLS 1.1 or older, which is not safe any more. TLS 1.2 and 1.3 are spoken here.",
            "Update the board's TLS library or firmware, or use http:// on the same port.",
        ),
        TlsTrouble::NoCommonCipher => (
            "Client and server have no cipher or key exchange in common.",
            "Let the client offer ECDHE with AES-GCM or ChaCha20 and the curve P-256 or X25519; the certificate is ECDSA. Or use http:// on \
             the same port.",
        ),
        TlsTrouble::ClientRefused => (
            "The client ended the https handshake with an alert.",
            "Look at what the client says about it. http:// works on the same port.",
        ),
        TlsTrouble::Garbled => (
            "What came looked like https at first and then was none.",
            "See that the client is set to https or http and not to something else. Both work on this port.",
        ),
        TlsTrouble::Silent => (
            "The client began https and then fell silent.",
            "A weak Wi-Fi signal does this, or a board that is too slow for TLS. http:// works on the same port.",
        ),
    }
}
