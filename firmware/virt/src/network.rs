//! The virtio network card, as embassy-net wants it.

use crate::machine::pages;
use core::cell::RefCell;
use core::ptr::NonNull;
use core::task::Context;
use embassy_net::{Config, Runner, Stack, StackResources};
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState};
use static_cell::StaticCell;
use virtio_drivers::device::net::{RxBuffer, VirtIONet};
use virtio_drivers::transport::mmio::{MmioTransport, VirtIOHeader};
use virtio_drivers::transport::{DeviceType, Transport};
use virtio_drivers::{BufferDirection, Hal, PhysAddr};

/// Where the machine's virtio devices may be.
const SLOTS: [usize; 8] = {
    let mut slots = [0x1000_1000; 8];
    let mut n = 0;
    while n < 8 {
        slots[n] += n * 0x1000;
        n += 1;
    }
    slots
};

/// Finds the card and sets up a network on it, with an address by DHCP.
pub fn join(seed: u64) -> (Stack<'static>, Runner<'static, Card>) {
    static RESOURCES: StaticCell<StackResources<6>> = StaticCell::new();
    let config = Config::dhcpv4(Default::default());
    embassy_net::new(find(), config, RESOURCES.init(StackResources::new()), seed)
}

fn find() -> Card {
    for slot in SLOTS {
        let header = NonNull::new(slot as *mut VirtIOHeader).expect("slots are not at zero");
        // SAFETY: these are the machine's virtio slots, and only this function touches them.
        let Ok(transport) = (unsafe { MmioTransport::new(header, 0x1000) }) else { continue };
        if transport.device_type() == DeviceType::Network {
            return Card(RefCell::new(VirtIONet::new(transport, 2048).expect("a card that works")));
        }
    }
    panic!("there is no network card")
}

/// The network card.
pub struct Card(RefCell<VirtIONet<Memory, MmioTransport<'static>, 16>>);

/// A frame that has arrived.
pub struct Arrived<'a>(&'a Card, Option<RxBuffer>);

/// A free place for a frame to send.
pub struct Free<'a>(&'a Card);

impl Driver for Card {
    type RxToken<'a> = Arrived<'a>;
    type TxToken<'a> = Free<'a>;

    fn receive(&mut self, _: &mut Context<'_>) -> Option<(Arrived<'_>, Free<'_>)> {
        let frame = self.0.get_mut().receive().ok()?;
        Some((Arrived(self, Some(frame)), Free(self)))
    }

    fn transmit(&mut self, _: &mut Context<'_>) -> Option<Free<'_>> {
        self.0.get_mut().can_send().then_some(Free(self))
    }

    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = 1514;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.0.borrow().mac_address())
    }
}

impl embassy_net_driver::RxToken for Arrived<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, read: F) -> R {
        let frame = self.1.as_mut().expect("a frame is there until the token goes");
        read(frame.packet_mut())
    }
}

impl Drop for Arrived<'_> {
    fn drop(&mut self) {
        if let Some(frame) = self.1.take() {
            self.0.0.borrow_mut().recycle_rx_buffer(frame).expect("the card takes its buffer back");
        }
    }
}

impl embassy_net_driver::TxToken for Free<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut card = self.0.0.borrow_mut();
        let mut frame = card.new_tx_buffer(length);
        let result = write(frame.packet_mut());
        card.send(frame).expect("there is room for a frame");
        result
    }
}

/// The machine's memory as the card sees it: at the same addresses.
pub struct Memory;

// SAFETY: memory comes from the allocator in whole pages and is given back the same way; physical and
// virtual addresses are the same on this machine.
unsafe impl Hal for Memory {
    fn dma_alloc(count: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        // SAFETY: the layout is not empty.
        let memory = unsafe { alloc::alloc::alloc_zeroed(pages(count)) };
        let memory = NonNull::new(memory).expect("memory for the card");
        (memory.as_ptr() as PhysAddr, memory)
    }

    unsafe fn dma_dealloc(_: PhysAddr, memory: NonNull<u8>, count: usize) -> i32 {
        // SAFETY: it came from `dma_alloc` with the same count.
        unsafe { alloc::alloc::dealloc(memory.as_ptr(), pages(count)) };
        0
    }

    unsafe fn mmio_phys_to_virt(address: PhysAddr, _: usize) -> NonNull<u8> {
        NonNull::new(address as usize as *mut u8).expect("devices are not at zero")
    }

    unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
        buffer.as_ptr().cast::<u8>() as PhysAddr
    }

    unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
}
