//! `fieldpost talkback`: makes, lists and removes TalkBacks.

use anyhow::Context as _;
use fieldpost_engine::talkbacks::{ChosenTalkBack, TalkBackAccess, TalkBackSettings};
use fieldpost_store::Role;
use fieldpost_store::talkbacks::TalkBack;
use fieldpost_wire::ChannelId;
use serde_json::{Value, json};

use super::{find_user, with_engine};
use crate::options::TalkBackCommand;

pub(crate) fn run(command: TalkBackCommand) -> anyhow::Result<()> {
    match command {
        TalkBackCommand::Create { user, name, channel, log, expire, id, key, place } => {
            let settings = TalkBackSettings {
                name: Some(name),
                channel: Some(channel.map(ChannelId::get)),
                log: Some(log),
                expire_s: Some(expire),
                controls: None,
            };
            let chosen = ChosenTalkBack { id, api_key: key };
            let talkback = with_engine(&place.data, async |engine| {
                let owner = find_user(engine.user(&user), &user).await?;
                let made = engine.create_talkback(&owner, settings, chosen).await;
                made.context("can't make the TalkBack")
            })?;
            if place.json {
                println!("{}", shown(&talkback));
            } else {
                println!("TalkBack {} ({}) is made.", talkback.id, talkback.name);
                println!("  key         {}", talkback.api_key.reveal());
            }
        }
        TalkBackCommand::List { user, place } => {
            let all = with_engine(&place.data, async |engine| {
                let user = match &user {
                    Some(login) => Some(find_user(engine.user(login), login).await?.id),
                    None => None,
                };
                Ok(engine.all_talkbacks(user).await?)
            })?;
            if place.json {
                println!("{}", Value::Array(all.iter().map(shown).collect()));
            } else {
                for talkback in &all {
                    println!(
                        "{:>6}  {}  {}",
                        talkback.id,
                        talkback.api_key.reveal(),
                        talkback.name
                    );
                }
            }
        }
        TalkBackCommand::Remove { id, place } => {
            with_engine(&place.data, async |engine| {
                let mut all = engine.all_talkbacks(None).await?.into_iter();
                let talkback = all.find(|talkback| talkback.id == id).with_context(|| {
                    format!("there is no TalkBack {id}; `fieldpost talkback list` shows them all")
                })?;
                engine.delete_talkback(&TalkBackAccess { talkback, role: Role::Owner }).await?;
                Ok(())
            })?;
            if place.json {
                println!("{}", json!({ "id": id, "removed": true }));
            } else {
                println!("TalkBack {id} is removed.");
            }
        }
    }
    Ok(())
}

fn shown(talkback: &TalkBack) -> Value {
    json!({
        "id": talkback.id,
        "name": talkback.name,
        "api_key": talkback.api_key.reveal(),
        "channel": talkback.channel.map(ChannelId::get),
        "log": talkback.log,
        "expire_s": talkback.expire_s,
        "created_at": talkback.created_at.to_string(),
    })
}
