//! What stories begin with: a user, channels, updates.

use std::ops::ControlFlow;

use fieldpost_store::{
    Head, NewChannel, NewLink, NewUser, Outcome, Reader, Repeats, Store, StoreError, Submission,
    Taken, TokenHash, User,
};
use fieldpost_wire::channel::{About, Channel, ReadKey};
use fieldpost_wire::query::Span;
use fieldpost_wire::update::Update;
use fieldpost_wire::{ApiKey, ChannelId, Entry, EntryId, FieldNo, RowRef, Timestamp};

pub(crate) const F1: FieldNo = FieldNo::ALL[0];
pub(crate) const F2: FieldNo = FieldNo::ALL[1];

/// No ids, where the compiler would ask of what.
pub(crate) const NO_IDS: [u64; 0] = [];

/// Texts that stores have stumbled over.
pub(crate) fn nasty_texts() -> Vec<String> {
    let plain = [
        "",
        " ",
        "0",
        "021.50",
        "1e999",
        "nan",
        "NULL",
        "null",
        "'; DROP TABLE entries; --",
        "\"quoted\" 'twice' `thrice` \\ back\\n",
        "\0",
        "before\0after",
        "\u{1}\u{8}\t\n\r\u{1b}\u{1f}\u{7f}\u{85}\u{9f}",
        "\u{feff}bom",
        "\u{fffe}\u{ffff}\u{fffd}",
        "e\u{301} is not é",
        "🌡️ 21 °C 👩‍🔬",
        "\u{202e}right to left\u{2028}",
        "?1 :name @x $y %s {}",
    ];
    let long = ["x".repeat(255), "ü".repeat(255), "🦀".repeat(255), "\0".repeat(255)];
    plain.into_iter().map(String::from).chain(long).collect()
}

/// The n-th key.
pub(crate) fn key(n: u32) -> ApiKey {
    format!("{n:0>16}").parse().unwrap()
}

/// So many milliseconds after a moment in 2026.
pub(crate) const fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000 + millis)
}

pub(crate) fn channel_id(id: u64) -> ChannelId {
    ChannelId::new(id).unwrap()
}

pub(crate) fn new_user(login: &str, n: u32) -> NewUser {
    NewUser { login: login.into(), api_key: key(n), password: None, admin: false, now: ms(0) }
}

/// A channel with a write key of its own and no read key.
pub(crate) fn new_channel(owner: &User, n: u32) -> NewChannel {
    NewChannel {
        id: None,
        owner: owner.id,
        about: About::new_channel(),
        write_key: key(n),
        read_keys: Vec::new(),
        now: ms(0),
    }
}

pub(crate) fn read_key(n: u32) -> ReadKey {
    ReadKey { key: key(n), note: format!("note {n}") }
}

/// Makes the user `ada`, whose key is the 1000th.
pub(crate) fn ada(store: &dyn Store) -> User {
    store.create_user(new_user("ada", 1000)).unwrap()
}

/// Makes a user and a channel.
pub(crate) fn one_channel(store: &dyn Store) -> ChannelId {
    store.create_channel(new_channel(&ada(store), 1)).unwrap().id
}

/// Makes a user and two channels.
pub(crate) fn two_channels(store: &dyn Store) -> (ChannelId, ChannelId) {
    let ada = ada(store);
    let [one, two] = [1, 2].map(|n| store.create_channel(new_channel(&ada, n)).unwrap().id);
    (one, two)
}

pub(crate) fn update(text: &str) -> Update {
    [(F1, text)].into()
}

/// An update that names a time.
pub(crate) fn at(text: &str, time: Timestamp) -> Update {
    Update { created_at: Some(time), ..update(text) }
}

/// A submission that may come any time and must not name a taken time.
pub(crate) fn submission(
    channel: ChannelId,
    received: Timestamp,
    updates: impl Into<Vec<Update>>,
) -> Submission {
    let updates = updates.into();
    Submission { channel, updates, received, interval_ms: 0, repeats: Repeats::Refuse }
}

/// Commits one submission.
pub(crate) fn commit(store: &dyn Store, submission: Submission) -> Outcome {
    let mut outcomes = store.commit(vec![submission]).unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

/// Commits one submission that must be stored.
pub(crate) fn stored(store: &dyn Store, submission: Submission) -> Vec<Entry> {
    match commit(store, submission) {
        Outcome::Stored(entries) => entries.to_vec(),
        other => panic!("{other:?}"),
    }
}

/// Everything in a channel by ascending id.
pub(crate) fn all(store: &dyn Store, channel: ChannelId) -> Vec<Entry> {
    store.after(channel, EntryId::new(0), usize::MAX).unwrap()
}

pub(crate) fn ids(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.id.get()).collect()
}

/// The ids that a span finds, in the order given.
pub(crate) fn newest(store: &dyn Store, channel: ChannelId, span: Span) -> Vec<u64> {
    let found = store.newest(channel, &span).unwrap();
    let head = store.head(channel).unwrap().unwrap();
    assert_eq!(fed(store, channel, &span).unwrap(), (head, found.len(), found.clone()));
    ids(&found)
}

/// What a reader of a feed is told and shown.
pub(crate) fn fed(
    store: &dyn Store,
    channel: ChannelId,
    span: &Span,
) -> Result<(Head, usize, Vec<Entry>), StoreError> {
    struct Fed(Option<(Head, usize)>, Vec<Entry>);
    impl Reader for Fed {
        fn begin(&mut self, head: Head, count: usize) {
            assert_eq!(self.0.replace((head, count)), None, "it is told once");
        }

        fn entry(&mut self, row: RowRef<'_>) {
            assert!(self.0.is_some(), "it is told before it is shown anything");
            let RowRef { id, created_at, values } = row;
            self.1.push(Entry { id: id.unwrap(), created_at, values: values.keep() });
        }
    }
    let mut fed = Fed(None, Vec::new());
    store.feed(channel, span, &mut fed)?;
    let (head, count) = fed.0.unwrap();
    Ok((head, count, fed.1))
}

/// What is in use, if that is why it failed.
pub(crate) fn taken<T>(answer: Result<T, StoreError>) -> Option<Taken> {
    match answer {
        Err(StoreError::Taken(what)) => Some(what),
        _ => None,
    }
}

pub(crate) fn not_found<T>(answer: Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::NotFound))
}

/// Changes a channel's settings at a later moment.
pub(crate) fn change(
    store: &dyn Store,
    id: ChannelId,
    mut change: impl FnMut(&mut Channel),
) -> Result<Channel, StoreError> {
    store.change_channel(id, ms(5_000), &mut change)
}

/// A link that ends at 9 ms, with the n-th token.
pub(crate) fn new_link(channel: ChannelId, n: u8) -> NewLink {
    let note = format!("link {n}");
    NewLink { channel, token: TokenHash([n; 32]), note, expires_at: Some(ms(9)), now: ms(3) }
}

/// The first entries that a scan shows, up to a limit at which it is broken off.
pub(crate) fn scanned(
    store: &dyn Store,
    channel: ChannelId,
    from: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let mut seen = Vec::new();
    if limit > 0 {
        store.scan(channel, from, until, &mut |entry| {
            seen.push(entry.clone());
            if seen.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
    }
    Ok(seen)
}
