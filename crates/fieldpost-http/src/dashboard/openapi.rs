//! The OpenAPI document of the dashboard's API, made of the routes and their words.

use axum::response::IntoResponse;
use http::header;
use utoipa::OpenApi;

use super::schema;

/// The document as it was committed; a test compares it with [`document`].
const COMMITTED: &str = include_str!("../../../../docs/openapi.json");

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Fieldpost's dashboard API",
        description = "What the web app talks to. Requests that change something carry the header `X-Fieldpost: 1`; a \"no\" is `application/problem+json`. \
                       Times are milliseconds since 1970 in UTC. Devices and other programs use ThingSpeak's API instead: see `/openapi/thingspeak.json`.",
    ),
    components(schemas(
        schema::Problem,
        schema::Attempt,
        schema::Told,
        schema::Command,
        schema::Snapshot,
        schema::BoardChannels,
        schema::Button,
        schema::Climate,
        schema::Wifi,
        schema::BoardId,
    ))
)]
struct Description;

/// The document, without the routes that the server adds.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Description::openapi();
    document.merge(super::routes().into_openapi());
    document
}

/// Answers the committed document.
pub(crate) async fn show() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], COMMITTED)
}
