//! The display: an SSD1306 with 128 × 64 pixels at address 0x3C.
//!
//! A display that is missing, or comes loose, must not stop the node: every step has a time-out, and a
//! display that failed is started anew every few seconds.

use embassy_futures::select::{Either, select};
use embassy_time::{Delay, Duration, Timer, with_timeout};
use esp_hal::Async;
use esp_hal::gpio::{Level, Output, OutputConfig, OutputPin};
use esp_hal::i2c::master::{Config, I2c};
use esp_hal::peripherals::I2C0;
use esp_hal::time::Rate;
use fieldpost_node::{Node, Screen};
use fieldpost_shell::{Lights, Shell};
use ssd1306::mode::BufferedGraphicsModeAsync;
use ssd1306::prelude::*;
use ssd1306::{I2CDisplayInterface, Ssd1306Async};

type Driver = Ssd1306Async<
    I2CInterface<I2c<'static, Async>>,
    DisplaySize128x64,
    BufferedGraphicsModeAsync<DisplaySize128x64>,
>;

/// The display.
pub struct Oled {
    driver: Driver,
    reset: Output<'static>,
    ready: bool,
}

impl Oled {
    /// How long one step on the bus may take: a whole picture takes 25 ms.
    const STEP: Duration = Duration::from_millis(500);
    /// When to try again.
    const RETRY: Duration = Duration::from_secs(5);

    /// Takes the bus, and the pins it is wired to.
    pub fn new(
        bus: I2C0<'static>,
        sda: impl esp_hal::gpio::InputPin + OutputPin + 'static,
        scl: impl esp_hal::gpio::InputPin + OutputPin + 'static,
        reset: impl OutputPin + 'static,
    ) -> Self {
        let config = Config::default().with_frequency(Rate::from_khz(400));
        let bus = I2c::new(bus, config).expect("400 kHz is a speed of this bus");
        let bus = bus.with_sda(sda).with_scl(scl).into_async();
        let interface = I2CDisplayInterface::new(bus);
        let driver = Ssd1306Async::new(interface, DisplaySize128x64, DisplayRotation::Rotate0);
        Self {
            driver: driver.into_buffered_graphics_mode(),
            // Low holds the display in reset.
            reset: Output::new(reset, Level::High, OutputConfig::default()),
            ready: false,
        }
    }

    /// Job: shows what the node wants shown.
    pub async fn serve<N: Node, L: Lights>(mut self, shell: &Shell<N, L>) -> ! {
        let mut screen = shell.wants_shown().await;
        loop {
            self.show(&screen).await;
            screen = if self.ready {
                shell.wants_shown().await
            } else {
                match select(shell.wants_shown(), Timer::after(Self::RETRY)).await {
                    Either::First(newer) => newer,
                    Either::Second(()) => screen,
                }
            };
        }
    }

    async fn show(&mut self, screen: &Screen) {
        if !self.ready {
            self.ready = self.start().await;
        }
        if self.ready {
            // Drawing goes into memory and cannot fail.
            let _ = screen.draw(&mut self.driver);
            self.ready = matches!(with_timeout(Self::STEP, self.driver.flush()).await, Ok(Ok(())));
            if !self.ready {
                log::warn!("display: no answer on the bus");
            }
        }
    }

    async fn start(&mut self) -> bool {
        // A level cannot fail.
        let _ = self.driver.reset(&mut self.reset, &mut Delay).await;
        let result = with_timeout(Self::STEP, self.driver.init()).await;
        let well = matches!(result, Ok(Ok(())));
        if well {
            log::info!("display: ready");
        } else {
            log::warn!("display: does not answer at address 0x3C");
        }
        well
    }
}
