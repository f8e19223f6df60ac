//! What a person reads when a server starts, and the names under which this machine is known.

use std::io::{IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use fieldpost_wire::Channel;

use crate::mqtt::Ports;
use crate::options::StoreKind;

/// Greets after `fieldpost serve`: the line for scripts, then the lines for people.
pub(crate) fn serve(
    address: SocketAddr,
    mqtt: &Ports,
    data: &Path,
    store: StoreKind,
    setup: Option<&str>,
    took: Duration,
) {
    ready(address, mqtt);
    let mut lines = Lines::default();
    lines.addresses(address, mqtt);
    lines.data(data, store);
    if let Some(token) = setup {
        lines.blank();
        lines.say("Finish set-up", &format!("{}   for 30 minutes", setup_link(address, token)));
    }
    lines.blank();
    lines.print(took);
}

/// Greets after `fieldpost demo`.
pub(crate) fn demo(
    address: SocketAddr,
    mqtt: &Ports,
    data: &Path,
    store: StoreKind,
    readings: &Channel,
    setup: Option<&str>,
    took: Duration,
) {
    ready(address, mqtt);
    let mut lines = Lines::default();
    lines.addresses(address, mqtt);
    lines.data(data, store);
    lines.blank();
    let base = format!("http://localhost:{}", address.port());
    lines.say(
        "Write",
        &format!("curl \"{base}/update?api_key={}&field1=21.5\"", readings.write_key.reveal()),
    );
    lines.say("Read", &format!("curl \"{base}/channels/{}/feeds.json?results=1\"", readings.id));
    if let Some(token) = setup {
        lines.say("Make it yours", &format!("{}   for 30 minutes", setup_link(address, token)));
    }
    lines.blank();
    lines.print(took);
}

/// Where the first user is made.
pub(crate) fn setup_link(address: SocketAddr, token: &str) -> String {
    let host = match address.ip() {
        ip if ip.is_unspecified() || ip.is_loopback() => "localhost".to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
        ip => ip.to_string(),
    };
    format!("http://{host}:{}/setup/{token}", address.port())
}

/// The one line that scripts wait for: `ready`, then the addresses; those for MQTT if it is listened for.
fn ready(address: SocketAddr, mqtt: &Ports) {
    let host = reachable(address);
    let mut line = format!("ready http://{host} https://{host}");
    for (scheme, address) in [("mqtt", mqtt.plain()), ("mqtts", mqtt.tls())] {
        if let Some(address) = address {
            line.push_str(&format!(" {scheme}://{}", reachable(address)));
        }
    }
    say(&format!("{line}\n"));
}

/// An address at which this machine finds what listens there.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Lines of a label and a text, in two columns.
#[derive(Default)]
struct Lines(Vec<(String, String)>);

impl Lines {
    fn say(&mut self, label: &str, text: &str) {
        self.0.push((label.into(), text.into()));
    }

    fn blank(&mut self) {
        self.say("", "");
    }

    fn addresses(&mut self, address: SocketAddr, mqtt: &Ports) {
        let port = address.port();
        let ip = address.ip();
        let with_mqtt = |ip: IpAddr| match mqtt.plain() {
            Some(mqtt) if mqtt.ip().is_unspecified() || mqtt.ip() == ip => {
                format!("   mqtt {}", SocketAddr::new(ip, mqtt.port()))
            }
            _ => String::new(),
        };
        if ip.is_unspecified() || ip.is_loopback() {
            let mqtt = if ip.is_loopback() { with_mqtt(ip) } else { String::new() };
            self.say("On this machine", &format!("http://localhost:{port}{mqtt}"));
        }
        let on_network: Vec<IpAddr> = if ip.is_unspecified() { lan_addresses() } else { vec![ip] };
        for (at, ip) in on_network.iter().filter(|ip| !ip.is_loopback()).enumerate() {
            let label = if at == 0 { "On your network" } else { "" };
            self.say(
                label,
                &format!(
                    "http://{}   https too, same port{}",
                    SocketAddr::new(*ip, port),
                    with_mqtt(*ip)
                ),
            );
        }
    }

    fn data(&mut self, data: &Path, store: StoreKind) {
        let text = match store {
            StoreKind::Sqlite => {
                std::path::absolute(data).unwrap_or_else(|_| data.into()).display().to_string()
            }
            StoreKind::Memory => "in memory only; it is gone when the server stops".into(),
        };
        self.say("Your data", &text);
    }

    fn print(&self, took: Duration) {
        let pretty = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let (bold, dim, off) =
            if pretty { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
        let mut text = format!(
            "\n  {bold}Fieldpost {}{off}   {dim}up in {} ms; Ctrl-C stops it{off}\n\n",
            env!("CARGO_PKG_VERSION"),
            took.as_millis()
        );
        for (label, line) in &self.0 {
            if !line.is_empty() {
                text.push_str(&format!("  {dim}{label:<16}{off}  {line}"));
            }
            text.push('\n');
        }
        say(&text);
    }
}

/// Prints at once. Who started the server may have read enough and closed its end; that is no reason to stop.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The addresses of this machine on its networks, IPv4 first; link-local ones are no help to a board.
fn lan_addresses() -> Vec<IpAddr> {
    let Ok(interfaces) = if_addrs::get_if_addrs() else { return Vec::new() };
    let mut addresses: Vec<IpAddr> = interfaces
        .iter()
        .filter(|face| !face.is_loopback() && !face.is_link_local())
        .map(if_addrs::Interface::ip)
        .collect();
    addresses.retain(IpAddr::is_ipv4);
    addresses.sort();
    addresses.dedup();
    addresses
}

/// Where boards find a server that listens at this address, best first: on the network if there is one, else on this machine only.
pub(crate) fn for_boards(address: SocketAddr) -> Vec<String> {
    let found = if address.ip().is_unspecified() { lan_addresses() } else { vec![address.ip()] };
    let ips = if found.is_empty() { vec![IpAddr::V4(Ipv4Addr::LOCALHOST)] } else { found };
    let url = |ip: &IpAddr| format!("http://{}", SocketAddr::new(*ip, address.port()));
    ips.iter().map(url).collect()
}

/// The names and addresses that the server's own certificate is made for.
pub(crate) fn names() -> Vec<String> {
    let mut names = vec![
        "localhost".to_string(),
        Ipv4Addr::LOCALHOST.to_string(),
        Ipv6Addr::LOCALHOST.to_string(),
    ];
    if let Ok(host) = std::fs::read_to_string("/proc/sys/kernel/hostname") {
        let host = host.trim().to_ascii_lowercase();
        let fine = !host.is_empty()
            && host.len() < 64
            && host.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        if fine && host != "localhost" {
            names.push(format!("{host}.local"));
            names.push(host);
        }
    }
    names.extend(lan_addresses().iter().map(ToString::to_string));
    names
}

/// Opens an address in a browser where there is a desktop. Without one the printed address does as well.
pub(crate) fn open(url: &str) {
    let desktop = !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if desktop {
        let _ = open::that_detached(url);
    }
}
