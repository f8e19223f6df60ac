//! `fieldpost channel`: makes, lists, shows, changes, clears and deletes channels.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{Context as _, ensure};
use fieldpost_engine::accounts::Chosen;
use fieldpost_engine::retention::{keep, words};
use fieldpost_store::history::Extent;
use fieldpost_store::{ChannelFilter, Role};
use fieldpost_wire::channel::About;
use fieldpost_wire::{Channel, Params};
use serde_json::json;

use super::{channel_json, find_user, owned, print_keys, with_engine};
use crate::options::{AboutArgs, ChannelCommand, ShareRole};

pub(crate) fn run(command: ChannelCommand) -> anyhow::Result<()> {
    match command {
        ChannelCommand::Create { about, id, write_key, read_key, user, place } => {
            let channel = with_engine(&place.data, async |engine| {
                let owner = find_user(engine.user(&user), &user).await?;
                // As over the interface, but the first field has a label only if it was given or no other was.
                let mut settings = About::new_channel();
                let first = settings.labels[0].take();
                settings.apply(&params(&about));
                if settings.labels.iter().all(Option::is_none) {
                    settings.labels[0] = first;
                }
                settings.keep = about.keep.clone().unwrap_or_default();
                engine
                    .create_channel(&owner, settings, Chosen { id, write_key, read_key })
                    .await
                    .context("can't make the channel")
            })?;
            show(&channel, None, &[], place.json, "is made");
        }
        ChannelCommand::List { user, place } => {
            let channels = with_engine(&place.data, async |engine| {
                let owner = match &user {
                    Some(login) => Some(find_user(engine.user(login), login).await?.id),
                    None => None,
                };
                Ok(engine.channels(ChannelFilter { owner, ..ChannelFilter::default() }).await?)
            })?;
            if place.json {
                let all: Vec<_> = channels
                    .iter()
                    .map(|(channel, head)| {
                        channel_json(channel, head.last.map(fieldpost_wire::EntryId::get))
                    })
                    .collect();
                println!("{}", json!(all));
            } else {
                for (channel, head) in &channels {
                    let shared = if channel.about.public { "public" } else { "private" };
                    let entries = head.last.map_or(0, fieldpost_wire::EntryId::get);
                    println!(
                        "{:>8}  {:<28} {:<8} {entries:>9} entries  {}",
                        channel.id,
                        channel.name(),
                        shared,
                        channel.username
                    );
                }
            }
        }
        ChannelCommand::Show { id, place } => {
            let (channel, last, growth) = with_engine(&place.data, async |engine| {
                let channel = owned(engine, id).await?.0;
                let growth = engine.growth(id, channel.about.keep.clone()).await?;
                let last = engine.head(id).await?.last.map(fieldpost_wire::EntryId::get);
                Ok((channel, last, growth))
            })?;
            let free = fs4::available_space(&place.data).ok();
            let Extent { entries, bytes, .. } = growth.extent;
            let holds = format!(
                "{} take about {}.",
                words::count(entries, "entry", "entries"),
                words::bytes(bytes)
            );
            let more = [holds, keep::in_words(&channel.about.keep), growth.in_words(free)];
            show(&channel, last, &more, place.json, "");
        }
        ChannelCommand::Change { id, about, yes, place } => {
            let (channel, gone) = with_engine(&place.data, async |engine| {
                let (_, owner) = owned(engine, id).await?;
                if let (Some(keep), false) = (&about.keep, yes) {
                    let access = engine.own(&owner, id).await?;
                    agree_to_lose(engine.preview_keep(&access, keep.clone()).await?)?;
                }
                let params = params(&about);
                let kept = about.keep.clone();
                let change = move |channel: &mut Channel| {
                    channel.about.apply(&params);
                    channel.about.keep = kept.clone().unwrap_or(channel.about.keep.clone());
                };
                let channel = engine.change_channel(&owner, id, change).await?;
                let gone = match &about.keep {
                    Some(_) => Some(engine.apply_keep(id).await?),
                    None => None,
                };
                Ok((channel, gone))
            })?;
            let gone = gone.map(|gone| {
                let gone = words::count(gone, "entry is", "entries are");
                format!("{} {gone} deleted.", keep::in_words(&channel.about.keep))
            });
            show(&channel, None, gone.as_slice(), place.json, "is changed");
        }
        ChannelCommand::Share { id, login, role, place } => {
            with_engine(&place.data, async |engine| {
                let (_, owner) = owned(engine, id).await?;
                let access = engine.own(&owner, id).await?;
                let shared = match role {
                    ShareRole::Viewer => engine.share(&access, &login, Role::Viewer).await,
                    ShareRole::Editor => engine.share(&access, &login, Role::Editor).await,
                    ShareRole::None => engine.unshare(&access, &login).await,
                };
                shared.with_context(|| format!("user {login}"))
            })?;
            done(place.json, id.get(), "shared");
        }
        ChannelCommand::Clear { id, place } => {
            with_engine(&place.data, async |engine| {
                let (_, owner) = owned(engine, id).await?;
                Ok(engine.clear_channel(&owner, id).await?)
            })?;
            done(place.json, id.get(), "cleared");
        }
        ChannelCommand::Delete { id, place } => {
            with_engine(&place.data, async |engine| {
                let (_, owner) = owned(engine, id).await?;
                Ok(engine.delete_channel(&owner, id).await?)
            })?;
            done(place.json, id.get(), "deleted");
        }
    }
    Ok(())
}

/// Asks whether entries may go for ever; where nobody can be asked they may not.
fn agree_to_lose(entries: u64) -> anyhow::Result<()> {
    if entries == 0 {
        return Ok(());
    }
    let entries = words::count(entries, "entry", "entries");
    let stdin = std::io::stdin();
    ensure!(stdin.is_terminal(), "this deletes {entries} for ever; add --yes if they may go");
    eprint!("This deletes {entries} for ever. Go on? [y/N] ");
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).context("can't read the answer")?;
    let yes = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    ensure!(yes, "nothing was changed");
    Ok(())
}

/// What was said, in the names that the REST interface has for it.
fn params(about: &AboutArgs) -> Params {
    let mut params = Params::default();
    let texts = [
        ("name", &about.name),
        ("description", &about.description),
        ("field1", &about.field1),
        ("field2", &about.field2),
        ("field3", &about.field3),
        ("field4", &about.field4),
        ("field5", &about.field5),
        ("field6", &about.field6),
        ("field7", &about.field7),
        ("field8", &about.field8),
        ("tags", &about.tags),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            params.set(name, text);
        }
    }
    if let Some(public) = about.public {
        params.set("public_flag", if public { "true" } else { "false" });
    }
    if let Some(ms) = about.update_interval {
        params.set("update_interval", &(ms as f64 / 1000.0).to_string());
    }
    params
}

/// Prints a channel, and what else there is to say about it.
fn show(channel: &Channel, last: Option<u64>, more: &[String], json: bool, what: &str) {
    if json {
        println!("{}", channel_json(channel, last));
        return;
    }
    let shared = if channel.about.public { "public" } else { "private" };
    println!("Channel {} ({}, {shared}) {what}", channel.id, channel.name());
    for (number, label) in (1..).zip(&channel.about.labels) {
        if let Some(label) = label {
            println!("  field{number}      {label}");
        }
    }
    print_keys(channel);
    more.iter().for_each(|sentence| println!("  {sentence}"));
}

fn done(as_json: bool, id: u64, what: &str) {
    if as_json {
        println!("{}", json!({ "id": id, what: true }));
    } else {
        println!("Channel {id} is {what}.");
    }
}
