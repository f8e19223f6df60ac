//! Channels: listed, made, shown, changed, cleared and deleted.

use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::accounts::Chosen;
use fieldpost_engine::retention::keep;
use fieldpost_engine::{Engine, Refusal, What};
use fieldpost_store::{ChannelFilter, Head, Role};
use fieldpost_wire::channel::{About, Tag, Valid, tag_words};
use fieldpost_wire::number::place;
use fieldpost_wire::update::cut;
use fieldpost_wire::{ApiKey, Channel, ChannelId, FieldNo};

use super::asked::{Json, nothing};
use super::{Asked, Dashboard, Problem, schema, view};
use crate::thingspeak::channels::{best_first, speaks_of};

/// How many public channels stand on a page.
const PER_PAGE: usize = 24;
/// The longest interval between two updates, in milliseconds.
const INTERVAL_MAX: u64 = 86_400_000;

/// List your channels, and those that others share with you
#[utoipa::path(get, path = "/channels", operation_id = "channels", tag = "channels", responses((status = 200, body = schema::Channels)))]
pub(super) async fn list(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<schema::Channels>, Problem> {
    let user = asked.user()?;
    let filter = ChannelFilter { owner: Some(user.id), ..ChannelFilter::default() };
    let own = engine.channels(filter).await?.into_iter();
    let own = own.map(|(channel, head)| (channel, head, Some(Role::Owner))).collect();
    let shared = engine.shared_with(user).await?.into_iter();
    let shared = shared.map(|(channel, head, role)| (channel, head, Some(role))).collect();
    Ok(axum::Json(schema::Channels {
        own: cards(&engine, own).await?,
        shared: cards(&engine, shared).await?,
    }))
}

/// List public channels, the best described first
#[utoipa::path(get, path = "/channels/public", tag = "channels",
    params(("page" = Option<u64>, Query, description = "From 1"), ("q" = Option<String>, Query, description = "Words in name or description")),
    responses((status = 200, body = schema::PublicChannels)))]
pub(super) async fn public(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<schema::PublicChannels>, Problem> {
    let page = number(&asked, "page")?.unwrap_or(1).max(1);
    let page = usize::try_from(page).unwrap_or(usize::MAX);
    let filter = ChannelFilter { public_only: true, ..ChannelFilter::default() };
    let mut found = engine.channels(filter).await?;
    if let Some(words) = asked.params.get("q").map(str::trim).filter(|words| !words.is_empty()) {
        found.retain(|(channel, _)| speaks_of(channel, words));
    }
    best_first(&mut found);
    let total = found.len();
    let shown = found.into_iter().skip((page - 1).saturating_mul(PER_PAGE)).take(PER_PAGE);
    let shown = shown.map(|(channel, head)| (channel, head, None)).collect();
    let cards = cards(&engine, shown).await?;
    Ok(axum::Json(schema::PublicChannels { cards, total, page, per_page: PER_PAGE }))
}

async fn cards(
    engine: &Engine,
    channels: Vec<(Channel, Head, Option<Role>)>,
) -> Result<Vec<schema::Card>, Refusal> {
    let mut cards = Vec::with_capacity(channels.len());
    for (channel, head, role) in channels {
        cards.push(view::card(engine, &channel, head, role).await?);
    }
    Ok(cards)
}

/// Make a channel
#[utoipa::path(post, path = "/channels", tag = "channels", request_body = schema::NewChannel, responses(
    (status = 200, body = schema::Detail),
    (status = 409, body = schema::Problem, description = "`taken`: the number or a key is in use"),
))]
pub(super) async fn create(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(new): Json<schema::NewChannel>,
) -> Result<axum::Json<schema::Detail>, Problem> {
    let user = asked.user()?;
    let labelled = new.fields.iter().any(|label| !label.trim().is_empty());
    if !labelled || new.fields.len() > FieldNo::COUNT {
        return Err(bad("a channel has one to eight fields, each with a label").into());
    }
    let text = |text: &str| Some(cut(text.trim()).to_string()).filter(|text| !text.is_empty());
    let mut about = About {
        name: text(&new.name).unwrap_or_default(),
        description: new.description.as_deref().and_then(text),
        public: new.public,
        ..About::default()
    };
    for (slot, label) in about.labels.iter_mut().zip(&new.fields) {
        *slot = text(label);
    }
    let id = |id| ChannelId::new(id).ok_or_else(|| bad("a channel's number is 1 or higher"));
    let chosen = Chosen {
        id: new.id.map(id).transpose()?,
        write_key: key(new.write_key)?,
        read_key: key(new.read_key)?,
    };
    let channel = engine.create_channel(user, about, chosen).await?;
    let access = engine.own(user, channel.id).await?;
    Ok(axum::Json(view::detail(&engine, &access).await?))
}

/// Show a channel
#[utoipa::path(get, path = "/channels/{id}", tag = "channels",
    params(("id" = u64, Path), ("link" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, body = schema::Detail), (status = 404, body = schema::Problem, description = "`no_channel`: not there, or not for you")))]
pub(super) async fn show(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<axum::Json<schema::Detail>, Problem> {
    let access = asked.access(&engine, id, What::Read).await?;
    Ok(axum::Json(view::detail(&engine, &access).await?))
}

/// Change what is said about a channel
#[utoipa::path(patch, path = "/channels/{id}", tag = "channels", params(("id" = u64, Path)), request_body = schema::ChannelChanges,
    responses((status = 200, body = schema::Detail)))]
pub(super) async fn change(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(changes): Json<schema::ChannelChanges>,
) -> Result<axum::Json<schema::Detail>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    // Tried on a copy first, so that a value which can't be is refused before anything changes.
    apply(&changes, &mut access.channel.about.clone())?;
    let change = move |about: &mut About| {
        let mut changed = about.clone();
        if apply(&changes, &mut changed).is_ok() {
            *about = changed;
        }
    };
    let channel = engine.describe(&access, change).await?;
    Ok(axum::Json(view::changed(&engine, access, channel).await?))
}

/// Delete a channel with all that it holds
#[utoipa::path(delete, path = "/channels/{id}", tag = "channels", params(("id" = u64, Path)), responses((status = 204)))]
pub(super) async fn delete(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let access = asked.access(&engine, id, What::Own).await?;
    engine.delete_channel(asked.user()?, access.channel.id).await?;
    Ok(nothing())
}

/// Delete all entries of a channel
#[utoipa::path(post, path = "/channels/{id}/clear", tag = "channels", params(("id" = u64, Path)), responses((status = 204)))]
pub(super) async fn clear(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let access = asked.access(&engine, id, What::Own).await?;
    engine.clear_channel(asked.user()?, access.channel.id).await?;
    Ok(nothing())
}

/// Makes the changes, or says which of them can't be.
fn apply(changes: &schema::ChannelChanges, about: &mut About) -> Result<(), Refusal> {
    let text = |text: &str| Some(cut(text.trim()).to_string()).filter(|text| !text.is_empty());
    if let Some(name) = &changes.name {
        about.name = text(name).unwrap_or_default();
    }
    let optional = |to: &Option<Option<String>>, slot: &mut Option<String>| {
        if let Some(to) = to {
            *slot = to.as_deref().and_then(text);
        }
    };
    optional(&changes.description, &mut about.description);
    optional(&changes.elevation, &mut about.elevation);
    optional(&changes.timezone, &mut about.timezone);
    optional(&changes.url, &mut about.url);
    // It becomes a link on a page, so it may not be a script.
    if changes.url.is_some()
        && about
            .url
            .as_deref()
            .is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://"))
    {
        return Err(bad("a page's address begins with http:// or https://"));
    }
    for (to, limit, slot) in [
        (&changes.latitude, 90.0, &mut about.latitude),
        (&changes.longitude, 180.0, &mut about.longitude),
    ] {
        if let Some(to) = to {
            let to = to.as_deref().map(str::trim).filter(|text| !text.is_empty());
            let degrees = |text| {
                place(text, limit).ok_or_else(|| {
                    bad(&format!("a place is given in degrees, −{limit} to {limit}, such as 47.37"))
                })
            };
            *slot = to.map(degrees).transpose()?;
        }
    }
    for (no, label) in changes.fields.iter().flatten() {
        let no: FieldNo = no.parse().map_err(|_| bad("a field is a number from 1 to 8"))?;
        about.labels[no.index()] = label.as_deref().and_then(text);
    }
    for (no, new) in changes.valid.iter().flatten() {
        let no: FieldNo = no.parse().map_err(|_| bad("a field is a number from 1 to 8"))?;
        about.valid[no.index()] = new.as_ref().map_or_else(|| Ok(Valid::default()), valid)?;
    }
    if let Some(words) = &changes.tags {
        let words = words.iter().flat_map(|words| tag_words(words));
        about.tags = words.map(|name| Tag { id: 0, name }).collect();
    }
    if let Some(public) = changes.public {
        about.public = public;
    }
    if let Some(interval) = changes.update_interval_ms {
        if interval.is_some_and(|ms| ms > INTERVAL_MAX) {
            return Err(bad("the time between two updates is a day at most"));
        }
        about.interval_ms = interval;
    }
    if let Some(keep) = &changes.keep {
        about.keep = keep.clone().map(Into::into).unwrap_or_default();
        keep::check(&about.keep)?;
    }
    Ok(())
}

fn valid(new: &schema::Valid) -> Result<Valid, Refusal> {
    if let (Some(min), Some(max)) = (new.min, new.max)
        && min > max
    {
        return Err(bad("a valid range has its lowest value first: min is not above max"));
    }
    let bound = |number: Option<f64>| number.map(|number| number.to_string());
    let refuse = new.refuse && (new.min.is_some() || new.max.is_some());
    Ok(Valid { min: bound(new.min), max: bound(new.max), refuse })
}

fn key(text: Option<String>) -> Result<Option<ApiKey>, Refusal> {
    let text = text.filter(|text| !text.trim().is_empty());
    text.map(|text| text.parse().map_err(|error| bad(&format!("{error}")))).transpose()
}

/// A whole number behind the path.
pub(super) fn number(asked: &Asked, name: &str) -> Result<Option<i64>, Refusal> {
    let text = asked.params.get(name).map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| bad(&format!("{name} is a whole number")))).transpose()
}

pub(super) fn bad(why: &str) -> Refusal {
    Refusal::BadValue(why.into())
}
