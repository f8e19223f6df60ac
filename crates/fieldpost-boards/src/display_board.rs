//! The board with the display and the button, as wired in the tutorial's Heltec board: display on SCL
//! GPIO 15, SDA GPIO 4 and reset GPIO 16, button on GPIO 21, heartbeat on GPIO 25.
//!
//! What is virtual ends at the pins: the display is driven by the `ssd1306` crate, as on a chip.

use crate::button::Button;
use crate::event::{BoardEvent, Control};
use crate::pins::{VirtualTime, Wire};
use crate::shell::{Board, Happening, Show};
use crate::snapshot::{BoardId, BoardSnapshot, DisplaySnapshot, Log, Oled};
use crate::ssd1306::{Bus, COLUMNS, ROWS, Reset, Ssd1306};
use display_interface::DisplayError;
use embedded_hal::digital::OutputPin;
use fieldpost_node::screen::Shown;
use fieldpost_node::{Action, DisplayConfig, DisplayNode, Led, Screen, Uptime};
use ssd1306::mode::BufferedGraphicsMode;
use ssd1306::prelude::{DisplayConfig as _, DisplayRotation, DisplaySize128x64, I2CInterface};
use ssd1306::{I2CDisplayInterface, Ssd1306 as Driver};
use std::collections::VecDeque;

type Oled128x64 =
    Driver<I2CInterface<Bus>, DisplaySize128x64, BufferedGraphicsMode<DisplaySize128x64>>;

/// The board and the node on it.
pub(crate) struct DisplayBoard<S> {
    node: DisplayNode,
    time: VirtualTime,
    glass: Ssd1306,
    driver: Oled128x64,
    /// GPIO 16.
    reset: Reset,
    /// The display was told how to work.
    ready: bool,
    button: Button,
    /// Changes of level that are still to come.
    bouncing: VecDeque<(Uptime, bool)>,
    /// GPIO 25.
    heartbeat: Wire,
    seen: DisplaySnapshot,
    show: S,
}

impl<S: Show> DisplayBoard<S> {
    pub(crate) fn new(config: DisplayConfig, show: S) -> Self {
        let glass = Ssd1306::new(config.command.channel.get());
        let interface = I2CDisplayInterface::new(glass.bus());
        let driver = Driver::new(interface, DisplaySize128x64, DisplayRotation::Rotate0)
            .into_buffered_graphics_mode();
        let seen = DisplaySnapshot {
            id: BoardId::Display,
            name: "Display node",
            wifi: true,
            heartbeat: false,
            button: false,
            state: false,
            oled: Oled {
                width: COLUMNS as u32,
                height: ROWS as u32,
                on: glass.is_on(),
                pixels: glass.picture(),
            },
            says: String::new(),
            log: Log::default(),
        };
        Self {
            node: DisplayNode::new(config),
            time: VirtualTime::default(),
            reset: glass.reset(),
            glass,
            driver,
            ready: false,
            button: Button::new(1),
            bouncing: VecDeque::new(),
            heartbeat: Wire::default(),
            seen,
            show,
        }
    }

    /// Draws; a display that was not there before is set up first, so that one that was plugged in
    /// again comes back.
    fn draw(&mut self, screen: &Screen) -> Result<(), DisplayError> {
        if !self.ready {
            let Ok(()) = self.driver.reset(&mut self.reset, &mut self.time).map_err(drop) else {
                return Err(DisplayError::RSError);
            };
            self.driver.init()?;
        }
        self.ready = false;
        screen.draw(&mut self.driver)?;
        self.driver.flush()?;
        self.ready = true;
        Ok(())
    }
}

impl<S: Show> Board for DisplayBoard<S> {
    type Node = DisplayNode;

    fn node(&mut self) -> &mut DisplayNode {
        &mut self.node
    }

    fn touch(&mut self, now: Uptime, control: Control) -> Option<Happening> {
        match control {
            Control::Button(pressed) => {
                let edges = self.button.set(pressed).into_iter();
                self.bouncing.extend(edges.map(|(later, level)| (now.after(later), level)));
            }
            Control::Wifi(on) if on != self.seen.wifi => {
                self.seen.wifi = on;
                self.note(BoardEvent::Wifi { on });
                return Some(Happening::Network(on));
            }
            Control::Wifi(_) | Control::Climate { .. } | Control::Sensor(_) => {}
        }
        None
    }

    fn due(&self) -> Option<Uptime> {
        self.bouncing.front().map(|(at, _)| *at)
    }

    fn pass(&mut self, now: Uptime) -> Option<Happening> {
        let (at, pressed) = self.bouncing.pop_front_if(|(at, _)| *at <= now)?;
        Some(Happening::Button { at, pressed })
    }

    fn act(&mut self, now: Uptime, action: Action) -> Option<Happening> {
        match action {
            Action::SetLed { led: Led::Heartbeat, on } => {
                let Ok(()) = self.heartbeat.set_state(on.into());
                self.seen.heartbeat = self.heartbeat.is_high();
            }
            Action::Show(screen) => {
                self.time.reach_millis(now.millis());
                if self.draw(&screen).is_err() {
                    let what = "the display does not answer".to_owned();
                    self.note(BoardEvent::Broken { what });
                }
                self.seen.oled.on = self.glass.is_on();
                self.seen.oled.pixels = self.glass.picture();
                self.seen.says = words(&screen);
                let text = self.seen.says.clone();
                self.note(BoardEvent::Screen { on: self.glass.is_on(), text });
            }
            Action::SetLed { led: Led::Remote, .. } | Action::Measure | Action::Request(_) => {}
        }
        None
    }

    fn note(&mut self, event: BoardEvent) {
        if event.is_for_log() {
            self.seen.log.add(event.to_string());
        }
        self.show.event(event);
    }

    fn publish(&mut self) {
        self.seen.button = self.button.is_pressed();
        let state = self.node.state();
        if std::mem::replace(&mut self.seen.state, state) != state {
            self.note(BoardEvent::State { on: state });
        }
        self.show.board(BoardSnapshot::Display(self.seen.clone()));
    }
}

/// A screen in words.
fn words(screen: &Screen) -> String {
    let text = |shown: &Shown| shown.as_str().to_owned();
    match screen {
        Screen::Starting => "starting".to_owned(),
        Screen::NoReadings => "no readings yet".to_owned(),
        Screen::Readings { temperature, humidity, note } => {
            let note = note.text();
            let rest = if note.is_empty() { String::new() } else { format!(", {note}") };
            format!("{} °C, {} %{rest}", text(temperature), text(humidity))
        }
        Screen::Trouble(trouble) => trouble.lines().join(" "),
    }
}
