//! `fieldpost demo`: a server, its two channels, two virtual boards that talk through it, and a page to watch and touch them.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use fieldpost_engine::{Engine, Refusal};
use fieldpost_store::User;

use crate::boards::Boards;
use crate::boards_door::{self, Hands};
use crate::options::DemoOptions;
use crate::serve::{Server, runtime};
use crate::welcome;

/// The user whom the demo's channels belong to. Without a password nobody can sign in as it.
const USER: &str = "demo";

/// Runs `fieldpost demo`.
pub(crate) fn run(options: DemoOptions) -> anyhow::Result<()> {
    let began = Instant::now();
    runtime()?.block_on(async {
        let server = Server::start(&options.data, &options.server).await?;
        let address = server.address();
        let interval = Duration::from_millis(options.interval);
        let boards = Boards::new(server.engine.clone(), address, interval);
        let owner = user(&server.engine).await.context("can't make the demo's user")?;
        let setup = server.engine.setup_token().await?;
        let channels =
            boards.start(&owner, true).await.context("can't make the demo's channels")?;
        welcome::demo(
            address,
            server.mqtt(),
            &options.data,
            options.server.store,
            &channels.readings,
            setup.as_deref(),
            began.elapsed(),
        );
        if !options.no_open {
            welcome::open(&format!("http://localhost:{}/", address.port()));
        }
        let pages = boards_door::router(boards.clone(), Hands::Everybodys, server.stop.clone());
        let served = server.run(pages, &boards).await;
        boards.stop().await;
        served
    })
}

async fn user(engine: &Engine) -> Result<User, Refusal> {
    match engine.user(USER).await {
        Err(Refusal::NoUser) => engine.create_user(USER, None, false).await,
        found => found,
    }
}
