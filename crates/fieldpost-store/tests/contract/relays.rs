//! Relays: how they are kept, changed and forgotten.

use fieldpost_store::Store;
use fieldpost_store::automations::Secret;
use fieldpost_store::relays::{
    CatchUp, Direction, NewRelay, Relay, RelayProgress, RelaySettings, Tongue,
};
use fieldpost_wire::ChannelId;

use crate::setup::*;

fn new_relay(channel: ChannelId, direction: Direction) -> NewRelay {
    let settings = RelaySettings {
        server: "https://api.thingspeak.com".into(),
        remote_channel: 99,
        key: Secret("V3RYS3CR3TK3Y000".into()),
        private: false,
        enabled: true,
    };
    let progress = RelayProgress { position: 7, ..RelayProgress::default() };
    NewRelay { channel, direction, settings, progress, now: ms(3) }
}

fn made(store: &dyn Store, channel: ChannelId, direction: Direction) -> Relay {
    store.create_relay(new_relay(channel, direction)).unwrap()
}

pub(crate) fn a_relay_comes_back_as_it_was_made(store: &dyn Store) {
    let channel = one_channel(store);
    let one = made(store, channel, Direction::Forward);
    let two = made(store, channel, Direction::Mirror);
    assert_eq!((one.id, two.id, one.created_at, one.channel), (1, 2, ms(3), channel));
    assert_eq!((one.direction, two.direction), (Direction::Forward, Direction::Mirror));
    assert_eq!(one.settings, new_relay(channel, Direction::Forward).settings);
    assert_eq!(one.progress.position, 7);
    assert_eq!(store.relays(Some(channel)).unwrap(), [one.clone(), two.clone()]);
    assert_eq!(store.relays(None).unwrap(), [one, two]);
    assert_eq!(store.relays(Some(channel_id(99))).unwrap(), []);
    assert!(not_found(store.create_relay(new_relay(channel_id(99), Direction::Mirror))));
}

pub(crate) fn a_changed_relay_keeps_its_number_its_channel_and_its_way(store: &dyn Store) {
    let channel = one_channel(store);
    let one = made(store, channel, Direction::Mirror);
    let progress = RelayProgress {
        position: u64::MAX,
        behind: Some(3),
        last_ok_at: Some(-1),
        says: Some("no answer".into()),
        next_at: Some(5),
        failures: 2,
        stopped: true,
        tongue: Some(Tongue::Single),
        sent: Some((6, 5)),
        newest_at: Some(7),
        catch_up: Some(CatchUp { from: 1, target: 2, seen: 3, piece_ms: 4, whole: true }),
    };
    let changed = store.change_relay(channel, one.id, &mut |relay| {
        (relay.id, relay.channel, relay.direction) = (9, channel_id(99), Direction::Forward);
        relay.created_at = ms(9);
        relay.settings.enabled = false;
        relay.progress = progress.clone();
    });
    let mut expected = one.clone();
    expected.settings.enabled = false;
    expected.progress = progress.clone();
    assert_eq!(changed.unwrap(), expected);
    assert_eq!(store.relays(None).unwrap(), [expected]);
    assert!(not_found(store.change_relay(channel, 9, &mut |_| {})));
    assert!(not_found(store.change_relay(channel_id(99), one.id, &mut |_| {})));
}

pub(crate) fn a_relay_goes_by_itself_or_with_its_channel(store: &dyn Store) {
    let channel = one_channel(store);
    let one = made(store, channel, Direction::Mirror);
    assert!(not_found(store.delete_relay(channel_id(99), one.id)));
    store.delete_relay(channel, one.id).unwrap();
    assert!(not_found(store.delete_relay(channel, one.id)));
    assert_eq!(made(store, channel, Direction::Mirror).id, 2, "a number is never used again");
    store.delete_channel(channel).unwrap();
    assert_eq!(store.relays(None).unwrap(), []);
}
