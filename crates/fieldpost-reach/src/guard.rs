//! Which addresses lead into a private network, to this machine or nowhere: what a stranger's automation must not reach.
//!
//! Pure: an address in, a word out. It is asked about the address that is connected to, after names are looked up, so that no
//! name can say one thing to the guard and another to the connection. The ranges are those of the IANA special-purpose registries.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of address it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// An address in the internet.
    Public,
    /// This machine.
    Own,
    /// A network at home or at work.
    Private,
    /// The wire that a machine hangs on; clouds tell secrets there.
    LinkLocal,
    /// The inside of a provider's network.
    Shared,
    /// Many machines at once.
    Multicast,
    /// An address that is set aside and leads to nobody in the internet.
    Reserved,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "in the internet",
            Self::Own => "this server's own machine",
            Self::Private => "in a private network",
            Self::LinkLocal => "on the server's own wire (link-local)",
            Self::Shared => "inside a provider's network",
            Self::Multicast => "a group of machines (multicast)",
            Self::Reserved => "set aside and belongs to nobody in the internet",
        })
    }
}

/// Tells what kind of address this is. An IPv6 address that stands for an IPv4 address is of that one's kind.
pub fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(v4) => kind_of_v4(v4),
        IpAddr::V6(v6) => kind_of_v6(v6),
    }
}

fn kind_of_v4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        [127, ..] => Kind::Own,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Kind::Private,
        [169, 254, ..] => Kind::LinkLocal,
        [100, 64..=127, ..] => Kind::Shared,
        [224..=239, ..] => Kind::Multicast,
        [0, 0, 0, 0] => Kind::Own, // connects to the machine itself
        // "This network", protocol assignments, documentation, the old 6to4 relays, benchmarking, the future.
        [0, ..]
        | [192, 0, 0 | 2, _]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [240..=255, ..] => Kind::Reserved,
        _ => Kind::Public,
    }
}

fn kind_of_v6(address: Ipv6Addr) -> Kind {
    if let Some(v4) = within(address) {
        // What is translated goes to a translator of the own network; nothing there is needed for an address in the internet.
        return kind_of_v4(v4);
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Kind::Own,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Kind::Private,
        [0xfe80..=0xfebf, ..] => Kind::LinkLocal,
        [0xff00..=0xffff, ..] => Kind::Multicast,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Kind::Reserved,
        // Protocol assignments such as Teredo and benchmarking.
        [0x2001, 0..=0x1ff, ..] => Kind::Reserved,
        // Only this eighth of all addresses is in use in the internet.
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Reserved,
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, "compatible", translated (NAT64), 6to4, ISATAP.
fn within(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => {
            v4(high, low)
        }
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        // Translation within one's own network: wherever it leads, it begins at home.
        [0x64, 0xff9b, 1, ..] => Some(Ipv4Addr::new(10, 0, 0, 0)),
        [0x2002, high, low, ..] => v4(high, low),
        [.., 0 | 0x200, 0x5efe, high, low] => v4(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_has_its_kind() {
        use Kind::{LinkLocal, Multicast, Own, Private, Public, Reserved, Shared};
        let table: &[(Kind, &[&str])] = &[
            (
                Public,
                &[
                    "1.1.1.1",
                    "8.8.8.8",
                    "9.255.255.255",
                    "11.0.0.0",
                    "100.63.255.255",
                    "100.128.0.0",
                    "126.255.255.255",
                    "128.0.0.0",
                    "169.253.255.255",
                    "169.255.0.0",
                    "172.15.255.255",
                    "172.32.0.0",
                    "192.0.1.0",
                    "192.167.255.255",
                    "192.169.0.0",
                    "198.17.255.255",
                    "198.20.0.0",
                    "223.255.255.255",
                    "2606:4700::1111",
                    "2a00:1450:4001::1",
                    "::ffff:8.8.8.8",
                    "64:ff9b::8.8.8.8",
                    "2002:808:808::1",
                ],
            ),
            (
                Own,
                &[
                    "127.0.0.1",
                    "127.255.255.254",
                    "0.0.0.0",
                    "::1",
                    "::",
                    "::ffff:127.0.0.1",
                    "::ffff:7f00:1",
                    "::127.0.0.1",
                    "64:ff9b::7f00:1",
                    "2002:7f00:1::",
                    "::ffff:0:127.0.0.1",
                ],
            ),
            (
                Private,
                &[
                    "10.0.0.0",
                    "10.255.255.255",
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.0.1",
                    "192.168.255.255",
                    "fc00::1",
                    "fdff::1",
                    "fec0::1",
                    "::ffff:192.168.1.1",
                    "64:ff9b::10.0.0.1",
                    "64:ff9b:1::8.8.8.8",
                    "2002:a00:1::",
                    "2a00::5efe:10.0.0.1",
                    "2a00::200:5efe:192.168.0.1",
                ],
            ),
            (
                LinkLocal,
                &[
                    "169.254.0.1",
                    "169.254.169.254",
                    "fe80::1",
                    "febf::1",
                    "::ffff:169.254.169.254",
                    "64:ff9b::a9fe:a9fe",
                ],
            ),
            (Shared, &["100.64.0.1", "100.127.255.255", "::ffff:100.64.0.1"]),
            (Multicast, &["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"]),
            (
                Reserved,
                &[
                    "0.0.0.1",
                    "192.0.0.8",
                    "192.0.2.1",
                    "192.88.99.1",
                    "198.18.0.1",
                    "198.19.255.255",
                    "198.51.100.1",
                    "203.0.113.9",
                    "240.0.0.1",
                    "255.255.255.255",
                    "100::1",
                    "2001::1",
                    "2001:2::1",
                    "2001:db8::1",
                    "3fff:fff::1",
                    "4000::1",
                    "1::1",
                ],
            ),
        ];
        for (expected, addresses) in table {
            for address in *addresses {
                assert_eq!(kind(address.parse().unwrap()), *expected, "{address}");
            }
        }
    }
}
