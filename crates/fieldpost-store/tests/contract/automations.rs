//! Automations, their runs, ThingHTTP requests and alerts.

use std::collections::BTreeMap;

use fieldpost_store::automations::{
    Action, Alert, At, Automation, Call, Cause, Check, Condition, HttpSettings, NewAutomation,
    NewRun, NewThingHttp, OnInsert, Op, Progress, RunState, Secret, Standing, When,
};
use fieldpost_store::{Store, Taken};

use crate::setup::*;

fn react(channel: u64) -> When {
    When::React {
        channel,
        condition: Condition::Number {
            field: 1,
            op: Op::Above,
            value: 30.1,
            hysteresis: Some(0.2),
        },
        check: Check::Insert(OnInsert::Insert),
        repeat: false,
    }
}

fn daily() -> When {
    let at = At::Week { days: vec![1, 7], time: "07:30".into() };
    When::Time { zone: "Europe/Zurich".into(), at, fuzz_minutes: 5 }
}

fn new_automation(user: u64, when: When) -> NewAutomation {
    let action = Action::Write { channel: 9, fields: BTreeMap::new(), status: Some("hot".into()) };
    let progress = Progress { since: 7, ..Progress::default() };
    NewAutomation {
        user,
        name: "Freezer".into(),
        enabled: true,
        when,
        action,
        progress,
        now: ms(3),
    }
}

fn new_run(automation: u64, n: i64) -> NewRun {
    let cause = Cause { trigger: "31.2".into(), at: n, channel: Some(1), field: Some(1), hops: 2 };
    let standing = Standing {
        state: RunState::Waiting,
        tries: 0,
        next_try_at: Some(ms(n)),
        says: String::new(),
    };
    NewRun { automation, at: ms(n), reason: format!("run {n}"), test: false, cause, standing }
}

fn settings(name: &str) -> HttpSettings {
    let call = Call {
        method: "POST".into(),
        url: "https://h.example/%%x%%".into(),
        headers: vec![("A".into(), "b".into())],
        body: String::new(),
        user: Some("u".into()),
        password: Some(Secret("p".into())),
        private: true,
    };
    HttpSettings { name: name.into(), call, parse: Some("<b>".into()) }
}

fn made(store: &dyn Store, user: u64, when: When) -> Automation {
    store.create_automation(new_automation(user, when)).unwrap()
}

pub(crate) fn an_automation_comes_back_as_it_was_made(store: &dyn Store) {
    let channel = one_channel(store);
    let ada = store.user("ada").unwrap().unwrap();
    let one = made(store, ada.id, react(channel.get()));
    let two = made(store, ada.id, daily());
    assert_eq!((one.id, two.id, one.created_at), (1, 2, ms(3)));
    assert_eq!((&one.when, &two.when), (&react(channel.get()), &daily()));
    assert_eq!(store.automation(1).unwrap(), Some(one.clone()));
    assert_eq!(store.automations(Some(ada.id)).unwrap(), [one.clone(), two.clone()]);
    assert_eq!(store.automations(None).unwrap(), [one, two]);
    assert_eq!(store.automations(Some(ada.id + 1)).unwrap(), []);
    assert_eq!(store.automation(3).unwrap(), None);
    assert!(not_found(store.create_automation(new_automation(ada.id + 1, daily()))));
    assert!(not_found(store.create_automation(new_automation(ada.id, react(99)))));
}

pub(crate) fn a_changed_automation_keeps_its_number_its_user_and_its_age(store: &dyn Store) {
    let channel = one_channel(store).get();
    let ada = store.user("ada").unwrap().unwrap().id;
    let one = made(store, ada, react(channel));
    let changed = store.change_automation(one.id, &mut |automation| {
        (automation.id, automation.user, automation.created_at) = (9, 9, ms(9));
        automation.name = "Boiler".into();
        automation.enabled = false;
        automation.when = daily();
        automation.progress.met = Some(true);
    });
    let changed = changed.unwrap();
    assert_eq!((changed.id, changed.user, changed.created_at), (one.id, ada, ms(3)));
    assert_eq!((changed.name.as_str(), changed.enabled), ("Boiler", false));
    assert_eq!(store.automation(one.id).unwrap(), Some(changed.clone()));
    assert!(not_found(store.change_automation(9, &mut |_| {})));
    let moved = store.change_automation(one.id, &mut |automation| automation.when = react(99));
    assert!(not_found(moved));
    assert_eq!(store.automation(one.id).unwrap(), Some(changed));
    store.delete_automation(one.id).unwrap();
    assert!(not_found(store.delete_automation(one.id)));
    assert_eq!(made(store, ada, daily()).id, 2, "a number is never used again");
}

pub(crate) fn progress_and_runs_are_noted_together_and_the_newest_kept(store: &dyn Store) {
    let channel = one_channel(store).get();
    let ada = store.user("ada").unwrap().unwrap().id;
    let (one, two) = (made(store, ada, react(channel)).id, made(store, ada, daily()).id);
    let progress = Progress {
        met: Some(true),
        evaluated: 12,
        since: 7,
        next_at: Some(1),
        base_at: Some(2),
        back_at: Some(3),
        heard_at: Some(4),
    };
    let runs: Vec<NewRun> = [(one, 1), (two, 2), (9, 3), (one, 4), (one, 5)]
        .map(|(automation, n)| new_run(automation, n))
        .into();
    let other = Progress { since: 8, ..progress };
    let ids = store.note(&[(one, progress), (9, progress), (two, other)], &runs, 2).unwrap();
    assert_eq!(ids, [Some(1), Some(2), None, Some(3), Some(4)]);
    assert_eq!(store.automation(one).unwrap().unwrap().progress, progress);
    let untouched = Progress { since: 7, ..Progress::default() };
    assert_eq!(store.automation(two).unwrap().unwrap().progress, untouched);
    let newest = store.runs(one, 9).unwrap();
    assert_eq!(newest.iter().map(|run| run.id).collect::<Vec<_>>(), [4, 3]);
    let first = &runs[4];
    assert_eq!((&newest[0].reason, &newest[0].cause), (&first.reason, &first.cause));
    assert_eq!((newest[0].at, &newest[0].standing), (first.at, &first.standing));
    assert_eq!(store.runs(one, 1).unwrap().len(), 1);
    assert_eq!(store.runs(two, 9).unwrap().len(), 1);
}

pub(crate) fn a_run_is_unsettled_until_it_is_over(store: &dyn Store) {
    let channel = one_channel(store).get();
    let ada = store.user("ada").unwrap().unwrap().id;
    let one = made(store, ada, react(channel)).id;
    store.note(&[], &[1, 2, 3, 4].map(|n| new_run(one, n)), 9).unwrap();
    let standing = |state, tries, next_try_at, says: &str| Standing {
        state,
        tries,
        next_try_at,
        says: says.into(),
    };
    let waits = standing(RunState::Waiting, 1, Some(ms(60)), "no answer");
    let ends = [
        (1, standing(RunState::Done, 1, None, "answered 200")),
        (2, standing(RunState::Failed, 3, None, "no")),
        (3, standing(RunState::Skipped, 0, None, "loop")),
        (4, waits.clone()),
        (9, waits.clone()),
    ];
    store.settle(&ends).unwrap();
    let open = store.unsettled().unwrap();
    assert_eq!(open.iter().map(|run| run.id).collect::<Vec<_>>(), [4]);
    assert_eq!(open[0].standing, waits);
    let all = store.runs(one, 9).unwrap();
    let states: Vec<&Standing> = all.iter().rev().map(|run| &run.standing).collect();
    assert_eq!(states, ends[..4].iter().map(|(_, standing)| standing).collect::<Vec<_>>());
    store.delete_automation(one).unwrap();
    assert_eq!((store.unsettled().unwrap(), store.runs(one, 9).unwrap()), (vec![], vec![]));
}

pub(crate) fn a_thinghttp_is_found_by_its_key_and_changed_by_its_user_only(store: &dyn Store) {
    let ada = ada(store).id;
    let new = |n| NewThingHttp { user: ada, api_key: key(n), settings: settings("a"), now: ms(4) };
    let one = store.create_thinghttp(new(1)).unwrap();
    assert_eq!((one.id, one.user, one.created_at), (1, ada, ms(4)));
    assert_eq!(taken(store.create_thinghttp(new(1))), Some(Taken::Key));
    assert!(not_found(store.create_thinghttp(NewThingHttp { user: ada + 1, ..new(2) })));
    assert_eq!(store.thinghttp_of_key(&key(1)).unwrap(), Some(one.clone()));
    assert_eq!(store.thinghttp_of_key(&key(2)).unwrap(), None);
    assert!(not_found(store.set_thinghttp(ada + 1, one.id, settings("b"))));
    let changed = store.set_thinghttp(ada, one.id, settings("b")).unwrap();
    assert_eq!((&changed.settings, changed.api_key), (&settings("b"), key(1)));
    assert_eq!(store.thinghttps(ada).unwrap(), [changed]);
    assert!(not_found(store.delete_thinghttp(ada + 1, one.id)));
    store.delete_thinghttp(ada, one.id).unwrap();
    assert!(not_found(store.delete_thinghttp(ada, one.id)));
    assert_eq!(store.thinghttps(ada).unwrap(), []);
    assert_eq!(store.create_thinghttp(new(1)).unwrap().id, 2);
}

pub(crate) fn alerts_go_by_a_key_of_their_own_and_are_forgotten(store: &dyn Store) {
    let ada = ada(store);
    let ben = store.create_user(new_user("ben", 1001)).unwrap().id;
    assert_eq!(store.alert_key(ada.id).unwrap(), None);
    store.set_alert_key(ada.id, key(1)).unwrap();
    store.set_alert_key(ada.id, key(2)).unwrap();
    assert_eq!(store.alert_key(ada.id).unwrap(), Some(key(2)));
    assert_eq!(store.user_of_alert_key(&key(2)).unwrap(), Some(ada.clone()));
    assert_eq!(store.user_of_alert_key(&key(1)).unwrap(), None);
    assert_eq!(taken(store.set_alert_key(ben, key(2))), Some(Taken::Key));
    assert!(not_found(store.set_alert_key(99, key(3))));
    let alert = |n: i64| Alert {
        requested_at: ms(n),
        subject: format!("alert {n}"),
        status: "sent".into(),
    };
    for n in 1..=3 {
        store.note_alert(ada.id, alert(n), ms(0)).unwrap();
    }
    store.note_alert(ben, alert(9), ms(9)).unwrap();
    store.note_alert(ada.id, alert(4), ms(2)).unwrap();
    assert_eq!(store.alerts(ada.id).unwrap(), [alert(4), alert(3), alert(2)]);
    assert_eq!(store.alerts(ben).unwrap(), [alert(9)]);
    assert!(not_found(store.note_alert(99, alert(1), ms(0))));
}

pub(crate) fn what_is_done_by_itself_goes_with_its_user_and_its_channel(store: &dyn Store) {
    let channel = one_channel(store);
    let ada = store.user("ada").unwrap().unwrap().id;
    let ben = store.create_user(new_user("ben", 1001)).unwrap().id;
    let (reacts, timed) = (made(store, ben, react(channel.get())), made(store, ben, daily()));
    let other = made(store, ada, daily());
    store.note(&[], &[reacts.id, timed.id, other.id].map(|id| new_run(id, 1)), 9).unwrap();
    let new = NewThingHttp { user: ben, api_key: key(5), settings: settings("a"), now: ms(4) };
    store.create_thinghttp(new).unwrap();
    store.set_alert_key(ben, key(6)).unwrap();

    store.delete_channel(channel).unwrap();
    assert_eq!(store.automations(None).unwrap(), [timed.clone(), other.clone()]);
    assert_eq!(store.runs(reacts.id, 9).unwrap(), []);
    store.delete_user("ben").unwrap();
    assert_eq!(store.automations(None).unwrap(), std::slice::from_ref(&other));
    assert_eq!(store.unsettled().unwrap().len(), 1);
    assert_eq!(store.thinghttp_of_key(&key(5)).unwrap(), None);
    assert_eq!(store.user_of_alert_key(&key(6)).unwrap(), None);
    assert_eq!(store.alerts(ben).unwrap(), []);
}
