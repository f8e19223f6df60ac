//! How much memory a node takes: all of it, since there is no allocator.

use fieldpost_node::outbox::{Kept, Outbox};
use fieldpost_node::{Action, DisplayNode, SensorNode};

/// The figures are those of a 64-bit host; a 32-bit board needs a little less, never more.
#[test]
fn a_node_states_its_memory() {
    let sizes = [
        ("one reading in the outbox", size_of::<Kept>(), 24),
        ("sensor node without outbox", size_of::<SensorNode<0>>(), 336),
        ("sensor node, 256 readings", size_of::<SensorNode<256>>(), 336 + 256 * 24),
        ("display node", size_of::<DisplayNode>(), 336),
        ("an action", size_of::<Action>(), 64),
        ("outbox of 1024 readings", size_of::<Outbox<1024>>(), 32 + 1024 * 24),
    ];
    for (what, size, bound) in sizes {
        println!("{what:28} {size:6} bytes (at most {bound})");
        assert!(size <= bound, "{what} takes {size} bytes, more than {bound}");
    }
}
