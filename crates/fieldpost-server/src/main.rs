//! The binary `fieldpost`: reads what it is told, and does it.

mod backups;
mod boards;
mod boards_door;
mod commands;
mod demo;
mod folder;
mod mqtt;
#[cfg(test)]
mod openapi;
mod options;
mod outside;
mod serve;
mod welcome;

use std::process::ExitCode;

use options::{Cli, Command};

/// What one thread takes and another gives back costs the system's allocator a lock; here that is every update.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match options::read() {
        Ok(cli) => cli,
        Err(error) => {
            eprintln!("fieldpost: {error:#}");
            return ExitCode::from(2);
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fieldpost: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(options) => serve::run(options),
        Command::Demo(options) => demo::run(options),
        Command::User(command) => commands::user::run(command),
        Command::Channel(command) => commands::channel::run(command),
        Command::Key(command) => commands::key::run(command),
        Command::Device(command) => commands::device::run(command),
        Command::TalkBack(command) => commands::talkback::run(command),
        Command::Import(command) => commands::import::run(command),
        Command::Backup(command) => commands::backup::backup(&command),
        Command::Restore(command) => commands::backup::restore(&command),
        Command::Check(place) => commands::check::run(&place),
        Command::Export(command) => commands::export::run(&command),
        Command::Board(command) => commands::board::run(command),
        Command::Update(command) => commands::remote::update(&command),
        Command::Read(command) => commands::remote::read(&command),
        Command::Tail(command) => commands::remote::tail(&command),
        Command::Options(command) => commands::options::run(&command),
    }
}
