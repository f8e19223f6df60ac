//! Messages of real boards, and laws for all others.

use fieldpost_store::TopicMap;
use fieldpost_wire::{ChannelId, FieldNo};
use proptest::prelude::*;

use super::*;

fn map(topic: &str, path: &str, channel: u64, field: u8) -> TopicMap {
    let path = (!path.is_empty()).then(|| path.to_string());
    TopicMap { topic: topic.into(), path, channel, field }
}

/// What came out, as `channel: field=text field=text`.
fn shown(mapped: &Mapped) -> Vec<String> {
    let update = |(id, update): &(ChannelId, Update)| {
        let fields = FieldNo::ALL
            .iter()
            .filter_map(|no| Some(format!("{}={}", no.name(), update.values.field(*no)?)));
        format!("{id}: {}", fields.collect::<Vec<_>>().join(" "))
    };
    mapped.updates.iter().map(update).collect()
}

fn read_one(path: &str, payload: &str) -> Result<String, Missed> {
    let mapped = read(&[map("t", path, 7, 1)], "t", payload.as_bytes());
    match (mapped.updates.as_slice(), mapped.missed.as_slice()) {
        ([(_, update)], []) => Ok(update.values.field(FieldNo::ALL[0]).unwrap().to_string()),
        ([], [(_, missed)]) => Err(*missed),
        other => panic!("{other:?}"),
    }
}

/// As sent by Tasmota 14 every telemetry period, with an AM2301 and a power meter.
const SENSOR: &str = r#"{"Time":"2026-05-06T07:08:09","AM2301":{"Temperature":21.50,"Humidity":63.0,"DewPoint":14.1},"ENERGY":{"TotalStartTime":"2026-01-02T03:04:05","Total":3.185,"Yesterday":0.083,"Today":0.016,"Period": 0,"Power": 4,"ApparentPower": 15,"Voltage":230,"Current":[0.066,0.010]},"TempUnit":"C"}"#;

#[test]
fn a_sensor_message_of_tasmota_becomes_one_update_for_each_channel() {
    let topic = "tele/plug/SENSOR";
    let maps = [
        map(topic, "AM2301.Temperature", 7, 1),
        map(topic, "AM2301.Humidity", 7, 2),
        map(topic, "ENERGY.Power", 8, 1),
        map(topic, "ENERGY.Current.1", 8, 2),
        map(topic, "Time", 7, 8),
        map("tele/plug/STATE", "Uptime", 7, 3),
    ];
    let mapped = read(&maps, topic, SENSOR.as_bytes());
    assert_eq!(
        shown(&mapped),
        ["7: field1=21.50 field2=63.0 field8=2026-05-06T07:08:09", "8: field1=4 field2=0.010"]
    );
    assert_eq!(mapped.missed, []);
}

#[test]
fn a_sensor_that_gave_no_reading_is_missed_and_the_others_are_not() {
    let topic = "tele/plug/SENSOR";
    let maps = [map(topic, "DS18B20-1.Temperature", 7, 1), map(topic, "BME280.Pressure", 7, 2)];
    let payload = r#"{"Time":"2026-05-06T07:08:09","DS18B20-1":{"Id":"0316A2799EFF","Temperature":null},"BME280":{"Pressure":964.6}}"#;
    let mapped = read(&maps, topic, payload.as_bytes());
    assert_eq!(shown(&mapped), ["7: field2=964.6"]);
    assert_eq!(mapped.missed, [(maps[0].clone(), Missed::Null)]);
}

#[test]
fn a_state_of_esphome_is_the_value_itself() {
    let maps = [
        map("bench/sensor/temperature/state", "", 7, 1),
        map("bench/binary_sensor/door/state", "", 7, 2),
    ];
    let state = |topic: &str, payload: &[u8]| shown(&read(&maps, topic, payload));
    assert_eq!(state("bench/sensor/temperature/state", b"21.5"), ["7: field1=21.5"]);
    assert_eq!(state("bench/sensor/temperature/state", b" 21.50\n"), ["7: field1=21.50"]);
    assert_eq!(state("bench/binary_sensor/door/state", b"ON"), ["7: field2=ON"]);
    assert_eq!(state("bench/status", b"online"), [""; 0]);
    assert_eq!(read(&maps, "bench/sensor/temperature/state", b"").missed[0].1, Missed::Nothing);
    assert_eq!(read(&maps, "bench/sensor/temperature/state", &[0xff]).missed[0].1, Missed::NoText);
}

#[test]
fn a_path_leads_through_names_with_dots_and_into_lists() {
    assert_eq!(read_one("a.b.c", r#"{"a.b":{"c":1},"a":{"x":2}}"#), Ok("1".into()));
    assert_eq!(read_one("a.b", r#"{"a":{"b":1},"a.b":2}"#), Ok("1".into()));
    assert_eq!(read_one("a.b", r#"{"a.b":2}"#), Ok("2".into()));
    assert_eq!(read_one("0.t", r#"[{"t":1e3},{"t":2}]"#), Ok("1e3".into()));
    assert_eq!(read_one("POWER", r#"{"POWER":"ON"}"#), Ok("ON".into()));
    assert_eq!(read_one("up", r#"{"up":true}"#), Ok("1".into()));
    assert_eq!(read_one("up", r#"{"up":false}"#), Ok("0".into()));
    assert_eq!(read_one("a", r#"{"a":{"b":1}}"#), Err(Missed::Nested));
    assert_eq!(read_one("a.c", r#"{"a":{"b":1}}"#), Err(Missed::Nothing));
    assert_eq!(read_one("5", "[1,2]"), Err(Missed::Nothing));
    assert_eq!(read_one("a.b", r#"{"a":1}"#), Err(Missed::Nothing));
    assert_eq!(read_one("a", "21.5"), Err(Missed::Nothing));
    assert_eq!(read_one("a", "nan"), Err(Missed::NoJson));
    assert_eq!(read_one("a", ""), Err(Missed::NoJson));
}

#[test]
fn the_last_of_two_maps_to_one_field_that_finds_something_counts() {
    let maps = [map("t", "a", 7, 1), map("t", "b", 7, 1), map("t", "c", 7, 1)];
    assert_eq!(shown(&read(&maps, "t", br#"{"a":1,"b":2}"#)), ["7: field1=2"]);
}

#[test]
fn a_map_that_could_not_be_saved_does_nothing() {
    let maps = [map("t", "", 0, 1), map("t", "", 7, 0), map("t", "", 7, 9)];
    assert_eq!(read(&maps, "t", b"1"), Mapped::default());
}

proptest! {
    #[test]
    fn a_number_keeps_its_very_digits(
        number in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        before in "[a-z]{1,8}",
        path in "[A-Za-z0-9-]{1,9}",
    ) {
        let payload = format!(r#"{{"{before}!":[1,{{"x":2}}],"s":{{"{path}": {number} }}}}"#);
        prop_assert_eq!(read_one(&format!("s.{path}"), &payload), Ok(number.clone()));
        prop_assert_eq!(read_one("", &number), Ok(number));
    }

    #[test]
    fn a_text_comes_out_as_it_went_in(text in "\\PC{1,100}") {
        let payload = serde_json::to_string(&std::collections::BTreeMap::from([("a", &text)])).unwrap();
        prop_assert_eq!(read_one("a", &payload), Ok(text));
    }

    #[test]
    fn any_message_is_read_without_a_panic(
        payload: Vec<u8>,
        json in "[\\[\\]{}\",:0-9a-c. ]{0,60}",
        path in "[0-9a-c.]{0,12}",
    ) {
        let maps = [map("t", &path, 7, 1), map("t", &path, 8, 8)];
        let _ = read(&maps, "t", &payload);
        let mapped = read(&maps, "t", json.as_bytes());
        // Each map either gave a value or says why not.
        prop_assert_eq!(mapped.updates.len() + mapped.missed.len(), 2);
    }
}
