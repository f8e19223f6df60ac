//! The virtual SSD1306 under the published driver, and byte by byte.

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::*;
use embedded_hal::digital::OutputPin as _;
use embedded_hal::i2c::{ErrorKind, I2c as _, NoAcknowledgeSource};
use fieldpost_boards::pins::VirtualTime;
use fieldpost_boards::ssd1306::{BYTES, Bus, COLUMNS, Ssd1306};
use ssd1306::prelude::*;
use ssd1306::{I2CDisplayInterface, Ssd1306 as Driver};

/// A module that runs.
fn running() -> Ssd1306 {
    let glass = Ssd1306::new(1);
    glass.reset().set_high().unwrap();
    glass
}

/// A module that is set up as usual, byte by byte in messages of their own, and cleared.
fn set_up() -> (Ssd1306, Bus) {
    let glass = running();
    let mut bus = glass.bus();
    for byte in [
        0xAE, 0x20, 0x00, 0x40, 0xA1, 0xA8, 0x3F, 0xC8, 0xD3, 0x00, 0xDA, 0x12, 0xD5, 0x80, 0xD9,
        0xF1, 0xDB, 0x30, 0x81, 0xFF, 0xA4, 0xA6, 0x8D, 0x14, 0xAF,
    ] {
        bus.write(Ssd1306::ADDRESS, &[0x80, byte]).unwrap();
    }
    commands(&mut bus, &[0x21, 0, 127, 0x22, 0, 7]);
    data(&mut bus, &[0; BYTES]);
    (glass, bus)
}

fn commands(bus: &mut Bus, bytes: &[u8]) {
    bus.write(Ssd1306::ADDRESS, &[&[0x00], bytes].concat()).unwrap();
}

fn data(bus: &mut Bus, bytes: &[u8]) {
    bus.write(Ssd1306::ADDRESS, &[&[0x40], bytes].concat()).unwrap();
}

fn pixel(picture: &[u8], x: usize, y: usize) -> bool {
    picture[y / 8 * COLUMNS + x] >> (y % 8) & 1 == 1
}

/// The pixels that shine, as (x, y).
fn shining(glass: &Ssd1306) -> Vec<(usize, usize)> {
    let picture = glass.picture();
    let all = (0..64).flat_map(|y| (0..128).map(move |x| (x, y)));
    all.filter(|(x, y)| pixel(&picture, *x, *y)).collect()
}

/// A pattern without any symmetry.
fn pattern(x: i32, y: i32) -> bool {
    (x * 31 + y * 17 + x * y % 13) % 7 < 3 || (x < 40 && y < 9)
}

fn draw(target: &mut impl DrawTarget<Color = BinaryColor, Error = impl std::fmt::Debug>) {
    let area = target.bounding_box();
    let pixels = area.points().map(|at| Pixel(at, BinaryColor::from(pattern(at.x, at.y))));
    target.draw_iter(pixels).unwrap();
}

#[test]
fn what_the_published_driver_draws_is_what_is_seen() {
    let glass = Ssd1306::new(1);
    let interface = I2CDisplayInterface::new(glass.bus());
    let mut driver = Driver::new(interface, DisplaySize128x64, DisplayRotation::Rotate0)
        .into_buffered_graphics_mode();
    driver.reset(&mut glass.reset(), &mut VirtualTime::default()).unwrap();
    assert!(!glass.is_on(), "a reset display is dark");
    driver.init().unwrap();
    assert!(glass.is_on());
    driver.flush().unwrap();
    assert_eq!(shining(&glass), [], "the driver clears what was in the memory");
    draw(&mut driver);
    driver.flush().unwrap();
    let picture = glass.picture();
    for (x, y) in (0..64).flat_map(|y| (0..128).map(move |x| (x, y))) {
        assert_eq!(pixel(&picture, x as usize, y as usize), pattern(x, y), "at {x}, {y}");
    }
    // Only what changed is sent again.
    driver.set_pixel(100, 50, !pattern(100, 50));
    driver.flush().unwrap();
    assert_eq!(pixel(&glass.picture(), 100, 50), !pattern(100, 50));

    driver.set_rotation(DisplayRotation::Rotate180).unwrap();
    driver.clear(BinaryColor::Off).unwrap();
    driver.set_pixel(3, 5, true);
    driver.flush().unwrap();
    assert_eq!(shining(&glass), [(124, 58)]);

    driver.set_brightness(Brightness::DIMMEST).unwrap();
    assert_eq!(glass.registers().contrast, 0);
    driver.set_display_on(false).unwrap();
    assert!(!glass.is_on());
}

#[test]
fn commands_may_arrive_byte_by_byte() {
    let (glass, _) = set_up();
    assert!(glass.is_on());
    assert_eq!(glass.registers().contrast, 0xFF);
    assert_eq!(shining(&glass), []);
}

#[test]
fn horizontal_addressing_fills_line_by_line_within_its_window() {
    let (glass, mut bus) = set_up();
    commands(&mut bus, &[0x20, 0x00, 0x21, 10, 12, 0x22, 2, 3]);
    data(&mut bus, &[1, 2, 3, 4, 5, 6, 7]);
    let memory = glass.memory();
    assert_eq!(memory[2 * 128 + 10..][..3], [7, 2, 3], "the seventh byte is the first again");
    assert_eq!(memory[3 * 128 + 10..][..3], [4, 5, 6]);
    assert_eq!(memory.iter().filter(|byte| **byte != 0).count(), 6);
}

#[test]
fn vertical_addressing_fills_column_by_column_within_its_window() {
    let (glass, mut bus) = set_up();
    commands(&mut bus, &[0x20, 0x01, 0x21, 10, 11, 0x22, 2, 4]);
    data(&mut bus, &[1, 2, 3, 4, 5, 6, 7]);
    let memory = glass.memory();
    let column = |x: usize| [2, 3, 4].map(|page| memory[page * 128 + x]);
    assert_eq!((column(10), column(11)), ([7, 2, 3], [4, 5, 6]));
}

#[test]
fn page_addressing_stays_on_its_page() {
    let (glass, mut bus) = set_up();
    commands(&mut bus, &[0x20, 0x02, 0xB5, 0x0E, 0x17]);
    data(&mut bus, &[1, 2, 3]);
    let memory = glass.memory();
    assert_eq!(memory[5 * 128 + 126..][..2], [3, 2], "the third goes where the line began");
    assert_eq!(memory.iter().filter(|byte| **byte != 0).count(), 2);
}

#[test]
fn one_message_may_mix_commands_and_data() {
    let (glass, mut bus) = set_up();
    let message = [0x80, 0x20, 0x80, 0x02, 0x80, 0xB1, 0xC0, 0xAA, 0x80, 0xB2, 0x40, 0xBB, 0xCC];
    bus.write(Ssd1306::ADDRESS, &message).unwrap();
    let memory = glass.memory();
    assert_eq!(memory[128..131], [0xAA, 0, 0]);
    assert_eq!(memory[2 * 128..][..3], [0, 0xBB, 0xCC]);
}

#[test]
fn inversion_and_all_on_change_what_is_seen_and_not_the_memory() {
    let (glass, mut bus) = set_up();
    data(&mut bus, &[0x01]);
    assert_eq!(shining(&glass), [(0, 0)]);
    let memory = glass.memory();
    commands(&mut bus, &[0xA7]);
    assert_eq!(shining(&glass).len(), 128 * 64 - 1);
    commands(&mut bus, &[0xA6, 0xA5]);
    assert_eq!(shining(&glass).len(), 128 * 64);
    commands(&mut bus, &[0xA4]);
    assert_eq!((shining(&glass), glass.memory()), (vec![(0, 0)], memory));
}

#[test]
fn the_picture_is_turned_by_the_remaps_and_moved_by_the_start_line() {
    let (glass, mut bus) = set_up();
    data(&mut bus, &[0x02]);
    for (bytes, seen) in [
        (&[0xA0_u8][..], (127, 1)),
        (&[0xA1, 0xC0], (0, 62)),
        (&[0xC8, 0x41], (0, 0)),
        (&[0x42], (0, 63)),
        (&[0x40, 0xD3, 1], (0, 0)),
        (&[0xD3, 0], (0, 1)),
    ] {
        commands(&mut bus, bytes);
        assert_eq!(shining(&glass), [seen], "{bytes:02x?}");
    }
}

#[test]
fn a_wrong_row_wiring_mixes_up_the_lines() {
    let (glass, mut bus) = set_up();
    data(&mut bus, &[0xFF]);
    let column = |glass: &Ssd1306| shining(glass).into_iter().map(|(_, y)| y).collect::<Vec<_>>();
    assert_eq!(column(&glass), [0, 1, 2, 3, 4, 5, 6, 7]);
    commands(&mut bus, &[0xDA, 0x02]);
    assert_eq!(column(&glass), [0, 2, 4, 6, 8, 10, 12, 14], "every other line");
}

#[test]
fn rows_that_are_not_driven_stay_dark() {
    let (glass, mut bus) = set_up();
    data(&mut bus, &[0xFF; BYTES]);
    commands(&mut bus, &[0xA8, 31]);
    assert_eq!(shining(&glass).len(), 128 * 32);
    commands(&mut bus, &[0xA8, 3]);
    assert_eq!(shining(&glass).len(), 128 * 32, "fewer than 16 rows cannot be");
}

#[test]
fn without_its_charge_pump_the_display_is_dark() {
    let (glass, mut bus) = set_up();
    commands(&mut bus, &[0x8D, 0x10]);
    assert!(!glass.is_on());
    commands(&mut bus, &[0x8D, 0x14]);
    assert!(glass.is_on());
}

#[test]
fn a_display_in_reset_or_at_another_address_does_not_answer() {
    let (glass, mut bus) = set_up();
    let nobody = Err(ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address));
    assert_eq!(bus.write(0x3D, &[0x00, 0xAF]), nobody);
    let mut status = [0xFF];
    bus.read(Ssd1306::ADDRESS, &mut status).unwrap();
    assert_eq!(status, [0x00], "it is on");
    glass.reset().set_low().unwrap();
    assert_eq!(bus.write(Ssd1306::ADDRESS, &[0x00, 0xAF]), nobody);
    assert!(!glass.is_on());
    glass.reset().set_high().unwrap();
    assert!(!glass.is_on(), "what was set is forgotten");
    bus.read(Ssd1306::ADDRESS, &mut status).unwrap();
    assert_eq!(status, [0x40], "it is off");
}

#[test]
fn what_scrolls_sideways_moves_within_its_pages() {
    let (glass, mut bus) = set_up();
    data(&mut bus, &[0x01]);
    commands(&mut bus, &[0x21, 0, 127, 0x22, 4, 7]);
    data(&mut bus, &[0x01]);
    // To the right, pages 0 to 1, a step every 2 frames.
    commands(&mut bus, &[0x26, 0, 0, 7, 1, 0, 0xFF]);
    glass.frames(10);
    assert_eq!(shining(&glass), [(0, 0), (0, 32)], "not switched on yet");
    commands(&mut bus, &[0x2F]);
    glass.frames(10);
    assert_eq!(shining(&glass), [(5, 0), (0, 32)]);
    commands(&mut bus, &[0x2E, 0x27, 0, 0, 7, 1, 0, 0xFF, 0x2F]);
    glass.frames(12);
    assert_eq!(shining(&glass), [(127, 0), (0, 32)], "to the left and around");
    commands(&mut bus, &[0x2E]);
    glass.frames(100);
    assert_eq!(shining(&glass), [(127, 0), (0, 32)]);
}

#[test]
fn what_scrolls_up_moves_within_its_area() {
    let (glass, mut bus) = set_up();
    data(&mut bus, &[0x08]);
    // Below 0 rows, 16 rows of them; a row every 2 frames; sideways nothing but page 7.
    commands(&mut bus, &[0xA3, 0, 16, 0x29, 0, 7, 7, 7, 1, 0x2F]);
    glass.frames(4);
    assert_eq!(shining(&glass), [(0, 1)]);
    glass.frames(4);
    assert_eq!(shining(&glass), [(0, 15)], "around within the area");
}
