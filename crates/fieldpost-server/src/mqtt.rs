//! The MQTT door of this server: its ports as the options say, its WebSocket on the web port, its counts.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use fieldpost_engine::Engine;
use fieldpost_http::dashboard::schema::MqttPorts;
use fieldpost_http::device::Caller;
use fieldpost_http::metrics;
use fieldpost_http::tls::ServerConfig;
use fieldpost_mqtt::{Listening, Mqtt, listen};
use fieldpost_reach::Reach;
use tokio_util::sync::CancellationToken;

use crate::options::{MqttListen, ServerOptions};

/// The ports that MQTT has if nothing else is said (IANA's names mqtt and secure-mqtt).
const PLAIN: u16 = 1883;
const TLS: u16 = 8883;

/// Ports that are bound and do not answer yet.
pub(crate) struct Ports {
    plain: Option<Listening>,
    tls: Option<Listening>,
}

impl Ports {
    /// Binds them. A port that nobody asked for may be in use: then it is done without.
    pub(crate) async fn bind(options: &ServerOptions) -> anyhow::Result<Self> {
        let usual = |port| SocketAddr::new(options.listen.ip(), port);
        Ok(Self {
            plain: bind("--mqtt-listen", options.mqtt_listen, usual(PLAIN)).await?,
            tls: bind("--mqtts-listen", options.mqtts_listen, usual(TLS)).await?,
        })
    }

    /// The address for plain MQTT.
    pub(crate) fn plain(&self) -> Option<SocketAddr> {
        self.plain.as_ref().map(Listening::address)
    }

    /// The address for MQTT inside TLS.
    pub(crate) fn tls(&self) -> Option<SocketAddr> {
        self.tls.as_ref().map(Listening::address)
    }

    /// What the web app is told.
    pub(crate) fn told(&self) -> MqttPorts {
        let port = |address: SocketAddr| address.port();
        MqttPorts { port: self.plain().map(port), tls_port: self.tls().map(port), websocket: true }
    }
}

async fn bind(
    option: &str,
    said: Option<MqttListen>,
    usual: SocketAddr,
) -> anyhow::Result<Option<Listening>> {
    let address = match said {
        Some(MqttListen::Off) => return Ok(None),
        Some(MqttListen::At(address)) => address,
        None => usual,
    };
    match (listen(address).await, said) {
        (Ok(listening), _) => Ok(Some(listening)),
        (Err(error), None) => {
            eprintln!(
                "fieldpost: nothing listens for MQTT on {address} ({error}); {option} ADDR:PORT picks another port, {option} off none"
            );
            Ok(None)
        }
        (Err(error), Some(_)) => Err(error).with_context(|| {
            format!("can't listen on {address}; is another program using the port? {option} ADDR:PORT picks another")
        }),
    }
}

/// The door. Runs when [`Door::run`] is called.
pub(crate) struct Door(Mqtt);

impl Door {
    /// Opens it, and lets automations publish through it.
    pub(crate) fn new(engine: Engine, reach: &Reach, stop: CancellationToken) -> Self {
        let mqtt = Mqtt::new(engine, stop);
        let publisher = mqtt.clone();
        reach.publish_by(Box::new(move |user, topic, payload, retain| {
            let done = publisher.publish(user, &topic, payload, retain);
            Box::pin(std::future::ready(done))
        }));
        Self(mqtt)
    }

    /// MQTT over WebSockets, for the web port.
    pub(crate) fn router(&self) -> Router {
        self.0.router(|parts| parts.extensions.get::<Caller>().map(|caller| caller.peer))
    }

    /// Writes the counts for `/metrics`.
    pub(crate) fn metrics(&self) -> Arc<dyn Fn(&mut String) + Send + Sync> {
        let mqtt = self.0.clone();
        Arc::new(move |out| {
            let meters = mqtt.meters();
            let mut family = |name: &str, kind: &str, help: &str, count: u64| {
                metrics::family(out, name, kind, help, [(String::new(), count)]);
            };
            let (counter, gauge) = ("counter", "gauge");
            let help = "MQTT connections that were opened.";
            family("fieldpost_mqtt_connections_total", counter, help, meters.connections());
            let help = "MQTT connections that are open.";
            family("fieldpost_mqtt_connections_open", gauge, help, meters.open());
            let help = "Messages that MQTT clients published.";
            family("fieldpost_mqtt_messages_in_total", counter, help, meters.messages_in());
            let help = "Messages that were sent to MQTT subscribers.";
            family("fieldpost_mqtt_messages_out_total", counter, help, meters.messages_out());
            let help = "Messages that MQTT subscribers did not get since they were slow.";
            family("fieldpost_mqtt_messages_dropped_total", counter, help, meters.dropped());
            let help = "MQTT clients, messages and subscriptions that were refused.";
            family("fieldpost_mqtt_refused_total", counter, help, meters.refused());
        })
    }

    /// Serves until the server stops, then lets clients know.
    pub(crate) async fn run(self, ports: Ports, tls: Arc<ServerConfig>) {
        let Self(mqtt) = self;
        let plain = async {
            if let Some(port) = ports.plain {
                port.run(mqtt.clone()).await;
            }
        };
        let secure = async {
            if let Some(port) = ports.tls {
                port.run_tls(mqtt.clone(), tls).await;
            }
        };
        tokio::join!(mqtt.clone().run(), plain, secure);
    }
}
