//! Slows down whoever guesses passwords: by name and by address.
//!
//! A try counts when it begins, so that many at once gain nothing. After a few that failed each further one has to wait, twice as long
//! as the one before. The table is bounded; time comes in from outside.

use std::collections::HashMap;
use std::net::IpAddr;

use fieldpost_wire::Timestamp;

/// How many tries in a row are free for a name, and for an address, behind which there may be a whole class.
const FREE_BY_NAME: u32 = 5;
const FREE_BY_ADDRESS: u32 = 20;
/// The first wait, and the longest, in milliseconds.
const FIRST_WAIT: i64 = 15_000;
const LONGEST_WAIT: i64 = 15 * 60_000;
/// After how long a quiet time all is forgotten, in milliseconds.
const FORGOTTEN: i64 = 30 * 60_000;
/// How many names and addresses are remembered.
const MOST: usize = 20_000;

/// Who tries.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Who {
    Name(String),
    Address(IpAddr),
}

#[derive(Clone, Copy, Default)]
struct Tries {
    failed: u32,
    last: Timestamp,
    /// No try before this.
    next: Timestamp,
}

/// What is remembered of those who failed.
pub(crate) struct Throttle {
    tries: HashMap<Who, Tries>,
    longest_wait: i64,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::waiting_at_most(LONGEST_WAIT)
    }
}

impl Throttle {
    /// Makes one that lets nobody wait for longer than so many milliseconds.
    pub(crate) fn waiting_at_most(longest_wait: i64) -> Self {
        Self { tries: HashMap::new(), longest_wait }
    }

    /// Admits a try, which counts as failed until [`Throttle::succeeded`] says otherwise; or tells how many milliseconds to wait.
    pub(crate) fn admit(&mut self, name: &str, peer: IpAddr, now: Timestamp) -> Result<(), u64> {
        let both = both(name, peer);
        let wait = |who: &Who| {
            let next = self.tries.get(who).filter(|tries| !forgotten(tries, now))?.next;
            u64::try_from(next.millis() - now.millis()).ok().filter(|wait| *wait > 0)
        };
        if let Some(wait) = both.iter().filter_map(|(who, _)| wait(who)).max() {
            return Err(wait);
        }
        self.make_room(now);
        for (who, free) in both {
            let tries = self.tries.entry(who).or_default();
            if forgotten(tries, now) {
                *tries = Tries::default();
            }
            tries.failed += 1;
            tries.last = now;
            if let Some(beyond) = tries.failed.checked_sub(free) {
                let wait = FIRST_WAIT.saturating_mul(1 << beyond.min(20)).min(self.longest_wait);
                tries.next = now.plus_millis(wait);
            }
        }
        Ok(())
    }

    /// Forgets the failures of a name, and takes back the one that its address was charged with.
    pub(crate) fn succeeded(&mut self, name: &str, peer: IpAddr) {
        let [(name, _), (address, free)] = both(name, peer);
        self.tries.remove(&name);
        if let Some(tries) = self.tries.get_mut(&address) {
            tries.failed = tries.failed.saturating_sub(1);
            if tries.failed < free {
                tries.next = Timestamp::default();
            }
        }
    }

    /// Makes room for two more: forgets what is old, and if need be those who were quiet longest.
    fn make_room(&mut self, now: Timestamp) {
        if self.tries.len() + 2 <= MOST {
            return;
        }
        self.tries.retain(|_, tries| !forgotten(tries, now));
        if self.tries.len() + 2 > MOST {
            let mut times: Vec<Timestamp> = self.tries.values().map(|tries| tries.last).collect();
            times.sort_unstable();
            // A tenth at once, so that a flood does not make every try search the whole table.
            let limit = times[times.len() / 10];
            self.tries.retain(|_, tries| tries.last > limit);
        }
    }
}

fn forgotten(tries: &Tries, now: Timestamp) -> bool {
    // The distance either way, so that a clock that was set back locks nobody out.
    now.millis().abs_diff(tries.last.millis()) > FORGOTTEN as u64
}

fn both(name: &str, peer: IpAddr) -> [(Who, u32); 2] {
    // Long names are cut: they could fill the memory.
    let name = name.trim().to_lowercase().chars().take(64).collect();
    [(Who::Name(name), FREE_BY_NAME), (Who::Address(network(peer)), FREE_BY_ADDRESS)]
}

/// An address as it counts here: who has one IPv6 address has a whole network of them.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_780_000_000 + seconds)
    }

    fn peer(n: u8) -> IpAddr {
        Ipv4Addr::new(192, 168, 1, n).into()
    }

    #[test]
    fn after_five_failures_waits_double_up_to_a_quarter_of_an_hour() {
        let mut throttle = Throttle::default();
        for n in 0..5 {
            assert_eq!(throttle.admit("ada", peer(n), at(0)), Ok(()));
        }
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..9 {
            let wait = throttle.admit("ADA ", peer(99), at(now)).unwrap_err();
            waits.push(wait / 1000);
            now += (wait / 1000) as i64;
            assert_eq!(throttle.admit("ada", peer((now % 200) as u8), at(now)), Ok(()));
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(throttle.admit("bob", peer(1), at(now)), Ok(()), "others go on");
    }

    #[test]
    fn an_address_that_tries_many_names_waits_too() {
        let mut throttle = Throttle::default();
        for n in 0..20 {
            assert_eq!(throttle.admit(&format!("user{n}"), peer(1), at(0)), Ok(()));
        }
        assert!(throttle.admit("ada", peer(1), at(1)).is_err());
        assert_eq!(throttle.admit("ada", peer(2), at(1)), Ok(()));
        let v6 = |n: u16| IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, n));
        for n in 0..20 {
            assert_eq!(throttle.admit(&format!("six{n}"), v6(n), at(0)), Ok(()));
        }
        assert!(throttle.admit("ada", v6(77), at(1)).is_err(), "a network counts as one");
    }

    #[test]
    fn who_gets_in_begins_anew_and_what_is_long_ago_is_forgotten() {
        let mut throttle = Throttle::default();
        for _ in 0..4 {
            throttle.admit("ada", peer(1), at(0)).unwrap();
        }
        throttle.admit("ada", peer(1), at(0)).unwrap();
        throttle.succeeded("ada", peer(1));
        for _ in 0..5 {
            throttle.admit("ada", peer(1), at(1)).unwrap();
        }
        assert!(throttle.admit("ada", peer(1), at(2)).is_err());
        assert_eq!(throttle.admit("ada", peer(1), at(2 + 31 * 60)), Ok(()));
    }

    #[test]
    fn a_class_that_signs_in_from_one_address_is_not_slowed_down() {
        let mut throttle = Throttle::default();
        for n in 0..200 {
            let name = format!("pupil{n}");
            assert_eq!(throttle.admit(&name, peer(1), at(0)), Ok(()));
            throttle.succeeded(&name, peer(1));
        }
    }

    #[test]
    fn the_table_stays_bounded() {
        let mut throttle = Throttle::default();
        for n in 0..(MOST as u32 * 2) {
            let peer = IpAddr::V4(Ipv4Addr::from_bits(n));
            throttle.admit(&format!("u{n}"), peer, at(i64::from(n) / 100)).unwrap();
            assert!(throttle.tries.len() <= MOST);
        }
    }
}
