//! The display node on the virtual machine. Type `b` to press its button and `q` to switch it off.

#![no_std]
#![no_main]

use embassy_futures::select::{select, select6};
use embassy_time::{Duration, Timer};
use fieldpost_node::{DisplayNode, Event, Lane, Led};
use fieldpost_shell::{Lights, Line, Room, Shell};
use fieldpost_virt::display::Paper;
use fieldpost_virt::{console, machine, network};
use log::info;
use static_cell::ConstStaticCell;

/// Joins the node, its jobs and the machine.
#[riscv_rt::entry]
fn main() -> ! {
    let settings = machine::start();
    let config = settings.display(2).expect("settings for a display node");
    let (network, mut card) = network::join(2);

    static ROOMS: ConstStaticCell<[Room; 2]> = ConstStaticCell::new([Room::new(), Room::new()]);
    let [room, held_room] = ROOMS.take();
    let shell = Shell::new(DisplayNode::new(config), Printed);
    machine::run(async {
        select6(
            card.run(),
            shell.keep_time(|| ()),
            shell.follow(network),
            shell.talk(Lane::Exchange, Line::new(network, &settings, room, machine::chance)),
            shell.talk(Lane::Held, Line::new(network, &settings, held_room, machine::chance)),
            select(show(&shell), keys(&shell)),
        )
        .await;
    })
}

/// Job: prints what the node shows.
async fn show(shell: &Shell<DisplayNode, Printed>) -> ! {
    let mut paper = Paper::new();
    loop {
        let screen = shell.wants_shown().await;
        let Ok(()) = screen.draw(&mut paper);
        info!("screen: {screen:?}\n{paper}");
    }
}

/// Plays the button, until somebody types `q`.
async fn keys(shell: &Shell<DisplayNode, Printed>) {
    loop {
        match console::key().await {
            b'b' => {
                info!("button: pressed");
                shell.hear(Event::Button { pressed: true });
                Timer::after(Duration::from_millis(80)).await;
                shell.hear(Event::Button { pressed: false });
            }
            b'q' => return,
            _ => {}
        }
    }
}

struct Printed;

impl Lights for Printed {
    fn set(&mut self, led: Led, on: bool) {
        info!("light: {led:?} {}", if on { "on" } else { "off" });
    }
}
