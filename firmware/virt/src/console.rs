//! The serial port: the log goes out, keys come in.

use core::fmt::{self, Write};
use embassy_time::{Duration, Instant, Timer};
use log::{LevelFilter, Log, Metadata, Record};

const UART: *mut u8 = 0x1000_0000 as *mut u8;

/// The serial port, to print to.
pub struct Console;

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // SAFETY: the transmit register of this machine's serial port; the emulated one is never full.
            unsafe { UART.write_volatile(byte) };
        }
        Ok(())
    }
}

impl Log for Console {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let now = Instant::now().as_millis();
        // The serial port takes everything.
        let _ = writeln!(Console, "{now:>7} {:<5} {}", record.level(), record.args());
    }

    fn flush(&self) {}
}

/// Sends the log to the serial port.
pub(crate) fn init() {
    // SAFETY: there is one thread, and nothing has been logged yet.
    if unsafe { log::set_logger_racy(&Console) }.is_ok() {
        // SAFETY: as above.
        unsafe { log::set_max_level_racy(LevelFilter::Info) };
    }
}

/// Waits for a key.
pub async fn key() -> u8 {
    loop {
        // SAFETY: line status and receive register of the serial port; bit 0 says that a byte is there.
        unsafe {
            if UART.add(5).read_volatile() & 1 != 0 {
                return UART.read_volatile();
            }
        }
        Timer::after(Duration::from_millis(1)).await;
    }
}
