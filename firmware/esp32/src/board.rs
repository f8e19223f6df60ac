//! Which pin is what, on every board. This is the only place that says so.
//!
//! Every board can run either program; a pin that a program does not use may stay free. The pins of the
//! first two boards are those of the tutorial that this project began with.

use esp_hal::clock::CpuClock;
use esp_hal::peripherals::{FLASH, I2C0, RTC_TIMER, WIFI};
use esp_hal::ram;
use esp_hal::timer::timg::TimerGroup;

#[cfg(not(any(
    feature = "board-doit",
    feature = "board-heltec",
    feature = "board-c3-devkit",
    feature = "board-c6-devkit",
    feature = "board-s3-devkit",
)))]
compile_error!("Pick a board, such as `--features board-doit`: see firmware/.cargo/config.toml.");

#[cfg(any(
    all(feature = "board-doit", feature = "board-heltec"),
    all(feature = "board-c3-devkit", feature = "board-c6-devkit"),
))]
compile_error!("Pick one board only.");

/// Makes [`Board`] from a table of pins.
macro_rules! board {
    ($name:literal, $($part:ident: $pin:ident,)*) => {
        /// The name of the board that this firmware is for.
        pub const NAME: &str = $name;

        /// The parts of the board that the programs use.
        pub struct Board {
            $(#[doc = stringify!($part)] pub $part: esp_hal::peripherals::$pin<'static>,)*
            /// The bus of the display.
            pub i2c: I2C0<'static>,
            /// The radio.
            pub wifi: WIFI<'static>,
            /// The flash memory.
            pub flash: FLASH<'static>,
            /// What the watchdog runs on.
            pub rtc: RTC_TIMER<'static>,
        }

        /// Starts the chip: log, clocks, memory, scheduler. Gives its parts.
        pub fn start() -> Board {
            esp_println::logger::init_logger_from_env();
            let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
            // The radio wants about 50 KiB once it is on the network; the first part is memory that the
            // boot loader no longer needs.
            esp_alloc::heap_allocator!(#[ram(reclaimed)] size: 64 * 1024);
            esp_alloc::heap_allocator!(size: 36 * 1024);
            esp_rtos::start(TimerGroup::new(chip.TIMG0).timer0, chip.FROM_CPU_INTR0);
            log::info!("Fieldpost {} on {NAME}", env!("CARGO_PKG_VERSION"));
            Board {
                $($part: chip.$pin,)*
                i2c: chip.I2C0,
                wifi: chip.WIFI,
                flash: chip.FLASH,
                rtc: chip.RTC_TIMER,
            }
        }
    };
}

#[cfg(feature = "board-doit")]
board! { "ESP32 DOIT DevKit",
    // Sensor node.
    dht22:     GPIO23,
    remote:    GPIO22, // the light that is switched from far away
    // Display node, with a display module wired to it.
    sda:       GPIO18,
    scl:       GPIO19,
    reset:     GPIO17,
    button:    GPIO0,  // the button called BOOT
    // Both.
    heartbeat: GPIO2,  // the blue light on the board
}

#[cfg(feature = "board-heltec")]
board! { "Heltec WiFi Kit 32",
    // Sensor node, with a sensor and a light wired to it.
    dht22:     GPIO23,
    remote:    GPIO22,
    // Display node: the display is on the board.
    sda:       GPIO4,
    scl:       GPIO15,
    reset:     GPIO16, // must be high, or the display stays dark
    button:    GPIO21,
    // Both.
    heartbeat: GPIO25, // the white light on the board
}

#[cfg(feature = "board-c3-devkit")]
board! { "ESP32-C3 DevKit",
    dht22:     GPIO4,
    remote:    GPIO5,
    sda:       GPIO6,
    scl:       GPIO7,
    reset:     GPIO10,
    button:    GPIO9,  // the button called BOOT
    heartbeat: GPIO3,  // wire a light to it: the one on the board is not a plain one
}

#[cfg(feature = "board-c6-devkit")]
board! { "ESP32-C6 DevKit",
    dht22:     GPIO2,
    remote:    GPIO3,
    sda:       GPIO6,
    scl:       GPIO7,
    reset:     GPIO10,
    button:    GPIO9,  // the button called BOOT
    heartbeat: GPIO1,  // wire a light to it: the one on the board is not a plain one
}

#[cfg(feature = "board-s3-devkit")]
board! { "ESP32-S3 DevKit",
    dht22:     GPIO4,
    remote:    GPIO5,
    sda:       GPIO8,
    scl:       GPIO9,
    reset:     GPIO10,
    button:    GPIO0,  // the button called BOOT
    heartbeat: GPIO6,  // wire a light to it: the one on the board is not a plain one
}
