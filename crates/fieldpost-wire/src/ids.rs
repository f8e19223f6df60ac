//! Names for things on the wire: channels, entries, fields and keys.
//!
//! Plain numbers and texts become these types at the door, so that code further in cannot mix them
//! up. Nothing here looks anything up.

use core::fmt;
use core::num::NonZeroU64;
use core::str::FromStr;

/// Why a text is not the id or key it was meant to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IdError {
    /// Not a positive whole number that fits.
    Number,
    /// A field number outside 1 to 8.
    Field,
    /// Not exactly 16 characters from `0-9A-Z`.
    Key,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "an id is a positive whole number",
            Self::Field => "a field is a number from 1 to 8",
            Self::Key => "a key has exactly 16 characters, each a digit or a capital letter",
        })
    }
}

impl core::error::Error for IdError {}

/// The number of a channel: positive, chosen once, never changed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ChannelId(NonZeroU64);

impl ChannelId {
    /// The largest id: ids are kept as signed 64-bit numbers by the stores.
    pub const MAX: u64 = i64::MAX as u64;

    /// Makes an id; `None` for 0 and for numbers above [`ChannelId::MAX`].
    pub const fn new(id: u64) -> Option<Self> {
        match NonZeroU64::new(id) {
            Some(id) if id.get() <= Self::MAX => Some(Self(id)),
            _ => None,
        }
    }

    /// The plain number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ChannelId {
    type Err = IdError;

    /// Reads digits only: no sign, no space.
    fn from_str(text: &str) -> Result<Self, IdError> {
        digits(text).and_then(Self::new).ok_or(IdError::Number)
    }
}

/// The number of an entry in its channel: 1 for the first accepted update, then one more each time.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EntryId(u64);

impl EntryId {
    /// Makes an id. 0 stands for "before the first entry".
    pub const fn new(id: u64) -> Self {
        Self(id)
    }

    /// The plain number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The id after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EntryId {
    type Err = IdError;

    /// Reads digits only: no sign, no space.
    fn from_str(text: &str) -> Result<Self, IdError> {
        digits(text).map(Self).ok_or(IdError::Number)
    }
}

/// One of the eight fields of a channel.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FieldNo(u8);

impl FieldNo {
    /// How many fields a channel has.
    pub const COUNT: usize = 8;

    /// All eight, in order.
    pub const ALL: [Self; Self::COUNT] =
        [Self(1), Self(2), Self(3), Self(4), Self(5), Self(6), Self(7), Self(8)];

    /// Makes a field number; `None` outside 1 to 8.
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= Self::COUNT as u8 { Some(Self(number)) } else { None }
    }

    /// The number, 1 to 8.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The place in an array of fields, 0 to 7.
    pub const fn index(self) -> usize {
        self.0 as usize - 1
    }

    /// The field's name on the wire, such as `field3`.
    pub const fn name(self) -> &'static str {
        const NAMES: [&str; FieldNo::COUNT] =
            ["field1", "field2", "field3", "field4", "field5", "field6", "field7", "field8"];
        NAMES[self.index()]
    }
}

impl fmt::Display for FieldNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for FieldNo {
    type Err = IdError;

    /// Reads `1` to `8`, or `field1` to `field8`.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let number = text.strip_prefix("field").unwrap_or(text);
        digits(number).and_then(|n| u8::try_from(n).ok()).and_then(Self::new).ok_or(IdError::Field)
    }
}

/// A secret of 16 characters from `0-9A-Z`: write key, read key, user key or TalkBack key.
///
/// Printing it in full takes [`ApiKey::reveal`]; `Debug` and `Display` show the first two characters only, so
/// that a key cannot slip into a log.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ApiKey([u8; ApiKey::LEN]);

impl ApiKey {
    /// The length of every key.
    pub const LEN: usize = 16;

    /// The characters that keys are made of.
    pub const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// Makes a key of random bytes, each spread over the alphabet. Bytes from 252 on would favour some
    /// characters, so they are passed over; `None` if fewer than 16 are left.
    pub fn from_random(bytes: &[u8]) -> Option<Self> {
        let fair = 252; // the largest multiple of 36 that a byte can hold
        let mut key = [0; Self::LEN];
        let mut usable = bytes.iter().filter(|byte| **byte < fair);
        for slot in &mut key {
            *slot = Self::ALPHABET[usize::from(*usable.next()?) % Self::ALPHABET.len()];
        }
        Some(Self(key))
    }

    /// True if both are the same. Compared without an early end, so that the time taken tells nothing about a key.
    pub fn same(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        pairs.fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
    }

    /// The key itself, for the one place that must send or show it.
    pub fn reveal(&self) -> &str {
        // The alphabet is ASCII, so this never falls back.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({self})")
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", &self.reveal()[..2])
    }
}

impl FromStr for ApiKey {
    type Err = IdError;

    /// Reads a key. White space around it is ignored, as copied keys often carry some; case matters.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let key: [u8; Self::LEN] = text.trim().as_bytes().try_into().map_err(|_| IdError::Key)?;
        if key.iter().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) {
            Ok(Self(key))
        } else {
            Err(IdError::Key)
        }
    }
}

/// Reads a text of ASCII digits only; `None` for anything else and for what does not fit.
fn digits(text: &str) -> Option<u64> {
    if text.bytes().all(|c| c.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;

    #[test]
    fn a_channel_id_is_positive_and_fits_a_signed_number() {
        assert_eq!("1242204".parse::<ChannelId>().map(ChannelId::get), Ok(1_242_204));
        for bad in ["0", "", "-1", "+1", " 1", "9223372036854775808", "99999999999999999999"] {
            assert_eq!(bad.parse::<ChannelId>(), Err(IdError::Number), "{bad:?}");
        }
    }

    #[test]
    fn a_field_is_named_by_number_or_name() {
        assert_eq!("3".parse(), Ok(FieldNo::ALL[2]));
        assert_eq!("field8".parse(), Ok(FieldNo::ALL[7]));
        for bad in ["0", "9", "field", "field12", "x1", ""] {
            assert_eq!(bad.parse::<FieldNo>(), Err(IdError::Field), "{bad:?}");
        }
    }

    #[test]
    fn a_key_is_never_printed_in_full() {
        let key: ApiKey = " W4K2QZ81TTP0XN7B\n".parse().unwrap();
        assert_eq!(key.reveal(), "W4K2QZ81TTP0XN7B");
        assert_eq!(format!("{key} {key:?}"), "W4… ApiKey(W4…)");
        for bad in ["W4K2QZ81TTP0XN7", "W4K2QZ81TTP0XN7BB", "w4k2qz81ttp0xn7b", ""] {
            assert_eq!(bad.parse::<ApiKey>(), Err(IdError::Key), "{bad:?}");
        }
    }

    #[test]
    fn a_random_key_passes_over_unfair_bytes() {
        assert_eq!(ApiKey::from_random(&[255; 64]), None);
        let mut bytes = [255; 20];
        bytes[4..].copy_from_slice(&[0, 35, 36, 251, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        let key = ApiKey::from_random(&bytes).unwrap();
        assert_eq!(key.reveal(), "0Z0Z9A123456789A");
    }
}
