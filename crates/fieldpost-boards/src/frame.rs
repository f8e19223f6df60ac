//! A picture of 128 × 64 pixels, kept as an SSD1306 keeps it.

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::*;
use fieldpost_node::screen::SIZE;
use std::convert::Infallible;

/// The pixels: a byte is eight of them, one above the other, the lowest bit on top; eight pages of 128.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    bytes: [u8; Frame::BYTES],
}

impl Frame {
    /// The size of the memory.
    pub const BYTES: usize = 1024;

    /// The memory.
    pub const fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.bytes
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self { bytes: [0; Self::BYTES] }
    }
}

impl OriginDimensions for Frame {
    fn size(&self) -> Size {
        SIZE
    }
}

impl DrawTarget for Frame {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        for Pixel(Point { x, y }, color) in pixels {
            let inside =
                |at: i32, end: u32| usize::try_from(at).ok().filter(|at| *at < end as usize);
            if let (Some(x), Some(y)) = (inside(x, SIZE.width), inside(y, SIZE.height)) {
                let byte = &mut self.bytes[y / 8 * SIZE.width as usize + x];
                let bit = 1 << (y % 8);
                *byte = if color.is_on() { *byte | bit } else { *byte & !bit };
            }
        }
        Ok(())
    }
}
