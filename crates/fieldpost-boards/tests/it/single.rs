//! One board on its own, as a command line runs it.

use crate::door;
use crate::model::Model;
use fieldpost_boards::single::{BoardConfig, Seen, run_board};
use fieldpost_boards::{
    BoardEvent, BoardSnapshot, Client, Control, DisplayConfig, Reader, SensorConfig, Told, Trouble,
    Writer,
};
use serde_json::json;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

const KEY: &str = "W4K2QZ81TTP0XN7B";

fn writer(id: &str) -> Writer {
    Writer { channel: id.parse().unwrap(), key: KEY.parse().unwrap(), read_key: None }
}

fn reader(id: &str) -> Reader {
    Reader { channel: id.parse().unwrap(), key: None }
}

const INTERVAL: Duration = Duration::from_secs(2);

/// Runs a board against a model until something is seen; gives everything that was seen.
async fn run_until(
    config: BoardConfig,
    controls: &[Control],
    mut enough: impl FnMut(&Seen) -> bool,
) -> Vec<Seen> {
    let door = door::open(Model::with(&[(1, KEY), (2, "T0PPD8K2F5WQ61NC")])).await;
    let (hand, hands) = mpsc::channel(8);
    for control in controls {
        hand.send(*control).await.unwrap();
    }
    let (tell, mut told) = mpsc::unbounded_channel();
    let client = Client::new(&door.url).unwrap();
    let board = tokio::spawn(run_board(config, client, hands, move |seen| {
        let _ = tell.send(seen);
    }));
    let mut all = Vec::new();
    loop {
        let seen = timeout(Duration::from_secs(20), told.recv()).await.unwrap_or_else(|_| {
            panic!("not seen: {all:#?}");
        });
        all.push(seen.unwrap());
        if enough(&all[all.len() - 1]) {
            break;
        }
    }
    drop(hand);
    timeout(Duration::from_secs(5), board).await.expect("a board without a hand stops").unwrap();
    all
}

fn events(seen: &[Seen]) -> Vec<&BoardEvent> {
    seen.iter()
        .filter_map(|seen| match seen {
            Seen::Event(event) => Some(event),
            Seen::Board(_) => None,
        })
        .collect()
}

#[tokio::test]
async fn a_sensor_board_tells_scripts_what_happens() {
    let config = BoardConfig::Sensor(SensorConfig {
        command: reader("2"),
        readings: writer("1"),
        interval: INTERVAL,
        told: Told::Polling,
        seed: 1,
    });
    let climate = Control::Climate { temperature: -10.0, humidity: 90.0 };
    let controls = [climate, Control::Sensor(Trouble::Silent), Control::Sensor(Trouble::None)];
    let posted = |seen: &Seen| {
        matches!(seen, Seen::Event(BoardEvent::Request { entry: Some(2), status: Some(200), .. }))
    };
    let seen = run_until(config, &controls, posted).await;
    let events: Vec<_> =
        events(&seen).iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    let post = json!({
        "event": "request", "method": "POST", "path": "/update", "status": 200, "entry": 1, "error": null,
    });
    assert!(events.contains(&post), "{events:#?}");
    let reading = events.iter().find(|event| event["event"] == "reading").unwrap();
    assert!(reading["temperature"].as_str().unwrap().parse::<f32>().is_ok());
    assert!(!format!("{events:?}").contains(KEY), "no key in what is told");
}

#[tokio::test]
async fn a_display_board_can_be_drawn_in_a_terminal() {
    let config = BoardConfig::Display(DisplayConfig {
        readings: reader("2"),
        command: writer("1"),
        interval: INTERVAL,
        told: Told::Waiting,
        seed: 1,
    });
    let press: Control = serde_json::from_str(r#"{"button":true}"#).unwrap();
    let sent = |seen: &Seen| {
        matches!(seen, Seen::Board(board) if matches!(&**board, BoardSnapshot::Display(it)
            if it.state && it.oled.on && it.log.lines().any(|line| line.ends_with("entry 2"))))
    };
    let seen = run_until(config, &[press], sent).await;
    let Some(Seen::Board(board)) = seen.last() else { panic!("{seen:?}") };
    let text = board.text();
    assert!(text.starts_with("Display node  ● button  ● state"), "{text}");
    assert!(text.lines().any(|line| line.contains("█")), "{text}");
    assert!(text.contains("  button: on\n"), "{text}");
    let screens = events(&seen).into_iter().filter(
        |event| matches!(event, BoardEvent::Screen { on: true, text } if text == "starting"),
    );
    assert_eq!(screens.count(), 1);
}
