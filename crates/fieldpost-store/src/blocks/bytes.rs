//! Numbers of varying length in a run of bytes: written, and read without ever trusting a length.
//!
//! Knows nothing of what the numbers mean. Everything that a block holds is read through [`Reader`].

use std::fmt;

/// A block that is not what was written: cut short, changed, or of a version that is not known here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Damaged(pub(crate) &'static str);

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a block of the history is damaged: {}", self.0)
    }
}

impl std::error::Error for Damaged {}

/// Writes seven bits a byte, the lowest first; the top bit says that more follow.
pub(crate) fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Writes a number that may be below zero, small ones of either sign in few bytes.
pub(crate) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put(out, ((number << 1) ^ (number >> 63)) as u64);
}

/// How many bytes [`put_signed`] takes.
pub(crate) fn signed_len(number: i64) -> u64 {
    let bits = 64 - ((number << 1) ^ (number >> 63)).leading_zeros();
    u64::from(bits.max(1).div_ceil(7))
}

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Result<u8, Damaged> {
        let (first, rest) = self.0.split_first().ok_or(Damaged("it ends too early"))?;
        self.0 = rest;
        Ok(*first)
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Damaged("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Damaged> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut number = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damaged("a number is too long"))
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Damaged> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Reads a number that must not be larger than this.
    pub(crate) fn up_to(&mut self, most: usize) -> Result<usize, Damaged> {
        let number = self.number()?;
        usize::try_from(number)
            .ok()
            .filter(|number| *number <= most)
            .ok_or(Damaged("a count is too large"))
    }
}

/// The check sum that headers and bodies carry: the CRC-32 of gzip and zip.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back_and_take_the_bytes_they_are_said_to(numbers: Vec<i64>) {
            let mut out = Vec::new();
            for number in &numbers {
                let before = out.len();
                put_signed(&mut out, *number);
                prop_assert_eq!((out.len() - before) as u64, signed_len(*number));
                put(&mut out, *number as u64);
            }
            let mut reader = Reader(&out);
            for number in &numbers {
                prop_assert_eq!(reader.signed(), Ok(*number));
                prop_assert_eq!(reader.number(), Ok(*number as u64));
            }
            prop_assert!(reader.byte().is_err());
        }
    }

    #[test]
    fn numbers_without_an_end_are_refused() {
        assert!(Reader(&[0xff; 40]).number().is_err());
        assert!(Reader(&[0x80]).number().is_err());
        assert!(Reader(&[5]).up_to(4).is_err());
    }
}
