//! Automations and their runs. Every function that writes runs inside its caller's transaction.

use fieldpost_wire::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStore;
use super::rows::{change, exists, json, next, number, read_json};
use super::thinghttps;
use crate::automations::{
    Alert, Automation, AutomationStore, HttpSettings, NewAutomation, NewRun, NewThingHttp,
    Progress, Run, RunState, Standing, ThingHttp,
};
use crate::store::{StoreError, User};
use fieldpost_wire::ApiKey;

/// The columns of an automation, in the order in which [`read_automation`] reads them.
const AUTOMATION: &str =
    "SELECT id, user_id, name, enabled, acts_when, action, progress, created_at FROM automations";
/// The columns of a run, in the order in which [`read_run`] reads them.
const RUN: &str =
    "SELECT id, automation_id, at, reason, test, cause, state, tries, next_try_at, says FROM runs";

impl AutomationStore for SqliteStore {
    fn create_automation(&self, new: NewAutomation) -> Result<Automation, StoreError> {
        self.db.write(|tx| create(tx, new))
    }

    fn automation(&self, id: u64) -> Result<Option<Automation>, StoreError> {
        self.db.read(|conn| automation(conn, id))
    }

    fn automations(&self, user: Option<u64>) -> Result<Vec<Automation>, StoreError> {
        self.db.read(|conn| automations(conn, user))
    }

    fn change_automation(
        &self,
        id: u64,
        change: &mut dyn FnMut(&mut Automation),
    ) -> Result<Automation, StoreError> {
        self.db.write(|tx| change_automation(tx, id, change))
    }

    fn delete_automation(&self, id: u64) -> Result<(), StoreError> {
        self.db.write(|tx| change(tx, "DELETE FROM automations WHERE id = ?", [number(id)]))
    }

    fn note(
        &self,
        progress: &[(u64, Progress)],
        runs: &[NewRun],
        keep: usize,
    ) -> Result<Vec<Option<u64>>, StoreError> {
        self.db.write(|tx| note(tx, progress, runs, keep))
    }

    fn settle(&self, runs: &[(u64, Standing)]) -> Result<(), StoreError> {
        self.db.write(|tx| settle(tx, runs))
    }

    fn runs(&self, automation: u64, limit: usize) -> Result<Vec<Run>, StoreError> {
        self.db.read(|conn| runs(conn, automation, limit))
    }

    fn unsettled(&self) -> Result<Vec<Run>, StoreError> {
        self.db.read(|conn| unsettled(conn))
    }

    fn create_thinghttp(&self, new: NewThingHttp) -> Result<ThingHttp, StoreError> {
        self.db.write(|tx| thinghttps::create(tx, new))
    }

    fn thinghttp_of_key(&self, key: &ApiKey) -> Result<Option<ThingHttp>, StoreError> {
        self.db.read(|conn| thinghttps::of_key(conn, key))
    }

    fn thinghttps(&self, user: u64) -> Result<Vec<ThingHttp>, StoreError> {
        self.db.read(|conn| thinghttps::of_user(conn, user))
    }

    fn set_thinghttp(
        &self,
        user: u64,
        id: u64,
        settings: HttpSettings,
    ) -> Result<ThingHttp, StoreError> {
        self.db.write(|tx| thinghttps::set(tx, user, id, settings))
    }

    fn delete_thinghttp(&self, user: u64, id: u64) -> Result<(), StoreError> {
        self.db.write(|tx| thinghttps::delete(tx, user, id))
    }

    fn alert_key(&self, user: u64) -> Result<Option<ApiKey>, StoreError> {
        self.db.read(|conn| thinghttps::alert_key(conn, user))
    }

    fn set_alert_key(&self, user: u64, key: ApiKey) -> Result<(), StoreError> {
        self.db.write(|tx| thinghttps::set_alert_key(tx, user, key))
    }

    fn user_of_alert_key(&self, key: &ApiKey) -> Result<Option<User>, StoreError> {
        self.db.read_all(|conn| thinghttps::user_of_alert_key(conn, key))
    }

    fn note_alert(&self, user: u64, alert: Alert, forget: Timestamp) -> Result<(), StoreError> {
        self.db.write(|tx| thinghttps::note_alert(tx, user, alert, forget))
    }

    fn alerts(&self, user: u64) -> Result<Vec<Alert>, StoreError> {
        self.db.read(|conn| thinghttps::alerts(conn, user))
    }
}

fn create(conn: &Connection, new: NewAutomation) -> Result<Automation, StoreError> {
    if !exists(conn, "SELECT 1 FROM users WHERE id = ?", [number(new.user)])? {
        return Err(StoreError::NotFound);
    }
    check_channel(conn, new.when.channel())?;
    let id = next(conn, "automation")?;
    conn.prepare_cached("INSERT INTO automations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(
        params![
            id,
            number(new.user),
            new.when.channel().map(number),
            new.name,
            new.enabled,
            json(&new.when)?,
            json(&new.action)?,
            json(&new.progress)?,
            new.now.millis()
        ],
    )?;
    let NewAutomation { user, name, enabled, when, action, progress, now: created_at } = new;
    Ok(Automation { id: id as u64, user, name, enabled, when, action, created_at, progress })
}

fn automation(conn: &Connection, id: u64) -> Result<Option<Automation>, StoreError> {
    let sql = format!("{AUTOMATION} WHERE id = ?");
    let found = conn.prepare_cached(&sql)?.query_row([number(id)], read_automation);
    Ok(found.optional()?)
}

fn automations(conn: &Connection, user: Option<u64>) -> Result<Vec<Automation>, StoreError> {
    let sql = format!("{AUTOMATION} WHERE user_id = ifnull(?, user_id) ORDER BY id");
    let mut select = conn.prepare_cached(&sql)?;
    let found = select.query_map([user.map(number)], read_automation)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn change_automation(
    conn: &Connection,
    id: u64,
    change: &mut dyn FnMut(&mut Automation),
) -> Result<Automation, StoreError> {
    let before = automation(conn, id)?.ok_or(StoreError::NotFound)?;
    let mut after = before.clone();
    change(&mut after);
    (after.id, after.user, after.created_at) = (before.id, before.user, before.created_at);
    check_channel(conn, after.when.channel())?;
    conn.prepare_cached(
        "UPDATE automations SET channel_id = ?, name = ?, enabled = ?, acts_when = ?, action = ?, progress = ? WHERE id = ?",
    )?
    .execute(params![
        after.when.channel().map(number),
        after.name,
        after.enabled,
        json(&after.when)?,
        json(&after.action)?,
        json(&after.progress)?,
        number(id)
    ])?;
    Ok(after)
}

fn check_channel(conn: &Connection, channel: Option<u64>) -> Result<(), StoreError> {
    let Some(id) = channel else { return Ok(()) };
    let known = exists(conn, "SELECT 1 FROM channels WHERE id = ?", [number(id)])?;
    if known { Ok(()) } else { Err(StoreError::NotFound) }
}

fn note(
    conn: &Connection,
    progress: &[(u64, Progress)],
    runs: &[NewRun],
    keep: usize,
) -> Result<Vec<Option<u64>>, StoreError> {
    let mut update = conn.prepare_cached(
        "UPDATE automations SET progress = ? WHERE id = ? AND json_extract(progress, '$.since') = ?",
    )?;
    for (id, progress) in progress {
        update.execute(params![json(progress)?, number(*id), progress.since])?;
    }
    let mut ids = Vec::with_capacity(runs.len());
    let mut insert =
        conn.prepare_cached("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    for run in runs {
        let automation = number(run.automation);
        if !exists(conn, "SELECT 1 FROM automations WHERE id = ?", [automation])? {
            ids.push(None);
            continue;
        }
        let id = next(conn, "run")?;
        insert.execute(params![
            id,
            automation,
            run.at.millis(),
            run.reason,
            run.test,
            json(&run.cause)?,
            word(run.standing.state),
            run.standing.tries,
            run.standing.next_try_at.map(Timestamp::millis),
            run.standing.says
        ])?;
        ids.push(Some(id as u64));
    }
    let mut old = conn.prepare_cached(
        "DELETE FROM runs WHERE automation_id = ?1 AND id <= \
         (SELECT id FROM runs WHERE automation_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?;
    let mut of: Vec<u64> = runs.iter().map(|run| run.automation).collect();
    of.sort_unstable();
    of.dedup();
    for automation in of {
        old.execute([number(automation), number(keep as u64)])?;
    }
    Ok(ids)
}

fn settle(conn: &Connection, runs: &[(u64, Standing)]) -> Result<(), StoreError> {
    let mut update = conn.prepare_cached(
        "UPDATE runs SET state = ?, tries = ?, next_try_at = ?, says = ? WHERE id = ?",
    )?;
    for (id, standing) in runs {
        update.execute(params![
            word(standing.state),
            standing.tries,
            standing.next_try_at.map(Timestamp::millis),
            standing.says,
            number(*id)
        ])?;
    }
    Ok(())
}

fn runs(conn: &Connection, automation: u64, limit: usize) -> Result<Vec<Run>, StoreError> {
    let sql = format!("{RUN} WHERE automation_id = ? ORDER BY id DESC LIMIT ?");
    let mut select = conn.prepare_cached(&sql)?;
    let found = select.query_map([number(automation), number(limit as u64)], read_run)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn unsettled(conn: &Connection) -> Result<Vec<Run>, StoreError> {
    let mut select = conn.prepare_cached(&format!("{RUN} WHERE state = 'waiting' ORDER BY id"))?;
    let found = select.query_map([], read_run)?.collect::<Result<_, _>>()?;
    Ok(found)
}

fn word(state: RunState) -> &'static str {
    match state {
        RunState::Waiting => "waiting",
        RunState::Done => "done",
        RunState::Failed => "failed",
        RunState::Skipped => "skipped",
    }
}

fn read_state(row: &Row<'_>, column: usize) -> rusqlite::Result<RunState> {
    Ok(match row.get::<_, String>(column)?.as_str() {
        "waiting" => RunState::Waiting,
        "done" => RunState::Done,
        "failed" => RunState::Failed,
        _ => RunState::Skipped,
    })
}

fn read_automation(row: &Row<'_>) -> rusqlite::Result<Automation> {
    Ok(Automation {
        id: row.get::<_, i64>(0)? as u64,
        user: row.get::<_, i64>(1)? as u64,
        name: row.get(2)?,
        enabled: row.get(3)?,
        when: read_json(row, 4)?,
        action: read_json(row, 5)?,
        progress: read_json(row, 6)?,
        created_at: Timestamp::from_millis(row.get(7)?),
    })
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        id: row.get::<_, i64>(0)? as u64,
        automation: row.get::<_, i64>(1)? as u64,
        at: Timestamp::from_millis(row.get(2)?),
        reason: row.get(3)?,
        test: row.get(4)?,
        cause: read_json(row, 5)?,
        standing: Standing {
            state: read_state(row, 6)?,
            tries: row.get(7)?,
            next_try_at: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
            says: row.get(9)?,
        },
    })
}
