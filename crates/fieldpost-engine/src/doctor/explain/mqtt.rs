//! Advice for what goes wrong over MQTT.

use crate::doctor::mask;
use crate::doctor::mqtt::{Instead, MqttTrouble};

/// What happened, and what helps.
pub(super) fn trouble(trouble: &MqttTrouble) -> (String, String) {
    let (says, fix) = match trouble {
        MqttTrouble::NotMqtt(Instead::Http) => (
            "A request over HTTP came to the port for MQTT.",
            "Use the port of the web pages for HTTP, 8080 if nothing else was said.",
        ),
        MqttTrouble::NotMqtt(Instead::Tls) => (
            "The client speaks TLS, and it came to the port without.",
            "Connect to the port for MQTT with TLS, 8883 if nothing else was said, or switch TLS off in the client.",
        ),
        MqttTrouble::NotMqtt(Instead::Plain) => (
            "The client speaks MQTT without TLS, and it came to the port with.",
            "Connect to the port for plain MQTT, 1883 if nothing else was said, or switch TLS on in the client.",
        ),
        MqttTrouble::NotMqtt(Instead::Other) => (
            "What came to the port for MQTT is no MQTT.",
            "Use an MQTT client, version 3.1, 3.1.1 or 5.",
        ),
        MqttTrouble::TlsFailed => (
            "The client began TLS on the port for MQTT with TLS, and it did not come about.",
            "Most often the client does not accept the server's own certificate: give it the file tls/cert.pem from the \
             data folder, or switch the check off.",
        ),
        MqttTrouble::NoConnect => (
            "A client opened a connection for MQTT and said nothing.",
            "See that the program calls connect on its MQTT client.",
        ),
        MqttTrouble::UnknownDevice { id_known: true } => (
            "The client's id is that of a device here, but the user name is not.",
            "Use the device's id both as client id and as user name, and the device's password.",
        ),
        MqttTrouble::UnknownDevice { id_known: false } => (
            "No MQTT device here has this user name.",
            "Make a device on the page Devices and copy its client id, user name and password.",
        ),
        MqttTrouble::WrongPassword { key_like: true } => (
            "The password is not the device's; it looks like a key of a channel.",
            "Use the password that was shown when the device was made. MQTT devices need no key.",
        ),
        MqttTrouble::WrongPassword { key_like: false } => (
            "The password is not the device's.",
            "Copy the password once more, or give the device a new one on the page Devices.",
        ),
        MqttTrouble::NoPassword => (
            "The user name is a device's, but no password came along.",
            "Set the password too; many clients take it as one more argument of connect.",
        ),
        MqttTrouble::DeviceGone => (
            "The device was removed or its password changed, so the connection was cut.",
            "Put the new password into the program, or make a new device.",
        ),
        MqttTrouble::Protocol(why) => {
            return (
                format!("The client broke the rules of MQTT: {}.", mask::masked(why)),
                "Update the MQTT library; if it is your own, see what it sends.".into(),
            );
        }
        MqttTrouble::TooLarge { max } => {
            return (
                format!("A packet is longer than the {max} bytes that are taken."),
                "Send less in one message.".into(),
            );
        }
        MqttTrouble::Topic(error) => {
            return (
                "The topic begins with channels/ but is not one of a channel.".into(),
                format!("Mind its form: {error}."),
            );
        }
        MqttTrouble::BadTopic => (
            "The topic is empty, begins with $, or holds a wildcard where none may be.",
            "Publish to a topic that is spelt out, such as kitchen/temperature.",
        ),
        MqttTrouble::MayNotPublish => (
            "The device may not publish to this channel. Nothing was stored.",
            "Give the device the right to publish to the channel on the page Devices.",
        ),
        MqttTrouble::MayNotSubscribe => (
            "The device may not subscribe to this channel.",
            "Give the device the right to subscribe to the channel on the page Devices.",
        ),
        MqttTrouble::NoAuthority => (
            "The client is no MQTT device, and the topic ends in no key.",
            "Connect with the id and password of a device, or add the channel's key to the topic.",
        ),
        MqttTrouble::FreeWithoutDevice => (
            "The client is no MQTT device; only devices may use topics outside channels/.",
            "Connect with the id and password of a device.",
        ),
        MqttTrouble::NoPairs { json: true } => (
            "The payload is JSON; nothing was stored.",
            "Publish pairs as in a form: field1=21.5&field2=63.",
        ),
        MqttTrouble::NoPairs { json: false } => (
            "The payload holds nothing that a channel knows; nothing was stored.",
            "Publish pairs as in a form: field1=21.5&field2=63. A bare value goes to channels/ID/publish/fields/field1.",
        ),
        MqttTrouble::NotText => (
            "The payload of a field is no text; nothing was stored.",
            "Publish the value in digits, such as 21.5, not as raw bytes.",
        ),
        MqttTrouble::NotRetained { max } => {
            return (
                "The message was delivered but not kept for those who come later.".into(),
                format!(
                    "At most {max} short messages are kept for a user; publish an empty one with retain to free a place."
                ),
            );
        }
        MqttTrouble::TooManySubscriptions { max } => {
            return (
                format!("The client has the {max} subscriptions that a connection may have."),
                "Use wildcards: one subscription with + or # in place of many.".into(),
            );
        }
        MqttTrouble::NotOffered(what) => {
            return (
                format!("The client asked for {what}, which is not offered here."),
                "Switch it off in the client.".into(),
            );
        }
        MqttTrouble::SlowReader => (
            "The client reads more slowly than messages come, so some were left out.",
            "Subscribe to less, or let the program read more often.",
        ),
        MqttTrouble::Stuck { seconds } => {
            return (
                format!("The client read nothing for {seconds} s, so the connection was cut."),
                "Call the MQTT client's loop often enough.".into(),
            );
        }
        MqttTrouble::KeepAlive { seconds } => {
            return (
                format!(
                    "Nothing came for one and a half times the {seconds} s of keep-alive that the client had named, so the connection was cut."
                ),
                "Call the MQTT client's loop often enough; it sends what is needed by itself."
                    .into(),
            );
        }
    };
    (says.into(), fix.into())
}
