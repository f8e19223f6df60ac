//! The weather around a virtual sensor: what was set, with a gentle walk around it.
//!
//! A real room is never still. A walk that is pulled back to the middle stays within a few tenths of
//! what was set and never jumps. It is replayable: the same seed and times give the same weather.

use std::time::Duration;

/// The climate at one place.
#[derive(Clone, Debug)]
pub struct Nature {
    temperature: f32,
    humidity: f32,
    astray: [f32; 2],
    chance: Chance,
    last: Duration,
}

impl Nature {
    /// How far the temperature strays, at most.
    pub const DEGREES: f32 = 0.6;
    /// How far the humidity strays, at most.
    pub const PERCENT: f32 = 2.5;

    /// Starts with a pleasant room.
    pub const fn new(seed: u64) -> Self {
        Self {
            temperature: 21.5,
            humidity: 55.0,
            astray: [0.0; 2],
            chance: Chance::new(seed),
            last: Duration::ZERO,
        }
    }

    /// Sets the middle of the walk; kept within what a DHT22 can measure. No number changes nothing.
    pub fn set(&mut self, temperature: f32, humidity: f32) {
        if temperature.is_finite() {
            self.temperature = temperature.clamp(-40.0, 80.0);
        }
        if humidity.is_finite() {
            self.humidity = humidity.clamp(0.0, 100.0);
        }
    }

    /// What was set: temperature and humidity.
    pub const fn middle(&self) -> (f32, f32) {
        (self.temperature, self.humidity)
    }

    /// What it is like at a time since the beginning: temperature and humidity.
    pub fn at(&mut self, time: Duration) -> (f32, f32) {
        // Steps of one second; after a long pause the walk has forgotten where it was anyway.
        let steps = time.saturating_sub(self.last).as_secs().min(300);
        if steps > 0 {
            self.last = time;
        }
        for _ in 0..steps {
            let (one, two) = (self.step(), self.step());
            self.astray[0] =
                (self.astray[0] * 0.97 + one * 0.09).clamp(-Self::DEGREES, Self::DEGREES);
            self.astray[1] =
                (self.astray[1] * 0.97 + two * 0.36).clamp(-Self::PERCENT, Self::PERCENT);
        }
        let temperature = (self.temperature + self.astray[0]).clamp(-40.0, 80.0);
        let humidity = (self.humidity + self.astray[1]).clamp(0.0, 100.0);
        (temperature, humidity)
    }

    /// A number from -1 to 1.
    fn step(&mut self) -> f32 {
        (self.chance.draw() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Chance from a seed: the same seed, the same luck. A SplitMix64 sequence.
#[derive(Clone, Debug)]
pub struct Chance {
    state: u64,
}

impl Chance {
    /// Begins a sequence.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number.
    pub const fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next number below this one; 0 if there is none.
    pub const fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.draw() % end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_never_flat_and_never_far_from_what_was_set() {
        let mut nature = Nature::new(7);
        nature.set(24.0, 40.0);
        let day: Vec<(f32, f32)> =
            (0..28_800).map(|n| nature.at(Duration::from_secs(n * 3))).collect();
        assert!(day.iter().all(|(t, h)| (t - 24.0).abs() <= 0.61 && (h - 40.0).abs() <= 2.51));
        let tenths = |t: f32| (t * 10.0).round() as i32;
        let mut seen: Vec<i32> = day.iter().take(60).map(|(t, _)| tenths(*t)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() > 2, "three minutes of {seen:?}");
        assert!(day.windows(2).all(|pair| (pair[0].0 - pair[1].0).abs() < 0.4), "a jump");
    }

    #[test]
    fn the_same_seed_is_the_same_weather() {
        let walk = |seed| {
            let mut nature = Nature::new(seed);
            (1..50).map(|n| nature.at(Duration::from_secs(n)).0.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(walk(1), walk(1));
        assert_ne!(walk(1), walk(2));
    }

    #[test]
    fn what_cannot_be_measured_cannot_be_set() {
        let mut nature = Nature::new(1);
        nature.set(f32::NAN, f32::INFINITY);
        assert_eq!(nature.middle(), (21.5, 55.0));
        nature.set(1e9, -3.0);
        assert_eq!(nature.middle(), (80.0, 0.0));
    }
}
