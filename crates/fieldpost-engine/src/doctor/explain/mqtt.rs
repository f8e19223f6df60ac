//! Advice for what goes wrong over MQTT.

use fieldpost_wire::topic;

use super::topics;
use crate::doctor::facts::Facts;
use crate::doctor::key::{Found, Holder};
use crate::doctor::mask;
use crate::doctor::mqtt::{Instead, MqttTrouble};

/// Where devices and their rights are found.
const DEVICES: &str = "on the page Devices";

/// What happened, and what helps.
pub(super) fn trouble(facts: &Facts, found: &Found, trouble: &MqttTrouble) -> (String, String) {
    let name = facts.agent.as_deref().map(mask::masked).unwrap_or_default();
    let (says, fix): (String, String) = match trouble {
        MqttTrouble::NotMqtt(instead) => {
            let (says, fix) = not_mqtt(*instead);
            (says.into(), fix.into())
        }
        MqttTrouble::TlsFailed => (
            "The client began TLS on the port for MQTT with TLS, and it did not come about.".into(),
            "Most often the client does not accept the server's own certificate: give it the file tls/cert.pem from the \
             server's folder, switch the check off (Arduino: client.setInsecure()), or use plain MQTT on port 1883."
                .into(),
        ),
        MqttTrouble::NoConnect => (
            "A client opened a connection for MQTT and said nothing.".into(),
            "See that the program calls connect on its MQTT client.".into(),
        ),
        MqttTrouble::UnknownDevice { id_known: true } => (
            "The client's id is that of a device here, but the user name is another one. They are the same text.".into(),
            "Use the device's client id both as client id and as user name, and the device's password.".into(),
        ),
        MqttTrouble::UnknownDevice { id_known: false } => (
            format!("No MQTT device here is called {name:?}. A login or a channel's number is no name for MQTT."),
            format!("Make a device {DEVICES} and copy its client id, user name and password; client id and user name are the same."),
        ),
        MqttTrouble::WrongPassword { key_like: true } => (
            format!("The password of the device {name:?} is wrong; what came {}.", key(found)),
            format!(
                "Use the password that was shown when the device was made; the device needs no key. If it is lost, give the device a \
                 new one {DEVICES}."
            ),
        ),
        MqttTrouble::WrongPassword { key_like: false } => (
            format!("The password of the device {name:?} is wrong."),
            format!("Copy it once more, all 24 characters, or give the device a new one {DEVICES}."),
        ),
        MqttTrouble::NoPassword => (
            format!("{name:?} is a device here, but no password came along."),
            "Set user name and password too: many clients take them as further arguments of connect.".into(),
        ),
        MqttTrouble::DeviceGone => (
            "The device was removed or got a new password, so its connection was ended.".into(),
            "Put the new password into the program, or make a new device.".into(),
        ),
        MqttTrouble::Protocol(why) => (
            format!("The client broke the rules of MQTT: {}.", mask::masked(why)),
            "Update the MQTT library. If the buffer for messages is your own (PubSubClient: setBufferSize), see that nothing is \
             cut off in it."
                .into(),
        ),
        MqttTrouble::TooLarge { max } => (
            format!("A packet is longer than the {max} bytes that are taken, so the connection was ended."),
            "Send less in one message: an update holds eight short values.".into(),
        ),
        MqttTrouble::Topic(error) => topics::wrong(facts, *error),
        MqttTrouble::Nearly => topics::nearly(facts),
        MqttTrouble::BadTopic => (
            "The topic is empty, begins with $, or holds a wildcard where none may be.".into(),
            "Publish to a topic that is spelt out, such as kitchen/temperature. Wildcards are for subscribing, and # comes last."
                .into(),
        ),
        MqttTrouble::NoAuthority => (
            "The client is no MQTT device, and the topic ends in no key.".into(),
            format!(
                "Connect with the client id, user name and password of a device ({DEVICES}), or add the channel's key to the topic: \
                 channels/ID/publish/YOUR_WRITE_KEY."
            ),
        ),
        MqttTrouble::FreeWithoutDevice if topic::is_nearly(facts.path.as_deref().unwrap_or_default()) => {
            topics::nearly(facts)
        }
        MqttTrouble::FreeWithoutDevice => (
            "The client is no MQTT device; only devices may use topics outside channels/.".into(),
            format!("Connect with the client id, user name and password of a device; make one {DEVICES}."),
        ),
        MqttTrouble::NoPairs { json: true } => (
            "The payload is JSON, which this topic does not take. Nothing was stored.".into(),
            "Publish pairs as in a form: field1=21.5&field2=63. JSON on a topic of the device's own can become values of fields: choose \
             them on the page Devices."
                .into(),
        ),
        MqttTrouble::NoPairs { json: false } => (
            "The payload holds no field1 … field8 and nothing else that a channel knows. Nothing was stored.".into(),
            "Publish pairs as in a form: field1=21.5&field2=63. A bare value goes to channels/ID/publish/fields/field1.".into(),
        ),
        MqttTrouble::NotText => (
            "The payload of a field is no text. Nothing was stored.".into(),
            "Publish the value in digits, such as 21.5, not as raw bytes.".into(),
        ),
        MqttTrouble::NotRetained { max } => (
            "The message was delivered, but not kept for those who come later.".into(),
            format!("At most {max} short messages are kept for a user; publish an empty one with retain to free a place."),
        ),
        MqttTrouble::TooManySubscriptions { max } => (
            format!("The client has the {max} subscriptions that a connection may have."),
            "Use wildcards: one subscription with + or # in place of many.".into(),
        ),
        MqttTrouble::NotOffered(what) => (
            format!("The client asked for {what}, which is not offered here."),
            "Switch it off in the client.".into(),
        ),
        MqttTrouble::TakenOver => (
            format!("A second connection came with the client id {name:?}, so the first was ended: one client id, one connection."),
            format!(
                "Make a device of its own for each board {DEVICES}. If it is one board, see that it does not connect again while it \
                 is connected."
            ),
        ),
        MqttTrouble::SlowReader => (
            "The client reads more slowly than messages come, so some were left out.".into(),
            "Subscribe to less, or let the program call its MQTT client's loop more often.".into(),
        ),
        MqttTrouble::Stuck { seconds } => (
            format!("The client read nothing for {seconds} s, so the connection was ended."),
            "Call the MQTT client's loop often enough; long delays belong elsewhere.".into(),
        ),
        MqttTrouble::KeepAlive { seconds } => (
            format!(
                "Nothing came for one and a half times the {seconds} s of keep-alive that the client had named, so the connection was \
                 ended."
            ),
            "Call the MQTT client's loop often enough, it sends what is needed by itself; or name a longer keep-alive. A board that \
             lost its Wi-Fi looks the same."
                .into(),
        ),
    };
    (says, fix)
}

/// What a key is that came as a password.
fn key(found: &Found) -> &'static str {
    match found.holder {
        Holder::Writes(_) => "is a channel's write key",
        Holder::Reads(_) => "is a channel's read key",
        Holder::User(_) => "is a user key",
        Holder::TalkBack { .. } => "is a TalkBack's key",
        Holder::Nobody | Holder::Unchecked => "looks like a key of a channel or a user",
    }
}

fn not_mqtt(instead: Instead) -> (&'static str, &'static str) {
    match instead {
        Instead::Http => (
            "A request over HTTP came to the port for MQTT.",
            "Use the port of the web pages for HTTP, 8080 if nothing else was said.",
        ),
        Instead::Tls => (
            "The client speaks TLS, and it came to the port without.",
            "Connect to the port for MQTT with TLS, 8883 if nothing else was said, or switch TLS off in the client.",
        ),
        Instead::Plain => (
            "The client speaks MQTT without TLS, and it came to the port with.",
            "Connect to the port for plain MQTT, 1883 if nothing else was said, or switch TLS on in the client.",
        ),
        Instead::Other => (
            "What came to the port for MQTT is no MQTT.",
            "Use an MQTT client, version 3.1, 3.1.1 or 5.",
        ),
    }
}

/// A refusal that names cause and remedy itself, parted by a semicolon.
pub(super) fn forbidden(why: &str) -> (String, String) {
    let sentence = |text: &str| {
        let mut letters = text.trim().chars();
        let first = letters.next().map(char::to_uppercase).into_iter().flatten();
        format!("{}.", first.chain(letters).collect::<String>().trim_end_matches('.'))
    };
    match mask::masked(why).split_once(';') {
        Some((cause, remedy)) => (sentence(cause), sentence(remedy)),
        None => (sentence(why), format!("Look at the device's rights {DEVICES}.")),
    }
}
