//! SQLite beside the model in memory: random operations, and every answer must be the same.

#[path = "model/history.rs"]
mod history;
#[path = "model/talkbacks.rs"]
mod talkbacks;

use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use fieldpost_store::memory::MemoryStore;
use fieldpost_store::sqlite::{SqliteStore, Tuning};
use fieldpost_store::{
    ChannelFilter, NewChannel, NewLink, NewSession, NewUser, Repeats, Role, Store, StoreError,
    Submission, TokenHash, User,
};
use fieldpost_wire::channel::{About, Channel, Keep, ReadKey, RetiringKey, Tag, Tier, Valid};
use fieldpost_wire::query::Span;
use fieldpost_wire::update::Update;
use fieldpost_wire::{ApiKey, ChannelId, EntryId, FieldNo, Timestamp, Values};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;

use crate::setup::{fed, key, nasty_texts, scanned};

#[derive(Clone, Debug)]
enum Op {
    Commit(Vec<Submission>),
    Clear(ChannelId),
    CreateChannel(Box<NewChannel>),
    ChangeChannel(ChannelId, Timestamp, Box<Channel>),
    DeleteChannel(ChannelId),
    CreateUser(NewUserPlan),
    ChangeUser(String, Box<UserPlan>),
    /// The file is closed and opened again.
    Reopen,
    Newest(ChannelId, Span),
    After(ChannelId, EntryId, usize),
    Entry(ChannelId, EntryId),
    LastWith(ChannelId, FieldNo),
    Channels(ChannelFilter),
    ChannelOfWriteKey(ApiKey, Timestamp),
    ChannelOfReadKey(ApiKey),
    User(String),
    UserOfKey(ApiKey),
    Scan(ChannelId, Timestamp, Timestamp, usize),
    DeleteUser(String),
    BeginSession(NewSession),
    Session(TokenHash),
    SeeSession(u64, Timestamp),
    EndSession(u64, u64),
    EndSessions(u64, Option<u64>),
    EndOldSessions(Timestamp),
    Share(ChannelId, u64, Option<Role>),
    CreateLink(NewLink),
    Link(TokenHash),
    DeleteLink(ChannelId, u64),
    TalkBack(talkbacks::Op),
    History(history::Op),
}

/// `NewUser` can't be printed, as it holds a password.
#[derive(Clone, Debug)]
struct NewUserPlan(String, ApiKey, Option<String>, bool, Timestamp);

/// What a change makes of a user, including what it must not change.
#[derive(Clone, Debug)]
struct UserPlan(u64, String, ApiKey, [Option<String>; 5], bool, Timestamp);

// --- what is done --------------------------------------------------------------------------------

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(nasty_texts()), 1 => any::<String>(), 2 => "[0-9]{1,3}"]
}

fn absent_or_text() -> impl Strategy<Value = Option<Box<str>>> {
    option::weighted(0.3, text().prop_map(Into::into))
}

fn absent_or_string() -> impl Strategy<Value = Option<String>> {
    option::weighted(0.3, text())
}

/// Few enough that they meet again, before and after 1970, and the ends.
fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        8 => (-4i64..4).prop_map(|n| Timestamp::from_millis(n * 500)),
        1 => select(vec![Timestamp::MIN, Timestamp::MAX]),
        1 => (Timestamp::MIN.millis()..Timestamp::MAX.millis()).prop_map(Timestamp::from_millis),
    ]
}

fn some_key() -> impl Strategy<Value = ApiKey> {
    (0u32..12).prop_map(key)
}

fn channel() -> impl Strategy<Value = ChannelId> {
    prop_oneof![20 => 1u64..4, 5 => 4u64..8, 1 => Just(ChannelId::MAX)]
        .prop_map(|id| ChannelId::new(id).unwrap())
}

fn entry_id() -> impl Strategy<Value = u64> {
    prop_oneof![12 => 0u64..12, 1 => select(vec![i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX])]
}

fn login() -> impl Strategy<Value = String> {
    select(vec!["ada", "ADA", "Bob", "bob", "Jürg", "JÜRG", "", "b\0b", "İ", "'"]).prop_map_into()
}

/// Either anything or nearly nothing; the latter is often the same again.
fn values() -> impl Strategy<Value = Values> {
    let anything =
        (vec(absent_or_text(), 8), vec(absent_or_text(), 4)).prop_map(|(fields, rest)| {
            let mut values = Values::default();
            for (slot, text) in values.fields.iter_mut().zip(fields) {
                *slot = text;
            }
            [values.latitude, values.longitude, values.elevation, values.status] =
                rest.try_into().unwrap();
            values
        });
    let little = option::of(select(vec!["", "1", "1\0"])).prop_map(|text| {
        let mut values = Values::default();
        values.fields[0] = text.map(Into::into);
        values
    });
    prop_oneof![1 => anything, 2 => little]
}

fn submission() -> impl Strategy<Value = Submission> {
    let update = (values(), option::of(time())).prop_map(|(values, created_at)| Update {
        values,
        created_at,
        ..Update::default()
    });
    let interval = select(vec![0, 0, 0, 1, 400, 1_000, 15_000]);
    let repeats = select(vec![Repeats::Refuse, Repeats::Skip, Repeats::Keep]);
    (channel(), vec(update, 0..4), time(), interval, repeats).prop_map(
        |(channel, updates, received, interval_ms, repeats)| Submission {
            channel,
            updates,
            received,
            interval_ms,
            repeats,
        },
    )
}

fn about() -> impl Strategy<Value = About> {
    let word = select(vec!["home", "HOME", "öko", "ÖKO", "", "a\0b", "ﬁ", "x"]);
    let tag = (any::<u64>(), word).prop_map(|(id, name)| Tag { id, name: name.into() });
    let interval = option::of(prop_oneof![0u64..20_000, Just(u64::MAX)]);
    let valid = (absent_or_string(), absent_or_string(), any::<bool>())
        .prop_map(|(min, max, refuse)| Valid { min, max, refuse });
    let valid = vec(valid, 8).prop_map(|valid| valid.try_into().unwrap());
    let tier = (any::<u32>(), any::<Option<u32>>());
    let tiers = vec(tier.prop_map(|(minutes, days)| Tier { minutes, days }), 0..3);
    let keep = (any::<Option<u32>>(), tiers).prop_map(|(days, tiers)| Keep { days, tiers });
    let texts = vec(absent_or_string(), 18);
    (text(), texts, vec(tag, 0..4), any::<bool>(), interval, valid, keep).prop_map(
        |(name, texts, tags, public, interval_ms, valid, keep)| {
            let mut texts = texts.into_iter();
            let mut next = || texts.next().flatten();
            About {
                name,
                description: next(),
                labels: std::array::from_fn(|_| next()),
                latitude: next(),
                longitude: next(),
                elevation: next(),
                metadata: next(),
                tags,
                url: next(),
                github_url: next(),
                video_id: next(),
                video_type: next(),
                timezone: next(),
                valid,
                keep,
                public,
                interval_ms,
            }
        },
    )
}

fn read_keys() -> impl Strategy<Value = Vec<ReadKey>> {
    vec((some_key(), text()).prop_map(|(key, note)| ReadKey { key, note }), 0..3)
}

fn owner() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 1u64..3, 1 => select(vec![0, 3, 9, u64::MAX])]
}

fn new_channel() -> impl Strategy<Value = NewChannel> {
    (option::of(channel()), owner(), about(), some_key(), read_keys(), time()).prop_map(
        |(id, owner, about, write_key, read_keys, now)| NewChannel {
            id,
            owner,
            about,
            write_key,
            read_keys,
            now,
        },
    )
}

/// What a change makes of a channel, including what it must not change.
fn changed_channel() -> impl Strategy<Value = Box<Channel>> {
    let retiring = (some_key(), time()).prop_map(|(key, until)| RetiringKey { key, until });
    let retiring = vec(retiring, 0..3);
    (new_channel(), channel(), text(), retiring).prop_map(|(new, id, username, retiring)| {
        let NewChannel { owner, about, write_key, read_keys, now, .. } = new;
        let (created_at, updated_at) = (now, now);
        Box::new(Channel {
            id,
            owner,
            username,
            about,
            write_key,
            read_keys,
            retiring,
            created_at,
            updated_at,
        })
    })
}

fn span() -> impl Strategy<Value = Span> {
    let entries = option::of((entry_id(), entry_id()).prop_map(|(from, until)| from..=until));
    let limit = prop_oneof![0u64..6, Just(u64::MAX)];
    let ends = prop_oneof![1 => Just((Timestamp::MIN, Timestamp::MAX)), 2 => (time(), time())];
    (ends, entries, limit).prop_map(|((from, until), entries, limit)| Span {
        from,
        until,
        entries,
        limit,
    })
}

fn filter() -> impl Strategy<Value = ChannelFilter> {
    let word = select(vec!["home", "Öko", "", "A\0B", "ﬁ", "nothing"]);
    (option::of(owner()), any::<bool>(), option::of(word.prop_map_into()))
        .prop_map(|(owner, public_only, tag)| ChannelFilter { owner, public_only, tag })
}

fn op() -> impl Strategy<Value = Op> {
    let new_user = (login(), some_key(), absent_or_string(), any::<bool>(), time()).prop_map(
        |(login, key, password, admin, now)| NewUserPlan(login, key, password, admin, now),
    );
    let texts = vec(absent_or_string(), 5).prop_map(|texts| texts.try_into().unwrap());
    let user = (any::<u64>(), login(), some_key(), texts, any::<bool>(), time()).prop_map(
        |(id, login, key, texts, admin, time)| {
            Box::new(UserPlan(id, login, key, texts, admin, time))
        },
    );
    let limit = prop_oneof![0usize..5, Just(usize::MAX)];
    prop_oneof![
        12 => vec(submission(), 0..5).prop_map(Op::Commit),
        1 => channel().prop_map(Op::Clear),
        3 => new_channel().prop_map(Box::new).prop_map(Op::CreateChannel),
        3 => (channel(), time(), changed_channel())
            .prop_map(|(id, now, channel)| Op::ChangeChannel(id, now, channel)),
        1 => channel().prop_map(Op::DeleteChannel),
        2 => new_user.prop_map(Op::CreateUser),
        2 => (login(), user).prop_map(|(login, user)| Op::ChangeUser(login, user)),
        1 => Just(Op::Reopen),
        6 => (channel(), span()).prop_map(|(channel, span)| Op::Newest(channel, span)),
        2 => (channel(), entry_id(), limit)
            .prop_map(|(channel, after, limit)| Op::After(channel, EntryId::new(after), limit)),
        1 => (channel(), entry_id()).prop_map(|(channel, id)| Op::Entry(channel, EntryId::new(id))),
        2 => (channel(), select(&FieldNo::ALL[..]))
            .prop_map(|(channel, field)| Op::LastWith(channel, field)),
        2 => filter().prop_map(Op::Channels),
        1 => (some_key(), time()).prop_map(|(key, now)| Op::ChannelOfWriteKey(key, now)),
        1 => some_key().prop_map(Op::ChannelOfReadKey),
        1 => login().prop_map(Op::User),
        1 => some_key().prop_map(Op::UserOfKey),
        3 => (channel(), time(), time(), 0usize..6)
            .prop_map(|(channel, from, until, limit)| Op::Scan(channel, from, until, limit)),
        1 => login().prop_map(Op::DeleteUser),
        8 => access_op(),
        16 => talkbacks::op().prop_map(Op::TalkBack),
        24 => history::op().prop_map(Op::History),
    ]
}

fn token() -> impl Strategy<Value = TokenHash> {
    (0u8..5).prop_map(|n| TokenHash([n; 32]))
}

/// Numbers of users, sessions and links: few enough that they meet, and those that no store can have.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 1u64..5, 1 => select(vec![0, 9, u64::MAX])]
}

fn access_op() -> impl Strategy<Value = Op> {
    let session = (number(), token(), text(), time())
        .prop_map(|(user, token, agent, now)| NewSession { user, token, agent, now });
    let link = (channel(), token(), text(), option::of(time()), time()).prop_map(
        |(channel, token, note, expires_at, now)| NewLink { channel, token, note, expires_at, now },
    );
    let role = option::of(select(vec![Role::Viewer, Role::Editor, Role::Owner]));
    prop_oneof![
        2 => session.prop_map(Op::BeginSession),
        2 => token().prop_map(Op::Session),
        1 => (number(), time()).prop_map(|(id, now)| Op::SeeSession(id, now)),
        1 => (number(), number()).prop_map(|(user, id)| Op::EndSession(user, id)),
        1 => (number(), option::of(number())).prop_map(|(user, id)| Op::EndSessions(user, id)),
        1 => time().prop_map(Op::EndOldSessions),
        3 => (channel(), number(), role)
            .prop_map(|(channel, user, role)| Op::Share(channel, user, role)),
        2 => link.prop_map(Op::CreateLink),
        1 => token().prop_map(Op::Link),
        1 => (channel(), number()).prop_map(|(channel, id)| Op::DeleteLink(channel, id)),
    ]
}

// --- and what both answer ------------------------------------------------------------------------

struct Pair<'a> {
    path: &'a Path,
    model: MemoryStore,
    /// Two on one file, as a server and a command are, and which of them is asked.
    sqlite: Option<[SqliteStore; 2]>,
    asked: usize,
}

/// As small as can be, so that a few entries fill blocks and memory.
const SMALL: Tuning = Tuning {
    block: 5,
    run: 3,
    bulk: 7,
    waiting: 6,
    rows: 4,
    slots: 64,
    keep: 2,
    commits: 4,
    fresh: Duration::ZERO,
    long: 2,
};

impl Pair<'_> {
    fn sqlite(&self) -> &SqliteStore {
        &self.sqlite.as_ref().unwrap()[self.asked]
    }

    fn open(path: &Path) -> Option<[SqliteStore; 2]> {
        Some([0, 1].map(|_| SqliteStore::open_with(path, SMALL).unwrap()))
    }

    /// Asks both the same.
    fn same<T: Debug + PartialEq>(
        &self,
        ask: impl Fn(&dyn Store) -> Result<T, StoreError>,
    ) -> TestCaseResult {
        let versions = || [&self.model as &dyn Store, self.sqlite()].map(|s| s.version().unwrap());
        let before = versions();
        let [model, sqlite] = [&self.model as &dyn Store, self.sqlite()]
            .map(|store| ask(store).map_err(|error| error.to_string()));
        prop_assert_eq!(sqlite, model);
        let after = versions();
        prop_assert_eq!(before[0] == after[0], before[1] == after[1], "the version");
        Ok(())
    }

    fn run(&mut self, op: Op) -> TestCaseResult {
        match op {
            Op::Commit(batch) => self.same(|store| store.commit(batch.clone())),
            Op::Clear(channel) => self.same(|store| store.clear(channel)),
            Op::CreateChannel(new) => self.same(|store| store.create_channel((*new).clone())),
            Op::ChangeChannel(id, now, to) => self.same(|store| {
                store.change_channel(id, now, &mut |channel| channel.clone_from(&to))
            }),
            Op::DeleteChannel(channel) => self.same(|store| store.delete_channel(channel)),
            Op::CreateUser(NewUserPlan(login, api_key, password, admin, now)) => {
                self.same(|store| {
                    let (login, password) = (login.clone(), password.clone());
                    store.create_user(NewUser { login, api_key, password, admin, now })
                })
            }
            Op::ChangeUser(who, to) => self.same(|store| {
                store.change_user(&who, &mut |user| {
                    let UserPlan(id, login, api_key, texts, admin, created_at) = (*to).clone();
                    let [password, email, bio, website, timezone] = texts;
                    *user = User {
                        id,
                        login,
                        api_key,
                        password,
                        email,
                        bio,
                        website,
                        admin,
                        timezone,
                        created_at,
                    };
                })
            }),
            Op::Reopen => {
                self.sqlite = None;
                self.sqlite = Self::open(self.path);
                Ok(())
            }
            Op::Newest(channel, span) => {
                self.same(|store| match store.at_hand(channel, &span) {
                    Some((entries, head)) => Ok((entries, Some(head))),
                    None => Ok((store.newest(channel, &span)?, store.head(channel)?)),
                })?;
                self.same(|store| store.newest(channel, &span))?;
                self.same(|store| fed(store, channel, &span))
            }
            Op::After(channel, id, limit) => self.same(|store| store.after(channel, id, limit)),
            Op::Entry(channel, id) => self.same(|store| store.entry(channel, id)),
            Op::LastWith(channel, field) => self.same(|store| store.last_with(channel, field)),
            Op::Channels(filter) => self.same(|store| store.channels(&filter)),
            Op::ChannelOfWriteKey(key, now) => {
                self.same(|store| store.channel_of_write_key(&key, now))
            }
            Op::ChannelOfReadKey(key) => self.same(|store| store.channel_of_read_key(&key)),
            Op::User(login) => self.same(|store| store.user(&login)),
            Op::UserOfKey(key) => self.same(|store| store.user_of_key(&key)),
            Op::Scan(channel, from, until, limit) => {
                self.same(|store| scanned(store, channel, from, until, limit))
            }
            Op::DeleteUser(login) => self.same(|store| store.delete_user(&login)),
            Op::BeginSession(new) => self.same(|store| store.begin_session(new.clone())),
            Op::Session(token) => self.same(|store| store.session(&token)),
            Op::SeeSession(id, now) => self.same(|store| store.see_session(id, now)),
            Op::EndSession(user, id) => self.same(|store| store.end_session(user, id)),
            Op::EndSessions(user, but) => self.same(|store| store.end_sessions(user, but)),
            Op::EndOldSessions(before) => self.same(|store| store.end_old_sessions(before)),
            Op::Share(channel, user, role) => self.same(|store| store.share(channel, user, role)),
            Op::CreateLink(new) => self.same(|store| store.create_link(new.clone())),
            Op::Link(token) => self.same(|store| store.link(&token)),
            Op::DeleteLink(channel, id) => self.same(|store| store.delete_link(channel, id)),
            Op::TalkBack(op) => self.run_talkback(op),
            Op::History(op) => self.run_history(op),
        }
    }

    /// Compares all there is.
    fn everything(&self) -> TestCaseResult {
        self.same(Store::users)?;
        self.same(|store| store.channels(&ChannelFilter::default()))?;
        self.every_talkback()?;
        self.every_extent()?;
        for user in 1..5 {
            self.same(|store| store.sessions(user))?;
            self.same(|store| store.shared_with(user))?;
        }
        for id in (1..=12).chain([ChannelId::MAX]) {
            let id = ChannelId::new(id).unwrap();
            self.same(|store| store.channel(id))?;
            self.same(|store| store.head(id))?;
            self.same(|store| store.newest(id, &Span::ALL))?;
            self.same(|store| fed(store, id, &Span::ALL))?;
            self.same(|store| store.after(id, EntryId::new(0), usize::MAX))?;
            self.same(|store| scanned(store, id, Timestamp::MIN, Timestamp::MAX, usize::MAX))?;
            self.same(|store| store.shares(id))?;
            self.same(|store| store.links(id))?;
            for user in 1..5 {
                self.same(|store| store.role(id, user))?;
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(100),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn sqlite_answers_as_the_model_does(ops in vec(op(), 1..60)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fieldpost.db");
        let (model, sqlite) = (MemoryStore::new(), Pair::open(&path));
        let mut pair = Pair { path: &path, model, sqlite, asked: 0 };
        // Somebody with a channel, so that most operations find something.
        let channel = |n| {
            let (about, read_keys) = (About::default(), Vec::new());
            let (write_key, now) = (key(n), Timestamp::default());
            let new = NewChannel { id: None, owner: 1, about, write_key, read_keys, now };
            Op::CreateChannel(Box::new(new))
        };
        let ada = NewUserPlan("ada".into(), key(20), None, false, Timestamp::default());
        let talkback = talkbacks::Op::Create(crate::talkbacks::new_talkback(1, 22));
        let begin = [Op::CreateUser(ada), channel(20), channel(21), Op::TalkBack(talkback)];
        for op in begin.into_iter().chain(ops) {
            pair.run(op)?;
        }
        pair.everything()?;
        pair.run(Op::Reopen)?;
        pair.everything()?;
    }
}
