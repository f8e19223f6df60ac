//! Time and pins as a driver sees them: `embedded-hal` on the inside of a host program.
//!
//! Time here is virtual: it moves when a driver waits, and when the board says how late it is. So a
//! microsecond is exactly a microsecond, however busy the host may be.

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A clock that all parts of one board share, in nanoseconds since power-on.
#[derive(Clone, Debug, Default)]
pub struct VirtualTime {
    nanos: Arc<AtomicU64>,
}

impl VirtualTime {
    /// Nanoseconds since power-on.
    pub fn nanos(&self) -> u64 {
        self.nanos.load(Ordering::Relaxed)
    }

    /// Lets time pass until a moment; a moment that is over changes nothing.
    pub fn reach_millis(&self, millis: u64) {
        self.nanos.fetch_max(millis.saturating_mul(1_000_000), Ordering::Relaxed);
    }
}

impl DelayNs for VirtualTime {
    fn delay_ns(&mut self, ns: u32) {
        self.nanos.fetch_add(u64::from(ns), Ordering::Relaxed);
    }
}

/// A wire between a pin and something that listens to it, such as a light. Low at power-on.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    high: Arc<AtomicBool>,
}

impl Wire {
    /// The level of the wire.
    pub fn is_high(&self) -> bool {
        self.high.load(Ordering::Relaxed)
    }

    /// Pulls the wire up or down.
    pub fn set(&self, high: bool) {
        self.high.store(high, Ordering::Relaxed);
    }
}

impl ErrorType for Wire {
    type Error = Infallible;
}

impl OutputPin for Wire {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

impl InputPin for Wire {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(Wire::is_high(self))
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!Wire::is_high(self))
    }
}
