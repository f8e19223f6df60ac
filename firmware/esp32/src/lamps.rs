//! The lights of a board.

use esp_hal::gpio::{Level, Output, OutputConfig, OutputPin};
use fieldpost_node::Led;
use fieldpost_shell::Lights;

/// The heartbeat, and on a sensor node the light that is switched from far away.
pub struct Lamps {
    heartbeat: Output<'static>,
    remote: Option<Output<'static>>,
}

impl Lamps {
    /// Takes the pin of the heartbeat.
    pub fn new(heartbeat: impl OutputPin + 'static) -> Self {
        Self { heartbeat: lamp(heartbeat), remote: None }
    }

    /// Adds the pin of the remote light.
    #[must_use]
    pub fn with_remote(self, remote: impl OutputPin + 'static) -> Self {
        Self { remote: Some(lamp(remote)), ..self }
    }
}

impl Lights for Lamps {
    fn set(&mut self, led: Led, on: bool) {
        match led {
            Led::Heartbeat => self.heartbeat.set_level(on.into()),
            Led::Remote => {
                if let Some(remote) = &mut self.remote {
                    log::info!("light: {}", if on { "on" } else { "off" });
                    remote.set_level(on.into());
                }
            }
        }
    }
}

fn lamp(pin: impl OutputPin + 'static) -> Output<'static> {
    Output::new(pin, Level::Low, OutputConfig::default())
}
