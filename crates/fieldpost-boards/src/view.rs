//! Boards in a terminal: the display in block characters, lights as dots.
//!
//! Plain text without colours or cursor movements; who wants to redraw in place puts those around it.

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

impl Snapshot {
    /// All boards, as text.
    pub fn text(&self) -> String {
        self.boards.iter().map(BoardSnapshot::text).collect::<Vec<_>>().join("\n")
    }
}

impl BoardSnapshot {
    /// The board, as text.
    pub fn text(&self) -> String {
        match self {
            Self::Sensor(sensor) => sensor.text(),
            Self::Display(display) => display.text(),
        }
    }
}

impl SensorSnapshot {
    fn text(&self) -> String {
        let measured = match (&self.fault, &self.reading) {
            (Some(fault), _) => fault.clone(),
            (None, Some(now)) => format!("{} °C, {} %", now.temperature, now.humidity),
            (None, None) => "nothing measured yet".to_owned(),
        };
        let lights = [("LED", self.led), ("heartbeat", self.heartbeat), ("Wi-Fi", self.wifi)];
        format!("{}  {}\n{measured}\n{}", self.name, dots(&lights), tail(self.log.lines()))
    }
}

impl DisplaySnapshot {
    fn text(&self) -> String {
        let lights = [
            ("button", self.button),
            ("state", self.state),
            ("heartbeat", self.heartbeat),
            ("Wi-Fi", self.wifi),
        ];
        let (picture, log) = (self.oled.blocks(), tail(self.log.lines()));
        format!("{}  {}\n{picture}{log}", self.name, dots(&lights))
    }
}

fn dots(lights: &[(&str, bool)]) -> String {
    let dot = |(name, on): &(&str, bool)| format!("{} {name}", if *on { '●' } else { '○' });
    lights.iter().map(dot).collect::<Vec<_>>().join("  ")
}

/// The last five lines.
fn tail<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<&str> = lines.collect();
    let mut text = String::new();
    for line in &lines[lines.len().saturating_sub(5)..] {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    text
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
