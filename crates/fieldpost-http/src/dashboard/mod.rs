//! The dashboard's API, below `/api/v1`: what the web app talks to, in JSON.
//!
//! `schema/` has the words, `guard.rs` what holds for every request (who asks, and that no other site asks in somebody's name),
//! `problem.rs` the form of a "no"; the other files hold the handlers, by noun. The OpenAPI document is made of the very routes
//! that are served.

pub mod asked;
mod attempts;
mod automations;
mod channels;
mod devices;
mod entries;
mod exports;
pub mod guard;
mod history;
mod imports;
mod keys;
mod live;
mod news;
pub mod openapi;
pub mod problem;
mod relays;
pub mod schema;
mod series;
mod session;
mod sharing;
mod storage;
mod talkbacks;
mod thinghttps;
mod users;
mod view;

use std::sync::Arc;

use axum::Router;
use fieldpost_engine::Engine;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use asked::Asked;
pub use problem::Problem;

/// What the server knows about itself that the engine does not.
#[derive(Clone)]
pub struct Site {
    /// Whether virtual boards are switched on here.
    pub boards: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Where boards in the network find this server, best first. Asked each time, since addresses change.
    pub addresses: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
    /// Where MQTT is spoken.
    pub mqtt: schema::MqttPorts,
    /// How many bytes the disk has left that the data lie on; absent if there is none.
    pub free: Arc<dyn Fn() -> Option<u64> + Send + Sync>,
    /// Writes the counts of other doors for `/metrics`.
    pub metrics: Arc<dyn Fn(&mut String) + Send + Sync>,
}

/// What handlers work with.
#[derive(Clone)]
pub(crate) struct Dashboard {
    pub(crate) engine: Engine,
    pub(crate) site: Site,
    pub(crate) stop: CancellationToken,
}

/// The routes of the API. Streams end when `stop` is cancelled.
pub(crate) fn router(engine: Engine, site: Site, stop: CancellationToken) -> Router {
    let (router, _) = routes().split_for_parts();
    router.with_state(Dashboard { engine, site, stop })
}

/// Every route with its description.
fn routes() -> OpenApiRouter<Dashboard> {
    let below = OpenApiRouter::new()
        .routes(routes!(session::server))
        .routes(routes!(session::set_up))
        .routes(routes!(session::sign_in, session::sign_out))
        .routes(routes!(session::me, session::change_me))
        .routes(routes!(session::new_key))
        .routes(routes!(session::sessions))
        .routes(routes!(session::end_session))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::remove))
        .routes(routes!(channels::list, channels::create))
        .routes(routes!(channels::public))
        .routes(routes!(channels::show, channels::change, channels::delete))
        .routes(routes!(channels::clear))
        .routes(routes!(keys::replace_write_key))
        .routes(routes!(keys::add_read_key))
        .routes(routes!(keys::remove_read_key))
        .routes(routes!(relays::relays, relays::create_relay))
        .routes(routes!(relays::change_relay, relays::delete_relay))
        .routes(routes!(sharing::share, sharing::unshare))
        .routes(routes!(sharing::add_link))
        .routes(routes!(sharing::remove_link))
        .routes(routes!(entries::list, entries::delete, entries::put_back))
        .routes(routes!(entries::correct, entries::delete_one, entries::put_one_back))
        .routes(routes!(exports::csv))
        .routes(routes!(exports::json_lines))
        .routes(routes!(imports::list, imports::begin))
        .routes(routes!(imports::look))
        .routes(routes!(imports::change, imports::forget))
        .routes(routes!(series::series))
        .routes(routes!(history::overview))
        .routes(routes!(history::aggregates))
        .routes(routes!(storage::of_channel))
        .routes(routes!(storage::of_all))
        .routes(routes!(attempts::of_channel))
        .routes(routes!(attempts::of_strangers))
        .routes(routes!(devices::list, devices::create))
        .routes(routes!(devices::change, devices::delete))
        .routes(routes!(devices::new_password))
        .routes(routes!(automations::list, automations::create))
        .routes(routes!(automations::show, automations::change, automations::delete))
        .routes(routes!(automations::test))
        .routes(routes!(automations::runs))
        .routes(routes!(thinghttps::list, thinghttps::create))
        .routes(routes!(thinghttps::change, thinghttps::delete))
        .routes(routes!(thinghttps::test))
        .routes(routes!(thinghttps::alerts))
        .routes(routes!(thinghttps::new_alert_key))
        .routes(routes!(talkbacks::list, talkbacks::create))
        .routes(routes!(talkbacks::show, talkbacks::change, talkbacks::delete))
        .routes(routes!(talkbacks::new_key))
        .routes(routes!(talkbacks::commands, talkbacks::add, talkbacks::clear))
        .routes(routes!(talkbacks::remove))
        .routes(routes!(live::live));
    OpenApiRouter::new().nest("/api/v1", below)
}
