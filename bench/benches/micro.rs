//! How long the small steps on the way of an update, and of an answer, take: `cargo xtask bench micro`.

use std::sync::Arc;

use divan::{Bencher, black_box};
use fieldpost_engine::{Engine, Limits, Running, read};
use fieldpost_http::device::{Reply, head, reply::content_type};
use fieldpost_store::memory::MemoryStore;
use fieldpost_store::{NewChannel, NewUser, Store as _};
use fieldpost_wire::channel::About;
use fieldpost_wire::feed::terse_head;
use fieldpost_wire::query::Columns;
use fieldpost_wire::sheet::{Form, Sheet};
use fieldpost_wire::{
    ApiKey, Channel, ChannelId, EntryId, Params, Query, Row, Timestamp, Update, Zone,
};

const KEY: &str = "W4K2QZ81TTP0XN7B";
const FORM: &[u8] = b"api_key=W4K2QZ81TTP0XN7B&field1=21.5&field2=47.3";
const HEAD: &[u8] = b"POST /update HTTP/1.1\r\nHost: 192.168.1.20:8080\r\nUser-Agent: ESP8266HTTPClient\r\n\
    Connection: keep-alive\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 49\r\n\r\n";

fn main() {
    divan::main();
}

/// Reading.
mod reading {
    use super::*;

    #[divan::bench]
    fn head_of_a_request() -> head::Head {
        head::read(black_box(HEAD)).expect("a head")
    }

    #[divan::bench]
    fn update_from_a_form() -> Update {
        Update::from_params(&Params::from_form(black_box(FORM)), &Zone::Utc, "192.168.1.30")
    }

    #[divan::bench]
    fn update_from_json() -> Update {
        let body = br#"{"api_key":"W4K2QZ81TTP0XN7B","field1":21.5,"field2":"47.3"}"#;
        let params = Params::from_body("application/json", black_box(body)).expect("JSON");
        Update::from_params(&params, &Zone::Utc, "192.168.1.30")
    }

    #[divan::bench]
    fn query_of_a_feed() -> Query {
        Query::from_params(&Params::from_form(black_box(
            b"results=100&round=1&timezone=Europe/Zurich",
        )))
    }
}

/// Writing.
mod writing {
    use super::*;

    #[divan::bench]
    fn answer_to_an_update() -> Vec<u8> {
        Reply::ok(content_type::HTML, black_box("1289")).to_bytes(false, false)
    }

    fn sheet(bencher: Bencher<'_, '_>, form: Form, rows: usize) {
        let (channel, rows, columns) = (channel(), feed(rows), columns());
        bencher.bench_local(|| {
            let head = terse_head(&channel);
            let mut sheet = Sheet::begin(form, head, columns, Zone::Utc, rows.len());
            black_box(&rows).iter().for_each(|row| sheet.row(row));
            sheet.end()
        });
    }

    #[divan::bench(args = [1, 100, 8_000])]
    fn json(bencher: Bencher<'_, '_>, rows: usize) {
        sheet(bencher, Form::Json, rows);
    }

    #[divan::bench(args = [8_000])]
    fn csv(bencher: Bencher<'_, '_>, rows: usize) {
        sheet(bencher, Form::Csv, rows);
    }

    #[divan::bench(args = [8_000])]
    fn xml(bencher: Bencher<'_, '_>, rows: usize) {
        sheet(bencher, Form::Xml, rows);
    }
}

/// From an update to its entry, in a store that keeps nothing on disk: all that the engine itself costs.
#[divan::bench(args = [1, 64])]
fn admit_and_commit_in_memory(bencher: Bencher<'_, '_>, at_once: usize) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (engine, running) = engine();
    bencher.bench_local(|| {
        runtime.block_on(async {
            let updates = (0..at_once).map(|_| {
                let engine = engine.clone();
                tokio::spawn(async move {
                    let update = Update::from_params(&Params::from_form(FORM), &Zone::Utc, "");
                    engine.submit(Some(KEY), update).await.expect("stored")
                })
            });
            for update in updates.collect::<Vec<_>>() {
                update.await.expect("no panic");
            }
        });
    });
    drop(engine);
    running.stop();
}

fn engine() -> (Engine, Running) {
    let store = store();
    Engine::start(Arc::new(store), Limits::default(), Arc::new(now)).expect("an engine")
}

fn store() -> MemoryStore {
    let store = MemoryStore::new();
    let api_key = "B3NCHB3NCHB3NCH0".parse().expect("a key");
    let user = NewUser { login: "bench".into(), api_key, password: None, admin: false, now: now() };
    let owner = store.create_user(user).expect("a user").id;
    let mut about = About::new_channel();
    about.labels[0] = Some("Temperature".into());
    about.labels[1] = Some("Humidity".into());
    let write_key: ApiKey = KEY.parse().expect("a key");
    let new = NewChannel { id: None, owner, about, write_key, read_keys: Vec::new(), now: now() };
    store.create_channel(new).expect("a channel");
    store
}

fn channel() -> Channel {
    store().channel(ChannelId::new(1).expect("an id")).expect("a store").expect("a channel")
}

fn columns() -> Columns {
    read::columns(&channel(), None, &Query::from_params(&Params::default()))
}

fn feed(rows: usize) -> Vec<Row> {
    let row = |n: usize| {
        let update = Update::from_params(&Params::from_form(FORM), &Zone::Utc, "");
        let created_at = now().plus_millis(n as i64 * 15_000);
        Row { id: Some(EntryId::new(n as u64 + 1)), created_at, values: update.values }
    };
    (0..rows).map(row).collect()
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_714_979_289)
}
