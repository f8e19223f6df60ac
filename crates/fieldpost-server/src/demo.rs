//! `fieldpost demo`: a server, its two channels, two virtual boards that talk through it, and a page to watch and touch them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use fieldpost_boards::{Bench, BenchConfig, ChannelAccess};
use fieldpost_engine::{Engine, Refusal, accounts::Chosen};
use fieldpost_store::ChannelFilter;
use fieldpost_wire::channel::About;
use fieldpost_wire::{Channel, FieldNo, Update};

use crate::boards_door;
use crate::options::DemoOptions;
use crate::serve::{Server, runtime};
use crate::welcome;

/// The user whom the demo's channels belong to. Without a password nobody can sign in as it.
const USER: &str = "demo";
/// The words by which the demo finds its channels again.
const READINGS: &str = "demo-readings";
const COMMAND: &str = "demo-command";

/// Runs `fieldpost demo`.
pub(crate) fn run(options: DemoOptions) -> anyhow::Result<()> {
    let began = Instant::now();
    runtime()?.block_on(async {
        let server = Server::start(&options.data, &options.server).await?;
        let (readings, command) =
            channels(&server.engine).await.context("can't make the demo's channels")?;
        let address = server.address();
        let bench = Bench::start(BenchConfig {
            server: format!("http://{}", reachable(address)),
            readings: access(&readings),
            command: access(&command),
            interval: Duration::from_millis(options.interval),
        });
        welcome::demo(address, &options.data, options.server.store, &readings, began.elapsed());
        if !options.no_open && has_desktop() {
            // Without a browser the printed address does as well.
            let _ = open::that_detached(format!("http://localhost:{}/", address.port()));
        }
        let pages = boards_door::router(bench.clone(), &readings, &command, server.stop.clone());
        let served = server.run(pages).await;
        bench.stop().await;
        served
    })
}

/// Finds the two channels, or makes them, each with a first entry so that no board ever finds them empty.
async fn channels(engine: &Engine) -> Result<(Channel, Channel), Refusal> {
    let user = match engine.user(USER).await {
        Err(Refusal::NoUser) => engine.create_user(USER, None).await,
        found => found,
    }?;
    let known =
        engine.channels(ChannelFilter { owner: Some(user.id), ..ChannelFilter::default() }).await?;
    let find = |word: &str| {
        known
            .iter()
            .find(|(channel, _)| channel.about.tags.iter().any(|tag| tag.name == word))
            .map(|(channel, _)| channel.clone())
    };
    let make = async |word: &str, name: &str, labels: &[&str]| {
        let mut about = About { name: name.into(), public: true, ..About::default() };
        about.tags = vec![fieldpost_wire::channel::Tag { id: 0, name: word.into() }];
        for (slot, label) in about.labels.iter_mut().zip(labels) {
            *slot = Some((*label).into());
        }
        engine.create_channel(&user, about, Chosen::default()).await
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
    if engine.head(readings.id).await?.last.is_none() {
        let first = Update::from([(one, "21.5"), (two, "55.0")]);
        engine.import(readings.id, vec![Update { created_at, ..first }]).await?;
    }
    if engine.head(command.id).await?.last.is_none() {
        engine
            .import(command.id, vec![Update { created_at, ..Update::from([(one, "0")]) }])
            .await?;
    }
    Ok((readings, command))
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

fn has_desktop() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}
