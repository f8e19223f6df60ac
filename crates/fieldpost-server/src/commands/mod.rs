//! The commands: those that manage a folder, whether or not a server is running on it, and those that
//! talk to a server as any client does.

pub(crate) mod backup;
pub(crate) mod board;
pub(crate) mod channel;
pub(crate) mod check;
pub(crate) mod device;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod options;
mod progress;
pub(crate) mod remote;
pub(crate) mod talkback;
mod thingspeak;
pub(crate) mod user;

use std::future::Future;
use std::path::Path;

use anyhow::Context as _;
use fieldpost_engine::{Engine, Limits};
use fieldpost_store::User;
use fieldpost_wire::{Channel, ChannelId};
use serde_json::{Value, json};

use crate::folder;
use crate::options::StoreKind;

/// Runs something on the engine of a folder, and stops the engine afterwards.
fn with_engine<T>(
    data: &Path,
    work: impl AsyncFnOnce(&Engine) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    with_limits(data, Limits::default(), work)
}

fn with_limits<T>(
    data: &Path,
    limits: Limits,
    work: impl AsyncFnOnce(&Engine) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let folder::Started { engine, running, store, in_use: _in_use } =
        folder::engine(data, StoreKind::Sqlite, limits)?;
    drop(store);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("can't start the runtime")?;
    let done = runtime.block_on(work(&engine));
    drop(engine);
    running.stop();
    done
}

/// The channel of that number, and its owner, as whom commands act.
async fn owned(engine: &Engine, id: ChannelId) -> anyhow::Result<(Channel, User)> {
    let channel = engine.channel(id).await.with_context(|| format!("channel {id}"))?;
    let owner = find_user(engine.user(&channel.username), &channel.username).await?;
    Ok(((*channel).clone(), owner))
}

async fn find_user(
    user: impl Future<Output = Result<User, fieldpost_engine::Refusal>>,
    login: &str,
) -> anyhow::Result<User> {
    user.await.with_context(|| format!("user {login}"))
}

/// A channel as scripts read it: the members that the REST interface has, and the two keys that are used most by name.
fn channel_json(channel: &Channel, last_entry_id: Option<u64>) -> Value {
    let about = &channel.about;
    let mut value = json!({
        "id": channel.id.get(),
        "name": channel.name(),
        "description": about.description,
        "username": channel.username,
        "public_flag": about.public,
        "last_entry_id": last_entry_id,
        "created_at": channel.created_at.to_string(),
        "keep": fieldpost_engine::retention::keep::spelled(&about.keep),
        "tags": about.tags.iter().map(|tag| &tag.name).collect::<Vec<_>>(),
        "write_key": channel.write_key.reveal(),
        "read_key": channel.read_keys.first().map(|read| read.key.reveal()),
        "api_keys": keys_json(channel),
    });
    for (number, label) in (1..).zip(&about.labels) {
        if let Some(label) = label {
            value[format!("field{number}")] = json!(label);
        }
    }
    value
}

fn keys_json(channel: &Channel) -> Value {
    let mut keys = vec![json!({ "api_key": channel.write_key.reveal(), "write_flag": true })];
    keys.extend(channel.read_keys.iter().map(
        |read| json!({ "api_key": read.key.reveal(), "write_flag": false, "note": read.note }),
    ));
    Value::Array(keys)
}

/// Prints a channel's keys for a person.
fn print_keys(channel: &Channel) {
    println!("  write key   {}", channel.write_key.reveal());
    for read in &channel.read_keys {
        println!("  read key    {}   {}", read.key.reveal(), read.note);
    }
}
