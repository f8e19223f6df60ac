//! The registers of the SSD1306: where the next byte goes, and which row of memory is seen where.

use super::command::Command;
use super::{COLUMNS, ROWS};

/// How the place for the next byte moves on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Addressing {
    /// Along the columns, then to the next page.
    Horizontal,
    /// Down the pages, then to the next column.
    Vertical,
    /// Along the columns of one page.
    Page,
}

/// What commands have set. Public members are what a test or a page may want to know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Registers {
    /// The display is switched on.
    pub on: bool,
    /// The charge pump runs.
    pub pump: bool,
    /// The brightness, 0 to 255.
    pub contrast: u8,
    /// Dark is bright and bright is dark.
    pub inverted: bool,
    /// All pixels are bright, whatever the memory says.
    pub all_on: bool,
    /// How the place for the next byte moves on.
    pub addressing: Addressing,
    /// The columns are mirrored; upright on the usual module.
    pub remap: bool,
    /// The rows are mirrored; upright on the usual module.
    pub reversed: bool,
    /// The picture scrolls.
    pub scrolling: bool,
    start_line: u8,
    offset: u8,
    /// How many rows are driven.
    driven: u8,
    /// The wiring of the rows (`DA`).
    wiring: u8,
    columns: (u8, u8),
    pages: (u8, u8),
    column: u8,
    page: u8,
    /// Where a line begins in page addressing.
    page_column: u8,
    scroll: ScrollSetup,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct ScrollSetup {
    right: bool,
    pages: (u8, u8),
    /// Frames from one step to the next.
    frames: u16,
    /// Rows per step.
    rows: u8,
    /// Rows above the area that scrolls up, and rows in it.
    area: (u8, u8),
    /// Frames since the last step.
    count: u16,
    /// Rows scrolled up so far.
    moved: u8,
}

/// What one frame does to the memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scroll {
    pub(super) step: bool,
    pub(super) right: bool,
    pub(super) pages: (u8, u8),
}

impl Default for Registers {
    /// The state after a reset.
    fn default() -> Self {
        Self {
            on: false,
            pump: false,
            contrast: 0x7F,
            inverted: false,
            all_on: false,
            addressing: Addressing::Page,
            remap: false,
            reversed: false,
            scrolling: false,
            start_line: 0,
            offset: 0,
            driven: 64,
            wiring: 0x12,
            columns: (0, 127),
            pages: (0, 7),
            column: 0,
            page: 0,
            page_column: 0,
            scroll: ScrollSetup {
                right: true,
                pages: (0, 0),
                frames: 5,
                rows: 0,
                area: (0, 64),
                count: 0,
                moved: 0,
            },
        }
    }
}

impl Registers {
    pub(super) fn obey(&mut self, command: Command) {
        let [first, second, third, fourth, fifth, _] = command.arguments;
        match command.code {
            code @ 0x00..=0x0F => self.set_page_column(self.page_column & 0xF0 | code),
            code @ 0x10..=0x1F => {
                self.set_page_column(self.page_column & 0x0F | (code & 0x0F) << 4);
            }
            0x20 => {
                self.addressing = match first & 3 {
                    0 => Addressing::Horizontal,
                    1 => Addressing::Vertical,
                    _ => Addressing::Page,
                };
            }
            0x21 => {
                self.columns = (first & 0x7F, second & 0x7F);
                self.column = self.columns.0;
            }
            0x22 => {
                self.pages = (first & 7, second & 7);
                self.page = self.pages.0;
            }
            code @ (0x26 | 0x27) => self.set_scroll(code == 0x26, (second, fourth), third, 0),
            code @ (0x29 | 0x2A) => {
                self.set_scroll(code == 0x29, (second, fourth), third, fifth & 0x3F);
            }
            0x2E => self.scrolling = false,
            0x2F => {
                self.scrolling = true;
                self.scroll.count = 0;
            }
            code @ 0x40..=0x7F => self.start_line = code & 0x3F,
            0x81 => self.contrast = first,
            0x8D => self.pump = first & 4 != 0,
            code @ (0xA0 | 0xA1) => self.remap = code == 0xA1,
            0xA3 => self.scroll.area = (first & 0x3F, (second & 0x7F).min(64)),
            code @ (0xA4 | 0xA5) => self.all_on = code == 0xA5,
            code @ (0xA6 | 0xA7) => self.inverted = code == 0xA7,
            0xA8 if first & 0x3F >= 15 => self.driven = (first & 0x3F) + 1,
            code @ (0xAE | 0xAF) => self.on = code == 0xAF,
            code @ 0xB0..=0xB7 => self.page = code & 7,
            code @ (0xC0 | 0xC8) => self.reversed = code == 0xC8,
            0xD3 => self.offset = first & 0x3F,
            0xDA => self.wiring = first,
            // Clock, precharge, voltage level and the like: not to be seen.
            _ => {}
        }
    }

    /// The place in memory for the next byte; moves on.
    pub(super) fn next_place(&mut self) -> usize {
        let at = usize::from(self.page) * COLUMNS + usize::from(self.column);
        let column_ended = match self.addressing {
            Addressing::Page => self.column == 127,
            _ => self.column == self.columns.1,
        };
        let page_ended = self.page == self.pages.1;
        let next = |now: u8, ended: bool, first: u8, mask: u8| {
            if ended { first } else { (now + 1) & mask }
        };
        match self.addressing {
            Addressing::Page => {
                self.column = next(self.column, column_ended, self.page_column, 0x7F);
            }
            Addressing::Horizontal => {
                self.column = next(self.column, column_ended, self.columns.0, 0x7F);
                if column_ended {
                    self.page = next(self.page, page_ended, self.pages.0, 7);
                }
            }
            Addressing::Vertical => {
                self.page = next(self.page, page_ended, self.pages.0, 7);
                if page_ended {
                    self.column = next(self.column, column_ended, self.columns.0, 0x7F);
                }
            }
        }
        at
    }

    /// The row of memory that is seen on a line of the glass; `None` if that line is not driven.
    pub(super) fn row_at(&self, y: usize) -> Option<usize> {
        // The glass is mounted with its first line at the bottom, and its lines are wired to the two
        // sides of the chip in turns. The chip must be told so (`DA 12`); otherwise lines are mixed up.
        let line = ROWS - 1 - y;
        let pin = line / 2 + if line.is_multiple_of(2) { 0 } else { ROWS / 2 };
        let side = if self.wiring & 0x20 != 0 { (pin + ROWS / 2) % ROWS } else { pin };
        let common =
            if self.wiring & 0x10 != 0 { side % (ROWS / 2) * 2 + side / (ROWS / 2) } else { side };
        let driven = usize::from(self.driven);
        if common >= driven {
            return None;
        }
        let line = if self.reversed { driven - 1 - common } else { common };
        let row = (line + usize::from(self.offset)) % ROWS;
        Some((self.scrolled(row) + usize::from(self.start_line)) % ROWS)
    }

    /// One frame passes: tells what scrolls sideways.
    pub(super) fn frame(&mut self) -> Option<Scroll> {
        if !self.scrolling {
            return None;
        }
        let scroll = &mut self.scroll;
        scroll.count += 1;
        let step = scroll.count >= scroll.frames;
        if step {
            scroll.count = 0;
            let height = scroll.area.1.max(1);
            scroll.moved =
                ((u16::from(scroll.moved) + u16::from(scroll.rows)) % u16::from(height)) as u8;
        }
        Some(Scroll { step, right: scroll.right, pages: scroll.pages })
    }

    fn set_page_column(&mut self, column: u8) {
        self.page_column = column & 0x7F;
        if self.addressing == Addressing::Page {
            self.column = self.page_column;
        }
    }

    fn set_scroll(&mut self, right: bool, pages: (u8, u8), interval: u8, rows: u8) {
        const FRAMES: [u16; 8] = [5, 64, 128, 256, 3, 4, 25, 2];
        self.scroll.right = right;
        self.scroll.pages = (pages.0 & 7, pages.1 & 7);
        self.scroll.frames = FRAMES[usize::from(interval & 7)];
        self.scroll.rows = rows;
        (self.scroll.count, self.scroll.moved) = (0, 0);
    }

    /// The row that has scrolled to where this one was.
    fn scrolled(&self, row: usize) -> usize {
        let (above, height) = (usize::from(self.scroll.area.0), usize::from(self.scroll.area.1));
        if row < above || row >= above + height {
            return row;
        }
        above + (row - above + usize::from(self.scroll.moved)) % height
    }
}
