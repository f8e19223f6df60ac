//! Boards in a terminal: the display in block characters, lights as dots.
//!
//! Plain text without colours or cursor movements; who wants to redraw in place puts those around it.
//! A picture that is too large for its window is drawn in the dots of braille, which take half of the
//! room each way; a window that is too small even for that gets words.

use crate::snapshot::{BoardSnapshot, DisplaySnapshot, Oled, SensorSnapshot, Snapshot};
use std::fmt::Write as _;

impl Oled {
    /// True if a pixel shines.
    pub fn pixel(&self, x: usize, y: usize) -> bool {
        let lit = |byte: &u8| byte >> (y % 8) & 1 == 1;
        self.on && x < 128 && self.pixels.get(y / 8 * 128 + x).is_some_and(lit)
    }

    /// The picture in 32 lines of 128 characters, each of them two pixels, one above the other.
    pub fn blocks(&self) -> String {
        let mut picture = String::new();
        for y in (0..64).step_by(2) {
            let line: String = (0..128)
                .map(|x| match (self.pixel(x, y), self.pixel(x, y + 1)) {
                    (false, false) => ' ',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (true, true) => '█',
                })
                .collect();
            picture.push_str(line.trim_end());
            picture.push('\n');
        }
        picture
    }
}

impl Oled {
    /// The picture in 16 lines of 64 characters of braille, each of them two pixels by four.
    pub fn dots(&self) -> String {
        // The bits of a character, in the order of its pixels: row by row from the top left.
        const BITS: [u32; 8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
        let mut picture = String::new();
        for y in (0..64).step_by(4) {
            let dots = |x| {
                let lit = BITS.iter().enumerate().filter(|(n, _)| self.pixel(x + n % 2, y + n / 2));
                let bits: u32 = lit.map(|(_, bit)| bit).sum();
                // What has no dots is a blank, because some typefaces draw empty circles for it.
                char::from_u32(0x2800 + bits).filter(|_| bits > 0).unwrap_or(' ')
            };
            picture.push_str((0..128).step_by(2).map(dots).collect::<String>().trim_end());
            picture.push('\n');
        }
        picture
    }
}

impl Snapshot {
    /// All boards, as text.
    pub fn text(&self) -> String {
        self.boards.iter().map(BoardSnapshot::text).collect::<Vec<_>>().join("\n")
    }
}

/// How many lines of the log are shown.
const LOG: usize = 5;
/// A line above the picture, one below it, and the one that names the board.
const AROUND: usize = 3;

impl BoardSnapshot {
    /// The board, as text of whatever size it takes.
    pub fn text(&self) -> String {
        self.text_within(usize::MAX, usize::MAX)
    }

    /// The board, as text that stays within a window of so many columns and lines. It has the same
    /// number of lines for as long as the window is the same.
    pub fn text_within(&self, columns: usize, lines: usize) -> String {
        let (head, picture, log) = match self {
            Self::Sensor(sensor) => (sensor.head(), sensor.measured(), &sensor.log),
            Self::Display(display) => {
                (display.head(), display.picture(columns, lines), &display.log)
            }
        };
        let above = 1 + picture.lines().count();
        let tail: Vec<&str> = log.lines().collect();
        let room = lines.saturating_sub(above).min(LOG);
        let tail = &tail[tail.len().saturating_sub(room)..];
        let mut text = String::new();
        let log = tail.iter().map(|line| format!("  {line}"));
        let blank = std::iter::repeat_n(String::new(), room - tail.len());
        let all = [head].into_iter().chain(picture.lines().map(str::to_owned)).chain(log);
        for line in all.chain(blank).take(lines) {
            text.push_str(&cut(&line, columns));
            text.push('\n');
        }
        text
    }
}

/// As much of a line as fits; what is cut off shows by an ellipsis.
fn cut(line: &str, columns: usize) -> String {
    if line.chars().count() <= columns {
        return line.to_owned();
    }
    let mut cut: String = line.chars().take(columns.saturating_sub(1)).collect();
    cut.extend((columns > 0).then_some('…'));
    cut
}

impl SensorSnapshot {
    fn head(&self) -> String {
        let lights = [("LED", self.led), ("heartbeat", self.heartbeat), ("Wi-Fi", self.wifi)];
        format!("{}  {}", self.name, dots(&lights))
    }

    fn measured(&self) -> String {
        match (&self.fault, &self.reading) {
            (Some(fault), _) => fault.clone(),
            (None, Some(now)) => format!("{} °C, {} %", now.temperature, now.humidity),
            (None, None) => "nothing measured yet".to_owned(),
        }
    }
}

impl DisplaySnapshot {
    fn head(&self) -> String {
        let lights = [
            ("button", self.button),
            ("state", self.state),
            ("heartbeat", self.heartbeat),
            ("Wi-Fi", self.wifi),
        ];
        format!("{}  {}", self.name, dots(&lights))
    }

    /// The largest picture that fits, in a frame; else what it says.
    fn picture(&self, columns: usize, lines: usize) -> String {
        // The edge on both sides, and a line of the log at least.
        let fits = |width: usize, height: usize| columns >= width + 2 && lines > height + AROUND;
        if fits(128, 32) {
            framed(&self.oled.blocks(), 128)
        } else if fits(64, 16) {
            framed(&self.oled.dots(), 64)
        } else {
            self.says.clone()
        }
    }
}

/// A picture with an edge around it.
fn framed(picture: &str, width: usize) -> String {
    let edge = "─".repeat(width);
    let mut framed = format!("┌{edge}┐\n");
    for line in picture.lines() {
        // Writing to a string cannot fail.
        let _ = writeln!(framed, "│{line:width$}│");
    }
    let _ = writeln!(framed, "└{edge}┘");
    framed
}

fn dots(lights: &[(&str, bool)]) -> String {
    let dot = |(name, on): &(&str, bool)| format!("{} {name}", if *on { '●' } else { '○' });
    lights.iter().map(dot).collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssd1306::Ssd1306;
    use embedded_hal::digital::OutputPin as _;
    use fieldpost_node::Screen;
    use fieldpost_node::screen::{Note, Shown, Trouble};
    use ssd1306::prelude::{DisplayConfig as _, DisplayRotation, DisplaySize128x64};

    fn oled(screen: &Screen) -> Oled {
        let glass = Ssd1306::new(1);
        let Ok(()) = glass.reset().set_high();
        let interface = ssd1306::I2CDisplayInterface::new(glass.bus());
        let rotation = DisplayRotation::Rotate0;
        let mut driver = ssd1306::Ssd1306::new(interface, DisplaySize128x64, rotation)
            .into_buffered_graphics_mode();
        driver.init().unwrap();
        screen.draw(&mut driver).unwrap();
        driver.flush().unwrap();
        Oled { width: 128, height: 64, on: glass.is_on(), pixels: glass.picture() }
    }

    #[test]
    fn a_dark_display_is_blank() {
        let mut oled = oled(&Screen::Starting);
        assert!(oled.blocks().contains('█'));
        oled.on = false;
        assert_eq!(oled.blocks(), "\n".repeat(32));
        assert_eq!(oled.dots(), "\n".repeat(16));
    }

    #[test]
    fn a_picture_in_dots_has_every_pixel_where_it_belongs() {
        let oled = oled(&Screen::Trouble(Trouble::NoNetwork));
        let lit = |x: usize, y: usize| {
            let line: Vec<char> = oled.dots().lines().nth(y / 4).unwrap().chars().collect();
            let bits = line.get(x / 2).filter(|c| **c != ' ').map_or(0, |c| *c as u32 - 0x2800);
            // Dots 1, 2, 3 and 7 go down on the left, 4, 5, 6 and 8 on the right.
            let dot = [[1, 2, 3, 7], [4, 5, 6, 8]][x % 2][y % 4];
            bits >> (dot - 1) & 1 == 1
        };
        let count = (0..64).flat_map(|y| (0..128).map(move |x| (x, y)));
        let count = count.filter(|(x, y)| {
            assert_eq!(lit(*x, *y), oled.pixel(*x, *y), "({x}, {y})");
            oled.pixel(*x, *y)
        });
        assert!(count.count() > 100, "there is something to see");
    }

    fn display(log: usize) -> BoardSnapshot {
        let mut lines = crate::snapshot::Log::default();
        (0..log).for_each(|n| lines.add(format!("line {n} {}", "and on ".repeat(40))));
        BoardSnapshot::Display(DisplaySnapshot {
            id: crate::BoardId::Display,
            name: "Display node",
            wifi: true,
            heartbeat: true,
            button: false,
            state: false,
            oled: oled(&Screen::Starting),
            says: "starting".into(),
            log: lines,
        })
    }

    #[test]
    fn a_board_stays_within_every_window_and_keeps_its_height() {
        for columns in [0, 1, 20, 65, 66, 80, 120, 129, 130, 200] {
            for lines in [0, 1, 2, 5, 19, 20, 22, 35, 36, 40, 60] {
                let texts = [0, 1, 20].map(|log| display(log).text_within(columns, lines));
                for text in &texts {
                    assert!(text.lines().count() <= lines, "{columns} x {lines}:\n{text}");
                    let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
                    assert!(widest <= columns, "{columns} x {lines}: {widest}\n{text}");
                }
                let [none, one, many] = texts.map(|text| text.lines().count());
                assert!(none == one && one == many, "{columns} x {lines}");
            }
        }
    }

    #[test]
    fn the_largest_picture_that_fits_is_drawn_and_words_if_none_does() {
        let drawn = |columns, lines| {
            let text = display(3).text_within(columns, lines);
            let has = |from, to| text.chars().any(|c| (from..=to).contains(&c));
            (has('▀', '█'), has('\u{2801}', '\u{28ff}'), text.contains("starting"))
        };
        assert_eq!(drawn(130, 36), (true, false, false));
        for (columns, lines) in [(129, 36), (130, 35), (80, 22), (66, 20)] {
            assert_eq!(drawn(columns, lines), (false, true, false), "{columns} x {lines}");
        }
        for (columns, lines) in [(65, 40), (80, 19), (20, 5)] {
            assert_eq!(drawn(columns, lines), (false, false, true), "{columns} x {lines}");
        }
        // The newest line of the log is the one that is kept.
        assert!(display(3).text_within(66, 20).contains("  line 2"));
    }

    #[test]
    fn every_screen_stays_within_its_lines() {
        let json = br#"{"entry_id":1,"field1":"-40.0","field2":"100.0"}"#;
        let newest = fieldpost_wire::small::Newest::read(json).unwrap().unwrap();
        let field = |n| Shown::new(newest.field(fieldpost_wire::FieldNo::new(n).unwrap()));
        let readings =
            Screen::Readings { temperature: field(1), humidity: field(2), note: Note::Stale };
        let trouble =
            [Trouble::NoNetwork, Trouble::NoAnswer, Trouble::Refused(65535), Trouble::NotAFeed];
        let screens = [Screen::Starting, Screen::NoReadings, readings];
        for screen in screens.into_iter().chain(trouble.map(Screen::Trouble)) {
            let oled = oled(&screen);
            // The margins right and below: what touches them is probably cut off.
            let cut = (0..64).any(|y| y != 14 && oled.pixel(127, y))
                || (0..128).any(|x| oled.pixel(x, 63));
            assert!(!cut, "{screen:?}\n{}", oled.blocks());
            if std::env::var_os("SHOW_SCREENS").is_some() {
                println!("{}", oled.blocks());
            }
        }
    }
}
