//! What restarts a board that hangs or panics.

use esp_hal::delay::Delay;
use esp_hal::peripherals::RTC_TIMER;
use esp_hal::rtc_cntl::{Rtc, RwdtStage};
use esp_hal::time::Duration;

/// The watchdog. Everything runs on one executor, so whatever hangs keeps it from being fed.
pub struct Watchdog(Rtc<'static>);

impl Watchdog {
    /// The longest time without [`Watchdog::feed`]; the shell's pulse is a quarter of it.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Lets it loose.
    pub fn new(rtc: RTC_TIMER<'static>) -> Self {
        let mut rtc = Rtc::new(rtc);
        rtc.rwdt.set_timeout(RwdtStage::Stage0, Self::PATIENCE);
        rtc.rwdt.enable();
        Self(rtc)
    }

    /// Says that all is well.
    pub fn feed(&mut self) {
        self.0.rwdt.feed();
    }
}

/// Called by the panic handler once it has printed what happened.
#[unsafe(no_mangle)]
extern "Rust" fn custom_halt() -> ! {
    // Time for the last words to leave the serial port, and for a restarting board not to flicker.
    Delay::new().delay_millis(2_000);
    esp_hal::system::software_reset()
}
