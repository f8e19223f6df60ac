//! `fieldpost demo`: two boards that talk through the server, and the way by which the page touches them.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::Server;

struct Demo {
    server: Server,
    _folder: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            server: Server::demo(folder.path(), &["--no-open", "--interval", "2"]),
            _folder: folder,
        }
    }

    fn board(&self, id: &str) -> Value {
        let boards = self.server.get("/api/v1/boards").json();
        boards["boards"]
            .as_array()
            .unwrap()
            .iter()
            .find(|board| board["id"] == id)
            .unwrap_or_else(|| panic!("{boards}"))
            .clone()
    }

    fn wait(&self, what: &str, mut done: impl FnMut() -> bool) {
        let began = Instant::now();
        while !done() {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{what}: {}",
                self.server.get("/api/v1/boards").body
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[test]
fn pressing_the_button_lights_the_led_on_the_other_board() {
    let demo = Demo::start();
    assert_eq!(demo.board("sensor")["led"], false);
    for lit in [true, false] {
        demo.server.json("/api/v1/boards/display/button", r#"{"pressed":true}"#);
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(
            demo.server.json("/api/v1/boards/display/button", r#"{"pressed":false}"#).status,
            204
        );
        demo.wait("the LED follows", || demo.board("sensor")["led"] == lit);
    }
}

#[test]
fn what_is_felt_at_the_sensor_is_shown_on_the_other_boards_screen() {
    let demo = Demo::start();
    let screen = || demo.board("display")["oled"]["pixels"].as_str().unwrap().to_string();
    demo.wait("the screen shows a reading", || demo.board("sensor")["reading"].is_object());
    assert_eq!(
        demo.server
            .json("/api/v1/boards/sensor/climate", r#"{"temperature":33.0,"humidity":20.0}"#)
            .status,
        204
    );
    let before = screen();
    demo.wait("the reading reaches the channel", || {
        let feed = demo.server.get("/channels/1/feeds.json?results=1").json();
        feed["feeds"][0]["field1"]
            .as_str()
            .and_then(|text| text.parse::<f64>().ok())
            .is_some_and(|degrees| degrees > 31.0)
    });
    demo.wait("the screen changes", || screen() != before);
}

#[test]
fn pulling_the_wifi_loses_no_reading() {
    let demo = Demo::start();
    let entries = || -> Vec<(u64, f64)> {
        let text = demo.server.get("/channels/1/feeds.csv?results=8000").body;
        let seconds = |time: &str| -> f64 {
            let part = |at: usize| time[at..at + 2].parse::<f64>().unwrap();
            part(11) * 3600.0 + part(14) * 60.0 + part(17)
        };
        let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        rows.map(|row| (row[1].parse().unwrap(), seconds(row[0]))).collect()
    };
    demo.wait("the first readings", || entries().len() >= 3);
    demo.server.json("/api/v1/boards/sensor/wifi", r#"{"connected":false}"#);
    std::thread::sleep(Duration::from_secs(1));
    let before = entries().len();
    std::thread::sleep(Duration::from_secs(9));
    assert!(entries().len() <= before + 1, "without Wi-Fi nothing arrives");
    demo.server.json("/api/v1/boards/sensor/wifi", r#"{"connected":true}"#);
    demo.wait("what was measured meanwhile arrives", || entries().len() >= before + 4);
    let mut times: Vec<f64> = entries().iter().skip(1).map(|(_, time)| *time).collect();
    times.sort_by(f64::total_cmp);
    let gap = times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    assert!(gap <= 5.0, "a reading every two seconds, also of the time without Wi-Fi: {times:?}");
}

#[test]
fn bad_hands_are_told_what_is_wrong() {
    let demo = Demo::start();
    let hot =
        demo.server.json("/api/v1/boards/sensor/climate", r#"{"temperature":99,"humidity":20}"#);
    assert_eq!(hot.status, 400);
    assert!(hot.json()["title"].as_str().unwrap().contains("80 °C"));
    assert_eq!(
        demo.server.json("/api/v1/boards/toaster/wifi", r#"{"connected":false}"#).status,
        400
    );
    let form = demo.server.form("/api/v1/boards/display/button", "pressed=true");
    assert!((400..500).contains(&form.status), "a form of another site does nothing: {form:?}");
    assert_eq!(form.header("Access-Control-Allow-Origin"), None);
}

#[test]
fn a_demo_that_is_started_again_finds_its_channels() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let server = Server::demo(folder.path(), &["--no-open"]);
        let channels = server.get("/api/v1/boards/channels").json();
        assert_eq!(
            (channels["readings"]["id"].as_u64(), channels["command"]["id"].as_u64()),
            (Some(1), Some(2))
        );
        assert!(
            !server.get("/channels/1/feeds.json").json()["feeds"].as_array().unwrap().is_empty(),
            "the first read finds something"
        );
        assert_eq!(server.terminate(), Some(0));
    }
}
