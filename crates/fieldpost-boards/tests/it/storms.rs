//! Bad days: many boards, a bad network, and what must be true afterwards.
//!
//! Each test runs a few worlds from fixed seeds. `WORLD_SEED=n` begins at another one and runs only that,
//! or as many as `WORLD_SEEDS` says; `WORLD_SITES` and `WORLD_MINUTES` make them larger and longer.

use crate::world::{Climate, World};
use fieldpost_node::Told;

const BAD: Climate =
    Climate { sites: 20, told: Told::Polling, lost: 80, late: 60, dates: true, limit_ms: 0 };

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Runs a bad time from several seeds and then asks what must be true.
fn check(seeds: std::ops::Range<u64>, climate: Climate, minutes: u64) {
    let count = number("WORLD_SEEDS");
    let seeds = match number("WORLD_SEED") {
        Some(seed) => seed..seed + count.unwrap_or(1),
        None => seeds.start..count.map_or(seeds.end, |count| seeds.start + count),
    };
    let sites = number("WORLD_SITES").map_or(climate.sites, |sites| sites as usize);
    for seed in seeds {
        let mut world = World::new(seed, Climate { sites, ..climate });
        world.storm(number("WORLD_MINUTES").unwrap_or(minutes));
        world.settle();
        assert!(world.requests > sites as u64 * 20, "somebody must have spoken");
    }
}

#[test]
fn no_reading_is_lost_and_none_is_there_twice() {
    check(0..4, BAD, 12);
}

#[test]
fn boards_that_wait_for_news_keep_their_word_as_well() {
    check(100..104, Climate { told: Told::Waiting, ..BAD }, 12);
}

#[test]
fn a_service_that_takes_one_update_in_fifteen_seconds_gets_everything() {
    check(200..202, Climate { limit_ms: 15_000, ..BAD }, 12);
}

/// Without the time of day a board can't mark what it sends, so an update that arrives after it was given
/// up may be there twice. What is lost on the way, in either direction, is sent exactly once.
#[test]
fn boards_that_do_not_know_the_time_lose_and_double_nothing_unless_the_network_delays_for_long() {
    check(300..302, Climate { dates: false, late: 0, ..BAD }, 12);
}

#[test]
fn two_thousand_boards_get_through_a_bad_two_minutes() {
    check(400..401, Climate { sites: 1_000, ..BAD }, 2);
}
