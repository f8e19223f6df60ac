//! The machine's clock, as embassy-time wants it.

use core::task::Waker;
use embassy_time_driver::Driver;

/// Counts up at 10 MHz.
const MTIME: *const u32 = 0x0200_BFF8 as *const u32;
/// Raises the timer interrupt once [`MTIME`] gets there.
const MTIMECMP: *mut u32 = 0x0200_4000 as *mut u32;

struct Clock;

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock);

impl Driver for Clock {
    fn now(&self) -> u64 {
        ticks() / 10
    }

    /// Nobody has to be woken: [`crate::machine::run`] looks at everything once a millisecond.
    fn schedule_wake(&self, _at: u64, _waker: &Waker) {}
}

fn ticks() -> u64 {
    loop {
        // SAFETY: the registers of the clock of this machine; reading them has no effect.
        let (high, low, again) = unsafe {
            (MTIME.add(1).read_volatile(), MTIME.read_volatile(), MTIME.add(1).read_volatile())
        };
        if high == again {
            return (u64::from(high) << 32) | u64::from(low);
        }
    }
}

/// Sleeps for a millisecond.
pub(crate) fn doze() {
    let until = ticks() + 10_000;
    // SAFETY: interrupts are off as a whole, so the timer's ends the sleep and calls nothing.
    unsafe {
        MTIMECMP.add(1).write_volatile(u32::MAX);
        MTIMECMP.write_volatile(until as u32);
        MTIMECMP.add(1).write_volatile((until >> 32) as u32);
        riscv::register::mie::set_mtimer();
    }
    riscv::asm::wfi();
}
