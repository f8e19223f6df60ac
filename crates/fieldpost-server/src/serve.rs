//! Runs a server: opens the store, starts the engine, opens the door, waits for the signal, and goes the same way back.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use fieldpost_engine::{Engine, Running, automations};
use fieldpost_http::{Door, Listening, Site, listen, tls};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::backups::{self, Backups};
use crate::boards::Boards;
use crate::boards_door::{self, Hands};
use crate::options::{ServeOptions, ServerOptions, StoreKind};
use crate::{folder, mqtt, outside, welcome};

/// The time from one round of the virtual boards to the next.
const BOARDS_INTERVAL: Duration = Duration::from_secs(3);

/// A server that is bound to its port but does not answer yet.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    pub(crate) stop: CancellationToken,
    running: Running,
    in_use: folder::InUse,
    backups: Backups,
    data: PathBuf,
    listening: Listening,
    mqtt: mqtt::Door,
    mqtt_ports: mqtt::Ports,
    signals: Signals,
    tls: Arc<fieldpost_http::tls::ServerConfig>,
}

/// Runs `fieldpost serve`.
pub(crate) fn run(options: ServeOptions) -> anyhow::Result<()> {
    let began = Instant::now();
    runtime()?.block_on(async {
        let server = Server::start(&options.data, &options.server).await?;
        let (address, mqtt) = (server.listening.address(), &server.mqtt_ports);
        let setup = server.engine.setup_token().await?;
        let (data, store) = (&options.data, options.server.store);
        welcome::serve(address, mqtt, data, store, setup.as_deref(), began.elapsed());
        if let Some(token) = setup.filter(|_| std::io::stdout().is_terminal()) {
            welcome::open(&welcome::setup_link(address, &token));
        }
        let boards = Boards::new(server.engine.clone(), address, BOARDS_INTERVAL);
        let pages = boards_door::router(boards.clone(), Hands::SignedIn, server.stop.clone());
        let served = server.run(pages, &boards).await;
        boards.stop().await;
        served
    })
}

impl Server {
    /// Opens the store and the port.
    pub(crate) async fn start(data: &Path, options: &ServerOptions) -> anyhow::Result<Self> {
        start_log(&options.log)?;
        let listening = listen(options.listen).await.with_context(|| {
            format!("can't listen on {}; is another program using the port? --listen ADDR:PORT picks another", options.listen)
        })?;
        let mqtt_ports = mqtt::Ports::bind(options).await?;
        // Caught from here on: who has read that we are ready may ask us to stop.
        let signals = Signals::catch()?;
        let reach = outside::open(options)?;
        let folder::Started { engine, running, store, in_use } =
            folder::engine(data, options.store, options.limits())?;
        let backups = Backups::new(store, data, options)?;
        engine.open_outside(reach.clone());
        if options.store == StoreKind::Sqlite {
            engine.keep_imports_in(folder::imports(data));
        }
        let stop = CancellationToken::new();
        let mqtt = mqtt::Door::new(engine.clone(), &reach, stop.clone());
        let tls = match (&options.tls_cert, &options.tls_key) {
            (Some(cert), Some(key)) => tls::load(cert, key),
            _ => tls::load_or_make(&folder::tls(data), welcome::names()),
        };
        let tls = tls.context("can't set up https")?;
        let data = data.to_owned();
        Ok(Self {
            engine,
            stop,
            running,
            in_use,
            backups,
            data,
            listening,
            mqtt,
            mqtt_ports,
            signals,
            tls,
        })
    }

    /// The ports for MQTT that were bound.
    pub(crate) fn mqtt(&self) -> &mqtt::Ports {
        &self.mqtt_ports
    }

    /// The address that was bound.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.listening.address()
    }

    /// Serves until a signal comes, then finishes what is open and writes what is waiting. `more` holds further routes.
    pub(crate) async fn run(mut self, more: Router, boards: &Boards) -> anyhow::Result<()> {
        let (address, boards) = (self.address(), boards.clone());
        let site = Site {
            boards: Arc::new(move || boards.pair().is_some()),
            addresses: Arc::new(move || welcome::for_boards(address)),
            mqtt: self.mqtt_ports.told(),
            free: {
                let data = self.data.clone();
                Arc::new(move || fs4::available_space(&data).ok())
            },
            metrics: {
                let (mqtt, backups) = (self.mqtt.metrics(), self.backups.clone());
                Arc::new(move |out| {
                    mqtt(out);
                    backups.count(out);
                })
            },
        };
        let more =
            more.merge(self.mqtt.router()).merge(backups::door::router(self.backups.clone()));
        let door = Door::new(self.engine.clone(), site, more, self.stop.clone());
        let watcher = self.engine.clone();
        let expiry = tokio::spawn(async move { watcher.watch_expiry().await });
        let watcher = self.engine.clone();
        let others = tokio::spawn(async move { watcher.watch_others().await });
        let mqtt = tokio::spawn(self.mqtt.run(self.mqtt_ports, Arc::clone(&self.tls)));
        let serving = tokio::spawn(self.listening.run(door, self.tls, self.stop.clone()));
        let closed = CancellationToken::new();
        let automations = tokio::spawn(automations::run(
            self.engine.clone(),
            automations::system_nap(&self.engine),
            RandomState::new().build_hasher().finish(),
            closed.clone().cancelled_owned(),
        ));
        let relays = tokio::spawn({
            let engine = self.engine.clone();
            async move { engine.run_relays().await }
        });
        let retention = tokio::spawn({
            let engine = self.engine.clone();
            async move { engine.run_retention().await }
        });
        let backups = tokio::spawn(async move { self.backups.run().await });
        self.engine.resume_imports();
        tokio::select! {
            () = self.signals.wait() => {}
            () = self.stop.cancelled() => {}
        }
        self.stop.cancel();
        backups.abort(); // one that is half done is left behind under a name of its own, and removed later
        retention.abort(); // a walk is begun anew after the next start
        relays.abort(); // what a relay was at is done again after the next start
        serving.await.context("the listener ended in a panic")?;
        mqtt.await.context("the MQTT door ended in a panic")?;
        // What came last is heard before they end.
        closed.cancel();
        automations.await.context("the automations ended in a panic")?;
        expiry.abort();
        others.abort();
        drop(self.engine);
        tokio::task::spawn_blocking(move || self.running.stop())
            .await
            .context("the engine ended in a panic")?;
        drop(self.in_use);
        Ok(())
    }
}

/// The runtime that everything runs on.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Each of these waits for the disk; more of them would only queue up there.
        .max_blocking_threads(32)
        .build()
        .context("can't start the runtime")
}

/// Ctrl-C, and the signal with which a service manager stops a service.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn catch() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn catch() -> anyhow::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn wait(&mut self) {
        self.0.recv().await;
    }
}

fn start_log(filter: &str) -> anyhow::Result<()> {
    let filter: Targets = filter.parse().context("--log: the filter can't be read")?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
    Ok(())
}
