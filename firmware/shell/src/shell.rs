//! The loop around a node, as jobs that run side by side.
//!
//! Every job ends in [`Shell::hear`], which tells the node what happened and does at once what can be
//! done at once. What takes time (a request, a measurement, drawing) is only signalled there; the job
//! that owns the hardware does it and reports back. Nothing is polled without need, and nothing that is
//! slow can hold up anything else.

use crate::http::{Exchange, Line};
use core::cell::RefCell;
use embassy_futures::select::{Either, select};
use embassy_net::Stack;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Instant, Timer};
use fieldpost_node::{
    Action, Event, Failure, Lane, Led, Node, Reading, Screen, SensorFault, Uptime,
};
use log::{info, warn};

/// The lights of a board.
pub trait Lights {
    /// Switches one of them.
    fn set(&mut self, led: Led, on: bool);
}

/// A node, and what it wants from the jobs around it.
pub struct Shell<N, L> {
    node: RefCell<N>,
    lights: RefCell<L>,
    exchange: Signal<NoopRawMutex, ()>,
    held: Signal<NoopRawMutex, ()>,
    measure: Signal<NoopRawMutex, ()>,
    screen: Signal<NoopRawMutex, Screen>,
    turned: Signal<NoopRawMutex, ()>,
}

impl<N: Node, L: Lights> Shell<N, L> {
    /// The longest sleep, so that a watchdog can tell sleep from death.
    pub const PULSE: Duration = Duration::from_secs(5);
    /// The shortest sleep: whatever the node says, the others get their turn.
    const BREATH: Duration = Duration::from_millis(1);

    /// Puts a node that was just switched on into its shell.
    pub const fn new(node: N, lights: L) -> Self {
        Self {
            node: RefCell::new(node),
            lights: RefCell::new(lights),
            exchange: Signal::new(),
            held: Signal::new(),
            measure: Signal::new(),
            screen: Signal::new(),
            turned: Signal::new(),
        }
    }

    /// Looks at the node.
    pub fn look<R>(&self, look: impl FnOnce(&N) -> R) -> R {
        look(&self.node.borrow())
    }

    /// Tells the node what happened, and does or signals what it wants.
    pub fn hear(&self, event: Event<'_>) {
        let now = uptime();
        let mut event = event;
        while let Some(action) = self.node.borrow_mut().poll(now, event) {
            match action {
                Action::Request(lane) => self.wanted(lane).signal(()),
                Action::SetLed { led, on } => self.lights.borrow_mut().set(led, on),
                Action::Measure => self.measure.signal(()),
                Action::Show(screen) => self.screen.signal(screen),
            }
            event = Event::Tick;
        }
        self.turned.signal(());
    }

    /// Job: lets time pass for the node. `alive` is called at least every [`Shell::PULSE`].
    pub async fn keep_time(&self, mut alive: impl FnMut()) -> ! {
        loop {
            alive();
            self.hear(Event::Tick);
            self.turned.reset();
            let now = Instant::now();
            let due = Instant::from_millis(self.node.borrow().poll_at().millis());
            let due = due.clamp(now + Self::BREATH, now + Self::PULSE);
            select(Timer::at(due), self.turned.wait()).await;
        }
    }

    /// Job: tells the node when the network comes and goes.
    pub async fn follow(&self, network: Stack<'_>) -> ! {
        loop {
            network.wait_config_up().await;
            if let Some(config) = network.config_v4() {
                info!("network: address {}", config.address);
            }
            self.hear(Event::Network(true));
            network.wait_config_down().await;
            warn!("network: lost");
            self.hear(Event::Network(false));
        }
    }

    /// Job: carries the requests of one lane.
    pub async fn talk(&self, lane: Lane, mut line: Line<'_>) -> ! {
        loop {
            self.wanted(lane).wait().await;
            // Path and body print themselves from the node; what is under way does not change there.
            let Some(exchange) = Exchange::new(&self.node, lane) else { continue };
            let asked = Instant::now();
            let network = line.network();
            let gone = network.wait_config_down();
            let result = match select(line.exchange(&exchange), gone).await {
                Either::First(result) => result,
                Either::Second(()) => Err(Failure::Broken),
            };
            let (name, took) = (exchange.label(), asked.elapsed().as_millis());
            match result {
                Ok(reply) => {
                    info!("{name}: {} after {took} ms", reply.status);
                    self.hear(Event::Reply { lane, reply });
                }
                Err(why) => {
                    warn!("{name}: {why}, after {took} ms");
                    self.hear(Event::Failed { lane, why });
                }
            }
        }
    }

    /// Waits until the node wants the sensor read. Answer with [`Shell::measured`].
    pub async fn wants_reading(&self) {
        self.measure.wait().await;
    }

    /// Tells the node what the sensor said.
    pub fn measured(&self, result: Result<Reading, SensorFault>) {
        match result {
            Ok(reading) => info!("sensor: {} C, {} %", reading.temperature(), reading.humidity()),
            Err(fault) => warn!("sensor: {fault}"),
        }
        self.hear(Event::Measured(result));
    }

    /// Waits until the node wants something shown.
    pub async fn wants_shown(&self) -> Screen {
        self.screen.wait().await
    }

    fn wanted(&self, lane: Lane) -> &Signal<NoopRawMutex, ()> {
        match lane {
            Lane::Exchange => &self.exchange,
            Lane::Held => &self.held,
        }
    }
}

fn uptime() -> Uptime {
    Uptime::from_millis(Instant::now().as_millis())
}
