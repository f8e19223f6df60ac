//! The display node: shows the newest readings, and sends the state of its button.

#![no_std]
#![no_main]
#![deny(clippy::mem_forget)]

use embassy_executor::Spawner;
use embassy_futures::join::{join, join5};
use fieldpost_esp32::{board, button::Button, lamps::Lamps, oled::Oled};
use fieldpost_esp32::{settings, watchdog::Watchdog, wifi};
use fieldpost_node::{DisplayNode, Lane};
use fieldpost_shell::{Line, Room, Settings, Shell};
use static_cell::{ConstStaticCell, StaticCell};

esp_bootloader_esp_idf::esp_app_desc!();

static SETTINGS: StaticCell<Settings> = StaticCell::new();
static SHELL: StaticCell<Shell<DisplayNode, Lamps>> = StaticCell::new();
static ROOM: ConstStaticCell<Room> = ConstStaticCell::new(Room::new());
static HELD_ROOM: ConstStaticCell<Room> = ConstStaticCell::new(Room::new());

#[esp_rtos::main]
async fn main(spawner: Spawner) -> ! {
    let board = board::start();
    let settings: &Settings = SETTINGS.init(settings::find(board.flash).await);
    let config = settings::need(settings.display(wifi::random())).await;

    let mut watchdog = Watchdog::new(board.rtc);
    let display = Oled::new(board.i2c, board.sda, board.scl, board.reset);
    let button = Button::new(board.button);
    let network = wifi::join(spawner, board.wifi, settings);
    let line = Line::new(network, settings, ROOM.take(), wifi::random);
    let held_line = Line::new(network, settings, HELD_ROOM.take(), wifi::random);

    let shell =
        SHELL.init_with(|| Shell::new(DisplayNode::new(config), Lamps::new(board.heartbeat)));
    join5(
        shell.keep_time(|| watchdog.feed()),
        shell.follow(network),
        shell.talk(Lane::Exchange, line),
        shell.talk(Lane::Held, held_line),
        join(display.serve(shell), button.watch(shell)),
    )
    .await
    .0
}
