//! The board with the DHT22 and the remote light, as wired in the tutorial's ESP32 DOIT board: sensor on
//! GPIO 23, light on GPIO 22, heartbeat on GPIO 2.
//!
//! What is virtual ends at the pins: the sensor is read by the `dht-sensor` crate, as on a chip.

use crate::dht22::{self, Dht22};
use crate::event::{BoardEvent, Control};
use crate::nature::Nature;
use crate::pins::{VirtualTime, Wire};
use crate::shell::{Board, Happening, Show};
use crate::snapshot::{BoardId, BoardSnapshot, Climate, Log, ReadingText, SensorSnapshot};
use dht_sensor::DhtError;
use embedded_hal::digital::OutputPin;
use fieldpost_node::{Action, Led, Reading, SensorConfig, SensorFault, SensorNode, Uptime};
use std::time::Duration;

/// How many readings a virtual sensor node keeps while it is offline.
const OUTBOX: usize = 512;

/// The board and the node on it.
pub(crate) struct SensorBoard<S> {
    node: SensorNode<OUTBOX>,
    nature: Nature,
    time: VirtualTime,
    sensor: Dht22,
    /// GPIO 23.
    data: dht22::Wire,
    /// GPIO 22.
    remote: Wire,
    /// GPIO 2.
    heartbeat: Wire,
    seen: SensorSnapshot,
    show: S,
}

impl<S: Show> SensorBoard<S> {
    pub(crate) fn new(config: SensorConfig, show: S) -> Self {
        let seed = config.readings.channel.get();
        let (nature, time) = (Nature::new(seed), VirtualTime::default());
        let sensor = Dht22::new(time.clone(), seed);
        let (temperature, humidity) = nature.middle();
        let seen = SensorSnapshot {
            id: BoardId::Sensor,
            name: "Sensor node",
            wifi: true,
            led: false,
            heartbeat: false,
            climate: Climate { temperature, humidity },
            reading: None,
            fault: None,
            log: Log::default(),
        };
        Self {
            node: SensorNode::new(config),
            nature,
            time,
            data: sensor.wire(),
            sensor,
            remote: Wire::default(),
            heartbeat: Wire::default(),
            seen,
            show,
        }
    }

    fn measure(&mut self, now: Uptime) -> Result<Reading, SensorFault> {
        let (temperature, humidity) = self.nature.at(Duration::from_millis(now.millis()));
        self.sensor.set(temperature, humidity);
        self.time.reach_millis(now.millis());
        let answer = dht_sensor::dht22::blocking::read(&mut self.time, &mut self.data);
        match answer {
            Ok(it) => Reading::from_units(it.temperature, it.relative_humidity),
            Err(DhtError::ChecksumMismatch) => Err(SensorFault::Checksum),
            Err(DhtError::Timeout) => Err(SensorFault::Silent),
        }
    }
}

impl<S: Show> Board for SensorBoard<S> {
    type Node = SensorNode<OUTBOX>;

    fn node(&mut self) -> &mut Self::Node {
        &mut self.node
    }

    fn touch(&mut self, _now: Uptime, control: Control) -> Option<Happening> {
        match control {
            Control::Climate { temperature, humidity } => {
                self.nature.set(temperature, humidity);
                let (temperature, humidity) = self.nature.middle();
                self.seen.climate = Climate { temperature, humidity };
            }
            Control::Sensor(trouble) => self.sensor.trouble(trouble),
            Control::Wifi(on) if on != self.seen.wifi => {
                self.seen.wifi = on;
                self.note(BoardEvent::Wifi { on });
                return Some(Happening::Network(on));
            }
            Control::Wifi(_) | Control::Button(_) => {}
        }
        None
    }

    fn act(&mut self, now: Uptime, action: Action) -> Option<Happening> {
        match action {
            Action::SetLed { led, on } => {
                let pin = match led {
                    Led::Remote => &mut self.remote,
                    Led::Heartbeat => &mut self.heartbeat,
                };
                let Ok(()) = pin.set_state(on.into());
                self.seen.heartbeat = self.heartbeat.is_high();
                let led = self.remote.is_high();
                if std::mem::replace(&mut self.seen.led, led) != led {
                    self.note(BoardEvent::Led { on: led });
                }
            }
            Action::Measure => {
                let measured = self.measure(now);
                let before = self.seen.fault.take();
                self.seen.fault = measured.err().map(|fault| fault.to_string());
                match (&measured, self.seen.fault.clone()) {
                    (_, Some(what)) if before.as_ref() != Some(&what) => {
                        self.note(BoardEvent::Fault { what });
                    }
                    (Ok(reading), _) => {
                        let temperature = reading.temperature().to_string();
                        let humidity = reading.humidity().to_string();
                        self.seen.reading = Some(ReadingText {
                            temperature: temperature.clone(),
                            humidity: humidity.clone(),
                        });
                        self.note(BoardEvent::Reading { temperature, humidity });
                    }
                    _ => {}
                }
                return Some(Happening::Measured(measured));
            }
            Action::Show(_) | Action::Request(_) => {}
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
        self.show.board(BoardSnapshot::Sensor(self.seen.clone()));
    }
}
