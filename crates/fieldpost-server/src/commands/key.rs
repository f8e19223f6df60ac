//! `fieldpost key`: the keys of a channel.

use super::{keys_json, owned, print_keys, with_engine};
use crate::options::{KeyCommand, Place};
use fieldpost_wire::Channel;

pub(crate) fn run(command: KeyCommand) -> anyhow::Result<()> {
    match command {
        KeyCommand::List { channel, place } => {
            let channel =
                with_engine(&place.data, async |engine| Ok(owned(engine, channel).await?.0))?;
            show(&channel, &place);
        }
        KeyCommand::Add { channel, note, place } => {
            let channel = with_engine(&place.data, async |engine| {
                let (found, owner) = owned(engine, channel).await?;
                Ok(engine.add_read_key(&owner, found.id, note).await?)
            })?;
            show(&channel, &place);
        }
        KeyCommand::Rotate { channel, place } => {
            let channel = with_engine(&place.data, async |engine| {
                let (found, owner) = owned(engine, channel).await?;
                Ok(engine.rotate_write_key(&owner, found.id).await?)
            })?;
            show(&channel, &place);
        }
        KeyCommand::Remove { key, channel, place } => {
            let channel = with_engine(&place.data, async |engine| {
                let (found, owner) = owned(engine, channel).await?;
                anyhow::ensure!(
                    found.read_keys.iter().any(|read| read.key == key),
                    "channel {} has no such read key",
                    found.id
                );
                Ok(engine.remove_read_key(&owner, found.id, key).await?)
            })?;
            show(&channel, &place);
        }
    }
    Ok(())
}

fn show(channel: &Channel, place: &Place) {
    if place.json {
        println!("{}", keys_json(channel));
    } else {
        print_keys(channel);
    }
}
