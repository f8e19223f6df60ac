//! How the dashboard's API says no: a status, a word for programs and a sentence for people (RFC 9457).

use axum::response::{IntoResponse, Response};
use fieldpost_engine::Refusal;
use http::{HeaderValue, StatusCode, header};

use super::schema;
use crate::say::{PROBLEM, error_code, sentence};

/// A "no". Built of what the engine refuses.
#[derive(Debug)]
pub struct Problem(pub Refusal);

impl<T: Into<Refusal>> From<T> for Problem {
    fn from(refusal: T) -> Self {
        Self(refusal.into())
    }
}

impl Problem {
    fn status(&self) -> StatusCode {
        let status = match &self.0 {
            Refusal::Forbidden(_) | Refusal::SetupToken | Refusal::ChannelQuota { .. } => 403,
            Refusal::SetupOver => 410,
            Refusal::Outside(_) => 502,
            refusal => error_code(refusal).status(),
        };
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        // Secrets are never part of a refusal, so this line can't leak one.
        tracing::debug!(code = self.0.code(), "the dashboard's API refused");
        let body = schema::Problem {
            status: status.as_u16(),
            code: self.0.code().into(),
            title: sentence(&self.0.to_string()),
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        if let Refusal::TooMany { wait_ms } | Refusal::TooSoon { wait_ms } = self.0 {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait_ms.div_ceil(1_000)));
        }
        response
    }
}
