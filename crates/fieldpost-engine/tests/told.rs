//! Who listens to all channels hears each submission once, in order, and how it came.

use std::sync::Arc;

use fieldpost_engine::accounts::Chosen;
use fieldpost_engine::hub::Way;
use fieldpost_engine::{Engine, Limits};
use fieldpost_store::memory::MemoryStore;
use fieldpost_wire::channel::About;
use fieldpost_wire::{FieldNo, Timestamp, Update};
use tokio::sync::broadcast::error::TryRecvError;

fn value(text: &str) -> Update {
    Update::from([(FieldNo::ALL[0], text)])
}

#[tokio::test]
async fn each_submission_is_told_once_in_order_with_the_way_it_came() {
    let clock = Arc::new(|| Timestamp::from_millis(1_780_000_000_000));
    let (engine, running) =
        Engine::start(Arc::new(MemoryStore::new()), Limits::default(), clock).unwrap();
    let owner = engine.create_user("ada", None, false).await.unwrap();
    let channel =
        engine.create_channel(&owner, About::new_channel(), Chosen::default()).await.unwrap();
    let channel = Arc::new(channel);
    let key = channel.write_key.reveal().to_string();
    let mut told = engine.listen_to_all();

    engine.submit(Some(&key), value("1")).await.unwrap();
    let bulk = vec![value("2"), value("3")];
    engine.submit_bulk(channel.id, Some(&key), bulk.clone()).await.unwrap();
    engine.write(Arc::clone(&channel), value("4"), 2).await.unwrap();

    let mut heard = Vec::new();
    while let Ok(commit) = told.try_recv() {
        for one in &*commit {
            assert_eq!(one.channel, channel.id);
            let ids: Vec<u64> = one.entries.iter().map(|entry| entry.id.get()).collect();
            heard.push((ids, one.way));
        }
    }
    assert_eq!(
        heard,
        [
            (vec![1], Way { bulk: false, hops: 0 }),
            (vec![2, 3], Way { bulk: true, hops: 0 }),
            (vec![4], Way { bulk: false, hops: 2 }),
        ]
    );
    assert_eq!(told.try_recv(), Err(TryRecvError::Empty));
    drop(engine);
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
}
