//! `fieldpost device`: makes, lists and removes MQTT devices, and gives them new passwords.

use std::collections::HashMap;

use anyhow::Context as _;
use fieldpost_engine::Engine;
use fieldpost_engine::devices::DeviceWish;
use fieldpost_store::{Device, Right, User};
use serde_json::{Value, json};

use super::user::read_password;
use super::{find_user, with_engine};
use crate::options::DeviceCommand;

pub(crate) fn run(command: DeviceCommand) -> anyhow::Result<()> {
    match command {
        DeviceCommand::Add { name, user, rights, client_id, password_stdin, place } => {
            let password = password_stdin.then(read_password).transpose()?;
            let rights = rights.iter().map(|right| right.0).collect();
            let wish = DeviceWish { name, client_id, password, rights, maps: Vec::new() };
            let (device, password) = with_engine(&place.data, async |engine| {
                let owner = find_user(engine.user(&user), &user).await?;
                engine.create_device(&owner, wish).await.context("can't make the device")
            })?;
            if place.json {
                println!("{}", credentials(&device.client_id, &password));
            } else {
                println!("Device {} is made. Its password is shown only now.", device.name);
                print_credentials(&device.client_id, &password);
                if device.rights.is_empty() {
                    println!(
                        "It may use topics of its own; give it a channel with --channel ID:rw or on the page Devices."
                    );
                }
            }
        }
        DeviceCommand::List { user, place } => {
            let devices = with_engine(&place.data, async |engine| match &user {
                Some(login) => {
                    let user = find_user(engine.user(login), login).await?;
                    let devices = engine.devices(&user).await?.into_iter();
                    Ok(devices.map(|device| (device, user.login.clone())).collect())
                }
                None => everybodys(engine).await,
            })?;
            if place.json {
                let all: Vec<_> = devices.iter().map(|(d, login)| device_json(d, login)).collect();
                println!("{}", json!(all));
            } else {
                for (device, login) in &devices {
                    let rights: Vec<_> = device.rights.iter().map(written).collect();
                    println!(
                        "{:<24}  {:<24} {:<16} {}",
                        device.client_id,
                        device.name,
                        login,
                        rights.join(" ")
                    );
                }
            }
        }
        DeviceCommand::Password { client_id, password_stdin, place } => {
            let chosen = password_stdin.then(read_password).transpose()?;
            let password = with_engine(&place.data, async |engine| {
                let owner = owner(engine, &client_id).await?;
                let new = engine.new_device_password(&owner, &client_id, chosen).await;
                new.with_context(|| format!("device {client_id}"))
            })?;
            if place.json {
                println!("{}", credentials(&client_id, &password));
            } else {
                println!("The device has a new password, which is shown only now.");
                print_credentials(&client_id, &password);
            }
        }
        DeviceCommand::Remove { client_id, place } => {
            with_engine(&place.data, async |engine| {
                let owner = owner(engine, &client_id).await?;
                let removed = engine.delete_device(&owner, &client_id).await;
                removed.with_context(|| format!("device {client_id}"))
            })?;
            if place.json {
                println!("{}", json!({ "client_id": client_id, "removed": true }));
            } else {
                println!("Device {client_id} is removed.");
            }
        }
    }
    Ok(())
}

/// All devices, each with the login of its user.
async fn everybodys(engine: &Engine) -> anyhow::Result<Vec<(Device, String)>> {
    let users = engine.users().await?.into_iter();
    let logins: HashMap<u64, String> = users.map(|user| (user.id, user.login)).collect();
    let devices = engine.all_devices().await?.into_iter();
    Ok(devices
        .map(|device| {
            let login = logins.get(&device.user).cloned().unwrap_or_default();
            (device, login)
        })
        .collect())
}

/// The user of a device, as whom commands act.
async fn owner(engine: &Engine, client_id: &str) -> anyhow::Result<User> {
    let devices = everybodys(engine).await?;
    let found = devices.into_iter().find(|(device, _)| device.client_id == client_id);
    let (_, login) = found.with_context(|| {
        format!("there is no MQTT device {client_id}; `fieldpost device list` shows them all")
    })?;
    find_user(engine.user(&login), &login).await
}

fn credentials(client_id: &str, password: &str) -> Value {
    json!({ "client_id": client_id, "username": client_id, "password": password })
}

fn print_credentials(client_id: &str, password: &str) {
    println!("  client id   {client_id}");
    println!("  user name   {client_id}");
    println!("  password    {password}");
}

fn device_json(device: &Device, login: &str) -> Value {
    json!({
        "client_id": device.client_id,
        "username": device.client_id,
        "name": device.name,
        "user": login,
        "rights": device.rights,
        "maps": device.maps,
        "created_at": device.created_at.to_string(),
    })
}

/// A right as it is written on the command line.
fn written(right: &Right) -> String {
    let channel = right.channel.map_or("all".into(), |id| id.to_string());
    let may = |may: bool, letter| if may { letter } else { "" };
    format!("{channel}:{}{}", may(right.subscribe, "r"), may(right.publish, "w"))
}
