//! The two boards of the tutorial side by side, with a hand on their weather, button and Wi-Fi.

use crate::dht22::Trouble;
use crate::display_board::DisplayBoard;
use crate::event::{BoardEvent, Control};
use crate::sensor_board::SensorBoard;
use crate::shell::{self, Board, Show};
use crate::snapshot::{BoardId, BoardSnapshot, Snapshot};
use fieldpost_client::Client;
use fieldpost_node::{DisplayConfig, Reader, SensorConfig, Told, Writer};
use fieldpost_wire::{ApiKey, ChannelId};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

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
    /// The hands on the sensor node and on the display node; none once the bench is switched off.
    hands: Mutex<Vec<mpsc::Sender<Control>>>,
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
        let BenchConfig { server, readings, command, interval } = config;
        let (show, seen) = watch::channel(Snapshot { boards: Vec::new() });
        let show = Arc::new(show);
        let sensor = SensorConfig {
            command: command.reader(),
            readings: readings.writer(),
            interval,
            told,
            seed: 1,
        };
        let display = DisplayConfig {
            readings: readings.reader(),
            command: command.writer(),
            interval,
            told,
            seed: 2,
        };
        let sensor = SensorBoard::new(sensor, Place { at: 0, show: show.clone() });
        let display = DisplayBoard::new(display, Place { at: 1, show });
        let (sensor, display) = (switch_on(sensor, &server), switch_on(display, &server));
        let inner = Inner {
            hands: Mutex::new(vec![sensor.0, display.0]),
            seen,
            tasks: Mutex::new(vec![sensor.1, display.1]),
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
        self.give(BoardId::Sensor, Control::Climate { temperature, humidity });
    }

    /// Makes something wrong with the sensor, or right again.
    pub fn sensor_trouble(&self, trouble: Trouble) {
        self.give(BoardId::Sensor, Control::Sensor(trouble));
    }

    /// Presses the button, or lets go of it.
    pub fn button(&self, pressed: bool) {
        self.give(BoardId::Display, Control::Button(pressed));
    }

    /// Takes a board's Wi-Fi away, or gives it back.
    pub fn wifi(&self, board: BoardId, connected: bool) {
        self.give(board, Control::Wifi(connected));
    }

    /// Switches both boards off and waits until they are.
    pub async fn stop(&self) {
        lock(&self.inner.hands).clear();
        let tasks = std::mem::take(&mut *lock(&self.inner.tasks));
        for task in tasks {
            // A board that panicked is off as well.
            let _ = task.await;
        }
    }

    /// Does something to a board. One that has 64 such things waiting is not listening; it misses this one.
    fn give(&self, board: BoardId, control: Control) {
        let at = match board {
            BoardId::Sensor => 0,
            BoardId::Display => 1,
        };
        if let Some(hand) = lock(&self.inner.hands).get(at) {
            let _ = hand.try_send(control);
        }
    }
}

fn switch_on<B: Board>(mut board: B, server: &str) -> (mpsc::Sender<Control>, JoinHandle<()>) {
    board.publish();
    let (hand, controls) = mpsc::channel(64);
    (hand, tokio::spawn(shell::run(board, Client::new(server), controls)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A board's place in the snapshot.
struct Place {
    at: usize,
    show: Arc<watch::Sender<Snapshot>>,
}

impl Show for Place {
    fn event(&mut self, _event: BoardEvent) {}

    fn board(&mut self, board: BoardSnapshot) {
        self.show.send_if_modified(|snapshot| match snapshot.boards.get_mut(self.at) {
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
}
