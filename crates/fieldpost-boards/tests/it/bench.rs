//! The two virtual boards over real sockets, against a model of the server.

use crate::door;
use crate::model::Model;
use fieldpost_boards::{Bench, BenchConfig, BoardId, ChannelAccess, Snapshot, Told, Trouble};

use std::time::{Duration, Instant};

const KEYS: [&str; 2] = ["W4K2QZ81TTP0XN7B", "T0PPD8K2F5WQ61NC"];

fn bench(url: &str) -> Bench {
    Bench::start(config(url))
}

fn config(url: &str) -> BenchConfig {
    let access = |id: u64| ChannelAccess {
        id: id.to_string().parse().unwrap(),
        write_key: KEYS[usize::try_from(id).unwrap() - 1].parse().unwrap(),
        read_key: None,
    };
    BenchConfig {
        server: url.into(),
        readings: access(1),
        command: access(2),
        interval: Duration::from_millis(2_000),
    }
}

/// Watches the bench until it looks as it should; fails after a while.
async fn until(bench: &Bench, what: &str, mut looks: impl FnMut(&Snapshot) -> bool) -> Snapshot {
    let mut seen = bench.watch();
    let found =
        tokio::time::timeout(Duration::from_secs(20), seen.wait_for(|now| looks(now))).await;
    match found {
        Ok(found) => found.unwrap().clone(),
        Err(_) => panic!("never happened: {what}\n{:#?}", bench.snapshot()),
    }
}

#[tokio::test]
async fn readings_reach_the_screen_and_the_button_reaches_the_light() {
    let door = door::open(Model::with(&[(1, KEYS[0]), (2, KEYS[1])])).await;
    let bench = bench(&door.url);
    let blank = bench.snapshot().display().unwrap().oled.pixels.clone();
    bench.set_climate(-3.0, 81.0);
    let cold = |text: &str| text.parse().is_ok_and(|degrees: f32| (degrees + 3.0).abs() < 1.0);
    until(&bench, "a cold reading on the server", |now| {
        let model = door.model.lock().unwrap();
        let Some(entry) = model.entries(1).last() else { return false };
        let reading = now.sensor().unwrap().reading.as_ref().unwrap();
        let values = [&reading.temperature, &reading.humidity].map(|text| Some(text.as_str()));
        cold(&reading.temperature) && [0, 1].map(|n| entry.fields[n].as_deref()) == values
    })
    .await;
    until(&bench, "a changed screen", |now| now.display().unwrap().oled.pixels != blank).await;

    bench.button(true);
    bench.button(false);
    until(&bench, "the light on", |now| now.sensor().unwrap().led).await;
    assert!(bench.snapshot().display().unwrap().state);
    bench.button(true);
    until(&bench, "the light off", |now| !now.sensor().unwrap().led).await;
    bench.stop().await;
}

#[tokio::test]
async fn a_busy_host_counts_each_press_once() {
    let door = door::open(Model::with(&[(1, KEYS[0]), (2, KEYS[1])])).await;
    let bench = bench(&door.url);
    // All tasks share this thread, so that sleeping on it keeps the boards from their bounces.
    let starve = async || {
        for _ in 0..6 {
            tokio::task::yield_now().await;
            std::thread::sleep(Duration::from_millis(15));
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    };
    for n in 0..30 {
        bench.button(true);
        starve().await;
        bench.button(false);
        starve().await;
        assert_eq!(bench.snapshot().display().unwrap().state, n % 2 == 0, "press {n}");
    }
    bench.stop().await;
}

#[tokio::test]
async fn a_board_without_wifi_keeps_its_readings_and_sends_them_later() {
    let door = door::open(Model::with(&[(1, KEYS[0]), (2, KEYS[1])])).await;
    let bench = bench(&door.url);
    let entry = |now: &Snapshot| {
        now.sensor().unwrap().log.lines().any(|line| line.starts_with("POST /update: entry"))
    };
    until(&bench, "a reading on the server", entry).await;
    bench.wifi(BoardId::Sensor, false);
    until(&bench, "no Wi-Fi", |now| !now.sensor().unwrap().wifi).await;
    let before = door.model.lock().unwrap().entries(1).len();
    let mut beats = 0;
    let mut last = bench.snapshot().sensor().unwrap().heartbeat;
    until(&bench, "three rounds and more in the dark", |now| {
        let beat = now.sensor().unwrap().heartbeat;
        beats += i32::from(std::mem::replace(&mut last, beat) != beat);
        beats == 4
    })
    .await;
    assert_eq!(door.model.lock().unwrap().entries(1).len(), before);
    bench.wifi(BoardId::Sensor, true);
    until(&bench, "a bulk update", |now| {
        let line = "POST /channels/1/bulk_update.json: 202";
        now.sensor().unwrap().log.lines().any(|found| found == line)
    })
    .await;
    let model = door.model.lock().unwrap();
    let times: Vec<i64> = model.entries(1).iter().map(|entry| entry.created_at.seconds()).collect();
    assert!(times.len() >= before + 3, "{times:?}");
    assert!(times.windows(2).all(|pair| (1..=6).contains(&(pair[1] - pair[0]))), "{times:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_shows_on_the_screen_and_stops_nothing() {
    let bench = bench("http://127.0.0.1:9");
    until(&bench, "a complaint", |now| {
        now.display().unwrap().log.lines().any(|line| line.contains("could not be reached"))
    })
    .await;
    until(&bench, "a heartbeat", |now| now.sensor().unwrap().heartbeat).await;
    until(&bench, "another heartbeat", |now| !now.sensor().unwrap().heartbeat).await;
    bench.stop().await;
}

#[tokio::test]
async fn the_json_of_a_snapshot_is_what_the_page_expects() {
    let bench = bench("nonsense");
    let lit = until(&bench, "a lit display", |now| now.display().unwrap().oled.on).await;
    let json = serde_json::to_value(lit).unwrap();
    bench.stop().await;
    let keys = |n: usize| {
        json["boards"][n].as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>()
    };
    let mut sensor = keys(0);
    sensor.sort_unstable();
    assert_eq!(
        sensor,
        ["climate", "fault", "heartbeat", "id", "led", "log", "name", "reading", "wifi"]
    );
    let mut display = keys(1);
    display.sort_unstable();
    assert_eq!(display, ["button", "heartbeat", "id", "log", "name", "oled", "state", "wifi"]);
    assert_eq!(json["boards"][0]["id"], "sensor");
    assert_eq!(
        json["boards"][0]["climate"],
        serde_json::json!({"temperature": 21.5, "humidity": 55.0})
    );
    assert_eq!(json["boards"][1]["id"], "display");
    let oled = &json["boards"][1]["oled"];
    assert_eq!(
        (&oled["width"], &oled["height"], &oled["on"]),
        (&128.into(), &64.into(), &true.into())
    );
    assert_eq!(oled["pixels"].as_str().unwrap().len(), 1024_usize.div_ceil(3) * 4);
}

#[tokio::test]
async fn a_sensor_fault_is_seen_and_never_sent_and_passes() {
    let door = door::open(Model::with(&[(1, KEYS[0]), (2, KEYS[1])])).await;
    let bench = bench(&door.url);
    bench.sensor_trouble(Trouble::Flipped);
    let seen = until(&bench, "a fault", |now| now.sensor().unwrap().fault.is_some()).await;
    assert_eq!(seen.sensor().unwrap().fault.as_deref(), Some("the sensor's answer is garbled"));
    bench.sensor_trouble(Trouble::Nonsense);
    let nonsense = "the sensor's answer is out of range";
    until(&bench, "nonsense", |now| now.sensor().unwrap().fault.as_deref() == Some(nonsense)).await;
    bench.sensor_trouble(Trouble::None);
    until(&bench, "a sound sensor", |now| now.sensor().unwrap().fault.is_none()).await;
    until(&bench, "a reading on the server", |_| !door.model.lock().unwrap().entries(1).is_empty())
        .await;
    let model = door.model.lock().unwrap();
    let text = model.entries(1)[0].fields[0].clone().unwrap();
    assert!((20.0..23.0).contains(&text.parse::<f32>().unwrap()), "{text}");
}

/// How long the light takes to follow the button: the median of a few presses.
async fn follow(told: Told) -> Duration {
    let door = door::open(Model::with(&[(1, KEYS[0]), (2, KEYS[1])])).await;
    let bench = Bench::start_told(config(&door.url), told);
    until(&bench, "readings on the screen", |now| {
        now.display().unwrap().log.lines().any(|line| line.starts_with("GET"))
            && now.sensor().unwrap().log.lines().any(|line| line.starts_with("POST"))
    })
    .await;
    let mut times = Vec::new();
    for n in 0..5 {
        let began = Instant::now();
        bench.button(true);
        until(&bench, "the light", |now| now.sensor().unwrap().led == (n % 2 == 0)).await;
        times.push(began.elapsed());
        bench.button(false);
        // A finger is slower than the contacts; and not in step with the rounds.
        tokio::time::sleep(Duration::from_millis(150 + n * 130)).await;
    }
    bench.stop().await;
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_light_that_waits_follows_the_button_much_sooner_than_one_that_polls() {
    let (waiting, polling) = tokio::join!(follow(Told::Waiting), follow(Told::Polling));
    println!("the light follows after {waiting:?} (waiting), {polling:?} (polling)");
    assert!(waiting * 5 < polling, "{waiting:?} waiting, {polling:?} polling");
}
