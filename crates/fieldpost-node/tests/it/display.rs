//! Stories of the display node.

use crate::desk::{Desk, EMPTY, channel, feed, key};
use fieldpost_node::screen::{Note, Trouble};
use fieldpost_node::{
    Action, DisplayConfig, DisplayNode, Event, Failure, Lane, Led, Reader, Screen, Told, Writer,
};
use std::time::Duration;

const READ: &str = "GET /channels/1/feeds.json?results=1";

fn post(state: u8) -> String {
    format!(r#"POST /update?api_key=W4K2QZ81TTP0XN7B {{"field1":"{state}"}}"#)
}

fn desk(told: Told) -> Desk<DisplayNode> {
    let mut desk = Desk::new(DisplayNode::new(DisplayConfig {
        readings: Reader { channel: channel(1), key: None },
        command: Writer { channel: channel(2), key: key(), read_key: None },
        interval: Duration::from_secs(3),
        told,
        seed: 1,
    }));
    desk.hand(Event::Network(true));
    desk
}

fn press(desk: &mut Desk<DisplayNode>) {
    for pressed in [true, false, true] {
        desk.hand(Event::Button { pressed });
        desk.now += 2;
    }
    desk.pass(100);
    for pressed in [false, true, false] {
        desk.hand(Event::Button { pressed });
        desk.now += 2;
    }
    desk.pass(100);
}

fn shown(desk: &mut Desk<DisplayNode>) -> Option<Screen> {
    desk.wanted().into_iter().rev().find_map(|action| match action {
        Action::Show(screen) => Some(screen),
        _ => None,
    })
}

#[test]
fn a_round_sends_the_button_and_shows_the_readings() {
    let mut desk = desk(Told::Polling);
    assert_eq!(desk.request(), post(0));
    desk.reply(200, "1");
    assert_eq!(desk.request(), READ);
    desk.reply(200, &feed(9, "\"21.5\"", "\"55.0\""));
    let Some(Screen::Readings { temperature, humidity, note }) = shown(&mut desk) else { panic!() };
    assert_eq!((temperature.as_str(), humidity.as_str()), ("21.5", "55.0"));
    assert_eq!(note, Note::Nothing);
    desk.pass(3_000);
    assert!(desk.wanted().contains(&Action::SetLed { led: Led::Heartbeat, on: false }));
    assert_eq!(desk.request(), post(0), "every round, pressed or not");
}

#[test]
fn a_bouncing_press_turns_the_state_over_once() {
    let mut desk = desk(Told::Polling);
    desk.reply(200, "1");
    desk.reply(200, EMPTY);
    press(&mut desk);
    assert_eq!(desk.request(), "", "a polling node sends with the next round");
    desk.pass(3_000);
    assert_eq!(desk.request(), post(1));
    desk.reply(200, "2");
    desk.reply(200, EMPTY);
    press(&mut desk);
    press(&mut desk);
    press(&mut desk);
    desk.pass(3_000);
    assert_eq!(desk.request(), post(0));
}

#[test]
fn a_waiting_node_sends_a_press_at_once_and_reads_when_there_is_news() {
    let mut desk = desk(Told::Waiting);
    desk.reply(200, "1");
    desk.reply(200, &feed(9, "\"21.5\"", "\"55.0\""));
    desk.hand(Event::Button { pressed: true });
    assert_eq!(desk.request(), post(1));
    desk.reply(200, "2");
    assert_eq!(desk.request(), "");
    desk.reply_on(Lane::Held, 200, r#"{"entry_id":10,"field1":"21.6"}"#);
    assert_eq!(desk.request(), READ);
}

#[test]
fn an_empty_feed_and_null_values_are_shown_as_what_they_are() {
    let mut desk = desk(Told::Polling);
    desk.reply(200, "1");
    desk.reply(200, EMPTY);
    assert_eq!(shown(&mut desk), Some(Screen::NoReadings));
    desk.pass(3_000);
    desk.reply(200, "2");
    desk.reply(200, &feed(9, "null", "\"55.0\""));
    let Some(Screen::Readings { temperature, humidity, .. }) = shown(&mut desk) else { panic!() };
    assert_eq!((temperature.as_str(), humidity.as_str()), ("--", "55.0"));
}

#[test]
fn long_and_wild_texts_are_cut_to_the_line() {
    let mut desk = desk(Told::Polling);
    desk.reply(200, "1");
    desk.reply(200, &feed(9, r#""21.500000000001""#, r#""a\n\u0007b""#));
    let Some(Screen::Readings { temperature, humidity, .. }) = shown(&mut desk) else { panic!() };
    assert_eq!((temperature.as_str(), humidity.as_str()), ("21.5000", "ab"));
}

#[test]
fn every_trouble_has_its_words_and_passes() {
    let mut desk = desk(Told::Polling);
    let mut screens = Vec::new();
    for answer in [Err(Failure::Silent), Ok((400, "-1")), Ok((200, "<html>")), Ok((200, EMPTY))] {
        for _ in 0..100 {
            match desk.request() {
                request if request.starts_with("POST") => desk.reply(200, "1"),
                request if request.starts_with("GET") => break,
                _ => desk.pass(1_000),
            }
        }
        match answer {
            Ok((status, body)) => desk.reply(status, body),
            Err(why) => desk.fail(why),
        }
        screens.extend(shown(&mut desk));
    }
    desk.hand(Event::Network(false));
    screens.extend(shown(&mut desk));
    assert_eq!(
        screens,
        [
            Screen::Trouble(Trouble::NoAnswer),
            Screen::Trouble(Trouble::Refused(400)),
            Screen::Trouble(Trouble::NotAFeed),
            Screen::NoReadings,
            Screen::Trouble(Trouble::NoNetwork),
        ]
    );
}

#[test]
fn readings_that_do_not_change_any_more_are_called_stale() {
    let mut desk = desk(Told::Polling);
    let mut notes = Vec::new();
    for _ in 0..14 {
        desk.reply(200, "1");
        desk.reply(200, &feed(9, "\"21.5\"", "\"55.0\""));
        if let Some(Screen::Readings { note, .. }) = shown(&mut desk) {
            notes.push(note);
        }
        desk.pass(3_000);
    }
    assert_eq!(notes, [Note::Nothing, Note::Stale], "shown when it changes, after half a minute");
    desk.reply(200, "1");
    desk.reply(200, &feed(10, "\"21.5\"", "\"55.0\""));
    let news = shown(&mut desk);
    assert!(matches!(news, Some(Screen::Readings { note: Note::Nothing, .. })), "{news:?}");
}

#[test]
fn a_press_that_the_server_did_not_take_is_admitted_and_sent_again() {
    let mut desk = desk(Told::Polling);
    press(&mut desk);
    desk.reply(200, "1");
    desk.reply(200, &feed(9, "\"21.5\"", "\"55.0\""));
    desk.pass(3_000);
    for (answer, note) in [("0", Note::NotSent), ("2", Note::Nothing)] {
        assert_eq!(desk.request(), post(1));
        desk.reply(200, answer);
        desk.reply(200, &feed(9, "\"21.5\"", "\"55.0\""));
        assert!(matches!(desk.node.screen(), Screen::Readings { note: now, .. } if *now == note));
        desk.pass(3_000);
    }
}
