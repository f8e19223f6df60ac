//! A button between its pin and ground. The node takes the bounce out.

use esp_hal::gpio::{Input, InputConfig, InputPin, Pull};
use fieldpost_node::{Event, Node};
use fieldpost_shell::{Lights, Shell};

/// The button.
pub struct Button(Input<'static>);

impl Button {
    /// Takes its pin, which is pulled up: low is pressed.
    pub fn new(pin: impl InputPin + 'static) -> Self {
        Self(Input::new(pin, InputConfig::default().with_pull(Pull::Up)))
    }

    /// Job: tells the node when it is pressed and let go.
    pub async fn watch<N: Node, L: Lights>(mut self, shell: &Shell<N, L>) -> ! {
        let mut pressed = false;
        loop {
            // Waiting for a level rather than an edge: nothing is missed between two waits.
            if pressed {
                self.0.wait_for_high().await;
            } else {
                self.0.wait_for_low().await;
            }
            pressed = !pressed;
            shell.hear(Event::Button { pressed });
        }
    }
}
