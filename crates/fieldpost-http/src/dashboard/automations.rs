//! Automations and their runs.

use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::automations::Wanted;
use fieldpost_engine::{Engine, Refusal};
use fieldpost_store::automations::{Automation, Run};
use fieldpost_wire::Timestamp;

use super::asked::{Json, nothing};
use super::{Asked, Dashboard, Problem, schema};

/// How many runs are listed if nothing says how many.
const RUNS: usize = 50;

/// List your automations
#[utoipa::path(get, path = "/automations", operation_id = "automations", tag = "automations", responses((status = 200, body = Vec<schema::Automation>)))]
pub(super) async fn list(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<axum::Json<Vec<schema::Automation>>, Problem> {
    let mut all = Vec::new();
    for automation in engine.automations(asked.user()?).await? {
        all.push(view(&engine, automation).await?);
    }
    Ok(axum::Json(all))
}

/// Make an automation
#[utoipa::path(post, path = "/automations", operation_id = "create_automation", tag = "automations", request_body = schema::NewAutomation, responses(
    (status = 200, body = schema::Automation),
    (status = 400, body = schema::Problem, description = "`bad_value`: what can't be, in words"),
    (status = 403, body = schema::Problem, description = "`forbidden`: calls into private networks are not for everybody"),
))]
pub(super) async fn create(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(new): Json<schema::NewAutomation>,
) -> Result<axum::Json<schema::Automation>, Problem> {
    let made = engine.create_automation(asked.user()?, wanted(new)).await?;
    Ok(axum::Json(view(&engine, made).await?))
}

/// Show an automation
#[utoipa::path(get, path = "/automations/{id}", operation_id = "automation", tag = "automations", params(("id" = u64, Path)), responses(
    (status = 200, body = schema::Automation),
    (status = 404, body = schema::Problem, description = "`gone`: not there, or not yours"),
))]
pub(super) async fn show(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<axum::Json<schema::Automation>, Problem> {
    let automation = engine.automation(asked.user()?, id).await?;
    Ok(axum::Json(view(&engine, automation).await?))
}

/// Change an automation; if when it acts changes, or it is switched on, it begins anew
#[utoipa::path(put, path = "/automations/{id}", operation_id = "change_automation", tag = "automations", params(("id" = u64, Path)),
    request_body = schema::NewAutomation, responses(
    (status = 200, body = schema::Automation),
    (status = 400, body = schema::Problem, description = "`bad_value`: what can't be, in words"),
    (status = 404, body = schema::Problem, description = "`gone`: not there, or not yours"),
))]
pub(super) async fn change(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
    Json(new): Json<schema::NewAutomation>,
) -> Result<axum::Json<schema::Automation>, Problem> {
    let changed = engine.change_automation(asked.user()?, id, wanted(new)).await?;
    Ok(axum::Json(view(&engine, changed).await?))
}

/// Delete an automation with its runs
#[utoipa::path(delete, path = "/automations/{id}", operation_id = "delete_automation", tag = "automations", params(("id" = u64, Path)), responses((status = 204)))]
pub(super) async fn delete(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    engine.delete_automation(asked.user()?, id).await?;
    Ok(nothing())
}

/// Do at once what an automation does, and answer how it went
#[utoipa::path(post, path = "/automations/{id}/test", operation_id = "test_automation", tag = "automations", params(("id" = u64, Path)), responses(
    (status = 200, body = schema::Run),
    (status = 429, body = schema::Problem, description = "`too_many`: too many tests are under way"),
))]
pub(super) async fn test(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<axum::Json<schema::Run>, Problem> {
    Ok(axum::Json(run_view(engine.test_automation(asked.user()?, id).await?)))
}

/// List when an automation acted, newest first
#[utoipa::path(get, path = "/automations/{id}/runs", operation_id = "runs", tag = "automations",
    params(("id" = u64, Path), ("limit" = Option<usize>, Query, description = "50 if left out, at most 200")),
    responses((status = 200, body = Vec<schema::Run>)))]
pub(super) async fn runs(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(id): Path<u64>,
) -> Result<axum::Json<Vec<schema::Run>>, Problem> {
    let limit = asked.params.get("limit").map(str::parse).transpose();
    let limit = limit.map_err(|_| Refusal::BadValue("limit is a whole number".into()))?;
    let runs = engine.runs(asked.user()?, id, limit.unwrap_or(RUNS)).await?;
    Ok(axum::Json(runs.into_iter().map(run_view).collect()))
}

fn wanted(new: schema::NewAutomation) -> Wanted {
    let schema::NewAutomation { name, enabled, when, action } = new;
    Wanted { name, enabled, when, action }
}

async fn view(engine: &Engine, automation: Automation) -> Result<schema::Automation, Refusal> {
    let Automation { id, name, enabled, when, action, created_at, progress, .. } = automation;
    let last_run = engine.last_runs(id, 1).await?.pop().map(run_view);
    let next_at = progress.next_at.filter(|_| enabled);
    Ok(schema::Automation {
        id,
        name,
        enabled,
        when,
        action: action.masked(),
        met: progress.met,
        next_at,
        last_run,
        created_at: created_at.millis(),
    })
}

/// A run as it is shown.
pub(super) fn run_view(run: Run) -> schema::Run {
    let Run { id, automation, at, reason, test, standing, .. } = run;
    schema::Run {
        id,
        automation,
        at: at.millis(),
        reason,
        test,
        state: standing.state,
        tries: standing.tries,
        next_try_at: standing.next_try_at.map(Timestamp::millis),
        says: standing.says,
    }
}
