//! A display of 128 × 64 pixels that is printed: each Braille character shows two by four of them.

use core::convert::Infallible;
use core::fmt::{self, Display, Formatter, Write};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::*;
use fieldpost_node::screen::SIZE;

const WIDTH: usize = SIZE.width as usize;
const HEIGHT: usize = SIZE.height as usize;

/// The pixels, row by row.
pub struct Paper([[bool; WIDTH]; HEIGHT]);

impl Paper {
    /// An empty sheet.
    pub const fn new() -> Self {
        Self([[false; WIDTH]; HEIGHT])
    }
}

impl Default for Paper {
    fn default() -> Self {
        Self::new()
    }
}

impl OriginDimensions for Paper {
    fn size(&self) -> Size {
        SIZE
    }
}

impl DrawTarget for Paper {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        for Pixel(Point { x, y }, color) in pixels {
            let place = usize::try_from(y).ok().and_then(|y| self.0.get_mut(y));
            let place = usize::try_from(x).ok().and_then(|x| place?.get_mut(x));
            if let Some(pixel) = place {
                *pixel = color.is_on();
            }
        }
        Ok(())
    }
}

impl Display for Paper {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // The bits of Unicode's Braille patterns, by row and column.
        const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        for rows in self.0.chunks(4) {
            for x in (0..WIDTH).step_by(2) {
                let mut dots = 0x2800;
                for (row, bits) in rows.iter().zip(DOTS) {
                    dots |= u32::from(row[x]) * bits[0] | u32::from(row[x + 1]) * bits[1];
                }
                f.write_char(char::from_u32(dots).unwrap_or('?'))?;
            }
            f.write_char('\n')?;
        }
        Ok(())
    }
}
