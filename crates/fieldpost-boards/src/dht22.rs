//! A DHT22 at the other end of its one wire: hears the start signal and answers, edge by edge.
//!
//! Timing is the data sheet's. The wire is open-drain with a pull-up: low if anybody pulls it low.
//! What goes wrong with real sensors goes wrong here on demand ([`Trouble`]), or by chance in the
//! form of noise. A driver works on a [`Wire`]; the world changes the [`Dht22`] behind it.

use crate::nature::Chance;
use crate::pins::VirtualTime;
use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const MICROS: u64 = 1_000;
const MILLIS: u64 = 1_000_000;

/// How long the start signal must be at least.
pub const START: u64 = 800 * MICROS;
/// How long the sensor needs after power-on.
pub const WAKE: u64 = 1_000 * MILLIS;
/// How long the sensor must rest between two answers.
pub const REST: u64 = 2_000 * MILLIS;

/// Something that is wrong with a sensor.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Nothing is.
    #[default]
    None,
    /// It does not answer: a loose wire.
    Silent,
    /// It pulls the wire low for good: a short circuit.
    Stuck,
    /// It stops in the middle of its answer.
    Cut,
    /// One bit arrives wrong.
    Flipped,
    /// It says what cannot be: 204.7 % at -204.7 °C, with a correct check sum.
    Nonsense,
}

/// The length of each part of an answer, in nanoseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timing {
    /// From the host's release of the wire to the answer.
    pub pause: u64,
    /// The low and the high half of the greeting, each.
    pub greeting: u64,
    /// The low before each bit.
    pub gap: u64,
    /// The high of a zero.
    pub zero: u64,
    /// The high of a one.
    pub one: u64,
    /// By how much each part may be longer or shorter, by chance.
    pub jitter: u64,
}

impl Timing {
    /// The typical values of the data sheet; the jitter stays within its bounds.
    pub const DATASHEET: Self = Self {
        pause: 30 * MICROS,
        greeting: 80 * MICROS,
        gap: 50 * MICROS,
        zero: 26 * MICROS,
        one: 70 * MICROS,
        jitter: 2 * MICROS,
    };
}

/// The sensor: what the world does to it.
#[derive(Clone, Debug)]
pub struct Dht22 {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    time: VirtualTime,
    timing: Timing,
    chance: Chance,
    frame: [u8; 5],
    trouble: Trouble,
    /// The host pulls the wire low since then.
    pulled: Option<u64>,
    /// The moments at which the level changes, the first change being to low.
    edges: Vec<u64>,
    /// When the last answer began.
    answered: Option<u64>,
}

impl Dht22 {
    /// Switches a sensor on.
    pub fn new(time: VirtualTime, seed: u64) -> Self {
        let state = State {
            time,
            timing: Timing::DATASHEET,
            chance: Chance::new(seed),
            frame: frame(0, 0),
            trouble: Trouble::None,
            pulled: None,
            edges: Vec::new(),
            answered: None,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// The end of the wire that goes to the board.
    pub fn wire(&self) -> Wire {
        Wire { state: self.state.clone() }
    }

    /// Sets what there is to measure, in degrees Celsius and percent; the sensor knows tenths.
    pub fn set(&self, temperature: f32, humidity: f32) {
        let tenths = |value: f32| (value * 10.0).round() as i32;
        let temperature = tenths(temperature).clamp(-400, 800) as i16;
        let humidity = tenths(humidity).clamp(0, 1000) as u16;
        self.lock().frame = frame(temperature, humidity);
    }

    /// Sets the very bytes of the answer.
    pub fn set_frame(&self, frame: [u8; 5]) {
        self.lock().frame = frame;
    }

    /// Sets what is wrong.
    pub fn trouble(&self, trouble: Trouble) {
        self.lock().trouble = trouble;
    }

    /// Sets how long each part of an answer is.
    pub fn set_timing(&self, timing: Timing) {
        self.lock().timing = timing;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The five bytes of an answer: humidity, temperature with its sign in the highest bit, check sum.
pub fn frame(temperature: i16, humidity: u16) -> [u8; 5] {
    let sign = if temperature < 0 { 0x8000 } else { 0 };
    let [h1, h2] = humidity.to_be_bytes();
    let [t1, t2] = (temperature.unsigned_abs() | sign).to_be_bytes();
    let sum = [h1, h2, t1, t2].into_iter().fold(0_u8, u8::wrapping_add);
    [h1, h2, t1, t2, sum]
}

impl State {
    /// The host pulls the wire low.
    fn pull(&mut self) {
        let now = self.time.nanos();
        self.pulled.get_or_insert(now);
    }

    /// The host lets go of the wire; after a start signal the sensor answers.
    fn release(&mut self) {
        let now = self.time.nanos();
        let Some(since) = self.pulled.take() else { return };
        let rested = self.answered.is_none_or(|last| now >= last + REST);
        let able = !matches!(self.trouble, Trouble::Silent | Trouble::Stuck);
        if now - since >= START && now >= WAKE && rested && able {
            self.answered = Some(now);
            self.answer(now);
        }
    }

    /// Lays down the edges of the answer.
    fn answer(&mut self, now: u64) {
        let timing = self.timing;
        let mut frame = self.frame;
        match self.trouble {
            Trouble::Nonsense => frame = [0x07, 0xFF, 0x87, 0xFF, 0x8C],
            Trouble::Flipped => {
                let bit = self.chance.below(40) as usize;
                frame[bit / 8] ^= 0x80 >> (bit % 8);
            }
            _ => {}
        }
        let bits =
            if self.trouble == Trouble::Cut { 1 + self.chance.below(38) as usize } else { 40 };
        self.edges.clear();
        let mut at = now;
        for length in [timing.pause, timing.greeting, timing.greeting] {
            at += self.about(length);
            self.edges.push(at);
        }
        for bit in 0..bits {
            let one = frame[bit / 8] >> (7 - bit % 8) & 1 == 1;
            for length in [timing.gap, if one { timing.one } else { timing.zero }] {
                at += self.about(length);
                self.edges.push(at);
            }
        }
        // A last low, and the wire is free again; a sensor that was cut off lets go at once.
        if bits == 40 {
            at += self.about(timing.gap);
            self.edges.push(at);
        }
    }

    fn about(&mut self, length: u64) -> u64 {
        let jitter = self.timing.jitter;
        let play = if jitter == 0 { 0 } else { self.chance.below(2 * jitter + 1) };
        (length + play).saturating_sub(jitter)
    }

    fn is_high(&self) -> bool {
        if self.pulled.is_some() || self.trouble == Trouble::Stuck {
            return false;
        }
        let now = self.time.nanos();
        let passed = self.edges.partition_point(|edge| *edge <= now);
        // Before the first edge and after the last one the pull-up wins.
        passed % 2 == 0 || passed == self.edges.len()
    }
}

/// The board's end of the wire, as a driver uses it.
#[derive(Clone, Debug)]
pub struct Wire {
    state: Arc<Mutex<State>>,
}

impl ErrorType for Wire {
    type Error = Infallible;
}

impl OutputPin for Wire {
    fn set_low(&mut self) -> Result<(), Infallible> {
        lock(&self.state).pull();
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        lock(&self.state).release();
        Ok(())
    }
}

impl InputPin for Wire {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(lock(&self.state).is_high())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!lock(&self.state).is_high())
    }
}
