//! What a DHT22 says, bit by bit: forty bits, four bytes of numbers and one that checks them.
//!
//! For boards that time the pulses by hardware (an RMT receiver, a timer's capture) and are left with
//! their lengths. Who uses a driver crate needs none of this. No pin is touched here.

use crate::reading::{Reading, SensorFault};

/// A high pulse longer than this many microseconds is a one: zeros take 22 to 30, ones 68 to 75.
const ONE: u16 = 48;

/// Makes a reading of the lengths of the high pulses in microseconds: the last forty are the bits. What
/// comes before, such as the greeting, is passed over.
///
/// ```
/// use fieldpost_node::{SensorFault, dht22};
///
/// let pulses = [80, 26, 26, 70]; // cut off in the middle
/// assert_eq!(dht22::decode(&pulses), Err(SensorFault::Silent));
/// ```
pub fn decode(highs: &[u16]) -> Result<Reading, SensorFault> {
    let bits = highs.len().checked_sub(40).and_then(|first| highs.get(first..));
    let mut frame = [0; 5];
    for (n, high) in bits.ok_or(SensorFault::Silent)?.iter().enumerate() {
        frame[n / 8] |= u8::from(*high > ONE) << (7 - n % 8);
    }
    read_frame(frame)
}

/// Makes a reading of the five bytes: humidity and temperature in tenths, then their sum. The
/// temperature's highest bit is its sign; the rest is its size, not a complement.
pub fn read_frame(frame: [u8; 5]) -> Result<Reading, SensorFault> {
    let [h1, h2, t1, t2, sum] = frame;
    if [h1, h2, t1, t2].into_iter().fold(0, u8::wrapping_add) != sum {
        return Err(SensorFault::Checksum);
    }
    let size = i16::from_be_bytes([t1 & 0x7F, t2]);
    let temperature = if t1 & 0x80 == 0 { size } else { -size };
    Reading::from_tenths(temperature, u16::from_be_bytes([h1, h2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_sheets_examples_read_as_printed() {
        for (frame, reading) in [
            ([0x02, 0x8C, 0x01, 0x5F, 0xEE], Reading::from_tenths(351, 652)),
            ([0x02, 0x8C, 0x80, 0x65, 0x73], Reading::from_tenths(-101, 652)),
        ] {
            assert_eq!(read_frame(frame), reading);
        }
    }

    #[test]
    fn one_wrong_bit_is_noticed_wherever_it_is() {
        for bit in 0..40 {
            let mut frame = [0x02, 0x8C, 0x01, 0x5F, 0xEE];
            frame[bit / 8] ^= 0x80 >> (bit % 8);
            assert_eq!(read_frame(frame), Err(SensorFault::Checksum), "bit {bit}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_no_reading_even_if_they_add_up() {
        assert_eq!(read_frame([0x07, 0xFF, 0x87, 0xFF, 0x8C]), Err(SensorFault::Range));
    }
}
