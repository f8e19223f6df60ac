//! The two boards of the tutorial side by side, with a hand on their weather, button and Wi-Fi.

use crate::frame::Frame;
use crate::nature::Nature;
use crate::shell::{self, Board, Happening};
use crate::snapshot::{
    BoardId, BoardSnapshot, Climate, DisplaySnapshot, Log, Oled, ReadingText, SensorSnapshot,
    Snapshot,
};
use fieldpost_client::Client;
use fieldpost_node::{
    Action, DisplayConfig, DisplayNode, Led, Reader, Reading, SensorConfig, SensorNode, Told,
    Uptime, Writer,
};
use fieldpost_wire::{ApiKey, ChannelId};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// How many readings a virtual sensor node keeps while it is offline.
pub const OUTBOX: usize = 512;

/// What a bench must be told before it starts.
#[derive(Clone, Debug)]
pub struct BenchConfig {
    /// The server, such as `http://127.0.0.1:8080`.
    pub server: String,
    /// The channel of the readings.
    pub readings: ChannelAccess,
    /// The channel of the commands.
    pub command: ChannelAccess,
    /// The time from one round to the next.
    pub interval: Duration,
}

/// A channel and the keys that open it.
#[derive(Clone, Debug)]
pub struct ChannelAccess {
    /// The channel.
    pub id: ChannelId,
    /// Its write key.
    pub write_key: ApiKey,
    /// Its read key, if it is private.
    pub read_key: Option<ApiKey>,
}

impl ChannelAccess {
    const fn reader(&self) -> Reader {
        Reader { channel: self.id, key: self.read_key }
    }

    const fn writer(&self) -> Writer {
        Writer { channel: self.id, key: self.write_key, read_key: self.read_key }
    }
}

/// A handle on two running boards. They stop with [`Bench::stop`], or when the last handle is gone.
#[derive(Clone, Debug)]
pub struct Bench {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    sensor: Mutex<Option<mpsc::Sender<SensorInput>>>,
    display: Mutex<Option<mpsc::Sender<DisplayInput>>>,
    seen: watch::Receiver<Snapshot>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Bench {
    /// Switches both boards on. To be called inside a Tokio runtime. A server that is not there, or
    /// whose URL makes no sense, shows in the boards' logs: boards have no other way to complain.
    pub fn start(config: BenchConfig) -> Self {
        Self::start_told(config, Told::Polling)
    }

    /// Switches both boards on, and chooses how they hear of news.
    pub fn start_told(config: BenchConfig, told: Told) -> Self {
        let (show, seen) = watch::channel(Snapshot { boards: Vec::new() });
        let show = Arc::new(show);
        let sensor = SensorBoard::new(&config, told, show.clone());
        let display = DisplayBoard::new(&config, told, show);
        sensor.publish();
        display.publish();
        let ((sensor_in, sensor_inputs), (display_in, display_inputs)) =
            (mpsc::channel(64), mpsc::channel(64));
        let tasks = vec![
            tokio::spawn(shell::run(sensor, Client::new(&config.server), sensor_inputs)),
            tokio::spawn(shell::run(display, Client::new(&config.server), display_inputs)),
        ];
        let inner = Inner {
            sensor: Mutex::new(Some(sensor_in)),
            display: Mutex::new(Some(display_in)),
            seen,
            tasks: Mutex::new(tasks),
        };
        Self { inner: Arc::new(inner) }
    }

    /// What there is to see now.
    pub fn snapshot(&self) -> Snapshot {
        self.inner.seen.borrow().clone()
    }

    /// Tells of every change of what there is to see.
    pub fn watch(&self) -> watch::Receiver<Snapshot> {
        self.inner.seen.clone()
    }

    /// Sets the climate around the sensor.
    pub fn set_climate(&self, temperature: f32, humidity: f32) {
        give(&self.inner.sensor, SensorInput::Climate(temperature, humidity));
    }

    /// Presses the button, or lets go of it.
    pub fn button(&self, pressed: bool) {
        give(&self.inner.display, DisplayInput::Button(pressed));
    }

    /// Takes a board's Wi-Fi away, or gives it back.
    pub fn wifi(&self, board: BoardId, connected: bool) {
        match board {
            BoardId::Sensor => give(&self.inner.sensor, SensorInput::Wifi(connected)),
            BoardId::Display => give(&self.inner.display, DisplayInput::Wifi(connected)),
        }
    }

    /// Switches both boards off and waits until they are.
    pub async fn stop(&self) {
        lock(&self.inner.sensor).take();
        lock(&self.inner.display).take();
        let tasks = std::mem::take(&mut *lock(&self.inner.tasks));
        for task in tasks {
            // A board that panicked is off as well.
            let _ = task.await;
        }
    }
}

/// Hands an input to a board. One that has 64 of them waiting is not listening; it loses this one.
fn give<T>(board: &Mutex<Option<mpsc::Sender<T>>>, input: T) {
    if let Some(inputs) = &*lock(board) {
        let _ = inputs.try_send(input);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn show_board(show: &watch::Sender<Snapshot>, at: usize, board: BoardSnapshot) {
    show.send_if_modified(|snapshot| match snapshot.boards.get_mut(at) {
        Some(shown) if *shown == board => false,
        Some(shown) => {
            *shown = board;
            true
        }
        None => {
            snapshot.boards.push(board);
            true
        }
    });
}

/// What the world does to a sensor node.
#[derive(Debug)]
enum SensorInput {
    Climate(f32, f32),
    Wifi(bool),
}

/// The board with the sensor and the remote light.
struct SensorBoard {
    node: SensorNode<OUTBOX>,
    nature: Nature,
    seen: SensorSnapshot,
    show: Arc<watch::Sender<Snapshot>>,
}

impl SensorBoard {
    fn new(config: &BenchConfig, told: Told, show: Arc<watch::Sender<Snapshot>>) -> Self {
        let node = SensorNode::new(SensorConfig {
            command: config.command.reader(),
            readings: config.readings.writer(),
            interval: config.interval,
            told,
            seed: 1,
        });
        let nature = Nature::new(config.readings.id.get());
        let (temperature, humidity) = nature.middle();
        let seen = SensorSnapshot {
            id: BoardId::Sensor,
            name: "Sensor node",
            wifi: true,
            led: false,
            heartbeat: false,
            climate: Climate { temperature, humidity },
            reading: None,
            fault: None,
            log: Log::default(),
        };
        Self { node, nature, seen, show }
    }
}

impl Board for SensorBoard {
    type Node = SensorNode<OUTBOX>;
    type Input = SensorInput;

    fn node(&mut self) -> &mut Self::Node {
        &mut self.node
    }

    fn touch(&mut self, input: SensorInput) -> Option<Happening> {
        match input {
            SensorInput::Climate(temperature, humidity) => {
                self.nature.set(temperature, humidity);
                let (temperature, humidity) = self.nature.middle();
                self.seen.climate = Climate { temperature, humidity };
                None
            }
            SensorInput::Wifi(on) => wifi(&mut self.seen.wifi, on, &mut self.seen.log),
        }
    }

    fn act(&mut self, now: Uptime, action: Action) -> Option<Happening> {
        match action {
            Action::SetLed { led: Led::Heartbeat, on } => self.seen.heartbeat = on,
            Action::SetLed { led: Led::Remote, on } => {
                if self.seen.led != on {
                    self.seen.log.add(if on { "LED on" } else { "LED off" });
                }
                self.seen.led = on;
            }
            Action::Measure => {
                let (temperature, humidity) = self.nature.at(Duration::from_millis(now.millis()));
                let measured = Reading::from_units(temperature, humidity);
                self.seen.fault = measured.err().map(|fault| fault.to_string());
                if let Ok(reading) = measured {
                    self.seen.reading = Some(ReadingText {
                        temperature: reading.temperature().to_string(),
                        humidity: reading.humidity().to_string(),
                    });
                }
                return Some(Happening::Measured(measured));
            }
            Action::Show(_) | Action::Request(_) => {}
        }
        None
    }

    fn log(&mut self, line: String) {
        self.seen.log.add(line);
    }

    fn publish(&self) {
        show_board(&self.show, 0, BoardSnapshot::Sensor(self.seen.clone()));
    }
}

/// What the world does to a display node.
#[derive(Debug)]
enum DisplayInput {
    Button(bool),
    Wifi(bool),
}

/// The board with the display and the button.
struct DisplayBoard {
    node: DisplayNode,
    seen: DisplaySnapshot,
    show: Arc<watch::Sender<Snapshot>>,
}

impl DisplayBoard {
    fn new(config: &BenchConfig, told: Told, show: Arc<watch::Sender<Snapshot>>) -> Self {
        let node = DisplayNode::new(DisplayConfig {
            readings: config.readings.reader(),
            command: config.command.writer(),
            interval: config.interval,
            told,
            seed: 2,
        });
        let seen = DisplaySnapshot {
            id: BoardId::Display,
            name: "Display node",
            wifi: true,
            heartbeat: false,
            button: false,
            state: false,
            oled: Oled {
                width: 128,
                height: 64,
                on: true,
                pixels: Frame::default().bytes().to_vec(),
            },
            log: Log::default(),
        };
        Self { node, seen, show }
    }
}

impl Board for DisplayBoard {
    type Node = DisplayNode;
    type Input = DisplayInput;

    fn node(&mut self) -> &mut DisplayNode {
        &mut self.node
    }

    fn touch(&mut self, input: DisplayInput) -> Option<Happening> {
        match input {
            DisplayInput::Button(pressed) => {
                (self.seen.button != pressed).then(|| self.seen.button = pressed)?;
                if pressed {
                    self.seen.log.add("button pressed");
                }
                Some(Happening::Button(pressed))
            }
            DisplayInput::Wifi(on) => wifi(&mut self.seen.wifi, on, &mut self.seen.log),
        }
    }

    fn act(&mut self, _now: Uptime, action: Action) -> Option<Happening> {
        match action {
            Action::SetLed { led: Led::Heartbeat, on } => self.seen.heartbeat = on,
            Action::Show(screen) => {
                let mut frame = Frame::default();
                let Ok(()) = screen.draw(&mut frame);
                self.seen.oled.pixels = frame.bytes().to_vec();
            }
            Action::SetLed { led: Led::Remote, .. } | Action::Measure | Action::Request(_) => {}
        }
        None
    }

    fn log(&mut self, line: String) {
        self.seen.log.add(line);
    }

    fn publish(&self) {
        let seen = DisplaySnapshot { state: self.node.state(), ..self.seen.clone() };
        show_board(&self.show, 1, BoardSnapshot::Display(seen));
    }
}

fn wifi(now: &mut bool, on: bool, log: &mut Log) -> Option<Happening> {
    (*now != on).then(|| *now = on)?;
    log.add(if on { "Wi-Fi joined" } else { "Wi-Fi lost" });
    Some(Happening::Network(on))
}
