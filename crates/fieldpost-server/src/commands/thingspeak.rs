//! `fieldpost import thingspeak`: a whole channel of another server comes into the folder. The engine fetches; here it is said and shown.

use std::sync::Arc;
use std::time::Duration;

use fieldpost_engine::imports::{Found, Import, ImportState, NewImport, Source};
use fieldpost_engine::{Engine, Limits};
use fieldpost_reach::{Reach, Web};
use fieldpost_store::User;
use fieldpost_wire::{ApiKey, Channel};
use serde_json::json;

use super::progress::{Progress, Step};
use super::{channel_json, find_user, owned, print_keys, with_limits};
use crate::options::ThingspeakArgs;
use crate::{folder, welcome};
use fieldpost_engine::retention::words::grouped;

/// How often it is looked how far the import is.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) fn run(args: ThingspeakArgs) -> anyhow::Result<()> {
    // Whoever sits at the machine may reach what the machine reaches.
    let limits = Limits { private_targets: true, ..Limits::default() };
    let json = args.place.json;
    let (import, channel, entries) = with_limits(&args.place.data, limits, async |engine| {
        engine.open_outside(Arc::new(Reach::new(Web::default(), None)));
        engine.keep_imports_in(folder::imports(&args.place.data));
        let user = who(engine, &args).await?;
        let key = |key: &Option<ApiKey>| key.map(|key| key.reveal().into()).unwrap_or_default();
        let source = Source {
            server: args.server.clone(),
            channel: args.id.get(),
            key: key(&args.read_key),
            user_key: key(&args.user_key),
            private: true,
        };
        let found = engine.look_at(&user, &source).await?;
        if !json {
            describe(&args, &found);
        }
        let new = NewImport {
            source,
            same_id: args.same_id,
            same_keys: args.same_keys,
            write_key: args.write_key,
            into: args.channel,
            pause_ms: args.pause,
        };
        let (import, channel) = engine.begin_import(&user, new, &found, false).await?;
        let import = follow(engine, &user, import, &channel, json).await?;
        let channel = engine.channel(channel.id).await?;
        let extent = engine.extent(channel.id).await?;
        Ok((import, channel, extent.entries))
    })?;
    let done = import.state == ImportState::Done;
    if json {
        let last = (import.total > 0).then_some(import.total);
        println!(
            "{}",
            json!({
                "channel": channel_json(&channel, last), "server": import.server, "remote_channel": import.remote_channel,
                "done": done, "entries": entries, "stored": import.stored, "same": import.same, "differs": import.differs,
                "crowded": import.crowded, "keeps_ids": import.keeps_ids, "says": import.says,
            })
        );
    }
    if !done {
        let says = import.says.unwrap_or_else(|| "it was stopped".into());
        anyhow::bail!(
            "{says}; {} entries are in channel {} so far, and the same command goes on from there",
            grouped(entries),
            channel.id
        );
    }
    if !json {
        conclude(&args, &import, &channel, entries);
    }
    Ok(())
}

/// Who the new channel will belong to.
async fn who(engine: &Engine, args: &ThingspeakArgs) -> anyhow::Result<User> {
    if let Some(channel) = args.channel {
        return Ok(owned(engine, channel).await?.1);
    }
    if let Some(login) = &args.user {
        return find_user(engine.user(login), login).await;
    }
    let mut users = engine.users().await?;
    match (users.pop(), users.is_empty()) {
        (Some(user), true) => Ok(user),
        (None, _) => anyhow::bail!("there is no user yet; make one: fieldpost user add NAME"),
        _ => anyhow::bail!("say whose the channel will be: --user LOGIN"),
    }
}

fn describe(args: &ThingspeakArgs, found: &Found) {
    println!("{}, channel {} at {}", found.about.name, args.id, args.server);
    for (number, label) in (1..).zip(&found.about.labels) {
        if let Some(label) = label {
            println!("  field{number}      {label}");
        }
    }
    if found.entries == 0 {
        println!("  no entries");
        return;
    }
    println!("  about {} entries", grouped(found.entries));
    let time = |time: Option<fieldpost_wire::Timestamp>| time.map(|time| time.to_string());
    match (time(found.first_at), time(found.last_at)) {
        (Some(first), Some(last)) => println!("  from {first} to {last}"),
        (_, Some(last)) => println!("  the newest of {last}"),
        _ => {}
    }
}

/// Shows how far it is until it is over, or until somebody ends it.
async fn follow(
    engine: &Engine,
    user: &User,
    mut import: Import,
    channel: &Channel,
    json: bool,
) -> anyhow::Result<Import> {
    let mut progress = Progress::begin(json);
    while import.state == ImportState::Running {
        let entries = import.stored + import.same;
        let share = (import.total > 0).then(|| entries as f64 / import.total as f64);
        let says = import.says.as_deref();
        progress.show(Step { entries, share, rate: import.rate, says });
        import = tokio::select! {
            () = tokio::time::sleep(LOOK) => engine.import_into(user, channel.id).await?,
            _ = tokio::signal::ctrl_c() => engine.halt_import(user, channel.id).await?,
        };
    }
    progress.end();
    Ok(import)
}

fn conclude(args: &ThingspeakArgs, import: &Import, channel: &Channel, entries: u64) {
    println!("{} entries are in channel {}.", grouped(entries), channel.id);
    if import.same > 0 {
        println!("{} of them were there already.", grouped(import.same));
    }
    if import.differs > 0 {
        println!("{} were left out: other entries have their ids.", grouped(import.differs));
    }
    if import.crowded > 0 {
        println!(
            "Entries are missing in {} seconds that hold more of them than the server shows.",
            grouped(import.crowded)
        );
    }
    if !import.keeps_ids {
        println!("The channel was not empty, so the entries were numbered anew.");
    }
    let old = args.server.split_once("://").map_or(args.server.as_str(), |(_, host)| host);
    let port = std::net::SocketAddr::from(([0, 0, 0, 0], 8080));
    let new = welcome::for_boards(port).into_iter().next().unwrap_or_default();
    let new = new.strip_prefix("http://").unwrap_or(&new);
    println!("\nIn your sketches and programs change the host:");
    println!("  {old}  ->  {new}   (the address that `fieldpost serve` prints)");
    if channel.id == args.id {
        println!("The channel's number stays {}.", channel.id);
    } else {
        println!("and the channel's number, from {} to {}.", args.id, channel.id);
    }
    print_keys(channel);
    println!(
        "What boards still post there comes here too with a mirror: the channel's Settings, Relay."
    );
}
