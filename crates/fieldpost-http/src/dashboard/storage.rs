//! How much room channels take, how long the disk lasts, and what keeping less would delete.

use axum::extract::{Path, State};
use fieldpost_engine::What;
use fieldpost_engine::retention::forecast::Growth;
use fieldpost_engine::retention::keep;
use fieldpost_wire::Timestamp;

use super::{Asked, Dashboard, Problem, schema};

/// Tell how much room a channel takes
#[utoipa::path(get, path = "/channels/{id}/storage", operation_id = "channel_storage", tag = "channels",
    params(("id" = u64, Path), ("keep" = Option<String>, Query, description = "What if entries were kept so: `90d`, `90d, hourly 2y, daily`, `all`")),
    responses((status = 200, body = schema::Storage)))]
pub(super) async fn of_channel(
    State(Dashboard { engine, site, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<axum::Json<schema::Storage>, Problem> {
    let access = asked.access(&engine, id, What::Edit).await?;
    let wanted = asked.params.get("keep").map(keep::parse).transpose()?;
    let deletes = match &wanted {
        Some(wanted) => Some(engine.preview_keep(&access, wanted.clone()).await?),
        None => None,
    };
    let kept = wanted.unwrap_or_else(|| access.channel.about.keep.clone());
    let growth = engine.growth(access.channel.id, kept.clone()).await?;
    let keeps = Some(keep::in_words(&kept));
    Ok(axum::Json(schema::Storage { keeps, deletes, ..view(&growth, (site.free)()) }))
}

/// Tell how much room all channels take, for who looks after the server
#[utoipa::path(get, path = "/storage", operation_id = "storage", tag = "users", responses((status = 200, body = schema::Storage)))]
pub(super) async fn of_all(
    State(Dashboard { engine, site, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<schema::Storage>, Problem> {
    asked.admin()?;
    Ok(axum::Json(view(&engine.growth_of_all().await?, (site.free)())))
}

fn view(growth: &Growth, free: Option<u64>) -> schema::Storage {
    let extent = &growth.extent;
    schema::Storage {
        entries: extent.entries,
        first_at: extent.first.map(Timestamp::millis),
        last_at: extent.last.map(Timestamp::millis),
        bytes: extent.bytes,
        entries_per_day: growth.entries_per_day,
        bytes_per_day: growth.bytes_per_day,
        free_bytes: free,
        forecast: growth.in_words(free),
        keeps: None,
        deletes: None,
    }
}
