//! Stories of the sensor node.

use crate::desk::{Desk, EMPTY, channel, feed, key};
use fieldpost_node::{
    Action, Event, Lane, Led, Reader, Reading, SensorConfig, SensorFault, SensorNode, Told, Writer,
};
use std::time::Duration;

pub(crate) const PLAIN: &str =
    r#"POST /update?api_key=W4K2QZ81TTP0XN7B {"field1":21.5,"field2":55.0}"#;
pub(crate) const ASK: &str = "GET /channels/2/fields/1.json?results=1";
pub(crate) const LOOK: &str = "GET /channels/1/feeds.json?results=1";

pub(crate) fn desk(told: Told) -> Desk<SensorNode<16>> {
    Desk::new(SensorNode::new(SensorConfig {
        command: Reader { channel: channel(2), key: None },
        readings: Writer { channel: channel(1), key: key(), read_key: None },
        interval: Duration::from_secs(3),
        told,
        seed: 1,
    }))
}

pub(crate) fn online() -> Desk<SensorNode<16>> {
    let mut desk = desk(Told::Polling);
    desk.hand(Event::Network(true));
    desk
}

/// Measures 21.5 °C and 55.0 %.
pub(crate) fn measure(desk: &mut Desk<SensorNode<16>>) {
    assert!(desk.wanted().contains(&Action::Measure));
    desk.hand(Event::Measured(Reading::from_tenths(215, 550)));
}

/// Answers the look that comes before an update without a date: the channel is empty.
pub(crate) fn look(desk: &mut Desk<SensorNode<16>>) {
    assert_eq!(desk.request(), LOOK);
    desk.reply(200, EMPTY);
}

pub(crate) fn light(desk: &mut Desk<SensorNode<16>>) -> Option<bool> {
    desk.wanted().into_iter().rev().find_map(|action| match action {
        Action::SetLed { led: Led::Remote, on } => Some(on),
        _ => None,
    })
}

#[test]
fn a_round_asks_for_the_command_measures_and_sends() {
    let mut desk = online();
    assert_eq!(desk.request(), ASK);
    measure(&mut desk);
    desk.reply(200, &feed(7, "\"1\"", "null"));
    assert_eq!(light(&mut desk), Some(true));
    look(&mut desk);
    assert_eq!(desk.request(), PLAIN);
    desk.reply(200, "18");
    assert!(desk.node.outbox().is_empty());
    assert_eq!(desk.request(), "");
    desk.pass(3_000);
    assert_eq!(desk.request(), ASK, "the next round");
}

#[test]
fn the_heartbeat_changes_with_every_round() {
    let mut desk = desk(Told::Polling);
    desk.hand(Event::Tick);
    desk.wanted();
    for n in 0..4 {
        desk.pass(3_000);
        let beats: Vec<Action> = desk.wanted();
        let beat = Action::SetLed { led: Led::Heartbeat, on: n % 2 == 1 };
        assert_eq!(beats.iter().filter(|action| **action == beat).count(), 1, "{beats:?}");
    }
}

#[test]
fn the_sensor_rests_two_seconds_after_power_on_and_between_readings_even_if_rounds_tremble() {
    let mut desk = desk(Told::Polling);
    desk.now = 0;
    desk.hand(Event::Tick);
    let mut readings = Vec::new();
    while desk.now < 30_000 {
        // Polled now and then, more often than needed and a little late.
        desk.now += 7;
        desk.hand(Event::Tick);
        if desk.wanted().contains(&Action::Measure) {
            readings.push(desk.now);
            desk.hand(Event::Measured(Reading::from_tenths(215, 550)));
        }
    }
    assert!((2_000..2_010).contains(&readings[0]), "{readings:?}");
    assert!(readings.windows(2).all(|pair| pair[1] - pair[0] >= 2_000), "{readings:?}");
    assert!(readings.len() >= 10, "{readings:?}");
}

#[test]
fn only_the_text_1_switches_the_light_on() {
    let mut desk = online();
    for (text, on) in [("\"1\"", true), ("\"1 \"", false), ("\"1\"", true), ("1", true)] {
        desk.reply(200, &feed(7, text, "null"));
        desk.reply(200, "1");
        if let Some(now) = light(&mut desk) {
            assert_eq!(now, on, "{text}");
        }
        desk.pass(3_000);
        assert_eq!(desk.request(), ASK);
    }
}

#[test]
fn an_empty_feed_or_an_entry_without_a_command_stops_nothing_and_switches_nothing() {
    let mut desk = online();
    desk.reply(200, &feed(7, "\"1\"", "null"));
    assert_eq!(light(&mut desk), Some(true));
    for body in [EMPTY, "\"-1\"", &feed(8, "null", "null")] {
        desk.pass(3_000);
        assert_eq!(desk.request(), ASK, "before {body}");
        desk.reply(200, body);
        assert_eq!(light(&mut desk), None, "{body}");
    }
}

#[test]
fn a_sensor_fault_is_shown_by_a_quick_heartbeat_and_never_sent() {
    let mut desk = online();
    desk.reply(200, EMPTY);
    for fault in [SensorFault::Silent, SensorFault::Checksum, SensorFault::Range] {
        assert!(desk.wanted().contains(&Action::Measure));
        desk.hand(Event::Measured(Err(fault)));
        assert_eq!(desk.node.fault(), Some(fault));
        assert_eq!(desk.request(), "", "nothing to send");
        desk.wanted();
        desk.pass(2_000);
        let beats = desk.wanted().len();
        assert!((7..=9).contains(&beats), "{beats} in two seconds");
        desk.pass(1_000);
        desk.reply(200, EMPTY);
    }
    measure(&mut desk);
    look(&mut desk);
    assert_eq!((desk.node.fault(), desk.request().as_str()), (None, PLAIN));
    desk.wanted();
    desk.pass(2_900);
    assert_eq!(desk.wanted(), [], "one slow beat, and the next one is still to come");
}

#[test]
fn a_waiting_node_switches_at_once_and_asks_on() {
    let mut desk = desk(Told::Waiting);
    desk.hand(Event::Network(true));
    let held = |after: u64| format!("GET /channels/2/fields/1/last.json?after={after}&wait=25");
    assert_eq!(desk.sent(Lane::Held), Some(held(0)));
    assert_eq!(desk.request(), ASK, "to begin with");
    desk.reply(200, EMPTY);
    desk.reply_on(Lane::Held, 200, r#"{"entry_id":41,"field1":"1"}"#);
    assert_eq!(light(&mut desk), Some(true));
    assert_eq!(desk.sent(Lane::Held), Some(held(41)));
    desk.pass(3_000);
    assert_ne!(desk.request(), ASK, "no polling");
    desk.pass(22_000);
    desk.reply_on(Lane::Held, 200, "\"-1\"");
    assert_eq!(desk.sent(Lane::Held), Some(held(41)), "patience");
    assert_eq!(light(&mut desk), None);
}

#[test]
fn a_waiting_node_notices_that_a_channel_was_emptied() {
    let mut desk = desk(Told::Waiting);
    desk.hand(Event::Network(true));
    desk.reply(200, EMPTY);
    desk.reply_on(Lane::Held, 200, r#"{"entry_id":41,"field1":"1"}"#);
    desk.pass(25_000);
    desk.reply_on(Lane::Held, 200, "\"-1\"");
    while desk.request() != ASK {
        desk.reply(200, "1");
    }
    desk.reply(200, &feed(2, "\"0\"", "null"));
    assert_eq!(light(&mut desk), Some(false));
    desk.pass(3_000);
    assert_eq!(
        desk.sent(Lane::Held).unwrap(),
        "GET /channels/2/fields/1/last.json?after=2&wait=25"
    );
}

#[test]
fn entries_without_a_command_do_not_spoil_the_waiting() {
    let mut desk = desk(Told::Waiting);
    desk.hand(Event::Network(true));
    desk.reply_on(Lane::Held, 200, r#"{"entry_id":41,"field1":"1"}"#);
    desk.reply(200, &feed(99, "null", "\"7\""));
    desk.pass(25_000);
    desk.reply_on(Lane::Held, 200, "\"-1\"");
    assert!(desk.sent(Lane::Held).unwrap().contains("after=41"));
}

#[test]
fn an_old_answer_does_not_undo_a_newer_command() {
    let mut desk = desk(Told::Waiting);
    desk.hand(Event::Network(true));
    assert_eq!(desk.request(), ASK);
    desk.reply_on(Lane::Held, 200, r#"{"entry_id":41,"field1":"1"}"#);
    desk.reply(200, &feed(40, "\"0\"", "null"));
    assert_eq!(light(&mut desk), Some(true));
    assert!(desk.sent(Lane::Held).unwrap().contains("after=41"));
}

#[test]
fn a_server_that_cannot_wait_is_polled_and_not_flooded() {
    let mut desk = desk(Told::Waiting);
    desk.hand(Event::Network(true));
    let mut questions = 0;
    for _ in 0..300 {
        if desk.sent(Lane::Held).is_some() {
            questions += 1;
            desk.reply_on(Lane::Held, 200, r#"{"entry_id":41,"field1":"1"}"#);
        }
        if desk.request().starts_with("GET") {
            desk.reply(200, &feed(41, "\"1\"", "null"));
        }
        desk.pass(100);
    }
    assert!((9..=12).contains(&questions), "{questions} in thirty seconds");
}
