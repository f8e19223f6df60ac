//! QEMU's riscv32 `virt` machine as a board: a serial port, a clock, a network card, and no more.
//!
//! It has no sensor, no display and no button, so those are played: the sensor counts (each reading is a
//! tenth of a degree above the one before, so a lost one leaves a gap), the display is printed, and a
//! key pressed on the serial port is a press of the button.

#![no_std]

extern crate alloc;

pub mod clock;
pub mod console;
pub mod display;
pub mod machine;
pub mod network;
