//! The two virtual boards that a server can run beside itself, and the two channels that they talk through.
//!
//! The boards know the server by its address only, as boards on a desk would. At most one pair runs at a time; whoever
//! looks is told by `boards_door.rs`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fieldpost_boards::{Bench, BenchConfig, ChannelAccess};
use fieldpost_engine::accounts::Chosen;
use fieldpost_engine::{Engine, Refusal};
use fieldpost_store::{ChannelFilter, User};
use fieldpost_wire::channel::{About, Tag};
use fieldpost_wire::{Channel, FieldNo, Update};

/// The words by which the boards' channels are found again.
const READINGS: &str = "demo-readings";
const COMMAND: &str = "demo-command";

/// The boards of a server, running or not. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Boards {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    server: String,
    interval: Duration,
    pair: Mutex<Option<Pair>>,
    /// Held while boards are switched on or off, so that two people can't do so at once.
    switching: tokio::sync::Mutex<()>,
}

/// Two boards that are switched on.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) bench: Bench,
    pub(crate) channels: Channels,
}

/// The channels of a pair of boards.
#[derive(Clone)]
pub(crate) struct Channels {
    /// What the sensor node measures.
    pub(crate) readings: Channel,
    /// What the display node's button wants.
    pub(crate) command: Channel,
}

impl Boards {
    /// Boards for a server that listens at `address`, switched off.
    pub(crate) fn new(engine: Engine, address: SocketAddr, interval: Duration) -> Self {
        let server = format!("http://{}", reachable(address));
        let switching = tokio::sync::Mutex::new(());
        let inner = Inner { engine, server, interval, pair: Mutex::new(None), switching };
        Self { inner: Arc::new(inner) }
    }

    /// Switches the boards on, on channels of this user, which are made if need be. Boards that run already go on as they are.
    pub(crate) async fn start(&self, owner: &User, public: bool) -> Result<Channels, Refusal> {
        let _one_at_a_time = self.inner.switching.lock().await;
        if let Some(pair) = self.pair() {
            return Ok(pair.channels);
        }
        let channels = channels(&self.inner.engine, owner, public).await?;
        let bench = Bench::start(BenchConfig {
            server: self.inner.server.clone(),
            readings: access(&channels.readings),
            command: access(&channels.command),
            interval: self.inner.interval,
        });
        *self.slot() = Some(Pair { bench, channels: channels.clone() });
        Ok(channels)
    }

    /// Switches the boards off and waits until they are.
    pub(crate) async fn stop(&self) {
        let _one_at_a_time = self.inner.switching.lock().await;
        let pair = self.slot().take();
        if let Some(pair) = pair {
            pair.bench.stop().await;
        }
    }

    /// The boards, if they are switched on.
    pub(crate) fn pair(&self) -> Option<Pair> {
        self.slot().clone()
    }

    fn slot(&self) -> MutexGuard<'_, Option<Pair>> {
        // The slot is whole after every statement, so a panic elsewhere can't have left it half changed.
        self.inner.pair.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds the two channels, or makes them, each with a first entry so that no board ever finds them empty.
async fn channels(engine: &Engine, owner: &User, public: bool) -> Result<Channels, Refusal> {
    let own = ChannelFilter { owner: Some(owner.id), ..ChannelFilter::default() };
    let known = engine.channels(own).await?;
    let find = |word: &str| {
        known
            .iter()
            .find(|(channel, _)| channel.about.tags.iter().any(|tag| tag.name == word))
            .map(|(channel, _)| channel.clone())
    };
    let make = async |word: &str, name: &str, labels: &[&str]| {
        let mut about = About { name: name.into(), public, ..About::default() };
        about.tags = vec![Tag { id: 0, name: word.into() }];
        for (slot, label) in about.labels.iter_mut().zip(labels) {
            *slot = Some((*label).into());
        }
        engine.create_channel(owner, about, Chosen::default()).await
    };
    let readings = match find(READINGS) {
        Some(channel) => channel,
        None => make(READINGS, "Greenhouse", &["Temperature", "Humidity"]).await?,
    };
    let command = match find(COMMAND) {
        Some(channel) => channel,
        None => make(COMMAND, "LED command", &["LED"]).await?,
    };
    let [one, two, ..] = FieldNo::ALL;
    // A little before the boards' first entries, whose times are whole seconds.
    let created_at = Some(engine.now().plus_millis(-3_000));
    let first = |update: Update| vec![Update { created_at, ..update }];
    if engine.head(readings.id).await?.last.is_none() {
        let update = Update::from([(one, "21.5"), (two, "55.0")]);
        engine.import(readings.id, first(update)).await?;
    }
    if engine.head(command.id).await?.last.is_none() {
        engine.import(command.id, first(Update::from([(one, "0")]))).await?;
    }
    Ok(Channels { readings, command })
}

fn access(channel: &Channel) -> ChannelAccess {
    ChannelAccess {
        id: channel.id,
        write_key: channel.write_key,
        read_key: channel.read_keys.first().map(|read| read.key),
    }
}

/// An address at which this machine reaches its own server.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
    } else {
        address
    }
}
