//! When the next backup is due and which of the old ones goes. Pure: the clock and the names in the folder come in.

use fieldpost_wire::Timestamp;

/// How long after a backup that failed it is tried again, at most, in milliseconds.
const RETRY_MS: i64 = 15 * 60_000;
/// How far ahead of the clock a backup's date may be before it is not believed, in milliseconds.
const AHEAD_MS: i64 = 60 * 60_000;

/// What is remembered of the backups that a server makes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Schedule {
    /// From one to the next, in milliseconds; absent if none are made by themselves.
    pub(crate) every_ms: Option<i64>,
    /// When the last good one was made.
    pub(crate) good_at: Option<Timestamp>,
    /// When one failed, if none was good since.
    pub(crate) failed_at: Option<Timestamp>,
}

impl Schedule {
    /// When the next one is due: at once, if one was missed.
    pub(crate) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let every = self.every_ms?;
        // A clock that was wrong once must not put an end to all backups.
        let believed = |at: &Timestamp| at.millis() <= now.millis().saturating_add(AHEAD_MS);
        let after = |at: Timestamp, ms: i64| at.plus_millis(ms);
        let regular = self.good_at.filter(believed).map_or(now, |at| after(at, every));
        let retry = self.failed_at.filter(believed).map(|at| after(at, RETRY_MS.min(every)));
        Some(retry.map_or(regular, |retry| retry.max(regular)))
    }
}

/// A date as it stands in names: 20261129-115200, in UTC.
pub(crate) fn stamp(now: Timestamp) -> String {
    let text: String = now.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    let (day, time) = text.split_at(text.len().min(8));
    format!("{day}-{time}")
}

/// The name of a backup that is made at this time.
pub(crate) fn name(now: Timestamp) -> String {
    format!("fieldpost-{}.tar.gz", stamp(now))
}

/// The time that a backup's name tells; `None` if it is no name of ours.
pub(crate) fn time_of(name: &str) -> Option<Timestamp> {
    let digits = name.strip_prefix("fieldpost-")?.strip_suffix(".tar.gz")?;
    let (day, time) = digits.split_once('-')?;
    let all = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    if !all(day, 8) || !all(time, 6) {
        return None;
    }
    let part = |text: &str, from: usize| text[from..from + 2].parse::<u8>().ok();
    let civil = fieldpost_wire::time::Civil {
        year: day[..4].parse().ok()?,
        month: part(day, 4)?,
        day: part(day, 6)?,
        hour: part(time, 0)?,
        minute: part(time, 2)?,
        second: part(time, 4)?,
    };
    civil.is_real().then(|| Timestamp::from_civil(civil))
}

/// Which of the names go when this many are kept: the oldest, but not the one that was just made.
pub(crate) fn surplus<'a>(names: &'a [String], keep: usize, just_made: &str) -> Vec<&'a str> {
    let ours = names.iter().map(String::as_str).filter(|name| time_of(name).is_some());
    let mut old: Vec<&str> = ours.filter(|name| *name != just_made).collect();
    old.sort_unstable();
    old.truncate(old.len().saturating_sub(keep.saturating_sub(1)));
    old
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_796_000_000_000 + ms)
    }

    #[test]
    fn a_name_tells_its_time() {
        let now = Timestamp::from_seconds(1_796_000_000);
        assert_eq!(name(now), "fieldpost-20261130-005320.tar.gz");
        assert_eq!(time_of(&name(now)), Some(now));
        for other in [
            "fieldpost-20261129.tar.gz",
            "fieldpost-20261399-234640.tar.gz",
            "x.tar.gz",
            "../fieldpost-20261129-234640.tar.gz",
        ] {
            assert_eq!(time_of(other), None, "{other}");
        }
    }

    #[test]
    fn the_first_is_due_at_once_and_the_next_after_the_time_between() {
        let mut schedule = Schedule { every_ms: Some(24 * HOUR), ..Schedule::default() };
        assert_eq!(schedule.due(at(0)), Some(at(0)));
        schedule.good_at = Some(at(0));
        assert_eq!(schedule.due(at(HOUR)), Some(at(24 * HOUR)));
        // Off for three days: one is due, and not three.
        assert!(schedule.due(at(72 * HOUR)).unwrap() <= at(72 * HOUR));
        schedule.good_at = Some(at(72 * HOUR));
        assert_eq!(schedule.due(at(72 * HOUR)), Some(at(96 * HOUR)));
        assert_eq!(Schedule { every_ms: None, ..schedule }.due(at(0)), None);
    }

    #[test]
    fn a_failure_is_tried_again_after_a_while_and_a_date_from_far_ahead_is_not_believed() {
        let mut schedule = Schedule { every_ms: Some(24 * HOUR), ..Schedule::default() };
        schedule.failed_at = Some(at(0));
        assert_eq!(schedule.due(at(1)), Some(at(RETRY_MS)));
        schedule.good_at = Some(at(9_000 * HOUR));
        schedule.failed_at = None;
        assert_eq!(schedule.due(at(5)), Some(at(5)));
    }

    #[test]
    fn a_year_of_days_makes_a_backup_each_and_keeps_seven() {
        let mut schedule = Schedule { every_ms: Some(24 * HOUR), ..Schedule::default() };
        let (mut names, mut made) = (Vec::<String>::new(), 0);
        for hour in 0..365 * 24 {
            let now = at(hour * HOUR);
            if schedule.due(now).unwrap() > now {
                continue;
            }
            made += 1;
            schedule.good_at = Some(now);
            names.push(name(now));
            let gone: Vec<String> =
                surplus(&names, 7, &name(now)).into_iter().map(String::from).collect();
            names.retain(|name| !gone.contains(name));
        }
        assert_eq!((made, names.len()), (365, 7));
        assert_eq!(names.last(), Some(&name(at(364 * 24 * HOUR))));
    }

    #[test]
    fn only_our_own_old_files_go_and_never_the_new_one() {
        let names: Vec<String> = [
            "fieldpost-20260101-000000.tar.gz",
            "holiday.tar.gz",
            "fieldpost-20260103-000000.tar.gz",
            "fieldpost-20260102-000000.tar.gz",
        ]
        .map(String::from)
        .into();
        assert_eq!(
            surplus(&names, 2, "fieldpost-20260101-000000.tar.gz"),
            ["fieldpost-20260102-000000.tar.gz"]
        );
        assert_eq!(surplus(&names, 3, "fieldpost-20260103-000000.tar.gz"), Vec::<&str>::new());
    }
}
