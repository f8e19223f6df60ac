//! The virtual DHT22 under a published driver, and under a ruler.

use dht_sensor::DhtError;
use dht_sensor::dht22::Reading;
use dht_sensor::dht22::blocking::read;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{InputPin, OutputPin};
use fieldpost_boards::Trouble;
use fieldpost_boards::dht22::{Dht22, Timing, Wire, frame};
use fieldpost_boards::pins::VirtualTime;
use fieldpost_node::SensorFault;
use std::convert::Infallible;

struct Desk {
    time: VirtualTime,
    sensor: Dht22,
    wire: Wire,
}

impl Desk {
    /// A sensor that has been under power for two seconds.
    fn new() -> Self {
        let time = VirtualTime::default();
        time.reach_millis(2_000);
        let sensor = Dht22::new(time.clone(), 1);
        Self { time, wire: sensor.wire(), sensor }
    }

    fn read(&mut self) -> Result<Reading, DhtError<Infallible>> {
        read(&mut self.time, &mut self.wire)
    }

    fn rest(&mut self) {
        self.time.delay_ms(2_000);
    }

    /// Pulls the wire low for so many microseconds, then measures how long each level lasts.
    fn measure(&mut self, start_us: u32) -> Vec<(bool, u64)> {
        self.wire.set_low().unwrap();
        self.time.delay_us(start_us);
        self.wire.set_high().unwrap();
        let mut runs: Vec<(bool, u64)> = Vec::new();
        for _ in 0..8_000 {
            let level = self.wire.is_high().unwrap();
            match runs.last_mut() {
                Some((last, length)) if *last == level => *length += 1,
                _ => runs.push((level, 1)),
            }
            self.time.delay_us(1);
        }
        runs
    }
}

#[test]
fn the_data_sheets_examples_read_as_printed() {
    let mut desk = Desk::new();
    for (frame, humidity, temperature) in [
        ([0x02, 0x8C, 0x01, 0x5F, 0xEE], 65.2, 35.1),
        ([0x02, 0x8C, 0x80, 0x65, 0x73], 65.2, -10.1),
    ] {
        desk.sensor.set_frame(frame);
        let reading = desk.read().unwrap();
        assert_eq!((reading.relative_humidity, reading.temperature), (humidity, temperature));
        desk.rest();
    }
    assert_eq!(frame(351, 652), [0x02, 0x8C, 0x01, 0x5F, 0xEE]);
    assert_eq!(frame(-101, 652), [0x02, 0x8C, 0x80, 0x65, 0x73]);
}

#[test]
fn whatever_is_set_is_read_in_spite_of_the_jitter() {
    let mut desk = Desk::new();
    for n in 0..=1_200_i16 {
        let (temperature, humidity) = (f32::from(n - 400) / 10.0, f32::from(n.min(1_000)) / 10.0);
        desk.sensor.set(temperature, humidity);
        let reading = desk.read().unwrap();
        assert_eq!((reading.temperature, reading.relative_humidity), (temperature, humidity));
        desk.rest();
    }
}

#[test]
fn the_answer_has_the_timing_of_the_data_sheet() {
    let mut desk = Desk::new();
    desk.sensor.set_timing(Timing { jitter: 0, ..Timing::DATASHEET });
    desk.sensor.set_frame([0xA5, 0x00, 0xFF, 0x01, 0xA5]);
    let runs = desk.measure(1_000);
    let mut expected = vec![(true, 30), (false, 80), (true, 80)];
    for byte in [0xA5_u8, 0x00, 0xFF, 0x01, 0xA5] {
        for bit in (0..8).rev() {
            expected.extend([(false, 50), (true, if byte >> bit & 1 == 1 { 70 } else { 26 })]);
        }
    }
    expected.push((false, 50));
    let (last, answer) = runs.split_last().unwrap();
    assert_eq!(answer, expected);
    assert!(last.0, "the wire is free again");
}

#[test]
fn who_has_the_pulses_timed_by_hardware_reads_the_same() {
    let mut desk = Desk::new();
    for (temperature, humidity) in [(-40.0, 0.0), (-0.1, 99.9), (21.5, 55.0), (80.0, 100.0)] {
        desk.sensor.set(temperature, humidity);
        let runs = desk.measure(1_000);
        // From the greeting to the last bit.
        let highs = runs[2..84].iter().filter(|(level, _)| *level);
        let highs: Vec<u16> = highs.map(|(_, length)| *length as u16).collect();
        let reading = fieldpost_node::dht22::decode(&highs);
        assert_eq!(reading, fieldpost_node::Reading::from_units(temperature, humidity));
        assert_eq!(fieldpost_node::dht22::decode(&highs[2..]), Err(SensorFault::Silent));
        desk.rest();
    }
}

#[test]
fn jitter_stays_within_the_data_sheets_bounds() {
    let mut desk = Desk::new();
    for _ in 0..50 {
        for (n, (level, length)) in desk.measure(1_000).into_iter().enumerate().skip(3).take(81) {
            let bounds = if !level {
                48..=55
            } else if length < 50 {
                22..=30
            } else {
                68..=75
            };
            assert!(bounds.contains(&length), "run {n}: {level} for {length} us");
        }
        desk.rest();
    }
}

#[test]
fn no_start_signal_no_answer() {
    let mut desk = Desk::new();
    assert_eq!(desk.measure(500).len(), 1, "too short");
    assert_eq!(desk.measure(1_000).len(), 85, "long enough");
}

#[test]
fn a_sensor_that_was_just_switched_on_or_just_asked_does_not_answer() {
    let time = VirtualTime::default();
    let sensor = Dht22::new(time.clone(), 1);
    let mut desk = Desk { time, wire: sensor.wire(), sensor };
    desk.sensor.set(21.5, 55.0);
    let silent = |desk: &mut Desk| matches!(desk.read(), Err(DhtError::Timeout));
    assert!(silent(&mut desk), "just switched on");
    desk.time.delay_ms(1_000);
    assert!(!silent(&mut desk));
    desk.time.delay_ms(1_900);
    assert!(silent(&mut desk), "not rested");
    desk.time.delay_ms(100);
    assert!(!silent(&mut desk));
}

#[test]
fn every_trouble_shows_and_passes() {
    let mut desk = Desk::new();
    desk.sensor.set(21.5, 55.0);
    for _ in 0..100 {
        for trouble in [Trouble::Silent, Trouble::Stuck, Trouble::Cut, Trouble::Flipped] {
            desk.sensor.trouble(trouble);
            let error = desk.read().unwrap_err();
            let garbled = matches!(error, DhtError::ChecksumMismatch);
            assert_eq!(garbled, trouble == Trouble::Flipped, "{trouble:?}: {error:?}");
            desk.rest();
        }
        desk.sensor.trouble(Trouble::Nonsense);
        let nonsense = desk.read().unwrap();
        assert_eq!((nonsense.temperature, nonsense.relative_humidity), (-204.7, 204.7));
        desk.rest();
        desk.sensor.trouble(Trouble::None);
        assert_eq!(desk.read().unwrap().temperature, 21.5);
        desk.rest();
    }
}

#[test]
fn a_sensor_off_its_timing_is_misread() {
    let mut desk = Desk::new();
    desk.sensor.set(21.5, 55.0);
    let good = Timing::DATASHEET;
    for wrong in [
        Timing { one: 30_000, ..good },
        Timing { zero: 60_000, ..good },
        Timing { greeting: 200_000, ..good },
        Timing { gap: 150_000, ..good },
        Timing { pause: 300_000, ..good },
    ] {
        desk.sensor.set_timing(wrong);
        let misread = !desk.read().is_ok_and(|reading| reading.temperature == 21.5);
        assert!(misread, "{wrong:?}");
        desk.rest();
    }
    desk.sensor.set_timing(good);
    assert!(desk.read().is_ok());
}
