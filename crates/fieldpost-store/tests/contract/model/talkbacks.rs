//! Random operations on TalkBacks and their commands.

use fieldpost_store::talkbacks::{CommandChange, NewCommand, NewTalkBack, Reach, TalkBack};
use fieldpost_wire::Timestamp;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;

use super::{Pair, channel, number, some_key, text, time};

#[derive(Clone, Debug)]
pub(super) enum Op {
    Create(NewTalkBack),
    Change(u64, NewTalkBack),
    Delete(u64),
    Add(NewCommand, usize),
    ChangeCommand(u64, u64, CommandChange, Timestamp),
    Next(u64, Timestamp, usize),
    Acknowledge(u64, u64, Timestamp),
    Queue(u64, Timestamp),
    Commands(u64, Timestamp, usize),
    DeleteCommand(u64, u64, Reach, Timestamp),
    DeleteCommands(u64, Reach, Timestamp),
    Expire(Timestamp, usize, usize),
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    // Mostly the one that is there from the beginning, so that its queue grows.
    let of = || prop_oneof![6 => Just(1u64), 1 => number()];
    let command = || prop_oneof![8 => 1u64..16, 1 => number()];
    let position = || option::of(prop_oneof![6 => 0u64..6, 1 => Just(u64::MAX)]);
    let reach = || prop_oneof![3 => Just(Reach::Queue), 1 => Just(Reach::All)];
    let once = option::weighted(0.3, select(vec!["a", "b", "\0"]).prop_map_into());
    let added = (of(), text(), position(), option::of(time()), once, time()).prop_map(
        |(talkback, text, position, expires_at, once, now)| NewCommand {
            talkback,
            text,
            position,
            expires_at,
            once,
            now,
        },
    );
    let change = (option::of(text()), position())
        .prop_map(|(text, position)| CommandChange { text, position });
    prop_oneof![
        1 => new_talkback().prop_map(Op::Create),
        1 => (of(), new_talkback()).prop_map(|(id, to)| Op::Change(id, to)),
        1 => number().prop_map(Op::Delete),
        16 => (added, 0usize..9).prop_map(|(new, most)| Op::Add(new, most)),
        4 => (of(), command(), change, time())
            .prop_map(|(of, id, change, now)| Op::ChangeCommand(of, id, change, now)),
        4 => (of(), time(), 0usize..4).prop_map(|(of, now, keep)| Op::Next(of, now, keep)),
        2 => (of(), command(), time()).prop_map(|(of, id, now)| Op::Acknowledge(of, id, now)),
        4 => (of(), time()).prop_map(|(of, now)| Op::Queue(of, now)),
        2 => (of(), time(), 0usize..9).prop_map(|(of, now, limit)| Op::Commands(of, now, limit)),
        2 => (of(), command(), reach(), time())
            .prop_map(|(of, id, reach, now)| Op::DeleteCommand(of, id, reach, now)),
        1 => (of(), reach(), time()).prop_map(|(of, reach, now)| Op::DeleteCommands(of, reach, now)),
        2 => (time(), 0usize..4, 0usize..4)
            .prop_map(|(now, most, keep)| Op::Expire(now, most, keep)),
    ]
}

fn new_talkback() -> impl Strategy<Value = NewTalkBack> {
    let about = (option::weighted(0.2, 1u64..4), number(), text(), some_key());
    let rest = (option::of(channel()), any::<bool>(), option::of(any::<u32>()), time());
    (about, rest).prop_map(|((id, user, name, api_key), (channel, log, expire_s, now))| {
        let controls = Vec::new();
        NewTalkBack { id, user, name, api_key, channel, log, expire_s, controls, now }
    })
}

/// What a change makes of a TalkBack, including what it must not change.
fn changed(to: NewTalkBack) -> TalkBack {
    let NewTalkBack { user, name, api_key, channel, log, expire_s, controls, now, .. } = to;
    TalkBack { id: 9, user, name, api_key, channel, log, expire_s, controls, created_at: now }
}

impl Pair<'_> {
    pub(super) fn run_talkback(&self, op: Op) -> TestCaseResult {
        match op {
            Op::Create(new) => self.same(|store| store.create_talkback(new.clone())),
            Op::Change(id, to) => self.same(|store| {
                store.change_talkback(id, &mut |talkback| *talkback = changed(to.clone()))
            }),
            Op::Delete(id) => self.same(|store| store.delete_talkback(id)),
            Op::Add(new, most) => self.same(|store| store.add_command(new.clone(), most)),
            Op::ChangeCommand(of, id, change, now) => {
                self.same(|store| store.change_command(of, id, change.clone(), now))
            }
            Op::Next(of, now, keep) => {
                self.same(|store| store.next_command(of, now, keep))?;
                self.same(|store| store.last_delivered(of))
            }
            Op::Acknowledge(of, id, now) => self.same(|store| store.acknowledge(of, id, now)),
            Op::Queue(of, now) => {
                self.same(|store| store.queue(of, now))?;
                self.same(|store| store.queued(of, now))
            }
            Op::Commands(of, now, limit) => self.same(|store| store.commands(of, now, limit)),
            Op::DeleteCommand(of, id, reach, now) => {
                self.same(|store| store.delete_command(of, id, reach, now))
            }
            Op::DeleteCommands(of, reach, now) => {
                self.same(|store| store.delete_commands(of, reach, now))
            }
            Op::Expire(now, most, keep) => self.same(|store| store.expire(now, most, keep)),
        }
    }

    /// Compares all TalkBacks and their commands.
    pub(super) fn every_talkback(&self) -> TestCaseResult {
        self.same(|store| store.talkbacks(None))?;
        for talkback in 1..6 {
            for now in [Timestamp::MIN, Timestamp::default(), Timestamp::MAX] {
                self.same(|store| store.queue(talkback, now))?;
                self.same(|store| store.commands(talkback, now, usize::MAX))?;
            }
            self.same(|store| store.last_delivered(talkback))?;
        }
        for user in 1..5 {
            self.same(|store| store.talkbacks(Some(user)))?;
            self.same(|store| store.talkbacks_for(user))?;
        }
        Ok(())
    }
}
