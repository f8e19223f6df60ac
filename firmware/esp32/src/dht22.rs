//! The DHT22: temperature and humidity over one wire.
//!
//! The driver times the bits by busy waiting, about 5 ms for a reading. An interrupt of the radio in the
//! middle of it spoils the reading now and then, so one failure is followed by a second try.

use dht_sensor::{DhtError, dht22};
use embassy_time::{Duration, Timer};
use esp_hal::delay::Delay;
use esp_hal::gpio::{DriveMode, Flex, InputPin, OutputConfig, OutputPin, Pull};
use fieldpost_node::{Node, Reading, SensorFault};
use fieldpost_shell::{Lights, Shell};

/// The sensor.
pub struct Dht22 {
    wire: Flex<'static>,
    delay: Delay,
}

impl Dht22 {
    /// The sensor must be left alone this long between two readings.
    const REST: Duration = Duration::from_millis(2_050);

    /// Takes the pin of the wire. Both ends only ever pull it low; a resistor pulls it up.
    pub fn new(pin: impl InputPin + OutputPin + 'static) -> Self {
        let mut wire = Flex::new(pin);
        let open_drain = OutputConfig::default().with_drive_mode(DriveMode::OpenDrain);
        wire.apply_output_config(&open_drain.with_pull(Pull::Up));
        wire.set_high();
        wire.set_output_enable(true);
        wire.set_input_enable(true);
        Self { wire, delay: Delay::new() }
    }

    /// Job: reads the sensor when the node wants it.
    pub async fn serve<N: Node, L: Lights>(mut self, shell: &Shell<N, L>) -> ! {
        loop {
            shell.wants_reading().await;
            let mut result = self.read();
            if let Err(fault) = result {
                log::debug!("sensor: {fault}; once more");
                Timer::after(Self::REST).await;
                result = self.read();
            }
            shell.measured(result);
        }
    }

    fn read(&mut self) -> Result<Reading, SensorFault> {
        let read = dht22::blocking::read(&mut self.delay, &mut self.wire);
        self.wire.set_high();
        match read {
            Ok(read) => Reading::from_units(read.temperature, read.relative_humidity),
            Err(DhtError::ChecksumMismatch) => Err(SensorFault::Checksum),
            Err(DhtError::Timeout | DhtError::PinError(_)) => Err(SensorFault::Silent),
        }
    }
}
