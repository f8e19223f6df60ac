//! Which automations act, and when: turned by entries and by the time, without any IO.
//!
//! Entries go in by [`Machine::heard`], the time by [`Machine::due`]; runs come out. What must be read from the store first comes out as a
//! question, whose answer goes in again. Everything that must survive a restart is in each automation's `Progress`, so that a
//! machine which begins with what was noted last, and hears the entries since, gives the same runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fieldpost_store::automations::{
    Automation, Cause, Check, Condition, NewRun, Progress, RunState, Standing, When,
};
use fieldpost_wire::{ChannelId, Entry, FieldNo, Timestamp, Zone};

use super::conditions::{Verdict, field_of, judge};
use super::schedule::{self, MINUTE, fuzzy, mix, step};
use crate::hub::Way;

/// From so many automations and relays in a row on nothing further is done: a loop.
pub(super) const HOPS_MAX: u8 = 4;
/// By how much a time may be missed, while the server was down or asleep, and still be made up for.
pub(super) const LATE_MS: i64 = 15 * MINUTE;

/// Something that must be read before an automation can be judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Question {
    /// The newest entry, or the newest that has this field. The answer goes into [`Machine::newest`].
    Newest(u64, ChannelId, Option<FieldNo>),
    /// When the channel was last written to. The answer goes into [`Machine::last_write`].
    LastWrite(u64, ChannelId),
}

/// All automations and how far they have come.
#[derive(Default)]
pub(super) struct Machine {
    seed: u64,
    all: BTreeMap<u64, Automation>,
    /// Those that are switched on and look at a channel.
    by_channel: HashMap<ChannelId, Vec<u64>>,
    /// When which is due next.
    due: BTreeSet<(i64, u64)>,
    /// Those whose progress is not noted yet.
    dirty: BTreeSet<u64>,
    /// Runs that are not noted yet.
    runs: Vec<NewRun>,
}

impl Machine {
    /// Makes an empty machine. The seed is what fuzzy times are made of.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Takes an automation in, or in its new form. If it did not begin anew, what is known of it here is newer than what was
    /// noted, and stays.
    pub(super) fn put(&mut self, mut automation: Automation, now: i64) {
        let id = automation.id;
        let same = |known: &&Automation| known.progress.since == automation.progress.since;
        let known = self.all.get(&id).filter(same).map(|known| known.progress);
        let dirty = known.is_some() && self.dirty.contains(&id);
        self.remove(id);
        if let Some(known) = known {
            automation.progress = known;
        }
        if dirty {
            self.dirty.insert(id);
        }
        let channel = channel_of(&automation).filter(|_| automation.enabled);
        if let Some(channel) = channel {
            self.by_channel.entry(channel).or_default().push(id);
        }
        let progress = automation.progress;
        self.all.insert(id, automation);
        match progress.next_at {
            _ if !self.all[&id].enabled => {}
            Some(at) => drop(self.due.insert((at, id))),
            None => self.arm(id, now),
        }
    }

    /// Forgets an automation.
    pub(super) fn remove(&mut self, id: u64) {
        let Some(old) = self.all.remove(&id) else { return };
        if let Some(at) = old.progress.next_at {
            self.due.remove(&(at, id));
        }
        if let Some(channel) = channel_of(&old)
            && let Some(ids) = self.by_channel.get_mut(&channel)
        {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_channel.remove(&channel);
            }
        }
        self.dirty.remove(&id);
    }

    /// An automation as it is now.
    pub(super) fn get(&self, id: u64) -> Option<&Automation> {
        self.all.get(&id)
    }

    /// When something is due next.
    pub(super) fn next_at(&self) -> Option<i64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The channels whose entries are looked at as they come, each with the last id that was looked at.
    pub(super) fn watched(&self) -> Vec<(ChannelId, u64)> {
        let least = |ids: &Vec<u64>| ids.iter().map(|id| self.all[id].progress.evaluated).min();
        self.by_channel.iter().filter_map(|(id, ids)| Some((*id, least(ids)?))).collect()
    }

    /// The channels that were silent last, each with the automation that watches it.
    pub(super) fn silent(&self) -> Vec<(u64, ChannelId)> {
        let silent = |a: &&Automation| is_silence(&a.when) && a.progress.met == Some(true);
        let enabled = self.all.values().filter(|a| a.enabled).filter(silent);
        enabled.filter_map(|a| Some((a.id, channel_of(a)?))).collect()
    }

    /// Tells when a channel that was silent was last written to, after entries may have gone by unheard.
    pub(super) fn caught_up(&mut self, id: u64, last: Option<i64>) {
        let heard = self.all.get(&id).and_then(|automation| automation.progress.heard_at);
        if let Some(last) = last.filter(|last| Some(*last) > heard) {
            self.back(id, last);
        }
    }

    /// The entries of a channel begin at 1 again.
    pub(super) fn cleared(&mut self, channel: ChannelId) {
        for id in self.by_channel.get(&channel).cloned().unwrap_or_default() {
            self.progress(id, |progress| progress.evaluated = 0);
        }
    }

    /// Hears entries of a submission, in order. With `again` some of them may have been heard before.
    pub(super) fn heard(
        &mut self,
        channel: ChannelId,
        entries: &[Entry],
        way: Way,
        again: bool,
        now: i64,
    ) {
        let Some(last) = entries.last() else { return };
        for id in self.by_channel.get(&channel).cloned().unwrap_or_default() {
            let automation = &self.all[&id];
            let When::React { condition, check, repeat, .. } = &automation.when else { continue };
            if matches!(condition, Condition::Silence { .. }) {
                self.back(id, now);
                continue;
            }
            if !matches!(check, Check::Insert(_)) {
                continue;
            }
            let (mut progress, repeat) = (automation.progress, *repeat);
            let mut fired = false;
            let mut runs = Vec::new();
            for entry in entries {
                if again && entry.id.get() <= progress.evaluated {
                    continue;
                }
                let Some(verdict) = judge(condition, entry, progress.met) else { continue };
                let fires = verdict.met && (repeat || progress.met != Some(true));
                progress.met = Some(verdict.met);
                if fires && !(way.bulk && fired) {
                    fired = true;
                    runs.push(reaction(automation, verdict, entry, way.hops, now));
                }
            }
            progress.evaluated =
                if again { progress.evaluated.max(last.id.get()) } else { last.id.get() };
            self.runs.append(&mut runs);
            self.progress(id, |slot| *slot = progress);
        }
    }

    /// Lets the time come; gives what must be asked for those that are due.
    pub(super) fn due(&mut self, now: i64) -> Vec<Question> {
        let mut questions = Vec::new();
        while let Some((at, id)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, id));
            let Some(automation) = self.all.get(&id) else { continue };
            match &automation.when {
                When::Time { .. } => self.strike(id, at, now),
                When::React { condition, .. } => {
                    let Some(channel) = channel_of(automation) else { continue };
                    questions.push(match condition {
                        Condition::Silence { .. } => Question::LastWrite(id, channel),
                        condition => Question::Newest(id, channel, field_of(condition)),
                    });
                    // Whatever the answer is, and if none comes: the next look is at its time.
                    self.set_next(id, Some(now + MINUTE));
                }
            }
        }
        questions
    }

    /// Answers [`Question::Newest`].
    pub(super) fn newest(&mut self, id: u64, entry: Option<&Entry>, now: i64) {
        let Some(automation) = self.all.get(&id) else { return };
        let When::React { condition, repeat, .. } = &automation.when else { return };
        let mut progress = automation.progress;
        if let Some(entry) = entry
            && let Some(verdict) = judge(condition, entry, progress.met)
        {
            let fires = verdict.met && (*repeat || progress.met != Some(true));
            progress.met = Some(verdict.met);
            progress.evaluated = entry.id.get();
            if fires {
                let run = reaction(automation, verdict, entry, 0, now);
                self.runs.push(run);
            }
        }
        self.progress(id, |slot| *slot = progress);
        self.arm(id, now);
    }

    /// Answers [`Question::LastWrite`].
    pub(super) fn last_write(&mut self, id: u64, last: Option<i64>, now: i64) {
        let Some(automation) = self.all.get(&id) else { return };
        let before = automation.progress;
        self.caught_up(id, last);
        let Some(automation) = self.all.get(&id) else { return };
        let When::React { condition: Condition::Silence { minutes, .. }, repeat, .. } =
            &automation.when
        else {
            return;
        };
        let (since, span) = (automation.progress.since, i64::from(*minutes) * MINUTE);
        let heard = last.map_or(since, |last| last.max(since));
        let mut met = automation.progress.met;
        if now - heard >= span {
            if met != Some(true) || (*repeat && before.met == Some(true)) {
                let run = silence(automation, *minutes, last, now);
                self.runs.push(run);
            }
            met = Some(true);
        } else if met.is_none() {
            met = Some(false);
        }
        self.progress(id, |progress| {
            progress.met = met;
            progress.heard_at = last.or(progress.heard_at);
        });
        self.arm(id, now);
    }

    /// Takes what is to be noted: progress, and runs in the order in which they came about.
    pub(super) fn take(&mut self) -> (Vec<(u64, Progress)>, Vec<NewRun>) {
        let dirty = std::mem::take(&mut self.dirty);
        let progress = dirty.iter().filter_map(|id| Some((*id, self.all.get(id)?.progress)));
        (progress.collect(), std::mem::take(&mut self.runs))
    }

    /// True if runs wait to be noted.
    pub(super) fn has_runs(&self) -> bool {
        !self.runs.is_empty()
    }

    /// True if anything waits to be noted.
    pub(super) fn is_dirty(&self) -> bool {
        !self.dirty.is_empty() || self.has_runs()
    }

    /// A time on the clock has come.
    fn strike(&mut self, id: u64, at: i64, now: i64) {
        let automation = &self.all[&id];
        let late = now - at;
        let moment = Timestamp::from_millis(at);
        let cause = Cause { trigger: moment.to_string(), at, ..Cause::default() };
        let standing = if late > LATE_MS {
            over(&format!(
                "missed: at {moment} the server was not running; what is more than {} minutes late is left out",
                LATE_MS / MINUTE
            ))
        } else {
            fresh()
        };
        let reason = match late / MINUTE {
            0 => "its time has come".into(),
            minutes => format!("its time came {minutes} min ago"),
        };
        let (automation, at) = (automation.id, Timestamp::from_millis(now));
        self.runs.push(NewRun { automation, at, reason, test: false, cause, standing });
        self.progress(id, |progress| {
            progress.base_at = Some(progress.base_at.map_or(now, |base| base.max(now)));
        });
        self.arm(id, now);
    }

    /// An entry came to a channel whose silence is watched.
    fn back(&mut self, id: u64, now: i64) {
        let Some(automation) = self.all.get(&id) else { return };
        let When::React { condition: Condition::Silence { minutes, back_minutes }, .. } =
            &automation.when
        else {
            return;
        };
        let mut progress = automation.progress;
        let (span, back) =
            (i64::from(*minutes) * MINUTE, i64::from(back_minutes.unwrap_or(0)) * MINUTE);
        if progress.met != Some(true) {
            // When it is due is found out then, so that a busy channel costs nothing here.
            return;
        }
        let broken = progress.heard_at.is_some_and(|heard| now - heard >= span);
        let began = progress.back_at.filter(|_| !broken).unwrap_or(now);
        progress.heard_at = Some(now);
        if now - began >= back {
            (progress.met, progress.back_at) = (Some(false), None);
        } else {
            progress.back_at = Some(began);
        }
        self.progress(id, |slot| *slot = progress);
        if progress.met == Some(false) {
            self.arm(id, now);
        }
    }

    /// Finds out when an automation is due next.
    fn arm(&mut self, id: u64, now: i64) {
        let Some(automation) = self.all.get(&id).filter(|automation| automation.enabled) else {
            return;
        };
        let progress = automation.progress;
        let mut base = progress.base_at;
        let next = match &automation.when {
            When::React { check: Check::Minutes(every), .. } => {
                Some(step(0, i64::from(*every).max(1) * MINUTE, now))
            }
            When::React { condition: Condition::Silence { minutes, .. }, repeat, .. } => {
                let span = i64::from(*minutes) * MINUTE;
                let heard = progress.heard_at.unwrap_or(progress.since).max(progress.since);
                match progress.met {
                    Some(true) if !repeat => None,
                    Some(true) => Some(now.max(heard) + span),
                    _ => Some((heard + span).max(now + 1)),
                }
            }
            When::React { .. } => None,
            When::Time { zone, at, fuzz_minutes } => {
                let zone = Zone::named(zone).unwrap_or_default();
                let after = base.unwrap_or(progress.since);
                let next = schedule::next(&zone, at, progress.since, after);
                base = next.or(base);
                let seed = mix(self.seed ^ id);
                next.map(|next| fuzzy(next, *fuzz_minutes, seed).max(progress.since))
            }
        };
        if base != progress.base_at {
            self.progress(id, |progress| progress.base_at = base);
        }
        self.set_next(id, next);
    }

    fn set_next(&mut self, id: u64, next: Option<i64>) {
        let Some(before) = self.all.get(&id).map(|automation| automation.progress.next_at) else {
            return;
        };
        if let Some(at) = before {
            self.due.remove(&(at, id));
        }
        if let Some(at) = next {
            self.due.insert((at, id));
        }
        if before != next {
            self.progress(id, |progress| progress.next_at = next);
        }
    }

    fn progress(&mut self, id: u64, change: impl FnOnce(&mut Progress)) {
        if let Some(automation) = self.all.get_mut(&id) {
            let before = automation.progress;
            change(&mut automation.progress);
            if automation.progress != before {
                self.dirty.insert(id);
            }
        }
    }
}

fn channel_of(automation: &Automation) -> Option<ChannelId> {
    automation.when.channel().and_then(ChannelId::new)
}

fn is_silence(when: &When) -> bool {
    matches!(when, When::React { condition: Condition::Silence { .. }, .. })
}

/// The run that an entry leads to.
fn reaction(
    automation: &Automation,
    verdict: Verdict,
    entry: &Entry,
    hops: u8,
    now: i64,
) -> NewRun {
    let field = match &automation.when {
        When::React { condition, .. } => field_of(condition).map(FieldNo::get),
        When::Time { .. } => None,
    };
    let cause = Cause {
        trigger: verdict.trigger,
        at: entry.created_at.millis(),
        channel: automation.when.channel(),
        field,
        hops,
    };
    let standing = if hops >= HOPS_MAX {
        over(&format!(
            "loop: {hops} automations and relays in a row led to this entry; make sure that what one writes does not set off another"
        ))
    } else {
        fresh()
    };
    let (automation, at, reason) = (automation.id, Timestamp::from_millis(now), verdict.reason);
    NewRun { automation, at, reason, test: false, cause, standing }
}

/// The run that silence leads to.
fn silence(automation: &Automation, minutes: u32, last: Option<i64>, now: i64) -> NewRun {
    let last = last.map(|last| Timestamp::from_millis(last).to_string());
    let reason = match &last {
        Some(last) => format!("nothing came for {minutes} min; the last entry came at {last}"),
        None => format!("nothing came for {minutes} min"),
    };
    let channel = automation.when.channel();
    let cause = Cause { trigger: minutes.to_string(), at: now, channel, field: None, hops: 0 };
    let (automation, at, standing) = (automation.id, Timestamp::from_millis(now), fresh());
    NewRun { automation, at, reason, test: false, cause, standing }
}

/// How a new run stands: it waits for its turn.
fn fresh() -> Standing {
    Standing { state: RunState::Waiting, tries: 0, next_try_at: None, says: String::new() }
}

/// How a run stands that is not done at all.
pub(super) fn over(says: &str) -> Standing {
    Standing { state: RunState::Skipped, tries: 0, next_try_at: None, says: says.into() }
}
