//! The sensor node: measures, posts what it measured, and lets a light be switched from far away.

#![no_std]
#![no_main]
#![deny(clippy::mem_forget)]

use embassy_executor::Spawner;
use embassy_futures::join::join5;
use fieldpost_esp32::{board, dht22::Dht22, lamps::Lamps, settings, watchdog::Watchdog, wifi};
use fieldpost_node::{Lane, SensorNode};
use fieldpost_shell::{Line, Room, Settings, Shell};
use static_cell::{ConstStaticCell, StaticCell};

esp_bootloader_esp_idf::esp_app_desc!();

/// Readings that find room while the server is away: half an hour of them at one in three seconds.
const OUTBOX: usize = 600;

static SETTINGS: StaticCell<Settings> = StaticCell::new();
static SHELL: StaticCell<Shell<SensorNode<OUTBOX>, Lamps>> = StaticCell::new();
static ROOM: ConstStaticCell<Room> = ConstStaticCell::new(Room::new());
static HELD_ROOM: ConstStaticCell<Room> = ConstStaticCell::new(Room::new());

#[esp_rtos::main]
async fn main(spawner: Spawner) -> ! {
    let board = board::start();
    let settings: &Settings = SETTINGS.init(settings::find(board.flash).await);
    let config = settings::need(settings.sensor(wifi::random())).await;

    let mut watchdog = Watchdog::new(board.rtc);
    let sensor = Dht22::new(board.dht22);
    let lamps = Lamps::new(board.heartbeat).with_remote(board.remote);
    let network = wifi::join(spawner, board.wifi, settings);
    let line = Line::new(network, settings, ROOM.take(), wifi::random);
    let held_line = Line::new(network, settings, HELD_ROOM.take(), wifi::random);

    let shell = SHELL.init_with(|| Shell::new(SensorNode::new(config), lamps));
    join5(
        shell.keep_time(|| watchdog.feed()),
        shell.follow(network),
        shell.talk(Lane::Exchange, line),
        shell.talk(Lane::Held, held_line),
        sensor.serve(shell),
    )
    .await
    .0
}
