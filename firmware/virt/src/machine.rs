//! Power on, run, power off.

use crate::{clock, console};
use alloc::alloc::Layout;
use core::fmt::Write;
use core::panic::PanicInfo;
use core::pin::pin;
use core::task::{Context, Waker};
use embedded_alloc::LlffHeap;
use fieldpost_shell::settings::{ROOM, Settings};
use log::error;

const POWER: *mut u32 = 0x0010_0000 as *mut u32;
/// Where QEMU is told to lay the settings (`-device loader`).
const SETTINGS: *const u8 = 0x8700_0000 as *const u8;

#[global_allocator]
static HEAP: LlffHeap = LlffHeap::empty();

/// Starts the machine and reads its settings.
pub fn start() -> Settings {
    static mut POOL: [u8; 1 << 20] = [0; 1 << 20];
    // SAFETY: nothing else uses the pool, and this runs once. The network card's rings live in it.
    unsafe { HEAP.init(&raw mut POOL as usize, 1 << 20) };
    console::init();
    // SAFETY: ordinary memory, and nobody writes there.
    let kept = unsafe { core::slice::from_raw_parts(SETTINGS, ROOM) };
    match Settings::read(kept) {
        Ok(settings) => settings,
        Err(wrong) => {
            error!("settings: {wrong}");
            stop(false)
        }
    }
}

/// Runs a program until it ends, looking at it once a millisecond, and switches the machine off.
pub fn run(program: impl Future<Output = ()>) -> ! {
    let mut program = pin!(program);
    let mut context = Context::from_waker(Waker::noop());
    while program.as_mut().poll(&mut context).is_pending() {
        clock::doze();
    }
    stop(true)
}

/// Numbers that look random. The machine has no source of chance: never use this for real secrets.
pub fn chance() -> u64 {
    use core::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let calls = CALLS.load(Ordering::Relaxed).wrapping_add(1);
    CALLS.store(calls, Ordering::Relaxed);
    let mixed = (embassy_time::Instant::now().as_ticks() << 20) ^ u64::from(calls);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Switches the machine off.
fn stop(well: bool) -> ! {
    let word = if well { 0x5555 } else { (1 << 16) | 0x3333 };
    loop {
        // SAFETY: the machine's power switch.
        unsafe { POWER.write_volatile(word) };
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // The serial port takes everything.
    let _ = writeln!(console::Console, "{info}");
    stop(false)
}

/// Memory for the network card, aligned to pages.
pub(crate) fn pages(count: usize) -> Layout {
    Layout::from_size_align(count * 4096, 4096).expect("a few pages")
}
