//! What must hold of the doctor as a whole: bounds, fairness, counting, and advice for everything.

use std::net::IpAddr;

use fieldpost_wire::{ChannelId, EntryId, FieldNo, Params, Timestamp};

use super::explain::explain;
use super::key::{Found, Held, Holder, Named, Shape};
use super::memory::{CHANNEL_MAX, FINE_MAX, SHARD_MAX, STRANGERS_MAX};
use super::*;
use crate::refusal::Refusal;

const KEY: &str = "W4K2QZ81TTP0XN7B";

fn channel(id: u64) -> ChannelId {
    ChannelId::new(id).unwrap()
}

fn peer(n: u32) -> IpAddr {
    IpAddr::from((0x0a00_0000 + n).to_be_bytes())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn held(id: u64) -> Held {
    Held { channel: channel(id), owner: 1, interval_ms: None }
}

fn facts(from: IpAddr, path: &str) -> Facts {
    Facts {
        door: Door::Http,
        peer: from,
        agent: Some("ESP8266HTTPClient".into()),
        method: Some("GET".into()),
        path: Some(path.into()),
        query: format!("api_key={KEY}&field1=1").into_bytes(),
        purpose: Purpose::Write,
        channel: None,
        key: Some(KEY.into()),
        params: Params::default(),
        sent: Vec::new(),
        what: What::Refused(Refusal::WriteKeyUnknown),
    }
}

fn on(id: u64) -> Found {
    let (shape, named) = (Shape::Fine, Named::Channel(held(id)));
    Found { shape, named, holder: Holder::Nobody, device: None }
}

#[test]
fn a_flood_of_different_mistakes_stays_within_bounds() {
    let doctor = Doctor::default();
    for n in 0..10_000 {
        let second = at(n);
        let path = format!("/wrong/{n}");
        let n = n as u64;
        doctor.keep(&facts(peer(n as u32 % 700), &path), &Found::default(), second);
        doctor.keep(&facts(peer(n as u32), &path), &on(1 + n % 5_000), second);
        doctor.keep(&facts(peer(7), &path), &on(4711), second);
        if n.is_multiple_of(100) {
            let (channels, strangers) = doctor.lines();
            assert!(channels <= 16 * SHARD_MAX && strangers <= STRANGERS_MAX);
        }
    }
    assert_eq!(doctor.of_strangers().len(), STRANGERS_MAX);
    assert!(doctor.of_channel(channel(4711)).len() <= CHANNEL_MAX);
    let newest = doctor.of_strangers();
    assert_eq!(newest[0].path.as_deref(), Some("/wrong/9999?api_key=W4…&field1=1"));
    assert!(newest.iter().zip(&newest[1..]).all(|(newer, older)| newer.at >= older.at));
}

#[test]
fn one_peer_pushes_out_nobody_elses_attempts() {
    let doctor = Doctor::default();
    let (board, flooder) = (peer(1), peer(2));
    let neighbours: Vec<u64> = (0..200).map(|n| 16 * (n + 1)).collect();
    doctor.keep(&facts(board, "/update"), &Found::default(), at(0));
    for id in &neighbours {
        doctor.keep(&facts(board, "/update"), &on(*id), at(0));
    }
    for n in 1..5_000 {
        let path = format!("/wrong/{n}");
        doctor.keep(&facts(flooder, &path), &Found::default(), at(n));
        // Every channel of the shard in turn, and one above all.
        doctor.keep(&facts(flooder, &path), &on(neighbours[n as usize % 200]), at(n));
        doctor.keep(&facts(flooder, &path), &on(neighbours[0]), at(n));
    }
    assert!(doctor.of_strangers().iter().any(|attempt| attempt.peer == board));
    for id in neighbours {
        let seen = doctor.of_channel(channel(id));
        assert!(seen.iter().any(|attempt| attempt.peer == board), "{id}");
    }
}

#[test]
fn an_attempt_made_again_is_counted_and_told_once_a_second() {
    let doctor = Doctor::default();
    let mut told = doctor.listen();
    for n in 0..50 {
        let mut facts = facts(peer(1), "/update");
        facts.query = format!("api_key={KEY}&field1={n}").into_bytes();
        doctor.keep(&facts, &on(7), Timestamp::from_millis(n * 100));
        doctor.keep(&self::facts(peer(1), "/other"), &on(7), Timestamp::from_millis(n * 100));
    }
    let seen = doctor.of_channel(channel(7));
    assert_eq!(seen.iter().map(|attempt| attempt.count).collect::<Vec<_>>(), [50, 50]);
    assert!(
        seen[1].path.as_deref().unwrap().ends_with("field1=49"),
        "the newest is shown: {seen:?}"
    );
    let mut times = 0;
    while told.try_recv().is_ok() {
        times += 1;
    }
    assert_eq!(times, 2 * 5);
}

#[test]
fn what_goes_well_takes_one_line_a_peer_and_few_lines_a_channel() {
    let doctor = Doctor::default();
    let fine = |n: u32, entry: u64| Fine {
        door: Door::Http,
        peer: peer(n),
        agent: None,
        method: "POST",
        path: "/update",
        key: Some(KEY),
        channel: channel(7),
        entry: Some(EntryId::new(entry)),
    };
    doctor.keep(&facts(peer(9), "/update"), &on(7), at(0));
    for n in 1..=1_000 {
        doctor.fine(&fine(1, n), at(n as i64));
    }
    let seen = doctor.of_channel(channel(7));
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].count, seen[0].entry_id), (1_000, Some(EntryId::new(1_000))));
    for n in 0..500 {
        doctor.fine(&fine(100 + n, 1), at(2_000));
    }
    let seen = doctor.of_channel(channel(7));
    assert_eq!(seen.len(), FINE_MAX + 1);
    assert!(seen.iter().any(|attempt| attempt.code == "write_key_unknown"), "mistakes stay");
}

#[test]
fn a_peer_makes_the_store_be_asked_so_often_and_no_more() {
    let doctor = Doctor::default();
    let looks = |from: u32, second: i64| {
        (0..100).filter(|_| doctor.may_look(peer(from), at(second))).count()
    };
    assert_eq!((looks(1, 0), looks(1, 5), looks(1, 10), looks(2, 10)), (40, 0, 40, 40));
    for n in 0..5_000 {
        doctor.may_look(peer(10 + n), at(11));
    }
    assert!(
        !doctor.may_look(peer(9_999), at(11)),
        "as many peers are counted as there is room for"
    );
    assert!(doctor.may_look(peer(9_999), at(40)));
}

#[test]
fn an_attempt_concerns_who_holds_the_key_or_owns_what_is_named() {
    let (one, two) = (held(1), Held { owner: 2, ..held(2) });
    let concerns = |holder, named| {
        Found { shape: Shape::Fine, holder, named, device: None }.concerns().map(ChannelId::get)
    };
    assert_eq!(concerns(Holder::Nobody, Named::Channel(one)), Some(1));
    assert_eq!(concerns(Holder::Writes(held(3)), Named::Channel(one)), Some(1), "one owner's both");
    assert_eq!(concerns(Holder::Writes(two), Named::Channel(one)), Some(2), "the key is proof");
    assert_eq!(concerns(Holder::Reads(two), Named::Missing), Some(2));
    assert_eq!(concerns(Holder::User(1), Named::Unchecked), None);
}

#[test]
fn there_is_advice_for_everything_and_no_key_in_it() {
    let refusals = [
        Refusal::KeyMissing,
        Refusal::WriteKeyUnknown,
        Refusal::ReadKeyUnknown,
        Refusal::UserKeyUnknown,
        Refusal::NoChannel,
        Refusal::NoEntry,
        Refusal::NoUser,
        Refusal::TooSoon { wait_ms: 1_500 },
        Refusal::TimeTaken(at(0)),
        Refusal::OutOfRange {
            at: Some(3),
            field: FieldNo::ALL[0],
            value: KEY.into(),
            min: None,
            max: Some("9".into()),
        },
        Refusal::BulkTime { at: 3 },
        Refusal::BulkTooMany { max: 960 },
        Refusal::BadBody(format!("invalid type: string \"{KEY}\"")),
        Refusal::TooLarge { max: 10 },
        Refusal::BadValue(format!("{KEY} is no number")),
        Refusal::Taken(format!("{KEY} is in use")),
        Refusal::ChannelQuota { max: 4 },
        Refusal::NoRoute,
        Refusal::Method,
        Refusal::Busy,
        Refusal::Failed,
    ];
    let troubles = [
        TlsTrouble::CertificateRefused,
        TlsTrouble::BrokeOff,
        TlsTrouble::OldVersion,
        TlsTrouble::NoCommonCipher,
        TlsTrouble::ClientRefused,
        TlsTrouble::Garbled,
        TlsTrouble::Silent,
    ];
    let one = FieldNo::ALL[0];
    let warnings = [
        Warning::NoValues(vec![KEY.into()]),
        Warning::Beyond("field9".into()),
        Warning::NoNumber(one, "nan".into()),
        Warning::NoReading(one, "-127".into()),
        Warning::Empty(one),
        Warning::Unnamed(one),
    ];
    let whats: Vec<What> = (refusals.into_iter().map(What::Refused))
        .chain(troubles.into_iter().map(What::Tls))
        .chain(
            warnings
                .into_iter()
                .map(|warning| What::Doubtful(channel(7), EntryId::new(1), warning)),
        )
        .chain([
            What::ShortBody { said: 2, came: 1 },
            What::BrokenHead("the method can't be read".into()),
            What::EndlessHead { hung_up: false },
            What::LongHead { max: 1 },
            What::Mqtt,
        ])
        .chain(over_mqtt().into_iter().map(What::OverMqtt))
        .collect();
    let holders = [
        Holder::Unchecked,
        Holder::Nobody,
        Holder::Writes(held(8)),
        Holder::Reads(held(8)),
        Holder::User(1),
    ];
    let shapes = [
        Shape::Absent,
        Shape::Fine,
        Shape::Placeholder,
        Shape::Quoted,
        Shape::Blank,
        Shape::LowerCase,
        Shape::Length(3),
        Shape::Strange,
    ];
    let purposes =
        [Purpose::Write, Purpose::Bulk, Purpose::Read, Purpose::Manage, Purpose::Nothing];
    let mut told = std::collections::BTreeSet::new();
    for what in &whats {
        for holder in holders {
            for shape in shapes {
                for purpose in purposes {
                    let path = format!("/channels/7/api_keys/{KEY}");
                    let facts = Facts {
                        purpose,
                        what: what.clone(),
                        channel: Some(channel(7)),
                        ..facts(peer(1), &path)
                    };
                    let named = Named::Channel(held(7));
                    let found = Found { shape, holder, named, device: None };
                    let hint = explain(&facts, &found);
                    let fix = hint.fix.unwrap();
                    assert!(hint.says.ends_with(['.', '!']), "{}", hint.says);
                    assert!(fix.ends_with(['.', '…']), "{fix}");
                    assert!(!hint.says.contains(KEY) && !fix.contains(KEY), "{} {fix}", hint.says);
                    assert!(hint.says.len() < 300 && fix.len() < 350, "{} {fix}", hint.says);
                    told.insert(format!("{} {}", hint.says, fix));
                }
            }
        }
    }
    assert!(told.len() > 60, "{}", told.len());
}

/// Every trouble of MQTT.
fn over_mqtt() -> Vec<MqttTrouble> {
    use fieldpost_wire::topic::TopicError;
    let topics = [
        TopicError::Channel,
        TopicError::Field,
        TopicError::Ending,
        TopicError::Verb,
        TopicError::IsForSubscribing,
        TopicError::IsForPublishing,
        TopicError::Wildcard,
    ];
    let instead = [Instead::Http, Instead::Tls, Instead::Plain, Instead::Other];
    let mut all: Vec<MqttTrouble> = topics.map(MqttTrouble::Topic).into();
    all.extend(instead.map(MqttTrouble::NotMqtt));
    all.extend([true, false].map(|id_known| MqttTrouble::UnknownDevice { id_known }));
    all.extend([true, false].map(|key_like| MqttTrouble::WrongPassword { key_like }));
    all.extend([true, false].map(|json| MqttTrouble::NoPairs { json }));
    all.extend([
        MqttTrouble::TlsFailed,
        MqttTrouble::NoConnect,
        MqttTrouble::NoPassword,
        MqttTrouble::DeviceGone,
        MqttTrouble::Protocol(format!("a packet with {KEY} in it")),
        MqttTrouble::TooLarge { max: 1 },
        MqttTrouble::Nearly,
        MqttTrouble::BadTopic,
        MqttTrouble::NoAuthority,
        MqttTrouble::FreeWithoutDevice,
        MqttTrouble::NotText,
        MqttTrouble::NotRetained { max: 1 },
        MqttTrouble::TooManySubscriptions { max: 1 },
        MqttTrouble::NotOffered("a shared subscription"),
        MqttTrouble::TakenOver,
        MqttTrouble::SlowReader,
        MqttTrouble::Stuck { seconds: 1 },
        MqttTrouble::KeepAlive { seconds: 1 },
    ]);
    all
}

/// What is said of a topic.
fn hint_of(method: &str, topic: &str, trouble: MqttTrouble) -> (String, String) {
    let facts = Facts {
        door: Door::Mqtt,
        method: Some(method.into()),
        what: What::OverMqtt(trouble),
        ..facts(peer(1), topic)
    };
    let hint = explain(&facts, &Found::default());
    (hint.says, hint.fix.unwrap())
}

#[test]
fn a_misspelt_topic_is_put_right_in_words() {
    use fieldpost_wire::topic::{Hearing, Publishing};
    for (topic, says, fix) in [
        ("channels/my/publish", "\"my\" is not the number", "channels/4711/publish"),
        ("channels/7/publish/field1", "fields/ is missing", "channels/7/publish/fields/field1."),
        ("channels/7/publish/fields/field9", "\"field9\"", "channels/7/publish/fields/field1"),
        ("channels/7/publsh", "\"publsh\" stands where", "channels/7/publish"),
        ("channels/7", "ends behind the channel's number", "channels/7/publish"),
        ("channels/7/subscribe", "for subscribing", "Publish to channels/7/publish"),
        ("channels/7/publish/abc", "neither a word", "Leave it out"),
        ("channels/+/publish", "wildcard", "Subscribe once for each channel"),
    ] {
        let error = Publishing::parse(topic).unwrap().unwrap_err();
        let (said, fixed) = hint_of("PUBLISH", topic, MqttTrouble::Topic(error));
        assert!(said.contains(says) && fixed.contains(fix), "{topic}: {said} {fixed}");
        assert!(said.ends_with("Nothing was stored."), "{said}");
    }
    let error = Hearing::parse("channels/7/publish").unwrap().unwrap_err();
    let (said, fixed) = hint_of("SUBSCRIBE", "channels/7/publish", MqttTrouble::Topic(error));
    assert!(said.contains("for publishing") && fixed.contains("channels/7/subscribe"), "{said}");
    for (topic, says) in [
        ("channel/7/publish", "begins with channel, not with channels"),
        ("/channels/7/publish", "begins with a slash"),
        ("publish/field1", "names no channel"),
    ] {
        for trouble in [MqttTrouble::Nearly, MqttTrouble::FreeWithoutDevice] {
            let (said, fixed) = hint_of("PUBLISH", topic, trouble);
            assert!(said.contains(says) && fixed.contains("channels/"), "{topic}: {said} {fixed}");
        }
    }
    let (said, _) = hint_of("PUBLISH", "kitchen/t", MqttTrouble::FreeWithoutDevice);
    assert!(said.contains("no MQTT device"), "{said}");
}

#[test]
fn a_right_that_is_missing_says_which_to_tick() {
    let why = "the device has no right to publish on channel 7; tick publish for it";
    for (door, fix) in [(Door::Mqtt, "Tick publish for it."), (Door::Http, "Change what it names")]
    {
        let what = What::Refused(Refusal::Forbidden(why.into()));
        let facts = Facts { door, what, ..facts(peer(1), "channels/7/publish") };
        let hint = explain(&facts, &Found::default());
        assert!(hint.fix.as_deref().unwrap().starts_with(fix), "{hint:?}");
    }
}

#[test]
fn keys_are_known_by_their_looks() {
    for (key, expected) in [
        (None, Shape::Absent),
        (Some("  "), Shape::Absent),
        (Some(" W4K2QZ81TTP0XN7B\n"), Shape::Fine),
        (Some("YOUR_WRITE_KEY"), Shape::Placeholder),
        (Some("XXXXXXXXXXXXXXXX"), Shape::Placeholder),
        (Some("<write key>"), Shape::Placeholder),
        (Some("\"W4K2QZ81TTP0XN7B\""), Shape::Quoted),
        (Some("W4K2QZ81 TTP0XN7B"), Shape::Blank),
        (Some("w4k2qz81ttp0xn7b"), Shape::LowerCase),
        (Some("W4K2QZ81TTP0XN7"), Shape::Length(15)),
        (Some("W4K2-QZ81-TTP0-XN7B"), Shape::Strange),
    ] {
        assert_eq!(super::key::shape(key), expected, "{key:?}");
    }
    for text in [
        "GET /update?api_key=W4K2QZ81TTP0XN7B&status=a b",
        "{'api_key': 'x', \"write_api_key\" : \"W4K2QZ81TTP0XN7B\"",
        "POST /update\r\nX-THINGSPEAKAPIKEY: W4K2QZ81TTP0XN7B\r\n",
    ] {
        assert_eq!(super::key::rough(text.as_bytes()).as_deref(), Some(KEY), "{text}");
    }
    assert_eq!(super::key::rough(b"keyW4K2QZ81TTP0XN7B key=short"), None);
}
