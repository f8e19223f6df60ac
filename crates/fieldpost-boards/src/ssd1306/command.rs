//! The command language of the SSD1306: which bytes belong together.
//!
//! A command may arrive in one message or byte by byte in many: the parser keeps its place.

/// A complete command: its first byte and what followed it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Command {
    pub(super) code: u8,
    pub(super) arguments: [u8; 6],
}

/// A place in a command.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parser {
    command: Command,
    got: usize,
    missing: usize,
}

impl Parser {
    /// Takes a byte; gives a command when it is complete.
    pub(super) fn take(&mut self, byte: u8) -> Option<Command> {
        if self.missing == 0 {
            self.command = Command { code: byte, arguments: [0; 6] };
            (self.got, self.missing) = (0, arguments(byte));
        } else {
            self.command.arguments[self.got] = byte;
            self.got += 1;
            self.missing -= 1;
        }
        (self.missing == 0).then_some(self.command)
    }
}

/// How many bytes follow this first one.
const fn arguments(code: u8) -> usize {
    match code {
        0x26 | 0x27 => 6,
        0x29 | 0x2A => 5,
        0x21 | 0x22 | 0xA3 => 2,
        0x20 | 0x81 | 0x8D | 0xA8 | 0xAD | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB => 1,
        _ => 0,
    }
}
