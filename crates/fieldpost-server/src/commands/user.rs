//! `fieldpost user`: makes, lists, changes and removes users.

use std::io::BufRead as _;

use anyhow::Context as _;
use serde_json::json;

use super::with_engine;
use crate::options::UserCommand;

pub(crate) fn run(command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Add { name, password_stdin, admin, place } => {
            let password = password_stdin.then(read_password).transpose()?;
            let user = with_engine(&place.data, async |engine| {
                engine
                    .create_user(&name, password, admin)
                    .await
                    .with_context(|| format!("can't make the user {name}"))
            })?;
            if place.json {
                println!("{}", json!({ "login": user.login, "api_key": user.api_key.reveal() }));
            } else {
                println!("User {} is made.", user.login);
                println!("  user key   {}", user.api_key.reveal());
            }
        }
        UserCommand::Passwd { name, password_stdin: _, place } => {
            let password = read_password()?;
            let user = with_engine(&place.data, async |engine| {
                engine.set_password(&name, password).await.with_context(|| format!("user {name}"))
            })?;
            done(
                place.json,
                &user.login,
                "changed",
                "has a new password and is signed out everywhere",
            );
        }
        UserCommand::Remove { name, place } => {
            with_engine(&place.data, async |engine| {
                engine.delete_user(&name).await.with_context(|| format!("user {name}"))
            })?;
            done(place.json, &name, "removed", "is removed");
        }
        UserCommand::List { place } => {
            let users = with_engine(&place.data, async |engine| Ok(engine.users().await?))?;
            if place.json {
                let users: Vec<_> = users.iter().map(|user| json!({ "login": user.login, "created_at": user.created_at.to_string() })).collect();
                println!("{}", json!(users));
            } else {
                users
                    .iter()
                    .for_each(|user| println!("{}   since {}", user.login, user.created_at));
            }
        }
        UserCommand::RotateKey { name, place } => {
            let user = with_engine(&place.data, async |engine| {
                engine.rotate_user_key(&name).await.with_context(|| format!("user {name}"))
            })?;
            if place.json {
                println!("{}", json!({ "login": user.login, "api_key": user.api_key.reveal() }));
            } else {
                println!("  user key   {}", user.api_key.reveal());
            }
        }
    }
    Ok(())
}

fn done(as_json: bool, login: &str, word: &str, words: &str) {
    if as_json {
        println!("{}", json!({ "login": login, word: true }));
    } else {
        println!("User {login} {words}.");
    }
}

pub(super) fn read_password() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("can't read the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_string())
}
