//! `fieldpost update`, `read` and `tail`: the client library on the command line.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use fieldpost_client::{Channel, Client, Entry, EntryId, Error, Request};
use serde_json::{Value, json};

use crate::options::{ReadCommand, Remote, UpdateCommand};

/// How long to wait before asking again for new entries.
const AGAIN: Duration = Duration::from_secs(1);

pub(crate) fn update(command: &UpdateCommand) -> anyhow::Result<()> {
    let mut values: BTreeMap<&str, &str> =
        command.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    values.insert("api_key", command.key.reveal());
    let body = serde_json::to_vec(&values)?;
    let reply = on(&command.remote, async |client| {
        client.send(Request::post_json("/update", &body)).await
    })?;
    let text = reply.text();
    let id: u64 = text
        .trim()
        .parse()
        .with_context(|| format!("the server answered {} {text:?}", reply.status))?;
    let why = if reply.status == 200 {
        "too soon after the last update, or that time is taken"
    } else {
        "is the write key right?"
    };
    anyhow::ensure!(id > 0, "nothing was stored: {why}");
    if command.remote.json {
        println!("{}", json!({ "entry_id": id }));
    } else {
        println!("{id}");
    }
    Ok(())
}

pub(crate) fn read(command: &ReadCommand) -> anyhow::Result<()> {
    let entries = on(&command.remote, async |client| {
        channel(client, command).results(command.results).feed().await
    })?;
    entries.iter().for_each(|entry| print(entry, command.remote.json));
    Ok(())
}

/// Prints what is there, then what comes. Asks again and again, which every compatible server understands.
pub(crate) fn tail(command: &ReadCommand) -> anyhow::Result<()> {
    on(&command.remote, async |client| {
        let mut last = EntryId::new(0);
        let mut count = command.results;
        loop {
            match channel(client, command).results(count).feed().await {
                Ok(entries) => {
                    // A channel that was cleared counts from 1 again.
                    if entries.last().is_some_and(|entry| entry.id < last) {
                        last = EntryId::new(0);
                    }
                    for entry in entries.iter().filter(|entry| entry.id > last) {
                        print(entry, command.remote.json);
                    }
                    last = entries.last().map_or(last, |entry| entry.id);
                    count = 100;
                }
                Err(error) if last.get() == 0 => return Err(error),
                Err(error) => eprintln!("fieldpost: {error}; trying again"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    })
}

fn channel<'a>(client: &'a Client, command: &ReadCommand) -> Channel<'a> {
    let channel = client.channel(command.channel);
    match command.key {
        Some(key) => channel.key(key),
        None => channel,
    }
}

fn on<T>(
    remote: &Remote,
    work: impl AsyncFnOnce(&Client) -> Result<T, Error>,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("can't start the runtime")?;
    runtime.block_on(async {
        let client =
            Client::new(&remote.server).with_context(|| format!("--server {}", remote.server))?;
        work(&client).await.with_context(|| remote.server.clone())
    })
}

fn print(entry: &Entry, as_json: bool) {
    let fields = (1..=8).filter_map(|n| Some((n, entry.field(n)?)));
    if as_json {
        let mut value =
            json!({ "entry_id": entry.id.get(), "created_at": entry.created_at.to_string() });
        for (n, text) in fields {
            value[format!("field{n}")] = Value::from(text);
        }
        if let Some(status) = &entry.status {
            value["status"] = Value::from(status.as_str());
        }
        println!("{value}");
        return;
    }
    let values: Vec<String> = fields.map(|(n, text)| format!("field{n}={text}")).collect();
    let status = entry.status.as_deref().map(|status| format!("  {status}")).unwrap_or_default();
    println!("{}  {:>6}  {}{status}", entry.created_at, entry.id, values.join("  "));
}
