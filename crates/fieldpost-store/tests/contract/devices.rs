//! MQTT devices.

use fieldpost_store::{Device, NewDevice, Right, Store, StoreError, Taken, TopicMap};

use crate::setup::*;

fn new_device(client_id: &str, user: u64) -> NewDevice {
    NewDevice {
        client_id: client_id.into(),
        user,
        name: "Gardens".into(),
        password: "sha256:00".into(),
        rights: Vec::new(),
        maps: Vec::new(),
        now: ms(5),
    }
}

fn right(channel: Option<u64>) -> Right {
    Right { channel, publish: true, subscribe: false }
}

fn map(channel: u64) -> TopicMap {
    let path = Some("AM2301.Temperature".into());
    TopicMap { topic: "tele/plug/SENSOR".into(), path, channel, field: 1 }
}

fn user(store: &dyn Store, login: &str, n: u32) -> u64 {
    store.create_user(new_user(login, n)).unwrap().id
}

fn names(devices: Vec<Device>) -> Vec<String> {
    devices.into_iter().map(|device| device.client_id).collect()
}

pub(crate) fn a_device_comes_back_as_it_was_made(store: &dyn Store) {
    let (ada, bob) = (user(store, "ada", 1), user(store, "bob", 2));
    let new = NewDevice {
        rights: vec![right(None), right(Some(7))],
        maps: vec![map(7), TopicMap { path: None, ..map(8) }],
        ..new_device("Zed", ada)
    };
    let made = store.create_device(new.clone()).unwrap();
    assert_eq!((made.client_id.as_str(), made.user, made.created_at), ("Zed", ada, ms(5)));
    assert_eq!((&made.rights, &made.maps), (&new.rights, &new.maps));
    assert_eq!((made.name.as_str(), made.password.as_str()), ("Gardens", "sha256:00"));
    assert_eq!(store.device("Zed").unwrap(), Some(made));
    store.create_device(new_device("zed", ada)).unwrap();
    store.create_device(new_device("Aye", bob)).unwrap();
    assert_eq!(names(store.devices(Some(ada)).unwrap()), ["Zed", "zed"]);
    assert_eq!(names(store.devices(None).unwrap()), ["Zed", "zed", "Aye"]);
    assert_eq!(store.device("ZED").unwrap(), None);
}

pub(crate) fn a_client_id_belongs_to_one_device_of_a_user_who_is_there(store: &dyn Store) {
    let (ada, bob) = (user(store, "ada", 1), user(store, "bob", 2));
    store.create_device(new_device("one", ada)).unwrap();
    let again = store.create_device(new_device("one", bob));
    assert!(matches!(again, Err(StoreError::Taken(Taken::ClientId))));
    assert!(not_found(store.create_device(new_device("two", bob + 1))));
}

pub(crate) fn a_changed_device_keeps_its_client_id_its_user_and_its_age(store: &dyn Store) {
    let ada = user(store, "ada", 1);
    let made = store.create_device(new_device("one", ada)).unwrap();
    let changed = store.change_device("one", &mut |device| {
        device.client_id = "two".into();
        device.user += 1;
        device.created_at = ms(9);
        device.name = "Roof".into();
        device.password = "sha256:11".into();
        device.rights = vec![right(Some(3))];
        device.maps = vec![map(3)];
    });
    let expected = Device {
        name: "Roof".into(),
        password: "sha256:11".into(),
        rights: vec![right(Some(3))],
        maps: vec![map(3)],
        ..made
    };
    assert_eq!(changed.unwrap(), expected);
    assert_eq!(store.device("one").unwrap(), Some(expected));
    assert!(not_found(store.change_device("two", &mut |_| ())));
    store.delete_device("one").unwrap();
    assert_eq!(store.devices(None).unwrap(), []);
    assert!(not_found(store.delete_device("one")));
}

pub(crate) fn what_names_a_channel_goes_with_it_and_a_device_with_its_user(store: &dyn Store) {
    let channel = one_channel(store);
    let (id, ada) = (channel.get(), store.user("ada").unwrap().unwrap().id);
    let bob = user(store, "bob", 2);
    let rights = vec![right(Some(id)), right(None), right(Some(id + 1))];
    let maps = vec![map(id), map(id + 1)];
    store.create_device(NewDevice { rights, maps, ..new_device("one", ada) }).unwrap();
    store.create_device(new_device("two", bob)).unwrap();
    store.delete_channel(channel).unwrap();
    let left = store.device("one").unwrap().unwrap();
    assert_eq!(left.rights, [right(None), right(Some(id + 1))]);
    assert_eq!(left.maps, [map(id + 1)]);
    store.delete_user("bob").unwrap();
    assert_eq!(names(store.devices(None).unwrap()), ["one"]);
}

pub(crate) fn the_version_changes_with_every_device(store: &dyn Store) {
    let ada = user(store, "ada", 1);
    let mut versions = vec![store.version().unwrap()];
    store.create_device(new_device("one", ada)).unwrap();
    versions.push(store.version().unwrap());
    store.change_device("one", &mut |_| ()).unwrap();
    versions.push(store.version().unwrap());
    store.delete_device("one").unwrap();
    versions.push(store.version().unwrap());
    versions.dedup();
    assert_eq!(versions.len(), 4, "{versions:?}");
}

pub(crate) fn a_device_never_prints_what_is_kept_of_its_password(store: &dyn Store) {
    let ada = user(store, "ada", 1);
    let made = store.create_device(new_device("one", ada)).unwrap();
    let printed = format!("{made:?}");
    assert!(printed.contains("Gardens") && !printed.contains("sha256"), "{printed}");
}
