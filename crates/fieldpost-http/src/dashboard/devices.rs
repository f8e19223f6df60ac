//! MQTT devices of whoever is signed in.

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::response::Response;
use fieldpost_engine::Engine;
use fieldpost_engine::devices::{DeviceChange, DeviceSeen, DeviceWish};
use fieldpost_store::Device;
use fieldpost_wire::Timestamp;

use super::asked::{Json, nothing};
use super::{Asked, Dashboard, Problem, schema};

/// List the own MQTT devices
#[utoipa::path(get, path = "/devices", operation_id = "devices", tag = "devices", responses((status = 200, body = Vec<schema::Device>)))]
pub(super) async fn list(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
) -> Result<Answer<Vec<schema::Device>>, Problem> {
    let devices = engine.devices(asked.user()?).await?;
    Ok(Answer(devices.iter().map(|device| view(&engine, device)).collect()))
}

/// Make an MQTT device; its password is answered here and never again
#[utoipa::path(post, path = "/devices", operation_id = "create_device", tag = "devices", request_body = schema::NewDevice, responses(
    (status = 200, body = schema::MadeDevice),
    (status = 409, body = schema::Problem, description = "`taken`: the client id is in use"),
))]
pub(super) async fn create(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Json(new): Json<schema::NewDevice>,
) -> Result<Answer<schema::MadeDevice>, Problem> {
    let schema::NewDevice { name, client_id, password, rights, maps } = new;
    let given = |text: &String| !text.is_empty();
    let (client_id, password) = (client_id.filter(given), password.filter(given));
    let wish = DeviceWish { name, client_id, password, rights, maps };
    let (device, password) = engine.create_device(asked.user()?, wish).await?;
    Ok(Answer(schema::MadeDevice { device: view(&engine, &device), password }))
}

/// Change what an MQTT device is called, what it may do, and what becomes of its messages
#[utoipa::path(patch, path = "/devices/{client_id}", operation_id = "change_device", tag = "devices",
    params(("client_id" = String, Path)), request_body = schema::DeviceChanges, responses((status = 200, body = schema::Device)))]
pub(super) async fn change(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(client_id): Path<String>,
    Json(changes): Json<schema::DeviceChanges>,
) -> Result<Answer<schema::Device>, Problem> {
    let schema::DeviceChanges { name, rights, maps } = changes;
    let change = DeviceChange { name, rights, maps };
    let device = engine.change_device(asked.user()?, &client_id, change).await?;
    Ok(Answer(view(&engine, &device)))
}

/// Delete an MQTT device; its connection ends
#[utoipa::path(delete, path = "/devices/{client_id}", operation_id = "delete_device", tag = "devices",
    params(("client_id" = String, Path)), responses((status = 204)))]
pub(super) async fn delete(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(client_id): Path<String>,
) -> Result<Response, Problem> {
    engine.delete_device(asked.user()?, &client_id).await?;
    Ok(nothing())
}

/// Give an MQTT device a new password; where it is connected with the old one, the connection ends
#[utoipa::path(post, path = "/devices/{client_id}/password", operation_id = "new_device_password", tag = "devices",
    params(("client_id" = String, Path)), responses((status = 200, body = schema::DevicePassword)))]
pub(super) async fn new_password(
    State(Dashboard { engine, .. }): State<Dashboard>,
    asked: Asked,
    Path(client_id): Path<String>,
) -> Result<Answer<schema::DevicePassword>, Problem> {
    let password = engine.new_device_password(asked.user()?, &client_id, None).await?;
    Ok(Answer(schema::DevicePassword { password }))
}

/// A device as it is shown.
pub(super) fn view(engine: &Engine, device: &Device) -> schema::Device {
    let DeviceSeen { connected, since, peer, availability, topics } =
        engine.device_seen(&device.client_id);
    let seen = topics.into_iter().map(|seen| schema::SeenTopic {
        topic: seen.topic,
        payload: seen.payload,
        at: seen.at.millis(),
    });
    schema::Device {
        client_id: device.client_id.clone(),
        name: device.name.clone(),
        created_at: device.created_at.millis(),
        rights: device.rights.clone(),
        maps: device.maps.clone(),
        connected,
        since_at: since.map(Timestamp::millis),
        peer: peer.map(|peer| peer.to_canonical().to_string()),
        will: availability,
        seen: seen.collect(),
    }
}
