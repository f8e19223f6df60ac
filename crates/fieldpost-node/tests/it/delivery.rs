//! Stories of readings on their way to the server.

use crate::desk::{EMPTY, NOON, feed};
use crate::sensor::{ASK, LOOK, PLAIN, desk, light, look, measure, online};
use fieldpost_node::{Action, Event, Failure, Reading, Told};

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
