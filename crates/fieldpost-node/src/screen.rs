//! What the display node shows, and how it is drawn on 128 × 64 pixels.
//!
//! Drawing needs nothing but a [`DrawTarget`], so a real and a virtual display show the same pixels.

use core::fmt::Write;
use embedded_graphics::mono_font::iso_8859_1::{FONT_6X10, FONT_7X13_BOLD, FONT_9X15_BOLD};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{Line, PrimitiveStyle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};
use fieldpost_wire::small::FieldText;
use heapless::String;

/// The size of the display.
pub const SIZE: Size = Size::new(128, 64);

/// What is to be seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Screen {
    /// Nothing has been read yet.
    Starting,
    /// The channel exists but has no readings.
    NoReadings,
    /// The newest readings.
    Readings {
        /// The text of field 1.
        temperature: Shown,
        /// The text of field 2.
        humidity: Shown,
        /// What else there is to say.
        note: Note,
    },
    /// Something is wrong.
    Trouble(Trouble),
}

/// The small line below the readings.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Note {
    /// All is well.
    #[default]
    Nothing,
    /// Nothing new has come for a while.
    Stale,
    /// The server did not take the state of the button.
    NotSent,
}

impl Note {
    /// The words of the line.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Stale => "no news for a while",
            Self::NotSent => "button not sent",
        }
    }
}

/// Something that keeps readings from being shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trouble {
    /// The board is not on the network.
    NoNetwork,
    /// The server could not be reached or did not answer.
    NoAnswer,
    /// The server refused, with this HTTP status.
    Refused(u16),
    /// The answer was not a feed.
    NotAFeed,
}

impl Trouble {
    /// The two lines that say so.
    pub fn lines(self) -> [String<20>; 2] {
        let (first, second) = match self {
            Self::NoNetwork => ("No network.", "Looking for Wi-Fi..."),
            Self::NoAnswer => ("The server does", "not answer."),
            Self::Refused(_) => ("The server refused", "with HTTP "),
            Self::NotAFeed => ("The answer is not", "a feed."),
        };
        let mut lines = [clip(first.chars()), clip(second.chars())];
        if let Self::Refused(status) = self {
            // "with HTTP 65535." fits.
            let _ = write!(lines[1], "{status}.");
        }
        lines
    }
}

/// The text of a field, as much of it as fits; nothing if the field is empty.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Shown(String<16>);

impl Shown {
    /// How many characters fit between a line's name and its unit.
    const COLUMNS: usize = 7;

    /// Takes the beginning of a field's text.
    pub fn new(text: Option<FieldText<'_>>) -> Self {
        Self(text.map(|text| clip(text.chars().take(Self::COLUMNS))).unwrap_or_default())
    }

    /// What is shown: dashes for nothing.
    pub fn as_str(&self) -> &str {
        if self.0.is_empty() { "--" } else { &self.0 }
    }
}

/// As much of a text as fits into memory, without the control characters, which would break the line.
fn clip<const N: usize>(text: impl Iterator<Item = char>) -> String<N> {
    let mut clipped = String::new();
    for c in text.filter(|c| !c.is_control()) {
        if clipped.push(c).is_err() {
            break;
        }
    }
    clipped
}

impl Screen {
    /// Draws the whole picture.
    pub fn draw<D>(&self, target: &mut D) -> Result<(), D::Error>
    where
        D: DrawTarget<Color = BinaryColor>,
    {
        target.clear(BinaryColor::Off)?;
        text(target, &FONT_7X13_BOLD, "FIELDPOST", 64, 0, Alignment::Center)?;
        Line::new(Point::new(0, 14), Point::new(127, 14))
            .into_styled(PrimitiveStyle::with_stroke(BinaryColor::On, 1))
            .draw(target)?;
        match self {
            Self::Starting => sentence(target, ["Starting.", "Good to see you."]),
            Self::NoReadings => sentence(target, ["The post is here,", "no readings yet."]),
            Self::Trouble(trouble) => {
                let [first, second] = trouble.lines();
                sentence(target, [&first, &second])
            }
            Self::Readings { temperature, humidity, note } => {
                measure(target, "Air", temperature.as_str(), "°C", 20)?;
                measure(target, "Humid", humidity.as_str(), "%", 37)?;
                text(target, &FONT_6X10, note.text(), 64, 54, Alignment::Center)
            }
        }
    }
}

fn sentence<D>(target: &mut D, lines: [&str; 2]) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    text(target, &FONT_6X10, lines[0], 4, 24, Alignment::Left)?;
    text(target, &FONT_6X10, lines[1], 4, 38, Alignment::Left)
}

/// One line: what is measured, how much, in which unit.
fn measure<D>(target: &mut D, name: &str, value: &str, unit: &str, y: i32) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    text(target, &FONT_6X10, name, 0, y + 4, Alignment::Left)?;
    text(target, &FONT_9X15_BOLD, value, 106, y, Alignment::Right)?;
    text(target, &FONT_6X10, unit, 110, y + 4, Alignment::Left)
}

fn text<D>(
    target: &mut D,
    font: &MonoFont<'_>,
    text: &str,
    x: i32,
    y: i32,
    alignment: Alignment,
) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let style = TextStyleBuilder::new().alignment(alignment).baseline(Baseline::Top).build();
    let ink = MonoTextStyle::new(font, BinaryColor::On);
    Text::with_text_style(text, Point::new(x, y), ink, style).draw(target).map(drop)
}
