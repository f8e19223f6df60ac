//! One reading of a temperature and humidity sensor, and the ways in which there is none.
//!
//! Numbers are kept in tenths, as the sensor sends them: 215 is 21.5. That is exact and small, and a
//! board without a floating-point unit can handle it.

use core::fmt;
use fieldpost_wire::small::Tenths;

/// A temperature and a humidity, both within what a DHT22 can measure.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Reading {
    temperature: i16,
    humidity: u16,
}

impl Reading {
    /// Makes a reading of tenths of a degree Celsius and tenths of a percent.
    pub const fn from_tenths(temperature: i16, humidity: u16) -> Result<Self, SensorFault> {
        if temperature < -400 || temperature > 800 || humidity > 1000 {
            return Err(SensorFault::Range);
        }
        Ok(Self { temperature, humidity })
    }

    /// Makes a reading of degrees Celsius and percent, rounded to tenths.
    pub fn from_units(temperature: f32, humidity: f32) -> Result<Self, SensorFault> {
        let tenths = |value: f32| {
            let scaled = value * 10.0;
            (scaled + if scaled < 0.0 { -0.5 } else { 0.5 }) as i32
        };
        if !temperature.is_finite() || !humidity.is_finite() || humidity < 0.0 {
            return Err(SensorFault::Range);
        }
        let temperature = i16::try_from(tenths(temperature)).map_err(|_| SensorFault::Range)?;
        let humidity = u16::try_from(tenths(humidity)).map_err(|_| SensorFault::Range)?;
        Self::from_tenths(temperature, humidity)
    }

    /// The temperature in degrees Celsius.
    pub fn temperature(self) -> Tenths {
        Tenths(i32::from(self.temperature))
    }

    /// The relative humidity in percent.
    pub fn humidity(self) -> Tenths {
        Tenths(i32::from(self.humidity))
    }
}

/// Why there is no reading.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SensorFault {
    /// The sensor did not answer, or stopped in the middle.
    Silent,
    /// The sensor's own check sum says that a bit was misread.
    Checksum,
    /// The numbers are outside what the sensor can measure.
    Range,
}

impl fmt::Display for SensorFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silent => "the sensor does not answer",
            Self::Checksum => "the sensor's answer is garbled",
            Self::Range => "the sensor's answer is out of range",
        })
    }
}

impl core::error::Error for SensorFault {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;

    #[test]
    fn a_reading_prints_with_one_decimal() {
        let reading = Reading::from_tenths(-5, 1000).unwrap();
        assert_eq!(format!("{} {}", reading.temperature(), reading.humidity()), "-0.5 100.0");
    }

    #[test]
    fn units_are_rounded_to_the_nearest_tenth() {
        assert_eq!(Reading::from_units(-10.06, 65.24), Reading::from_tenths(-101, 652));
        assert_eq!(Reading::from_units(35.1, 65.2), Reading::from_tenths(351, 652));
    }

    #[test]
    fn what_the_sensor_cannot_measure_is_no_reading() {
        assert!(Reading::from_tenths(-400, 0).is_ok() && Reading::from_tenths(800, 1000).is_ok());
        for (temperature, humidity) in [(-401, 0), (801, 0), (0, 1001), (i16::MIN, 0)] {
            assert_eq!(Reading::from_tenths(temperature, humidity), Err(SensorFault::Range));
        }
        for (temperature, humidity) in
            [(f32::NAN, 0.0), (1e9, 0.0), (0.0, f32::INFINITY), (0.0, -1.0)]
        {
            assert_eq!(Reading::from_units(temperature, humidity), Err(SensorFault::Range));
        }
    }
}
