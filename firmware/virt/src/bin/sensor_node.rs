//! The sensor node on the virtual machine. Type `q` to switch it off.

#![no_std]
#![no_main]

use embassy_futures::select::select6;
use fieldpost_node::{Lane, Led, Reading, SensorNode};
use fieldpost_shell::{Lights, Line, Room, Shell};
use fieldpost_virt::{console, machine, network};
use log::info;
use static_cell::ConstStaticCell;

/// Joins the node, its jobs and the machine.
#[riscv_rt::entry]
fn main() -> ! {
    let settings = machine::start();
    let config = settings.sensor(1).expect("settings for a sensor node");
    let (network, mut card) = network::join(1);

    static ROOMS: ConstStaticCell<[Room; 2]> = ConstStaticCell::new([Room::new(), Room::new()]);
    let [room, held_room] = ROOMS.take();
    let shell = Shell::new(SensorNode::<1024>::new(config), Printed);
    machine::run(async {
        select6(
            card.run(),
            shell.keep_time(|| ()),
            shell.follow(network),
            shell.talk(Lane::Exchange, Line::new(network, &settings, room, machine::chance)),
            shell.talk(Lane::Held, Line::new(network, &settings, held_room, machine::chance)),
            embassy_futures::select::select(measure(&shell), off()),
        )
        .await;
    })
}

/// Job: plays a sensor that counts, in tenths, from 20.0 to 59.9 and over again.
async fn measure<const N: usize>(shell: &Shell<SensorNode<N>, Printed>) -> ! {
    for count in (0..400).cycle() {
        shell.wants_reading().await;
        shell.measured(Reading::from_tenths(200 + count, 550));
    }
    unreachable!("counting never ends")
}

/// Ends when somebody types `q`.
async fn off() {
    while console::key().await != b'q' {}
}

struct Printed;

impl Lights for Printed {
    fn set(&mut self, led: Led, on: bool) {
        info!("light: {led:?} {}", if on { "on" } else { "off" });
    }
}
