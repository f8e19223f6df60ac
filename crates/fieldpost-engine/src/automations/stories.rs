//! Stories of automations over virtual time: scripted feeds in, exact firings out. Days pass in milliseconds.

use fieldpost_store::automations::{
    Action, At, Automation, Check, Condition, NewRun, OnInsert, Op, Progress, RunState, When,
};
use fieldpost_wire::{ChannelId, Entry, EntryId, FieldNo, Timestamp, Update, Zone};
use proptest::prelude::*;

use super::machine::{Machine, Question};
use super::schedule::MINUTE;
use crate::hub::Way;

const CHANNEL: ChannelId = ChannelId::new(7).unwrap();
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const ONE: Way = Way { bulk: false, hops: 0 };
const BULK: Way = Way { bulk: true, hops: 0 };

/// A channel, one automation on it, and the time.
struct World {
    machine: Machine,
    entries: Vec<Entry>,
    last_write: Option<i64>,
    now: i64,
    runs: Vec<NewRun>,
}

fn ms(text: &str) -> i64 {
    Zone::Utc.parse(text).unwrap_or_else(|| panic!("{text}")).millis()
}

fn entry(id: u64, at: i64, text: &str) -> Entry {
    let values = Update::from([(FieldNo::ALL[0], text)]).values;
    Entry { id: EntryId::new(id), created_at: Timestamp::from_millis(at), values }
}

fn automation(when: When, now: i64) -> Automation {
    let action = Action::Thinghttp { id: 1 };
    let progress = Progress { since: now, ..Progress::default() };
    let created_at = Timestamp::from_millis(now);
    let name = String::new();
    Automation { id: 1, user: 1, name, enabled: true, when, action, created_at, progress }
}

fn react(condition: Condition, check: Check, repeat: bool) -> When {
    When::React { channel: CHANNEL.get(), condition, check, repeat }
}

fn above(value: f64, hysteresis: Option<f64>) -> Condition {
    Condition::Number { field: 1, op: Op::Above, value, hysteresis }
}

fn silence(minutes: u32, back_minutes: Option<u32>) -> Condition {
    Condition::Silence { minutes, back_minutes }
}

const INSERT: Check = Check::Insert(OnInsert::Insert);

impl World {
    fn new(when: When, now: i64) -> Self {
        let mut machine = Machine::new(7);
        machine.put(automation(when, now), now);
        Self { machine, entries: Vec::new(), last_write: None, now, runs: Vec::new() }
    }

    /// Lets the time pass, from one moment at which something is due to the next.
    fn pass(&mut self, until: i64) {
        while let Some(at) = self.machine.next_at().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.come();
        }
        self.now = until;
    }

    /// The moment has come.
    fn come(&mut self) {
        for question in self.machine.due(self.now) {
            match question {
                Question::Newest(id, _, _) => {
                    self.machine.newest(id, self.entries.last(), self.now);
                }
                Question::LastWrite(id, _) => {
                    self.machine.last_write(id, self.last_write, self.now);
                }
            }
        }
        self.note();
    }

    fn note(&mut self) {
        self.runs.append(&mut self.machine.take().1);
    }

    /// Stores values at a time, in one submission, and lets them be heard.
    fn send(&mut self, at: i64, texts: &[&str], way: Way) {
        self.pass(at);
        let first = self.store(texts);
        let entries = self.entries[first..].to_vec();
        self.machine.heard(CHANNEL, &entries, way, false, at);
        self.note();
    }

    fn store(&mut self, texts: &[&str]) -> usize {
        let first = self.entries.len();
        for text in texts {
            self.entries.push(entry(self.entries.len() as u64 + 1, self.now, text));
        }
        self.last_write = Some(self.now);
        first
    }

    /// The power goes, and comes again at a time; what was not noted is lost.
    fn restart(&mut self, at: i64, noted: Automation) {
        self.machine = Machine::new(7);
        self.now = at;
        let evaluated = noted.progress.evaluated as usize;
        self.machine.put(noted, at);
        let missed = self.entries[evaluated..].to_vec();
        self.machine.heard(CHANNEL, &missed, ONE, true, at);
        for (id, _) in self.machine.silent() {
            self.machine.caught_up(id, self.last_write);
        }
        self.come();
    }

    /// What is noted of the automation.
    fn noted(&self) -> Automation {
        self.machine.get(1).unwrap().clone()
    }

    /// When it acted, in minutes after a time.
    fn minutes(&self, from: i64) -> Vec<i64> {
        self.runs.iter().map(|run| (run.at.millis() - from) / MINUTE).collect()
    }

    /// When it acted.
    fn times(&self) -> Vec<String> {
        self.runs.iter().map(|run| run.at.to_string()).collect()
    }
}

/// Sends a value each minute, beginning at the first.
fn feed(world: &mut World, texts: &[&str]) {
    let begin = world.now;
    for (minute, text) in (1..).zip(texts) {
        world.send(begin + minute * MINUTE, &[text], ONE);
    }
}

#[test]
fn a_threshold_acts_when_it_is_crossed_and_again_only_after_it_came_all_the_way_back() {
    let mut world = World::new(react(above(30.0, Some(1.0)), INSERT, false), 0);
    feed(
        &mut world,
        &["29", "30", "30.1", "35", "29.5", "30.5", "29.01", "31", "29", "30", "30.01"],
    );
    assert_eq!(world.minutes(0), [3, 11]);
    assert_eq!(world.runs[0].reason, "field 1 is 30.1, above 30");
    assert_eq!(world.runs[1].cause.trigger, "30.01");
}

#[test]
fn each_time_means_each_entry_and_the_first_time_means_the_crossing() {
    let values = ["31", "32", "29", "x", "", "33", "34"];
    let mut each = World::new(react(above(30.0, None), INSERT, true), 0);
    feed(&mut each, &values);
    assert_eq!(each.minutes(0), [1, 2, 6, 7]);
    let mut first = World::new(react(above(30.0, None), INSERT, false), 0);
    feed(&mut first, &values);
    assert_eq!(first.minutes(0), [1, 6]);
}

#[test]
fn a_bulk_acts_at_most_once_and_its_last_entry_counts_for_what_comes() {
    let bulk = ["31", "29", "31", "32", "29", "33"];
    for (repeat, expected) in [(true, vec![0, 0, 1]), (false, vec![0, 1])] {
        let mut world = World::new(react(above(30.0, None), INSERT, repeat), 0);
        world.send(1, &bulk, BULK);
        world.send(2, &bulk[..2], BULK);
        world.send(MINUTE, &["34"], ONE);
        assert_eq!(world.minutes(0), expected, "{repeat}");
    }
}

#[test]
fn silence_is_told_once_and_again_after_entries_came_back_for_long_enough() {
    let mut world = World::new(react(silence(30, Some(10)), INSERT, false), 0);
    feed(&mut world, &["1"; 60]);
    // The last came at minute 60: it is silent from minute 90 on, and told once.
    world.pass(300 * MINUTE);
    assert_eq!(world.minutes(0), [90]);
    assert!(
        world.runs[0]
            .reason
            .starts_with("nothing came for 30 min; the last entry came at 1970-01-01T01:00:00Z")
    );
    // A lonely entry does not mean that it is back.
    world.send(300 * MINUTE, &["1"], ONE);
    world.pass(400 * MINUTE);
    assert_eq!(world.minutes(0), [90]);
    assert_eq!(world.noted().progress.met, Some(true));
    // Ten minutes of entries do, and not a minute less.
    feed(&mut world, &["1"; 10]);
    assert_eq!(world.noted().progress.met, Some(true));
    feed(&mut world, &["1"]);
    assert_eq!(world.noted().progress.met, Some(false));
    world.pass(600 * MINUTE);
    assert_eq!(world.minutes(0), [90, 441]);
}

#[test]
fn silence_that_is_to_be_told_each_time_is_told_again_while_it_lasts() {
    let mut world = World::new(react(silence(30, None), INSERT, true), 0);
    world.pass(100 * MINUTE);
    // Nothing ever came: it counts from when the automation was made.
    assert_eq!(world.minutes(0), [30, 60, 90]);
    world.send(100 * MINUTE, &["1"], ONE);
    assert_eq!(world.noted().progress.met, Some(false));
    world.pass(140 * MINUTE);
    assert_eq!(world.minutes(0), [30, 60, 90, 130]);
}

#[test]
fn a_check_every_ten_minutes_looks_at_the_newest_entry_only() {
    let mut first = World::new(react(above(30.0, None), Check::Minutes(10), false), 5 * MINUTE);
    let mut each = World::new(react(above(30.0, None), Check::Minutes(10), true), 5 * MINUTE);
    for world in [&mut first, &mut each] {
        world.send(6 * MINUTE, &["99"], ONE);
        world.send(7 * MINUTE, &["20"], ONE);
        world.send(15 * MINUTE, &["31"], ONE);
        world.pass(45 * MINUTE);
        world.send(46 * MINUTE, &["20"], ONE);
        world.send(55 * MINUTE, &["32"], ONE);
        world.pass(70 * MINUTE - 1);
    }
    assert_eq!(first.minutes(0), [20, 60]);
    assert_eq!(each.minutes(0), [20, 30, 40, 60]);
}

#[test]
fn a_week_of_evenings_comes_by_the_clock_of_the_zone_also_in_the_night_it_is_changed() {
    let at = At::Day { time: "02:30".into() };
    let when = When::Time { zone: "Europe/Zurich".into(), at, fuzz_minutes: 0 };
    let begin = ms("2026-10-23T12:00:00Z");
    let mut autumn = World::new(when.clone(), begin);
    autumn.pass(begin + 3 * DAY);
    // In the night to the 25th the clock shows half past two twice.
    assert_eq!(
        autumn.times(),
        ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
    );
    let begin = ms("2026-03-27T12:00:00Z");
    let mut spring = World::new(when, begin);
    spring.pass(begin + 3 * DAY);
    // In the night to the 29th it never does.
    assert_eq!(
        spring.times(),
        ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
    );
    assert!(spring.runs.iter().all(|run| run.standing.state == RunState::Waiting));
}

#[test]
fn a_fuzzy_time_comes_once_a_day_and_not_at_the_same_minute() {
    let at = At::Day { time: "18:00".into() };
    let when = When::Time { zone: "UTC".into(), at, fuzz_minutes: 20 };
    let mut world = World::new(when, 0);
    world.pass(365 * DAY);
    let off: Vec<i64> =
        (0..).zip(world.minutes(0)).map(|(day, at)| at - day * 24 * 60 - 18 * 60).collect();
    assert_eq!(off.len(), 365);
    assert!(off.iter().all(|off| off.abs() <= 20), "{off:?}");
    assert!(off.iter().any(|off| *off > 10) && off.iter().any(|off| *off < -10), "{off:?}");
}

#[test]
fn what_was_missed_by_a_few_minutes_is_made_up_for_and_the_rest_is_left_out_and_said() {
    let at = At::Day { time: "07:00".into() };
    let when = When::Time { zone: "UTC".into(), at, fuzz_minutes: 0 };
    let mut world = World::new(when, 0);
    let down = world.noted();
    world.restart(7 * HOUR + 14 * MINUTE, down);
    assert_eq!(world.runs[0].standing.state, RunState::Waiting);
    assert_eq!(world.runs[0].reason, "its time came 14 min ago");
    let down = world.noted();
    world.restart(3 * DAY + 8 * HOUR, down);
    assert_eq!(world.runs[1].standing.state, RunState::Skipped);
    assert!(world.runs[1].standing.says.starts_with("missed: at 1970-01-02T07:00:00Z"));
    world.pass(5 * DAY);
    assert_eq!(world.minutes(0)[1..], [4_800, 6_180], "three days missed are told once");
    assert_eq!(world.runs[2].standing.state, RunState::Waiting);
}

#[test]
fn once_is_once_also_after_a_restart() {
    let when = When::Time { zone: "UTC".into(), at: At::Once { at: HOUR }, fuzz_minutes: 0 };
    let mut world = World::new(when, 0);
    world.pass(2 * HOUR);
    let noted = world.noted();
    world.restart(3 * HOUR, noted);
    world.pass(DAY);
    assert_eq!(world.minutes(0), [60]);
}

#[test]
fn what_automations_led_to_four_times_in_a_row_leads_to_nothing_more() {
    let mut world = World::new(react(above(30.0, None), INSERT, true), 0);
    for hops in 0..=5 {
        world.send(1, &["31"], Way { bulk: false, hops });
    }
    let states: Vec<RunState> = world.runs.iter().map(|run| run.standing.state).collect();
    assert_eq!(states[..4], [RunState::Waiting; 4]);
    assert_eq!(states[4..], [RunState::Skipped; 2]);
    assert!(world.runs[4].standing.says.starts_with("loop: 4 automations"));
}

#[test]
fn what_was_there_before_is_not_looked_at_and_a_cleared_channel_begins_anew() {
    let mut machine = Machine::new(7);
    let mut one = automation(react(above(30.0, None), INSERT, true), 0);
    one.progress.evaluated = 5;
    machine.put(one, 0);
    let heard = |machine: &mut Machine, ids: std::ops::RangeInclusive<u64>, again| {
        let entries: Vec<Entry> = ids.map(|id| entry(id, 0, "31")).collect();
        machine.heard(CHANNEL, &entries, ONE, again, 0);
        machine.take().1.len()
    };
    assert_eq!(heard(&mut machine, 4..=7, true), 2, "4 and 5 were there before");
    assert_eq!(heard(&mut machine, 8..=8, false), 1);
    assert_eq!(heard(&mut machine, 1..=2, false), 2, "the channel was cleared");
    machine.cleared(CHANNEL);
    assert_eq!(machine.watched(), [(CHANNEL, 0)]);
}

#[test]
fn an_automation_that_is_off_hears_nothing_and_is_never_due() {
    let mut machine = Machine::new(7);
    let mut off = automation(react(silence(1, None), INSERT, true), 0);
    off.enabled = false;
    off.progress.next_at = Some(5);
    machine.put(off, 0);
    assert_eq!((machine.next_at(), machine.watched()), (None, vec![]));
    machine.heard(CHANNEL, &[entry(1, 0, "31")], ONE, false, 0);
    assert!(!machine.is_dirty());
}

#[test]
fn a_new_name_does_not_forget_how_far_it_has_come_and_a_new_beginning_does() {
    let mut world = World::new(react(above(30.0, None), INSERT, false), 0);
    let noted = world.noted();
    feed(&mut world, &["31", "29"]);
    // What was noted is older than what is known.
    let renamed = Automation { name: "Shed".into(), ..noted.clone() };
    world.machine.put(renamed, world.now);
    assert!(world.noted().progress.met == Some(false) && world.noted().name == "Shed");
    feed(&mut world, &["31", "32"]);
    assert_eq!(world.minutes(0), [1, 3]);
    let progress = Progress { since: world.now, ..Progress::default() };
    world.machine.put(Automation { progress, ..noted }, world.now);
    feed(&mut world, &["33"]);
    assert_eq!(world.minutes(0), [1, 3, 5], "for one that began anew it is the first time");
}

/// What can happen to a channel and the server that has it.
#[derive(Clone, Debug)]
enum Event {
    Value(i64, u8),
    /// The server is killed; all that was noted is what stood with the last run, or at some moment since.
    Crash(bool),
}

proptest! {
    /// Wherever the server is killed, the runs are the same as if it had never been: none is lost and none comes twice.
    #[test]
    fn a_restart_in_the_middle_loses_nothing_and_does_nothing_twice(
        events in proptest::collection::vec(
            prop_oneof![4 => (1..50_i64, 25..36_u8).prop_map(|(after, value)| Event::Value(after, value)), 1 => any::<bool>().prop_map(Event::Crash)],
            1..120,
        ),
        repeat: bool,
        hysteresis in proptest::option::of(0..4_u8),
    ) {
        let when = react(above(30.0, hysteresis.map(f64::from)), INSERT, repeat);
        let mut calm = World::new(when.clone(), 0);
        let mut shaken = World::new(when, 0);
        // What is noted with a run, as the store has it.
        let mut noted = shaken.noted();
        for event in events {
            match event {
                Event::Value(after, value) => {
                    let at = calm.now + after * 1_000;
                    let text = value.to_string();
                    calm.send(at, &[&text], ONE);
                    let before = shaken.runs.len();
                    shaken.send(at, &[&text], ONE);
                    if shaken.runs.len() > before {
                        noted = shaken.noted();
                    }
                }
                Event::Crash(lazily_noted) => {
                    if lazily_noted {
                        noted = shaken.noted();
                    }
                    let now = shaken.now;
                    shaken.restart(now, noted.clone());
                }
            }
        }
        let told = |world: &World| -> Vec<(String, i64)> {
            world.runs.iter().map(|run| (run.reason.clone(), run.cause.at)).collect()
        };
        prop_assert_eq!(told(&calm), told(&shaken));
    }
}
