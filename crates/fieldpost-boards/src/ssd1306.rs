//! An SSD1306 display controller at its pins: I²C, reset, and the glass behind it.
//!
//! Bytes come in by I²C and change registers and memory as the data sheet says; what is seen is worked
//! out from both, row by row, as the chip drives its glass. The module is the usual one of 128 × 64
//! pixels, mounted so that segment remap and reversed rows (`A1`, `C8`) show the picture upright.
//! Not here: read-back of the memory, which the chip cannot do over I²C either.

use embedded_hal::digital::{self, OutputPin};
use embedded_hal::i2c::{ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

mod command;
mod registers;

use command::Parser;
pub use registers::Registers;
use registers::Scroll;

/// The columns of the memory and of the glass.
pub const COLUMNS: usize = 128;
/// The rows of the memory and of the glass.
pub const ROWS: usize = 64;
/// The memory: eight pages of 128 bytes, eight rows each, the lowest bit on top.
pub const BYTES: usize = COLUMNS * ROWS / 8;

/// The chip: what the world sees of it.
#[derive(Clone, Debug)]
pub struct Ssd1306 {
    chip: Arc<Mutex<Chip>>,
}

#[derive(Debug)]
struct Chip {
    /// The reset pin is low.
    held: bool,
    memory: [u8; BYTES],
    registers: Registers,
    parser: Parser,
}

impl Ssd1306 {
    /// The address of the module.
    pub const ADDRESS: u8 = 0x3C;

    /// Gives a module power. Its memory holds what it happens to hold. Its reset pin is low, and must be
    /// high for anything to work.
    pub fn new(seed: u64) -> Self {
        let mut chance = crate::nature::Chance::new(seed);
        let chip = Chip {
            held: true,
            memory: std::array::from_fn(|_| chance.below(256) as u8),
            registers: Registers::default(),
            parser: Parser::default(),
        };
        Self { chip: Arc::new(Mutex::new(chip)) }
    }

    /// The board's end of the bus.
    pub fn bus(&self) -> Bus {
        Bus { display: self.clone() }
    }

    /// The board's end of the reset wire.
    pub fn reset(&self) -> Reset {
        Reset { display: self.clone() }
    }

    /// True if the glass shines: the display is on, and its charge pump gives it a voltage.
    pub fn is_on(&self) -> bool {
        self.lock().is_on()
    }

    /// What is to be seen, nothing if it is dark, as [`BYTES`] in the order of the memory.
    pub fn picture(&self) -> Vec<u8> {
        let chip = self.lock();
        let mut picture = vec![0; BYTES];
        for y in (0..ROWS).filter(|_| chip.is_on()) {
            for x in 0..COLUMNS {
                if chip.shines(x, y) {
                    picture[y / 8 * COLUMNS + x] |= 1 << (y % 8);
                }
            }
        }
        picture
    }

    /// The memory.
    pub fn memory(&self) -> [u8; BYTES] {
        self.lock().memory
    }

    /// The registers.
    pub fn registers(&self) -> Registers {
        self.lock().registers
    }

    /// Lets the chip draw so many frames: what scrolls, scrolls.
    pub fn frames(&self, count: u32) {
        let chip = &mut *self.lock();
        for _ in 0..count {
            chip.frame();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Chip> {
        self.chip.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chip {
    /// Takes one message, beginning with its first control byte.
    fn message(&mut self, mut bytes: impl Iterator<Item = u8>) {
        while let Some(control) = bytes.next() {
            let (is_data, one_only) = (control & 0x40 != 0, control & 0x80 != 0);
            for byte in bytes.by_ref() {
                if is_data {
                    let at = self.registers.next_place();
                    self.memory[at] = byte;
                } else if let Some(command) = self.parser.take(byte) {
                    self.registers.obey(command);
                }
                if one_only {
                    break;
                }
            }
        }
    }

    fn is_on(&self) -> bool {
        !self.held && self.registers.on && self.registers.pump
    }

    /// True if a pixel of the glass shines.
    fn shines(&self, x: usize, y: usize) -> bool {
        let registers = &self.registers;
        let Some(row) = registers.row_at(y) else { return false };
        // The glass is mounted with its first segment on the right.
        let column = if registers.remap { x } else { COLUMNS - 1 - x };
        let stored = self.memory[row / 8 * COLUMNS + column] >> (row % 8) & 1 == 1;
        (stored || registers.all_on) != registers.inverted
    }

    /// Draws one frame.
    fn frame(&mut self) {
        let Some(Scroll { step, right, pages }) = self.registers.frame() else { return };
        if step && pages.0 <= pages.1 {
            for page in pages.0..=pages.1 {
                let row = &mut self.memory[usize::from(page) * COLUMNS..][..COLUMNS];
                if right {
                    row.rotate_right(1);
                } else {
                    row.rotate_left(1);
                }
            }
        }
    }
}

/// An I²C bus with the module on it, as a driver uses it.
#[derive(Clone, Debug)]
pub struct Bus {
    display: Ssd1306,
}

impl ErrorType for Bus {
    type Error = ErrorKind;
}

impl I2c for Bus {
    fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), ErrorKind> {
        let chip = &mut *self.display.lock();
        // A chip that is held in reset does not answer.
        if address != Ssd1306::ADDRESS || chip.held {
            return Err(ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address));
        }
        let mut message = Vec::new();
        for operation in operations {
            match operation {
                // Writes that follow each other are one message.
                Operation::Write(bytes) => message.extend_from_slice(bytes),
                Operation::Read(bytes) => {
                    chip.message(message.drain(..));
                    // Bit 6 of the status: the display is off.
                    bytes.fill(if chip.registers.on { 0 } else { 0x40 });
                }
            }
        }
        chip.message(message.into_iter());
        Ok(())
    }
}

/// The reset pin of the module, as a driver uses it.
#[derive(Clone, Debug)]
pub struct Reset {
    display: Ssd1306,
}

impl digital::ErrorType for Reset {
    type Error = Infallible;
}

impl OutputPin for Reset {
    /// Stops the chip. The memory keeps what it holds.
    fn set_low(&mut self) -> Result<(), Infallible> {
        let chip = &mut *self.display.lock();
        chip.held = true;
        chip.registers = Registers::default();
        chip.parser = Parser::default();
        Ok(())
    }

    /// Lets the chip run.
    fn set_high(&mut self) -> Result<(), Infallible> {
        self.display.lock().held = false;
        Ok(())
    }
}
