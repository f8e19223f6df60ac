//! Stories of the sensor node.

use crate::desk::{Desk, EMPTY, NOON, channel, feed, key};
use fieldpost_node::{
    Action, Event, Failure, Lane, Led, Reader, Reading, SensorConfig, SensorFault, SensorNode,
    Told, Writer,
};
use std::time::Duration;

const PLAIN: &str = r#"POST /update?api_key=W4K2QZ81TTP0XN7B {"field1":21.5,"field2":55.0}"#;
const ASK: &str = "GET /channels/2/fields/1.json?results=1";
const LOOK: &str = "GET /channels/1/feeds.json?results=1";

fn desk(told: Told) -> Desk<SensorNode<16>> {
    Desk::new(SensorNode::new(SensorConfig {
        command: Reader { channel: channel(2), key: None },
        readings: Writer { channel: channel(1), key: key(), read_key: None },
        interval: Duration::from_secs(3),
        told,
        seed: 1,
    }))
}

fn online() -> Desk<SensorNode<16>> {
    let mut desk = desk(Told::Polling);
    desk.hand(Event::Network(true));
    desk
}

/// Measures 21.5 °C and 55.0 %.
fn measure(desk: &mut Desk<SensorNode<16>>) {
    assert!(desk.wanted().contains(&Action::Measure));
    desk.hand(Event::Measured(Reading::from_tenths(215, 550)));
}

/// Answers the look that comes before an update without a date: the channel is empty.
fn look(desk: &mut Desk<SensorNode<16>>) {
    assert_eq!(desk.request(), LOOK);
    desk.reply(200, EMPTY);
}

fn light(desk: &mut Desk<SensorNode<16>>) -> Option<bool> {
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
fn readings_taken_offline_are_sent_later_with_their_own_times() {
    let mut desk = desk(Told::Polling);
    desk.hand(Event::Tick);
    for _ in 0..3 {
        measure(&mut desk);
        desk.pass(3_000);
    }
    assert_eq!(desk.node.outbox().len(), 3);
    // 11 s after power-on it is noon.
    desk.date = Some(NOON);
    desk.hand(Event::Network(true));
    desk.reply(200, EMPTY);
    let entry = |second: u32| {
        format!(r#"{{"created_at":"2026-11-25T11:59:{second}Z","field1":21.5,"field2":55.0}}"#)
    };
    let entries = [51, 54, 57].map(entry).join(",");
    assert_eq!(
        desk.request(),
        format!(
            r#"POST /channels/1/bulk_update.json {{"write_api_key":"W4K2QZ81TTP0XN7B","updates":[{entries}]}}"#
        )
    );
    desk.reply(202, r#"{"success":true}"#);
    assert!(desk.node.outbox().is_empty());
}

#[test]
fn without_a_clock_the_distances_are_sent() {
    let mut desk = desk(Told::Polling);
    desk.hand(Event::Tick);
    for _ in 0..3 {
        measure(&mut desk);
        desk.pass(3_000);
    }
    desk.hand(Event::Network(true));
    desk.reply(200, EMPTY);
    look(&mut desk);
    let request = desk.request();
    let distances: Vec<&str> = request.split("delta_t\":").skip(1).map(|rest| &rest[..1]).collect();
    assert_eq!(distances, ["0", "3", "3"], "{request}");
}

#[test]
fn a_lost_answer_is_looked_up_and_what_arrived_is_not_sent_again() {
    let mut desk = online();
    desk.date = Some(NOON);
    desk.reply(200, EMPTY);
    measure(&mut desk);
    let dated = desk.request();
    assert!(dated.contains(r#""created_at":"2026-11-25T12:00:00Z""#), "{dated}");
    desk.fail(Failure::Silent);
    desk.pass(1_000);
    assert_eq!(desk.request(), LOOK);
    let here = feed(5, "\"21.5\"", "\"55.0\"").replace("12:00:03", "12:00:00");
    desk.reply(200, &here);
    assert!(desk.node.outbox().is_empty());
}

#[test]
fn what_did_not_arrive_is_sent_again_with_the_same_time() {
    let mut desk = online();
    desk.date = Some(NOON);
    desk.reply(200, EMPTY);
    measure(&mut desk);
    let first = desk.request();
    desk.fail(Failure::Broken);
    desk.pass(1_000);
    assert_eq!(desk.request(), LOOK);
    // The newest entry has the same values, but another time.
    desk.reply(200, &feed(4, "\"21.5\"", "\"55.0\""));
    assert_eq!(desk.request(), first);
    desk.fail(Failure::Broken);
    desk.pass(1_500);
    assert_eq!(desk.request(), LOOK);
    // Somebody else wrote in the same second.
    desk.reply(200, &feed(5, "\"1\"", "\"2\"").replace("12:00:03", "12:00:00"));
    assert_eq!(desk.request(), first);
}

#[test]
fn an_undated_update_is_only_taken_for_stored_if_a_newer_entry_says_so() {
    let mut desk = online();
    desk.reply(200, EMPTY);
    measure(&mut desk);
    look(&mut desk);
    desk.reply(200, "18");
    for (newest, arrived) in [(18, false), (19, true)] {
        desk.pass(3_000);
        desk.reply(200, EMPTY);
        measure(&mut desk);
        assert_eq!(desk.request(), PLAIN);
        desk.fail(Failure::Silent);
        desk.pass(1_900);
        assert_eq!(desk.request(), LOOK);
        desk.reply(200, &feed(newest, "\"21.5\"", "\"55.0\""));
        assert_eq!(desk.request() != PLAIN, arrived);
        if !arrived {
            desk.reply(200, "18");
        }
    }
}

#[test]
fn after_a_bulk_without_dates_the_channel_is_looked_at_before_the_next_update() {
    let mut desk = desk(Told::Polling);
    desk.hand(Event::Tick);
    measure(&mut desk);
    desk.pass(3_000);
    measure(&mut desk);
    desk.hand(Event::Network(true));
    desk.reply(200, EMPTY);
    look(&mut desk);
    desk.reply(202, "{}");
    desk.pass(3_000);
    desk.reply(200, EMPTY);
    measure(&mut desk);
    // The same values as before: only the number tells that this is not the new reading.
    assert_eq!(desk.request(), LOOK);
    desk.reply(200, &feed(2, "\"21.5\"", "\"55.0\""));
    assert_eq!(desk.request(), PLAIN);
    desk.fail(Failure::Silent);
    desk.pass(1_000);
    assert_eq!(desk.request(), LOOK);
    desk.reply(200, &feed(2, "\"21.5\"", "\"55.0\""));
    assert_eq!(desk.request(), PLAIN, "it did not arrive");
}

#[test]
fn too_soon_keeps_the_readings_and_sends_them_together() {
    let mut desk = online();
    desk.reply(200, EMPTY);
    measure(&mut desk);
    look(&mut desk);
    desk.reply(200, "0");
    assert_eq!(desk.request(), "", "not at once");
    let mut offered = Vec::new();
    while desk.now < 10_000 {
        match desk.request() {
            request if request.starts_with("GET") => desk.reply(200, EMPTY),
            request if request.is_empty() => desk.pass(100),
            request => {
                offered.push(request.matches("delta_t").count());
                desk.reply(429, "{}");
            }
        }
        if desk.wanted().contains(&Action::Measure) {
            desk.hand(Event::Measured(Reading::from_tenths(215, 550)));
        }
    }
    assert!(
        offered.is_sorted() && offered[0] == 1 && offered[offered.len() - 1] > 1,
        "{offered:?}"
    );
    assert_eq!(desk.node.outbox().dropped(), 0);
}

#[test]
fn who_does_not_take_readings_is_offered_them_less_and_less_often() {
    let mut desk = online();
    let mut offers = 0;
    for _ in 0..1_200 {
        match desk.request() {
            request if request.starts_with("GET") => desk.reply(200, EMPTY),
            request if request.is_empty() => desk.pass(1_000),
            _ => {
                offers += 1;
                desk.reply(401, "{}");
            }
        }
        if desk.wanted().contains(&Action::Measure) {
            desk.hand(Event::Measured(Reading::from_tenths(215, 550)));
        }
    }
    assert!((12..40).contains(&offers), "{offers} offers in a quarter of an hour");
}

#[test]
fn a_server_without_bulk_updates_gets_them_one_by_one() {
    let mut desk = desk(Told::Polling);
    desk.hand(Event::Tick);
    measure(&mut desk);
    desk.pass(3_000);
    measure(&mut desk);
    desk.date = Some(NOON);
    desk.hand(Event::Network(true));
    desk.reply(200, EMPTY);
    desk.reply(404, "no such page");
    desk.pass(1_000);
    assert!(desk.request().starts_with("POST /update?"), "{}", desk.request());
    desk.reply(200, "1");
    assert!(desk.request().starts_with("POST /update?"), "{}", desk.request());
    desk.reply(200, "2");
    assert!(desk.node.outbox().is_empty());
}

#[test]
fn a_server_that_takes_less_gets_less() {
    let mut desk = desk(Told::Polling);
    desk.hand(Event::Tick);
    for _ in 0..8 {
        measure(&mut desk);
        desk.pass(3_000);
    }
    desk.date = Some(NOON);
    desk.hand(Event::Network(true));
    desk.reply(200, EMPTY);
    for count in [8, 4, 2] {
        assert_eq!(desk.request().matches("created_at").count(), count);
        desk.reply(413, "{}");
        // Long enough for the pause, too short for the next round.
        desk.pass(if count == 8 { 1_000 } else { 100 });
        while desk.request().is_empty() {
            desk.pass(100);
        }
        if desk.request() == ASK {
            desk.reply(200, EMPTY);
        }
    }
    desk.reply(202, "{}");
    assert!(desk.node.outbox().len() >= 7);
}

#[test]
fn readings_that_are_called_bad_three_times_do_not_block_the_rest() {
    let mut desk = desk(Told::Polling);
    desk.hand(Event::Tick);
    measure(&mut desk);
    desk.pass(3_000);
    measure(&mut desk);
    desk.hand(Event::Network(true));
    for _ in 0..200 {
        match desk.request() {
            request if request.contains("bulk_update") => desk.reply(400, "{}"),
            request if request.starts_with("GET") => desk.reply(200, EMPTY),
            _ => desk.pass(100),
        }
    }
    assert_eq!((desk.node.outbox().len(), desk.node.outbox().dropped()), (0, 2));
}

#[test]
fn a_wrong_key_loses_nothing_while_it_is_put_right() {
    let mut desk = online();
    desk.reply(200, EMPTY);
    measure(&mut desk);
    for _ in 0..50 {
        match desk.request() {
            request if request.starts_with("POST /update") => desk.reply(400, "0"),
            request if request.starts_with("POST") => desk.reply(401, "{}"),
            request if request.starts_with("GET") => desk.reply(200, EMPTY),
            _ => desk.pass(1_000),
        }
    }
    assert_eq!((desk.node.outbox().len(), desk.node.outbox().dropped()), (1, 0));
}

#[test]
fn a_hotels_login_page_is_neither_a_command_nor_a_receipt() {
    let mut desk = online();
    measure(&mut desk);
    desk.reply(200, "<html>Welcome! Your room number?</html>");
    assert_eq!(light(&mut desk), None);
    desk.pass(1_000);
    look(&mut desk);
    assert_eq!(desk.request(), PLAIN);
    desk.reply(200, "<html>Welcome! Your room number?</html>");
    assert_eq!(desk.node.outbox().len(), 1);
}

#[test]
fn who_cannot_be_reached_is_asked_less_and_less_often_but_measured_for_all_the_same() {
    let mut desk = online();
    let mut asked = 0;
    for _ in 0..600 {
        if desk.request().is_empty() {
            desk.pass(1_000);
        } else {
            asked += 1;
            desk.fail(Failure::Unreachable);
        }
        if desk.wanted().contains(&Action::Measure) {
            desk.hand(Event::Measured(Reading::from_tenths(215, 550)));
        }
    }
    assert!((12..30).contains(&asked), "asked {asked} times in ten minutes");
    assert!(desk.node.outbox().len() > 10);
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
