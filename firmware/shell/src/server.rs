//! Where the server is: `http://host:port` or `https://host:port`.

use core::str::FromStr;
use heapless::String;

/// The longest name of a host.
pub const HOST: usize = 64;

/// A server's address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Server {
    /// Its name, or its address in digits.
    pub host: String<HOST>,
    /// Its port.
    pub port: u16,
    /// True for https.
    pub secret: bool,
}

impl FromStr for Server {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (rest, secret) = match text.strip_prefix("https://") {
            Some(rest) => (rest, true),
            None => (text.strip_prefix("http://").ok_or(())?, false),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, port.parse().map_err(drop)?),
            None => (rest, if secret { 443 } else { 80 }),
        };
        let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-');
        if host.is_empty() || port == 0 || !host.bytes().all(plain) {
            return Err(());
        }
        Ok(Self { host: String::try_from(host).map_err(drop)?, port, secret })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn an_address_is_a_host_and_perhaps_a_port() {
        for (text, host, port) in [
            ("http://192.168.1.20:8080", "192.168.1.20", 8080),
            ("http://api.thingspeak.com", "api.thingspeak.com", 80),
            ("http://post.lan:8080/", "post.lan", 8080),
            ("https://post.lan", "post.lan", 443),
        ] {
            let server: Server = text.parse().unwrap();
            assert_eq!((server.host.to_string(), server.port), (host.to_string(), port));
        }
    }

    #[test]
    fn what_a_board_cannot_reach_is_refused_before_it_tries() {
        for bad in ["", "post.lan", "ftp://a", "http://", "http://a:0", "http://a:x", "http://a/b"]
        {
            assert!(bad.parse::<Server>().is_err(), "{bad}");
        }
    }
}
