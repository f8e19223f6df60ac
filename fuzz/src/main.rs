//! Bends MQTT packets for as long as it is told, from a seed: `cargo run --release -- SECONDS [SEED]`, in this folder. Works with any
//! toolchain. A panic ends it, with the bytes that made it; put them into `samples()` as a test. The short form is
//! `crates/fieldpost-mqtt/tests/drill`, which runs with all tests.

#[path = "../../crates/fieldpost-mqtt/tests/drill/bend.rs"]
mod bend;

use std::time::{Duration, Instant};

use fieldpost_mqtt::drill;

fn main() {
    let mut args = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("a number"));
    let seconds = args.next().unwrap_or(60);
    let seed = args.next().unwrap_or(1).max(1);
    let (samples, mut dice) = (bend::samples(), bend::Dice(seed));
    let (began, mut inputs, mut far) = (Instant::now(), 0_u64, 0_u64);
    while began.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..10_000 {
            let bytes = bend::bend(&mut dice, &samples);
            let done = std::panic::catch_unwind(|| drill(&bytes));
            let packets = done.unwrap_or_else(|_| {
                eprintln!("seed {seed}, input {inputs}: {bytes:02x?}");
                std::process::exit(1);
            });
            inputs += 1;
            far += u64::from(packets > 1);
        }
    }
    println!("seed {seed}: {inputs} inputs, {far} of them got behind CONNECT, no panic");
}
